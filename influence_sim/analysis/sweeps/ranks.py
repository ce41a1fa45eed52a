"""What the points of any design tell of its factors: rank correlations, and the outcome at the ends of each range."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps.design import Design
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME, RankTest

FIFTH: Final = 0.2
"""The share of the points at each end of a factor's range whose means are compared."""
FEWEST: Final = 20
"""Points below which nothing is said."""
UNSURE, CHANCE, CONSTANT = "too few points to tell", "could be chance", "the same at every point"
RISES, FALLS = "matters, outcome rises with it", "matters, outcome falls with it"


def rank_table(x: Floats, y: Floats, design: Design, *, seed: int) -> pd.DataFrame:
    """Spearman's rank correlation of each factor with the outcome, and the outcome at both ends of its range.

    A factor stands out if its correlation is beyond the 95 % quantile of the largest correlation among all
    factors when the outcome is shuffled over the points.

    Args:
        x: the values of the factors, shape (points, factors).
        y: the outcome, shape (points,).
        design: how the points were chosen.
        seed: of the shuffles.

    Returns:
        One row a factor, the strongest correlation first: `factor`, `rho`, the `threshold` that chance gives,
        the mean outcome over all points (`mean`) and over the fifth with the lowest and with the highest
        values of the factor (`low_mean`, `high_mean`; equal values stay together), their difference (`swing`), and a
        `verdict` in words.
    """
    paths = np.array([factor.path for factor in design.factors])
    varied = np.ptp(x, axis=0) > 0
    rho, threshold = np.full(x.shape[1], np.nan), np.nan
    if varied.any() and np.ptp(y) > SAME:
        test = RankTest(x[:, varied], paths[varied].tolist(), np.random.default_rng(seed))
        rho[varied], threshold = test.correlations(y)
    low, high = np.quantile(x, [FIFTH, 1 - FIFTH], axis=0)
    table = pd.DataFrame({"factor": paths, "rho": rho, "threshold": threshold, "mean": y.mean()})
    table["low_mean"] = [y[column <= end].mean() for column, end in zip(x.T, low, strict=True)]
    table["high_mean"] = [y[column >= end].mean() for column, end in zip(x.T, high, strict=True)]
    table["swing"] = table["high_mean"] - table["low_mean"]
    table["verdict"] = [_verdict(value, threshold, len(y)) for value in rho.tolist()]
    order = (-table["rho"].abs()).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def rank_caution(table: pd.DataFrame, points: int) -> str:
    """Why a table is too uncertain to be read; "" if it is not."""
    if points < FEWEST:
        return f"too few points to tell: {points}, and it takes {FEWEST}"
    if table["verdict"].isin([RISES, FALLS]).any() or table["rho"].isna().all():
        return ""
    return "no factor's rank correlation stands out from chance: too few points to tell, or no monotone effect"


def _verdict(rho: float, threshold: float, points: int) -> str:
    if points < FEWEST:
        return UNSURE
    if np.isnan(rho):
        return "the outcome does not vary" if np.isnan(threshold) else CONSTANT
    if abs(rho) <= threshold:
        return CHANCE
    return RISES if rho > 0 else FALLS
