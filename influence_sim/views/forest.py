"""Several scenarios side by side: how far each ends from the baseline."""

from __future__ import annotations

from math import ceil
from typing import Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.numbers import table_percent
from influence_sim.views.axes import frame_x, heading, mark_zero, one_scale, row_axes, row_bands, row_note
from influence_sim.views.page_layout import BETWEEN, EDGE, Texts, axes_at, in_rows, page, text_height, widest, wrap
from influence_sim.views.style import BLUE, HEADING, PAGE, SLATE, SMALL, style
from influence_sim.views.tables import Label, Labels, in_brackets, label_of, outcome_rows, require, values

COLUMNS: Final = ("scenario", "outcome", "diff", "ci_low", "ci_high")
SHARE: Final = "share_same_sign"
WIDEST: Final = 5  # panels in a row

# Inches.
ROW: Final = 0.25
TICKS: Final = 0.30
SHARES: Final = 0.50
NAMES: Final = 2.2  # the longest line of a scenario's name
GUTTER: Final = 0.20

HOW_TO_READ: Final = (
    "Dot: mean of scenario minus baseline, paired; bar: its 95 % interval, Monte-Carlo error only; "
    "hollow: the interval holds zero."
)
HOW_TO_READ_SHARES: Final = (
    " At the right: share of worlds, sets of assumptions, in which the difference has that sign."
)


@style()
def forest(table: pd.DataFrame, outcome: str, *, ax: Axes | None = None, labels: Labels | None = None) -> Axes:
    """Draw one outcome's paired difference in each scenario, in the table's order from the top.

    The table has the columns scenario, outcome, diff, ci_low, ci_high, and share_same_sign (0-1 or NaN) if known.

    Raises:
        ValueError: it lacks a column or the outcome, or has a scenario twice for it.
    """
    require(table, COLUMNS)
    rows = outcome_rows(table, outcome, "this comparison").set_index("scenario")
    if repeated := sorted({str(name) for name in rows.index[rows.index.duplicated()]}):
        raise ValueError(f"{outcome!r}: more than one row for {', '.join(repeated)}")
    rows = rows.reindex(table["scenario"].unique())  # NaN where a scenario lacks the outcome
    mean, low, high = (values(rows, name) for name in ("diff", "ci_low", "ci_high"))
    y, label = np.arange(len(rows), dtype=np.float64), label_of(outcome, labels)
    ax = row_axes(ax, rows.index, row=ROW, rest=1.2)
    row_bands(ax, len(rows))
    mark_zero(ax, "x")
    ax.hlines(y, low, high, color=BLUE, linewidth=1.4, zorder=4)
    # Caps, because with many replicates the bar is shorter than its dot.
    caps = np.concatenate([low, high]), np.concatenate([y, y])
    ax.plot(*caps, "|", color=BLUE, markersize=7, markeredgewidth=1.2, zorder=4)
    clear = (low > 0) | (high < 0)
    for mask, fill in ((clear, BLUE), (~clear, "white")):
        (dots,) = ax.plot(mean[mask], y[mask], "o", color=BLUE, markersize=4.0, zorder=5)
        dots.set(markerfacecolor=fill, markeredgewidth=1.1)
    frame_x(ax, [mean, low, high], padding=0.08, least=0.002)
    for row, share in enumerate(values(rows, SHARE)):
        if np.isfinite(share):
            row_note(ax, row, table_percent(share), color=SLATE)
    ax.set_xlabel(f"scenario minus baseline{in_brackets(label.unit)}", color=SLATE, parse_math=False)
    heading(ax, label.label)
    return ax


@style()
def compare_forest(table: pd.DataFrame, *, labels: Labels | None = None, **texts: Unpack[Texts]) -> Figure:
    """Draw every outcome of a comparison, scenarios as rows; panels of one unit have one scale."""
    require(table, COLUMNS)
    if table.empty:
        raise ValueError("nothing to compare: the table has no rows")
    shares = bool(np.isfinite(values(table, SHARE)).any())
    outcomes = [str(name) for name in table["outcome"].unique()]
    table = table.assign(scenario=[wrap(str(name), NAMES * 72, SMALL) for name in table["scenario"]])
    scenarios = [str(name) for name in table["scenario"].unique()]
    row = max(ROW, *(text_height(name, SMALL) + 0.06 for name in scenarios))
    columns = ceil(len(outcomes) / ceil(len(outcomes) / WIDEST))
    left = EDGE + widest(line for name in scenarios for line in name.splitlines()) + 0.14
    step = (PAGE - EDGE - left) / columns
    width, panel_height = step - GUTTER - (SHARES if shares else 0.0), row * len(scenarios)
    wrapped = {}
    for name in outcomes:  # titles run on over the shares; units stand centred beneath the scale
        title, unit = label_of(name, labels)
        wrapped[name] = Label(
            wrap(title, (step - GUTTER) * 72, HEADING, "bold"), wrap(unit, (width + GUTTER) * 72, SMALL)
        )
    heights = {name: text_height(label.label, HEADING) + 0.08 for name, label in wrapped.items()}
    foot = max(text_height(label.unit, SMALL) for label in wrapped.values()) + TICKS
    places, height = in_rows(heights, panel_height + foot + BETWEEN, columns)
    figure, top = page(PAGE, height - BETWEEN, texts, HOW_TO_READ + (HOW_TO_READ_SHARES if shares else ""))
    for outcome, (column, y) in places.items():
        ax = axes_at(figure, left + column * step, top + y, width, panel_height)
        forest(table, outcome, ax=ax, labels=wrapped)
        ax.tick_params(axis="y", labelleft=column == 0)
        ax.xaxis.label.set_text(wrapped[outcome].unit)
    one_scale(zip(figure.axes, (label_of(name, labels).unit for name in places), strict=True), "x")
    return figure
