"""`compare`: several scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.months import format_month
from influence_sim.base.numbers import percent
from influence_sim.cli.console import Console
from influence_sim.cli.options import (
    FORCE,
    MONTHS,
    SEED,
    WORKERS,
    common,
    outcomes_option,
    points,
    result_folder,
    scenario_argument,
    set_option,
    with_settings,
)
from influence_sim.cli.run import CAUTION, ONE_REPLICATE, band
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    from influence_sim.api.compare import Comparison

WORLDS = (
    "WORLDS is the share of {samples} sampled sets of assumptions in which the difference has this sign, "
    "HANGS MOST ON the assumption it goes with most."
)
WIDEST = len("-0.0012 [-0.0020 to -0.0005]")
"""Differences mostly take no more, so that the blocks stand beneath each other."""
Row = Mapping[str, Any]


@click.command(short_help="Set several scenarios side by side against one baseline.")
@scenario_argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--against", default="baseline", show_default=True, metavar="SCENARIO", help="What to compare with.")
@outcomes_option("What to compare; may be repeated. By default the headline outcomes.")
@click.option("--replicates", type=int, default=200, show_default=True, help="Runs of each scenario.")
@SEED
@MONTHS
@set_option("all scenarios")
@click.option("--samples", callback=points, default="64", show_default=True, metavar="NUMBER|none",
              help="Sampled sets of assumptions to try the differences under.")  # fmt: skip
@WORKERS
@result_folder("compare-HASH")
@FORCE
@common
@click.pass_obj
def compare(
    console: Console,
    /,
    scenarios: tuple[str, ...],
    *,
    outcomes: tuple[str, ...],
    sets: tuple[str, ...],
    workers: int,
    out: Path | None,
    force: bool,
    **asked: Any,
) -> None:
    """Runs several scenarios and one baseline on the same random draws, and sets their differences side by side.

    For each outcome prints how far each scenario ends from the baseline, and in how many sampled sets of assumptions
    it does so in this direction. Writes a result folder with the table, a figure and the scenarios.
    """
    from influence_sim.api.compare import plan_comparison
    from influence_sim.api.folders import compute_into

    request = with_settings(sets, lambda chosen: plan_comparison(scenarios, set=chosen, outcomes=outcomes, **asked))
    with console.progress("runs") as progress:
        done = compute_into(request, out, workers=workers, force=force, progress=progress)
    found, figure = done.result, done.folder / request.figure
    rows: list[Row] = [{str(key): value for key, value in row.items()} for row in found.table.to_dict("records")]
    if console.json:
        status = {"status": done.status, "folder": str(done.folder), "figure": str(figure)}
        console.document({**_document(found, rows), **status, "note": CAUTION})
    else:
        where = console.places(done.folder, figure, fresh=done.fresh)
        console.lines([*_report(found, rows, console.width), "", *where])


def _report(found: Comparison, rows: list[Row], width: int | None) -> Iterator[str]:
    from influence_sim.api.lookups import labels

    runs = "1 replicate" if found.replicates == 1 else f"{found.replicates} replicates"
    yield f"Differences from {found.against} in {format_month(found.month)}; {runs}, seed {found.seed}"
    heads = {name: labels()[name].label.upper() for name in found.outcomes}
    widest = max(map(len, [*heads.values(), *found.scenarios]))
    for outcome, head in heads.items():
        columns = [Column(head.ljust(widest)), Column("DIFFERENCE [95 %]".ljust(WIDEST))]
        columns += [Column("WORLDS", right=True), Column("HANGS MOST ON")] if found.samples else []
        yield ""
        yield from table(columns, [_cells(row, found.samples) for row in rows if row["outcome"] == outcome], width)
    yield ""
    yield paragraph(CAUTION if found.replicates > 1 else ONE_REPLICATE, width)
    if found.samples:
        yield paragraph(WORLDS.format(samples=found.samples), width)


def _cells(row: Row, samples: int) -> tuple[str, ...]:
    difference = band({name: float(row[name]) for name in ("diff", "ci_low", "ci_high")}, signed=True)
    if not samples:
        return str(row["scenario"]), difference
    parameter = str(row["parameter"]) if row["stands_out"] else "no single parameter"
    return str(row["scenario"]), difference, percent(float(row["share_same_sign"])), parameter


def _document(found: Comparison, rows: list[Row]) -> dict[str, Any]:
    return {
        "scenarios": list(found.scenarios),
        "against": found.against,
        "month": format_month(found.month),
        "replicates": found.replicates,
        "seed": found.seed,
        "samples": found.samples or None,
        "differences": rows,
    }
