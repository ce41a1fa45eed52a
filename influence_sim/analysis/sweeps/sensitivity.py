"""What drives the outcomes of a sweep: Sobol indices, Morris' screening or rank correlations, as its design allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps import morris, ranks, sobol
from influence_sim.analysis.sweeps.design import DIFFERENCE, Design, at_month, column_of, noise_share, whole_blocks
from influence_sim.base.values import ByValue
from influence_sim.scenario.study_schema import MORRIS, SOBOL_INDICES

LOUD: Final = 0.5
"""The replicates' share of the variance beyond which there are too few of them."""
NO_INDICES: Final = (
    "{a} {method} design does not allow Sobol indices; these are rank correlations, which see only whether the outcome "
    "rises or falls with a factor (for indices: design: {{method: sobol_indices}})"
)


@dataclass(frozen=True, eq=False, slots=True)
class Sensitivity(ByValue):
    """What drives the outcomes of a sweep in one month.

    Attributes:
        method: of the design; it decides what the table holds.
        table: one row an outcome and factor (or group): `outcome`, `date`, `factor`, the numbers, and a
            `verdict` in words. Of `sobol_indices`: S1, S1_conf, ST, ST_conf; of `morris`: mu, mu_star,
            mu_star_conf, sigma; else: rho, threshold, mean, low_mean, high_mean, swing.
        convergence: of `sobol_indices` the same indices from fewer base samples (`outcome`, `factor`,
            `samples`, S1, S1_conf, ST, ST_conf); else empty.
        summary: one row an outcome: `outcome`, the `column` that was looked at, `date`, `points` that counted,
            those `dropped`, `samples` (base samples, trajectories or points), `noise_share` (the replicates'
            share of the variance over points, at most), `S1_sum`, the `verdict`, and a `caution` if the sample is
            too small to tell; empty if it is not.
        notes: what has to be known to read the tables.
    """

    method: str
    table: pd.DataFrame
    convergence: pd.DataFrame
    summary: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def cautions(self) -> tuple[str, ...]:
        """Why it is too uncertain to be read, an outcome each; empty if it is not."""
        rows = self.summary.to_dict("records")
        return tuple(f"{row['outcome']}: {row['caution']}" for row in rows if row["caution"])


def analyse(
    frame: pd.DataFrame,
    design: Design,
    outcomes: Sequence[str],
    *,
    month: str | None = None,
    seed: int = 1,
    resamples: int | None = None,
) -> Sensitivity:
    """What drives some outcomes, by default in the last month of the runs; by a method that suits the design.

    The paired difference of an outcome is looked at, or its mean where there is no baseline.

    Raises:
        InputError: there is no such outcome or month, or no whole block of points was run.
    """
    (rows, date), paths = at_month(frame, month), [factor.path for factor in design.factors]
    columns = [column_of(frame, outcome, design) for outcome in outcomes]
    method = {SOBOL_INDICES: sobol.indices, MORRIS: morris.effects}.get(design.method, ranks.correlations)
    findings, summaries = [], []
    for outcome, column in zip(outcomes, columns, strict=True):
        used = whole_blocks(rows, [column, *paths], design)
        noise = noise_share(used, column, design)
        x, y = used[paths].to_numpy(dtype=np.float64), used[column].to_numpy(dtype=np.float64)
        found = method(x, y, design, noise=noise, seed=seed, resamples=resamples)
        loud = f"too few replicates: their noise may be {100 * min(noise, 1.0):.0f} % of the variance"
        verdicts = found.table["verdict"]
        matter = found.table.loc[verdicts.str.startswith("matters"), "factor"].tolist()
        verdict = verdicts.iloc[0] if (verdicts == verdicts.iloc[0]).all() else "no factor is seen to matter"
        if matter:
            more = f" and {len(matter) - 3} more" if len(matter) > 3 else ""
            verdict = f"hangs on {', '.join(matter[:3])}{more}"
        summaries.append(
            {
                "outcome": outcome,
                "date": date,
                "column": column,
                "points": len(used),
                "dropped": design.points - len(used),
                "samples": len(used) // design.block,
                "noise_share": noise,
                "S1_sum": float(found.table["S1"].sum(skipna=False)) if "S1" in found.table else np.nan,
                "verdict": verdict,
                "caution": "; ".join(filter(None, (found.caution, loud if noise > LOUD else ""))),
            }
        )
        findings.append(found)

    def joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
        keys = [(outcome, date) for outcome in outcomes]
        return pd.concat(tables, keys=keys, names=["outcome", "date"]).droplevel(2).reset_index()

    steps, notes = (found.convergence for found in findings), []
    if design.block == 1:
        notes.append(NO_INDICES.format(a="an" if design.method == "lhs" else "a", method=design.method))
    single = [name for name, column in zip(outcomes, columns, strict=True) if not column.endswith(DIFFERENCE)]
    if single:
        notes.append(f"no paired difference, so the outcome itself is looked at: {', '.join(single)}")
    return Sensitivity(
        method=design.method,
        table=joined(found.table for found in findings),
        convergence=joined(steps) if design.method == SOBOL_INDICES else pd.DataFrame(),
        summary=pd.DataFrame(summaries),
        notes=tuple(notes),
    )
