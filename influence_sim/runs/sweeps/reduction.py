"""What is kept of a point: a few numbers an outcome and date, over its replicates.

Each number depends on the replicates of its own point alone, to the last bit: numpy sums the last axis of a
contiguous array row by row, in an order that only the length of the row determines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = ("mean", "sd", "q05", "q50", "q95")
PAIRED = ("baseline", "diff", "diff_sd", "diff_low", "diff_high")
CONFIDENCE = 0.95
_QUANTILES = (0.05, 0.5, 0.95)


def statistics(*, paired: bool) -> tuple[str, ...]:
    """What is kept of an outcome, in order."""
    return (*LEVELS, *PAIRED) if paired else LEVELS


def student_t(replicates: int) -> float:
    """Student's t that bounds the middle `CONFIDENCE` of a mean of so many; NaN for a single one."""
    from scipy.special import stdtrit

    return float(stdtrit(replicates - 1, (1 + CONFIDENCE) / 2)) if replicates > 1 else float("nan")


def reduced(scenario: Floats, baseline: Floats | None, t: float) -> Floats:
    """The statistics of some rows of replicates.

    Args:
        scenario: shape (..., R), contiguous.
        baseline: the other arm on the same draws, of the same shape, or with a length of 1 where all rows share
            one; None if there is none.
        t: of `student_t`.

    Returns:
        Shape (..., statistics).
    """
    columns = [scenario.mean(axis=-1), _sd(scenario), *np.quantile(scenario, _QUANTILES, axis=-1)]
    if baseline is not None:
        gap = scenario - baseline
        mean, sd = gap.mean(axis=-1), _sd(gap)
        half = t * sd / np.sqrt(gap.shape[-1])
        columns += [np.broadcast_to(baseline.mean(axis=-1), mean.shape), mean, sd, mean - half, mean + half]
    return np.stack(columns, axis=-1)


def _sd(values: Floats) -> Floats:
    """The sample standard deviation; NaN for a single replicate."""
    if values.shape[-1] < 2:
        return np.full(values.shape[:-1], np.nan)
    sd: Floats = values.std(axis=-1, ddof=1)
    return sd
