"""Heat maps: an outcome by the levels of two factors of a grid, with a map for each level of a third."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from influence_sim.base.numbers import MINUS, short
from influence_sim.views.axes import axes_for, heading, scale_bar, size_in_points
from influence_sim.views.page_layout import (
    EDGE,
    GUTTER,
    HEAD,
    Texts,
    axes_at,
    page,
    text_height,
    text_width,
    widest,
    wrap,
)
from influence_sim.views.style import COLUMN, DIVERGING, HEADING, INK, PAGE, SLATE, SMALL, style
from influence_sim.views.tables import require, values

CELLS: Final = ("across", "up", "value", "sign")
LEVELS: Final = "cividis"
"""Colours of an outcome itself; those of a difference diverge from zero."""
Choices = Mapping[str, Mapping[str, str]]
"""Names of levels, by `across`, `up` and `panel`."""
DARK: Final = 0.7  # of the way to an end of a diverging scale, from where marks are white
ROOM: Final = {"across": 36.0, "up": SMALL * 1.2}  # points that the name of a level needs
MARK: Final = 5.5  # points, of a sign at most
IN_A_ROW: Final = 3  # maps
# Inches.
TALL: Final = 3.6  # a map at most
AIR: Final = 0.16  # between what stands at its left
SCALE: Final = 0.46  # of colours, with its numbers
HOW_TO_READ: Final = "Each cell is a pair of levels, its colour the mean of the outcome."
HOW_TO_READ_SIGNED: Final = (
    "Each cell is a pair of levels, its colour the mean paired difference between scenario and baseline. + and "
    f"{MINUS}: the 95 % interval, of Monte-Carlo error alone, lies above or below zero."
)


@style()
def heat_map(
    cells: pd.DataFrame,
    *,
    signed: bool,
    labels: Mapping[str, str] | None = None,
    choices: Choices | None = None,
    colours: ScalarMappable | None = None,
    key: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw one map.

    Args:
        cells: a row a cell; columns across and up, its levels, value, and sign, which is marked if it is not 0.
        signed: whether values are differences, whose colours diverge from zero.
        labels: what the levels `across` and `up` are of.
        choices: names of levels.
        colours: a scale that maps share; without it the map has its own, beside it, called `key`.
        key: see `colours`.
        ax: where to draw; a new figure if None.
    """
    require(cells, CELLS, rows=True)
    grid = cells.pivot_table(index="up", columns="across", values="value", dropna=False)
    levels = {"across": grid.columns.tolist(), "up": grid.index.tolist()}
    ax = axes_for(ax, height=4.2)
    scale = colours or scale_of(cells, signed=signed)
    ax.imshow(grid, cmap=scale.cmap, clim=scale.get_clim(), origin="lower", aspect="auto", interpolation="nearest")
    dark = DARK * max(map(abs, scale.get_clim()))
    size = min(MARK, *(room / len(levels[side]) / 2.5 for side, room in zip(levels, size_in_points(ax), strict=True)))
    for sign, mark in ((1, "+"), (-1, "_")):
        rows = cells[cells["sign"] == sign]
        x, y = ([levels[side].index(level) for level in rows[side]] for side in levels)
        shades = ["white" if abs(value) > dark else INK for value in rows["value"]]
        ax.scatter(x, y, s=size**2, c=shades, marker=mark, linewidths=size / 5, gid=f"sign {sign:+d}")
    for (side, values_of), axis, room in zip(levels.items(), (ax.xaxis, ax.yaxis), size_in_points(ax), strict=True):
        every = ceil(len(values_of) * ROOM[side] / room)
        names = _names(values_of[::every], choices, side)
        if side == "across":
            names = [wrap(name, room * every / len(values_of) - 4, SMALL) for name in names]
        axis.set_ticks(range(0, len(values_of), every), labels=names, parse_math=False)
        axis.set_label_text(wrap((labels or {}).get(side, ""), room, SMALL), color=SLATE, parse_math=False)
    ax.tick_params(length=0)
    if colours is None:
        bar = ax.figure.colorbar(scale, ax=ax, label=key, format=lambda value, _: _written(value, signed=signed))
        bar.outline.set(linewidth=0.5, edgecolor=SLATE)
        bar.ax.tick_params(labelsize=SMALL)
    return ax


@style()
def heat_map_page(
    cells: pd.DataFrame,
    *,
    signed: bool,
    labels: Mapping[str, str] | None = None,
    choices: Choices | None = None,
    key: str = "",
    **texts: Unpack[Texts],
) -> Figure:
    """Draw a map for each level in the column `panel` of the cells, or one if it is NaN; else as `heat_map`."""
    require(cells, (*CELLS, "panel"), rows=True)
    maps = list(cells.groupby("panel", dropna=False))
    columns, rows_of_maps = min(len(maps), IN_A_ROW), ceil(len(maps) / IN_A_ROW)
    head, width = (HEAD, PAGE) if columns > 1 else (0.0, COLUMN)
    axis, other, by = ((labels or {}).get(side, "") for side in ("across", "up", "panel"))
    left = AIR + widest(_names(cells["up"].unique(), choices, "up")) + text_height(wrap(other, TALL * 72, SMALL), SMALL)
    each = (width - 2 * EDGE - left - (columns - 1) * GUTTER) / columns
    height = min(each, TALL)
    step = head + height + GUTTER + text_height(f"0\n{wrap(axis, each * 72, SMALL)}", SMALL)
    how_to_read = HOW_TO_READ_SIGNED if signed else HOW_TO_READ
    figure, top = page(width, rows_of_maps * (step + GUTTER) + SCALE, texts, how_to_read)
    colours = scale_of(cells, signed=signed)
    for number, (level, rows) in enumerate(maps):
        row, column = divmod(number, columns)
        place = EDGE + left + column * (each + GUTTER), top + row * (step + GUTTER) + head
        ax = axes_at(figure, *place, each, height)
        heat_map(rows, signed=signed, labels=labels, choices=choices, colours=colours, ax=ax)
        if column:
            ax.set(ylabel="", yticklabels=[])
        if len(maps) > 1:
            (name,) = _names([level], choices, "panel")
            text = f"{by}: {name}"
            heading(ax, text if text_width(text, HEADING, "bold") <= each * 72 else name)
    bar = axes_at(figure, EDGE + left, top + rows_of_maps * (step + GUTTER), min(each * columns, TALL), 0.12)
    scale_bar(bar, colours, key, lambda value: _written(value, signed=signed))
    return figure


def scale_of(cells: pd.DataFrame, *, signed: bool) -> ScalarMappable:
    """The scale of colours for all cells: of differences as far to either side of zero."""
    found = values(cells, "value")
    ends = np.nanmin(found), np.nanmax(found)
    if signed:
        most = max(np.abs(ends).max(), 1e-9)
        ends = -most, most
    return ScalarMappable(Normalize(*ends), DIVERGING if signed else LEVELS)


def _names(levels: Any, choices: Choices | None, side: str) -> list[str]:
    """Names of levels; numbers of those that have none."""
    named = (choices or {}).get(side, {})
    return [named.get(f"{level:g}", short(level).replace("-", MINUS)) for level in levels]


def _written(value: float, *, signed: bool) -> str:
    text = f"{round(value, 9):{'+' if signed and value else ''}g}"
    return text.replace("-", MINUS)
