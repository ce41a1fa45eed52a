"""The pages `docs/claims.md` and `docs/four_ways.md`: what testing the claims found, as Markdown made by the tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from influence_sim.analysis.kinds import ALWAYS, BEATEN, FAILS, HOLDS
from influence_sim.analysis.knockouts import KILLS
from influence_sim.analysis.trials import AT_DEFAULTS, FORCED_SHUFFLES, KNOCKED, SHUFFLED
from influence_sim.base.numbers import decimals_for, percent, written

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.verdicts import Examination
    from influence_sim.theatre import Claim, Theatre

VERDICTS = ("holds", "depends", "fails")
USES = 4
"""At most so many uses of a claim are listed."""
Row = Mapping[str, Any]


def effect_words(row: Row) -> str:
    """`+0.039 [+0.038 to +0.041]`: an effect with its 95 % interval."""
    numbers = [float(row[name]) for name in ("effect", "ci_low", "ci_high")]
    decimals = decimals_for(numbers)
    mean, low, high = (written(number, decimals, signed=True) for number in numbers)
    return f"{mean} [{low} to {high}]"


def share_words(row: Row) -> str:
    """`72 % (68 to 76)`: a share of worlds with its 95 % interval."""
    low, high = 100 * float(row["share_low"]), 100 * float(row["share_high"])
    return f"{percent(row['share'])} ({low:.0f} to {high:.0f})"


def tally(rows: Sequence[Row]) -> Iterator[str]:
    """The findings in a few sentences, failing claims as plainly as others."""
    tested = [row for row in rows if row["verdict"] in VERDICTS]
    claims = len({row["claim"] for row in tested})
    yield f"{len(tested)} test{'s' * (len(tested) != 1)} of {claims} claim{'s' * (claims != 1)}:"
    for verdict in VERDICTS:
        names = [str(row["test"]) for row in tested if row["verdict"] == verdict]
        yield f"{len(names)} {_plural(verdict, len(names))}" + (f" ({', '.join(names)})" if names else "") + ";"
    missing = [str(row["claim"]) for row in rows if row["verdict"] not in VERDICTS]
    many = "claim is" if len(missing) == 1 else "claims are"
    yield f"{len(missing)} {many} not testable ({', '.join(missing)})." if missing else "all of them are testable."


def _plural(verdict: str, count: int) -> str:
    return verdict if count == 1 else {"holds": "hold", "depends": "depend", "fails": "fail"}[verdict]


def claims_page(found: Examination, theatre: Theatre) -> str:
    """The page of the claims: summary, how to read it, verdicts, reasons, controls, four ways, and the ledger."""
    rows, ways = _records(found.table), found.four_ways
    statements = {claim.id: claim.statement for claim in theatre.claims}
    parts = [
        _opening(),
        _summary(rows),
        _reading(found),
        _verdicts(rows),
        _reasons(rows, statements),
        _controls(rows),
        _untestable(rows, statements),
        *([["## The US can engage in four ways", "", *_four_ways(ways, theatre)]] if ways is not None else []),
        _ledger(theatre.ledger),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _records(table: pd.DataFrame) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _opening() -> list[str]:
    return [
        "# The claims of the article, tested",
        "",
        "Made by the tool; a change here is lost. To make it again:",
        "",
        "```sh",
        "influence-sim claims --test --markdown > docs/claims.md",
        "```",
    ]


def _summary(rows: Sequence[Row]) -> list[str]:
    tested = [row for row in rows if row["verdict"] in VERDICTS]
    opening, *lists, missing = tally(rows)
    bullets = [f"* {line.rstrip(';.')}" for line in (*lists, missing)]
    return ["## In short", "", opening, "", *bullets, "", " ".join(_cautions(tested))]


def _cautions(tested: Sequence[Row]) -> Iterator[str]:
    """What keeps the tally from being read for more than it is."""
    defaults = sum(bool(row["holds_at_defaults"]) for row in tested)
    yield f"At the defaults alone, {defaults} of {len(tested)} would hold: the defaults are one world among many."
    kinds = Counter(str(row["kind"]) for row in tested)
    told = ", ".join(f"{count} {kind if kind != 'none' else 'of none of these'}" for kind, count in kinds.most_common())
    yield f"By kind: {told}."
    close = [str(row["test"]) for row in tested if _close(row)]
    yield f"The verdict is a close call in {_names(close)}: the interval of the share spans the next verdict."
    blind = [row for row in tested if row["discriminates"] is False]
    yield f"The control does not discriminate in {_names([str(row['test']) for row in blind])}."
    removed = [str(row["test"]) for row in blind if row["reads"] == "free" and "gone without" in str(row["mechanisms"])]
    yield f"Of these, some rule or mechanism still removes the effect in {_names(removed)}; the others show little."
    moot = [str(row["test"]) for row in tested if row["discriminates"] is None]
    yield f"There is nothing to control in {_names(moot)}."
    yield "A verdict is about the argument as the model has it, and not about the world."


def _close(row: Row) -> bool:
    """Whether more worlds might well give another verdict."""
    return any(float(row["share_low"]) <= line <= float(row["share_high"]) for line in (FAILS, HOLDS))


def _names(names: Sequence[str]) -> str:
    return f"{len(names)} ({', '.join(names)})" if names else "none"


def _reading(found: Examination) -> list[str]:
    parts = (_on_tests, _on_worlds, _on_kinds, _on_controls)
    return ["## How to read this", "", *(line for part in parts for line in part(found))]


def _on_tests(found: Examination) -> Iterator[str]:
    yield (
        "The tests were declared before the model was written (`influence_sim/theatre/data/claim_tests.yaml`); nothing "
        "is tuned to pass. Each compares a scenario with another one on the same draws, with an earlier month, or with "
        "a level."
    )
    yield ""
    yield (
        f"* **Effect**: what moves at the default parameters, the mean of {AT_DEFAULTS} replicates with its 95 % "
        "interval, which is Monte-Carlo error only. Of a test against a level: the distance from it."
    )


def _on_worlds(found: Examination) -> Iterator[str]:
    yield (
        f"* **Worlds**: the share of {found.samples} plausible worlds in which the test holds, that is, in which the "
        f"mean effect of {found.replicates} replicates has the claimed direction and at least the declared size; in "
        f"brackets its 95 % interval. A world is one value for each of {found.parameters} parameters, drawn by Latin "
        f"hypercube from all prior ranges at once (seed {found.seed}); no world is held to be likelier than another. "
        "*Direction* is the share in which at least the direction is the claimed one."
    )
    yield (
        f"* **Verdict**: *holds* in at least {percent(HOLDS)} of these worlds, *fails* if it holds in at most "
        f"{percent(FAILS)}, otherwise it *depends*."
    )


def _on_kinds(found: Examination) -> Iterator[str]:
    yield (
        "* **Kind**: *forced* means by construction: it was declared so with an equation of [odd.md](odd.md) "
        f"(`claim_kinds.yaml`), its direction is the claimed one in at least {100 * ALWAYS:g} % of worlds, it survives "
        f"without any rule, without any interest and under {FORCED_SHUFFLES} shuffles of interests, and the verdict "
        "does not depend. *Conditional* means that parameters flip it: those (at most three) whose rank correlation "
        "with holding is beyond what chance gives the best of all parameters (95 %), with the share of worlds in "
        "which the test holds in the upper and in the lower third of their range, and whether moving them to the other "
        "end of their range flips the test at the defaults. *Emergent* means that it stands or falls with a mechanism: "
        f"one of {found.knockouts} rules, motives, events and mechanisms that, switched off at the defaults "
        f"({KNOCKED} replicates), removes {percent(KILLS)} of the effect, or two or three together where none alone "
        "does. Of a failing claim these say what stands in its way."
    )


def _on_controls(found: Examination) -> Iterator[str]:
    yield (
        f"* **Control**: where an actor's own decision answers (*free*), interests and beliefs are dealt out anew in "
        f"{found.shuffles} ways ({SHUFFLED} replicates each), and interests left out altogether; the true effect must "
        f"beat {percent(BEATEN / 100)} of the shuffles and the world without interests. Where the scenario fixes the "
        "lever (*forced*), some knock-out, or two or three together, must remove the effect. A control that does not "
        "discriminate says that the test shows little."
    )


def _verdicts(rows: Sequence[Row]) -> list[str]:
    head = ["Test", "What is tested", "Effect [95 %]", "Worlds", "Direction", "Verdict", "Kind"]
    cells = [
        [
            f"`{row['test']}`",
            str(row["words"]),
            effect_words(row),
            share_words(row),
            percent(row["share_sign"]),
            f"**{row['verdict']}**",
            str(row["kind"]),
        ]
        for row in rows
        if row["verdict"] in VERDICTS
    ]
    return ["## Verdicts", "", *_table(head, cells)]


def _reasons(rows: Sequence[Row], statements: Mapping[str, str]) -> list[str]:
    lines = ["## Why", ""]
    before = ""
    for row in rows:
        if row["verdict"] not in VERDICTS:
            continue
        if row["claim"] != before:
            before = str(row["claim"])
            lines += [f"### {before}", "", f"> {statements[before]}", ""]
        lines += [*_reason(row), ""]
    return lines[:-1]


def _reason(row: Row) -> Iterator[str]:
    note = f" ({row['note']})" if row["note"] else ""
    yield f"**`{row['test']}` {row['verdict']}**, {row['kind']}{note}: {row['why']}."
    extra = [("parameters", "Parameters"), ("mechanisms", "Mechanisms")]
    told = [f"{title}: {row[key]}." for key, title in extra if row[key] and str(row[key]) not in str(row["why"])]
    if told:
        yield ""
        yield " ".join(told)


def _controls(rows: Sequence[Row]) -> list[str]:
    words = {True: "yes", False: "**no**", None: "nothing to control"}
    cells = [
        [f"`{row['test']}`", str(row["reads"]), str(row["control"]), words[row["discriminates"]]]
        for row in rows
        if row["verdict"] in VERDICTS
    ]
    return ["## Controls", "", *_table(["Test", "Reads", "Control", "Discriminates"], cells)]


def _untestable(rows: Sequence[Row], statements: Mapping[str, str]) -> list[str]:
    cells = [
        [str(row["claim"]), statements[str(row["claim"])], str(row["why"])]
        for row in rows
        if row["verdict"] not in VERDICTS
    ]
    return ["## Not testable", "", *_table(["Claim", "Statement", "Why not"], cells)]


def four_ways_page(table: pd.DataFrame, theatre: Theatre, samples: int, replicates: int) -> str:
    """The page of the four ways in which the US can engage."""
    lines = [
        "# The US can engage in four ways",
        "",
        "Made by the tool (`influence-sim claims --four-ways --markdown > docs/four_ways.md`); a change here is lost.",
        "",
        f"{samples} plausible worlds with {replicates} replicates each, drawn as [claims.md](claims.md) says.",
        "",
        *_four_ways(table, theatre),
    ]
    return "\n".join(lines) + "\n"


def _four_ways(table: pd.DataFrame, theatre: Theatre) -> list[str]:
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    rows = _records(table)
    outcomes = list(dict.fromkeys(str(row["outcome"]) for row in rows))
    scenarios = list(dict.fromkeys(str(row["scenario"]) for row in rows))
    found = {(row["scenario"], row["outcome"]): row for row in rows}
    cells = [[f"`{name}`", *(_way(found[name, outcome]) for outcome in outcomes)] for name in scenarios]
    return [
        "Each scenario against the baseline on the same draws, at the end of 2019. In each cell: the effect at the "
        "defaults [its 95 % interval], the share of plausible worlds in which it has that sign, and the parameter it "
        "hangs on most.",
        "",
        *_table(["Scenario", *(labels[name] for name in outcomes)], cells),
    ]


def _way(row: Row) -> str:
    hangs = f"`{row['parameter']}`" if row["parameter"] else "no single parameter"
    return f"{effect_words(row)}<br>{percent(row['share'])} of worlds<br>{hangs}"


def _ledger(claims: Sequence[Claim]) -> list[str]:
    cells = [[claim.id, claim.statement, _use(claim), _record(claim)] for claim in claims]
    used = sum(bool(claim.used_by) for claim in claims)
    return [
        "## All claims",
        "",
        f"{len(claims)} numbered claims, restated; {used} are used by the model, the others say why not. "
        "`influence-sim claims C40` lists every use.",
        "",
        *_table(["Claim", "Statement", "Where used, or why left out", "The record"], cells),
    ]


def _use(claim: Claim) -> str:
    if not claim.used_by:
        return f"left out: {claim.left_out or 'no reason given'}"
    rest = len(claim.used_by) - USES
    return "; ".join(claim.used_by[:USES]) + (f"; and {rest} more" if rest > 0 else "")


def _record(claim: Claim) -> str:
    return ": ".join(filter(None, (claim.record, claim.record_note)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from (_line(row) for row in rows)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
