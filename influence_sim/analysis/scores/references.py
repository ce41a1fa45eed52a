"""Forecasts that need no model: what any other must do better than.

Each knows what was observed up to its origin, (month, value) in order, and gives a normal distribution, or the
probability of a yes; None where that is too little to go by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from influence_sim.base.months import Month

Past = Sequence[tuple[Month, float]]


class Normal(NamedTuple):
    """A normal distribution; without a spread it is a single value."""

    mean: float
    sd: float


def persistence(past: Past, month: Month) -> Normal | None:
    """The last value, with the spread of past changes: a random walk whose variance a month is that of the past."""
    if len(past) < 2:
        return None
    changes = [(later - earlier) ** 2 / (then - first) for (first, earlier), (then, later) in pairwise(past)]
    last, value = past[-1]
    return Normal(value, math.sqrt(float(np.mean(changes)) * (month - last)))


def trend(past: Past, month: Month) -> Normal | None:
    """The least-squares line through all values, with the standard error of a prediction from it."""
    if len(past) < 3:
        return None
    months, values = (np.array(column, dtype=np.float64) for column in zip(*past, strict=True))
    slope, level = np.polyfit(months - months.mean(), values, 1)
    left = values - level - slope * (months - months.mean())
    ahead = month - months.mean()
    error = 1.0 + 1.0 / len(past) + ahead**2 / float(((months - months.mean()) ** 2).sum())
    return Normal(float(level + slope * ahead), math.sqrt(float((left**2).sum()) / (len(past) - 2) * error))


def staying(past: Past, _month: Month) -> float | None:
    """Of a yes: that the last answer stays, (k + 1) / (n + 2), as it did in k of n past steps (Laplace's rule)."""
    if not past:
        return None
    stayed = [earlier == later for (_, earlier), (_, later) in pairwise(past)]
    stays = (sum(stayed) + 1) / (len(stayed) + 2)
    return stays if past[-1][1] else 1.0 - stays


def frequency(past: Past, _month: Month) -> float | None:
    """Of a yes: how often it was one, (k + 1) / (n + 2) after k of n."""
    return (sum(value for _, value in past) + 1) / (len(past) + 2) if past else None


NUMBERS: Mapping[str, Callable[[Past, Month], Normal | None]] = {"persistence": persistence, "trend": trend}
ANSWERS: Mapping[str, Callable[[Past, Month], float | None]] = {"persistence": staying, "trend": frequency}
"""Of yes or no; a trend of these is how often it was yes."""
