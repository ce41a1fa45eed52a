"""Jobs at points: how they are cut, who runs them, and what becomes of points and machines that fail."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.base.errors import InputError, MachineError
from influence_sim.base.numbers import Floats
from influence_sim.base.threads import in_thread
from influence_sim.model import Arm, simulate
from influence_sim.runs import points as module
from influence_sim.runs.folder import fill
from influence_sim.runs.points import (
    Block,
    Job,
    means,
    records,
    run_jobs,
    run_points,
    tasks_of,
)
from influence_sim.runs.request import plan_run
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

ARM = Arm(load(), load_scenario("baseline", load().vocabulary), months=8)
NAMES = load().vocabulary.outcomes
OUTCOMES = len(NAMES)
PATH, VALUES = "authority.erosion", np.array([0.0, 0.01, 0.02, 0.03, 0.05])
SIZE = 7


def job(read: Any = records, **changes: Any) -> Job[Any]:
    """Seven replicates of the baseline."""
    return Job(**{"arms": (ARM,), "seed": 1, "replicates": np.arange(SIZE), "read": read, **changes})


@cache
def plain() -> Floats:
    """The same, computed side by side."""
    return simulate(ARM, seed=1, replicates=np.arange(SIZE))


@cache
def at_points() -> Floats:
    """Each point of `VALUES` by itself, (points, months, outcomes, R)."""
    runs = [simulate(ARM, seed=1, replicates=np.arange(SIZE), parameters={PATH: value}) for value in VALUES]
    return np.stack(runs)


def last_months(runs: Sequence[Floats], outcome: int) -> Floats:
    """One outcome of the first arm less the second's, at the end."""
    return runs[0][:, -1, outcome] - runs[1][:, -1, outcome]


@settings(max_examples=6)
@given(columns=st.integers(1, SIZE + 2))
def test_numbers_do_not_depend_on_how_replicates_are_cut(columns: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for task in ("COLUMNS", "REMOTE"):
            patch.setattr(module, task, columns)
        assert np.array_equal(run_jobs([job()])[0][0], plain())


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("columns", [1, 16, 2000])
def test_numbers_do_not_depend_on_how_points_are_cut(columns: int, workers: int, monkeypatch: Any) -> None:
    for task in ("COLUMNS", "REMOTE"):
        monkeypatch.setattr(module, task, columns)
    (result,) = run_jobs([job(points={PATH: VALUES})], workers=workers)
    assert np.array_equal(result, at_points())


def test_only_some_months_and_outcomes_are_kept() -> None:
    (result,) = run_jobs([job(means, points={PATH: VALUES}, steps=[3, 7], outcomes=[NAMES[2], NAMES[0]])])
    assert np.array_equal(result, at_points()[:, [3, 7]][:, :, [2, 0]].mean(axis=3))


def test_points_may_have_replicates_of_their_own() -> None:
    numbers = np.array([[3], [0], [6], [0], [2]])
    (result,) = run_jobs([job(points={PATH: VALUES}, replicates=numbers, steps=[7])])
    assert np.array_equal(result[:, 0, :, 0], [at_points()[k, 7, :, n] for k, (n,) in enumerate(numbers)])


def test_arms_are_read_together_and_one_that_nothing_concerns_is_run_once() -> None:
    other = Arm(load(), load_scenario("us_withdraws", load().vocabulary), months=8)
    seen: list[tuple[int, ...]] = []

    def read(runs: Sequence[Floats]) -> Floats:
        seen.append(tuple(map(len, runs)))
        return last_months(runs, 4)

    (gap,) = run_jobs([job(read, arms=(ARM, other), points={PATH: VALUES}, first_only=frozenset({PATH}))])
    twin = simulate(other, seed=1, replicates=np.arange(SIZE))[-1, 4]
    assert seen == [(5, 1)]
    assert np.array_equal(gap, at_points()[:, -1, 4] - twin)


def test_any_executor_will_do_and_stays_open() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert np.array_equal(run_jobs([job(points={PATH: VALUES})], executor=pool)[0], at_points())
        assert pool.submit(int, "3").result() == 3


def test_processes_of_the_callers_give_the_same_numbers() -> None:
    read = partial(last_months, outcome=4)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        jobs = [job(points={PATH: VALUES}), job(replicates=np.arange(SIZE)), job(read, arms=(ARM, ARM))]
        result, alone, gap = run_jobs(jobs, executor=pool)
    assert np.array_equal(result, at_points())
    assert np.array_equal(alone[0], plain())
    assert not gap.any()


def test_a_worker_with_other_versions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = module.own_versions()
    monkeypatch.setattr(module, "own_versions", iter([{**mine, "numpy": "1.0"}, mine]).__next__)
    with pytest.raises(MachineError, match=r"has numpy \S+, this process 1\.0; install the same"):
        list(run_points([job()], executor=Eager()))


class Eager(Executor):
    """Does tasks at once, and counts them."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.submitted, self.error = 0, error

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        if self.error is None:
            future.set_result(fn(*args, **kwargs))
        else:
            future.set_exception(self.error)
        return future


def test_only_a_few_tasks_are_ahead_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in ("COLUMNS", "REMOTE"):
        monkeypatch.setattr(module, task, 1)
    monkeypatch.setattr(module, "DEFAULT_WINDOW", 2)
    pool = Eager()
    with closing(run_points([job(split=True)], executor=pool)) as blocks:
        assert next(blocks).replicates.tolist() == [0]
        assert pool.submitted == 2
        assert [block.replicates.tolist() for block in blocks] == [[1], [2], [3], [4], [5], [6]]


def test_points_of_all_replicates_come_in_order_and_no_task_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in ("COLUMNS", "REMOTE"):
        monkeypatch.setattr(module, task, 2 * SIZE)
    assert [where for _, where, _ in tasks_of(job(points={PATH: VALUES}), 0, 2 * SIZE)] == [
        range(1),
        range(1, 3),
        range(3, 5),
    ]
    assert [block.points for block in run_points([job(points={PATH: VALUES})], workers=2)] == [
        range(1),
        range(1, 3),
        range(3, 5),
    ]
    assert not list(tasks_of(job(points={PATH: VALUES[:0]}), 0, 2 * SIZE))


def test_progress_counts_histories_of_all_arms() -> None:
    calls: list[tuple[int, int]] = []
    jobs = [job(arms=(ARM, ARM)), job(points={PATH: VALUES})]
    list(run_points(jobs, progress=lambda *now: calls.append(now)))
    assert calls == [(14, 49), (49, 49)]


def tried(task: Job[Any], **options: Any) -> tuple[list[Block[Any]], list[Block[Any]]]:
    """What became of a job's points."""
    blocks = list(run_points([task], recording=True, **options))
    return [item for item in blocks if not item.error], [item for item in blocks if item.error]


def raising(bad: float, kind: type[BaseException] = ValueError) -> Any:
    """A model that raises where the path is `bad`."""
    from influence_sim.model import simulate_points

    def instead(arm: Arm, points: Any, **options: Any) -> Floats:
        if bad in points.get(PATH, ()):
            raise kind("two\nlines")
        return simulate_points(arm, points, **options)

    return instead


@pytest.mark.parametrize("workers", [1, 2])
def test_a_point_that_raises_is_told_and_harms_no_other(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.model.simulate_points", raising(0.02))
    blocks, failures = tried(job(points={PATH: VALUES}), workers=workers)
    assert [point for block in blocks for point in block.points] == [0, 1, 3, 4]
    assert np.array_equal(np.concatenate([block.value for block in blocks]), at_points()[[0, 1, 3, 4]])
    assert [(failure.job, *failure.points, failure.error) for failure in failures] == [(0, 2, "ValueError: two lines")]
    assert "in instead" in failures[0].traceback


def test_the_first_error_is_raised_unless_points_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.model.simulate_points", raising(0.02))
    with pytest.raises(ValueError, match="two"):
        run_jobs([job(points={PATH: VALUES})], workers=2)
    with pytest.raises(InputError, match="erosoin"):
        run_jobs([job(points={"authority.erosoin": VALUES})])


def test_a_point_without_a_number_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    from influence_sim.model import simulate_points

    def instead(arm: Arm, points: Any, **options: Any) -> Floats:
        actual = simulate_points(arm, points, **options)
        actual[np.asarray(points.get(PATH, ())) == 0.03, 1, 0] = np.nan
        return actual

    monkeypatch.setattr("influence_sim.model.simulate_points", instead)
    actual, failures = tried(job(points={PATH: VALUES}, steps=[2, 5], outcomes=[NAMES[4]]))
    assert [point for block in actual for point in block.points] == [0, 1, 2, 4]
    name = load().vocabulary.outcomes[4]
    assert failures[0].error == f"ModelError: the model gives no number for {name} in month 6"


def test_an_error_that_no_point_brings_about_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler's cache that cannot be read, whatever it raises, makes no point a failed one."""

    def instead(*_: Any, **__: Any) -> Floats:
        raise ReferenceError("underlying object has vanished")

    monkeypatch.setattr("influence_sim.model.simulate_points", instead)
    with pytest.raises(ReferenceError):
        tried(job(points={PATH: VALUES}))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("can't start new thread"), "lets no more threads start; try fewer workers"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (EOFError("Ran out of input"), "Ran out of input"),
        (BrokenExecutor("terminated abruptly"), r"workers of the executor died \(.*terminated abruptly"),
        (ConnectionResetError("gone"), "gone"),
        (CancelledError(), "is its scheduler still running"),
    ],
)
@pytest.mark.parametrize("way", ["here", "threads", "executor"])
def test_the_machines_faults_end_all_with_their_cause(
    error: BaseException, message: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def instead(*_: Any, **__: Any) -> Floats:
        raise error

    monkeypatch.setattr("influence_sim.model.simulate_points", instead)
    options: dict[str, Any] = {"here": {}, "threads": {"workers": 2}, "executor": {"executor": Eager(error)}}[way]
    with pytest.raises(MachineError, match=message):
        tried(job(points={PATH: VALUES}), **options)


def test_threads_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(MachineError, match="lets no more threads start"):
        run_jobs([job()], workers=2)
    request = plan_run("us_engages_taliban", replicates=1, months=30)
    with pytest.raises(MachineError, match="lets no more threads start"):
        fill(tmp_path / "out", request.manifest(), lambda: {"summary.csv": b""})


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


def test_the_death_of_a_worker_of_the_callers_is_the_machines_fault() -> None:
    arm: Any = Deadly()
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(MachineError, match=r"workers of the executor died .*; a script must .* __name__ == .__main__"),
    ):
        list(run_points([job(arms=(arm,))], executor=pool))


def test_threads_end_when_the_reader_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in ("COLUMNS", "REMOTE"):
        monkeypatch.setattr(module, task, 1)
    ran: list[int] = []
    from influence_sim.model import simulate_points

    def instead(arm: Arm, points: Any, **options: Any) -> Floats:
        ran.append(1)
        return simulate_points(arm, points, **options)

    monkeypatch.setattr("influence_sim.model.simulate_points", instead)
    with closing(run_points([job(replicates=np.arange(100), split=True)], workers=2)) as blocks:
        next(blocks)
    assert len(ran) <= 1 + module.AHEAD * 2


def test_the_main_thread_which_signals_reach_runs_no_model() -> None:
    (name,) = run_jobs([job(lambda _: np.array([threading.current_thread() is threading.main_thread()]))])
    assert not name.any()
    assert in_thread(threading.current_thread) is not threading.main_thread()


def test_whoever_leaves_waits_for_a_short_task_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the compiler works: its thread ends by itself."""
    monkeypatch.setattr(module, "COLUMNS", 1)
    monkeypatch.setattr(module, "MAX_WAIT", 0.01)
    started, ended = threading.Event(), threading.Event()

    def read(runs: Sequence[Floats]) -> Floats:
        if runs[0].shape == twin.shape and np.array_equal(runs[0], twin):
            started.set()
            assert ended.wait(120)
        return runs[0]

    twin = simulate(ARM, seed=1, replicates=[1])[None]
    with closing(run_points([job(read, split=True)], workers=2)) as blocks:
        next(blocks)
        assert started.wait(120)
    assert not ended.is_set()
    ended.set()
