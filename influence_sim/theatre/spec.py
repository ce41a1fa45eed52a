"""What a theatre is made of: plain values, each number with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from influence_sim.base.months import Month
from influence_sim.scenario.schema import Date, Level, Part, Several
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

    @property
    def varies(self) -> bool:
        """Whether it has a prior range to vary over; a switch has none."""
        return self.low < self.high

    @property
    def limits(self) -> Bounds:
        """The limits outside which a value makes no sense, never narrower than the prior range."""
        low, high = HARD_LIMITS.get(self.unit, (self.low, self.high))
        return Bounds(min(low, self.low), max(high, self.high), self.default, self.unit)


class Entry(Part):
    """An entry that says what supports it: numbered claims of the article, or an outside source."""

    claims: Several[Annotated[str, Field(pattern=r"^C\d\d$")]] = ()
    source: str = ""


class Sourced(Part):
    """A number with its own source, unit or note."""

    value: float
    low: float
    high: float
    unit: str = "share"
    source: str = ""
    note: str = ""
    form: str = ""
    fitted: bool = False
    choices: list[float] = Field(default_factory=list)


Prior = Annotated[list[float], Field(min_length=3, max_length=3)]
"""A number as `[default, low, high]`."""

# Numbers of entries: a file writes them out, or names a level of `parameters.yaml`; the loader makes each a parameter
# and puts the parameter's name in its place, so that to the type checker they are what they are in use.
if TYPE_CHECKING:
    Number = Ref
    Named = str
else:
    Number = float | str | Prior | Sourced
    Named = Literal[1] | str | Prior | Sourced


def _not_written(value: object) -> str:
    raise ValueError("not written here: it follows from where the entry stands")


Whose = Annotated[str, AfterValidator(_not_written), Field(exclude=True)]
"""What no file writes in an entry, because the loader knows it from where the entry stands."""


class Interest(Entry):
    """What an actor wants of one outcome; `faction` is set where only a part of the actor wants it."""

    outcome: str
    ideal: float
    salience: Number
    faction: Whose = ""


class Option(Part):
    """One of the policies between which a stance chooses.

    Attributes:
        sets: `do target` -> the intensity that the actor's lever has under it.
        promise: whether it is said in public, so that going back on it is heard.
        at: the forum without which it means nothing.
    """

    sets: dict[str, Level] = Field(default_factory=dict)
    promise: bool = False
    at: str = ""


class Stance(Entry):
    """What an actor decides on as one: exactly one of its options is its policy at any time."""

    actor: Whose = ""
    name: str
    start: str
    options: Annotated[dict[str, Option], Field(min_length=2)]

    @property
    def label(self) -> str:
        """`actor.stance`, as random streams name it."""
        return f"{self.actor}.{self.name}"

    @property
    def levers(self) -> tuple[tuple[str, str], ...]:
        """What its options set, as (do, target), in the order of the file."""
        named = dict.fromkeys(key for option in self.options.values() for key in option.sets)
        return tuple((do, target) for do, target in (key.split() for key in named))


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing an actor can do; `start` is its intensity before the first month."""

    actor: str
    do: str
    target: str
    start: float
    cost: Ref
    claims: tuple[str, ...] = ()
    source: str = ""

    @property
    def name(self) -> str:
        """`actor.do.target`, as random streams name it."""
        return f"{self.actor}.{self.do}.{self.target}"


class Effect(Entry):
    """What is expected of an instrument: which outcomes it raises or lowers, and how strongly.

    Attributes:
        id: its size is the parameter `effect.<id>`, unless a level is named.
        do, actor, target: which levers it is expected of; an empty name means any.
        raises, lowers: outcomes.
        slope: how much there is to gain just now, if that varies: a field of `records.STATE`, from 0 to 1.
    """

    id: str
    do: str
    actor: str = ""
    target: str = ""
    raises: Several[str] = ()
    lowers: Several[str] = ()
    slope: str = ""
    size: Number

    def fits(self, lever: Lever) -> bool:
        """Whether it is expected of `lever`."""
        return fits(self, lever)


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor.

    Attributes:
        aversion: how much it minds relations with the insurgents.
        weight: the switch of all its interests, 1 or 0.
        levers: what its stances set, then its seats at formats.
        cited: what supports its ties, factions and seats, by label.
    """

    name: str
    label: str
    seats: int
    capability: Mapping[str, Ref]
    interests: tuple[Interest, ...]
    weight: str
    aversion: Ref
    stances: tuple[Stance, ...]
    levers: tuple[Lever, ...]
    ties: Mapping[str, Ref]
    cited: Mapping[str, Entry] = field(default_factory=dict)


def fits(pattern: Pattern | Effect, lever: Lever) -> bool:
    """Whether a pattern names a lever: by what is done, and by whom to whom where it says so."""
    wanted = ((pattern.do, lever.do), (pattern.actor, lever.actor), (pattern.target, lever.target))
    return all(want in {"", have} for want, have in wanted)


class Pattern(Part):
    """Which levers a rule applies to; an empty name means any. `against`: it speaks against them."""

    do: str
    actor: str = ""
    target: str = ""
    against: bool = False

    def fits(self, lever: Lever) -> bool:
        """Whether the rule applies to `lever` through this pattern."""
        return fits(self, lever)


class Rule(Entry):
    """An alliance rule; `function` names its term, or is None where a mechanism carries it.

    Attributes:
        through: the outcomes for whose sake the rule counts; none if it stands beside interests.
        wants: whether the actor must want `less` or `more` of them, or care at all (`held`).
    """

    id: str
    statement: str
    function: str | None
    with_: dict[str, str] = Field(default_factory=dict, alias="with")
    through: Several[str] = ()
    wants: Literal["less", "more", "held"] = "less"
    applies: Several[Pattern]
    strength: Named


@dataclass(frozen=True, slots=True)
class Forum:
    """A place to meet, from a month on: a `format` that is convened, or a `channel` open while its convenor engages."""

    name: str
    label: str
    kind: str
    convenor: str
    since: Month
    invites: Mapping[str, Month]
    meets: frozenset[Month]
    claims: tuple[str, ...] = ()
    source: str = ""


class Event(Entry):
    """Something that happened in one month, to both arms alike."""

    id: str
    month: Date
    kind: Literal["contact", "disclose", "strike"]
    actor: str
    strength: Named
    note: str = ""


class Condition(Entry):
    """An exogenous series; each value, a number or the name of a parameter, holds until the next date."""

    name: str
    unit: str
    low: float
    high: float
    series: Annotated[dict[Date, float | str], AfterValidator(lambda series: dict(sorted(series.items())))]
    note: str = ""


class Calendar(Part):
    """When things happen.

    Attributes:
        start: the first month of every run.
        record_ends: up to this month the record is replayed; afterwards convening is a free decision.
        months: monthly records of a run unless one asks for another number.
        last: no date may lie beyond this month.
    """

    start: Date
    record_ends: Date
    months: Annotated[int, Field(ge=1)]
    last: Date


class Roles(Part):
    """Who plays which part, by id. The equations know parts only.

    Attributes:
        challenger: the mediator that gathers others in talks of its own.
        patron: the mediator whose troops and aid stand behind the government.
        government: of the country.
        insurgents: who fight it.
        spoiler: who fights both.
        talks: the challenger's format.
    """

    challenger: str
    patron: str
    government: str
    insurgents: str
    spoiler: str
    talks: str

    @property
    def mediators(self) -> tuple[str, str]:
        """The rivals for mediation."""
        return self.challenger, self.patron

    @property
    def belligerents(self) -> tuple[str, str]:
        """Between whom anyone mediates."""
        return self.government, self.insurgents

    def named(self, template: str, crop: Crop) -> str:
        """The theatre's own name for what the equations call by a role: `{spoiler}.growth` may be `raiders.growth`."""
        return template.format(**dict(self), crop=crop.name, plant=crop.plant) if "{" in template else template


class Borders(Part):
    """The neighbours across whose border insurgents find shelter, or the spoiler would spill over."""

    sanctuary: Several[str]
    spillover: Several[str]


class Crop(Part):
    """The illicit crop.

    Attributes:
        name: the target of the instrument that bans it.
        plant: what is eradicated.
        years: of the areas known province by province; the first two say what ground suits it, the second is the base.
        tonnes_per_hectare: the mean yield.
        half: tonnes at which the index of output is one half.
        northern_route: the share of it that leaves across the borders of the spillover.
    """

    name: str
    plant: str
    years: Annotated[tuple[int, ...], Field(strict=False, min_length=2)]
    tonnes_per_hectare: float = Field(alias="yield")
    half: float
    northern_route: float

    @property
    def instrument(self) -> str:
        """What whoever holds the ground can do against it."""
        return f"eradicate_{self.plant}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `provinces.csv` with its areas in hectares, in the order of the years."""
        return tuple(f"{self.name}_ha_{year}" for year in self.years)


@dataclass(frozen=True, slots=True)
class Province:
    """One province.

    Attributes:
        crop: in hectares, by the crop's years.
        spoiler_ground: the spoiler's ground, against its core province.
        insurgency: how strong the insurgency was before the run, in standard deviations from the provinces' mean.
    """

    iso: str
    name: str
    population: float
    area_km2: float
    districts: int
    borders: tuple[str, ...]
    crop: tuple[float, ...]
    spoiler_ground: Ref
    insurgency: float = 0.0


class Outcome(Entry):
    """One recorded outcome: `measure` is what the model measures, `of` of whom, where that must be said."""

    name: str
    measure: str
    of: str = ""
    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One numbered claim of the article, restated."""

    id: str
    paragraph: str
    actors: str
    statement: str
    kind: str
    date: str
    voice: str
    record: str
    left_out: str
    record_note: str
    used_by: tuple[str, ...] = ()
