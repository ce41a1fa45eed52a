"""Many replicates: points of a parameter space times replicates, eight side by side, month by month, in one loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.model.arm import Arm
from influence_sim.model.compiling import equation
from influence_sim.model.decision import act
from influence_sim.model.draws import Words, replicate_keys
from influence_sim.model.held import ACTED, DECIDED, ENDED, NOTHING, Held, Holds, hold
from influence_sim.model.lanes import WIDTH, all_of, empty, side_by_side
from influence_sim.model.month import resolve, start, weigh
from influence_sim.model.own_rules import raise_lost
from influence_sim.model.parameters import fill
from influence_sim.model.plan import Plan, pair_of, parting_of, plan_of, sides_of
from influence_sim.model.records import place
from influence_sim.model.rules import Own

NO_TOSSES = np.empty((1, 0, 0)), np.empty(0, np.int64)
"""How likely what is tossed for is in each month at each point, (points, months, n), and its places: nothing is."""


def simulate(
    arm: Arm | Held,
    *,
    seed: int,
    replicates: Sequence[int] | Integers,
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
    outcomes = _read(arm, points, seed, numbers)
    return outcomes[0] if len(numbers) == 1 else np.ascontiguousarray(outcomes[..., 0].transpose(1, 2, 0))


def simulate_points(
    arm: Arm | Held,
    points: Mapping[str, Floats],
    *,
    seed: int,
    replicates: Sequence[int] | Integers,
    steps: Sequence[int] | Integers | None = None,
    rows: Sequence[int] | Integers | None = None,
    beside: Arm | None = None,
) -> Floats:
    """Runs one arm at some points, on the same draws.

    Args:
        arm: what determines the run.
        points: what is set -> its value at each point, shape (points,); the arm as it is without any.
        seed: the seed of the draws.
        replicates: numbers of the replicates, the same at every point, (R,), or each point's own, (points, R).
        steps: months that are kept, from 0; by default all.
        rows: outcomes that are kept, by row; by default all.
        beside: another arm, to run beside it; months before the two part are run once.

    Returns:
        Outcomes, shape (points, steps, outcomes, R); of two arms (points, 2, steps, outcomes, R).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    numbers = np.atleast_2d(np.asarray(replicates, dtype=np.int64))
    places = None if rows is None else _outcomes(arm)[np.asarray(rows, dtype=int)]
    if beside is None:
        return _read(arm, points, seed, numbers, steps, places)
    months = np.arange(arm.months) if steps is None else np.asarray(steps, dtype=np.int64)
    places = _outcomes(arm) if places is None else places
    return _histories(pair_of(arm, beside), points, seed, numbers, months, places, recorded=2)


def can_run_beside(arm: Arm | Held, other: Arm | Held) -> bool:
    """Whether two arms have states of one form, so that months before they part can be run once."""
    if not (isinstance(arm, Arm) and isinstance(other, Arm)):
        return False
    one, two = (plan.wired for plan in pair_of(arm, other))
    return one is two or (one.kinds is two.kinds and one.record.tobytes() == two.record.tobytes())


def states(
    arm: Arm | Held,
    *,
    seed: int,
    replicates: Sequence[int] | Integers,
    steps: Sequence[int] | Integers,
    parameters: Mapping[str, float | Floats] | None = None,
) -> Any:
    """The whole state of some replicates at the end of some months; the rest as for `simulate`.

    Returns:
        Records with the fields of `records.STATE`, shape (steps, replicates).
    """
    points, numbers = _points(replicates, parameters)
    kind = _plan(arm).wired.kinds.state
    records = _read(arm, points, seed, numbers, steps, np.arange(kind.itemsize // 8))
    return np.ascontiguousarray(records.transpose(1, 0, 3, 2)).view(kind).reshape(len(steps), -1)


def read_fields(
    arm: Arm | Held,
    names: Sequence[str],
    *,
    seed: int,
    replicates: Sequence[int] | Integers,
    steps: Sequence[int] | Integers | None = None,
    parameters: Mapping[str, float | Floats] | None = None,
) -> dict[str, Floats]:
    """Some fields of the state at the end of some months, by default of all; the rest as for `simulate`.

    Returns:
        Field of `records.STATE` -> its values, shape (steps, rows, replicates), rows without use at the end.
    """
    points, numbers = _points(replicates, parameters)
    kind = _plan(arm).wired.kinds.state
    rows = {name: place(kind, name) + np.arange(kind[name].itemsize // 8) for name in names}
    values = _read(arm, points, seed, numbers, steps, np.concatenate([*rows.values()]))
    values = values[0] if len(numbers) == 1 else values[..., 0].transpose(1, 2, 0)
    ends = np.cumsum([len(places) for places in rows.values()])
    return dict(zip(rows, np.split(values, ends[:-1], axis=1), strict=True))


def _points(
    replicates: Sequence[int] | Integers, parameters: Mapping[str, float | Floats] | None
) -> tuple[dict[str, Floats], Integers]:
    """One point for all replicates, or one for each where they differ; and the replicates of each point."""
    numbers = np.asarray(replicates, dtype=np.int64)
    points = {name: np.atleast_1d(np.asarray(value, dtype=np.float64)) for name, value in (parameters or {}).items()}
    for name, value in points.items():
        if value.shape not in {(1,), numbers.shape}:
            raise ValueError(f"{name} has shape {value.shape}: one value, or one for each of {len(numbers)}")
    if all(len(value) == 1 for value in points.values()):
        return points, numbers[None]
    return {name: np.broadcast_to(value, numbers.shape) for name, value in points.items()}, numbers[:, None]


def _plan(arm: Arm | Held) -> Plan:
    return arm.plans[0] if isinstance(arm, Held) else plan_of(arm)


def _outcomes(arm: Arm | Held) -> Integers:
    """Where the state holds the outcomes."""
    plan = _plan(arm)
    places: Integers = plan.wired.record.outcome[: len(plan.index.outcomes)]
    return places


def _read(
    arm: Arm | Held,
    points: Mapping[str, Floats],
    seed: int,
    numbers: Integers,
    steps: Sequence[int] | Integers | None = None,
    places: Integers | None = None,
) -> Floats:
    """What stands at some places of the state, by default the outcomes, at the end of some months.

    Shape (points, steps, places, R); `numbers` are the replicates of each point, (points, R), or of all, (1, R).
    """
    months = np.arange(arm.months) if steps is None else np.asarray(steps, dtype=np.int64)
    places = _outcomes(arm) if places is None else places
    if not isinstance(arm, Held):
        return _histories([plan_of(arm)], points, seed, numbers, months, places)
    plan, path = arm.plans
    if not arm.coins:
        return _histories([plan, path], points, seed, numbers, months, places, arm.holds)
    tosses = _frequencies(path, points, seed, numbers, months, arm.tossed[0]), arm.tossed[1]
    return _histories([plan], points, seed, numbers, months, places, arm.holds, tosses)


def _frequencies(
    path: Plan, points: Mapping[str, Floats], seed: int, numbers: Integers, months: Integers, chosen: Integers
) -> Floats:
    """How often what stands at some places is chosen on a path, over the replicates of each point and month.

    Shape (points, months, places).
    """
    before = np.arange(max(months, default=-1) + 1)
    histories = [
        _histories([path], _point(points, k), seed, numbers[k : k + 1] if len(numbers) > 1 else numbers, before, chosen)
        for k in range(_count(points, numbers))
    ]
    return np.concatenate([history.mean(axis=3) for history in histories])


def _count(points: Mapping[str, Floats], numbers: Integers) -> int:
    """How many points there are."""
    return max(max(map(len, points.values()), default=1), len(numbers))


def _point(points: Mapping[str, Floats], k: int) -> dict[str, Floats]:
    """One of the points."""
    return {name: values[k : k + 1] if len(values) > 1 else values for name, values in points.items()}


def _histories(
    plans: Sequence[Plan],
    points: Mapping[str, Floats],
    seed: int,
    numbers: Integers,
    months: Integers,
    places: Integers,
    holds: Holds = NOTHING,
    tosses: tuple[Floats, Integers] = NO_TOSSES,
    recorded: int = 1,
) -> Floats:
    """The same for a plan, and for the path beside it of which something is held; or of two plans that are recorded."""
    kinds, count = plans[0].wired.kinds, _count(points, numbers)
    out = np.empty((count, recorded, len(months), len(places), numbers.shape[1]))
    if not out.size:
        return out if recorded > 1 else out[:, 0]
    at = np.full(plans[0].arm.months, -1)
    at[months] = np.arange(len(months))
    values = np.zeros((len(plans), count, max(len(plan.values) for plan in plans)))
    for plan, rows in zip(
        plans, values, strict=True
    ):  # a path takes the settings it has; the others are the arm's alone
        takes_all = recorded > 1 or plan is plans[0]
        settings = {name: setting for name, setting in points.items() if takes_all or name in plan.places}
        rows[:, : len(plan.values)] = plan.with_points(settings, count)
    sides = sides_of(*plans)
    _run(
        *sides,
        parting_of(*plans) if recorded > 1 else 0,
        int(months.max()) + 1,
        plans[0].wired.own,
        empty(2, kinds.state.itemsize // 8),
        empty(sides.segments[-1], kinds.parameters.itemsize // 8),
        values,
        replicate_keys(seed, numbers),
        np.zeros(WIDTH, np.uint64),
        np.full(WIDTH, -1),
        np.zeros(WIDTH, np.int64),
        *holds,
        *tosses,
        at,
        places.astype(np.int64),
        out,
    )
    raise_lost()
    return out if recorded > 1 else out[:, 0]


@equation
def _run(
    wirings: Any,
    months: Any,
    segments: Integers,
    first: Integers,
    dated: Integers,
    dated_values: Floats,
    a_state: Any,
    some_parameters: Any,
    parting: int,
    last: int,
    own: Own,
    states: Floats,
    parameters: Floats,
    values: Floats,
    keys: Words,
    key: Words,
    point: Integers,
    r: Integers,
    held: Integers,
    source: Integers,
    when: Flags,
    moments: Integers,
    tosses: Floats,
    tossed: Integers,
    at: Integers,
    places: Integers,
    out: Floats,
) -> None:
    """Eight replicates at a time, of one point or of several, month by month.

    Beside what runs there may be the path that part of it is held to: the second of the wirings, months, values
    (sides, points, numbers) and states (sides, places, lanes), whose parameters (segments, places, lanes) follow those
    of the first. Or both are recorded, in `out`, (points, 2, steps, places, replicates): before they are `parting` only
    the second runs. `key`, `point` and `r` have room for the key of each replicate side by side, the point it is of,
    and its place there.
    """
    width, replicates, sides = states.shape[-1], keys.shape[-1], len(wirings)
    total = values.shape[1] * replicates
    for begin in range(0, total, width):
        changed = False
        for lane in range(width):
            before = point[lane]
            point[lane], r[lane] = divmod(min(begin + lane, total - 1), replicates)  # spare ones repeat the last
            key[lane] = keys[point[lane] if len(keys) > 1 else 0, r[lane]]
            changed |= point[lane] != before
        everyone = all_of(key)
        for side in range(sides):
            states[side] = 0.0
            if changed:
                for segment in range(segments[side], segments[side + 1]):
                    for n in range(values.shape[2]):
                        for lane in range(width):
                            parameters[segment, n, lane] = values[side, point[lane], n]
                    p = side_by_side(parameters[segment], some_parameters)
                    fill(p, wirings[side], first, dated, dated_values, segment)
            p = side_by_side(parameters[segments[side]], some_parameters)
            start(side_by_side(states[side], a_state), p, wirings[side], months[side, 0])
        for step in range(last):
            if step == parting > 0:
                for n in range(states.shape[1]):
                    for lane in range(width):
                        states[0, n, lane] = states[1, n, lane]
            for n in range(len(tossed)):
                for lane in range(width):
                    states[1, tossed[n], lane] = tosses[point[lane], step, n]
            for side in range(sides - 1, 0 if step < parting else -1, -1):  # the path goes ahead
                w, q, s = wirings[side], months[side, step], side_by_side(states[side], a_state)
                p = side_by_side(parameters[segments[side] + q.segment], some_parameters)
                weigh(s, p, w, q, own)
                if side == 0:
                    hold(states[0], states[1], held, source, when, step, moments[DECIDED], moments[ACTED])
                act(s, p, w, q, everyone, 0, w.n_actors)
                if side == 0:
                    hold(states[0], states[1], held, source, when, step, moments[ACTED], moments[ENDED])
                resolve(s, p, w, q, everyone)
            for side in range(out.shape[1] if at[step] >= 0 else 0):
                state = states[1 if step < parting else side]
                for lane in range(min(width, total - begin)):
                    record, replicate = out[point[lane], side, at[step]], r[lane]
                    for n in range(len(places)):
                        record[n, replicate] = state[places[n], lane]
            hold(states[0], states[1], held, source, when, step, moments[ENDED], moments[ENDED + 1])
