"""Morris' screening of a sweep: how much, and how evenly, the outcome moves when one factor takes a step.

The estimators and their bootstrap are SALib's (Morris 1991, Campolongo et al. 2007).
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any, Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps.design import Design, Finding, first_that_holds
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME
from influence_sim.runs.sweeps.design import MORRIS_LEVELS, salib_problem

FEWEST: Final = 10
"""Trajectories below which nothing is said of single factors."""
RESAMPLES: Final = 1000
NEGLIGIBLE: Final = 0.05
"""A factor whose mean absolute effect stays below this share of the largest one is negligible."""
SHAPES: Final = ((0.1, "nearly linear"), (0.5, "monotone"), (1.0, "nearly monotone"))
"""Up to which sigma / mu_star a factor acts how (Garcia Sanchez et al. 2014)."""
CROOKED: Final = "not monotone, or together with others"
NUMBERS: Final = ("mu", "mu_star", "mu_star_conf", "sigma")


def effects(x: Floats, y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None) -> Finding:
    """Elementary effects, of a step over the whole range of a factor; by default from 1,000 resamples.

    Returns:
        One row a mover, the largest effect first: mean effect (`mu`), mean absolute effect (`mu_star`) and half the
        width of its 95 % interval (`mu_star_conf`), standard deviation (`sigma`, NaN for a group of several factors).
    """
    trajectories = len(y) // design.block
    table = pd.DataFrame({"factor": design.movers, **dict.fromkeys(NUMBERS, np.nan)})
    if trajectories >= 2:
        from SALib.analyze import morris

        how: dict[str, Any] = {"num_resamples": resamples or RESAMPLES, "conf_level": 0.95, "seed": seed}
        found = morris.analyze(salib_problem(design.factors), x, y, num_levels=MORRIS_LEVELS, **how)
        numbers = {name: np.asarray(found[name], dtype=np.float64) for name in NUMBERS}
        table = pd.DataFrame({"factor": list(found["names"]), **numbers})
    caution = ""
    if trajectories < FEWEST:
        caution = f"too few trajectories to tell: {trajectories}, and it takes {FEWEST}"
    effect, half, sigma = table["mu_star"], table["mu_star_conf"], table["sigma"]
    least = NEGLIGIBLE * float(effect.max())
    # the mean absolute effect that noise alone would give: of a difference of two means, over Morris' step
    step = MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))
    floor = sqrt(2 * noise * float(y.var(ddof=1))) / step * sqrt(2 / pi) if noise > 0 else 0.0
    verdicts = {
        "too few trajectories to tell": bool(caution),
        "the outcome does not vary": least <= NEGLIGIBLE * SAME,
        "negligible": effect + half < least,
        "may be no more than noise": effect <= floor,
        "could be negligible": effect - half < least,
        "matters": sigma.isna(),
        **{f"matters, {shape}": sigma <= most * effect for most, shape in SHAPES},
    }
    table["verdict"] = first_that_holds(verdicts, f"matters, {CROOKED}")
    return Finding(table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True), caution)
