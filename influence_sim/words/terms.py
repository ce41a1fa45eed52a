"""Units, and the choices of forms, as readers see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from influence_sim.theatre import Theatre

UNITS: Final = {
    "0-1": "scale from 0 to 1",
    "1/meeting": "per meeting",
    "1/month": "per month",
    "1/utility": "per unit of utility",
    "capability": "capability: 1 is that of a great power",
    "effect": "effect: how far full use should move an outcome on its scale",
    "log-odds": "log-odds: 1 more makes the odds 2.7 times as high",
    "salience": "salience: how much an interest counts",
    "tie": "tie: -1 is hostile, 1 is friendly",
    "utility": "utility: what an option is worth to an actor",
}
"""What readers see in place of units that are short for something."""


def unit_words(unit: str, theatre: Theatre) -> str:
    """A unit as readers see it."""
    return theatre.words.units.get(unit) or UNITS.get(unit, unit)


def choice_meanings(name: str, theatre: Theatre) -> dict[str, str]:
    """The choices of a parameter, if it has any, and what each means."""
    spec = theatre.parameters.get(name)  # a folder of an older model may name others
    return dict(spec.meanings) if spec else {}


def with_meaning(choice: str, meanings: Mapping[str, str]) -> str:
    """A choice with what it means: `minimum (the weakest part alone counts)`."""
    return f"{choice} ({meanings[choice]})" if meanings.get(choice) else choice


def choices_text(name: str, theatre: Theatre) -> str:
    """What each choice of a parameter means, `2 minimum: the weakest part alone counts`; "" if it has none."""
    spec = theatre.parameters.get(name)
    pairs = zip(spec.choices, spec.meanings.items(), strict=True) if spec else ()
    return "; ".join(f"{value:g} {choice}: {meaning}" for value, (choice, meaning) in pairs)


def value_text(name: str, value: float, theatre: Theatre) -> str:
    """A value of a parameter, that of a choice with its name: `2 (minimum)`."""
    spec = theatre.parameters.get(name)  # a folder of an older model may name others
    names = dict(zip(spec.choices, spec.meanings, strict=True)) if spec else {}
    return f"{value:g} ({names[value]})" if value in names else f"{value:g}"
