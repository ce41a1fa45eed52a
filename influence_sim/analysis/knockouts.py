"""Knock-outs: which single rule, motive or mechanism an effect cannot do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from influence_sim.analysis.bench import Worlds
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
    mine = {actor.name: _saliences(theatre, actor.name) for actor in theatre.actors}
    every = [name for names in mine.values() for name in names]
    whole = [
        Knockout(NOTHING, "the model as it is", {}),
        Knockout(NO_RULES, "all rules at once", _zero(rule.strength for rule in theatre.rules), broad=True),
        Knockout(NO_INTERESTS, "all interests of all actors", _zero(every), broad=True),
    ]
    actors = [
        Knockout(f"interests of {actor}", f"all interests of {actor}", _zero(names), broad=True)
        for actor, names in mine.items()
    ]
    return [*whole, *_rules(theatre), *_mechanisms(declared), *_motives(theatre), *_events(theatre), *actors]


def _zero(names: Iterator[str] | Sequence[str]) -> dict[str, float]:
    return dict.fromkeys(names, 0.0)


def _rules(theatre: Theatre) -> Iterator[Knockout]:
    for rule in theatre.rules:
        yield Knockout(rule.strength, f"rule: {rule.statement.removesuffix('.')}", {rule.strength: 0.0})


def _mechanisms(declared: Declared) -> Iterator[Knockout]:
    for name, words in declared.knockouts.items():
        yield Knockout(name, words, {name: 0.0}, broad=name.startswith("decide."))
    for name, words in declared.saturated.items():
        yield Knockout(name, words, {name: 1.0})


def _motives(theatre: Theatre) -> Iterator[Knockout]:
    """Interests and aversions, where they are parameters."""
    insurgents = theatre.within.get(theatre.roles.insurgents, "the insurgents")
    for actor in theatre.actors:
        label = f"{actor.label}'s"
        found = [(f"{label} interest in {interest.outcome}", interest.salience) for interest in actor.interests]
        found += [(f"{label} aversion to open relations with {insurgents}", actor.aversion)]
        for words, ref in found:
            if isinstance(ref, str):
                yield Knockout(ref, words, {ref: 0.0})


def _events(theatre: Theatre) -> Iterator[Knockout]:
    for event in theatre.events:
        yield Knockout(event.strength, f"the event {event.id}", {event.strength: 0.0})


def _saliences(theatre: Theatre, actor: str) -> list[str]:
    return [i.salience for i in theatre.actor(actor).interests if isinstance(i.salience, str)]


def knocked_out(theatre: Theatre, found: Sequence[Knockout]) -> Worlds:
    """One world a knock-out, all else at the defaults."""
    touched = sorted({name for item in found for name in item.off})
    values = {name: np.full(len(found), theatre.parameters[name].default) for name in touched}
    for row, item in enumerate(found):
        for name, value in item.off.items():
            values[name][row] = value
    return Worlds(values, len(found))


def together(found: Sequence[Knockout], lefts: Sequence[float]) -> list[Knockout]:
    """Every two, and then every three, of the strongest narrow knock-outs as one each."""
    rows = [row for row in np.argsort(lefts, kind="stable") if found[row].off and not found[row].broad]
    strongest = [found[row] for row in rows[:STRONGEST]]
    return [_joined(items) for size in range(2, NAMED + 1) for items in combinations(strongest, size)]


def _joined(items: Sequence[Knockout]) -> Knockout:
    off = {name: value for item in items for name, value in item.off.items()}
    words = " and ".join(_named(item) for item in items)
    return Knockout(" and ".join(item.name for item in items), words, off)


def smallest(groups: Sequence[Knockout], lefts: Sequence[float]) -> Knockout | None:
    """Of the groups that remove an effect the smallest, and among these the one that leaves least."""
    kill = [(len(group.off), left, row) for row, (group, left) in enumerate(zip(groups, lefts, strict=True))]
    kill = sorted(entry for entry in kill if removes(entry[1]))
    return groups[kill[0][2]] if kill else None


def _named(item: Knockout) -> str:
    return f"{item.name} ({item.words})"


def listed(found: Sequence[Knockout]) -> str:
    """Knock-outs of which each alone does something, in words."""
    return " or ".join(_named(item) for item in found)


def removes(left: float) -> bool:
    """Whether what is left of an effect is so little that the knock-out counts as having removed it."""
    return left <= 1 - KILLS


def killers(found: Sequence[Knockout], lefts: Sequence[float], *, broad: bool) -> list[Knockout]:
    """The knock-outs, broad or narrow, that remove an effect; the strongest first, at most `NAMED`."""
    order = np.argsort(lefts, kind="stable")
    kill = [found[row] for row in order if found[row].off and removes(lefts[row])]
    return [item for item in kill if item.broad == broad][:NAMED]
