"""The undisturbed sweep, sweeps in processes of their own, and what both must have in common."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.execute import SweepDone, run_sweep
from influence_sim.runs.sweeps.plan import plan_sweep
from influence_sim.runs.sweeps.request import SweepRequest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
POINTS, DATES = 10, 2
PATIENCE = 240.0
"""Seconds within which whatever a test waits for has long happened, on a busy machine, too."""


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRIVE = _module("drive")


def make_request(**changes: Any) -> SweepRequest:
    """The sweep of the tests, changed, in parts of two points unless told otherwise."""
    part_points = changes.pop("part_points", DRIVE.PART)
    return replace(plan_sweep(DRIVE.STUDY | changes), part_points=part_points)


def run_here(out: Path, request: SweepRequest | None = None, **options: Any) -> SweepDone:
    """Runs it in this process."""
    return run_sweep(request or make_request(), out, **options)


@pytest.fixture(scope="session")
def request_of() -> Callable[..., SweepRequest]:
    """Makes requests."""
    return make_request


@pytest.fixture(scope="session", name="run_here")
def run_here_fixture() -> Callable[..., SweepDone]:
    """Runs sweeps in this process."""
    return run_here


@dataclass(frozen=True)
class Reference:
    """What an undisturbed sweep wrote."""

    folder: Path

    def check(self, folder: Path, *, parts: bool = True) -> None:
        """Whether another folder holds the same, number by number, and if cut into the same parts byte by byte."""
        mine, theirs = (read_table(place / "runs.parquet") for place in (self.folder, folder))
        assert mine.num_rows == POINTS * DATES  # or the comparison would say nothing
        assert np.ptp(mine.column("kabul_authority_diff").to_numpy()) > 0
        assert theirs.equals(mine)
        if parts:
            assert (folder / "runs.parquet").read_bytes() == (self.folder / "runs.parquet").read_bytes()
        assert json.loads((folder / "manifest.json").read_text())["status"] == "complete"
        assert not list(folder.rglob(".*"))


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The undisturbed sweep, in one process."""
    folder = tmp_path_factory.mktemp("reference") / "sweep"
    done = run_here(folder)
    assert (done.computed, done.reused, done.failed, done.complete) == (POINTS, 0, 0, True)
    return Reference(folder)


@pytest.fixture
def stopped(reference: Reference, tmp_path: Path) -> Path:
    """The folder of a sweep that was stopped when two of five parts were missing."""
    folder = tmp_path / "begun"
    shutil.copytree(reference.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"status": "running", "finished": None, "files": dict.fromkeys(manifest["files"])}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "runs.parquet").unlink()
    for index in (1, 4):
        (folder / f"parts/part-{index:05d}.parquet").unlink()
        (folder / f"done/part-{index:05d}.json").unlink()
    return folder


def heed_signals() -> None:
    """What whoever started the tests ignores, as `nohup` does, a sweep would ignore, too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Driver:
    """A sweep in a process group of its own."""

    def __init__(self, folder: Path, command: list[str], **more: Any) -> None:
        """Starts it."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | more
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            text=True,
            start_new_session=True,
            preexec_fn=heed_signals if os.name == "posix" else None,  # noqa: PLW1509 - tests start no threads
            **pipes,
        )

    def line(self) -> str:
        """The next line it prints."""
        assert self.process.stdout is not None
        return str(self.process.stdout.readline())

    def wait_for(self, done: int) -> None:
        """Waits until it has said that so many points are done."""
        while line := self.line():
            if int(line.split()[0]) >= done:
                return
        raise AssertionError(self.end())

    def end(self) -> tuple[int, str, str]:
        """Exit status, the rest of its standard output, its standard error."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out or "", err or ""

    def finish(self) -> dict[str, Any]:
        """Waits for its good end; what it said."""
        status, out, err = self.end()
        assert (status, err) == (0, "")
        summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        return summary


Start = Callable[..., Driver]


@pytest.fixture
def drivers(compiled: None, tmp_path: Path) -> Iterator[Callable[..., Driver]]:
    """Starts processes, and sees to it that none is left."""
    started: list[Driver] = []

    def start(*command: str, **more: Any) -> Driver:
        started.append(Driver(tmp_path, list(command), **more))
        return started[-1]

    yield start
    for driver in started:
        end_group(driver.process)


@pytest.fixture
def start(drivers: Callable[..., Driver]) -> Start:
    """Starts the sweep of the tests into the folder `sweep`, in a process of its own."""

    def drive(out: str = "sweep", **options: Any) -> Driver:
        return drivers(str(HERE / "drive.py"), json.dumps({"out": out, **options}))

    return drive


@pytest.fixture
def command(tmp_path: Path, drivers: Callable[..., Driver]) -> Callable[..., Driver]:
    """Starts the command `sweep` for the sweep of the tests, into the folder `sweep`."""
    (tmp_path / "study.yaml").write_text(json.dumps({"schema_version": 1, **DRIVE.STUDY}))

    def sweep(*more: str, **options: Any) -> Driver:
        return drivers(
            "-m", "influence_sim", "sweep", "study.yaml", "--out", "sweep", "--workers", "2", *more, **options
        )

    return sweep


def end_group(process: subprocess.Popen[str]) -> None:
    """Kills what is left of a process and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
