"""The factors of a sweep, and its points, made by SciPy and SALib from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import Any

import numpy as np

from influence_sim.base.numbers import Floats
from influence_sim.scenario import study_schema as study
from influence_sim.scenario.resolved import CONDITIONS, INTERVENTIONS

POINT, DATE = "point", "date"
"""Columns of a sweep's tables: the number of a point, and a month."""
MORRIS_LEVELS = 4
"""Levels of the grid on which Morris' trajectories walk."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One varied number, and the distribution of its values."""

    path: str  # a parameter, `interventions.ACTOR.DO.TARGET`, or `conditions.NAME`
    low: float  # its smallest value; not used where there are choices
    high: float  # its largest value; not used where there are choices
    scale: str = study.LINEAR  # `linear`, `log` (the logarithm is uniform) or `triangular`
    peak: float | None = None  # the mode of the triangular distribution; None for its middle
    choices: tuple[float, ...] = ()  # the values it takes, all equally likely, if not every number of a range
    # factors of one group move together in the designs `sobol_indices` and `morris`; empty for a group of its own
    group: str = ""

    @property
    def of_scenario(self) -> bool:
        """Whether it is a number of the scenario that its baseline does not have."""
        return self.path.startswith((INTERVENTIONS, CONDITIONS))

    @property
    def label(self) -> str:
        """The group it moves with, or its path."""
        return self.group or self.path

    def values_at(self, unit: Floats) -> Floats:
        """Its quantiles: values at points of the closed unit interval, in the same shape."""
        if self.choices:
            count = len(self.choices)
            return np.array(self.choices)[np.minimum((unit * count).astype(np.int64), count - 1)]
        if self.scale == study.LOG:
            low, high = np.log([self.low, self.high])
            values: Floats = np.exp(low + (high - low) * unit)
            return np.clip(values, self.low, self.high)
        if self.scale == study.TRIANGULAR:
            mode = (self.low + self.high) / 2 if self.peak is None else self.peak
            peak = (mode - self.low) / (self.high - self.low)
            unit = np.where(unit < peak, np.sqrt(unit * peak), 1 - sqrt(1 - peak) * np.sqrt(1 - unit))
        return np.clip(self.low + (self.high - self.low) * unit, self.low, self.high)


def group_names(factors: Sequence[Factor]) -> tuple[str, ...]:
    """The groups, and the paths of factors without one, in the order of the factors."""
    return tuple(dict.fromkeys(factor.label for factor in factors))


def salib_problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """The factors as SALib wants them, on the unit cube; `groups` only if there are any."""
    labels = [factor.label for factor in factors]
    names = [factor.path for factor in factors]
    groups = {"groups": labels} if any(factor.group for factor in factors) else {}
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), **groups}


def unit_points(method: str, factors: Sequence[Factor], samples: int, seed: int) -> Floats:
    """The points of a design in the unit cube, shape (points, factors).

    The samples are levels of each factor (`grid`: ends included; of choices, the middle of each one's share), points
    (`lhs`, `sobol_sequence`), base samples (`sobol_indices`: Saltelli's matrices for first-order and total indices) or
    trajectories (`morris`). Other methods have given points: a `ValueError`. Each choice of a factor is used equally
    often, as far as the number of points allows.
    """
    points: Floats
    if method == study.GRID:
        counts = [len(factor.choices) for factor in factors]
        axes = [(np.arange(n) + 0.5) / n if n else np.linspace(0.0, 1.0, samples) for n in counts]
        points = np.array(list(product(*(axis.tolist() for axis in axes))))
    elif method in {study.LHS, study.SOBOL_SEQUENCE}:
        from scipy.stats import qmc

        rng = np.random.default_rng(seed)
        cube = qmc.LatinHypercube(len(factors), rng=rng) if method == study.LHS else qmc.Sobol(len(factors), rng=rng)
        points = cube.random(samples)
    elif method == study.SOBOL_INDICES:
        from SALib.sample import sobol

        points = sobol.sample(salib_problem(factors), samples, calc_second_order=False, seed=seed)
    elif method == study.MORRIS:
        from SALib.sample import morris

        points = morris.sample(salib_problem(factors), samples, num_levels=MORRIS_LEVELS, seed=seed)
    else:
        raise ValueError(f"the points of the method {method} are given, not made")
    for column, count in enumerate(len(factor.choices) for factor in factors) if method != study.GRID else ():
        if count and method == study.MORRIS:
            paths = points[:, column].reshape(samples, -1)
            paths[:] = _balanced_choices(paths, count, np.random.default_rng([seed, column]))
        elif count:  # every base sample is alone in its 1/samples of the range
            cells = np.minimum((points[:, column] * samples).astype(np.int64), samples - 1)
            points[:, column] = (cells * count // samples + 0.5) / count
    return points


def _balanced_choices(paths: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Morris' trajectories of one factor, (trajectories, points), with two of its choices before and after its step.

    They are those used least so far; if the few levels chose, one choice could be used never or twice as often. The
    most uneven trajectories come first, so that later ones can balance them.
    """
    size, counts, choices = paths.shape[1], np.zeros(count), np.empty(paths.shape, dtype=np.int64)
    n_before = (paths == paths[:, :1]).sum(axis=1)
    for path in np.lexsort((rng.random(len(paths)), -abs(2 * n_before - size))).tolist():
        least, next_least = np.lexsort((rng.random(count), counts))[:2].tolist()
        first, second = (least, next_least) if 2 * n_before[path] >= size else (next_least, least)
        choices[path] = np.where(np.arange(size) < n_before[path], first, second)
        counts += np.bincount(choices[path], minlength=count)
    shares: Floats = (choices + 0.5) / count
    return shares
