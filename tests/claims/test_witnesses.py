"""Witnesses are worlds in which a test comes out as they say, and scenarios that anybody can run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from studies.claims_page import claims_page

import influence_sim as sim
from influence_sim.analysis.claims import witnesses
from influence_sim.analysis.claims.examination import Examination
from influence_sim.analysis.claims.examine import examine
from influence_sim.analysis.claims.places import Reading, places_of, read, score
from influence_sim.analysis.claims.witnesses import FAILS, HOLDS, Search, Trial, Witness, file_name, nearest, to_yaml
from influence_sim.analysis.worlds import sample
from influence_sim.base.months import format_month
from influence_sim.runs.request import PLAUSIBLE, PRIOR
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import ParameterSpec, Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared
from influence_sim.words.verdicts import of_test, settling_words

REPLICATES, WORLDS = 24, 128
OPEN = "C22-irreconcilables-spread-daesh"


def shipped_test(shipped: Declared, name: str) -> ClaimTest:
    return next(test for test in shipped.tests if test.id == name)


@pytest.fixture(scope="module")
def unsettled(theatre: Theatre, shipped: Declared, few_replicates: None) -> Examination:
    """A test whose verdict depends, and one that fails; in enough worlds for something to stand out."""
    open_ = shipped_test(shipped, OPEN)
    never = open_.model_copy(update={"id": "C22-never", "minimum": 0.9})
    both = shipped.model_copy(update={"tests": [open_, never], "untestable": {}, "forced": {}})
    return examine(theatre, samples=WORLDS, replicates=4, shuffles=0, declared=both, ways=False)


def tried(theatre: Theatre, test: ClaimTest, worlds: str, count: int = 24) -> Trial:
    rng = np.random.default_rng(3)
    points = sample(theatre, count, worlds, rng, rng).points
    (means,) = read([Reading(theatre, places_of([test], theatre.start), 8, points)], 1)
    return Trial(worlds, points, score(test, means))


def shown(path: Path, test: ClaimTest, theatre: Theatre) -> float:
    """The effect that `run` gives, in the direction that the claim expects."""
    result = sim.run(
        path, against=test.other or None, months=test.when - theatre.start + 1, replicates=REPLICATES, seed=1
    )
    if test.other:
        return test.sign * float(result.difference(test.outcome)["mean"].iloc[-1])
    means = result.summary[result.summary["outcome"] == test.outcome].set_index("date")["mean"]
    before = test.level if test.earlier is None else means.loc[f"{format_month(test.earlier)}-01"]
    return test.sign * float(means.iloc[-1] - before)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        *((OPEN, HOLDS), (OPEN, FAILS), ("C08-daesh-gains", HOLDS), ("C08-daesh-gains", FAILS)),
        *(("C44-us-stays-out", HOLDS), ("C44-aversion-is-why", HOLDS)),
    ],
)
def test_the_scenario_is_valid_runs_and_gives_what_it_says(
    theatre: Theatre, shipped: Declared, name: str, side: str, tmp_path: Path
) -> None:
    """Against another scenario, an earlier month, a level, and with a parameter that one arm alone is given."""
    test = shipped_test(shipped, name)
    result = Search(theatre, test, REPLICATES, seed=1).witness(side, [tried(theatre, test, PLAUSIBLE)])
    assert (result.worlds, result.tried) == (PLAUSIBLE, 24)
    path = tmp_path / Path(file_name(test.id, side)).name
    path.write_text(to_yaml(theatre, result, replicates=REPLICATES, seed=1), encoding="utf-8")
    scenario = load_scenario(path, theatre.vocabulary)
    assert {name: scenario.parameters[name] for name in result.parameters} == result.parameters
    effect = shown(path, test, theatre)
    assert effect == pytest.approx(result.effect, abs=1e-12)
    assert (effect >= test.minimum) == (side == HOLDS)
    assert (result.low >= test.minimum) if side == HOLDS else (result.high < test.minimum)


def test_at_least_one_witness_a_side_is_tried(theatre: Theatre, shipped: Declared) -> None:
    test = shipped_test(shipped, OPEN)
    both = [
        Search(theatre, test, 8, seed=1).witness(side, [tried(theatre, test, PLAUSIBLE)]) for side in (HOLDS, FAILS)
    ]
    assert all(witness.parameters for witness in both)
    assert both[0].effect > test.minimum > both[1].effect


def test_the_files_say_how_to_see_it(theatre: Theatre, shipped: Declared) -> None:
    test = shipped_test(shipped, OPEN)
    text = to_yaml(theatre, Witness(test, HOLDS, 9, PRIOR, 0.01, 0.005, 0.015, {}), replicates=256, seed=4)
    about, options, command = text.splitlines()[:3]
    assert about == f"# {test.words}."
    assert options == "# It holds in this world, a world of the prior ranges: +0.010 [+0.005 to +0.015]."
    months = test.when - theatre.start + 1
    end = f"{OPEN}_holds.yaml --against {test.other} --months {months} --replicates 256 --seed 4"
    assert command == f"# influence-sim run witnesses/{end}"


def test_a_search_finds_what_no_world_had_that_was_tried(
    theatre: Theatre, shipped: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = shipped_test(shipped, "C40-russia-gains")
    few = tried(theatre, test, PRIOR)
    more = test.model_copy(update={"minimum": float(few.scores.max()) * 1.15})
    for name, value in (("POPULATION", 12), ("GENERATIONS", 8), ("SEARCHED", 4)):
        monkeypatch.setattr(witnesses, name, value)
    result = Search(theatre, more, REPLICATES, seed=1).witness(HOLDS, [few])
    assert result.worlds in {PLAUSIBLE, PRIOR}
    assert result.low > more.minimum > few.scores.max()
    assert result.tried == 24 + 12 * 9
    for name, value in result.parameters.items():
        spec = theatre.parameters[name]
        assert spec.low <= value <= spec.high
        assert not spec.choices or value in spec.choices


def test_what_can_never_be_is_in_none_of_so_many_worlds(unsettled: Examination, theatre: Theatre) -> None:
    never = unsettled.witnesses.set_index("test").loc["C22-never"]
    assert (never["side"], never["worlds"], never["tried"]) == (HOLDS, "", 2 * WORLDS + 8 * 3)
    assert of_test(unsettled, "C22-never")["witnesses"] == f"it holds in none of {2 * WORLDS + 8 * 3} worlds"
    assert file_name("C22-never", HOLDS) not in unsettled.scenarios


def test_an_open_verdict_has_a_world_on_either_side_and_what_would_settle_it(
    unsettled: Examination, theatre: Theatre
) -> None:
    rows = unsettled.witnesses[unsettled.witnesses["test"] == OPEN]
    assert rows["side"].tolist() == [HOLDS, FAILS]
    assert set(unsettled.scenarios) == {file_name(OPEN, HOLDS), file_name(OPEN, FAILS)}
    settles = unsettled.settles
    assert set(settles["test"]) == {OPEN}
    assert settles["parameters"].iloc[0].startswith("daesh.inflow")
    assert (settles["known"] > settles["agreed"]).all()
    assert (settles["agreed"] >= 0.49).all()
    page = claims_page(unsettled, theatre)
    assert "Settled: two worlds agree in " in page
    assert f"Witnesses: it holds in a plausible world, one of {WORLDS} that were tried" in page
    assert f"Witnesses: it holds in none of {2 * WORLDS + 8 * 3} worlds." in page


def test_all_of_it_is_data(unsettled: Examination) -> None:
    document = json.loads(json.dumps(unsettled.document(), allow_nan=False))
    again = Examination.of_document(document)
    assert replace(again, scenarios=unsettled.scenarios) == unsettled  # unknown numbers, too
    assert again.witnesses["effect"].tolist()[:2] == unsettled.witnesses["effect"].tolist()[:2]
    assert again.settles["parameters"].tolist() == unsettled.settles["parameters"].tolist()
    older: Mapping[str, object] = {name: document[name] for name in document if name not in {"settles", "witnesses"}}
    assert of_test(Examination.of_document(older), OPEN) == {"settled": "", "witnesses": ""}


def test_words_of_what_would_settle_it() -> None:
    row = {"parameters": "a.b", "low": 0.1, "high": 0.8, "agreed": 0.52, "known": 0.61}
    both = {"parameters": "a.b, c.d", "low": None, "high": None, "agreed": 0.52, "known": 0.75}
    assert settling_words([row, both]) == "two worlds agree in 52 %; if it were known, in 61 % with a.b, 75 % with all"
    assert settling_words([]) == ""


def test_a_choice_takes_the_nearest_value() -> None:
    spec = ParameterSpec("a", 0, 0, 2, "", "", "assumed", "", choices=(0, 1, 2))
    assert nearest(spec, np.array([0.2, 0.6, 1.9])).tolist() == [0, 1, 2]


@pytest.mark.usefixtures("few_replicates")
def test_the_folder_has_the_witnesses_as_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from influence_sim.api.claims import plan_claims
    from influence_sim.api.folders import compute_into

    made = compute_into(plan_claims(["C22"], samples=8, replicates=2), tmp_path / "out")
    files = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.yaml")}
    assert files
    rows = made.result.examination.witnesses
    assert files == {file_name(*row) for row in rows.loc[rows["worlds"] != "", ["test", "side"]].to_numpy()}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert files <= set(manifest["files"])
    loaded = sim.load(tmp_path / "out")
    assert loaded.examination.witnesses["side"].tolist() == made.result.examination.witnesses["side"].tolist()
