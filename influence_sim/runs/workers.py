"""Worker processes: started clean, one thread each, gone when their driver is."""

from __future__ import annotations

import multiprocessing
import os
import signal
import site
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import ParamSpec, TypeVar

from influence_sim.base.errors import MachineError

P = ParamSpec("P")
T = TypeVar("T")

_PRELOAD = "influence_sim.runs.preloaded"
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Pool(ProcessPoolExecutor):
    """A pool of processes that can be ended at once."""

    def __init__(self, workers: int) -> None:
        """Nothing is started before there is something to do."""
        context = _context()
        self._orders, self._ours = context.Pipe(duplex=False)
        super().__init__(workers, mp_context=context, initializer=_begin, initargs=(self._orders,))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begins a task."""
        get_ready()  # each task may start one more process
        return super().submit(fn, *args, **kwargs)

    def end(self) -> None:
        """Ends all processes now, whatever they do; what they had taken fails with `BrokenExecutor`."""
        if self._ours.closed:
            return
        self._ours.send_bytes(b"end")  # nobody takes it away, so that every worker sees it
        self._ours.close()
        # Whoever waits for the rest of a result that was cut short reads its end only when nobody can write it.
        self._result_queue._writer.close()  # type: ignore[attr-defined]  # typeshed leaves it out

    def is_short(self) -> bool:
        """Whether a process is dead that was not replaced."""
        return bool(wait([process.sentinel for process in dict(self._processes or {}).values()], 0))


@contextmanager
def worker_pool(workers: int) -> Iterator[Pool]:
    """A pool of processes that have imported the model.

    Left in good order, it waits for what has begun. Left by an error or an interrupt, its processes end at once.
    """
    pool = Pool(workers)
    try:
        yield pool
    except BaseException:
        pool.end()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def helpers(workers: int) -> Iterator[Pool | None]:
    """A pool of processes, or None where there is but one worker: this process."""
    if workers == 1:
        yield None
        return
    with worker_pool(workers) as pool:
        yield pool


def begun(executor: Executor | None, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """Begins some work if there is an executor to do it.

    Returns:
        A function that waits for the result or, without an executor, does the work. It raises `MachineError` if a
        worker process died.
    """
    if executor is None:
        return partial(work, *args, **kwargs)
    with deaths_told():
        future = executor.submit(work, *args, **kwargs)

    def result() -> T:
        with deaths_told():
            return future.result()

    return result


@contextmanager
def deaths_told() -> Iterator[None]:
    """Says of a worker that died what a user can do.

    Raises:
        MachineError: a worker process died.
    """
    try:
        yield
    except (BrokenExecutor, ConnectionError, EOFError) as error:
        raise MachineError("a worker process died, perhaps for lack of memory; try fewer --workers") from error


def get_ready() -> None:
    """Starts the server from which processes are forked, if there can be one and it does not run yet.

    It imports the model, once for all of them, while the caller goes on.
    """
    context = _context()
    if context.get_start_method() != "forkserver":
        return
    from multiprocessing import forkserver

    context.set_forkserver_preload([_PRELOAD])
    with _environment(_surroundings()), _held_back(signal.SIGINT):  # it inherits both, and never sees a Ctrl-C
        forkserver.ensure_running()


def _surroundings() -> dict[str, str]:
    """Environment of the server: one thread each, and the package that runs here, whatever lies in the current folder.

    Older Pythons do not tell the server where this process looks for modules.
    """
    home = Path(__file__).resolve().parents[2]
    found = any(Path(place).resolve() == home for place in site.getsitepackages())
    first = [] if found else [str(home)]  # elsewhere is a checkout or the like
    path = os.pathsep.join([*first, *filter(None, [os.environ.get("PYTHONPATH")])])
    return dict.fromkeys(_ONE_THREAD, "1") | {"PYTHONSAFEPATH": "1", "PYTHONPATH": path}


def _context() -> BaseContext:
    """How processes are started: by a server that has imported the model and forks, where there can be one, or anew."""
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if can_fork else "spawn")


@contextmanager
def _held_back(number: signal.Signals) -> Iterator[None]:
    """A signal waits until the block is left."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _begin(orders: Connection) -> None:
    """Ctrl-C is the driver's to handle, and the driver's death is the worker's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_driver, args=(orders,), daemon=True).start()


def _follow_driver(orders: Connection) -> None:
    driver = multiprocessing.parent_process()
    wait([orders, *([] if driver is None else [driver.sentinel])])
    os._exit(1)  # told to, or the driver is dead: nobody is left to report to
