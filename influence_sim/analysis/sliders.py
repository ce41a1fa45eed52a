"""The sliders of a page: which parameters they move, and what the scenario does at every combination of their values.

All of it is computed beforehand, so that a page can answer without running; a point of the grid gives the same numbers
as running the scenario with the same `--set` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from influence_sim.analysis import WORLDS_TRIED
from influence_sim.analysis.summary import differences
from influence_sim.analysis.worlds import defaults_of, gaps_in_worlds
from influence_sim.base.errors import InputError, did_you_mean, raise_any, wrong
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm
from influence_sim.runs.points import Job, run_points
from influence_sim.runs.request import RunRequest
from influence_sim.theatre import ParameterSpec

ENDS = ("diff", "ci_low", "ci_high")
NEAR = 1e-9
"""Two values of a parameter nearer than this, relative to its range, are one."""
DIGITS = 4
"""Significant digits of a slider's values."""
CHOSEN, MOST_SLIDERS = 3, 4
STEPS, MOST_STEPS = 5, 21
MOST_POINTS = 1296
"""More combinations would not fit into the page."""
MOST_REPLICATES = 1000
MIDDLE = (0.05, 0.95)
"""Quantiles over the worlds between which a slider moves."""


class Slider(NamedTuple):
    """One parameter of a grid: its values in ascending order, and the index of the run's own."""

    name: str
    values: tuple[float, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Grid:
    """What a scenario does at every point of a grid; the last slider's values turn fastest."""

    sliders: tuple[Slider, ...]
    outcomes: tuple[str, ...]
    steps: tuple[int, ...]  # in which months, as indices into the run; the last one is its end
    replicates: int  # how many at each point, numbered from 0
    ends: Floats  # paired difference at the end with its 95 % interval (`ENDS`), (points, outcomes, 3)
    means: Floats  # of scenario and baseline, (points, 2, outcomes, steps)

    @property
    def points(self) -> int:
        """How many there are."""
        return len(self.ends)

    def point(self, places: Sequence[int]) -> int:
        """The number of the point at which the sliders stand at these places."""
        return int(np.ravel_multi_index(tuple(places), [len(slider.values) for slider in self.sliders]))


def evenly(low: float, high: float, steps: float, start: float) -> tuple[float, ...]:
    """Evenly spaced values with the run's own among them; between the ends they are round, to be typed again."""
    values = {float(low), float(high), *(_round(v) for v in np.linspace(low, high, int(steps))[1:-1].tolist())}
    neighbours = {value for value in values if abs(value - start) <= NEAR * (high - low)}
    return tuple(sorted((values - neighbours) | {start}))


def around(spec: ParameterSpec, values: Floats, start: float) -> tuple[float, ...]:
    """A parameter's choices, or five values: the run's own, those between which most of `values` lie, and halfway."""
    if spec.choices:
        return tuple(sorted({*map(float, spec.choices), start}))
    low, high = (_round(end) for end in np.quantile(values, MIDDLE).tolist())
    midpoints = {_round((end + start) / 2) for end in (low, high) if end != start}
    return tuple(sorted({low, start, high} | midpoints))


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def slider(name: str, values: Sequence[float], start: float) -> Slider:
    """A slider that starts at the run's own value, which is among its values."""
    return Slider(name, tuple(values), list(values).index(start))


def points_of(sliders: Sequence[Slider]) -> dict[str, Floats]:
    """The points of a grid, parameter by parameter; the last slider's values turn fastest."""
    columns = np.meshgrid(*(values for _, values, _ in sliders), indexing="ij")
    return {slider.name: column.ravel() for slider, column in zip(sliders, columns, strict=True)}


def compute(
    arms: Sequence[Arm],
    sliders: Sequence[Slider],
    *,
    outcomes: Sequence[str],
    steps: Sequence[int],
    replicates: int,
    seed: int,
    **options: Any,
) -> Grid:
    """Runs two arms at every point of a grid; arguments as the fields of `Grid`, and those of `run_points`.

    Raises:
        InputError: a value lies outside the limits of its parameter.
    """
    job = Job(arms, seed, replicates, _ends_and_means, points_of(sliders), steps=steps, outcomes=outcomes)
    ends, means = map(np.concatenate, zip(*(block.value for block in run_points([job], **options)), strict=True))
    return Grid(tuple(sliders), tuple(outcomes), tuple(steps), replicates, ends, means)


def _ends_and_means(runs: Sequence[Floats]) -> tuple[Floats, Floats]:
    scenario, baseline = runs
    statistics = differences(scenario[:, -1] - baseline[:, -1])
    means = np.stack([run.mean(axis=-1).swapaxes(1, 2) for run in runs], axis=1)
    return np.stack([statistics[name] for name in ENDS], axis=-1), means


def asked(ranges: Mapping[str, Sequence[float]], request: RunRequest) -> list[Slider]:
    """The sliders that a user asks for: of each parameter (low, high) or (low, high, steps), its own value added.

    Raises:
        InputError: everything that is wrong with them.
    """
    problems, specs = [], request.theatre.parameters
    if len(ranges) > MOST_SLIDERS:
        problems.append(wrong("--sliders", len(ranges), f"a page has at most {MOST_SLIDERS} sliders"))
    requested = {name: (*item, STEPS)[:3] for name, item in ranges.items()}
    for name, item in ranges.items():
        if len(item) not in {2, 3} or not all(isinstance(n, Real) and not isinstance(n, bool) for n in item):
            rule = "a slider's range is (low, high) or (low, high, steps), all numbers"
            problems.append(wrong("sliders", name, rule))
        elif name not in specs:
            problems.append(wrong("--sliders", name, "not a parameter", did_you_mean(name, specs)))
        elif rule := _broken_rule(requested[name], specs[name]):
            problems.append(wrong("--sliders", f"{name}={':'.join(f'{n:g}' for n in requested[name])}", rule))
    raise_any(problems)
    starts = defaults_of(request.theatre) | request.parameters
    sliders = [slider(n, evenly(low, high, steps, starts[n]), starts[n]) for n, (low, high, steps) in requested.items()]
    points = prod(len(item.values) for item in sliders)
    if points > MOST_POINTS:
        rule = f"these sliders have {points} combinations, and a page holds {MOST_POINTS}; take fewer steps"
        raise InputError(wrong("--sliders", "", rule))
    return sliders


def _broken_rule(item: Sequence[float], spec: ParameterSpec) -> str:
    """The rule that a slider breaks; "" if none."""
    low, high, steps = item
    if not spec.low <= low < high <= spec.high:
        return f"needs LOW below HIGH, both from {spec.low:g} to {spec.high:g}"
    if steps not in range(2, MOST_STEPS + 1):
        return f"needs 2 to {MOST_STEPS} steps"
    if spec.choices and not set(np.linspace(low, high, int(steps)).tolist()) <= set(spec.choices):
        return f"takes only {', '.join(f'{choice:g}' for choice in spec.choices)}"
    return ""


def chosen(request: RunRequest, outcomes: Sequence[str]) -> list[Slider]:
    """Sliders of the assumptions on which the result depends most, each as far as most of the worlds do.

    The outcome that answers the question counts twice, one that depends on no assumption does not count. What the user
    has set does not move.
    """
    options: dict[str, Any] = {"points": WORLDS_TRIED, "seed": request.seed, "worlds": request.worlds}
    arms = request.arms[:1], request.arms[1]
    (gaps,), (points, slices, *_) = gaps_in_worlds(*arms, fixed=request.parameters, **options)
    weights = np.zeros(len(points))
    for number, outcome in enumerate(outcomes):
        measured = slices.measured(gaps[:, request.theatre.vocabulary.outcomes.index(outcome)])
        if measured is not None and measured.excess.max() > measured.threshold:
            weights += (2 if number == 0 else 1) * measured.excess[: len(points)] / measured.excess.max()
    places, values = np.argsort(-weights, kind="stable")[:CHOSEN], defaults_of(request.theatre)
    names = [slices.names[place] for place in places]
    specs = request.theatre.parameters
    return [slider(name, around(specs[name], points[name], values[name]), values[name]) for name in names]
