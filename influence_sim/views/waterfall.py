"""Why an outcome moved: the parts of an effect one after the other, from nothing to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator

from influence_sim.views.axes import plain_numbers, signed
from influence_sim.views.frames import require, values
from influence_sim.views.marks import mark_zero
from influence_sim.views.sheet import BETWEEN, COLUMN, EDGE, axes_at, lay_out
from influence_sim.views.style import (
    BLUE,
    INK,
    MIST,
    SLATE,
    SMALL,
    VERMILION,
    dress,
    new_figure,
    size_in_points,
    style,
)
from influence_sim.views.words import text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from influence_sim.views.frames import OutcomeLabel

COLUMNS: Final = ("kind", "part", "value", "ci_low", "ci_high")
EFFECT, REMAINDER, POOLED = "effect", "remainder", "pooled"
TICK_WIDTH: Final = 48.0

# Inches.
ROW: Final = 0.25
TITLE_ROOM: Final = 0.30
SCALE_ROOM: Final = 0.48
NUMBERS: Final = 0.78

HOW_TO_READ: Final = (
    "Each bar begins where the one above it ends; the last is the whole effect. Solid: raises the outcome; hatched: "
    "lowers it. Thin line: 95 % interval of a part, Monte-Carlo error only. Every division adds up to the same effect."
)


def waterfall(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: OutcomeLabel | None = None,
    title: str = "",
) -> Axes:
    """Draw how parts add up to an effect.

    Args:
        table: one division in reading order: columns kind (`part`, `pooled`, `remainder` or `effect`), part, value,
            ci_low, ci_high; one row is the effect, and the others add up to it.
        ax: where to draw; a new figure if None.
        label: label and unit of the outcome.
        title: heads the Axes.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column, or has not one row of the kind `effect`.
    """
    require(table, COLUMNS)
    if list(table["kind"]).count(EFFECT) != 1:
        raise ValueError("a waterfall needs one row of the kind 'effect', and the parts it is made of")
    unit = "" if label is None or not label.unit else f" ({label.unit})"
    with style():
        if ax is None:
            ax = new_figure(COLUMN, 0.9 + ROW * len(table), layout="constrained").add_subplot()
        dress(ax)
        _draw(ax, table)
        _scale(ax, [str(name) for name in table["part"]])
        what = "" if label is None else label.label
        ax.set_xlabel(f"change of {what}{unit}" if what else f"change{unit}", color=SLATE, parse_math=False)
        ax.set_title(title, loc="left", y=1.0, pad=6, color=INK, parse_math=False)
    return ax


def waterfall_page(
    divisions: Mapping[str, pd.DataFrame],
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    label: OutcomeLabel | None = None,
) -> Figure:
    """Draw several divisions of one effect, one beneath the other.

    Args:
        divisions: heading -> table as for `waterfall`.
        title: heads the page.
        subtitle: stands beneath it.
        note: small print for the foot, after how to read the figure.
        label: label and unit of the outcome.

    Returns:
        A figure that pyplot knows nothing of, 6.5 in wide.

    Raises:
        ValueError: as for `waterfall`, or there is no division.
    """
    if not divisions:
        raise ValueError("nothing to explain: there is no division of the effect")
    body = _Stack(divisions, label)
    return lay_out(body, COLUMN, title=title, subtitle=subtitle, note=f"{HOW_TO_READ} {note}".strip())


class _Stack:
    """The divisions, in inches; all share one scale."""

    def __init__(self, divisions: Mapping[str, pd.DataFrame], label: OutcomeLabel | None) -> None:
        self.divisions, self.label = divisions, label
        names = [str(name) for table in divisions.values() for name in table["part"]]
        self.left = EDGE + max(text_width(name, SMALL) for name in names) / 72 + 0.12

    @property
    def height(self) -> float:
        """From the first heading to the foot of the last scale."""
        rows = sum(ROW * len(table) + TITLE_ROOM + SCALE_ROOM for table in self.divisions.values())
        return rows + BETWEEN * (len(self.divisions) - 1)

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top."""
        drawn = []
        for heading, table in self.divisions.items():
            top += TITLE_ROOM
            ax = axes_at(figure, self.left, top, COLUMN - EDGE - NUMBERS - self.left, ROW * len(table))
            drawn.append(waterfall(table, ax=ax, label=self.label, title=heading))
            top += ROW * len(table) + SCALE_ROOM + BETWEEN
        limits = np.array([ax.get_xlim() for ax in drawn])
        for ax in drawn:
            ax.set_xlim(limits[:, 0].min(), limits[:, 1].max())


def starts_of(table: pd.DataFrame) -> NDArray[np.float64]:
    """Where each bar begins, shape (rows,): at the end of the one above it, and the whole effect at zero."""
    size = values(table, "value")
    whole = np.array([kind == EFFECT for kind in table["kind"]])
    starts: NDArray[np.float64] = np.where(whole, 0.0, np.cumsum(np.where(whole, 0.0, size)) - size)
    return starts


def _draw(ax: Axes, table: pd.DataFrame) -> None:
    size, low, high = (values(table, name) for name in ("value", "ci_low", "ci_high"))
    kinds = list(table["kind"])
    starts = starts_of(table)
    y = np.arange(len(table), dtype=np.float64)
    mark_zero(ax, "x")
    for row, kind in enumerate(kinds):
        ax.barh(y[row], size[row], left=starts[row], height=0.62, **_look(kind, size[row]))
    for row in range(len(table) - 1):
        at = starts[row] + size[row]
        ax.plot([at, at], [row + 0.31, row + 0.69], color=SLATE, linewidth=0.7, zorder=3)
    ax.hlines(y, starts + low, starts + high, color=INK, linewidth=1.1, zorder=5)
    edges = np.concatenate(
        [starts, starts + size, (starts + low)[np.isfinite(low)], (starts + high)[np.isfinite(high)]]
    )
    air = max(float(np.ptp(edges)), 0.0005) * 0.06
    ax.set_xlim(min(edges.min(), 0.0) - air, max(edges.max(), 0.0) + air)
    _write(ax, size.tolist())


def _look(kind: str, size: float) -> dict[str, Any]:
    if kind == EFFECT:
        return {"facecolor": "#8C8C8C", "edgecolor": INK, "linewidth": 0.7, "zorder": 4}
    if kind == REMAINDER:
        return {"facecolor": MIST, "edgecolor": SLATE, "linewidth": 0.7, "zorder": 4}
    if size >= 0:
        return {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 0.7, "zorder": 4}
    return {"facecolor": "#F6D5BF", "edgecolor": VERMILION, "linewidth": 0.7, "hatch": "//////", "zorder": 4}


def _write(ax: Axes, sizes: Sequence[float]) -> None:
    """The number of each bar at the right margin."""
    digits = signed(sizes)
    for y, text in enumerate(digits):
        ax.annotate(
            text,
            xy=(1.0, y),
            xycoords=ax.get_yaxis_transform(),
            xytext=(5, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL,
            color=INK,
            annotation_clip=False,
        )


def _scale(ax: Axes, names: Sequence[str]) -> None:
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.yaxis.set_major_locator(FixedLocator(list(range(len(names)))))
    ax.set_yticklabels(list(names), parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    intervals = min(max(int(size_in_points(ax)[0] / TICK_WIDTH), 1), 6)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=intervals, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(plain_numbers())
