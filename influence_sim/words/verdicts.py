"""The results of testing the claims, in words; the claims that a scenario touches, with the record on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import pandas as pd

from influence_sim.analysis.claims.evidence import verdict_of
from influence_sim.analysis.claims.examination import Examination, plain_rows
from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS, percent, with_interval
from influence_sim.base.values import picked
from influence_sim.runs.request import PLAUSIBLE
from influence_sim.scenario.resolve import shipped_for
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest
from influence_sim.views.verdicts import VERDICTS
from influence_sim.words.sentences import grammar

VERBS = {
    "increase": ("rises", "rise"),
    "decrease": ("falls", "fall"),
    "above": ("is above", "are above"),
    "below": ("is below", "are below"),
}
"""What a test expects of one thing, and of several."""
KINDS = {
    "coded": "put in: the effect goes without what cites the claim itself",
    "forced": "true by construction",
    "conditional": "it hangs on particular assumptions",
    "emergent": "it stands or falls with a mechanism",
}
"""The kinds of verdicts, and what each says."""
Row = Mapping[str, Any]


def effect_words(row: Row) -> str:
    """`+0.039 [+0.038 to +0.041]`: an effect with its 95 % interval."""
    return with_interval((row[name] for name in ("effect", "ci_low", "ci_high")), signed=True)


def share_words(row: Row) -> str:
    """`72 % (68 to 76)`: a share of worlds with its 95 % interval."""
    low, high = 100 * float(row["share_low"]), 100 * float(row["share_high"])
    return f"{percent(row['share'])} ({low:.0f} to {high:.0f})"


def close_call(row: Row) -> bool:
    """Whether the interval of a test's share reaches into another verdict, so that more worlds could change it."""
    return {row["verdict"]} != {verdict_of(float(row[end])) for end in ("share_low", "share_high")}


def settling_words(rows: Sequence[Row]) -> str:
    """The value of knowing a parameter, from the rows of a test in `Examination.settles`; "" if none stands out."""
    if not rows:
        return ""
    phrases = [
        f"{percent(row['known'])} with {row['parameters'] if ',' not in row['parameters'] else 'all'}" for row in rows
    ]
    return f"two worlds agree in {percent(rows[0]['agreed'])}; if it were known, in {', '.join(phrases)}"


def witness_words(row: Row) -> str:
    """A world in which a test holds, or fails, from its row in `Examination.witnesses`."""
    if not row["worlds"]:
        return f"it {row['side']} in none of {row['tried']:,} worlds"
    kind = "a plausible world" if row["worlds"] == PLAUSIBLE else "a world of the prior ranges"
    return f"it {row['side']} in {kind}, one of {row['tried']:,} that were tried: {effect_words(row)}"


def of_test(examined: Examination, test: str) -> dict[str, str]:
    """Sentences on a test that are not in its row: what would settle it, and its witnesses."""
    settles, witnesses = (
        [row for row in plain_rows(table) if row["test"] == test] for table in (examined.settles, examined.witnesses)
    )
    return {"settled": settling_words(settles), "witnesses": "; ".join(map(witness_words, witnesses))}


def tally(rows: Sequence[Row]) -> Iterator[str]:
    """A summary of all tests in a few sentences, with failing claims named like others."""
    tested = [row for row in rows if row["verdict"] in VERDICTS]
    claims = len({row["claim"] for row in tested})
    yield f"{len(tested)} test{'s' * (len(tested) != 1)} of {claims} claim{'s' * (claims != 1)}:"
    for verdict, plural in VERDICTS.items():
        names = [str(row["test"]) for row in tested if row["verdict"] == verdict]
        word = verdict if len(names) == 1 else plural
        yield f"{len(names)} {word}" + (f" ({', '.join(names)})" if names else "") + ";"
    missing = [str(row["claim"]) for row in rows if row["verdict"] not in VERDICTS]
    noun = "claim is" if len(missing) == 1 else "claims are"
    yield f"{len(missing)} {noun} not testable ({', '.join(missing)})." if missing else "all of them are testable."


def in_plain_words(table: pd.DataFrame, tests: Mapping[str, ClaimTest], theatre: Theatre) -> list[dict[str, Any]]:
    """The rows of an `Examination` for some tests, by id, with `what` each of them tests in plain words.

    The `effect` at the defaults, and the share of sampled `worlds` in which the test holds, have their 95 % intervals.
    """
    rows, plain = [row for row in plain_rows(table) if row["test"] in tests], plain_tests(tests.values(), theatre)
    for row in rows:
        effect = effect_words(row).replace("-", MINUS)
        row |= {"what": plain[row["test"]], "effect": effect, "worlds": share_words(row)}
    return rows


def plain_tests(tests: Iterable[ClaimTest], theatre: Theatre) -> dict[str, str]:
    """What each test tests, in plain words, by its id; without those of scenarios that do not run in this theatre."""
    titles = {name: scenario.title for name, scenario in shipped_for(theatre.vocabulary).items()}
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    return {test.id: plainly(test, titles, labels) for test in tests if test.scenario in titles}


def touched(ids: Set[str], theatre: Theatre, tests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The claims that a scenario names, with their record and tests, in the order of the ledger."""
    return [
        {
            **picked(claim, "id", "statement"),
            "record": ". ".join(filter(None, (claim.record, claim.record_note))),
            "tests": [test for test in tests if test["claim"] == claim.id],
        }
        for claim in theatre.claims
        if claim.id in ids
    ]


def plainly(test: ClaimTest, titles: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """A test in plain words, without names of the code, by the titles of scenarios and the labels of outcomes."""
    arm = f"“{titles[test.scenario]}”" + "".join(f" with {name} = {value:g}" for name, value in test.set.items())
    label, when = labels[test.outcome], month_words(test.when)
    one, several = VERBS[test.expect]
    statement = f"{label} {several if grammar(label).was == 'are' else one}"
    if test.level is not None:
        return f"{arm}: {statement} {test.level:g} in {when}"
    reference = "the baseline" if test.other == ROOT else f"“{titles.get(test.other)}”"
    if test.earlier is not None:
        reference = f"its own {month_words(test.earlier)}"
    return f"{arm}, against {reference}: {statement} by {test.minimum:g} or more by {when}"
