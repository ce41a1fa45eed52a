"""`run`: a scenario and its baseline on the same draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from influence_sim.analysis.explain import PARTS
from influence_sim.base.months import format_month
from influence_sim.base.numbers import FEWEST, counted, percent, with_interval
from influence_sim.cli import options
from influence_sim.cli.console import Console, picked
from influence_sim.cli.folders import Into, foretell, into_folder

if TYPE_CHECKING:
    from influence_sim.api.result import Result

STARTING, A_RUN_MONTH, A_POINT = 2.0, 6e-6, 0.0015
"""Rough seconds on one core: to start, draw and write; a month of a run; a set of assumptions."""
CAUTION = "The interval is Monte-Carlo error only: it says nothing about the assumptions."
ONE_REPLICATE = "One replicate gives no interval."
DIVIDED = (
    "ITSELF is what the scenario does in one month if that begins, and all others decide, as in {against}; GROUND what "
    "this adds up to in ground and stocks over the months; RESPONSE what others decide otherwise because of it."
)
TOLD = 0.005
"""The least share of worlds without a difference that is told."""
MOST = 6
"""Decimals of the smallest numbers."""
LEVEL = ("mean", "q05", "q95")
DIFFERENCE = {"mean": "diff", "ci_low": "ci_low", "ci_high": "ci_high"}

Ending = Mapping[str, Any]
"""How one outcome ends, as `--json` tells it."""


@click.command(short_help="Run a scenario and its baseline; say what differs.")
@options.scenario()
@click.option("--against", default="baseline", metavar="baseline|none",
              help="What to compare with; none runs the scenario alone.")  # fmt: skip
@click.option("--replicates", type=int, default=200, help="Runs of each arm.")
@options.SEED
@options.MONTHS
@options.parameter("both arms")
@options.points("--assumptions", "Worlds, sets of assumptions, to try the difference in.")
@options.WORLDS
@into_folder("SCENARIO-HASH")
@click.option("--division", is_flag=True, help="Say, too, how much of each difference is others' response.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and write nothing.")
@options.common
def run(
    console: Console,
    /,
    scenario: str,
    *,
    sets: tuple[str, ...],
    into: Into,
    division: bool,
    dry_run: bool,
    **asked: Any,
) -> None:
    """Runs SCENARIO and its baseline on the same random draws, and says what differs.

    SCENARIO with a slash or ending in .yaml is a file, otherwise the name of a shipped scenario (see `list`).
    Prints how each headline outcome ends and the difference, and writes a result folder with every
    trajectory, a summary and a figure. The same run again only prints what is there.
    """
    from influence_sim.runs.request import plan_run

    request = options.with_settings(sets, lambda chosen: plan_run(scenario, set=chosen, **asked))
    if dry_run:
        seconds = STARTING + request.size()["runs"] * request.months * A_RUN_MONTH + request.assumptions * A_POINT
        foretell(console, request, into.out, seconds)
        return
    if division and request.against is None:
        raise click.UsageError("--division divides a difference; with --against none there is none")
    told: dict[str, Any] = {
        "document": partial(_document, divided=division),
        "report": partial(_report, divided=division),
    }
    into.answer(console, request, "runs", **told)


def endings(result: Result) -> list[Ending]:
    """How each headline outcome ends."""
    from influence_sim.analysis import summary
    from influence_sim.api.lookups import labels
    from influence_sim.api.result import ASSUMED
    from influence_sim.theatre import load

    table = summary.endings(result.summary, result.scenario, result.against, result.assumptions, load().headline)
    paired, known = result.against is not None, labels()
    rows: dict[Any, dict[Any, Any]] = table.to_dict("index")
    return [
        {
            "outcome": outcome,
            "label": known[outcome].label,
            "unit": known[outcome].unit,
            "scenario": {name: row[name] for name in LEVEL},
            "baseline": {name: row[f"baseline_{name}"] for name in LEVEL} if paired else None,
            "difference": {name: row[column] for name, column in DIFFERENCE.items()} if paired else None,
            "assumptions": {
                "points": int(row["points"]),
                "worlds": row["worlds"],
                **{name: row[name] for name in ASSUMED},
                "failed": int(row["failed"]),
            }
            if row.get("points", 0) > 0  # NaN where the outcome was not tried
            else None,
        }
        for outcome, row in rows.items()
    ]


def divisions(result: Result) -> dict[str, dict[str, dict[str, float]]]:
    """What carries the difference of each headline outcome at the end: part -> its mean and interval."""
    from influence_sim.theatre import load

    found = {}
    for outcome in load().headline:
        last = result.division(outcome).iloc[-1]
        found[outcome] = {part: dict(last[part]) for part in PARTS}
    return found


def _document(result: Result, *, divided: bool = False) -> dict[str, Any]:
    parts = divisions(result) if divided else {}
    return {
        **picked(result, "scenario", "against", "title", "question"),
        "branch": None if result.branch is None else format_month(result.branch),
        **picked(result, "replicates", "seed", "months", "parameters"),
        "outcomes": [{**row, **({"division": parts[row["outcome"]]} if divided else {})} for row in endings(result)],
        "note": None if result.against is None else CAUTION,
    }


def _report(result: Result, console: Console, *, divided: bool = False) -> Iterator[str]:
    rows = endings(result)
    yield result.title
    if result.question:
        yield console.wrapped(result.question)
    date = result.summary["date"].max()
    against = f" against {result.against}" if result.against else ""
    branch = "" if result.branch is None else f", branching in {format_month(result.branch)}"
    span = f"seed {result.seed}, {result.months} months to {date:%Y-%m}"
    runs = counted(result.replicates, "replicate")
    yield console.wrapped(f"{result.scenario}{against}{branch}; {runs}, {span}")
    yield ""
    yield from _numbers(result, rows, console)
    if result.against is not None:
        yield ""
        yield CAUTION if result.replicates > 1 else ONE_REPLICATE
    if divided:
        yield ""
        parts = divisions(result)
        headings = ["WHAT CARRIES THE DIFFERENCE", *(f"{part.upper()} [95 %]" for part in PARTS)]
        cells = [[row["label"], *(band(parts[row["outcome"]][part], signed=True) for part in PARTS)] for row in rows]
        yield from console.table(headings, cells)
        yield ""
        yield console.wrapped(DIVIDED.format(against=result.against))
    from influence_sim.runs.request import WORLDS

    told = [text for row in rows if (text := on_assumptions(row))]
    if told:
        tried = next(row["assumptions"] for row in rows if row["assumptions"])
        yield ""
        computed = f"{tried['points']} of {tried['points'] + tried['failed']}" if tried["failed"] else tried["points"]
        yield f"Over {computed} {WORLDS[tried['worlds']]}:"
        yield from (console.wrapped(text, "    ", "  ") for text in told)


def _numbers(result: Result, rows: Sequence[Ending], console: Console) -> Iterator[str]:
    """A table of the endings, or where the window is too narrow for one a paragraph an outcome."""
    headings, cells = [result.scenario.upper()], [[str(row["label"]), band(row["scenario"])] for row in rows]
    if result.against is not None:
        headings = [result.against.upper(), "SCENARIO", "DIFFERENCE [95 % interval]"]
        for line, row in zip(cells, rows, strict=True):
            line[1:] = [band(row["baseline"]), band(row["scenario"]), band(row["difference"], signed=True)]
    lines = console.table(["AT THE END: MEAN [5 % to 95 %]", *headings], cells)
    if console.fits(lines):
        yield from lines
        return
    side = max(len(heading.split()[0]) for heading in headings)
    yield "AT THE END: MEAN [5 % to 95 %]"
    for label, *numbers in cells:
        yield f"  {label}"
        for heading, cell in zip(headings, numbers, strict=True):
            name, _, meaning = heading.lower().partition(" ")
            yield f"    {name:<{side}}  {cell}" + (f"  {meaning}" if meaning else "")


def band(numbers: Mapping[Any, float], *, signed: bool = False) -> str:
    """`0.512 [0.431 to 0.602]`, or the first of the three numbers alone where there is no interval."""
    return with_interval(numbers.values(), signed=signed, most=MOST, decimals=None if signed else FEWEST)


def on_assumptions(row: Ending) -> str:
    """How the difference fares under other assumptions; "" if that was not tried."""
    found, difference, label = row["assumptions"], row["difference"], row["label"]
    if found is None or difference is None:
        return ""
    from influence_sim.analysis.decides import Hanging

    if difference["mean"] == 0:
        return f"{label}: no difference, nor in {percent(found['share_zero'])}"
    unsure = "direction uncertain: " if difference["ci_low"] <= 0 <= difference["ci_high"] else ""
    share = f"{'up' if difference['mean'] > 0 else 'down'} in {percent(found['share_same_sign'])}"
    nothing = f", no difference in {percent(found['share_zero'])}" if found["share_zero"] >= TOLD else ""
    return f"{label}: {unsure}{share}{nothing}; {Hanging.of_row(found).words(found['points'])}"
