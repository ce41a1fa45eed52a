"""Who does the work: this process, local worker processes that are replaced when they die, or anyone's executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from influence_sim.base.errors import MachineError
from influence_sim.runs.workers import worker_pool

AHEAD = 2
"""Tasks in flight for each that is worked on: enough to keep all busy, few enough to keep memory flat."""
UNKNOWN = 32
"""Tasks in flight with an executor that does not tell how many it works on."""


class Crew(Protocol):
    """Does tasks.

    Attributes:
        window: tasks that may be in flight.
    """

    window: int

    def submit(self, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Begins a task."""

    def look(self) -> None:
        """Makes sure that tasks of workers that have died fail; called while nothing ends."""

    def renew(self) -> None:
        """Replaces workers that have died.

        Raises:
            MachineError: they cannot be replaced.
        """


class Alone:
    """This process, one task after the other."""

    window = 1

    def submit(self, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Does a task at once."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args))
        except Exception as error:  # as any executor has it
            future.set_exception(error)
        return future

    def look(self) -> None:
        """Nobody to look after."""

    def renew(self) -> None:
        """Never needed."""


class Local:
    """Processes of this machine."""

    def __init__(self, workers: int, stack: ExitStack) -> None:
        """Starts them; they end with `stack`."""
        self.window = AHEAD * workers
        self._workers = workers
        self._stack = stack
        self._pool = stack.enter_context(worker_pool(workers))

    def submit(self, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Begins a task."""
        return self._pool.submit(work, *args)

    def look(self) -> None:
        """Ends a pool of which a worker died in the midst of telling its result: it would wait for the rest."""
        if self._pool.is_short():
            self._pool.end()

    def renew(self) -> None:
        """Starts a new pool in place of one that broke.

        Raises:
            MachineError: its processes die before they have done anything.
        """
        # A process that was starting while the pool broke has not been told to end, and closing waits for it.
        self._pool.end()
        self._stack.close()
        self._pool = self._stack.enter_context(worker_pool(self._workers))
        try:
            self._pool.submit(os.getpid).result()
        except (BrokenExecutor, EOFError, OSError) as error:
            raise MachineError("worker processes die as soon as they start; try --workers 1") from error


class Foreign:
    """An executor of the caller's."""

    def __init__(self, executor: Executor, workers: int) -> None:
        """Takes it as it is; it stays open."""
        self.window = _window(executor, workers)
        self._executor = executor

    def submit(self, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Begins a task.

        Raises:
            MachineError: the executor cannot be reached any more.
        """
        try:
            return self._executor.submit(work, *args)
        except (BrokenExecutor, OSError) as error:
            raise MachineError(f"the executor takes no more work ({type(error).__name__}: {error})") from error

    def look(self) -> None:
        """Not ours to do."""

    def renew(self) -> None:
        """Not ours to do.

        Raises:
            MachineError: always.
        """
        raise MachineError("a worker of the executor has died, and it does not replace it")


@contextmanager
def crew_of(executor: Executor | None, workers: int) -> Iterator[Crew]:
    """Whoever does the work: an executor if there is one, else so many processes; with one it is this process."""
    if executor is not None:
        yield Foreign(executor, workers)
        return
    if workers == 1:
        yield Alone()
        return
    with ExitStack() as stack:
        yield Local(workers, stack)


def _window(executor: Executor, workers: int) -> int:
    """How many tasks an executor is given at a time."""
    client = getattr(executor, "_client", None)  # of `distributed.Client.get_executor`
    if client is not None:
        threads: int = sum(client.nthreads().values())
        return AHEAD * max(threads, workers, 1)
    at_once = getattr(executor, "_max_workers", None)  # of the executors in `concurrent.futures`
    return AHEAD * max(at_once, 1) if isinstance(at_once, int) else max(UNKNOWN, AHEAD * workers)
