"""What the documentation shows is what the tool does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import influence_sim as sim
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SCENARIOS = ROOT / "docs" / "scenarios.md"


def fenced(page: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def refresh() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def masked(refresh: ModuleType, text: str) -> str:
    return str(refresh.HASH.sub("", text))


def test_readme_shows_what_the_commands_print(refresh: ModuleType, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    assert "$ influence-sim run us_engages_taliban" in text
    assert masked(refresh, refresh.renewed(text, tmp_path)) == masked(refresh, text), "run: python docs/refresh.py"


def test_the_page_of_parameters_is_current(refresh: ModuleType) -> None:
    page = refresh.PARAMETERS.read_text(encoding="utf-8")
    assert page == refresh.parameters_page(), "run: python docs/refresh.py"
    assert page.count("\n| `") == len(load().parameters)


def test_a_stale_page_is_noticed(refresh: ModuleType, tmp_path: Path) -> None:
    page = "```console\n$ influence-sim --version\nnothing like it\n```"
    assert refresh.renewed(page, tmp_path) != page


def test_readme_scenario_runs(tmp_path: Path) -> None:
    (text,) = fenced(README, "yaml")
    path = tmp_path / "talks_under_pressure.yaml"
    path.write_text(text, encoding="utf-8")
    result = sim.run(path, replicates=3)
    assert result.difference("us_acceptance")["mean"].iloc[-1] != 0.0


def test_readme_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = fenced(README, "python")
    names: dict[str, object] = {}
    exec(compile(code, str(README), "exec"), names)  # the README's own example
    assert {"result", "model"} <= names.keys()


@pytest.mark.parametrize("part", fenced(SCENARIOS, "yaml"))
def test_parts_of_the_guide_make_scenarios(part: str, tmp_path: Path) -> None:
    path = tmp_path / "part.yaml"
    path.write_text("schema_version: 1\nname: part\n" + part, encoding="utf-8")
    (key, *_) = yaml.safe_load(part)
    resolved = load_scenario(str(path), load().vocabulary)
    assert resolved.canonical()[key]


def test_shell_lines_of_the_readme_name_real_commands(refresh: ModuleType, tmp_path: Path) -> None:
    lines = [line for block in fenced(README, "sh") for line in block.splitlines() if line.startswith("influence-sim ")]
    assert len(lines) >= 4
    listed = refresh.output("$ influence-sim --help", tmp_path).partition("Commands:")[2]
    known = {line.split()[0] for line in listed.splitlines() if line.strip()}
    assert {line.split()[1] for line in lines} <= known
