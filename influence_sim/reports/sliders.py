"""What the sliders of a report show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from influence_sim.base.months import Month, format_month, month_words
from influence_sim.reports.endings import Ending, Interval
from influence_sim.reports.sentences import difference_words, parameter_words

if TYPE_CHECKING:
    from influence_sim.analysis.grid import Grid
    from influence_sim.theatre import Theatre

LINE = 10_000
"""The lines of the sliders' chart are kept in ten-thousandths, which is finer than a pixel."""
DECIMALS = 7
"""Decimals kept of what the sliders print."""


class OneChange(NamedTuple):
    """The headline differences, in words, with one assumption changed; `own` says that it is the run's own value."""

    value: str
    own: bool
    cells: tuple[str, ...]


class Control(NamedTuple):
    """One slider: the parameter, its plain words and unit, its values as printed, where it starts, and its rows."""

    name: str
    label: str
    unit: str
    values: tuple[str, ...]
    start: int
    rows: tuple[OneChange, ...]


def controls(grid: Grid, theatre: Theatre) -> tuple[Control, ...]:
    """The sliders as the page shows them."""
    found = []
    for index, slider in enumerate(grid.sliders):
        values = tuple(map("{:.12g}".format, slider.values))
        where, rows = [other.start for other in grid.sliders], []
        for place, value in enumerate(values):
            where[index] = place
            ends = grid.ends[grid.point(where)].tolist()
            rows.append(
                OneChange(value, place == slider.start, tuple(difference_words(Interval(*end)) for end in ends))
            )
        label, unit = parameter_words(slider.name, theatre), theatre.parameters[slider.name].unit
        found.append(Control(slider.name, label, unit, values, slider.start, tuple(rows)))
    return tuple(found)


def payload(grid: Grid, shown: Sequence[Control], endings: Sequence[Ending], start: Month) -> dict[str, Any]:
    """What the page's script is given: small, flat, rounded beyond what is printed."""
    known = {end.outcome: {"label": end.label, "inner": end.inner, "unit": end.unit} for end in endings}
    months = [start + step for step in grid.steps]
    return {
        "sliders": [{"name": c.name, "values": list(c.values), "start": c.start} for c in shown],
        "outcomes": [known[name] for name in grid.outcomes],
        "months": [month_words(month) for month in months],
        "dates": [format_month(month) for month in months],
        "at": list(grid.steps),
        "years": [[step, (start + step) // 12] for step in range(grid.steps[-1] + 1) if (start + step) % 12 == 0],
        "replicates": grid.replicates,
        "ends": np.round(grid.ends, DECIMALS).ravel().tolist(),
        "levels": np.round(grid.means[..., -1], DECIMALS).ravel().tolist(),
        "lines": np.rint(grid.means * LINE).astype(np.int64).ravel().tolist(),
    }
