"""`rerun`: whether a result can be had again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from influence_sim.cli.console import Console
from influence_sim.cli.failures import FAILED
from influence_sim.cli.inputs import usable_cores
from influence_sim.cli.options import common
from influence_sim.cli.progress import Progress
from influence_sim.cli.tables import Column

if TYPE_CHECKING:
    from influence_sim.api.load import Repeat

COLUMNS = (Column("OUTCOME"), Column("LARGEST DIFFERENCE", right=True))


@click.command(short_help="Repeat a result folder; say whether the numbers are the same.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; by default the usable cores.")
@common
@click.pass_context
def rerun(ctx: click.Context, folder: Path, workers: int | None) -> None:
    """Repeats the run in DIR from its manifest and says whether the numbers are the same.

    Nothing in DIR is changed. Exit status 0 if they are, 1 if not.
    """
    from influence_sim.api.load import rerun as repeat

    console: Console = ctx.obj
    with Progress(console, "runs") as progress:
        result = repeat(folder, workers=workers or usable_cores(), progress=progress)
    _tell(console, folder, result)
    if not result.same:
        ctx.exit(FAILED)


def _tell(console: Console, folder: Path, result: Repeat) -> None:
    for note in result.notes:
        console.note(note)
    found = zip(result.differences["outcome"], result.differences["max_abs_diff"], strict=True)
    sizes = {str(name): float(size) for name, size in found if size != 0}  # NaN is a difference, too
    if console.json:
        console.document(
            {
                "folder": str(folder),
                "same": result.same,
                "identical": result.identical,
                "within": result.within,
                "model_changed": result.model_changed,
                "differences": sizes,
                "notes": list(result.notes),
            }
        )
        return
    console.out(f"{folder}: {_verdict(result)}")
    if not result.same:
        console.table(COLUMNS, [(name, f"{size:.3g}") for name, size in sizes.items()])


def _verdict(result: Repeat) -> str:
    if result.identical:
        return "the same numbers, byte for byte"
    if result.same:
        return f"the same numbers within {result.within:g}"
    return "not the same numbers" + (": the model has changed since" if result.model_changed else "")
