"""Mistakes on the command line: what is said, and exit status 2."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from influence_sim.api import lookups
from influence_sim.base.errors import MachineError, ModelError
from influence_sim.cli.console import Console
from influence_sim.cli.main import run_guarded

Invoke = Callable[..., Result]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("lst",), "influence-sim: 'lst': no such command; did you mean 'list'?"),
        (("frobnicate",), "influence-sim: 'frobnicate': no such command; there are: list, run, compare"),
        (
            ("run", "--replicate", "3"),
            "influence-sim run: '--replicate': no such option; did you mean '--replicates'?",
        ),
        (("list", "--jsn"), "influence-sim list: '--jsn': no such option; did you mean '--json'?"),
        (("run",), "influence-sim run: missing argument 'SCENARIO'"),
        (("list", "more"), "influence-sim list: got unexpected extra argument (more)"),
        (("run", "baseline", "--replicates", "many"), "'many' is not a valid integer"),
        (("run", "baseline", "--workers", "0"), "0 is not in the range 1<=x<=1024"),
        (
            ("run", "baseline", "--assumptions", "few"),
            "'few' is neither none nor a whole number from 1 to 4096",
        ),
        (("run", "baseline", "--assumptions", "0"), "'0' is neither none nor a whole number"),
        (("run", "baseline", "--seed", "9" * 5000), "999 ... 999"),
        (("list", "--quiet", "--verbose"), "--quiet and --verbose contradict each other"),
        (("--json",), "influence-sim: missing command"),
    ],
)
def test_what_is_wrong_is_said_with_the_closest_spelling(invoke: Invoke, args: tuple[str, ...], words: str) -> None:
    result = invoke(*args, status=2)
    assert result.stdout == ""
    assert words in result.stderr
    assert len(result.stderr) < 400


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ("us_engages_talibn",),
            "scenario: 'us_engages_talibn': not a shipped scenario; did you mean 'us_engages_",
        ),
        (("nowhere.yaml",), "nowhere.yaml: no such file"),
        (("./nowhere",), "nowhere: no such file"),
        (("./folder",), "folder: this is a folder, not a file"),
        (("binary.yaml",), "binary.yaml: a binary file, not text"),
        (("nan.yaml",), "nan.yaml:3:40: '.nan'"),
        (
            ("us_surge", "--months", "20"),
            "--months: '20': the run ends in 2017-04, before us_surge begins to differ",
        ),
        (("us_surge", "--months", "0"), "months must be a whole number from 1 to 244"),
        (("us_surge", "--months", "9999"), "months must be a whole number from 1 to 244"),
        (("us_surge", "--replicates", "0"), "--replicates: '0': replicates must be a whole number from 1"),
        (("us_surge", "--seed", "-1"), "--seed: '-1': seed must be a whole number from 0"),
        (("us_surge", "--against", "basline"), "'basline': not a shipped scenario; did you mean 'baseline'?"),
        (("baseline", "--set", "x"), "--set no. 1: 'x': must be written PARAMETER=NUMBER"),
        (
            ("baseline", "--set", "authority.erosion=nan"),
            "--set no. 1: 'authority.erosion=nan': the value must be",
        ),
        (("baseline", "--set", "authority.erosion="), "must be written PARAMETER=NUMBER"),
    ],
)
def test_wrong_input_is_refused_and_nothing_is_written(
    invoke: Invoke, folder: Path, args: tuple[str, ...], words: str
) -> None:
    Path("folder").mkdir()
    Path("binary.yaml").write_bytes(b"name: \0\xff\xfe")
    Path("nan.yaml").write_text("schema_version: 1\nname: nan\nparameters: {decide.rationality:       .nan}\n")
    before = sorted(os.listdir())
    result = invoke("run", *args, status=2)
    assert result.stdout == ""
    assert words in result.stderr
    assert sorted(os.listdir()) == before


def test_every_wrong_setting_is_told_with_its_number(invoke: Invoke) -> None:
    sets = (
        "decide.rationality=10",
        "decide.rationalty=1",
        "authority.erosion=7",
        "authority.erosion",
        "precedent.strength=x",
    )
    options = [part for text in (*sets, "decide.rationality=3") for part in ("--set", text)]
    lines = invoke("run", "us_surge", *options, status=2).stderr.splitlines()
    assert sorted(line.split(":")[0] for line in lines) == [f"--set no. {number}" for number in (2, 3, 4, 5, 6)]
    by_number = {line.split(":")[0][-1]: line for line in lines}
    assert by_number["2"].endswith("not a parameter; did you mean 'decide.rationality'?")
    assert "'authority.erosion=7': authority.erosion must lie between 0 and 1" in by_number["3"]
    assert "must be written PARAMETER=NUMBER" in by_number["4"]
    assert "'precedent.strength=x': the value must be a finite decimal number" in by_number["5"]
    assert "this parameter is set already" in by_number["6"]


def test_a_bad_file_and_a_bad_setting_are_told_together(invoke: Invoke, folder: Path) -> None:
    Path("bad.yaml").write_text("schema_version: 1\nname: bad\nclaims: [C77]\n")
    result = invoke("run", "bad.yaml", "--set", "x=1", "--set", "y", status=2)
    places = [line.split(": ")[0] for line in result.stderr.splitlines()]
    assert places == ["bad.yaml:3:10", "--set no. 1", "--set no. 2"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (MachineError("disk full"), 1, "influence-sim: disk full"),
        (PermissionError(13, "Permission denied", "results"), 1, "influence-sim: results: permission denied"),
        (MemoryError(), 1, "influence-sim: not enough memory"),
        (RuntimeError("can't start new thread"), 1, "influence-sim: the system lets no more threads start"),
        (ModelError("no number"), 1, "influence-sim: no number"),
        (
            KeyError("x"),
            1,
            "influence-sim: this is a fault of the program (KeyError: 'x'); --debug shows where",
        ),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (click.exceptions.Exit(1), 1, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_each_failure_has_its_status_and_few_words(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, words: str
) -> None:
    def fail() -> None:
        raise error

    assert run_guarded(Console(), fail) == status
    errors = capsys.readouterr().err
    assert errors.startswith(words)
    assert bool(errors) is bool(words)
    assert len(errors.splitlines()) <= 1


def test_a_fault_of_the_program_is_told_without_a_traceback(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(lookups, "scenario_rows", fail)
    result = invoke("list", "--json", status=1)
    assert result.stderr == (
        "influence-sim: this is a fault of the program (RuntimeError: first line); --debug shows where\n"
    )
