"""Why an outcome moved: the parts of an effect one after the other, from nothing to the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.display import capital
from influence_sim.base.numbers import Floats
from influence_sim.views.axes import frame_x, heading, mark_zero, one_scale, row_axes, row_note, signed
from influence_sim.views.page_layout import BETWEEN, EDGE, Texts, axes_at, page, text_height, widest, wrap
from influence_sim.views.style import BLUE, GREY, INK, MIST, PAGE, PEACH, SLATE, SMALL, VERMILION, style
from influence_sim.views.tables import OutcomeLabel, in_brackets, require, values

COLUMNS: Final = ("kind", "part", "value", "ci_low", "ci_high")
EFFECT: Final = "effect"
LOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "effect": {"facecolor": GREY, "edgecolor": INK},
    "remainder": {"facecolor": MIST, "edgecolor": SLATE},
    "raises": {"facecolor": BLUE, "edgecolor": BLUE},
    "lowers": {"facecolor": PEACH, "edgecolor": VERMILION, "hatch": "//////"},
}

# Inches.
ROW: Final = 0.25
NAMES: Final = 3.9  # the longest line of a name
TITLE_ROOM: Final = 0.30
SCALE_ROOM: Final = 0.48
NUMBERS: Final = 0.78

HOW_TO_READ: Final = (
    "Each bar begins where the one above it ends; the last is the whole effect. Solid: raises the outcome; hatched: "
    "lowers it. Thin line: 95 % interval of a part, Monte-Carlo error only. Every division adds up to the same effect."
)


@style()
def waterfall(
    table: pd.DataFrame, *, ax: Axes | None = None, label: OutcomeLabel | None = None, title: str = ""
) -> Axes:
    """Draw how parts add up to an effect; `label` is the outcome's, and `title` heads the Axes.

    The table is one division in reading order: columns kind (`part`, `pooled`, `remainder` or `effect`), part, value,
    ci_low, ci_high, and perhaps words, the labels of the parts; one row is the effect, and the others add up to it.

    Raises:
        ValueError: it lacks a column, or has not one row of the kind `effect`.
    """
    require(table, COLUMNS)
    if list(table["kind"]).count(EFFECT) != 1:
        raise ValueError("a waterfall needs one row of the kind 'effect', and the parts it is made of")
    size, low, high = (values(table, name) for name in ("value", "ci_low", "ci_high"))
    starts, y = starts_of(table), np.arange(len(table), dtype=np.float64)
    ends = starts + size
    ax = row_axes(ax, names_of(table), row=ROW, rest=0.9, interval=48.0, most=6)
    mark_zero(ax, "x")
    for row, kind in enumerate(table["kind"]):
        kwargs = LOOKS.get(str(kind), LOOKS["raises" if size[row] >= 0 else "lowers"])
        ax.barh(y[row], size[row], left=starts[row], height=0.62, linewidth=0.7, zorder=4, **kwargs)
    ax.hlines(y, starts + low, starts + high, color=INK, linewidth=1.1, zorder=5)
    ax.vlines(ends[:-1], y[:-1] + 0.31, y[1:] - 0.31, color=SLATE, linewidth=0.7, zorder=3)
    frame_x(ax, [starts, ends, starts + low, starts + high], padding=0.06, least=0.0005)
    for row, text in enumerate(signed(size.tolist())):
        row_note(ax, row, text, color=INK)
    subject = "change" if label is None else f"change of {label.label}{in_brackets(label.unit)}"
    ax.set_xlabel(subject, color=SLATE, parse_math=False)
    heading(ax, title)
    return ax


@style()
def waterfall_page(
    divisions: Mapping[str, pd.DataFrame], *, label: OutcomeLabel | None = None, **texts: Unpack[Texts]
) -> Figure:
    """Draw several divisions of one effect, one beneath the other: heading -> table as for `waterfall`."""
    if not divisions:
        raise ValueError("nothing to explain: there is no division of the effect")
    labels = [name for table in divisions.values() for name in names_of(table)]
    left = EDGE + widest(line for name in labels for line in name.splitlines()) + 0.12
    row = max(ROW, *(text_height(name, SMALL) + 0.06 for name in labels))
    heights = [row * len(table) for table in divisions.values()]
    height = sum(heights) + len(heights) * (TITLE_ROOM + SCALE_ROOM + BETWEEN) - BETWEEN
    figure, top = page(PAGE, height, texts, HOW_TO_READ)
    for (name, table), panel_height in zip(divisions.items(), heights, strict=True):
        ax = axes_at(figure, left, top + TITLE_ROOM, PAGE - EDGE - NUMBERS - left, panel_height)
        waterfall(table, ax=ax, label=label, title=name)
        top += TITLE_ROOM + panel_height + SCALE_ROOM + BETWEEN
    one_scale(((ax, "") for ax in figure.axes), "x")
    return figure


def names_of(table: pd.DataFrame) -> list[str]:
    """Labels of a table's parts, their words or else their names, in lines that fit beside the bars."""
    words = table["words"] if "words" in table.columns else table["part"]
    has_words = ("words" in table.columns) & (table["kind"] != "pooled") & words.notna() & (words != "")
    names = words.map(capital, na_action="ignore").where(has_words, table["part"]).astype(str).str.removesuffix(".")
    return [wrap(name, NAMES * 72, SMALL) for name in names]


def starts_of(table: pd.DataFrame) -> Floats:
    """Where each bar begins, shape (rows,): at the end of the one above it, and the whole effect at zero."""
    size = values(table, "value")
    is_effect = (table["kind"] == EFFECT).to_numpy()
    starts: Floats = np.where(is_effect, 0.0, np.cumsum(np.where(is_effect, 0.0, size)) - size)
    return starts
