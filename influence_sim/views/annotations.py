"""What is written beside data: labels at line ends, callouts, the branch month, lines to read against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform, ScaledTranslation, blended_transform_factory

from influence_sim.views.axes import day_number
from influence_sim.views.style import INK, MIST, RC, SLATE, SMALL
from influence_sim.views.tables import month_name

BRANCH_ROOM: Final = 14.0  # points kept free above the bands for the words at the branch line


class EndLabels(Artist):
    """Labels at the right margin, each at the height of its line's end, moved apart where they would overlap.

    They are placed when drawn, because only then are the limits and the size of the Axes final.
    """

    def __init__(self, ax: Axes, entries: Sequence[tuple[str, float, str]]) -> None:
        """Put labels on an Axes.

        Args:
            ax: the Axes.
            entries: text, height in data units, and colour of each label; heights that are NaN are left out.
        """
        super().__init__()
        shown = [entry for entry in entries if np.isfinite(entry[1])]
        self.heights = [height for _, height, _ in shown]
        # Just right of the Axes, their heights in pixels still to be set; not among the Axes' own texts.
        margin = ax.transAxes + ScaledTranslation(4 / 72, 0, ax.figure.dpi_scale_trans)
        look: dict[str, Any] = {"fontsize": SMALL, "fontfamily": RC["font.family"], "va": "center", "parse_math": False}
        self.texts = [Text(1.0, 0.0, text, color=colour, **look) for text, _, colour in shown]
        for text in self.texts:
            text.set_transform(blended_transform_factory(margin, IdentityTransform()))
            text.set_figure(ax.figure)
            text.axes = ax
        ax.add_artist(self)
        self.set_clip_on(False)

    def get_children(self) -> list[Artist]:
        """What is drawn, so that `findobj` finds it."""
        return list(self.texts)

    def place(self, renderer: RendererBase | None = None) -> None:
        """Set the height of every label for the Axes as it is now."""
        ax = self.axes
        if ax is None or not self.texts:
            return
        wanted = [float(ax.transData.transform((0.0, height))[1]) for height in self.heights]
        tall = [text.get_window_extent(renderer).height for text in self.texts]
        for text, y in zip(self.texts, spread(wanted, tall, ax.bbox.ymin, ax.bbox.ymax), strict=True):
            text.set_y(y)

    def draw(self, renderer: RendererBase) -> None:
        """Place the labels, then draw them."""
        if self.get_visible():
            self.place(renderer)
            for child in self.get_children():
                child.draw(renderer)
            self.stale = False

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """Box about all labels, in pixels."""
        self.place(renderer)
        boxes = [text.get_window_extent(renderer) for text in self.texts]
        return Bbox.union(boxes) if boxes else Bbox.null()


class Callouts(EndLabels):
    """Labels at the right margin for the dots of a scatter plot, each tied to its dot by a thin line."""

    def __init__(self, ax: Axes, entries: Sequence[tuple[str, float, float]], colour: str) -> None:
        """Put labels on an Axes.

        Args:
            ax: the Axes.
            entries: text, and x and y of the dot in data units; dots that are NaN are left out.
            colour: of the texts.
        """
        shown = [entry for entry in entries if np.isfinite(entry[1:]).all()]
        super().__init__(ax, [(text, y, colour) for text, _, y in shown])
        self.dots = [(x, y) for _, x, y in shown]
        self.leads = [Line2D([], [], color=MIST, linewidth=0.7, transform=IdentityTransform()) for _ in shown]
        for lead in self.leads:
            lead.set_figure(ax.figure)
        self.set_zorder(2)

    def get_children(self) -> list[Artist]:
        """The lines and the texts."""
        return [*self.leads, *self.texts]

    def place(self, renderer: RendererBase | None = None) -> None:
        """Set the height of every label, and lead a line to it from its dot."""
        super().place(renderer)
        ax = self.axes
        if ax is None:
            return
        for dot, text, lead in zip(self.dots, self.texts, self.leads, strict=True):
            start, end = ax.transData.transform(dot), text.get_window_extent(renderer)
            lead.set_data([start[0], end.x0], [start[1], (end.y0 + end.y1) / 2])


def spread(wanted: Sequence[float], tall: Sequence[float], low: float, high: float) -> list[float]:
    """Centres as near to the wanted ones as leaves no two labels overlapping.

    Args:
        wanted: centres, in any order.
        tall: height of each label.
        low: lower edge that labels keep within, where there is room.
        high: upper edge.

    Returns:
        Centres in the order of `wanted`.
    """
    order = np.argsort(wanted, kind="stable")
    sizes = np.asarray(tall, dtype=np.float64)[order]
    steps = np.concatenate([[0.0], np.cumsum((sizes[:-1] + sizes[1:]) / 2)])
    # Less the room taken by labels beneath, centres need only stay in order: the nearest non-falling sequence in least
    # squares (pool adjacent violators). Those that touch move as one.
    pools: list[tuple[float, int]] = []
    for number in np.asarray(wanted, dtype=np.float64)[order] - steps:
        mean, count = float(number), 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    ordered = [mean for mean, count in pools for _ in range(count)]
    lowest, highest = low + sizes[0] / 2, high - sizes[-1] / 2 - steps[-1]
    centres = np.empty(len(order))
    centres[order] = np.clip(ordered, lowest, max(lowest, highest)) + steps
    return [float(y) for y in centres]


def beside(ax: Axes, at: tuple[float, float], text: str, offset: tuple[float, float], **look: Any) -> None:
    """Write small text near a place, also beyond the Axes' edge.

    Args:
        ax: the Axes.
        at: the place, in data units unless `look` has `xycoords`.
        text: what to write.
        offset: how far from it, in points.
        look: keywords of matplotlib's texts.
    """
    small = {"fontsize": SMALL, "annotation_clip": False, "parse_math": False}
    ax.annotate(text, xy=at, xytext=offset, textcoords="offset points", **(small | look))


def at_right(ax: Axes, row: float, text: str, **look: Any) -> None:
    """Write small text at the right margin, at the height of a row."""
    beside(ax, (1.0, row), text, (5, 0), xycoords=ax.get_yaxis_transform(), va="center_baseline", **look)


def mark_branch(ax: Axes, branch: date | None, *, named: bool = True) -> None:
    """Draw a thin vertical line at the branch month, if there is one, and name it on the line's roomier side."""
    if branch is None:
        return
    at = day_number(np.datetime64(branch, "D"))
    ax.axvline(at, color=SLATE, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1.5, gid="branch")
    left, right = ax.get_xlim()
    if named and left <= at <= right:
        side, offset = ("left", (3, -1)) if right - at >= at - left else ("right", (-3, -1))
        look = {"xycoords": ax.get_xaxis_transform(), "ha": side, "va": "top", "color": SLATE}
        beside(ax, (at, 1.0), f"branch: {month_name(branch)}", offset, **look)


def mark_zero(ax: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Draw the line of no difference."""
    line = ax.axhline if axis == "y" else ax.axvline
    line(0.0, color=INK, linewidth=0.8, zorder=3.5, gid="zero")


def heading(ax: Axes, text: str, above: float = 6.0) -> None:
    """Head an Axes at its left, so many points above it."""
    ax.set_title(text, loc="left", y=1.0, pad=above, color=INK, parse_math=False)
