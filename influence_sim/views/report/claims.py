"""The claims that a scenario touches, with what the record says and what testing them found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS

if TYPE_CHECKING:
    from influence_sim.theatre import Theatre
    from influence_sim.theatre.claim_tests import ClaimTest

PAGE = "claims.md"
ROOT = "baseline"
CELLS = 7
"""Columns of the page's table of verdicts."""
VERBS = {"increase": "rises", "decrease": "falls", "above": "is above", "below": "is below"}


@dataclass(frozen=True, slots=True)
class Tested:
    """What one declared test of a claim found; all in words.

    Attributes:
        id: of the test, which begins with the claim's.
        what: is tested.
        effect: at the default assumptions, with its 95 % interval.
        worlds: share of sampled worlds in which it holds, with its 95 % interval.
        verdict: `holds`, `depends` or `fails`.
        kind: forced by construction, conditional on parameters, or emergent.
    """

    id: str
    what: str
    effect: str
    worlds: str
    verdict: str
    kind: str


@dataclass(frozen=True, slots=True)
class TouchedClaim:
    """A claim with what is known of it."""

    id: str
    statement: str
    record: str
    tests: tuple[Tested, ...]


def touched(ids: Sequence[str], theatre: Theatre, tests: Sequence[Tested]) -> tuple[TouchedClaim, ...]:
    """The claims that a scenario names, in the order of the ledger."""
    return tuple(
        TouchedClaim(
            id=claim.id,
            statement=claim.statement,
            record=". ".join(filter(None, (claim.record, claim.record_note))),
            tests=tuple(test for test in tests if test.id.split("-", 1)[0] == claim.id),
        )
        for claim in theatre.claims
        if claim.id in set(ids)
    )


def plainly(test: ClaimTest, titles: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """What a test looks at, for someone who knows none of the names.

    Args:
        test: as declared.
        titles: of the scenarios it names.
        labels: of the outcomes.
    """
    arm = f"“{titles[test.scenario]}”" + "".join(f" with {name} = {value:g}" for name, value in test.set.items())
    seen, when = f"{labels[test.outcome]} {VERBS[test.expect]}", month_words(test.month)
    if test.level is not None:
        return f"{arm}: {seen} {test.level:g} in {when}"
    return f"{arm}, against {_other(test, titles)}: {seen} by {test.minimum:g} or more by {when}"


def _other(test: ClaimTest, titles: Mapping[str, str]) -> str:
    if test.earlier is not None:
        return f"its own {month_words(test.earlier)}"
    return "the baseline" if test.against == ROOT else f"“{titles[test.against]}”"


def shipped_page() -> Path | None:
    """The page of tested claims: inside an installed package, beside it in a checkout; None if there is none."""
    here = Path(__file__).resolve()
    places = (here.with_name(PAGE), here.parents[3] / "docs" / PAGE)
    return next((path for path in places if path.is_file()), None)


def verdicts(page: str) -> tuple[Tested, ...]:
    """The table of verdicts of the page of tested claims, as `views.claims_page` writes it."""
    section = page.partition("\n## Verdicts\n")[2].partition("\n## ")[0]
    rows = (_cells(line) for line in section.splitlines() if line.startswith("| `"))
    return tuple(
        Tested(row[0].strip("`"), row[1], row[2].replace("-", MINUS), row[3], row[5].strip("*"), row[6])
        for row in rows
        if len(row) == CELLS
    )


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip())[1:-1]
    return [cell.strip().replace("\\|", "|") for cell in cells]
