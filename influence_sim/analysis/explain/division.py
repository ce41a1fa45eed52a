"""An effect divided by what carries it: the scenario itself, ground and stocks, or what others decide because of it.

Between the two arms of a run stand two more, on the same draws. In the first everyone but the scenario keeps to what he
decides in the other arm's replicate, and ground and stocks return to that replicate's path after each month: it shows
what the scenario itself does in a month. In the second only decisions keep to the path, so that what the scenario does
may add up in ground and stocks. What the scenario's arm has beyond that is response: others decide otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from influence_sim.analysis.explain import PARTS
from influence_sim.base.late import pd
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME, half_width, mean_interval
from influence_sim.model import Arm, Held
from influence_sim.runs.points import Job, run_jobs
from influence_sim.runs.request import RunRequest

PART, EFFECT = "part", "effect"
METHOD = "one after another"
COLUMNS = ("outcome", "part", "mean", "ci_low", "ci_high")


def divide(
    requests: Sequence[RunRequest], outcomes: Sequence[str], *, each_month: bool = False, **options: Any
) -> list[Floats]:
    """Divides the effects of some runs of two arms on some outcomes, in their last month or in each.

    `options` is as for `run_points`.

    Returns:
        For each run (replicates, 4, months, outcomes): the effect and its parts, in the order of `PARTS`.
    """
    jobs = []
    for request in requests:
        arm, against = request.arms
        arms: list[Arm | Held] = [arm, Held(arm, against, stocks=True), Held(arm, against), against]
        steps = None if each_month else [request.months - 1]
        jobs.append(Job(arms, request.seed, request.replicates, _gaps, steps=steps, outcomes=outcomes, split=True))
    return run_jobs(jobs, **options)


def _gaps(runs: Sequence[Floats]) -> Floats:
    scenario, direct, accumulated, against = (run[0] for run in runs)  # (steps, outcomes, R)
    gaps = np.stack([scenario - against, direct - against, accumulated - direct, scenario - accumulated])
    return np.moveaxis(gaps, -1, 0)


def rows_of(gaps: Floats, by: str) -> Iterator[tuple[object, ...]]:
    """The rows of `attribute_each` for one outcome in one month, given its effect and parts, (replicates, 4)."""
    effect = float(gaps[:, 0].mean())
    labels = [*((PART, name, words) for name, words in PARTS.items()), (EFFECT, EFFECT, "all of it")]
    for (kind, name, words), values in zip(labels, gaps.T[[1, 2, 3, 0]], strict=True):
        mean, low, high = mean_interval(values)
        share = mean / effect if abs(effect) > SAME else np.nan
        yield by, kind, name, words, "", mean, low, high, share, METHOD


def parts_of(gaps: Floats, outcomes: Sequence[str]) -> pd.DataFrame:
    """What carries the differences of some outcomes in one month, (replicates, 4, outcomes).

    Returns:
        A row an outcome and part: `COLUMNS`, of each part its mean and the 95 % interval of that.
    """
    rows = [
        (outcome, part, *mean_interval(gaps[:, place, column]))
        for column, outcome in enumerate(outcomes)
        for place, part in enumerate(PARTS, 1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def by_month(gaps: Floats, start: Month) -> pd.DataFrame:
    """One outcome's effect and parts, (replicates, 4, months), by month: of each the mean and its 95 % interval."""
    columns: dict[tuple[str, str], Floats] = {}
    for name, values in zip((EFFECT, *PARTS), np.moveaxis(gaps, 0, -1), strict=True):
        mean, half = values.mean(axis=-1), half_width(values)
        columns |= {(name, "mean"): mean, (name, "ci_low"): mean - half, (name, "ci_high"): mean + half}
    dates = pd.date_range(format_month(start), periods=gaps.shape[2], freq="MS", unit="ms", name="date")
    return pd.DataFrame(columns, index=dates).rename_axis(columns=["part", "statistic"])
