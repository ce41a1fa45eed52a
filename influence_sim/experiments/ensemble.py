"""Many replicates of one arm, block by block, here or in worker processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, nullcontext

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiments.workers import worker_pool
from influence_sim.model import Arm, simulate
from influence_sim.scenario import MachineError

Floats = NDArray[np.float64]
Block = tuple[NDArray[np.int64], Floats]
Progress = Callable[[int, int], None]

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
    parts = blocks(replicates, block)
    if executor is None and (workers == 1 or len(parts) == 1):
        yield from (_compute(arm, seed, part) for part in parts)
        return
    with nullcontext(executor) if executor else worker_pool(min(workers, len(parts))) as pool:
        yield from _in_order(pool, arm, seed, parts, workers + AHEAD)


def collect(
    arms: Sequence[Arm],
    *,
    seed: int,
    replicates: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> Generator[Iterator[Block]]:
    """The blocks of several arms, arm by arm, with one pool for all.

    Close it (`contextlib.closing`), so that the pool is gone when the reader fails or is interrupted.

    Yields:
        For each arm its blocks, as `run_blocks` does; take them all before the next arm.

    Raises:
        MachineError: a worker process died.
    """
    report = _counter(progress, len(arms) * replicates)
    several = workers > 1 and replicates > BLOCK
    with worker_pool(min(workers, -(-replicates // BLOCK))) if several else nullcontext() as pool:
        for arm in arms:
            run = run_blocks(arm, seed=seed, replicates=range(replicates), workers=workers, executor=pool)
            yield map(report, run)


def gather(blocks_of_arm: Iterator[Block], shape: tuple[int, int, int]) -> Floats:
    """The blocks of one arm as one array of the given shape (months, outcomes, replicates)."""
    whole = np.empty(shape)
    for replicates, values in blocks_of_arm:
        whole[:, :, replicates[0] : replicates[-1] + 1] = values
    return whole


def blocks(replicates: range, block: int) -> list[range]:
    """Cuts replicates into ranges of at most `block`."""
    return [replicates[start : start + block] for start in range(0, len(replicates), block)]


def _compute(arm: Arm, seed: int, replicates: range) -> Block:
    numbers = np.arange(replicates.start, replicates.stop, dtype=np.int64)
    return numbers, simulate(arm, seed=seed, replicates=numbers)


def _in_order(pool: Executor, arm: Arm, seed: int, parts: Sequence[range], window: int) -> Iterator[Block]:
    """Results in the order of `parts`, with at most `window` of them computed or waiting."""
    waiting: deque[Future[Block]] = deque()
    with _deaths_told():
        try:
            for part in parts:
                waiting.append(pool.submit(_compute, arm, seed, part))
                if len(waiting) >= window:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def _deaths_told() -> Iterator[None]:
    try:
        yield
    except (BrokenExecutor, ConnectionError, EOFError) as error:
        raise MachineError("a worker process died, perhaps for lack of memory; try fewer --workers") from error


def _counter(progress: Progress | None, total: int) -> Callable[[Block], Block]:
    done = 0

    def report(block: Block) -> Block:
        nonlocal done
        done += len(block[0])
        if progress is not None:
            progress(done, total)
        return block

    return report
