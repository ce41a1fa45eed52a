"""Points of the parameter space, and how far a result hangs on where in the prior ranges it was computed.

Points all over the ranges are a Latin hypercube. With hundreds of parameters and some sixty points the columns of a
Sobol sequence are nearly copies of each other (thousands of pairs correlate above 0.7), so that no effect could be
told from its neighbour's; those of a hypercube with independent permutations are not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME, RankTest
from influence_sim.model import Arm
from influence_sim.runs.points import Job, records, whole
from influence_sim.runs.sweeps.design import Factor
from influence_sim.theatre import ParameterSpec, Theatre

POINTS = 64
REPLICATES = 16
NOTHING_STANDS_OUT = "no single parameter stands out"
Points = dict[str, Floats]
"""Parameter -> its value at each point, (points,)."""


def all_over(
    specs: Sequence[ParameterSpec], points: int, rng: np.random.Generator, shuffles: np.random.Generator
) -> tuple[Points, RankTest]:
    """Points all over the prior ranges of those parameters that have one, and a test of what goes with them there.

    The test draws its shuffles from a generator of its own, or goes on with the one that the points were drawn from.
    """
    specs = [spec for spec in specs if spec.varies]
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


def over_priors(
    scenarios: Sequence[Arm],
    baseline: Arm,
    mains: Sequence[Mapping[str, float]],
    *,
    points: int = POINTS,
    replicates: int = REPLICATES,
    seed: int = 1,
    fixed: Collection[str] = (),
    **how: Any,
) -> list[pd.DataFrame]:
    """Compares scenarios with their baseline all over the prior ranges, and asks what the differences hang on.

    Every parameter is drawn over its whole range at once; all arms see the same values and the same draws.
    A parameter stands out if its rank correlation with the difference is beyond the 95 % quantile of the
    largest correlation among all parameters when the differences are shuffled.

    The `mains` are the mean differences of the main run in its last month, of each scenario and each outcome asked
    about. Parameters that the user has set stay `fixed`. `seed` is that of points, draws and shuffles; `how` is as for
    `run_points`.

    Returns:
        A table for each scenario with a row an outcome: `outcome`, `main`, `points`, the shares of points whose mean
        difference has the main run's sign, is zero, or has the other sign (`share_same_sign`, `share_zero`,
        `share_opposite`; NaN where the main run shows no difference), its 5 % and 95 % quantiles over points (`low`,
        `high`), the parameter with the largest rank correlation, that correlation (`parameter`, `rho`), the largest
        that chance gives (`threshold`), whether it `stands_out`, and a `note` if it does not.
    """
    theatre = baseline.theatre
    specs = [spec for name, spec in theatre.parameters.items() if name not in set(fixed)]
    rng = np.random.default_rng(seed)
    values, test = all_over(specs, points, rng, rng)
    numbers = np.arange(replicates, dtype=np.int64)
    jobs = [Job([arm], seed, numbers, records, values, steps=[arm.months - 1]) for arm in (baseline, *scenarios)]
    twin, *levels = whole(jobs, **how)
    outcomes = theatre.vocabulary.outcomes
    tables = []
    for level, main in zip(levels, mains, strict=True):
        gaps = (level - twin).mean(axis=3)[:, 0]  # (points, outcomes)
        rows = []
        for outcome, difference in main.items():
            gap = gaps[:, outcomes.index(outcome)]
            signs, (sign,) = directions(gap), directions(np.array([difference])).tolist()
            same, opposite = (float((signs == way).mean()) if abs(sign) > 0 else np.nan for way in (sign, -sign))
            low, high = np.quantile(gap, [0.05, 0.95]).tolist()
            top = test.strongest(gap)
            rows.append(
                {
                    "outcome": outcome,
                    "main": difference,
                    "points": len(gap),
                    "share_same_sign": same,
                    "share_zero": float((signs == 0).mean()),
                    "share_opposite": opposite,
                    "low": low,
                    "high": high,
                    "parameter": top.name,
                    "rho": top.rho,
                    "threshold": top.threshold,
                    "stands_out": top.stands_out,
                    "note": "" if top.stands_out else NOTHING_STANDS_OUT,
                }
            )
        tables.append(pd.DataFrame(rows))
    return tables


def directions(gaps: Floats) -> Floats:
    """1 where a difference is above zero, -1 where it is below, and 0 where the arms only rounded differently."""
    found: Floats = np.sign(gaps) * (np.abs(gaps) > SAME)
    return found
