"""Several scenarios side by side: how far each ends from the baseline."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from influence_sim.base.numbers import percent
from influence_sim.views.annotations import at_right, heading, mark_zero
from influence_sim.views.axes import row_axis, row_bands, span
from influence_sim.views.page_layout import BETWEEN, COLUMN, EDGE, PAGE, Texts, axes_at, lay_out
from influence_sim.views.style import BLUE, HEADING, SLATE, SMALL, axes_for, style
from influence_sim.views.tables import Label, closest, label_of, require, values
from influence_sim.views.text_layout import text_height, widest, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.views.tables import OutcomeLabel

COLUMNS: Final = ("scenario", "outcome", "diff", "ci_low", "ci_high")
SHARE: Final = "share_same_sign"
WIDEST: Final = 5  # panels in a row

# Inches.
ROW: Final = 0.25
TICKS: Final = 0.30
SHARES: Final = 0.50
GUTTER: Final = 0.20

HOW_TO_READ: Final = (
    "Dot: mean of scenario minus baseline, paired; bar: its 95 % interval, Monte-Carlo error only; "
    "hollow: the interval holds zero."
)
HOW_TO_READ_SHARES: Final = "At the right: share of samples of the assumptions in which the difference has that sign."


def forest(
    table: pd.DataFrame,
    outcome: str,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, OutcomeLabel] | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw one outcome's paired difference in each scenario, in the table's order from the top.

    Args:
        table: columns scenario, outcome, diff, ci_low, ci_high, and share_same_sign (0-1 or NaN) if known.
        outcome: its name in the table.
        ax: where to draw; a new figure if None.
        labels: label and unit of outcomes.
        names: what to call scenarios instead of their names in the table.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column or the outcome, or has a scenario twice for it.
    """
    require(table, COLUMNS)
    rows = table.loc[table["outcome"] == outcome].set_index("scenario")
    if rows.empty:
        known = [str(name) for name in table["outcome"].unique()]
        raise ValueError(f"{outcome!r}: not an outcome of this comparison{closest(outcome, known)}")
    if twice := sorted({str(name) for name in rows.index[rows.index.duplicated()]}):
        raise ValueError(f"{outcome!r}: more than one row for {', '.join(twice)}")
    rows = rows.reindex(table["scenario"].unique())  # NaN where a scenario lacks the outcome
    mean, low, high = (values(rows, name) for name in ("diff", "ci_low", "ci_high"))
    y, label = np.arange(len(rows), dtype=np.float64), label_of(outcome, labels)
    with style():
        ax = axes_for(ax, COLUMN, 1.2 + ROW * len(rows))
        row_bands(ax, len(rows))
        mark_zero(ax, "x")
        ax.hlines(y, low, high, color=BLUE, linewidth=1.4, zorder=4)
        # Caps, because with many replicates the bar is shorter than its dot.
        caps = np.concatenate([low, high]), np.concatenate([y, y])
        ax.plot(*caps, "|", color=BLUE, markersize=7, markeredgewidth=1.2, zorder=4)
        clear = (low > 0) | (high < 0)
        for chosen, fill in ((clear, BLUE), (~clear, "white")):
            (dots,) = ax.plot(mean[chosen], y[chosen], "o", color=BLUE, markersize=4.0, zorder=5)
            dots.set(markerfacecolor=fill, markeredgewidth=1.1)
        least, most = span([mean, low, high, np.zeros(1)])
        air = max(most - least, 0.002) * 0.08
        ax.set_xlim(least - air, most + air)
        row_axis(ax, [(names or {}).get(name, name) for name in rows.index])
        for row, share in enumerate(values(rows, SHARE)):
            if np.isfinite(share):
                at_right(ax, row, percent(share), color=SLATE)
        unit = f" ({label.unit})" if label.unit else ""
        ax.set_xlabel(f"scenario minus baseline{unit}", color=SLATE, parse_math=False)
        heading(ax, label.label)
    return ax


def compare_forest(
    table: pd.DataFrame,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    labels: Mapping[str, OutcomeLabel] | None = None,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Draw every outcome of a comparison, a panel each with its own scale, scenarios as rows.

    Args:
        table: as for `forest`.
        title: heads the page.
        subtitle: stands beneath it, such as the month of the differences.
        note: small print for the foot, after how to read the figure.
        labels: label and unit of outcomes.
        names: what to call scenarios instead of their names in the table.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: as for `forest`, or the table is empty.
    """
    require(table, COLUMNS)
    if table.empty:
        raise ValueError("nothing to compare: the table has no rows")
    shares = bool(np.isfinite(values(table, SHARE)).any())
    outcomes = [str(name) for name in table["outcome"].unique()]
    scenarios = [str(name) for name in table["scenario"].unique()]
    columns = ceil(len(outcomes) / ceil(len(outcomes) / WIDEST))
    left = EDGE + widest((names or {}).get(name, name) for name in scenarios) + 0.14
    step = (PAGE - EDGE - left) / columns
    width, tall = step - GUTTER - (SHARES if shares else 0.0), ROW * len(scenarios)
    # Titles run on over the shares; units stand centred beneath the scale.
    wrapped = {}
    for name in outcomes:
        label = label_of(name, labels)
        title_ = wrap(label.label, (step - GUTTER) * 72, HEADING, "bold")
        wrapped[name] = Label(title_, wrap(label.unit, (width + GUTTER) * 72, SMALL))
    grid = [outcomes[i : i + columns] for i in range(0, len(outcomes), columns)]
    heads = [max(text_height(wrapped[name].label, HEADING) for name in row) + 0.08 for row in grid]
    feet = [max(text_height(wrapped[name].unit, SMALL) for name in row) + TICKS for row in grid]

    def draw(figure: Figure, top: float) -> None:
        for head, foot, row in zip(heads, feet, grid, strict=True):
            for i, outcome in enumerate(row):
                ax = axes_at(figure, left + i * step, top + head, width, tall)
                forest(table, outcome, ax=ax, labels=wrapped, names=names)
                ax.tick_params(axis="y", labelleft=i == 0)
                ax.xaxis.label.set_text(wrapped[outcome].unit)
            top += head + tall + foot + BETWEEN

    height = sum(heads) + sum(feet) + len(grid) * (tall + BETWEEN) - BETWEEN
    small_print = " ".join(filter(None, (HOW_TO_READ, HOW_TO_READ_SHARES if shares else "", note)))
    return lay_out(draw, PAGE, height, Texts(title, subtitle, small_print))
