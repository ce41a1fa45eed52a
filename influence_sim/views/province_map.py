"""Maps of the provinces: where the government gains and loses ground, who holds them, and that month by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from influence_sim.base.display import capital
from influence_sim.base.numbers import MINUS, number
from influence_sim.views.axes import axes_for, heading, scale_bar
from influence_sim.views.outlines import Outline, Shapes
from influence_sim.views.page_layout import EDGE, GUTTER, HEAD, Texts, axes_at, by_date, page
from influence_sim.views.style import BLUE, DIVERGING, GREY, INK, PAGE, PEACH, SLATE, SMALL, TINY, VERMILION, style
from influence_sim.views.tables import month_name, require, values

SHARES: Final = ("government", "contested", "insurgents", "spoiler")
COLUMNS: Final = ("iso", *SHARES)
CHANGE: Final = ("iso", "name", "diff", "ci_low", "ci_high")
HOLDERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "government": (BLUE, "#9CC7E4", ""),
    "contested": (GREY, "#DADADA", ""),
    "insurgents": (VERMILION, PEACH, "//////"),
    "spoiler": (INK, SLATE, ""),
}
"""Colour of whoever holds more than half of a province, and of whoever holds the largest part; and what tells them
apart without colour."""
GAP: Final = "#E4E4E4"  # of what could be chance
NAMED: Final = 5  # provinces, those that change most
LEAST: Final = 1.0  # points at the end of the scale, so that rounding noise does not look like movement
LARGE: Final = 6.3  # inches, the map of the change
SCALE: Final = 0.62  # beneath it
KEY: Final = 0.30
FRAME: Final = 7.0  # inches wide, of an animation
HOW_TO_READ: Final = (
    "Large: how much more or less of each province the government holds than in the baseline, in percentage points; "
    "grey: the 95 % interval of the mean holds zero. Small: who holds most of it; dark: more than half. Means over "
    "replicates. Of single provinces the model knows no more than a few traits: read the pattern."
)
HOW_TO_READ_ALONE: Final = (
    "Who holds most of each province; dark: more than half. Means over replicates. Of single provinces the model knows "
    "no more than a few traits: read the pattern."
)


@style()
def change_map(
    control: pd.DataFrame, shapes: Shapes, *, ax: Axes | None = None, title: str = "", most: float | None = None
) -> Axes:
    """Draw how much more of each province the government holds in the scenario; `title` heads the Axes.

    The table has a row for each province: columns iso, name, diff, ci_low, ci_high, the paired difference of the share
    that the government holds, with its interval; without one, of a single replicate, all that changes is drawn. `most`
    ends the scale, in percentage points; by default the largest change. The provinces that change most are named.

    Raises:
        ValueError: a column is missing, or a province has no shape or more than one row.
    """
    require(control, CHANGE)
    points, low, high = (100 * values(control, name) for name in CHANGE[2:])
    most = scale_of(control) if most is None else most
    colours, clear = ScalarMappable(Normalize(-most, most), DIVERGING), ~((low <= 0) & (high >= 0))
    ax, codes = _country(ax, title, shapes), _codes(control, shapes)
    largest = np.argsort(-np.abs(np.where(clear, points, 0.0)), kind="stable")[:NAMED]
    for row, (iso, change) in enumerate(zip(codes, points, strict=True)):
        colour, is_named = colours.to_rgba(change) if clear[row] else GAP, clear[row] and row in largest
        _fill(ax, iso, shapes[iso], facecolor=colour, edgecolor=GREY, linewidth=0.4)  # seen also where nothing changes
        name = shapes[iso].name or (str(control["name"].iloc[row]) if is_named else "")
        text = f"{name}\n{points_of(change)}" if is_named else name
        _write(ax, shapes[iso], text, size=SMALL, gid="named" if is_named else "code")
    label = "held by the government: scenario minus baseline, percentage points"
    scale_bar(
        ax.inset_axes((0.12, -0.07, 0.76, 0.025)), colours, label, lambda x: f"{x:+g}".replace("-", MINUS) if x else "0"
    )
    return ax


@style()
def holders_map(control: pd.DataFrame, shapes: Shapes, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw who holds most of each province; `title` heads the Axes.

    The table has a row for each province: columns iso, government, contested, insurgents, spoiler; these four are
    shares that add up to 1.

    Raises:
        ValueError: as for `change_map`, or shares do not add up.
    """
    require(control, COLUMNS)
    shares = control[list(SHARES)].to_numpy(dtype=np.float64)
    if not np.allclose(shares.sum(axis=1), 1.0, atol=1e-6):
        raise ValueError("shares of a province must add up to 1")
    ax = _country(ax, title, shapes)
    for iso, row in zip(_codes(control, shapes), shares, strict=True):
        holder = SHARES[int(row.argmax())]
        dark, pale, hatch = HOLDERS[holder]
        colour = dark if row.max() > 0.5 else pale
        _fill(ax, iso, shapes[iso], facecolor=colour, edgecolor="white", linewidth=0.5, label=holder, hatch=hatch)
        _write(ax, shapes[iso], shapes[iso].name)
    return ax


@style()
def map_page(
    control: pd.DataFrame, shapes: Shapes, *, names: Mapping[str, str] | None = None, **texts: Unpack[Texts]
) -> Figure:
    """Draw the change at every date, large, and beside it who holds what in both arms; of an arm alone the latter only.

    The table has the columns of both maps, scenario and date. `names` say what to call the government, insurgents and
    spoiler.
    """
    require(control, ("scenario", "date", *COLUMNS), rows=True)
    arms, dates, ratio = control["scenario"].unique(), control["date"].unique(), _height(shapes)
    if len(arms) == 1:
        draw = partial(holders_map, shapes=shapes)
        figure, y = by_date(draw, control, texts, ratio=ratio, how_to_read=HOW_TO_READ_ALONE, foot=KEY)
        _key(figure, y, names or {})
        return figure
    width = PAGE - 2 * EDGE - LARGE - GUTTER
    height = (LARGE * ratio + SCALE - 2 * HEAD) / 2
    block_height = HEAD + LARGE * ratio + SCALE + GUTTER
    figure, top = page(PAGE, len(dates) * block_height + KEY, texts, HOW_TO_READ)
    for row, date in enumerate(dates):
        rows = control[control["date"] == date]
        scenario_rows, y = rows[rows["scenario"] == arms[0]], top + row * block_height
        ax = axes_at(figure, EDGE, y + HEAD, LARGE, LARGE * ratio)
        change_map(scenario_rows, shapes, ax=ax, title=f"Change by {month_name(date)}", most=scale_of(control))
        for place, (arm, role) in enumerate(zip(arms, ("Scenario", "Baseline"), strict=True)):
            ax = axes_at(figure, EDGE + LARGE + GUTTER, y + HEAD + place * (HEAD + height), width, height)
            title = f"{role}: who holds most"
            holders_map(rows[rows["scenario"] == arm], shapes, ax=ax, title=title)
    _key(figure, top + len(dates) * block_height - GUTTER, names or {})
    return figure


def map_frames(control: pd.DataFrame, shapes: Shapes, **texts: Unpack[Texts]) -> Iterator[Figure]:
    """Draw one picture a date, for an animation: the change; of an arm alone who holds what. As `map_page`."""
    require(control, ("scenario", "date", *COLUMNS))
    arms, ratio = control["scenario"].unique(), _height(shapes)
    most = scale_of(control) if len(arms) > 1 else 0.0
    for date, rows in control[control["scenario"] == arms[0]].groupby("date"):
        with style():
            figure, top = page(FRAME, HEAD + (FRAME - 2 * EDGE) * ratio + SCALE, texts)
            ax = axes_at(figure, EDGE, top + HEAD, FRAME - 2 * EDGE, (FRAME - 2 * EDGE) * ratio)
            if len(arms) > 1:
                change_map(rows, shapes, ax=ax, title=month_name(pd.Timestamp(str(date))), most=most)
            else:
                holders_map(rows, shapes, ax=ax, title=month_name(pd.Timestamp(str(date))))
        yield figure


def ground(control: pd.DataFrame, government: str) -> str:
    """Where the government, so called, gains and loses ground at the last date, in a sentence; "" if nowhere clearly.

    The table as for `map_page`.
    """
    last = control[(control["date"] == control["date"].max()) & control["diff"].notna()]
    losses, gains = last[last["ci_high"] < 0], last[last["ci_low"] > 0]
    if losses.empty and gains.empty:
        return ""
    majority, verb = (losses, "loses") if len(losses) >= len(gains) else (gains, "gains")
    largest = majority.loc[majority["diff"].abs().idxmax()]
    amount = "all" if len(majority) == len(last) else f"{len(majority)} of"
    opposite = "loses" if verb == "gains" else "gains"
    clause = f" and {opposite} some in {others}" if (others := len(losses) + len(gains) - len(majority)) else ""
    return (
        f"{capital(government)} {verb} ground in {amount} {len(last)} provinces{clause}, most in "
        f"{largest['name']} ({points_of(100 * largest['diff'])} points)"
    )


def points_of(change: float) -> str:
    """Percentage points with their sign."""
    return number(change, 1, signed=True)


def scale_of(control: pd.DataFrame) -> float:
    """The end of the scale of changes, in percentage points: the largest of all dates."""
    return float(max(100 * control["diff"].abs().max(), LEAST))


def _codes(control: pd.DataFrame, shapes: Shapes) -> list[str]:
    """The codes of a table's provinces; ValueError if one has no shape or more than one row."""
    codes = [str(code) for code in control["iso"]]
    if unknown := sorted(set(codes) - set(shapes)):
        raise ValueError(f"no shape for {', '.join(unknown)}")
    if len(set(codes)) < len(codes):
        raise ValueError("a province stands twice in the table; choose one arm and one date")
    return codes


def _country(ax: Axes | None, title: str, shapes: Shapes) -> Axes:
    """Axes limited to the whole country."""
    ax = axes_for(ax, 4.6, 3.8)
    low, high = _corners(shapes)
    (left, bottom), (right, top) = low - 0.01 * (high - low), high + 0.01 * (high - low)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    heading(ax, title, pad=4)
    return ax


def _fill(ax: Axes, iso: str, outline: Outline, **kwargs: Any) -> None:
    """One province, all of its parts."""
    path = Path.make_compound_path(*(Path(ring, closed=True) for ring in outline.rings))
    ax.add_patch(PathPatch(path, gid=iso, joinstyle="round", **kwargs))


def _write(ax: Axes, outline: Outline, text: str, *, size: float = TINY, gid: str = "code") -> None:
    """Write a text, if there is one, on a province."""
    if text:
        kwargs: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "zorder": 3, "gid": gid}
        halo = [withStroke(linewidth=2.4, foreground="white")]
        ax.text(*outline.centre, text, color=INK, linespacing=1.0, path_effects=halo, **kwargs)


def _corners(shapes: Shapes) -> tuple[Any, Any]:
    points = np.concatenate([ring for outline in shapes.values() for ring in outline.rings])
    return points.min(axis=0), points.max(axis=0)


def _height(shapes: Shapes) -> float:
    """The height of a map, in parts of its width."""
    low, high = _corners(shapes)
    width, height = high - low
    return float(height / width)


def _key(figure: Figure, top: float, names: Mapping[str, str]) -> None:
    """The key of maps of holders, so many inches from the top."""
    patches = [
        Patch(facecolor=dark, hatch=hatch, edgecolor="white", label=names.get(holder, holder), linewidth=0.5)
        for holder, (dark, _, hatch) in HOLDERS.items()
    ]
    width, height = figure.get_size_inches()
    layout: dict[str, Any] = {"loc": "upper right", "bbox_to_anchor": (1 - EDGE / width, 1 - (top + 0.08) / height)}
    figure.legend(handles=patches, ncols=len(patches), borderpad=0, handlelength=1.4, columnspacing=1.4, **layout)
