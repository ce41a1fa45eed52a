"""Threads for what does not go through `points` yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def helpers(workers: int) -> Iterator[Executor | None]:
    """A pool of threads, or None where there is but one: this one."""
    if workers == 1:
        yield None
        return
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def begun(executor: Executor | None, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """Begins some work if there is an executor to do it; a function that waits for the result, or does the work."""
    return partial(work, *args, **kwargs) if executor is None else executor.submit(work, *args, **kwargs).result


def get_ready() -> None:
    """Threads need no getting ready."""
