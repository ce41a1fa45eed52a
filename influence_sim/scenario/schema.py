"""The shape of a scenario file: which keys, which types, which numbers.

Names are checked later against the vocabulary; here a name is any text.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from influence_sim.base import months
from influence_sim.base.months import Month, format_month, parse_month

SLUG = r"^[a-z][a-z0-9_]*$"


def _month(value: object) -> Month:
    """Only text is a month: a bare 2018 is a year, not the 2018th month."""
    if not isinstance(value, str):
        raise ValueError("a month is written YYYY-MM")  # noqa: TRY004 - pydantic reports only ValueError
    return parse_month(value)


def _version(value: int) -> int:
    if value != 1:
        raise ValueError("must be 1, the only version there is")
    return value


Version = Annotated[int, AfterValidator(_version), WithJsonSchema({"const": 1})]
Date = Annotated[
    Month,
    BeforeValidator(_month),
    PlainSerializer(format_month, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": months.PATTERN}),
]
Slug = Annotated[str, Field(pattern=SLUG, max_length=64)]
Word = Annotated[str, Field(min_length=1)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Level = Annotated[float, Field(ge=0, le=1)]
MOST_ASKED = 3
"""Outcomes that a scenario may ask about: an answer about more would be none."""
T = TypeVar("T")
Several = Annotated[tuple[T, ...], Field(strict=False)]
"""A list in the file, a tuple in use."""


class Part(BaseModel):
    """The base of all parts: no unknown keys, no conversions, no NaN, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Intervention(Part):
    """Fixes what an actor does with one lever, from a month on."""

    start: Date = Field(alias="from", description="First month it holds.")
    until: Date | None = Field(None, description="Last month it holds; to the end if left out.")
    actor: Word = Field(description="Who acts.")
    do: Word = Field(description="What the actor does.")
    target: Word = Field(description="To whom, at which forum, or against what.")
    level: Level = Field(1.0, description="How strongly, 0 to 1.")

    @property
    def lever(self) -> tuple[str, str, str]:
        """(actor, do, target)."""
        return (self.actor, self.do, self.target)


class Change(Part):
    """Sets parameters of this arm from a month on."""

    start: Date = Field(alias="from", description="First month it holds.")
    until: Date | None = Field(None, description="Last month it holds; to the end if left out.")
    values: dict[str, float] = Field(alias="set", min_length=1, description="Parameter: value.")


class ForumEntry(Part):
    """Adds invitations and meetings to a forum, or a forum of its own."""

    start: Date = Field(alias="from", description="First month the invitations hold.")
    until: Date | None = Field(None, description="Last month they hold; to the end if left out.")
    forum: Slug = Field(description="A known forum, or the name of a new one.")
    convenor: Word | None = Field(None, description="Who convenes it; needed for a new forum.")
    invite: Several[Word] = Field((), description="Who is invited.")
    meets: Several[Date] = Field((), description="Months of meetings.")


class Scenario(Part):
    """One scenario file as written, before what it extends is added."""

    schema_version: Version = Field(description="Version of this format.")
    name: Slug = Field(description="Short name: lower-case letters, digits and _.")
    title: Line | None = Field(None, description="A heading; made from the name if left out.")
    question: Annotated[str, Field(max_length=1000)] = Field("", description="What it asks, in plain words.")
    extends: Word | None = Field(
        "baseline", description="A shipped scenario or a file in the same folder; null for none."
    )
    asks: Annotated[Several[Word], Field(min_length=1, max_length=MOST_ASKED)] | None = Field(
        None, description="One to three outcomes it asks about; the first is the one that the answer is about."
    )
    against: Word | None = Field(
        None, description="What to compare with: a shipped scenario or a file in the same folder; baseline if left out."
    )
    claims: Several[Word] = Field((), description="Claims it bears on.")
    interventions: Several[Intervention] = ()
    forums: Several[ForumEntry] = ()
    conditions: dict[str, Annotated[dict[Date, float], Field(min_length=1)]] = Field(
        default_factory=dict, description="Outside circumstances: value from each month on."
    )
    changes: Several[Change] = ()
    parameters: dict[str, float] = Field(default_factory=dict, description="Undated parameter values, for both arms.")
