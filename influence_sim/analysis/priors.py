"""How far a result hangs on what was assumed: the same comparison at many points of the prior ranges.

The points are a Latin hypercube. With hundreds of parameters and some sixty points the columns of a Sobol
sequence are nearly copies of each other (thousands of pairs correlate above 0.7), so that no effect could be
told from its neighbour's; those of a hypercube with independent permutations are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence_sim.base.numbers import Floats
from influence_sim.runs.workers import begun
from influence_sim.theatre import ParameterSpec

if TYPE_CHECKING:
    from influence_sim.model import Arm


POINTS = 64
REPLICATES = 16
PERMUTATIONS = 1000
LEVEL = 0.95
SAME = 1e-12
"""A mean difference below this is none: the arms only rounded differently."""
NOTHING_STANDS_OUT = "no single parameter stands out"


def over_priors(
    arms: Sequence[Arm],
    main: Mapping[str, float],
    *,
    points: int = POINTS,
    replicates: int = REPLICATES,
    seed: int = 1,
    fixed: Collection[str] = (),
) -> pd.DataFrame:
    """Compares two arms all over the prior ranges, and asks what the difference hangs on.

    Every parameter is drawn over its whole range at once; both arms see the same values and the same draws.
    A parameter stands out if its rank correlation with the difference is beyond the 95 % quantile of the
    largest correlation among all parameters when the differences are shuffled.

    Args:
        arms: the scenario's and the baseline's.
        main: for each outcome asked about, the mean difference in the last month of the main run.
        points: how many sets of values.
        replicates: how many at each point.
        seed: of points, draws and shuffles.
        fixed: parameters that the user has set, which stay.

    Returns:
        One row an outcome: `outcome`, `main`, `points`, the shares of points whose mean difference has the
        main run's sign, is zero, or has the other sign (`share_same_sign`, `share_zero`, `share_opposite`;
        NaN where the main run shows no difference), its 5 % and 95 % quantiles over points (`low`, `high`),
        the parameter with the largest rank correlation, that correlation (`parameter`, `rho`), the largest
        that chance gives (`threshold`), whether it `stands_out`, and a `note` if it does not.
    """
    scenario, baseline = arms
    sample = PriorSample([scenario], baseline, points=points, replicates=replicates, seed=seed, fixed=fixed)
    return next(sample.tables([main]))


class PriorSample:
    """Several arms and one baseline, which is run once, at points of the prior ranges; otherwise as `over_priors`."""

    def __init__(
        self,
        scenarios: Sequence[Arm],
        baseline: Arm,
        *,
        points: int = POINTS,
        replicates: int = REPLICATES,
        seed: int = 1,
        fixed: Collection[str] = (),
        executor: Executor | None = None,
    ) -> None:
        """Draws the points. An executor begins to run the arms there; without, this process does when it must."""
        specs = [spec for name, spec in baseline.theatre.parameters.items() if name not in set(fixed)]
        rng = np.random.default_rng(seed)
        self._names = [spec.name for spec in specs]
        self._wanted = [outcome.name for outcome in baseline.theatre.outcomes]
        self._cube = latin_hypercube(points, len(specs), rng)
        self._shuffles = np.argsort(rng.random((PERMUTATIONS, points)), axis=1)
        self._baseline, *self._scenarios = [
            begun(executor, _levels, arm, specs, self._cube, replicates, seed) for arm in (baseline, *scenarios)
        ]

    def tables(self, mains: Sequence[Mapping[str, float]]) -> Iterator[pd.DataFrame]:
        """The table of each arm, given its mean differences in the last month of the main run.

        Raises:
            MachineError: a worker process died.
        """
        ranked, twin = standard_ranks(self._cube), self._baseline()
        for levels, main in zip(self._scenarios, mains, strict=True):
            gaps = (levels() - twin).mean(axis=2)
            rows = []
            for outcome, difference in main.items():
                gap = gaps[self._wanted.index(outcome)]
                strongest = _strongest(gap, ranked, self._names, self._shuffles)
                rows.append({"outcome": outcome, **_signs(gap, difference), **strongest})
            yield pd.DataFrame(rows)


def latin_hypercube(points: int, width: int, rng: np.random.Generator) -> Floats:
    """Points in the unit cube, shape (points, width); each coordinate falls once into every 1/points."""
    cells = np.argsort(rng.random((points, width)), axis=0)
    return (cells + rng.random((points, width))) / points


def values_at(spec: ParameterSpec, unit: Floats) -> Floats:
    """Values of a parameter at points of the unit interval: uniform over its range, or one of its choices."""
    if spec.choices:
        return np.array(spec.choices)[(unit * len(spec.choices)).astype(np.int64)]
    return np.clip(spec.low + (spec.high - spec.low) * unit, spec.low, spec.high)


def _levels(arm: Arm, specs: Sequence[ParameterSpec], cube: Floats, replicates: int, seed: int) -> Floats:
    """Outcomes in the last month, (outcomes, points, replicates); all points run side by side."""
    from influence_sim.model import simulate

    points = len(cube)
    numbers = np.tile(np.arange(replicates, dtype=np.int64), points)
    values = {s.name: np.repeat(values_at(s, cube[:, i]), replicates) for i, s in enumerate(specs)}
    last = simulate(arm, seed=seed, replicates=numbers, parameters=values)[-1]
    levels: Floats = last.reshape(len(last), points, replicates)
    return levels


def _signs(gap: Floats, main: float) -> dict[str, float]:
    low, high = np.quantile(gap, [0.05, 0.95]).tolist()
    zero = np.abs(gap) <= SAME
    shares = {
        "share_same_sign": float((~zero & (np.sign(gap) == np.sign(main))).mean()),
        "share_zero": float(zero.mean()),
        "share_opposite": float((~zero & (np.sign(gap) == -np.sign(main))).mean()),
    }
    if abs(main) <= SAME or np.isnan(main):
        shares |= {"share_same_sign": np.nan, "share_opposite": np.nan}
    return {"main": main, "points": len(gap), **shares, "low": low, "high": high}


def _strongest(gap: Floats, ranked: Floats, names: Sequence[str], shuffles: NDArray[np.int64]) -> dict[str, object]:
    """The parameter whose ranks go most with those of the difference, and whether chance does as well."""
    if not names or np.ptp(gap) <= SAME:
        return {
            "parameter": "",
            "rho": np.nan,
            "threshold": np.nan,
            "stands_out": False,
            "note": NOTHING_STANDS_OUT,
        }
    target = standard_ranks(gap[:, None])[:, 0]
    rhos = target @ ranked
    top = int(np.argmax(np.abs(rhos)))
    threshold = float(np.quantile(np.abs(target[shuffles] @ ranked).max(axis=1), LEVEL))
    stands_out = bool(abs(rhos[top]) > threshold)
    return {
        "parameter": names[top],
        "rho": float(rhos[top]),
        "threshold": threshold,
        "stands_out": stands_out,
        "note": "" if stands_out else NOTHING_STANDS_OUT,
    }


def standard_ranks(columns: Floats) -> Floats:
    """Ranks of each column, centred and of length one, so that products are Spearman's rho."""
    ranks = np.column_stack([_ranks(column) for column in columns.T])
    ranks -= ranks.mean(axis=0)
    unit: Floats = ranks / np.linalg.norm(ranks, axis=0)
    return unit


def _ranks(column: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, where, counts = np.unique(column, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Floats = (last - (counts - 1) / 2.0)[where]
    return mean
