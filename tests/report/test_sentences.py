"""Sentences claim no more than the numbers allow."""

from __future__ import annotations

import pytest

from influence_sim.analysis.claims.examination import shipped_examination
from influence_sim.analysis.decides import Hanging
from influence_sim.base.months import parse_month
from influence_sim.reports.claims import in_plain_words, plainly, touched
from influence_sim.reports.endings import Ending, Interval, Robustness
from influence_sim.reports.page import outcomes_asked
from influence_sim.reports.sentences import (
    against_chance,
    answer,
    brief,
    deeds,
    difference_words,
    scale_words,
    within,
)
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import load
from influence_sim.theatre.claim_tests import declared_tests

WHEN = parse_month("2020-12")
NAN = float("nan")


FOLLOWING = Hanging("prestige.following", 0.3, 0.2, stands_out=True, at_low=0.8, at_high=1.0)
NOTHING = Hanging()


def ending(mean: float, low: float, high: float, robustness: Robustness | None = None) -> Ending:
    level = Interval(0.5, 0.4, 0.6)
    return Ending(
        "kabul_authority",
        "Kabul's authority",
        "Kabul's authority",
        "0-1",
        level,
        level,
        Interval(mean, low, high),
        robustness,
    )


def said(mean: float, low: float, high: float, robustness: Robustness | None = None, note: str = "") -> str:
    return answer(ending(mean, low, high, robustness), WHEN, note).replace("\N{NO-BREAK SPACE}", " ")


def test_a_direction_stands_only_where_the_interval_leaves_out_zero() -> None:
    assert "ends 0.016 lower than it otherwise would (95 % interval 0.015 to 0.017" in said(-0.016, -0.017, -0.015)
    assert "ends 0.140 higher" in said(0.14, 0.13, 0.15)
    assert "ends less than 0.0001 lower" in said(-0.00002, -0.00003, -0.00001)
    open_ = said(0.003, -0.003, 0.008)
    assert "cannot tell whether Kabul's authority ends higher or lower" in open_
    assert "+0.003 [\N{MINUS SIGN}0.003 to +0.008]" in open_
    assert "exactly what it would otherwise be" in said(0, 0, 0)
    assert "a single repetition gives no interval (difference +0.200" in said(0.2, NAN, NAN)


def test_the_answer_says_what_it_hangs_on() -> None:
    robust = said(0.1, 0.09, 0.11, Robustness(64, 0.95, 0.0, FOLLOWING), "how much")
    assert "the direction is the same in 95 % of 64 plausible worlds, sets of assumptions, tried" in robust
    assert "it hangs most on how much, prestige.following (80 % if low, 100 % if high)" in robust
    weak = said(0.1, 0.09, 0.11, Robustness(64, 0.6, 0.1, NOTHING))
    assert "in only 60 % of 64 plausible worlds" in weak
    assert "no assumption stands out in 64 worlds" in weak
    assert "keeps the sign of its mean in 55 %" in said(0.1, -0.09, 0.3, Robustness(64, 0.55, 0.0, NOTHING))
    assert "stays so in 100 % of 64" in said(0, 0, 0, Robustness(64, NAN, 1.0, NOTHING))
    assert "was not tried" in said(0.1, 0.09, 0.11)


def test_short_forms() -> None:
    assert (
        brief(ending(-0.016, -0.017, -0.015, Robustness(9, 0.7, 0, NOTHING)))
        == "lower by 0.016; depends on what is assumed"
    )
    assert (
        brief(ending(0.2, 0.1, 0.3, Robustness(9, 0.9, 0, NOTHING)))
        == "higher by 0.200; robust under other assumptions"
    )
    assert brief(ending(0.2, -0.1, 0.3, Robustness(9, 0.9, 0, NOTHING))) == "direction open"
    assert brief(ending(0.2, 0.1, 0.3)) == "higher by 0.200; other assumptions not tried"
    assert against_chance(ending(0.1, 0.05, 0.2)).startswith("The shift is about 50 % of the spread")
    assert "2.0 times the spread" in against_chance(ending(-0.4, -0.5, -0.3))
    assert against_chance(ending(0.1, -0.05, 0.2)) == ""
    assert scale_words("share of districts") == "on a scale from 0 to 1"
    assert scale_words(load().words.units["same index"]) == "as an index on which 0.5 is the opium output of 2017"
    assert scale_words("states") == "counted in states"
    assert [load().inner(label) for label in ("US presence", "The US's share", "Russia's share", "Opium output")] == [
        "US presence",
        "the US's share",
        "Russia's share",
        "opium output",
    ]
    assert within("How much") == "how much"
    assert within("Kabul's loss") == "Kabul's loss"


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (Interval(0.00012, 0.0001, 0.00014), "+0.0001 [+0.0001 to +0.0001]"),
        (Interval(-0.25, -0.3, 0.0), "\N{MINUS SIGN}0.250 [\N{MINUS SIGN}0.300 to 0.000]"),
        (Interval(0.25, NAN, NAN), "+0.250"),
        (Interval(0.00002, 0.00001, 0.00003), "\N{ALMOST EQUAL TO} 0"),
        (Interval(0.0, 0.0, 0.0), "0"),
    ],
)
def test_differences_are_told_from_zero(gap: Interval, words: str) -> None:
    assert difference_words(gap) == words


def test_a_scenario_is_told_line_by_line() -> None:
    theatre = load()
    lines = list(deeds(load_scenario("us_withdraws", theatre.vocabulary), theatre))
    assert "United States: no fighting against the Taliban from January 2019" in lines
    assert (
        "United States: no support for the government in Kabul: money, arms or intelligence from January 2019" in lines
    )
    assert "Outside circumstance, foreign troops (thousand): 8 from July 2018, 0 from January 2019" in lines
    lines = list(deeds(load_scenario("moscow_settlement", theatre.vocabulary), theatre))
    assert "Talks that Russia leads in Moscow: the Taliban invited from January 2018" in lines


def test_every_shipped_scenario_can_be_told() -> None:
    theatre = load()
    told = {name: list(deeds(load_scenario(name, theatre.vocabulary), theatre)) for name in shipped_scenarios()}
    assert told["opium_ban"] == ["Taliban: rooting out opium poppy on its own ground from January 2018"]
    assert [name for name, lines in told.items() if not lines] == ["baseline"]


def test_there_are_words_for_every_actor_and_outcome() -> None:
    theatre = load()
    assert {name for name, words in theatre.words.actors.items() if words.who} == set(theatre.vocabulary.actors)
    assert set(theatre.words.outcomes) == set(theatre.vocabulary.outcomes)
    assert set(theatre.instruments) == {lever.do for lever in theatre.levers}


def test_the_answer_is_about_what_the_scenario_asks() -> None:
    theatre = load()
    headline = ("kabul_authority", "russia_prestige")
    scenario = load_scenario("opium_ban", theatre.vocabulary)
    assert outcomes_asked(scenario, ["opium_to_russia"], headline, theatre) == "opium_to_russia"
    assert outcomes_asked(scenario, ["opium_to_russia", "russia_prestige"], headline, theatre) == "russia_prestige"
    untested = load_scenario("taliban_split", theatre.vocabulary)
    assert outcomes_asked(untested, [], ("us_presence",), theatre) == "settlement"


def test_verdicts_are_those_of_the_shipped_table() -> None:
    theatre = load()
    tests = {test.id: test for test in declared_tests(theatre).tests}
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    every = {name: name.title() for test in tests.values() for name in (test.scenario, test.other)}
    found = in_plain_words(shipped_examination().table, tests, every, labels)
    assert [row["test"] for row in found] == list(tests)
    assert {row["verdict"] for row in found} == {"holds", "depends", "fails"}
    assert "\N{MINUS SIGN}" in found[0]["effect"]
    assert found[0]["worlds"].count("%") == 1
    (claim,) = touched(["C56"], theatre, found)
    assert [row["test"] for row in claim["tests"]] == [name for name in tests if name.startswith("C56-")]
    titles = {
        "baseline": "B",
        "moscow_forum_grows": "Grows",
        "russia_raises_support": "More",
        "russia_stops_support": "Less",
    }
    titles |= {"russia_disengages": "Gone"}
    said = {name: plainly(tests[name], titles, labels) for name in tests if tests[name].scenario in titles}
    assert said["C40-russia-gains"] == (
        "“Grows”, against the baseline: Acceptance of Russia as mediator rises by 0.02 or more by December 2019"
    )
    assert said["C15-support-bars-us"].startswith("“More”, against “Less”: US presence")
    assert said["C31-opium-on-taliban-ground"] == ("“B”: Opium grown on insurgent ground is above 0.5 in December 2017")
    assert said["C41-talks-grow"].startswith("“B”, against its own December 2016: States at the last Moscow format")
    assert said["C44-aversion-is-why"].startswith("“B” with aversion.us.taliban = 0, against the baseline:")
