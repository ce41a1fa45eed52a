"""One outcome on one Axes: both arms as fans, the paired difference between them, and one replicate of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.numbers import decimals_of, number
from influence_sim.views.axes import (
    axes_for,
    end_labels,
    heading,
    mark_branch,
    mark_zero,
    month_axis,
    size_in_points,
    unit_above,
    value_axis,
)
from influence_sim.views.page_layout import axes_at, text_height, wrap
from influence_sim.views.style import BASELINE, DIFFERENCE, INK, SCENARIO, SMALL, draw_look, style
from influence_sim.views.tables import QUANTILES, Arms, Labels, dates, find_arms, in_brackets, label_of, rows_of, values

LOW: Final = 110.0  # points; a lower panel gets fewer ticks
OPEN: Final = "unclear"
SWATCH: Final = 0.42  # inches, in the key
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
    """Draw an outcome in both arms: median and the middle 90 % of replicates, of the scenario also the middle 50 %.

    The history the arms share is drawn once, and the scenario begins at the branch, the first month in which the arms
    may differ, which is marked. An arm run alone is drawn alone.

    The summary has the columns scenario, outcome, date, q05, q25, q50, q75, q95, diff, ci_low, ci_high.

    Raises:
        ValueError: it lacks a column or the outcome, or holds other than one or two arms.
    """
    arms = find_arms(summary)
    scenario, label = rows_of(summary, arms.scenario, outcome), label_of(outcome, labels)
    layers = [(arms.scenario, scenario, SCENARIO)]
    if arms.baseline is not None:
        baseline_rows = rows_of(summary, arms.baseline, outcome)
        layers = [(arms.baseline, baseline_rows, BASELINE), (arms.scenario, _from_branch(scenario, branch), SCENARIO)]
    ax = axes_for(ax)
    for _, rows, look in layers:
        q05, q25, q50, q75, q95 = (values(rows, name) for name in QUANTILES)
        draw_look(ax, dates(rows), q50, inner=(q25, q75), outer=(q05, q95), look=look)
    days = np.concatenate([dates(rows) for _, rows, _ in layers])
    month_axis(ax, days.min(), days.max())
    bands = [values(rows, name) for _, rows, _ in layers for name in QUANTILES]
    value_axis(ax, bands, ticks=5, words=branch is not None)
    mark_branch(ax, branch)
    titles = names or {}
    end = ax.get_xlim()[1]
    end_labels(ax, [(titles.get(name, name), end, values(rows, "q50")[-1], look.colour) for name, rows, look in layers])
    unit_above(ax, label.unit)
    heading(ax, label.label, pad=17 if label.unit else 6)
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

    The number at the line's end is the last mean; `unclear` beneath, that its interval holds zero, or there is none.

    The summary is as for `fan`; columns diff_q05 and diff_q95, if there, give the spread over replicates.

    Raises:
        ValueError: as for `fan`, or the scenario was run alone.
    """
    arms, label = find_arms(summary), label_of(outcome, labels)
    rows = rows_of(summary, arms.scenario, outcome)
    if arms.baseline is None:
        raise ValueError(f"{outcome!r}: no paired difference to draw; {arms.scenario!r} was run without a baseline")
    ax = axes_for(ax)
    mark_zero(ax)
    shown_rows = _from_branch(rows, branch)
    mean, low, high = (values(shown_rows, name) for name in ("diff", "ci_low", "ci_high"))
    q05, q95 = (values(shown_rows, name) for name in ("diff_q05", "diff_q95"))
    draw_look(ax, dates(shown_rows), mean, inner=(low, high), outer=(q05, q95), look=DIFFERENCE)
    month_axis(ax, dates(rows)[0], dates(rows)[-1])
    ticks = 3 if size_in_points(ax)[1] < LOW else 5
    value_axis(ax, [mean, low, high, q05, q95, np.zeros(1)], ticks=ticks)
    end_labels(ax, [(last_difference(mean[-1], low[-1], high[-1]), ax.get_xlim()[1], mean[-1], INK)])
    mark_branch(ax, branch, labelled=False)
    unit_above(ax, arms.difference(names) + in_brackets(label.unit))
    heading(ax, label.label, pad=17)
    return ax


@style()
def history(
    scenario: pd.Series[float],
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
    layers = [
        (rows, look) for rows, look in ((baseline, BASELINE), (scenario, SCENARIO)) if rows is not None and len(rows)
    ]
    for rows, look in layers:
        ax.plot(rows.index.to_numpy(), rows.to_numpy(), **look.line)
    first, last = (np.datetime64(day, "D") for day in months)
    month_axis(ax, first, last)
    arrays = [np.asarray(rows, np.float64) for rows, _ in layers] or [np.zeros(1)]
    value_axis(ax, arrays, ticks=5, words=branch is not None)
    mark_branch(ax, branch)
    if baseline is not None and len(baseline):
        end_labels(ax, [("baseline", ax.get_xlim()[1], float(baseline.iloc[-1]), BASELINE.colour)])
    if len(scenario):  # the month that it has reached
        ax.plot(scenario.index[-1:].to_numpy(), scenario.iloc[-1:].to_numpy(), "o", color=SCENARIO.colour, zorder=5)
    unit_above(ax, label.unit)
    heading(ax, label.label, pad=17 if label.unit else 6)
    return ax


def fan_over_difference(
    summary: pd.DataFrame,
    outcome: str,
    figure: Figure,
    *,
    corner: tuple[float, float],
    width: float,
    heights: tuple[float, float, float],
    **options: Any,
) -> Axes:
    """Draw an outcome in both arms and beneath it, on the same months, the difference; of an arm alone, the fan only.

    In inches: `corner` is the upper left one of the upper Axes, from the figure's top left, `width` that of both, and
    `heights` are those of the fan, of the gap beneath it, and of the difference. `options` is as for `fan`. Returns the
    upper Axes.
    """
    (left, top), (upper_height, gap, lower_height) = corner, heights
    upper = fan(summary, outcome, ax=axes_at(figure, left, top, width, upper_height), **options)
    arms = find_arms(summary)
    if arms.baseline is not None:
        below = axes_at(figure, left, top + upper_height + gap, width, lower_height, below=upper)
        difference(summary, outcome, ax=below, **options)
        below.set_title("", loc="left")
        below.yaxis.label.set_text(arms.difference(options.get("names")))
        upper.tick_params(axis="x", labelbottom=False)
    return upper


def _from_branch(rows: pd.DataFrame, branch: date | None) -> pd.DataFrame:
    """The months of a scenario from the branch on; at the branch itself also the record before it, where all begins.

    The arms are one until the branch. If the table says otherwise nothing is dropped: a figure must not hide that two
    arms differ where they should not.
    """
    if branch is None:
        return rows
    past = rows["date"] < pd.Timestamp(branch)
    if (rows.loc[past, "diff"].fillna(0.0) != 0.0).any():
        return rows
    # A jump in the branch month is drawn upright, on the branch's line; a slope from the month before would show the
    # change before its cause.
    return pd.concat([rows[past].tail(1).assign(date=pd.Timestamp(branch)), rows[~past]])


def is_clear(low: float, high: float) -> bool:
    """Whether an interval excludes zero."""
    return low > 0 or high < 0


def last_difference(mean: float, low: float, high: float) -> str:
    """The last difference in two significant digits, and `OPEN` if its interval holds zero, or is unknown."""
    if np.isnan(mean):
        return ""
    if abs(mean) < NOTHING:
        return "0" if mean == 0 else "\N{ALMOST EQUAL TO} 0"
    text = number(mean, decimals_of(mean, digits=2), signed=True)
    return text if is_clear(low, high) else f"{text}\n{OPEN}"


class Key:
    """How the bands of a run are read, in so many inches of width."""

    def __init__(self, arms: Arms, width: float, *, differences: bool = True) -> None:
        """Breaks the entries into lines."""
        fans = "median, middle 50 % and 90 % of replicates"
        entries = [(f"{arms.scenario}: {fans}", SCENARIO)]
        if arms.baseline is not None:
            scenario, baseline = (role if role == name else f"{role} ({name})" for role, name in arms._asdict().items())
            entries = [
                (f"{scenario}: {fans}", SCENARIO),
                (f"{baseline}: median, middle 90 %; before the branch, the history both share", BASELINE),
                (
                    "scenario minus baseline: mean, its 95 % interval, middle 90 % of replicates; at its end the mean "
                    f"({OPEN}: zero is not excluded)",
                    DIFFERENCE,
                ),
            ][: 3 if differences else 2]
        room = (width - SWATCH - 0.1) * 72
        self.width = width
        self.entries = [(wrap(text, room, SMALL), look) for text, look in entries]
        self.height = sum(text_height(text, SMALL) + 0.08 for text, _ in self.entries)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw at a place given in inches from the figure's top left."""
        ax = axes_at(figure, left, top, self.width, self.height)
        ax.set_axis_off()
        ax.set(xlim=(0, self.width), ylim=(-self.height, 0), gid="key")
        y = 0.0
        for text, look in self.entries:
            level = np.full(2, y - 0.10)
            inner, outer = ((level - half, level + half) for half in (0.035, 0.085))
            draw_look(ax, np.array([0.0, SWATCH]), level, inner=inner, outer=outer, look=look)
            ax.text(SWATCH + 0.1, y - 0.02, text, fontsize=SMALL, color=INK, va="top")
            y -= text_height(text, SMALL) + 0.08
