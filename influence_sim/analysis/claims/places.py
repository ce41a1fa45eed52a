"""Where the tests of claims look, and what it takes to read it: one outcome of one arm in one month, in some worlds.

A *world* is one value for each parameter that leaves its default: worlds are the points at which arms are run. All
worlds and arms share the draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from influence_sim.base.months import Month
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm
from influence_sim.runs.points import Job, means, records, whole
from influence_sim.scenario import load_scenario
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest

Worlds = Mapping[str, Floats]
"""The parameters that leave their defaults: path -> values, (worlds,)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One outcome of one arm in one month; `set` are parameters that this arm alone is given."""

    scenario: str
    set: tuple[tuple[str, float], ...]
    outcome: str
    month: Month


Means = Mapping[Place, Floats]
"""Means over replicates, one a world."""


def place_of(test: ClaimTest) -> Place:
    """Where a test looks."""
    return Place(test.scenario, tuple(sorted(test.set.items())), test.outcome, test.when)


def other_place(test: ClaimTest) -> Place | None:
    """What a test compares that with; None for a fixed level."""
    if test.level is not None:
        return None
    if test.earlier is not None:
        return Place(test.scenario, tuple(sorted(test.set.items())), test.outcome, test.earlier)
    return Place(test.other, (), test.outcome, test.when)


def places_of(tests: Iterable[ClaimTest], start: Month) -> list[Place]:
    """All places that some tests need, the first month (`start`) of a test against a level included."""
    found: dict[Place, None] = {}
    for test in tests:
        here = place_of(test)
        there = other_place(test) or Place(here.scenario, here.set, here.outcome, start)
        found |= {here: None, there: None}
    return list(found)


def score(test: ClaimTest, found: Means) -> Floats:
    """The effect in the direction that the claim expects, one a world."""
    there = other_place(test)
    before = np.array(test.level) if there is None else found[there]
    effect: Floats = test.sign * (found[place_of(test)] - before)
    return effect


@dataclass(frozen=True, slots=True)
class ReadArm:
    """An arm, only as long as its latest place, and the places that are read in it."""

    arm: Arm
    places: tuple[Place, ...]

    def job(self, worlds: Worlds, replicates: int, seed: int, *, each: bool = False) -> Job[Floats]:
        """What is run: means over the first replicates in each world, or each of them in the one world there is."""
        theatre, fixed = self.arm.theatre, dict(self.places[0].set)  # what the arm sets holds in every world
        return Job(
            [self.arm],
            seed,
            np.arange(replicates, dtype=np.int64),
            records if each else means,
            {path: values for path, values in worlds.items() if path not in fixed},
            steps=[month - theatre.start for month in self._months],
            rows=[theatre.vocabulary.outcomes.index(outcome) for outcome in self._outcomes],
        )

    def at(self, place: Place, kept: Floats) -> Floats:
        """What was read at one of the places, of all that the job kept."""
        column: Floats = kept[:, self._months.index(place.month), self._outcomes.index(place.outcome)]
        return column

    @property
    def _months(self) -> list[Month]:
        return sorted({place.month for place in self.places})

    @property
    def _outcomes(self) -> list[str]:
        return sorted({place.outcome for place in self.places})


def arms_of(theatre: Theatre, places: Iterable[Place]) -> list[ReadArm]:
    """The arms behind some places."""
    by_arm: dict[tuple[str, tuple[tuple[str, float], ...]], list[Place]] = {}
    for place in dict.fromkeys(places):
        by_arm.setdefault((place.scenario, place.set), []).append(place)
    found = []
    for (name, fixed), read in by_arm.items():
        months = max(place.month for place in read) - theatre.start + 1
        arm = Arm(theatre, load_scenario(name, theatre.vocabulary), months, dict(fixed))
        found.append(ReadArm(arm, tuple(read)))
    return found


def read(
    arms: Iterable[ReadArm], worlds: Worlds, replicates: int, seed: int, *, each: bool = False, **how: Any
) -> dict[Place, Floats]:
    """Runs some arms.

    Args:
        arms: what to run, and where to read.
        worlds: in which worlds; none for the arms as they are.
        replicates: in each of them.
        seed: of the draws.
        each: keep every replicate of the arms as they are, instead of the means over them.
        how: threads and progress, as for `run_points`.

    Returns:
        For each place an array (worlds,), or (replicates,) if `each`.

    Raises:
        MachineError: as for `run_points`.
    """
    every = list(arms)
    count = max((len(values) for values in worlds.values()), default=1)
    found = {}
    for one, kept in zip(every, whole([a.job(worlds, replicates, seed, each=each) for a in every], **how), strict=True):
        for place in one.places:
            values = one.at(place, kept)
            found[place] = values[0] if each else np.broadcast_to(values, (count,))
    return found
