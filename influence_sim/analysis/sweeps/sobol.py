"""Sobol indices of a sweep: which share of the variance over its points each factor, or group, accounts for.

The estimators and their bootstrap are SALib's (Saltelli 2010 for first-order indices, Jansen for total ones).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps.design import Design
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME

WIDEST: Final = 0.15
"""An index whose 95 % interval reaches further than this to either side is too uncertain."""
NEGLIGIBLE: Final = 0.05
"""A total index that stays below this with its whole interval is negligible."""
FRACTIONS: Final = (8, 4, 2, 1)
"""The convergence table shows these fractions of the base samples."""
RESAMPLES: Final = (1000, 100)
CELLS: Final = 1_000_000
"""Numbers that the bootstrap holds at once of each kind, so that memory stays flat."""
FEWEST: Final = 4
"""Base samples that it takes to show anything."""
NUMBERS: Final = ("S1", "S1_conf", "ST", "ST_conf")


def sobol_table(y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None = None) -> pd.DataFrame:
    """First-order and total Sobol indices.

    Args:
        y: the outcome at the points of whole base samples, shape (base samples x (movers + 2),).
        design: of method `sobol_indices`.
        noise: the replicates' share of the variance; NaN if not known.
        seed: of the bootstrap, from 1.
        resamples: of the bootstrap; by default 1,000, and fewer of large samples, down to 100.

    Returns:
        One row a mover, the largest total index first: `factor`, the indices `S1` and `ST`, half the width of
        their 95 % intervals (`S1_conf`, `ST_conf`), and a `verdict` in words. NaN if the outcome is the same at
        every point.
    """
    table = _indices(y, design, seed, resamples)
    table["verdict"] = [_verdict(*row, noise=noise) for row in table[list(NUMBERS)].to_numpy().tolist()]
    return table.sort_values("ST", ascending=False, kind="stable", ignore_index=True)


def convergence_table(y: Floats, design: Design, *, seed: int, resamples: int | None = None) -> pd.DataFrame:
    """The same indices from the first eighth, quarter and half of the base samples, and from all of them.

    Returns:
        One row a mover and number of base samples: `factor`, `samples`, `S1`, `S1_conf`, `ST`, `ST_conf`.
    """
    whole = len(y) // design.block
    sizes = sorted({whole // part for part in FRACTIONS if whole // part >= FEWEST} | {whole})
    parts = [_indices(y[: n * design.block], design, seed, resamples).assign(samples=n) for n in sizes]
    return pd.concat(parts, ignore_index=True)[["factor", "samples", *NUMBERS]]


def sobol_caution(table: pd.DataFrame) -> str:
    """Why a table is too uncertain to be read; "" if it is not."""
    if table["ST"].isna().all():
        return ""
    if ((table["ST"] - table["ST_conf"]) <= 0).all():
        return "too few base samples to tell: the intervals of all total indices include zero"
    wide = table.loc[(table["ST_conf"] > WIDEST) | (table["S1_conf"] > WIDEST), "factor"]
    if wide.empty:
        return ""
    names = ", ".join(wide.iloc[:3]) + (", ..." if len(wide) > 3 else "")
    return f"too few base samples to tell how much: the interval of an index is wider than ±{WIDEST:g} for {names}"


def _indices(y: Floats, design: Design, seed: int, resamples: int | None) -> pd.DataFrame:
    # the two base matrices, the first and the last point of each block, have the variance that is divided
    if np.ptp(np.concatenate([y[:: design.block], y[design.block - 1 :: design.block]])) <= SAME:
        return pd.DataFrame({"factor": design.movers, **dict.fromkeys(NUMBERS, np.nan)})
    from SALib.analyze import sobol

    if resamples is None:
        most, least = RESAMPLES
        resamples = min(most, max(least, CELLS * design.block // len(y)))
    how: dict[str, Any] = {"calc_second_order": False, "num_resamples": resamples, "conf_level": 0.95, "seed": seed}
    found = sobol.analyze(design.problem(), y, **how)
    return pd.DataFrame({"factor": design.movers, **{name: found[name] for name in NUMBERS}})


def _verdict(first: float, first_conf: float, total: float, total_conf: float, *, noise: float) -> str:
    """What may be said of one factor from its indices and half the widths of their intervals."""
    verdicts = {
        "the outcome does not vary": np.isnan(total),
        "negligible": total + total_conf < NEGLIGIBLE,
        "could be zero": total <= total_conf,
        "may be no more than noise": total <= noise,
        "matters, but how much is too uncertain": max(first_conf, total_conf) > WIDEST,
        "matters, mostly together with others": first + first_conf < total / 2,
        "matters, mostly by itself": first - first_conf > total / 2,
    }
    return next((words for words, holds in verdicts.items() if holds), "matters")
