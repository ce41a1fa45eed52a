"""What drives an outcome: Sobol indices and how they converge, Morris' screening, and tornado diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator

from influence_sim.analysis.morris import NEGLIGIBLE
from influence_sim.views.axes import row_axis, row_bands, span, unit_above
from influence_sim.views.frames import closest, label_of, require, values
from influence_sim.views.led import LedLabels
from influence_sim.views.marks import EndLabels, beside, mark_zero
from influence_sim.views.sheet import COLUMN
from influence_sim.views.style import BLUE, INK, MIST, SLATE, SMALL, VERMILION, dress, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from influence_sim.views.frames import OutcomeLabel

MOST: Final = 15
"""Factors shown; the others are counted."""
LINES: Final = 5
"""Factors whose convergence is drawn."""
ROW: Final = 0.30  # inches
THICK: Final = 0.36  # of a row
MARKS: Final = ("o", "s", "^", "D", "v")
DASHES: Final[tuple[Any, ...]] = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (3, 1, 3, 3)))
INKS: Final = (BLUE, VERMILION, INK, "#009E73", "#8A5C00")
TOTAL: Final[Mapping[str, Any]] = {"facecolor": "white", "edgecolor": BLUE, "hatch": "//////", "linewidth": 0.9}
FIRST: Final[Mapping[str, Any]] = {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 0.9}
BAR: Final[Mapping[str, Any]] = {"ecolor": INK, "elinewidth": 1.0, "capsize": 2.2, "capthick": 1.0, "fmt": "none"}


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
    rows = _largest(_of(table, outcome, ("factor", "S1", "S1_conf", "ST", "ST_conf")), "ST")
    with style():
        ax = _axes_for(ax, len(rows))
        y = np.arange(len(rows), dtype=np.float64)
        for name, words, shift, look in (
            ("S1", "first-order (by itself)", -THICK / 2, FIRST),
            ("ST", "total (with all others)", THICK / 2, TOTAL),
        ):
            mean = values(rows, name)
            ax.barh(y + shift, np.nan_to_num(mean), THICK, label=words, zorder=3, **look)
            ax.errorbar(mean, y + shift, xerr=values(rows, f"{name}_conf"), zorder=4, **BAR)
        _dress_rows(ax, rows, "share of the variance, with 95 % interval", table, outcome)
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
        if ax is None:
            ax = new_figure(COLUMN, 3.4, layout="constrained").add_subplot()
        dress(ax)
        ax.set_xscale("log", base=2)
        ends = [_draw_convergence(ax, rows[rows["factor"] == name], i, len(shown)) for i, name in enumerate(shown)]
        sizes = sorted({int(n) for n in rows["samples"]})
        ax.xaxis.set_major_locator(FixedLocator(sizes))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticklabels([str(n) for n in sizes])
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
        ax.set_xlabel("base samples", color=SLATE)
        unit_above(ax, "total index, with 95 % interval")
        EndLabels(ax, [(name, *end) for name, end in zip(shown, ends, strict=True)])
    return ax


def _draw_convergence(ax: Axes, rows: pd.DataFrame, index: int, count: int) -> tuple[float, str]:
    """One factor's line; its last height and its colour. Lines stand a little apart, so that bars do not hide bars."""
    rows = rows.sort_values("samples")
    x = values(rows, "samples") * 2.0 ** (0.10 * (index - (count - 1) / 2))
    y, colour = values(rows, "ST"), INKS[index]
    ax.errorbar(x, y, yerr=values(rows, "ST_conf"), zorder=3, **{**BAR, "ecolor": colour, "elinewidth": 0.8})
    ax.plot(x, y, color=colour, linestyle=DASHES[index], marker=MARKS[index], markersize=4, linewidth=1.3, zorder=4)
    return float(y[-1]), colour


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
    words = f"mean absolute effect of the whole range{f' ({unit})' if unit else ''}, with 95 % interval"
    if rows["sigma"].isna().any():
        return _morris_bars(_largest(rows, "mu_star"), words, table, outcome, ax)
    with style():
        if ax is None:
            ax = new_figure(COLUMN, 4.2, layout="constrained").add_subplot()
        dress(ax)
        x, y = values(rows, "mu_star"), values(rows, "sigma")
        conf = values(rows, "mu_star_conf")
        ax.set_xlim(0, max(float((x + conf).max()) * 1.15, 1e-9))
        ax.set_ylim(0, max(float(y.max()) * 1.15, 1e-9))
        _draw_slopes(ax)
        ax.errorbar(x, y, xerr=conf, zorder=3, **BAR)
        ax.plot(x, y, "o", color=BLUE, markersize=5, zorder=4)
        ax.set_xlabel(words, color=SLATE, parse_math=False)
        unit_above(ax, "standard deviation of the effects (sigma)")
        entries = [(name, *dot) for name, *dot in zip(worth_a_name(rows), x, y, strict=True) if name]
        LedLabels(ax, entries, INK)
    return ax


def worth_a_name(rows: pd.DataFrame) -> list[str]:
    """The names of factors whose effect is not negligible, at most `MOST`; "" for others."""
    effects = rows["mu_star"]
    told = (effects >= NEGLIGIBLE * effects.max()) & (effects.rank(ascending=False, method="first") <= MOST)
    return [str(name) if tell else "" for name, tell in zip(rows["factor"], told, strict=True)]


def _morris_bars(rows: pd.DataFrame, words: str, table: pd.DataFrame, outcome: str | None, ax: Axes | None) -> Axes:
    with style():
        ax = _axes_for(ax, len(rows))
        y = np.arange(len(rows), dtype=np.float64)
        ax.barh(y, values(rows, "mu_star"), 2 * THICK, zorder=3, **FIRST)
        ax.errorbar(values(rows, "mu_star"), y, xerr=values(rows, "mu_star_conf"), zorder=4, **BAR)
        _dress_rows(ax, rows, words, table, outcome)
        ax.set_xlim(left=0)
    return ax


def _draw_slopes(ax: Axes) -> None:
    """Lines of equal unevenness: below 0.1 an effect is nearly linear, above 1 it is not monotone, or joint."""
    right, top = ax.get_xlim()[1], ax.get_ylim()[1]
    for slope in (0.1, 0.5, 1.0):
        x = min(right, top / slope)
        ax.plot([0, x], [0, slope * x], color=MIST, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        look = {"ha": "center" if x < right else "right", "va": "bottom", "color": SLATE}
        beside(ax, (x, slope * x), f"{slope:g}", (0, 2) if x < right else (-3, 3), **look)


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
    columns = ("factor", "rho", "threshold", "mean", "low_mean", "high_mean")
    rows = _of(table, outcome, columns)
    rows = _largest(rows.assign(strength=rows["rho"].abs()), "strength")
    unit = label_of(outcome or "", labels).unit
    with style():
        ax = _axes_for(ax, len(rows))
        y = np.arange(len(rows), dtype=np.float64)
        middle = float(rows["mean"].iloc[0])
        for name, words, shift, look in (
            ("low_mean", "lowest fifth of the factor's values", -THICK / 2, TOTAL),
            ("high_mean", "highest fifth", THICK / 2, FIRST),
        ):
            ax.barh(y + shift, values(rows, name) - middle, THICK, left=middle, label=words, zorder=3, **look)
        ax.axvline(middle, color=INK, linewidth=0.8, zorder=3.5)
        words = f"mean over points, in all and at both ends{f' ({unit})' if unit else ''}"
        _dress_rows(ax, rows, words, table, outcome)
        _write_rhos(ax, values(rows, "rho"), values(rows, "threshold"))
        _key(ax)
    return ax


def _write_rhos(ax: Axes, rhos: NDArray[np.float64], thresholds: NDArray[np.float64]) -> None:
    """Rank correlations at the right margin, those beyond chance in bold."""
    for y, (rho, threshold) in enumerate(zip(rhos, thresholds, strict=True)):
        if np.isfinite(rho):
            clear = abs(rho) > threshold
            look = {"fontweight": "bold", "color": INK} if clear else {"color": SLATE}
            text = f"{rho:+.2f}".replace("-", "\N{MINUS SIGN}")
            beside(ax, (1.0, y), text, (5, 0), xycoords=ax.get_yaxis_transform(), va="center_baseline", **look)


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


def _axes_for(ax: Axes | None, rows: int) -> Axes:
    if ax is None:
        ax = new_figure(COLUMN, 1.0 + ROW * rows, layout="constrained").add_subplot()
    dress(ax)
    row_bands(ax, rows)
    return ax


def _key(ax: Axes) -> None:
    """What the bars are, above the Axes, where no bar is."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 2, "borderaxespad": 0.2}
    ax.legend(fontsize=SMALL, frameon=False, handlelength=1.6, borderpad=0.1, **place)


def _dress_rows(ax: Axes, rows: pd.DataFrame, words: str, table: pd.DataFrame, outcome: str | None) -> None:
    """Names the rows and the scale, and says how many factors are not shown."""
    row_axis(ax, [str(name) for name in rows["factor"]])
    left_out = len(_of(table, outcome, ())) - len(rows)
    more = f"; {left_out} more factors are not shown" if left_out else ""
    ax.set_xlabel(words + more, color=SLATE, parse_math=False)
