"""What drives an outcome: Sobol indices and how they converge, Morris' screening, and tornado diagrams.

Tables have the columns that the functions name, and `outcome` if they hold several. All functions raise ValueError if
a column or the outcome is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.months import month_words, parse_month
from influence_sim.base.numbers import Floats, number
from influence_sim.views.axes import axes_for, end_labels, mark_zero, row_axes, row_bands, row_note, text_at, unit_above
from influence_sim.views.page_layout import Panel, side_by_side, text_height, widest, wrap
from influence_sim.views.style import BLUE, BROWN, GREEN, INK, MIST, SLATE, SMALL, VERMILION, style
from influence_sim.views.tables import Labels, in_brackets, label_of, outcome_rows, require, values

if TYPE_CHECKING:
    from influence_sim.analysis.sweeps.sensitivity import Sensitivity

MOST: Final = 15
"""Factors shown; the others are counted."""
# Inches.
ROW: Final = 0.30
GAP: Final = 0.08  # between names of several lines
NAMES: Final = 2.6  # the longest line of a name
LEAST: Final = 2.2  # of a panel's height
AIR: Final = 0.16
THICK: Final = 0.36  # of a row
LINES: Final[tuple[tuple[str, Any, str], ...]] = (
    (BLUE, "-", "o"),
    (VERMILION, (0, (5, 1.5)), "s"),
    (INK, (0, (1, 1.2)), "^"),
    (GREEN, (0, (5, 1.5, 1, 1.5)), "D"),
    (BROWN, (0, (3, 1, 3, 3)), "v"),
)
"""Colour, dashes and mark of the factors whose convergence is drawn."""
HATCHED: Final[Mapping[str, Any]] = {"facecolor": "white", "edgecolor": BLUE, "hatch": "//////", "linewidth": 0.9}
FILLED: Final[Mapping[str, Any]] = {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 0.9}
INTERVAL: Final[Mapping[str, Any]] = {"ecolor": INK, "elinewidth": 1.0, "capsize": 2.2, "capthick": 1.0, "fmt": "none"}
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
SEVERAL: Final = (
    "Of several choices: the means where the outcome is lowest and highest, and ε², the share of the variance of ranks "
    "between them."
)


@style()
def sobol_bars(table: pd.DataFrame, outcome: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw first-order and total Sobol indices with their 95 % intervals, the largest total index on top.

    Columns: factor, S1, S1_conf, ST, ST_conf.
    """
    rows = _select(table, outcome, ("factor", "S1", "S1_conf", "ST", "ST_conf"))
    ax, rows, y = _factors(ax, rows, values(rows, "ST"), "share of the variance, with 95 % interval")
    for name, label, shift, kwargs in (
        ("S1", "first-order (by itself)", -THICK / 2, FILLED),
        ("ST", "total (with all others)", THICK / 2, HATCHED),
    ):
        mean = values(rows, name)
        ax.barh(y + shift, np.nan_to_num(mean), THICK, label=label, zorder=3, **kwargs)
        ax.errorbar(mean, y + shift, xerr=values(rows, f"{name}_conf"), zorder=4, **INTERVAL)
    mark_zero(ax, "x")
    ax.set_xlim(right=max(ax.get_xlim()[1], 0.1))
    _key(ax)
    return ax


@style()
def convergence(table: pd.DataFrame, outcome: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the largest total indices as they were with fewer base samples, with their 95 % intervals.

    Columns: factor, samples, ST, ST_conf.
    """
    rows = _select(table, outcome, ("factor", "samples", "ST", "ST_conf"))
    factors = _largest_totals(rows)
    ax = axes_for(ax, height=3.4)
    ax.set_xscale("log", base=2)
    ends = []
    for i, (name, (colour, dashes, mark)) in enumerate(zip(factors, LINES, strict=False)):
        factor_rows = rows[rows["factor"] == name].sort_values("samples")
        # Lines stand a little apart, so that bars do not hide bars.
        x, y = values(factor_rows, "samples") * 2.0 ** (0.10 * (i - (len(factors) - 1) / 2)), values(factor_rows, "ST")
        bar_kwargs = {**INTERVAL, "ecolor": colour, "elinewidth": 0.8}
        ax.errorbar(x, y, yerr=values(factor_rows, "ST_conf"), zorder=3, **bar_kwargs)
        ax.plot(x, y, color=colour, linestyle=dashes, marker=mark, markersize=4, linewidth=1.3, zorder=4)
        ends.append((name, x[-1], y[-1], colour))
    sizes = sorted({int(n) for n in rows["samples"]})
    ax.set_xticks(sizes, labels=[str(n) for n in sizes])
    ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    ax.set_xlabel("base samples", color=SLATE)
    unit_above(ax, "total index, with 95 % interval")
    end_labels(ax, ends)
    return ax


def _largest_totals(rows: pd.DataFrame) -> list[str]:
    """The factors whose convergence is drawn: those whose total index is the largest in the end."""
    last = rows[rows["samples"] == rows["samples"].max()]
    return [str(name) for name in last.nlargest(len(LINES), "ST")["factor"]]


@style()
def morris(
    table: pd.DataFrame, outcome: str | None = None, *, ax: Axes | None = None, labels: Labels | None = None
) -> Axes:
    """Draw Morris' screening: how much an outcome moves against how unevenly; bars where groups have no sigma.

    Columns: factor, mu_star, mu_star_conf, sigma.
    """
    rows = _select(table, outcome, ("factor", "mu_star", "mu_star_conf", "sigma"))
    unit = in_brackets(label_of(outcome or "", labels).unit)
    scale = f"mean absolute effect of the whole range{unit}, with 95 % interval"
    if rows["sigma"].isna().any():
        ax, rows, y = _factors(ax, rows, values(rows, "mu_star"), scale)
        ax.barh(y, values(rows, "mu_star"), 2 * THICK, zorder=3, **FILLED)
        ax.errorbar(values(rows, "mu_star"), y, xerr=values(rows, "mu_star_conf"), zorder=4, **INTERVAL)
        ax.set_xlim(left=0)
        return ax
    ax = axes_for(ax, height=4.2)
    x, y, conf = (values(rows, name) for name in ("mu_star", "sigma", "mu_star_conf"))
    right, top = max(float((x + conf).max()) * 1.15, 1e-9), max(float(y.max()) * 1.15, 1e-9)
    ax.set(xlim=(0, right), ylim=(0, top))
    for slope in (0.1, 0.5, 1.0):  # below 0.1 an effect is nearly linear, above 1 it is not monotone, or joint
        end = min(right, top / slope)
        ax.plot([0, end], [0, slope * end], color=MIST, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        leaves_above = end < right  # where it would stand among the words above the axis
        kwargs = {"ha": "left", "va": "top"} if leaves_above else {"ha": "right", "va": "bottom"}
        text_at(ax, (end, slope * end), f"{slope:g}", (2, -6) if leaves_above else (-3, 3), color=SLATE, **kwargs)
    ax.errorbar(x, y, xerr=conf, zorder=3, **INTERVAL)
    ax.plot(x, y, "o", color=BLUE, markersize=5, zorder=4)
    ax.set_xlabel(scale, color=SLATE, parse_math=False)
    unit_above(ax, "standard deviation of the effects (sigma)")
    labelled = _largest_effects(rows)[["factor", "mu_star", "sigma"]].itertuples(index=False)
    end_labels(ax, [(*dot, INK) for dot in labelled], leads=True)
    return ax


def _largest_effects(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of factors whose effect is not negligible, and among the `MOST` largest."""
    from influence_sim.analysis.sweeps.sensitivity import NEGLIGIBLE  # and with it all that designs sweeps

    largest = rows.nlargest(MOST, "mu_star")
    return largest[largest["mu_star"] >= NEGLIGIBLE * float(rows["mu_star"].max())]


@style()
def tornado(
    table: pd.DataFrame, outcome: str | None = None, *, ax: Axes | None = None, labels: Labels | None = None
) -> Axes:
    """Draw the outcome's mean over the lowest and the highest fifth of each factor, the strongest factor on top.

    Columns: factor, rho, epsilon_squared (NaN where there is rho), threshold, mean, low_mean, high_mean.
    """
    columns = ("factor", "rho", "epsilon_squared", "threshold", "mean", "low_mean", "high_mean")
    rows = _select(table, outcome, columns)
    unit = in_brackets(label_of(outcome or "", labels).unit)
    scale = f"mean over points, in all and at both ends{unit}"
    strength = np.abs(rows["rho"]).fillna(np.sqrt(rows["epsilon_squared"]))
    ax, rows, y = _factors(ax, rows, strength.to_numpy(), scale)
    middle = float(rows["mean"].iloc[0])
    for name, label, shift, kwargs in (
        ("low_mean", "lowest fifth of the factor's values", -THICK / 2, HATCHED),
        ("high_mean", "highest fifth", THICK / 2, FILLED),
    ):
        ax.barh(y + shift, values(rows, name) - middle, THICK, left=middle, label=label, zorder=3, **kwargs)
    ax.axvline(middle, color=INK, linewidth=0.8, zorder=3.5)
    for row, (rho, squared, threshold) in enumerate(rows[[*columns[1:4]]].to_numpy(dtype=np.float64)):
        size = squared if np.isnan(rho) else rho
        if np.isfinite(size):  # those beyond chance in bold
            bold = {"fontweight": "bold", "color": INK} if abs(size) > threshold else {"color": SLATE}
            row_note(ax, row, f"ε² {number(size, 2)}" if np.isnan(rho) else number(size, 2, signed=True), **bold)
    _key(ax)
    return ax


def in_words(factors: Iterable[object], names: Mapping[str, str] | None) -> list[str]:
    """What factors mean, each with its own name in brackets, in lines that fit beside bars; others by name alone."""
    texts = [f"{names[name]} ({name})" if names and name in names else name for name in map(str, factors)]
    return [wrap(text, NAMES * 72, SMALL) for text in texts]


def _select(table: pd.DataFrame, outcome: str | None, columns: tuple[str, ...]) -> pd.DataFrame:
    """The rows of one outcome, by default of the only one."""
    require(table, columns)
    if "outcome" not in table.columns or (outcome is None and len(table["outcome"].unique()) == 1):
        return table
    return outcome_rows(table, outcome, "this table")


def _factors(ax: Axes | None, rows: pd.DataFrame, strength: Floats, scale: str) -> tuple[Axes, pd.DataFrame, Floats]:
    """Axes with a row for each of the strongest factors, their rows in the table, and where they stand."""
    largest = rows.iloc[np.argsort(-strength, kind="stable")[:MOST]]
    ax = row_axes(ax, largest["factor"], row=ROW, rest=1.0)
    row_bands(ax, len(largest))
    left_out = len(rows) - len(largest)
    suffix = f"; {left_out} more factors are not shown" if left_out else ""
    ax.set_xlabel(scale + suffix, color=SLATE, parse_math=False)
    return ax, largest, np.arange(len(largest), dtype=np.float64)


def _key(ax: Axes) -> None:
    """The legend, above the Axes, where no bar is; where these are narrow, it reaches over the names at their left."""
    kwargs: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "ncols": 2, "borderaxespad": 0.2}
    ax.legend(handlelength=1.6, borderpad=0.1, **kwargs)


def sensitivity_page(
    sensitivity: Sensitivity,
    outcome: str,
    *,
    title: str = "",
    note: str = "",
    labels: Labels | None = None,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Draw what drives one outcome: Sobol indices and how they converge, Morris' screening, or a tornado diagram.

    The finding is the title; `title` is what was swept, `note` small print for the foot, `names` what factors mean.
    """
    row = outcome_rows(sensitivity.summary, outcome, "this sweep").iloc[0]
    table = sensitivity.table[sensitivity.table["outcome"] == outcome]
    table = table.assign(factor=in_words(table["factor"], names))
    texts = list(table["factor"])
    width = widest(line for text in texts for line in text.splitlines()) + AIR
    row_height = max([ROW, *(text_height(text, SMALL) + GAP for text in texts)])
    height = max(row_height * min(len(table), MOST), LEAST)
    if sensitivity.method == "sobol_indices":
        convergence_rows = sensitivity.convergence[sensitivity.convergence["outcome"] == outcome]
        right = widest(_largest_totals(convergence_rows)) + AIR
        bars = Panel(partial(sobol_bars, table, outcome), "Sobol indices", 0.6, width)
        lines = Panel(partial(convergence, convergence_rows, outcome), "Convergence", 0.4, right=right)
        kind, panels = "sobol", [bars, lines]
    elif sensitivity.method == "morris":
        draw, heading = partial(morris, table, outcome, labels=labels), "Morris' screening"
        if table["sigma"].isna().any():
            kind, panels = "groups", [Panel(draw, heading, left=width)]
        else:
            kind, height, panels = "morris", max(height, 4.2), [Panel(draw, heading, right=width)]
    else:
        draw = partial(tornado, table, outcome, labels=labels)
        kind, panels = "ranks", [Panel(draw, "Rank correlations", left=width, right=0.6)]
    suffix = ", difference" if str(row["column"]).endswith("_diff") else ""
    date = f" in {month_words(parse_month(row['date']))}" if row["date"] else ""
    label, verdict = label_of(outcome, labels).label, str(row["verdict"])
    headline = f"{label} {verdict}" if verdict.startswith("hangs") else f"{label}: {verdict}"
    subject = f"{label}{suffix}{date}"
    subtitle = f"{title}: {subject}" if title else subject
    several = kind == "ranks" and table["epsilon_squared"].notna().any()
    how_to_read = f"{HOW_TO_READ[kind]} {SEVERAL}" if several else HOW_TO_READ[kind]
    return side_by_side(panels, height, {"title": headline, "subtitle": subtitle, "note": note}, how_to_read)
