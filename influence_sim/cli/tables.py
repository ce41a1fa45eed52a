"""Plain tables: columns set apart by two spaces, no rules, no boxes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

GAP = "  "
NARROWEST = 24
"""Width below which the wrapped column is not squeezed."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the side its cells keep to, and whether it takes what width is left."""

    heading: str
    right: bool = False
    wraps: bool = False


def columns(*headings: str, right: bool = False, wraps: bool = False) -> list[Column]:
    """Several columns that keep to one side."""
    return [Column(heading, right, wraps) for heading in headings]


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """The lines of a table, the headings first.

    Args:
        columns: at most one of them wraps.
        rows: one text a column.
        width: columns of the terminal that the table is to fit into; None for no limit.
    """
    headings = [column.heading for column in columns]
    widths = [max(map(len, cells)) for cells in zip(headings, *rows, strict=True)]
    for index, column in enumerate(columns):
        if column.wraps and width is not None:
            others = sum(widths) - widths[index] + len(GAP) * (len(columns) - 1)
            widths[index] = min(widths[index], max(width - others, NARROWEST, len(column.heading)))
    lines = []
    for row in (headings, *rows):
        cells = [
            textwrap.wrap(cell, room, break_on_hyphens=False) if column.wraps else [cell]
            for column, room, cell in zip(columns, widths, row, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):  # as many lines as the longest cell takes
            padded = (
                part.rjust(room) if column.right else part.ljust(room)
                for column, room, part in zip(columns, widths, parts, strict=True)
            )
            lines.append(GAP.join(padded).rstrip())
    return lines


def paragraph(text: str, width: int | None, indent: str = "", first: str | None = None) -> str:
    """`text` wrapped to `width`, its first line indented with `first` and the others with `indent`."""
    start = indent if first is None else first
    if width is None:
        return start + text
    wrapper = textwrap.TextWrapper(width, start, indent, break_on_hyphens=False, break_long_words=False)
    return wrapper.fill(text)
