"""What only a process of its own shows: imports, pipes, terminals, signals, exit statuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from influence_sim.cli.main import cli
from influence_sim.runs.manifest import read_manifest
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

pty = pytest.importorskip("pty", reason="pipes, terminals and signals as POSIX has them")

ROOT = str(Path(__file__).resolve().parents[2])
Finish = Callable[..., tuple[int, str, str]]
Start = Callable[..., subprocess.Popen[str]]
HEAVY = {
    "numpy",
    "pandas",
    "mesa",
    "matplotlib",
    "pydantic",
    "yaml",
    "scipy",
    "pyarrow",
    "importlib.metadata",
}
ASK = """
import sys
from influence_sim.cli.main import cli
for command in ([], *([name] for name in cli.commands)):
    try:
        cli.main([*command, "--help"])
    except SystemExit as stop:
        assert stop.code == 0, stop.code
    print("LOADED", *sys.modules)
"""


def test_help_loads_nothing_heavy(finish: Finish) -> None:
    status, out, err = finish(python=("-c", ASK))
    assert (status, err) == (0, "")
    helps = re.findall(r"(.*?)^LOADED ([^\n]*)$", out, re.DOTALL | re.MULTILINE)
    for command, (text, modules) in zip([(), *((name,) for name in cli.commands)], helps, strict=True):
        assert text.lstrip().startswith(" ".join(("Usage: influence-sim", *command)))
        assert not HEAVY & set(modules.split()), command


def test_without_arguments_it_helps(finish: Finish) -> None:
    status, out, err = finish()
    assert (status, err) == (0, "")
    assert "influence-sim run SCENARIO" in out
    assert all(f"\n  {name} " in out for name in cli.commands)


def test_help_names_no_command_that_is_not_there(finish: Finish) -> None:
    _, out, _ = finish("--help")
    listed = out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "] == list(cli.commands)


@pytest.mark.parametrize("args", [("list",), ("--help",), ("params", "--json"), ("--version",)])
def test_a_closed_pipe_is_no_error(start: Start, args: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start(*args, stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")


def test_errors_keep_their_status_when_nobody_listens(start: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start("show", "nothing", stdout=writing, stderr=writing) as process:
        os.close(writing)
    assert process.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_the_machines_fault(start: Start) -> None:
    with open("/dev/full", "w") as full, start("claims", stdout=full) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err == "influence-sim: no space left on device\n"


def test_show_survives_an_ascii_locale_and_still_means_the_same(finish: Finish, folder: Path) -> None:
    title = "Caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{EN DASH} \N{GRINNING FACE}"
    Path("idea.yaml").write_text(f"schema_version: 1\nname: idea\ntitle: {title}\n", encoding="utf-8")
    status, out, err = finish("show", "./idea.yaml", env={"PYTHONIOENCODING": "ascii"})
    assert (status, err) == (0, "")
    assert out.isascii()
    Path("again.yaml").write_text(out)
    assert load_scenario("again.yaml", load().vocabulary).title == title


def test_errors_survive_an_ascii_locale(finish: Finish) -> None:
    status, out, err = finish("show", "caf\N{LATIN SMALL LETTER E WITH ACUTE}", env={"PYTHONIOENCODING": "ascii"})
    assert (status, out) == (2, "")
    assert err.startswith("scenario: 'cafe': not a shipped scenario")


@pytest.mark.usefixtures("blank_pages")
def test_workers_leave_the_same_files(invoke: Callable[..., Result], folder: Path) -> None:
    small = ("run", "us_surge", "--replicates", "3", "--months", "32", "--assumptions", "3")
    here = invoke(*small, "--out", "result_1").stdout
    there = invoke(*small, "--workers", "2", "--out", "result_2").stdout
    assert there.replace("result_2", "result_1") == here
    first, second = (read_manifest(folder / out).files for out in ("result_1", "result_2"))
    assert first == second
    assert {"trajectories.parquet", "assumptions.csv", "figures/headline.png"} <= set(first)


@pytest.mark.parametrize(("environment", "coloured"), [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_only_on_a_terminal_and_only_if_wanted(
    start: Start, environment: dict[str, str], coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    with start("show", "nothing", stderr=theirs, env={"TERM": "xterm", **environment}) as process:
        os.close(theirs)
        shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert process.returncode == 2
    assert ("\x1b[" in shown) is coloured
    assert "'nothing': not a shipped scenario" in shown


def test_no_colour_in_a_pipe_and_no_traceback(finish: Finish) -> None:
    _, _, err = finish("show", "nothing", env={"TERM": "xterm", "NO_COLOR": ""})
    assert "\x1b" not in err
    assert "Traceback" not in err


def test_a_traceback_for_debug(finish: Finish) -> None:
    status, _, err = finish("--debug", "show", "nothing")
    assert status == 2
    assert err.startswith("Traceback")
    assert err.splitlines()[-1].startswith("scenario: 'nothing': not a shipped scenario")


def test_a_pipe_is_refused_at_once(finish: Finish, folder: Path) -> None:
    os.mkfifo("fifo.yaml")
    start = time.monotonic()
    status, out, err = finish("run", "fifo.yaml")
    assert (status, out, err) == (2, "", "fifo.yaml: this is a pipe, not a file\n")
    assert time.monotonic() - start < 120  # waiting for a writer would take for ever


TORN = """
import os, signal, time
from llvmlite.binding import ExecutionEngine
from influence_sim.__main__ import main
def interrupted(engine):
    loaded(engine)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)
loaded, ExecutionEngine.finalize_object = ExecutionEngine.finalize_object, interrupted
main()
"""


@pytest.mark.parametrize(
    "command",
    [
        ("run", "us_surge", "--replicates", "2", "--assumptions", "none", "--workers", "1"),
        pytest.param(("properties", "--replicates", "2", "--workers", "1"), marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_while_machine_code_is_loaded_tears_nothing(finish: Finish, command: tuple[str, ...]) -> None:
    assert finish(*command, python=("-c", TORN)) == (130, "", "interrupted\n")


def test_hardly_anything_is_loaded_before_signals_are_heard(finish: Finish) -> None:
    program = "import sys; sys.path.insert(0, sys.argv[1]); import influence_sim.__main__; print(*sys.modules)"
    _, out, _ = finish(str(ROOT), python=("-S", "-c", program))
    assert "influence_sim.base.interrupts" in out.split()
    assert not {"typing", "re", "click", "logging"} & set(out.split())


def wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    """Until it catches SIGHUP, the last of its signals, which Linux tells: on a busy machine Python starts slowly."""
    status, deadline = Path(f"/proc/{process.pid}/status"), time.monotonic() + 120
    if not status.exists():
        time.sleep(1)
        return
    while time.monotonic() < deadline:
        (mask,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        if int(mask, 16) >> (signal.SIGHUP - 1) & 1:
            return
        time.sleep(0.005)


@pytest.mark.parametrize("ends", ["main.main()", "sys.exit(program.run_guarded(Console(), fails))"])
def test_a_signal_that_python_makes_another_error_of_is_one(finish: Finish, ends: str) -> None:
    """As 3.11 does while a class is made, which is what loading modules mostly is."""
    code = f"""
import os, signal, sys
import influence_sim.__main__ as main, influence_sim.cli.main as program
from influence_sim.base import interrupts
from influence_sim.cli.console import Console

class Signals:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGTERM)

def fails(*_):
    type("Made", (), {{"part": Signals()}})

interrupts.listen()
program.cli.main = fails
{ends}
"""
    assert finish(python=("-c", code)) == (143, "", "interrupted\n")


@pytest.mark.parametrize(
    ("moment", "name", "twice"),
    [
        *(("starting", "SIGINT", False), ("starting", "SIGTERM", True), ("starting", "SIGHUP", True)),
        *(("running", "SIGINT", True), ("running", "SIGTERM", False), ("running", "SIGHUP", True)),
    ],
)
def test_a_signal_ends_it_in_order(start: Start, folder: Path, moment: str, name: str, twice: bool) -> None:
    """While modules are loaded, and while a folder is filled, by threads or not; a second signal disturbs nobody."""
    (folder / "tmp").mkdir()
    run = ("run", "us_surge", "--replicates", "200000", "--workers", "2" if twice else "1")
    with start(*run, env={"TMPDIR": "tmp"}) as process:
        if moment == "running":
            deadline = time.monotonic() + 120
            while not list(folder.glob("results/*/manifest.json")) and time.monotonic() < deadline:
                time.sleep(0.02)
        else:
            wait_until_it_listens(process)
        for _ in range(1 + twice):
            process.send_signal(getattr(signal, name))
            time.sleep(0.02)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (128 + getattr(signal, name), "", "interrupted\n")
    assert not list((folder / "tmp").iterdir())
    left = [path for path in folder.glob("results/*/*") if path.name != ".lock"]
    statuses = [json.loads(path.read_text())["status"] for path in left]
    assert statuses == ["failed"] or (statuses == [] and moment == "starting")  # a quick machine may have got further
