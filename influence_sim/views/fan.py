"""One outcome on one Axes: both arms as fans, and the paired difference between them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from influence_sim.base.numbers import MINUS, decimals_of, written
from influence_sim.views.annotations import BRANCH_ROOM, EndLabels, heading, mark_branch, mark_zero
from influence_sim.views.axes import month_axis, span, unit_above, value_axis
from influence_sim.views.style import BASELINE, DIFFERENCE, INK, SCENARIO, axes_for, draw_look, size_in_points, style
from influence_sim.views.tables import (
    DIFFERENCE_COLUMNS,
    FAN_COLUMNS,
    SPREAD_COLUMNS,
    Arms,
    Labels,
    after_branch,
    dates,
    find_arms,
    has_difference,
    in_brackets,
    is_clear,
    label_of,
    rows_of,
    values,
)

LOW: Final = 110.0  # points; a lower panel gets fewer ticks
OPEN: Final = "sign open"
NOTHING: Final = 5e-5  # a difference below this is not worth digits


@style()
def fan(
    summary: pd.DataFrame,
    outcome: str,
    *,
    branch: date | None = None,
    ax: Axes | None = None,
    labels: Labels | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw an outcome in both arms: median, the middle 50 % and the middle 90 % of replicates.

    The history the arms share is drawn once. An arm run alone is drawn alone. The branch, the first month in which
    the arms may differ, is marked.

    The summary has the columns scenario, outcome, date, q05, q25, q50, q75, q95, diff, ci_low, ci_high.

    Raises:
        ValueError: it lacks a column or the outcome, or holds other than one or two arms.
    """
    arms = find_arms(summary)
    scenario, label = rows_of(summary, arms.scenario, outcome), label_of(outcome, labels)
    drawn = [(arms.scenario, scenario, SCENARIO)]
    if arms.baseline is not None:
        twin = rows_of(summary, arms.baseline, outcome)
        drawn = [(arms.baseline, twin, BASELINE), (arms.scenario, after_branch(scenario, twin, branch), SCENARIO)]
    ax = axes_for(ax)
    for _, rows, look in drawn:
        q05, q25, q50, q75, q95 = (values(rows, name) for name in FAN_COLUMNS)
        draw_look(ax, dates(rows), q50, inner=(q25, q75), outer=(q05, q95), look=look)
    days = np.concatenate([dates(rows) for _, rows, _ in drawn])
    month_axis(ax, days.min(), days.max())
    low, high = span([values(rows, name) for _, rows, _ in drawn for name in FAN_COLUMNS])
    value_axis(ax, low, high, ticks=5, room=0.0 if branch is None else BRANCH_ROOM)
    if branch is not None:
        mark_branch(ax, branch)
    called = names or {}
    EndLabels(ax, [(called.get(name, name), values(rows, "q50")[-1], look.colour) for name, rows, look in drawn])
    unit_above(ax, label.unit)
    heading(ax, label.label, above=17 if label.unit else 6)
    return ax


@style()
def difference(
    summary: pd.DataFrame,
    outcome: str,
    *,
    branch: date | None = None,
    ax: Axes | None = None,
    labels: Labels | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the paired difference of an outcome: mean, 95 % interval of the mean, middle 90 % of replicates.

    The number at the line's end is the last mean; `sign open` beneath says that its interval holds zero.

    The summary is as for `fan`; columns diff_q05 and diff_q95, if there, give the spread over replicates.

    Raises:
        ValueError: as for `fan`, or the scenario was run alone.
    """
    arms, label = find_arms(summary), label_of(outcome, labels)
    rows = rows_of(summary, arms.scenario, outcome)
    if arms.baseline is None or not has_difference(summary, arms.scenario, outcome):
        raise ValueError(f"{outcome!r}: no paired difference to draw; {arms.scenario!r} was run without a baseline")
    ax = axes_for(ax)
    mark_zero(ax)
    mean, low, high, least, most = (values(rows, name) for name in (*DIFFERENCE_COLUMNS, *SPREAD_COLUMNS))
    draw_look(ax, dates(rows), mean, inner=(low, high), outer=(least, most), look=DIFFERENCE)
    month_axis(ax, dates(rows)[0], dates(rows)[-1])
    ticks = 3 if size_in_points(ax)[1] < LOW else 5
    value_axis(ax, *span([mean, low, high, least, most, np.zeros(1)]), ticks=ticks)
    EndLabels(ax, [(_last_difference(mean[-1], low[-1], high[-1]), mean[-1], INK)])
    if branch is not None:
        mark_branch(ax, branch, named=False)
    unit_above(ax, minus(arms, names) + in_brackets(label.unit))
    heading(ax, label.label, above=17)
    return ax


def fan_over_difference(summary: pd.DataFrame, outcome: str, axes: tuple[Axes, Axes], **look: Any) -> None:
    """Draw an outcome in both arms, and beneath it, on the same months, the difference; `look` is as for `fan`."""
    upper, lower = axes
    fan(summary, outcome, ax=upper, **look)
    difference(summary, outcome, ax=lower, **look)
    lower.set_title("", loc="left")
    lower.yaxis.label.set_text(minus(find_arms(summary), look.get("names")))
    upper.tick_params(axis="x", labelbottom=False)


def minus(arms: Arms, names: Mapping[str, str] | None = None) -> str:
    """`scenario minus baseline`, by the names given to the arms."""
    shown = names or {arms.scenario: "scenario"}
    return f"{shown.get(arms.scenario, arms.scenario)} minus {shown.get(str(arms.baseline), arms.baseline)}"


def _last_difference(mean: float, low: float, high: float) -> str:
    """The last difference in two significant digits, and whether its interval leaves the sign open."""
    if np.isnan(mean):
        return ""
    if abs(mean) < NOTHING:
        return "0" if mean == 0 else "\N{ALMOST EQUAL TO} 0"
    text = written(mean, decimals_of(mean, digits=2), signed=True, minus=MINUS)
    return text if is_clear(low, high) else f"{text}\n{OPEN}"
