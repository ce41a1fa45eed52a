"""`list`, `show`, `params`, `claims`, `doctor`: what can be looked up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy
import pytest
from click.testing import Result

from influence_sim.cli import doctor
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import load

Invoke = Callable[..., Result]


def test_list_names_every_shipped_scenario_with_its_branch_and_question(invoke: Invoke) -> None:
    heading, *lines = invoke("list").stdout.splitlines()
    assert heading.split() == ["SCENARIO", "BRANCHES", "QUESTION"]
    assert {line.split()[0] for line in lines} == set(shipped_scenarios())
    assert lines[0].startswith("baseline ")
    assert "never" in lines[0]
    us = next(line for line in lines if line.startswith("us_engages_taliban "))
    assert us.split()[1] == "2018-01"
    assert us.endswith("the talks that Moscow leads?")


def test_list_wraps_questions_to_the_width_it_is_given(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    lines = invoke("list").stdout.splitlines()
    assert max(map(len, lines)) <= 72
    assert len(lines) > len(shipped_scenarios()) + 10


@pytest.mark.parametrize("args", [("--json", "list"), ("list", "--json")])
def test_global_options_stand_before_or_after_the_command(invoke: Invoke, args: tuple[str, ...]) -> None:
    data = json.loads(invoke(*args).stdout)
    assert data["schema_version"] == 1
    by_name = {item["name"]: item for item in data["scenarios"]}
    assert by_name["baseline"]["branch"] is None
    assert by_name["qcg_succeeds"]["branch"] == "2016-01"


def test_show_writes_a_scenario_that_resolves_to_the_same(invoke: Invoke, folder: Path) -> None:
    shown = invoke("show", "qcg_succeeds").stdout
    Path("again.yaml").write_text(shown)
    vocabulary = load().vocabulary
    again = load_scenario("again.yaml", vocabulary)
    assert again.digest() == load_scenario("qcg_succeeds", vocabulary).digest()
    assert invoke("show", "again.yaml").stdout == shown


def test_show_as_json_is_the_canonical_form(invoke: Invoke) -> None:
    data = json.loads(invoke("show", "us_withdraws", "--json").stdout)
    assert data["schema_version"] == 1
    assert data == load_scenario("us_withdraws", load().vocabulary).canonical()


def test_show_of_an_unknown_scenario_names_the_closest(invoke: Invoke) -> None:
    result = invoke("show", "us_widthraws", status=2)
    assert result.stdout == ""
    assert result.stderr == ("scenario: 'us_widthraws': not a shipped scenario; did you mean 'us_withdraws'?\n")


def test_params_lists_every_parameter(invoke: Invoke) -> None:
    heading, *lines = invoke("params").stdout.splitlines()
    assert heading.split()[0] == "PARAMETER"
    assert [line.split()[0] for line in lines] == list(load().parameters)


def test_params_keeps_to_a_word(invoke: Invoke) -> None:
    lines = invoke("params", "Rationality").stdout.splitlines()
    spec = load().parameters["decide.rationality"]
    numbers = [f"{spec.default:g}", f"{spec.low:g}", "to", f"{spec.high:g}"]
    assert lines[1].split()[:5] == ["decide.rationality", *numbers]
    assert "assumed" in lines[1]
    assert len(lines) == 2


def test_params_shows_choices_rather_than_a_range(invoke: Invoke) -> None:
    spec = next(spec for spec in load().parameters.values() if spec.choices)
    choices = ", ".join(f"{choice:g}" for choice in spec.choices)
    (line,) = (row for row in invoke("params").stdout.splitlines() if row.startswith(f"{spec.name} "))
    assert f"  {choices}  choice  " in line
    assert "0 logit: the better an option, the likelier; 1 probit:" in invoke("params", "decide.form").stdout


def test_params_says_that_a_switch_has_no_range(invoke: Invoke) -> None:
    spec = next(spec for spec in load().parameters.values() if spec.status == "switch")
    assert not spec.varies
    (line,) = (row for row in invoke("params").stdout.splitlines() if row.startswith(f"{spec.name} "))
    assert line.split()[1:5] == ["1", "-", "strength", "switch"]


def test_params_stacks_its_columns_where_the_window_is_narrow(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = invoke("params").stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert [line for line in lines if not line.startswith(" ")] == list(load().parameters)


def test_params_as_json_carries_every_field(invoke: Invoke) -> None:
    (document,) = json.loads(invoke("params", "rivalry.strength", "--json").stdout)["parameters"]
    spec = load().parameters["rivalry.strength"]
    assert document == {**asdict(spec), "choices": list(spec.choices)}


def test_params_without_a_match_names_the_closest(invoke: Invoke) -> None:
    result = invoke("params", "rationalty", status=2)
    assert result.stderr == ("WORD: 'rationalty': not a word of any parameter; did you mean 'decide.rationality'?\n")


def test_claims_says_where_each_is_used_or_why_it_is_left_out(invoke: Invoke) -> None:
    text = invoke("claims").stdout
    entries = text.split("\n\n")
    assert [entry.split()[0] for entry in entries] == [claim.id for claim in load().ledger]
    assert all("used by: " in entry or "left out: " in entry for entry in entries)
    assert "no reason given" not in text


def test_claims_picks_by_id_in_any_case(invoke: Invoke) -> None:
    text = invoke("claims", "c05", "C61").stdout
    ledger = {claim.id: claim for claim in load().ledger}
    assert text.startswith(f"C05  {ledger['C05'].statement}\n")
    assert f"the record: {ledger['C05'].record}: {ledger['C05'].record_note}\n" in text
    assert text.endswith(f"left out: {ledger['C61'].left_out}\n")
    assert len(text.split("\n\n")) == 2


def test_claims_as_json(invoke: Invoke) -> None:
    (claim,) = json.loads(invoke("claims", "C40", "--json").stdout)["claims"]
    assert claim["id"] == "C40"
    assert "rule rivalry" in claim["used_by"]


def test_claims_refuses_all_unknown_ids_at_once(invoke: Invoke) -> None:
    result = invoke("claims", "C40", "C99", "X", status=2)
    assert result.stderr.splitlines() == [
        "ID: 'C99': not a claim; there are C01 to C61",
        "ID: 'X': not a claim; there are C01 to C61",
    ]


def test_doctor_tells_versions(invoke: Invoke) -> None:
    data = json.loads(invoke("doctor", "--json").stdout)
    assert data["packages"]["numpy"] == numpy.__version__
    assert set(data["packages"]) == set(doctor.PACKAGES)
    assert len(data["model"]) == 64
    lines = dict(line.split(maxsplit=1) for line in invoke("doctor").stdout.splitlines())
    assert lines["numpy"] == numpy.__version__
    assert lines["model"] == data["model"]
    assert lines["influence_sim"] == data["influence_sim"]


def test_doctor_says_whether_machine_code_is_kept(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path(json.loads(invoke("doctor", "--json").stdout)["machine_code"]).expanduser()
    assert place.is_dir()
    monkeypatch.setattr("influence_sim.base.caches.machine_code", lambda: None)  # as where no folder can be written
    assert json.loads(invoke("doctor", "--json").stdout)["machine_code"] is None
    assert "machine_code   not kept: each command compiles it" in invoke("doctor").stdout


def test_doctor_fails_if_something_is_missing(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package-anywhere"))
    result = invoke("doctor", status=1)
    assert dict(line.split(maxsplit=1) for line in result.stdout.splitlines())["no-such-package-anywhere"] == "missing"
    assert json.loads(invoke("doctor", "--json", status=1).stdout)["packages"]["no-such-package-anywhere"] is None
