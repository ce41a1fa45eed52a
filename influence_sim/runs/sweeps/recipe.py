"""What workers are told, and how a design is cut into parts: both follow from the request alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from influence_sim.runs.manifest import SCHEMA_VERSION
from influence_sim.runs.sweeps.reduction import student_t
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.runs.sweeps.work import COLUMNS, Recipe
from influence_sim.scenario.study_schema import TRAJECTORIES

LONGEST = 4_000_000
"""Months of runs in a part: some ten seconds of one core."""
EVEN = 4
"""The count of parts is a multiple of this, so that few workers or shards get the same share."""
WANTED, MOST = 64, 10_000
"""Parts: so many at least, if there is enough to do, so that workers end together; and so many at most."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some points that follow one another: what is computed, written and, if need be, lost at once.

    Attributes:
        index: its number, from 0.
        start: its first point.
        stop: the point after its last.
    """

    index: int
    start: int
    stop: int

    @property
    def stem(self) -> str:
        """What its files are called."""
        return f"part-{self.index:05d}"

    @property
    def size(self) -> int:
        """How many points it has."""
        return self.stop - self.start


def recipe_of(request: SweepRequest) -> Recipe:
    """What a worker must know of a request."""
    paths = tuple(factor.path for factor in request.factors)
    outcomes = list(request.theatre.vocabulary.outcomes)
    return Recipe(
        arms=request.arms,
        factors=paths,
        varied=tuple(tuple(map(paths.index, request.paths(arm))) for arm in range(len(request.arms))),
        seed=request.seed,
        replicates=request.replicates,
        steps=np.array(request.steps, dtype=np.intp),
        rows=np.array([outcomes.index(name) for name in request.outcomes], dtype=np.intp),
        t=student_t(request.replicates),
        whole=request.keep == TRAJECTORIES,
    )


def parts_of(request: SweepRequest, points: int | None = None) -> tuple[Part, ...]:
    """The parts of a design, of sizes that differ by one at most.

    Args:
        request: the sweep.
        points: at most so many points a part, instead of what suits the request.
    """
    total = request.points
    count = -(-total // points) if points else _suitable_count(request)
    cuts = [total * index // count for index in range(count + 1)]
    return tuple(Part(index, *ends) for index, ends in enumerate(pairwise(cuts)))


def key_of(request: SweepRequest, part: Part) -> str:
    """SHA-256 of all that determines the numbers of a part."""
    points = np.ascontiguousarray(request.design()[part.start : part.stop], dtype="<f8")
    total = hashlib.sha256(f"{SCHEMA_VERSION} {request.digest} {part.start} {part.size} ".encode())
    total.update(points.tobytes())
    return total.hexdigest()


def of_shard(parts: Sequence[Part], shard: tuple[int, int]) -> list[Part]:
    """The parts of shard number `shard[0]` of `shard[1]`, from 1."""
    number, count = shard
    return [part for part in parts if part.index % count == number - 1]


def _suitable_count(request: SweepRequest) -> int:
    """How many parts: of whole blocks; enough for workers to end together, few enough for few files."""
    block = max(1, COLUMNS // request.replicates)
    blocks = -(-request.points // block)
    a_block = block * request.replicates * request.months * len(request.arms)
    most = 1 if request.keep == TRAJECTORIES else max(1, LONGEST // a_block)
    in_a_part = max(min(max(1, blocks // WANTED), most), -(-blocks // MOST))
    count = -(-blocks // in_a_part)
    return min(-(-count // EVEN) * EVEN if count > 1 else 1, request.points)
