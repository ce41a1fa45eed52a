"""Pages of a run: an outcome's fan over its difference, the headline outcomes, and all of them as small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Unpack

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.views.axes import FEW_MONTHS
from influence_sim.views.fan import Key, fan, fan_over_difference, is_clear
from influence_sim.views.page_layout import BETWEEN, EDGE, Texts, axes_at, in_rows, page, text_height, wrap
from influence_sim.views.style import COLUMN, HEADING, PAGE, SMALL, style
from influence_sim.views.tables import Label, Labels, find_arms, label_of, rows_of

# Inches.
LEFT: Final = 0.50  # for the scale
RIGHT: Final = 0.74  # for the labels at line ends
UNIT: Final = 0.24  # above a fan
GAP: Final = 0.32  # between a fan and its difference
MONTHS: Final = 0.26  # a line of them
SMALL_LEFT, SMALL_RIGHT, SMALL_PANEL, SMALL_FOOT = 0.46, 0.16, 0.86, 0.38
PANELS: Final = {COLUMN: (2.3, 1.25), PAGE: (1.62, 0.92)}
"""Heights of a fan and of a difference, by the width of their page."""
PER_ROW: Final = 4

HOW_TO_READ_MULTIPLES: Final = (
    "Dotted line: the branch. A star stands where the last difference has a 95 % interval without zero."
)


def single(
    summary: pd.DataFrame, outcome: str, *, branch: date | None = None, labels: Labels | None = None, note: str = ""
) -> Axes:
    """Draw one outcome: its fan over its paired difference, with a key; as wide as a column of text.

    Returns the upper Axes; its figure, which pyplot shows where it is in use, holds the whole, and `figure.axes[1]` is
    the difference unless the scenario was run alone.
    """
    return headline(summary, [outcome], branch=branch, labels=labels, width=COLUMN, note=note).axes[0]


@style()
def headline(
    summary: pd.DataFrame,
    outcomes: Sequence[str],
    *,
    branch: date | None,
    labels: Labels | None = None,
    width: float = PAGE,
    **texts: Unpack[Texts],
) -> Figure:
    """Draw the page of a run: an outcome a column, fans above, paired differences beneath, and a key.

    Up to three outcomes stand in one row, four in two rows of two, more in rows of three. The page is as wide as PAGE
    or COLUMN.
    """
    if not outcomes:
        raise ValueError("a headline page needs at least one outcome")
    arms = find_arms(summary)
    columns = 2 if len(outcomes) in {2, 4} else min(len(outcomes), 3)
    wide = (width - 2 * EDGE) / columns
    inner = wide - LEFT - RIGHT
    wrapped = {name: _wrapped(label_of(name, labels), wide - LEFT - 0.1) for name in outcomes}
    tall, low = PANELS[width]
    months = MONTHS if summary["date"].nunique() > FEW_MONTHS else 2 * MONTHS
    body = UNIT + tall + (GAP + low if arms.baseline else 0.0) + months + BETWEEN
    heads = {name: text_height(label.label, HEADING) for name, label in wrapped.items()}
    places, height = in_rows(heads, body, columns)
    # The key fills the empty corner of the grid where there is one.
    corner = len(outcomes) % columns > 0
    key = Key(arms, wide - LEFT if corner else width - 2 * EDGE)
    # Short names leave the panels wide; the key gives the full ones.
    names = {arms.scenario: "scenario", arms.baseline: "baseline"} if arms.baseline else {}
    look = {"branch": branch, "labels": wrapped, "names": names}
    figure, top = page(width, height + (-BETWEEN if corner else key.height), texts, shown=width == COLUMN)
    for outcome, (column, at) in places.items():
        place = EDGE + column * wide + LEFT, top + at + UNIT
        fan_over_difference(summary, outcome, figure, corner=place, width=inner, heights=(tall, GAP, low), **look)
    if corner:  # beside the last panel
        key.draw(figure, place[0] + wide, place[1])
    else:
        key.draw(figure, EDGE, top + height)
    return figure


@style()
def multiples(
    summary: pd.DataFrame,
    outcomes: Sequence[str] = (),
    *,
    branch: date | None = None,
    labels: Labels | None = None,
    **texts: Unpack[Texts],
) -> Figure:
    """Draw the fans of many outcomes, by default all, four in a row, each with its own scale."""
    arms = find_arms(summary)
    chosen = list(outcomes) or [str(name) for name in summary["outcome"].unique()]
    wide = (PAGE - 2 * EDGE) / PER_ROW
    wrapped = {}
    for name in chosen:
        low, high = rows_of(summary, arms.scenario, name)[["ci_low", "ci_high"]].astype(float).iloc[-1]
        label, star = label_of(name, labels), "*" if is_clear(low, high) else ""
        unit = wrap(label.unit, (wide - SMALL_LEFT) * 72, SMALL - 1).partition("\n")[0]
        wrapped[name] = _wrapped(Label(label.label + star, unit), wide - SMALL_LEFT, SMALL)
    heads = {name: text_height(label.label, HEADING) + 0.16 for name, label in wrapped.items()}
    places, height = in_rows(heads, SMALL_PANEL + SMALL_FOOT, PER_ROW)
    key = Key(arms, PAGE - 2 * EDGE, differences=False)
    figure, top = page(PAGE, height + BETWEEN + key.height, texts, HOW_TO_READ_MULTIPLES)
    for outcome, (column, at) in places.items():
        left = EDGE + column * wide + SMALL_LEFT
        ax = axes_at(figure, left, top + at, wide - SMALL_LEFT - SMALL_RIGHT, SMALL_PANEL)
        fan(summary, outcome, branch=branch, ax=ax, labels=wrapped)
        for text in list(ax.texts):  # a small panel has no room for words at the branch and at the lines' ends
            text.remove()
        ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=SMALL, y=1.0, pad=15, parse_math=False)
        ax.yaxis.label.set_fontsize(SMALL - 1)
    key.draw(figure, EDGE, top + height + BETWEEN)
    return figure


def _wrapped(label: Label, width: float, size: float = HEADING) -> Label:
    """A label broken into lines that a heading of so many inches holds."""
    return label._replace(label=wrap(label.label, width * 72, size, "bold"))
