"""What drives an outcome: Sobol indices and how they converge, Morris' screening, and tornado diagrams."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator

from influence_sim.analysis.sweeps.morris import NEGLIGIBLE
from influence_sim.base.numbers import MINUS, written
from influence_sim.views.annotations import Callouts, EndLabels, at_right, beside, mark_zero
from influence_sim.views.axes import row_axis, row_bands, span, unit_above
from influence_sim.views.page_layout import COLUMN, Panel, Texts, side_by_side
from influence_sim.views.style import BLUE, BROWN, GREEN, INK, MIST, SLATE, SMALL, VERMILION, axes_for, style
from influence_sim.views.tables import closest, label_of, require, values
from influence_sim.views.text_layout import widest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.analysis.sweeps.sensitivity import Sensitivity
    from influence_sim.views.tables import OutcomeLabel

MOST: Final = 15
"""Factors shown; the others are counted."""
LINES: Final = 5
"""Factors whose convergence is drawn."""
ROW: Final = 0.30  # inches
THICK: Final = 0.36  # of a row
LEAST: Final = 2.2  # inches
AIR: Final = 0.16
MARKS: Final = ("o", "s", "^", "D", "v")
DASHES: Final[tuple[Any, ...]] = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (3, 1, 3, 3)))
INKS: Final = (BLUE, VERMILION, INK, GREEN, BROWN)
TOTAL: Final[Mapping[str, Any]] = {"facecolor": "white", "edgecolor": BLUE, "hatch": "//////", "linewidth": 0.9}
FIRST: Final[Mapping[str, Any]] = {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 0.9}
BAR: Final[Mapping[str, Any]] = {"ecolor": INK, "elinewidth": 1.0, "capsize": 2.2, "capthick": 1.0, "fmt": "none"}
HOW_TO_READ: Final[Mapping[str, str]] = {
    "sobol": "First-order index: the share of the variance over points that a factor accounts for by itself; total "
    "index: with all it does together with others. A factor whose total index stays near zero could be fixed.",
    "morris": "Along x: how much the outcome moves when a factor crosses its range; up: how much that depends on where "
    "the others stand. Below the line 0.1 an effect is nearly linear; above the line 1 it is not monotone, or shared "
    "with others.",
    "groups": "How much the outcome moves when a factor, or all factors of a group, cross their range: the mean size "
    "of the move, whatever its direction.",
    "ranks": "Bars: the outcome's mean over points with the lowest and the highest fifth of a factor's values. At the "
    "right: the rank correlation, bold if it is beyond what chance gives the largest of all (95 %).",
}


def sobol_bars(table: pd.DataFrame, outcome: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw first-order and total Sobol indices with their 95 % intervals, the largest total index on top.

    Args:
        table: columns factor, S1, S1_conf, ST, ST_conf, and outcome if it holds several.
        outcome: which one.
        ax: where to draw; a new figure if None.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column or the outcome.
    """
    found = _of(table, outcome, ("factor", "S1", "S1_conf", "ST", "ST_conf"))
    rows = _largest(found, "ST")
    with style():
        ax = _row_axes(ax, len(rows))
        y = np.arange(len(rows), dtype=np.float64)
        for name, label, shift, look in (
            ("S1", "first-order (by itself)", -THICK / 2, FIRST),
            ("ST", "total (with all others)", THICK / 2, TOTAL),
        ):
            mean = values(rows, name)
            ax.barh(y + shift, np.nan_to_num(mean), THICK, label=label, zorder=3, **look)
            ax.errorbar(mean, y + shift, xerr=values(rows, f"{name}_conf"), zorder=4, **BAR)
        _name_rows(ax, rows, "share of the variance, with 95 % interval", found)
        mark_zero(ax, "x")
        ends = [values(rows, "ST") + values(rows, "ST_conf"), values(rows, "S1") - values(rows, "S1_conf"), np.zeros(1)]
        least, most = span(ends)
        ax.set_xlim(min(least * 1.05, 0.0), max(most * 1.05, 0.1))
        _key(ax)
    return ax


def convergence(table: pd.DataFrame, outcome: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the largest total indices as they were with fewer base samples, with their 95 % intervals.

    Args:
        table: columns factor, samples, ST, ST_conf, and outcome if it holds several.
        outcome: which one.
        ax: where to draw; a new figure if None.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column or the outcome.
    """
    rows = _of(table, outcome, ("factor", "samples", "ST", "ST_conf"))
    last = rows[rows["samples"] == rows["samples"].max()]
    shown = [str(name) for name in last.sort_values("ST", ascending=False, kind="stable")["factor"].iloc[:LINES]]
    with style():
        ax = axes_for(ax, COLUMN, 3.4)
        ax.set_xscale("log", base=2)
        ends = []
        for i, (name, colour) in enumerate(zip(shown, INKS, strict=False)):
            own = rows[rows["factor"] == name].sort_values("samples")
            # Lines stand a little apart, so that bars do not hide bars.
            x, y = values(own, "samples") * 2.0 ** (0.10 * (i - (len(shown) - 1) / 2)), values(own, "ST")
            bars = {**BAR, "ecolor": colour, "elinewidth": 0.8}
            ax.errorbar(x, y, yerr=values(own, "ST_conf"), zorder=3, **bars)
            ax.plot(x, y, color=colour, linestyle=DASHES[i], marker=MARKS[i], markersize=4, linewidth=1.3, zorder=4)
            ends.append((name, float(y[-1]), colour))
        sizes = sorted({int(n) for n in rows["samples"]})
        ax.xaxis.set_major_locator(FixedLocator(sizes))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticklabels([str(n) for n in sizes])
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
        ax.set_xlabel("base samples", color=SLATE)
        unit_above(ax, "total index, with 95 % interval")
        EndLabels(ax, ends)
    return ax


def morris(
    table: pd.DataFrame,
    outcome: str | None = None,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, OutcomeLabel] | None = None,
) -> Axes:
    """Draw Morris' screening: how much an outcome moves against how unevenly; bars where groups have no sigma.

    Args:
        table: columns factor, mu_star, mu_star_conf, sigma, and outcome if it holds several.
        outcome: which one.
        ax: where to draw; a new figure if None.
        labels: label and unit of outcomes.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column or the outcome.
    """
    rows = _of(table, outcome, ("factor", "mu_star", "mu_star_conf", "sigma"))
    unit = label_of(outcome or "", labels).unit
    scale = f"mean absolute effect of the whole range{f' ({unit})' if unit else ''}, with 95 % interval"
    with style():
        if rows["sigma"].isna().any():
            largest = _largest(rows, "mu_star")
            ax = _row_axes(ax, len(largest))
            y = np.arange(len(largest), dtype=np.float64)
            ax.barh(y, values(largest, "mu_star"), 2 * THICK, zorder=3, **FIRST)
            ax.errorbar(values(largest, "mu_star"), y, xerr=values(largest, "mu_star_conf"), zorder=4, **BAR)
            _name_rows(ax, largest, scale, rows)
            ax.set_xlim(left=0)
            return ax
        ax = axes_for(ax, COLUMN, 4.2)
        x, y, conf = (values(rows, name) for name in ("mu_star", "sigma", "mu_star_conf"))
        right, top = max(float((x + conf).max()) * 1.15, 1e-9), max(float(y.max()) * 1.15, 1e-9)
        ax.set(xlim=(0, right), ylim=(0, top))
        for slope in (0.1, 0.5, 1.0):  # below 0.1 an effect is nearly linear, above 1 it is not monotone, or joint
            end = min(right, top / slope)
            ax.plot([0, end], [0, slope * end], color=MIST, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
            look = {"ha": "center" if end < right else "right", "va": "bottom", "color": SLATE}
            beside(ax, (end, slope * end), f"{slope:g}", (0, 2) if end < right else (-3, 3), **look)
        ax.errorbar(x, y, xerr=conf, zorder=3, **BAR)
        ax.plot(x, y, "o", color=BLUE, markersize=5, zorder=4)
        ax.set_xlabel(scale, color=SLATE, parse_math=False)
        unit_above(ax, "standard deviation of the effects (sigma)")
        Callouts(ax, [(name, *dot) for name, *dot in zip(worth_a_name(rows), x, y, strict=True) if name], INK)
    return ax


def worth_a_name(rows: pd.DataFrame) -> list[str]:
    """The names of factors whose effect is not negligible, at most `MOST`; "" for others."""
    effects = rows["mu_star"]
    named = (effects >= NEGLIGIBLE * effects.max()) & (effects.rank(ascending=False, method="first") <= MOST)
    return [str(name) if worth else "" for name, worth in zip(rows["factor"], named, strict=True)]


def tornado(
    table: pd.DataFrame,
    outcome: str | None = None,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, OutcomeLabel] | None = None,
) -> Axes:
    """Draw the outcome's mean over the lowest and the highest fifth of each factor, the strongest factor on top.

    Args:
        table: columns factor, rho, threshold, mean, low_mean, high_mean, and outcome if it holds several.
        outcome: which one.
        ax: where to draw; a new figure if None.
        labels: label and unit of outcomes.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column or the outcome.
    """
    found = _of(table, outcome, ("factor", "rho", "threshold", "mean", "low_mean", "high_mean"))
    rows = _largest(found.assign(strength=found["rho"].abs()), "strength")
    unit = label_of(outcome or "", labels).unit
    with style():
        ax = _row_axes(ax, len(rows))
        y = np.arange(len(rows), dtype=np.float64)
        middle = float(rows["mean"].iloc[0])
        for name, label, shift, look in (
            ("low_mean", "lowest fifth of the factor's values", -THICK / 2, TOTAL),
            ("high_mean", "highest fifth", THICK / 2, FIRST),
        ):
            ax.barh(y + shift, values(rows, name) - middle, THICK, left=middle, label=label, zorder=3, **look)
        ax.axvline(middle, color=INK, linewidth=0.8, zorder=3.5)
        _name_rows(ax, rows, f"mean over points, in all and at both ends{f' ({unit})' if unit else ''}", found)
        for row, (rho, threshold) in enumerate(zip(rows["rho"], rows["threshold"], strict=True)):
            if np.isfinite(rho):  # those beyond chance in bold
                look = {"fontweight": "bold", "color": INK} if abs(rho) > threshold else {"color": SLATE}
                at_right(ax, row, written(rho, 2, signed=True, minus=MINUS), **look)
        _key(ax)
    return ax


def _of(table: pd.DataFrame, outcome: str | None, columns: tuple[str, ...]) -> pd.DataFrame:
    """The rows of one outcome.

    Raises:
        ValueError: the table lacks a column or the outcome, or holds several and none is named.
    """
    require(table, columns)
    if "outcome" not in table.columns:
        return table
    known = [str(name) for name in table["outcome"].unique()]
    if outcome is None and len(known) == 1:
        return table
    rows = table[table["outcome"] == outcome]
    if rows.empty:
        raise ValueError(f"{outcome!r}: not an outcome of this table{closest(str(outcome), known)}")
    return rows


def _largest(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return rows.sort_values(column, ascending=False, kind="stable").iloc[:MOST]


def _row_axes(ax: Axes | None, rows: int) -> Axes:
    ax = axes_for(ax, COLUMN, 1.0 + ROW * rows)
    row_bands(ax, rows)
    return ax


def _key(ax: Axes) -> None:
    """What the bars are, above the Axes, where no bar is."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 2, "borderaxespad": 0.2}
    ax.legend(fontsize=SMALL, frameon=False, handlelength=1.6, borderpad=0.1, **place)


def _name_rows(ax: Axes, rows: pd.DataFrame, scale: str, every: pd.DataFrame) -> None:
    """Names the rows and the scale, and says how many factors are not shown."""
    row_axis(ax, [str(name) for name in rows["factor"]])
    left_out = len(every) - len(rows)
    more = f"; {left_out} more factors are not shown" if left_out else ""
    ax.set_xlabel(scale + more, color=SLATE, parse_math=False)


def sensitivity_page(
    found: Sensitivity,
    outcome: str,
    *,
    title: str = "",
    note: str = "",
    labels: Mapping[str, OutcomeLabel] | None = None,
) -> Figure:
    """Draw what drives one outcome: Sobol indices and their convergence, Morris' screening, or a tornado diagram.

    Args:
        found: of a sweep.
        outcome: one of its outcomes.
        title: what was swept; heads the page.
        note: small print for the foot, after how to read the figure.
        labels: label and unit of outcomes.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: there is no such outcome.
    """
    asked = found.summary[found.summary["outcome"] == outcome].to_dict("records")
    if not asked:
        raise ValueError(f"{outcome!r}: not an outcome that was asked about")
    table = found.table[found.table["outcome"] == outcome]
    names = widest(str(name) for name in table["factor"].iloc[:MOST]) + AIR
    tall = max(ROW * min(len(table), MOST), LEAST)
    if found.method == "sobol_indices":
        steps, kind = found.convergence[found.convergence["outcome"] == outcome], "sobol"
        largest = steps[steps["samples"] == steps["samples"].max()].sort_values("ST", ascending=False)
        right = widest(str(name) for name in largest["factor"].iloc[:LINES]) + AIR
        panels = [
            Panel(partial(sobol_bars, table, outcome), "Sobol indices", 0.55, names),
            Panel(partial(convergence, steps, outcome), "Convergence", 0.45, right=right),
        ]
    elif found.method == "morris":
        draw = partial(morris, table, outcome, labels=labels)
        if table["sigma"].isna().any():
            kind, panels = "groups", [Panel(draw, "Morris' screening", left=names)]
        else:
            right = widest(worth_a_name(table)) + AIR
            kind, tall, panels = "morris", 4.2, [Panel(draw, "Morris' screening", right=right)]
    else:
        draw = partial(tornado, table, outcome, labels=labels)
        kind, panels = "ranks", [Panel(draw, "Rank correlations", left=names, right=0.6)]
    row = asked[0]
    what = ", difference" if str(row["column"]).endswith("_diff") else ""
    date = f" in {row['date']}" if row["date"] else ""
    verdict = f"it {row['verdict']}" if str(row["verdict"]).startswith("hangs") else row["verdict"]
    subtitle = f"{label_of(outcome, labels).label}{what}{date}: {verdict}"
    return side_by_side(panels, tall, Texts(title, subtitle, f"{HOW_TO_READ[kind]} {note}".strip()))
