"""What files and names say reaches the terminal as text: nothing moves the cursor, rings, recolours or reorders."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import influence_sim as sim
from influence_sim.base.errors import printable
from influence_sim.cli.main import cli

pytestmark = pytest.mark.usefixtures("blank_pages")
Invoke = Callable[..., Result]
Finish = Callable[..., tuple[int, str, str]]
EVIL = "a\x1b[31mb\nForged: yes\x9b2J\r\x07\u202ec\u2066d"
STEERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]|^Forged", re.MULTILINE)


@pytest.fixture(scope="module")
def finished(blank_pages: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose manifest was written by someone else."""
    folder = sim.run("us_withdraws", replicates=2, months=40).save(tmp_path_factory.mktemp("kept") / "d")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for key in ("title", "question"):
        manifest["scenario"][key] = EVIL
    manifest["versions"]["numpy"] = EVIL
    manifest["error"] = EVIL
    path.write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    "line",
    [
        *(
            "rerun d",
            "report d --no-sliders",
            "plot d",
            "compare d --assumptions 8",
            "validate d/manifest.json",
            "sensitivity d",
        ),
        "run us_withdraws --replicates 2 --months 40 --assumptions none --out d",
    ],
)
def test_what_a_manifest_says_is_only_shown(finished: Path, here: Path, line: str) -> None:
    shutil.copytree(finished, "d")
    done = CliRunner().invoke(cli, line.split())
    assert not STEERS.search(done.stdout + done.stderr)


def test_what_a_scenario_says_is_only_shown(invoke: Invoke, here: Path) -> None:
    text = 'schema_version: 1\nname: mine\nextends: us_withdraws\ntitle: "one \u202e two"\nquestion: "\u2067 why?"\n'
    (here / "mine.yaml").write_text(text, encoding="utf-8")
    done = invoke("run", "./mine.yaml", "--replicates", "2", "--months", "40", "--assumptions", "none")
    assert not STEERS.search(done.stdout + done.stderr)
    assert "one \\u202e two" in done.stdout


def test_the_name_of_a_file_is_only_shown(invoke: Invoke, here: Path) -> None:
    name = EVIL.replace("/", "") + ".yaml"
    (here / name).write_text("schema_version: 1\nname: mine\nextends: us_withdraws\n")
    for done in (
        invoke("validate", name),
        invoke("validate", f"x{name}", status=2),
        invoke("run", f"./{name}", "--replicates", "2", "--months", "40", "--out", EVIL, "--assumptions", "none"),
    ):
        assert not STEERS.search(done.stdout + done.stderr)


def test_words_of_all_languages_stay_as_they_are() -> None:
    for word in ("می‌خواهم", "中文", "naïve", "a\u00a0%"):
        assert printable(word) == word


def test_of_many_mistakes_ten_are_told(invoke: Invoke, here: Path) -> None:
    lines = ["b0: &b0 [x]", *(f"b{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]" for i in range(1, 9))]
    (here / "bomb.yaml").write_text("\n".join(lines))
    errors = invoke("validate", "bomb.yaml", status=2).stderr.splitlines()
    assert len(errors) == 11
    assert re.fullmatch(r"and \d+ more problems", errors[-1])


def test_yml_is_yaml(invoke: Invoke, here: Path) -> None:
    (here / "mine.yml").write_text("schema_version: 1\nname: mine\nextends: us_withdraws\n")
    (here / "more.yml").write_text("schema_version: 1\nname: more\nextends: mine.yml\n")
    (here / "study.yml").write_text(
        "schema_version: 1\nscenario: more.yml\ndesign: {method: lhs, samples: 4}\nvary: {precedent.strength: [0, 1]}\n"
    )
    invoke("run", "more.yml", "--dry-run")
    invoke("sweep", "study.yml", "--dry-run")
    invoke("validate", "mine.yml", "more.yml", "study.yml")


@pytest.mark.filterwarnings("default")  # as in a program of its own
def test_letters_that_the_font_lacks_are_one_note(finish: Finish, folder: Path, invoke: Invoke) -> None:
    """Also where figures go to a backend that this matplotlib does not know, as a notebook's may be."""
    text = "schema_version: 1\nname: mine\nextends: us_withdraws\ntitle: \U00010600\U00010601\n"  # Linear A
    path = folder.parent / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    line = ("run", str(path), "--replicates", "2", "--months", "40", "--assumptions", "none", "--force", "--out", "d")
    status, out, err = finish(*line, env={"MPLBACKEND": "module://a_notebook.of_its_own"})
    assert status == 0
    assert "d/figures/headline.png" in out
    assert err.startswith("the font of the figures lacks some letters")
    assert err.count("\n") == 1
    again = invoke("plot", "d", "--quiet")
    assert (again.stdout, again.stderr) == (out.splitlines()[-1] + "\n", "")
