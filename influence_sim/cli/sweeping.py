"""`sweep`: a scenario and its baseline at many points of what is varied."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.cli import sweep_findings
from influence_sim.cli.console import Console
from influence_sim.cli.inputs import usable_cores
from influence_sim.cli.options import common
from influence_sim.cli.progress import Progress, duration, volume
from influence_sim.cli.varied import shard, typed

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.execute import SweepDone
    from influence_sim.runs.sweeps.request import SweepRequest

MANY = 1_000_000
"""Runs above which `--yes` is asked for."""
STARTING, A_RUN_MONTH = 3.0, 9e-6
"""Rough seconds: to start and to end; of one core for a month of a run whose parameters differ by point."""
METHODS = ["grid", "lhs", "sobol_sequence", "sobol_indices", "morris"]
_OPTIONS = {"replicates": "--replicates", "seed": "--seed", "months": "--months", "keep": "--keep"}
_PLACES = {("scenario",): "scenario", ("against",): "--against", ("design", "samples"): "--samples",
           ("design", "seed"): "--design-seed", ("design", "method"): "--design",
           ("design", "file"): "--points"}  # fmt: skip


HELP = """Runs a scenario and its baseline on the same draws at many points of what is varied.

STUDY.yaml says it all (`influence-sim init --study NAME` writes one to start from), and options change what
it says. Or name a SCENARIO and say what to vary:

\b
    influence-sim sweep us_engages_taliban --vary precedent.strength=0:2
    influence-sim sweep us_engages_taliban --vary priors --design morris --samples 20

A PATH is a parameter (see `params`), interventions.ACTOR.DO.TARGET or conditions.NAME of the scenario. Whatever
interrupts a sweep, --resume goes on from there. `sensitivity` and `discover` read what came out.
"""


@click.command(short_help="Run a scenario at many points; resumable.", help=HELP)
@click.argument("study", metavar="STUDY.yaml|SCENARIO")
@click.option("--vary", "varied", multiple=True, metavar="PATH=LOW:HIGH",
              help="What to vary; may be repeated. Also PATH=LOW:HIGH:log and PATH={A,B,C}; or priors for "
              "every parameter over its prior range.")  # fmt: skip
@click.option("--design", type=click.Choice(METHODS), help="How to choose the points; lhs if nothing says.")
@click.option("--samples", type=int, metavar="N",
              help="Points of lhs and sobol_sequence, levels of grid, base samples of sobol_indices, trajectories of "
              "morris.")  # fmt: skip
@click.option("--design-seed", type=int, metavar="N", help="Of the points; 1 if nothing says.")
@click.option("--points", type=click.Path(path_type=Path), metavar="FILE.csv",
              help="A file of points, in place of --vary and --design.")  # fmt: skip
@click.option("--replicates", type=int, metavar="N", help="Runs of each arm at each point; 64 if nothing says.")
@click.option("--seed", type=int, metavar="N", help="Of the draws, the same at each point; 1 if nothing says.")
@click.option("--months", type=int, metavar="N", help="Months from 2015-09 on; 64 if nothing says.")
@click.option("--against", metavar="baseline|none", help="What to compare with.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE",
              help="A parameter of both arms at each point; may be repeated.")  # fmt: skip
@click.option("--outcome", "outcomes", multiple=True, metavar="NAME",
              help="What is kept; may be repeated. The headline outcomes if nothing says.")  # fmt: skip
@click.option("--keep", type=click.Choice(["reduced", "trajectories"]), help="Keep every run as well, or not.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Local processes; by default the usable cores.")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster that does the work instead.")
@click.option("--shard", callback=shard, metavar="I/N", help="Only the I-th of N shares, for array jobs.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder; by default results/SCENARIO-sweep-HASH.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with a sweep that was interrupted.")
@click.option("--force", is_flag=True, help="Replace what another sweep left in the folder.")
@click.option("--dry-run", is_flag=True, help="Say points, runs, time and disk, and write nothing.")
@click.option("--yes", is_flag=True, help=f"Do more than {MANY:,} runs.")
@common
@click.pass_obj
def sweep(
    console: Console,
    /,
    study: str,
    *,
    out: Path | None,
    workers: int | None,
    scheduler: str | None,
    shard: tuple[int, int] | None,
    resume: bool,
    force: bool,
    dry_run: bool,
    yes: bool,
    **asked: Any,
) -> None:
    """A scenario and its baseline at many points of what is varied."""
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers starts processes here, and --scheduler uses those of a cluster; give one")
    request = _request(study, asked)
    if dry_run:
        _foretell(console, request, out, 0 if scheduler else workers or usable_cores())
        return
    if request.size()["runs"] > MANY and not yes:
        rule = f"this is more than {MANY:,} runs; --dry-run says what it takes, --yes does it"
        raise InputError(Problem("--yes", None, None, f"{request.size()['runs']:,}", rule))
    begun = monotonic()
    with _executor(scheduler) as executor:
        how = {"executor": executor, "workers": workers or usable_cores(), "shard": shard}
        done = _run(console, request, out, {**how, "resume": resume, "force": force})
    console.detail(f"finished within {duration(monotonic() - begun)}")
    _tell(console, request, done, shard)


def _request(study: str, asked: dict[str, Any]) -> SweepRequest:
    """All that determines the numbers, checked.

    Raises:
        InputError: everything that is wrong with it.
    """
    from influence_sim.api.sweep import prepare_sweep

    written = typed(asked.pop("varied"), asked.pop("sets"))
    outcomes, points, against = asked.pop("outcomes"), asked.pop("points"), asked.pop("against")
    names = written.names | _PLACES | {(key,): option for key, option in _OPTIONS.items()}
    names |= {("outcomes", index): f"--outcome no. {index + 1}" for index in range(len(outcomes))}
    if points is not None:
        asked["design"] = {"method": "csv", "file": str(points)}
    problems = written.problems
    try:
        request = prepare_sweep(
            study,
            vary=written.vary,
            set=written.set,
            outcomes=list(outcomes) or None,
            against=... if against is None else against,
            names=names,
            **asked,
        )
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    return request


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Executor | None]:
    """The cluster's, if one is asked for."""
    if scheduler is None:
        yield None
        return
    from influence_sim.runs.sweeps.dask import dask_executor

    with dask_executor(scheduler) as executor:
        yield executor


def _run(console: Console, request: SweepRequest, out: Path | None, how: dict[str, Any]) -> SweepDone:
    """Runs, and says how far it is.

    Raises:
        InputError: the folder holds something else, or needs `--resume`.
        MachineError: another process writes there, workers died, or disk, permissions or memory fail.
    """
    from influence_sim.api.sweep import sweep_to_folder

    try:
        with Progress(console, "points", long=True) as progress:
            return sweep_to_folder(request, out, progress=progress, **how)
    except BrokenPipeError as error:  # between processes of ours: not the user's closed pipe
        raise MachineError("a worker process has died") from error
    except KeyboardInterrupt:
        console.note("what is done so far stays; the same command with --resume goes on")
        raise


def _tell(console: Console, request: SweepRequest, done: SweepDone, shard: tuple[int, int] | None) -> None:
    """Says what came out.

    Raises:
        MachineError: points failed.
    """
    from influence_sim.api.sweep import load_sweep, missing_shards

    for note in done.notes:
        console.note(note)
    result = load_sweep(done.folder) if done.complete else None
    missing = () if done.complete or shard is None else missing_shards(request, done.folder, shard[1])
    if console.json:
        console.document(sweep_findings.document(request, done, result, missing))
    else:
        console.lines(sweep_findings.report(done, result, shard, missing, console.width))
    if done.failed:
        raise MachineError(f"{done.failed} of {done.points} points failed; {done.folder / 'failed.json'} says why")


def _foretell(console: Console, request: SweepRequest, out: Path | None, workers: int) -> None:
    """Says how much a sweep is, with so many local workers, or with 0 on a cluster of unknown size."""
    size = request.size()
    seconds = STARTING + size["runs"] * request.months * A_RUN_MONTH / max(workers, 1)
    facts = {
        "points": size["points"],
        "runs": size["runs"],
        "months": request.months,
        "seconds": round(seconds, 1),
        "bytes": size["bytes"],
        "workers": workers,
        "folder": str(Path("results") / request.folder_name if out is None else out),
    }
    if console.json:
        console.document({"scenario": request.scenario.name, **facts})
        return
    varied = f"{len(request.factors)} number{'s' * (len(request.factors) > 1)} varied"
    who = f"{workers} worker{'s' * (workers > 1)}" if workers else "one worker of the cluster"
    console.out(
        f"{request.scenario.name}: {varied}, {size['points']:,} points ({request.method}), {size['runs']:,} runs of "
        f"{request.months} months, about {duration(seconds)} with {who} and {volume(size['bytes'])}, into "
        f"{facts['folder']}; nothing was written"
    )
