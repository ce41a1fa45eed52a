"""The claims that a scenario touches, with what the record says and what testing them found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import pandas as pd

from influence_sim.analysis.claims.examination import plain_rows
from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest
from influence_sim.views.claims_page import effect_words, share_words

ROOT = "baseline"
VERBS = {"increase": "rises", "decrease": "falls", "above": "is above", "below": "is below"}


def in_plain_words(
    table: pd.DataFrame, declared: Mapping[str, ClaimTest], titles: Mapping[str, str], labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The rows of an `Examination` for some tests, given by id, with plain words for `what` each of them tests.

    The `effect` at the defaults, and the share of sampled `worlds` in which the test holds, are told with their 95 %
    intervals. `titles` are those of scenarios, and `labels` of outcomes.
    """
    rows = [row for row in plain_rows(table) if row["test"] in declared]
    for row in rows:
        what, effect = plainly(declared[row["test"]], titles, labels), effect_words(row).replace("-", MINUS)
        row |= {"what": what, "effect": effect, "worlds": share_words(row)}
    return rows


def touched(ids: Set[str], theatre: Theatre, tests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The claims that a scenario names, with what is known of them, in the order of the ledger."""
    return [
        {
            "id": claim.id,
            "statement": claim.statement,
            "record": ". ".join(filter(None, (claim.record, claim.record_note))),
            "tests": [test for test in tests if test["claim"] == claim.id],
        }
        for claim in theatre.claims
        if claim.id in ids
    ]


def plainly(test: ClaimTest, titles: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """What a test looks at, for someone who knows none of the names; the rest as for `in_plain_words`."""
    arm = f"“{titles[test.scenario]}”" + "".join(f" with {name} = {value:g}" for name, value in test.set.items())
    seen, when = f"{labels[test.outcome]} {VERBS[test.expect]}", month_words(test.when)
    if test.level is not None:
        return f"{arm}: {seen} {test.level:g} in {when}"
    other = "the baseline" if test.other == ROOT else f"“{titles.get(test.other)}”"
    if test.earlier is not None:
        other = f"its own {month_words(test.earlier)}"
    return f"{arm}, against {other}: {seen} by {test.minimum:g} or more by {when}"
