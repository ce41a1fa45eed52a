"""Small multiples: every outcome of a run on one page, small but whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from influence_sim.views.figures import fan
from influence_sim.views.frames import Label, find_arms, has_difference, label_of, rows_of, values
from influence_sim.views.pages import Key
from influence_sim.views.sheet import BETWEEN, EDGE, PAGE, axes_at, lay_out
from influence_sim.views.style import HEADING, SLATE, SMALL
from influence_sim.views.words import text_height, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.views.frames import OutcomeLabel

PER_ROW: Final = 4

# Inches.
LEFT: Final = 0.46
RIGHT: Final = 0.16
PANEL: Final = 0.86
MONTHS: Final = 0.24
AIR: Final = 0.14
HOW_TO_READ: Final = (
    "Dotted line: the branch. A star stands where the last difference has a 95 % interval without zero."
)


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
    chosen = list(outcomes) or [str(name) for name in summary["outcome"].unique()]
    body = _Sheet(summary, chosen, branch, labels)
    return lay_out(body, PAGE, title=title, subtitle=subtitle, note=f"{HOW_TO_READ} {note}".strip())


class _Sheet:
    """Rows of panels with a key beneath, in inches."""

    def __init__(
        self,
        summary: pd.DataFrame,
        outcomes: Sequence[str],
        branch: date | None,
        labels: Mapping[str, OutcomeLabel] | None,
    ) -> None:
        self.summary, self.branch, self.arms = summary, branch, find_arms(summary)
        self.wide = (PAGE - 2 * EDGE) / PER_ROW
        self.rows = [list(outcomes[i : i + PER_ROW]) for i in range(0, len(outcomes), PER_ROW)]
        self.labels = {name: self._wrapped(name, label_of(name, labels)) for name in outcomes}
        key = Key.of(self.arms, PAGE - 2 * EDGE)
        self.key = Key(key.entries[:2], key.width)  # no differences are drawn here

    @property
    def height(self) -> float:
        """From the first title to the foot of the key."""
        return sum(self._head(row) + PANEL + MONTHS + AIR for row in self.rows) + BETWEEN + self.key.height

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top."""
        for row in self.rows:
            top += self._head(row)
            for index, outcome in enumerate(row):
                left = EDGE + index * self.wide + LEFT
                self._panel(axes_at(figure, left, top, self.wide - LEFT - RIGHT, PANEL), outcome)
            top += PANEL + MONTHS + AIR
        self.key.draw(figure, EDGE, top + BETWEEN)

    def _panel(self, ax: Axes, outcome: str) -> None:
        names = dict.fromkeys(filter(None, (self.arms.scenario, self.arms.baseline)), "")
        fan(self.summary, outcome, branch=self.branch, ax=ax, labels=self.labels, names=names)
        for text in list(ax.texts):  # words at the branch would fill a small panel
            text.remove()
        ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=SMALL, y=1.0, pad=15, parse_math=False)
        ax.yaxis.label.set(fontsize=SMALL - 1, color=SLATE)

    def _head(self, row: Sequence[str]) -> float:
        return max(text_height(self.labels[name].label, HEADING) for name in row) / 72 + 0.16

    def _wrapped(self, outcome: str, label: Label) -> Label:
        clear = "*" if self._clear(outcome) else ""
        words = wrap(f"{label.label}{clear}", (self.wide - LEFT) * 72, SMALL, "bold")
        return Label(words, wrap(label.unit, (self.wide - LEFT) * 72, SMALL - 1).partition("\n")[0])

    def _clear(self, outcome: str) -> bool:
        """Whether the last difference has a sign that its interval supports."""
        if self.arms.baseline is None or not has_difference(self.summary, self.arms.scenario, outcome):
            return False
        rows = rows_of(self.summary, self.arms.scenario, outcome)
        low, high = (float(values(rows, name)[-1]) for name in ("ci_low", "ci_high"))
        return low > 0 or high < 0
