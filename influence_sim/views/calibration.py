"""Whether what was predicted came as often as predicted: quantiles, and probabilities of a yes."""

from __future__ import annotations

from functools import partial
from typing import Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from influence_sim.base.numbers import Floats
from influence_sim.views.axes import axes_for, unit_above
from influence_sim.views.page_layout import Panel, Texts, side_by_side
from influence_sim.views.style import BLUE, INK, MIST, PAPER, SLATE, style
from influence_sim.views.tables import require, values

TALL: Final = 3.6  # inches
BAND: Final = (0.05, 0.95)
MOST: Final = 50.0  # square points of the mark of most rows
HOW_TO_READ: Final = (
    "On the dashed line what was predicted came as often as it was said to. Grey: where 90 % of such points lie by "
    "chance, if rows were independent of each other, as months in a row are not."
)


@style()
def calibration(table: pd.DataFrame, outcome: str = "all", *, ax: Axes | None = None) -> Axes:
    """Draw the share of observations below each predicted quantile against the quantile's level.

    The table has columns outcome, level (percent), share (0-1) and rows (that it is of).
    """
    require(table, ("outcome", "level", "share", "rows"))
    rows = table[table["outcome"] == outcome].sort_values("level")
    if rows.empty:
        raise ValueError(f"nothing to draw: the table has no rows of {outcome}")
    level = values(rows, "level") / 100.0
    ax = _square(ax)
    ax.fill_between(
        level, *_chance_band(level, values(rows, "rows")), facecolor=PAPER, edgecolor=MIST, linewidth=0.6, zorder=1
    )
    ax.plot(level, values(rows, "share"), marker="o", markersize=5, color=BLUE, linewidth=1.2, zorder=4)
    ax.set_xlabel("level of the predicted quantile", color=SLATE)
    unit_above(ax, "observations below it")
    return ax


@style()
def reliability(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how often a yes came against its predicted probability; larger marks are of more rows.

    The table has columns probability, share (0-1) and rows (that it is of).
    """
    require(table, ("probability", "share", "rows"), rows=True)
    rows = table.sort_values("probability")
    predicted, count = values(rows, "probability"), values(rows, "rows")
    ax = _square(ax)
    ax.vlines(predicted, *_chance_band(predicted, count), color=MIST, linewidth=3.0, zorder=1)
    ax.scatter(predicted, values(rows, "share"), s=MOST * count / count.max() + 10, color=BLUE, clip_on=False, zorder=4)
    ax.set_xlabel("predicted probability of yes", color=SLATE)
    unit_above(ax, "share of yes")
    return ax


@style()
def calibration_page(quantiles: pd.DataFrame, answers: pd.DataFrame, **texts: Unpack[Texts]) -> Figure:
    """Draw the page of both, or of the one that has rows."""
    layout = {"left": 0.5, "right": 0.3, "share": 0.5}
    panels = []
    if len(quantiles):
        panels.append(Panel(partial(calibration, quantiles), "Quantiles", **layout))
    if len(answers):
        panels.append(Panel(partial(reliability, answers), "Yes or no", **layout))
    if not panels:
        raise ValueError("nothing to draw: no prediction was scored")
    return side_by_side(panels, TALL, texts, HOW_TO_READ)


def _square(ax: Axes | None) -> Axes:
    """Axes of two shares, with the line on which they agree."""
    ax = axes_for(ax, width=4.2, height=4.0)
    ax.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 1.8)), zorder=2)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    return ax


def _chance_band(level: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Between which shares so many rows lie in 90 of 100 cases, if each counts with the predicted probability."""
    from scipy.special import bdtr

    numbers = zip(level.tolist(), count.astype(int).tolist(), strict=True)
    distributions = [(bdtr(np.arange(n + 1), n, p), n) for p, n in numbers]  # of so many or fewer
    low, high = (np.array([np.searchsorted(cumulative, end) / n for cumulative, n in distributions]) for end in BAND)
    return low, high
