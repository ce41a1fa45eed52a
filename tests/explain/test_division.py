"""An effect divided into what the scenario itself does, what ground and stocks add, and what others decide."""

from __future__ import annotations

import json

import numpy as np
import pytest

import influence_sim as sim
from influence_sim.analysis.explain import PARTS
from influence_sim.analysis.explain.attribution import attribute_each
from influence_sim.analysis.explain.division import divide
from influence_sim.base.errors import InputError
from influence_sim.runs.request import plan_run

pytestmark = pytest.mark.usefixtures("blank_pages")
SIZE = {"replicates": 6, "months": 40}


@pytest.fixture(scope="module")
def result():
    return sim.run("us_talks_without_kabul", **SIZE)


def test_the_parts_add_up_to_the_effect_in_every_replicate_and_month():
    request = plan_run("us_talks_without_kabul", **SIZE)
    (gaps,) = divide([request], request.theatre.vocabulary.outcomes, each_month=True)
    assert gaps.shape == (6, 4, 40, len(request.theatre.outcomes))
    np.testing.assert_allclose(gaps[:, 1:].sum(axis=1), gaps[:, 0], atol=1e-12)
    assert all(np.abs(gaps[:, part]).max() > 1e-3 for part in range(4))


def test_by_month_it_is_the_difference_and_nothing_before_the_branch(result):
    actual = result.division("kabul_recognition")
    np.testing.assert_allclose(actual["effect"]["mean"], result.difference("kabul_recognition")["mean"], atol=1e-12)
    np.testing.assert_allclose(actual["effect"]["ci_low"], result.difference("kabul_recognition")["ci_low"], atol=1e-12)
    parts = actual.xs("mean", axis=1, level=1)
    np.testing.assert_allclose(parts[list(PARTS)].sum(axis=1), parts["effect"], atol=1e-12)
    assert not actual[:"2017-12"].to_numpy().any()
    assert actual.loc["2018-01-01", ("itself", "mean")] < 0
    assert actual.loc["2018-01-01", ("ground", "mean")] == 0  # which takes a month to have any


def test_what_others_decide_is_response_alone(result):
    actual = result.division("iran_support").iloc[-1]
    means = {part: actual[part, "mean"] for part in ("effect", *PARTS)}
    assert means["itself"] == means["ground"] == 0
    assert means["response"] == means["effect"] != 0


def test_it_is_run_once_and_cannot_be_spoilt(result, monkeypatch):
    first = result.division("violence")
    monkeypatch.setattr("influence_sim.analysis.explain.division.divide", None)
    mine = result.division("violence")
    mine.iloc[:] = 0.0
    assert result.division("violence").equals(first)


def test_a_result_from_a_folder_gives_the_same(result, tmp_path):
    result.save(tmp_path / "kept")
    assert sim.load(tmp_path / "kept").division("kabul_authority").equals(result.division("kabul_authority"))


def test_comparison_and_explanation_say_the_same(result):
    last = result.division("kabul_authority").iloc[-1]
    row = sim.compare(["us_talks_without_kabul"], outcomes=["kabul_authority"], **SIZE).table.iloc[0]
    request = plan_run("us_talks_without_kabul", **SIZE)
    table = attribute_each(request, ("kabul_authority",), ("response",), together=True)["kabul_authority"]
    rows = table.set_index("part")
    assert rows.index.tolist() == [*PARTS, "effect"]
    assert rows["share"].sum() == pytest.approx(2)  # the parts, and the whole
    for part in PARTS:
        assert row[part] == pytest.approx(last[part]["mean"], abs=1e-12)
        assert rows.loc[part, ["value", "ci_low", "ci_high"]].tolist() == pytest.approx(last[part].tolist(), abs=1e-12)


def test_it_is_asked_for_with_run(invoke):
    size = ("--replicates", "4", "--months", "34", "--assumptions", "none", "--out", "there")
    plain = invoke("run", "us_talks_without_kabul", *size).stdout
    assert "RESPONSE" not in plain
    text = invoke("run", "us_talks_without_kabul", *size, "--division").stdout
    assert "already done" in text
    assert "WHAT CARRIES THE DIFFERENCE" in text
    document = json.loads(invoke("run", "us_talks_without_kabul", *size, "--division", "--json").stdout)
    for row in document["outcomes"]:
        parts = sum(row["division"][part]["mean"] for part in PARTS)
        assert parts == pytest.approx(row["difference"]["mean"], abs=1e-12)


def test_without_a_second_arm_there_is_nothing_to_divide(invoke):
    assert "--division divides a difference" in invoke("run", "baseline", "--division", status=2).stderr
    alone = sim.run("baseline", against=None, replicates=2, months=3)
    with pytest.raises(InputError, match="no difference"):
        alone.division("violence")
