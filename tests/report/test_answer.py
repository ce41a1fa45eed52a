"""The answer in words claims no more than the numbers allow, and says all that they do."""

from __future__ import annotations

import pytest

import influence_sim as sim
from influence_sim.analysis.drivers import Driver
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import table_percent
from influence_sim.runs.request import plan_run
from influence_sim.scenario.shipped import ROOT, shipped_scenarios
from influence_sim.theatre import load
from influence_sim.words.answer import SIZES, TERMS, Answer, answer, likelihood
from influence_sim.words.endings import Ending, Interval, Robustness

WHEN = parse_month("2020-12")
NAN = float("nan")
FOLLOWING = Driver("prestige.following", 0.3, 0.2, stands_out=True, at_low=0.8, at_high=1.0)
BASELINE = Interval(0.5, 0.4, 0.6)  # a spread of 0.2


def said(
    mean: float,
    half: float = 0.001,
    found: Robustness | None = None,
    *,
    parts: tuple[float, float, float] | None = None,
    baseline: Interval = BASELINE,
    against: str = "",
) -> Answer:
    named = ("kabul_authority", "Kabul's authority", "Kabul's authority", "scale from 0 to 1")
    division = parts and dict(
        zip(("itself", "ground", "response"), (Interval(p, NAN, NAN) for p in parts), strict=True)
    )
    gap = Interval(mean, mean - half, mean + half)
    return answer(Ending(*named, baseline, baseline, gap, found, division), WHEN, against=against, replicates=200)


def alone(mean: float) -> Ending:
    """An ending of a single replicate."""
    return Ending("violence", "Violence", "violence", "scale from 0 to 1", BASELINE, BASELINE, Interval(mean, NAN, NAN))


def worlds(share: float, driver: Driver = FOLLOWING, *, zero: float = 0.0, failed: int = 0) -> Robustness:
    return Robustness(512, share, zero, driver, "plausible", failed)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("mean", "finding", "size"),
    [
        (-0.019, "Kabul's authority: no change to speak of by December 2020.", "no change to speak of"),
        (-0.021, "Kabul's authority ends slightly lower than it otherwise would by December 2020.", "slightly"),
        (0.059, "Kabul's authority ends slightly higher than it otherwise would by December 2020.", "slightly"),
        (0.061, "Kabul's authority ends clearly higher than it otherwise would by December 2020.", "clearly"),
        (-0.201, "Kabul's authority ends strongly lower than it otherwise would by December 2020.", "strongly"),
    ],
)
def test_a_size_is_held_against_what_chance_does(mean: float, finding: str, size: str) -> None:
    assert (said(mean, 0.0001).finding, said(mean, 0.0001).size) == (finding, size)
    assert [limit for limit, _ in SIZES] == sorted(limit for limit, _ in SIZES)


def test_a_direction_stands_only_where_the_interval_leaves_out_zero() -> None:
    unsure = said(0.03, 0.05)
    assert (unsure.direction, unsure.carried) == ("open", "")
    assert unsure.finding.startswith("Whether Kabul's authority ends higher or lower")
    # An interval round zero that holds nothing worth speaking of is a finding, and no gap in it.
    assert said(0.003, 0.01).finding == "Kabul's authority: no change to speak of by December 2020."
    nothing = said(0.0, 0.0)
    assert nothing.finding == "Kabul's authority is the same by December 2020 as it otherwise would be."
    assert said(0.2, NAN).direction == "open"
    lone = answer(alone(0.2), WHEN, replicates=1)
    assert lone.finding.endswith("is uncertain: one replicate gives no interval.")


def test_where_chance_does_nothing_no_size_is_told() -> None:
    flat = Interval(0.5, 0.5, 0.5)
    assert said(0.1, baseline=flat).finding == "Kabul's authority ends higher than it otherwise would by December 2020."


@pytest.mark.parametrize(
    ("share", "term"),
    [
        (0.0, "in none"),
        (0.001, "almost no chance"),
        (0.049, "almost no chance"),
        (0.05, "very unlikely"),
        (0.2, "unlikely"),
        (0.45, "roughly even chance"),
        (0.55, "likely"),
        (0.8, "very likely"),
        (0.95, "almost certain"),
        (0.999, "almost certain"),
        (1.0, "in all"),
    ],
)
def test_a_share_of_worlds_is_told_in_the_terms_of_icd_203(share: float, term: str) -> None:
    assert likelihood(share) == term
    text = plain(said(-0.1, found=worlds(share)).holds)
    assert term in text
    assert "512 plausible worlds" in text
    assert "lower" in text
    assert "100 %" not in text
    assert [below for below, _ in TERMS] == sorted(below for below, _ in TERMS)


def test_what_decides_it_is_named_with_both_ends_or_the_sample_is_said_to_be_too_small() -> None:
    named = plain(said(0.1, found=worlds(0.9)).decides)
    assert named.startswith("It hangs most on how much prestige it brings when others come round to one's line")
    assert named.endswith("(prestige.following): higher in 80 % of worlds where it is low, in 100 % where high.")
    mean = FOLLOWING._replace(parameter="authority.mean", low_name="geometric", high_name="minimum")
    form = plain(said(0.1, found=worlds(0.9, mean)).decides)
    ends = (
        "80 % of worlds where it is geometric (a weak part pulls the whole down), in 100 % where minimum (the weakest"
    )
    assert form.endswith(f"(authority.mean): higher in {ends} part alone counts).")
    size_alone = FOLLOWING._replace(at_high=0.85)
    assert said(0.1, found=worlds(0.9, size_alone)).decides.startswith("Its size, not its direction, hangs most on")
    together = Driver("a.b", 0.3, 0.4, together="a.*")
    assert said(0.1, found=worlds(0.9, together)).decides.endswith("those of a.* together do.")
    few = Driver("a.b", 0.3, 0.4, needed=2048)
    assert "These 512 worlds cannot tell" in said(0.1, found=worlds(0.9, few)).decides
    assert said(0.1, found=worlds(0.9, Driver())).decides == "No assumption stands out."
    assert said(0.1).holds == said(0.1).decides == ""


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((0.05, 0.05, 0.0), "Nearly all of it would remain if all others acted as they otherwise would."),
        ((0.0, 0.001, 0.099), "Nearly all of it is the response of the others."),
        ((0.03, 0.03, 0.04), "If all others acted as they otherwise would, 60 % of it would remain"),
        ((-0.1, -0.1, 0.3), "It is the others' doing"),
        ((0.2, 0.0, -0.1), "The response of the others makes it 50 % smaller."),
    ],
)
def test_what_is_mechanical_and_what_is_response(parts: tuple[float, float, float], words: str) -> None:
    assert plain(said(0.1, parts=parts).carried).startswith(words)


def test_a_finding_of_the_default_assumptions_alone_says_so() -> None:
    """Most worlds say otherwise: the first sentence must not be read as the answer."""
    found = said(0.1, found=worlds(0.37))
    assert found.finding.startswith("At the default assumptions Kabul's authority ends clearly higher")
    assert plain(found.holds) == "But over 512 plausible worlds it is unlikely that it ends higher (37 %)."
    assert said(0.1, found=worlds(0.56)).finding.startswith("Kabul's authority ends clearly higher")


def test_where_there_is_no_direction_that_of_most_worlds_is_told() -> None:
    small = said(0.001, found=worlds(0.14, zero=0.0))
    assert plain(small.holds) == "It ends at least a little lower in 86 % of 512 plausible worlds: very likely."
    assert (small.way, small.likelihood) == ("lower", "very likely")
    assert plain(small.decides).endswith(": lower in 20 % of worlds where it is low, in 0 % where high.")
    same = said(0.001, found=worlds(0.16, zero=0.67))
    assert plain(same.holds) == "It makes no difference at all in 67 % of 512 plausible worlds."
    assert plain(same.short) == "no change to speak of (no difference in 67 % of worlds)"
    unsure = said(0.03, 0.05, worlds(0.3, zero=0.1))
    assert (unsure.way, round(unsure.share, 3)) == ("lower", 0.6)
    assert ": higher in 80 %" in plain(unsure.decides)  # in some there is no difference: 20 % need not be lower
    assert said(0.1, found=worlds(1.0)).short == "clearly higher; in all of the worlds"
    assert plain(said(0.1, found=worlds(1.0)).holds) == "It ends higher in all 512 plausible worlds."
    assert plain(said(0.1, found=worlds(0.0)).holds) == "It ends higher in none of 512 plausible worlds."


def test_it_says_against_what_unless_that_is_the_baseline() -> None:
    assert "than under “Another way” by" in said(0.1, against="Another way").finding
    assert said(0.003, 0.01, against="Another way").finding.endswith("2020, compared with “Another way”.")


def test_short_forms_are_for_lists() -> None:
    assert plain(said(-0.1, found=worlds(0.77)).short) == "clearly lower; likely (77 %)"
    assert plain(said(-0.1, found=worlds(0.3)).short) == "clearly lower at the defaults, but unlikely (30 %)"
    assert plain(said(-0.1, found=worlds(0.5)).short).endswith("at the defaults, but a roughly even chance (50 %)")
    assert plain(said(0.03, 0.05, worlds(0.56)).short) == "direction uncertain (higher in 56 % of worlds)"
    assert plain(said(0.001, found=worlds(0.7)).short) == "no change to speak of (higher in 70 % of worlds)"
    assert said(0.0, 0.0, worlds(NAN, zero=1.0)).short == "no difference"
    assert said(0.1).short == "clearly higher"


def test_worlds_that_failed_are_told() -> None:
    assert "(3 more could not be computed)" in said(0.1, found=worlds(0.9, failed=3)).holds


@pytest.mark.parametrize("name", [name for name in shipped_scenarios() if name != ROOT])
def test_every_shipped_scenario_says_what_it_asks_and_is_answered_first(name: str) -> None:
    request = plan_run(name, replicates=2)
    assert 1 <= len(request.scenario.asks) <= 3
    assert request.reported[: len(request.asked)] == request.asked == request.scenario.asks
    assert request.against is not None
    assert set(request.theatre.headline) <= set(request.reported)


def test_without_asks_the_question_behind_it_all_leads() -> None:
    assert plan_run("baseline", replicates=2).asked == load().question


def test_a_figure_says_of_what_it_is_uncertain_and_which_way_worlds_go() -> None:
    result = sim.run("us_engages_taliban", replicates=1, months=31, assumptions=8)
    assert result.answer.direction == "open"
    headings, note = result._headings(), result._note()
    assert headings["title"] == result.question
    assert headings["subtitle"].endswith(f"{result.answer.finding} {result.answer.holds}")
    for each in result.answers:
        way = "the same" if each.way == "none" else each.way
        assert f"{each.label} {way} in {table_percent(each.share)}" in note


def test_what_was_set_by_hand_is_told_with_the_sample() -> None:
    small = {"replicates": 2, "months": 31, "assumptions": None}
    result = sim.run("us_engages_taliban", set={"tie.ally": 0.6, "authority.erosion": 0.25}, **small)
    assert result.sample == "2 replicates, seed 1, authority.erosion = 0.25, tie.ally = 0.6"
    assert result._note().startswith(result.sample)
    assert result.sample_of(1).startswith("1 replicate, seed 1, authority")
    many = dict.fromkeys(["tie.ally", "authority.erosion", "authority.split", "lull.strength"], 0.5)
    assert sim.run("us_engages_taliban", set={"decide.form": 1}, **small).sample.endswith(", decide.form = 1 (probit)")
    assert sim.run("us_engages_taliban", set=many, **small).sample == "2 replicates, seed 1, 4 assumptions set"
