"""Blocks, workers and their ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.base.errors import MachineError
from influence_sim.model import Arm, simulate
from influence_sim.runs.ensemble import BLOCK, collect, gather, run_blocks
from influence_sim.runs.workers import begun, worker_pool
from influence_sim.scenario import load_scenario
from influence_sim.theatre import load

ROOT = Path(__file__).resolve().parents[2]
ARM = Arm(load(), load_scenario("baseline", load().vocabulary), months=8)
SIZE = 7


def run(**how: Any) -> Any:
    """All replicates of the arm, as one array."""
    shape = (8, len(load().outcomes), SIZE)
    return gather(run_blocks(ARM, seed=1, replicates=range(SIZE), **how), shape)


@cache
def whole() -> Any:
    """The same, computed side by side."""
    return simulate(ARM, seed=1, replicates=np.arange(SIZE))


@settings(max_examples=6, deadline=None)
@given(block=st.integers(1, SIZE + 2))
def test_numbers_do_not_depend_on_the_block(block: int) -> None:
    assert np.array_equal(run(block=block), whole())


def test_numbers_do_not_depend_on_processes() -> None:
    assert np.array_equal(run(block=3, workers=2), whole())


def test_another_seed_gives_other_numbers() -> None:
    others = simulate(ARM, seed=2, replicates=np.arange(SIZE))
    assert not np.array_equal(others, whole())


def test_any_executor_will_do_and_stays_open() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert np.array_equal(run(block=2, executor=pool), whole())
        assert pool.submit(int, "3").result() == 3


def test_blocks_come_in_order() -> None:
    numbers = [block.tolist() for block, _ in run_blocks(ARM, seed=1, replicates=range(2, 7), block=2)]
    assert numbers == [[2, 3], [4, 5], [6]]


class Eager(Executor):
    """Counts what is waiting."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_only_a_few_blocks_are_ahead_of_the_reader() -> None:
    pool = Eager()
    blocks = run_blocks(ARM, seed=1, replicates=range(SIZE), block=1, workers=1, executor=pool)
    next(blocks)
    assert pool.submitted == 2


def test_progress_counts_replicates_of_all_arms() -> None:
    told: list[tuple[int, int]] = []
    for blocks in collect([ARM, ARM], seed=1, replicates=3, progress=lambda *now: told.append(now)):
        list(blocks)
    assert told == [(3, 6), (6, 6)]


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


def test_the_death_of_a_worker_is_the_machines_fault() -> None:
    arm: Any = Deadly()
    with pytest.raises(MachineError, match="a worker process died"):
        list(run_blocks(arm, seed=1, replicates=range(4), block=2, workers=2))


def test_a_broken_executor_is_the_machines_fault() -> None:
    class Broken(Eager):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise BrokenExecutor

    with pytest.raises(MachineError, match="fewer --workers"):
        next(run_blocks(ARM, seed=1, replicates=range(2), executor=Broken()))


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
from influence_sim.api import running
def told(done, total):
    print(done, flush=True)
if __name__ == "__main__":
    request = running.prepare("baseline", replicates=200_000)
    running.run_to_folder(request, Path(sys.argv[1]), workers=2, assumptions=None, progress=told)
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
    assert driver.stdout.readline().strip() == str(BLOCK)
    os.killpg(driver.pid, signal.SIGINT)  # as Ctrl-C does: to the workers, too
    _, errors = driver.communicate(timeout=30)
    assert driver.returncode == -signal.SIGINT
    assert errors.strip().splitlines()[-1] == "KeyboardInterrupt"
    assert "Process " not in errors  # no worker has died of it
    assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json"]
    assert '"error": "interrupted"' in (tmp_path / "out" / "manifest.json").read_text()
