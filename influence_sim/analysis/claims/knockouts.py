"""Controls: the same world without a rule, a motive or a mechanism, and with motives dealt out at random.

Knock-outs show what an effect cannot do without. What a test of free decisions shows must depend on whose they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

import numpy as np

from influence_sim.theatre import Actor, Theatre
from influence_sim.theatre.claim_tests import Declared

KILLS = 0.8
"""Part of an effect that a knock-out must remove to count as what the effect cannot do without."""
MOST_LEFT = 1 - KILLS
NOTHING, NO_RULES, NO_INTERESTS = "nothing", "all rules", "all interests"
NAMED = 3
"""At most so many knock-outs are named, and put together."""
STRONGEST = 6
"""Of so many knock-outs two or three are put together where none alone removes an effect."""


@dataclass(frozen=True, slots=True)
class Knockout:
    """Something that is switched off, by setting parameters (`off`), mostly to 0.

    A `broad` one changes so much that something narrower, if there is any, is the better answer. The `claims` are those
    that it cites.
    """

    name: str
    words: str
    off: Mapping[str, float]
    broad: bool = False
    claims: tuple[str, ...] = ()


def knockouts(theatre: Theatre, declared: Declared) -> list[Knockout]:
    """Everything that is switched off, the untouched world first, then all rules and all interests together."""
    wants = {actor.name: wants_of(actor) for actor in theatre.actors}
    rules = {rule.strength: rule for rule in theatre.rules}
    items = [
        Knockout(NOTHING, "the model as it is", {}),
        Knockout(NO_RULES, "all rules at once", dict.fromkeys(rules, 0.0), broad=True),
        Knockout(NO_INTERESTS, "all interests of all actors", dict.fromkeys(chain(*wants.values()), 0.0), broad=True),
        *(
            Knockout(name, f"rule: {rule.statement.removesuffix('.')}", {name: 0.0}, claims=rule.claims)
            for name, rule in rules.items()
        ),
        *mechanisms(theatre, declared),
    ]
    for actor in theatre.actors:
        if isinstance(name := actor.aversion, str):
            words = f"aversion of {theatre.within.get(actor.name, actor.label)} to {open_relations(theatre)}"
            items.append(Knockout(name, words, {name: 0.0}, claims=parameter_claims(theatre, name)))
    for name in dict.fromkeys(event.strength for event in theatre.events if isinstance(event.strength, str)):
        events = [event for event in theatre.events if event.strength == name]
        words = f"what happened: {' and '.join(event.id for event in events)}"
        claims = tuple(claim for event in events for claim in event.claims)
        items.append(Knockout(name, words, {name: 0.0}, claims=claims))
    for name, off in wants.items():
        items.append(Knockout(f"interests of {name}", f"all interests of {name}", off, broad=True))
    return items


def mechanisms(theatre: Theatre, declared: Declared) -> list[Knockout]:
    """The declared mechanisms; what concerns every decision is broad."""
    return [
        Knockout(name, words, {name: off}, name.startswith("decide."), parameter_claims(theatre, name))
        for off, mechanisms in ((0.0, declared.knockouts), (1.0, declared.saturated))
        for name, words in mechanisms.items()
    ]


def parameter_claims(theatre: Theatre, name: str) -> tuple[str, ...]:
    """The claims that a parameter's source or note names."""
    spec = theatre.parameters.get(name)
    return () if spec is None else tuple(c.id for c in theatre.claims if c.id in f"{spec.source} {spec.note}")


def wants_of(actor: Actor) -> dict[str, float]:
    """What to set for an actor to have no interests."""
    return {actor.weight: 0.0} if actor.interests else {}


def open_relations(theatre: Theatre) -> str:
    """What aversions are to: `open relations with the rebels`."""
    insurgents = theatre.within.get(theatre.roles.insurgents, "the insurgents")
    return theatre.instruments["engage_publicly"].thing.format(target=insurgents)


def combine(items: Sequence[Knockout], remaining: Sequence[float]) -> list[Knockout]:
    """Every two, and then every three, of the strongest narrow knock-outs as one each."""
    rows = [row for row in np.argsort(remaining, kind="stable") if items[row].off and not items[row].broad]
    strongest = [items[row] for row in rows[:STRONGEST]]
    groups = (group for size in range(2, NAMED + 1) for group in combinations(strongest, size))
    return [
        Knockout(
            name=" and ".join(item.name for item in group),
            words=phrase(group, " and "),
            off={name: value for item in group for name, value in item.off.items()},
        )
        for group in groups
    ]


def phrase(items: Sequence[Knockout], word: str = " or ") -> str:
    """Knock-outs in words."""
    return word.join(f"{item.name} ({item.words})" for item in items)


def smallest(groups: Sequence[Knockout], remaining: Sequence[float]) -> Knockout | None:
    """Of the groups that remove an effect the smallest, and among these the one that leaves least."""
    ranking = [(len(group.off), share, row) for row, (group, share) in enumerate(zip(groups, remaining, strict=True))]
    return next((groups[row] for _, share, row in sorted(ranking) if share <= MOST_LEFT), None)


def killers(items: Sequence[Knockout], remaining: Sequence[float], *, broad: bool) -> list[Knockout]:
    """The knock-outs, broad or narrow, that remove an effect; the strongest first, at most `NAMED`."""
    ordered = [(items[row], remaining[row]) for row in np.argsort(remaining, kind="stable")]
    return [item for item, share in ordered if item.off and item.broad == broad and share <= MOST_LEFT][:NAMED]


def variants(theatre: Theatre, shuffles: int, seed: int) -> Iterator[Theatre]:
    """The theatre without interests, and then with interests shuffled in so many ways."""
    yield without_interests(theatre)
    for number in range(1, shuffles + 1):
        yield with_shuffled_interests(theatre, np.random.default_rng([seed, number]))


def without_interests(theatre: Theatre) -> Theatre:
    """The same theatre in which nobody wants anything; rules, costs and aversions stay."""
    actors = tuple(replace(actor, interests=()) for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} without interests")


def with_shuffled_interests(theatre: Theatre, rng: np.random.Generator) -> Theatre:
    """The same theatre with interests dealt out to actors at random.

    All interests (outcome, ideal point, salience) are dealt out anew; each actor, and each faction, gets as many as
    it had. What is expected of instruments stays what it is.
    """
    pool = [interest for actor in theatre.actors for interest in actor.interests]
    deck, actors = iter([pool[k] for k in rng.permutation(len(pool))]), []
    for actor in theatre.actors:
        interests = tuple(next(deck).model_copy(update={"faction": interest.faction}) for interest in actor.interests)
        actors.append(replace(actor, interests=interests))
    return replace(theatre, actors=tuple(actors), digest=f"{theatre.digest} with shuffled interests")
