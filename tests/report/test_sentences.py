"""Sentences claim no more than the numbers allow."""

from __future__ import annotations

import pytest

from influence_sim.analysis.claims.examination import plain_rows, shipped_examination
from influence_sim.api.lookups import labels
from influence_sim.base.display import agreeing
from influence_sim.base.strict_yaml import read_yaml_text
from influence_sim.scenario.resolve import load_scenario, resolve_document
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import load
from influence_sim.theatre.claim_tests import declared_tests
from influence_sim.words.endings import Interval
from influence_sim.words.sentences import assumed_words, deeds, difference_words, grammar, name_words, scale_words
from influence_sim.words.terms import UNITS, choice_meanings, choices_text, unit_words
from influence_sim.words.verdicts import KINDS, in_plain_words, plainly, touched

NAN = float("nan")


def test_no_reader_meets_a_choice_that_is_not_explained() -> None:
    theatre = load()
    forms = {name: choice_meanings(name, theatre) for name, spec in theatre.parameters.items() if spec.choices}
    assert all(text for meanings in forms.values() for text in meanings.values())
    assert [len(forms[name]) for name in forms] == [len(theatre.parameters[name].choices) for name in forms]
    assert choices_text("authority.erosion", theatre) == choices_text("nothing of that name", theatre) == ""
    assert choices_text("rivalry.form", theatre) == "0 in part: only a part; 1 none: nothing; 2 zero-sum: all of it"
    assert "“minimum” (the weakest part alone counts)" in assumed_words("authority.mean", theatre)
    told = assumed_words("authority.mean", theatre, "where minimum (the weakest part alone counts).")
    assert told.endswith("or “minimum”.")
    kinds = {row["kind"] for row in plain_rows(shipped_examination().table) if row["words"]}
    assert kinds <= {*KINDS, "none"}


def test_no_reader_meets_a_unit_that_is_short_for_something() -> None:
    theatre = load()
    assert not {outcome.unit for outcome in labels().values()} & {*UNITS, *theatre.words.units}
    assert scale_words(labels()["violence"].unit) == "on a scale from 0 to 1"
    assert unit_words("1/month", theatre) == "per month"


def test_short_forms() -> None:
    assert scale_words("share of districts") == "on a scale from 0 to 1"
    assert scale_words(load().words.units["same index"]) == "as an index on which 0.5 is the opium output of 2017"
    assert scale_words("states") == "counted in states"
    assert [load().inner(label) for label in ("US presence", "The US's share", "Russia's share", "Opium output")] == [
        "US presence",
        "the US's share",
        "Russia's share",
        "opium output",
    ]


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


def test_ids_are_words_with_the_capitals_of_names() -> None:
    ids = ("us_table", "C44-us-stays-out", "war_on_daesh", "open_with_all")
    assert [name_words(name, load()) for name in ids] == [
        "US table",
        "C44 US stays out",
        "war on Daesh",
        "open with all",
    ]


def test_a_scenario_is_told_line_by_line() -> None:
    theatre = load()
    lines = list(deeds(load_scenario("us_withdraws", theatre.vocabulary), theatre))
    assert "United States: not fighting against the Taliban from January 2019" in lines
    assert "United States: no support for the government in Kabul from January 2019" in lines
    assert "Outside circumstance, foreign troops (thousand): 8 from July 2018, 0 from January 2019" in lines
    lines = list(deeds(load_scenario("moscow_settlement", theatre.vocabulary), theatre))
    assert "Talks that Russia leads in Moscow: the Taliban invited from January 2018" in lines


def test_every_shipped_scenario_can_be_told() -> None:
    theatre = load()
    sentences = {name: list(deeds(load_scenario(name, theatre.vocabulary), theatre)) for name in shipped_scenarios()}
    assert sentences["opium_ban"] == ["Taliban: rooting out opium poppy on its own ground from January 2018"]
    assert [name for name, lines in sentences.items() if not lines] == ["baseline"]


def test_what_is_not_done_and_what_is_done_in_part_read_well() -> None:
    levers = [
        "russia, do: convene, target: moscow_format, level: 0",
        "pakistan, do: support, target: taliban, level: 0.5",
    ]
    lines = [f"{{from: 2018-07, actor: {lever}}}" for lever in levers]
    document = read_yaml_text(f"{{schema_version: 1, name: two, interventions: [{', '.join(lines)}]}}", "two.yaml")
    theatre = load()
    assert list(deeds(resolve_document(document, theatre.vocabulary), theatre)) == [
        "Pakistan: support for the Taliban (money, arms or intelligence), at 0.5 of full strength, from July 2018",
        "Russia: not convening the talks that Russia leads in Moscow from July 2018",
    ]


def test_there_are_words_for_every_actor_and_outcome() -> None:
    theatre = load()
    assert {name for name, words in theatre.words.actors.items() if words.who} == set(theatre.vocabulary.actors)
    assert set(theatre.words.outcomes) == set(theatre.vocabulary.outcomes)
    assert set(theatre.instruments) == {lever.do for lever in theatre.levers}


@pytest.mark.parametrize(
    ("singular", "several"),
    [
        ("deals openly", "deal openly"),
        ("does not fight", "do not fight"),
        ("presses it for talks", "press it for talks"),
        ("stays away", "stay away"),
    ],
)
def test_what_several_do_is_in_the_plural(singular: str, several: str) -> None:
    verbs = {actor.name: agreeing(singular, actor.label) for actor in load().actors}
    assert {name for name, phrase in verbs.items() if phrase != singular} == {"europe", "central_asia"}
    assert verbs["europe"] == several


def test_verdicts_are_those_of_the_shipped_table() -> None:
    theatre = load()
    tests = {test.id: test for test in declared_tests(theatre).tests}
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    verdicts = in_plain_words(shipped_examination().table, tests, theatre)
    assert [row["test"] for row in verdicts] == list(tests)
    assert {row["verdict"] for row in verdicts} == {"holds", "depends", "fails"}
    assert "\N{MINUS SIGN}" in verdicts[0]["effect"]
    assert verdicts[0]["worlds"].count("%") == 1
    (claim,) = touched(["C56"], theatre, verdicts)
    assert [row["test"] for row in claim["tests"]] == [name for name in tests if name.startswith("C56-")]
    titles = {
        "baseline": "B",
        "moscow_forum_grows": "Grows",
        "russia_raises_support": "More",
        "russia_stops_support": "Less",
    }
    titles |= {"russia_disengages": "Gone"}
    plain = {name: plainly(tests[name], titles, labels) for name in tests if tests[name].scenario in titles}
    assert plain["C40-russia-gains"] == (
        "“Grows”, against the baseline: Acceptance of Russia as mediator rises by 0.02 or more by December 2019"
    )
    assert plain["C15-support-bars-us"].startswith("“More”, against “Less”: US presence")
    assert plain["C31-opium-on-taliban-ground"] == (
        "“B”: Opium grown on insurgent ground is above 0.5 in December 2017"
    )
    assert plain["C41-talks-grow"].startswith(
        "“B”, against its own December 2016: States at the last Moscow format rise by"
    )
    assert plain["C44-aversion-is-why"].startswith("“B” with aversion.us.taliban = 0, against the baseline:")


@pytest.mark.parametrize(
    ("label", "ends"),
    [
        ("Violence", "ends"),
        ("Kabul's authority", "ends"),
        ("Progress towards a settlement", "ends"),
        ("The US's share of mediation", "ends"),
        ("Acceptance of the US as mediator", "ends"),
        ("Strength of Daesh's organisation", "ends"),
        ("Contested districts", "end"),
        ("Districts under insurgent control or influence", "end"),
        ("Outsiders sharing Moscow's line", "end"),
        ("States at the last Moscow format", "end"),
        ("Islanders under the rebels", "end"),
    ],
)
def test_a_label_s_head_says_whether_it_is_one_or_many(label: str, ends: str) -> None:
    assert (grammar(label).ends, grammar(label).does) == (ends, {"ends": "does", "end": "do"}[ends])
