"""The wiring of an arm: which row of which array stands for what. Built once, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.months import Month
from influence_sim.model.arm import Arm, condition_path, level_path
from influence_sim.model.draws import Words, calendar
from influence_sim.model.parameters import Parameters, Setting, defaults
from influence_sim.theatre import LAST_OF_HISTORY
from influence_sim.theatre.spec import Actor, Forum, Lever

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

MEDIATORS = ("russia", "us")
"""Whose acceptance, share and prestige are followed (C40)."""

BELLIGERENTS = ("kabul", "taliban")
"""Between whom anyone mediates."""

NORTH = frozenset({"TJK", "UZB", "TKM"})
"""Neighbours through which Daesh would spill over (C23)."""


class RowTable(dict[tuple[str, ...], int]):
    """Key -> row; a key that does not exist has the row of zeros at the end."""

    def __missing__(self, key: tuple[str, ...]) -> int:
        """The row of zeros."""
        return len(self)


@dataclass(frozen=True, eq=False)
class SeatStates:
    """The states that decide on seats, one row of draws each, seat lever by seat lever.

    Attributes:
        first: for each seat lever, the first of its states.
        count: for each seat lever, how many states it has, (n,).
    """

    first: Rows
    count: Rows


@dataclass(frozen=True, eq=False)
class GuestLists:
    """Which states are invited to which forum in one month, forum by forum.

    Attributes:
        first: where the guests of each forum begin, and at the end their number, (F + 1,).
        levers: the levers by which they come.
        shares: the share of the invited states that each of them is.
    """

    first: Rows
    levers: Rows
    shares: Floats


@dataclass(frozen=True, eq=False)
class World:
    """Row numbers and constants of one arm.

    Lever rows: standing policies actor by actor, then seats at formats actor by actor; one row of zeros at the
    end stands for every lever that does not exist. Tie rows likewise end with a row of zeros.
    """

    arm: Arm

    @cached_property
    def actors(self) -> tuple[Actor, ...]:
        """The actors, in the theatre's order."""
        return self.arm.theatre.actors

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(actor.name for actor in self.actors)

    @cached_property
    def _actor(self) -> dict[str, Actor]:
        return {actor.name: actor for actor in self.actors}

    def actor(self, name: str) -> Actor:
        """The actor of that name."""
        return self._actor[name]

    @cached_property
    def formats(self) -> frozenset[str]:
        """Forums that meet when convened."""
        return frozenset(forum.name for forum in self.forums if forum.kind == "format")

    def is_seat(self, lever: Lever) -> bool:
        """Whether a lever is decided only when a format meets."""
        return lever.do == "attend" and lever.target in self.formats

    @cached_property
    def levers(self) -> tuple[Lever, ...]:
        """All levers in row order."""
        ordered = [lever for name in self.names for lever in self.arm.levers_of(name)]
        return tuple(sorted(ordered, key=self.is_seat))

    @cached_property
    def standing(self) -> int:
        """Number of levers that are not seats: rows 0 to `standing` - 1."""
        return sum(not self.is_seat(lever) for lever in self.levers)

    @cached_property
    def lever_row(self) -> RowTable:
        """(actor, do, target) -> row."""
        return RowTable({(lever.actor, lever.do, lever.target): row for row, lever in enumerate(self.levers)})

    def lever(self, actor: str, do: str, target: str) -> int:
        """The row of a lever, or of the zeros if there is no such lever."""
        return self.lever_row[actor, do, target]

    def lever_rows(self, keys: Sequence[tuple[str, str, str]]) -> Rows:
        """The rows of several levers."""
        return np.array([self.lever(*key) for key in keys], dtype=np.intp)

    def outcome_rows(self, *names: str) -> Rows:
        """The rows of several outcomes."""
        return np.array([self.outcomes[name] for name in names], dtype=np.intp)

    @cache  # noqa: B019 - a world lives as long as its arm's runs
    def rows_of(self, names: tuple[str, ...], do: str, target: str) -> Rows:
        """The rows of one kind of lever of several actors."""
        return self.lever_rows([(name, do, target) for name in names])

    @cached_property
    def defaults(self) -> Parameters:
        """Every parameter at its default."""
        return defaults(self.arm.theatre.parameters.values())

    @cache  # noqa: B019 - likewise
    def own_rows(self, actor: str, *, seats: bool) -> slice:
        """The rows of an actor's standing levers, or of its seats."""
        rows = [r for r, lv in enumerate(self.levers) if lv.actor == actor and self.is_seat(lv) == seats]
        return slice(rows[0], rows[-1] + 1) if rows else slice(0, 0)

    @cached_property
    def ties(self) -> tuple[tuple[str, str], ...]:
        """The directed dyads that have a tie: (who feels it, towards whom)."""
        return tuple((actor.name, other) for actor in self.actors for other in actor.ties)

    @cached_property
    def tie_row(self) -> RowTable:
        """(who feels it, towards whom) -> row."""
        return RowTable({dyad: row for row, dyad in enumerate(self.ties)})

    def tie(self, who: str, towards: str) -> int:
        """The row of a tie, or of the zeros if there is none."""
        return self.tie_row[who, towards]

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """Outcome name -> row."""
        return {outcome.name: row for row, outcome in enumerate(self.arm.theatre.outcomes)}

    @cached_property
    def forums(self) -> tuple[Forum, ...]:
        """The forums, in row order."""
        return self.arm.forums

    @cached_property
    def forum_rows(self) -> dict[str, int]:
        """Forum name -> row."""
        return {forum.name: row for row, forum in enumerate(self.forums)}

    @cached_property
    def attends(self) -> Rows:
        """Rows of all levers that attend a forum, formats and channels."""
        return np.array([r for r, lv in enumerate(self.levers) if lv.do == "attend"], dtype=np.intp)

    @cached_property
    def attended(self) -> Rows:
        """The forum row of each of `attends`."""
        return np.array([self.forum_rows[self.levers[row].target] for row in self.attends], dtype=np.intp)

    @cached_property
    def seat_positions(self) -> tuple[Rows, Rows]:
        """For each seat lever, its position in `attends` and the row of its forum."""
        positions = np.flatnonzero(self.attends >= self.standing)
        return positions, self.attended[positions]

    @cached_property
    def guests(self) -> tuple[Rows, ...]:
        """For each forum, the positions in `attends` of those who can sit there."""
        return tuple(np.flatnonzero(self.attended == row) for row in range(len(self.forums)))

    @cached_property
    def guest_lists(self) -> tuple[GuestLists, ...]:
        """Who is invited in each month."""
        return tuple(self._guest_lists(step) for step in range(self.arm.months))

    def _guest_lists(self, step: int) -> GuestLists:
        here = [row[(self.invited[step, row] == 1.0) & (self.seats[row] > 0.0)] for row in self.guests]
        shares = [self.seats[row] / self.seats[row].sum() for row in here]
        return GuestLists(
            first=np.cumsum([0, *map(len, here)]),
            levers=self.attends[np.concatenate(here)],
            shares=np.concatenate(shares),
        )

    def seat(self, actor: str, forum: str) -> int:
        """Position in `attends` of an actor's attendance at a forum, or one past the end."""
        return self.seat_row[actor, forum]

    @cached_property
    def seat_row(self) -> RowTable:
        """(actor, forum) -> position in `attends`."""
        attending = (self.levers[row] for row in self.attends)
        return RowTable({(lever.actor, lever.target): position for position, lever in enumerate(attending)})

    @cached_property
    def convenors(self) -> dict[str, str]:
        """Forum name -> who convenes it."""
        return {forum.name: forum.convenor for forum in self.forums}

    @cached_property
    def gavels(self) -> Rows:
        """Rows of the levers that convene a format."""
        return np.array([row for row, lever in enumerate(self.levers) if lever.do == "convene"], dtype=np.intp)

    @cached_property
    def donors(self) -> tuple[str, ...]:
        """Who can give aid to Kabul."""
        return tuple(lever.actor for lever in self.levers if (lever.do, lever.target) == ("support", "kabul"))

    @cached_property
    def sponsors(self) -> tuple[str, ...]:
        """Who can support the Taliban."""
        return tuple(lever.actor for lever in self.levers if (lever.do, lever.target) == ("support", "taliban"))

    @cached_property
    def _pressing(self) -> dict[str, Rows]:
        found: dict[str, list[int]] = {name: [] for name in self.names}
        for row, lever in enumerate(self.levers):
            if lever.do == "press_for_talks":
                found[lever.target].append(row)
        return {name: np.array(rows, dtype=np.intp) for name, rows in found.items()}

    def pressing(self, actor: str) -> Rows:
        """Rows of the levers by which others press an actor for talks."""
        return self._pressing[actor]

    @cached_property
    def enemies(self) -> dict[str, tuple[str, ...]]:
        """Actor -> who can fight it."""
        return {name: self.enemies_of(name) for name in self.names}

    def enemies_of(self, actor: str) -> tuple[str, ...]:
        """Who can fight an actor."""
        return tuple(lever.actor for lever in self.levers if (lever.do, lever.target) == ("fight", actor))

    @cached_property
    def seats(self) -> Floats:
        """How many states each of `attends` stands for, shape (n,)."""
        sizes = {actor.name: actor.seats for actor in self.actors}
        return np.array([float(sizes[self.levers[row].actor]) for row in self.attends])

    @cached_property
    def processes(self) -> tuple[Words, ...]:
        """For each month the keys of the draws: of standing levers, of provinces, and where a format may meet of seats.

        Seats are drawn state by state.
        """
        levers = [f"choice {lever.name}" for lever in self.levers[: self.standing]]
        ground = [f"fortune {province.iso}" for province in self.arm.theatre.provinces]
        seats = [
            f"choice {lever.name} {state}"
            for lever in self.levers[self.standing :]
            for state in range(self.states(lever.actor))
        ]
        always, keys = len(levers) + len(ground), calendar([*levers, *ground, *seats], self.arm.months)
        return tuple(row if meets else row[:always] for row, meets in zip(keys, self.may_meet, strict=True))

    def states(self, actor: str) -> int:
        """How many states decide for themselves in an actor: at least one."""
        return max(1, self.arm.theatre.actor(actor).seats)

    @cached_property
    def seat_states(self) -> SeatStates:
        """The states that decide on each seat."""
        counts = np.array([self.states(lever.actor) for lever in self.levers[self.standing :]], dtype=np.intp)
        return SeatStates(
            first=np.cumsum(counts) - counts,
            count=counts,
        )

    @cached_property
    def fixed(self) -> tuple[tuple[tuple[int, Setting], ...], ...]:
        """For each month, the (lever row, level) that the scenario fixes; levers of absent actors are passed over."""
        months = (self.arm.month(step) for step in range(self.arm.months))
        return tuple(tuple(self._fixed(month)) for month in months)

    def _fixed(self, month: Month) -> Iterator[tuple[int, Setting]]:
        for key, level in self.arm.fixed(month):
            if key in self.lever_row:
                yield self.lever_row[key], Setting(level_path(key), level)

    @cached_property
    def conditions(self) -> dict[str, tuple[Setting, ...]]:
        """Condition name -> what it is in each month."""
        months = [self.arm.month(step) for step in range(self.arm.months)]
        return {
            item.name: tuple(self._condition(item.name, month) for month in months)
            for item in self.arm.theatre.conditions
        }

    def _condition(self, name: str, month: Month) -> Setting:
        value = self.arm.condition(name, month)
        if isinstance(value, str):
            return Setting(value, np.nan)  # a parameter always has a value of its own
        return Setting(condition_path(name) if self.arm.sets_condition(name, month) else "", value)

    @cached_property
    def invited(self) -> Floats:
        """1 where the actor of one of `attends` is invited that month. Shape (months, n)."""
        out = np.zeros((self.arm.months, len(self.attends)))
        for step in range(self.arm.months):
            for forum in self.forums:
                for name in self.arm.invited(forum, self.arm.month(step)):
                    position = self.seat(name, forum.name)
                    if position < len(self.attends):
                        out[step, position] = 1.0
        return out

    @cached_property
    def may_meet(self) -> tuple[bool, ...]:
        """Whether any format can meet in a month: on a date, by choice after the record, or by the scenario."""
        return tuple(self._may_meet(step) for step in range(self.arm.months))

    def _may_meet(self, step: int) -> bool:
        month = self.arm.month(step)
        dated = any(month in forum.meets for forum in self.forums)
        convened = any(self.levers[row].do == "convene" for row, _ in self.fixed[step])
        return dated or convened or month > LAST_OF_HISTORY


@lru_cache(maxsize=32)
def world_of(arm: Arm) -> World:
    """The wiring of an arm, built once for all its runs."""
    return World(arm)
