"""`compare` and its Python function: shared draws, shares of worlds, one folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.analysis.summary import to_csv
from influence_sim.api import compare as comparing
from influence_sim.api.folders import compute_into
from influence_sim.api.run import compute, plan_run
from influence_sim.base.errors import MachineError
from influence_sim.base.files import file_hash

pytestmark = pytest.mark.usefixtures("blank_pages")
SMALL = ("--replicates", "3", "--months", "32", "--assumptions", "5", "--workers", "1")


@pytest.fixture(scope="module")
def both() -> sim.Comparison:
    return sim.compare(["us_engages_taliban", "us_own_channel"], replicates=3, months=32, assumptions=5)


def test_shares_are_those_of_each_scenario_by_itself(both, tmp_path):
    request = plan_run("us_own_channel", replicates=3, months=32, assumptions=5)
    alone = compute_into(request, tmp_path / "run").result.ending().set_index("outcome")
    rows = both.table[both.table["scenario"] == "us_own_channel"].set_index("outcome")
    alone = alone.reindex(rows.index)
    assert alone["diff"].notna().sum() >= 5
    for column in ("diff", "ci_low", "ci_high", "share_same_sign", "pawn"):
        np.testing.assert_array_equal(rows[column], alone[column])
    assert rows["share_same_sign"].between(0, 1).all()


def test_what_applies_to_both_arms_stays_out_of_the_samples(tmp_path):
    path = tmp_path / "softer.yaml"
    text = "schema_version: 1\nname: softer\nextends: us_engages_taliban\nparameters: {authority.erosion: 0.1}\n"
    path.write_text(text, encoding="utf-8")
    result = sim.compare(
        ["us_engages_taliban", path], replicates=2, months=32, assumptions=4, outcomes=["kabul_authority"]
    )
    first, softer = result.table["diff"]
    assert first < softer  # another baseline and another erosion, on the same draws
    plain = compute(plan_run(path, replicates=2, months=32)).difference("kabul_authority")["mean"].iloc[-1]
    assert softer == plain


def test_the_table_is_printed_outcome_by_outcome(invoke):
    out = invoke("compare", "us_engages_taliban", "us_own_channel", *SMALL).stdout
    assert out.count("The US talks in secret again") >= 5
    assert "KABUL'S AUTHORITY" in out
    assert "HANGS MOST ON" in out
    assert "share of 5 plausible worlds" in out
    plain = invoke("compare", "us_own_channel", *SMALL, "--assumptions", "none", "--outcome", "violence").stdout
    assert "VIOLENCE" in plain
    assert "WORLDS" not in plain


def test_both_kinds_of_worlds_stand_side_by_side(invoke):
    command = ("compare", "us_engages_taliban", *SMALL, "--outcome", "kabul_authority", "--worlds")
    kinds = ("both", "plausible", "prior")
    documents = [json.loads(invoke(*command, worlds, "--json").stdout) for worlds in kinds]
    both, plausible, prior = (document["differences"][0] for document in documents)
    assert (both["worlds"], both["share_same_sign"]) == ("plausible", plausible["share_same_sign"])
    assert both["prior_share"] == prior["share_same_sign"]
    assert "prior_share" not in plausible
    text = invoke(*command, "both").stdout
    assert "WORLDS  PRIOR  HANGS MOST ON" in text
    assert "PRIOR is that share of as many worlds all over the prior ranges" in text


def test_json_folder_and_the_same_again(invoke, monkeypatch):
    first = json.loads(invoke("compare", "us_own_channel", "opium_ban", *SMALL, "--json").stdout)
    folder = Path(first["folder"])
    assert folder.name.startswith("compare-")
    assert first["scenarios"] == ["us_own_channel", "opium_ban"]
    assert len(first["differences"]) == 2 * 6
    assert Path(first["figure"]).is_file()
    assert sorted(path.stem for path in (folder / "scenarios").glob("*.yaml")) == [
        "baseline",
        "opium_ban",
        "us_own_channel",
    ]
    monkeypatch.setattr(comparing, "compute", None)
    again = json.loads(invoke("compare", "us_own_channel", "opium_ban", *SMALL, "--json").stdout)
    assert again["status"] == "already done"
    assert {**again, "status": "done"} == first
    back = comparing.read(folder)
    assert back.results == ()
    assert back.scenarios == ("us_own_channel", "opium_ban")


def test_another_comparison_does_not_overwrite_a_folder(invoke):
    few = (*SMALL, "--assumptions", "none", "--outcome", "violence", "--out", "both")
    invoke("compare", "us_own_channel", *few)
    errors = invoke("compare", "opium_ban", *few, status=2).stderr
    assert "this folder holds the complete results of us_own_channel" in errors
    invoke("compare", "opium_ban", *few, "--force")
    assert comparing.read(Path("both")).scenarios == ("opium_ban",)
    assert not Path("both/scenarios/us_own_channel.yaml").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("us_own_channel", "us_own_channel"), "two of the scenarios bear this name"),
        (("us_own_channel", "baseline"), "this is what the others are compared with"),
        (("us_own_channel", "--outcome", "voilence"), "did you mean 'violence'"),
        (("us_own_channel", "--assumptions", "many"), "neither none nor a whole number"),
        ((), "missing argument"),
    ],
)
def test_what_cannot_be_compared_is_told(invoke, options, words):
    assert words in invoke("compare", *options, status=2).stderr


def test_in_notebooks(both):
    assert both._ipython_key_completions_() == ["us_engages_taliban", "us_own_channel"]
    assert both["us_own_channel"].scenario == "us_own_channel"
    with pytest.raises(sim.InputError, match="did you mean 'us_own_channel'"):
        both["us_own_chanel"]
    page = both._repr_html_()
    assert "us_own_channel" in page
    assert "Kabul&#x27;s authority" in page or "Kabul's authority" in page
    ax = both.plot("kabul_authority")
    assert [text.get_text() for text in ax.get_yticklabels()] == list(both.titles.values())
    with pytest.raises(sim.InputError, match="not among the outcomes compared"):
        both.plot("violence")
    assert isinstance(both.table, pd.DataFrame)


def test_a_picture_calls_scenarios_by_their_titles_and_says_what_is_found(tmp_path):
    both = sim.compare(["us_withdraws", "us_own_channel"], replicates=3, months=48, assumptions=None)
    again = sim.load(both.save(tmp_path / "both"))
    assert (
        both.titles
        == again.titles
        == {"us_withdraws": "The US leaves", "us_own_channel": "The US talks in secret again"}
    )
    low, high = both.table[both.table["outcome"] == both.outcomes[0]].sort_values("diff")["scenario"]
    assert both.finding == again.finding
    assert both.finding.index(both.titles[low]) < both.finding.index(both.titles[high])
    named = [text.get_text() for text in again.plot(both.outcomes[0]).get_yticklabels()]
    assert named == [*both.titles.values()]


def test_a_folder_with_fewer_columns_is_damaged(tmp_path):
    folder = sim.compare(["us_own_channel"], replicates=2, months=32, outcomes=["violence"]).save(tmp_path / "old")
    table = pd.read_csv(folder / "comparison.csv").drop(columns=["mean", "baseline_q05"])
    (folder / "comparison.csv").write_bytes(to_csv(table))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["comparison.csv"] = file_hash(folder / "comparison.csv")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MachineError, match="damaged"):
        sim.rerun(folder)
