"""The names and limits a scenario may use.

The theatre builds the one vocabulary; this room only checks against it, and so never needs the theatre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from influence_sim.base.months import Month


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number's hard limits (inclusive), default and unit, and its choices if it takes no other values."""

    low: float
    high: float
    default: float
    unit: str
    choices: tuple[float, ...] = ()

    def hold(self, value: float) -> bool:
        """Whether a number may be `value`; false for NaN."""
        return self.low <= value <= self.high and (not self.choices or value in self.choices)

    def rule(self, name: str) -> str:
        """The rule that a value outside the limits breaks."""
        unit = f" ({self.unit})" if self.unit else ""
        if self.choices:
            return f"{name} must be one of {self.choice_list}{unit}"
        return f"{name} must lie between {self.low:g} and {self.high:g}{unit}"

    @property
    def choice_list(self) -> str:
        """Its choices as text."""
        return ", ".join(f"{choice:g}" for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything a scenario or study may name."""

    actors: tuple[str, ...]  # the actors, in the theatre's order
    levers: frozenset[tuple[str, str, str]]  # levers that can be fixed, as (actor, do, target)
    forums: tuple[str, ...]  # the forums that exist without a scenario adding one
    conditions: Mapping[str, Bounds]  # outside circumstances, with their limits
    parameters: Mapping[str, Bounds]  # dotted names, with their hard limits
    outcomes: tuple[str, ...]  # the recorded outcomes, in their order
    claims: frozenset[str]  # ids of the claims a scenario can bear on
    start: Month  # the first month of every run
    months: int  # monthly records of a run by default
    last: Month  # the last month any date may name
    # parameters of the first month only, of which a dated change would do nothing
    initial: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()  # parameters without a prior range

    @property
    def span(self) -> tuple[Month, Month]:
        """The first and the last month that a date may name."""
        return self.start, self.last

    def who_can(self, do: str, target: str) -> list[str]:
        """The actors that have the lever (do, target), by name."""
        return sorted(actor for actor, deed, goal in self.levers if (deed, goal) == (do, target))
