"""Holding part of the state to a path: all decisions, or also ground and stocks.

Control experiments ask what is left of an effect if others do not answer to it, or toss coins instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.model.arm import Arm
from influence_sim.model.compiling import equation
from influence_sim.model.fields import STATE
from influence_sim.model.lanes import WIDTH
from influence_sim.model.plan import Plan, own_numbers, plan_of
from influence_sim.model.records import place
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre

DECIDED, ACTED, ENDED = range(3)
"""The moments of a month at which places are overwritten: once all have decided, once all have acted, and at its end,
when its outcomes have been read."""
DECISIONS = {
    **dict.fromkeys(("review_odds", "probability", "chance"), DECIDED),
    **dict.fromkeys(("chosen", "held", "choice", "x"), ACTED),
}
"""Fields of the state that say what actors decide and do, and when they are held; those with a row a lever are left
alone where a scenario fixes the lever."""
COINS = {"chosen": "probability", "choice": "chance"}
"""What is chosen -> how likely it is, if it is drawn by what is known of it on the average alone."""
STOCKS = tuple(name for name in STATE if name not in DECISIONS)
"""All other fields: ground, stocks, and what is measured of them."""


class Holds(NamedTuple):
    """Places of the state that are overwritten in each month by values of the path."""

    place: Integers  # (n,), those of one moment after those of another
    source: Integers  # the place on the path whose value each takes, (n,)
    when: Flags  # in which months, (months, n)
    first: Integers  # of each moment the first, and how many there are in all, (moments + 1,)


NOTHING = Holds(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 0), np.bool_), np.zeros(4, np.int64))


@equation
def hold(
    s: Floats,
    path: Floats,
    place: Integers,
    source: Integers,
    when: Flags,
    step: int,
    first: int,
    last: int,
) -> None:
    """Overwrites some of the places that are held, in each replicate side by side: (places, lanes)."""
    for n in range(first, last):
        if when[step, n]:
            for lane in range(WIDTH):
                s[place[n], lane] = path[source[n], lane]


@dataclass(frozen=True, eq=False)
class Held:
    """An arm in which part of the state keeps to the path that it takes in another arm, replicate by replicate.

    What either scenario fixes is not decided: a lever that the arm fixes is not held while it is, one that the path
    fixes is held to its level there. Policies follow choices by the arm's own inertia.

    Attributes:
        arm: what runs.
        path: the arm that is kept to, of the same theatre and length.
        stocks: whether ground and stocks are held, too, so that each month begins where it begins on the path.
        coins: whether decisions keep to how often each option is held on the path instead: whoever reviews a stance
            tosses a coin that knows nothing of the replicate. Stocks are left alone.
    """

    arm: Arm
    path: Arm
    stocks: bool = False
    coins: bool = False

    @property
    def theatre(self) -> Theatre:
        """The world."""
        return self.arm.theatre

    @property
    def months(self) -> int:
        """How many monthly records."""
        return self.arm.months

    @property
    def plans(self) -> tuple[Plan, Plan]:
        """The plans of arm and path, with equal rows."""
        one, other = self._pair
        room = max(own_numbers(one), own_numbers(other))
        return plan_of(one, room), plan_of(other, room)

    @cached_property
    def _pair(self) -> tuple[Arm, Arm]:
        """Arm and path; each knows the other's forums, but there they never begin."""
        one, other, never = self.arm, self.path, self.arm.theatre.start + self.arm.months
        if (one.added, [forum.name for forum in one.forums]) != (other.added, [forum.name for forum in other.forums]):
            mine, theirs = one.scenario, other.scenario
            one = replace(one, scenario=replace(mine, forums=(*mine.forums, *_late(theirs, never))))
            other = replace(other, scenario=replace(theirs, forums=(*_late(mine, never), *theirs.forums)))
        return one, other

    @cached_property
    def tossed(self) -> tuple[Integers, Integers]:
        """Places of what is chosen by a coin, and of how likely it is, (n,) each."""
        chosen, likely = (np.concatenate([self._places(name) for name in names]) for names in (COINS, COINS.values()))
        return chosen, likely

    def _places(self, name: str) -> Integers:
        kind = self.plans[1].wired.kinds.state
        return place(kind, name) + np.arange(kind[name].itemsize // 8)

    @cached_property
    def holds(self) -> Holds:
        """What is held."""
        mine, theirs = (_fixed(plan) for plan in self.plans)
        by_moment: list[list[tuple[Integers, Integers, Flags]]] = [[], [], []]

        def take(name: str, source: str, when: Flags | None = None) -> None:
            if when is None:
                when = (
                    ~mine if STATE[name] == ("levers",) and name in DECISIONS else np.ones((self.months, 1), np.bool_)
                )
            places = self._places(name)
            when = np.broadcast_to(when, (self.months, len(places)))
            by_moment[DECISIONS.get(name, ENDED)].append((places, self._places(source), when))

        if self.coins:
            for likely in COINS.values():
                take(likely, likely)
        else:
            for name in (*DECISIONS, *(STOCKS if self.stocks else ())):
                if name != "x":
                    take(name, name)
            take("choice", "x", theirs & ~mine)
            take("x", "x", theirs & ~mine)
        entries = [entry for entries in by_moment for entry in entries]
        if not entries:
            return NOTHING
        counts = [sum(len(places) for places, *_ in entries) for entries in by_moment]
        place, source, when = (np.concatenate(parts, axis=-1) for parts in zip(*entries, strict=True))
        return Holds(place, source, np.ascontiguousarray(when), np.cumsum([0, *counts]))


def _fixed(plan: Plan) -> Flags:
    """Which levers a scenario fixes in which months, (months, levers)."""
    fixed = np.zeros((len(plan.months), plan.wired.sizes.levers), np.bool_)
    for q, row in zip(plan.months, fixed, strict=True):
        row[q.fixed[: q.n_fixed]] = True
    return fixed


def _late(scenario: ResolvedScenario, never: int) -> Iterable[Any]:
    """A scenario's forums, from a month on that never comes."""
    return (entry.model_copy(update={"start": never, "until": None, "meets": ()}) for entry in scenario.forums)
