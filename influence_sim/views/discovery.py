"""Scenario discovery: what PRIM's boxes trade for what, and the limits of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.numbers import Floats, percent
from influence_sim.views.axes import at_right, axes_for, beside, row_axes, row_bands, unit_above
from influence_sim.views.page_layout import MARGIN, Panel, Texts, side_by_side, widest
from influence_sim.views.style import BLUE, INK, MIST, SLATE, SMALL, VERMILION, style
from influence_sim.views.tables import require, values

if TYPE_CHECKING:
    from influence_sim.analysis.sweeps.discovery import Discovery

TRAJECTORY: Final = ("step", "coverage", "density", "restricted")
Called = Mapping[str, Mapping[str, str]]
"""What the choices of factors are called: factor -> choice -> name."""
LIMITS: Final = ("factor", "limit", "value", "choices", "left_out", "range_low", "range_high", "scale", "quasi_p")
ROW: Final = 0.50  # inches
P_VALUES: Final = 0.80
CASES: Final = 1.35  # from the limits down to the counts of points
SHADES: Final = "cividis"
"""Even in grey, and to colour-blind readers, darker means fewer restricted factors."""
MARKS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
RING: Final[Mapping[str, Any]] = {
    "marker": "o", "markersize": 12, "markerfacecolor": "none", "markeredgewidth": 1.6, "color": VERMILION
}  # fmt: skip
STAR: Final[Mapping[str, Any]] = {
    "marker": "*", "markersize": 13, "markerfacecolor": VERMILION, "markeredgecolor": INK, "markeredgewidth": 0.6
}  # fmt: skip
APART: Final = 0.06
"""Coverage or density between boxes whose numbers are written."""
HOW_TO_READ: Final = (
    "Bars: the part of a factor's range that lies in the box; beside them the quasi-p-value of its limits (the larger "
    "of two). Right: each point is a box on the way of peeling; numbers are for --point. The chosen box is then rid of "
    "limits that chance explains, and what was peeled too far is pasted back."
)


@style()
def trade_off(
    trajectory: pd.DataFrame, chosen: int, *, settled: tuple[float, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the boxes of a peeling trajectory: density against coverage, by how many factors they restrict.

    Args:
        trajectory: columns step, coverage, density, restricted.
        chosen: the step that was chosen; marked.
        settled: coverage and density of the box that was made of it, if it was changed; marked.
        ax: where to draw; a new figure if None.
    """
    require(trajectory, TRAJECTORY)
    row = trajectory[trajectory["step"] == chosen].iloc[0]
    here = float(row["coverage"]), float(row["density"])
    ax = axes_for(ax, height=4.2)
    ax.set(xlim=(-0.02, 1.04), ylim=(-0.02, 1.06))
    ax.plot(values(trajectory, "coverage"), values(trajectory, "density"), color=MIST, linewidth=0.8, zorder=1)
    counts = sorted({int(n) for n in trajectory["restricted"]})
    for count, shade, mark in zip(counts, np.linspace(0.05, 0.9, len(counts)), cycle(MARKS), strict=False):
        rows = trajectory[trajectory["restricted"] == count]
        look: dict[str, Any] = {"color": colormaps[SHADES](shade), "marker": mark, "label": str(count), "zorder": 3}
        look |= {"markersize": 5.5, "markeredgecolor": INK, "markeredgewidth": 0.5, "linestyle": ""}
        ax.plot(values(rows, "coverage"), values(rows, "density"), **look)
    ax.plot(*here, linestyle="", zorder=5, gid="chosen", label=f"point {chosen}, chosen", **RING)
    if settled is not None and np.abs(np.subtract(settled, here)).max() > 5e-4:
        ax.plot(*settled, linestyle="", zorder=6, gid="settled", label="the box in the end", **STAR)
    numbered = [here]  # numbers stand far enough apart to be read
    for step, x, y in zip(trajectory["step"], trajectory["coverage"], trajectory["density"], strict=True):
        if all(max(abs(x - a), abs(y - b)) >= APART for a, b in numbered):
            numbered.append((float(x), float(y)))
            beside(ax, (x, y), str(step), (-6, -3), ha="right", va="top", color=SLATE)
    ax.set_xlabel("coverage: share of all cases of interest that lie in the box", color=SLATE)
    unit_above(ax, "density: share of the box's points that are cases of interest")
    ax.legend(loc="lower left", title="restricted factors")
    return ax


@style()
def box_limits(limits: pd.DataFrame, *, ax: Axes | None = None, called: Called | None = None) -> Axes:
    """Draw the limits of a box: of each restricted factor its whole range, and the part that lies in the box.

    The table has a row for each limit: columns factor, limit (above, below, only), value, choices, left_out,
    range_low, range_high, scale and quasi_p. `called` says what the choices of factors are called.
    """
    require(limits, LIMITS)
    names = [str(name) for name in limits["factor"].unique()]
    ax = row_axes(ax, names or [""], row=ROW, rest=0.8)
    row_bands(ax, len(names))
    ax.set(xlim=(-0.03, 1.03), xticks=[])
    ax.spines["bottom"].set_visible(False)
    for y, name in enumerate(names):
        _draw_factor(ax, y, limits[limits["factor"] == name].to_dict("records"), (called or {}).get(name, {}))
    if not names:
        ax.text(0.5, 0.0, "no limit", ha="center", va="center", color=SLATE)
    return ax


def _draw_factor(ax: Axes, y: int, rows: Sequence[Mapping[Any, Any]], called: Mapping[str, str]) -> None:
    first = rows[0]
    largest = max(float(row["quasi_p"]) for row in rows)
    at_right(ax, y, "p < 0.001" if largest < 0.001 else f"p {largest:.2g}", color=SLATE)
    if first["limit"] == "only":  # a dot a choice, in order; those in the box filled
        inside = {text for text in str(first["choices"]).split(", ") if text}
        every = sorted(inside | {text for text in str(first["left_out"]).split(", ") if text}, key=float)
        for x, text in zip(np.linspace(0.0, 1.0, len(every)) if len(every) > 1 else [0.5], every, strict=True):
            ax.plot(x, y, "o", markersize=8, color=BLUE, markerfacecolor=BLUE if text in inside else "white", zorder=3)
            look = {"color": BLUE, "fontweight": "bold"} if text in inside else {"color": SLATE}
            beside(ax, (x, y), called.get(text, text), (0, 7), ha="center", **look)
        return
    given = {str(row["limit"]): float(row["value"]) for row in rows}
    low, high = float(first["range_low"]), float(first["range_high"])
    scale: Callable[[Any], Floats] = np.log if first["scale"] == "log" and low > 0 else np.asarray
    inner = np.interp(scale([given.get("above", low), given.get("below", high)]), scale([low, high]), [0.0, 1.0])
    ax.plot([0, 1], [y, y], color=MIST, linewidth=5, solid_capstyle="butt", zorder=2)
    ax.plot(inner, [y, y], color=BLUE, linewidth=9, solid_capstyle="butt", zorder=3)
    for x, end, side in ((0.0, low, "left"), (1.0, high, "right")):
        beside(ax, (x, y), f"{end:.4g}", (0, -6), ha=side, va="top", color=SLATE)
    for x, side in zip(inner, ("above", "below"), strict=True):
        if side in given:
            bold: dict[str, Any] = {"va": "bottom", "color": BLUE, "fontweight": "bold", "zorder": 5}
            beside(ax, (x, y), f"{given[side]:.4g}", (0, 6), ha="left" if side == "above" else "right", **bold)


def discovery_page(found: Discovery, *, title: str = "", note: str = "", called: Called | None = None) -> Figure:
    """Draw what was discovered, titled with it: the limits of the box, and beside it what other boxes would trade.

    `title` is what was swept, `note` small print for the foot; `called` as for `box_limits`.
    """
    quality, limited = found.quality, found.limits["factor"].unique()
    settled = (quality["coverage"], quality["density"]) if found.by_rule else None
    names = widest(limited) + 0.16 if len(limited) else MARGIN
    tall = ROW * max(len(limited), 1)
    box = Panel(partial(_box_and_cases, found, called), "The box: where the cases are", 0.56, names, P_VALUES, tall)
    boxes = Panel(partial(trade_off, found.trajectory, found.step, settled=settled), "All boxes on the way", 0.44)
    date = f" in {found.date}" if found.date else ""
    subtitle = f"{title}{': ' if title else ''}{found.where}{date}, at {found.cases} of {found.points} points"
    texts: Texts = {"title": finding(found, called), "subtitle": subtitle, "note": note}
    return side_by_side((box, boxes), max(3.4, tall + CASES + 0.4), texts, HOW_TO_READ)


def _box_and_cases(found: Discovery, called: Called | None, *, ax: Axes) -> None:
    """The limits of the box, and beneath them how many points within it are cases, and how many of the others."""
    box_limits(found.limits, ax=ax, called=called)
    tall = ROW * max(len(found.limits["factor"].unique()), 1)
    below = axes_for(ax.inset_axes((0.0, -CASES / tall, 1.0, 0.6 / tall)))
    inside, cases = round(found.quality["points"]), round(found.quality["cases"])
    parts = {"in the box": (cases, inside), "elsewhere": (found.cases - cases, found.points - inside)}
    for y, (name, (hits, points)) in enumerate(parts.items()):
        share = hits / points if points else 0.0
        below.barh(y, points, 0.62, color=MIST)
        below.barh(y, hits, 0.62, color=BLUE, gid=name)
        at_right(below, y, percent(share), color=BLUE, fontweight="bold")
    below.set(yticks=[0, 1], yticklabels=list(parts), ylim=(1.5, -0.5))
    below.set_xlabel("points; blue: cases, with their share", fontsize=SMALL, color=SLATE)
    below.spines["left"].set_visible(False)
    below.tick_params(axis="y", length=0)


def finding(found: Discovery, called: Called | None = None) -> str:
    """In which box what share of the cases lies, in a sentence."""
    if found.limits.empty:
        return f"No range of a factor tells where {found.where}"
    limits = []
    for row in found.limits.to_dict("records"):
        what, names = f"{row['limit']} {row['value']:.3g}", (called or {}).get(row["factor"], {})
        if row["limit"] == "only":
            what = " or ".join(names.get(text, text) for text in str(row["choices"]).split(", "))
        limits.append(f"{row['factor']} is {what}")
    return f"{percent(found.quality['coverage'])} of the cases lie where {' and '.join(limits)}"
