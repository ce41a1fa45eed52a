"""A file of points: what is varied in its first line, one point a line after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from influence_sim.base.errors import MAX_PROBLEMS, InputError, Problem, raise_any, wrong
from influence_sim.base.files import read_text
from influence_sim.base.plain_data import number
from influence_sim.scenario.vocabulary import Bounds

MAX_BYTES = 64 << 20
"""Largest file of points: 64 MiB."""

Known = Callable[[str], tuple[Bounds | None, str, str]]
"""For a path its limits, or the rule it breaks and a hint."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points as they were given.

    Attributes:
        paths: what is varied.
        rows: a value a path, for each point.
    """

    paths: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]


def read_points(path: Path, known: Known) -> Points:
    """Reads a file of points: names and finite decimal numbers with commas between them, and nothing else.

    Args:
        path: the file.
        known: what may be varied, and within which limits.

    Raises:
        InputError: the file is not there, or anything in it is wrong; the problems have lines and columns.
        MachineError: it is there but cannot be read.
    """
    lines = read_text(path, MAX_BYTES).splitlines()
    problems: list[Problem] = []

    def note(line: int, column: int, value: str, rule: str, hint: str = "") -> None:
        if len(problems) >= MAX_PROBLEMS:
            problems.append(wrong(path, "", "more problems follow; not read further"))
            raise InputError(problems)
        problems.append(Problem(str(path), line, column, value, rule, hint))

    found: dict[str, Bounds] = {}
    for column, name in _cells(lines[0] if lines else ""):
        bounds, rule, hint = known(name)
        if name in found:
            note(1, column, name, "this name stands in the line already")
        elif bounds is None:
            note(1, column, name, rule, hint)
        else:
            found[name] = bounds
    raise_any(problems)
    rows: list[tuple[float, ...]] = []
    for line, text in enumerate(lines[1:], 2):
        cells = list(islice(_cells(text), len(found) + 1))
        if len(cells) != len(found):
            rule = f"a point must have {len(found)} numbers with commas between them, as the first line has names"
            note(line, 1, text, rule)
            continue
        values = [number(cell) for _, cell in cells]
        for (column, cell), value, (name, bounds) in zip(cells, values, found.items(), strict=True):
            if value is None:
                note(line, column, cell, "must be a finite decimal number")
            elif not bounds.hold(value):
                note(line, column, cell, bounds.rule(name))
        rows.append(tuple(float(value) for value in values if value is not None))
    if not rows and not problems:
        note(1, 1, "", "there is no point in this file; one line each after the first")
    raise_any(problems)
    return Points(tuple(found), tuple(rows))


def _cells(line: str) -> Iterator[tuple[int, str]]:
    """The cells of a line with their columns."""
    start = 0
    for cell in line.split(","):
        lead = len(cell) - len(cell.lstrip())
        yield start + lead + 1, cell.strip()
        start += len(cell) + 1
