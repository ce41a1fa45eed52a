"""Labels beside the dots of a scatter plot, none upon another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING, Final

import numpy as np

from influence_sim.views.marks import beside
from influence_sim.views.style import INK, SLATE, SMALL
from influence_sim.views.words import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

DOT: Final = 4.0
"""Points that a dot with its air takes to each side."""
AIR: Final = 2.0
"""Points that an interval takes above and below."""
RINGS: Final = (7.0, 13.0, 22.0, 34.0, 48.0, 64.0)
"""Distances from its dot, in points, at which a label is tried."""
TURNS: Final = (0.0, 0.25, -0.25, 0.125, -0.125, 0.5, 0.375, -0.375)
"""Directions in which it is tried, as parts of a full turn."""
LINED: Final = 10.0
"""A label farther than this is tied to its dot by a line."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Area) -> bool:
        """Whether two overlap."""
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.top <= other.bottom or other.top <= self.bottom)

    def within(self, other: Area) -> bool:
        """Whether it lies in another one."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.bottom <= self.bottom and self.top <= other.top


def settle_layout(ax: Axes) -> None:
    """Give an Axes the size it will have: where a layout engine is at work, that is known only once it is drawn."""
    figure = ax.get_figure(root=True)
    if figure is not None:
        figure.draw_without_rendering()


def place_labels(
    ax: Axes, x: NDArray[np.float64], y: NDArray[np.float64], names: Sequence[str], *, reach: NDArray[np.float64]
) -> None:
    """Label dots, as near to them as leaves no label upon another, upon a dot, or upon its interval.

    A label that finds no room is left out. The limits and the size of the Axes must be final, or nearly so.

    Args:
        ax: the Axes.
        x: of the dots, shape (dots,).
        y: likewise.
        names: of the dots; "" for no label.
        reach: half the width of each dot's interval along x, in data units.
    """
    scale = 72.0 / ax.figure.dpi
    dots, lefts, rights = (ax.transData.transform(np.column_stack([at, y])) * scale for at in (x, x - reach, x + reach))
    taken = [Area(cx - DOT, cy - DOT, cx + DOT, cy + DOT) for cx, cy in dots]
    taken += [Area(left[0], left[1] - AIR, right[0], left[1] + AIR) for left, right in zip(lefts, rights, strict=True)]
    box = ax.get_window_extent()
    page = Area(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)
    for index in (i for i in np.argsort(-x, kind="stable").tolist() if names[i]):
        spot = next((s for s in _spots(dots[index], names[index]) if _free(s, page, taken)), None)
        if spot is not None:
            taken.append(spot)
            _write(ax, (float(x[index]), float(y[index])), dots[index], spot, names[index])


def _spots(dot: NDArray[np.float64], name: str) -> Iterator[Area]:
    """Where a label may stand, the best first."""
    wide, tall = text_width(name, SMALL) + 2, SMALL * 1.2
    for ring in RINGS:
        for turn in TURNS:
            dx, dy = cos(2 * pi * turn) * ring, sin(2 * pi * turn) * ring
            left = dot[0] + dx if dx > 1 else dot[0] + dx - wide if dx < -1 else dot[0] - wide / 2
            middle = dot[1] + dy
            yield Area(left, middle - tall / 2, left + wide, middle + tall / 2)


def _free(spot: Area, page: Area, taken: Sequence[Area]) -> bool:
    return spot.within(page) and not any(spot.meets(other) for other in taken)


def _write(ax: Axes, at: tuple[float, float], dot: NDArray[np.float64], spot: Area, name: str) -> None:
    nearest = (min(max(dot[0], spot.left), spot.right), min(max(dot[1], spot.bottom), spot.top))
    far = hypot(nearest[0] - dot[0], nearest[1] - dot[1]) > LINED
    offset = ((spot.left + spot.right) / 2 - dot[0], (spot.bottom + spot.top) / 2 - dot[1])
    line = {"arrowstyle": "-", "color": SLATE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3} if far else None
    beside(ax, at, name, offset, ha="center", va="center", color=INK, arrowprops=line)
