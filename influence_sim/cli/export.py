"""`export`: a result's tables for a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import click

from influence_sim.cli import options
from influence_sim.cli.console import Console


@click.command(short_help="Write a result's tables for a spreadsheet.")
@options.FOLDER
@click.option("--to", type=click.Choice(["csv", "xlsx"]), default="csv",
              help="A file a table, or one workbook (needs the extra [excel]).")  # fmt: skip
@click.option("--out", type=options.PATH, metavar="PATH",
              help="A folder, or the workbook; by default tables/ or tables.xlsx in DIR.")  # fmt: skip
@click.option("--trajectories", is_flag=True, help="Also every replicate of a run, month by month.")
@options.common
def export(console: Console, /, folder: Path, *, to: str, out: Path | None, trajectories: bool) -> None:
    """Writes the tables of the result folder DIR, of any kind, for a spreadsheet.

    The first says what the result is and what its answer is, the others hold every number in full. What is text stays
    text, whatever it begins with. A sheet of a workbook holds 1,048,575 rows; what is longer goes into CSV files.
    """
    from influence_sim.api.export import export as write

    files = write(folder, to, out, trajectories=trajectories)
    console.answer({"files": files}, map(str, files))
