"""`rerun`: whether a result can be had again."""

from __future__ import annotations

from pathlib import Path

import click

from influence_sim.cli import options
from influence_sim.cli.console import Console, picked

HEADINGS = ("OUTCOME", "LARGEST DIFFERENCE")


@click.command(short_help="Repeat a result folder; say whether the numbers are the same.")
@options.FOLDER
@options.WORKERS
@options.common
def rerun(console: Console, folder: Path, workers: int) -> None:
    """Repeats the run in DIR from its manifest and says whether the numbers are the same.

    Nothing in DIR is changed. Exit status 0 if they are, 1 if not.
    """
    from influence_sim.api.folders import rerun as repeat

    with console.progress("runs") as progress:
        result = repeat(folder, workers=workers, progress=progress)
    console.note(*result.notes)
    found = zip(result.differences["outcome"], result.differences["max_abs_diff"], strict=True)
    sizes = {str(name): float(size) for name, size in found if size != 0}  # NaN is a difference, too
    if result.identical:
        lines = [f"{folder}: the same numbers, byte for byte"]
    elif result.same:
        lines = [f"{folder}: the same numbers within {result.within:g}"]
    else:
        changed = ": the model has changed since" if result.model_changed else ""
        rows = [(name, f"{size:.3g}") for name, size in sizes.items()]
        lines = [f"{folder}: not the same numbers{changed}", *console.table(HEADINGS, rows, right=HEADINGS[1:])]
    facts = picked(result, "same", "identical", "within", "model_changed")
    console.answer({"folder": folder, **facts, "differences": sizes, "notes": result.notes}, lines)
    if not result.same:
        raise click.exceptions.Exit(1)
