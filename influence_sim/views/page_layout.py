"""A page laid out in inches from its top left: how wide text is and where it breaks, title, panels, small print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypedDict

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from influence_sim.views.style import COLUMN, HEADING, INK, PAGE, RC, SLATE, SMALL, SUBTITLE, TITLE, new_figure, style
from influence_sim.views.tables import month_name, require

LINE_HEIGHT: Final = 1.25  # in parts of the size of letters

# Inches.
EDGE: Final = 0.18  # of the page, on all sides
BETWEEN: Final = 0.24  # between title, body and small print, and between rows of panels
GUTTER: Final = 0.22  # between panels of dates, both ways
HEAD: Final = 0.28  # above each of them
HEADINGS: Final = 0.36  # above panels side by side
SCALES: Final = 0.50  # beneath them
MARGIN: Final = 0.42  # at their sides


@cache
def _renderer() -> RendererBase:
    # One point is one pixel here. matplotlib leaves this class untyped; the annotation types it.
    make: Callable[[float, float, float], RendererBase] = RendererAgg
    return make(16, 16, 72)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line of text in the figures' font, in points."""
    font = FontProperties(family=RC["font.family"], size=size, weight=weight)
    return float(_renderer().get_text_width_height_descent(text, font, False)[0])


def wrap(text: str, width: float, size: float, weight: str = "normal") -> str:
    """Break text into lines of at most `width` points; a longer word stands alone, `90 %` stays together."""
    space = text_width("a a", size, weight) - text_width("aa", size, weight)
    lines: list[str] = []
    for paragraph in text.splitlines():
        line, line_width = "", 0.0
        for word in paragraph.strip().replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
            word_width = text_width(word, size, weight)
            if line and line_width + space + word_width > width:
                lines.append(line)
                line = ""
            line, line_width = (f"{line} {word}", line_width + space + word_width) if line else (word, word_width)
        lines.append(line)
    return "\n".join(lines)


def wrap_evenly(text: str, width: float, size: float, weight: str = "normal") -> str:
    """As `wrap`, in as few lines, but of about equal length, so that no word stands alone in the last."""
    lines, low, high = wrap(text, width, size, weight).count("\n"), 0.0, width
    while high - low > size:
        middle = (low + high) / 2
        low, high = (low, middle) if wrap(text, middle, size, weight).count("\n") <= lines else (middle, high)
    return wrap(text, high, size, weight)


def text_height(text: str, size: float) -> float:
    """Height of wrapped text, in inches; nothing for empty text."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT / 72 if text else 0.0


def widest(names: Iterable[object]) -> float:
    """Width of the longest of some names in small letters, in inches."""
    return max((text_width(str(name), SMALL) for name in names), default=0.0) / 72


class Texts(TypedDict, total=False):
    """Texts of a page: its title, the line beneath it, and small print for the foot."""

    title: str
    subtitle: str
    note: str


def page(
    width: float, height: float, texts: Texts, how_to_read: str = "", *, shown: bool = False
) -> tuple[Figure, float]:
    """Make a page for a body so many inches high, with its texts; give it, and how far from its top the body begins.

    All lengths are in inches. `how_to_read` opens the small print, before the note; a page that is `shown` shows up
    where someone works with pyplot.
    """
    room = (width - 2 * EDGE) * 72
    title = wrap_evenly(texts.get("title", ""), room, TITLE, "bold")
    subtitle = wrap(texts.get("subtitle", ""), room, SUBTITLE)
    note = wrap(f"{how_to_read} {texts.get('note', '')}".strip(), room, SMALL)
    below_title = EDGE + text_height(title, TITLE)
    head = below_title + text_height(subtitle, SUBTITLE)
    top = head + BETWEEN if title or subtitle else EDGE
    foot = top + height + BETWEEN
    figure = new_figure(width, foot + text_height(note, SMALL) + EDGE if note else top + height + EDGE, shown=shown)
    figure.set_label(texts.get("title", ""))  # for lists of figures
    write(figure, EDGE, EDGE, title, size=TITLE, colour=INK, weight="bold")
    write(figure, EDGE, below_title, subtitle, size=SUBTITLE, colour=SLATE)
    write(figure, EDGE, foot, note, size=SMALL, colour=SLATE)
    return figure, top


def write(
    figure: Figure, left: float, top: float, text: str, *, size: float, colour: str, weight: str = "normal"
) -> None:
    """Set text with its top left corner at a place in inches from the figure's top left; size in points."""
    w, h = figure.get_size_inches()
    kwargs: dict[str, Any] = {"fontsize": size, "fontweight": weight, "color": colour}
    figure.text(left / w, 1 - top / h, text, va="top", linespacing=LINE_HEIGHT, **kwargs)


def axes_at(figure: Figure, left: float, top: float, width: float, height: float, *, below: Axes | None = None) -> Axes:
    """Add an Axes at a place in inches from the figure's top left; `below` is one whose x axis it shares."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h), sharex=below)


def in_rows(heads: Mapping[str, float], body: float, columns: int) -> tuple[dict[str, tuple[int, float]], float]:
    """Set panels out in rows of so many columns, each row as high as its highest heading and a body.

    All lengths are in inches: `heads` of each panel's heading, `body` from the upper edge of an Axes down to the next
    row. Returns the column of each panel and the upper edge of its Axes, from that of the first heading, and the height
    of all.
    """
    places: dict[str, tuple[int, float]] = {}
    top, names = 0.0, list(heads)
    for first in range(0, len(names), columns):
        row = names[first : first + columns]
        top += max(heads[name] for name in row)
        places |= {name: (column, top) for column, name in enumerate(row)}
        top += body
    return places, top


@style()
def by_date(
    draw: Callable[..., Any], table: pd.DataFrame, texts: Texts, *, ratio: float, how_to_read: str, foot: float = 0.0
) -> tuple[Figure, float]:
    """Make a page with a panel for each date of a table, two in a row; a single one is as wide as a column of text.

    Each is drawn by `draw` from its rows, given `ax` and `title`; `ratio` is the height of a panel in parts of its
    width. Also returns how far from the page's top the panels end and, for a key, the `foot` beneath them begins.
    """
    require(table, ("date",), rows=True)
    dates = sorted(table["date"].unique())
    columns = min(len(dates), 2)
    page_width = COLUMN if columns == 1 else PAGE
    width = (page_width - 2 * EDGE - GUTTER * (columns - 1)) / columns
    step = width * ratio + HEAD + GUTTER
    rows = -(-len(dates) // columns)
    figure, top = page(page_width, rows * step - GUTTER + foot, texts, how_to_read)
    for number, date in enumerate(dates):
        row, column = divmod(number, columns)
        ax = axes_at(figure, EDGE + column * (width + GUTTER), top + row * step + HEAD, width, width * ratio)
        draw(table[table["date"] == date], ax=ax, title=month_name(date))
    return figure, top + rows * step - GUTTER


class Panel(NamedTuple):
    """One of several Axes side by side."""

    draw: Callable[..., Any]  # given `ax`
    heading: str
    share: float = 1.0  # of the page's width
    left: float = MARGIN  # inches, for names of rows
    right: float = MARGIN  # inches, for what is written beside the Axes
    height: float | None = None  # inches, if it is lower than the others


@style()
def side_by_side(panels: Sequence[Panel], height: float, texts: Texts, how_to_read: str) -> Figure:
    """Make a page of panels of one height, in inches."""
    figure, top = page(PAGE, HEADINGS + height + SCALES, texts, how_to_read)
    left = EDGE
    for panel in panels:
        width = panel.share * (PAGE - 2 * EDGE)
        inner = width - panel.left - panel.right
        panel.draw(ax=axes_at(figure, left + panel.left, top + HEADINGS, inner, panel.height or height))
        write(figure, left, top, panel.heading, size=HEADING, colour=INK, weight="bold")
        left += width
    return figure
