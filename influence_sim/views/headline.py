"""Pages of a run: an outcome's fan over its difference, the headline outcomes, and all of them as small multiples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from influence_sim.views.axes import FEW_MONTHS
from influence_sim.views.fan import OPEN, fan, fan_over_difference
from influence_sim.views.page_layout import BETWEEN, COLUMN, EDGE, PAGE, Texts, axes_at, lay_out
from influence_sim.views.style import (
    BASELINE,
    DIFFERENCE,
    HEADING,
    INK,
    SCENARIO,
    SLATE,
    SMALL,
    draw_look,
    new_figure,
    plain_figure,
)
from influence_sim.views.tables import Label, find_arms, has_difference, label_of, rows_of, values
from influence_sim.views.text_layout import text_height, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.views.tables import Arms, OutcomeLabel

# Inches.
LEFT: Final = 0.50
RIGHT: Final = 0.74
UNIT: Final = 0.24
GAP: Final = 0.32
MONTHS: Final = 0.26
SWATCH: Final = 0.42
SMALL_LEFT, SMALL_RIGHT, SMALL_PANEL, SMALL_FOOT = 0.46, 0.16, 0.86, 0.38
PANELS: Final = {COLUMN: (2.3, 1.25), PAGE: (1.62, 0.92)}
"""Heights of a fan and of a difference, by the width of their page."""
PER_ROW: Final = 4

HOW_TO_READ_MULTIPLES: Final = (
    "Dotted line: the branch. A star stands where the last difference has a 95 % interval without zero."
)


class Key:
    """How the bands of a run are read, in so many inches of width."""

    def __init__(self, arms: Arms, width: float, *, differences: bool = True) -> None:
        """Words the entries and breaks them into lines."""
        fans = "median, 50 % and 90 % of replicates"
        entries = [(f"{arms.scenario}: {fans}", SCENARIO)]
        if arms.baseline is not None:
            roles = {role: role if role == name else f"{role} ({name})"
                     for role, name in (("scenario", arms.scenario), ("baseline", arms.baseline))}  # fmt: skip
            entries = [
                (f"{roles['scenario']}: {fans}", SCENARIO),
                (f"{roles['baseline']}: likewise; before the branch, the history both share", BASELINE),
                (
                    "scenario minus baseline: mean, its 95 % interval, 90 % of replicates; at the end the last mean "
                    f"({OPEN}: the interval holds zero)",
                    DIFFERENCE,
                ),
            ][: 3 if differences else 2]
        room = (width - SWATCH - 0.1) * 72
        self.width = width
        self.entries = [(wrap(text, room, SMALL), look) for text, look in entries]
        self.height = sum(text_height(text, SMALL) + 0.08 for text, _ in self.entries)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw at a place given in inches from the figure's top left."""
        ax = axes_at(figure, left, top, self.width, self.height)
        ax.set_axis_off()
        ax.set(xlim=(0, self.width), ylim=(-self.height, 0), gid="key")
        y = 0.0
        for text, look in self.entries:
            level = np.full(2, y - 0.10)
            inner, outer = ((level - half, level + half) for half in (0.035, 0.085))
            draw_look(ax, np.array([0.0, SWATCH]), level, inner=inner, outer=outer, look=look)
            ax.text(SWATCH + 0.1, y - 0.02, text, fontsize=SMALL, color=INK, va="top", parse_math=False)
            y -= text_height(text, SMALL) + 0.08


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
    page = _fans_page(summary, [outcome], branch, labels, texts=Texts(note=note), width=COLUMN)
    return page.axes[0]


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
    texts = Texts(title, subtitle, note)
    return _fans_page(summary, outcomes, branch, labels, texts=texts, width=PAGE)


def _fans_page(
    summary: pd.DataFrame,
    outcomes: Sequence[str],
    branch: date | None,
    labels: Mapping[str, OutcomeLabel] | None,
    *,
    texts: Texts,
    width: float,
) -> Figure:
    """A grid of outcomes with its key, in so many inches."""
    arms = find_arms(summary)
    columns = 2 if len(outcomes) in {2, 4} else min(len(outcomes), 3)
    wide = (width - 2 * EDGE) / columns
    inner = wide - LEFT - RIGHT
    wrapped = {name: _wrapped(label_of(name, labels), wide - LEFT - 0.1) for name in outcomes}
    grid = [outcomes[i : i + columns] for i in range(0, len(outcomes), columns)]
    heads = [max(text_height(wrapped[name].label, HEADING) for name in row) for row in grid]
    tall, below = PANELS[width]
    below = below if has_difference(summary, arms.scenario, outcomes[0]) else 0.0
    months = MONTHS if summary["date"].nunique() > FEW_MONTHS else 2 * MONTHS
    cell = UNIT + tall + (GAP + below if below else 0.0) + months
    # The key fills the empty corner of the grid where there is one.
    corner = len(grid[-1]) < columns
    key = Key(arms, wide - LEFT if corner else width - 2 * EDGE)
    # Short names leave the panels wide; the key gives the full ones.
    names = {arms.scenario: "scenario", arms.baseline: "baseline"} if arms.baseline else {}

    def draw(figure: Figure, top: float) -> None:
        for head, row in zip(heads, grid, strict=True):
            start = top + head + UNIT
            for i, outcome in enumerate(row):
                left = EDGE + i * wide + LEFT
                upper = axes_at(figure, left, start, inner, tall)
                if below:
                    lower = axes_at(figure, left, start + tall + GAP, inner, below, below=upper)
                    fan_over_difference(summary, outcome, (upper, lower), branch=branch, labels=wrapped, names=names)
                else:
                    fan(summary, outcome, branch=branch, ax=upper, labels=wrapped, names=names)
            top += head + cell + BETWEEN
        if corner:
            key.draw(figure, EDGE + len(grid[-1]) * wide + LEFT, start)
        else:
            key.draw(figure, EDGE, top)

    height = sum(heads) + len(grid) * (cell + BETWEEN) + (-BETWEEN if corner else key.height)
    return lay_out(draw, width, height, texts, new_figure if width == COLUMN else plain_figure)


def multiples(
    summary: pd.DataFrame,
    outcomes: Sequence[str] = (),
    *,
    branch: date | None = None,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    labels: Mapping[str, OutcomeLabel] | None = None,
) -> Figure:
    """Draw the fans of many outcomes, four in a row, each with its own scale.

    Args:
        summary: as for `fan`.
        outcomes: their names in the table, in reading order; by default all.
        branch: first month in which the arms may differ; marked.
        title: heads the page.
        subtitle: stands beneath it.
        note: small print for the foot, after how to read the figure.
        labels: label and unit of outcomes.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: as for `fan`.
    """
    arms = find_arms(summary)
    chosen = list(outcomes) or [str(name) for name in summary["outcome"].unique()]
    wide = (PAGE - 2 * EDGE) / PER_ROW
    wrapped = {}
    for name in chosen:
        label, star = label_of(name, labels), "*" if _is_clear(summary, arms, name) else ""
        unit = wrap(label.unit, (wide - SMALL_LEFT) * 72, SMALL - 1).partition("\n")[0]
        wrapped[name] = _wrapped(Label(label.label + star, unit), wide - SMALL_LEFT, SMALL)
    grid = [chosen[i : i + PER_ROW] for i in range(0, len(chosen), PER_ROW)]
    heads = [max(text_height(wrapped[name].label, HEADING) for name in row) + 0.16 for row in grid]
    key = Key(arms, PAGE - 2 * EDGE, differences=False)
    names = dict.fromkeys(filter(None, (arms.scenario, arms.baseline)), "")

    def draw(figure: Figure, top: float) -> None:
        for head, row in zip(heads, grid, strict=True):
            for i, outcome in enumerate(row):
                place = EDGE + i * wide + SMALL_LEFT, top + head
                ax = axes_at(figure, *place, wide - SMALL_LEFT - SMALL_RIGHT, SMALL_PANEL)
                fan(summary, outcome, branch=branch, ax=ax, labels=wrapped, names=names)
                for text in list(ax.texts):  # words at the branch would fill a small panel
                    text.remove()
                ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=SMALL, y=1.0, pad=15, parse_math=False)
                ax.yaxis.label.set(fontsize=SMALL - 1, color=SLATE)
            top += head + SMALL_PANEL + SMALL_FOOT
        key.draw(figure, EDGE, top + BETWEEN)

    height = sum(heads) + len(grid) * (SMALL_PANEL + SMALL_FOOT) + BETWEEN + key.height
    small_print = f"{HOW_TO_READ_MULTIPLES} {note}".strip()
    return lay_out(draw, PAGE, height, Texts(title, subtitle, small_print))


def _is_clear(summary: pd.DataFrame, arms: Arms, outcome: str) -> bool:
    """Whether the last difference has a sign that its interval supports."""
    if arms.baseline is None or not has_difference(summary, arms.scenario, outcome):
        return False
    rows = rows_of(summary, arms.scenario, outcome)
    low, high = (float(values(rows, name)[-1]) for name in ("ci_low", "ci_high"))
    return low > 0 or high < 0


def _wrapped(label: OutcomeLabel, width: float, size: float = HEADING) -> Label:
    """A label broken into lines that a heading of so many inches holds."""
    return Label(wrap(label.label, width * 72, size, "bold"), label.unit)
