"""`report`: a result folder as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from influence_sim.base.errors import raise_any
from influence_sim.base.progress import volume
from influence_sim.cli import options
from influence_sim.cli.console import Console, picked

SHAPE = "must be written PARAMETER=LOW:HIGH or PARAMETER=LOW:HIGH:STEPS"


@click.command(short_help="Make one self-contained HTML page of a result folder.")
@options.FOLDER
@click.option(
    "-o",
    "--out",
    type=options.PATH,
    metavar="FILE.html",
    help="The page; by default report.html in DIR, or brief.html.",
)
@click.option("--brief", is_flag=True, help="One side of paper to forward.")
@click.option("--sliders", "ranges", multiple=True, metavar="PATH=LOW:HIGH[:STEPS]",
              help="A parameter to move in the page; up to four. By default three that matter.")  # fmt: skip
@click.option("--no-sliders", is_flag=True, help="A page without sliders.")
@click.option("--replicates", type=int, default=40, help="Runs at each point of the sliders.")
@click.option("--explain", "explanations", multiple=True, type=options.PATH, metavar="DIR",
              help="A folder of `explain` on this run, to say what carries the result; may be repeated. "
                   "Nothing is computed for that then.")  # fmt: skip
@click.option("--explain-replicates", type=int, default=32, metavar="N",
              help="Otherwise: the run's first replicates in which parts are switched off; 0 for none.")  # fmt: skip
@options.common
def report(
    console: Console, /, folder: Path, *, out: Path | None, ranges: tuple[str, ...], no_sliders: bool, **asked: Any
) -> None:
    """Makes one HTML page of the result folder DIR, of any kind: the question, the answer and what it hangs on.

    The page needs no network and no other file. That of a run has sliders, which answer from a grid of runs that is
    computed now, and so is what carries the result: how much of it each part of scenario and model brings. --brief
    makes one side of paper instead, and computes nothing.
    """
    if no_sliders and ranges:
        raise click.UsageError("--sliders and --no-sliders contradict each other")
    found, _, problems = options.assignments("--sliders", ranges, _range, SHAPE, "this parameter is given already")
    raise_any(problems)
    sliders = {} if no_sliders else found or None
    from influence_sim.api.report import report as write

    with console.progress("pieces of work") as progress:
        written = write(folder, out, sliders=sliders, progress=progress, **asked)
    console.note(*written.notes)
    moved = f"; sliders: {', '.join(written.sliders)} ({written.points} points)" if written.sliders else ""
    told = [f"{written.path}: written, {volume(written.size)}{moved}"]
    told += [f"Explained: {', '.join(written.explained)}"] if written.explained else []
    facts = {"file": written.path, "bytes": written.size, **picked(written, "sliders", "points", "explained")}
    console.answer(facts, told)


def _range(text: str) -> tuple[float, ...] | None:
    """`LOW:HIGH` or `LOW:HIGH:STEPS`; None, or a `ValueError`, if it is neither."""
    low, _, rest = text.partition(":")
    high, *steps = rest.split(":")
    return (float(low), float(high), *map(int, steps)) if len(steps) < 2 else None
