"""Scenario discovery: what PRIM's boxes trade for what, and the limits of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib import colormaps

from influence_sim.views.axes import row_bands, unit_above
from influence_sim.views.frames import require, values
from influence_sim.views.marks import beside
from influence_sim.views.sheet import COLUMN
from influence_sim.views.style import BLUE, INK, MIST, SLATE, SMALL, VERMILION, dress, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

TRAJECTORY: Final = ("step", "coverage", "density", "restricted")
LIMITS: Final = ("factor", "limit", "value", "choices", "left_out", "range_low", "range_high", "scale", "quasi_p")
ROW: Final = 0.50  # inches
SHADES: Final = "cividis"
"""Even in grey, and to colour-blind readers, darker means fewer restricted factors."""
MARKS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
APART: Final = 0.06
"""Coverage or density between boxes whose numbers are written."""


def trade_off(
    trajectory: pd.DataFrame,
    chosen: int,
    *,
    settled: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the boxes of a peeling trajectory: density against coverage, by how many factors they restrict.

    Args:
        trajectory: columns step, coverage, density, restricted.
        chosen: the step that was chosen; marked.
        settled: coverage and density of the box that was made of it, if it was changed; marked.
        ax: where to draw; a new figure if None.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column.
    """
    require(trajectory, TRAJECTORY)
    with style():
        if ax is None:
            ax = new_figure(COLUMN, 4.2, layout="constrained").add_subplot()
        dress(ax)
        ax.set(xlim=(-0.02, 1.04), ylim=(-0.02, 1.06))
        ax.plot(values(trajectory, "coverage"), values(trajectory, "density"), color=MIST, linewidth=0.8, zorder=1)
        _draw_boxes(ax, trajectory)
        row = trajectory[trajectory["step"] == chosen].iloc[0]
        _mark_chosen(ax, (float(row["coverage"]), float(row["density"])), chosen, settled)
        _number_boxes(ax, trajectory, chosen)
        ax.set_xlabel("coverage: share of all cases of interest that lie in the box", color=SLATE)
        unit_above(ax, "density: share of the box's points that are cases of interest")
        ax.legend(loc="lower left", fontsize=SMALL, frameon=False, title="restricted factors", title_fontsize=SMALL)
    return ax


def _draw_boxes(ax: Axes, trajectory: pd.DataFrame) -> None:
    counts = sorted({int(n) for n in trajectory["restricted"]})
    shades = colormaps[SHADES](np.linspace(0.05, 0.9, len(counts)))
    for i, (count, shade) in enumerate(zip(counts, shades, strict=True)):
        rows = trajectory[trajectory["restricted"] == count]
        x, y = values(rows, "coverage"), values(rows, "density")
        look: dict[str, Any] = {"marker": MARKS[i % len(MARKS)], "markersize": 5.5, "linestyle": ""}
        edge: dict[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 0.5}
        ax.plot(x, y, color=tuple(shade), label=str(count), zorder=3, **look, **edge)


def _mark_chosen(ax: Axes, chosen: tuple[float, float], step: int, settled: tuple[float, float] | None) -> None:
    """Marks the chosen box and, if it is another, the one made of it; the key says which is which."""
    ring: dict[str, Any] = {"marker": "o", "markersize": 12, "markerfacecolor": "none", "markeredgewidth": 1.6}
    ax.plot(*chosen, linestyle="", color=VERMILION, zorder=5, gid="chosen", label=f"point {step}, chosen", **ring)
    if settled is not None and np.abs(np.subtract(settled, chosen)).max() > 5e-4:
        star: dict[str, Any] = {"marker": "*", "markersize": 13, "markerfacecolor": VERMILION, "markeredgecolor": INK}
        ax.plot(*settled, linestyle="", zorder=6, gid="settled", label="the box, settled", markeredgewidth=0.6, **star)


def _number_boxes(ax: Axes, trajectory: pd.DataFrame, chosen: int) -> None:
    """Write the numbers of some boxes, far enough apart to be read."""
    row = trajectory[trajectory["step"] == chosen].iloc[0]
    written = [(float(row["coverage"]), float(row["density"]))]
    for step, x, y in zip(trajectory["step"], trajectory["coverage"], trajectory["density"], strict=True):
        if all(max(abs(x - a), abs(y - b)) >= APART for a, b in written):
            written.append((float(x), float(y)))
            beside(ax, (x, y), str(step), (-6, -3), ha="right", va="top", color=SLATE)


def box_limits(limits: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the limits of a box: of each restricted factor its whole range, and the part that lies in the box.

    Args:
        limits: columns factor, limit (above, below, only), value, choices, left_out, range_low, range_high, scale
            and quasi_p; one row a limit.
        ax: where to draw; a new figure if None.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column.
    """
    require(limits, LIMITS)
    names = [str(name) for name in limits["factor"].unique()]
    with style():
        if ax is None:
            ax = new_figure(COLUMN, 0.8 + ROW * max(len(names), 1), layout="constrained").add_subplot()
        dress(ax)
        row_bands(ax, len(names))
        ax.set(xlim=(-0.03, 1.03), ylim=(max(len(names), 1) - 0.5, -0.5), xticks=[])
        ax.set_yticks(range(len(names)), labels=names, parse_math=False)
        ax.tick_params(axis="y", length=0)
        ax.spines[["left", "bottom"]].set_visible(False)
        for y, name in enumerate(names):
            _draw_factor(ax, y, limits[limits["factor"] == name].to_dict("records"))
        if not names:
            ax.text(0.5, 0.0, "no limit", ha="center", va="center", color=SLATE)
    return ax


def _draw_factor(ax: Axes, y: int, rows: Sequence[Mapping[Any, Any]]) -> None:
    first = rows[0]
    largest = max(float(row["quasi_p"]) for row in rows)
    beside(ax, (1.0, y), p_words(largest), (5, 0), xycoords=ax.get_yaxis_transform(), va="center_baseline", color=SLATE)
    if first["limit"] == "only":
        _draw_choices(ax, y, str(first["choices"]), str(first["left_out"]))
        return
    given = {str(row["limit"]): float(row["value"]) for row in rows}
    low, high = float(first["range_low"]), float(first["range_high"])
    log = first["scale"] == "log" and low > 0
    inner = [_place(given.get(side, end), low, high, log=log) for side, end in (("above", low), ("below", high))]
    ax.plot([0, 1], [y, y], color=MIST, linewidth=5, solid_capstyle="butt", zorder=2)
    ax.plot(inner, [y, y], color=BLUE, linewidth=9, solid_capstyle="butt", zorder=3)
    for x, end, side in ((0.0, low, "left"), (1.0, high, "right")):
        beside(ax, (x, y), f"{end:.4g}", (0, -6), ha=side, va="top", color=SLATE)
    for x, side in zip(inner, ("above", "below"), strict=True):
        if side in given:
            look = {"ha": "left" if side == "above" else "right", "va": "bottom", "fontweight": "bold", "zorder": 5}
            beside(ax, (x, y), f"{given[side]:.4g}", (0, 6), color=BLUE, **look)


def _draw_choices(ax: Axes, y: int, kept: str, left_out: str) -> None:
    """A dot a choice, in order; those in the box filled."""
    inside = {text for text in kept.split(", ") if text}
    every = sorted(inside | {text for text in left_out.split(", ") if text}, key=float)
    for x, text in zip(np.linspace(0.0, 1.0, len(every)) if len(every) > 1 else [0.5], every, strict=True):
        filled = text in inside
        ax.plot(x, y, "o", markersize=8, color=BLUE, markerfacecolor=BLUE if filled else "white", zorder=3)
        look = {"color": BLUE, "fontweight": "bold"} if filled else {"color": SLATE}
        beside(ax, (x, y), text, (0, 7), ha="center", **look)


def _place(value: float, low: float, high: float, *, log: bool) -> float:
    """Where a value stands in its range, from 0 to 1."""
    if log:
        value, low, high = np.log([value, low, high]).tolist()
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def p_words(p: float) -> str:
    """`p < 0.001`, `p 0.03`."""
    return "p < 0.001" if p < 0.001 else f"p {p:.2g}"
