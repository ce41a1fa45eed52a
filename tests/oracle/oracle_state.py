"""The oracle's state and the small questions that mechanisms ask of it (ODD 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oracle_theatre import Dated, Forum, Lever, Stance, Theatre, Value

MEDIATORS = ("russia", "us")
SIDES = ("kabul", "taliban")


def clip(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """A value brought into its range."""
    return min(max(value, low), high)


def logistic(value: float) -> float:
    """1/(1 + e^-v), without overflow (ODD 7)."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


@dataclass
class State:
    """What changes from month to month; dicts are keyed by name."""

    theatre: Theatre
    dated: list[Dated]
    undated: dict[str, float]
    p: dict[str, float]
    month: int = 0
    z: dict[str, float] = field(default_factory=dict)
    x: dict[Lever, float] = field(default_factory=dict)
    held: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)  # the option that holds, how long
    usual: dict[str, list[float]] = field(default_factory=dict)
    news: dict[str, float] = field(default_factory=dict)
    ties: dict[tuple[str, str], float] = field(default_factory=dict)
    moderates: float = 0.0
    ground: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)  # g, c, i, d
    insurgent_at_first: dict[str, float] = field(default_factory=dict)
    daesh: float = 0.0
    fear: float = 0.0
    live: dict[str, float] = field(default_factory=dict)
    met: dict[str, float] = field(default_factory=dict)
    seats: dict[tuple[str, str], float] = field(default_factory=dict)
    disclosed: dict[str, float] = field(default_factory=dict)
    line: dict[str, float] = field(default_factory=dict)
    past: dict[str, float] = field(default_factory=dict)
    acceptance: dict[str, float] = field(default_factory=dict)
    accepted_before: dict[str, float] = field(default_factory=dict)
    fortune: dict[str, float] = field(default_factory=dict)
    territory_before: float = 0.0
    legitimacy: float = 0.0
    troops: float = 0.0  # of this month, after they have answered
    aid: float = 0.0

    def number(self, value: Value) -> float:
        """A number, or the parameter that holds it."""
        return self.p[value] if isinstance(value, str) else value

    def do(self, actor: str, do: str, target: str) -> float:
        """Intensity of a lever; 0 if there is none."""
        return self.x.get((actor, do, target), 0.0)

    def tie(self, who: str, towards: str) -> float:
        """A tie; 0 if there is none."""
        return self.ties.get((who, towards), 0.0)

    def seat(self, actor: str, forum: str) -> float:
        """The seat of an actor that can attend; 0 otherwise (ODD 7.8)."""
        return self.seats.get((actor, forum), 0.0)

    def largest_seat(self, actor: str, convenor: str) -> float:
        """An actor's largest seat at a forum of a convenor."""
        return max((self.seat(actor, forum.name) for forum in self.theatre.led_by(convenor)), default=0.0)

    def asked(self, actor: str, forum: Forum) -> float:
        """How far an actor is asked to a forum: invited; to a channel, as far as its convenor chooses (ODD 7.8)."""
        chosen = self.x.get((forum.convenor, "invite", actor), 1.0) if forum.kind == "channel" else 1.0
        return forum.invited(actor, self.month) * chosen

    def engagement(self, actor: str) -> float:
        """E = max(public, covert) (ODD 7.3)."""
        return max(self.do(actor, "engage_publicly", "taliban"), self.do(actor, "engage_covertly", "taliban"))

    def condition(self, name: str) -> float:
        """An exogenous series in this month: the value of its latest date so far (ODD 6)."""
        series = self.theatre.conditions[name]
        return self.number(series[max(date for date in series if date <= self.month)])

    def by_capability(self, actors: list[str], kind: str) -> dict[str, float]:
        """Weights by a capability (ODD 7)."""
        capability = {actor: self.number(self.theatre.capabilities[actor, kind]) for actor in actors}
        return {actor: value / sum(capability.values()) for actor, value in capability.items()}

    def outsider_weights(self, without: str = "") -> dict[str, float]:
        """Weights w of ODD 7.3: diplomatic capability of the outsiders among the engagers, normalised."""
        outsiders = [actor for actor in self.theatre.engagers if actor not in (*SIDES, without)]
        return self.by_capability(outsiders, "diplomatic")

    def fixed(self, lever: Lever) -> float | None:
        """The level at which the scenario holds a lever in this month, if it does."""
        levels = [entry.level for entry in self.dated if entry.lever == lever and entry.holds(self.month)]
        return levels[-1] if levels else None

    def option(self, stance: Stance) -> str:
        """The option of a stance that holds."""
        return self.held[stance.actor, stance.name][0]
