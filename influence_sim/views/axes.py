"""Axes that read well: months along x, values along y or rows; what is written beside data; lines to read against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.cm import ScalarMappable
from matplotlib.dates import date2num
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator, ScalarFormatter
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from influence_sim.base.numbers import MINUS, Floats, decimals_of, number
from influence_sim.views.page_layout import wrap
from influence_sim.views.style import COLUMN, DEJAVU, HEADING, INK, MIST, PAPER, SLATE, SMALL, new_figure
from influence_sim.views.tables import month_name

MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
FEW_MONTHS: Final = 24  # up to here single months are named
TICK_WIDTH: Final = 27.0  # points a tick label such as 2018 needs with air about it
INTERVAL: Final = 36.0  # points an interval of a scale of values needs
LEAST: Final = 0.002  # span of values shown, so that rounding noise does not look like movement
BRANCH_ROOM: Final = 14.0  # points kept free above the bands for the words at the branch line
LEGEND: Final = 22.0  # points that a legend above an Axes takes
LEAD: Final[Mapping[str, Any]] = {
    "arrowstyle": "-", "color": MIST, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0, "patchA": None, "relpos": (0, 0.5)
}  # fmt: skip


def axes_for(ax: Axes | None, width: float = COLUMN, height: float = 3.4) -> Axes:
    """Style the Axes; if there is none, make a figure with one, of so many inches.

    The style is set on the Axes itself, because ticks are made when drawn, after the context is left.
    """
    if ax is None:
        ax = new_figure(width, height, shown=True, layout="constrained").add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=SLATE, linewidth=0.7)
    kwargs: dict[str, Any] = {"labelcolor": INK, "labelsize": SMALL, "labelfontfamily": DEJAVU}
    ax.tick_params(which="both", color=SLATE, width=0.7, pad=3, **kwargs)
    ax.tick_params(which="major", length=3.5)
    ax.tick_params(which="minor", length=2.0)
    ax.grid(visible=False)
    return ax


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Current width and height of an Axes, in points."""
    box, point = ax.get_window_extent(), ax.figure.dpi / 72
    return box.width / point, box.height / point


def day_number(day: np.datetime64) -> float:
    """Where a day stands on a date axis."""
    # matplotlib leaves this function untyped; the annotation types it.
    number: Callable[[np.datetime64], float] = date2num
    return float(number(day))


def month_axis(ax: Axes, first: np.datetime64, last: np.datetime64) -> None:
    """Limit the x axis to some months and mark years, or months if they are few; both ends are days."""
    ax.xaxis_date()
    margin = np.timedelta64(15 if first == last else 0, "D")
    ax.set_xlim(day_number(first - margin), day_number(last + margin))
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + np.timedelta64(1, "M"))
    index = months.astype(np.int64)  # months since January 1970
    room = max(size_in_points(ax)[0] / TICK_WIDTH, 2.0)
    steps = [step for step in MONTH_STEPS if len(months) <= FEW_MONTHS or step >= 12]
    step = next((step for step in steps if np.count_nonzero(index % step == 0) <= room), steps[-1])
    ticks = months[index % step == 0]
    names = []
    for month, year in (month_name(tick).split() for tick in ticks):
        if step >= 12:
            names.append(year)
        else:  # the year beneath the first and every January
            names.append(f"{month}\n{year}" if month == "Jan" or not names else month)
    ax.set_xticks(ticks.astype("datetime64[D]"), labels=names)
    minor = months[(index % 12 == 0) & (index % step != 0)]
    ax.set_xticks(minor.astype("datetime64[D]"), minor=True)


def value_axis(ax: Axes, arrays: Sequence[Floats], *, ticks: int, words: bool = False) -> None:
    """Limit the y axis, of so many ticks at most, to all that is drawn, with air and room for words at the top."""
    low, high = span(arrays)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 5, 10]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    if np.isnan(low):
        return
    middle, half = (low + high) / 2, max(high - low, LEAST) / 2 * 1.08
    margin = min(BRANCH_ROOM / size_in_points(ax)[1], 0.5) if words else 0.0
    ax.set_ylim(middle - half, middle - half + 2 * half / (1 - margin))


def unit_above(ax: Axes, text: str) -> None:
    """Write the y axis's label level above the axis, where it is read first and takes no width."""
    ax.set_ylabel(text, rotation=0, ha="left", va="bottom", fontsize=SMALL, color=SLATE, parse_math=False)
    ax.yaxis.set_label_coords(
        0.0, 1.0, transform=ax.transAxes + ScaledTranslation(0, 3 / 72, ax.figure.dpi_scale_trans)
    )


def row_axes(
    ax: Axes | None, names: Iterable[object], *, row: float, rest: float, interval: float = INTERVAL, most: int = 5
) -> Axes:
    """Give the Axes a row for each name, from the top down, above a scale with few ticks.

    A new figure is high enough for rows of `row` inches and the `rest` around them. The scale has at most `most`
    intervals, each of at least `interval` points.
    """
    labels = [str(name) for name in names]
    ax = axes_for(ax, height=rest + row * len(labels))
    ax.set_yticks(range(len(labels)), labels=labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    intervals = min(max(int(size_in_points(ax)[0] / interval), 1), most)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=intervals, steps=[1, 2, 5, 10]))
    # Plain 0 rather than 0.00, and a true minus: in a narrow panel every letter counts.
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{round(x, 9):g}".replace("-", MINUS)))
    return ax


def row_bands(ax: Axes, rows: int) -> None:
    """Shade every other row."""
    for row in range(0, rows, 2):
        ax.axhspan(row - 0.5, row + 0.5, color=PAPER, linewidth=0, zorder=0)


def frame_x(ax: Axes, arrays: Sequence[Floats], *, padding: float, least: float) -> None:
    """Limit the x axis to zero and all data, with padding in parts of their span, or of `least` if that is more."""
    low, high = span([*arrays, np.zeros(1)])
    margin = max(high - low, least) * padding
    ax.set_xlim(low - margin, high + margin)


def one_scale(units: Iterable[tuple[Axes, str]], axis: Literal["x", "y"]) -> None:
    """Give all Axes that show one unit the same limits."""
    groups: dict[str, list[Axes]] = {}
    for ax, unit in units:
        groups.setdefault(unit, []).append(ax)
    for group in groups.values():
        limits = np.array([ax.get_xlim() if axis == "x" else ax.get_ylim() for ax in group])
        for ax in group:
            ax.set(**{f"{axis}lim": (limits[:, 0].min(), limits[:, 1].max())})


def span(arrays: Sequence[Floats]) -> tuple[float, float]:
    """Lowest and highest value that is a number; NaN twice if there is none."""
    numbers = np.concatenate(arrays)
    numbers = numbers[np.isfinite(numbers)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (np.nan, np.nan)


def signed(numbers: Sequence[float]) -> list[str]:
    """Numbers with their signs and equally many decimals, three digits of the largest at the least."""
    largest = max((abs(float(value)) for value in numbers if np.isfinite(value)), default=0.0)
    decimals = min(max(decimals_of(largest, 3), 1), 6) if largest else 1
    texts = [number(float(value), decimals, signed=True) for value in numbers]
    return [text if text.strip("0.") else "0" for text in texts]


def end_labels(ax: Axes, entries: Sequence[tuple[str, float, float, str]], *, leads: bool = False) -> list[Annotation]:
    """Write labels at the right margin, each at the height of its dot, moved apart where they would overlap.

    They are placed when drawn, because only then are the limits and the size of the Axes final.

    Args:
        ax: the Axes.
        entries: text, x and y of the dot in data units, and colour of each label; dots that are NaN are left out.
        leads: whether a thin line ties each label to its dot.
    """
    labels: list[Annotation] = []

    def place(number: int, renderer: RendererBase) -> Transform:
        heights = [float(ax.transData.transform(label.xy)[1]) for label in labels]
        sizes = [Text.get_window_extent(label, renderer).height for label in labels]
        y = spread(heights, sizes, ax.bbox.ymin, ax.bbox.ymax)[number]
        return Affine2D().translate(ax.bbox.xmax + 4 / 72 * ax.figure.dpi, y)

    kwargs: dict[str, Any] = {"va": "center", "gid": "end"}
    if leads:
        kwargs |= {"zorder": 2, "arrowprops": LEAD}
    for text, x, y, colour in entries:
        if np.isfinite([x, y]).all():
            position: Any = partial(place, len(labels))
            labels.append(text_at(ax, (x, y), text, (0, 0), textcoords=position, color=colour, **kwargs))
    return labels


def spread(positions: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Centres as near to the `positions` as possible, with no two labels of these heights overlapping.

    They keep the order of the positions and, where there is room, within the edges `low` and `high`.
    """
    order = np.argsort(positions, kind="stable")
    sizes = np.asarray(heights, dtype=np.float64)[order]
    steps = np.concatenate([[0.0], np.cumsum((sizes[:-1] + sizes[1:]) / 2)])
    # Less the room taken by labels beneath, centres need only stay in order: the nearest non-falling sequence in least
    # squares (pool adjacent violators). Those that touch move as one.
    pools: list[tuple[float, int]] = []
    for position in np.asarray(positions, dtype=np.float64)[order] - steps:
        mean, count = float(position), 1
        while pools and pools[-1][0] > mean:
            mean_below, count_below = pools.pop()
            mean, count = (mean_below * count_below + mean * count) / (count_below + count), count_below + count
        pools.append((mean, count))
    ordered = [mean for mean, count in pools for _ in range(count)]
    lowest, highest = low + sizes[0] / 2, high - sizes[-1] / 2 - steps[-1]
    centres = np.empty(len(order))
    centres[order] = np.clip(ordered, lowest, max(lowest, highest)) + steps
    return [float(y) for y in centres]


def text_at(ax: Axes, point: tuple[float, float], text: str, offset: tuple[float, float], **kwargs: Any) -> Annotation:
    """Write small text so many points from a place in data units, also beyond the Axes' edge.

    `kwargs` has keywords of `Axes.annotate`, and may set its coordinates otherwise.
    """
    defaults: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALL, "annotation_clip": False}
    return ax.annotate(text, point, offset, **(defaults | kwargs))


def row_note(ax: Axes, row: float, text: str, **kwargs: Any) -> None:
    """Write small text at the right margin, at the height of a row."""
    text_at(ax, (1.0, row), text, (5, 0), xycoords=ax.get_yaxis_transform(), va="center_baseline", **kwargs)


def mark_branch(ax: Axes, branch: date | None, *, labelled: bool = True) -> None:
    """Draw a thin vertical line at the branch month, if there is one, and name it on the line's roomier side."""
    if branch is None:
        return
    x = day_number(np.datetime64(branch, "D"))
    ax.axvline(x, color=SLATE, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1.5, gid="branch")
    left, right = ax.get_xlim()
    if labelled and left <= x <= right:
        side, offset = ("left", (3, -1)) if right - x >= x - left else ("right", (-3, -1))
        kwargs = {"xycoords": ax.get_xaxis_transform(), "ha": side, "va": "top", "color": SLATE}
        text_at(ax, (x, 1.0), f"branch: {month_name(branch)}", offset, **kwargs)


def mark_zero(ax: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Draw the line of no difference."""
    line = ax.axhline if axis == "y" else ax.axvline
    line(0.0, color=INK, linewidth=0.8, zorder=3.5, gid="zero")


def scale_bar(bar: Axes, colours: ScalarMappable, label: str, words: Callable[[float], str]) -> None:
    """Turn a low and wide Axes into the key of colours, its ticks written as `words` say."""
    colorbar = bar.figure.colorbar(colours, cax=bar, orientation="horizontal")
    colorbar.outline.set(linewidth=0.5, edgecolor=SLATE)
    parts = min(5, max(2, int(size_in_points(bar)[0] / INTERVAL)))
    bar.xaxis.set_major_locator(MaxNLocator(nbins=parts, steps=[1, 2, 5, 10]))
    bar.xaxis.set_major_formatter(FuncFormatter(lambda x, _: words(round(x, 9))))
    bar.tick_params(labelsize=SMALL, length=2, color=SLATE)
    bar.set_xlabel(label, fontsize=SMALL, color=SLATE)


def retitle(ax: Axes, text: str) -> None:
    """Head an Axes that was drawn with a sentence instead, in as many lines as it takes."""
    ax.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]  # which gives it its width
    title = wrap(text, size_in_points(ax)[0], HEADING, "bold")
    level = bool(ax.get_ylabel()) and not ax.yaxis.label.get_rotation()  # a unit that stands level, above the axis
    pad = LEGEND if ax.get_legend() else 17.0 if level else 6.0
    ax.set_title(title, loc="left", y=1.0, pad=pad, size=HEADING, weight="bold", color=INK, parse_math=False)


def heading(ax: Axes, text: str, pad: float = 6.0) -> None:
    """Head an Axes at its left, so many points above it."""
    ax.set_title(text, loc="left", y=1.0, pad=pad, color=INK, parse_math=False)
