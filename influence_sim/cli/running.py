"""`run`: a scenario and its baseline on the same draws."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from influence_sim.cli import completing, findings
from influence_sim.cli.console import Console
from influence_sim.cli.inputs import points, usable_cores, with_settings
from influence_sim.cli.options import common
from influence_sim.cli.progress import Progress, duration, volume

if TYPE_CHECKING:
    from influence_sim.runs.request import RunRequest

STARTING, A_RUN_MONTH, A_POINT = 2.0, 6e-6, 0.02
"""Rough seconds on one core: to start, draw and write; a month of a run; a set of assumptions."""


@click.command(short_help="Run a scenario and its baseline; say what differs.")
@click.argument("scenario", shell_complete=completing.scenarios)
@click.option("--against", default="baseline", metavar="baseline|none", show_default=True,
              help="What to compare with; none runs the scenario alone.")  # fmt: skip
@click.option("--replicates", type=int, default=200, show_default=True, help="Runs of each arm.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which random draws.")
@click.option("--months", type=int, default=64, show_default=True, help="Months from 2015-09 on.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE",
              help="A parameter of both arms; may be repeated.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; by default the usable cores.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Result folder; by default results/SCENARIO-HASH.")  # fmt: skip
@click.option("--assumptions", callback=points, default="64", show_default=True, metavar="NUMBER|none",
              help="Sampled sets of assumptions to try the difference under.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace what an earlier run left in the folder.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and write nothing.")
@common
@click.pass_obj
def run(
    console: Console,
    /,
    scenario: str,
    *,
    sets: tuple[str, ...],
    out: Path | None,
    workers: int | None,
    force: bool,
    dry_run: bool,
    **asked: Any,
) -> None:
    """Runs SCENARIO and its baseline on the same random draws, and says what differs.

    SCENARIO with a slash or ending in .yaml is a file, otherwise the name of a shipped scenario (see `list`).
    Prints how each headline outcome ends and the difference, and writes a result folder with every
    trajectory, a summary and a figure. The same run again only prints what is there.
    """
    request = _request(scenario, sets, **asked)
    if dry_run:
        _foretell(console, request, out)
        return
    from influence_sim.api.run import run_into

    begun = monotonic()
    with Progress(console, "runs") as progress:
        done = run_into(request, out, workers=workers or usable_cores(), force=force, progress=progress)
    console.detail(f"finished within {duration(monotonic() - begun)}")
    if console.json:
        console.document(findings.document(done))
    else:
        console.lines(findings.report(done, console.width))


def _request(scenario: str, sets: tuple[str, ...], **asked: Any) -> RunRequest:
    """All that determines the numbers, checked.

    Raises:
        InputError: everything that is wrong with it.
    """
    from influence_sim.runs.request import plan_run

    return with_settings(sets, lambda chosen: plan_run(scenario, set=chosen, **asked))


def _foretell(console: Console, request: RunRequest, out: Path | None) -> None:
    """Says how much a run is."""
    size = request.size()
    facts = {
        "runs": size["runs"],
        "months": request.months,
        "seconds": round(_seconds(request), 1),
        "bytes": size["bytes"],
        "folder": str(Path("results") / request.folder_name if out is None else out),
    }
    if console.json:
        console.document({"scenario": request.scenario.name, **facts})
        return
    time, disk = duration(_seconds(request)), volume(size["bytes"])
    console.out(
        f"{request.scenario.name}: {facts['runs']} runs of {request.months} months, about {time} and {disk}, "
        f"into {facts['folder']}; nothing was written"
    )


def _seconds(request: RunRequest) -> float:
    return STARTING + request.size()["runs"] * request.months * A_RUN_MONTH + request.assumptions * A_POINT
