"""`claims`: every claim of the article, where the model uses it, and how it fares when it is tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.numbers import percent
from influence_sim.cli.console import Console
from influence_sim.cli.options import FORCE, WORKERS, common, result_folder
from influence_sim.cli.tables import Column, columns, paragraph, table

if TYPE_CHECKING:
    from influence_sim.analysis.claims.examination import Examination
    from influence_sim.theatre import Claim

TESTS = [
    Column("TEST"),
    Column("WHAT IS TESTED", wraps=True),
    *columns("EFFECT [95 %]", "WORLDS", right=True),
    *columns("VERDICT", "KIND"),
]
WAYS = [*columns("SCENARIO", "OUTCOME"), *columns("EFFECT [95 %]", "WORLDS", right=True), Column("HANGS MOST ON")]
CAUTION = (
    "Effects are at the defaults, and their intervals Monte-Carlo error only. WORLDS is the share of plausible worlds "
    "(points of all prior ranges) in which a test holds, or an effect has this sign."
)
Row = Mapping[str, Any]


@click.command(short_help="Every claim of the article, where the model uses it, and whether it holds.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--test", "tests", is_flag=True, help="Test them: a verdict for each, and of which kind it is.")
@click.option("--four-ways", is_flag=True, help="The ways that the theatre sets side by side (claim_tests.yaml).")
@click.option("--samples", type=click.IntRange(8, 65536), default=512, show_default=True,
              help="Plausible worlds to test in.")  # fmt: skip
@click.option("--replicates", type=click.IntRange(1, 1024), default=32, show_default=True,
              help="Runs of each scenario in each world.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which random draws.")
@WORKERS
@result_folder("claims-HASH")
@FORCE
@click.option("--markdown", is_flag=True, help="Print the page that stands in the documentation.")
@common
@click.pass_obj
def claims(
    console: Console,
    /,
    ids: tuple[str, ...],
    *,
    tests: bool,
    four_ways: bool,
    out: Path | None,
    force: bool,
    markdown: bool,
    **asked: int,
) -> None:
    """The claims of the article: where the model uses each, or why it does not, and what the record says.

    Without an ID, all of them. With --test, which takes minutes, how each that can be tested fares at the default
    parameters, in how many plausible worlds it holds, and why; what was found is kept in a result folder.
    """
    ids = tuple(dict.fromkeys(name.upper() for name in ids))
    _refuse_contradictions(console, ids, tests=tests, four_ways=four_ways, markdown=markdown)
    if four_ways:
        _four_ways(console, asked, markdown=markdown)
    elif tests:
        _test(console, asked, ids, out, markdown=markdown, force=force)
    else:
        _ledger(console, ids)


def _refuse_contradictions(
    console: Console, ids: Sequence[str], *, tests: bool, four_ways: bool, markdown: bool
) -> None:
    """Options that do not go together.

    Raises:
        click.UsageError: there are such.
    """
    wrong = {
        "--test and --four-ways are two questions; ask one at a time": tests and four_ways,
        "--markdown goes with --test or --four-ways": markdown and not (tests or four_ways),
        "--markdown and --json contradict each other": markdown and console.json,
        "--markdown gives the whole page; leave out the IDs": markdown and bool(ids),
        "--four-ways takes no ID": four_ways and bool(ids),
    }
    ctx = click.get_current_context()
    for name in ("samples", "replicates", "seed", "workers"):
        given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        wrong[f"--{name} goes with --test or --four-ways"] = given and not (tests or four_ways)
    for name in ("out", "force"):
        wrong[f"--{name} goes with --test"] = (
            ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE and not tests
        )
    for words, contradicts in wrong.items():
        if contradicts:
            raise click.UsageError(words, ctx)


def _ledger(console: Console, ids: Sequence[str]) -> None:
    """Lists claims.

    Raises:
        InputError: an ID is not that of a claim.
    """
    from influence_sim.theatre import load

    ledger = {claim.id: claim for claim in load().ledger}
    wanted = list(ids) or list(ledger)
    unknown = [name for name in wanted if name not in ledger]
    if unknown:
        span = f"there are {min(ledger)} to {max(ledger)}"
        raise InputError([Problem("ID", None, None, name, "not a claim", span) for name in unknown])
    found = [ledger[name] for name in wanted]
    if console.json:
        console.document({"claims": [asdict(claim) for claim in found]})
    else:
        console.out("\n\n".join("\n".join(_entry(claim, console.width)) for claim in found))


def _entry(claim: Claim, width: int | None) -> Iterator[str]:
    indent = " " * 5
    yield paragraph(claim.statement, width, indent, f"{claim.id:<5}")
    kinds = claim.kind.replace(";", ", ").replace("_", " ")
    yield f"{indent}{kinds}, paragraph {claim.paragraph}" + (f", {claim.date}" if claim.date else "")
    if claim.used_by:
        yield paragraph("used by: " + "; ".join(claim.used_by), width, indent)
    if claim.left_out or not claim.used_by:
        yield paragraph(f"left out: {claim.left_out or 'no reason given'}", width, indent)
    if claim.record or claim.record_note:
        words = ": ".join(filter(None, (claim.record, claim.record_note)))
        yield paragraph(f"the record: {words}", width, indent)


def _test(
    console: Console, asked: dict[str, int], claims: Sequence[str], out: Path | None, *, markdown: bool, force: bool
) -> None:
    """Tests the claims, all of them if none is named, keeps what was found in a folder, and prints it."""
    from influence_sim.api.claims import FIGURE, plan_claims
    from influence_sim.api.folders import compute_into
    from influence_sim.theatre import load

    workers = asked.pop("workers")
    with console.progress("histories") as progress:
        done = compute_into(plan_claims(claims, **asked), out, workers=workers, force=force, progress=progress)
    found = done.result.examination
    if markdown:
        from influence_sim.views.claims_page import claims_page

        console.out(claims_page(found, load()).removesuffix("\n"))
    elif console.json:
        console.document(found.document())
    else:
        where = console.places(done.folder, done.folder / FIGURE, fresh=done.fresh)
        console.lines([*_report(found, console, reasons=bool(claims) or console.verbose), "", *where])


def _four_ways(console: Console, asked: dict[str, int], *, markdown: bool) -> None:
    """Prints the ways that the theatre sets side by side."""
    from influence_sim.analysis.claims.examination import plain_rows
    from influence_sim.api.claims import four_ways
    from influence_sim.theatre import load

    with console.progress("histories") as progress:
        found = four_ways(**asked, progress=progress)
    if markdown:
        from influence_sim.views.claims_page import four_ways_page

        console.out(four_ways_page(found, load(), asked["samples"], asked["replicates"]).removesuffix("\n"))
    elif console.json:
        size = {name: asked[name] for name in ("samples", "replicates", "seed")}
        console.document({**size, "four_ways": plain_rows(found)})
    else:
        rows = table(WAYS, [_way(row) for row in plain_rows(found)], console.width)
        console.lines([*rows, "", paragraph(CAUTION, console.width)])


def _report(found: Examination, console: Console, *, reasons: bool) -> Iterator[str]:
    from influence_sim.analysis.claims.examination import plain_rows
    from influence_sim.views.claims_page import tally

    rows = plain_rows(found.table)
    yield from table(TESTS, [_cells(row) for row in rows], console.width)
    if reasons:
        yield from _reasons(rows, console.width)
    yield ""
    yield from (paragraph(line, console.width, "  ") for line in tally(rows))
    yield ""
    yield paragraph(CAUTION, console.width)


def _cells(row: Row) -> tuple[str, ...]:
    from influence_sim.views.claims_page import effect_words

    if not row["words"]:
        return str(row["test"]), str(row["why"]), "-", "-", str(row["verdict"]), "-"
    share = percent(row["share"])
    return str(row["test"]), str(row["words"]), effect_words(row), share, str(row["verdict"]), str(row["kind"])


def _way(row: Row) -> tuple[str, ...]:
    from influence_sim.views.claims_page import effect_words

    parameter = str(row["parameter"]) or "no single parameter"
    return str(row["scenario"]), str(row["outcome"]), effect_words(row), percent(row["share"]), parameter


def _reasons(rows: Sequence[Row], width: int | None) -> Iterator[str]:
    for row in rows:
        if row["words"]:
            yield ""
            yield paragraph(f"{row['test']} {row['verdict']}, {row['kind']}: {row['why']}", width, "    ")
            told = [("parameters", row["parameters"]), ("mechanisms", row["mechanisms"])]
            seen = str(row["why"])
            for name, words in [*told, ("control", row["control"]), ("note", row["note"])]:
                if words and str(words) not in seen:
                    yield paragraph(f"{name}: {words}", width, "        ", "    ")
