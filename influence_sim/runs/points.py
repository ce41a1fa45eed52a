"""Arms x points x replicates: the one place from which the model is run many times.

Every computation - a run, a comparison, a test of claims, an explanation, a sweep - is a list of jobs. They are cut
into tasks of about a second, which run in threads of this process (the compiled model releases the interpreter's lock)
or in any executor of `concurrent.futures`. The numbers depend on neither, nor on how the jobs are cut.

Even a single worker is a thread of its own. Python raises the exception of a signal in the main thread: there it would
interrupt the compiler, or the loading of machine code, and LLVM ends the process if an object is only half built.
"""

from __future__ import annotations

import pickle
import platform
import threading
import traceback
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from influence_sim.base import interrupts
from influence_sim.base.errors import MachineError, ModelError, in_a_line, printable, shortage
from influence_sim.base.numbers import Floats, Integers
from influence_sim.base.progress import Progress
from influence_sim.runs.manifest import own_versions, require_same, without_home

if TYPE_CHECKING:
    from influence_sim.model import Arm, Held

T = TypeVar("T")
Blocks = list["Block[T]"]
Task = tuple[int, range, "Job[T]"]
"""The number of a job, the indices of some of its points, and these points as a job of their own."""

COLUMNS = 400
"""Points times replicates of a task: hundredths of a second an arm, and few megabytes waiting to be read."""
REMOTE = 4000
"""The same with an executor: enough to outweigh the cost of a message, and well below a second."""
AHEAD = 2
"""Tasks in flight for each thread or worker: enough to keep all busy, few enough to keep memory flat."""
GUARD = 'a script must start its processes beneath: if __name__ == "__main__":'
"""What is most often wrong where processes die at once, as each runs the script again."""
DEFAULT_WINDOW = 32
"""Tasks in flight with an executor of unknown size."""
MAX_WAIT = 2.0
"""Seconds to wait for running tasks when the reader leaves; only a compiler takes longer, and ends by itself."""
MAX_TRACEBACK = 4000
"""Characters kept of a traceback: its end."""
MACHINE_ERRORS = (MemoryError, OSError, EOFError, ImportError, BrokenExecutor, pickle.PickleError)
"""Errors that no point of the model can cause."""


def records(runs: Sequence[Floats]) -> Floats:
    """Keeps all of the first arm: (points, steps, outcomes, replicates)."""
    return runs[0]


def side_by_side(runs: Sequence[Floats]) -> Floats:
    """Keeps all of every arm: (points, arms, steps, outcomes, replicates)."""
    return np.stack(runs, axis=1)


def means_side_by_side(runs: Sequence[Floats]) -> Floats:
    """Keeps each arm's means over the replicates: (points, arms, steps, outcomes)."""
    return np.stack([run.mean(axis=3) for run in runs], axis=1)


def means(runs: Sequence[Floats]) -> Floats:
    """Keeps the first arm's means over the replicates: (points, steps, outcomes)."""
    averages: Floats = runs[0].mean(axis=3)
    return averages


@dataclass(frozen=True, eq=False)
class Job(Generic[T]):
    """Arms at the same points on the same draws, and the function that reads the results.

    `read` is called once for each task, with some of the points: it takes an array of shape (points, steps, outcomes,
    replicates) for each arm and returns what to keep. An arm that no path concerns is run once and has one point, which
    broadcasts. Any value will do; `run_jobs` concatenates arrays with the points first. For an executor of other
    processes it must be picklable: a function of a module, or a `partial` of one.
    """

    arms: Sequence[Arm | Held]  # what to run; `read` sees them together
    seed: int  # of the draws
    replicates: int | Integers  # how many, or their numbers: the same at every point, (R,), or each's own, (points, R)
    read: Callable[[Sequence[Floats]], T]
    points: Mapping[str, Floats] = field(default_factory=dict)  # paths -> values, (points,); none: the arms as they are
    steps: Sequence[int] | None = None  # the months that are kept, from 0; all by default
    outcomes: Sequence[str] | None = None  # those that are kept; all by default
    first_only: frozenset[str] = frozenset()  # the paths that are set in the first arm only
    split: bool = False  # whether `read` may be called with part of a point's replicates

    @cached_property
    def numbers(self) -> Integers:
        """The numbers of the replicates, (R,) or (points, R)."""
        return np.arange(self.replicates) if isinstance(self.replicates, int) else self.replicates

    @cached_property
    def outcome_names(self) -> tuple[str, ...]:
        """The outcomes that are kept."""
        return self.arms[0].theatre.vocabulary.outcomes if self.outcomes is None else tuple(self.outcomes)

    @property
    def count(self) -> int:
        """The number of points."""
        if self.numbers.ndim == 2:
            return len(self.numbers)
        return len(next(iter(self.points.values()))) if self.points else 1

    @property
    def size(self) -> int:
        """The number of histories: arms x points x replicates."""
        return len(self.arms) * self.count * int(self.numbers.shape[-1])

    def part(self, start: int, stop: int) -> Job[T]:
        """Some of its points."""
        points = {path: values[start:stop] for path, values in self.points.items()}
        numbers = self.numbers[start:stop] if self.numbers.ndim == 2 else self.numbers
        return replace(self, points=points, replicates=numbers)

    @cached_property
    def packed(self) -> bytes:
        """The job pickled without points and replicates, some 30 kB; those follow task by task."""
        return zlib.compress(pickle.dumps(replace(self, points={}, replicates=self.numbers[:0])))


@dataclass(frozen=True, slots=True, eq=False)
class Block(Generic[T]):
    """The value that a task returned for some points of a job, or a point that failed."""

    job: int  # its number
    points: range
    replicates: Integers  # their numbers, (R,), or (points, R) where each point has its own
    value: T  # what `read` returned; None for a point that failed
    error: str = ""  # the error of a point that failed, in one line
    traceback: str = ""  # its traceback, without the user's home


def run_points(
    jobs: Sequence[Job[T]],
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    recording: bool = False,
) -> Generator[Block[T]]:
    """Runs jobs and yields their blocks, task by task, in order.

    Only a few tasks are ahead of the reader. Close the generator (`contextlib.closing`) if it may be left early.

    Args:
        jobs: what to run.
        workers: threads of this process, unless there is an executor.
        executor: an executor of `concurrent.futures` whose workers can import this package; stays open.
        progress: called with the histories done (arms x points x replicates) and their total.
        recording: whether a point at which the model raises or gives no number is yielded as failed instead of ending
            the run; not if the arms raise without any point, too.

    Raises:
        InputError: a parameter's name or value is wrong.
        MachineError: memory is short, a worker died, cannot be reached, or runs another version.
    """
    total, done, stopped = sum(job.size for job in jobs), 0, threading.Event()
    pool = ThreadPoolExecutor(workers)
    window, columns = _window_size(executor, workers), COLUMNS if executor is None else REMOTE
    in_flight: deque[tuple[Task[T], Future[Blocks[T]]]] = deque()

    def submit(task: Task[T]) -> Future[Blocks[T]]:
        if executor is None:
            return pool.submit(compute, task, recording, stopped)
        number, indices, part = task
        fields = {"points": part.points, "replicates": part.numbers}
        return executor.submit(_remote, jobs[number].packed, (number, indices), fields, recording, own_versions())

    def collect() -> Iterator[Block[T]]:
        nonlocal done
        task, future = in_flight[0]
        with _machine_faults():
            blocks = future.result()
        in_flight.popleft()
        interrupts.raise_if_lost()
        yield from blocks
        done += task[2].size
        if progress is not None:
            progress(done, total)

    try:
        for task in (task for number, job in enumerate(jobs) for task in tasks_of(job, number, columns)):
            with _machine_faults():
                in_flight.append((task, submit(task)))
            if len(in_flight) >= window:
                yield from collect()
        while in_flight:
            yield from collect()
    finally:  # if left early, waiting tasks are cancelled, and running ones end when they next check `stopped`
        stopped.set()
        for _, future in in_flight:
            future.cancel()
        busy = () if executor is not None else wait([future for _, future in in_flight], MAX_WAIT).not_done
        pool.shutdown(wait=not busy)


def run_jobs(jobs: Sequence[Job[Floats]], failed: list[str] | None = None, **kwargs: Any) -> list[Floats]:
    """Runs jobs (see `run_points`) and concatenates, for each, the arrays that `read` returned, points first.

    If there is a list `failed`, the error of each failed point is appended to it, and its values are NaN.
    """
    parts: list[list[Floats]] = [[] for _ in jobs]
    for block in run_points(jobs, **kwargs, recording=failed is not None):
        if failed is not None and block.error:
            failed.append(block.error)
        job, value = jobs[block.job], block.value
        if block.error:
            steps = job.arms[0].months if job.steps is None else len(job.steps)
            shape = (1, steps, len(job.outcome_names), job.numbers.shape[-1])
            value = job.read([np.full(shape, np.nan)] * len(job.arms))
        parts[block.job].append(value)
    return [np.concatenate(arrays) for arrays in parts]


def tasks_of(job: Job[T], number: int, columns: int) -> Iterator[Task[T]]:
    """Cuts a job into tasks of whole points, up to `columns` in all; a single point is cut further if `split`."""
    width = job.numbers.shape[-1]
    if job.split and job.count == 1 and job.numbers.ndim == 1:
        for start in range(0, width, columns):
            yield number, range(1), replace(job, replicates=job.numbers[start : start + columns])
        return
    pieces = -(-job.count // max(1, columns // width))
    for piece in range(pieces):
        indices = range(job.count * piece // pieces, job.count * (piece + 1) // pieces)
        yield number, indices, job.part(indices.start, indices.stop)


def _window_size(executor: Executor | None, workers: int) -> int:
    """The number of tasks that may be in flight."""
    client = getattr(executor, "_client", None)  # of `distributed.Client.get_executor`
    if client is not None:
        return AHEAD * max(int(sum(client.nthreads().values())), workers, 1)
    count = workers if executor is None else getattr(executor, "_max_workers", None)  # of `concurrent.futures`
    return AHEAD * max(count, 1) if isinstance(count, int) else max(DEFAULT_WINDOW, AHEAD * workers)


@contextmanager
def _machine_faults() -> Iterator[None]:
    """Turns failures of the machine into a `MachineError` that says what can be done."""
    try:
        yield
    except CancelledError as error:
        rule = "the executor has given up work that it had taken; is its scheduler still running?"
        raise MachineError(rule) from error
    except Exception as error:
        if message := shortage(error):
            raise MachineError(message) from error
        if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":  # Dask's, after several deaths
            hint = f"; {GUARD}" if isinstance(error, BrokenExecutor) else ""
            raise MachineError(f"workers of the executor died ({in_a_line(error)}){hint}") from error
        if isinstance(error, MACHINE_ERRORS):
            raise MachineError(f"a task could not be run ({in_a_line(error)})") from error
        raise


def _remote(
    packed: bytes, indices: tuple[int, range], fields: Mapping[str, Any], recording: bool, expected: Mapping[str, str]
) -> Blocks[Any]:
    """Computes a task in a worker of an executor; a `MachineError` if it would give other numbers."""
    require_same(own_versions(), expected, f"a worker ({platform.node()})")
    return compute((*indices, replace(_unpack(packed), **fields)), recording)


@lru_cache(maxsize=16)
def _unpack(packed: bytes) -> Job[Any]:
    """A job from `Job.packed`; the same object for the same bytes, so that its arms are prepared once."""
    job: Job[Any] = pickle.loads(zlib.decompress(packed))
    return job


def compute(task: Task[T], recording: bool, stopped: threading.Event | None = None) -> Blocks[T]:
    """Runs a task. If failures are recorded and a point raises, each point is run by itself, so only that one fails.

    A failure that is due to no point is raised: the arms do not run without points, either. So is a `CancelledError`
    if `stopped` was set meanwhile.
    """
    number, indices, job = task
    try:
        return [Block(number, indices, job.numbers, job.read(_runs(job, stopped)))]
    except (MachineError, CancelledError, *MACHINE_ERRORS):
        raise
    except Exception as error:
        if not recording or shortage(error):
            raise
        if len(indices) == 1:
            bare = replace(job, points={}, replicates=job.numbers.reshape(-1)[:1])
            _runs(bare, stopped)
            text = without_home("".join(traceback.format_exception(error)))
            failure = printable(without_home(in_a_line(error))), text[-MAX_TRACEBACK:]
            return [Block(number, indices, job.numbers, cast("T", None), *failure)]
    tasks = ((number, indices[k : k + 1], job.part(k, k + 1)) for k in range(len(indices)))
    return [item for task in tasks for item in compute(task, recording, stopped)]


def _runs(job: Job[T], stopped: threading.Event | None) -> list[Floats]:
    """The results of each arm at the points of a task: (points, steps, outcomes, replicates); all finite.

    The last two run together if they can, so that months before a scenario departs from its baseline run once.
    """
    from influence_sim.model import can_run_beside

    separate, runs = range(len(job.arms)), list[Floats]()
    if len(job.arms) > 1 and job.first_only.isdisjoint(job.points) and can_run_beside(*job.arms[-2:]):
        separate, runs = separate[:-2], [*np.moveaxis(_run(job, -2, stopped, -1), 1, 0)]
    return [_run(job, index, stopped) for index in separate] + runs


def _run(job: Job[T], index: int, stopped: threading.Event | None, partner: int | None = None) -> Floats:
    """The results of an arm; or of two, with another axis after the points."""
    from influence_sim.model import simulate_points

    arm, parts = job.arms[index], list[Floats]()
    rows = [arm.theatre.vocabulary.outcomes.index(name) for name in job.outcome_names]
    points = {path: values for path, values in job.points.items() if index == 0 or path not in job.first_only}
    beside: Any = None if partner is None else job.arms[partner]
    for start in range(0, job.numbers.shape[-1], COLUMNS):
        if stopped is not None and stopped.is_set():
            raise CancelledError
        batch = job.numbers[..., start : start + COLUMNS]
        run = simulate_points(arm, points, seed=job.seed, replicates=batch, steps=job.steps, rows=rows, beside=beside)
        parts.append(run)
    values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
    if not np.isfinite(values).all():
        _, step, row, _ = np.argwhere(~np.isfinite(values))[0][-4:]
        month = step if job.steps is None else job.steps[step]
        raise ModelError(f"the model gives no number for {job.outcome_names[row]} in month {month + 1}")
    return values
