"""What a theatre is made of: plain values, each number with where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from influence_sim.base.months import Month
from influence_sim.scenario.schema import Date, Level, Line, Part, Several, Slug
from influence_sim.theatre.numbers import Named, Number, Ref


class Entry(Part):
    """An entry that says what supports it: numbered claims of the article, or an outside source."""

    claims: Several[Annotated[str, Field(pattern=r"^C\d\d$")]] = ()
    source: str = ""


def _not_written(value: object) -> str:
    raise ValueError("not written here: it follows from where the entry stands")


def _lever(key: str) -> str:
    if not re.fullmatch(r"[a-z_]+ [a-z][a-z0-9_]*", key):
        raise ValueError("a lever is written `do target`, such as `attend NAME_OF_A_FORUM`")
    return key


LeverKey = Annotated[str, AfterValidator(_lever)]
"""A lever of the actor in whose file it stands, as `do target`."""
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

    sets: dict[LeverKey, Level] = Field(default_factory=dict)
    promise: bool = False
    at: str = ""


class Stance(Entry):
    """What an actor decides on as one: exactly one of its options is its policy at any time."""

    actor: Whose = ""
    name: Slug
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

    def fits(self, wanted: Pattern | Effect) -> bool:
        """Whether it is meant: by what is done, and by whom to whom where that is said."""
        pairs = ((wanted.do, self.do), (wanted.actor, self.actor), (wanted.target, self.target))
        return all(want in {"", have} for want, have in pairs)


class Effect(Entry):
    """What is expected of an instrument: which outcomes it raises or lowers, and how strongly.

    Attributes:
        id: its size is the parameter `effect.<id>`, unless a level is named.
        do, actor, target: which levers it is expected of; an empty name means any.
        raises, lowers: outcomes.
        slope: how much there is to gain just now, if that varies: a field of `records.STATE`, from 0 to 1.
    """

    id: Slug
    do: str
    actor: str = ""
    target: str = ""
    raises: Several[str] = ()
    lowers: Several[str] = ()
    slope: str = ""
    size: Number


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


class Pattern(Part):
    """Which levers a rule applies to; an empty name means any. `against`: it speaks against them."""

    do: str
    actor: str = ""
    target: str = ""
    against: bool = False


class Rule(Entry):
    """An alliance rule; `function` names its term, or is None where a mechanism carries it.

    Attributes:
        through: the outcomes for whose sake the rule counts; none if it stands beside interests.
        wants: whether the actor must want `less` or `more` of them, or care at all (`held`).
    """

    id: Slug
    statement: Line
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

    id: Slug
    month: Date
    kind: Literal["contact", "disclose", "strike"]
    actor: str
    strength: Number
    note: str = ""


class Condition(Entry):
    """An exogenous series; each value, a number or the name of a parameter, holds until the next date."""

    name: Slug
    unit: str
    low: float
    high: float
    series: Annotated[
        dict[Date, float | str], Field(min_length=1), AfterValidator(lambda series: dict(sorted(series.items())))
    ]
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

    name: Slug
    plant: Slug
    years: Annotated[tuple[int, ...], Field(strict=False, min_length=2)]
    tonnes_per_hectare: float = Field(alias="yield", gt=0)
    half: Annotated[float, Field(gt=0)]
    northern_route: Level

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

    name: Slug
    measure: str
    of: str = ""
    label: Line
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
