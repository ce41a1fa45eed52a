"""What carries a result: the rows are the numbers of the division, and the bars stand where the numbers say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from influence_sim.analysis.explain.attribution import COLUMNS, attribute_each
from influence_sim.api.explain import Explanation, plan_explanation
from influence_sim.reports import report as reporting
from influence_sim.reports.parts import Explained, Row, lay_out
from influence_sim.reports.report import explain_result
from influence_sim.runs.request import plan_run
from influence_sim.theatre import load
from influence_sim.words.endings import Interval
from influence_sim.words.sentences import difference_words

MONTHS = 34
ROWS = (
    ("part", "erosion", "recognition erodes, from 2018-01 (-0.1)", "C35", -0.03, -0.04, -0.02),
    ("part", "revenue", "revenue counts", "", 0.012, 0.01, 0.014),
    ("part", "lull", "a lull", "C55", 0.0004, -0.001, 0.002),
    ("part", "tie", "a tie", "C05", -0.0004, -0.002, 0.001),
    ("remainder", "remainder", "what is left with all these rules off", "", -0.002, -0.003, -0.001),
    ("effect", "effect", "all of it", "", -0.02, -0.03, -0.01),
)


def explained(rows: tuple[tuple[Any, ...], ...] = ROWS) -> Explained:
    whole = rows[-1][4]
    table = pd.DataFrame(
        [("rules", *row, row[4] / whole if whole else float("nan"), "exact: all 16 coalitions") for row in rows],
        columns=list(COLUMNS[:-2]),
    )
    request = plan_explanation("us_engages_taliban", "kabul_authority", by=["rules"], replicates=32)
    return lay_out(Explanation(table, request=request), load())


def steps() -> list[Row]:
    (division,) = explained().divisions
    return list(division.rows)


def test_every_bar_begins_where_the_one_above_ends() -> None:
    erosion, revenue, small, left, whole = steps()
    zero = explained().zero
    assert erosion.left + erosion.width == pytest.approx(zero, abs=0.011)
    assert (erosion.above, erosion.end) == (None, erosion.left)  # it leads downwards
    assert revenue.left == pytest.approx(erosion.end, abs=0.011)
    assert revenue.end == pytest.approx(revenue.left + revenue.width, abs=0.011)
    assert left.left == pytest.approx(whole.left, abs=0.011)
    assert whole.width / erosion.width == pytest.approx(0.02 / 0.03, abs=0.01)
    assert [step.look for step in steps()] == ["lower", "part", "rest", "rest", "whole"]
    assert small.interval is None
    assert erosion.interval is not None
    low, high = erosion.interval
    assert low < erosion.left < high < zero


def test_everything_lies_on_the_scale() -> None:
    parts = explained()
    assert "0.00" in {text for _, text in parts.ticks}
    assert parts.zero == {text: place for place, text in parts.ticks}["0.00"]
    places = [parts.zero, *(place for place, _ in parts.ticks)]
    for step in steps():
        places += [step.left, step.left + step.width, *(step.interval or ())]
    assert min(places) >= 0
    assert max(places) <= 100


def test_rows_are_told_in_words() -> None:
    erosion, _, small, left, whole = steps()
    assert erosion.sentence == (
        "Recognition erodes, from January 2018 (\N{MINUS SIGN}0.1) (C35): lowers Kabul's authority by 0.030, "
        "150 % of the effect."
    )
    assert (erosion.name, small.name, whole.name) == ("erosion", "", "")
    assert erosion.brings == "\N{MINUS SIGN}0.030 [\N{MINUS SIGN}0.040 to \N{MINUS SIGN}0.020]"
    assert small.sentence.replace("\N{NO-BREAK SPACE}", " ") == "2 smaller ones together, 0 % of the effect"
    assert (
        left.sentence.replace("\N{NO-BREAK SPACE}", " ") == "What is left with all these rules off, 10 % of the effect"
    )
    assert whole.sentence == "The whole effect"
    parts = explained()
    assert (
        parts.largest.replace("\N{NO-BREAK SPACE}", " ")
        == "“recognition erodes, from January 2018 (\N{MINUS SIGN}0.1)” (150 %)"
    )
    assert parts.interval == "95 % interval \N{MINUS SIGN}0.030 to \N{MINUS SIGN}0.010"
    assert set(parts.claims) == {"C35"}  # those of the rows that are shown
    assert parts.divisions[0].method == "exact: all 16 combinations"


def test_what_chance_may_explain_is_not_called_the_largest() -> None:
    open_ = (("part", "tie", "a tie", "C05", -0.01, -0.03, 0.01), ("effect", "effect", "", "", -0.01, -0.03, 0.01))
    assert explained(open_).largest == ""


def test_where_nothing_moves_nothing_is_divided() -> None:
    still = (("part", "tie", "a tie", "C05", 0.0, 0.0, 0.0), ("effect", "effect", "", "", 0.0, 0.0, 0.0))
    parts = explained(still)
    assert (parts.divisions, parts.ticks, parts.largest, parts.effect) == ((), (), "", "0")


def test_the_numbers_are_those_of_explain_on_the_first_replicates() -> None:
    request = plan_run("us_engages_taliban", replicates=5, months=MONTHS)
    result = explain_result(request, "us_acceptance", (), replicates=3)
    assert [outcome.outcome for outcome in result.outcomes] == ["us_acceptance", *request.asked]
    assert result.note == ""
    assert result.command.endswith(
        "us_engages_taliban --outcome us_acceptance --month 2018-06 --against baseline --seed 1"
    )
    few = replace(request, replicates=3)
    for outcome in result.outcomes[:2]:
        assert [division.heading for division in outcome.divisions] == [
            "By what the scenario fixes",
            "Through which mechanisms",
            "Through which alliance rules",
            "Through whose interests",
        ]
        table = attribute_each(few, (outcome.outcome,), ("interventions",))[outcome.outcome]
        rows = zip(table["value"], table["ci_low"], table["ci_high"], strict=True)
        brings = [difference_words(Interval(*row)) for row in rows]
        assert [step.brings for step in outcome.divisions[0].rows] == brings
        assert outcome.replicates == 3
    first = result.outcomes[0].divisions[0].rows[0]
    (cited,) = (lever.claims for lever in request.theatre.levers if lever.name == "us.engage_publicly.taliban")
    assert first.sentence.startswith(
        f"The United States: deals openly with the Taliban, from January 2018 ({', '.join(cited)}): raises "
    )
    assert "C44" in result.claims


def test_a_page_says_why_nothing_was_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    request = plan_run("us_engages_taliban", replicates=2, months=MONTHS)
    reasons = {
        "that was not asked for": explain_result(request, "us_acceptance", (), replicates=0),
        "a single replicate": explain_result(replace(request, replicates=1), "us_acceptance", (), replicates=9),
        "the model has changed": explain_result(
            request, "us_acceptance", (), replicates=9, mismatch="the model has changed"
        ),
    }
    for reason, result in reasons.items():
        assert result.outcomes == ()
        assert reason in result.note
    monkeypatch.setattr(reporting, "MOST_ENTRIES", 1)
    result = explain_result(request, "us_acceptance", (), replicates=2)
    assert "By what the scenario fixes" not in {d.heading for outcome in result.outcomes for d in outcome.divisions}
    assert "it has 2 entries, and all 4 combinations" in result.note
