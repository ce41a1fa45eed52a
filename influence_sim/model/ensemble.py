"""Many replicates: points of a parameter space times replicates, eight side by side, month by month, in one loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.numbers import Floats
from influence_sim.model.arm import Arm
from influence_sim.model.compiling import equation
from influence_sim.model.decision import act
from influence_sim.model.draws import Words, replicate_keys
from influence_sim.model.held import ACTED, DECIDED, ENDED, NOTHING, Held, Holds, hold
from influence_sim.model.lanes import all_of, empty, side_by_side
from influence_sim.model.month import resolve, start, weigh
from influence_sim.model.own_rules import raise_lost
from influence_sim.model.parameters import prepare
from influence_sim.model.plan import Plan, plan_of
from influence_sim.model.records import place
from influence_sim.model.rules import Own

Numbers = NDArray[np.int64]
AT_ONCE = 64
"""Histories that are held at once: a path takes half a megabyte."""


def simulate(
    arm: Arm | Held,
    *,
    seed: int,
    replicates: Sequence[int] | Numbers,
    parameters: Mapping[str, float | Floats] | None = None,
) -> Floats:
    """Runs one arm for some replicates.

    Args:
        arm: what determines the run; of a `Held` arm, the arm it keeps to is run first.
        seed: the seed of the draws.
        replicates: numbers of the replicates; their results do not depend on which others are run beside them.
        parameters: values that replace the defaults: numbers, or arrays with one value a replicate.

    Returns:
        Outcomes after each month, shape (months, outcomes, replicates).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    points, numbers = _points(replicates, parameters)
    found = _read(arm, points, seed, numbers)
    return found[0] if len(numbers) == 1 else np.ascontiguousarray(found[..., 0].transpose(1, 2, 0))


def simulate_points(
    arm: Arm | Held,
    points: Mapping[str, Floats],
    *,
    seed: int,
    replicates: Sequence[int] | Numbers,
    steps: Sequence[int] | Numbers | None = None,
    rows: Sequence[int] | Numbers | None = None,
) -> Floats:
    """Runs one arm at some points, on the same draws.

    Args:
        arm: what determines the run.
        points: what is set -> its value at each point, shape (points,); the arm as it is without any.
        seed: the seed of the draws.
        replicates: numbers of the replicates, the same at every point, (R,), or each point's own, (points, R).
        steps: months that are kept, from 0; by default all.
        rows: outcomes that are kept, by row; by default all.

    Returns:
        Outcomes, shape (points, steps, outcomes, R).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    numbers = np.atleast_2d(np.asarray(replicates, dtype=np.int64))
    return _read(
        arm, points, seed, numbers, steps, None if rows is None else _outcomes(arm)[np.asarray(rows, dtype=int)]
    )


def states(
    arm: Arm | Held,
    *,
    seed: int,
    replicates: Sequence[int] | Numbers,
    steps: Sequence[int] | Numbers,
    parameters: Mapping[str, float | Floats] | None = None,
) -> Any:
    """The whole state of some replicates at the end of some months; the rest as for `simulate`.

    Returns:
        Records with the fields of `records.STATE`, shape (steps, replicates).
    """
    points, numbers = _points(replicates, parameters)
    kind = _plan(arm).wired.kinds.state
    found = _read(arm, points, seed, numbers, steps, np.arange(kind.itemsize // 8))
    return np.ascontiguousarray(found.transpose(1, 0, 3, 2)).view(kind).reshape(len(steps), -1)


def read_fields(
    arm: Arm | Held,
    names: Sequence[str],
    *,
    seed: int,
    replicates: Sequence[int] | Numbers,
    steps: Sequence[int] | Numbers | None = None,
    parameters: Mapping[str, float | Floats] | None = None,
) -> dict[str, Floats]:
    """Some fields of the state at the end of some months, by default of all; the rest as for `simulate`.

    Returns:
        Field of `records.STATE` -> its values, shape (steps, rows, replicates), rows without use at the end.
    """
    points, numbers = _points(replicates, parameters)
    kind = _plan(arm).wired.kinds.state
    rows = {name: place(kind, name) + np.arange(kind[name].itemsize // 8) for name in names}
    found = _read(arm, points, seed, numbers, steps, np.concatenate([*rows.values()]))
    found = found[0] if len(numbers) == 1 else found[..., 0].transpose(1, 2, 0)
    ends = np.cumsum([len(places) for places in rows.values()])
    return dict(zip(rows, np.split(found, ends[:-1], axis=1), strict=True))


def _points(
    replicates: Sequence[int] | Numbers, parameters: Mapping[str, float | Floats] | None
) -> tuple[dict[str, Floats], Numbers]:
    """One point for all replicates, or one for each where they differ; and the replicates of each point."""
    numbers = np.asarray(replicates, dtype=np.int64)
    given = {name: np.atleast_1d(np.asarray(value, dtype=np.float64)) for name, value in (parameters or {}).items()}
    for name, value in given.items():
        if value.shape not in {(1,), numbers.shape}:
            raise ValueError(f"{name} has shape {value.shape}: one value, or one for each of {len(numbers)}")
    if all(len(value) == 1 for value in given.values()):
        return given, numbers[None]
    return {name: np.broadcast_to(value, numbers.shape) for name, value in given.items()}, numbers[:, None]


def _plan(arm: Arm | Held) -> Plan:
    return arm.plans[0] if isinstance(arm, Held) else plan_of(arm)


def _outcomes(arm: Arm | Held) -> Numbers:
    """Where the state holds the outcomes."""
    plan = _plan(arm)
    places: Numbers = plan.wired.record.outcome[: len(plan.index.outcomes)]
    return places


def _read(
    arm: Arm | Held,
    points: Mapping[str, Floats],
    seed: int,
    numbers: Numbers,
    steps: Sequence[int] | Numbers | None = None,
    places: Numbers | None = None,
) -> Floats:
    """What stands at some places of the state, by default the outcomes, at the end of some months.

    Shape (points, steps, places, R); `numbers` are the replicates of each point, (points, R), or of all, (1, R).
    """
    months = np.arange(arm.months) if steps is None else np.asarray(steps, dtype=np.int64)
    places = _outcomes(arm) if places is None else places
    if not isinstance(arm, Held) or not len(months):
        return _history(_plan(arm), points, seed, numbers, months, places, NOTHING)
    count, width = _count(points, numbers), numbers.shape[1]
    if count * width > AT_ONCE and (count > 1 or not arm.coins):  # coins are a mean over all of a point's replicates
        half, axis = (count // 2, 0) if count > 1 else (width // 2, 3)
        sides = [
            (_some(points, part), numbers[part] if len(numbers) > 1 else numbers)
            if count > 1
            else (points, numbers[:, part])
            for part in (slice(half), slice(half, None))
        ]
        return np.concatenate([_read(arm, own, seed, some, months, places) for own, some in sides], axis=axis)
    plan, path = arm.plans
    known = {name: values for name, values in points.items() if name in path.places}  # the rest is the arm's own
    read, before = np.concatenate([*arm.fields.values()]), np.arange(months.max() + 1)
    holds = arm.holds(_history(path, known, seed, numbers, before, read, NOTHING))
    return _history(plan, points, seed, numbers, months, places, holds)


def _count(points: Mapping[str, Floats], numbers: Numbers) -> int:
    """How many points there are."""
    return max(max(map(len, points.values()), default=1), len(numbers))


def _some(points: Mapping[str, Floats], part: slice) -> dict[str, Floats]:
    """Some of the points."""
    return {name: values[part] if len(values) > 1 else values for name, values in points.items()}


def _history(
    plan: Plan,
    points: Mapping[str, Floats],
    seed: int,
    numbers: Numbers,
    months: Numbers,
    places: Numbers,
    holds: Holds,
) -> Floats:
    """The same for a plan of which something is held."""
    kinds, count = plan.wired.kinds, _count(points, numbers)
    out = np.empty((count, len(months), len(places), numbers.shape[1]))
    at = np.full(plan.arm.months, -1)
    at[months] = np.arange(len(months))
    if out.size:
        _run(
            plan.wired.record,
            plan.months[: int(months.max()) + 1],
            plan.wired.own,
            np.zeros(1, kinds.state)[0],
            np.zeros(1, kinds.parameters)[0],
            empty(kinds.state.itemsize // 8),
            empty(len(plan.first) - 1, kinds.parameters.itemsize // 8),
            plan.with_points(points, count),
            plan.first,
            plan.dated,
            plan.dated_values,
            replicate_keys(seed, numbers),
            holds,
            at,
            places.astype(np.int64),
            out,
        )
        raise_lost()
    return out


@equation
def _run(
    w: Any,
    months: Any,
    own: Own,
    a_state: Any,
    some_parameters: Any,
    state: Floats,
    parameters: Floats,
    values: Floats,
    first: Numbers,
    dated: Numbers,
    dated_values: Floats,
    keys: Words,
    holds: Holds,
    at: Numbers,
    places: Numbers,
    out: Floats,
) -> None:
    """Eight replicates at a time, of one point or of several, month by month.

    The records without use say what stands in `state`, (places, lanes), and `parameters`, (segments, places, lanes).
    """
    s = side_by_side(state, a_state)
    width, replicates = state.shape[-1], keys.shape[-1]
    key, point, r = np.zeros(width, np.uint64), np.full(width, -1), np.zeros(width, np.int64)
    total = len(values) * replicates
    for begin in range(0, total, width):
        changed = False
        for lane in range(width):
            before = point[lane]
            point[lane], r[lane] = divmod(min(begin + lane, total - 1), replicates)  # spare ones repeat the last
            key[lane] = keys[point[lane] if len(keys) > 1 else 0, r[lane]]
            changed |= point[lane] != before
        if changed:
            for segment in range(len(parameters)):
                for n in range(values.shape[1]):
                    for lane in range(width):
                        parameters[segment, n, lane] = values[point[lane], n]
                fill(side_by_side(parameters[segment], some_parameters), w, first, dated, dated_values, segment)
        state[:] = 0.0
        start(s, side_by_side(parameters[0], some_parameters), w, months[0])
        for step in range(len(months)):
            q = months[step]
            p, everyone = side_by_side(parameters[q.segment], some_parameters), all_of(key)
            weigh(s, p, w, q, own)
            hold(state, holds[DECIDED], step, point, r)
            act(s, p, w, q, everyone, 0, w.n_actors)
            hold(state, holds[ACTED], step, point, r)
            resolve(s, p, w, q, everyone)
            if at[step] >= 0:
                for n in range(len(places)):
                    for lane in range(width):
                        out[point[lane], at[step], n, r[lane]] = state[places[n], lane]
            hold(state, holds[ENDED], step, point, r)


def parameters_of(plan: Plan, settings: Mapping[str, float]) -> Any:
    """The parameters that hold in each segment of a plan, given what a run sets; records, shape (segments,)."""
    found = np.zeros(len(plan.first) - 1, plan.wired.kinds.parameters)
    (values,) = plan.with_points({name: np.array([value]) for name, value in settings.items()}, 1)
    for segment, record in enumerate(found):
        record.value[: len(values)] = values
        fill(record, plan.wired.record, plan.first, plan.dated, plan.dated_values, segment)
    return found


@equation
def fill(p: Any, w: Any, first: Numbers, dated: Numbers, dated_values: Floats, segment: int) -> None:
    """Fills the parameters that hold in some months, given the values of a run: dated ones replace them."""
    for n in range(first[segment], first[segment + 1]):
        p.value[dated[n]] = dated_values[n]
    prepare(p, w)
