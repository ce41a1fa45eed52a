"""Panels in rows and columns on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from influence_sim.views.sheet import EDGE, PAGE, axes_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
HEAD: Final = 0.28
GUTTER: Final = 0.22


class Grid:
    """A body of a page: one panel for each pair of a row and a column, all of one size."""

    def __init__(
        self,
        rows: Sequence[Any],
        columns: Sequence[Any],
        draw: Callable[[Axes, Any, Any], None],
        *,
        ratio: float,
        width: float = PAGE,
    ) -> None:
        """Takes what stands in rows and columns, and what draws one panel.

        Raises:
            ValueError: there is nothing to draw.
        """
        if not rows or not columns:
            raise ValueError("nothing to draw: the table has no rows")
        self.rows, self.columns, self.panel = rows, columns, draw
        self.wide = (width - 2 * EDGE - GUTTER * (len(columns) - 1)) / max(len(columns), 2)
        self.tall = self.wide * ratio

    @property
    def height(self) -> float:
        """Inches."""
        return len(self.rows) * (self.tall + HEAD) + GUTTER * (len(self.rows) - 1)

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top."""
        for row in self.rows:
            for index, column in enumerate(self.columns):
                left = EDGE + index * (self.wide + GUTTER)
                self.panel(axes_at(figure, left, top + HEAD, self.wide, self.tall), row, column)
            top += self.tall + HEAD + GUTTER
