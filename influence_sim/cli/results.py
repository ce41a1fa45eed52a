"""`plot`, `rerun`, `report`, `export`: figures, repetition, pages and tables of a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from influence_sim import api, reports
from influence_sim.base.errors import raise_any
from influence_sim.base.progress import volume
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console

KINDS = tuple(dict.fromkeys(name for names in api.FIGURE_KINDS.values() for name in names))
RUN_KINDS = ", ".join(api.FIGURE_KINDS["run"])
HEADINGS = ("OUTCOME", "LARGEST DIFFERENCE")
RANGE = "must be written PARAMETER=LOW:HIGH or PARAMETER=LOW:HIGH:STEPS"


@click.command(short_help="Draw the figures of a result folder, again or more of them.")
@options.FOLDER
@click.option("--all", "every", is_flag=True,
              help="Every kind of figure, every outcome that moves, and a page of them all, index.html.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), metavar="NAME",
              help=f"What to draw; may be repeated. Of a run: {RUN_KINDS}; of a comparison: forest; "
                   "of an explanation: waterfall; of a sweep: sensitivity, and of a grid heatmap.")  # fmt: skip
@options.outcomes("Of which outcome; may be repeated.")
@click.option("--month", "months", multiple=True, metavar="YYYY-MM",
              help="Of which month a network, map or heatmap; may be repeated.")  # fmt: skip
@click.option("--replicate", type=int, metavar="NUMBER", help="Of which replicate its stances; all without it.")
@click.option("--animate", is_flag=True, help="Also write the map month by month, as a GIF.")
@click.option("--svg", is_flag=True, help="Also write SVG.")
@options.common
def plot(console: Console, /, folder: Path, *, kinds: tuple[str, ...], svg: bool, **kwargs: Any) -> None:
    """Draws figures of the results in DIR into it, and lists them in its manifest.

    Without options draws the page that `run`, `compare` or `explain` has drawn, of a grid its heat maps, and with
    --outcome the fan of that outcome, too. Stances, ties and provinces are not recorded: for these a few replicates are
    played again. DIR may also be a file that `claims --test --json` has printed into: then its verdicts are drawn
    beside it.
    """
    figures = api.figures
    paths = (
        figures.draw_verdicts(folder, svg=svg) if folder.is_file() else figures.draw(folder, kinds, svg=svg, **kwargs)
    )
    console.answer({"folder": folder, "figures": paths}, (f"Figure: {path}" for path in paths))


@click.command(short_help="Repeat a result folder; say whether the numbers are the same.")
@options.FOLDER
@options.WORKERS
@options.common
def rerun(console: Console, folder: Path, workers: int) -> None:
    """Repeats the run in DIR from its manifest and says whether the numbers are the same.

    Nothing in DIR is changed. Exit status 0 if they are, 1 if not.
    """
    with console.progress("runs") as progress:
        result = api.folders.rerun(folder, workers=workers, progress=progress)
    console.note(*result.notes)
    differences = zip(result.differences["outcome"], result.differences["max_abs_diff"], strict=True)
    sizes = {str(name): float(size) for name, size in differences if size != 0}  # NaN is a difference, too
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
    console: Console, /, folder: Path, *, out: Path | None, ranges: tuple[str, ...], no_sliders: bool, **kwargs: Any
) -> None:
    """Makes one HTML page of the result folder DIR, of any kind: the question, the answer and what it hangs on.

    The page needs no network and no other file. That of a run has sliders, which answer from a grid of runs that is
    computed now, and so is what carries the result: how much of it each part of scenario and model brings. --brief
    makes one side of paper instead, and computes nothing.
    """
    if no_sliders and ranges:
        raise click.UsageError("--sliders and --no-sliders contradict each other")
    sliders, _, problems = options.assignments("--sliders", ranges, _range, RANGE, "this parameter is given already")
    raise_any(problems)
    requested = {} if no_sliders else sliders or None
    with console.progress("pieces of work") as progress:
        written = reports.report.report(folder, out, sliders=requested, progress=progress, **kwargs)
    console.note(*written.notes)
    sliders_text = f"; sliders: {', '.join(written.sliders)} ({written.points} points)" if written.sliders else ""
    lines = [f"{written.path}: written, {volume(written.size)}{sliders_text}"]
    lines += [f"Explained: {', '.join(written.explained)}"] if written.explained else []
    facts = {"file": written.path, "bytes": written.size, **picked(written, "sliders", "points", "explained")}
    console.answer(facts, lines)


def _range(text: str) -> tuple[float, ...] | None:
    """`LOW:HIGH` or `LOW:HIGH:STEPS`; None, or a `ValueError`, if it is neither."""
    low, _, rest = text.partition(":")
    high, *steps = rest.split(":")
    return (float(low), float(high), *map(int, steps)) if len(steps) < 2 else None


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
    files = api.folders.export(folder, to, out, trajectories=trajectories)
    console.answer({"files": files}, map(str, files))
