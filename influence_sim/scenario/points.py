"""A file of points: what is varied in its first line, one point a line after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from influence_sim.base.cells import Cell, mark_of, rows_of
from influence_sim.base.errors import MAX_PROBLEMS, InputError, Problem, raise_any, wrong
from influence_sim.base.files import read_text
from influence_sim.base.numbers import counted
from influence_sim.base.plain_data import number
from influence_sim.scenario.vocabulary import Bounds

MAX_BYTES = 64 << 20
"""Largest file of points: 64 MiB."""
ROW_NUMBERS = ("", "Unnamed: 0", "point")
"""What a first column of row numbers is called, by pandas and by the tables of a sweep."""

Known = Callable[[str], tuple[Bounds | None, str, str]]
"""For a path its limits, or the rule it breaks and a hint."""


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
    text = read_text(path, MAX_BYTES)
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
