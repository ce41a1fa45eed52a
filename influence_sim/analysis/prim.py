"""PRIM, the patient rule induction method (Friedman and Fisher 1999), for scenario discovery.

A box about all points is peeled again and again: of all the ways to take away a small share of its points at one
end of one factor (or one of a factor's choices) that which raises the density most for each point it costs. The
boxes on the way trade coverage for density. One of them is chosen; what peeling took too much is pasted back,
and limits that chance explains are taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influence_sim.analysis.boxes import Box, Cases, Limit
from influence_sim.base.numbers import Floats

ALPHA: Final = 0.05
"""The share of a box's points that one peel takes away."""
LEAST_MASS: Final = 0.05
"""Peeling ends before a box holds a smaller share of all points, or half the share of cases if that is less."""
LEAST_POINTS: Final = 10
SIGNIFICANT: Final = 0.05
"""A limit whose quasi-p-value is above this may be chance."""
PASTES: Final = (1.0, 0.5, 0.25)
"""Pasting tries slabs as large as a peel, and these parts of it."""


@dataclass(frozen=True, slots=True)
class Peels:
    """Ways to make a box smaller from one side: the limits, and what each leaves of the points and cases within.

    Attributes:
        side: as of a `Limit`.
        factors: which factor each limits, shape (ways,).
        values: where, shape (ways,).
        points: how many points each leaves.
        cases: how many of them are of interest.
    """

    side: str
    factors: NDArray[np.int64]
    values: Floats
    points: NDArray[np.int64]
    cases: NDArray[np.int64]

    def best(self, inside: Cases, least: int) -> tuple[float, Limit | None]:
        """The limit that raises the density most for each point it takes away (Kwakkel and Jaxa-Rozen 2016).

        Args:
            inside: the points of the box as it is.
            least: points that must be left.

        Returns:
            How much it raises the density a point, and the limit; None if all leave too few points.
        """
        allowed = self.points >= least
        if not allowed.any():
            return -np.inf, None
        taken = len(inside.y) - self.points
        gains = self.cases / np.maximum(self.points, 1) - inside.total / len(inside.y)
        scores = np.where(allowed, gains / np.maximum(taken, 1), -np.inf)
        top = int(np.argmax(scores))
        return float(scores[top]), Limit(int(self.factors[top]), self.side, float(self.values[top]))


def peel_all(cases: Cases, alpha: float = ALPHA) -> list[Box]:
    """The peeling trajectory.

    Args:
        cases: at least one of them of interest.
        alpha: the share of points that one peel takes away.

    Returns:
        The boxes, from the one about all points to the last; each lies in the one before.
    """
    share = cases.total / len(cases.y)
    least = max(LEAST_POINTS, ceil(min(LEAST_MASS, share / 2) * len(cases.y)))
    boxes, inside = [Box()], cases
    while inside.total < len(inside.y):
        _, limit = max((peels.best(inside, least) for peels in _peels(inside, alpha)), key=lambda best: best[0])
        if limit is None:
            break
        boxes.append(boxes[-1].tightened(limit))
        inside = inside.part(np.flatnonzero(limit.holds(inside.x)))
    return boxes


def choose(cases: Cases, boxes: list[Box]) -> int:
    """Which box of a trajectory: that with the largest harmonic mean of coverage and density, the first of equals."""
    means = [_balance(cases, box) for box in boxes]
    return int(np.argmax(means))


def settle(cases: Cases, box: Box, alpha: float = ALPHA) -> Box:
    """Takes back the limits that chance explains, the weakest first, and pastes back what was peeled too far."""
    return paste(cases, simplify(cases, box), alpha)


def simplify(cases: Cases, box: Box) -> Box:
    """Takes back limits whose quasi-p-value is above `SIGNIFICANT`, one at a time, the weakest first."""
    while box.limits:
        key, weakest = max(cases.quasi_ps(box), key=lambda pair: pair[1])
        if weakest <= SIGNIFICANT:
            break
        box = box.without(key)
    return box


def paste(cases: Cases, box: Box, alpha: float = ALPHA) -> Box:
    """Moves limits outwards as long as that does not lower the density."""
    while True:
        wider = [wide for key in box.keys for wide in _pasted(cases, box, key, alpha)]
        scored = [(cases.count(wide), wide) for wide in wider]
        found, points = cases.count(box)
        good = [(n / m, n, wide) for (n, m), wide in scored if n > found and n * points >= found * m]
        if not good:
            return box
        box = max(good, key=lambda entry: entry[:2])[2]


def _balance(cases: Cases, box: Box) -> float:
    """Harmonic mean of coverage and density: 2 x cases within / (points within + all cases)."""
    found, points = cases.count(box)
    return 2 * found / (points + cases.total)


def _peels(inside: Cases, alpha: float) -> Iterator[Peels]:
    """Every way to take points away."""
    ranges = np.flatnonzero(~inside.chosen)
    yield _end_peels(inside, ranges, alpha, "low")
    yield _end_peels(inside, ranges, alpha, "high")
    yield _choice_peels(inside, np.flatnonzero(inside.chosen))


def _end_peels(inside: Cases, factors: NDArray[np.int64], alpha: float, side: str) -> Peels:
    """Peels at one end of each factor; points with equal values go together."""
    sign = 1.0 if side == "low" else -1.0
    x = inside.x[:, factors] * sign
    rank = max(int(alpha * len(x)), 1) - 1
    last = np.partition(x, rank, axis=0)[rank]
    kept = x > last
    first_kept = np.where(kept, x, np.inf).min(axis=0, initial=np.inf)
    values = sign * (last + first_kept) / 2
    return Peels(side, factors, values, kept.sum(axis=0), kept[inside.y].sum(axis=0))


def _choice_peels(inside: Cases, factors: NDArray[np.int64]) -> Peels:
    """Peels of one choice of a factor each."""
    pairs = [(i, value) for i in factors.tolist() for value in np.unique(inside.x[:, i]).tolist()]
    columns, values = np.array([i for i, _ in pairs], dtype=np.int64), np.array([value for _, value in pairs])
    kept = inside.x[:, columns] != values
    return Peels("not", columns, values, kept.sum(axis=0), kept[inside.y].sum(axis=0))


def _pasted(cases: Cases, box: Box, key: tuple[int, str], alpha: float) -> Iterator[Box]:
    """The box with one limit moved outwards by slabs of some sizes, or one choice given back."""
    factor, side = key
    if side == "not":
        yield from (Box(tuple(o for o in box.limits if o != limit)) for limit in box.limits if limit.key == key)
        return
    wider = box.without(key)
    within = wider.holds(cases.x)
    sign = 1.0 if side == "low" else -1.0
    outside = np.sort(cases.x[within & ~box.holds(cases.x), factor] * sign)[::-1]
    slab = alpha * int(box.holds(cases.x).sum())
    for size in dict.fromkeys(max(int(part * slab), 1) for part in PASTES):
        beyond = outside[outside < outside[size - 1]] if size <= len(outside) else outside[:0]
        if not len(beyond):
            yield wider
            continue
        yield wider.tightened(Limit(factor, side, float(sign * (outside[size - 1] + beyond[0]) / 2)))
