"""Many replicates, one at a time: points of a parameter space, replicates, months, in one compiled loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.arithmetic import peek, poke
from influence_sim.model.arm import Arm
from influence_sim.model.compiling import equation
from influence_sim.model.draws import Words, replicate_keys
from influence_sim.model.month import play, start
from influence_sim.model.parameters import prepare
from influence_sim.model.plan import Plan, plan_of
from influence_sim.model.records import Kinds
from influence_sim.model.rules import Own

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def simulate(
    arm: Arm,
    *,
    seed: int,
    replicates: Sequence[int] | Numbers,
    parameters: Mapping[str, float | Floats] | None = None,
) -> Floats:
    """Runs one arm for some replicates.

    Args:
        arm: what determines the run.
        seed: the seed of the draws.
        replicates: numbers of the replicates; their results do not depend on which others are run beside them.
        parameters: values that replace the defaults: numbers, or arrays with one value a replicate.

    Returns:
        Outcomes after each month, shape (months, outcomes, replicates).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    numbers = np.asarray(replicates, dtype=np.int64)
    given = {name: np.atleast_1d(np.asarray(value, dtype=np.float64)) for name, value in (parameters or {}).items()}
    for name, value in given.items():
        if value.shape not in {(1,), numbers.shape}:
            raise ValueError(f"{name} has shape {value.shape}: one value, or one for each of {len(numbers)}")
    if any(len(value) > 1 for value in given.values()):
        points = {name: np.broadcast_to(value, numbers.shape) for name, value in given.items()}
        found = _records(plan_of(arm), points, len(numbers), seed, numbers[:, None], None, None)
        return np.ascontiguousarray(found[..., 0].transpose(1, 2, 0))
    return _records(plan_of(arm), given, 1, seed, numbers[None], None, None)[0]


def simulate_points(
    arm: Arm,
    points: Mapping[str, Floats],
    *,
    seed: int,
    replicates: Sequence[int] | Numbers,
    steps: Sequence[int] | Numbers | None = None,
    rows: Sequence[int] | Numbers | None = None,
) -> Floats:
    """Runs one arm at some points, each for the same replicates.

    Args:
        arm: what determines the run.
        points: what is set -> its value at each point, shape (points,); the arm as it is without any.
        seed: the seed of the draws.
        replicates: numbers of the replicates, the same at every point.
        steps: months that are kept, from 0; by default all.
        rows: outcomes that are kept, by row; by default all.

    Returns:
        Outcomes, shape (points, steps, outcomes, replicates).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    numbers = np.asarray(replicates, dtype=np.int64)
    count = max(map(len, points.values()), default=1)
    return _records(plan_of(arm), points, count, seed, numbers[None], steps, rows)


def states(arm: Arm, *, seed: int, replicates: Sequence[int] | Numbers, steps: Sequence[int] | Numbers) -> Any:
    """The whole state of some replicates at the end of some months.

    Returns:
        Records with the fields of `records.STATE`, shape (steps, replicates), steps in ascending order.
    """
    plan, numbers = plan_of(arm), np.asarray(replicates, dtype=np.int64)
    wanted = np.unique(np.asarray(steps, dtype=np.int64))
    kept = np.zeros((len(wanted), len(numbers)), plan.wired.kinds.state)
    _records(plan, {}, 1, seed, numbers[None], wanted, (), kept)
    return kept


def _records(
    plan: Plan,
    points: Mapping[str, Floats],
    count: int,
    seed: int,
    numbers: Numbers,
    steps: Sequence[int] | Numbers | None,
    rows: Sequence[int] | Numbers | None,
    kept: Any = None,
) -> Floats:
    """Shape (points, steps, outcomes, replicates); `numbers` are the replicates of each point, or of all."""
    wired = plan.wired
    months = np.arange(plan.arm.months) if steps is None else np.asarray(steps, dtype=np.int64)
    outcomes = np.arange(len(plan.index.outcomes)) if rows is None else np.asarray(rows, dtype=np.int64)
    out = np.empty((count, len(months), len(outcomes), numbers.shape[1]))
    if not out.size and kept is None:
        return out
    place = np.full(plan.arm.months, -1)
    place[months] = np.arange(len(months))
    first = np.cumsum([0, *(len(places) for places, _ in plan.segments)])
    _run(
        wired.record,
        plan.months[: int(months.max(initial=-1)) + 1],
        wired.own,
        *scratch(wired.kinds, len(plan.segments)),
        plan.with_points(points, count),
        first,
        np.concatenate([places for places, _ in plan.segments]),
        np.concatenate([values for _, values in plan.segments]),
        np.array([replicate_keys(seed, row) for row in numbers]),
        place,
        outcomes,
        out,
        np.zeros((0, 0), wired.kinds.state) if kept is None else kept,
    )
    return out


def scratch(kinds: Kinds, segments: int) -> tuple[Any, Any]:
    """A state, and a record of parameters for each segment, in which to compute."""
    return np.zeros(1, kinds.state), np.zeros(segments, kinds.parameters)


@equation
def _run(
    w: Any,
    months: Any,
    own: Own,
    state: Any,
    parameters: Any,
    values: Floats,
    first: Numbers,
    places: Numbers,
    dated: Floats,
    keys: Words,
    place: Numbers,
    outcomes: Numbers,
    out: Floats,
    kept: Any,
) -> None:
    """Point by point, replicate by replicate, month by month."""
    s = state[0]
    size = state.itemsize // 8
    for point in range(len(values)):
        for segment in range(len(parameters)):
            fill(parameters[segment], w, values[point], places, dated, first[segment], first[segment + 1])
        streams = keys[point if len(keys) > 1 else 0]
        for r in range(len(streams)):
            for n in range(size):
                poke(s, n, 0.0)
            start(s, parameters[0], w, months[0])
            for step in range(len(months)):
                q = months[step]
                play(s, parameters[q.segment], w, q, own, streams[r])
                at = place[step]
                if at >= 0:
                    for n in range(len(outcomes)):
                        out[point, at, n, r] = peek(s, w.outcome[outcomes[n]])
                    if len(kept):
                        for n in range(size):
                            poke(kept[at, r], n, peek(s, n))


@equation
def fill(p: Any, w: Any, values: Floats, places: Numbers, dated: Floats, first: int, last: int) -> None:
    """Fills the parameters that hold in some months: the run's own values, and the dated ones that replace them."""
    for n in range(len(values)):
        p.value[n] = values[n]
    for n in range(first, last):
        p.value[places[n]] = dated[n]
    prepare(p, w)
