"""What the points of any design tell of its factors: rank correlations, and the outcome at the ends of each range."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from influence_sim.analysis.design import Design
from influence_sim.analysis.priors import LEVEL, PERMUTATIONS, SAME, standard_ranks
from influence_sim.base.numbers import Floats

FIFTH: Final = 0.2
"""The share of the points at each end of a factor's range whose means are compared."""
FEWEST: Final = 20
"""Points below which nothing is said."""
CELLS: Final = 1_000_000
"""Numbers that are shuffled at once, so that memory stays flat."""
UNSURE, CHANCE, CONSTANT = "too few points to tell", "not told from chance", "the same at every point"
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
        values of the factor (`low_mean`, `high_mean`), their difference (`swing`), and a `verdict` in words.
    """
    varied = np.ptp(x, axis=0) > 0
    rho = np.full(x.shape[1], np.nan)
    threshold = np.nan
    if varied.any() and np.ptp(y) > SAME:
        rho[varied], threshold = _correlations(x[:, varied], y, seed)
    ends = np.array([_ends(column, y) for column in x.T])
    table = pd.DataFrame({"factor": [f.path for f in design.factors], "rho": rho, "threshold": threshold})
    table["mean"], table["low_mean"], table["high_mean"] = y.mean(), ends[:, 0], ends[:, 1]
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


def _correlations(x: Floats, y: Floats, seed: int) -> tuple[Floats, float]:
    """Each factor's correlation, and what the largest one is by chance."""
    ranked, target = standard_ranks(x), standard_ranks(y[:, None])[:, 0]
    rng = np.random.default_rng(seed)
    batch = max(1, min(CELLS // len(y), PERMUTATIONS))
    shuffles = (rng.permuted(np.tile(target, (batch, 1)), axis=1) for _ in range(0, PERMUTATIONS, batch))
    largest = np.concatenate([np.abs(shuffled @ ranked).max(axis=1) for shuffled in shuffles])
    return target @ ranked, float(np.quantile(largest[:PERMUTATIONS], LEVEL))


def _ends(column: Floats, y: Floats) -> tuple[float, float]:
    """Mean outcome over the lowest and the highest fifth of a factor's values; equal values stay together."""
    low, high = np.quantile(column, [FIFTH, 1 - FIFTH])
    return float(y[column <= low].mean()), float(y[column >= high].mean())


def _verdict(rho: float, threshold: float, points: int) -> str:
    if points < FEWEST:
        return UNSURE
    if np.isnan(rho):
        return "the outcome does not vary" if np.isnan(threshold) else CONSTANT
    if abs(rho) <= threshold:
        return CHANCE
    return RISES if rho > 0 else FALLS
