"""Numbers of a theatre: how a file may write them, and what each becomes, with its range, unit and source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from influence_sim.scenario.schema import Part, Word
from influence_sim.scenario.vocabulary import Bounds

Ref = str | float
"""A number in use: the name of a parameter, or a constant that is a direction rather than a magnitude."""

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
UNITS = (*HARD_LIMITS, "exponent", "1")
"""Every unit of a number; that of `choices` is made from their names."""
SHARE = "share"
"""The unit of a parameter that names none."""


SWITCH = "switch"
"""The status of a number that is 1, or 0 to try what happens without it; nothing about it is assumed."""


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One number of the model.

    Attributes:
        name: dotted name, as scenarios and `--set` write it.
        default: its value unless something sets it.
        low: lower end of its prior range.
        high: upper end of the same.
        unit: what it counts.
        source: claim ids for its sign, an outside reference for its size, or both.
        status: `cited` (an outside source gives the size), `assumed` (nobody has measured it), `fitted`, or `switch`.
        note: what it means.
        choices: the values it may take, if not every number of the range.
        meanings: what each choice means, by its name, in the same order.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    source: str
    status: str
    note: str
    choices: tuple[float, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def varies(self) -> bool:
        """Whether it has a prior range to vary over; a switch has none."""
        return self.low < self.high

    @property
    def limits(self) -> Bounds:
        """The limits outside which a value makes no sense, never narrower than the prior range."""
        return limits_of(self.unit, self.default, self.low, self.high, self.choices)


def limits_of(unit: str, default: float, low: float, high: float, choices: tuple[float, ...]) -> Bounds:
    """The limits outside which a value makes no sense, never narrower than the prior range."""
    least, most = HARD_LIMITS.get(unit, (low, high))
    return Bounds(min(least, low), max(most, high), default, unit, choices)


@dataclass(frozen=True, slots=True)
class Measured:
    """Stands in the shape of a file beside a number, or a mapping of numbers.

    Attributes:
        unit: of these numbers.
        scale: beginning of the parameters that they may name as levels, roles in braces; by default the unit.
    """

    unit: str
    scale: str = ""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """The shape, with the unit."""
        return handler(schema) | {"unit": self.unit}


def _ordered(value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"the default {value:g} is outside its range {low:g} to {high:g}")


class Sourced(Part):
    """A number with its own source, unit or note.

    Attributes:
        value: its default.
        low: lower end of the range that is held plausible.
        high: upper end of it.
        unit: what it counts.
        source: an outside source of its size.
        note: what it means.
        form: an outside source of its sign, or of the equation's form.
        fitted: whether it was fitted to the record.
        choices: what it may be, if not every number of the range: names, and what each means; their values are 0, 1, 2
            and so on.
    """

    value: float
    low: float
    high: float
    unit: str = ""
    source: str = ""
    note: str = ""
    form: str = ""
    fitted: bool = False
    choices: dict[Word, Word] = Field(default_factory=dict)

    @property
    def values(self) -> tuple[float, ...]:
        """The values of its choices."""
        return tuple(map(float, range(len(self.choices))))

    @property
    def measured(self) -> str:
        """Its unit; of choices `0 logit, 1 probit`."""
        return ", ".join(f"{value} {name}" for value, name in enumerate(self.choices)) or self.unit

    @property
    def limits(self) -> Bounds:
        """Its limits as a parameter."""
        return limits_of(self.measured or SHARE, self.value, self.low, self.high, self.values)

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        _ordered(self.value, self.low, self.high)
        if self.choices and self.unit:
            raise ValueError("has choices, and so no unit")
        if self.choices and not {self.value, self.low, self.high} <= {*self.values}:
            raise ValueError(f"value, low and high must be among the values of the choices, {self.measured}")
        return self


def _in_range(prior: list[float]) -> list[float]:
    if len(prior) != len(("default", "low", "high")):
        raise ValueError("three numbers belong here: [default, low, high]")
    _ordered(*prior)
    return prior


Prior = Annotated[list[float], AfterValidator(_in_range)]
"""A number as `[default, low, high]`."""

# Numbers of entries: a file writes them out, or names a level of `parameters.yaml`; the loader makes each a parameter
# and puts the parameter's name in its place, so that to the type checker they are what they are in use. `Named` is a
# switch or a parameter of its own, `Own` always the latter.
if TYPE_CHECKING:
    Number = Ref
    Named = str
    Own = Ref
else:
    _KINDS = {int: "number", float: "number", str: "level", list: "prior", dict: "sourced"}

    def _one_of(words: str) -> Discriminator:
        rule = f"must be {words}[default, low, high], or value, low and high"
        return Discriminator(lambda value: _KINDS.get(type(value)), custom_error_type="n", custom_error_message=rule)

    _PRIOR, _SOURCED = Annotated[Prior, Tag("prior")], Annotated[Sourced, Tag("sourced")]
    _NUMBER, _LEVEL = Annotated[float, Tag("number")], Annotated[str, Tag("level")]
    Number = Annotated[_NUMBER | _LEVEL | _PRIOR | _SOURCED, _one_of("a number, the name of a level, ")]
    Named = Annotated[Annotated[Literal[1], Tag("number")] | _PRIOR | _SOURCED, _one_of("1, ")]
    Own = Annotated[_PRIOR | _SOURCED, _one_of("")]
