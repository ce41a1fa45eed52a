"""What an arm makes of a theatre: the circumstances of each month, and the numbers that a run may set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.base.months import Month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.model.arm import Arm
from influence_sim.model.draws import calendar
from influence_sim.model.fields import CONDITIONS
from influence_sim.model.forums import BY_CHOICE, ON_A_DATE
from influence_sim.model.index import FORMAT, Index, Meeting
from influence_sim.model.parameters import fill
from influence_sim.model.wiring import Wired, wire
from influence_sim.scenario.resolved import condition_path, level_path
from influence_sim.theatre.spec import Forum

ROOM = 128
"""Room for numbers of a scenario's own comes in multiples of this, so that few theatres are wired twice."""


@dataclass(frozen=True, eq=False)
class Plan:
    """An arm, ready to run.

    Attributes:
        arm: scenario, theatre and length.
        wired: the theatre.
        months: the circumstances of each month, shape (months,).
        values: every number that a run may set, and every constant: as the arm has them, shape (values,).
        places: what a run may set -> its places among the values.
        first: for each set of dated parameters that holds in some months its first, (segments + 1,).
        dated, dated_values: the places of dated parameters, and their values.
    """

    arm: Arm
    wired: Wired
    months: NDArray[Any]
    values: Floats
    places: Mapping[str, tuple[int, ...]]
    first: Integers
    dated: Integers
    dated_values: Floats

    @property
    def index(self) -> Index:
        """Which row stands for what."""
        return self.wired.index

    def dated_in(self, segment: int) -> list[tuple[int, float]]:
        """The places and values of the dated parameters that hold in a segment."""
        rows = slice(self.first[segment], self.first[segment + 1])
        return list(zip(self.dated[rows].tolist(), self.dated_values[rows].tolist(), strict=True))

    def with_points(self, points: Mapping[str, Floats], count: int) -> Floats:
        """The values at some points, shape (points, values).

        Args:
            points: what is set -> its value at each point, shape (points,).
            count: number of the points.

        Raises:
            InputError: a name or a value is wrong.
        """
        values = np.tile(self.values, (count, 1))
        for name, setting in points.items():
            check(self.arm, name, setting)
            for column in self.places[name]:
                values[:, column] = setting
        return values

    def parameters(self, settings: Mapping[str, float]) -> Any:
        """The parameters that hold in each segment, given what a run sets; records, shape (segments,)."""
        records = np.zeros(len(self.first) - 1, self.wired.kinds.parameters)
        (values,) = self.with_points({name: np.array([value]) for name, value in settings.items()}, 1)
        for segment, record in enumerate(records):
            record.value[: len(values)] = values
            fill(record, self.wired.record, self.first, self.dated, self.dated_values, segment)
        return records


def check(arm: Arm, name: str, value: Floats) -> None:
    """Checks the name and the values of a number that a run sets.

    Raises:
        InputError: there is no such number, or it may not have this value.
    """
    known = arm.numbers
    if name not in known:
        raise InputError(wrong("parameters", name, "not a parameter", did_you_mean(name, known)))
    limits = known[name]
    tested = np.unique(value) if limits.choices else np.array([np.min(value), np.max(value)])
    outside = [number for number in tested.tolist() if not limits.hold(number)]
    if outside:
        raise InputError(wrong("parameters", f"{name}={outside[0]:g}", limits.rule(name)))


@lru_cache(maxsize=64)
def plan_of(arm: Arm, room: int = 0) -> Plan:
    """The plan of an arm, made once for all its runs, with room for so many numbers of a scenario's own at least.

    Raises:
        InputError: the theatre or the scenario names what is not there, or a value is outside its limits.
    """
    forums = tuple(Meeting(forum.name, forum.kind, forum.convenor) for forum in arm.forums)
    needed = max(own_numbers(arm), room)
    return _Planning(arm, wire(arm.theatre, forums, arm.added, room=needed - needed % -ROOM)).done()


@lru_cache(maxsize=64)
def pair_of(arm: Arm, beside: Arm) -> tuple[Plan, Plan]:
    """The plans of two arms that run beside each other, with equal room for numbers of their own."""
    room = max(own_numbers(arm), own_numbers(beside))
    return plan_of(arm, room), plan_of(beside, room)


@lru_cache(maxsize=64)
def parting_of(plan: Plan, other: Plan) -> int:
    """In which month, from 0, two plans first differ; points set the same for both."""
    common = min(len(plan.values), len(other.values))  # beyond, a plan has numbers of its own, which its months look up
    if not np.array_equal(plan.values[:common], other.values[:common]):
        return 0
    for step, (one, two) in enumerate(zip(plan.months, other.months, strict=True)):
        if one.tobytes() != two.tobytes() or plan.dated_in(one["segment"]) != other.dated_in(two["segment"]):
            return step
    return len(plan.months)


def own_numbers(arm: Arm) -> int:
    """How many numbers the arm's scenario may bring beside those of the theatre."""
    return len(arm.scenario.interventions) + sum(map(len, arm.scenario.conditions.values()))


class Sides(NamedTuple):
    """What a plan and the path beside it, if any, bring to every run."""

    wirings: Any  # (sides,)
    months: Any  # (sides, months)
    segments: Integers  # of each side the first segment, and how many there are in all, (sides + 1,)
    first: Integers  # of each segment the first dated parameter, (segments + 1,)
    dated: Integers
    dated_values: Floats
    a_state: Any  # records without use, which say what stands in a state and among parameters
    some_parameters: Any


@lru_cache(maxsize=64)
def sides_of(*plans: Plan) -> Sides:
    """One plan, or two of equal rows."""
    kinds, before = plans[0].wired.kinds, np.cumsum([0, *(len(plan.dated) for plan in plans)])
    return Sides(
        np.array([plan.wired.record for plan in plans], kinds.wiring),
        np.stack([plan.months for plan in plans]),
        np.cumsum([0, *(len(plan.first) - 1 for plan in plans)]),
        np.concatenate([[0], *(plan.first[1:] + offset for plan, offset in zip(plans, before, strict=False))]),
        np.concatenate([plan.dated for plan in plans]),
        np.concatenate([plan.dated_values for plan in plans]),
        np.zeros(1, kinds.state)[0],
        np.zeros(1, kinds.parameters)[0],
    )


class _Planning:
    """A plan in the making."""

    def __init__(self, arm: Arm, wired: Wired) -> None:
        self.arm, self.wired, self.index = arm, wired, wired.index
        self.values: list[float] = wired.values.tolist()
        self.places = {name: [place] for name, place in wired.places.items()}
        self._known: dict[tuple[float, str], int] = {}
        self.conditions = {field: arm.theatre.named(template) for field, template in CONDITIONS.items()}
        self.months: Any = np.zeros(arm.months, wired.kinds.circumstances)

    def done(self) -> Plan:
        """Fills every month."""
        self._keys()
        segments: list[dict[str, float]] = [{}]  # the first month begins without dated changes
        for step in range(self.arm.months):
            q, month = self.months[step], self.arm.month(step)
            dated = self.arm.changed(month)
            if dated not in segments:
                segments.append(dated)
            q.segment = segments.index(dated)
            self._conditions(q, month)
            self._fixed(q, month)
            self._forums(q, month)
            q.event[: len(self.arm.theatre.events)] = [event.month == month for event in self.arm.theatre.events]
        places = {name: tuple(rows) for name, rows in self.places.items()}
        values = np.array(self.values)
        for source in (self.arm.scenario.parameters, self.arm.parameters):
            for name, value in source.items():
                check(self.arm, name, np.array([value]))
                values[list(places[name])] = value
        return Plan(
            self.arm,
            self.wired,
            self.months,
            values,
            places,
            np.cumsum([0, *map(len, segments)]),
            np.array([places[name][0] for dated in segments for name in dated], dtype=np.int64),
            np.array([value for dated in segments for value in dated.values()], dtype=np.float64),
        )

    def _place(self, value: float, path: str = "") -> int:
        """A place for a number of the scenario or the record; under its path a run may set it."""
        self.values.append(value)
        place = len(self.values) - 1
        if path:
            self.places.setdefault(path, []).append(place)
        return place

    def _keys(self) -> None:
        """Keys of the month's draws: of stances, of provinces, and of the states that decide on seats."""
        index, months = self.index, self.arm.months
        stances = [stance.label for stance in index.stances]
        provinces = [f"fortune {province.iso}" for province in self.arm.theatre.provinces]
        states = [
            f"choice {lever.name} {state}"
            for lever in index.levers[index.policies :]
            for state in range(index.states(lever.actor))
        ]
        self.months["review_key"][:, : len(stances)] = calendar([f"review {name}" for name in stances], months)
        self.months["choice_key"][:, : len(stances)] = calendar([f"choice {name}" for name in stances], months)
        self.months["province_key"][:, : len(provinces)] = calendar(provinces, months)
        self.months["state_key"][:, : len(states)] = calendar(states, months)

    def _conditions(self, q: Any, month: Month) -> None:
        for field, name in self.conditions.items():
            value = self.arm.condition(name, month)
            if isinstance(value, str):
                place = self.wired.places[value]
            else:
                by_scenario = self.arm.sets_condition(name, month)
                place = self._shared(value, condition_path(name) if by_scenario else "")
            setattr(q, field, place)

    def _shared(self, value: float, path: str) -> int:
        """The place of a number that other months may have, too."""
        key = value, path
        if key not in self._known:
            self._known[key] = self._place(value, path)
        return self._known[key]

    def _fixed(self, q: Any, month: Month) -> None:
        levels = {  # a later entry wins; levers of absent actors are passed over
            self.index.lever[key]: self._shared(level, level_path(key))
            for key, level in self.arm.fixed(month)
            if key in self.index.lever
        }
        q.n_fixed, q.fixed[: len(levels)], q.level[: len(levels)] = len(levels), [*levels], [*levels.values()]

    def _forums(self, q: Any, month: Month) -> None:
        invited, fixed = q.invited, set(q.fixed[: q.n_fixed].tolist())  # asked once: each look at a record is slow
        for forum in self.arm.forums:
            for name in self.arm.invited(forum, month):
                invited[self.index.seat[name, forum.name]] = 1
        invited[len(self.index.seat) :] = 0
        meetings = [self._meeting(fixed, forum, month) for forum in self.arm.forums]
        q.meeting[: len(meetings)] = meetings
        q.after_record = month > self.arm.theatre.calendar.record_ends
        dated = any(month in forum.meets for forum in self.arm.forums)
        may_meet = dated or BY_CHOICE in meetings or q.after_record
        q.open[: self.index.policies] = 1
        q.open[self.index.policies : len(self.index.levers)] = may_meet

    def _meeting(self, fixed: Collection[int], forum: Forum, month: Month) -> int:
        """How a format may meet: by the scenario, on the record's dates, or by its convenor's choice afterwards."""
        if forum.kind != FORMAT or month < forum.since:
            return 0
        after = month > self.arm.theatre.calendar.record_ends
        if self.index.lever[forum.convenor, "convene", forum.name] in fixed or (after and month not in forum.meets):
            return BY_CHOICE
        return ON_A_DATE if month in forum.meets else 0
