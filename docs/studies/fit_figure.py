"""The figure of docs/fit.md: the record over the accepted runs, and accepted values over the prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from studies import fit, rolling

from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.theatre import ParameterSpec
from influence_sim.views.axes import axes_for, month_axis, unit_above, value_axis
from influence_sim.views.style import INK, MIST, SCENARIO, SMALL, VERMILION, draw_look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def drawn(bank: fit.Bank, rows: Integers, goal: fit.Targets) -> Figure:
    """Record over the fans, and accepted values over the prior.

    Args:
        bank: all runs.
        rows: the accepted ones.
        goal: every report that is drawn, those before the window hollow.
    """
    with style():
        figure = new_figure(10.0, 5.4)
        top = figure.add_gridspec(1, 3, left=0.05, right=0.975, top=0.9, bottom=0.43, wspace=0.2)
        low = figure.add_gridspec(1, len(bank.points), left=0.05, right=0.975, top=0.27, bottom=0.08, wspace=0.2)
        runs = 100.0 * rolling.replay(bank.arm, bank, rows)[:, fit.rows_of(bank.arm.theatre, fit.CLASSES)]
        for index, name in enumerate(fit.CLASSES):
            _fan(figure.add_subplot(top[0, index]), runs[:, index], goal, index, bank.arm.theatre.start)
            figure.axes[-1].set_title(name.replace("_", " "), loc="left", pad=16)
        for index, (name, column) in enumerate(bank.points.items()):
            _histogram(figure.add_subplot(low[0, index]), bank.arm.theatre.parameters[name], column[rows])
    return figure


def _fan(ax: Axes, runs: Floats, goal: fit.Targets, index: int, start: Month) -> None:
    q05, q25, q50, q75, q95 = np.quantile(runs, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
    days = np.array([_day(start + step) for step in range(len(runs))])
    draw_look(ax, days, q50, inner=(q25, q75), outer=(q05, q95), look=SCENARIO)
    for month, share in zip(goal.months, goal.shares[:, index], strict=True):
        hollow = month < fit.FIRST
        ax.plot(
            _day(month), share, "o", ms=5, mec=VERMILION, mfc="white" if hollow else VERMILION, zorder=5, clip_on=False
        )
    axes_for(ax)
    month_axis(ax, days[0], days[-1])
    value_axis(ax, [q05, q95, goal.shares[:, index]], ticks=5)
    unit_above(ax, "% of districts; points: SIGAR")


def _day(month: Month) -> np.datetime64:
    return np.datetime64(format_month(month), "D")


def _histogram(ax: Axes, spec: ParameterSpec, values: Floats) -> None:
    edges = np.linspace(spec.low, spec.high, 16)
    ax.hist(values, bins=edges.tolist(), density=True, **SCENARIO.inner)
    ax.hlines(1.0 / (spec.high - spec.low), spec.low, spec.high, color=MIST, linewidth=1.6, zorder=3)
    ax.axvline(spec.default, color=INK, linewidth=1.2, linestyle=(0, (4, 1.8)))
    axes_for(ax)
    ax.set(xlim=(spec.low, spec.high), yticks=[])
    ax.set_title(spec.name.removeprefix("territory."), loc="left", fontsize=SMALL)
