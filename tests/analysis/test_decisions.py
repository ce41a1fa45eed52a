"""Who held which policy when, and why: what a run gives when it is played again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.model import InfluenceModel
from influence_sim.theatre import load

pytestmark = pytest.mark.usefixtures("blank_pages")
MONTHS, SEED = 34, 5
SET = {"decide.review": 0.2}


@pytest.fixture(scope="module")
def result() -> sim.Result:
    return sim.run("us_engages_taliban", replicates=3, seed=SEED, months=MONTHS, set=SET)


@pytest.mark.parametrize("scenario", ["us_engages_taliban", "baseline"])
def test_it_is_what_the_agents_of_mesa_say_of_themselves(result: sim.Result, scenario: str) -> None:
    model = InfluenceModel(scenario, rng=SEED, replicate=2, months=MONTHS, parameters=SET)
    reasons: dict[str, list[tuple[object, ...]]] = {agent.name: [] for agent in model.agents}
    while model.running:
        model.step()
        for agent in model.agents:
            reasons[agent.name] += agent.explain()
    for actor in ("us", "taliban", "pakistan"):
        table = result.decisions(actor, replicate=2, scenario=scenario)
        columns = ["stance", "option", *table.columns.drop("fixed")]
        actual = table.reset_index()[columns].itertuples(index=False, name=None)
        assert list(actual) == [tuple(thought) for thought in reasons[actor]]


def test_without_a_word_it_is_the_scenarios_first_replicate(result: sim.Result) -> None:
    pd.testing.assert_frame_equal(result.decisions("iran"), result.decisions("iran", 0, "us_engages_taliban"))
    assert not result.decisions("iran").equals(result.decisions("iran", 1))


def test_an_option_goes_with_its_reasons(result: sim.Result) -> None:
    table = result.decisions("russia", replicate=1)
    assert table.index.names == ["date", "stance", "option"]
    assert table.index.get_level_values("date").nunique() == MONTHS
    sums = table["reasons"].map(lambda reasons: sum(reasons.values()))
    np.testing.assert_allclose(sums, table["value"], atol=1e-12)
    by_stance = table.groupby(["date", "stance"])
    assert (by_stance["chosen"].sum() == 1).all()
    np.testing.assert_allclose(by_stance["probability"].sum(), 1.0, atol=1e-12)
    changed = table["chosen"] != table["was"]
    assert changed.any()
    assert table.loc[changed, "reviewed"].all()


def test_what_the_scenario_does_itself_is_marked(result: sim.Result) -> None:
    table = result.decisions("us").reset_index()
    fixed = table[table["stance"] == "dealing"].groupby("date")["fixed"].all()
    assert fixed.index[fixed].tolist() == fixed.index[fixed.index >= "2018-01-01"].tolist()
    assert not table.loc[table["stance"] == "war", "fixed"].any()
    assert not result.decisions("us", scenario="baseline")["fixed"].any()


def test_shares_are_those_of_the_single_replicates(result: sim.Result) -> None:
    shares = result.stances()
    np.testing.assert_allclose(shares.groupby(["actor", "stance", "date"])["share"].sum(), 1.0, atol=1e-12)
    each = [result.stances(replicate)["share"] for replicate in range(3)]
    assert all(share.isin([0.0, 1.0]).all() for share in each)
    np.testing.assert_allclose(sum(each) / 3, shares["share"], atol=1e-12)
    single = result.stances(1)
    held = single[(single["actor"] == "china") & (single["share"] == 1.0)].sort_values(["date", "stance"])
    table = result.decisions("china", 1).reset_index()
    chosen = table[table["chosen"]].sort_values(["date", "stance"])
    assert held["option"].tolist() == chosen["option"].tolist()


def test_options_go_as_far_as_the_theatre_lists_them(result: sim.Result) -> None:
    extents = result.stances().groupby(["actor", "stance", "option"])["extent"].first()
    for actor in load().actors:
        for stance in actor.stances:
            actual = [extents[actor.name, stance.name, option] for option in stance.options]
            assert actual == np.linspace(0.0, 1.0, len(actual)).tolist()


def test_a_folder_tells_the_same(result: sim.Result, tmp_path: Path) -> None:
    back = sim.load(result.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(back.decisions("europe", 2), result.decisions("europe", 2))
    pd.testing.assert_frame_equal(back.stances(), result.stances())


def test_a_folder_of_another_model_does_not(
    result: sim.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = sim.load(result.save(tmp_path / "run"))
    monkeypatch.setattr("influence_sim.runs.request.model_version", lambda theatre: "another")
    for played in (lambda: back.decisions("us"), back.stances, lambda: back.division("violence")):
        with pytest.raises(sim.MachineError, match="the model has changed since this run"):
            played()


def test_the_picture_has_a_row_a_policy(result: sim.Result) -> None:
    ax = result.plot_stances(1)
    written = {text.get_text() for text in ax.texts}
    assert {"dealings with the Taliban: open", "Russia", "Central Asia"} <= written
    assert result.plot_stances(1, "baseline", ax=ax) is ax


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("usa",), "'usa': not an actor"),
        (("us", 3), "the run has 3 replicates, numbered from 0"),
        (("us", -1), "the run has 3 replicates"),
        (("us", 0, "us_surge"), "not an arm of this run"),
    ],
)
def test_what_is_not_there_is_said(result: sim.Result, asked: tuple[object, ...], words: str) -> None:
    with pytest.raises(sim.InputError, match=words):
        result.decisions(*asked)
    if len(asked) > 1:
        with pytest.raises(sim.InputError, match=words):
            result.stances(*asked[1:])
