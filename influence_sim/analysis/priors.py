"""How far a result hangs on what was assumed: the same comparison at many points of the prior ranges.

The points are a Latin hypercube. With hundreds of parameters and some sixty points the columns of a Sobol
sequence are nearly copies of each other (thousands of pairs correlate above 0.7), so that no effect could be
told from its neighbour's; those of a hypercube with independent permutations are not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from influence_sim.base.numbers import Floats
from influence_sim.base.progress import Progress
from influence_sim.base.statistics import SAME, RankTest
from influence_sim.runs.points import Job, whole
from influence_sim.theatre import ParameterSpec

if TYPE_CHECKING:
    from influence_sim.model import Arm

POINTS = 64
REPLICATES = 16
NOTHING_STANDS_OUT = "no single parameter stands out"


def over_priors(
    scenarios: Sequence[Arm],
    baseline: Arm,
    mains: Sequence[Mapping[str, float]],
    *,
    points: int = POINTS,
    replicates: int = REPLICATES,
    seed: int = 1,
    fixed: Collection[str] = (),
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[pd.DataFrame]:
    """Compares scenarios with their baseline all over the prior ranges, and asks what the differences hang on.

    Every parameter is drawn over its whole range at once; all arms see the same values and the same draws.
    A parameter stands out if its rank correlation with the difference is beyond the 95 % quantile of the
    largest correlation among all parameters when the differences are shuffled.

    Args:
        scenarios: the scenarios' arms.
        baseline: that of all of them.
        mains: for each scenario and each outcome asked about the mean difference in the last month of the main run.
        points: how many sets of values.
        replicates: how many at each point.
        seed: of points, draws and shuffles.
        fixed: parameters that the user has set, which stay.
        workers: threads.
        executor: as for `run_points`.
        progress: called with the histories done and their total.

    Returns:
        A table for each scenario with a row an outcome: `outcome`, `main`, `points`, the shares of points whose mean
        difference has the main run's sign, is zero, or has the other sign (`share_same_sign`, `share_zero`,
        `share_opposite`; NaN where the main run shows no difference), its 5 % and 95 % quantiles over points (`low`,
        `high`), the parameter with the largest rank correlation, that correlation (`parameter`, `rho`), the largest
        that chance gives (`threshold`), whether it `stands_out`, and a `note` if it does not.

    Raises:
        MachineError: as for `run_points`.
    """
    theatre = baseline.theatre
    specs = [spec for name, spec in theatre.parameters.items() if name not in set(fixed)]
    rng = np.random.default_rng(seed)
    cube = latin_hypercube(points, len(specs), rng)
    test = RankTest(cube, [spec.name for spec in specs], rng)
    values, numbers = values_of(specs, cube), np.arange(replicates, dtype=np.int64)
    jobs = [Job([arm], seed, numbers, _last, values, steps=[arm.months - 1]) for arm in (baseline, *scenarios)]
    twin, *levels = whole(jobs, workers=workers, executor=executor, progress=progress)
    outcomes = list(theatre.vocabulary.outcomes)
    tables = []
    for level, main in zip(levels, mains, strict=True):
        gaps = (level - twin).mean(axis=2)
        tables.append(pd.DataFrame([_row(name, m, gaps[:, outcomes.index(name)], test) for name, m in main.items()]))
    return tables


def latin_hypercube(points: int, width: int, rng: np.random.Generator) -> Floats:
    """Points in the unit cube, shape (points, width); each coordinate falls once into every 1/points."""
    cells = np.argsort(rng.random((points, width)), axis=0)
    return (cells + rng.random((points, width))) / points


def values_of(specs: Sequence[ParameterSpec], cube: Floats) -> dict[str, Floats]:
    """The values of parameters at points of the unit cube: uniform over their ranges, or among their choices.

    Args:
        specs: the parameters.
        cube: shape (points, parameters).
    """
    found = {}
    for spec, unit in zip(specs, cube.T, strict=True):
        if spec.choices:
            found[spec.name] = np.array(spec.choices)[(unit * len(spec.choices)).astype(np.int64)]
        else:
            found[spec.name] = np.clip(spec.low + (spec.high - spec.low) * unit, spec.low, spec.high)
    return found


def _last(runs: Sequence[Floats]) -> Floats:
    """The last month, (points, outcomes, replicates)."""
    return runs[0][:, -1]


def _row(outcome: str, main: float, gap: Floats, test: RankTest) -> dict[str, object]:
    """What the points say of one outcome; `gap` is its difference at each, (points,)."""
    low, high = np.quantile(gap, [0.05, 0.95]).tolist()
    zero = np.abs(gap) <= SAME
    signs = np.where(zero, 0.0, np.sign(gap))
    sign = np.nan if np.isnan(main) or abs(main) <= SAME else np.sign(main)
    top = test.strongest(gap)
    return {
        "outcome": outcome,
        "main": main,
        "points": len(gap),
        "share_same_sign": np.nan if np.isnan(sign) else float((signs == sign).mean()),
        "share_zero": float(zero.mean()),
        "share_opposite": np.nan if np.isnan(sign) else float((signs == -sign).mean()),
        "low": low,
        "high": high,
        "parameter": top.name,
        "rho": top.rho,
        "threshold": top.threshold,
        "stands_out": top.stands_out,
        "note": "" if top.stands_out else NOTHING_STANDS_OUT,
    }
