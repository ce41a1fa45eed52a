"""`compare`: several scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.months import format_month
from influence_sim.base.numbers import percent
from influence_sim.cli import completing
from influence_sim.cli.console import Console
from influence_sim.cli.findings import CAUTION, ONE_REPLICATE, band
from influence_sim.cli.inputs import points, usable_cores, with_settings
from influence_sim.cli.options import common
from influence_sim.cli.progress import Progress
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    from influence_sim.api.compare import Comparison, ComparisonRequest

WORLDS = (
    "WORLDS is the share of {samples} sampled sets of assumptions in which the difference has this sign, "
    "HANGS MOST ON the assumption it goes with most."
)

WIDEST = len("-0.0012 [-0.0020 to -0.0005]")
"""Differences mostly take no more, so that the blocks stand beneath each other."""


@click.command(short_help="Set several scenarios side by side against one baseline.")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=completing.scenarios)
@click.option("--against", default="baseline", show_default=True, metavar="SCENARIO", help="What to compare with.")
@click.option("--outcome", "outcomes", multiple=True, metavar="NAME",
              shell_complete=completing.outcomes,
              help="What to compare; may be repeated. By default the headline outcomes.")  # fmt: skip
@click.option("--replicates", type=int, default=200, show_default=True, help="Runs of each scenario.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which random draws.")
@click.option("--months", type=int, default=64, show_default=True, help="Months from 2015-09 on.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE",
              help="A parameter of all scenarios; may be repeated.")  # fmt: skip
@click.option("--samples", callback=points, default="64", show_default=True, metavar="NUMBER|none",
              help="Sampled sets of assumptions to try the differences under.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; by default the usable cores.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Result folder; by default results/compare-HASH.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace what an earlier run left in the folder.")
@common
@click.pass_obj
def compare(
    console: Console,
    /,
    scenarios: tuple[str, ...],
    *,
    outcomes: tuple[str, ...],
    sets: tuple[str, ...],
    workers: int | None,
    out: Path | None,
    force: bool,
    **asked: Any,
) -> None:
    """Runs several scenarios and one baseline on the same random draws, and sets their differences side by side.

    For each outcome prints how far each scenario ends from the baseline, and in how many sampled sets of assumptions
    it does so in this direction. Writes a result folder with the table, a figure and the scenarios.
    """
    request = _request(scenarios, outcomes, sets, **asked)
    from influence_sim.api.compare import compare_into

    with Progress(console, "runs") as progress:
        done = compare_into(request, out, workers=workers or usable_cores(), force=force, progress=progress)
    if console.json:
        console.document(_document(done.result, done.folder, fresh=done.fresh))
    else:
        console.lines([*_report(done.result, console.width), "", *_places(done.folder, fresh=done.fresh)])


def _request(
    scenarios: tuple[str, ...], outcomes: tuple[str, ...], sets: tuple[str, ...], **asked: Any
) -> ComparisonRequest:
    """All that determines the numbers, checked.

    Raises:
        InputError: everything that is wrong with it.
    """
    from influence_sim.api.compare import plan_comparison

    return with_settings(sets, lambda chosen: plan_comparison(scenarios, set=chosen, outcomes=outcomes, **asked))


def _report(found: Comparison, width: int | None) -> Iterator[str]:
    from influence_sim.api.lookups import labels

    runs = "1 replicate" if found.replicates == 1 else f"{found.replicates} replicates"
    yield f"Differences from {found.against} in {format_month(found.month)}; {runs}, seed {found.seed}"
    rows = [{str(key): value for key, value in row.items()} for row in found.table.to_dict("records")]
    heads = {name: labels()[name].label.upper() for name in found.outcomes}
    widest = max(map(len, [*heads.values(), *found.scenarios]))
    for outcome, head in heads.items():
        columns = [Column(head.ljust(widest)), Column("DIFFERENCE [95 %]".ljust(WIDEST))]
        columns += [Column("WORLDS", right=True), Column("HANGS MOST ON")] if found.samples else []
        yield ""
        yield from table(columns, [_cells(row, found.samples) for row in rows if row["outcome"] == outcome], width)
    yield ""
    told = [CAUTION if found.replicates > 1 else ONE_REPLICATE]
    told += [WORLDS.format(samples=found.samples)] if found.samples else []
    yield from (paragraph(line, width) for line in told)


def _cells(row: Mapping[str, Any], samples: int) -> tuple[str, ...]:
    numbers = (float(row["diff"]), float(row["ci_low"]), float(row["ci_high"]))
    cells = (str(row["scenario"]), band(numbers, signed=True))
    if not samples:
        return cells
    share = float(row["share_same_sign"])
    worlds = percent(share)  # NaN where there is no difference to share
    return (*cells, worlds, str(row["parameter"]) if row["stands_out"] else "no single parameter")


def _places(folder: Path, *, fresh: bool) -> Iterator[str]:
    from influence_sim.api.compare import ComparisonRequest

    yield f"Result: {folder}" + ("" if fresh else " (already done; nothing was run)")
    yield f"Figure: {folder / ComparisonRequest.figure}"


def _document(found: Comparison, folder: Path, *, fresh: bool) -> dict[str, Any]:
    from influence_sim.api.compare import ComparisonRequest

    rows = [{str(k): v for k, v in row.items()} for row in found.table.to_dict("records")]
    return {
        "scenarios": list(found.scenarios),
        "against": found.against,
        "month": format_month(found.month),
        "replicates": found.replicates,
        "seed": found.seed,
        "samples": found.samples or None,
        "differences": rows,
        "status": "done" if fresh else "already done",
        "folder": str(folder),
        "figure": str(folder / ComparisonRequest.figure),
        "note": CAUTION,
    }
