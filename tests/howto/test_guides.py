"""The tutorial, the stories and the page on testing claims: each command they show, run small, in their order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from influence_sim.base.errors import InputError
from influence_sim.cli.main import cli
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

pytestmark = pytest.mark.usefixtures("blank_pages")
DOCS = Path(__file__).resolve().parents[2] / "docs"
SMALL = {
    "run": ["--replicates", "4", "--assumptions", "8"],
    "compare": ["--replicates", "4", "--assumptions", "8"],
    "explain": ["--replicates", "2", "--samples", "2"],
    "report": ["--no-sliders", "--explain-replicates", "0"],
    "sweep": ["--samples", "8", "--replicates", "1"],
}
"""Sizes that take the place of the pages'."""


def commands(page: str) -> list[str]:
    return re.findall(r"^\$ influence-sim (.*)$", page.replace("\\\n", " "), re.MULTILINE)


def run_all(lines: list[str]) -> str:
    """What command lines print, run small."""
    output = ""
    for line in lines:
        words = line.split()
        done = CliRunner().invoke(cli, [*words, *SMALL.get(words[0], [])])
        assert done.exit_code == 0, done.output
        output += done.stdout
    return output


@pytest.mark.slow
def test_the_stories_show_what_their_program_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refresh: ModuleType
) -> None:
    page = (DOCS / "stories.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    refresh.lay(page, tmp_path)
    stories = [line for line in page.splitlines() if line.startswith("$ python ")]
    assert len(stories) == 3
    for line in stories:
        assert f"{line}\n{refresh.output(line, tmp_path)}" in page, "run: python docs/refresh.py"
    assert run_all(commands(page)).startswith("Figure: story_42/")


def test_the_tutorial_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refresh: ModuleType) -> None:
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    refresh.lay(page, tmp_path)
    output = run_all(commands(page))
    assert "kabul_at_the_table.yaml: ok" in output
    assert "kabul_at_the_table against us_own_public_channel" in output
    assert "Open American talks with Kabul at the table" in Path("seated/report.html").read_text(encoding="utf-8")
    assert len(list(Path("own_talks").glob("figures/headline.png"))) == 1


def test_the_mistake_of_the_tutorial_is_told_as_it_says(tmp_path: Path, refresh: ModuleType) -> None:
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    refresh.lay(page, tmp_path)
    path = tmp_path / "kabul_at_the_table.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("attend", "atend"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario(str(path), load().vocabulary)
    (problem,) = caught.value.problems
    assert str(problem).rpartition("/")[2] in page


def test_the_page_on_claims_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "test_a_claim.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (swept,) = [line for line in commands(page) if line.startswith("sweep ")]
    assert CliRunner().invoke(cli, [*swept.split(), *SMALL["sweep"]]).exit_code == 0
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "test_a_claim.md", "exec"), names)  # the page's own example
    assert 0.0 <= names["held"] <= 1.0
    assert names["year_end"].shape[0] == 8


def columns_of(page: str, heading: str) -> list[str]:
    """The names in the first column of the table that follows a line."""
    table = page.partition(heading)[2].partition("\n\n")[2].partition("\n\n")[0]
    return [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split(" | ")[0])]


def test_the_page_on_folders_lists_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "folders.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "folders.md", "exec"), names)  # the page's own example
    assert columns_of(page, "Columns of `summary.csv`:") == list(names["summary"].columns)
    assert list(names["table"].columns[:3]) == ["scenario", "replicate", "date"]
    run = ["run", "us_withdraws", "--out", "small", *SMALL["run"], "--worlds", "both"]  # which has one column more
    assert CliRunner().invoke(cli, run).exit_code == 0
    head = Path("small/assumptions.csv").read_text(encoding="utf-8").splitlines()[0]
    assert columns_of(page, "Columns of `assumptions.csv`:") == head.split(",")
    manifest = json.loads(Path("small/manifest.json").read_text(encoding="utf-8"))
    listed = columns_of(page, "## manifest.json, in every folder")
    assert set(listed) == set(manifest) - {"error"}
    explained = ["explain", "us_engages_taliban", "--by", "interventions", "--out", "why", *SMALL["explain"]]
    assert CliRunner().invoke(cli, explained).exit_code == 0
    head = Path("why/explanation.csv").read_text(encoding="utf-8").splitlines()[0]
    assert columns_of(page, "for each part:") == head.split(",")
