"""The page of a result: one HTML file that needs nothing else, for someone who has not read the article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from influence_sim.analysis.sliders import Grid
from influence_sim.analysis.summary import endings, to_csv
from influence_sim.api.lookups import labels
from influence_sim.api.result import Result
from influence_sim.base.months import Month, first_day, format_month, month_words
from influence_sim.reports.layout import data_uri, render_page
from influence_sim.reports.parts import Explanations
from influence_sim.runs.request import WORLDS, RunRequest
from influence_sim.theatre import Theatre
from influence_sim.views.fan import fan_over_difference
from influence_sim.views.style import new_figure, style
from influence_sim.views.tables import OutcomeLabel, find_arms
from influence_sim.words import sentences
from influence_sim.words.answer import caution
from influence_sim.words.endings import Ending, Interval
from influence_sim.words.terms import choices_text, unit_words
from influence_sim.words.verdicts import KINDS, touched

LARGEST: Final = 2_000_000
"""Largest page, in bytes."""
LINE = 10_000
"""Units of 1 in the lines of the sliders' chart; a ten-thousandth is finer than a pixel."""
DECIMALS = 7
"""Decimals of the numbers that the sliders print."""
# Inches: at 96 px an inch a figure is as wide as a telephone's column, so that its letters keep their size.
WIDTH: Final = 3.5
LEFT, RIGHT, TOP, FOOT = 0.50, 0.72, 0.24, 0.26
HEIGHTS = (1.5, 0.34, 0.9)  # of the fan, of the gap beneath it, and of the difference


def page(
    run: RunRequest,
    result: Result,
    *,
    tests: Sequence[Mapping[str, Any]],
    explained: Explanations,
    grid: Grid | None,
    over: str,
    no_grid: str,
    manifest: Mapping[str, Any],
    commands: Sequence[str],
    files: Mapping[str, tuple[str, str]],
) -> str:
    """Renders the HTML of a run's page; the same input gives the same text.

    The run has two arms; result and manifest are those of its folder; if worlds were tried, the result has a row for
    each reported outcome. `tests` are the rows of `in_plain_words`. Without a `grid` there are no sliders, and
    `no_grid` says why; `over` names the worlds whose middle these span, "" if the user chose their ranges. `commands`
    repeat the run and make the page; `files` are arms, name and text, by the command that runs each.

    Raises:
        ValueError: a summary lacks a column.
    """
    theatre, order = run.theatre, run.theatre.vocabulary.outcomes
    scenario, baseline = run.scenarios
    table = endings(result.summary, scenario.name, baseline.name, result.assumptions)
    others = {end.outcome: end for end in result.endings(sorted(result.outcomes, key=order.index))}
    headline, answers = [others.pop(name) for name in run.reported], result.answers_of(run.reported)
    robustness = next((end.robustness for end in headline if end.robustness), None)
    span = f"{month_words(theatre.start)} to {month_words(run.last)}"
    branch = theatre.start if run.branch is None else run.branch
    cards = {name: card(result.summary, name, branch=first_day(branch), labels=labels()) for name in run.reported}
    claims, baseline_claims = (set(scenario.claims) for scenario in run.scenarios)
    slider_controls = [] if grid is None else controls(grid, theatre)
    return render_page(
        "report.html.j2",
        theatre,
        run.last,
        manifest,
        script="report.js" if grid else "",
        run=run,
        branch=branch,
        headline=headline,
        others=list(others.values()),
        points=robustness.points if robustness else 0,
        worlds=WORLDS[robustness.worlds] if robustness else "",
        explained=explained,
        grid=grid,
        over=over,
        no_grid=no_grid,
        commands=commands,
        files=files,
        controls=slider_controls,
        data=None if grid is None else payload(grid, slider_controls, headline, theatre.start, result.other_title),
        answers=answers,
        ending=to_csv(table.reset_index()),
        caution=caution(answers[0], run.replicates),
        figures={name: data_uri(figure) for name, figure in cards.items()},
        alternatives={end.outcome: sentences.seen(end, span) for end in headline},
        fixed=list(sentences.deeds(run.scenario, theatre)),
        assumed=list(sentences.assumed_otherwise(run.parameters, theatre)),
        kinds=KINDS,
        claims=touched(claims - baseline_claims, theatre, tests),
        shared_claims=touched(claims & baseline_claims, theatre, tests),
        span=f"{format_month(theatre.start)} to {format_month(run.last)}",
    )


def card(summary: pd.DataFrame, outcome: str, *, branch: date, labels: Mapping[str, OutcomeLabel]) -> Figure:
    """Draws one outcome: both arms above, the paired difference below, without a title; arguments as for `fan`."""
    arms = find_arms(summary)
    names = {arms.scenario: "scenario", str(arms.baseline): "baseline"}
    with style():
        figure = new_figure(WIDTH, TOP + sum(HEIGHTS) + FOOT)
        layout: dict[str, Any] = {"corner": (LEFT, TOP), "width": WIDTH - LEFT - RIGHT, "heights": HEIGHTS}
        upper = fan_over_difference(summary, outcome, figure, branch=branch, labels=labels, names=names, **layout)
        upper.set_title("", loc="left")
    return figure


def controls(grid: Grid, theatre: Theatre) -> list[dict[str, Any]]:
    """The sliders of the page: parameter, plain words, unit, values and their labels, initial position, and rows.

    In each row one assumption has another value, or the run's `own`; its cells are the differences in words.
    """
    entries = []
    for index, slider in enumerate(grid.sliders):
        values, rows, spec = list(map("{:.12g}".format, slider.values)), [], theatre.parameters[slider.name]
        names = dict(zip(map("{:.12g}".format, spec.choices), spec.meanings, strict=True))
        labels = [names.get(value, value) for value in values]
        positions = [other.start for other in grid.sliders]
        for position in range(len(values)):
            positions[index] = position
            cells = [sentences.difference_words(Interval(*ends)) for ends in grid.ends[grid.point(positions)].tolist()]
            rows.append({"value": labels[position], "own": position == slider.start, "cells": cells})
        label = sentences.parameter_words(slider.name, theatre)
        unit = choices_text(slider.name, theatre) or unit_words(spec.unit, theatre)
        entry = {"name": slider.name, "label": label, "unit": unit, "values": values, "start": slider.start}
        entries.append(entry | {"labels": labels, "rows": rows})
    return entries


def payload(
    grid: Grid, items: Sequence[Mapping[str, Any]], headline: Sequence[Ending], start: Month, against: str
) -> dict[str, Any]:
    """The data of the page's script: small, flat, rounded to more decimals than are printed.

    `against` is the title of what a scenario is compared with, as its sentences name it; "" for the usual course.
    """
    months = [start + step for step in grid.steps]
    return {
        "sliders": [{name: control[name] for name in ("name", "values", "labels", "start")} for control in items],
        "outcomes": [
            {"label": end.label, "inner": end.inner, "unit": end.unit, **sentences.grammar(end.label)._asdict()}
            for end in headline
        ],
        "against": against,
        "months": [month_words(month) for month in months],
        "dates": [format_month(month) for month in months],
        "at": list(grid.steps),
        "years": [[step, (start + step) // 12] for step in range(grid.steps[-1] + 1) if (start + step) % 12 == 0],
        "replicates": grid.replicates,
        "ends": np.round(grid.ends, DECIMALS).ravel().tolist(),
        "levels": np.round(grid.means[..., -1], DECIMALS).ravel().tolist(),
        "lines": np.rint(grid.means * LINE).astype(np.int64).ravel().tolist(),
    }
