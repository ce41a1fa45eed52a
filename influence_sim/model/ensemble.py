"""One arm at many points, on the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.arm import Arm
from influence_sim.model.model import simulate

Floats = NDArray[np.float64]


def simulate_points(
    arm: Arm,
    points: Mapping[str, Floats],
    *,
    seed: int,
    replicates: Sequence[int] | NDArray[np.int64],
    steps: Sequence[int] | None = None,
    rows: Sequence[int] | None = None,
) -> Floats:
    """Runs one arm at some points, each with the same replicates on the same draws.

    Args:
        arm: what to run.
        points: paths of parameters -> their values, (points,) each; none: one point, the arm as it is.
        seed: of the draws.
        replicates: their numbers, the same at every point, (R,), or each point's own, (points, R).
        steps: the months to keep, from 0; all of them by default.
        rows: the outcomes to keep; all of them by default.

    Returns:
        Shape (points, steps, outcomes, R).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    numbers = np.atleast_2d(np.asarray(replicates, dtype=np.int64))
    count, width = max(map(len, points.values()), default=len(numbers)), numbers.shape[1]
    values = {path: np.repeat(column, width) for path, column in points.items()}
    own = np.broadcast_to(numbers, (count, width)).ravel()
    records = simulate(arm, seed=seed, replicates=own, parameters=values)
    kept = records[slice(None) if steps is None else np.asarray(steps)]
    kept = kept[:, slice(None) if rows is None else np.asarray(rows)]
    return np.ascontiguousarray(kept.reshape(*kept.shape[:2], count, width).transpose(2, 0, 1, 3))
