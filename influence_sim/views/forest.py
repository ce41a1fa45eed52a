"""Several scenarios side by side: how far each ends from the baseline."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator

from influence_sim.views.axes import plain_numbers, span
from influence_sim.views.frames import Label, closest, label_of, require, values
from influence_sim.views.marks import mark_zero
from influence_sim.views.sheet import BETWEEN, COLUMN, EDGE, PAGE, axes_at, lay_out
from influence_sim.views.style import (
    BLUE,
    HEADING,
    INK,
    PAPER,
    SLATE,
    SMALL,
    dress,
    new_figure,
    size_in_points,
    style,
)
from influence_sim.views.words import text_height, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from influence_sim.views.frames import OutcomeLabel

COLUMNS: Final = ("scenario", "outcome", "diff", "ci_low", "ci_high")
SHARE: Final = "share_same_sign"
WIDEST: Final = 5  # panels in a row
TICK_WIDTH: Final = 36.0  # points an interval of the scale needs

# Inches.
ROW: Final = 0.25
TICKS: Final = 0.30
SHARES: Final = 0.50
GUTTER: Final = 0.20

HOW_TO_READ: Final = (
    "Dot: mean of scenario minus baseline, paired; bar: its 95 % interval, Monte-Carlo error only; "
    "hollow: the interval holds zero."
)
HOW_TO_READ_SHARES: Final = "At the right: share of samples of the assumptions in which the difference has that sign."


def forest(
    table: pd.DataFrame,
    outcome: str,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, OutcomeLabel] | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw one outcome's paired difference in each scenario, in the table's order from the top.

    Args:
        table: columns scenario, outcome, diff, ci_low, ci_high, and share_same_sign (0-1 or NaN) if known.
        outcome: its name in the table.
        ax: where to draw; a new figure if None.
        labels: label and unit of outcomes.
        names: what to call scenarios instead of their names in the table.

    Returns:
        The Axes.

    Raises:
        ValueError: the table lacks a column or the outcome, or has a scenario twice for it.
    """
    rows = _rows(table, outcome)
    label = label_of(outcome, labels)
    with style():
        if ax is None:
            ax = new_figure(COLUMN, 1.2 + ROW * len(rows), layout="constrained").add_subplot()
        dress(ax)
        _draw_rows(ax, rows)
        _row_axis(ax, [(names or {}).get(name, name) for name in rows.index])
        _write_shares(ax, values(rows, SHARE))
        unit = f" ({label.unit})" if label.unit else ""
        ax.set_xlabel(f"scenario minus baseline{unit}", color=SLATE, parse_math=False)
        ax.set_title(label.label, loc="left", y=1.0, pad=6, color=INK, parse_math=False)
    return ax


def compare_forest(
    table: pd.DataFrame,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    labels: Mapping[str, OutcomeLabel] | None = None,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Draw every outcome of a comparison, a panel each with its own scale, scenarios as rows.

    Args:
        table: as for `forest`.
        title: heads the page.
        subtitle: stands beneath it, such as the month of the differences.
        note: small print for the foot, after how to read the figure.
        labels: label and unit of outcomes.
        names: what to call scenarios instead of their names in the table.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: as for `forest`, or the table is empty.
    """
    require(table, COLUMNS)
    if table.empty:
        raise ValueError("nothing to compare: the table has no rows")
    shares = bool(np.isfinite(values(table, SHARE)).any())
    small_print = [HOW_TO_READ, HOW_TO_READ_SHARES if shares else "", note]
    panels = _Panels(table, labels, names or {}, shares=shares)
    return lay_out(panels, PAGE, title=title, subtitle=subtitle, note=" ".join(part for part in small_print if part))


class _Panels:
    """The grid of outcomes, in inches."""

    def __init__(
        self,
        table: pd.DataFrame,
        labels: Mapping[str, OutcomeLabel] | None,
        names: Mapping[str, str],
        *,
        shares: bool,
    ) -> None:
        self.table, self.names = table, names
        outcomes = [str(name) for name in table["outcome"].unique()]
        scenarios = [str(name) for name in table["scenario"].unique()]
        columns = ceil(len(outcomes) / ceil(len(outcomes) / WIDEST))
        self.blocks = [outcomes[i : i + columns] for i in range(0, len(outcomes), columns)]
        self.left = EDGE + max(text_width(names.get(name, name), SMALL) for name in scenarios) / 72 + 0.14
        self.step = (PAGE - EDGE - self.left) / columns
        self.width = self.step - GUTTER - (SHARES if shares else 0.0)
        self.rows = ROW * len(scenarios)
        self.labels = {name: self._wrapped(label_of(name, labels)) for name in outcomes}

    @property
    def height(self) -> float:
        """From the first title to the foot of the last scale."""
        blocks = [self._title(block) + self.rows + self._foot(block) for block in self.blocks]
        return sum(blocks) + BETWEEN * (len(blocks) - 1)

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top."""
        for block in self.blocks:
            top += self._title(block)
            for i, outcome in enumerate(block):
                ax = axes_at(figure, self.left + i * self.step, top, self.width, self.rows)
                forest(self.table, outcome, ax=ax, labels=self.labels, names=self.names)
                ax.tick_params(axis="y", labelleft=i == 0)
                ax.xaxis.label.set_text(self.labels[outcome].unit)
            top += self.rows + self._foot(block) + BETWEEN

    def _title(self, block: Sequence[str]) -> float:
        """Height of the tallest title in a row of panels."""
        return max(text_height(self.labels[name].label, HEADING) for name in block) / 72 + 0.08

    def _foot(self, block: Sequence[str]) -> float:
        """Height of the tallest scale with its unit."""
        return TICKS + max(text_height(self.labels[name].unit, SMALL) for name in block) / 72

    def _wrapped(self, label: OutcomeLabel) -> Label:
        """Titles run on over the shares; units stand centred beneath the scale."""
        title = wrap(label.label, (self.step - GUTTER) * 72, HEADING, "bold")
        return Label(title, wrap(label.unit, (self.width + GUTTER) * 72, SMALL))


def _rows(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """One row a scenario of the table, NaN where it lacks the outcome."""
    require(table, COLUMNS)
    rows = table.loc[table["outcome"] == outcome].set_index("scenario")
    if rows.empty:
        known = [str(name) for name in table["outcome"].unique()]
        raise ValueError(f"{outcome!r}: not an outcome of this comparison{closest(outcome, known)}")
    twice = sorted({str(name) for name in rows.index[rows.index.duplicated()]})
    if twice:
        raise ValueError(f"{outcome!r}: more than one row for {', '.join(twice)}")
    return rows.reindex(table["scenario"].unique())


def _draw_rows(ax: Axes, rows: pd.DataFrame) -> None:
    mean, low, high = (values(rows, name) for name in ("diff", "ci_low", "ci_high"))
    y = np.arange(len(rows), dtype=np.float64)
    for band in y[::2]:
        ax.axhspan(band - 0.5, band + 0.5, color=PAPER, linewidth=0, zorder=0)
    mark_zero(ax, "x")
    ax.hlines(y, low, high, color=BLUE, linewidth=1.4, zorder=4)
    # Caps, because with many replicates the bar is shorter than its dot.
    ends = np.concatenate([low, high])
    ax.plot(ends, np.concatenate([y, y]), "|", color=BLUE, markersize=7, markeredgewidth=1.2, zorder=4)
    clear = (low > 0) | (high < 0)
    for chosen, fill in ((clear, BLUE), (~clear, "white")):
        (dots,) = ax.plot(mean[chosen], y[chosen], "o", color=BLUE, markersize=4.0, zorder=5)
        dots.set(markerfacecolor=fill, markeredgewidth=1.1)
    least, most = span([mean, low, high, np.zeros(1)])
    air = max(most - least, 0.002) * 0.08
    ax.set_xlim(least - air, most + air)


def _row_axis(ax: Axes, names: Sequence[str]) -> None:
    """Scenarios from the top down; a scale with few ticks."""
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.yaxis.set_major_locator(FixedLocator(list(range(len(names)))))
    ax.set_yticklabels(list(names), parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    intervals = min(max(int(size_in_points(ax)[0] / TICK_WIDTH), 1), 5)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=intervals, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(plain_numbers())


def _write_shares(ax: Axes, shares: NDArray[np.float64]) -> None:
    """Per cents at the right margin; nothing where not known."""
    for y, share in enumerate(shares):
        if np.isfinite(share):
            ax.annotate(
                f"{share:.0%}".replace("%", " %"),
                xy=(1.0, y),
                xycoords=ax.get_yaxis_transform(),
                xytext=(5, 0),
                textcoords="offset points",
                va="center_baseline",
                fontsize=SMALL,
                color=SLATE,
                annotation_clip=False,
            )
