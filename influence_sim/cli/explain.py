"""`explain`: why an outcome moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import click

from influence_sim import api
from influence_sim.analysis.explain import DIVISIONS, GROUPS, RESPONSE
from influence_sim.api.late import attribution
from influence_sim.base.numbers import with_interval
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import Target, into_folder

ANSWERS = "By response: what is left of the effect if others keep to what they do in the other arm, and what they add."
SHAPLEY = (
    "Shapley values: what each part brings, on average over all orders of adding them. Links of one chain share what "
    "they bring together."
)
INTERVALS = "Intervals are Monte-Carlo error only."
DECIMALS = 4
ROWS = 8
"""Parts shown of each division."""
Row = Mapping[Any, Any]


@click.command(short_help="Say why an outcome moved: which parts carry the effect.")
@options.scenario()
@click.option("--outcome", metavar="NAME", shell_complete=options.complete_outcomes,
              help="What moved; by default the first outcome that the scenario asks about.")  # fmt: skip
@click.option("--month", metavar="YYYY-MM", help="When it is read; by default in the last month of a run.")
@options.AGAINST
@click.option("--by", multiple=True, type=click.Choice(GROUPS), metavar="|".join(GROUPS),
              help="How to divide the effect; may be repeated. By default all but interests.")  # fmt: skip
@click.option("--together", is_flag=True, help="Divide once, among the parts of all groups but response.")
@click.option("--replicates", type=int, default=64, help="Runs under each combination of parts.")
@options.SEED
@options.parameter("both arms")
@click.option("--samples", type=int, default=8, help="Orders drawn for each replicate where parts are more than eight.")
@into_folder("explain-HASH")
@options.common
def explain(console: Console, /, scenario: str, *, sets: tuple[str, ...], target: Target, **kwargs: Any) -> None:
    """Says why an outcome moved in SCENARIO: how much of the effect each part of scenario and model brings.

    First, what it does itself, what that adds up to in ground and stocks, and what others decide otherwise because of
    it. Then by parts: what the scenario fixes, alliance rules, interests of actors and mechanisms, which are switched
    off in all combinations (up to eight parts) or along random orders, on the same random draws, and share the effect
    as Shapley values. Writes a result folder with the whole table and a figure.
    """
    kwargs["by"] = kwargs["by"] or DIVISIONS
    request = options.apply_settings(sets, lambda values: api.explain.plan_explanation(scenario, set=values, **kwargs))
    target.answer(console, request, "blocks of runs", document=_document, report=_report)


def _report(result: api.explain.Explanation, console: Console) -> Iterator[str]:
    yield f"{result.finding}."
    subject = f"{result.scenario} against {result.against}, {result.outcome} in {result.month}"
    effect = with_interval(result.effect, signed=True, decimals=DECIMALS)
    yield console.wrap(f"{subject}: {effect}; {result.sample}")
    for division in result.divisions:
        rows = result.with_clear_shares(division)
        cells = [_cells(row) for row in attribution.shortened(rows, ROWS).to_dict("records")]
        method = str(rows["method"].iloc[0])
        headings = (api.explain.HEADINGS[division].upper(), "BRINGS [95 %]", "SHARE", method)
        yield ""
        yield from console.table(headings, cells, right=("SHARE",), wraps=method)
    yield ""
    yield console.wrap(_caution(result))


def _caution(result: api.explain.Explanation) -> str:
    """How the divisions are to be read."""
    shapley = [name for name in result.divisions if name != RESPONSE]
    return " ".join([*([ANSWERS] if RESPONSE in result.divisions else []), *([SHAPLEY] if shapley else []), INTERVALS])


def _cells(row: Row) -> tuple[str, ...]:
    """A part, its effect, its share, and a sentence that names its claims."""
    value, low, high, share = (float(row[name]) for name in ("value", "ci_low", "ci_high", "share"))
    number = with_interval((value, low, high), signed=True, decimals=DECIMALS) if value else "0"
    part = f"{round(100 * share) + 0:d} %" if isfinite(share) else ""
    return str(row["part"]), number, part, "" if row["kind"] == "pooled" else f"{api.explain.part_label(row)}."


def _document(result: api.explain.Explanation) -> dict[str, Any]:
    label, divisions = api.lookups.labels()[result.outcome].label, {}
    keys = ("kind", "part", "words", "value", "ci_low", "ci_high", "share")
    for name in result.divisions:
        rows, clear = result.by(name).to_dict("records"), result.with_clear_shares(name).to_dict("records")
        parts = [
            {key: row[key] for key in keys}
            | {"claims": str(row["claims"]).split(), "sentence": api.explain.sentence(clear_row, label)}
            for row, clear_row in zip(rows, clear, strict=True)
            if row["kind"] != "effect"
        ]
        divisions[name] = {"method": rows[0]["method"], "parts": parts}
    return {
        **picked(result, "scenario", "against", "outcome", "month", "replicates", "seed", "parameters", "finding"),
        "effect": dict(zip(("mean", "ci_low", "ci_high"), result.effect, strict=True)),
        "divisions": divisions,
        "note": _caution(result),
    }
