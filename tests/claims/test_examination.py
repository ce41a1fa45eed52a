"""Testing claims for real, with few worlds: planted tests that must hold, must fail, and must not discriminate."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.analysis.claims.examination import Examination, shipped_examination
from influence_sim.analysis.claims.examine import examine, examine_ways
from influence_sim.analysis.claims.knockouts import knockouts, with_shuffled_interests, without_interests
from influence_sim.analysis.claims.places import Reading, place_of, places_of, read, score
from influence_sim.analysis.worlds import Points, defaults_of, sample, with_settings
from influence_sim.base.errors import InputError
from influence_sim.model import Arm, simulate
from influence_sim.runs.request import PRIOR
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared


@pytest.fixture(scope="module")
def rows(examined: Examination) -> pd.DataFrame:
    return examined.table.set_index("test")


def test_a_planted_effect_holds_and_its_reverse_fails(rows: pd.DataFrame) -> None:
    ban, backwards = rows.loc["C34-taliban-can-cut-opium"], rows.loc["C34-backwards"]
    assert (ban["verdict"], ban["share"], ban["holds_at_defaults"]) == ("holds", 1.0, True)
    assert (backwards["verdict"], backwards["share"], backwards["holds_at_defaults"]) == ("fails", 0.0, False)
    assert ban["effect"] == backwards["effect"] < 0
    assert ban["ci_low"] <= ban["effect"] <= ban["ci_high"]


def test_the_declared_argument_is_upheld_only_where_it_is_true(rows: pd.DataFrame) -> None:
    assert rows.loc["C34-taliban-can-cut-opium", "kind"] == "forced", rows.loc["C34-taliban-can-cut-opium", "why"]
    assert rows.loc["C34-backwards", "kind"] == "emergent"
    assert "not upheld" in str(rows.loc["C34-backwards", "why"])


def test_the_mechanism_that_carries_it_is_found(rows: pd.DataFrame) -> None:
    assert "opium.eradication" in str(rows.loc["C34-taliban-can-cut-opium", "control"])
    assert rows.loc["C34-taliban-can-cut-opium", "discriminates"] is True


def test_what_nobody_decides_does_not_discriminate(rows: pd.DataFrame) -> None:
    early = rows.loc["C44-too-early"]
    assert (early["verdict"], early["discriminates"]) == ("holds", False)
    assert "beats 0 and equals 6 of 6 shuffles" in str(early["control"])
    assert str(early["note"]).startswith("already so in the first month in 100 % of worlds")


def test_claims_without_a_test_are_listed_in_their_place(examined: Examination) -> None:
    assert examined.table["claim"].tolist() == ["C18", "C34", "C34", "C44"]
    assert examined.table["verdict"].iloc[0] == "not testable"


def test_the_same_again(theatre: Theatre, planted: Declared, examined: Examination) -> None:
    single = planted.model_copy(update={"tests": planted.tests[:1]})
    again = examine(theatre, samples=16, replicates=2, shuffles=6, declared=single, ways=False)
    expected = examined.table[examined.table["test"].isin(["C18", "C34-taliban-can-cut-opium"])]
    pd.testing.assert_frame_equal(again.table, expected.reset_index(drop=True), check_dtype=False)


def drawn(theatre: Theatre, count: int) -> Points:
    """Some worlds of the prior ranges."""
    return sample(theatre, count, PRIOR, np.random.default_rng(4), np.random.default_rng(5)).points


def test_threads_change_nothing(theatre: Theatre, planted: Declared) -> None:
    test = planted.tests[0]
    worlds = drawn(theatre, 6)
    reading = Reading(theatre, places_of([test], theatre.start), 3, worlds)
    first, second = (score(test, *read([reading], 1, workers=workers)) for workers in (1, 2))
    assert first.tolist() == second.tolist()


def arm_of(test: ClaimTest, theatre: Theatre) -> Arm:
    months = test.when - theatre.start + 1
    return Arm(theatre, load_scenario(test.scenario, theatre.vocabulary), months, dict(test.set))


def test_a_world_is_what_the_model_makes_of_its_parameters(theatre: Theatre, planted: Declared) -> None:
    test = planted.tests[0]
    worlds = drawn(theatre, 3)
    values = {name: float(value[1]) for name, value in worlds.items()}
    alone = simulate(arm_of(test, theatre), seed=1, replicates=np.arange(3), parameters=values)[-1]
    row = list(theatre.vocabulary.outcomes).index(test.outcome)
    (means,) = read([Reading(theatre, places_of([test], theatre.start), 3, worlds)], 1)
    assert means[place_of(test)][1] == pytest.approx(alone[row].mean(), abs=1e-12)


def test_what_an_arm_sets_holds_in_every_world(theatre: Theatre, shipped: Declared) -> None:
    test = next(test for test in shipped.tests if test.set)
    worlds = drawn(theatre, 2)
    only = {name: np.array([0.1, 0.9]) for name in test.set}
    place, row = place_of(test), list(theatre.vocabulary.outcomes).index(test.outcome)
    free, held = read([Reading(theatre, [place], 2, sample) for sample in (worlds, only)], 1)
    for world in range(2):
        values = {name: float(value[world]) for name, value in worlds.items()} | dict(test.set)
        expected = simulate(arm_of(test, theatre), seed=1, replicates=np.arange(2), parameters=values)[-1, row].mean()
        assert free[place][world] == pytest.approx(expected, abs=1e-12)
    assert held[place].shape == (2,)
    assert len(set(held[place].tolist())) == 1


def test_shuffles_deal_out_the_same_interests(theatre: Theatre) -> None:
    shuffled = with_shuffled_interests(theatre, np.random.default_rng(2))

    def dealt(which: Theatre) -> list[tuple[object, ...]]:
        return sorted((i.outcome, str(i.ideal), str(i.salience)) for actor in which.actors for i in actor.interests)

    assert dealt(shuffled) == dealt(theatre)
    for old, new in zip(theatre.actors, shuffled.actors, strict=True):
        assert [i.faction for i in new.interests] == [i.faction for i in old.interests]
        assert (new.levers, new.stances, new.ties, new.weight) == (old.levers, old.stances, old.ties, old.weight)
    assert [actor.interests for actor in shuffled.actors] != [actor.interests for actor in theatre.actors]
    assert shuffled.actors != theatre.actors
    assert shuffled.actors == with_shuffled_interests(theatre, np.random.default_rng(2)).actors


def test_no_interests_and_saliences_of_zero_are_the_same(theatre: Theatre, shipped: Declared) -> None:
    result = knockouts(theatre, shipped)
    nothing = next(item for item in result if item.name == "all interests")
    test = next(t for t in shipped.tests if t.id == "C41-talks-grow")
    arm = arm_of(test, theatre)
    empty = simulate(replace(arm, theatre=without_interests(theatre)), seed=1, replicates=np.arange(4))
    zero = simulate(arm, seed=1, replicates=np.arange(4), parameters=nothing.off)
    np.testing.assert_allclose(empty, zero, atol=1e-12)


def test_knockouts_leave_all_else_alone(theatre: Theatre, shipped: Declared) -> None:
    result = knockouts(theatre, shipped)
    worlds = with_settings([item.off for item in result], defaults_of(theatre))
    assert len(result) == len({item.name for item in result})
    row = [item.name for item in result].index("mediation.absent")
    for name, values in worlds.items():
        assert values[0] == theatre.parameters[name].default
        assert values[row] == (1.0 if name == "mediation.absent" else theatre.parameters[name].default)


@pytest.mark.usefixtures("few_replicates")
def test_ways_side_by_side(theatre: Theatre, shipped: Declared) -> None:
    table = examine_ways(theatre, samples=8, replicates=1)
    ways = shipped.ways
    assert ways is not None
    assert table["scenario"].unique().tolist() == ways.scenarios
    assert len(table) == len(ways.scenarios) * len(ways.outcomes)
    assert table["share"].between(0, 1).all()
    assert ((table["ci_low"] <= table["effect"]) & (table["effect"] <= table["ci_high"])).all()


def test_sizes_and_names_are_checked() -> None:
    with pytest.raises(InputError) as caught:
        sim.test_claims(samples=3, replicates=0)
    assert [problem.path for problem in caught.value.problems] == ["samples", "replicates"]
    with pytest.raises(InputError, match="C99"):
        sim.test_claims(claims=["C99"])
    with pytest.raises(InputError, match="whole number"):
        sim.ways(seed=-1)


def test_what_was_found_can_be_written_down_and_read_back(examined: Examination) -> None:
    again = Examination.of_document(json.loads(json.dumps(examined.document())))
    pd.testing.assert_frame_equal(again.table, examined.table, check_dtype=False)
    assert (again.samples, again.parameters, again.ways) == (16, examined.parameters, None)


def test_the_shipped_table_is_of_the_declared_tests(shipped: Declared) -> None:
    result = shipped_examination()
    tested = result.table[result.table["share"].notna()]
    assert tested["test"].tolist() == [test.id for test in shipped.tests]
    assert tested["words"].tolist() == [test.words for test in shipped.tests]
    further = tested["note"].str.contains("further than the words of its claim").tolist()
    assert further == [bool(test.further) for test in shipped.tests]
    assert 0 < sum(further) < len(further)
    assert set(result.table.loc[result.table["share"].isna(), "claim"]) == set(shipped.untestable)
    assert set(tested["verdict"]) == {"holds", "depends", "fails"}
    assert set(tested["kind"]) <= {"coded", "forced", "conditional", "emergent", "none"}
    assert shipped.ways is not None
    assert result.ways is not None
    assert result.ways["scenario"].unique().tolist() == shipped.ways.scenarios
