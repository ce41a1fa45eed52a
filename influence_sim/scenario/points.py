"""A file of points: what is varied in its first line, one point a line after it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from influence_sim.base.errors import InputError, Problem
from influence_sim.scenario import scalars
from influence_sim.scenario.checks import outside
from influence_sim.scenario.compose import MAX_PROBLEMS
from influence_sim.scenario.files import read_text
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
    reader = _Reader(str(path), known)
    rows = [tuple(reader.row(number, line)) for number, line in enumerate(lines[1:], 2)] if reader.head(lines) else []
    if not rows and not reader.problems:
        reader.note(1, 1, "", "there is no point in this file; one line each after the first")
    if reader.problems:
        raise InputError(reader.problems)
    return Points(reader.paths, tuple(rows))


class _Reader:
    """Goes through the lines and notes every problem, up to a limit."""

    def __init__(self, name: str, known: Known) -> None:
        self.name, self.known = name, known
        self.paths: tuple[str, ...] = ()
        self.bounds: tuple[Bounds, ...] = ()
        self.problems: list[Problem] = []

    def note(self, line: int, column: int, value: str, rule: str, hint: str = "") -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            more = Problem(self.name, None, None, "", "more problems follow; not read further")
            raise InputError([*self.problems, more])
        self.problems.append(Problem(self.name, line, column, value, rule, hint))

    def head(self, lines: list[str]) -> bool:
        """Takes the first line; whether all its names are right."""
        found: dict[str, Bounds] = {}
        for column, path in _cells(lines[0] if lines else ""):
            bounds, rule, hint = self.known(path)
            if path in found:
                self.note(1, column, path, "this name stands in the line already")
            elif bounds is None:
                self.note(1, column, path, rule, hint)
            else:
                found[path] = bounds
        self.paths, self.bounds = tuple(found), tuple(found.values())
        return not self.problems

    def row(self, number: int, line: str) -> Iterator[float]:
        """The numbers of one line."""
        cells = list(islice(_cells(line), len(self.paths) + 1))
        if len(cells) != len(self.paths):
            rule = f"a point must have {len(self.paths)} numbers with commas between them, as the first line has names"
            self.note(number, 1, line, rule)
            return
        for (column, text), path, bounds in zip(cells, self.paths, self.bounds, strict=True):
            yield self._value(number, column, text, path, bounds)

    def _value(self, line: int, column: int, text: str, path: str, bounds: Bounds) -> float:
        value = scalars.plain_or_none(text)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note(line, column, text, "must be a finite decimal number")
            return math.nan
        if not bounds.hold(value):
            self.note(line, column, text, outside(path, bounds))
        return float(value)


def _cells(line: str) -> Iterator[tuple[int, str]]:
    """The cells of a line with their columns."""
    start = 0
    for cell in line.split(","):
        lead = len(cell) - len(cell.lstrip())
        yield start + lead + 1, cell.strip()
        start += len(cell) + 1
