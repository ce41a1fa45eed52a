"""Scenario discovery: what PRIM's boxes trade for what, and the limits of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.display import choice_words, first_of
from influence_sim.base.months import month_words, parse_month
from influence_sim.base.numbers import Floats, percent
from influence_sim.views.axes import axes_for, row_axes, row_bands, row_note, text_at, unit_above
from influence_sim.views.page_layout import Panel, Texts, side_by_side, text_height, widest
from influence_sim.views.sensitivity import GAP, in_words
from influence_sim.views.style import BLUE, INK, MIST, SLATE, SMALL, VERMILION, style
from influence_sim.views.tables import require, values

if TYPE_CHECKING:
    from influence_sim.analysis.sweeps.discovery import Discovery

TRAJECTORY: Final = ("step", "coverage", "density", "restricted")
Choices = Mapping[str, Mapping[str, str]]
"""Names of the choices of factors: factor -> choice -> name."""
LIMITS: Final = ("factor", "limit", "value", "choices", "left_out", "range_low", "range_high", "scale", "quasi_p")
ROW: Final = 0.50  # inches
P_VALUES: Final = 0.80
CASES: Final = 1.35  # from the limits down to the counts of points
PARTS: Final = ("in the box", "elsewhere")
"""Of all points."""
SIDES: Final = {0.0: ("left", -4), 1.0: ("right", 4)}
"""How the names of the first and the last choice stand above their dots: within the Axes; points to the right."""
SHADES: Final = "cividis"
"""Even in grey, and to colour-blind readers, darker means fewer restricted factors."""
MARKS: Final = ("o", "s", "^", "D", "v", "P")
RING: Final[Mapping[str, Any]] = {
    "marker": "o", "markersize": 12, "markerfacecolor": "none", "markeredgewidth": 1.6, "color": VERMILION
}  # fmt: skip
STAR: Final[Mapping[str, Any]] = {
    "marker": "*", "markersize": 13, "markerfacecolor": VERMILION, "markeredgecolor": INK, "markeredgewidth": 0.6
}  # fmt: skip
APART: Final = 0.06
"""Coverage or density between boxes whose numbers are written."""
MOST_IN_TITLE: Final = 3
"""Factors whose limits the title says."""
MOST_IN_LEGEND: Final = 6
TRADE_OFF: Final = 4.6  # inches, the height of the boxes at most
HOW_TO_READ: Final = (
    "Bars: the part of a factor's range that lies in the box; beside them the quasi-p-value of its limits (the larger "
    "of two). Right: each point is a box, made by peeling from the one before; numbers are for --point."
)
SETTLED: Final = (
    "In the end, limits of the chosen box that chance explains were dropped, and what peeling had cut off for nothing "
    "was given back."
)


@style()
def trade_off(
    trajectory: pd.DataFrame, chosen: int, *, settled: tuple[float, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the boxes of a peeling trajectory: density against coverage, by how many factors they restrict.

    Args:
        trajectory: columns step, coverage, density, restricted.
        chosen: the step that was chosen; marked.
        settled: coverage and density of the box after simplifying and pasting, if that changed it; marked.
        ax: where to draw; a new figure if None.
    """
    require(trajectory, TRAJECTORY)
    row = trajectory[trajectory["step"] == chosen].iloc[0]
    position = float(row["coverage"]), float(row["density"])
    ax = axes_for(ax, height=4.2)
    ax.set(xlim=(-0.02, 1.04), ylim=(-0.02, 1.06))
    ax.plot(values(trajectory, "coverage"), values(trajectory, "density"), color=MIST, linewidth=0.8, zorder=1)
    counts = np.unique(trajectory["restricted"])
    classes = np.array_split(counts, min(len(counts), MOST_IN_LEGEND))
    for among, shade, mark in zip(classes, np.linspace(0.05, 0.9, len(classes)), MARKS, strict=False):
        rows = trajectory[trajectory["restricted"].isin(among)]
        label = "\N{EN DASH}".join(map(str, dict.fromkeys((among[0], among[-1]))))
        kwargs: dict[str, Any] = {"color": colormaps[SHADES](shade), "marker": mark, "label": label, "zorder": 3}
        kwargs |= {"markersize": 5.5, "markeredgecolor": INK, "markeredgewidth": 0.5, "linestyle": ""}
        ax.plot(values(rows, "coverage"), values(rows, "density"), **kwargs)
    ax.plot(*position, linestyle="", zorder=5, gid="chosen", label=f"point {chosen}, chosen", **RING)
    if settled is not None and np.abs(np.subtract(settled, position)).max() > 5e-4:
        ax.plot(*settled, linestyle="", zorder=6, gid="settled", label="the box in the end", **STAR)
    positions = [position]  # numbers stand far enough apart to be read
    for step, x, y in zip(trajectory["step"], trajectory["coverage"], trajectory["density"], strict=True):
        if all(max(abs(x - a), abs(y - b)) >= APART for a, b in positions):
            positions.append((float(x), float(y)))
            text_at(ax, (x, y), str(step), (-6, -3), ha="right", va="top", color=SLATE)
    ax.set_xlabel("coverage: share of all cases that lie in the box", color=SLATE)
    unit_above(ax, "density: share of the box's points that are cases")
    ax.legend(loc="best", title="restricted factors")
    return ax


@style()
def box_limits(limits: pd.DataFrame, *, ax: Axes | None = None, choices: Choices | None = None) -> Axes:
    """Draw the limits of a box: of each restricted factor its whole range, and the part that lies in the box.

    The table has a row for each limit: columns factor, limit (above, below, only), value, choices, left_out,
    range_low, range_high, scale and quasi_p. `choices` names the choices of factors.
    """
    require(limits, LIMITS)
    names = [str(name) for name in limits["factor"].unique()]
    ax = row_axes(ax, names or [""], row=ROW, rest=0.8)
    row_bands(ax, len(names))
    ax.set(xlim=(-0.03, 1.03), xticks=[])
    ax.spines["bottom"].set_visible(False)
    for y, name in enumerate(names):
        _draw_factor(ax, y, limits[limits["factor"] == name].to_dict("records"), (choices or {}).get(name, {}))
    if not names:
        ax.text(0.5, 0.0, "no limit", ha="center", va="center", color=SLATE)
    return ax


def _draw_factor(ax: Axes, y: int, rows: Sequence[Mapping[Any, Any]], names: Mapping[str, str]) -> None:
    first = rows[0]
    largest = max(float(row["quasi_p"]) for row in rows)
    row_note(ax, y, "p < 0.001" if largest < 0.001 else f"p {largest:.2g}", color=SLATE)
    if first["limit"] == "only":  # a dot a choice, in order; those in the box filled
        inside = {text for text in str(first["choices"]).split(", ") if text}
        texts = sorted(inside | {text for text in str(first["left_out"]).split(", ") if text}, key=float)
        for x, text in zip(np.linspace(0.0, 1.0, len(texts)) if len(texts) > 1 else [0.5], texts, strict=True):
            ax.plot(x, y, "o", markersize=8, color=BLUE, markerfacecolor=BLUE if text in inside else "white", zorder=3)
            kwargs = {"color": BLUE, "fontweight": "bold"} if text in inside else {"color": SLATE}
            side, shift = SIDES.get(float(x), ("center", 0))
            text_at(ax, (x, y), names.get(text, text), (shift, 7), ha=side, **kwargs)
        return
    limits = {str(row["limit"]): float(row["value"]) for row in rows}
    low, high = float(first["range_low"]), float(first["range_high"])
    scale: Callable[[Any], Floats] = np.log if first["scale"] == "log" and low > 0 else np.asarray
    inner = np.interp(scale([limits.get("above", low), limits.get("below", high)]), scale([low, high]), [0.0, 1.0])
    ax.plot([0, 1], [y, y], color=MIST, linewidth=5, solid_capstyle="butt", zorder=2)
    ax.plot(inner, [y, y], color=BLUE, linewidth=9, solid_capstyle="butt", zorder=3)
    for x, end, side in ((0.0, low, "left"), (1.0, high, "right")):
        text_at(ax, (x, y), f"{end:.4g}", (0, -6), ha=side, va="top", color=SLATE)
    for x, side in zip(inner, ("above", "below"), strict=True):
        if side in limits:
            kwargs = {"ha": "left" if side == "above" else "right", "color": BLUE, "fontweight": "bold"}
            text_at(ax, (x, y), f"{limits[side]:.4g}", (0, 6), va="bottom", zorder=5, **kwargs)


def discovery_page(
    found: Discovery,
    *,
    title: str = "",
    note: str = "",
    choices: Choices | None = None,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the limits of the box and, beside them, what other boxes would trade; the finding is the title.

    `title` is what was swept, `note` small print for the foot; `choices` as for `box_limits`; `names` say what factors
    mean.
    """
    quality, factors = found.quality, in_words(found.limits["factor"].unique(), names)
    settled = (quality["coverage"], quality["density"]) if found.by_rule else None
    width = widest(line for text in (*factors, *PARTS) for line in text.splitlines()) + 0.16
    height = max([ROW, *(text_height(text, SMALL) + GAP for text in factors)]) * max(len(factors), 1)
    limits = partial(_box_and_cases, found, choices, factors, height)
    box = Panel(limits, "The box: where the cases are", 0.6, width, P_VALUES, height)
    total = max(3.4, height + CASES + 0.4)
    draw = partial(trade_off, found.trajectory, found.step, settled=settled)
    boxes = Panel(draw, "All boxes on the way", 0.4, height=min(total, TRADE_OFF))
    date = f" in {month_words(parse_month(found.date))}" if found.date else ""
    subtitle = f"{title}{': ' if title else ''}{found.where}{date}, at {found.cases} of {found.points} points"
    texts: Texts = {"title": finding(found, choices), "subtitle": subtitle, "note": note}
    return side_by_side(
        (box, boxes), total, texts, f"{HOW_TO_READ} {SETTLED}" if found.by_rule and found.step else HOW_TO_READ
    )


def _box_and_cases(found: Discovery, choices: Choices | None, names: Sequence[str], height: float, *, ax: Axes) -> None:
    """The limits of the box, and beneath them how many points within it are cases, and how many of the others."""
    box_limits(found.limits, ax=ax, choices=choices)
    if names:
        ax.set_yticks(range(len(names)), labels=names, parse_math=False)
    counts = axes_for(ax.inset_axes((0.0, -CASES / height, 1.0, 0.6 / height)))
    inside, cases = round(found.quality["points"]), round(found.quality["cases"])
    parts = (cases, inside), (found.cases - cases, found.points - inside)
    for y, (name, (case_count, points)) in enumerate(zip(PARTS, parts, strict=True)):
        counts.barh(y, points, 0.62, color=MIST)
        counts.barh(y, case_count, 0.62, color=BLUE, gid=name)
        row_note(counts, y, percent(case_count / points) if points else "none", color=BLUE, fontweight="bold")
    counts.set(yticks=[0, 1], yticklabels=PARTS, ylim=(1.5, -0.5))
    counts.set_xlabel("points; blue: cases, with their share", fontsize=SMALL, color=SLATE)
    counts.spines["left"].set_visible(False)
    counts.tick_params(axis="y", length=0)


def finding(found: Discovery, choices: Choices | None = None) -> str:
    """The limits of the box and its share of the cases, in a sentence; of many factors the names of the first."""
    names = list(found.limits["factor"].unique())
    if not names and found.by_rule and not found.step:
        return f"{percent(found.cases / found.points)} of all points are cases, and no box does better than all of them"
    if not names:
        return f"No range of a factor tells where {found.where}"
    parts = [
        _within(name, found.limits[found.limits["factor"] == name], (choices or {}).get(name, {})) for name in names
    ]
    where = "where " + " and ".join(parts) if len(names) <= MOST_IN_TITLE else f"within limits of {first_of(names)}"
    return f"{percent(found.quality['coverage'])} of the cases lie {where}"


def _within(name: str, rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Where a factor lies in the box."""
    first = rows.iloc[0]
    if first["limit"] == "only":
        return f"{name} is {' or '.join(choice_words(first['choices'], names))}"
    if len(rows) == 2:
        return f"{name} is between {rows['value'].min():.3g} and {rows['value'].max():.3g}"
    return f"{name} is {first['limit']} {first['value']:.3g}"
