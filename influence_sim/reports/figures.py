"""The figures of a report: each outcome a small page of its own, as SVG that travels inside the HTML."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from influence_sim.views.fan import fan_over_difference
from influence_sim.views.page_layout import axes_at
from influence_sim.views.saving import rendered
from influence_sim.views.style import new_figure, style
from influence_sim.views.tables import find_arms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd
    from matplotlib.figure import Figure

    from influence_sim.views.tables import OutcomeLabel

# Inches: at 96 px an inch the figure is as wide as a telephone's column, so that its letters keep their size.
WIDTH: Final = 3.5
LEFT, RIGHT, TOP, GAP, FOOT = 0.50, 0.72, 0.24, 0.34, 0.26
FAN, DIFFERENCE = 1.5, 0.9


def card(summary: pd.DataFrame, outcome: str, *, branch: date | None, labels: Mapping[str, OutcomeLabel]) -> Figure:
    """Draws one outcome: both arms above, the paired difference beneath, without a title; arguments as for `fan`.

    Raises:
        ValueError: as for `fan`, or the scenario was run alone.
    """
    arms = find_arms(summary)
    names = {arms.scenario: "scenario", str(arms.baseline): "baseline"}
    with style():
        figure = new_figure(WIDTH, TOP + FAN + GAP + DIFFERENCE + FOOT)
        upper = axes_at(figure, LEFT, TOP, WIDTH - LEFT - RIGHT, FAN)
        lower = axes_at(figure, LEFT, TOP + FAN + GAP, WIDTH - LEFT - RIGHT, DIFFERENCE, below=upper)
        fan_over_difference(summary, outcome, (upper, lower), branch=branch, labels=labels, names=names)
        upper.set_title("", loc="left")
    return figure


def data_uri(figure: Figure) -> str:
    """A figure as an SVG image that needs no file."""
    return "data:image/svg+xml;base64," + base64.b64encode(rendered(figure, "svg")).decode()
