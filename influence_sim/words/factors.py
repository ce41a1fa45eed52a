"""Numbers on the factors of a sweep in words: what each method of sensitivity tells of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from influence_sim.base.numbers import short
from influence_sim.scenario.study_schema import MORRIS, SOBOL_INDICES


def size_headings(method: str) -> tuple[str, ...]:
    """What a method of sensitivity tells of a factor, as headings of a table."""
    if method == SOBOL_INDICES:
        return "S1 [95 %]", "ST [95 %]"
    return ("mu* [95 %]", "mu", "sigma") if method == MORRIS else ("rho", "lowest fifth", "highest fifth")


def size_words(method: str, row: Mapping[Any, Any]) -> list[str]:
    """The same of a row of its table, such as `0.31 ±0.05`; `-` where there is no number."""
    if method == SOBOL_INDICES:
        pairs = [(row[name], row[f"{name}_conf"]) for name in ("S1", "ST")]
        return [f"{round(size, 2) + 0.0:.2f} ±{half:.2f}" if math.isfinite(size) else "-" for size, half in pairs]
    if method == MORRIS:
        effect = f"{short(row['mu_star'])} ±{row['mu_star_conf']:.2g}" if math.isfinite(row["mu_star"]) else "-"
        return [effect, short(row["mu"]), short(row["sigma"])]
    strength = f"{row['rho']:+.2f}" if math.isfinite(row["rho"]) else "-"
    if math.isfinite(row["epsilon_squared"]):  # of several choices
        strength = f"ε² {row['epsilon_squared']:.2f}"
    return [strength, short(row["low_mean"]), short(row["high_mean"])]


def noise_words(share: float) -> str:
    """How much of the variance over points the replicates account for, in a sentence."""
    if math.isnan(share):
        return ""
    if share >= 1:
        return "The noise of the replicates is as large as all variance over points: take more replicates."
    share_text = f"{100 * share:.1g}" if share < 0.1 else f"{100 * share:.0f}"
    return f"The noise of the replicates accounts for at most {share_text} % of the variance over points."
