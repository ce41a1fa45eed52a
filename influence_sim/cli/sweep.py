"""`sweep`: a scenario and its baseline at many points of what is varied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim import api
from influence_sim.api.late import execute
from influence_sim.base.errors import InputError, MachineError, Problem, wrong
from influence_sim.base.months import format_month
from influence_sim.base.numbers import counted, percent
from influence_sim.base.plain_data import number
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console, in_quotes
from influence_sim.cli.folders import Target, into_folder, print_cost
from influence_sim.cli.run import band

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.request import SweepRequest

MANY = 1_000_000
"""Runs above which `--yes` is asked for."""
STARTUP, PER_RUN_MONTH = 3.0, 1.5e-6
"""Rough seconds: to start and end; of one core for a month of a run whose parameters differ by point."""
METHODS = ["grid", "lhs", "sobol_sequence", "sobol_indices", "morris"]
LEVEL = "MEAN [5 % to 95 % of points]"
DIFFERENCE = "DIFFERENCE [5 % to 95 % of points]"
ENOUGH = 40
"""Points from which `discover` can tell anything: 20 cases, and 20 others."""
SIGNS = {"+": "positive", "-": "negative"}
PRIORS = "priors"
_CHOICES = re.compile(r"\{(.*)\}")
_FORMAT_RULE = "must be written PATH=LOW:HIGH, PATH=LOW:HIGH:log, PATH=LOW:HIGH:triangular:PEAK or PATH={A,B,C}"
_KEYS = ("low", "high", "scale", "peak")
Names = dict[tuple[str | int, ...], str]
"""The names of the parts of a study in errors, by the path of their keys."""
_OPTION_NAMES: Names = {
    **{(key,): f"--{key}" for key in ("against", "replicates", "seed", "months", "keep")},
    ("design", "seed"): "--design-seed",
    ("design", "method"): "--design",
    ("design", "samples"): "--samples",
    ("design", "file"): "--points",
    ("scenario",): "scenario",
}
"""The names of the parts that options give."""


def shard(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Which share of how many: `3/8`.

    Raises:
        click.BadParameter: it is written otherwise, or there is no such share.
    """
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", value)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{value!r} is no share; write its number, from 1, and their count: 3/8", ctx, param)
    return int(match[1]), int(match[2])


@click.command(short_help="Run a scenario at many points; resumable.")
@click.argument("study", metavar="STUDY.yaml|SCENARIO")
@click.option("--vary", "ranges", multiple=True, metavar="PATH=LOW:HIGH", shell_complete=options.complete_parameters,
              help="What to vary; may be repeated. Also PATH=LOW:HIGH:log and PATH={A,B,C}; or priors for "
              "every parameter over its prior range.")  # fmt: skip
@click.option("--design", type=click.Choice(METHODS), help="How to choose the points; lhs if nothing says.")
@click.option("--samples", type=int, metavar="N",
              help="Points of lhs and sobol_sequence, levels of grid, base samples of sobol_indices, trajectories of "
              "morris.")  # fmt: skip
@click.option("--design-seed", type=int, metavar="N", help="Of the points; 1 if nothing says.")
@click.option("--points", type=options.PATH, metavar="FILE.csv",
              help="A file of points, in place of --vary and --design.")  # fmt: skip
@click.option("--replicates", type=int, metavar="N", help="Runs of each arm at each point; 64 if nothing says.")
@click.option("--seed", type=int, metavar="N", help="Of the draws, the same at each point; 1 if nothing says.")
@click.option("--months", type=int, metavar="N", help="Months of each run; the theatre's number if nothing says.")
@click.option("--against", metavar="SCENARIO|none", help="What to compare with.")
@options.parameter("both arms at each point")
@options.outcomes("What is kept; may be repeated. The headline outcomes if nothing says.")
@click.option("--keep", type=click.Choice(["reduced", "trajectories"]), help="Keep every run as well, or not.")
@into_folder("SCENARIO-sweep-HASH")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster that does the work instead.")
@click.option("--shard", callback=shard, metavar="I/N", help="Only the I-th of N shares, for array jobs.")
@click.option("--resume", is_flag=True, help="Go on with a sweep that was interrupted.")
@click.option("--dry-run", is_flag=True, help="Say points, runs, time and disk, and write nothing.")
@click.option("--yes", is_flag=True, help=f"Do more than {MANY:,} runs.")
@options.common
def sweep(
    console: Console,
    /,
    study: str,
    *,
    target: Target,
    scheduler: str | None,
    shard: tuple[int, int] | None,
    resume: bool,
    dry_run: bool,
    yes: bool,
    **kwargs: Any,
) -> None:
    """Runs a scenario and its baseline on the same draws at many points of what is varied.

    STUDY.yaml says it all (`influence-sim init --study NAME` writes one to start from), and options change what
    it says. Or name a SCENARIO and say what to vary:

    \b
        influence-sim sweep SCENARIO --vary precedent.pull=0:0.2
        influence-sim sweep SCENARIO --vary priors --design morris --samples 20

    A PATH is a parameter (see `params`), interventions.ACTOR.DO.TARGET or conditions.NAME of the scenario. Whatever
    interrupts a sweep, --resume goes on from there. `sensitivity` and `discover` read what came out.
    """  # noqa: D301 - click reads the backspace: keep these lines
    if scheduler is not None and options.given_options("workers"):
        raise click.UsageError("--workers starts threads here, and --scheduler uses those of a cluster; give one")
    request = _request(study, **kwargs)
    runs, points = (request.size()[name] for name in ("runs", "points"))
    if dry_run:
        workers = 0 if scheduler else target.workers  # nobody knows the size of a cluster
        seconds = STARTUP + runs * request.months * PER_RUN_MONTH / max(workers, 1)
        prefix = f"{_size(request.factors, points, request.method)}, "
        suffix = f" with {counted(workers, 'worker') if workers else 'one worker of the cluster'}"
        print_cost(console, request, target.out, seconds, prefix=prefix, suffix=suffix, points=points, workers=workers)
        return
    if runs > MANY and not yes:
        rule = f"this is more than {MANY:,} runs; --dry-run says what it takes, --yes does it"
        raise InputError(wrong("--yes", f"{runs:,}", rule))
    from influence_sim.runs.sweeps.dask import dask_executor

    execution: dict[str, Any] = {"workers": target.workers, "shard": shard, "resume": resume, "force": target.force}
    cluster: Any = nullcontext() if scheduler is None else dask_executor(scheduler)
    try:
        with cluster as executor, console.progress("points", long=True) as progress:
            done = execute.run_sweep(request, target.out, executor=executor, progress=progress, **execution)
    except KeyboardInterrupt:
        console.note("what is done so far stays; the same command with --resume goes on")
        raise
    console.note(*done.notes)
    result = api.sweep.load_sweep(done.folder) if done.complete else None
    report = _waiting(done, shard, len(request.parts), console) if result is None else _report(done, result, console)
    console.answer(_document(request, done, result), report)
    if done.failed:
        hint = f"{done.folder / 'failed.json'} says why, and --resume tries them again"
        raise MachineError(f"{done.failed} of {done.points} points failed; {hint}")


def _request(
    study: str,
    *,
    ranges: Sequence[str],
    sets: Sequence[str],
    outcomes: Sequence[str],
    points: Path | None,
    against: str | None,
    **kwargs: Any,
) -> SweepRequest:
    """The request of a command line; an `InputError` reports all problems at once."""
    from influence_sim.runs.sweeps.plan import plan_sweep

    arguments, names, problems = parse_study_options(ranges, sets)
    names |= _OPTION_NAMES
    names |= {("outcomes", index): f"--outcome no. {index + 1}" for index in range(len(outcomes))}
    if points is not None:
        kwargs["design"] = {"method": "csv", "file": str(points)}
    arguments |= {"outcomes": list(outcomes) or None, "against": ... if against is None else against}
    with options.also_raise(problems):
        return plan_sweep(study, **arguments, names=names, **kwargs)


def parse_study_options(ranges: Sequence[str], sets: Sequence[str]) -> tuple[dict[str, Any], Names, list[Problem]]:
    """Parses the values of all `--vary` and `--set`.

    Returns:
        The study's `vary` and `set`; the names of their parts in errors; the problems of their format.
    """
    names: Names = {("vary",): "--vary", ("parameters",): "--set"}
    values, places, problems = options.settings(sets)
    names |= {("parameters", name): place for name, place in places.items()}
    if PRIORS in ranges:
        if len(ranges) > 1:
            problems.append(wrong("--vary", PRIORS, "stands for every parameter, and so alone"))
        vary: Any = PRIORS
    else:
        vary, places, errors = options.assignments("--vary", ranges, _range, _FORMAT_RULE, "this is varied already")
        names |= {("vary", path): place for path, place in places.items()}
        problems += errors
    return (
        # where every --vary is malformed, which its own problem says, the rest is checked as if all were varied
        {"vary": (vary or PRIORS) if ranges else None, "set": {name: _value(text) for name, text in values.items()}},
        names,
        problems,
    )


def _range(text: str) -> dict[str, Any] | None:
    """`LOW:HIGH` and so on in the form of a study file; None if it is malformed."""
    choices = _CHOICES.fullmatch(text)
    if choices is not None:
        return {"choice": [_value(part) for part in choices[1].split(",")]}
    parts = [part.strip() for part in text.split(":")]
    if not 2 <= len(parts) <= 4 or not all(parts):
        return None
    fields = dict(zip(_KEYS, parts, strict=False))
    return {key: value if key == "scale" else _value(value) for key, value in fields.items()}


def _value(text: str) -> Any:
    """A number; other text as it was typed, to be refused later with its place."""
    value = number(text)
    return text.strip() if value is None else value


def _size(factors: Sequence[object], points: int, method: str) -> str:
    return f"{counted(len(factors), 'number')} varied, {counted(points, 'point')} ({method})"


def _waiting(done: execute.SweepDone, shard: tuple[int, int] | None, parts: int, console: Console) -> Iterator[str]:
    share = "these points are" if shard is None else f"shard {shard[0]}/{shard[1]} is"
    yield console.wrap(f"{share} done: {counted(done.computed, 'point')} computed, {done.reused:,} reused")
    if shard is not None and shard[0] > parts:
        yield console.wrap(f"It has nothing to do: the sweep has {counted(parts, 'part')}, and a shard at least one.")
    if done.missing:
        count = shard[1] if shard else 1
        yield console.wrap(f"Missing still: shard {', '.join(map(str, done.missing))} of {count}")
    yield f"Folder: {done.folder}"


def _report(done: execute.SweepDone, result: api.sweep.Sweep, console: Console) -> Iterator[str]:
    """A sweep's findings as lines of text."""
    arguments, paired = result.arguments, result.against is not None
    last = arguments["dates"][-1]
    yield result.title
    if result.question:
        yield console.wrap(result.question)
    against = f" against {result.against}" if result.against else ""
    size = _size(result.factors, result.points, result.method)
    replicates = f"{counted(arguments['replicates'], 'replicate')} at each"
    length = f"seed {arguments['seed']}, {arguments['months']} months to {last}"
    yield console.wrap(f"{result.scenario}{against}; {size}, {replicates}, {length}")
    yield ""
    if done.failed == done.points:
        yield "No point could be run."
        yield f"Folder: {done.folder}"
        return
    computed = f"{done.points - done.failed:,} OF {done.points:,}" if done.failed else "ALL"
    headings = (
        f"AT {last}, OVER {computed} POINTS",
        *((DIFFERENCE, "ITS SIGN AT MOST POINTS") if paired else (LEVEL,)),
    )
    yield from console.table(headings, [_cells(row, paired=paired) for row in result.ending().to_dict("records")])
    yield ""
    if paired:
        yield console.wrap(api.sweep.CAUTION)
        yield ""
    note = "" if done.fresh else " (already done; nothing was run)"
    if done.fresh and done.reused:
        note = f" ({done.reused:,} points reused, {done.computed:,} computed)"
    yield f"Result: {done.folder}{note}"
    opening = "Next:   "
    if result.mapped:
        yield f"{opening}influence-sim plot {in_quotes(done.folder)}{console.theatre_option}"
        opening = " " * len(opening)
    yield f"{opening}influence-sim sensitivity {in_quotes(done.folder)}{console.theatre_option}"
    row: Any = result.ending(result.outcomes[:1]).to_dict("records")[0]
    if paired and result.method != "morris" and row["points"] >= ENOUGH and row["sign"]:
        # Points where the first outcome differs by more than on average.
        mean = float(f"{row['mean']:.2g}") if row["mean"] == row["mean"] else 0.0
        condition = f"{row['outcome']}_diff {'<' if row['mean'] < 0 else '>'} {mean:g}"
        yield f'        influence-sim discover {in_quotes(done.folder)} --where "{condition}"{console.theatre_option}'


def _cells(row: Mapping[Any, Any], *, paired: bool) -> tuple[str, ...]:
    numbers = band([row[name] for name in ("mean", "low", "high")], signed=paired)
    if not paired:
        return row["label"], numbers
    zero = f", none in {percent(row['share_zero'])}" if row["share_zero"] else ""
    sign = (
        f"{SIGNS[row['sign']]} in {percent(row['share_same_sign'])}{zero}" if row["sign"] else "no difference anywhere"
    )
    return row["label"], numbers, sign


def _document(request: SweepRequest, done: execute.SweepDone, result: api.sweep.Sweep | None) -> dict[str, Any]:
    """A sweep's findings as plain data."""
    return {
        "scenario": request.scenario.name,
        "against": None if request.against is None else request.against.name,
        **picked(request.scenario, "title", "question"),
        **picked(request, "method", "factors"),
        "points": done.points,
        **picked(request, "replicates", "seed", "months", "parameters"),
        "dates": [format_month(date) for date in request.dates],
        "status": ("done" if done.fresh else "already done") if done.complete else "shards missing",
        "missing_shards": done.missing,
        **picked(done, "computed", "reused", "failed", "folder"),
        "outcomes": [] if result is None else result.ending(),
    }
