"""What the points of any design tell of its factors: rank correlations, and the outcome at the ends of each range."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps.design import Design, Finding, first_that_holds
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import CONFIDENCE, SAME

FIFTH: Final = 0.2
"""The share of the points at each end of a factor's range whose means are compared."""
FEWEST: Final = 20
"""Points below which nothing is said."""
PERMUTATIONS: Final = 1000


def correlations(x: Floats, y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None) -> Finding:
    """Spearman's rank correlation of each factor with the outcome, and the outcome at both ends of its range.

    A factor stands out if its correlation is beyond the 95 % quantile of the largest correlation among all
    factors when the outcome is shuffled over the points.

    Returns:
        One row a factor, the strongest correlation first: `rho`, the `threshold` that chance gives, the mean outcome
        over all points (`mean`) and over the fifth with the lowest and with the highest values of the factor
        (`low_mean`, `high_mean`; equal values stay together), and their difference (`swing`).
    """
    paths = np.array([factor.path for factor in design.factors])
    varied = np.ptp(x, axis=0) > 0
    rho, threshold = np.full(x.shape[1], np.nan), np.nan
    if varied.any() and np.ptp(y) > SAME:
        rho[varied], threshold = spearman(x[:, varied], y, np.random.default_rng(seed))
    low, high = np.quantile(x, [FIFTH, 1 - FIFTH], axis=0)
    table = pd.DataFrame({"factor": paths, "rho": rho, "threshold": threshold, "mean": y.mean()})
    table["low_mean"] = [y[column <= end].mean() for column, end in zip(x.T, low, strict=True)]
    table["high_mean"] = [y[column >= end].mean() for column, end in zip(x.T, high, strict=True)]
    table["swing"] = table["high_mean"] - table["low_mean"]
    few, stands_out = len(y) < FEWEST, np.abs(rho) > threshold
    verdicts = {
        "too few points to tell": few,
        "the outcome does not vary": np.isnan(threshold),
        "the same at every point": np.isnan(rho),
        "could be chance": ~stands_out,
        "matters, outcome rises with it": rho > 0,
    }
    table["verdict"] = first_that_holds(verdicts, "matters, outcome falls with it")
    caution = ""
    if few:
        caution = f"too few points to tell: {len(y)}, and it takes {FEWEST}"
    elif not stands_out.any() and not np.isnan(rho).all():
        caution = "no factor's rank correlation stands out from chance: too few points to tell, or no monotone effect"
    table = table.sort_values("rho", key=lambda column: -column.abs(), kind="stable", ignore_index=True)
    return Finding(table, caution)


def spearman(x: Floats, y: Floats, rng: np.random.Generator) -> tuple[Floats, float]:
    """Spearman's rho of each column of x, (points, factors), with y, and what the largest exceeds when y is shuffled.

    That is the 95 % quantile over the shuffles; the columns, and y, vary.
    """
    columns, ranks = standard_ranks(x), standard_ranks(y)
    shuffled = (ranks[np.argsort(rng.random(len(y)))] for _ in range(PERMUTATIONS))
    largest = [np.abs(one @ columns).max() for one in shuffled]
    return ranks @ columns, float(np.quantile(largest, CONFIDENCE))


def standard_ranks(columns: Floats) -> Floats:
    """Ranks within columns, centred and of length one, so that products are Spearman's rho; equal values share one."""
    from scipy.stats import rankdata

    ranks = rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    unit: Floats = ranks / np.linalg.norm(ranks, axis=0)
    return unit
