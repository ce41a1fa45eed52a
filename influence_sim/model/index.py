"""Which row stands for what: levers, ties, forums and seats of a theatre, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from influence_sim.theatre.spec import Actor, Lever, Option, Stance
from influence_sim.theatre.theatre import Theatre

K = TypeVar("K")

FORMAT = "format"
ATTEND, CONVENE = "attend", "convene"


class Meeting(NamedTuple):
    """What rows need of a forum."""

    name: str
    kind: str
    convenor: str


class Rows(dict[K, int]):
    """Name -> row. A missing name has the row after the last, which holds 0."""

    def __init__(self, names: Iterable[K]) -> None:
        """Numbers them in their order."""
        super().__init__((name, row) for row, name in enumerate(names))

    def __missing__(self, name: K) -> int:
        return len(self)


@dataclass(frozen=True, eq=False)
class Index:
    """The rows of a theatre, with the forums and levers that a scenario may add.

    Attributes:
        theatre: the world.
        forums: in the order of their rows.
        levers: in the order of their rows: what stances set, actor by actor, then seats at formats actor by actor.
        stances: in the order of their rows, actor by actor.
    """

    theatre: Theatre
    forums: tuple[Meeting, ...]
    levers: tuple[Lever, ...]
    stances: tuple[Stance, ...]

    @classmethod
    def of(cls, theatre: Theatre, forums: Sequence[Meeting], added: Sequence[tuple[str, str, str]]) -> Index:
        """Puts the theatre's levers, and those that a scenario adds, in the order of their rows."""
        formats = {forum.name for forum in forums if forum.kind == FORMAT}
        added_levers = [lever_at_forum(theatre, *lever) for lever in added]
        stances = [stance for actor in theatre.actors for stance in actor.stances]
        stances += [stance_on(lever) for lever in added_levers if not (lever.do == ATTEND and lever.target in formats)]
        rows = {actor.name: row for row, actor in enumerate(theatre.actors)}
        stances.sort(key=lambda stance: rows[stance.actor])
        policies = {(stance.actor, *lever) for stance in stances for lever in stance.levers}
        levers = [*theatre.levers, *added_levers]
        ordered = [lever for actor in theatre.actors for lever in levers if lever.actor == actor.name]
        ordered.sort(key=lambda lever: (lever.actor, lever.do, lever.target) not in policies)
        return cls(theatre, tuple(forums), tuple(ordered), tuple(stances))

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The actors, in the order of their rows."""
        return self.theatre.actors

    @cached_property
    def actor(self) -> Rows[str]:
        """Rows of actors."""
        return Rows(actor.name for actor in self.actors)

    @cached_property
    def forum(self) -> Rows[str]:
        """Rows of forums."""
        return Rows(forum.name for forum in self.forums)

    @cached_property
    def lever(self) -> Rows[tuple[str, str, str]]:
        """Rows of levers, by (actor, do, target)."""
        return Rows((lever.actor, lever.do, lever.target) for lever in self.levers)

    @cached_property
    def tie(self) -> Rows[tuple[str, str]]:
        """Rows of ties, by (who feels it, towards whom)."""
        return Rows((actor.name, other) for actor in self.actors for other in actor.ties)

    @cached_property
    def seat(self) -> Rows[tuple[str, str]]:
        """Rows of seats at formats and channels, by (actor, forum)."""
        return Rows((lever.actor, lever.target) for lever in self.levers if lever.do == ATTEND)

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """Outcome -> row in the records."""
        return {outcome.name: row for row, outcome in enumerate(self.theatre.outcomes)}

    @cached_property
    def policies(self) -> int:
        """Number of levers that stances set: rows 0 to this; behind them stand seats at formats."""
        return len({(stance.actor, *lever) for stance in self.stances for lever in stance.levers})

    def is_seat(self, lever: Lever) -> bool:
        """Whether a lever is decided only when a format meets."""
        return self.lever[lever.actor, lever.do, lever.target] >= self.policies

    @cached_property
    def stance(self) -> Rows[tuple[str, str]]:
        """Rows of stances, by (actor, stance)."""
        return Rows((stance.actor, stance.name) for stance in self.stances)

    @cached_property
    def options(self) -> tuple[tuple[Stance, str, Option], ...]:
        """The options of all stances, in the order of their rows, each with its stance and its name."""
        return tuple((stance, *item) for stance in self.stances for item in stance.options.items())

    def rows_of(self, actor: str, *, seats: bool) -> range:
        """The rows of an actor's policies, or of its seats at formats."""
        rows = [row for row, lever in enumerate(self.levers) if lever.actor == actor and self.is_seat(lever) == seats]
        return range(rows[0], rows[-1] + 1) if rows else range(0)

    def states(self, actor: str) -> int:
        """How many states of an actor decide for themselves: at least one."""
        return max(1, self.actors[self.actor[actor]].seats)

    @cached_property
    def judges(self) -> tuple[tuple[str, int], ...]:
        """Who judges which mediator: everyone with a tie to it but the spoiler, the challenger's judges first."""
        roles = self.theatre.roles
        return tuple(
            (who, k)
            for k, mediator in enumerate(roles.mediators)
            for who, towards in self.tie
            if towards == mediator and who != roles.spoiler
        )

    def enemy(self, i: str, j: str) -> str:
        """The first actor that j can support and i can fight or be fought by, or ""."""
        for actor in self.actors:
            fought = (i, "fight", actor.name) in self.lever or (actor.name, "fight", i) in self.lever
            if fought and (j, "support", actor.name) in self.lever:
                return actor.name
        return ""


def lever_at_forum(theatre: Theatre, actor: str, do: str, forum: str) -> Lever:
    """A lever at a forum that a scenario adds, at the cost of the actor's other levers of this kind."""
    names = (f"cost.{do}.{actor}", f"cost.{do}")
    return Lever(actor, do, forum, 0.0, next((name for name in names if name in theatre.parameters), 0.0))


def stance_on(lever: Lever) -> Stance:
    """The stance of an actor that a scenario lets convene a forum, or attend a channel."""
    at = lever.target if lever.do == ATTEND else ""
    options = {"away": Option(), "there": Option(sets={f"{lever.do} {lever.target}": 1.0}, at=at)}
    return Stance.model_construct(
        actor=lever.actor, name=f"{lever.do}_{lever.target}", start="away", options=options, claims=(), source=""
    )
