"""The shape of the theatre's own files, and reading them into that shape."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from influence_sim.base.errors import InputError, Problem, did_you_mean, raise_any, wrong
from influence_sim.base.files import leads_out, read_text, real
from influence_sim.base.months import PATTERN
from influence_sim.base.strict_yaml import read_yaml
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.schema import Date, Line, Part, Slug
from influence_sim.theatre.numbers import Number, Own
from influence_sim.theatre.spec import Borders, Calendar, Claim, Crop, Entry, Interest, Roles, Stance

MonthText = Annotated[str, Field(pattern=PATTERN)]
Codes = Annotated[tuple[str, ...], BeforeValidator(lambda cell: tuple(filter(None, cell.split(";"))))]
"""Codes in one cell of a table, with semicolons between them."""


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

    name: Slug
    label: Line
    seats: Annotated[int, Field(ge=0, le=1000)]
    capability: dict[Literal["diplomatic", "military", "economic"], Number]
    interests: list[Interest] = Field(default_factory=list)
    factions: dict[Literal["moderate", "hardline"], FactionEntry] = Field(default_factory=dict)
    aversions: dict[str, AversionEntry] = Field(default_factory=dict)
    costs: dict[str, Own] = Field(default_factory=dict)
    sponsor: Own | None = None
    stances: list[Stance] = Field(default_factory=list)
    guest_at: dict[str, Entry] = Field(default_factory=dict)
    ties: dict[str, TieEntry] = Field(default_factory=dict)


class ForumEntry(Entry):
    """A forum as written."""

    name: Slug
    label: Line
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


class ProvinceRow(Part):
    """A line of `provinces.csv`, without the crop's columns."""

    iso: str
    name: str
    population: Annotated[float, Field(gt=0)]
    area_km2: Annotated[float, Field(gt=0)]
    lon: float | None = None
    lat: float | None = None
    districts: Annotated[int, Field(gt=0)]
    borders: Codes
    insurgency: Annotated[float, Field(ge=-6, le=6)] = 0.0


def province_row(crop: Crop) -> type[ProvinceRow]:
    """A line of `provinces.csv` where this crop grows."""
    hectares: dict[str, Any] = dict.fromkeys(crop.columns, (Annotated[float, Field(ge=0)], ...))
    return create_model("ProvinceRow", __base__=ProvinceRow, **hectares)


class OwnEffect(Part):
    """A line of `own_effects.csv`: what a lever does to an outcome in the model, in the measure of what is believed."""

    actor: str
    do: str
    target: str
    outcome: str
    effect: float


class Adjacency(Part):
    """A line of `adjacency.csv`."""

    a: str
    b: str


_TEXTS: dict[str, Any] = {field.name: (str, ...) for field in fields(Claim) if field.name != "used_by"}
ClaimRow = create_model("ClaimRow", __base__=Part, **_TEXTS)
"""A line of `claims.csv`."""

Shape = TypeVar("Shape", bound=Part)
Kind = TypeVar("Kind")

ACTORS, RECORD = "actors", "record"
"""The folders in a theatre's: one file an actor, and what the record says."""
OWN_EFFECTS = "own_effects.csv"
"""The one table that a theatre may lack."""
CODE = "rules.py"
"""The one file of a theatre that is no data."""
MOST_FILES, LONGEST = 1000, 16 << 20
"""Files that a theatre has at most, and bytes of each."""
TABLES_BEGIN = 2
"""The line of the first row of a table."""


def data_folder() -> Path:
    """The folder of the shipped theatre data."""
    return Path(__file__).parent / "data"


def files_of(folder: Path) -> list[Path]:
    """The files that a theatre is made of, in a fixed order; other files may lie beside them.

    Raises:
        InputError: one is no regular file, too large, or a link to a place outside; or there are too many.
    """
    root, found = real(folder), list[Path]()
    own = root != data_folder()
    for room in (folder, folder / ACTORS, folder / RECORD):
        if own and leads_out(room, root):
            raise InputError(wrong(room, "", "this link leads out of the theatre's folder"))
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(room) as entries:
            found += [room / e.name for e in entries if e.name.endswith((".yaml", ".csv")) or e.name == CODE]
    if len(found) > MOST_FILES:
        raise InputError(wrong(folder, "", f"not a theatre: it has more than {MOST_FILES} data files"))
    for path in found if own else ():
        if leads_out(path, root):
            raise InputError(wrong(path, "", "this link leads out of the theatre's folder"))
        if not path.is_file():
            raise InputError(wrong(path, "", "this is not a file"))
        if path.stat().st_size > LONGEST:
            raise InputError(wrong(path, "", f"the file is larger than {LONGEST} bytes"))
    return sorted(found)


def checked(path: Path, shape: type[Shape]) -> CheckedFile[Shape]:
    """Reads one YAML file of the theatre and checks its shape.

    Raises:
        InputError: the file breaks the YAML rules.
    """
    room = data_folder() / ACTORS if path.parent.name == ACTORS else data_folder()
    return CheckedFile(read_yaml(path, twin=room / path.name), shape)


_CELLS = {
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "int_parsing": "must be a whole number",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}
"""What pydantic finds wrong with a cell, in plain words."""


def read_table(path: Path, shape: type[Shape]) -> list[Shape]:
    """Reads one CSV file of the theatre: a line is one `shape`, whose fields are the columns.

    Raises:
        InputError: the file cannot be read, a column is missing or not known, or a cell breaks the shape; every
            mistake is listed with its line.
    """
    reader = csv.DictReader(StringIO(read_text(path), newline=""), strict=True)
    rows: list[Shape] = []
    problems: list[Problem] = []
    try:
        names = reader.fieldnames or ()
        raise_any(_wrong_columns(path, names, shape))
        for row in reader:
            if None in row or None in row.values():  # what csv makes of too many cells, and of too few
                rule = f"this line must have {len(names)} cells, as the first line has names"
                problems.append(Problem(str(path), reader.line_num, None, "", rule))
                continue
            try:
                rows.append(shape.model_validate_strings(row))
            except ValidationError as error:
                problems += (_wrong_cell(path, reader.line_num, one) for one in error.errors(include_url=False))
    except csv.Error as error:
        line = reader.reader.line_num  # where it stopped
        problems.append(Problem(str(path), line, None, "", f"not a table of commas and quotes ({error})"))
    raise_any(problems)
    return rows


def _wrong_columns(path: Path, columns: Sequence[str], shape: type[Part]) -> Iterator[Problem]:
    known = {name: field.is_required() for name, field in shape.model_fields.items()}
    listed = f"known here: {', '.join(known)}"
    if len(columns) == 1 and ";" in columns[0]:
        yield Problem(str(path), 1, None, columns[0], "commas must stand between columns, not semicolons")
        return
    for name in columns:
        if name not in known:
            yield Problem(str(path), 1, None, name, "not a known column", did_you_mean(name, known) or listed)
    for name, needed in known.items():
        if needed and name not in columns:
            yield Problem(str(path), 1, None, name, "this column is missing here")


def _wrong_cell(path: Path, line: int, detail: ErrorDetails) -> Problem:
    rule = _CELLS.get(detail["type"], detail["msg"]).format(**detail.get("ctx", {}))
    return Problem(str(path), line, None, str(detail["input"]), f"{detail['loc'][0]} {rule}")
