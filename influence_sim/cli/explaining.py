"""`explain`: why an outcome moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.months import format_month
from influence_sim.cli import completing
from influence_sim.cli.console import Console
from influence_sim.cli.inputs import usable_cores, with_settings
from influence_sim.cli.options import common
from influence_sim.cli.progress import Progress
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    from influence_sim.api.explain import Explanation, ExplanationRequest

DIVISIONS = ("interventions", "rules", "mechanisms")
GROUPS = ("interventions", "rules", "interests", "mechanisms")
CAUTION = (
    "Shapley values: what each part brings, on average over all orders of adding them. Links of one chain share what "
    "they bring together. Intervals are Monte-Carlo error only."
)
ROWS = 8
"""Parts shown of each division."""


@click.command(short_help="Say why an outcome moved: which parts carry the effect.")
@click.argument("scenario", shell_complete=completing.scenarios)
@click.option("--outcome", default="kabul_authority", show_default=True, metavar="NAME", help="What moved.",
              shell_complete=completing.outcomes)  # fmt: skip
@click.option("--month", default="2020-12", show_default=True, metavar="YYYY-MM", help="When it is read.")
@click.option("--against", default="baseline", show_default=True, metavar="SCENARIO", help="What to compare with.")
@click.option("--by", multiple=True, type=click.Choice(GROUPS), metavar="|".join(GROUPS),
              help="How to divide the effect; may be repeated. By default all but interests.")  # fmt: skip
@click.option("--together", is_flag=True, help="Divide once, among the parts of all groups.")
@click.option("--replicates", type=int, default=64, show_default=True, help="Runs under each combination of parts.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which random draws.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE",
              help="A parameter of both arms; may be repeated.")  # fmt: skip
@click.option("--samples", type=int, default=8, show_default=True,
              help="Orders drawn for each replicate where parts are more than eight.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; by default the usable cores.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Result folder; by default results/explain-HASH.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace what an earlier run left in the folder.")
@common
@click.pass_obj
def explain(
    console: Console,
    /,
    scenario: str,
    *,
    by: tuple[str, ...],
    sets: tuple[str, ...],
    workers: int | None,
    out: Path | None,
    force: bool,
    **asked: Any,
) -> None:
    """Says why an outcome moved in SCENARIO: how much of the effect each part of scenario and model brings.

    Parts are what the scenario fixes, alliance rules, interests of actors and mechanisms. They are switched off in
    all combinations (up to eight parts) or along random orders, on the same random draws, and share the effect as
    Shapley values. Writes a result folder with the whole table and a figure.
    """
    request = _request(scenario, sets, by=by or DIVISIONS, **asked)
    from influence_sim.api.explain import explain_into

    with Progress(console, "blocks of runs") as progress:
        done = explain_into(request, out, workers=workers or usable_cores(), force=force, progress=progress)
    if console.json:
        console.document(_document(done.result, done.folder, fresh=done.fresh))
    else:
        console.lines([*_report(done.result, console.width), "", *_places(done.folder, fresh=done.fresh)])


def _request(scenario: str, sets: tuple[str, ...], **asked: Any) -> ExplanationRequest:
    """All that determines the numbers, checked.

    Raises:
        InputError: everything that is wrong with it.
    """
    from influence_sim.api.explain import plan_explanation

    return with_settings(sets, lambda chosen: plan_explanation(scenario, set=chosen, **asked))


def _report(found: Explanation, width: int | None) -> Iterator[str]:
    from influence_sim.analysis.attribution import shortened
    from influence_sim.api.explain import HEADINGS

    mean, low, high = found.effect
    yield f"{found.finding}."
    runs = f"{found.replicates} replicates, seed {found.seed}"
    what = f"{found.scenario} against {found.against}, {found.outcome} in {format_month(found.month)}"
    yield paragraph(f"{what}: {mean:+.4f} [{low:+.4f} to {high:+.4f}]; {runs}", width)
    for division in found.divisions:
        rows = found.by(division)
        method = str(rows["method"].iloc[0])
        yield ""
        columns = (Column(HEADINGS[division].upper()), Column("BRINGS [95 %]"), Column("SHARE", right=True))
        yield from table(
            (*columns, Column(method, wraps=True)), [_cells(row) for row in _records(rows, shortened)], width
        )
    yield ""
    yield paragraph(CAUTION, width)


def _records(rows: Any, shortened: Any) -> list[Mapping[str, Any]]:
    return list(shortened(rows, ROWS).to_dict("records"))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    value, low, high, share = (float(row[name]) for name in ("value", "ci_low", "ci_high", "share"))
    number = f"{value:+.4f}" if value else "0"
    if isfinite(low) and value:
        number += f" [{low:+.4f} to {high:+.4f}]"
    part = f"{round(100 * share) + 0:d} %" if isfinite(share) else ""
    return str(row["part"]), number, part, _words(row)


def _words(row: Mapping[str, Any]) -> str:
    """What a part is, as a sentence that names its claims."""
    words = str(row["words"])
    if row["kind"] == "pooled":
        return ""
    claims = f" ({', '.join(str(row['claims']).split())})" if row["claims"] else ""
    return f"{words[:1].upper()}{words[1:]}{claims}."


def _places(folder: Path, *, fresh: bool) -> Iterator[str]:
    from influence_sim.api.explain import ExplanationRequest

    yield f"Result: {folder}" + ("" if fresh else " (already done; nothing was run)")
    yield f"Figure: {folder / ExplanationRequest.figure}"


def _document(found: Explanation, folder: Path, *, fresh: bool) -> dict[str, Any]:
    from influence_sim.api.explain import ExplanationRequest

    mean, low, high = found.effect
    return {
        "scenario": found.scenario,
        "against": found.against,
        "outcome": found.outcome,
        "month": format_month(found.month),
        "replicates": found.replicates,
        "seed": found.seed,
        "parameters": dict(found.parameters),
        "finding": found.finding,
        "effect": {"mean": mean, "ci_low": low, "ci_high": high},
        "divisions": {name: _division(found, name) for name in found.divisions},
        "status": "done" if fresh else "already done",
        "folder": str(folder),
        "figure": str(folder / ExplanationRequest.figure),
        "note": CAUTION,
    }


def _division(found: Explanation, name: str) -> dict[str, Any]:
    from influence_sim.api.explain import sentence
    from influence_sim.api.lookups import labels

    rows = found.by(name)
    label = labels()[found.outcome].label
    parts = [
        {key: row[key] for key in ("kind", "part", "words", "value", "ci_low", "ci_high", "share")}
        | {"claims": str(row["claims"]).split(), "sentence": sentence(row, label)}
        for row in rows.to_dict("records")
        if row["kind"] != "effect"
    ]
    return {"method": str(rows["method"].iloc[0]), "parts": parts}
