"""The points of a sweep, made by SciPy and SALib from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.runs.sweeps.factors import Factor, Floats, group_names

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.request import SweepRequest

MORRIS_LEVELS = 4
"""Levels of the grid on which Morris' trajectories walk."""


def problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """The factors as SALib wants them, on the unit cube; `groups` only if there are any."""
    labels = [factor.label for factor in factors]
    names = [factor.path for factor in factors]
    grouped = {"groups": labels} if any(factor.group for factor in factors) else {}
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), **grouped}


def count(request: SweepRequest) -> int:
    """How many points a design has, without making it."""
    movers = len(group_names(request.factors))
    by_method = {
        "grid": lambda: prod(_levels(factor, request.samples) for factor in request.factors),
        "sobol_indices": lambda: request.samples * (movers + 2),
        "morris": lambda: request.samples * (movers + 1),
    }
    return by_method.get(request.method, lambda: request.samples)()


def unit_points(request: SweepRequest) -> Floats:
    """The points in the unit cube, shape (points, factors).

    Raises:
        ValueError: the method is `csv`, whose points are given.
    """
    makers = {
        "grid": _grid,
        "lhs": _lhs,
        "sobol_sequence": _sobol_sequence,
        "sobol_indices": _sobol_indices,
        "morris": _morris,
    }
    if request.method not in makers:
        raise ValueError(f"the points of the method {request.method} are given, not made")
    return makers[request.method](request.factors, request.samples, request.design_seed)


def _levels(factor: Factor, samples: int) -> int:
    return len(factor.choices) or samples


def _grid(factors: Sequence[Factor], samples: int, seed: int) -> Floats:
    """Every combination of evenly spaced levels, ends included; of choices, the middle of each one's share."""
    return np.array(list(product(*(_axis(factor, samples) for factor in factors))))


def _axis(factor: Factor, samples: int) -> list[float]:
    count = len(factor.choices)
    axis = (np.arange(count) + 0.5) / count if count else np.linspace(0.0, 1.0, samples)
    values: list[float] = axis.tolist()
    return values


def _lhs(factors: Sequence[Factor], samples: int, seed: int) -> Floats:
    from scipy.stats import qmc

    points: Floats = qmc.LatinHypercube(len(factors), rng=np.random.default_rng(seed)).random(samples)
    return points


def _sobol_sequence(factors: Sequence[Factor], samples: int, seed: int) -> Floats:
    from scipy.stats import qmc

    points: Floats = qmc.Sobol(len(factors), scramble=True, rng=np.random.default_rng(seed)).random(samples)
    return points


def _sobol_indices(factors: Sequence[Factor], samples: int, seed: int) -> Floats:
    """Saltelli's matrices: for first-order and total indices, samples x (groups + 2) points."""
    from SALib.sample import sobol

    points: Floats = sobol.sample(problem(factors), samples, calc_second_order=False, seed=seed)
    return points


def _morris(factors: Sequence[Factor], samples: int, seed: int) -> Floats:
    from SALib.sample import morris

    points: Floats = morris.sample(problem(factors), samples, num_levels=MORRIS_LEVELS, seed=seed)
    return points
