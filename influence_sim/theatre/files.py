"""Which files a theatre is made of, and reading them into their shape."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from influence_sim.base.errors import InputError, Problem, did_you_mean, raise_any, wrong
from influence_sim.base.files import leads_out, read_text, real
from influence_sim.base.strict_yaml import read_yaml
from influence_sim.scenario.checked_file import CheckedFile, rule_of
from influence_sim.scenario.schema import Part
from influence_sim.theatre.shapes import SHAPES, Row

Shape = TypeVar("Shape", bound=Part)
Line = TypeVar("Line", bound=Row)

ACTORS, RECORD = "actors", "record"
"""The folders in a theatre's: one file an actor, and what the record says."""
WORDS, OUTLINES, OWN_EFFECTS = "words.yaml", "provinces.geojson", "own_effects.csv"
TESTS, KINDS, PATTERNS, PROPERTIES = "claim_tests.yaml", "claim_kinds.yaml", "patterns.yaml", "properties.yaml"
EXAMPLE = "write one; `influence-sim init NAME --own-theatre` gives an example"
CODE = "rules.py"
"""The one file of a theatre that is no data."""
NAMES = (*SHAPES, WORDS, TESTS, KINDS, PATTERNS, PROPERTIES, OUTLINES, CODE)
"""What files of a theatre are called, beside the actors'."""
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


def strays(folder: Path) -> Iterator[Problem]:
    """Files that look as if they belonged to the theatre, but have no name of one, so that nothing reads them."""
    for room, known in ((folder, NAMES), (folder / ACTORS, ())):
        for path in sorted(room.iterdir()) if room.is_dir() else ():
            right = path.name in known or (not known and path.suffix == ".yaml")
            if not right and path.suffix in {".yaml", ".yml", ".csv", ".geojson", ".py"}:
                elsewhere = "keep what is none of its files elsewhere" if known else "an actor's file ends in .yaml"
                yield wrong(path, "", "no file of a theatre is called so", did_you_mean(path.name, known) or elsewhere)


def read_table(path: Path, shape: type[Line]) -> list[Line]:
    """Reads one CSV file of the theatre: a line is one `shape`, whose fields are the columns.

    Raises:
        InputError: the file cannot be read, a column is missing or not known, or a cell breaks the shape; every
            mistake is listed with its line.
    """
    reader = csv.DictReader(StringIO(read_text(path), newline=""), strict=True)
    rows: dict[tuple[str, ...], Line] = {}
    problems: list[Problem] = []
    try:
        names = reader.fieldnames or ()
        raise_any(_wrong_columns(path, names, shape))
        for row in reader:
            if None in row or None in row.values():  # what csv makes of too many cells, and of too few
                rule = f"this line must have {len(names)} cells, as the first line has names"
                problems.append(Problem(str(path), reader.line_num, None, "", rule))
                continue
            name = tuple(row[column] for column in shape.key)
            if name in rows:
                problems.append(
                    Problem(str(path), reader.line_num, None, ", ".join(name), "another line has this name")
                )
            try:
                rows[name] = shape.model_validate_strings(row)
            except ValidationError as error:
                problems += (_wrong_cell(path, reader.line_num, one) for one in error.errors(include_url=False))
    except csv.Error as error:
        line = reader.reader.line_num  # where it stopped
        problems.append(Problem(str(path), line, None, "", f"not a table of commas and quotes ({error})"))
    raise_any(problems)
    return list(rows.values())


def _wrong_columns(path: Path, columns: Sequence[str], shape: type[Part]) -> Iterator[Problem]:
    known = {name: field.is_required() for name, field in shape.model_fields.items()}
    listed = f"known here: {', '.join(known)}"
    if len(columns) == 1 and ";" in columns[0]:
        yield Problem(str(path), 1, None, columns[0], "commas must stand between columns, not semicolons")
        return
    for place, name in enumerate(columns):
        if name in columns[:place]:
            yield Problem(str(path), 1, None, name, "another column has this name")
        if name not in known:
            yield Problem(str(path), 1, None, name, "not a known column", did_you_mean(name, known) or listed)
    for name, needed in known.items():
        if needed and name not in columns:
            yield Problem(str(path), 1, None, name, "this column is missing here")


def _wrong_cell(path: Path, line: int, detail: ErrorDetails) -> Problem:
    return Problem(str(path), line, None, str(detail["input"]), f"{detail['loc'][0]} {rule_of(detail)}")
