"""The pages `docs/claims.md` and `docs/four_ways.md`: what testing the claims found, as Markdown.

Their prose stands in `templates`; here are the tables and sentences that depend on what was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.analysis.claims import evidence, examine, knockouts
from influence_sim.analysis.claims.examination import plain_rows
from influence_sim.base.months import MONTHS, parse_month
from influence_sim.base.numbers import percent, with_interval
from influence_sim.theatre.claim_tests import Ways, declared_tests

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.claims.examination import Examination
    from influence_sim.theatre import Claim, Theatre

TEMPLATES = Path(__file__).parent / "templates"
VERDICTS = {"holds": "hold", "depends": "depend", "fails": "fail"}
"""Of one test, and of several."""
USES = 4
"""At most so many uses of a claim are listed."""
Row = Mapping[str, Any]


def effect_words(row: Row) -> str:
    """`+0.039 [+0.038 to +0.041]`: an effect with its 95 % interval."""
    return with_interval((row[name] for name in ("effect", "ci_low", "ci_high")), signed=True)


def share_words(row: Row) -> str:
    """`72 % (68 to 76)`: a share of worlds with its 95 % interval."""
    low, high = 100 * float(row["share_low"]), 100 * float(row["share_high"])
    return f"{percent(row['share'])} ({low:.0f} to {high:.0f})"


def tally(rows: Sequence[Row]) -> Iterator[str]:
    """The findings in a few sentences, failing claims as plainly as others."""
    tested = [row for row in rows if row["verdict"] in VERDICTS]
    claims = len({row["claim"] for row in tested})
    yield f"{len(tested)} test{'s' * (len(tested) != 1)} of {claims} claim{'s' * (claims != 1)}:"
    for verdict, several in VERDICTS.items():
        names = [str(row["test"]) for row in tested if row["verdict"] == verdict]
        word = verdict if len(names) == 1 else several
        yield f"{len(names)} {word}" + (f" ({', '.join(names)})" if names else "") + ";"
    missing = [str(row["claim"]) for row in rows if row["verdict"] not in VERDICTS]
    many = "claim is" if len(missing) == 1 else "claims are"
    yield f"{len(missing)} {many} not testable ({', '.join(missing)})." if missing else "all of them are testable."


def claims_page(found: Examination, theatre: Theatre) -> str:
    """The page of the claims: summary, how to read it, verdicts, reasons, controls, ways, and the ledger."""
    rows = plain_rows(found.table)
    tested = [row for row in rows if row["verdict"] in VERDICTS]
    statements = {claim.id: claim.statement for claim in theatre.claims}
    opening, *lists = tally(rows)
    ways = declared_tests(theatre).ways
    return _filled(
        "claims.md",
        tally="\n".join([opening, "", *(f"* {line.rstrip(';.')}" for line in lists)]),
        cautions=" ".join(_cautions(tested)),
        at_defaults=examine.AT_DEFAULTS,
        samples=found.samples,
        replicates=found.replicates,
        parameters=found.parameters,
        seed=found.seed,
        holds=percent(evidence.HOLDS),
        fails=percent(evidence.FAILS),
        always=f"{100 * evidence.ALWAYS:g} %",
        forced_shuffles=examine.FORCED_SHUFFLES,
        knockouts=found.knockouts,
        knocked=examine.KNOCKED,
        kills=percent(knockouts.KILLS),
        shuffles=found.shuffles,
        shuffled=examine.SHUFFLED,
        beaten=percent(evidence.BEATEN / 100),
        verdicts=_verdicts(tested),
        reasons="\n\n".join(_reasons(tested, statements)),
        controls=_controls(tested),
        untestable=_untestable(rows, statements),
        ways=f"## {ways.title}\n\n{_ways(found.four_ways, ways, theatre)}\n\n"
        if ways is not None and found.four_ways is not None
        else "",
        claims=len(theatre.ledger),
        used=sum(bool(claim.used_by) for claim in theatre.ledger),
        ledger=_ledger(theatre.ledger),
    )


def four_ways_page(table: pd.DataFrame, theatre: Theatre, samples: int, replicates: int) -> str:
    """The page of a theatre's ways of doing the same."""
    ways = declared_tests(theatre).ways
    if ways is None:
        raise ValueError("the theatre declares no scenarios to set side by side")
    said = _ways(table, ways, theatre)
    return _filled("four_ways.md", title=ways.title, samples=samples, replicates=replicates, ways=said)


def _filled(template: str, **parts: object) -> str:
    return (TEMPLATES / template).read_text(encoding="utf-8").format(**parts)


def _cautions(tested: Sequence[Row]) -> Iterator[str]:
    """What keeps the tally from being read for more than it is."""
    defaults = sum(bool(row["holds_at_defaults"]) for row in tested)
    yield f"At the defaults alone, {defaults} of {len(tested)} would hold: the defaults are one world among many."
    kinds = Counter(str(row["kind"]) for row in tested)
    told = ", ".join(f"{count} {kind if kind != 'none' else 'of none of these'}" for kind, count in kinds.most_common())
    yield f"By kind: {told}."
    lines = (evidence.FAILS, evidence.HOLDS)
    close = [row for row in tested if any(row["share_low"] <= line <= row["share_high"] for line in lines)]
    yield f"The verdict is a close call in {_names(close)}: the interval of the share spans the next verdict."
    blind = [row for row in tested if row["discriminates"] is False]
    yield f"The control does not discriminate in {_names(blind)}."
    removed = [row for row in blind if row["reads"] == "free" and "gone without" in str(row["mechanisms"])]
    yield f"Of these, some rule or mechanism still removes the effect in {_names(removed)}; the others show little."
    yield f"There is nothing to control in {_names([row for row in tested if row['discriminates'] is None])}."
    yield "A verdict is about the argument as the model has it, and not about the world."


def _names(rows: Sequence[Row]) -> str:
    return f"{len(rows)} ({', '.join(str(row['test']) for row in rows)})" if rows else "none"


def _verdicts(tested: Sequence[Row]) -> str:
    head = ("Test", "What is tested", "Effect [95 %]", "Worlds", "Direction", "Verdict", "Kind")
    cells = [
        (
            f"`{row['test']}`",
            row["words"],
            effect_words(row),
            share_words(row),
            percent(row["share_sign"]),
            f"**{row['verdict']}**",
            row["kind"],
        )
        for row in tested
    ]
    return _table(head, cells)


def _reasons(tested: Sequence[Row], statements: Mapping[str, str]) -> Iterator[str]:
    before = ""
    for row in tested:
        if row["claim"] != before:
            before = str(row["claim"])
            yield f"### {before}\n\n> {statements[before]}"
        note = f" ({row['note']})" if row["note"] else ""
        yield f"**`{row['test']}` {row['verdict']}**, {row['kind']}{note}: {row['why']}."
        more = [key for key in ("parameters", "mechanisms") if row[key] and row[key] not in row["why"]]
        if more:
            yield " ".join(f"{key.capitalize()}: {row[key]}." for key in more)


def _controls(tested: Sequence[Row]) -> str:
    words = {True: "yes", False: "**no**", None: "nothing to control"}
    cells = [(f"`{row['test']}`", row["reads"], row["control"], words[row["discriminates"]]) for row in tested]
    return _table(("Test", "Reads", "Control", "Discriminates"), cells)


def _untestable(rows: Sequence[Row], statements: Mapping[str, str]) -> str:
    missing = [row for row in rows if row["verdict"] not in VERDICTS]
    cells = [(row["claim"], statements[str(row["claim"])], row["why"]) for row in missing]
    return _table(("Claim", "Statement", "Why not"), cells)


def _ways(table: pd.DataFrame, ways: Ways, theatre: Theatre) -> str:
    year, month = divmod(parse_month(ways.month), 12)
    when = f"at the end of {year}" if month == 11 else f"in {MONTHS[month]} {year}"
    return (
        f"Each scenario against the {ways.against} on the same draws, {when}. In each cell: the effect at the defaults "
        "[its 95 % interval], the share of plausible worlds in which it has that sign, and the parameter it hangs on "
        f"most.\n\n{four_ways_table(table, theatre)}"
    )


def four_ways_table(table: pd.DataFrame, theatre: Theatre) -> str:
    """A theatre's ways of doing the same, side by side: a row a scenario, a column an outcome."""
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    cells: dict[str, list[str]] = {}
    for row in plain_rows(table):
        hangs = f"`{row['parameter']}`" if row["parameter"] else "no single parameter"
        cell = f"{effect_words(row)}<br>{percent(row['share'])} of worlds<br>{hangs}"
        cells.setdefault(row["scenario"], [f"`{row['scenario']}`"]).append(cell)
    return _table(["Scenario", *(labels[str(name)] for name in table["outcome"].unique())], list(cells.values()))


def _ledger(claims: Sequence[Claim]) -> str:
    cells = [
        (claim.id, claim.statement, _use(claim), ": ".join(filter(None, (claim.record, claim.record_note))))
        for claim in claims
    ]
    return _table(("Claim", "Statement", "Where used, or why left out", "The record"), cells)


def _use(claim: Claim) -> str:
    if not claim.used_by:
        return f"left out: {claim.left_out or 'no reason given'}"
    rest = len(claim.used_by) - USES
    return "; ".join(claim.used_by[:USES]) + (f"; and {rest} more" if rest > 0 else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
