"""What is written beside data: labels at line ends, callouts, the branch month, lines to read against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Affine2D, Transform

from influence_sim.views.axes import day_number
from influence_sim.views.style import INK, MIST, SLATE, SMALL
from influence_sim.views.tables import month_name

BRANCH_ROOM: Final = 14.0  # points kept free above the bands for the words at the branch line
LEAD: Final[Mapping[str, Any]] = {
    "arrowstyle": "-", "color": MIST, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0, "patchA": None, "relpos": (0, 0.5)
}  # fmt: skip


def end_labels(ax: Axes, entries: Sequence[tuple[str, float, float, str]], *, leads: bool = False) -> list[Annotation]:
    """Write labels at the right margin, each at the height of its dot, moved apart where they would overlap.

    They are placed when drawn, because only then are the limits and the size of the Axes final.

    Args:
        ax: the Axes.
        entries: text, x and y of the dot in data units, and colour of each label; dots that are NaN are left out.
        leads: whether a thin line ties each label to its dot.
    """
    labels: list[Annotation] = []

    def place(number: int, renderer: RendererBase) -> Transform:
        wanted = [float(ax.transData.transform(label.xy)[1]) for label in labels]
        tall = [Text.get_window_extent(label, renderer).height for label in labels]
        y = spread(wanted, tall, ax.bbox.ymin, ax.bbox.ymax)[number]
        return Affine2D().translate(ax.bbox.xmax + 4 / 72 * ax.figure.dpi, y)

    look: dict[str, Any] = {"va": "center", "gid": "end"}
    if leads:
        look |= {"zorder": 2, "arrowprops": LEAD}
    for text, x, y, colour in entries:
        if np.isfinite([x, y]).all():
            at: Any = partial(place, len(labels))
            labels.append(beside(ax, (x, y), text, (0, 0), textcoords=at, color=colour, **look))
    return labels


def spread(wanted: Sequence[float], tall: Sequence[float], low: float, high: float) -> list[float]:
    """Centres as near to the wanted ones as leaves no two labels of these heights overlapping.

    They keep the order of the wanted ones and, where there is room, within the edges `low` and `high`.
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


def beside(ax: Axes, at: tuple[float, float], text: str, offset: tuple[float, float], **look: Any) -> Annotation:
    """Write small text so many points from a place in data units, also beyond the Axes' edge.

    `look` has keywords of `Axes.annotate`, and may set its coordinates otherwise.
    """
    usual: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALL, "annotation_clip": False}
    return ax.annotate(text, at, offset, parse_math=False, **(usual | look))


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
