"""What the documentation shows is what the tool does."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

import influence_sim as sim
from influence_sim.api import compare, explain, lookups, playable, result, run, score, worlds
from influence_sim.cli.main import cli
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.study_schema import Study
from influence_sim.theatre import load
from influence_sim.theatre.files import CODE, NAMES, OUTLINES

pytestmark = pytest.mark.usefixtures("few_pixels")
ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SCENARIOS = ROOT / "docs" / "scenarios.md"
SWEEPS = ROOT / "docs" / "sweeps.md"


def fenced(page: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def written(refresh: ModuleType) -> dict[str, str]:
    """The pages that are written from the package."""
    return {page.name: write() for page, write in refresh.GENERATED.items()}


def masked(refresh: ModuleType, text: str) -> str:
    return str(refresh.HASH.sub("", text))


def test_readme_shows_what_the_commands_print(refresh: ModuleType, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    assert "$ influence-sim run us_engages_taliban" in text
    assert masked(refresh, refresh.renewed(text, tmp_path)) == masked(refresh, text), "run: python docs/refresh.py"


@pytest.mark.parametrize(
    "name",
    ["claims.md", "commands.md", "ways.md", "keys.md", "outcomes.md", "parameters.md", "stances_record.md"],
)
def test_pages_written_from_the_package_are_current(written: dict[str, str], name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == written[name], "run: python docs/refresh.py"


def test_the_pages_written_from_the_package_leave_nothing_out(written: dict[str, str]) -> None:
    pages = written
    assert {"commands.md", "keys.md", "outcomes.md", "parameters.md"} <= set(pages)
    assert pages["parameters.md"].count("\n| `") == len(load().parameters)
    switched = pages["parameters.md"].partition("## Switches")[2].partition("## Sources")[0]
    assert re.findall(r"^\| `(\S+)`", switched, re.MULTILINE) == [
        name for name, spec in load().parameters.items() if not spec.varies
    ]
    assert pages["outcomes.md"].count("\n| `") == len(load().outcomes)
    assert set(re.findall(r"^\| `(\w+)`", pages["keys.md"], re.MULTILINE)) >= {
        *Study.model_fields,
        "interventions",
        "do",
    }
    files = re.findall(r"^### (\S+)$", pages["keys.md"], re.MULTILINE)
    assert sorted(files) == sorted({"actors/*.yaml", *NAMES} - {CODE, OUTLINES})
    assert "| `interests.salience` | number, unit `salience` | needed | How much it cares. |" in pages["keys.md"]
    assert set(re.findall(r"^## (\w+)$", pages["commands.md"], re.MULTILINE)) == set(cli.commands)


def test_a_stale_page_is_noticed(refresh: ModuleType, tmp_path: Path) -> None:
    page = "```console\n$ influence-sim --version\nnothing like it\n```"
    assert refresh.renewed(page, tmp_path) != page


def test_a_page_may_run_a_file_of_its_own(refresh: ModuleType, tmp_path: Path) -> None:
    page = "```python\n# twice.py\nprint(2 * 3)\n```\n\n```console\n$ python twice.py\n{}```"
    assert refresh.renewed(page.format(""), tmp_path) == page.format("6\n")


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


@pytest.mark.parametrize(
    "module",
    [run, lookups, compare, explain, playable, result, score, worlds],
    ids=lambda module: module.__name__,
)
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
    assert tried >= 1


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


class TestSweeps:
    """The page on sweeps: `python docs/refresh.py --check` runs it whole; here, what costs no minutes."""

    @pytest.fixture
    def page(self) -> str:
        return SWEEPS.read_text(encoding="utf-8")

    @pytest.fixture
    def commands(self, page: str) -> list[str]:
        lines = [line for block in fenced(SWEEPS, "console") for line in block.splitlines()]
        return [line for line in lines if line.startswith("$ influence-sim ")]

    @pytest.fixture
    def folder(self, page: str, tmp_path: Path, refresh: ModuleType) -> Path:
        """A folder with the page's study."""
        refresh.lay(page, tmp_path)
        return tmp_path

    def test_what_a_sweep_would_take_is_current(
        self, page: str, commands: list[str], folder: Path, refresh: ModuleType
    ) -> None:
        (dry,) = [line for line in commands if line.endswith("--dry-run")]
        assert f"{dry}\n{refresh.output(dry, folder)}```" in page, "run: python docs/refresh.py"

    def test_each_sweep_is_one(
        self, commands: list[str], folder: Path, page: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        sweeps = [line for line in commands if " sweep " in line and not line.endswith("--dry-run")]
        assert len(sweeps) == 4
        for line in sweeps:
            output = CliRunner().invoke(cli, [*shlex.split(line)[2:], "--dry-run"]).stdout
            points, method = re.search(r"([\d,]+) points \((\w+)\)", output).groups()
            shown = page.partition(f"{line}\n")[2].partition("```")[0]
            assert f"{points} points ({method})" in " ".join(shown.split())

    def test_what_is_read_was_run_before(self, commands: list[str]) -> None:
        made: set[str] = set()
        for line in commands:
            words = shlex.split(line)[2:]
            if words[0] == "sweep":
                made.add(words[words.index("--out") + 1])
            elif words[0] in {"sensitivity", "discover", "plot"}:
                assert words[1] in made
        assert len(made) == 4

    def test_the_factors_it_speaks_of_are_parameters(self, page: str) -> None:
        named = set(re.findall(r"^([a-z_]+\.[\w.-]+) +(?:[+-]?\d|above|below|only)", page, re.MULTILINE))
        assert {"authority.erosion", "authority.mean", "salience.important"} <= named
        assert named <= set(load().parameters)

    def test_its_figures_are_those_that_are_renewed(self, page: str, refresh: ModuleType) -> None:
        shown = {(SWEEPS.parent / name).resolve() for name in re.findall(r"!\[[^]]*\]\((\S+)\)", page)}
        drawn = {name for name in refresh.SHOWN.values() if name.startswith("sweep_")}
        assert shown == {refresh.IMAGES / name for name in drawn}
        assert all(image.is_file() for image in shown)

    def test_its_words_on_the_box_are_true_of_the_box(self, page: str) -> None:
        limits = re.findall(r"^authority\.(\w+) +(\S.*?)  .* (\d+) % +holds$", page, re.MULTILINE)
        assert [name for name, *_ in limits] == ["erosion", "mean"]
        assert 0.64 < float(limits[0][1].removeprefix("above ")) < 0.7  # "two thirds of that standing or more"
        assert limits[1][1] == "only geometric, arithmetic"
        assert min(int(found) for *_, found in limits) >= 90  # "in nearly all boxes made from half of the points"
        coverage, density = re.findall(r"(?:Coverage|Density)\s(\d+) %: of", page)
        assert 77 < int(coverage) < 83  # "four in five of the cases"
        assert 81 < int(density) < 86  # "one in six of those in it is not a case"

    def test_its_keys_are_those_of_a_study(self, page: str) -> None:
        table = page.partition("| key | meaning | default |")[2].partition("\n\n")[0]
        keys = {key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.partition(" | ")[0])}
        assert keys == set(Study.model_fields) - {"schema_version"}

    def test_its_python_runs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {}
        for code in fenced(SWEEPS, "python"):
            exec(compile(code, str(SWEEPS), "exec"), names)  # the page's own examples
        assert isinstance(names["sweep"], sim.Sweep)
        first, *others = names["sweeps"].values()  # of several scenarios, at the same points
        for other in others:
            pd.testing.assert_frame_equal(other.design, first.design)
            assert other.frame["kabul_authority_baseline"].equals(first.frame["kabul_authority_baseline"])
        assert (names["regret"].min(axis=1) == 0).all()


def test_the_gallery_shows_what_the_pages_draw(refresh: ModuleType) -> None:
    gallery = ROOT / "docs" / "gallery.md"
    text = " ".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md") if page != gallery)
    others = " ".join(f"{text} {README.read_text(encoding='utf-8')}".split())
    commands = "".join(fenced(gallery, "sh")).splitlines()
    assert not [line for line in commands if line.removeprefix("influence-sim").strip() not in others]
    shown = set(re.findall(r"!\[[^]]*\]\(images/(\S+)\)", gallery.read_text(encoding="utf-8")))
    drawn = {name for name in refresh.SHOWN.values() if not name.startswith("tutorial_")}
    drawn |= {*(path.name for path in refresh.FIGURES.values()), "report.png", "brief.png"}
    assert shown == drawn
    images = list(refresh.IMAGES.iterdir())
    assert shown <= {path.name for path in images}
    assert sum(path.stat().st_size for path in images) < 3_000_000


def test_what_the_glossary_explains_is_spoken_of() -> None:
    glossary = ROOT / "docs" / "glossary.md"
    entries = re.findall(r"^\* (\*\*.*?)(?=^\* |^#|\Z)", glossary.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    others = " ".join(
        " ".join(page.read_text(encoding="utf-8").split()).casefold()
        for page in (README, *(ROOT / "docs").glob("*.md"))
        if page != glossary
    )
    terms = [term for entry in entries for term in re.findall(r"\*\*(.+?)\*\*", entry)]
    assert len(terms) > 40
    assert not [term for term in terms if not re.search(rf"\b{term.casefold()}", others)]
    assert not [entry for entry in entries if not re.search(r"\]\([\w.]+\.md", entry)]  # where it is defined
