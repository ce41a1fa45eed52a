"""A comparison computed at every point of a small grid of parameters, so that a page can answer without running.

The points are run side by side, worlds times replicates on the last axis, and give the same numbers as running the
scenario with the same `--set` alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.analysis.bench import COLUMNS, Worlds
from influence_sim.analysis.summary import differences
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm, simulate
from influence_sim.theatre import ParameterSpec

Where = tuple[NDArray[np.intp], ...]
Progress = Callable[[int, int], None]
ENDS = ("diff", "ci_low", "ci_high")
SAME = 1e-9
"""Two values of a parameter nearer than this, relative to its range, are one."""
DIGITS = 4
"""Significant digits of values that are made here."""
SCREENED = 8
"""Replicates at each end of a parameter's range when it is asked how much it moves."""


@dataclass(frozen=True, slots=True)
class Slider:
    """One parameter of a grid.

    Attributes:
        name: of the parameter.
        values: at which it is computed, rising.
        start: index of the value the run itself had.
    """

    name: str
    values: tuple[float, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Grid:
    """What a scenario does at every point of a grid; the last slider's values turn fastest.

    Attributes:
        sliders: the parameters.
        outcomes: names of what was read.
        steps: the months that were read, as indices into the run; the last one is its end.
        replicates: how many at each point, numbered from 0.
        ends: paired difference at the end with its 95 % interval (`ENDS`), shape (points, outcomes, 3).
        means: mean of scenario and baseline, shape (points, 2, outcomes, steps).
    """

    sliders: tuple[Slider, ...]
    outcomes: tuple[str, ...]
    steps: tuple[int, ...]
    replicates: int
    ends: Floats
    means: Floats

    @property
    def points(self) -> int:
        """How many there are."""
        return len(self.ends)

    @property
    def start(self) -> int:
        """The point at which the run itself stands."""
        return self.point([slider.start for slider in self.sliders])

    def point(self, places: Sequence[int]) -> int:
        """The number of the point at which the sliders stand at these places."""
        found = 0
        for place, slider in zip(places, self.sliders, strict=True):
            found = found * len(slider.values) + place
        return found

    def settings(self, point: int) -> dict[str, float]:
        """The values of the parameters at a point."""
        return {name: float(values[point]) for name, values in worlds_of(self.sliders).settings.items()}


def evenly(low: float, high: float, steps: int, start: float) -> tuple[float, ...]:
    """Evenly spaced values with the run's own among them; between the ends they are round, to be typed again."""
    values = {low, high, *(_round(v) for v in np.linspace(low, high, steps)[1:-1].tolist())}
    near = {value for value in values if abs(value - start) <= SAME * (high - low)}
    return tuple(sorted((values - near) | {start}))


def around(spec: ParameterSpec, start: float) -> tuple[float, ...]:
    """A parameter's choices, or its prior range in five values: the ends, the run's own, and halfway between."""
    if spec.choices:
        return tuple(sorted({*map(float, spec.choices), start}))
    halfway = {_round((end + start) / 2) for end in (spec.low, spec.high) if end != start}
    return tuple(sorted({spec.low, start, spec.high} | halfway))


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def slider(name: str, values: Sequence[float], start: float) -> Slider:
    """A slider that starts at the run's own value, which is among its values."""
    return Slider(name, tuple(values), list(values).index(start))


def compute(
    arms: Sequence[Arm],
    sliders: Sequence[Slider],
    *,
    outcomes: Sequence[str],
    steps: Sequence[int],
    replicates: int,
    seed: int,
    progress: Progress | None = None,
) -> Grid:
    """Runs two arms at every point of a grid.

    Args:
        arms: the scenario's and the baseline's.
        sliders: the parameters, each with its values.
        outcomes: what to read.
        steps: the months to read, as indices into the run, the last one its end.
        replicates: how many at each point.
        seed: of the draws, the same at every point.
        progress: called with the runs done and their total.

    Raises:
        InputError: a value lies outside the limits of its parameter.
    """
    ends, means = _over(arms, worlds_of(sliders), outcomes, steps, replicates=replicates, seed=seed, progress=progress)
    return Grid(tuple(sliders), tuple(outcomes), tuple(steps), replicates, ends, means)


def swings(
    arms: Sequence[Arm], ranges: Mapping[str, tuple[float, float]], own: Mapping[str, float], outcomes: Sequence[str]
) -> Floats:
    """How far each parameter alone, moved from one end of a range to the other, moves the difference at the end.

    Args:
        arms: the scenario's and the baseline's.
        ranges: for each parameter its two ends.
        own: for each parameter its value while others move.
        outcomes: what to read.

    Returns:
        Shape (parameters, outcomes).
    """
    settings = {name: np.full(2 * len(ranges), own[name]) for name in ranges}
    for index, (name, ends) in enumerate(ranges.items()):
        settings[name][2 * index : 2 * index + 2] = ends
    worlds = Worlds(settings, 2 * len(ranges))
    found, _ = _over(arms, worlds, outcomes, [arms[0].months - 1], replicates=SCREENED, seed=1)
    moved: Floats = np.abs(found[1::2, :, 0] - found[::2, :, 0])
    return moved


def _over(
    arms: Sequence[Arm],
    worlds: Worlds,
    outcomes: Sequence[str],
    steps: Sequence[int],
    *,
    replicates: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[Floats, Floats]:
    """Differences at the last step, (worlds, outcomes, 3), and means, (worlds, arms, outcomes, steps)."""
    known = [outcome.name for outcome in arms[0].theatre.outcomes]
    where = np.ix_(np.array(steps), np.array([known.index(name) for name in outcomes]))
    ends, means, done = [], [], 0
    for part in _parts(worlds, replicates):
        both = np.stack([_read(arm, part, where, replicates, seed) for arm in arms])
        found = differences((both[0, -1] - both[1, -1]).reshape(-1, replicates))
        ends.append(np.stack([found[name] for name in ENDS], axis=-1).reshape(len(outcomes), part.count, 3))
        means.append(both.mean(axis=-1))
        done += part.count
        if progress is not None:
            progress(2 * replicates * done, 2 * replicates * worlds.count)
    levels = np.concatenate(means, axis=3)
    return np.concatenate(ends, axis=1).swapaxes(0, 1), levels.transpose(3, 0, 2, 1)


def worlds_of(sliders: Sequence[Slider]) -> Worlds:
    """The points of a grid as worlds, the last slider's values turning fastest."""
    points = np.array(list(itertools.product(*(slider.values for slider in sliders))))
    return Worlds({slider.name: points[:, i] for i, slider in enumerate(sliders)}, len(points))


def _parts(worlds: Worlds, replicates: int) -> Iterator[Worlds]:
    """Worlds in groups that are run side by side."""
    size = max(1, COLUMNS // replicates)
    yield from (worlds.part(slice(first, first + size)) for first in range(0, worlds.count, size))


def _read(arm: Arm, worlds: Worlds, where: Where, replicates: int, seed: int) -> Floats:
    """What one arm records, shape (steps, outcomes, worlds, replicates)."""
    numbers = np.tile(np.arange(replicates, dtype=np.int64), worlds.count)
    values = {name: np.repeat(value, replicates) for name, value in worlds.settings.items()}
    records = simulate(arm, seed=seed, replicates=numbers, parameters=values)[where]
    read: Floats = records.reshape(*records.shape[:2], worlds.count, replicates)
    return read
