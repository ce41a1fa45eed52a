"""One replicate as far as it has been played, beside the other arm on the same draws."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from influence_sim.views.axes import end_labels, heading, mark_branch, month_axis, unit_above, value_axis
from influence_sim.views.style import BASELINE, SCENARIO, axes_for, style
from influence_sim.views.tables import Labels, label_of


@style()
def history(
    played: pd.Series[float],
    baseline: pd.Series[float] | None,
    outcome: str,
    *,
    months: tuple[date, date],
    branch: date | None = None,
    ax: Axes | None = None,
    labels: Labels | None = None,
) -> Axes:
    """Draw an outcome in one replicate, month by month, and the whole of its baseline if there is one.

    Both series are indexed by the first days of months; `months` are the first and the last that the axis shows.
    """
    label, ax = label_of(outcome, labels), axes_for(ax)
    drawn = [
        (rows, look) for rows, look in ((baseline, BASELINE), (played, SCENARIO)) if rows is not None and len(rows)
    ]
    for rows, look in drawn:
        ax.plot(rows.index.to_numpy(), rows.to_numpy(), **look.line)
    first, last = (np.datetime64(day, "D") for day in months)
    month_axis(ax, first, last)
    shown = [np.asarray(rows, np.float64) for rows, _ in drawn] or [np.zeros(1)]
    value_axis(ax, shown, ticks=5, words=branch is not None)
    mark_branch(ax, branch)
    if baseline is not None and len(baseline):
        end_labels(ax, [("baseline", ax.get_xlim()[1], float(baseline.iloc[-1]), BASELINE.colour)])
    if len(played):  # where it has come to
        ax.plot(played.index[-1:].to_numpy(), played.iloc[-1:].to_numpy(), "o", color=SCENARIO.colour, zorder=5)
    unit_above(ax, label.unit)
    heading(ax, label.label, above=17 if label.unit else 6)
    return ax
