"""Many replicates of some arms, block by block."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from influence_sim.base.numbers import Floats, Integers
from influence_sim.base.progress import Progress
from influence_sim.runs.points import Job, records, run_points

if TYPE_CHECKING:
    from influence_sim.model import Arm

__all__ = ["Block", "Floats", "Progress", "collect", "gather"]

Block = tuple[Integers, Floats]


def collect(
    arms: Sequence[Arm],
    *,
    seed: int,
    replicates: int,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Generator[Iterator[Block]]:
    """The blocks of several arms, arm by arm.

    Close it (`contextlib.closing`), so that threads end when the reader fails or is interrupted.

    Args:
        arms: what to run.
        seed: of the draws.
        replicates: how many of each arm.
        workers: threads, if there is no `executor`.
        executor: as for `run_points`.
        progress: called with the replicates done and their total.

    Yields:
        For each arm its blocks: numbers of the replicates, (R,), and outcomes, (months, outcomes, R). Take them all
        before the next arm.

    Raises:
        MachineError: the machine failed, not the model.
    """
    numbers = np.arange(replicates, dtype=np.int64)
    jobs = [Job((arm,), seed, numbers, records, split=True) for arm in arms]
    with closing(run_points(jobs, workers=workers, executor=executor, progress=progress)) as blocks:
        for _, found in groupby(blocks, lambda block: block.job):
            yield ((block.replicates, block.value[0]) for block in found)


def gather(blocks_of_arm: Iterator[Block], shape: tuple[int, int, int]) -> Floats:
    """The blocks of one arm as one array of the given shape (months, outcomes, replicates)."""
    whole = np.empty(shape)
    for replicates, values in blocks_of_arm:
        whole[:, :, replicates[0] : replicates[-1] + 1] = values
    return whole
