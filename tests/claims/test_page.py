"""What is printed: the page of the documentation, the table of the terminal, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pandas as pd
import pytest
from click.testing import Result
from studies.claims_page import claims_page, direction_words, ways_page

from influence_sim.analysis.claims.examination import Examination
from influence_sim.theatre import Theatre
from influence_sim.words.verdicts import effect_words

Invoke = Callable[..., Result]
SMALL = ("--samples", "8", "--replicates", "1", "--workers", "1")


@pytest.fixture(scope="module")
def page(examined: Examination, theatre: Theatre) -> str:
    return claims_page(examined, theatre)


def test_failing_claims_stand_beside_the_others(page: str) -> None:
    assert "Of 3 declared tests of 2 claims 2 hold" in page
    assert "<li>Hold: C34-taliban-can-cut-opium, C44-too-early</li>" in page
    assert "<li>Fail: C34-backwards</li>" in page
    assert "not testable (C18)" in page
    verdicts = re.findall(r"^\| `(C\d\d-[a-z-]+)` .*\| \*\*(\w+)\*\* \| \w+ \| \d+ % \|$", page, flags=re.MULTILINE)
    assert verdicts == [
        ("C34-taliban-can-cut-opium", "holds"),
        ("C34-backwards", "fails"),
        ("C44-too-early", "holds"),
    ]


def test_a_blind_control_is_said_to_be(page: str) -> None:
    assert "The control does not discriminate in 1 (C44-too-early)" in page


def test_every_claim_is_in_the_ledger(page: str, theatre: Theatre) -> None:
    ledger = page[page.index("## All claims") :]
    assert re.findall(r"^\| (C\d\d) ", ledger, flags=re.MULTILINE) == [claim.id for claim in theatre.claims]
    assert "left out: " in ledger
    assert "nan" not in page


def test_tables_are_tables(page: str) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(cells) == 1, block[:200]


def test_the_page_of_the_ways(theatre: Theatre) -> None:
    row = {"scenario": "us_own_channel", "outcome": "russia_prestige", "effect": -0.0123, "share": 0.61}
    table = pd.DataFrame([{**row, "ci_low": -0.02, "ci_high": -0.005, "parameter": ""}])
    page = ways_page(table, theatre, 512, 32)
    text = "lower; likely (61 %)<br>-0.012 [-0.020 to -0.005]<br>no single parameter"
    assert f"| The US talks in secret again<br>`us_own_channel` | {text} |" in page


@pytest.mark.parametrize(
    ("effect", "low", "high", "words"),
    [
        (0.2, 0.1, 0.3, "higher; likely (61 %)"),
        (-0.2, -0.5, 0.1, "direction uncertain (lower in 61 % of worlds)"),
        (0.0, 0.0, 0.0, "no difference"),
    ],
)
def test_directions_in_words(effect: float, low: float, high: float, words: str) -> None:
    assert direction_words({"effect": effect, "ci_low": low, "ci_high": high, "share": 0.61}) == words


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.1234, 0.1, 0.15), "+0.123 [+0.100 to +0.150]"),
        ((-0.0004, -0.0006, -0.0002), "-0.0004 [-0.0006 to -0.0002]"),
        ((0.0, 0.0, 0.0), "0.000 [0.000 to 0.000]"),
        ((-0.05, -0.05, -0.05), "-0.050 [-0.050 to -0.050]"),
    ],
)
def test_effects_in_words(numbers: tuple[float, float, float], words: str) -> None:
    assert effect_words(dict(zip(("effect", "ci_low", "ci_high"), numbers, strict=True))) == words


@pytest.mark.usefixtures("few_replicates", "blank_pages")
def test_the_terminal_and_json(invoke: Invoke) -> None:
    asked = ("claims", "c13", "C18", "--test", *SMALL, "--out", "out")
    text = invoke(*asked).stdout
    first = next(line for line in text.splitlines() if line.startswith("C13-qcg-isolates-russia"))
    assert "qcg_includes_russia against baseline: russia_inclusion rises by 0.05 or more by 2016-06" in first
    assert re.search(
        r"\d+ %  (holds|depends|fails)(, close)?  +(forced|conditional|emergent|none)  +\d+ %( \w+)?$", first
    )
    assert "not testable" in text
    document = json.loads(invoke(*asked, "--json").stdout)  # of the same folder
    assert document["samples"] == 8
    assert [test["test"] for test in document["tests"]] == [
        *("C13-qcg-isolates-russia", "C13-left-out-russia-engages"),
        "C18",
    ]
    assert isinstance(document["tests"][0]["holds_at_defaults"], bool)
    assert "ways" not in document


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--test", "--ways"), "two questions"),
        (("C13", "--ways"), "--ways takes no ID"),
        (("--samples", "64"), "--samples goes with"),
        (("--test", "--samples", "2"), "8<=x"),
        (("C01", "--test"), "not a claim that can be tested"),
    ],
)
def test_what_does_not_go_together(invoke: Invoke, args: tuple[str, ...], words: str) -> None:
    assert words in invoke("claims", *args, status=2).stderr


def test_what_a_way_hangs_on_is_put_in_words(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {"effect": -0.05, "ci_low": -0.06, "ci_high": -0.04, "share": 1.0}
    rows = [{"scenario": "us_own_channel", "outcome": "russia_prestige", **numbers, "parameter": "mediation.form"}]
    table = pd.DataFrame([*rows, {**rows[0], "parameter": ""}])
    table.attrs["lacking"] = ""
    monkeypatch.setattr("influence_sim.api.claims.ways", lambda **_: table)
    printed = " ".join(invoke("claims", "--ways").stdout.split())
    assert "mediation.form: how the views of those who judge a mediator combine (0 product: the average view" in printed
