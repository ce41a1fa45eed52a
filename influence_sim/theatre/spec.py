"""What a theatre is made of: plain values, each number with where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from influence_sim.base.months import Month
from influence_sim.scenario.schema import Date, Level, Line, Part, Several, Slug
from influence_sim.theatre.numbers import Measured, Named, Number, Ref

ClaimId = Annotated[str, Field(pattern=r"^C\d\d$")]


class Entry(Part):
    """An entry that says what supports it: numbered claims of the article, or an outside source.

    Attributes:
        claims: ids in `claims.csv`.
        source: a key of `sources.yaml`; needed without claims.
    """

    claims: Several[ClaimId] = ()
    source: str = ""


def _not_written(value: object) -> str:
    raise ValueError("not written here: it follows from where the entry stands")


def _lever(key: str) -> str:
    if not re.fullmatch(r"[a-z_]+ [a-z][a-z0-9_]*", key):
        raise ValueError("a lever is written `do target`, such as `attend NAME_OF_A_FORUM`")
    return key


LeverKey = Annotated[str, AfterValidator(_lever)]
"""A lever of the actor in whose file it stands, as `do target`."""
Whose = Annotated[str, AfterValidator(_not_written), Field(exclude=True), WithJsonSchema({"not": {}})]
"""What no file writes in an entry, because the loader knows it from where the entry stands."""


class Interest(Entry):
    """What an actor wants of one outcome.

    Attributes:
        outcome: which one.
        ideal: the value that the actor would like best.
        salience: how much it cares.
        faction: set where only a part of the actor wants it.
    """

    outcome: str
    ideal: Annotated[float, Field(ge=-1, le=1)]
    salience: Annotated[Number, Measured("salience")]
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
    """What an actor decides on as one: exactly one of its options is its policy at any time.

    Attributes:
        actor: whose it is.
        name: of which its actor has no other.
        start: the option that holds before the first month.
        options: name -> option; the first must always be possible.
    """

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
        id: unless a level is named its size is the parameter `effect.ID`.
        do, actor, target: which levers it is expected of; an empty name means any.
        raises, lowers: outcomes, one at least.
        slope: how much there is to gain just now, if that varies: `at_stake`, or another single number of the state
            from 0 to 1.
        size: how strongly.
    """

    id: Slug
    do: str
    actor: str = ""
    target: str = ""
    raises: Several[str] = ()
    lowers: Several[str] = ()
    slope: str = ""
    size: Annotated[Number, Measured("effect")]


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
    """Which levers a rule applies to; an empty name means any.

    Attributes:
        do, actor, target: what is done, by whom, to whom.
        against: it speaks against them.
    """

    do: str
    actor: str = ""
    target: str = ""
    against: bool = False


class Rule(Entry):
    """An alliance rule.

    Attributes:
        id: its strength is the parameter `ID.strength`.
        statement: what it says, as the actor would.
        function: what computes it; null where a mechanism carries it.
        with_: what the function is given: argument -> actor or outcome, or actor -> what that one is given.
        through: the outcomes for whose sake the rule counts; none if it stands beside interests.
        wants: whether the actor must want `less` or `more` of them, or care at all (`held`).
        applies: to which levers.
        strength: its weight; 1 makes it a switch, which has no range.
    """

    id: Slug
    statement: Line
    function: Slug | None
    with_: dict[str, str] = Field(default_factory=dict, alias="with")
    through: Several[str] = ()
    wants: Literal["less", "more", "held"] = "less"
    applies: Several[Pattern]
    strength: Annotated[Named, Measured("strength")]


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
    """Something that happened in one month, to both arms alike.

    Attributes:
        id: unless a level is named its strength is the parameter `event.ID.strength`.
        month: when.
        kind: a contact with the insurgents, one that is disclosed, or a strike against them.
        actor: whose contact or strike it was.
        strength: how much of one.
        note: what happened.
    """

    id: Slug
    month: Date
    kind: Literal["contact", "disclose", "strike"]
    actor: str
    strength: Annotated[Number, Measured("share", "event")]
    note: str = ""


class Condition(Entry):
    """An exogenous series.

    Attributes:
        name: one of those that the equations ask for.
        unit: what it counts, for readers.
        low, high: its limits.
        series: from the first month on: month -> number or name of a parameter, which holds until the next.
        note: for whoever reads the file.
    """

    name: Slug
    unit: str
    low: float
    high: float
    series: Annotated[
        dict[Date, float | str], Field(min_length=1), AfterValidator(lambda series: dict(sorted(series.items())))
    ]
    note: str = ""


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
    """One recorded outcome.

    Attributes:
        name: what results, scenarios and other files call it.
        measure: what the model measures.
        of: of whom, where that must be said: an actor, a forum or a lever (`actor.do.target`).
        label: what readers see.
        unit: what it counts, for readers.
    """

    name: Slug
    measure: str
    of: str = ""
    label: Line
    unit: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One numbered claim of the article, restated.

    Attributes:
        id: `C` and two digits.
        paragraph: where the article says so.
        actors: whom it is about, with semicolons between.
        statement: what is claimed.
        kind: what kinds of claim it is, with semicolons between; one of kind `causal`, `trend`, `counterfactual` or
            `alliance_rule` needs a test, or a reason for none.
        date: when it is said to hold: a year or a month, or two with a slash between.
        voice: who says it.
        record: whether other sources have it so.
        left_out: why the model has no use for it.
        record_note: what other sources say.
        used_by: what in the theatre uses it.
    """

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
