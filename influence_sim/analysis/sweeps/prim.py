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

    x: Floats  # best in Fortran's order, as factors are read one at a time
    y: Flags
    discrete: Flags

    @cached_property
    def total(self) -> int:
        """How many are of interest."""
        return int(self.y.sum())

    def part(self, rows: Integers) -> Cases:
        """Some of the points."""
        return replace(self, x=np.asfortranarray(self.x[rows]), y=self.y[rows])

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
    boxes, inside = [Box()], np.ones(len(cases.y), dtype=np.bool_)
    # Sorted once, by each factor: every peel then takes a stretch of one row.
    order = np.argsort(cases.x.T, axis=1)
    values, flags = np.take_along_axis(cases.x.T, order, axis=1), cases.y[order]
    while not flags[0].all():
        count, sums = values.shape[1], flags.cumsum(axis=1)
        keys, limits, rows, first, stop = _peels(values, cases.discrete)
        points = count - (stop - first)
        if not (points >= least).any():
            break
        case_counts = sums[0, -1] - (sums[rows, stop - 1] - sums[rows, first] + flags[rows, first])
        # the rise of the density for each point taken away (Kwakkel and Jaxa-Rozen 2016)
        gains = case_counts / np.maximum(points, 1) - sums[0, -1] / count
        best = int(np.argmax(np.where(points >= least, gains / (stop - first), -np.inf)))
        boxes.append(boxes[-1].tightened(keys[best], float(limits[best])))
        inside[order[rows[best], first[best] : stop[best]]] = False
        kept, shape = inside[order], (len(order), -1)  # as many in each row
        order, values, flags = order[kept].reshape(shape), values[kept].reshape(shape), flags[kept].reshape(shape)
    return boxes


def _peels(values: Floats, discrete: Flags) -> tuple[list[Key], Floats, Integers, Integers, Integers]:
    """Every way to take points away, given the values of each factor in order, (factors, points).

    Points with equal values go together; at the ends the limit lies halfway between those taken and those kept.

    Returns:
        What each limits, and where; then the factor, and the first of the stretch that it takes and the one after.
    """
    count, ranges = values.shape[1], np.flatnonzero(~discrete)
    rank = max(int(ALPHA * count), 1) - 1
    low = (values <= values[:, [rank]]).sum(axis=1)[ranges]
    high = (values < values[:, [count - 1 - rank]]).sum(axis=1)[ranges]
    rows, edges = np.tile(ranges, 2), np.concatenate([low, high])
    middles = (values[rows, np.maximum(edges - 1, 0)] + values[rows, np.minimum(edges, count - 1)]) / 2
    ways = [(rows, middles, np.append(np.zeros_like(low), high), np.append(low, np.full_like(high, count)))]
    keys: list[Key] = [(factor, side) for side in (LOW, HIGH) for factor in ranges.tolist()]
    for factor in np.flatnonzero(discrete).tolist():
        first = np.flatnonzero(np.diff(values[factor], prepend=-np.inf))
        ways.append((np.full_like(first, factor), values[factor, first], first, np.append(first[1:], count)))
        keys += [(factor, NOT)] * len(first)
    rows, limits, first, stop = (np.concatenate(parts) for parts in zip(*ways, strict=True))
    return keys, limits, rows, first, stop


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
