"""Collecting the numbers of a theatre: each becomes a named parameter with source and prior range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from influence_sim.scenario.vocabulary import Bounds
from influence_sim.theatre.files import Entry, Number, Sourced
from influence_sim.theatre.spec import ParameterSpec, Ref

HARD_LIMITS = {
    "share": (0.0, 1.0),
    "weight": (0.0, 1.0),
    "strength": (0.0, 5.0),
    "rule weight": (-5.0, 5.0),
    "tie": (-1.0, 1.0),
    "salience": (0.0, 2.0),
    "effect": (-1.0, 1.0),
    "utility": (-2.0, 2.0),
    "1/month": (0.0, 1.0),
    "1/meeting": (0.0, 1.0),
    "share a month": (0.0, 1.0),
    "log-odds": (-6.0, 6.0),
    "log-odds a standard deviation": (-3.0, 3.0),
    "odds": (0.0, 10.0),
    "capability": (0.01, 5.0),
    "thousand": (1.0, 500.0),
    "standard deviation a month": (0.0, 0.3),
    "1/utility": (0.0, 100.0),
}
"""What a value may be at all, by unit; a prior range is what it plausibly is."""


@dataclass(slots=True)
class Numbers:
    """The parameters met so far, in the order of the files."""

    specs: dict[str, ParameterSpec] = field(default_factory=dict)

    def take(self, name: str, number: Number, unit: str, entry: Entry | None = None, note: str = "") -> Ref:
        """Turns a number as written into a parameter, or leaves a bare number a constant.

        Raises:
            ValueError: the name is taken, or the default lies outside its range.
        """
        if isinstance(number, int | float):
            return float(number)
        if name in self.specs:
            raise ValueError(f"parameter {name} is defined twice")
        spec = (
            _sourced(name, number, note) if isinstance(number, Sourced) else _assumed(name, number, unit, entry, note)
        )
        if not spec.low <= spec.default <= spec.high:
            raise ValueError(f"{name}: default {spec.default} is outside its range {spec.low} to {spec.high}")
        self.specs[name] = spec
        return name


def hard_limits(spec: ParameterSpec) -> Bounds:
    """The limits outside which a value makes no sense, never narrower than the prior range."""
    low, high = HARD_LIMITS.get(spec.unit, (spec.low, spec.high))
    return Bounds(min(low, spec.low), max(high, spec.high), spec.default, spec.unit)


def _assumed(name: str, triple: Sequence[float], unit: str, entry: Entry | None, note: str) -> ParameterSpec:
    value, low, high = triple
    sign = ", ".join([*entry.claims, entry.source]).rstrip(", ") if entry is not None else ""
    return ParameterSpec(name, value, low, high, unit, sign, "assumed", note)


def _sourced(name: str, number: Sourced, note: str) -> ParameterSpec:
    status = "fitted" if number.fitted else "cited" if number.source else "assumed"
    choices = tuple(number.choices)
    return ParameterSpec(
        name,
        number.value,
        number.low,
        number.high,
        number.unit,
        number.source or number.form,
        status,
        number.note or note,
        choices,
    )
