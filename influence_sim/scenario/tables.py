"""Delimited tables as programs write them, read as strictly as a scenario, each cell with its place.

These are files of points (the varied numbers in the first line, then a line a point), of predictions and of
observations.
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

DELIMITERS = ",;\t"
"""Possible delimiters of cells; a table uses the first of them that occurs in its first line."""
MAX_CELLS = 1_000_000
"""Most cells of a line; more would fill the memory."""
MAX_POINTS_BYTES = 64 << 20
"""Largest file of points: 64 MiB."""
ROW_NUMBERS = ("", "Unnamed: 0", "point")
"""Names of a first column of row numbers, in files of pandas and in the tables of a sweep."""

Lookup = Callable[[str], tuple[Bounds | None, str, str]]
"""Gives for a path its limits, or the rule that it breaks and a hint."""
MAX_BYTES = 8 << 20
"""Largest table: 8 MiB."""
QUANTILE = re.compile(r"q(\d{1,2}(?:\.\d+)?)")
"""A column of quantiles, above 0 and below 100 %: `q05`, `q97.5`."""
NUMBERS = ("value", "probability", "mean")
INDEX = {"", "unnamed: 0"}
"""Names of a first column that only numbers the lines."""
R = TypeVar("R", bound="_Row")


class Cell(NamedTuple):
    """The text between two delimiters, without the spaces and quotes around it."""

    line: int  # from 1
    column: int  # where its text begins in the line, from 1
    text: str


def delimiter_of(text: str) -> str:
    """The delimiter of a table, by its first line."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return next((delimiter for delimiter in DELIMITERS if delimiter in header), DELIMITERS[0])


def split_rows(text: str, name: str) -> Iterator[list[Cell]]:
    """Splits a table into lines of cells, leaving out empty lines.

    Args:
        text: the file, without a byte-order mark.
        name: its name in errors.

    Raises:
        InputError: a quoted cell does not end on its line, or has text after its quotes; a line has too many cells.
    """
    delimiter = delimiter_of(text)
    pattern = re.compile(rf'[ ]*(?:"((?:[^"]|"")*)"|([^"{delimiter}][^{delimiter}]*|))[ ]*{delimiter}')
    for line_number, line in enumerate(text.splitlines(), 1):
        if not line.strip(f" {DELIMITERS}"):
            continue
        cells, start, padded = list[Cell](), 0, line + delimiter
        while start < len(padded):
            match = pattern.match(padded, start)
            if match is None:
                rule = "a cell in quotes must end with them, on the same line; within it a quote is doubled"
                raise InputError(Problem(name, line_number, start + 1, line[start:], rule))
            group = 1 if match[2] is None else 2
            cells.append(Cell(line_number, match.start(group) + 1, match[group].replace('""', '"').strip()))
            start = match.end()
            if len(cells) > MAX_CELLS:
                raise InputError(Problem(name, line_number, 1, "", f"a line may have at most {MAX_CELLS:,} cells"))
        yield cells


class Points(NamedTuple):
    """The points of a file."""

    paths: tuple[str, ...]  # the varied numbers
    rows: tuple[tuple[float, ...], ...]  # for each point a value of each path


def read_points(path: Path, lookup: Lookup) -> Points:
    """Reads a file of points, as spreadsheets and pandas write it.

    Cells are delimited by commas, semicolons or tabs; quotes, empty lines and a first column of row numbers are
    ignored. A comma is a decimal comma only where the delimiter is another character.

    Args:
        path: the file.
        lookup: gives the limits of what may be varied.

    Raises:
        InputError: the file is not there, or anything in it is wrong; the problems have lines and columns.
        MachineError: it is there but cannot be read.
    """
    text = read_text(path, MAX_POINTS_BYTES)
    delimiter, lines = delimiter_of(text), split_rows(text, str(path))
    problems: list[Problem] = []

    def note(cell: Cell, rule: str, hint: str = "") -> None:
        if len(problems) >= MAX_PROBLEMS:
            problems.append(wrong(path, "", "more problems follow; not read further"))
            raise InputError(problems)
        problems.append(Problem(str(path), cell.line, cell.column, cell.text, rule, hint))

    header = _strip_empty(next(lines, []), 0)
    has_row_numbers = bool(header) and header[0].text in ROW_NUMBERS
    bounds_by_name = _read_header(header[has_row_numbers:], lookup, note)
    raise_any(problems)
    rows: list[tuple[float, ...]] = []
    decimal_mark = ""  # of this file: point or comma
    for line in lines:
        cells = _strip_empty(line, len(header))
        if len(cells) != len(header):
            rule = f"a point must have {counted(len(bounds_by_name), 'number')}, as the first line has names"
            hint = "write decimals with a point, or ; between the cells" if len(cells) > len(header) else ""
            note(Cell(line[0].line, line[0].column, delimiter.join(cell.text for cell in line)), rule, hint)
            continue
        if has_row_numbers and not cells[0].text.isdecimal():
            note(cells[0], f"a first column called {header[0].text!r} must hold row numbers; name what it is")
        values = []
        for cell, (name, bounds) in zip(cells[has_row_numbers:], bounds_by_name.items(), strict=True):
            numeral = cell.text if delimiter == "," else cell.text.replace(",", ".", 1)
            value = number(numeral)
            if value is None:
                note(cell, "must be a finite decimal number", "decimals have a point here" if "," in cell.text else "")
            elif not bounds.hold(value):
                note(cell, bounds.rule(name))
            mark = next((mark for mark in ".," if mark in cell.text), decimal_mark)
            if decimal_mark and mark != decimal_mark:
                note(cell, f"other decimals in this file have {decimal_mark!r}; write all of them alike")
            decimal_mark = decimal_mark or mark
            values.append(value)
        rows.append(tuple(float(value) for value in values if value is not None))
    if not rows and not problems:
        note(Cell(1, 1, ""), "there is no point in this file; one line each after the first")
    raise_any(problems)
    return Points(tuple(bounds_by_name), tuple(rows))


def _read_header(header: list[Cell], lookup: Lookup, note: Callable[..., None]) -> dict[str, Bounds]:
    """The limits of what is varied, by name; notes every problem."""
    bounds_by_name: dict[str, Bounds] = {}
    for cell in header:
        bounds, rule, hint = lookup(cell.text)
        if cell.text in bounds_by_name:
            note(cell, "this name stands in the line already")
        elif bounds is None:
            note(cell, rule, hint)
        else:
            bounds_by_name[cell.text] = bounds
    if not header:
        note(Cell(1, 1, ""), "the first line must name what is varied")
    return bounds_by_name


def _strip_empty(cells: list[Cell], keep: int) -> list[Cell]:
    """Drops the empty cells at the end of a line, but keeps the first `keep`."""
    end = next((place for place in range(len(cells), keep, -1) if cells[place - 1].text), keep)
    return cells[:end]


class _Row(Part):
    """The columns of both tables."""

    line: int  # of the file
    outcome: Word
    month: Date
    note: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The key, which is unique among the lines."""
        return self.outcome, self.month

    @property
    def month_text(self) -> str:
        """The month as text."""
        return format_month(self.month)


class Prediction(_Row):
    """One line of predictions: quantiles, the probability of a yes, or one draw of several."""

    scenario: str = ""
    origin: Date | None = None  # the last month that was known
    quantiles: Mapping[float, float] = Field(default_factory=dict)  # percent -> value
    probability: Level | None = None
    value: float | None = None
    draw: str = ""
    mean: float | None = None  # not scored: quantiles suffice for every score
    commit: str = ""
    model_version: str = ""

    @model_validator(mode="after")
    def _check_kind(self) -> Prediction:
        kinds = [bool(self.quantiles), self.probability is not None, self.value is not None]
        if sum(kinds) != 1:
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
        """The key, which is unique among the lines."""
        return self.scenario, self.outcome, self.month, self.origin, self.draw

    @property
    def levels(self) -> tuple[float, ...]:
        """Percentages of its quantiles, in order."""
        return tuple(sorted(self.quantiles))


class Observation(_Row):
    """One line of observations; without a value if nothing was observed."""

    value: float | None = None
    source: str = ""
    column: int = 1  # of the value in the file


def rows_from(text: str, name: str, model: type[R]) -> list[R]:
    """The lines of a table of predictions or observations, from its text.

    Raises:
        InputError: anything in it is wrong; the problems have lines and columns.
    """
    lines, decimal_comma = split_rows(text, name), delimiter_of(text) != ","
    columns = _columns(next(lines, []), name, model)
    problems, rows = list[Problem](), dict[tuple[object, ...], R]()
    for cells in lines:
        if len(problems) > MAX_PROBLEMS:
            break
        if len(cells) != len(columns):
            rule = f"this line must have {len(columns)} cells, as the first line has names"
            problems.append(Problem(name, cells[0].line, 1, f"{len(cells)} cells", rule))
            continue
        cells_by_key = {key: cell for key, cell in zip(columns, cells, strict=True) if key is not None}
        try:
            row = model.model_validate_strings(_data(cells_by_key, model, decimal_comma=decimal_comma))
        except ValidationError as error:
            problems += (_problem(name, cells[0], cells_by_key, detail) for detail in error.errors(include_url=False))
            continue
        if (twin := rows.setdefault(row.key, row)) is not row:
            rule = f"{row.outcome} in {format_month(row.month)} stands in line {twin.line} already"
            hint = "each draw of a prediction needs a `draw` of its own" if isinstance(row, Prediction) else ""
            problems.append(Problem(name, row.line, cells_by_key["outcome"].column, "", rule, hint))
    if not rows and not problems:
        problems.append(wrong(name, "", "there is no line in this table after that of the names"))
    raise_any(problems)
    return list(rows.values())


def _columns(header: Sequence[Cell], name: str, model: type[R]) -> list[str | None]:
    """The key of each column, quantiles as `q5`; None for a column that only numbers the lines."""
    names = [key for key in model.model_fields if key not in {"line", "column", "quantiles"}]
    required = [key for key in names if model.model_fields[key].is_required()] + ["value"] * (model is Observation)
    listing = f"known here: {', '.join(names)}" + ", q05, q50 and so on" * (model is Prediction)
    columns, problems = list[str | None](), list[Problem]()
    for place, cell in enumerate(header):
        level = QUANTILE.fullmatch(cell.text) if model is Prediction else None
        key = f"q{float(level[1]):g}" if level else None if place == 0 and cell.text.lower() in INDEX else cell.text
        if key in columns:
            problems.append(Problem(name, cell.line, cell.column, cell.text, "this column stands in the line already"))
        elif key == "q0":
            problems.append(Problem(name, cell.line, cell.column, cell.text, "a quantile is above 0 and below 100 %"))
        elif key is not None and key not in names and not level:
            hint = did_you_mean(key, names) or listing
            problems.append(Problem(name, cell.line, cell.column, cell.text, "not a known column", hint))
        columns.append(key)
    line = header[0].line if header else 1
    problems += (Problem(name, line, 1, key, "this column is missing here") for key in required if key not in columns)
    raise_any(problems)
    return columns


def _data(cells: Mapping[str, Cell], model: type[R], *, decimal_comma: bool) -> dict[str, Any]:
    """A line as texts by key, without empty cells; decimal commas become points."""
    values: dict[str, Any] = {key: cell.text for key, cell in cells.items() if cell.text}
    if decimal_comma:
        numbers = [key for key in values if key in NUMBERS or QUANTILE.fullmatch(key)]
        values |= {key: values[key].replace(",", ".", 1) for key in numbers}
    values["line"] = str(cells["outcome"].line)
    if model is Observation:
        return {**values, "column": str(cells["value"].column)}
    levels = [key for key in values if QUANTILE.fullmatch(key)]
    values["quantiles"] = {key[1:]: values.pop(key) for key in levels}
    return values


def _problem(name: str, first: Cell, cells: Mapping[str, Cell], detail: Mapping[str, Any]) -> Problem:
    """A problem, in plain words, from what pydantic found."""
    kind, loc = detail["type"], [str(part) for part in detail["loc"]]
    key = f"q{loc[1]}" if loc[:1] == ["quantiles"] else "".join(loc[:1])
    cell = cells.get(key, first._replace(text=""))  # a rule about the whole line is placed at its beginning
    row_rules = {"float_parsing": "must be a finite decimal number", "missing": "is missing in this line"}
    rule = {**RULES, **row_rules}.get(kind, detail["msg"]).format(**detail.get("ctx", {}))
    return Problem(name, cell.line, cell.column, cell.text, rule if kind == "value_error" else f"{key} {rule}")
