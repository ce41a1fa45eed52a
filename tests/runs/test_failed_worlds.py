"""Worlds that could not be computed: the run is kept and told, the others are counted, and the status says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import influence_sim as sim
from influence_sim.analysis.sliders import slider
from influence_sim.analysis.worlds import read
from influence_sim.base.errors import ModelError
from influence_sim.model import Arm
from influence_sim.runs.points import Job, means, run_points
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load, use_theatre

pytestmark = pytest.mark.usefixtures("blank_pages", "few_replicates")
PATH, WORLDS = "decide.rationality", 32
SMALL = ("us_engages_taliban", "--replicates", 2, "--months", 32)
Break = Callable[..., None]
Invoke = Callable[..., Result]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes a model that gives no number where a path lies within some limits."""
    from influence_sim.model import simulate_points

    def between(low: float, high: float, path: str = PATH) -> None:
        def instead(arm: Any, points: Any, **options: Any) -> Any:
            outcomes = simulate_points(arm, points, **options)
            values = np.asarray(points.get(path, [-np.inf]))
            outcomes[(values >= low) & (values <= high)] = np.nan
            return outcomes

        monkeypatch.setattr("influence_sim.model.simulate_points", instead)

    return between


def told(result: Result) -> tuple[str, str]:
    """Both streams, their lines put together."""
    return " ".join(result.stdout.split()), " ".join(result.stderr.split())


def test_a_run_is_kept_and_speaks_of_the_worlds_that_were_computed(broken: Break, invoke: Invoke, here: Path) -> None:
    before = sim.run("us_engages_taliban", replicates=2, months=32).ending()["diff"]
    broken(12, 16)
    command = ("run", *SMALL, "--assumptions", WORLDS, "--out", "out")
    for again in ((), ("--json",)):  # and as often as one asks
        result = invoke(*command, *again, status=1)
        assert " of 32 worlds failed (ModelError: the model gives no number for" in told(result)[1]
    document = json.loads(result.stdout)["outcomes"][0]
    tried = document["assumptions"]
    assert tried["points"] + tried["failed"] == WORLDS
    assert 0 < tried["failed"] < WORLDS
    words = f"{tried['points']} plausible worlds ({tried['failed']} more could not be computed)"
    assert words in told(invoke(*command, status=1))[0]
    loaded = sim.load("out")
    assert loaded.ending()["diff"].tolist() == before.tolist()
    assert loaded.lacking.startswith(f"{tried['failed']} of 32 worlds failed")
    page = invoke("report", "out", "--no-sliders", "--explain-replicates", 0)
    assert page.stderr == ""
    assert f"({tried['failed']} more could not be computed)" in " ".join((here / "out/report.html").read_text().split())


def test_a_share_is_that_of_the_same_worlds_alone(broken: Break) -> None:
    from influence_sim.analysis.worlds import gaps_in_worlds

    theatre = load()
    arms = [Arm(theatre, load_scenario(name, theatre.vocabulary), 32) for name in ("us_engages_taliban", "baseline")]
    options: dict[str, Any] = {"points": 16, "replicates": 2}
    (whole,), drawn = gaps_in_worlds(arms[:1], arms[1], **options)
    broken(12, 16)
    (gaps,), computed = gaps_in_worlds(arms[:1], arms[1], **options)
    ran = drawn.points[PATH] < 12
    assert np.array_equal(gaps, whole[ran])
    assert {name: values.tolist() for name, values in computed.points.items()} == {
        name: values[ran].tolist() for name, values in drawn.points.items()
    }
    assert computed.failed == 16 - ran.sum()


def test_a_run_of_which_no_world_could_be_computed(broken: Break, invoke: Invoke) -> None:
    broken(0, 16)
    result = invoke("run", *SMALL, "--assumptions", 8, "--out", "out", status=1)
    assert "8 of 8 worlds failed" in told(result)[1]
    assert "worlds" not in told(result)[0]
    assert sim.load("out").ending()["diff"].notna().all()


def test_a_comparison(broken: Break, invoke: Invoke) -> None:
    broken(12, 16)
    command = ("compare", *SMALL, "us_own_channel", "--assumptions", WORLDS, "--out", "both")
    out, err = told(invoke(*command, status=1))
    loaded = sim.load("both")
    assert 0 < loaded.table["failed"].iloc[0] < WORLDS
    assert f"{loaded.table['failed'].iloc[0]} of 32 worlds failed" in err
    assert f"share of {WORLDS - loaded.table['failed'].iloc[0]} of 32 plausible worlds" in out
    assert sim.rerun("both").identical


def test_claims(broken: Break, invoke: Invoke) -> None:
    command = ("claims", "C36", "--test", "--samples", 16, "--replicates", 2, "--out", "out")
    broken(12, 16)
    err = told(invoke(*command, status=1))[1]
    loaded = sim.load("out")
    assert 0 < loaded.examination.samples < 16
    assert loaded.lacking.startswith(f"{16 - loaded.examination.samples} of 16 worlds, ")
    assert loaded.lacking in err
    assert "prior worlds failed (ModelError" in err
    broken(0, 16)
    assert "none of the worlds could be computed" in told(invoke(*command, "--force", status=1))[1]


def test_worlds_that_are_made(broken: Break, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.analysis.matching.BATCH", 128)
    monkeypatch.setattr("influence_sim.analysis.matching.WAVES", (16,))
    monkeypatch.setattr("influence_sim.analysis.matching.STEADY", 0)
    command = ("worlds", "--make", "--count", 8)
    invoke(*command, "--out", "all.npz")
    broken(12, 16)
    out, err = told(invoke(*command, "--out", "some.npz", status=1))
    every, computed = read(Path("all.npz")), read(Path("some.npz"))
    assert every.lacking == ""
    assert 0 < computed.failed == every.waves[0] - computed.waves[0] < every.waves[0]
    assert computed.waves[-1] < every.waves[-1]
    assert f"Of {computed.waves[0]} that were drawn and could be computed {computed.waves[-1]} after a wave" in out
    assert f"{computed.failed} of {every.waves[0]} worlds failed (ModelError: the model gives no number for" in err
    assert json.loads(invoke(*command, "--json", status=1).stdout)["failed"] == computed.failed
    broken(0, 16)
    assert "none of the worlds could be computed (ModelError" in told(invoke(*command, status=1))[1]


def test_an_explanation_tells_of_the_replicates_that_were_computed(broken: Break, invoke: Invoke) -> None:
    asked = ("--month", "2018-02", "--by", "mechanisms", "--by", "response", "--samples", 2)
    command = ("explain", *SMALL[:3], *asked, "--out", "why")
    whole = invoke(*command)
    broken(0, 0, "authority.erosion")  # as it is where this mechanism is switched off
    out, err = told(invoke(*command, "--force", status=1))
    assert "2 of 2 replicates of a division failed (ModelError" in err
    assert out[: out.index("THROUGH")] == told(whole)[0][: out.index("THROUGH")]
    loaded = sim.load("why")
    assert loaded["mechanisms"]["kind"].tolist() == ["effect"]
    assert loaded["mechanisms"]["value"].tolist() == loaded["response"]["value"].tolist()[-1:]
    assert sim.rerun("why").identical


def test_parts_add_up_over_the_replicates_that_were_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from influence_sim.model import simulate_points

    whole = sim.explain("us_engages_taliban", by=["rules"], replicates=4, month="2018-02")

    def instead(arm: Any, points: Any, **options: Any) -> Any:
        result = simulate_points(arm, points, **options)
        numbers = np.broadcast_to(options["replicates"], (len(result), result.shape[-1]))
        if points:
            result[numbers[:, 0] == 3] = np.nan
        return result

    monkeypatch.setattr("influence_sim.model.simulate_points", instead)
    result = sim.explain("us_engages_taliban", by=["rules"], replicates=4, month="2018-02")
    assert result.lacking.startswith("1 of 4 replicates of a division failed")
    values, effect = result.table.groupby("kind")["value"].sum(), result.effect[0]
    assert values.drop("effect").sum() == pytest.approx(effect, abs=1e-12)
    monkeypatch.undo()
    three = sim.explain("us_engages_taliban", by=["rules"], replicates=3, month="2018-02")
    assert effect == pytest.approx(three.effect[0])
    assert effect != pytest.approx(whole.effect[0])


RULE = """
from influence_sim.model.rules import rule


@rule
def ally_leads(s, p, w, me, other, ally):
    if p.decide_rationality > 12:
        raise ValueError("never")
    return s.tie[w.tie[me, ally]]
"""
ENTRY = """
  - id: ally_leads
    statement: Where an ally deals with somebody in the open, I am readier to do so.
    claims: [C52]
    function: ally_leads
    with: {ally: us}
    through: [settlement]
    wants: more
    applies:
      - {do: engage_publicly, target: taliban}
    strength: 1
"""


def test_what_a_theatres_own_rule_raises_is_that_points_fault_and_no_others(
    invoke: Invoke, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two threads as well, which hear of each other's: a task is two points, and in two tasks all fail."""
    monkeypatch.setattr("influence_sim.runs.points.COLUMNS", 2 * 8)
    invoke("init", "mine", "--own-theatre")
    with Path("mine/rules.yaml").open("a", encoding="utf-8") as file:
        file.write(ENTRY)
    Path("mine/rules.py").write_text(RULE, encoding="utf-8")
    values = np.linspace(4, 16, 12)
    with use_theatre("mine", trust=True):
        arm = Arm(load(), load_scenario("us_engages_taliban", load().vocabulary), 32)
        job = Job([arm], 1, np.arange(8), means, {"decide.rationality": values}, steps=[31])
        result = list(run_points([job], workers=2, recording=True))
    failed = {block.points[0]: block.error for block in result if block.error}
    assert sorted(failed) == np.flatnonzero(values > 12).tolist()
    assert set(failed.values()) == {"InputError: rules.py:8: 'ally_leads': cannot be run (ValueError: never)"}


def test_a_run_without_numbers_is_no_fault_of_the_program(monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    nothing = np.full((1, 32, len(load().outcomes), 2), np.nan)
    monkeypatch.setattr("influence_sim.model.simulate_points", lambda *_, **__: nothing)
    result = invoke("run", *SMALL, "--assumptions", "none", status=1)
    assert told(result)[1].startswith("influence-sim: the model gives no number for ")
    with pytest.raises(ModelError):
        sim.run("us_engages_taliban", replicates=2, months=32)


def test_a_page_without_sliders_where_the_model_fails_at_some_of_their_points(
    monkeypatch: pytest.MonkeyPatch, invoke: Invoke, here: Path
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise ModelError("the model gives no number")

    invoke("run", *SMALL, "--assumptions", "none", "--out", "out")
    monkeypatch.setattr("influence_sim.analysis.sliders.chosen", lambda *_: [slider("tie.strength", (0.0, 1.0), 1.0)])
    monkeypatch.setattr("influence_sim.analysis.sliders.compute", fails)
    invoke("report", "out", "--explain-replicates", 0)
    text = "There are no sliders here: the model fails at some of their points (the model gives no number)."
    assert text in " ".join((here / "out/report.html").read_text().split())
    monkeypatch.setattr("influence_sim.analysis.sliders.asked", lambda *_: [slider("tie.strength", (0.0, 1.0), 1.0)])
    invoke("report", "out", "--explain-replicates", 0, "--sliders", "tie.strength=0:2", "-o", "page.html", status=1)
