"""`claims`: every claim of the article, where the model uses it, and its tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import click

from influence_sim import api
from influence_sim.api.late import examination, sampling, theatre, verdict_words
from influence_sim.base.errors import ModelError, raise_any, wrong
from influence_sim.base.numbers import percent
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import Target, into_folder

TESTS = ("TEST", "WHAT IS TESTED", "EFFECT [95 %]", "WORLDS", "VERDICT", "KIND", "PRIOR")
WAYS = ("SCENARIO", "OUTCOME", "EFFECT [95 %]", "WORLDS", "HANGS MOST ON")
NUMBERS = ("EFFECT [95 %]", "WORLDS", "PRIOR")
CAUTION = (
    "Effects are at the defaults, and their intervals Monte-Carlo error only. WORLDS is the share of {worlds} in which "
    "a test holds, or an effect has this sign; PRIOR {prior}. A verdict is close if the 95 % interval of the share "
    "reaches into another: more worlds might give that."
)
SHARES = {
    "plausible": {
        "worlds": "plausible worlds (sets of assumptions that the record does not rule out, see `worlds`)",
        "prior": "that of worlds all over the prior ranges, and where it would make another verdict, that",
    },
    "prior": {
        "worlds": "worlds all over the prior ranges (sets of assumptions, whether or not the record allows them)",
        "prior": "is the same here",
    },
}
"""What the columns of shares are of, by the kind of worlds."""
Row = Mapping[str, Any]


@click.command(short_help="Every claim of the article, where the model uses it, and whether it holds.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--test", "tests", is_flag=True, help="Test them: a verdict for each, and of which kind it is.")
@click.option("--ways", is_flag=True, help="The ways that the theatre sets side by side (claim_tests.yaml).")
@click.option("--samples", type=click.IntRange(8, 65536), default=4096, help="Worlds to test in.")
@options.WORLDS
@click.option("--replicates", type=click.IntRange(1, 1024), default=16, help="Runs of each scenario in each world.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, help="Which random draws.")
@into_folder("claims-HASH")
@options.common
def claims(
    console: Console,
    /,
    ids: tuple[str, ...],
    *,
    tests: bool,
    ways: bool,
    target: Target,
    **kwargs: Any,
) -> None:
    """The claims of the article: where the model uses each, or why it does not, and what the record says.

    Without an ID, all of them. With --test, which takes minutes, how each that can be tested fares at the default
    parameters, in how many plausible worlds it holds, and why; what was found is kept in a result folder.
    """
    ids = tuple(dict.fromkeys(name.upper() for name in ids))
    refused = {
        "--test and --ways are two questions; ask one at a time": tests and ways,
        "--ways takes no ID": ways and ids,
    }
    for name in options.given_options("samples", "worlds", "replicates", "seed", "workers"):
        refused[f"--{name} goes with --test or --ways"] = not (tests or ways)
    for name in options.given_options("out", "force"):
        refused[f"--{name} goes with --test"] = not tests
    if message := next((message for message, contradicts in refused.items() if contradicts), None):
        raise click.UsageError(message)
    if ways:
        _ways(console, target.workers, kwargs)
    elif tests:
        target.answer(
            console,
            api.claims.plan_claims(ids, **kwargs),
            "histories",
            document=lambda result: result.examination.document(),
            report=partial(_report, reasons=bool(ids) or console.verbose),
        )
    else:
        _list_claims(console, ids)


def _list_claims(console: Console, ids: Sequence[str]) -> None:
    """Lists claims; raises if an ID is none."""
    ledger = {claim.id: claim for claim in theatre.load().ledger}
    names = list(ids) or list(ledger)
    hint = f"there are {min(ledger)} to {max(ledger)}" if ledger else "this theatre has none"
    raise_any(wrong("ID", name, "not a claim", hint) for name in names if name not in ledger)
    selected = [ledger[name] for name in names]
    entries = (["", *_entry(claim, console)] if n else _entry(claim, console) for n, claim in enumerate(selected))
    lines = chain.from_iterable(entries) if ledger else ["No claims: the claims.csv of this theatre lists none."]
    console.answer({"claims": selected}, lines)


def _entry(claim: theatre.Claim, console: Console) -> Iterator[str]:
    indent = " " * 5
    yield console.wrap(claim.statement, indent, f"{claim.id:<5}")
    kinds = claim.kind.replace(";", ", ").replace("_", " ")
    yield f"{indent}{kinds}, paragraph {claim.paragraph}" + (f", {claim.date}" if claim.date else "")
    if claim.used_by:
        yield console.wrap("used by: " + "; ".join(claim.used_by), indent)
    if claim.left_out or not claim.used_by:
        yield console.wrap(f"left out: {claim.left_out or 'no reason given'}", indent)
    if claim.record or claim.record_note:
        text = ": ".join(filter(None, (claim.record, claim.record_note)))
        yield console.wrap(f"the record: {text}", indent)


def _report(result: api.claims.Verdicts, console: Console, *, reasons: bool) -> Iterator[str]:
    rows = examination.plain_rows(result.table)
    tested = [row for row in rows if row["words"]]
    yield from console.table(TESTS, [_cells(row) for row in rows], right=NUMBERS, wraps=TESTS[1])
    for row in tested if reasons else ():
        yield ""
        yield console.wrap(f"{row['test']} {row['verdict']}, {row['kind']}: {row['why']}", "    ")
        details = {name: row[name] for name in ("parameters", "mechanisms", "control", "note")}
        for name, text in {**details, **verdict_words.of_test(result.examination, row["test"])}.items():
            if text and str(text) not in str(row["why"]):
                yield console.wrap(f"{name}: {text}", "        ", "    ")
    if reasons and (notes := api.lookups.choice_notes(f"{row['why']} {row['parameters']}" for row in tested)):
        yield from ("", *(console.wrap(note, "  ", "") for note in notes))
    yield ""
    yield from (console.wrap(line, "  ") for line in verdict_words.tally(rows))
    yield ""
    yield console.wrap(CAUTION.format(**SHARES[result.examination.worlds]))


def _cells(row: Row) -> tuple[str, ...]:
    if not row["words"]:
        return row["test"], row["why"], "-", "-", row["verdict"], "-", "-"
    verdict = row["verdict"] + ", close" * verdict_words.close_call(row)
    prior_verdict = "" if row["prior_verdict"] == row["verdict"] else f" {row['prior_verdict']}"
    shares = verdict_words.effect_words(row), percent(row["share"])
    return row["test"], row["words"], *shares, verdict, row["kind"], percent(row["prior_share"]) + prior_verdict


def _ways(console: Console, workers: int, kwargs: dict[str, Any]) -> None:
    """Prints the declared ways side by side."""
    with console.progress("histories") as progress:
        table = api.claims.ways(**kwargs, workers=workers, progress=progress)
    rows = examination.plain_rows(table)
    cells = [
        (row["scenario"], row["outcome"], verdict_words.effect_words(row), percent(row["share"]),
         row["parameter"] or "no single parameter")
        for row in rows
    ]  # fmt: skip
    caution = CAUTION.format(**SHARES[sampling.drawn(theatre.load(), kwargs["worlds"])])
    meanings = api.lookups.meanings(row["parameter"] for row in rows)
    lines = [*console.table(WAYS, cells, right=NUMBERS), "", *map(console.wrap, (caution, *meanings))]
    console.answer({**kwargs, "ways": rows}, lines)
    if table.attrs["lacking"]:
        raise ModelError(table.attrs["lacking"])
