"""The parts figures are made of: fans, labels at line ends, the branch month, lines to read against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform, ScaledTranslation, blended_transform_factory

from influence_sim.views.axes import day_number
from influence_sim.views.frames import month_name
from influence_sim.views.style import INK, RC, SLATE, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from numpy.typing import NDArray

    from influence_sim.views.style import Look

BRANCH_ROOM: Final = 14.0  # points kept free above the bands for the words at the branch line


def draw_look(
    ax: Axes,
    x: NDArray[Any],
    line: NDArray[np.float64],
    *,
    inner: tuple[NDArray[np.float64], NDArray[np.float64]],
    outer: tuple[NDArray[np.float64], NDArray[np.float64]],
    look: Look,
) -> None:
    """Draw a line within a narrow and a wide band; arrays have shape (points,)."""
    ax.fill_between(x, *outer, **look.outer)
    ax.fill_between(x, *inner, **look.inner)
    # A single month has no line to see.
    ax.plot(x, line, marker="o" if len(x) == 1 else "", markersize=4, **look.line)


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
        self.texts = [_loose_text(ax, text, colour) for text, _, colour in shown]
        ax.add_artist(self)
        self.set_clip_on(False)

    def get_children(self) -> list[Artist]:
        """The texts, so that `findobj` finds them."""
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
        if not self.get_visible():
            return
        self.place(renderer)
        for text in self.texts:
            text.draw(renderer)
        self.stale = False

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """Box about all labels, in pixels."""
        self.place(renderer)
        boxes = [text.get_window_extent(renderer) for text in self.texts]
        return Bbox.union(boxes) if boxes else Bbox.null()


def _loose_text(ax: Axes, text: str, colour: str) -> Text:
    """A text just right of an Axes, its height in pixels still to be set; not among the Axes' own texts."""
    margin = ax.transAxes + ScaledTranslation(4 / 72, 0, ax.figure.dpi_scale_trans)
    label = Text(
        1.0,
        0.0,
        text,
        color=colour,
        fontsize=SMALL,
        va="center",
        fontfamily=RC["font.family"],
        parse_math=False,
    )
    label.set_transform(blended_transform_factory(margin, IdentityTransform()))
    label.set_figure(ax.figure)
    label.axes = ax
    return label


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
    # Less the room taken by labels beneath, centres need only stay in order; those that touch move as one.
    ordered = _rising(np.asarray(wanted, dtype=np.float64)[order] - steps)
    lowest, highest = low + sizes[0] / 2, high - sizes[-1] / 2 - steps[-1]
    centres = np.empty(len(order))
    centres[order] = np.clip(ordered, lowest, max(lowest, highest)) + steps
    return [float(y) for y in centres]


def _rising(numbers: NDArray[np.float64]) -> list[float]:
    """Nearest non-falling sequence in least squares (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for number in numbers:
        mean, count = float(number), 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]


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


def mark_branch(ax: Axes, branch: date, *, words: bool = True) -> None:
    """Draw a thin vertical line at the branch month, with words on its roomier side."""
    at = day_number(np.datetime64(branch, "D"))
    ax.axvline(at, color=SLATE, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1.5, gid="branch")
    left, right = ax.get_xlim()
    if not (words and left <= at <= right):
        return
    to_right = right - at >= at - left
    ax.annotate(
        f"branch: {month_name(branch)}",
        xy=(at, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(3 if to_right else -3, -1),
        textcoords="offset points",
        ha="left" if to_right else "right",
        va="top",
        fontsize=SMALL,
        color=SLATE,
    )


def mark_zero(ax: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Draw the line of no difference."""
    line = ax.axhline if axis == "y" else ax.axvline
    line(0.0, color=INK, linewidth=0.8, zorder=3.5, gid="zero")
