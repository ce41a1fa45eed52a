"""Many replicates of one arm, block by block, here or in worker processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager, nullcontext
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from influence_sim.runs.workers import deaths_told, worker_pool

if TYPE_CHECKING:
    from influence_sim.model import Arm

Floats = NDArray[np.float64]
Block = tuple[NDArray[np.int64], Floats]
Progress = Callable[[int, int], None]
Task = tuple["Arm", int, range]

BLOCK = 2000
"""Replicates computed side by side: fewer cost more a replicate, more gain little and take memory."""
AHEAD = 1
"""Blocks submitted beyond one a worker: enough to keep all busy, few enough to keep memory flat."""


def run_blocks(
    arm: Arm,
    *,
    seed: int,
    replicates: range,
    block: int = BLOCK,
    workers: int = 1,
    executor: Executor | None = None,
) -> Iterator[Block]:
    """Runs one arm, block by block, in order; the numbers do not depend on `block`, `workers` or `executor`.

    Args:
        arm: what to run.
        seed: of the draws.
        replicates: their numbers.
        block: replicates computed side by side.
        workers: processes to start if there is more than one block and no `executor`.
        executor: anything of `concurrent.futures` that can import this package; stays open.

    Yields:
        Numbers of the replicates, shape (R,), and their outcomes, shape (months, outcomes, R).

    Raises:
        InputError: a parameter's name or value is wrong.
        MachineError: a worker process died.
    """
    tasks = [(arm, seed, part) for part in blocks(replicates, block)]
    with _whoever(executor, workers, len(tasks)) as pool:
        yield from _in_order(pool, tasks, workers + AHEAD)


def collect(
    arms: Sequence[Arm],
    *,
    seed: int,
    replicates: int,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Generator[Iterator[Block]]:
    """The blocks of several arms, arm by arm, with one pool for all.

    Close it (`contextlib.closing`), so that the pool is gone when the reader fails or is interrupted.

    Args:
        arms: what to run.
        seed: of the draws.
        replicates: how many of each arm.
        workers: processes to start if an arm has more than one block and there is no `executor`.
        executor: as for `run_blocks`.
        progress: called with the replicates done and their total.

    Yields:
        For each arm its blocks, as `run_blocks` does; take them all before the next arm.

    Raises:
        MachineError: a worker process died.
    """
    report = _counter(progress, len(arms) * replicates)
    parts = blocks(range(replicates), BLOCK)
    tasks = [(arm, seed, part) for arm in arms for part in parts]
    with (
        _whoever(executor, workers, len(parts)) as pool,
        closing(_in_order(pool, tasks, workers + AHEAD)) as results,
    ):
        for _ in arms:
            yield map(report, islice(results, len(parts)))


def gather(blocks_of_arm: Iterator[Block], shape: tuple[int, int, int]) -> Floats:
    """The blocks of one arm as one array of the given shape (months, outcomes, replicates)."""
    whole = np.empty(shape)
    for replicates, values in blocks_of_arm:
        whole[:, :, replicates[0] : replicates[-1] + 1] = values
    return whole


def blocks(replicates: range, block: int) -> list[range]:
    """Cuts replicates into ranges of at most `block`."""
    return [replicates[start : start + block] for start in range(0, len(replicates), block)]


@contextmanager
def _whoever(executor: Executor | None, workers: int, tasks: int) -> Iterator[Executor | None]:
    """The executor if there is one, else a pool if it pays, else None: this process."""
    pays = executor is None and workers > 1 and tasks > 1
    with worker_pool(min(workers, tasks)) if pays else nullcontext(executor) as pool:
        yield pool


def _compute(arm: Arm, seed: int, replicates: range) -> Block:
    from influence_sim.model import simulate

    numbers = np.arange(replicates.start, replicates.stop, dtype=np.int64)
    return numbers, simulate(arm, seed=seed, replicates=numbers)


def _in_order(pool: Executor | None, tasks: Sequence[Task], window: int) -> Generator[Block]:
    """Results in the order of the tasks, with at most `window` of them computed or waiting."""
    if pool is None:
        yield from (_compute(*task) for task in tasks)
        return
    waiting: deque[Future[Block]] = deque()
    with deaths_told():
        try:
            for task in tasks:
                waiting.append(pool.submit(_compute, *task))
                if len(waiting) >= window:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _counter(progress: Progress | None, total: int) -> Callable[[Block], Block]:
    done = 0

    def report(block: Block) -> Block:
        nonlocal done
        done += len(block[0])
        if progress is not None:
            progress(done, total)
        return block

    return report
