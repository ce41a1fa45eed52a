"""Blocks, workers and their ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from influence_sim.base.errors import MachineError
from influence_sim.runs.points import COLUMNS
from influence_sim.runs.workers import begun, worker_pool

ROOT = Path(__file__).resolve().parents[2]


def test_work_is_begun_by_an_executor_else_when_it_is_asked_for() -> None:
    done: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        first = begun(pool, done.append, 1)
    assert done == [1]
    second = begun(None, done.append, 2)
    assert done == [1]
    assert (first(), second(), done) == (None, None, [1, 2])


def test_work_of_a_worker_that_died_is_the_machines_fault() -> None:
    with worker_pool(1) as pool:
        result = begun(pool, os._exit, 3)
        with pytest.raises(MachineError, match="a worker process died"):
            result()


DRIVER = """
import os, sys, time
from influence_sim.runs.workers import worker_pool
if __name__ == "__main__":
    with worker_pool(2) as pool:
        pids = {pool.submit(os.getpid).result() for _ in range(3)}
        waiting = [pool.submit(time.sleep, 60) for _ in range(2)]
        time.sleep(0.3)
        print(*pids, flush=True)
        time.sleep(60)
"""

ELSEWHERE = """
import sys
from influence_sim.runs.workers import worker_pool
LOADED = "[__import__('sys').modules[name].__file__ for name in ('influence_sim', 'influence_sim.model.model')]"
if __name__ == "__main__":
    with worker_pool(1) as pool:
        package, model = pool.submit(eval, LOADED).result()
    print(package, model, sep="\\n")
"""

RUN = """
import sys
from pathlib import Path
from influence_sim.api.run import plan_run, run_into
def told(done, total):
    print(done, flush=True)
if __name__ == "__main__":
    request = plan_run("baseline", replicates=200_000)
    run_into(request, Path(sys.argv[1]), workers=2, progress=told)
"""


def start(script: str, folder: Path, *args: str) -> subprocess.Popen[str]:
    """A driver in a process group of its own."""
    file = folder / "driver.py"
    file.write_text(script)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(file), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_workers_have_loaded_the_package_that_runs_whatever_lies_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "here" / "influence_sim"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(other.parent)
    output, errors = start(ELSEWHERE, tmp_path).communicate(timeout=60)
    package = ROOT / "influence_sim"
    assert output.splitlines() == [str(package / "__init__.py"), str(package / "model" / "model.py")], errors


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_workers_do_not_outlive_a_driver_that_is_killed(tmp_path: Path) -> None:
    driver = start(DRIVER, tmp_path)
    assert driver.stdout is not None
    pids = [int(word) for word in driver.stdout.readline().split()]
    assert pids
    assert all(map(alive, pids))
    driver.kill()
    driver.communicate()
    assert gone(pids)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_run_leaves_no_processes_and_says_so(tmp_path: Path) -> None:
    driver = start(RUN, tmp_path, str(tmp_path / "out"))
    assert driver.stdout is not None
    assert driver.stdout.readline().strip() == str(COLUMNS)
    os.killpg(driver.pid, signal.SIGINT)  # as Ctrl-C does: to the workers, too
    _, errors = driver.communicate(timeout=30)
    assert driver.returncode == -signal.SIGINT
    assert errors.strip().splitlines()[-1] == "KeyboardInterrupt"
    assert "Process " not in errors  # no worker has died of it
    assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json"]
    assert '"error": "interrupted"' in (tmp_path / "out" / "manifest.json").read_text()
