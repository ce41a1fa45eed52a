"""Knock-outs: which single rule, motive or mechanism an effect cannot do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from influence_sim.analysis.bench import Worlds
from influence_sim.theatre import Theatre

KILLS = 0.8
"""Part of an effect that a knock-out must remove to count as what the effect cannot do without."""
NONE, NO_RULES, NO_INTERESTS = "nothing", "all rules", "all interests"
NAMED = 3
"""At most so many knock-outs are named."""


@dataclass(frozen=True, slots=True)
class Knockout:
    """Something that is switched off.

    Attributes:
        name: what, in short.
        words: what that is.
        off: the parameters that become 0.
        broad: whether it is a whole group, of which something narrower may be the cause.
    """

    name: str
    words: str
    off: tuple[str, ...]
    broad: bool = False


def knockouts(theatre: Theatre, mechanisms: Mapping[str, str]) -> list[Knockout]:
    """Everything that is switched off, the untouched world first, then all rules and all interests together.

    Args:
        theatre: whose rules, interests and events.
        mechanisms: parameter -> mechanism that it carries.
    """
    rules = tuple(rule.strength for rule in theatre.rules)
    interests = [(actor.name, *_saliences(theatre, actor.name)) for actor in theatre.actors]
    every = tuple(name for _, *names in interests for name in names)
    whole = [
        Knockout(NONE, "the model as it is", ()),
        Knockout(NO_RULES, "all rules at once", rules, broad=True),
        Knockout(NO_INTERESTS, "all interests of all actors", every, broad=True),
    ]
    actors = [
        Knockout(f"interests of {actor}", f"all interests of {actor}", tuple(names), broad=True)
        for actor, *names in interests
    ]
    return [*whole, *_rules(theatre), *_mechanisms(mechanisms), *_motives(theatre), *_events(theatre), *actors]


def _rules(theatre: Theatre) -> Iterator[Knockout]:
    for rule in theatre.rules:
        yield Knockout(rule.strength, f"rule: {rule.statement.removesuffix('.')}", (rule.strength,))


def _mechanisms(mechanisms: Mapping[str, str]) -> Iterator[Knockout]:
    for name, words in mechanisms.items():
        yield Knockout(name, words, (name,), broad=name.startswith("decide."))


def _motives(theatre: Theatre) -> Iterator[Knockout]:
    for actor in theatre.actors:
        for interest in actor.interests:
            if isinstance(interest.salience, str):
                words = f"{actor.label}'s interest in {interest.outcome}"
                yield Knockout(interest.salience, words, (interest.salience,))


def _events(theatre: Theatre) -> Iterator[Knockout]:
    for event in theatre.events:
        yield Knockout(event.strength, f"the event {event.id}", (event.strength,))


def _saliences(theatre: Theatre, actor: str) -> list[str]:
    return [i.salience for i in theatre.actor(actor).interests if isinstance(i.salience, str)]


def knocked_out(theatre: Theatre, found: Sequence[Knockout]) -> Worlds:
    """One world a knock-out, all else at the defaults."""
    touched = sorted({name for item in found for name in item.off})
    values = {name: np.full(len(found), theatre.parameters[name].default) for name in touched}
    for row, item in enumerate(found):
        for name in item.off:
            values[name][row] = 0.0
    return Worlds(values, len(found))


def left(effect: float, without: float) -> float:
    """What part of an effect is left without something: 1 all of it, 0 nothing, negative if it turns round."""
    return without / effect if effect else np.nan


def killers(found: Sequence[Knockout], lefts: Sequence[float]) -> list[Knockout]:
    """The knock-outs that remove an effect: narrow ones first, and broad ones only where no narrow one does."""
    order = sorted(range(len(found)), key=lambda row: lefts[row])
    kill = [found[row] for row in order if found[row].off and lefts[row] <= 1 - KILLS]
    narrow = [item for item in kill if not item.broad]
    return (narrow or kill)[:NAMED]
