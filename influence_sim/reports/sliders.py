"""What the sliders of a report show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from influence_sim.analysis.sliders import Grid
from influence_sim.base.months import Month, format_month, month_words
from influence_sim.reports.endings import Ending, Interval
from influence_sim.reports.sentences import difference_words, grammar, parameter_words
from influence_sim.theatre import Theatre

LINE = 10_000
"""The lines of the sliders' chart are kept in ten-thousandths, which is finer than a pixel."""
DECIMALS = 7
"""Decimals kept of what the sliders print."""


def controls(grid: Grid, theatre: Theatre) -> list[dict[str, Any]]:
    """The sliders as the page shows them: parameter, plain words, unit, values as printed, where it starts, and rows.

    In each row one assumption is changed, perhaps to the run's `own` value; its cells are the differences in words.
    """
    found = []
    for index, slider in enumerate(grid.sliders):
        values, rows = list(map("{:.12g}".format, slider.values)), []
        where = [other.start for other in grid.sliders]
        for place, value in enumerate(values):
            where[index] = place
            cells = [difference_words(Interval(*ends)) for ends in grid.ends[grid.point(where)].tolist()]
            rows.append({"value": value, "own": place == slider.start, "cells": cells})
        label, unit = parameter_words(slider.name, theatre), theatre.parameters[slider.name].unit
        found.append(
            {"name": slider.name, "label": label, "unit": unit, "values": values, "start": slider.start, "rows": rows}
        )
    return found


def payload(grid: Grid, shown: Sequence[Mapping[str, Any]], headline: Sequence[Ending], start: Month) -> dict[str, Any]:
    """What the page's script is given: small, flat, rounded beyond what is printed."""
    months = [start + step for step in grid.steps]
    return {
        "sliders": [{name: control[name] for name in ("name", "values", "start")} for control in shown],
        "outcomes": [
            {"label": end.label, "inner": end.inner, "unit": end.unit, **grammar(end.label)._asdict()}
            for end in headline
        ],
        "months": [month_words(month) for month in months],
        "dates": [format_month(month) for month in months],
        "at": list(grid.steps),
        "years": [[step, (start + step) // 12] for step in range(grid.steps[-1] + 1) if (start + step) % 12 == 0],
        "replicates": grid.replicates,
        "ends": np.round(grid.ends, DECIMALS).ravel().tolist(),
        "levels": np.round(grid.means[..., -1], DECIMALS).ravel().tolist(),
        "lines": np.rint(grid.means * LINE).astype(np.int64).ravel().tolist(),
    }
