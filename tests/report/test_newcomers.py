"""Scenarios as newcomers write them: the first sentence of what they are told answers their own question."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import influence_sim as sim

pytestmark = pytest.mark.usefixtures("blank_pages")
SMALL = ("--replicates", "6", "--months", "40", "--assumptions", "none")
SCENARIOS = {
    "kabul_stops_eradicating": (
        "asks: [opium_output, kabul_authority]\ninterventions:\n"
        "  - {from: 2018-01, actor: kabul, do: eradicate_poppy, target: opium, level: 0}",
        ("opium_output", "Opium output", ""),
    ),
    "kabul_talks_itself": (  # it does not say what it asks: the question behind it all leads
        "interventions:\n  - {from: 2018-01, actor: kabul, do: engage_publicly, target: taliban}",
        ("kabul_authority", "Kabul's authority", ""),
    ),
    "kabul_comes_to_moscow": (  # against something else than the baseline
        "asks: [kabul_cohesion]\nagainst: kabul_boycotts\ninterventions:\n"
        "  - {from: 2018-01, actor: kabul, do: attend, target: moscow_format}",
        ("kabul_cohesion", "Cohesion of the government", "Kabul refuses every table"),
    ),
    "iran_helps_more": (
        "asks: [iran_support, taliban_control]\ninterventions:\n"
        "  - {from: 2018-01, actor: iran, do: support, target: taliban, level: 1}",
        ("iran_support", "Iran's support of the Taliban", ""),
    ),
}


@pytest.fixture(params=SCENARIOS)
def asked(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Any]:
    """A file in the current folder, and what it asks: outcome, label, the title of what it is compared with."""
    monkeypatch.chdir(tmp_path)
    text, about = SCENARIOS[request.param]
    Path(f"{request.param}.yaml").write_text(f"schema_version: 1\nname: {request.param}\n{text}\n", encoding="utf-8")
    return f"{request.param}.yaml", about


def test_terminal_and_report_begin_with_what_was_asked(asked: tuple[str, Any], invoke: Callable[..., Result]) -> None:
    file, (outcome, label, against) = asked
    text = invoke("run", file, *SMALL, "--out", "done").stdout
    first = text.split("\n\n")[1]
    inner = label[:1].lower() + label[1:]
    before = "|".join(("", "Whether ", "At the default assumptions "))
    assert re.match(f"({before})({re.escape(label)}|{re.escape(inner)})[: ]", " ".join(first.split())), first
    assert (f"“{against}”" in first) == bool(against)
    document = json.loads(invoke("run", file, *SMALL, "--out", "done", "--json").stdout)
    assert document["answer"]["outcome"] == document["outcomes"][0]["outcome"] == document["asked"][0] == outcome
    assert " ".join(first.split()) == " ".join(document["answer"]["text"].split())
    result = sim.load("done")
    assert result.answer.text == document["answer"]["text"]
    page = sim.report("done", sliders={}, explain_replicates=0).path.read_text(encoding="utf-8")
    brief = sim.report("done", brief=True).path.read_text(encoding="utf-8")
    for text in (page, brief):
        assert f'<p class="sentence">{result.answer.finding.partition("“")[0]}' in text.replace("&#39;", "'")


@pytest.mark.parametrize("asked", ["kabul_comes_to_moscow"], indirect=True)  # whose file asks, and against something
def test_what_is_asked_on_the_command_line_goes_before_the_file(
    asked: tuple[str, Any], invoke: Callable[..., Result]
) -> None:
    file, _ = asked
    options = ("--asks", "violence,settlement", "--against", "us_surge")
    document = json.loads(invoke("run", file, *options, *SMALL, "--json").stdout)
    assert document["asked"] == ["violence", "settlement"]
    assert document["against"] == "us_surge"
    assert document["answer"]["outcome"] == "violence"
