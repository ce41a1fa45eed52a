"""Points of the parameter space: all over the prior ranges, or with single values set.

Points all over the ranges are a Latin hypercube. With hundreds of parameters and some sixty points the columns of a
Sobol sequence are nearly copies of each other (thousands of pairs correlate above 0.7), so that no effect could be
told from its neighbour's; those of a hypercube with independent permutations are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import RankTest
from influence_sim.runs.sweeps.design import Factor
from influence_sim.theatre import ParameterSpec, Theatre

Points = dict[str, Floats]
"""Parameter -> its value at each point, (points,)."""


def all_over(
    specs: Sequence[ParameterSpec], points: int, rng: np.random.Generator, shuffles: np.random.Generator
) -> tuple[Points, RankTest]:
    """Points all over the prior ranges of some parameters, and a test of what goes with the parameters there.

    The test draws its shuffles from a generator of its own, or goes on with the one that the points were drawn from.
    """
    cube = latin_hypercube(points, len(specs), rng)
    return values_of(specs, cube), RankTest(cube, [spec.name for spec in specs], shuffles)


def latin_hypercube(points: int, width: int, rng: np.random.Generator) -> Floats:
    """Points in the unit cube, shape (points, width); each coordinate falls once into every 1/points."""
    cells = np.argsort(rng.random((points, width)), axis=0)
    return (cells + rng.random((points, width))) / points


def values_of(specs: Sequence[ParameterSpec], cube: Floats) -> Points:
    """The values of parameters at points of the unit cube, (points, parameters): uniform, or among their choices."""
    factors = (Factor(spec.name, spec.low, spec.high, choices=spec.choices) for spec in specs)
    return {factor.path: factor.values_at(unit) for factor, unit in zip(factors, cube.T, strict=True)}


def with_settings(settings: Sequence[Mapping[str, float]], otherwise: Mapping[str, float]) -> Points:
    """A point for each of some settings of parameters; what it does not set stands as it does `otherwise`."""
    names = dict.fromkeys(name for setting in settings for name in setting)
    return {name: np.array([setting.get(name, otherwise[name]) for setting in settings]) for name in names}


def defaults_of(theatre: Theatre) -> dict[str, float]:
    """The values of all parameters, unless something sets them."""
    return {name: spec.default for name, spec in theatre.parameters.items()}
