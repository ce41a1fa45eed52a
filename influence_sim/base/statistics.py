"""Intervals of means and of shares, and rank correlations held against chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from influence_sim.base.numbers import Floats, Integers

CONFIDENCE = 0.95
"""Of intervals, and the quantile of what chance gives beyond which a correlation stands out."""
NORMAL = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""What bounds the middle 95 % of a normal distribution."""
SAME = 1e-12
"""A mean difference below this is none: the arms only rounded differently."""
PERMUTATIONS = 1000
CELLS = 1_000_000
"""Numbers that are shuffled at once, so that memory stays flat."""


def standard_deviation(values: Floats) -> Floats:
    """The sample standard deviation over the last axis; NaN for a single value."""
    if values.shape[-1] < 2:
        return np.full(values.shape[:-1], np.nan)
    deviation: Floats = values.std(axis=-1, ddof=1)
    return deviation


def student_t(count: int) -> float:
    """Student's t that bounds the middle 95 % of a mean of so many; NaN for a single one."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) if count > 1 else math.nan


def half_width(values: Floats) -> Floats:
    """Half the width of the 95 % interval of a mean over the last axis, t·sd/√R; NaN for a single value."""
    count = values.shape[-1]
    half: Floats = student_t(count) * standard_deviation(values) / np.sqrt(count)
    return half


def mean_interval(values: Floats) -> tuple[float, float, float]:
    """The mean of some replicates, (R,), and the ends of its 95 % interval; NaN for those of a single one."""
    mean, half = float(values.mean()), float(half_width(values))
    return mean, mean - half, mean + half


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share that was counted in so many independent cases (Wilson 1927)."""
    z = NORMAL
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def standard_ranks(columns: Floats) -> Floats:
    """Ranks of each column, centred and of length one, so that products are Spearman's rho; equal values share one."""
    ranks = np.empty(columns.shape)
    for index, column in enumerate(columns.T):
        _, where, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks[:, index] = (np.cumsum(counts) - (counts - 1) / 2.0)[where]
    ranks -= ranks.mean(axis=0)
    unit: Floats = ranks / np.linalg.norm(ranks, axis=0)
    return unit


@dataclass(frozen=True, slots=True)
class Strongest:
    """The column that goes most with a target; "" and NaN where there is none, or the target does not vary."""

    name: str = ""
    rho: float = math.nan
    threshold: float = math.nan

    @property
    def stands_out(self) -> bool:
        """Whether chance hardly gives the best of all columns as much."""
        return abs(self.rho) > self.threshold


class RankTest:
    """Spearman's rank correlations of some columns with any target, and the largest that chance would give."""

    def __init__(self, columns: Floats, names: Sequence[str], rng: np.random.Generator) -> None:
        """Takes columns of shape (points, columns) that vary, their names, and what shuffles are drawn from."""
        self.columns, self.names, self.rng = columns, tuple(names), deepcopy(rng)
        self.ranked = standard_ranks(columns)
        self.drawn = list(self._shuffles()) if len(columns) * PERMUTATIONS <= CELLS else []

    def correlations(self, target: Floats) -> tuple[Floats, float]:
        """Of every column, and the 95 % quantile of the largest of them when the target, (points,), is shuffled."""
        ranks = standard_ranks(target[:, None])[:, 0]
        shuffled = (np.abs(ranks[order] @ self.ranked).max(axis=1) for order in self.drawn or self._shuffles())
        rhos: Floats = ranks @ self.ranked
        return rhos, float(np.quantile(np.concatenate(list(shuffled)), CONFIDENCE))

    def strongest(self, target: Floats) -> Strongest:
        """The column with the largest correlation."""
        if not self.names or np.ptp(target) <= SAME:
            return Strongest()
        rhos, threshold = self.correlations(target)
        top = int(np.argmax(np.abs(rhos)))
        return Strongest(self.names[top], float(rhos[top]), threshold)

    def _shuffles(self) -> Iterator[Integers]:
        """Orders of the points, (some, points), the same ones whenever they are asked for."""
        rng, points = deepcopy(self.rng), len(self.columns)
        size = max(1, CELLS // points)
        for first in range(0, PERMUTATIONS, size):
            yield np.argsort(rng.random((min(size, PERMUTATIONS - first), points)), axis=1)
