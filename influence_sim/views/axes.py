"""Axes that read well: months along x, values along y, the unit level above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator, ScalarFormatter
from matplotlib.transforms import ScaledTranslation

from influence_sim.base.numbers import MINUS, Floats, decimals_of, written
from influence_sim.views.style import PAPER, SLATE, SMALL, axes_for, size_in_points
from influence_sim.views.tables import month_name

MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
FEW_MONTHS: Final = 24  # up to here single months are named
TICK_WIDTH: Final = 27.0  # points a tick label such as 2018 needs with air about it
INTERVAL: Final = 36.0  # points an interval of a scale of values needs
LEAST: Final = 0.002  # span of values shown, so that rounding noise does not look like movement


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
    names = [str(tick)[:4] for tick in ticks]
    if step < 12:  # months, with the year beneath the first and every January
        names = [
            month_name(tick).replace(" ", "\n") if i == 0 or str(tick).endswith("-01") else month_name(tick)[:3]
            for i, tick in enumerate(ticks)
        ]
    ax.set_xticks(ticks.astype("datetime64[D]"), labels=names)
    minor = months[(index % 12 == 0) & (index % step != 0)]
    ax.set_xticks(minor.astype("datetime64[D]"), minor=True)


def value_axis(ax: Axes, low: float, high: float, *, ticks: int, room: float = 0.0) -> None:
    """Limit the y axis to a range, if it is none of NaN, with a little air and so many points `room` at the top.

    It gets at most so many intervals of ticks.
    """
    ax.yaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 5, 10]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    if not np.isfinite([low, high]).all():
        return
    middle, half = (low + high) / 2, max(high - low, LEAST) / 2 * 1.08
    free = min(room / size_in_points(ax)[1], 0.5)
    ax.set_ylim(middle - half, middle - half + 2 * half / (1 - free))


def unit_above(ax: Axes, text: str) -> None:
    """Write the y axis's label level above the axis, where it is read first and takes no width."""
    ax.set_ylabel(text, rotation=0, ha="left", va="bottom", fontsize=SMALL, color=SLATE, parse_math=False)
    ax.yaxis.set_label_coords(
        0.0, 1.0, transform=ax.transAxes + ScaledTranslation(0, 3 / 72, ax.figure.dpi_scale_trans)
    )


def row_axes(
    ax: Axes | None, names: Sequence[str], *, row: float, rest: float, interval: float = INTERVAL, most: int = 5
) -> Axes:
    """Give the Axes a row for each name, from the top down, above a scale with few ticks.

    A new figure is high enough for rows of `row` inches and the `rest` around them. The scale has at most `most`
    intervals, each of at least `interval` points.
    """
    ax = axes_for(ax, height=rest + row * len(names))
    ax.set_yticks(range(len(names)), labels=names, parse_math=False)
    ax.set_ylim(len(names) - 0.5, -0.5)
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


def frame_x(ax: Axes, arrays: Sequence[Floats], *, air: float, least: float) -> None:
    """Limit the x axis to zero and all that is drawn, with air about it in parts of the span, which is at least so."""
    low, high = span([*arrays, np.zeros(1)])
    margin = max(high - low, least) * air
    ax.set_xlim(low - margin, high + margin)


def span(arrays: Sequence[Floats]) -> tuple[float, float]:
    """Lowest and highest value that is a number; NaN twice if there is none."""
    numbers = np.concatenate(arrays)
    numbers = numbers[np.isfinite(numbers)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (np.nan, np.nan)


def signed(numbers: Sequence[float]) -> list[str]:
    """Numbers with their signs and equally many decimals, three digits of the largest at the least."""
    largest = max((abs(float(number)) for number in numbers if np.isfinite(number)), default=0.0)
    decimals = min(max(decimals_of(largest, 3), 1), 6) if largest else 1
    texts = [written(float(number), decimals, signed=True, minus=MINUS) for number in numbers]
    return [text if text.strip("0.") else "0" for text in texts]
