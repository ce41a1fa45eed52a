"""What a worker does: some points of a design, both arms on the same draws, many points side by side.

A task is small: the arms travel packed, some 30 kB, and are unpacked once in each process. What comes back does
not depend on how the points were cut into tasks and blocks.
"""

from __future__ import annotations

import pickle
import platform
import traceback
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

from influence_sim.model import Arm, simulate
from influence_sim.runs.folder import without_home
from influence_sim.runs.manifest import model_version, tool_version
from influence_sim.runs.sweeps.reduction import reduced, statistics
from influence_sim.theatre import shipped

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

COLUMNS = 2000
"""Points times replicates that are computed side by side."""
LONGEST = 4000
"""Characters of a traceback that are kept: its end."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """All that a worker must know, the points apart.

    Attributes:
        arms: the scenario's, and the baseline's if there is one.
        factors: the paths that are varied, one a column of the points.
        varied: for each arm, which of these columns it is given.
        seed: of the draws.
        replicates: how many at each point.
        steps: the months that are kept, from 0.
        rows: the outcomes that are kept, as rows of the records.
        t: Student's t for the intervals.
        whole: keep the trajectories, too.
    """

    arms: tuple[Arm, ...]
    factors: tuple[str, ...]
    varied: tuple[tuple[int, ...], ...]
    seed: int
    replicates: int
    steps: NDArray[np.intp]
    rows: NDArray[np.intp]
    t: float
    whole: bool = False

    @property
    def width(self) -> int:
        """Numbers that are kept of a point at a date."""
        return len(self.rows) * len(statistics(paired=len(self.arms) > 1))

    @property
    def whole_shape(self) -> tuple[int, int, int, int]:
        """Arms, replicates, months and outcomes of a point's trajectories."""
        return len(self.arms), self.replicates, self.arms[0].months, len(self.rows)


@dataclass(frozen=True, slots=True)
class Failure:
    """A point that could not be run.

    Attributes:
        point: its number.
        parameters: the varied numbers there.
        error: what happened, in a line.
        traceback: where, if Python could tell.
    """

    point: int
    parameters: Mapping[str, float]
    error: str
    traceback: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """What became of some points.

    Attributes:
        points: numbers of those that were run, shape (points,).
        values: what is kept of them, shape (points, dates, outcomes times statistics).
        trajectories: shape (points, arms, replicates, months, outcomes), if they were asked for.
        failures: the others.
        versions: of what computed them.
    """

    points: Numbers
    values: Floats
    trajectories: Floats | None = None
    failures: tuple[Failure, ...] = ()
    versions: Mapping[str, str] | None = None


def pack(recipe: Recipe) -> bytes:
    """A recipe as it travels."""
    return zlib.compress(pickle.dumps(recipe, pickle.HIGHEST_PROTOCOL))


@lru_cache(maxsize=2)
def unpack(packed: bytes) -> Recipe:
    """A recipe from `pack`; the same object for the same bytes, so that its wiring is built once in a process."""
    recipe: Recipe = pickle.loads(zlib.decompress(packed))
    return recipe


@lru_cache(maxsize=1)
def own_versions() -> Mapping[str, str]:
    """What two machines must have in common to give the same numbers."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "influence_sim": tool_version(),
        "model": model_version(shipped())[:12],
    }


def compute(packed: bytes, first: int, points: Floats) -> Computed:
    """Runs some points that follow one another in the design.

    A block that raises is halved until the points at fault stand alone, so that only they are lost.

    Args:
        packed: the recipe.
        first: number of the first point.
        points: values of the factors, shape (points, factors).

    Raises:
        MemoryError: there is too little; no point is to blame.
    """
    recipe = unpack(packed)
    most = max(1, COLUMNS // recipe.replicates)
    pieces = -(-len(points) // most)
    cuts = np.linspace(0, len(points), pieces + 1).astype(int).tolist()
    done = [_block(recipe, first + a, points[a:b]) for a, b in pairwise(cuts)]
    return joined(done, own_versions())


def joined(parts: Sequence[Computed], versions: Mapping[str, str] | None) -> Computed:
    """Several results as one, in their order."""
    whole = [part.trajectories for part in parts if part.trajectories is not None]
    return Computed(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate(whole) if whole else None,
        tuple(failure for part in parts for failure in part.failures),
        versions,
    )


def lost(recipe: Recipe, first: int, points: Floats, error: str, trace: str = "") -> Computed:
    """Points that could not be run, all for one reason."""
    failures = tuple(
        Failure(first + row, dict(zip(recipe.factors, values.tolist(), strict=True)), error, trace)
        for row, values in enumerate(points)
    )
    return Computed(
        np.empty(0, dtype=np.int64),
        np.empty((0, len(recipe.steps), recipe.width)),
        np.empty((0, *recipe.whole_shape)) if recipe.whole else None,
        failures,
    )


def _block(recipe: Recipe, first: int, points: Floats) -> Computed:
    try:
        return _run(recipe, first, points)
    except MemoryError:
        raise
    except Exception as error:  # whatever a point brings about is recorded with it
        if len(points) == 1:
            text = without_home("".join(traceback.format_exception(error)))[-LONGEST:]
            return lost(recipe, first, points, without_home(f"{type(error).__name__}: {error}"), text)
    half = len(points) // 2
    return joined([_block(recipe, first, points[:half]), _block(recipe, first + half, points[half:])], None)


def _run(recipe: Recipe, first: int, points: Floats) -> Computed:
    arms = [_records(recipe, arm, points) for arm in range(len(recipe.arms))]
    kept = [_kept(recipe, records) for records in arms]
    values = reduced(kept[0], kept[1] if len(kept) > 1 else None, recipe.t)
    return Computed(
        np.arange(first, first + len(points), dtype=np.int64),
        values.reshape(len(points), len(recipe.steps), -1),
        _whole(recipe, arms, len(points)) if recipe.whole else None,
    )


def _records(recipe: Recipe, arm: int, points: Floats) -> Floats:
    """All months of the kept outcomes, shape (points, months, outcomes, R); one point for all if nothing varies."""
    columns = recipe.varied[arm]
    shared = points if columns else points[:1]
    parts = [_simulated(recipe, arm, shared, part) for part in _cut(range(recipe.replicates))]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def _cut(replicates: range) -> list[range]:
    return [replicates[start : start + COLUMNS] for start in range(0, len(replicates), COLUMNS)]


def _simulated(recipe: Recipe, arm: int, points: Floats, replicates: range) -> Floats:
    count, width = len(points), len(replicates)
    numbers = np.tile(np.arange(replicates.start, replicates.stop, dtype=np.int64), count)
    values = {recipe.factors[column]: np.repeat(points[:, column], width) for column in recipe.varied[arm]}
    records = simulate(recipe.arms[arm], seed=recipe.seed, replicates=numbers, parameters=values)
    rows = records[:, recipe.rows] if recipe.whole else records[recipe.steps[:, None], recipe.rows]
    split = rows.reshape(*rows.shape[:2], count, width)
    return np.ascontiguousarray(split.transpose(2, 0, 1, 3))


def _kept(recipe: Recipe, records: Floats) -> Floats:
    """The kept months of records that hold either these or all."""
    return np.ascontiguousarray(records[:, recipe.steps]) if recipe.whole else records


def _whole(recipe: Recipe, arms: Sequence[Floats], count: int) -> Floats:
    """Trajectories as they are stored."""
    out = np.empty((count, *recipe.whole_shape))
    for index, records in enumerate(arms):
        out[:, index] = records.transpose(0, 3, 1, 2)
    return out
