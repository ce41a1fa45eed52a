"""Holding part of the state to a path: what everyone decides, or also where ground and stocks stand.

Control experiments ask what is left of an effect if others do not answer to it, or toss coins instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.numbers import Floats
from influence_sim.model.arm import Arm
from influence_sim.model.compiling import equation
from influence_sim.model.fields import STATE
from influence_sim.model.lane_types import WIDTH
from influence_sim.model.plan import Plan, plan_of
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


class Hold(NamedTuple):
    """Places of the state that are overwritten at one moment of each month."""

    places: NDArray[np.int64]  # (places,)
    values: Floats  # (points or 1, months, places, replicates or 1); NaN leaves the state alone


Holds = tuple[Hold, Hold, Hold]
"""What is held at each moment."""
_NOTHING = Hold(np.empty(0, np.int64), np.empty((1, 0, 0, 1)))
NOTHING: Holds = (_NOTHING, _NOTHING, _NOTHING)


@equation
def hold(state: Floats, held: Hold, step: int, point: NDArray[np.int64], replicate: NDArray[np.int64]) -> None:
    """Overwrites the places that are held, in each replicate side by side: (places, lanes)."""
    points, _, _, replicates = held.values.shape
    for n in range(len(held.places)):
        for lane in range(WIDTH):
            k = point[lane] if points > 1 else 0
            r = replicate[lane] if replicates > 1 else 0
            value = held.values[k, step, n, r]
            if not np.isnan(value):
                state[held.places[n], lane] = value


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
        return plan_of(one), plan_of(other)

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
    def fields(self) -> dict[str, NDArray[np.int64]]:
        """The fields that are read on the path, and the places of each in the state."""
        names = [*COINS] if self.coins else [*DECISIONS, *(STOCKS if self.stocks else ())]
        return {name: self._places(name) for name in names}

    def _places(self, name: str) -> NDArray[np.int64]:
        kind = self.plans[1].wired.kinds.state
        return place(kind, name) + np.arange(kind[name].itemsize // 8)

    def holds(self, path: Floats) -> Holds:
        """What is held, given what stands at the places of the fields on the path, (points, months, places, R)."""
        cuts = np.cumsum([len(places) for places in self.fields.values()])[:-1]
        found = dict(zip(self.fields, np.split(path, cuts, axis=2), strict=True))
        mine, theirs = (_fixed(plan, path.shape[1]) for plan in self.plans)
        theirs &= ~mine
        if self.coins:
            found = {COINS[name]: values.mean(axis=3, keepdims=True) for name, values in found.items()}
        else:
            found["choice"] = np.where(theirs, found["x"], found["choice"])
            found["x"] = np.where(theirs, found["x"], np.nan)
        for name in found:
            if name in DECISIONS and STATE[name] == ("levers",):
                found[name] = np.where(mine, np.nan, found[name])

        def at(moment: int) -> Hold:
            names = [name for name in found if DECISIONS.get(name, ENDED) == moment]
            if not names:
                return _NOTHING
            places = np.concatenate([self._places(name) for name in names])
            return Hold(places, np.concatenate([found[name] for name in names], axis=2))

        return at(DECIDED), at(ACTED), at(ENDED)


def _fixed(plan: Plan, months: int) -> NDArray[np.bool_]:
    """Which levers a scenario fixes in which months, (months, levers, 1)."""
    found = np.zeros((months, plan.wired.sizes.levers, 1), np.bool_)
    for q, row in zip(plan.months, found, strict=False):
        row[q.fixed[: q.n_fixed]] = True
    return found


def _late(scenario: ResolvedScenario, never: int) -> Iterable[Any]:
    """A scenario's forums, from a month on that never comes."""
    return (entry.model_copy(update={"start": never, "until": None, "meets": ()}) for entry in scenario.forums)
