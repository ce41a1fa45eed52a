"""Arms x points x replicates: the one place from which the model is run many times.

Whatever is computed here - a run, a comparison, a test of claims, an explanation, a sweep - is a list of jobs. They are
cut into tasks of about a second, which threads of this process share out (the compiled model releases the interpreter's
lock), or any executor of `concurrent.futures`. The numbers depend on neither, nor on how the jobs are cut.

Even a single worker is a thread of its own. Python raises what a signal brings in the main thread alone: there it would
tear the compiler, or what loads machine code, and LLVM takes the process down when half of an object is left.
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
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

import numpy as np

from influence_sim.base import interrupts
from influence_sim.base.errors import MachineError, ModelError, in_a_line, printable, shortage
from influence_sim.base.numbers import Floats, Integers
from influence_sim.base.progress import Progress
from influence_sim.runs.manifest import own_versions, require_same, without_home

if TYPE_CHECKING:
    from influence_sim.model import Arm, Held

P = ParamSpec("P")
T = TypeVar("T")
Done = list["Block[T]"]
Task = tuple[int, range, "Job[T]"]
"""Number of a job, which of its points, and these points as a job of their own: what is done at once."""

COLUMNS = 400
"""Points times replicates of a task: hundredths of a second for each arm, and few megabytes that wait to be read."""
REMOTE = 4000
"""As many with an executor: enough for what a message costs, and well below a second."""
AHEAD = 2
"""Tasks in flight for each thread or worker: enough to keep all busy, few enough to keep memory flat."""
UNKNOWN = 32
"""Tasks in flight with an executor that does not tell how many it works on."""
ENOUGH = 2.0
"""Seconds that running tasks are waited for when the reader leaves; only a compiler takes longer, and ends alone."""
LONGEST = 4000
"""Characters of a traceback that are kept: its end."""
MACHINE = (MemoryError, OSError, EOFError, ImportError, BrokenExecutor, pickle.PickleError)
"""What no point of the model can bring about."""


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
    kept: Floats = runs[0].mean(axis=3)
    return kept


@dataclass(frozen=True, eq=False)
class Job(Generic[T]):
    """Some arms at the same points on the same draws, and what is kept of them.

    `read` is called once for each task, with some of the points: given for each arm an array of shape (points, steps,
    outcomes, replicates), it returns what is kept. An arm that no path concerns is run once and has one point, which
    broadcasts. Any value will do; arrays with the points first can be put together by `whole`. An executor of other
    processes needs it to be picklable: a function of a module, or a `partial` of one.
    """

    arms: Sequence[Arm | Held]  # what to run; `read` sees them together
    seed: int  # of the draws
    replicates: int | Integers  # how many, or their numbers: the same at every point, (R,), or each's own, (points, R)
    read: Callable[[Sequence[Floats]], T]
    points: Mapping[str, Floats] = field(default_factory=dict)  # paths -> values, (points,); none: the arms as they are
    steps: Sequence[int] | None = None  # the months that are kept, from 0; all by default
    outcomes: Sequence[str] | None = None  # those that are kept; all by default
    first_only: frozenset[str] = frozenset()  # the paths that only the first arm is given
    split: bool = False  # `read` may be called for some of a point's replicates at a time

    @cached_property
    def numbers(self) -> Integers:
        """The numbers of the replicates, (R,) or (points, R)."""
        return np.arange(self.replicates) if isinstance(self.replicates, int) else self.replicates

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The outcomes that are kept."""
        return self.arms[0].theatre.vocabulary.outcomes if self.outcomes is None else tuple(self.outcomes)

    @property
    def count(self) -> int:
        """How many points."""
        if self.numbers.ndim == 2:
            return len(self.numbers)
        return len(next(iter(self.points.values()))) if self.points else 1

    @property
    def size(self) -> int:
        """How many histories: arms x points x replicates."""
        return len(self.arms) * self.count * int(self.numbers.shape[-1])

    def part(self, start: int, stop: int) -> Job[T]:
        """Some of its points."""
        points = {path: values[start:stop] for path, values in self.points.items()}
        own = self.numbers[start:stop] if self.numbers.ndim == 2 else self.numbers
        return replace(self, points=points, replicates=own)

    @cached_property
    def packed(self) -> bytes:
        """All but its points and replicates as it travels, some 30 kB; those follow task by task."""
        return zlib.compress(pickle.dumps(replace(self, points={}, replicates=self.numbers[:0])))


@dataclass(frozen=True, slots=True, eq=False)
class Block(Generic[T]):
    """What a task has kept of some points of a job, or a point that could not be run."""

    job: int  # its number
    points: range
    replicates: Integers  # their numbers, (R,), or (points, R) where each point has its own
    value: T  # what `read` returned; None for a point that failed
    error: str = ""  # what happened to a point that failed, in a line
    traceback: str = ""  # and where, without the user's home


def run_points(
    jobs: Sequence[Job[T]],
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    recording: bool = False,
) -> Generator[Block[T]]:
    """Runs some jobs, and yields what they keep, task by task, in order.

    Only a few tasks are ahead of the reader. Close the generator (`contextlib.closing`) if it may be left early.

    Args:
        jobs: what to run.
        workers: threads of this process, unless there is an executor.
        executor: anything of `concurrent.futures` that can import this package; stays open.
        progress: called with the histories done (arms x points x replicates) and their total.
        recording: a point at which the model raises or gives no number is yielded as one that failed, and ends nothing,
            unless the arms raise as they are, too: then no point is to blame.

    Raises:
        InputError: a parameter's name or value is wrong.
        MachineError: memory is short, a worker died, cannot be reached, or runs another version.
    """
    total, done, stopped = sum(job.size for job in jobs), 0, threading.Event()
    pool = ThreadPoolExecutor(workers)
    window, columns = _window(executor, workers), COLUMNS if executor is None else REMOTE
    flying: deque[tuple[Task[T], Future[Done[T]]]] = deque()

    def begin(task: Task[T]) -> Future[Done[T]]:
        if executor is None:
            return pool.submit(compute, task, recording, stopped)
        number, where, part = task
        own = {"points": part.points, "replicates": part.numbers}
        return executor.submit(_remote, jobs[number].packed, (number, where), own, recording, own_versions())

    def landed() -> Iterator[Block[T]]:
        nonlocal done
        task, future = flying[0]
        with _machine_faults():
            found = future.result()
        flying.popleft()
        interrupts.raise_if_lost()
        yield from found
        done += task[2].size
        if progress is not None:
            progress(done, total)

    try:
        for task in (task for number, job in enumerate(jobs) for task in tasks_of(job, number, columns)):
            with _machine_faults():
                flying.append((task, begin(task)))
            if len(flying) >= window:
                yield from landed()
        while flying:
            yield from landed()
    finally:  # left early, tasks that wait are given up, and those that run end at their next look at `stopped`
        stopped.set()
        for _, future in flying:
            future.cancel()
        busy = () if executor is not None else wait([future for _, future in flying], ENOUGH).not_done
        pool.shutdown(wait=not busy)


def in_thread(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Calls a function that runs the model by itself, in a thread of its own as all that does."""
    return start_in_thread(function, *args, **named).result()


def start_in_thread(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
    """Calls a function in a thread of its own, and goes on meanwhile."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(function, *args, **named)
    finally:
        pool.shutdown(wait=False)


def run_jobs(jobs: Sequence[Job[Floats]], failed: list[str] | None = None, **how: Any) -> list[Floats]:
    """Runs some jobs (see `run_points`) and puts together, for each, the arrays that `read` returned, points first.

    Given a list of what has `failed`, points that fail are added to it, what happened in a line, and are NaN.
    """
    parts: list[list[Floats]] = [[] for _ in jobs]
    for block in run_points(jobs, **how, recording=failed is not None):
        if failed is not None and block.error:
            failed.append(block.error)
        job, value = jobs[block.job], block.value
        if block.error:
            steps = job.arms[0].months if job.steps is None else len(job.steps)
            value = job.read([np.full((1, steps, len(job.kept), job.numbers.shape[-1]), np.nan)] * len(job.arms))
        parts[block.job].append(value)
    return [np.concatenate(found) for found in parts]


def tasks_of(job: Job[T], number: int, columns: int) -> Iterator[Task[T]]:
    """Cuts a job: as many whole points as make `columns`; a point with more replicates alone, or cut if it may be."""
    width = job.numbers.shape[-1]
    if job.split and job.count == 1 and job.numbers.ndim == 1:
        for start in range(0, width, columns):
            yield number, range(1), replace(job, replicates=job.numbers[start : start + columns])
        return
    pieces = -(-job.count // max(1, columns // width))
    for piece in range(pieces):
        where = range(job.count * piece // pieces, job.count * (piece + 1) // pieces)
        yield number, where, job.part(where.start, where.stop)


def _window(executor: Executor | None, workers: int) -> int:
    """How many tasks may be in flight."""
    client = getattr(executor, "_client", None)  # of `distributed.Client.get_executor`
    if client is not None:
        return AHEAD * max(int(sum(client.nthreads().values())), workers, 1)
    at_once = workers if executor is None else getattr(executor, "_max_workers", None)  # of `concurrent.futures`
    return AHEAD * max(at_once, 1) if isinstance(at_once, int) else max(UNKNOWN, AHEAD * workers)


@contextmanager
def _machine_faults() -> Iterator[None]:
    """Says of a failure of the machine what happened and what can be done (`MachineError`)."""
    try:
        yield
    except CancelledError as error:
        rule = "the executor has given up work that it had taken; is its scheduler still running?"
        raise MachineError(rule) from error
    except Exception as error:
        if words := shortage(error):
            raise MachineError(words) from error
        if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":  # Dask's, after several deaths
            raise MachineError(f"workers of the executor died ({in_a_line(error)})") from error
        if isinstance(error, MACHINE):
            raise MachineError(f"a task could not be run ({in_a_line(error)})") from error
        raise


def _remote(
    packed: bytes, where: tuple[int, range], own: Mapping[str, Any], recording: bool, wanted: Mapping[str, str]
) -> Done[Any]:
    """What a worker of an executor does, unless it would give other numbers (`MachineError`)."""
    require_same(own_versions(), wanted, f"a worker ({platform.node()})")
    return compute((*where, replace(_unpacked(packed), **own)), recording)


@lru_cache(maxsize=16)
def _unpacked(packed: bytes) -> Job[Any]:
    """A job from `Job.packed`; the same object for the same bytes, so that its arms are made ready once."""
    job: Job[Any] = pickle.loads(zlib.decompress(packed))
    return job


def compute(task: Task[T], recording: bool, stopped: threading.Event | None = None) -> Done[T]:
    """Runs a task. If failures are recorded and a point raises, each is run by itself, so that only it is lost.

    A failure for which no point is to blame is raised: the arms do not run as they are, either. So is a
    `CancelledError` if `stopped` was set meanwhile.
    """
    number, where, job = task
    try:
        return [Block(number, where, job.numbers, job.read(_runs(job, stopped)))]
    except (MachineError, CancelledError, *MACHINE):
        raise
    except Exception as error:
        if not recording or shortage(error):
            raise
        if len(where) == 1:
            plain = replace(job, points={}, replicates=job.numbers.reshape(-1)[:1])
            _runs(plain, stopped)
            text = without_home("".join(traceback.format_exception(error)))
            failed = printable(without_home(in_a_line(error))), text[-LONGEST:]
            return [Block(number, where, job.numbers, cast("T", None), *failed)]
    alone = ((number, where[k : k + 1], job.part(k, k + 1)) for k in range(len(where)))
    return [item for one in alone for item in compute(one, recording, stopped)]


def _runs(job: Job[T], stopped: threading.Event | None) -> list[Floats]:
    """What each arm does at the points of a task: (points, steps, outcomes, replicates); all of them numbers.

    The last two run beside each other if they can, so that months before a scenario parts from its baseline run once.
    """
    from influence_sim.model import can_run_beside

    alone, runs = range(len(job.arms)), list[Floats]()
    if len(job.arms) > 1 and job.first_only.isdisjoint(job.points) and can_run_beside(*job.arms[-2:]):
        alone, runs = alone[:-2], [*np.moveaxis(_run(job, -2, stopped, -1), 1, 0)]
    return [_run(job, index, stopped) for index in alone] + runs


def _run(job: Job[T], index: int, stopped: threading.Event | None, beside: int | None = None) -> Floats:
    """What an arm does; or two of them, with an axis more after the points."""
    from influence_sim.model import simulate_points

    arm, parts, rows = job.arms[index], [], list(map(job.arms[index].theatre.vocabulary.outcomes.index, job.kept))
    points = {path: values for path, values in job.points.items() if index == 0 or path not in job.first_only}
    how: dict[str, Any] = {} if beside is None else {"beside": job.arms[beside]}
    for start in range(0, job.numbers.shape[-1], COLUMNS):
        if stopped is not None and stopped.is_set():
            raise CancelledError
        some = job.numbers[..., start : start + COLUMNS]
        parts.append(simulate_points(arm, points, seed=job.seed, replicates=some, steps=job.steps, rows=rows, **how))
    found = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
    if not np.isfinite(found).all():
        _, step, row, _ = np.argwhere(~np.isfinite(found))[0][-4:]
        month = step if job.steps is None else job.steps[step]
        raise ModelError(f"the model gives no number for {job.kept[row]} in month {month + 1}")
    return found
