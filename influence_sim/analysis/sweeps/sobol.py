"""Sobol indices of a sweep: which share of the variance over its points each factor, or group, accounts for.

The estimators and their bootstrap are SALib's (Saltelli 2010 for first-order indices, Jansen for total ones).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps.design import Design, Finding, first_that_holds
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME
from influence_sim.runs.sweeps.design import salib_problem

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


def indices(x: Floats, y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None) -> Finding:
    """First-order and total Sobol indices; by default from 1,000 resamples, of large samples fewer, down to 100.

    Returns:
        One row a mover, the largest total index first: the indices `S1` and `ST` and half the width of their 95 %
        intervals (`S1_conf`, `ST_conf`), NaN if the outcome is the same at every point. In the convergence table one
        row a mover and number of base samples (`samples`): an eighth, a quarter, half, and all of them.
    """
    whole = len(y) // design.block
    sizes = sorted({whole // part for part in FRACTIONS if whole // part >= FEWEST} | {whole})
    parts = [_indices(y[: n * design.block], design, seed, resamples).assign(samples=n) for n in sizes]
    convergence = pd.concat(parts, ignore_index=True)[["factor", "samples", *NUMBERS]]
    table = parts[-1].drop(columns="samples").sort_values("ST", ascending=False, kind="stable", ignore_index=True)
    first, first_half, total, total_half = (table[name] for name in NUMBERS)
    wide = (first_half > WIDEST) | (total_half > WIDEST)
    verdicts = {
        "the outcome does not vary": total.isna(),
        "negligible": total + total_half < NEGLIGIBLE,
        "could be zero": total <= total_half,
        "may be no more than noise": total <= noise,
        "matters, but how much is too uncertain": wide,
        "matters, mostly together with others": first + first_half < total / 2,
        "matters, mostly by itself": first - first_half > total / 2,
    }
    caution = ""
    if (total <= total_half).all():
        caution = "too few base samples to tell: the intervals of all total indices include zero"
    elif wide.any():
        names = ", ".join(table.loc[wide, "factor"].iloc[:3]) + (", ..." if wide.sum() > 3 else "")
        rule = f"the interval of an index is wider than ±{WIDEST:g} for {names}"
        caution = f"too few base samples to tell how much: {rule}"
    return Finding(table.assign(verdict=first_that_holds(verdicts, "matters")), caution, convergence)


def _indices(y: Floats, design: Design, seed: int, resamples: int | None) -> pd.DataFrame:
    # the two base matrices, the first and the last point of each block, have the variance that is divided
    if np.ptp(np.concatenate([y[:: design.block], y[design.block - 1 :: design.block]])) <= SAME:
        return pd.DataFrame({"factor": design.movers, **dict.fromkeys(NUMBERS, np.nan)})
    from SALib.analyze import sobol

    if resamples is None:
        most, least = RESAMPLES
        resamples = min(most, max(least, CELLS * design.block // len(y)))
    how: dict[str, Any] = {"calc_second_order": False, "num_resamples": resamples, "conf_level": 0.95, "seed": seed}
    found = sobol.analyze(salib_problem(design.factors), y, **how)
    return pd.DataFrame({"factor": design.movers, **{name: found[name] for name in NUMBERS}})
