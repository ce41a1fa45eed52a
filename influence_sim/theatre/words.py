"""Texts for readers beyond a theatre's labels, and places in its pictures: `words.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from pydantic import Field

from influence_sim.scenario.schema import Part

EMPTY = "."
"""A place of the map where no province is."""
Coordinate = Annotated[float, Field(ge=-1, le=1)]
"""In the network, whose middle is 0."""


class ActorWords(Part):
    """An actor, for readers.

    Attributes:
        who: one line on it.
        within: its name within a sentence; by default its label, without a capital article.
        short: its name where there is little room; by default made of its id.
        place: x and y in the network of ties, -1 to 1.
    """

    who: str = ""
    within: str = ""
    short: str = ""
    place: tuple[Coordinate, Coordinate] | None = Field(default=None, strict=False)


class Example(Part):
    """What `init` begins with, and what messages suggest.

    Attributes:
        title: of the scenario that it writes.
        question: that this one asks.
        claims: on which it bears.
        levers: `actor do target`, the one that it pulls and one to put in its place.
        scenario: a shipped one that this theatre can run.
        rule: one whose strength a study might vary.
    """

    title: str = ""
    question: str = ""
    claims: list[str] = Field(default_factory=list)
    levers: list[str] = Field(default_factory=list)
    scenario: str = ""
    rule: str = ""


class Tile(NamedTuple):
    """The place of a province on the map: its short code, its column from the west and its row from the north."""

    short: str
    column: int
    row: int


class Words(Part):
    """What readers are told beyond labels, and where pictures put things.

    Attributes:
        country: name of the place.
        background: what a reader who knows nothing of it needs first.
        crop: what grows, in full.
        headline: outcomes that are shown first; by default the first five.
        question: those that the theatre's question is about; by default the first of the headline.
        proper: words that keep their capital within a sentence, beside those that have one behind the beginning of a
            label, or as an actor's name.
        units: unit -> words that explain it better.
        example: what `init` begins with, and messages suggest.
        actors: id -> words for it.
        forums: id -> what it is.
        stances: name -> what it is about, the same whoever has one of this name.
        outcomes: name -> a sentence on it.
        parameters: name -> plain words for it, in place of its note.
        map: lines from the north, each of ends of provinces' codes, or dots where nothing is, with spaces between.
    """

    country: str = ""
    background: str = ""
    crop: str = ""
    headline: list[str] = Field(default_factory=list)
    question: list[str] = Field(default_factory=list)
    proper: list[str] = Field(default_factory=list)
    units: dict[str, str] = Field(default_factory=dict)
    example: Example = Field(default_factory=Example)
    actors: dict[str, ActorWords] = Field(default_factory=dict)
    forums: dict[str, str] = Field(default_factory=dict)
    stances: dict[str, str] = Field(default_factory=dict)
    outcomes: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, str] = Field(default_factory=dict)
    map: str = ""

    def tiles(self) -> Iterator[Tile]:
        """The places of the map that are not empty."""
        for row, line in enumerate(self.map.splitlines()):
            for column, short in enumerate(line.split()):
                if short != EMPTY:
                    yield Tile(short, column, row)


class Instrument(NamedTuple):
    """What an actor can do: as a thing, as what it does, and as what it does not do."""

    thing: str
    does: str
    does_not: str


INSTRUMENTS = {
    "engage_publicly": Instrument(
        "open relations with {target}", "deals openly with {target}", "does not deal openly with {target}"
    ),
    "engage_covertly": Instrument(
        "secret contacts with {target}", "deals in secret with {target}", "does not deal in secret with {target}"
    ),
    "support": Instrument(
        "support for {target}: money, arms or intelligence", "supports {target}", "does not support {target}"
    ),
    "fight": Instrument("fighting against {target}", "fights {target}", "does not fight {target}"),
    "convene": Instrument("convening the {target}", "convenes the {target}", "does not convene the {target}"),
    "attend": Instrument("a seat at the {target}", "sits at the {target}", "stays away from the {target}"),
    "press_for_talks": Instrument(
        "pressure on {target} to talk", "presses {target} for talks", "does not press {target} for talks"
    ),
    "invite": Instrument("a chair for {target}", "invites {target}", "does not invite {target}"),
    "eradicate_{plant}": Instrument(
        "rooting out {crop} on its own ground", "roots out the {plant}", "does not root out the {plant}"
    ),
}
"""The instruments, in the order of lists, with phrases for a use on a target."""
