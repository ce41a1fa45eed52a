"""The numbers of a report: how every outcome ends, and what the sliders show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.base.months import Month, format_month, month_words
from influence_sim.views.report.words import (
    Ending,
    Interval,
    Robustness,
    difference_words,
    parameter_words,
)

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.grid import Grid, Slider
    from influence_sim.theatre import Theatre

Row = Mapping[Any, Any]
LINE = 10_000
"""The lines of the sliders' chart are kept in ten-thousandths, which is finer than a pixel."""
DECIMALS = 7
"""Decimals kept of what the sliders print."""


@dataclass(frozen=True, slots=True)
class OneChange:
    """The headline differences with one assumption changed and all others as in the run.

    Attributes:
        value: of the parameter.
        own: whether it is the run's own.
        cells: the differences in words, one an outcome.
    """

    value: str
    own: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One slider: the parameter, its plain words and note, its values as printed, where it starts, and its rows."""

    name: str
    label: str
    note: str
    unit: str
    values: tuple[str, ...]
    start: int
    rows: tuple[OneChange, ...]


def endings(
    summary: pd.DataFrame, scenario: str, against: str, assumptions: pd.DataFrame | None, theatre: Theatre
) -> tuple[Ending, ...]:
    """How every outcome ends, in the theatre's order.

    Args:
        summary: as a result folder's `summary.csv`.
        scenario: name of the arm in question.
        against: name of the other.
        assumptions: as `assumptions.csv`; None if that was not tried.
        theatre: names, labels and units.
    """
    last = summary[summary["date"] == summary["date"].max()]
    rows = {(str(row["scenario"]), str(row["outcome"])): row for row in last.to_dict("records")}
    tried = {} if assumptions is None else {str(row["outcome"]): row for row in assumptions.to_dict("records")}
    return tuple(
        Ending(
            outcome=outcome.name,
            label=outcome.label,
            inner=theatre.inner(outcome.label),
            unit=theatre.words.units.get(outcome.unit, outcome.unit),
            scenario=_interval(rows[scenario, outcome.name], "mean", "q05", "q95"),
            baseline=_interval(rows[against, outcome.name], "mean", "q05", "q95"),
            difference=_interval(rows[scenario, outcome.name], "diff", "ci_low", "ci_high"),
            robustness=_robustness(tried[outcome.name]) if outcome.name in tried else None,
        )
        for outcome in theatre.outcomes
        if (scenario, outcome.name) in rows  # a folder of an older model may lack some
    )


def _interval(row: Row, *names: str) -> Interval:
    return Interval(*(float(row[name]) for name in names))


def _robustness(row: Row) -> Robustness:
    parameter = str(row["parameter"]) if row["stands_out"] else ""
    return Robustness(int(row["points"]), float(row["share_same_sign"]), float(row["share_zero"]), parameter)


def controls(grid: Grid, theatre: Theatre) -> tuple[Control, ...]:
    """The sliders as the page shows them."""
    return tuple(
        Control(
            name=slider.name,
            label=parameter_words(slider.name, theatre),
            note=theatre.parameters[slider.name].note,
            unit=theatre.parameters[slider.name].unit,
            values=_shown(slider),
            start=slider.start,
            rows=tuple(_one_at_a_time(grid, index, slider)),
        )
        for index, slider in enumerate(grid.sliders)
    )


def _shown(slider: Slider) -> tuple[str, ...]:
    return tuple(map("{:.12g}".format, slider.values))


def _one_at_a_time(grid: Grid, index: int, slider: Slider) -> Iterator[OneChange]:
    where = [other.start for other in grid.sliders]
    for place, value in enumerate(_shown(slider)):
        where[index] = place
        ends = grid.ends[grid.point(where)]
        cells = tuple(difference_words(Interval(*map(float, three))) for three in ends)
        yield OneChange(value, place == slider.start, cells)


def payload(grid: Grid, shown: Sequence[Control], endings: Sequence[Ending], start: Month) -> dict[str, Any]:
    """What the page's script is given: small, flat, rounded beyond what is printed."""
    told = {end.outcome: {"label": end.label, "inner": end.inner, "unit": end.unit} for end in endings}
    months = [start + step for step in grid.steps]
    return {
        "sliders": [{"name": c.name, "values": list(c.values), "start": c.start} for c in shown],
        "outcomes": [told[name] for name in grid.outcomes],
        "months": [month_words(month) for month in months],
        "dates": [format_month(month) for month in months],
        "at": list(grid.steps),
        "years": [[step, (start + step) // 12] for step in range(grid.steps[-1] + 1) if (start + step) % 12 == 0],
        "replicates": grid.replicates,
        "ends": np.round(grid.ends, DECIMALS).ravel().tolist(),
        "levels": np.round(grid.means[..., -1], DECIMALS).ravel().tolist(),
        "lines": np.rint(grid.means * LINE).astype(np.int64).ravel().tolist(),
    }
