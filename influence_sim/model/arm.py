"""An arm: everything that determines a run except the seed and the replicate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.base.months import Month
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import ForumEntry
from influence_sim.scenario.vocabulary import Bounds
from influence_sim.theatre import Theatre
from influence_sim.theatre.numbers import Ref
from influence_sim.theatre.spec import Forum


@dataclass(frozen=True, eq=False)
class Arm:
    """One scenario on one theatre for some months.

    Attributes:
        theatre: the world.
        scenario: what is fixed, changed or added, and when.
        months: number of monthly records; by default as the theatre says.
        parameters: undated values of this arm, beside those of the scenario.
    """

    theatre: Theatre
    scenario: ResolvedScenario
    months: int = 0
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Without a number of months it is as long as the theatre says."""
        object.__setattr__(self, "months", self.months or self.theatre.calendar.months)

    @cached_property
    def forums(self) -> tuple[Forum, ...]:
        """The theatre's forums with what the scenario adds, then the scenario's own."""
        forums = {forum.name: forum for forum in self.theatre.forums}
        for entry in self.scenario.forums:
            forums[entry.forum] = _extended(forums.get(entry.forum), entry)
        return tuple(forums.values())

    @cached_property
    def added(self) -> tuple[tuple[str, str, str], ...]:
        """Levers at forums that only the scenario creates, as (actor, do, forum)."""
        existing = {(lever.actor, lever.do, lever.target) for lever in self.theatre.levers}
        actors = {actor.name for actor in self.theatre.actors}
        added = []
        for forum in self.forums:
            seats = [(forum.convenor, "convene"), *((name, "attend") for name in forum.invites)]
            for actor, do in seats if forum.kind == "format" else seats[1:]:
                if actor in actors and (actor, do, forum.name) not in existing:
                    added.append((actor, do, forum.name))
        return tuple(added)

    def fixed(self, month: Month) -> Iterable[tuple[tuple[str, str, str], float]]:
        """The levers that the scenario fixes in a month, with their levels."""
        for item in self.scenario.interventions:
            if item.start <= month and (item.until is None or month <= item.until):
                yield item.lever, item.level

    def changed(self, month: Month) -> dict[str, float]:
        """The dated parameter values that hold in a month; a later start wins."""
        values: dict[str, float] = {}
        for item in sorted(self.scenario.changes, key=lambda change: change.start):
            if item.start <= month and (item.until is None or month <= item.until):
                values.update(item.values)
        return values

    def condition(self, name: str, month: Month) -> Ref:
        """An exogenous series in a month: the scenario's latest number, else the record's number or parameter."""
        series: Mapping[Month, Ref]
        if self.sets_condition(name, month):
            series = self.scenario.conditions[name]
        else:
            recorded = {condition.name: condition.series for condition in self.theatre.conditions}
            if name not in recorded:
                rule = "the equations ask for a circumstance that is not there"
                raise InputError(wrong("conditions.yaml", name, rule, did_you_mean(name, recorded)))
            series = recorded[name]
        return series[max(date for date in series if date <= month)]

    def sets_condition(self, name: str, month: Month) -> bool:
        """Whether the scenario sets a condition in a month."""
        return any(date <= month for date in self.scenario.conditions.get(name, ()))

    @cached_property
    def numbers(self) -> Mapping[str, Bounds]:
        """Everything that a run may set, and its limits."""
        vocabulary = self.theatre.vocabulary
        return {**vocabulary.parameters, **self.scenario.numbers(vocabulary)}

    def invited(self, forum: Forum, month: Month) -> frozenset[str]:
        """Who is invited to a forum in a month."""
        names = {name for name, since in forum.invites.items() if since <= month}
        for entry in self.scenario.forums:
            if entry.forum == forum.name and entry.until is not None and month > entry.until:
                names -= set(entry.invite) - self._recorded(forum.name, month)
        return frozenset(names)

    def _recorded(self, name: str, month: Month) -> set[str]:
        return {
            actor
            for forum in self.theatre.forums
            if forum.name == name
            for actor, since in forum.invites.items()
            if since <= month
        }

    def month(self, step: int) -> Month:
        """The calendar month of a step, from 0."""
        return self.theatre.start + step


def _extended(forum: Forum | None, entry: ForumEntry) -> Forum:
    invites = {} if forum is None else dict(forum.invites)
    for actor in entry.invite:
        invites[actor] = min(entry.start, invites.get(actor, entry.start))
    meets = frozenset(entry.meets) | (frozenset() if forum is None else forum.meets)
    if forum is not None:
        since = min(forum.since, entry.start)
        return replace(forum, since=since, invites=invites, meets=meets)
    title = entry.forum.replace("_", " ")
    return Forum(entry.forum, title, "format", str(entry.convenor), entry.start, invites, meets)
