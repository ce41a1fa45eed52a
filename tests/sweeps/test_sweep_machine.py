"""Full disks, closed pipes, no terminal, an ASCII locale, a clock that goes back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("resource", reason="limits, pipes and locales as POSIX has them")
Start = Callable[..., Any]

pytestmark = pytest.mark.slow


def mount(size: str, place: Path, *, again: bool = False) -> bool:
    """Mounts a file system in memory; whether that is allowed."""
    options = f"{'remount,' if again else ''}size={size}"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 64 KiB; None where mounts are not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = mount("64k", place)
    yield place if mounted else None
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk(small_disk: Path | None, start: Start, reference: Any) -> None:
    """Where mounts are not allowed the fallback `test_a_file_that_may_not_grow` stands for this."""
    if small_disk is None:
        pytest.skip("mounts are not allowed here; test_a_file_that_may_not_grow is the fallback")
    status, out, err = start("disk/sweep").end()
    assert (status, err) == (1, "influence-sim: disk/sweep: cannot be written (no space left on device)\n")
    assert 0 < len(list(small_disk.glob("sweep/done/*.json"))) < 5
    assert mount("8m", small_disk, again=True)
    summary = start("disk/sweep", resume=True).finish()
    assert summary["reused"] == 2 * len([line for line in out.splitlines() if line]) - 2
    reference.check(small_disk / "sweep")


def test_a_file_that_may_not_grow(tmp_path: Path, start: Start, reference: Any) -> None:
    status, _, err = start(largest_file=6000).end()
    assert (status, err) == (1, "influence-sim: sweep: cannot be written (file too large)\n")
    manifest = json.loads((tmp_path / "sweep/manifest.json").read_text())
    assert (manifest["status"], manifest["error"]) == ("failed", "OSError: [Errno 27] File too large")
    assert not list((tmp_path / "sweep/parts").iterdir())
    assert start(resume=True).finish()["computed"] == 10
    reference.check(tmp_path / "sweep")


def test_a_clock_that_goes_back(tmp_path: Path, start: Start, reference: Any) -> None:
    assert start(clock_back=True, workers=2).finish()["computed"] == 10
    reference.check(tmp_path / "sweep")


def test_nobody_reads_what_it_prints(tmp_path: Path, command: Start, reference: Any) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    driver = command(stdout=writing)
    os.close(writing)
    status, _, err = driver.end()
    assert (status, err) == (0, "")
    reference.check(tmp_path / "sweep", parts=False)


def test_no_terminal_and_no_standard_streams(tmp_path: Path, drivers: Start, command: Start, reference: Any) -> None:
    code = "import os, sys; [os.close(n) for n in (0, 1, 2)]; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    driver = drivers("-c", code, "-m", "influence_sim", "sweep", "study.yaml", "--out", "sweep", "--workers", "2")
    assert driver.end() == (0, "", "")
    reference.check(tmp_path / "sweep", parts=False)


def test_an_ascii_locale(tmp_path: Path, command: Start, reference: Any) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii", "TERM": "dumb"}
    status, out, err = command("--out", "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}bung", env=plain).end()
    assert (status, err) == (0, "")
    assert out.isascii()
    assert "10 points" in out
    reference.check(tmp_path / "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}bung", parts=False)
