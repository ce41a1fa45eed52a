"""`compare`: several scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from influence_sim import api
from influence_sim.analysis.explain import PARTS
from influence_sim.api.late import answer_words, drivers
from influence_sim.base.numbers import table_percent, written
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import Target, into_folder
from influence_sim.cli.run import DIVISION_NOTE, band

WORLDS = (
    "WORLDS is the share of {assumptions} {worlds} worlds, sets of assumptions, in which the difference has this sign. "
    "HANGS MOST ON names the assumption that it goes with most, or those that do so together; where chance would give "
    "as much, these worlds cannot tell."
)
PRIOR = "PRIOR is that share of as many worlds all over the prior ranges, whether or not the record allows them."
DIFFERENCE_WIDTH = len("-0.0012 [-0.0020 to -0.0005]")
"""Width of most differences, so that the tables of the outcomes are aligned."""


@click.command(short_help="Set several scenarios side by side against one baseline.")
@options.scenario("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@options.AGAINST
@options.outcomes("What to compare; may be repeated. By default what each asks first, then the headline.")
@click.option("--replicates", type=int, help="Runs of each scenario; by default 200, or as in the folders.")
@click.option("--seed", type=int, help="Which random draws; by default 1, or as in the folders.")
@options.MONTHS
@options.parameter("all scenarios")
@options.ASSUMPTIONS
@options.BOTH_WORLDS
@into_folder("compare-HASH")
@options.common
def compare(
    console: Console, /, scenarios: tuple[str, ...], *, sets: tuple[str, ...], target: Target, **kwargs: Any
) -> None:
    """Runs several scenarios and one baseline on the same random draws, and sets their differences side by side.

    SCENARIO may be the folder of an earlier run: all folders must have the same baseline, seed, months and model.

    For each outcome prints how far each scenario ends from the baseline, how much of that it does itself, through
    ground and stocks, and through what others decide, and in how many worlds, sets of assumptions, it does so in
    this direction. Writes a result folder with the table, a figure and the scenarios.
    """
    request = options.apply_settings(sets, lambda values: api.compare.plan_comparison(scenarios, set=values, **kwargs))
    options.say_which_worlds(console, request)
    target.answer(console, request, "runs", document=_document, report=_report)


def _document(result: api.compare.Comparison) -> dict[str, Any]:
    return {
        **picked(result, "scenarios", "titles", "against"),
        "answers": {name: answer.document for name, answer in result.answers.items()},
        **picked(result, "month", "replicates", "seed"),
        "assumptions": result.assumptions or None,
        "worlds": result.worlds if result.assumptions else None,
        "differences": result.table,
        "note": answer_words.INTERVALS,
    }


def _report(result: api.compare.Comparison, console: Console) -> Iterator[str]:
    for name, answer in result.answers.items():
        yield console.wrap(f"{result.titles[name]} ({name}): {answer.text}", "  ")
    yield ""
    yield f"Differences from {result.other} in {result.month}; {result.sample}"
    titles = {name: api.lookups.labels()[name].label.upper() for name in result.outcomes}
    width = max(map(len, titles.values()))
    for outcome, label in titles.items():
        headings = [label.ljust(width), "DIFFERENCE [95 %]".ljust(DIFFERENCE_WIDTH)]
        parts = [part.upper() for part in PARTS]
        worlds = ["WORLDS", *(["PRIOR"] if "prior_share" in result.table else []), "HANGS MOST ON"]
        headings += [*parts, *(worlds if result.assumptions else [])]
        rows = [
            (result.titles[row["scenario"]], *_cells(row, with_worlds=bool(result.assumptions)))
            for row in result.table[result.table["outcome"] == outcome].to_dict("records")
        ]
        yield ""
        yield from console.table(headings, rows, right=[*parts, "WORLDS", "PRIOR"], wraps=headings[0])
    yield ""
    yield console.wrap(answer_words.INTERVALS if result.replicates > 1 else answer_words.ONE_REPLICATE)
    yield console.wrap(DIVISION_NOTE.format(against=result.other))
    if result.assumptions:
        failed = int(result.table["failed"].max())
        computed = f"{result.assumptions - failed} of {result.assumptions}" if failed else result.assumptions
        yield console.wrap(WORLDS.format(assumptions=computed, worlds=result.worlds))
    if "prior_share" in result.table:
        yield console.wrap(PRIOR)
    if result.assumptions:
        decisive = result.table.loc[result.table["stands_out"].astype(bool), "parameter"]
        yield from (console.wrap(text, "  ", "") for text in api.lookups.meanings(decisive))


def _cells(row: Mapping[Any, Any], *, with_worlds: bool) -> tuple[str, ...]:
    difference = band([row[name] for name in ("diff", "ci_low", "ci_high")], signed=True)
    parts = (written(row[part], signed=True) for part in PARTS)
    if not with_worlds:
        return difference, *parts
    shares = (table_percent(row[name]) for name in ("share_same_sign", "prior_share") if name in row)
    return difference, *parts, *shares, drivers.Driver.of_row(row).short
