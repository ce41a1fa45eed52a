"""`score`: how predictions did on what was observed later."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from influence_sim import api
from influence_sim.base.display import sentences
from influence_sim.base.numbers import short
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console

HEADINGS = ("OUTCOME", "ROWS", "MAE", "BIAS", "CRPS", "IN 50 %", "IN 90 %", "BRIER", "LOG", "PERSISTENCE", "TREND")
DETAILS = ("OUTCOME", "MONTH", "OBSERVED", "PREDICTED", "SCORE", "PERSISTENCE", "TREND")
HOW_TO_READ = (
    "MAE and BIAS are of the predicted median. CRPS, BRIER and LOG: the smaller the better. IN 50 %, IN 90 %: how many "
    "lay within the interval that half, or nine in ten, should lie in. PERSISTENCE, TREND: skill against them, 1 less "
    "CRPS (or BRIER) over theirs: 1 is perfect, 0 no better, below 0 worse; over all, from the mean over outcomes."
)


@click.command(short_help="How predictions did on what was observed later.")
@click.argument("predictions", metavar="PREDICTIONS.csv", type=options.PATH)
@click.argument("observed", metavar="OBSERVED.csv", type=options.PATH)
@click.option("--scenario", metavar="NAME", help="Which of the scenarios predicted; baseline, or the only one.")
@click.option("--rows", "show_rows", is_flag=True, help="Show every prediction that was scored, too.")
@click.option("--out", type=options.PATH, metavar="DIR", help="Write scores.csv, rows.csv and calibration.png there.")
@options.common
def score(
    console: Console, /, predictions: Path, observed: Path, *, scenario: str | None, show_rows: bool, out: Path | None
) -> None:
    """Scores predictions on what was observed later, and holds them against forecasts that need no model.

    PREDICTIONS.csv has columns outcome, month (YYYY-MM), and quantiles (q05, q50, ...), or the probability of a yes, or
    a value and the number of its draw; OBSERVED.csv has outcome, month and value, also of months before the
    predictions: from these come persistence (the last value, with the spread of past changes) and trend (the line
    through all of them).
    """
    scores = api.score.score(predictions, observed, scenario=scenario)
    files = [] if out is None else console.attempt(lambda: scores.save(out))
    document = picked(scores, "scenario", "finding", "table", "rows", "calibration", "reliability", "notes")
    console.answer({**document, "files": files}, _report(scores, console, files, show_rows=show_rows))


def _report(scores: api.score.Scores, console: Console, files: list[Path], *, show_rows: bool) -> Iterator[str]:
    yield f"{scores.finding}."
    yield ""
    rows = [_cells(row) for row in scores.table.to_dict("records")]
    yield from console.table(HEADINGS, rows, right=HEADINGS[1:])
    if show_rows:
        yield ""
        yield from console.table(DETAILS, [_details(row) for row in scores.rows.to_dict("records")], right=DETAILS[2:])
    yield ""
    yield console.wrap(HOW_TO_READ)
    yield from map(console.wrap, sentences(scores.notes))
    yield from (f"{'Figure' if path.suffix == '.png' else 'Table'}: {path}" for path in files)


def _cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    inside = [
        f"{row[f'within_{part}'] * row[f'of_{part}']:.0f} of {row[f'of_{part}']}" if row[f"of_{part}"] else "-"
        for part in (50, 90)
    ]
    numbers = [short(row[name]) for name in ("mae", "bias", "crps")]
    skills = [skill(row[f"skill_{name}"]) for name in ("persistence", "trend")]
    log = "inf" if math.isinf(row["log"]) else short(row["log"])
    return str(row["outcome"]), str(row["rows"]), *numbers, *inside, short(row["brier"]), log, *skills


def _details(row: Mapping[Any, Any]) -> tuple[str, ...]:
    value = row["brier"] if math.isnan(row["crps"]) else row["crps"]
    numbers = (row["observed"], row["predicted"], value, row["persistence"], row["trend"])
    return str(row["outcome"]), str(row["month"]), *map(short, numbers)


def skill(value: float) -> str:
    """`+0.31`; a dash for none."""
    return f"{value:+.2f}" if math.isfinite(value) else "-"
