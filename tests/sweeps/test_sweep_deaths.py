"""Whatever dies, nothing is lost, and the numbers are those of an undisturbed sweep."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals")]
Start = Callable[..., Any]


def test_a_driver_killed_five_times_and_resumed(tmp_path: Path, start: Start, reference: Any) -> None:
    folder = tmp_path / "sweep"
    for kill, done in enumerate((0, 2, 2, 4, 6)):
        driver = start(workers=1 + kill % 2, resume=kill > 0, slow=True)
        driver.wait_for(done)
        driver.process.kill()
        driver.end()
        assert json.loads((folder / "manifest.json").read_text())["status"] == "running"
        assert not (folder / "runs.parquet").exists()
    summary = start(workers=2, resume=True).finish()
    assert summary["reused"] >= 6
    assert summary["computed"] + summary["reused"] == 10
    reference.check(folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_all_at_once_and_resume_goes_on(workers: int, tmp_path: Path, start: Start, reference: Any) -> None:
    driver = start(workers=workers, slow=True)
    driver.wait_for(2)
    os.killpg(driver.process.pid, signal.SIGINT)  # as a terminal does
    status, _, err = driver.end()
    assert (status, err) == (130, "interrupted\n")
    manifest = json.loads((tmp_path / "sweep/manifest.json").read_text())
    assert (manifest["status"], manifest["error"]) == ("failed", "interrupted")
    summary = start(workers=2, resume=True).finish()
    assert 2 <= summary["reused"] < 10
    reference.check(tmp_path / "sweep")
