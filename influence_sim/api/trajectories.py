"""The trajectories of a request: computed, summed up, and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from influence_sim.base.progress import Progress
from influence_sim.runs.request import RunRequest

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from influence_sim.base.numbers import Floats
    from influence_sim.model import Arm


def trajectories(
    request: RunRequest, arms: Sequence[Arm], *, workers: int = 1, progress: Progress | None = None
) -> Iterator[Floats]:
    """Runs arms as a request says, and yields the outcomes of each, shape (months, outcomes, replicates)."""
    import numpy as np

    from influence_sim.runs.points import Job, records, run_points

    jobs = [Job([arm], request.seed, request.replicates, records, split=True) for arm in arms]
    left = request.replicates
    whole = np.empty((request.months, len(request.theatre.outcomes), request.replicates))
    with closing(run_points(jobs, workers=workers, progress=progress)) as blocks:
        for block in blocks:
            # Month by month, since the first block makes the system find the memory of all: in a single call that would
            # take seconds in which no interrupt is heard.
            for month, values in enumerate(block.value[0]):
                whole[month][:, block.replicates] = values
            left -= len(block.replicates)
            if not left:
                yield whole
                whole, left = np.empty_like(whole), request.replicates


def summary_of(request: RunRequest, arms: Sequence[Floats]) -> pd.DataFrame:
    """The summary of a request whose arms were run."""
    from influence_sim.analysis.summary import summarise

    return summarise(arms, request.names, request.theatre.vocabulary.outcomes, request.theatre.start)


def rows_of(request: RunRequest, arms: Iterable[Floats]) -> Iterator[pa.Table]:
    """The row groups of a request's trajectories."""
    from influence_sim.runs.store import row_groups

    return row_groups(request.names, arms, request.theatre.vocabulary.outcomes, request.theatre.start)
