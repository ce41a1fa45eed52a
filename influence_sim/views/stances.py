"""Who does what when: a row a policy, its shade the share of replicates that hold it, in both arms, and the change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from influence_sim.base.numbers import Flags, Floats, number, percent
from influence_sim.views.axes import (
    axes_for,
    day_number,
    mark_branch,
    month_axis,
    row_note,
    scale_bar,
    size_in_points,
    text_at,
)
from influence_sim.views.page_layout import BETWEEN, EDGE, HEADINGS, Texts, axes_at, page, text_width, write
from influence_sim.views.style import BLUE, DIVERGING, HEADING, INK, PAGE, PAPER, PEACH, SLATE, SMALL, VERMILION, style
from influence_sim.views.tables import dates, require, values

COLUMNS: Final = ("actor", "stance", "option", "date", "share", "extent", "fixed", "level")
SHADES: Final = LinearSegmentedColormap.from_list("extent", [PAPER, "#9CC7E4", BLUE, "#003B5C"])
"""From a policy that nobody holds to one that all hold."""
DARK: Final = 0.6
"""Shade from which letters must be pale."""
LEAST: Final = 0.25
"""The end of the scale of changes at the least, so that chance does not look like movement."""
TOLD: Final = 0.10
"""A change by the last month from which on a policy's name is bold and its number written."""
MOST: Final = 3  # of the largest changes, named in a title

# Inches.
ROW: Final = 0.205
BAR: Final = 0.16  # what is filled of it
APART: Final = 0.09
MONTHS: Final = 0.3
SCALE: Final = 0.50  # of shades, at the foot
GUTTER: Final = 0.16
NUMBERS: Final = 0.55  # right of the change
AIR: Final = 0.1

HOW_TO_READ: Final = (
    "One row a policy, beside the actor that decides on it and the option that goes furthest; shade: the share of "
    "replicates that hold this option, those that hold one on the way to it counted in part (`influence-sim actors` "
    "lists them). Orange: the scenario sets, to this level, what the actor does there."
)
CHANGED: Final = (
    " Right: scenario minus baseline, at the end in percentage points; both have the same random draws, so colour in a "
    "row means that somebody decides differently."
)


@style()
def stances(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    branch: date | None = None,
    names: Mapping[str, str] | None = None,
    rows: bool = True,
    against: pd.DataFrame | None = None,
    most: float = 1.0,
) -> Axes:
    """Draw who holds which policy when, in one arm; or the change from another, `against`, on a scale to `most`.

    The table has a row an option of a stance and month: columns actor, stance, option, date, share (of replicates that
    hold it), extent (how far it goes, 0 to 1), fixed (whether the scenario sets what the actor does), level (to what,
    if to one). `names` say what to call actors; without `rows` these and the stances are left out, because they stand
    beside another Axes.

    Raises:
        ValueError: a column is missing, there are no rows, or the shares of a stance do not add up to 1 in each month.
    """
    held_levels, places = free_levels(table), places_of(table)
    ax = axes_for(ax, 9.0, max(places.values()) + ROW + AIR + MONTHS)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_ylim(max(places.values()) + ROW, -AIR)
    days = np.unique(dates(table))
    edges = np.array([*days, days[-1] + np.timedelta64(30, "D")], dtype="datetime64[D]")
    month_axis(ax, edges[0], edges[-1])
    edges_x = np.array([day_number(day) for day in edges])
    drawn_levels = held_levels if against is None else held_levels - free_levels(against).reindex_like(held_levels)
    levels_of = dict(zip(drawn_levels.index, drawn_levels.to_numpy(dtype=np.float64), strict=True))
    scale: tuple[Colormap, float] = (SHADES, 0.0) if against is None else (DIVERGING, -most)
    for key, top in places.items():
        level: Floats = levels_of[key]
        kwargs: dict[str, Any] = {"cmap": scale[0], "vmin": scale[1], "vmax": most, "gid": " ".join(key)}
        ax.pcolormesh(edges_x, [top, top + BAR], level[None, :], rasterized=True, **kwargs)
        stance_rows = table[(table["actor"] == key[0]) & (table["stance"] == key[1])]
        if against is None:
            _name_spells(ax, stance_rows, edges_x, top + BAR / 2)
            _show_fixed(ax, stance_rows.iloc[: len(days)], edges_x, top)
        elif abs(level[-1]) >= TOLD:
            row_note(ax, top + BAR / 2, points_of(level[-1]), color=INK, fontweight="bold")
    mark_branch(ax, branch, labelled=False)
    if rows:
        _write_names(ax, table, places, names or {}, ())
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
    """Draw arms side by side, the scenario first, and the change: heading -> its table, as for `stances`."""
    if not tables:
        raise ValueError("nothing to draw: there is no arm")
    first, *others = tables.values()
    places, paired = places_of(first), len(others) == 1 and places_of(first) == places_of(others[0])
    actors = max(text_width((names or {}).get(actor, actor), SMALL, "bold") for actor in first["actor"].unique())
    left = (actors + max(text_width(text, SMALL, "bold") for text in _furthest_options(first).values()) + 18) / 72
    body_height = max(max(places_of(table).values()) + ROW + AIR for table in tables.values())
    height = HEADINGS + body_height + MONTHS + SCALE - BETWEEN / 2
    figure, top = page(PAGE, height, texts, HOW_TO_READ + (CHANGED if paired else ""))
    count = len(tables) + paired
    panel_width = (PAGE - 2 * EDGE - left - NUMBERS * paired - GUTTER * (count - 1)) / count
    gaps = (free_levels(first) - free_levels(others[0])).to_numpy(dtype=np.float64) if paired else np.ones(1)
    most = float(np.nanmax(np.abs(gaps), initial=LEAST))
    columns: list[tuple[str, pd.DataFrame, dict[str, Any]]] = [(name, table, {}) for name, table in tables.items()]
    if paired:
        columns.append(("the change", first, {"against": others[0], "most": most}))
    for column, (name, table, options) in enumerate(columns):
        left_edge = EDGE + left + column * (panel_width + GUTTER)
        ax = axes_at(figure, left_edge, top + HEADINGS, panel_width, max(places_of(table).values()) + ROW + AIR)
        stances(table, ax=ax, branch=branch, rows=False, **options)
        if column == 0:
            _write_names(ax, table, places, names or {}, list(changes(first, others[0])) if paired else ())
        write(figure, left_edge, top, name, size=HEADING, colour=INK, weight="bold")
        if column in {0, len(tables)}:
            bar = axes_at(figure, left_edge, top + HEADINGS + body_height + MONTHS, panel_width, 0.07)
            shades = Normalize(-most, most) if options else Normalize(0.0, 1.0), DIVERGING if options else SHADES
            label, words = ("change in percentage points", points_of) if options else ("share of replicates", percent)
            scale_bar(bar, ScalarMappable(*shades), label, words)
    return figure


def free_levels(table: pd.DataFrame) -> pd.DataFrame:
    """How far each policy goes, 0 to 1, over replicates: a row an actor and stance, as in the table, a column a month.

    NaN while the scenario sets what the actor does, because its own policy has no effect then.

    Raises:
        ValueError: as for `stances`.
    """
    require(table, COLUMNS, rows=True)
    keys = ["actor", "stance"]
    if not np.allclose(table.groupby([*keys, "date"])["share"].sum(), 1.0, atol=1e-6):
        raise ValueError("the shares of a stance must add up to 1 in each month")
    reach = table.assign(level=(table["share"] * table["extent"]).mask(table["fixed"]))
    sums = reach.groupby([*keys, "date"], sort=False)["level"].sum(min_count=1)  # which a pivot table cannot ask for
    return sums.unstack("date").sort_index(axis=1)  # noqa: PD010


def changes(table: pd.DataFrame, against: pd.DataFrame) -> dict[tuple[str, str], float]:
    """By how much policies are held more, or less, than in another arm in the last month, the largest change first.

    Those that change by less than `TOLD`, or that the scenario sets, are left out.
    """
    reach, other_reach = free_levels(table), free_levels(against)
    last = (reach - other_reach.reindex_like(reach)).to_numpy(dtype=np.float64)[:, -1]
    shifts = dict(zip(map(tuple, reach.index), last.tolist(), strict=True))
    return {key: shift for key, shift in sorted(shifts.items(), key=lambda item: -abs(item[1])) if abs(shift) >= TOLD}


def turns(table: pd.DataFrame, against: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Which policies are held more, or less, than in another arm in the end, in a sentence."""
    gaps = list(changes(table, against).items())
    if not gaps:
        return f"No other policy ends {100 * TOLD:.0f} points higher or lower"
    phrases = [f"{names.get(actor, actor)} ({plain(stance)}, {points_of(gap)})" for (actor, stance), gap in gaps[:MOST]]
    suffix = f" and {len(gaps) - MOST} more" if len(gaps) > MOST else ""
    return f"Who changes policy most, in points: {', '.join(phrases)}{suffix}"


def points_of(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return number(100 * share, 0, signed=True)


def places_of(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The upper edge of each stance's row, in inches from that of the first; actors stand apart."""
    places, y, previous = dict[tuple[str, str], float](), 0.0, ""
    for actor, stance in dict.fromkeys(zip(table["actor"], table["stance"], strict=True)):
        y += APART if previous not in {"", actor} else 0.0
        places[str(actor), str(stance)] = y
        y, previous = y + ROW, str(actor)
    return places


def spells(holds: Flags) -> list[tuple[int, int]]:
    """Where something holds without a break: its first step, and the one after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def plain(name: str) -> str:
    """An id as words."""
    return name.replace("_", " ")


def _name_spells(ax: Axes, stance_rows: pd.DataFrame, edges_x: Floats, middle: float) -> None:
    """Name the options that a single replicate holds, from when to when, where nothing covers it and there is room."""
    if not np.isin(values(stance_rows, "share"), (0.0, 1.0)).all():
        return
    for name, rows in stance_rows.groupby("option", sort=False):
        dark = float(rows["extent"].iloc[0]) >= DARK
        for start, end in spells((values(rows, "share") == 1.0) & ~rows["fixed"].to_numpy(dtype=bool)):
            room = size_in_points(ax)[0] * (end - start) / (len(edges_x) - 1)
            if text_width(plain(str(name)), SMALL) + 6 <= room:
                kwargs = {"va": "center_baseline", "color": PAPER if dark else INK}
                text_at(ax, (edges_x[start], middle), plain(str(name)), (3, 0), **kwargs)


def _show_fixed(ax: Axes, months: pd.DataFrame, edges_x: Floats, top: float) -> None:
    """Cover the months in which the scenario sets what the actor does, and say to what, where there is room."""
    fixed, level = months["fixed"].to_numpy(dtype=bool), values(months, "level")
    for value in np.unique(level[fixed]):  # NaN, once, where several levers are set to different levels
        same = np.isnan(level) if np.isnan(value) else level == value
        for start, end in spells(fixed & same):
            kwargs: dict[str, Any] = {"facecolor": PEACH, "edgecolor": VERMILION, "linewidth": 0.7, "gid": "fixed"}
            ax.fill_between(edges_x[[start, end]], top, top + BAR, **kwargs)
            room = size_in_points(ax)[0] * (end - start) / (len(edges_x) - 1)
            texts = ["set"] if np.isnan(value) else [f"set to {value:g}", f"{value:g}"]
            for text in (label for label in texts if text_width(label, SMALL) + 6 <= room):
                text_at(ax, (edges_x[start], top + BAR / 2), text, (3, 0), va="center_baseline", color=INK)
                break


def _furthest_options(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """The name of each stance, and the option that goes furthest."""
    last = dict(zip(zip(table["actor"], table["stance"], strict=True), table["option"], strict=True))
    return {(actor, stance): f"{plain(stance)}: {plain(option)}" for (actor, stance), option in last.items()}


def _write_names(
    ax: Axes,
    table: pd.DataFrame,
    places: Mapping[tuple[str, str], float],
    names: Mapping[str, str],
    bold: Collection[tuple[str, str]],
) -> None:
    """Write the names of stances left of their rows, some bold, and beside the first of an actor's the actor's."""
    kwargs = {"xycoords": ax.get_yaxis_transform(), "va": "center_baseline", "ha": "right"}
    labels, previous = _furthest_options(table), ""
    widest = max(text_width(text, SMALL, "bold") for text in labels.values())
    for (actor, stance), top in places.items():
        bold_kwargs: dict[str, Any] = {"fontweight": "bold", "color": INK}
        row_kwargs = bold_kwargs if (actor, stance) in bold else {"color": SLATE}
        text_at(ax, (0.0, top + BAR / 2), labels[actor, stance], (-5, 0), **kwargs, **row_kwargs)
        if actor != previous:
            text_at(ax, (0.0, top + BAR / 2), names.get(actor, actor), (-widest - 12, 0), **kwargs, **bold_kwargs)
        previous = actor
