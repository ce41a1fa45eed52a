"""Tables of commas as people's programs write them, read as strictly as a scenario, cell by cell with their places.

These are files of points (what is varied in the first line, one point a line after it), tables of predictions, and
tables of what was observed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import Field, ValidationError, model_validator

from influence_sim.base.errors import MAX_PROBLEMS, InputError, Problem, did_you_mean, raise_any, wrong
from influence_sim.base.files import read_text
from influence_sim.base.months import format_month
from influence_sim.base.numbers import counted
from influence_sim.base.plain_data import number
from influence_sim.scenario.checked_file import RULES
from influence_sim.scenario.schema import Date, Level, Part, Word
from influence_sim.scenario.vocabulary import Bounds

MARKS = ",;\t"
"""What may stand between cells; in a table it is the first of them that the first line has."""
MOST = 1_000_000
"""Cells of a line; more would fill the memory, and nobody writes them."""
MAX_POINTS_BYTES = 64 << 20
"""Largest file of points: 64 MiB."""
ROW_NUMBERS = ("", "Unnamed: 0", "point")
"""What a first column of row numbers is called, by pandas and by the tables of a sweep."""

Known = Callable[[str], tuple[Bounds | None, str, str]]
"""For a path its limits, or the rule it breaks and a hint."""
MAX_BYTES = 8 << 20
"""Largest table: 8 MiB."""
QUANTILE = re.compile(r"q(\d{1,2}(?:\.\d+)?)")
"""A column of quantiles, above 0 and below 100 %: `q05`, `q97.5`."""
NUMBERS = ("value", "probability", "mean")
INDEX = {"", "unnamed: 0"}
"""What programs call a first column that only numbers the lines."""
R = TypeVar("R", bound="_Row")


class Cell(NamedTuple):
    """What stands between two commas, without the spaces and quotes around it."""

    line: int  # from 1
    column: int  # where its text begins in the line, from 1
    text: str


def mark_of(text: str) -> str:
    """What stands between the cells of a table, by its first line."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return next((mark for mark in MARKS if mark in head), MARKS[0])


def rows_of(text: str, name: str) -> Iterator[list[Cell]]:
    """The lines of a table, each as its cells, without lines in which nothing stands.

    Args:
        text: of the file, without a byte-order mark.
        name: what errors call it.

    Raises:
        InputError: a quoted cell does not end on its line, or goes on after its quotes; a line has more than `MOST`.
    """
    mark = mark_of(text)
    cell = re.compile(rf'[ ]*(?:"((?:[^"]|"")*)"|([^"{mark}][^{mark}]*|))[ ]*{mark}')
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip(f" {MARKS}"):
            continue
        found, start, marked = list[Cell](), 0, line + mark
        while start < len(marked):
            match = cell.match(marked, start)
            if match is None:
                rule = "a cell in quotes must end with them, on the same line; within it a quote is doubled"
                raise InputError(Problem(name, at, start + 1, line[start:], rule))
            which = 1 if match[2] is None else 2
            found.append(Cell(at, match.start(which) + 1, match[which].replace('""', '"').strip()))
            start = match.end()
            if len(found) > MOST:
                raise InputError(Problem(name, at, 1, "", f"a line may have at most {MOST:,} cells"))
        yield found


class Points(NamedTuple):
    """Points as they were given."""

    paths: tuple[str, ...]  # what is varied
    rows: tuple[tuple[float, ...], ...]  # a value a path, for each point


def read_points(path: Path, known: Known) -> Points:
    """Reads a file of points, as spreadsheets and pandas write it.

    Between the cells stand commas, semicolons or tabs; quotes, empty lines and a first column of row numbers without a
    name do not count. A comma is that of a decimal only where something else stands between the cells.

    Args:
        path: the file.
        known: what may be varied, and within which limits.

    Raises:
        InputError: the file is not there, or anything in it is wrong; the problems have lines and columns.
        MachineError: it is there but cannot be read.
    """
    text = read_text(path, MAX_POINTS_BYTES)
    mark, lines = mark_of(text), rows_of(text, str(path))
    problems: list[Problem] = []

    def note(cell: Cell, rule: str, hint: str = "") -> None:
        if len(problems) >= MAX_PROBLEMS:
            problems.append(wrong(path, "", "more problems follow; not read further"))
            raise InputError(problems)
        problems.append(Problem(str(path), cell.line, cell.column, cell.text, rule, hint))

    head = _without_empty(next(lines, []), 0)
    numbered = bool(head) and head[0].text in ROW_NUMBERS
    found = _varied(head[numbered:], known, note)
    raise_any(problems)
    rows: list[tuple[float, ...]] = []
    spelt = ""  # how the decimals of this file begin
    for line in lines:
        cells = _without_empty(line, len(head))
        if len(cells) != len(head):
            rule = f"a point must have {counted(len(found), 'number')}, as the first line has names"
            hint = "write decimals with a point, or ; between the cells" if len(cells) > len(head) else ""
            note(Cell(line[0].line, line[0].column, mark.join(cell.text for cell in line)), rule, hint)
            continue
        if numbered and not cells[0].text.isdecimal():
            note(cells[0], f"a first column called {head[0].text!r} must hold row numbers; name what it is")
        values = []
        for cell, (name, bounds) in zip(cells[numbered:], found.items(), strict=True):
            written = cell.text if mark == "," else cell.text.replace(",", ".", 1)
            value = number(written)
            if value is None:
                note(cell, "must be a finite decimal number", "decimals have a point here" if "," in cell.text else "")
            elif not bounds.hold(value):
                note(cell, bounds.rule(name))
            sign = next((sign for sign in ".," if sign in cell.text), spelt)
            if spelt and sign != spelt:
                note(cell, f"other decimals in this file have {spelt!r}; write all of them alike")
            spelt = spelt or sign
            values.append(value)
        rows.append(tuple(float(value) for value in values if value is not None))
    if not rows and not problems:
        note(Cell(1, 1, ""), "there is no point in this file; one line each after the first")
    raise_any(problems)
    return Points(tuple(found), tuple(rows))


def _varied(head: list[Cell], known: Known, note: Callable[..., None]) -> dict[str, Bounds]:
    """What is varied, by name; what is wrong with it is noted."""
    found: dict[str, Bounds] = {}
    for cell in head:
        bounds, rule, hint = known(cell.text)
        if cell.text in found:
            note(cell, "this name stands in the line already")
        elif bounds is None:
            note(cell, rule, hint)
        else:
            found[cell.text] = bounds
    if not head:
        note(Cell(1, 1, ""), "the first line must name what is varied")
    return found


def _without_empty(cells: list[Cell], most: int) -> list[Cell]:
    """A line without the empty cells at its end, but for the first `most`."""
    end = next((place for place in range(len(cells), most, -1) if cells[place - 1].text), most)
    return cells[:end]


class _Row(Part):
    """What both tables say in each line."""

    line: int  # of the file
    outcome: Word
    month: Date
    note: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What no two lines have in common."""
        return self.outcome, self.month

    @property
    def month_text(self) -> str:
        """The month as it is written."""
        return format_month(self.month)


class Prediction(_Row):
    """One line of predictions: quantiles, the probability of a yes, or one draw of several."""

    scenario: str = ""
    origin: Date | None = None  # the last month of which anything was known
    quantiles: Mapping[float, float] = Field(default_factory=dict)  # percent -> value
    probability: Level | None = None
    value: float | None = None
    draw: str = ""
    mean: float | None = None  # not scored: no score needs it beside quantiles
    commit: str = ""
    model_version: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Prediction:
        given = [bool(self.quantiles), self.probability is not None, self.value is not None]
        if sum(given) != 1:
            raise ValueError(
                "a prediction is either quantiles (q05, q50, ...) or a `probability` or, a draw, a `value`"
            )
        ordered = sorted(self.quantiles.items())
        if any(low > high for (_, low), (_, high) in pairwise(ordered)):
            raise ValueError("quantiles must not fall: that of a higher percentage is at least as large")
        if self.origin is not None and self.origin >= self.month:
            raise ValueError("the `origin`, the last month that was known, must be before the month predicted")
        return self

    @property
    def key(self) -> tuple[object, ...]:
        """What no two lines have in common."""
        return self.scenario, self.outcome, self.month, self.origin, self.draw

    @property
    def levels(self) -> tuple[float, ...]:
        """Percentages of its quantiles, in order."""
        return tuple(sorted(self.quantiles))


class Observation(_Row):
    """One line of what was observed; without a value, it was not."""

    value: float | None = None
    source: str = ""
    column: int = 1  # of the value in the file


def predictions_from(text: str, name: str) -> list[Prediction]:
    """The lines of a table of predictions, from its text.

    Raises:
        InputError: anything in it is wrong; the problems have lines and columns.
    """
    return _read(text, name, Prediction)


def observations_from(text: str, name: str) -> list[Observation]:
    """The lines of a table of observations that have a value; raises what `predictions_from` does."""
    return [row for row in _read(text, name, Observation) if row.value is not None]


def _read(text: str, name: str, shape: type[R]) -> list[R]:
    lines, comma = rows_of(text, name), mark_of(text) != ","
    columns = _columns(next(lines, []), name, shape)
    problems, rows = list[Problem](), dict[tuple[object, ...], R]()
    for cells in lines:
        if len(problems) > MAX_PROBLEMS:
            break
        if len(cells) != len(columns):
            rule = f"this line must have {len(columns)} cells, as the first line has names"
            problems.append(Problem(name, cells[0].line, 1, f"{len(cells)} cells", rule))
            continue
        places = {key: cell for key, cell in zip(columns, cells, strict=True) if key is not None}
        try:
            row = shape.model_validate_strings(_data(places, shape, comma=comma))
        except ValidationError as error:
            problems += (_problem(name, cells[0], places, one) for one in error.errors(include_url=False))
            continue
        if (twin := rows.setdefault(row.key, row)) is not row:
            rule = f"{row.outcome} in {format_month(row.month)} stands in line {twin.line} already"
            hint = "each draw of a prediction needs a `draw` of its own" if isinstance(row, Prediction) else ""
            problems.append(Problem(name, row.line, places["outcome"].column, "", rule, hint))
    if not rows and not problems:
        problems.append(wrong(name, "", "there is no line in this table after that of the names"))
    raise_any(problems)
    return list(rows.values())


def _columns(header: Sequence[Cell], name: str, shape: type[R]) -> list[str | None]:
    """What stands in each column, quantiles as `q5`; None for one that only numbers the lines."""
    known = [key for key in shape.model_fields if key not in {"line", "column", "quantiles"}]
    needed = [key for key in known if shape.model_fields[key].is_required()] + ["value"] * (shape is Observation)
    listed = f"known here: {', '.join(known)}" + ", q05, q50 and so on" * (shape is Prediction)
    found, problems = list[str | None](), list[Problem]()
    for place, cell in enumerate(header):
        level = QUANTILE.fullmatch(cell.text) if shape is Prediction else None
        key = f"q{float(level[1]):g}" if level else None if place == 0 and cell.text.lower() in INDEX else cell.text
        if key in found:
            problems.append(Problem(name, cell.line, cell.column, cell.text, "this column stands in the line already"))
        elif key == "q0":
            problems.append(Problem(name, cell.line, cell.column, cell.text, "a quantile is above 0 and below 100 %"))
        elif key is not None and key not in known and not level:
            hint = did_you_mean(key, known) or listed
            problems.append(Problem(name, cell.line, cell.column, cell.text, "not a known column", hint))
        found.append(key)
    line = header[0].line if header else 1
    problems += (Problem(name, line, 1, key, "this column is missing here") for key in needed if key not in found)
    raise_any(problems)
    return found


def _data(places: Mapping[str, Cell], shape: type[R], *, comma: bool) -> dict[str, Any]:
    """A line as plain texts; an empty cell says nothing, and decimals may have a comma where cells have none."""
    said: dict[str, Any] = {key: cell.text for key, cell in places.items() if cell.text}
    if comma:
        numbers = [key for key in said if key in NUMBERS or QUANTILE.fullmatch(key)]
        said |= {key: said[key].replace(",", ".", 1) for key in numbers}
    said["line"] = str(places["outcome"].line)
    if shape is Observation:
        return {**said, "column": str(places["value"].column)}
    levels = [key for key in said if QUANTILE.fullmatch(key)]
    said["quantiles"] = {key[1:]: said.pop(key) for key in levels}
    return said


def _problem(name: str, first: Cell, places: Mapping[str, Cell], detail: Mapping[str, Any]) -> Problem:
    """What pydantic found wrong, where, in plain words."""
    kind, loc = detail["type"], [str(part) for part in detail["loc"]]
    key = f"q{loc[1]}" if loc[:1] == ["quantiles"] else "".join(loc[:1])
    cell = places.get(key, first._replace(text=""))  # a rule of the whole line has its beginning for a place
    beside = {"float_parsing": "must be a finite decimal number", "missing": "is missing in this line"}
    rule = {**RULES, **beside}.get(kind, detail["msg"]).format(**detail.get("ctx", {}))
    return Problem(name, cell.line, cell.column, cell.text, rule if kind == "value_error" else f"{key} {rule}")
