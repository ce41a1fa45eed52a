"""`explain` and its Python function: what is asked, what is told, what is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.api import explain as explaining
from influence_sim.api.explain import Explanation, sentence
from influence_sim.theatre import load
from influence_sim.theatre.claim_tests import declared_tests

pytestmark = pytest.mark.usefixtures("blank_pages")
(DEALING,) = (stance.claims for stance in load().actor("us").stances if stance.name == "dealing")
SMALL = ("--replicates", "3", "--month", "2018-02", "--samples", "2", "--workers", "1")


def test_the_table_names_parts_claims_and_what_is_left(invoke):
    out = invoke("explain", "us_engages_taliban", "--by", "interventions", "--by", "rules", *SMALL).stdout
    assert out.startswith("Kabul's authority")
    assert "BY WHAT THE SCENARIO FIXES" in out
    assert "exact: all 4 coalitions" in out
    assert "THROUGH WHICH ALLIANCE RULES" in out
    assert "sampled: 2 orders a replicate" in out
    lines = out.splitlines()
    (engages,) = [line for line in lines if line.startswith("us engage_publicly taliban")]
    assert "The United States: deals openly with the Taliban, from 2018-01" in engages
    assert any(f"({', '.join(DEALING)})." in line for line in lines)
    assert any(line.startswith("remainder") and "with all these rules off" in line for line in lines)


def test_one_replicate_has_no_interval(invoke):
    output = invoke("explain", "us_own_channel", "--by", "interventions", "--replicates", "1").stdout
    assert output.splitlines()[1].endswith("; 1 replicate, seed 1")
    assert "nan" not in output


def test_json_adds_up_and_the_same_again_runs_nothing(invoke, monkeypatch):
    first = json.loads(invoke("explain", "us_own_channel", "--by", "interventions", *SMALL, "--json").stdout)
    division = first["divisions"]["interventions"]
    whole = first["effect"]["mean"]
    assert abs(sum(part["value"] for part in division["parts"]) - whole) < 1e-9
    assert division["method"] == "exact: all 8 coalitions"
    covert = next(part for part in division["parts"] if part["part"] == "us engage_covertly taliban")
    assert covert["claims"] == list(DEALING)
    words = f"The United States: deals in secret with the Taliban, from 2018-01 ({', '.join(DEALING)}): "
    assert covert["sentence"].startswith(words)
    monkeypatch.setattr(explaining, "compute", None)
    again = json.loads(invoke("explain", "us_own_channel", "--by", "interventions", *SMALL, "--json").stdout)
    assert again["status"] == "already done"
    assert {**again, "status": "done"} == first


def test_the_folder_holds_everything(invoke, tmp_path):
    invoke("explain", "opium_ban", "--outcome", "opium_output", "--by", "mechanisms", *SMALL, "--out", "why")
    assert (tmp_path / "why" / "figures" / "waterfall.png").is_file()
    manifest = json.loads((tmp_path / "why" / "manifest.json").read_text())
    assert (manifest["kind"], manifest["status"]) == ("explain", "complete")
    table = pd.read_csv(tmp_path / "why" / "explanation.csv")
    declared, specs = declared_tests(load()), load().parameters
    off = dict.fromkeys(declared.knockouts, 0.0) | dict.fromkeys(declared.saturated, 1.0)
    on = {name for name, value in off.items() if specs[name].default != value and not name.startswith("decide.")}
    assert len(on) > 30
    assert set(table["part"]) - {"remainder", "effect"} == on
    back = explaining.read(tmp_path / "why")
    assert back.outcome == "opium_output"
    assert back.table["value"].tolist() == table["value"].tolist()
    assert back.parameters == {}
    (tmp_path / "why" / "explanation.csv").write_text("spoilt")
    with pytest.raises(sim.MachineError, match="changed since"):
        explaining.read(tmp_path / "why")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("us_engages_taliban", "--outcome", "kabul_autority"), "did you mean 'kabul_authority'"),
        (("us_engages_taliban", "--month", "2018-13"), "must be a month, YYYY-MM, from 2015-09 to 2035-12"),
        (("us_engages_taliban", "--month", "2017-12"), "before us_engages_taliban begins to differ"),
        (("us_engages_taliban", "--samples", "1"), "a whole number from 2 to 1024"),
        (("us_engages_taliban", "--samples", "1024", "--replicates", "1000"), "must not exceed 65536"),
        (("us_engages_taliban", "--replicates", "0"), "replicates must be a whole number from 1"),
        (("us_engages_taliban", "--set", "tie.strength=9"), "tie.strength must lie between 0 and"),
        (("us_engages_taliban", "--by", "luck"), "'luck' is not one of"),
        (("baseline",), "nothing to explain"),
        (("us_engages_talibn",), "did you mean 'us_engages_taliban'"),
    ],
)
def test_what_cannot_be_explained_is_told(invoke, options, words):
    assert words in invoke("explain", *options, status=2).stderr


def test_all_mistakes_are_told_at_once(invoke):
    errors = invoke("explain", "us_engages_talibn", "--outcome", "nothing", "--month", "soon", status=2).stderr
    assert len(errors.splitlines()) == 3


def test_in_python():
    why = sim.explain("us_engages_taliban", "us_acceptance", by=["interventions"], replicates=2, month="2018-03")
    assert isinstance(why, sim.Explanation)
    assert why.divisions == ("interventions",)
    assert why._ipython_key_completions_() == ["interventions"]
    assert why["interventions"].equals(why.by("interventions"))
    assert len(why.sentences("interventions")) == 2
    assert all("Acceptance of the US as mediator" in words for words in why.sentences("interventions"))
    page = why._repr_html_()
    assert "us attend moscow_format" in page
    assert "<script" not in page
    ax = why.plot()
    assert ax.get_xlabel() == "change of Acceptance of the US as mediator (scale from 0 to 1)"
    with pytest.raises(sim.InputError, match="there is interventions"):
        why.by("rules")


def explained(low: float, mean: float, high: float) -> Explanation:
    row = {"by": "rules", "kind": "effect", "value": mean, "ci_low": low, "ci_high": high}
    asked = {"outcome": "kabul_authority", "months": 64, "replicates": 8}
    baseline = {"name": "baseline", "title": "As it was"}
    return Explanation(pd.DataFrame([row]), manifest={"arguments": asked, "against": baseline})


def test_a_finding_claims_no_more_than_its_interval():
    assert explained(-0.03, -0.02, -0.01).finding == (
        "Kabul's authority ends 0.020 lower than it otherwise would by December 2020"
    )
    assert "ends 0.020 higher than" in explained(0.01, 0.02, 0.03).finding
    open_ = "Whether Kabul's authority ends higher or lower than it otherwise would by December 2020 is uncertain"
    assert explained(-0.01, 0.02, 0.05).finding == f"{open_}: 8 replicates cannot tell"
    assert explained(0.0, 0.0, 0.0).finding == "Kabul's authority is the same by December 2020 as it otherwise would be"
    nan = float("nan")
    assert "is uncertain" in explained(nan, 0.02, nan).finding  # one replicate has no interval


def test_no_share_is_told_of_an_effect_whose_direction_is_open():
    effect = {"by": "rules", "kind": "effect", "value": -0.01, "ci_low": -0.03, "ci_high": 0.01, "share": 1.0}
    tie = {"by": "rules", "kind": "part", "part": "tie", "words": "the tie", "claims": "", "value": -0.02}
    tie |= {"ci_low": -0.03, "ci_high": -0.01, "share": 2.0}
    why = replace(explained(-0.03, -0.01, 0.01), table=pd.DataFrame([tie, effect]))
    assert why.sentences("rules") == ["The tie: lowers Kabul's authority by 0.020."]
    assert dict(why.tables())["Through which alliance rules"]["share"].tolist() == ["", ""]
    small = [tie | {"part": name, "value": value} for name, value in (("two", 0.0001), ("three", -0.0001))]
    pooled = dict(replace(why, table=pd.DataFrame([tie, *small, effect])).tables())["Through which alliance rules"]
    assert pooled["part"].tolist()[1] == "2 smaller ones"
    assert pooled["share"].tolist() == ["", "", ""]
    assert why.by("rules")["share"].tolist() == [2.0, 1.0]  # for whoever wants them


def test_a_sentence_claims_no_more_than_its_interval():
    row = {"words": "the tie", "claims": "C05 C24", "value": -0.02, "ci_low": -0.03, "ci_high": -0.01, "share": 0.4}
    assert sentence(row, "it") == "The tie (C05, C24): lowers it by 0.020, 40 % of the effect."
    assert sentence({**row, "share": -0.4}, "it") == "The tie (C05, C24): lowers it by 0.020, against the effect."
    assert (
        sentence({**row, "ci_high": 0.01}, "it")
        == "The tie (C05, C24): whether it raises or lowers it is open (-0.020)."
    )
    nothing = {**row, "value": 1.7e-5, "ci_low": -1e-5, "ci_high": 4e-5}
    assert sentence(nothing, "it") == "The tie (C05, C24): whether it raises or lowers it is open."
    assert (
        sentence({**nothing, "ci_low": 1e-5}, "it")
        == "The tie (C05, C24): raises it by less than 0.0001, 40 % of the effect."
    )
    zero = {**row, "claims": "", "value": 0.0, "ci_low": 0.0, "ci_high": 0.0}
    assert sentence(zero, "it") == "The tie: changes nothing in it."
