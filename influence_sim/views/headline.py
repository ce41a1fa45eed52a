"""Pages of a run: the outcome that is asked for large, others small beside it; and all of them as small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.views.axes import FEW_MONTHS, month_axis, one_scale
from influence_sim.views.fan import Key, difference, fan, fan_over_difference, is_clear, last_difference
from influence_sim.views.page_layout import BETWEEN, EDGE, Texts, axes_at, in_rows, page, text_height, wrap
from influence_sim.views.style import COLUMN, HEADING, PAGE, SMALL, style
from influence_sim.views.tables import QUANTILES, Label, Labels, find_arms, label_of, rows_of, values

# Inches.
LEFT: Final = 0.50  # for the scale
RIGHT: Final = 0.74  # for the labels at line ends
UNIT: Final = 0.24  # above an Axes
GAP: Final = 0.34  # between a fan and its difference
MONTHS: Final = 0.26  # a line of them
ASIDE: Final = 3.35  # the column of small panels
APART: Final = 0.20  # between them
LOWEST: Final = 0.62  # a small panel
SMALL_LEFT, SMALL_RIGHT, SMALL_PANEL, SMALL_FOOT = 0.46, 0.16, 0.86, 0.38
PANELS: Final = {COLUMN: (2.3, 1.25), PAGE: (2.9, 1.45)}
"""Heights of the large fan and of its difference, by the width of their page."""
PER_ROW: Final = 4
STILL: Final = 1e-9
LEAD: Final = np.timedelta64(150, "D")
"""Shown before the branch where there is nothing but zero."""

HOW_TO_READ_MULTIPLES: Final = (
    "Dotted line: the branch. Beside a name: the last mean of scenario minus baseline, where its 95 % interval tells "
    "its direction."
)


def single(
    summary: pd.DataFrame,
    outcome: str,
    *,
    branch: date | None = None,
    labels: Labels | None = None,
    **texts: Unpack[Texts],
) -> Axes:
    """Draw one outcome: its fan over its paired difference, with a key; as wide as a column of text.

    Returns the upper Axes; its figure, which pyplot shows where it is in use, holds the whole, and `figure.axes[1]` is
    the difference unless the scenario was run alone.
    """
    return headline(summary, [outcome], branch=branch, labels=labels, width=COLUMN, **texts).axes[0]


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
    """Draw the page of a run: the first outcome large, its fan over its difference; of the others differences, small.

    Differences of outcomes with one unit have one scale. Of an arm alone there are fans only. The page is as wide as
    PAGE or COLUMN.
    """
    if not outcomes:
        raise ValueError("a headline page needs at least one outcome")
    arms, (first, *others) = find_arms(summary), outcomes
    # Short names leave the panels wide; the key gives the full ones.
    names = {arms.scenario: "scenario"} | ({arms.baseline: "baseline"} if arms.baseline else {})
    fan_width = width - 2 * EDGE - (ASIDE + APART if others else 0.0)
    upper, lower = PANELS[width]
    months = MONTHS if summary["date"].nunique() > FEW_MONTHS else 2 * MONTHS
    wrapped = {first: _wrap_label(label_of(first, labels), fan_width - LEFT)}
    wrapped |= {name: _wrap_label(label_of(name, labels), ASIDE - LEFT - 0.1) for name in others}
    options: dict[str, Any] = {"branch": branch, "labels": wrapped, "names": names}
    head = text_height(wrapped[first].label, HEADING) + UNIT
    heads = [text_height(wrapped[name].label, HEADING) + UNIT for name in others]
    body = head + upper + (GAP + lower if arms.baseline else 0.0)
    fixed = sum(heads) + APART * (len(others) - 1)
    height = max(body, fixed + LOWEST * len(others))
    key = Key(arms, width - 2 * EDGE)

    figure, top = page(width, height + months + BETWEEN + key.height, texts, shown=width == COLUMN)
    layout: dict[str, Any] = {"corner": (EDGE + LEFT, top + head), "heights": (upper + height - body, GAP, lower)}
    fan_over_difference(summary, first, figure, width=fan_width - LEFT - RIGHT, **layout, **options)
    left, y = width - EDGE - ASIDE + LEFT, top
    panel_height = (height - fixed) / max(len(others), 1)
    for name, heading_height in zip(others, heads, strict=True):
        ax = axes_at(figure, left, y + heading_height, ASIDE - LEFT - RIGHT, panel_height)
        (difference if arms.baseline else fan)(summary, name, ax=ax, **options)
        ax.yaxis.label.set_text(wrapped[name].unit)
        if arms.baseline and branch is not None:  # nothing is to be seen before
            start, last = np.datetime64(branch, "D") - LEAD, np.datetime64(summary["date"].max(), "D")
            month_axis(ax, max(start, np.datetime64(summary["date"].min(), "D")), last)
        ax.tick_params(axis="x", labelbottom=name == others[-1])
        y += heading_height + panel_height + APART
    if arms.baseline:
        one_scale(zip(figure.axes[1:], (label_of(name, labels).unit for name in outcomes), strict=True), "y")
    key.draw(figure, EDGE, top + height + months + BETWEEN)
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
    """Draw the fans of many outcomes, by default all that move, four in a row, each with its own scale.

    The small print names those that stand still.
    """
    arms = find_arms(summary)
    names = list(outcomes) or [str(name) for name in summary["outcome"].unique()]
    constant = [] if outcomes else [name for name in names if stands_still(summary, name)]
    names = [name for name in names if name not in constant] or names
    panel_width = (PAGE - 2 * EDGE) / PER_ROW
    wrapped = {}
    for name in names:
        mean, low, high = rows_of(summary, arms.scenario, name)[["diff", "ci_low", "ci_high"]].astype(float).iloc[-1]
        label, change = label_of(name, labels), f": {last_difference(mean, low, high)}" if is_clear(low, high) else ""
        unit = wrap(label.unit, (panel_width - SMALL_LEFT) * 72, SMALL - 1).partition("\n")[0]
        wrapped[name] = _wrap_label(Label(label.label + change, unit), panel_width - SMALL_LEFT, SMALL)
    heads = {name: text_height(label.label, HEADING) + 0.16 for name, label in wrapped.items()}
    places, height = in_rows(heads, SMALL_PANEL + SMALL_FOOT, PER_ROW)
    key = Key(arms, PAGE - 2 * EDGE, differences=False)
    left_out = ", ".join(label_of(name, labels).label for name in constant)
    how_to_read = HOW_TO_READ_MULTIPLES + (f" Not drawn, as they never move: {left_out}." if constant else "")
    figure, top = page(PAGE, height + BETWEEN + key.height, texts, how_to_read)
    for outcome, (column, y) in places.items():
        left = EDGE + column * panel_width + SMALL_LEFT
        ax = axes_at(figure, left, top + y, panel_width - SMALL_LEFT - SMALL_RIGHT, SMALL_PANEL)
        fan(summary, outcome, branch=branch, ax=ax, labels=wrapped)
        for text in list(ax.texts):  # a small panel has no room for words at the branch and at the lines' ends
            text.remove()
        ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=SMALL, y=1.0, pad=15, parse_math=False)
        ax.yaxis.label.set_fontsize(SMALL - 1)
    key.draw(figure, EDGE, top + height + BETWEEN)
    return figure


def _wrap_label(label: Label, width: float, size: float = HEADING) -> Label:
    """A label broken into lines that a heading of so many inches holds."""
    return label._replace(label=wrap(label.label, width * 72, size, "bold"))


def stands_still(summary: pd.DataFrame, outcome: str) -> bool:
    """Whether an outcome is one and the same number in every arm, month and replicate."""
    rows = summary[summary["outcome"] == outcome]
    return bool(np.ptp(np.concatenate([values(rows, name) for name in QUANTILES])) < STILL)
