"""The pages `docs/claims.md` and `docs/ways.md`: what testing the claims found, as Markdown.

Their words stand in `claims.md.in` and `ways.md.in` beside this file; here is what they are filled with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from influence_sim.analysis.claims import evidence, examine, grounds, knockouts, witnesses
from influence_sim.analysis.claims.examination import Examination, plain_rows
from influence_sim.base.months import MONTHS, parse_month
from influence_sim.base.numbers import percent, telling_percent
from influence_sim.runs.request import PLAUSIBLE, PRIOR
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import declared_tests
from influence_sim.views.verdicts import VERDICTS
from influence_sim.words.answer import likelihood
from influence_sim.words.verdicts import close_call, effect_words, of_test, share_words

Row = Mapping[str, Any]


def direction_words(row: Row) -> str:
    """`lower; very likely (85 %)`: which way an effect goes, and in how many worlds."""
    way = "higher" if row["effect"] > 0 else "lower"
    if not row["effect"]:
        return "no difference"
    if row["ci_low"] <= 0 <= row["ci_high"]:
        return f"direction uncertain ({way} in {percent(row['share'])} of worlds)"
    held = f"({telling_percent(row['share'])})" if 0 < row["share"] < 1 else "of the worlds"
    return f"{way}; {likelihood(row['share'])} {held}"


def _ever(found: Examination, failing: Sequence[str]) -> dict[str, list[Row]]:
    """The witnesses of failing tests by the worlds that they are of, `plausible`, `prior` or "" where there is none."""
    rows = [row for row in plain_rows(found.witnesses) if row["test"] in failing]
    return {worlds: [row for row in rows if row["worlds"] == worlds] for worlds in (PLAUSIBLE, PRIOR, "")}


def claims_page(found: Examination, theatre: Theatre) -> str:
    """The page of the claims: summary, how to read it, verdicts, reasons, controls, ways, and the ledger."""
    rows = plain_rows(found.table)
    tested = [row for row in rows if row["verdict"] in VERDICTS]
    blind = [row for row in tested if row["discriminates"] is False]
    readings = {test.id for test in declared_tests(theatre).tests if test.further}
    return _filled(
        "claims.md",
        found=found,
        tested=tested,
        untestable=[row for row in rows if row not in tested],
        statements={claim.id: claim.statement for claim in theatre.claims},
        kinds=Counter(row["kind"] for row in tested).most_common(),
        close=list(filter(close_call, tested)),
        blind=blind,
        removed=[row for row in blind if row["reads"] == "free" and "gone without" in str(row["mechanisms"])],
        further=[row for row in tested if row["test"] in readings],
        evidence=evidence,
        examine=examine,
        grounds=grounds,
        ever=_ever(found, [row["test"] for row in tested if row["verdict"] == "fails"]),
        beside={row["test"]: of_test(found, row["test"]) for row in tested},
        names=witnesses,
        kills=knockouts.KILLS,
        ledger=theatre.ledger,
        **({} if found.ways is None else _ways(found.ways, theatre)),
    )


def ways_page(table: pd.DataFrame, theatre: Theatre, samples: int, replicates: int) -> str:
    """The page of a theatre's ways of doing the same.

    Raises:
        ValueError: it declares none.
    """
    given = _ways(table, theatre)
    if not given:
        raise ValueError("the theatre declares no scenarios to set side by side")
    return _filled("ways_page.md", samples=samples, replicates=replicates, **given)


def ways_table(table: pd.DataFrame, theatre: Theatre) -> str:
    """A theatre's ways of doing the same, side by side: a row a scenario, a column an outcome."""
    return _filled("ways_table.md", **_ways(table, theatre)).rstrip("\n")


def _ways(table: pd.DataFrame, theatre: Theatre) -> dict[str, Any]:
    """What the templates need of them: the declaration, the month, the outcomes' labels, and cells by scenario."""
    ways = declared_tests(theatre).ways
    if ways is None:
        return {}
    year, month = divmod(parse_month(ways.month), 12)
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    cells: dict[str, list[Row]] = {}
    for row in plain_rows(table):
        cells.setdefault(row["scenario"], []).append(row)
    return {
        "ways": ways,
        "when": f"at the end of {year}" if month == 11 else f"in {MONTHS[month]} {year}",
        "labels": [labels[str(name)] for name in table["outcome"].unique()],
        "cells": cells,
        "titles": {name: load_scenario(name, theatre.vocabulary).title for name in cells},
    }


def _filled(template: str, **given: Any) -> str:
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page.filters |= {
        "effect": effect_words,
        "direction": direction_words,
        "share": share_words,
        "percent": percent,
        "signed": lambda value: "-" if pd.isna(value) else f"{value:+.3f}" if round(value, 3) else "0",
        "part": lambda value: "-" if pd.isna(value) else percent(value),
        "cell": lambda text: str(text).replace("|", "\\|"),
    }
    return page.get_template(f"{template}.in").render(given)
