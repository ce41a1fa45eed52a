"""`run`: a scenario and its baseline on the same draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any

import click

from influence_sim import api
from influence_sim.analysis.explain import PARTS
from influence_sim.api.late import answer_words, endings
from influence_sim.base.numbers import FEWEST, table_percent, with_interval
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import Target, into_folder, print_cost

STARTUP, PER_RUN_MONTH, PER_WORLD = 2.0, 6e-6, 0.0015
"""Rough seconds on one core: to start, draw and write; a month of a run; a set of assumptions."""
DIVISION_NOTE = (
    "ITSELF is what the scenario's own acts do within a month, all else being as in {against}; GROUND what they add up "
    "to over the months, in ground and stocks, if nobody else decides otherwise; RESPONSE what others decide otherwise "
    "because of them."
)
MOST_DECIMALS = 6
"""Decimals of the smallest numbers."""
LEVEL, INTERVAL = ("mean", "q05", "q95"), ("mean", "ci_low", "ci_high")


@click.command(short_help="Run a scenario and its baseline; say what differs.")
@options.scenario()
@options.AGAINST
@options.asks
@click.option("--replicates", type=int, default=200, help="Runs of each arm.")
@options.SEED
@options.MONTHS
@options.parameter("both arms")
@options.ASSUMPTIONS
@options.BOTH_WORLDS
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
    target: Target,
    division: bool,
    dry_run: bool,
    **kwargs: Any,
) -> None:
    """Runs SCENARIO and its baseline on the same random draws, and says what differs.

    SCENARIO with a slash or ending in .yaml is a file, otherwise the name of a shipped scenario (see `list`).
    Prints how each headline outcome ends and the difference, and writes a result folder with every
    trajectory, a summary and a figure. The same run again only prints what is there.
    """
    from influence_sim.runs.request import plan_run

    request = options.apply_settings(sets, lambda values: plan_run(scenario, set=values, **kwargs))
    if dry_run:
        seconds = STARTUP + request.size()["runs"] * request.months * PER_RUN_MONTH + request.assumptions * PER_WORLD
        print_cost(console, request, target.out, seconds)
        return
    if division and request.against is None:
        raise click.UsageError("--division divides a difference; with --against none there is none")
    options.say_which_worlds(console, request)
    target.answer(console, request, "runs", document=_document, report=partial(_report, divided=division))


def end_document(end: endings.Ending) -> dict[str, Any]:
    """How one outcome ends, for `--json`."""
    robustness, paired = end.robustness, end.difference.mean == end.difference.mean
    assumptions = None
    if robustness is not None:
        prior = {"prior_share": robustness.prior} if math.isfinite(robustness.prior) else {}
        shares = {**prior, "share_same_sign": robustness.share, "share_zero": robustness.zero}
        assumptions = picked(robustness, "points", "worlds", "failed") | shares | robustness.driver._asdict()
    return {
        **picked(end, "outcome", "label", "unit"),
        "scenario": dict(zip(LEVEL, end.scenario, strict=True)),
        "baseline": dict(zip(LEVEL, end.baseline, strict=True)) if paired else None,
        "difference": dict(zip(INTERVAL, end.difference, strict=True)) if paired else None,
        "assumptions": assumptions,
        "division": {part: dict(zip(INTERVAL, size, strict=True)) for part, size in (end.division or {}).items()},
    }


def _document(result: api.result.Result) -> dict[str, Any]:
    return {
        **picked(result, "scenario", "against", "title", "question", "branch"),
        **picked(result, "replicates", "seed", "months", "parameters", "asked"),
        "answer": result.answers[0].document if result.answers else None,
        "outcomes": [
            {**end_document(end), "answer": answer.text if answer else None, "short": answer.short if answer else None}
            for end, answer in zip_longest(result.endings(), result.answers)
        ],
        "note": answer_words.caution(result.answer, result.replicates) if result.answers else None,
    }


def _report(result: api.result.Result, console: Console, *, divided: bool = False) -> Iterator[str]:
    ends = result.endings()
    yield result.title
    if result.question:
        yield console.wrap(result.question)
    yield ""
    if result.answers:
        first, *others = result.answers
        yield console.wrap(first.text)
        yield ""
        yield "Also:"
        yield from (console.wrap(f"{other.label}: {other.short}", "    ", "  ") for other in others)
        yield ""
    against = f" against {result.against}" if result.against else ""
    branch = f", branching in {result.branch}" if result.branch else ""
    span = f"{result.months} months to {result.month}"
    yield console.wrap(f"{result.scenario}{against}{branch}; {result.sample}, {span}")
    yield ""
    yield from _ending_lines(result, ends, console)
    yield from _both_shares(ends, console)
    if result.answers:
        yield ""
        yield console.wrap(answer_words.caution(result.answer, result.replicates))
    if divided:
        yield ""
        headings = ["WHAT CARRIES THE DIFFERENCE", *(f"{part.upper()} [95 %]" for part in PARTS)]
        divisions = {end.label: end.division for end in ends if end.division}
        cells = [[label, *(band(parts[part], signed=True) for part in PARTS)] for label, parts in divisions.items()]
        yield from console.table(headings, cells)
        yield ""
        yield console.wrap(DIVISION_NOTE.format(against=result.against))


def _ending_lines(result: api.result.Result, ends: Sequence[endings.Ending], console: Console) -> Iterator[str]:
    """A table of the endings, or, if the window is too narrow for it, a paragraph per outcome."""
    headings, cells = [result.scenario.upper()], [[end.label, band(end.scenario)] for end in ends]
    if result.against is not None:
        headings = [result.against.upper(), "SCENARIO", "DIFFERENCE [95 % interval]"]
        for line, end in zip(cells, ends, strict=True):
            line[1:] = [band(end.baseline), band(end.scenario), band(end.difference, signed=True)]
    lines = console.table(["AT THE END: MEAN [5 % to 95 %]", *headings], cells)
    if console.fits(lines):
        yield from lines
        return
    width = max(len(heading.split()[0]) for heading in headings)
    yield "AT THE END: MEAN [5 % to 95 %]"
    for label, *numbers in cells:
        yield f"  {label}"
        for heading, cell in zip(headings, numbers, strict=True):
            name, _, meaning = heading.lower().partition(" ")
            yield f"    {name:<{width}}  {cell}" + (f"  {meaning}" if meaning else "")


def _both_shares(ends: Sequence[endings.Ending], console: Console) -> Iterator[str]:
    """The shares of worlds of both kinds, where both were tried."""
    shares = [(end.label, end.robustness) for end in ends if end.robustness and math.isfinite(end.robustness.prior)]
    if shares:
        yield ""
        headings = ("WORLDS IN WHICH THE DIFFERENCE HAS THIS SIGN", "PLAUSIBLE", "PRIOR")
        cells = [(label, *map(table_percent, (one.share, one.prior))) for label, one in shares]
        yield from console.table(headings, cells, right=headings[1:])


def band(numbers: Iterable[float], *, signed: bool = False) -> str:
    """`0.512 [0.431 to 0.602]`, or the first of the three numbers alone where there is no interval."""
    return with_interval(numbers, signed=signed, most=MOST_DECIMALS, decimals=None if signed else FEWEST)
