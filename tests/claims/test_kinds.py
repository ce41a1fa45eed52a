"""Verdicts and kinds on evidence that was made up for the purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from influence_sim.analysis.claims.evidence import Evidence, Flip, at_ends, control_of, doubts_of, find_flips, kind_of
from influence_sim.analysis.claims.examine import notes_on
from influence_sim.analysis.claims.knockouts import (
    NO_INTERESTS,
    NO_RULES,
    NOTHING,
    Knockout,
    combine,
    killers,
    smallest,
)
from influence_sim.analysis.claims.places import other_place, place_of, score
from influence_sim.analysis.drivers import Driver, End, Slices
from influence_sim.base.statistics import wilson
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import Argument, declared_tests

OUT = (
    Knockout(NOTHING, "as it is", {}),
    Knockout(NO_RULES, "all rules", {"r": 0.0, "s": 0.0}, broad=True),
    Knockout(NO_INTERESTS, "all interests", {"i": 0.0}, broad=True),
    Knockout("r", "one rule", {"r": 0.0}),
    Knockout("m", "one mechanism", {"m": 0.0}),
)
ARGUMENT = Argument(odd="7.7", equation="y = ax", why="a is positive")
FLIP = Flip("a.b", End("low", 0.0, 0.2), End("high", 1.0, 0.9))


def evidence(**changed: object) -> Evidence:
    """An effect that is always there and that nothing removes."""
    plain = Evidence(
        effect=0.1,
        low=0.09,
        high=0.11,
        minimum=0.02,
        scores=np.full(200, 0.1),
        knockouts=OUT,
        without=np.full(len(OUT), 0.1),
        base=0.1,
        empty=0.1,
        shuffled=np.full(10, 0.1),
        argument=None,
        free=False,
        driver=Driver(),
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def shares(part: float) -> np.ndarray:
    """Scores that reach the minimum in some part of the worlds, and always have the same sign."""
    return np.where(np.arange(200) < part * 200, 0.1, 0.001)


@pytest.mark.parametrize(
    ("part", "verdict"), [(1.0, "holds"), (0.9, "holds"), (0.895, "depends"), (0.105, "depends"), (0.1, "fails")]
)
def test_verdicts(part: float, verdict: str) -> None:
    assert evidence(scores=shares(part)).verdict == verdict


@pytest.mark.parametrize(
    ("changed", "kind", "doubt"),
    [
        ({"scores": shares(0.5)}, "conditional", ""),
        ({"scores": shares(0.93)}, "emergent", "a close call: more than 200 worlds might give another verdict"),
        ({"scores": shares(0.12)}, "conditional", "a close call: more than 200 worlds might give another verdict"),
        ({}, "forced", "200 worlds cannot tell whether its sign is the same in 99.5 %"),
        ({"scores": np.full(4096, 0.1)}, "forced", ""),
        ({"scores": shares(0.99), "driver": Driver(needed=400)}, "emergent", "in more than 200 worlds an assumption"),
    ],
)
def test_what_more_worlds_might_change_is_said(changed: dict[str, object], kind: str, doubt: str) -> None:
    doubts = doubts_of(evidence(**changed), kind)
    assert len(doubts) == bool(doubt)
    assert all(words.startswith(doubt) for words in doubts)


def test_a_share_of_directions_is_told_apart_from_that_of_sizes() -> None:
    facts = evidence(scores=np.array([0.1, 0.01, -0.01, 0.0]))
    assert (facts.share, facts.sign_share) == (0.25, 0.5)


def test_forced_needs_a_declaration_and_every_check() -> None:
    assert kind_of(evidence())[0] != "forced"
    facts = evidence(argument=ARGUMENT)
    assert kind_of(facts)[0] == "forced"
    assert "ODD 7.7: y = ax" in kind_of(facts)[1]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"scores": np.where(np.arange(200) < 2, -0.1, 0.1)}, "99.0 % of worlds"),
        ({"without": np.array([0.1, 0.01, 0.1, 0.1, 0.1])}, "without rules"),
        ({"without": np.array([0.1, 0.1, 0.01, 0.1, 0.1])}, "without interests"),
        ({"shuffled": np.array([0.1, -0.1])}, "shuffled interests"),
        ({"shuffled": np.empty(0)}, "shuffled interests"),
        ({"scores": shares(0.5)}, "not its size"),
        ({"low": -0.1}, "without rules"),
    ],
)
def test_a_declared_argument_is_not_believed(changed: dict[str, object], reason: str) -> None:
    kind, why = kind_of(evidence(argument=ARGUMENT, **changed))
    assert kind != "forced"
    assert "declared forced (ODD 7.7), not upheld: " in why
    assert reason in why


def test_a_forced_effect_that_is_too_small_fails_all_the_same() -> None:
    facts = evidence(argument=ARGUMENT, scores=np.full(200, 0.001), effect=0.01)
    assert facts.verdict == "fails"
    assert kind_of(facts)[0] == "forced"
    assert "its size falls short" in kind_of(facts)[1]


def test_conditional_names_the_parameters() -> None:
    kind, why = kind_of(evidence(scores=shares(0.5), flips=(replace(FLIP, alone=True),)))
    assert kind == "conditional"
    assert "a.b high (90 % against 20 %)" in why
    assert "a.b alone flips it" in why
    _, together_only = kind_of(evidence(scores=shares(0.5), flips=(FLIP, replace(FLIP, name="c")), together=True))
    assert "only together do they flip it" in together_only


def test_emergent_names_what_removes_it() -> None:
    assert kind_of(evidence(without=np.array([0.1, 0.1, 0.1, 0.1, 0.019]))) == (
        "emergent",
        "gone without m (one mechanism)",
    )
    kind, why = kind_of(evidence(joint=Knockout("r and m", "r and m", {"r": 0.0, "m": 0.0})))
    assert kind == "emergent"
    assert "no single knock-out removes it; gone without r and m together" in why


def test_what_goes_the_other_way_is_said_to() -> None:
    facts = evidence(effect=-0.1, low=-0.11, high=-0.09, scores=np.full(200, -0.1), without=np.full(len(OUT), -0.1))
    facts = replace(facts, without=np.array([-0.1, -0.1, -0.1, 0.0, -0.1]))
    assert facts.verdict == "fails"
    assert kind_of(facts)[1] == "it goes the other way; gone without r (one rule)"


def test_nothing_is_of_no_kind() -> None:
    facts = evidence(effect=0.0, low=-0.01, high=0.01, scores=np.zeros(200), without=np.zeros(len(OUT)))
    assert kind_of(facts)[0] == "none"
    assert control_of(facts) == ("no effect at the defaults that a knock-out could remove", None)


def test_narrow_knockouts_are_named_before_broad_ones() -> None:
    assert [item.name for item in killers(OUT, [1, 0, 0, 0.5, 0.1], broad=False)] == ["m"]
    assert [item.name for item in killers(OUT, [1, 0, 0.3, 0.5, 0.5], broad=True)] == [NO_RULES]
    assert killers(OUT, [1, 0.21, 1, 1, 1], broad=True) == []
    whole = evidence(without=np.array([0.1, 0.0, 0.1, 0.1, 0.1]))
    assert "nothing narrower removes it; gone without all rules" in kind_of(whole)[1]
    assert control_of(whole)[1] is True


def test_knockouts_are_put_together() -> None:
    more = (*OUT, Knockout("n", "another", {"n": 0.0}))
    groups = combine(more, [1, 0, 0, 0.5, 0.4, 0.9])
    assert [group.name for group in groups] == ["m and r", "m and n", "r and n", "m and r and n"]
    assert groups[0].off == {"m": 0.0, "r": 0.0}
    assert smallest(groups, [0.3, 0.1, 0.05, 0.0]) is groups[2]
    assert smallest(groups, [0.3, 0.3, 0.3, 0.19]) is groups[3]
    assert smallest(groups, [0.3, 0.3, 0.3, 0.3]) is None


def test_controls_of_forced_levers() -> None:
    assert control_of(evidence(without=np.array([0.1, 0.1, 0.1, 0.0, 0.1]))) == ("removed by r", True)
    words, discriminates = control_of(evidence(without=np.array([0.1, 0.1, 0.1, 0.04, 0.1])))
    assert discriminates is False
    assert "the strongest (r) leaves 40 %" in words


@pytest.mark.parametrize(("beaten", "discriminates"), [(100, True), (95, True), (94, False), (0, False)])
def test_controls_of_free_decisions(beaten: int, discriminates: bool) -> None:
    shuffled = np.where(np.arange(100) < beaten, 0.0, 0.1)
    words, facts = control_of(evidence(free=True, shuffled=shuffled, empty=0.0))
    assert facts is discriminates
    assert f"beats {beaten} " in words
    assert ("does not discriminate" in words) is not discriminates


def test_a_world_without_interests_must_be_beaten_too() -> None:
    assert control_of(evidence(free=True, shuffled=np.zeros(100), empty=0.2))[1] is False


def test_a_failing_test_has_nothing_to_control() -> None:
    assert control_of(evidence(free=True, effect=0.01, shuffled=np.zeros(100)))[1] is None


def test_wilson_interval() -> None:
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0.0, 100) == pytest.approx((0.0, 0.0370), abs=1e-4)
    assert wilson(1.0, 512) == pytest.approx((0.9926, 1.0), abs=1e-4)


def slices_of(cube: np.ndarray) -> Slices:
    return Slices({f"p{k}": column for k, column in enumerate(cube.T)}, np.random.default_rng(1))


def test_the_parameter_that_decides_is_found_and_no_other() -> None:
    cube = np.random.default_rng(3).random((300, 50))
    flips = find_flips(slices_of(cube), cube[:, 7] < 0.4)
    assert [flip.name for flip in flips] == ["p7"]
    assert (flips[0].high.share, flips[0].low.share, flips[0].holding.name) == (0.0, 1.0, "low")
    assert flips[0].words == "p7 low (100 % against 0 %)"


def test_of_choices_it_may_be_the_middle_one_that_flips_a_test() -> None:
    rivalry = np.arange(300) % 3.0  # in part, none, zero-sum
    (flip,) = find_flips(Slices({"rivalry.form": rivalry}, np.random.default_rng(1)), rivalry == 1.0)
    assert flip.words == "rivalry.form none (100 % against 0 %)"
    assert at_ends([flip], holding=False) == [{"rivalry.form": 1.0}, {"rivalry.form": 1.0}]
    assert at_ends([flip], holding=True)[0]["rivalry.form"] in {0.0, 2.0}


def test_chance_decides_nothing() -> None:
    rng = np.random.default_rng(5)
    slices = slices_of(rng.random((300, 50)))
    assert find_flips(slices, rng.random(300) < 0.5) == []
    assert find_flips(slices, np.ones(300, dtype=bool)) == []


def test_parameters_are_moved_to_the_end_that_should_flip() -> None:
    rises, falls = (End("low", 0.1, 0.0), End("high", 0.9, 1.0)), (End("low", 0.1, 1.0), End("high", 0.9, 0.0))
    flips = [Flip("a", *rises), Flip("b", *falls)]
    assert at_ends(flips, holding=True) == [{"a": 0.1}, {"b": 0.9}, {"a": 0.1, "b": 0.9}]
    assert at_ends(flips, holding=False) == [{"a": 0.9}, {"b": 0.1}, {"a": 0.9, "b": 0.1}]


@pytest.mark.parametrize(("before", "note"), [
    ([1.0, 0.99, 0.5, 0.2], "no room for it in 50 % of worlds; where there is, it holds in 50 %"),
    ([1.0, 0.99, 0.96, 1.0], "no room for it in 100 % of worlds"),
    ([0.9, 0.2, 0.5, 0.2], ""),
])  # fmt: skip
def test_where_there_is_no_room_for_an_effect_is_noted(theatre: Theatre, before: list[float], note: str) -> None:
    (test,) = (test for test in declared_tests(theatre).tests if test.id == "C09-contacts-widen")
    other = other_place(test)
    assert other is not None
    assert test.minimum == 0.05
    means = {other: np.array(before), place_of(test): np.array([1.0, 1.0, 1.0, 0.2])}
    measured = evidence(scores=score(test, means), minimum=test.minimum)
    assert "; ".join(notes_on(theatre, test, measured, means)) == note
