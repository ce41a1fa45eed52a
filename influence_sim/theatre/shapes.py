"""The shape of each file of a theatre: its keys, what they may be, and what they mean."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from influence_sim.base.errors import did_you_mean
from influence_sim.base.months import PATTERN
from influence_sim.scenario.schema import Date, Line, Part, Slug, Word
from influence_sim.theatre.numbers import Measured, Number, Own, Sourced
from influence_sim.theatre.setting import Borders, Calendar, Crop, Roles
from influence_sim.theatre.spec import (
    Claim,
    ClaimId,
    Condition,
    Effect,
    Entry,
    Event,
    Interest,
    Outcome,
    Rule,
    Stance,
)

MonthText = Annotated[str, Field(pattern=PATTERN)]
Codes = Annotated[tuple[str, ...], BeforeValidator(lambda cell: tuple(filter(None, cell.split(";"))))]
"""Codes in one cell of a table, with semicolons between them."""


class TieEntry(Entry):
    """A tie as written.

    Attributes:
        tie: how close the actor feels to that one, from -1 to 1.
    """

    tie: Annotated[Number, Measured("tie")]


class AversionEntry(Entry):
    """An aversion as written.

    Attributes:
        level: how much the actor minds relations with the insurgents.
    """

    level: Annotated[Number, Measured("utility", "aversion")]


class FactionEntry(Entry):
    """A faction as written.

    Attributes:
        interests: what it wants, beside what the whole actor wants.
    """

    interests: list[Interest]


class ActorFile(Part):
    """Who an actor is, what it wants, and what it decides between.

    Attributes:
        name: its id everywhere else.
        label: its name for readers.
        seats: how many states sit for it at talks.
        capability: `diplomatic`, `military` and `economic` weight; 0 where nothing is said.
        interests: what it wants.
        factions: of the insurgents, `moderate` and `hardline`: what only these want.
        aversions: to the insurgents alone.
        costs: instrument -> what it costs this actor, if not what it costs everybody.
        sponsor: what its full support is worth to the insurgents, against all sponsors'.
        stances: what it decides on.
        guest_at: forum -> what supports its seat there.
        ties: actor -> the tie to it.
    """

    name: Slug
    label: Line
    seats: Annotated[int, Field(ge=0, le=1000)]
    capability: Annotated[dict[Literal["diplomatic", "military", "economic"], Number], Measured("capability")]
    interests: list[Interest] = Field(default_factory=list)
    factions: dict[Literal["moderate", "hardline"], FactionEntry] = Field(default_factory=dict)
    aversions: dict[str, AversionEntry] = Field(default_factory=dict)
    costs: Annotated[dict[str, Own], Measured("utility")] = Field(default_factory=dict)
    sponsor: Annotated[Own | None, Measured("weight")] = None
    stances: list[Stance] = Field(default_factory=list)
    guest_at: dict[str, Entry] = Field(default_factory=dict)
    ties: dict[str, TieEntry] = Field(default_factory=dict)


class ForumEntry(Entry):
    """A forum as written.

    Attributes:
        name: its id.
        label: its name for readers.
        kind: a `format` is convened; a `channel` is open while its convenor deals with the insurgents.
        convenor: the actor whose forum it is.
        invites: month -> who is invited from then on.
        meets: months in which it met, as recorded.
    """

    name: Slug
    label: Line
    kind: Literal["format", "channel"]
    convenor: str
    invites: dict[Date, list[str]]
    meets: list[Date]


class GroundFile(Entry):
    """Where the spoiler has ground.

    Attributes:
        spoiler_ground: province -> its ground there, against its core province.
    """

    spoiler_ground: Annotated[dict[str, Number], Measured("share", "{spoiler}")]


class TheatreFile(Entry):
    """Who plays which part, when, and what grows.

    Attributes:
        title: place and time.
        calendar: when things happen.
        roles: who plays which part.
        crop: what grows that is illicit.
        borders: which of them matter.
    """

    title: Line
    calendar: Calendar
    roles: Roles
    crop: Crop
    borders: Borders


class ParametersFile(Part):
    """Numbers that are nobody's alone.

    Attributes:
        parameters: name, roles in braces -> number.
    """

    parameters: dict[str, Sourced]


class EffectsFile(Part):
    """What is expected of instruments.

    Attributes:
        effects: one after another.
    """

    effects: list[Effect]


class RulesFile(Part):
    """Alliance rules.

    Attributes:
        rules: one after another.
    """

    rules: list[Rule]


class ForumsFile(Part):
    """Where actors meet.

    Attributes:
        forums: one after another.
    """

    forums: list[ForumEntry]


class EventsFile(Part):
    """What happened.

    Attributes:
        events: one after another.
    """

    events: list[Event]


class ConditionsFile(Part):
    """Outside circumstances.

    Attributes:
        conditions: all that the equations ask for.
    """

    conditions: list[Condition]


class OutcomesFile(Part):
    """What a run records.

    Attributes:
        outcomes: in the order of tables.
    """

    outcomes: list[Outcome]


class SourcesFile(Part):
    """What entries and numbers may cite.

    Attributes:
        sources: key, lower-case letters and `_`, and a year if it has one -> reference.
    """

    sources: dict[str, Word]


class Row(Part):
    """A line of a table, of which no two have the same `key`."""

    key: ClassVar[tuple[str, ...]]


class ProvinceRow(Row):
    """A line is a province; beside these columns there is one for each of the crop's years, in hectares.

    Attributes:
        iso: its code, of which the map and the outlines use the part behind the last hyphen, or all.
        name: for readers.
        population: how many live there.
        area_km2: its area, for whoever reads the file.
        lon, lat: degrees, for whoever reads the file.
        districts: how many it has.
        borders: codes of the countries on which it borders, with semicolons between.
        insurgency: how strong the insurgency was before the run, in standard deviations from the provinces' mean.
    """

    key = ("iso",)
    iso: Word
    name: Line
    population: Annotated[float, Field(gt=0)]
    area_km2: Annotated[float, Field(gt=0)]
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    districts: Annotated[int, Field(gt=0)]
    borders: Codes
    insurgency: Annotated[float, Field(ge=-6, le=6)] = 0.0


def province_row(crop: Crop) -> type[ProvinceRow]:
    """A line of `provinces.csv` where this crop grows."""
    hectares: dict[str, Any] = dict.fromkeys(crop.columns, (Annotated[float, Field(ge=0)], ...))
    return create_model("ProvinceRow", __base__=ProvinceRow, **hectares)


class OwnEffect(Row):
    """A line is what a lever does to an outcome in the model; without the file nothing is said of that.

    Attributes:
        actor, do, target: the lever.
        outcome: what it moves.
        effect: by how much, in the measure of what is believed.
    """

    key = ("actor", "do", "target", "outcome")
    actor: str
    do: str
    target: str
    outcome: str
    effect: Annotated[float, Field(ge=-1, le=1)]


class Adjacency(Row):
    """A line is a pair of provinces that adjoin, for whoever reads the file: no equation asks for it.

    Attributes:
        a, b: their codes.
    """

    key = ("a", "b")
    a: str
    b: str


CLAIM_KINDS = ("alliance_rule", "causal", "context", "counterfactual", "event", "interest", "number", "trend")


def _kinds(cell: str) -> str:
    for kind in cell.split(";"):
        if kind not in CLAIM_KINDS:
            hint = did_you_mean(kind, CLAIM_KINDS) or "a claim is one or several of " + ", ".join(CLAIM_KINDS)
            raise ValueError(f"{kind!r} is no kind of claim; {hint}")
    return cell


_TEXTS: dict[str, Any] = {field.name: (str, ...) for field in fields(Claim) if field.name != "used_by"}
_TEXTS |= {"id": (ClaimId, ...), "statement": (Word, ...), "kind": (Annotated[str, AfterValidator(_kinds)], ...)}


class _Numbered(Row):
    key = ("id",)


ClaimRow = create_model("ClaimRow", __base__=_Numbered, __doc__=Claim.__doc__, **_TEXTS)
"""A line of `claims.csv`."""

SHAPES: dict[str, type[Part]] = {
    "theatre.yaml": TheatreFile,
    "sources.yaml": SourcesFile,
    "parameters.yaml": ParametersFile,
    "effects.yaml": EffectsFile,
    "rules.yaml": RulesFile,
    "forums.yaml": ForumsFile,
    "events.yaml": EventsFile,
    "conditions.yaml": ConditionsFile,
    "outcomes.yaml": OutcomesFile,
    "ground.yaml": GroundFile,
    "provinces.csv": ProvinceRow,
    "adjacency.csv": Adjacency,
    "claims.csv": ClaimRow,
    "own_effects.csv": OwnEffect,
}
"""Files beside the actors' -> what each has, or each line of a table. All but the last are needed."""
