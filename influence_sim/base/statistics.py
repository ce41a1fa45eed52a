"""Intervals of means and of shares."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from influence_sim.base.numbers import Floats

CONFIDENCE = 0.95
"""Level of intervals, and the quantile of chance results beyond which something stands out."""
NORMAL = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""The quantile that bounds the middle 95 % of a normal distribution."""
SAME = 1e-12
"""A mean difference below this is none: the arms only rounded differently."""


def standard_deviation(values: Floats) -> Floats:
    """The sample standard deviation over the last axis; NaN for a single value."""
    if values.shape[-1] < 2:
        return np.full(values.shape[:-1], np.nan)
    deviation: Floats = values.std(axis=-1, ddof=1)
    return deviation


def student_t(count: int) -> float:
    """Student's t that bounds the middle 95 % for a mean of `count` values; NaN for a single one."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) if count > 1 else math.nan


def half_width(values: Floats) -> Floats:
    """Half the width of the 95 % interval of a mean over the last axis, t·sd/√R; NaN for a single value."""
    count = values.shape[-1]
    half: Floats = student_t(count) * standard_deviation(values) / np.sqrt(count)
    return half


def mean_interval(values: Floats) -> tuple[float, float, float]:
    """The mean of replicates, (R,), and the ends of its 95 % interval, which are NaN for a single replicate."""
    mean, half = float(values.mean()), float(half_width(values))
    return mean, mean - half, mean + half


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share among `count` independent cases (Wilson 1927)."""
    z = NORMAL
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)
