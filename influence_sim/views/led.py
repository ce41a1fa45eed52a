"""Labels for the dots of a scatter plot: at the right margin, each tied to its dot by a thin line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import IdentityTransform

from influence_sim.views.marks import EndLabels
from influence_sim.views.style import MIST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase


class LedLabels(EndLabels):
    """Labels as `EndLabels`, and a line from each to its dot; all are placed when drawn."""

    def __init__(self, ax: Axes, entries: Sequence[tuple[str, float, float]], colour: str) -> None:
        """Put labels on an Axes.

        Args:
            ax: the Axes.
            entries: text, and x and y of the dot in data units; dots that are NaN are left out.
            colour: of the texts.
        """
        shown = [entry for entry in entries if np.isfinite(entry[1:]).all()]
        super().__init__(ax, [(text, y, colour) for text, _, y in shown])
        self.dots = [(x, y) for _, x, y in shown]
        self.leads = [_lead(ax) for _ in shown]
        self.set_zorder(2)

    def get_children(self) -> list[Artist]:
        """The texts and the lines."""
        return [*self.texts, *self.leads]

    def draw(self, renderer: RendererBase) -> None:
        """Place the labels, then draw the lines and the labels."""
        ax = self.axes
        if ax is not None and self.get_visible():
            self.place(renderer)
            for (x, y), text, lead in zip(self.dots, self.texts, self.leads, strict=True):
                start, end = ax.transData.transform((x, y)), text.get_window_extent(renderer)
                lead.set_data([start[0], end.x0], [start[1], (end.y0 + end.y1) / 2])
                lead.draw(renderer)
        super().draw(renderer)


def _lead(ax: Axes) -> Line2D:
    """A line in pixels, its ends still to be set."""
    line = Line2D([], [], color=MIST, linewidth=0.7, transform=IdentityTransform())
    line.set_figure(ax.figure)
    return line
