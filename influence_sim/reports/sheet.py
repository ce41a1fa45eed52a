"""The general page of a result: the answer, what is compared, tables, charts, what it depends on, the command.

The same sheet makes the brief, one side of paper to forward, without tables and with the first chart only.
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
from influence_sim.reports.layout import data_uri, render_page
from influence_sim.reports.parts import Explained
from influence_sim.theatre import Theatre
from influence_sim.words.sentences import brief_words

MOST_ROWS: Final = 400
"""Most rows of a table on the page; its file has them all."""
PIXELS: Final = 96
"""Pixels an inch."""

# Limits of a brief, whose text must fit one side of A4 in any scenario or theatre.
HEAD, INNER, QUESTION, ANSWER, COMMAND = 104, 76, 258, 600, 300
"""Most letters of the title, of other headings, of the question, of a single answer, and of the command."""
ANSWERS: Final = 8  # that are never cut, if there are several, and scenarios in a chart
CUTS: Final = ((ANSWER, 6), (420, 6), (330, 6), (330, 5), (330, 4), (260, 4), (260, 3), (200, 3), (200, 2), (130, 2))
"""Letters of other texts and lines of lists, tried in turn until all fits."""
AGAIN: Final = "influence-sim rerun FOLDER"
ROOM: Final = 440.0
"""Points of height that a page has for the text."""


class Table(NamedTuple):
    """A table for readers, and its numbers in full as a file."""

    name: str  # of its file, without an ending
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]  # the first cell heads its row
    csv: bytes
    note: str = ""  # beneath it

    @classmethod
    def of(
        cls,
        name: str,
        caption: str,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        numbers: pd.DataFrame,
        *,
        note: str = "",
    ) -> Table:
        """A table whose file holds these numbers."""
        return cls(name, caption, headings, rows[:MOST_ROWS], to_csv(numbers), note)


class Picture(NamedTuple):
    """A chart."""

    name: str  # of its file, without an ending
    caption: str
    seen: str  # text alternative
    uri: str
    width: int  # pixels
    height: int

    @classmethod
    def of(cls, name: str, caption: str, seen: str, drawing: Figure | Axes) -> Picture:
        """The chart of a figure, or of the figure of some axes."""
        figure = drawing if isinstance(drawing, Figure) else drawing.get_figure(root=True)
        assert figure is not None
        width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
        return cls(name, caption, seen, data_uri(figure), width, height)


class Part(NamedTuple):
    """One side of a comparison, in lines."""

    heading: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """The contents of a page; empty parts are left out."""

    theatre: Theatre  # the world
    last: Month  # the last month
    title: str
    question: str
    answers: Sequence[str]  # the first is the answer; more than one are a list
    caution: str
    compared: Sequence[Part]
    pictures: Sequence[Picture]
    command: str  # the command that repeats it
    facts: Mapping[str, str]
    gloss: Sequence[str] = ()  # the meaning of the answer's words and numbers
    besides: Sequence[str] = ()  # other changes, in a few words
    hangs: Sequence[str] = ()  # the assumptions on which it depends; of an explanation its parts, for a brief
    hangs_heading: str = "What it hangs on"
    tables: Sequence[Table] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # names -> YAML of the scenarios
    explained: Explained | None = None  # parts of an effect


def sheet_page(sheet: Sheet, manifest: Mapping[str, Any], *, brief: bool = False) -> str:
    """Renders the HTML of a page, or of a brief, with the manifest of the result.

    A brief has one chart, no tables, short lists, and texts cut with an ellipsis; the full report has everything.
    """
    if brief:
        base = replace(sheet, pictures=sheet.pictures[:1], tables=(), explained=None)
        candidates = (_cut(base, *limits) for limits in CUTS)
        sheet = next((candidate for candidate in candidates if _height(candidate) <= ROOM), _cut(base, *CUTS[-1]))
    return render_page("sheet.html.j2", sheet.theatre, sheet.last, manifest, sheet=sheet, brief=brief)


def _cut(sheet: Sheet, max_letters: int, items: int) -> Sheet:
    """Cuts a sheet: headings, question and answer to their limits, other texts to `max_letters`, lists to `items`."""

    def cut(texts: Sequence[str], letters: int = max_letters, items: int = items) -> list[str]:
        lines, remaining = [brief_words(text, letters) for text in texts[:items]], len(texts) - items + 1
        return [*lines[:-1], f"and {remaining} more, in the full report"] if remaining > 1 else lines

    return replace(
        sheet,
        title=brief_words(sheet.title, HEAD),
        question=brief_words(sheet.question, QUESTION),
        answers=cut(sheet.answers, ANSWER if len(sheet.answers) == 1 else max_letters, max(items, ANSWERS)),
        gloss=cut(sheet.gloss),
        besides=cut(sheet.besides),
        compared=[Part(brief_words(item.heading, INNER), cut(item.lines)) for item in sheet.compared],
        pictures=[item._replace(caption=brief_words(item.caption, HEAD)) for item in sheet.pictures],
        hangs=cut(sheet.hangs),
        command=sheet.command if len(sheet.command) <= COMMAND else AGAIN,
        facts={name: brief_words(value, HEAD) for name, value in sheet.facts.items()},
    )


def _height(sheet: Sheet) -> float:
    """The estimated height of a sheet's text on A4, in points; part of it is set in two columns."""
    column = [text for part in sheet.compared for text in part.lines]
    texts = (
        ([sheet.title], 54, 18.0),
        ([sheet.question], 86, 12.4),
        (sheet.answers, 84, 13.2),
        ([" ".join(sheet.gloss), sheet.caution], 108, 10.7),
        ([sheet.command], 98, 10.7),
        ([*sheet.facts.values()][1:], 108, 11.6),  # one line is always there
        ([*column, *sheet.hangs], 54, 6.0),
        (sheet.besides, 50, 5.4),
        ([part.heading for part in sheet.compared], 42, 7.7),
    )  # texts, letters a line, points a line
    return sum(points * -(-len(text) // letters) for lines, letters, points in texts for text in lines)
