"""Stances over time: which option of each policy is held when, in one replicate or by how many of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from influence_sim.base.numbers import Flags
from influence_sim.views.axes import at_right, beside, day_number, mark_branch, month_axis
from influence_sim.views.page_layout import BETWEEN, EDGE, GUTTER, HEADINGS, Texts, axes_at, page, text_width, write
from influence_sim.views.style import (
    BLUE,
    HEADING,
    INK,
    PAGE,
    PAPER,
    SLATE,
    SMALL,
    VERMILION,
    axes_for,
    size_in_points,
    style,
)
from influence_sim.views.tables import dates, require, values

COLUMNS: Final = ("actor", "stance", "option", "date", "share", "extent", "fixed")
SHADES: Final = LinearSegmentedColormap.from_list("extent", [PAPER, "#9CC7E4", BLUE, "#003B5C"])
"""From an option that does nothing to the one that goes furthest."""
DARK: Final = 0.6
"""Extent from which letters must be pale."""

# Inches.
ROW: Final = 0.205
BAR: Final = 0.16  # what is filled of it
APART: Final = 0.09
MONTHS: Final = 0.3
AIR: Final = 0.1

HOW_TO_READ: Final = (
    "One row a policy, beside the name of the actor that decides on it, {filled}; the darker, the further the option "
    "goes (`influence-sim actors` lists them, from the least to the most). At the right: what is held {most}in the "
    "last month. Line under a row: the scenario does this in the actor's stead, and its stance does not matter. Dotted "
    "line: the branch."
)
ALONE: Final = {"filled": "coloured by the option that it holds", "most": ""}
SEVERAL: Final = {"filled": "filled from below by the options that replicates hold", "most": "most often "}


@style()
def stances(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    branch: date | None = None,
    names: Mapping[str, str] | None = None,
    rows: bool = True,
) -> Axes:
    """Draw who holds which option when, in one arm.

    The table has a row an option of a stance and month: columns actor, stance, option, date, share (of replicates that
    hold it), extent (how far it goes, 0 to 1), fixed (whether the scenario sets it). `names` say what to call actors;
    without `rows` these and the stances are left out, because they stand beside another Axes.

    Raises:
        ValueError: a column is missing, there are no rows, or the shares of a stance do not add up to 1 in each month.
    """
    require(table, COLUMNS)
    if table.empty:
        raise ValueError("nothing to draw: the table has no rows")
    places = places_of(table)
    ax = axes_for(ax, 9.0, height_of(places) + MONTHS)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_ylim(max(places.values()) + ROW, -AIR)
    days = dates(table)
    first, last = days.min(), days.max()
    edges = np.array([*np.unique(days), last + np.timedelta64(30, "D")], dtype="datetime64[D]")
    month_axis(ax, first, edges[-1])
    for (actor, stance), own in table.groupby(["actor", "stance"], sort=False):
        _row(ax, places[str(actor), str(stance)], own, edges)
    mark_branch(ax, branch, named=False)
    if rows:
        _call(ax, places, names or {})
    ax.set_yticks([])
    return ax


@style()
def stances_page(
    tables: Mapping[str, pd.DataFrame],
    *,
    branch: date | None = None,
    names: Mapping[str, str] | None = None,
    **texts: Unpack[Texts],
) -> Figure:
    """Draw arms side by side: name of an arm -> its table, as for `stances`."""
    if not tables:
        raise ValueError("nothing to draw: there is no arm")
    first, *_ = tables.values()
    require(first, COLUMNS)
    how_to_read = HOW_TO_READ.format(**(ALONE if all(map(held_by_all, tables.values())) else SEVERAL))
    left, right = _rooms(pd.concat(tables.values()), names or {})
    tall = max(height_of(places_of(table)) for table in tables.values())
    figure, top = page(PAGE, HEADINGS + tall + MONTHS - BETWEEN / 2, texts, how_to_read)
    wide = (PAGE - 2 * EDGE - left - GUTTER * (len(tables) - 1)) / len(tables) - right
    for column, (name, table) in enumerate(tables.items()):
        at = EDGE + left + column * (wide + right + GUTTER)
        own = tall if places_of(table) == places_of(first) else height_of(places_of(table))
        ax = axes_at(figure, at, top + HEADINGS, wide, own)
        stances(table, ax=ax, branch=branch, names=names, rows=column == 0)
        write(figure, at, top, name, size=HEADING, colour=INK, weight="bold")
    return figure


def places_of(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The upper edge of each stance's row, in inches from that of the first; actors stand apart."""
    places, at, before = dict[tuple[str, str], float](), 0.0, ""
    for actor, stance in dict.fromkeys(zip(table["actor"], table["stance"], strict=True)):
        at += APART if before and actor != before else 0.0
        places[actor, stance] = at
        at, before = at + ROW, actor
    return places


def height_of(places: Mapping[tuple[str, str], float]) -> float:
    """The height of all rows, in inches."""
    return max(places.values()) + ROW + AIR


def _row(ax: Axes, top: float, table: pd.DataFrame, edges: NDArray[np.datetime64]) -> None:
    """One stance: its options one above the other, the last one at the bottom; and which is held at the end."""
    names = [str(name) for name in table["option"].unique()]
    own = {name: table[table["option"] == name].sort_values("date") for name in names}
    shares = np.array([values(own[name], "share") for name in names])
    if not np.allclose(shares.sum(axis=0), 1.0, atol=1e-6):
        raise ValueError("the shares of a stance must add up to 1 in each month")
    middle, bottom = top + BAR / 2, np.full(len(edges), top + BAR)
    for name, share in reversed(list(zip(names, shares, strict=True))):
        extent = float(own[name]["extent"].iloc[0])
        upper = bottom - BAR * np.append(share, share[-1])
        ax.fill_between(edges, bottom, upper, step="post", color=SHADES(extent), linewidth=0, gid=name)
        bottom = upper
        for begin, end in spells(share == 1.0):  # named where there is room
            room = size_in_points(ax)[0] * (end - begin) / len(share)
            if text_width(plain(name), SMALL) + 6 <= room:
                look = {"va": "center_baseline", "color": PAPER if extent >= DARK else INK}
                beside(ax, (day_number(edges[begin]), middle), plain(name), (3, 0), **look)
    fixed = own[names[0]]["fixed"].to_numpy(dtype=bool)
    for begin, end in spells(fixed):
        ax.hlines(top + BAR + 0.015, edges[begin], edges[end], color=VERMILION, linewidth=1.6, gid="fixed")
    most = int(np.argmax(shares[:, -1]))
    part = "" if held_by_all(table) else f" {100 * shares[most, -1]:.0f} %"
    style_of: dict[str, Any] = {"color": SLATE, "style": "italic"} if fixed[-1] else {"color": INK}
    at_right(ax, middle, plain(names[most]) + part, **style_of)


def held_by_all(table: pd.DataFrame) -> bool:
    """Whether every option is always held by all replicates, or by none: of a single replicate, above all."""
    return bool(np.isin(values(table, "share"), (0.0, 1.0)).all())


def spells(holds: Flags) -> list[tuple[int, int]]:
    """Where something holds without a break: its first step, and the one after its last."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in turns.reshape(-1, 2)]


def plain(name: str) -> str:
    """An id as words."""
    return name.replace("_", " ")


def _call(ax: Axes, places: Mapping[tuple[str, str], float], names: Mapping[str, str]) -> None:
    """Write the name of each stance left of its row, and beside the first of an actor's the actor's."""
    look = {"xycoords": ax.get_yaxis_transform(), "va": "center_baseline", "ha": "right", "color": INK}
    widest, before = max(text_width(plain(name), SMALL) for _, name in places), ""
    for (actor, stance), top in places.items():
        beside(ax, (0.0, top + BAR / 2), plain(stance), (-5, 0), **look)
        if actor != before:
            called = names.get(actor, actor)
            beside(ax, (0.0, top + BAR / 2), called, (-widest - 12, 0), fontweight="bold", **look)
        before = actor


def _rooms(table: pd.DataFrame, names: Mapping[str, str]) -> tuple[float, float]:
    """Inches left of the rows for names of actors and stances, and right of them for options."""
    actors = max(text_width(names.get(actor, actor), SMALL, "bold") for actor in table["actor"].unique())
    stance = max(text_width(plain(name), SMALL) for name in table["stance"].unique())
    option = max(text_width(f"{plain(name)} 100 %", SMALL) for name in table["option"].unique())
    return (actors + stance + 18) / 72, (option + 8) / 72
