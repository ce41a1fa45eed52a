"""The oracle's state and the small questions that mechanisms ask of it (ODD 2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import oracle_theatre

if TYPE_CHECKING:
    from oracle_theatre import Dated, Lever, Theatre

MEDIATORS = ("russia", "us")
SIDES = ("kabul", "taliban")


def clip(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """A value brought into its range."""
    return min(max(value, low), high)


@dataclass
class State:
    """What changes from month to month; dicts are keyed by name."""

    theatre: Theatre
    p: dict[str, float]
    undated: dict[str, float]
    dated: list[Dated]
    month: int = 0
    z: dict[str, float] = field(default_factory=dict)
    policy: dict[Lever, float] = field(default_factory=dict)
    ties: dict[tuple[str, str], float] = field(default_factory=dict)
    moderates: float = 0.0
    taliban: dict[str, float] = field(default_factory=dict)
    daesh: dict[str, float] = field(default_factory=dict)
    daesh_strength: float = 0.0
    live: dict[str, float] = field(default_factory=dict)
    met: dict[str, float] = field(default_factory=dict)
    seats: dict[tuple[str, str], float] = field(default_factory=dict)
    disclosed: dict[str, float] = field(default_factory=dict)
    line: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)
    lead: dict[str, float] = field(default_factory=dict)
    followed: dict[str, float] = field(default_factory=dict)
    fortune: dict[str, float] = field(default_factory=dict)
    accepted_before: dict[str, float] = field(default_factory=dict)

    def x(self, actor: str, do: str, target: str) -> float:
        """Intensity of a lever; 0 if there is none."""
        return self.policy.get((actor, do, target), 0.0)

    def tie(self, who: str, towards: str) -> float:
        """A tie; 0 if there is none."""
        return self.ties.get((who, towards), 0.0)

    def seat(self, actor: str, forum: str) -> float:
        """L·x·invited of an actor that can attend; 0 otherwise (ODD 7.8)."""
        return self.seats.get((actor, forum), 0.0)

    def belief(self, lever: Lever, outcome: str) -> float:
        """The effect of a lever that its actor expects; 0 if it expects none."""
        if lever in self.theatre.added:
            return self.p["decide.forum_belief"] if outcome == "settlement" else 0.0
        return self.p.get(f"belief.{'.'.join(lever)}.{outcome}", 0.0)

    def aversion(self, actor: str) -> float:
        """An actor's aversion to open relations with the Taliban; 0 for most."""
        return self.p.get(f"aversion.{actor}.taliban", 0.0)

    def condition(self, name: str) -> float:
        """An exogenous series in this month."""
        return oracle_theatre.condition(self.theatre, name, self.month, self.p)

    def engagement(self, actor: str) -> float:
        """E = max(public, covert) (ODD 7.3)."""
        return max(self.x(actor, "engage_publicly", "taliban"), self.x(actor, "engage_covertly", "taliban"))

    def outsider_weights(self, without: str = "") -> dict[str, float]:
        """Weights w of ODD 7.3: diplomatic capability of the outsiders among the engagers, normalised."""
        outsiders = [actor for actor in self.theatre.engagers if actor not in (*SIDES, without)]
        return self.by_capability(outsiders, "diplomatic")

    def by_capability(self, actors: list[str], kind: str) -> dict[str, float]:
        """Weights by a capability (ODD 7)."""
        total = sum(self.p[f"capability.{actor}.{kind}"] for actor in actors)
        return {actor: self.p[f"capability.{actor}.{kind}"] / total for actor in actors}

    def mean_policy(self, do: str, target: str, kind: str) -> float:
        """Mean of x over those who have a lever, by capability."""
        weights = self.by_capability(self.theatre.can(do, target), kind)
        return sum(weight * self.x(actor, do, target) for actor, weight in weights.items())

    def is_seat(self, lever: Lever) -> bool:
        """Whether a lever is attendance at a format, which changes only at meetings."""
        return lever[1] == "attend" and self.theatre.forums[lever[2]].kind == "format"

    def fixed(self, lever: Lever) -> float | None:
        """The level at which the scenario holds a lever in this month, if it does."""
        levels = [entry.level for entry in self.dated if entry.lever == lever and entry.holds(self.month)]
        return levels[-1] if levels else None

    def largest_seat(self, actor: str, convenor: str) -> float:
        """An actor's largest seat at a forum of a convenor."""
        return max((self.seat(actor, forum.name) for forum in self.theatre.led_by(convenor)), default=0.0)
