"""Knock-outs: which single rule, motive or mechanism an effect cannot do without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from influence_sim.base.numbers import Floats
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import Declared

KILLS = 0.8
"""Part of an effect that a knock-out must remove to count as what the effect cannot do without."""
NOTHING, NO_RULES, NO_INTERESTS = "nothing", "all rules", "all interests"
NAMED = 3
"""At most so many knock-outs are named, and put together."""
STRONGEST = 6
"""Of so many knock-outs two or three are put together where none alone removes an effect."""


@dataclass(frozen=True, slots=True)
class Knockout:
    """Something that is switched off.

    Attributes:
        name: what, in short.
        words: what that is.
        off: the parameters that are set, and to what; mostly 0.
        broad: whether it changes so much that something narrower, if there is any, is the better answer.
    """

    name: str
    words: str
    off: Mapping[str, float]
    broad: bool = False


def knockouts(theatre: Theatre, declared: Declared) -> list[Knockout]:
    """Everything that is switched off, the untouched world first, then all rules and all interests together."""
    motives = {
        actor.name: [interest.salience for interest in actor.interests if isinstance(interest.salience, str)]
        for actor in theatre.actors
    }
    return [
        Knockout(NOTHING, "the model as it is", {}),
        Knockout(NO_RULES, "all rules at once", _zero(rule.strength for rule in theatre.rules), broad=True),
        Knockout(NO_INTERESTS, "all interests of all actors", _zero(chain(*motives.values())), broad=True),
        *(
            Knockout(rule.strength, f"rule: {rule.statement.removesuffix('.')}", {rule.strength: 0.0})
            for rule in theatre.rules
        ),
        *(
            Knockout(name, words, {name: 0.0}, broad=name.startswith("decide."))
            for name, words in declared.knockouts.items()
        ),
        *(Knockout(name, words, {name: 1.0}) for name, words in declared.saturated.items()),
        *_motives(theatre),
        *(Knockout(event.strength, f"the event {event.id}", {event.strength: 0.0}) for event in theatre.events),
        *(
            Knockout(f"interests of {actor}", f"all interests of {actor}", _zero(names), broad=True)
            for actor, names in motives.items()
        ),
    ]


def _zero(names: Iterable[str]) -> dict[str, float]:
    return dict.fromkeys(names, 0.0)


def open_relations(theatre: Theatre) -> str:
    """What aversions are to: `open relations with the rebels`."""
    return theatre.instruments["engage_publicly"].thing.format(
        target=theatre.within.get(theatre.roles.insurgents, "the insurgents")
    )


def _motives(theatre: Theatre) -> Iterator[Knockout]:
    """Interests and aversions, where they are parameters."""
    for actor in theatre.actors:
        found = [(f"interest in {interest.outcome}", interest.salience) for interest in actor.interests]
        found += [(f"aversion to {open_relations(theatre)}", actor.aversion)]
        for words, name in found:
            if isinstance(name, str):
                yield Knockout(name, f"{actor.label}'s {words}", {name: 0.0})


def worlds_without(theatre: Theatre, found: Sequence[Knockout]) -> dict[str, Floats]:
    """One world a knock-out, all else at the defaults."""
    touched = sorted({name for item in found for name in item.off})
    values = {name: np.full(len(found), theatre.parameters[name].default) for name in touched}
    for row, item in enumerate(found):
        for name, value in item.off.items():
            values[name][row] = value
    return values


def together(found: Sequence[Knockout], lefts: Sequence[float]) -> list[Knockout]:
    """Every two, and then every three, of the strongest narrow knock-outs as one each."""
    rows = [row for row in np.argsort(lefts, kind="stable") if found[row].off and not found[row].broad]
    strongest = [found[row] for row in rows[:STRONGEST]]
    return [_joined(items) for size in range(2, NAMED + 1) for items in combinations(strongest, size)]


def _joined(items: Sequence[Knockout]) -> Knockout:
    off = {name: value for item in items for name, value in item.off.items()}
    return Knockout(" and ".join(item.name for item in items), listed(items, " and "), off)


def listed(found: Sequence[Knockout], word: str = " or ") -> str:
    """Knock-outs in words."""
    return word.join(f"{item.name} ({item.words})" for item in found)


def removes(left: float) -> bool:
    """Whether what is left of an effect is so little that the knock-out counts as having removed it."""
    return left <= 1 - KILLS


def smallest(groups: Sequence[Knockout], lefts: Sequence[float]) -> Knockout | None:
    """Of the groups that remove an effect the smallest, and among these the one that leaves least."""
    kill = [(len(group.off), left, row) for row, (group, left) in enumerate(zip(groups, lefts, strict=True))]
    return next((groups[row] for _, left, row in sorted(kill) if removes(left)), None)


def killers(found: Sequence[Knockout], lefts: Sequence[float], *, broad: bool) -> list[Knockout]:
    """The knock-outs, broad or narrow, that remove an effect; the strongest first, at most `NAMED`."""
    order = np.argsort(lefts, kind="stable")
    kill = [found[row] for row in order if found[row].off and removes(lefts[row])]
    return [item for item in kill if item.broad == broad][:NAMED]
