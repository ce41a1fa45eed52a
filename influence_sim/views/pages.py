"""Several Axes on one page: an outcome's fan over its difference, and the headline page of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from influence_sim.views.axes import FEW_MONTHS
from influence_sim.views.figures import OPEN, difference, fan, minus
from influence_sim.views.frames import Label, find_arms, has_difference, label_of
from influence_sim.views.marks import draw_look
from influence_sim.views.sheet import BETWEEN, COLUMN, EDGE, PAGE, axes_at, lay_out
from influence_sim.views.style import BASELINE, DIFFERENCE, HEADING, INK, SCENARIO, SMALL, new_figure
from influence_sim.views.words import text_height, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.views.frames import Arms, OutcomeLabel
    from influence_sim.views.style import Look

# Inches.
LEFT: Final = 0.50
RIGHT: Final = 0.74
UNIT: Final = 0.24
GAP: Final = 0.32
MONTHS_BELOW: Final = 0.26
SWATCH: Final = 0.42


@dataclass(frozen=True, slots=True)
class Cell:
    """Sizes of one outcome's place on a page, in inches; no difference panel if its height is 0."""

    width: float
    fan: float
    difference: float
    months: float

    @property
    def height(self) -> float:
        """From beneath the title to the foot of the months."""
        return UNIT + self.fan + (GAP + self.difference if self.difference else 0.0) + self.months

    @property
    def inner(self) -> float:
        """Width of the Axes."""
        return self.width - LEFT - RIGHT


@dataclass(frozen=True, slots=True)
class Key:
    """How the bands are read; `entries` are wrapped words and the look they name, `width` is in inches."""

    entries: tuple[tuple[str, Look], ...]
    width: float

    @classmethod
    def of(cls, arms: Arms, width: float) -> Key:
        """Make the key of a run."""
        fans = "median, 50 % and 90 % of replicates"
        if arms.baseline is None:
            texts = [(f"{arms.scenario}: {fans}", SCENARIO)]
        else:
            span = "mean, its 95 % interval, 90 % of replicates"
            end = f"at the end the last mean ({OPEN}: the interval holds zero)"
            alike = "likewise; before the branch, the history both share"
            texts = [
                (f"{_called('scenario', arms.scenario)}: {fans}", SCENARIO),
                (f"{_called('baseline', arms.baseline)}: {alike}", BASELINE),
                (f"scenario minus baseline: {span}; {end}", DIFFERENCE),
            ]
        room = (width - SWATCH - 0.1) * 72
        return cls(tuple((wrap(text, room, SMALL), look) for text, look in texts), width)

    @property
    def height(self) -> float:
        """Inches."""
        return sum(self._tall(text) for text, _ in self.entries)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw at a place given in inches from the figure's top left."""
        ax = axes_at(figure, left, top, self.width, self.height)
        ax.set_axis_off()
        ax.set(xlim=(0, self.width), ylim=(-self.height, 0), gid="key")
        y = 0.0
        for text, look in self.entries:
            _swatch(ax, y - 0.10, look)
            ax.text(SWATCH + 0.1, y - 0.02, text, fontsize=SMALL, color=INK, va="top", parse_math=False)
            y -= self._tall(text)

    @staticmethod
    def _tall(text: str) -> float:
        return text_height(text, SMALL) / 72 + 0.08


def single(
    summary: pd.DataFrame,
    outcome: str,
    *,
    branch: date | None = None,
    labels: Mapping[str, OutcomeLabel] | None = None,
    note: str = "",
) -> Axes:
    """Draw one outcome: its fan over its paired difference, with a key.

    Args:
        summary: as for `fan`.
        outcome: its name in the table.
        branch: first month in which the arms may differ; marked.
        labels: label and unit of outcomes.
        note: small print for the foot.

    Returns:
        The upper Axes; its figure holds the whole, and `figure.axes[1]` is the difference unless the
        scenario was run alone.

    Raises:
        ValueError: as for `fan`.
    """
    page = _Page(summary, [outcome], branch=branch, labels=labels, width=COLUMN, panels=(2.3, 1.25))
    return lay_out(page, COLUMN, note=note, make=new_figure).axes[0]


def headline(
    summary: pd.DataFrame,
    outcomes: Sequence[str],
    *,
    branch: date | None,
    title: str,
    subtitle: str = "",
    note: str = "",
    labels: Mapping[str, OutcomeLabel] | None = None,
) -> Figure:
    """Draw the page of a run: an outcome a column, fans above, paired differences beneath.

    Up to three outcomes stand in one row, four in two rows of two, more in rows of three.

    Args:
        summary: as for `fan`.
        outcomes: their names in the table, in reading order.
        branch: first month in which the arms may differ; marked.
        title: the scenario's title.
        subtitle: its question.
        note: small print for the foot: replicates, seed, assumptions.
        labels: label and unit of outcomes.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: as for `fan`, or no outcome was asked for.
    """
    if not outcomes:
        raise ValueError("a headline page needs at least one outcome")
    page = _Page(summary, outcomes, branch=branch, labels=labels, width=PAGE, panels=(1.62, 0.92))
    return lay_out(page, PAGE, title=title, subtitle=subtitle, note=note)


class _Page:
    """The grid of outcomes with its key, in inches."""

    def __init__(
        self,
        summary: pd.DataFrame,
        outcomes: Sequence[str],
        *,
        branch: date | None,
        labels: Mapping[str, OutcomeLabel] | None,
        width: float,
        panels: tuple[float, float],
    ) -> None:
        self.summary, self.branch, self.width = summary, branch, width - 2 * EDGE
        self.arms = find_arms(summary)
        columns = 2 if len(outcomes) in {2, 4} else min(len(outcomes), 3)
        wide = self.width / columns
        self.rows = [list(outcomes[i : i + columns]) for i in range(0, len(outcomes), columns)]
        self.labels = {name: _wrapped(label_of(name, labels), wide - LEFT - 0.1) for name in outcomes}
        paired = has_difference(summary, self.arms.scenario, outcomes[0])
        below = MONTHS_BELOW if summary["date"].nunique() > FEW_MONTHS else 2 * MONTHS_BELOW
        self.cell = Cell(wide, panels[0], panels[1] if paired else 0.0, below)
        # The key fills the empty corner of the grid where there is one.
        self.corner = len(self.rows[-1]) < columns
        self.key = Key.of(self.arms, wide - LEFT if self.corner else self.width)

    @property
    def height(self) -> float:
        """From the first title to the foot of the last row or of the key."""
        rows = sum(self._title(row) + self.cell.height for row in self.rows) + BETWEEN * (len(self.rows) - 1)
        return rows if self.corner else rows + BETWEEN + self.key.height

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top."""
        start = top
        for row in self.rows:
            start = top + self._title(row)
            for i, outcome in enumerate(row):
                self._pair(figure, outcome, EDGE + i * self.cell.width, start + UNIT)
            top = start + self.cell.height + BETWEEN
        if self.corner:
            self.key.draw(figure, EDGE + len(self.rows[-1]) * self.cell.width + LEFT, start + UNIT)
        else:
            self.key.draw(figure, EDGE, top)

    def _title(self, row: Sequence[str]) -> float:
        """Height of the tallest title in a row."""
        return max(text_height(self.labels[name].label, HEADING) for name in row) / 72

    def _pair(self, figure: Figure, outcome: str, left: float, top: float) -> None:
        cell, arms = self.cell, self.arms
        # Short names leave the panels wide; the key gives the full ones.
        names = {arms.scenario: "scenario", arms.baseline: "baseline"} if arms.baseline else {}
        upper = axes_at(figure, left + LEFT, top, cell.inner, cell.fan)
        fan(self.summary, outcome, branch=self.branch, ax=upper, labels=self.labels, names=names)
        if not cell.difference:
            return
        lower = axes_at(figure, left + LEFT, top + cell.fan + GAP, cell.inner, cell.difference, below=upper)
        difference(self.summary, outcome, branch=self.branch, ax=lower, labels=self.labels, names=names)
        lower.set_title("", loc="left")
        lower.yaxis.label.set_text(minus(arms, names))
        upper.tick_params(axis="x", labelbottom=False)


def _swatch(ax: Axes, y: float, look: Look) -> None:
    """A sample of a look, 0.42 in wide."""
    x, level = np.array([0.0, SWATCH]), np.full(2, y)
    inner, outer = ((level - half, level + half) for half in (0.035, 0.085))
    draw_look(ax, x, level, inner=inner, outer=outer, look=look)


def _called(role: str, name: str) -> str:
    return role if name == role else f"{role} ({name})"


def _wrapped(label: OutcomeLabel, width: float) -> Label:
    return Label(wrap(label.label, width * 72, HEADING, "bold"), label.unit)
