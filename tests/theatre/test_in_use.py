"""Another theatre in place of the shipped one: from Python, from the command line, with rules of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import influence_sim as sim
from influence_sim.cli.main import cli
from influence_sim.model import Arm, simulate
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load, shipped, use_theatre
from influence_sim.theatre.files import data_folder

RULE = """
  - id: grudge
    statement: Whoever fights too much is not dealt with.
    source: waldman2010
    function: grudge
    applies:
      - {do: engage_publicly, target: taliban, against: true}
    strength: 1
"""
HEAD = "from influence_sim.model.rules import outcome, rule, untargeted\n\n\n"
CODE = f"""\
{HEAD}@rule
def grudge(s, p, w, me, other):
    return s.x[w.fight[other, w.government]]
"""
TWIN = f"""\
from influence_sim.model.compiling import equation
{HEAD}@rule
def shared_enemy(s, p, w, me, other, enemy):
    return max(-s.tie[w.tie[me, enemy]], 0.0) * s.x[w.fight[other, enemy]]


@rule
def tie(s, p, w, me, other):
    return s.tie[w.tie[me, other]]


@untargeted
def lull(s, p, w, me, other, enemy):
    return 1.0 - s.x[w.fight[me, enemy]]


@untargeted
def exclusion(s, p, w, me, other):
    most = 0.0
    for f in range(w.n_forums):
        if w.is_format[f] and w.convenor[f] != me:
            most = max(most, s.live[f] * (1.0 - s.x[w.attend[me, f]]))
        if not w.is_format[f] and w.convenor[f] != me:
            most = max(most, s.live[f] * s.line[w.convenor[f]] * (1.0 - s.seat[w.seat[me, f]]))
    return most


@equation
def halved(x):
    return 0.5 * x


@untargeted
def moderates_only(s, p, w, me, other):
    return halved(2.0 * s.moderates - 1.0)
"""
"""Shipped rules, written once more."""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A copy of the shipped theatre."""
    return Path(shutil.copytree(data_folder(), tmp_path / "own"))


@pytest.fixture
def grudging(world: Path) -> Path:
    """A theatre with a rule and a function of its own."""
    with (world / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(RULE)
    (world / "rules.py").write_text(CODE, encoding="utf-8")
    return world


def ends(scenario: str, **values: float) -> np.ndarray:
    """The last month of three short runs, and of one as a Mesa model."""
    theatre = load()
    arm = Arm(theatre, load_scenario(scenario, theatre.vocabulary), 20)
    outcomes = simulate(arm, seed=1, replicates=[0, 1, 2], parameters=values)[-1]
    model = sim.InfluenceModel(arm, rng=1, replicate=2, parameters=values)
    model.run_model()
    assert [model[outcome.name] for outcome in theatre.outcomes] == outcomes[:, 2].tolist()
    return outcomes


def test_a_theatre_says_which_it_is_in_a_line() -> None:
    assert repr(load()) == f"<Theatre {load().title}>"


def test_a_copy_is_the_same_world(world: Path) -> None:
    before = ends("baseline")
    with use_theatre(world) as theatre:
        assert theatre is not shipped()
        assert theatre.digest == shipped().digest
        assert np.array_equal(ends("baseline"), before)
    assert load() is shipped()


def test_what_is_changed_in_the_folder_is_seen(world: Path) -> None:
    with use_theatre(world):
        before = sim.params().set_index("name").loc["decide.inertia", "default"]
        text = (world / "parameters.yaml").read_text(encoding="utf-8")
        changed = text.replace(f"decide.inertia: {{value: {before:g}", "decide.inertia: {value: 0.45")
        (world / "parameters.yaml").write_text(changed, encoding="utf-8")
        assert before != sim.params().set_index("name").loc["decide.inertia", "default"] == 0.45


def test_a_theatre_brings_its_own_rule(grudging: Path) -> None:
    before = ends("baseline")
    with use_theatre(grudging, trust=True):
        assert np.array_equal(ends("baseline", **{"grudge.strength": 0.0}), before)
        assert not np.array_equal(ends("baseline"), before)


def test_a_rule_written_once_more_is_the_same_rule(world: Path) -> None:
    """Bit for bit, compiled from the theatre's file instead of the package's."""
    before = ends("us_engages_taliban")
    (world / "rules.py").write_text(TWIN, encoding="utf-8")
    with use_theatre(world, trust=True):
        assert np.array_equal(ends("us_engages_taliban").view(np.int64), before.view(np.int64))


def test_of_two_theatres_each_has_its_own_rule(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine code of one is not taken for the other's, also where one stands in the current folder."""
    code = f"{HEAD}@untargeted\ndef lull(s, p, w, me, other, enemy):\n    return {{}}\n"
    differences = []
    for value in (0.25, 0.75):
        monkeypatch.chdir(world)
        folder = Path(shutil.copytree(world, tmp_path / str(value)))
        (folder / "rules.py").write_text(code.format(value), encoding="utf-8")
        if value == 0.25:
            (world / "rules.py").write_text(code.format(value), encoding="utf-8")
        with use_theatre(folder, trust=True):
            differences.append(ends("baseline"))
    assert not np.array_equal(*differences)
    assert not (world / "__pycache__").exists()


def test_threads_know_the_rule(grudging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.runs.points.COLUMNS", 8)  # at once, so that there is something for two
    with use_theatre(grudging, trust=True):
        alone = sim.run("us_engages_taliban", replicates=32, months=30)
        threaded = sim.run("us_engages_taliban", replicates=32, months=30, workers=2)
    assert np.array_equal(alone.summary["mean"], threaded.summary["mean"])


def test_the_command_line_takes_a_theatre(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = world / "actors" / "01_russia.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("label: Russia", "label: Moscow"), encoding="utf-8")
    done = CliRunner().invoke(cli, ["params", "interests.russia", "--theatre", "own"])
    assert "Moscow" in done.stdout
    assert "Moscow" not in CliRunner().invoke(cli, ["params", "interests.russia"]).stdout


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
    (
        "rules.py",
        "",
        f"{HEAD}@untargeted\ndef lull(s, p, w, me, other, enemy):\n    if s.violence >= 0.0:\n"
        "        raise ValueError('never')\n    return 0.0\n",
        r"rules.py:7: 'lull': cannot be run \(ValueError: never",
    ),
    ("rules.py", "", "\nraise SystemExit(7)\n", r"rules.py:2: cannot be run \(SystemExit: 7"),
    ("rules.py", "", "\n1 / 0\n", r"rules.py:2: cannot be run \(ZeroDivisionError"),
    *(
        ("rules.py", "", f"{HEAD}@rule\ndef lull({done}):\n    k = 0\n    return {code}\n", f"rules.py:{words}")
        for done, code, words in (
            ("s, p, w, me, other", "k + nobody", r"4: 'lull': cannot be compiled \(.*'nobody' is not defined\)"),
            ("s, p, w, me, other", "s.anger", r"7: 'lull': cannot be compiled \(.*'anger'"),
            ("s, p, w, me, other", "'much'", r"4: 'lull': cannot be compiled \(.*'much'"),
            ("s, p, w, me, other", "open('x')", r"7: 'lull': cannot be compiled \(.*'open'"),
            ("s, me, other, told", "k", r"4: cannot be run \(TypeError: lull takes 4 arguments"),
            ("s, p, w, me, other, a, b, c, d", "k", r"4: cannot be run \(TypeError: lull takes 9 arguments"),
        )
    ),
    (
        "rules.py",
        "",
        f"{HEAD}@rule\ndef lull(s, p, w, me, other, friend):\n    return 0\n",
        "rules.yaml: 'lull': the rule lull must be given `friend`",
    ),
]


def test_a_wrong_key_in_its_files_is_told_with_those_that_are_known(world: Path) -> None:
    path = world / "actors" / "01_russia.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    options:", "    choices:", 1), encoding="utf-8")
    with pytest.raises(sim.InputError) as caught:
        use_theatre(world)
    missing, unknown = (str(problem).partition("01_russia.yaml:")[2] for problem in caught.value.problems)
    assert missing == "15:5: 'options': this key is missing here; required: name, start, options"
    assert unknown == "17:5: 'choices': not a known key; known here: claims, source, name, start, options"


@pytest.mark.parametrize(("name", "old", "new", "words"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_in_its_rules_is_told(world: Path, name: str, old: str, new: str, words: str) -> None:
    path = world / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    with use_theatre(world, trust=True), pytest.raises(sim.InputError, match=words):
        ends("baseline")


def test_no_theatre_is_told(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"theatre.yaml: no such file"):
        use_theatre(tmp_path / "nothing")
    done = CliRunner().invoke(cli, ["list", "--theatre", str(tmp_path)])
    assert done.exit_code == 2
    assert "theatre.yaml: no such file" in done.stderr
    assert load() is shipped()


LOOKS = ("list", "params", "validate {}", "show baseline", "actors", "levers", "outcomes", "claims", "schema scenario",
         "run baseline --dry-run", "sweep baseline --vary precedent.strength=0:1 --dry-run")  # fmt: skip


@pytest.fixture
def marked(world: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A theatre, and the file that is there once its code has run."""
    mark = tmp_path / "ran"
    (world / "rules.py").write_text(f"open({str(mark)!r}, 'w').close()\nraise SystemExit(7)\n", encoding="utf-8")
    return world, mark


@pytest.mark.parametrize("look", LOOKS)
def test_a_theatre_is_looked_at_without_running_it(marked: tuple[Path, Path], look: str, tmp_path: Path) -> None:
    world, mark = marked
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("schema_version: 1\nname: mine\n", encoding="utf-8")
    done = CliRunner().invoke(cli, [*look.format(scenario).split(), "--theatre", str(world)])
    assert done.exit_code == 0, done.stderr
    assert not mark.exists()


@pytest.mark.parametrize("before", [True, False])
def test_its_code_runs_once_that_is_asked_for(marked: tuple[Path, Path], before: bool, tmp_path: Path) -> None:
    world, mark = marked
    run, theatre = ["run", "baseline", "--out", str(tmp_path / "out")], ["--theatre", str(world)]
    done = CliRunner().invoke(cli, [*run, *theatre])
    assert done.exit_code == 2
    assert "rules.py: this theatre brings code of its own" in done.stderr
    assert "--trust" in done.stderr
    assert not mark.exists()
    done = CliRunner().invoke(cli, [*theatre, *run, "--trust"] if before else ["--trust", *run, *theatre])
    assert done.exit_code == 2
    assert done.stderr.count("running the theatre's own rules.py") == 1
    assert "rules.py:2: cannot be run (SystemExit: 7)" in done.stderr
    assert mark.exists()
    mark.unlink()


def test_a_folder_that_is_always_trusted(grudging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with use_theatre(grudging), pytest.raises(sim.InputError, match="trust=True"):
        ends("baseline")
    monkeypatch.setenv("INFLUENCE_SIM_TRUST", os.pathsep.join(["elsewhere", str(grudging)]))
    with use_theatre(grudging):
        ends("baseline")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes as POSIX has them")
@pytest.mark.parametrize("name", ["claims.csv", "actors/99.yaml", "rules.py"])
@pytest.mark.parametrize("kind", ["pipe", "huge", "folder", "link", "ring", "device"])
def test_what_a_theatre_reads_are_files_of_its_own(world: Path, name: str, kind: str) -> None:
    path = world / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(3 << 30)
    elif kind == "folder":
        path.mkdir()
    elif kind == "ring":
        path.symlink_to(path)
    else:
        path.symlink_to("/etc/passwd" if kind == "link" else "/dev/zero")
    with pytest.raises(sim.InputError, match=path.name) as caught:
        use_theatre(world)
    assert "root:" not in str(caught.value)
