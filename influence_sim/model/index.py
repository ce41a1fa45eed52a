"""Which row stands for what: levers, ties, forums and seats of a theatre, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from influence_sim.theatre import Theatre
from influence_sim.theatre.spec import Actor, Cited, Lever

FORMAT = "format"
ATTEND, CONVENE = "attend", "convene"


class Meeting(NamedTuple):
    """A forum, as far as rows know it."""

    name: str
    kind: str
    convenor: str


@dataclass(frozen=True, eq=False)
class Index:
    """The rows of a theatre, with the forums and levers that a scenario may add.

    What is not there (an actor that left, a lever that nobody has) has the row behind the last, which holds 0.

    Attributes:
        theatre: the world.
        forums: in the order of their rows.
        levers: in the order of their rows: policies actor by actor, then seats at formats actor by actor.
    """

    theatre: Theatre
    forums: tuple[Meeting, ...]
    levers: tuple[Lever, ...]

    @classmethod
    def of(cls, theatre: Theatre, forums: Sequence[Meeting], added: Sequence[tuple[str, str, str]]) -> Index:
        """Puts the theatre's levers, and those that a scenario adds, in the order of their rows."""
        formats = {forum.name for forum in forums if forum.kind == FORMAT}
        levers = [*theatre.levers, *(plain(*lever) for lever in added)]
        ordered = [lever for actor in theatre.actors for lever in levers if lever.actor == actor.name]
        ordered.sort(key=lambda lever: lever.do == ATTEND and lever.target in formats)
        return cls(theatre, tuple(forums), tuple(ordered))

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The actors, in the order of their rows."""
        return self.theatre.actors

    @cached_property
    def actor_row(self) -> dict[str, int]:
        """Actor -> row."""
        return {actor.name: row for row, actor in enumerate(self.actors)}

    def actor(self, name: str) -> int:
        """The row of an actor."""
        return self.actor_row.get(name, len(self.actors))

    @cached_property
    def forum_row(self) -> dict[str, int]:
        """Forum -> row."""
        return {forum.name: row for row, forum in enumerate(self.forums)}

    def forum(self, name: str) -> int:
        """The row of a forum."""
        return self.forum_row.get(name, len(self.forums))

    @cached_property
    def formats(self) -> frozenset[str]:
        """Forums that meet when convened."""
        return frozenset(forum.name for forum in self.forums if forum.kind == FORMAT)

    def is_seat(self, lever: Lever) -> bool:
        """Whether a lever is decided only when a format meets."""
        return lever.do == ATTEND and lever.target in self.formats

    @cached_property
    def policies(self) -> int:
        """Number of levers that are no seats: rows 0 to this."""
        return sum(not self.is_seat(lever) for lever in self.levers)

    @cached_property
    def lever_row(self) -> dict[tuple[str, str, str], int]:
        """(actor, do, target) -> row."""
        return {(lever.actor, lever.do, lever.target): row for row, lever in enumerate(self.levers)}

    def lever(self, actor: str, do: str, target: str) -> int:
        """The row of a lever."""
        return self.lever_row.get((actor, do, target), len(self.levers))

    def rows_of(self, actor: str, *, seats: bool) -> range:
        """The rows of an actor's policies, or of its seats at formats."""
        rows = [row for row, lever in enumerate(self.levers) if lever.actor == actor and self.is_seat(lever) == seats]
        return range(rows[0], rows[-1] + 1) if rows else range(0)

    @cached_property
    def ties(self) -> tuple[tuple[str, str], ...]:
        """The directed dyads that have a tie: (who feels it, towards whom)."""
        return tuple((actor.name, other) for actor in self.actors for other in actor.ties)

    @cached_property
    def tie_row(self) -> dict[tuple[str, str], int]:
        """(who feels it, towards whom) -> row."""
        return {dyad: row for row, dyad in enumerate(self.ties)}

    def tie(self, who: str, towards: str) -> int:
        """The row of a tie."""
        return self.tie_row.get((who, towards), len(self.ties))

    @cached_property
    def seats(self) -> tuple[tuple[str, str], ...]:
        """Who can sit where: (actor, forum), formats and channels."""
        return tuple((lever.actor, lever.target) for lever in self.levers if lever.do == ATTEND)

    @cached_property
    def seat_row(self) -> dict[tuple[str, str], int]:
        """(actor, forum) -> row."""
        return {seat: row for row, seat in enumerate(self.seats)}

    def seat(self, actor: str, forum: str) -> int:
        """The row of an actor's seat at a forum."""
        return self.seat_row.get((actor, forum), len(self.seats))

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """Outcome -> row in the records."""
        return {outcome.name: row for row, outcome in enumerate(self.theatre.outcomes)}

    @cached_property
    def judges(self) -> tuple[tuple[str, int], ...]:
        """Who judges which mediator: everyone with a tie to it but the spoiler, the challenger's judges first."""
        roles = self.theatre.roles
        return tuple(
            (who, k)
            for k, mediator in enumerate(roles.mediators)
            for who, towards in self.ties
            if towards == mediator and who != roles.spoiler
        )

    def states(self, actor: str) -> int:
        """How many states decide for themselves in an actor: at least one."""
        return max(1, self.actors[self.actor(actor)].seats)

    @cached_property
    def enemies(self) -> dict[tuple[str, str], str]:
        """For each tie of i towards j the first actor that j can support and i can fight or be fought by, or ""."""
        return {dyad: self._enemy(*dyad) for dyad in self.ties}

    def _enemy(self, i: str, j: str) -> str:
        rows = self.lever_row
        for actor in self.actors:
            fought = (i, "fight", actor.name) in rows or (actor.name, "fight", i) in rows
            if fought and (j, "support", actor.name) in rows:
                return actor.name
        return ""


def plain(actor: str, do: str, forum: str) -> Lever:
    """A lever at a forum that only a scenario knows: at no cost, and with one belief."""
    return Lever(actor, do, forum, 0.0, 0.0, {"settlement": "decide.forum_belief"}, Cited((), ""))
