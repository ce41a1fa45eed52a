"""A page of a result in general: the answer, what is compared, tables, charts, what it hangs on, how to do it again.

The same sheet makes the brief, one side of paper to forward, which leaves tables out and shows the first chart only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]  # the first cell heads its row
    csv: bytes

    @classmethod
    def of(
        cls, name: str, caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: pd.DataFrame
    ) -> Table:
        """A table whose file holds these numbers."""
        return cls(name, caption, headings, rows[:MOST_ROWS], to_csv(numbers))


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
    lines: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """What a page says; what is empty is left out."""

    theatre: Theatre  # the world
    last: Month  # the last month
    title: str
    question: str
    answers: Sequence[str]  # the first is the answer; more than one are a list
    caution: str
    compared: Sequence[Part]
    pictures: Sequence[Picture]
    command: str  # the one line that does it again
    facts: Mapping[str, str]
    gloss: Sequence[str] = ()  # what the answer's words mean, and its numbers
    besides: Sequence[str] = ()  # what else changes, in a few words
    hangs: Sequence[str] = ()  # what it hangs on
    tables: Sequence[Table] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # names -> YAML of what was run
    explained: Explained | None = None  # parts of an effect


def sheet_page(sheet: Sheet, manifest: Mapping[str, Any], *, brief: bool = False) -> str:
    """The HTML of a page, or of a brief, with the manifest of the result."""
    shown = sheet.pictures[:1] if brief else sheet.pictures
    return laid_out("sheet.html.j2", sheet.theatre, sheet.last, manifest, sheet=sheet, brief=brief, pictures=shown)
