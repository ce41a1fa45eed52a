"""A table of commas as people's programs write it, cell by cell, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from influence_sim.base.errors import InputError, Problem

MARKS = ",;\t"
"""What may stand between cells; in a table it is the first of them that the first line has."""

MOST = 1_000_000
"""Cells of a line; more would fill the memory, and nobody writes them."""


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
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip(f" {MARKS}"):
            continue
        found, start, marked = list[Cell](), 0, line + mark
        while start < len(marked):
            match = cell.match(marked, start)
            if match is None:
                rule = "a cell in quotes must end with them, on the same line; within it a quote is doubled"
                raise InputError(Problem(name, number, start + 1, line[start:], rule))
            which = 1 if match[2] is None else 2
            found.append(Cell(number, match.start(which) + 1, match[which].replace('""', '"').strip()))
            start = match.end()
            if len(found) > MOST:
                raise InputError(Problem(name, number, 1, "", f"a line may have at most {MOST:,} cells"))
        yield found
