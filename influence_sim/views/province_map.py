"""A tile map: one square a province, filled by who holds how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from influence_sim.views.annotations import heading
from influence_sim.views.page_layout import Texts, panel_page
from influence_sim.views.style import INK, PAPER, PEACH, SLATE, TINY, VERMILION, axes_for, style
from influence_sim.views.tables import month_name, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Place = tuple[str, int, int]

SHARES: Final = ("government", "insurgents", "spoiler")
COLUMNS: Final = ("iso", *SHARES)
SIDE: Final = 0.92  # of a tile, where 1 leaves no gap
HOLDERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "insurgents": {"facecolor": PEACH, "edgecolor": VERMILION, "linewidth": 0.4, "hatch": "///////"},
    "spoiler": {"facecolor": INK, "edgecolor": "none", "linewidth": 0},
}
"""Whoever holds what the government does not, from the bottom of a tile up."""
HOW_TO_READ: Final = (
    "One tile a province, by its ISO code. Filled from below: share of the province under {insurgents} (hatched), then "
    "under {spoiler} (black); pale: under the government. Thick frame: the government holds less than half. Means over "
    "replicates. Places are chosen for reading; of single provinces the model knows no more than a few traits."
)


def tile_map(control: pd.DataFrame, tiles: Mapping[str, Place], *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw who holds each province.

    Args:
        control: one row a province: columns iso, government, insurgents, spoiler (shares that add up to 1).
        tiles: province -> short code, column from the west, row from the north.
        ax: where to draw; a new figure if None.
        title: heads the Axes.

    Returns:
        The Axes.

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
    with style():
        ax = axes_for(ax, 4.2, 3.6)
        for row in control.to_dict("records"):
            _draw_tile(ax, tiles[str(row["iso"])], {name: float(row[name]) for name in SHARES})
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
    title: str = "",
    subtitle: str = "",
    note: str = "",
    arms: Mapping[str, str] | None = None,
    insurgents: str = "the insurgents",
    spoiler: str = "the spoiler",
) -> Figure:
    """Draw the map of every arm (a row) at every date (a column).

    Args:
        control: as for `tile_map`, with the columns scenario and date.
        tiles: as for `tile_map`.
        title: heads the page.
        subtitle: stands beneath it.
        note: small print for the foot, after how to read the figure.
        arms: what to call the arms instead of their names in the table.
        insurgents: who they are, within a sentence.
        spoiler: likewise.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: as for `tile_map`, or the table is empty.
    """
    require(control, ("scenario", "date", *COLUMNS))

    def draw(ax: Axes, arm: str, date: Any) -> None:
        rows = control[(control["scenario"] == arm) & (control["date"] == date)]
        tile_map(rows, tiles, ax=ax, title=f"{(arms or {}).get(arm, arm)}, {month_name(date)}")

    how = HOW_TO_READ.format(insurgents=insurgents, spoiler=spoiler)
    rows, columns = list(control["scenario"].unique()), list(control["date"].unique())
    texts = Texts(title, subtitle, f"{how} {note}".strip())
    return panel_page(draw, rows, columns, 0.78, texts)


def _draw_tile(ax: Axes, tile: Place, shares: Mapping[str, float]) -> None:
    short, column, place = tile
    lost = shares["government"] < 0.5
    ax.add_patch(Rectangle((column, place), SIDE, SIDE, facecolor=PAPER, edgecolor="none", zorder=1))
    bottom = place + SIDE
    for holder, look in HOLDERS.items():
        height = SIDE * shares[holder]
        bottom -= height
        ax.add_patch(Rectangle((column, bottom), SIDE, height, zorder=2, gid=f"{holder} {short}", **look))
    frame = Rectangle((column, place), SIDE, SIDE, facecolor="none", zorder=3, gid=f"frame {short}")
    frame.set(edgecolor=INK if lost else SLATE, linewidth=1.8 if lost else 0.6)
    ax.add_patch(frame)
    ax.text(
        column + SIDE / 2,
        place + SIDE / 2,
        short,
        ha="center",
        va="center",
        fontsize=TINY,
        color=INK,
        zorder=4,
        snap=False,  # or letters of straight lines alone would be drawn bolder than others
        path_effects=[withStroke(linewidth=2.2, foreground="white")],
    )
