"""Why an outcome moved: the parts of an effect one after the other, from nothing to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from influence_sim.views.annotations import at_right, heading, mark_zero
from influence_sim.views.axes import row_axis, signed, span
from influence_sim.views.page_layout import BETWEEN, COLUMN, EDGE, Texts, axes_at, lay_out
from influence_sim.views.style import BLUE, GREY, INK, MIST, PEACH, SLATE, VERMILION, axes_for, style
from influence_sim.views.tables import require, values
from influence_sim.views.text_layout import widest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from influence_sim.views.tables import OutcomeLabel

COLUMNS: Final = ("kind", "part", "value", "ci_low", "ci_high")
EFFECT: Final = "effect"
LOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "effect": {"facecolor": GREY, "edgecolor": INK},
    "remainder": {"facecolor": MIST, "edgecolor": SLATE},
    "raises": {"facecolor": BLUE, "edgecolor": BLUE},
    "lowers": {"facecolor": PEACH, "edgecolor": VERMILION, "hatch": "//////"},
}
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
    size, low, high = (values(table, name) for name in ("value", "ci_low", "ci_high"))
    starts, y = starts_of(table), np.arange(len(table), dtype=np.float64)
    ends = starts + size
    with style():
        ax = axes_for(ax, COLUMN, 0.9 + ROW * len(table))
        mark_zero(ax, "x")
        for row, kind in enumerate(table["kind"]):
            look = LOOKS.get(str(kind), LOOKS["raises" if size[row] >= 0 else "lowers"])
            ax.barh(y[row], size[row], left=starts[row], height=0.62, linewidth=0.7, zorder=4, **look)
        for row, end in enumerate(ends[:-1]):
            ax.plot([end, end], [row + 0.31, row + 0.69], color=SLATE, linewidth=0.7, zorder=3)
        ax.hlines(y, starts + low, starts + high, color=INK, linewidth=1.1, zorder=5)
        least, most = span([starts, ends, starts + low, starts + high, np.zeros(1)])
        air = max(most - least, 0.0005) * 0.06
        ax.set_xlim(least - air, most + air)
        for row, text in enumerate(signed(size.tolist())):
            at_right(ax, row, text, color=INK)
        row_axis(ax, [str(name) for name in table["part"]], interval=TICK_WIDTH, most=6)
        what = f"change of {label.label}" if label is not None and label.label else "change"
        unit = f" ({label.unit})" if label is not None and label.unit else ""
        ax.set_xlabel(what + unit, color=SLATE, parse_math=False)
        heading(ax, title)
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
    left = EDGE + widest(str(name) for table in divisions.values() for name in table["part"]) + 0.12
    heights = [ROW * len(table) for table in divisions.values()]

    def draw(figure: Figure, top: float) -> None:
        drawn = []
        for (name, table), tall in zip(divisions.items(), heights, strict=True):
            ax = axes_at(figure, left, top + TITLE_ROOM, COLUMN - EDGE - NUMBERS - left, tall)
            drawn.append(waterfall(table, ax=ax, label=label, title=name))
            top += TITLE_ROOM + tall + SCALE_ROOM + BETWEEN
        limits = np.array([ax.get_xlim() for ax in drawn])  # all share one scale
        for ax in drawn:
            ax.set_xlim(limits[:, 0].min(), limits[:, 1].max())

    height = sum(heights) + len(heights) * (TITLE_ROOM + SCALE_ROOM + BETWEEN) - BETWEEN
    small_print = f"{HOW_TO_READ} {note}".strip()
    return lay_out(draw, COLUMN, height, Texts(title, subtitle, small_print))


def starts_of(table: pd.DataFrame) -> NDArray[np.float64]:
    """Where each bar begins, shape (rows,): at the end of the one above it, and the whole effect at zero."""
    size = values(table, "value")
    whole = np.array([kind == EFFECT for kind in table["kind"]])
    starts: NDArray[np.float64] = np.where(whole, 0.0, np.cumsum(np.where(whole, 0.0, size)) - size)
    return starts
