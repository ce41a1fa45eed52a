"""A tile map: one square a province, filled by who holds how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, TypeAlias, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from influence_sim.views.axes import heading
from influence_sim.views.page_layout import Texts, arms_by_date
from influence_sim.views.style import INK, PAPER, PEACH, SLATE, TINY, VERMILION, axes_for, style
from influence_sim.views.tables import require, values

Place: TypeAlias = tuple[str, int, int]
"""A province's short code, its column from the west, and its row from the north."""
SHARES: Final = ("government", "contested", "insurgents", "spoiler")
COLUMNS: Final = ("iso", *SHARES)
SIDE: Final = 0.92  # of a tile, where 1 leaves no gap
HOLDERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "insurgents": {"facecolor": PEACH, "edgecolor": VERMILION, "linewidth": 0.4, "hatch": "///////"},
    "contested": {"facecolor": PEACH, "edgecolor": VERMILION, "linewidth": 0.4},
    "spoiler": {"facecolor": INK, "edgecolor": "none", "linewidth": 0},
}
"""Whoever holds what the government does not, from the bottom of a tile up."""
HOW_TO_READ: Final = (
    "One tile a province, by its ISO code. Filled from below: share of the province under {insurgents} (hatched), then "
    "contested (plain), then under {spoiler} (black); pale: under the government. Thick frame: the government holds "
    "less than half. Means over replicates. Places are chosen for reading; of single provinces the model knows no more "
    "than a few traits."
)


@style()
def tile_map(control: pd.DataFrame, tiles: Mapping[str, Place], *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw who holds each province; `title` heads the Axes.

    The table has a row for each province: columns iso, government, contested, insurgents, spoiler; these four are
    shares that add up to 1.

    Raises:
        ValueError: a column is missing, a province has no tile or stands there twice, or shares do not add up.
    """
    require(control, COLUMNS)
    codes = [str(code) for code in control["iso"]]
    if strange := sorted(set(codes) - set(tiles)):
        raise ValueError(f"no tile for {', '.join(strange)}")
    if len(set(codes)) < len(codes):
        raise ValueError("a province stands twice in the table; choose one arm and one date")
    if not np.allclose(control[list(SHARES)].sum(axis=1), 1.0, atol=1e-6):
        raise ValueError("shares of a province must add up to 1")
    ax = axes_for(ax, 4.2, 3.6)
    held = [tiles[code] for code in codes]
    x, y = np.array([place[1:] for place in held], dtype=np.float64).T  # upper left corners; y runs downward
    tile: dict[str, Any] = {"width": SIDE, "align": "edge"}
    ax.bar(x, SIDE, bottom=y, color=PAPER, zorder=1, **tile)
    bottom = y + SIDE
    for holder, look in HOLDERS.items():
        height = SIDE * values(control, holder)
        bottom = bottom - height
        ax.bar(x, height, bottom=bottom, label=holder, zorder=2, **tile, **look)
    lost = values(control, "government") < 0.5
    edges: dict[str, Any] = {"edgecolor": np.where(lost, INK, SLATE), "linewidth": np.where(lost, 1.8, 0.6)}
    ax.bar(x, SIDE, bottom=y, facecolor="none", label="frame", zorder=3, **tile, **edges)
    letters: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TINY, "color": INK, "zorder": 4}
    # Unsnapped, or letters of straight lines alone would be drawn bolder than others.
    letters |= {"snap": False, "path_effects": [withStroke(linewidth=2.2, foreground="white")]}
    for short, column, row in held:
        ax.text(column + SIDE / 2, row + SIDE / 2, short, **letters)
    placed = np.array([place[1:] for place in tiles.values()])
    ax.set_xlim(placed[:, 0].min() - 0.06, placed[:, 0].max() + 1.0)
    ax.set_ylim(placed[:, 1].max() + 1.0, placed[:, 1].min() - 0.06)
    ax.set_aspect("equal")
    ax.set_axis_off()
    heading(ax, title, above=4)
    return ax


def map_page(
    control: pd.DataFrame,
    tiles: Mapping[str, Place],
    *,
    insurgents: str = "the insurgents",
    spoiler: str = "the spoiler",
    **texts: Unpack[Texts],
) -> Figure:
    """Draw the map of every arm (a row) at every date (a column).

    The table has the columns scenario and date, too; `insurgents` and `spoiler` are what these are called within a
    sentence.
    """
    how_to_read = HOW_TO_READ.format(insurgents=insurgents, spoiler=spoiler)
    draw = partial(tile_map, tiles=tiles)
    return arms_by_date(draw, control, COLUMNS, texts, ratio=0.78, how_to_read=how_to_read)
