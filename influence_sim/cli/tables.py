"""Plain tables: columns set apart by two spaces, no rules, no boxes."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from itertools import zip_longest

GAP = "  "
NARROWEST = 24
"""Width below which the wrapped column is not squeezed."""


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None = None,
    *,
    right: Collection[str] = (),
    wraps: str | None = None,
) -> list[str]:
    """The lines of a table, the headings first.

    Args:
        headings: one a column.
        rows: one text a column.
        width: columns of the terminal that the table is to fit into; None for no limit.
        right: headings of the columns whose cells keep to the right.
        wraps: heading of the column that takes what width is left.
    """
    widths = [max(map(len, cells)) for cells in zip(headings, *rows, strict=True)]
    if wraps is not None and width is not None:
        index = headings.index(wraps)
        others = sum(widths) - widths[index] + len(GAP) * (len(headings) - 1)
        widths[index] = min(widths[index], max(width - others, NARROWEST, len(wraps)))
    lines = []
    for row in (headings, *rows):
        cells = [
            textwrap.wrap(cell, room, break_on_hyphens=False) if heading == wraps else [cell]
            for heading, room, cell in zip(headings, widths, row, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):  # as many lines as the longest cell takes
            padded = (
                part.rjust(room) if heading in right else part.ljust(room)
                for heading, room, part in zip(headings, widths, parts, strict=True)
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
