"""Whatever dies, nothing is lost, and the numbers are those of an undisturbed sweep."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from influence_sim.runs.sweeps.execution import read_runs

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals")]
Start = Callable[..., Any]


def test_a_driver_killed_five_times_and_resumed(tmp_path: Path, start: Start, reference: Any) -> None:
    folder = tmp_path / "sweep"
    for kill, done in enumerate((0, 2, 2, 4, 6)):
        driver = start(workers=1 + kill % 2, resume=kill > 0, work="slow")
        driver.wait_for(done)
        workers = driver.workers() if kill % 2 else []
        assert len(workers) == 2 * (kill % 2)
        driver.process.kill()
        driver.end()
        _, left = psutil.wait_procs(workers, timeout=10)
        assert not left
        assert json.loads((folder / "manifest.json").read_text())["status"] == "running"
        assert not (folder / "runs.parquet").exists()
    said = start(workers=2, resume=True).finish()
    assert said["reused"] >= 6
    assert said["computed"] + said["reused"] == 10
    reference.check(folder)


def test_a_local_worker_that_is_killed_is_replaced(tmp_path: Path, start: Start, reference: Any) -> None:
    driver = start(workers=2, work="slow")
    driver.wait_for(2)
    driver.workers()[0].kill()
    assert driver.finish()["computed"] == 10
    reference.check(tmp_path / "sweep")


def test_a_worker_that_dies_in_mid_result_stops_nobody(tmp_path: Path, start: Start, reference: Any) -> None:
    assert start(workers=2, work="cut_short").finish()["computed"] == 10
    assert (tmp_path / "died").exists()
    reference.check(tmp_path / "sweep")


def test_a_point_that_kills_its_worker_is_recorded_and_the_rest_goes_on(
    tmp_path: Path, start: Start, reference: Any
) -> None:
    said = start(workers=2, work="poisoned").finish()
    assert (said["computed"], said["failed"], said["complete"]) == (10, 1, True)
    (failed,) = json.loads((tmp_path / "sweep/failed.json").read_text())["failed"]
    assert (failed["point"], failed["error"]) == (5, "the worker process died")
    assert set(failed["parameters"]) == {"decide.rationality", "precedent.strength"}
    runs, whole = (read_runs(folder).to_pandas() for folder in (tmp_path / "sweep", reference.folder))
    assert len(whole) == 20
    assert runs.equals(whole[whole["point"] != 5].reset_index(drop=True))


def test_ctrl_c_ends_all_at_once_and_resume_goes_on(tmp_path: Path, start: Start, reference: Any) -> None:
    driver = start(workers=2, work="slow")
    driver.wait_for(2)
    family = [driver.process.pid, *(worker.pid for worker in driver.workers())]
    begin = time.monotonic()
    os.killpg(driver.process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    status, _, err = driver.end()
    assert time.monotonic() - begin < 5
    assert (status, err) == (130, "interrupted\n")
    assert not [pid for pid in family if psutil.pid_exists(pid)]
    manifest = json.loads((tmp_path / "sweep/manifest.json").read_text())
    assert (manifest["status"], manifest["error"]) == ("failed", "interrupted")
    said = start(workers=2, resume=True).finish()
    assert 2 <= said["reused"] < 10
    reference.check(tmp_path / "sweep")
