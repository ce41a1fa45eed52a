"""The bench on which claims are tested: every arm the tests need, run over any set of worlds, read where they look.

A *world* is one value for each parameter. Many worlds are run side by side: worlds times replicates share the last
axis, in blocks, so that memory stays flat; what comes back is the mean over the replicates of what was asked for.
All worlds and arms share the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.errors import MachineError
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm, simulate
from influence_sim.scenario import load_scenario
from influence_sim.theatre import START, Theatre
from influence_sim.theatre.claim_tests import ClaimTest

Numbers = NDArray[np.int64]
Progress = Callable[[int, int], None]
Result = TypeVar("Result")

COLUMNS = 2048
"""Worlds times replicates that are run side by side."""


@dataclass(frozen=True, slots=True)
class Place:
    """One outcome of one arm in one month: where a test looks."""

    scenario: str
    set: tuple[tuple[str, float], ...]
    outcome: str
    step: int

    @property
    def arm(self) -> tuple[str, tuple[tuple[str, float], ...]]:
        """The arm it is in."""
        return self.scenario, self.set


Means = Mapping[Place, Floats]
"""Means over replicates, one a world."""


@dataclass(frozen=True, slots=True)
class Worlds:
    """Some worlds: the parameters that leave their defaults, each of shape (worlds,)."""

    settings: Mapping[str, Floats]
    count: int

    def part(self, cut: slice) -> Worlds:
        """Some of these worlds."""
        values = {name: value[cut] for name, value in self.settings.items()}
        return Worlds(values, len(range(self.count)[cut]))


@dataclass(frozen=True, slots=True)
class Spot:
    """An arm, where it is read (rows of steps and outcomes), and the places these stand for."""

    arm: Arm
    steps: NDArray[np.intp]
    rows: NDArray[np.intp]
    places: tuple[Place, ...]


Job = Callable[[], tuple[tuple[Place, ...], Floats]]
"""What a worker does: for some places, their means, shape (places, worlds)."""


def place_of(test: ClaimTest) -> Place:
    """Where a test looks."""
    return Place(test.scenario, tuple(sorted(test.set.items())), test.outcome, test.month - START)


def other_place(test: ClaimTest) -> Place | None:
    """What a test compares that with; None for a fixed level."""
    if test.level is not None:
        return None
    if test.earlier is not None:
        return Place(test.scenario, tuple(sorted(test.set.items())), test.outcome, test.earlier - START)
    return Place(test.against, (), test.outcome, test.month - START)


def places_of(tests: Iterable[ClaimTest]) -> list[Place]:
    """All places that some tests need, the first month of a test against a level included."""
    found: dict[Place, None] = {}
    for test in tests:
        here = place_of(test)
        there = other_place(test) or Place(here.scenario, here.set, here.outcome, 0)
        found |= {here: None, there: None}
    return list(found)


def score(test: ClaimTest, means: Means) -> Floats:
    """The effect in the direction that the claim expects, one a world."""
    there = other_place(test)
    before = np.array(test.level) if there is None else means[there]
    out: Floats = test.sign * (means[place_of(test)] - before)
    return out


def spots(theatre: Theatre, places: Iterable[Place]) -> tuple[Spot, ...]:
    """The arms behind some places, each only as long as its latest place."""
    by_arm: dict[tuple[str, tuple[tuple[str, float], ...]], list[Place]] = {}
    for place in dict.fromkeys(places):
        by_arm.setdefault(place.arm, []).append(place)
    return tuple(_spot(theatre, found) for found in by_arm.values())


def _spot(theatre: Theatre, places: Sequence[Place]) -> Spot:
    names = list(theatre.vocabulary.outcomes)
    steps = np.array([place.step for place in places], dtype=np.intp)
    rows = np.array([names.index(place.outcome) for place in places], dtype=np.intp)
    scenario = load_scenario(places[0].scenario, theatre.vocabulary)
    arm = Arm(theatre, scenario, int(steps.max()) + 1, dict(places[0].set))
    return Spot(arm, steps, rows, tuple(places))


def jobs(arms: Sequence[Spot], worlds: Worlds, numbers: Numbers, seed: int) -> list[Job]:
    """The work of running all arms over all worlds.

    Args:
        arms: what to run, and where to read.
        worlds: in which worlds.
        numbers: of the replicates, the same in each world, shape (replicates,).
        seed: of the draws.
    """
    size = max(1, COLUMNS // len(numbers))
    parts = [worlds.part(slice(first, first + size)) for first in range(0, worlds.count, size)]
    return [partial(_read, spot, part, numbers, seed) for spot in arms for part in parts]


def _read(spot: Spot, worlds: Worlds, numbers: Numbers, seed: int) -> tuple[tuple[Place, ...], Floats]:
    """Means over replicates at the places of one arm, shape (places, worlds)."""
    fixed = dict(spot.places[0].set)  # what the arm sets holds in every world
    values = {name: np.repeat(v, len(numbers)) for name, v in worlds.settings.items() if name not in fixed}
    columns = np.tile(numbers, worlds.count)
    records = simulate(spot.arm, seed=seed, replicates=columns, parameters=values)[spot.steps, spot.rows]
    means: Floats = records.reshape(len(spot.places), worlds.count, len(numbers)).mean(axis=2)
    return spot.places, means


def gathered(results: Iterable[tuple[tuple[Place, ...], Floats]]) -> dict[Place, Floats]:
    """The results of `jobs`, in their order, as one array a place."""
    parts: dict[Place, list[Floats]] = {}
    for places, means in results:
        for place, row in zip(places, means, strict=True):
            parts.setdefault(place, []).append(row)
    return {place: np.concatenate(rows) for place, rows in parts.items()}


def by_replicate(arms: Sequence[Spot], replicates: int, seed: int) -> dict[Place, Floats]:
    """Every replicate at the defaults by itself, (replicates,) a place."""
    numbers = np.arange(replicates, dtype=np.int64)
    found: dict[Place, Floats] = {}
    for spot in arms:
        records = simulate(spot.arm, seed=seed, replicates=numbers)[spot.steps, spot.rows]
        found |= dict(zip(spot.places, records, strict=True))
    return found


def run_all(
    work: Sequence[Callable[[], Result]], pool: Executor | None, progress: Progress | None = None
) -> list[Result]:
    """Does all work, here or in a pool; results in the order of the work.

    Raises:
        MachineError: a worker process died.
    """
    results = []
    futures = [pool.submit(job) for job in work] if pool is not None else []
    try:
        for index, job in enumerate(work):
            results.append(futures[index].result() if futures else job())
            if progress is not None:
                progress(index + 1, len(work))
    except (BrokenExecutor, ConnectionError, EOFError) as error:
        raise MachineError("a worker process died, perhaps for lack of memory; try fewer --workers") from error
    finally:
        for future in futures:
            future.cancel()
    return results
