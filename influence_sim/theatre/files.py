"""The shape of the theatre's own files, and reading them into that shape."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, create_model

from influence_sim.base.months import PATTERN
from influence_sim.base.strict_yaml import read_yaml
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.schema import Date, Part, Several
from influence_sim.theatre.spec import Borders, Calendar, Crop, Entry, Interest, Number, Roles, Stance

MonthText = Annotated[str, Field(pattern=PATTERN)]


class TieEntry(Entry):
    """A tie as written."""

    tie: Number


class AversionEntry(Entry):
    """An aversion as written."""

    level: Number


class FactionEntry(Entry):
    """A faction as written."""

    interests: list[Interest]


class ActorFile(Part):
    """One file of `actors/`."""

    name: str
    label: str
    seats: int
    capability: dict[str, Number]
    interests: list[Interest] = Field(default_factory=list)
    factions: dict[str, FactionEntry] = Field(default_factory=dict)
    aversions: dict[str, AversionEntry] = Field(default_factory=dict)
    weight: Number = 1.0
    stances: list[Stance] = Field(default_factory=list)
    guest_at: dict[str, Several[str]] = Field(default_factory=dict)
    ties: dict[str, TieEntry] = Field(default_factory=dict)


class ForumEntry(Entry):
    """A forum as written."""

    name: str
    label: str
    kind: Literal["format", "channel"]
    convenor: str
    invites: dict[Date, list[str]]
    meets: list[Date]


class GroundFile(Entry):
    """`ground.yaml`."""

    spoiler_ground: dict[str, Number]


class TheatreFile(Entry):
    """`theatre.yaml`."""

    title: str
    calendar: Calendar
    roles: Roles
    crop: Crop
    borders: Borders


Shape = TypeVar("Shape", bound=Part)
Kind = TypeVar("Kind")

ACTORS = "actors"
"""The folder of a theatre that holds one file an actor."""


def data_folder() -> Path:
    """The folder of the shipped theatre data."""
    return Path(__file__).parent / "data"


def checked(path: Path, shape: type[Shape]) -> CheckedFile[Shape]:
    """Reads one YAML file of the theatre and checks its shape.

    Raises:
        InputError: the file breaks the YAML rules.
    """
    room = data_folder() / ACTORS if path.parent.name == ACTORS else data_folder()
    return CheckedFile(read_yaml(path, twin=room / path.name), shape)


def read_shape(path: Path, shape: type[Shape]) -> Shape:
    """Reads one YAML file of the theatre into its shape.

    Raises:
        InputError: the file breaks the YAML rules or the shape; every mistake is listed with its place.
    """
    return checked(path, shape).required()


def read_part(folder: Path, name: str, kind: type[Kind]) -> Kind:
    """Reads `NAME.yaml`, whose one key is its name, with a list or mapping of entries beneath it.

    Raises:
        InputError: as for `read_shape`.
    """
    fields: dict[str, Any] = {name: (kind, ...)}
    part: Kind = getattr(read_shape(folder / f"{name}.yaml", create_model(name, __base__=Part, **fields)), name)
    return part


def read_table(path: Path) -> list[dict[str, Any]]:
    """Reads one CSV file of the theatre: a row is a dict of texts."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
