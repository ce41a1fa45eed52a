"""PRIM, the patient rule induction method (Friedman and Fisher 1999), for scenario discovery.

A box about all points is peeled again and again: of all the ways to take away a small share of its points at one
end of one factor (or one of a factor's choices) that which raises the density most for each point it costs. The
boxes on the way trade coverage for density. One of them is chosen; what peeling took too much is pasted back,
and limits that chance explains are taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from typing import Final

import numpy as np
from scipy.stats import binom

from influence_sim.base.numbers import Flags, Floats, Integers

ALPHA: Final = 0.05
"""The share of a box's points that one peel takes away."""
LEAST_MASS: Final = 0.05
"""Peeling ends before a box holds a smaller share of all points, or half the share of cases if that is less."""
LEAST_POINTS: Final = 10
SIGNIFICANT: Final = 0.05
"""A limit whose quasi-p-value is above this may be chance."""
PASTES: Final = (1.0, 0.5, 0.25)
"""Pasting tries slabs as large as a peel, and these parts of it."""
LOW, HIGH, NOT = "low", "high", "not"
SIDES: Final = {LOW: "above", HIGH: "below", NOT: "only"}
"""In words, where a limit of each kind lets points lie."""
Key = tuple[int, str]
"""What is limited: the place of a factor, and one of its ends (above `low`, below `high`) or its choices (`not`)."""


@dataclass(frozen=True)
class Box:
    """All points that keep every limit: what is limited -> the one value where, or all choices that are left out."""

    limits: Mapping[Key, tuple[float, ...]] = field(default_factory=dict)

    def holds(self, x: Floats) -> Flags:
        """Which points lie within; x has shape (points, factors)."""
        inside = np.ones(len(x), dtype=np.bool_)
        for (factor, side), values in self.limits.items():
            column = x[:, factor]
            if side == NOT:
                inside &= ~np.isin(column, values)
            else:
                inside &= column > values[0] if side == LOW else column < values[0]
        return inside

    def tightened(self, key: Key, value: float) -> Box:
        """The same with one more limit; at one end of a factor it takes the place of the limit there."""
        left_out = self.limits.get(key, ()) if key[1] == NOT else ()
        return Box({**self.limits, key: tuple(sorted((*left_out, value)))})

    def without(self, key: Key, value: float | None = None) -> Box:
        """The same without what limits one end of a factor, or its choices; or with one choice given back."""
        remaining = tuple(other for other in self.limits[key] if value is not None and other != value)
        others = {other: values for other, values in self.limits.items() if other != key}
        return Box(others | ({key: remaining} if remaining else {}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is limited, in the order of the factors."""
        return tuple(sorted(self.limits, key=lambda key: (key[0], list(SIDES).index(key[1]))))


@dataclass(frozen=True)
class Cases:
    """Points, x (points, factors), which of them are of interest, y, and which factors have choices (`discrete`)."""

    x: Floats
    y: Flags
    discrete: Flags

    @cached_property
    def total(self) -> int:
        """How many are of interest."""
        return int(self.y.sum())

    def part(self, rows: Integers) -> Cases:
        """Some of the points."""
        return replace(self, x=self.x[rows], y=self.y[rows])

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

    def quasi_p(self, box: Box, key: Key) -> float:
        """How likely chance gives the box as many cases, if this limit did nothing (Bryant and Lempert 2010).

        The box without the limit gives the chance of a point to be a case; as many points as the box holds are
        then drawn. It is only *quasi* a p-value, because the limit was chosen for having a low one.
        """
        cases, points = self.count(box)
        wider_cases, wider_points = self.count(box.without(key))
        return float(binom.sf(cases - 1, points, wider_cases / wider_points))


def peel_all(cases: Cases) -> list[Box]:
    """The peeling trajectory: boxes from the one about all points to the last, each in the one before.

    At least one case must be of interest.
    """
    least = max(LEAST_POINTS, ceil(min(LEAST_MASS, cases.total / len(cases.y) / 2) * len(cases.y)))
    boxes, inside = [Box()], cases
    while inside.total < len(inside.y):
        keys, values, masks = _peels(inside)
        points, case_counts = masks.sum(axis=0), masks[inside.y].sum(axis=0)
        if not (points >= least).any():
            break
        # the rise of the density for each point taken away (Kwakkel and Jaxa-Rozen 2016)
        gains = case_counts / np.maximum(points, 1) - inside.total / len(inside.y)
        scores = np.where(points >= least, gains / np.maximum(len(inside.y) - points, 1), -np.inf)
        best = int(np.argmax(scores))
        boxes.append(boxes[-1].tightened(keys[best], float(values[best])))
        inside = inside.part(np.flatnonzero(masks[:, best]))
    return boxes


def _peels(inside: Cases) -> tuple[list[Key], Floats, Flags]:
    """Every way to take points away: what it limits, where (ways,), and which points it keeps (points, ways).

    Points with equal values go together; at the ends the limit lies halfway between those taken and those kept.
    """
    ranges, choices = np.flatnonzero(~inside.discrete).tolist(), np.flatnonzero(inside.discrete).tolist()
    rank = max(int(ALPHA * len(inside.x)), 1) - 1
    keys: list[Key] = []
    limits, masks = [np.empty(0)], [np.empty((len(inside.x), 0), dtype=np.bool_)]
    for side, sign in ((LOW, 1.0), (HIGH, -1.0)):
        x = inside.x[:, ranges] * sign
        last = np.partition(x, rank, axis=0)[rank]
        masks.append(x > last)
        limits.append(sign * (last + np.where(x > last, x, np.inf).min(axis=0, initial=np.inf)) / 2)
        keys += [(factor, side) for factor in ranges]
    for factor in choices:
        values = np.unique(inside.x[:, factor])
        masks.append(inside.x[:, [factor]] != values)
        limits.append(values)
        keys += [(factor, NOT)] * len(values)
    return keys, np.concatenate(limits), np.concatenate(masks, axis=1)


def choose(cases: Cases, boxes: list[Box]) -> int:
    """Which box of a trajectory: that with the largest harmonic mean of coverage and density, the first of equals."""
    counts = [cases.count(box) for box in boxes]
    return int(np.argmax([2 * count / (points + cases.total) for count, points in counts]))


def simplify(cases: Cases, box: Box) -> Box:
    """Drops limits whose quasi-p-value is above `SIGNIFICANT`, as chance explains them; the weakest first."""
    while box.limits:
        weakest = max(box.keys, key=lambda key: cases.quasi_p(box, key))
        if cases.quasi_p(box, weakest) <= SIGNIFICANT:
            break
        box = box.without(weakest)
    return box


def paste(cases: Cases, box: Box) -> Box:
    """Moves limits that peeling took too far outwards, as long as that does not lower the density."""
    while True:
        count, points = cases.count(box)
        wider = [(cases.count(other), other) for key in box.keys for other in _wider_boxes(cases, box, key)]
        better = [(n / m, n, other) for (n, m), other in wider if n > count and n * points >= count * m]
        if not better:
            return box
        box = max(better, key=lambda entry: entry[:2])[2]


def _wider_boxes(cases: Cases, box: Box, key: Key) -> Iterator[Box]:
    """The box with one limit moved outwards by slabs of some sizes, or one choice given back."""
    factor, side = key
    if side == NOT:
        yield from (box.without(key, value) for value in box.limits[key])
        return
    wider, inside, sign = box.without(key), box.holds(cases.x), 1.0 if side == LOW else -1.0
    outside = np.sort(cases.x[wider.holds(cases.x) & ~inside, factor] * sign)[::-1]
    for size in dict.fromkeys(max(int(part * ALPHA * int(inside.sum())), 1) for part in PASTES):
        outer = outside[outside < outside[size - 1]] if size <= len(outside) else outside[:0]
        if len(outer):
            yield wider.tightened(key, float(sign * (outside[size - 1] + outer[0]) / 2))
        else:
            yield wider
