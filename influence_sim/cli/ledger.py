"""`params` and `claims`: what the model's numbers and rules rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.cli.console import Console
from influence_sim.cli.options import common
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    from influence_sim.theatre import Claim, ParameterSpec

COLUMNS = (
    Column("PARAMETER"),
    Column("DEFAULT", right=True),
    Column("PRIOR RANGE", right=True),
    Column("UNIT"),
    Column("STATUS"),
    Column("SOURCE"),
    Column("MEANING", wraps=True),
)


@click.command(short_help="Every parameter: default, prior range, unit, source, status.")
@click.argument("word", required=False)
@common
@click.pass_obj
def params(console: Console, word: str | None) -> None:
    """Every parameter, or those with WORD in any column.

    The prior range is what a value plausibly is. Status: `cited` means that an outside source gives the size,
    `fitted` that it was adjusted to the record, `assumed` that nobody has measured it.
    """
    from influence_sim.theatre import load

    every = load().parameters
    found = [spec for spec in every.values() if word is None or _holds(spec, word)]
    if not found:
        hint = _near(str(word), list(every))
        raise InputError(Problem("WORD", None, None, str(word), "not a word of any parameter", hint))
    if console.json:
        console.document({"parameters": [asdict(spec) for spec in found]})
    else:
        console.lines(_listing(console, [_row(spec) for spec in found]))


def _holds(spec: ParameterSpec, word: str) -> bool:
    texts = (spec.name, spec.unit, spec.status, spec.source, spec.note)
    return any(word.casefold() in text.casefold() for text in texts)


def _near(word: str, names: Sequence[str]) -> str:
    """The closest whole name, or else the closest part of one."""
    parts = {part for name in names for part in name.split(".")}
    return did_you_mean(word, names) or did_you_mean(word, parts)


def _row(spec: ParameterSpec) -> tuple[str, ...]:
    span = ", ".join(f"{choice:g}" for choice in spec.choices) if spec.choices else f"{spec.low:g} to {spec.high:g}"
    return spec.name, f"{spec.default:g}", span, spec.unit, spec.status, spec.source or "-", spec.note


def _listing(console: Console, rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A table, or where the window is too narrow for one a short paragraph a parameter."""
    lines = table(COLUMNS, rows, console.width)
    if console.width is None or max(map(len, lines)) <= console.width:
        return lines
    return [line for row in rows for line in _stacked(row, console.width)]


def _stacked(row: tuple[str, ...], width: int) -> Iterator[str]:
    name, default, span, unit, status, source, note = row
    yield name
    yield paragraph(f"{default} ({span}) {unit}; {status}; source: {source}", width, "    ")
    if note:
        yield paragraph(note, width, "    ")


@click.command(short_help="Every claim of the article, where the model uses it, and whether it holds.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--test", "tests", is_flag=True, help="Test them: a verdict for each, and of which kind it is.")
@click.option("--four-ways", is_flag=True, help="The four ways in which the US can engage, side by side.")
@click.option("--samples", type=click.IntRange(8, 65536), default=512, show_default=True,
              help="Plausible worlds to test in.")  # fmt: skip
@click.option("--replicates", type=click.IntRange(1, 1024), default=32, show_default=True,
              help="Runs of each scenario in each world.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which random draws.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; by default the usable cores.")
@click.option("--markdown", is_flag=True, help="Print the page that stands in the documentation.")
@common
@click.pass_obj
def claims(console: Console, /, ids: tuple[str, ...], *, tests: bool, four_ways: bool, **asked: Any) -> None:
    """The claims of the article: where the model uses each, or why it does not, and what the record says.

    Without an ID, all of them. With --test, which takes minutes, how each that can be tested fares at the default
    parameters, in how many plausible worlds it holds, and why.
    """
    ids = tuple(dict.fromkeys(name.upper() for name in ids))
    _refuse_contradictions(console, ids, tests=tests, four_ways=four_ways, markdown=asked["markdown"])
    if tests or four_ways:
        from influence_sim.cli import testing

        wanted = testing.Wanted(**asked)
        testing.four_ways(console, wanted) if four_ways else testing.test(console, wanted, ids)
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
