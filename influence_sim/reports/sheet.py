"""A page of a result in general: the answer, what is compared, tables, charts, what it hangs on, how to do it again.

The same sheet makes the brief, one side of paper to forward, which leaves tables out and shows the first chart only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.analysis.summary import to_csv
from influence_sim.base.months import Month
from influence_sim.reports.explained import Explained
from influence_sim.reports.layout import data_uri, laid_out
from influence_sim.reports.sentences import brief_words
from influence_sim.theatre import Theatre

MOST_ROWS: Final = 400
"""Rows of a table that the page shows; the file that it carries has them all."""
PIXELS: Final = 96
"""An inch."""

# Of a brief, whose text must fit one side of A4 whatever a scenario or a theatre says.
HEAD, INNER, QUESTION, ANSWER, COMMAND = 104, 76, 258, 600, 300
"""Letters of the title, of other headings, of the question, of an answer alone, and of the command."""
ANSWERS: Final = 8  # at the least, where there are several
CUTS: Final = ((ANSWER, 6), (420, 6), (330, 6), (330, 5), (330, 4), (260, 4), (260, 3), (200, 3), (200, 2), (130, 2))
"""Letters of anything else and lines of lists, until all fits."""
AGAIN: Final = "influence-sim rerun FOLDER"
ROOM: Final = 440.0
"""Points that a page has for them."""


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
    """The HTML of a page, or of a brief, with the manifest of the result.

    A brief has one chart, no tables, short lists, and texts of which a longer one ends with an ellipsis; the full
    report has all of it.
    """
    if brief:
        kept = replace(sheet, pictures=sheet.pictures[:1], tables=(), explained=None)
        tried = (_cut(kept, *most) for most in CUTS)
        sheet = next((short for short in tried if _height(short) <= ROOM), _cut(kept, *CUTS[-1]))
    return laid_out("sheet.html.j2", sheet.theatre, sheet.last, manifest, sheet=sheet, brief=brief)


def _cut(sheet: Sheet, most: int, items: int) -> Sheet:
    """A sheet whose headings, question and answer are short, its other texts and lists at most so long."""

    def cut(texts: Sequence[str], letters: int = most, items: int = items) -> list[str]:
        lines, left = [brief_words(text, letters) for text in texts[:items]], len(texts) - items + 1
        return [*lines[:-1], f"and {left} more, in the full report"] if left > 1 else lines

    return replace(
        sheet,
        title=brief_words(sheet.title, HEAD),
        question=brief_words(sheet.question, QUESTION),
        answers=cut(sheet.answers, ANSWER if len(sheet.answers) == 1 else most, max(items, ANSWERS)),
        gloss=cut(sheet.gloss),
        besides=cut(sheet.besides),
        compared=[Part(brief_words(one.heading, INNER), cut(one.lines)) for one in sheet.compared],
        pictures=[one._replace(caption=brief_words(one.caption, HEAD)) for one in sheet.pictures],
        hangs=cut(sheet.hangs),
        command=sheet.command if len(sheet.command) <= COMMAND else AGAIN,
        facts={name: brief_words(value, HEAD) for name, value in sheet.facts.items()},
    )


def _height(sheet: Sheet) -> float:
    """About how many points of a side of A4 the text of a sheet takes, which is in part in two columns."""
    column = [text for part in sheet.compared for text in part.lines]
    texts = (
        ([sheet.title], 54, 18.0),
        ([sheet.question], 86, 12.4),
        (sheet.answers, 84, 13.2),
        ([" ".join(sheet.gloss), sheet.caution], 108, 10.7),
        ([sheet.command], 98, 10.7),
        ([*column, *sheet.hangs], 54, 6.0),
        (sheet.besides, 50, 5.4),
        ([part.heading for part in sheet.compared], 42, 7.7),
    )  # of which letters a line holds, and points a line takes
    return sum(points * -(-len(text) // letters) for some, letters, points in texts for text in some)
