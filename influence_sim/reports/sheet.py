"""A page of a result in general: the answer, what is compared, tables, charts, what it hangs on, how to do it again.

The same sheet makes the brief, one side of paper to forward, which leaves tables out and shows the first chart only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.analysis.summary import to_csv
from influence_sim.base.months import Month
from influence_sim.reports.explained import Explained
from influence_sim.reports.layout import data_uri, laid_out
from influence_sim.theatre import Theatre

MOST_ROWS: Final = 400
"""Rows of a table that the page shows; the file that it carries has them all."""
PIXELS: Final = 96
"""An inch."""


class Table(NamedTuple):
    """A table as readers see it, and the numbers in full behind it."""

    name: str  # of its file, without an ending
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the first cell heads its row
    csv: bytes

    @classmethod
    def of(
        cls, name: str, caption: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: pd.DataFrame
    ) -> Table:
        """A table whose file holds these numbers."""
        return cls(name, caption, headings, tuple(rows[:MOST_ROWS]), to_csv(numbers))


class Picture(NamedTuple):
    """A chart."""

    name: str  # of its file, without an ending
    caption: str
    seen: str  # what it shows, for whoever does not see it
    uri: str
    width: int  # pixels
    height: int

    @classmethod
    def of(cls, name: str, caption: str, seen: str, drawn: Figure | Axes) -> Picture:
        """The chart that was drawn."""
        figure = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
        assert figure is not None
        width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
        return cls(name, caption, seen, data_uri(figure), width, height)


class Part(NamedTuple):
    """Something that is compared, in lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """What a page says; what is empty is left out."""

    title: str
    question: str
    answers: tuple[str, ...]  # the first is the answer; more than one are a list
    gloss: tuple[str, ...]  # what the answer's words mean, and its numbers
    besides: tuple[str, ...]  # what else changes, in a few words
    caution: str
    compared: tuple[Part, ...]
    pictures: tuple[Picture, ...]
    hangs: tuple[str, ...]  # what it hangs on
    tables: tuple[Table, ...]
    command: str  # the one line that does it again
    files: Mapping[str, str]  # names -> YAML of what was run
    facts: Mapping[str, str]
    explained: Explained | None = None  # parts of an effect


def sheet_page(sheet: Sheet, theatre: Theatre, last: Month, manifest: Mapping[str, Any], *, brief: bool = False) -> str:
    """The HTML of a page, or of a brief, with world, last month and manifest of the result."""
    shown = sheet.pictures[:1] if brief else sheet.pictures
    return laid_out("sheet.html.j2", theatre, last, manifest, sheet=sheet, brief=brief, pictures=shown)
