"""Another theatre in place of the shipped one: from Python, from the command line, with rules of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import influence_sim as sim
from influence_sim.cli.main import cli
from influence_sim.theatre import load, shipped, use_theatre
from influence_sim.theatre.files import data_folder

RULE = """
  - id: grudge
    statement: Whoever fights too much is not dealt with.
    source: waldman2010
    function: grudge
    applies:
      - {do: engage_publicly, target: taliban, weight: [-1, -2, 0]}
    strength: [1, 0, 2]
"""
CODE = """\
from influence_sim.model.rules import rule


@rule
def grudge(s, me, other, told):
    return s.policy(other, "fight", "kabul")
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the shipped theatre."""
    return Path(shutil.copytree(data_folder(), tmp_path / "own"))


@pytest.fixture
def grudging(own: Path) -> Path:
    """A theatre with a rule and a function of its own."""
    with (own / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(RULE)
    (own / "rules.py").write_text(CODE, encoding="utf-8")
    return own


def ends(scenario: str, **values: float) -> np.ndarray:
    """The last month of a short run."""
    model = sim.InfluenceModel(scenario, rng=1, months=12, replicates=[0, 1, 2], parameters=values)
    return model.run()[-1]


def test_a_copy_is_the_same_world(own: Path) -> None:
    before = ends("baseline")
    with use_theatre(own) as theatre:
        assert theatre is not shipped()
        assert theatre.digest == shipped().digest
        assert np.array_equal(ends("baseline"), before)
    assert load() is shipped()


def test_what_is_changed_in_the_folder_is_seen(own: Path) -> None:
    with use_theatre(own):
        before = sim.params().set_index("name").loc["decide.inertia", "default"]
        text = (own / "parameters.yaml").read_text(encoding="utf-8")
        changed = text.replace("decide.inertia: {value: 0.15", "decide.inertia: {value: 0.25")
        (own / "parameters.yaml").write_text(changed, encoding="utf-8")
        assert (before, sim.params().set_index("name").loc["decide.inertia", "default"]) == (0.15, 0.25)


def test_a_theatre_brings_its_own_rule(grudging: Path) -> None:
    before = ends("baseline")
    with use_theatre(grudging):
        assert np.array_equal(ends("baseline", **{"grudge.strength": 0.0}), before)
        assert not np.array_equal(ends("baseline"), before)


def test_workers_know_the_rule(grudging: Path) -> None:
    with use_theatre(grudging):
        alone = sim.run("us_engages_taliban", replicates=2200, months=30)
        two = sim.run("us_engages_taliban", replicates=2200, months=30, workers=2)
    assert np.array_equal(alone.summary["mean"], two.summary["mean"])


def test_the_command_line_takes_a_theatre(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = own / "actors" / "01_russia.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("label: Russia", "label: Moscow"), encoding="utf-8")
    told = CliRunner().invoke(cli, ["params", "capability.russia", "--theatre", "own"])
    assert "Moscow" in told.stdout
    assert "Moscow" not in CliRunner().invoke(cli, ["params", "capability.russia"]).stdout


def test_init_writes_a_theatre_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["init", "mine", "--own-theatre"]).exit_code == 0
    with use_theatre("mine") as theatre:
        assert theatre.digest == shipped().digest
    again = CliRunner().invoke(cli, ["init", "mine", "--own-theatre"])
    assert again.exit_code == 2
    assert "there is something of this name already" in again.stderr


MISTAKES = [
    (
        "rules.yaml",
        "function: lull",
        "function: lul",
        "rules.yaml: 'lul': no function for the rule lull; did",
    ),
    ("rules.py", "", "def broken(:\n", r"rules.py:1: cannot be run \(SyntaxError"),
    ("rules.py", "", "\n1 / 0\n", r"rules.py:2: cannot be run \(ZeroDivisionError"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), MISTAKES, ids=[m[3][:20] for m in MISTAKES])
def test_a_mistake_in_its_rules_is_told(own: Path, name: str, old: str, new: str, words: str) -> None:
    path = own / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    with use_theatre(own), pytest.raises(sim.InputError, match=words):
        ends("baseline")


def test_no_theatre_is_told(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"theatre.yaml: no such file"):
        use_theatre(tmp_path / "nothing")
    told = CliRunner().invoke(cli, ["list", "--theatre", str(tmp_path)])
    assert told.exit_code == 2
    assert "theatre.yaml: no such file" in told.stderr
    assert load() is shipped()
