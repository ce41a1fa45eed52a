"""Boxes in the space of the factors: limits to some of them, and how they tell cases of interest from others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from influence_sim.base.numbers import Flags, Floats

SIDES: Final = ("low", "high", "not")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a box.

    Attributes:
        factor: its place among the factors.
        side: `low` (values above `value`), `high` (values below it), or `not` (`value` itself is left out).
        value: where it lies.
    """

    factor: int
    side: str
    value: float

    def holds(self, x: Floats) -> Flags:
        """Which points keep it; x has shape (points, factors)."""
        column = x[:, self.factor]
        if self.side == "low":
            return column > self.value
        return column < self.value if self.side == "high" else column != self.value

    @property
    def key(self) -> tuple[int, str]:
        """What it limits: one end of a factor, or a factor's choices."""
        return self.factor, self.side


@dataclass(frozen=True)
class Box:
    """All points that keep every limit; of each end of a factor there is at most one limit."""

    limits: tuple[Limit, ...] = ()

    def holds(self, x: Floats) -> Flags:
        """Which points lie within; x has shape (points, factors)."""
        inside = np.ones(len(x), dtype=np.bool_)
        for limit in self.limits:
            inside &= limit.holds(x)
        return inside

    def tightened(self, limit: Limit) -> Box:
        """The same with one more limit; it takes the place of one to the same end."""
        kept = self.limits if limit.side == "not" else self.without(limit.key).limits
        return replace(self, limits=(*kept, limit))

    def without(self, key: tuple[int, str]) -> Box:
        """The same without what limits one end of a factor, or its choices."""
        return replace(self, limits=tuple(limit for limit in self.limits if limit.key != key))

    @property
    def keys(self) -> tuple[tuple[int, str], ...]:
        """What is limited, in the order of the factors."""
        return tuple(sorted({limit.key for limit in self.limits}, key=lambda key: (key[0], SIDES.index(key[1]))))

    @property
    def factors(self) -> tuple[int, ...]:
        """The places of the factors that it limits."""
        return tuple(sorted({limit.factor for limit in self.limits}))

    def values(self, key: tuple[int, str]) -> tuple[float, ...]:
        """Where a factor is limited at one end, or which choices are left out."""
        return tuple(sorted(limit.value for limit in self.limits if limit.key == key))


@dataclass(frozen=True)
class Cases:
    """Points, and which of them are of interest.

    Attributes:
        x: the factors' values, shape (points, factors).
        y: which points are of interest, shape (points,).
        chosen: which factors take one of a few choices, shape (factors,); others are numbers of a range.
    """

    x: Floats
    y: Flags
    chosen: Flags

    @cached_property
    def total(self) -> int:
        """How many are of interest."""
        return int(self.y.sum())

    def part(self, which: NDArray[np.int64]) -> Cases:
        """Some of the points."""
        return replace(self, x=self.x[which], y=self.y[which])

    def count(self, box: Box) -> tuple[int, int]:
        """How many cases of interest, and how many points, lie in a box."""
        inside = box.holds(self.x)
        return int((self.y & inside).sum()), int(inside.sum())

    def quality(self, box: Box) -> dict[str, float]:
        """Of all cases the share in the box (`coverage`), of the box the share of cases (`density`), and its `mass`."""
        cases, points = self.count(box)
        return {
            "coverage": cases / self.total if self.total else float("nan"),
            "density": cases / points if points else float("nan"),
            "mass": points / len(self.y),
            "cases": cases,
            "points": points,
        }

    def quasi_p(self, box: Box, key: tuple[int, str]) -> float:
        """How likely chance gives the box as many cases, if this limit did nothing (Bryant and Lempert 2010).

        The box without the limit gives the chance of a point to be a case; as many points as the box holds are
        then drawn. It is only *quasi* a p-value, because the limit was chosen for having a low one.
        """
        cases, points = self.count(box)
        wider_cases, wider_points = self.count(box.without(key))
        return float(binom.sf(cases - 1, points, wider_cases / wider_points))

    def quasi_ps(self, box: Box) -> Iterator[tuple[tuple[int, str], float]]:
        """Of each limit of a box."""
        return ((key, self.quasi_p(box, key)) for key in box.keys)
