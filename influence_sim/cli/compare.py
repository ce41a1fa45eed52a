"""`compare`: several scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from influence_sim import api
from influence_sim.analysis.explain import PARTS
from influence_sim.api.late import answer_words, decides
from influence_sim.base.months import format_month
from influence_sim.base.numbers import percent, written
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import Into, into_folder
from influence_sim.cli.run import DIVIDED, band

WORLDS = (
    "WORLDS is the share of {samples} {worlds} worlds, sets of assumptions, in which the difference has this sign, "
    "HANGS MOST ON the assumption it goes with most, or those that do together; where chance would give as much, these "
    "worlds cannot tell."
)
ASIDE = "PRIOR is that share of as many worlds all over the prior ranges, whether or not the record allows them."
WIDEST = len("-0.0012 [-0.0020 to -0.0005]")
"""Differences mostly take no more, so that the blocks stand beneath each other."""


@click.command(short_help="Set several scenarios side by side against one baseline.")
@options.scenario("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@options.AGAINST
@options.outcomes("What to compare; may be repeated. By default what each asks first, then the headline.")
@click.option("--replicates", type=int, help="Runs of each scenario; by default 200, or as in the folders.")
@click.option("--seed", type=int, help="Which random draws; by default 1, or as in the folders.")
@options.MONTHS
@options.parameter("all scenarios")
@options.points("--samples", "Worlds, sets of assumptions, to try the differences in.")
@options.BOTH_WORLDS
@into_folder("compare-HASH")
@options.common
def compare(
    console: Console, /, scenarios: tuple[str, ...], *, sets: tuple[str, ...], into: Into, **asked: Any
) -> None:
    """Runs several scenarios and one baseline on the same random draws, and sets their differences side by side.

    SCENARIO may be the folder of an earlier run: all folders must have the same baseline, seed, months and model.

    For each outcome prints how far each scenario ends from the baseline, how much of that it does itself, through
    ground and stocks, and through what others decide, and in how many worlds, sets of assumptions, it does so in
    this direction. Writes a result folder with the table, a figure and the scenarios.
    """
    request = options.with_settings(sets, lambda chosen: api.compare.plan_comparison(scenarios, set=chosen, **asked))
    into.answer(console, request, "runs", document=_document, report=_report)


def _document(found: api.compare.Comparison) -> dict[str, Any]:
    return {
        **picked(found, "scenarios", "titles", "against"),
        "answers": {name: answer.document for name, answer in found.answers.items()},
        "month": format_month(found.month),
        **picked(found, "replicates", "seed"),
        "samples": found.samples or None,
        "worlds": found.worlds if found.samples else None,
        "differences": found.table,
        "note": answer_words.INTERVALS,
    }


def _report(found: api.compare.Comparison, console: Console) -> Iterator[str]:
    for name, answer in found.answers.items():
        yield console.wrapped(f"{found.titles[name]} ({name}): {answer.text}", "  ")
    yield ""
    yield f"Differences from {found.other} in {format_month(found.month)}; {found.sample}"
    heads = {name: api.lookups.labels()[name].label.upper() for name in found.outcomes}
    widest = max(map(len, [*heads.values(), *found.scenarios]))
    for outcome, head in heads.items():
        headings = [head.ljust(widest), "DIFFERENCE [95 %]".ljust(WIDEST)]
        parts = [part.upper() for part in PARTS]
        tried = ["WORLDS", *(["PRIOR"] if "prior_share" in found.table else []), "HANGS MOST ON"]
        headings += [*parts, *(tried if found.samples else [])]
        rows = found.table[found.table["outcome"] == outcome].to_dict("records")
        yield ""
        yield from console.table(
            headings, [_cells(row, tried=bool(found.samples)) for row in rows], right=[*parts, "WORLDS", "PRIOR"]
        )
    yield ""
    yield console.wrapped(answer_words.INTERVALS if found.replicates > 1 else answer_words.ONE_REPLICATE)
    yield console.wrapped(DIVIDED.format(against=found.other))
    if found.samples:
        lost = int(found.table["failed"].max())
        computed = f"{found.samples - lost} of {found.samples}" if lost else found.samples
        yield console.wrapped(WORLDS.format(samples=computed, worlds=found.worlds))
    if "prior_share" in found.table:
        yield console.wrapped(ASIDE)


def _cells(row: Mapping[Any, Any], *, tried: bool) -> tuple[str, ...]:
    difference = band([row[name] for name in ("diff", "ci_low", "ci_high")], signed=True)
    parts = (written(row[part], signed=True) for part in PARTS)
    if not tried:
        return row["scenario"], difference, *parts
    shares = (percent(row[name]) for name in ("share_same_sign", "prior_share") if name in row)
    return row["scenario"], difference, *parts, *shares, decides.Hanging.of_row(row).short
