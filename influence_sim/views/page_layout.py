"""A page laid out in inches from its top left: title, subtitle, body, small print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from influence_sim.views.style import HEADING, INK, SLATE, SMALL, SUBTITLE, TITLE, plain_figure, style
from influence_sim.views.text_layout import LINE_HEIGHT, text_height, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
PAGE: Final = 10.0
COLUMN: Final = 6.5
EDGE: Final = 0.18
BETWEEN: Final = 0.24
GUTTER: Final = 0.22
HEAD: Final = 0.28
HEADINGS: Final = 0.36
SCALES: Final = 0.50
MARGIN: Final = 0.42


class Texts(NamedTuple):
    """What heads a page, what stands beneath that, and the small print for the foot."""

    title: str = ""
    subtitle: str = ""
    note: str = ""


def lay_out(
    draw: Callable[[Figure, float], None],
    width: float,
    height: float,
    texts: Texts,
    make: Callable[[float, float], Figure] = plain_figure,
) -> Figure:
    """Make a page as high as what stands on it.

    Args:
        draw: draws the body at a distance from the figure's top, in inches.
        width: of the page, in inches.
        height: of the body, in inches.
        texts: about it.
        make: makes the figure from its width and height.
    """
    room = (width - 2 * EDGE) * 72
    title, subtitle = wrap(texts.title, room, TITLE, "bold"), wrap(texts.subtitle, room, SUBTITLE)
    note = wrap(texts.note, room, SMALL)
    head = text_height(title, TITLE) + text_height(subtitle, SUBTITLE)
    top = EDGE + (head + BETWEEN if head else 0.0)
    foot = BETWEEN + text_height(note, SMALL) if note else 0.0
    with style():
        figure = make(width, top + height + foot + EDGE)
        write(figure, EDGE, EDGE, title, size=TITLE, colour=INK, weight="bold")
        write(figure, EDGE, EDGE + text_height(title, TITLE), subtitle, size=SUBTITLE, colour=SLATE)
        draw(figure, top)
        write(figure, EDGE, top + height + BETWEEN, note, size=SMALL, colour=SLATE)
    return figure


def write(
    figure: Figure, left: float, top: float, text: str, *, size: float, colour: str, weight: str = "normal"
) -> None:
    """Set text with its top left corner at a place in inches from the figure's top left; size in points."""
    wide, tall = figure.get_size_inches()
    look: dict[str, Any] = {"fontsize": size, "fontweight": weight, "color": colour}
    figure.text(left / wide, 1 - top / tall, text, va="top", linespacing=LINE_HEIGHT, parse_math=False, **look)


def axes_at(figure: Figure, left: float, top: float, width: float, height: float, *, below: Axes | None = None) -> Axes:
    """Add an Axes at a place in inches from the figure's top left; `below` is one whose x axis it shares."""
    wide, tall = figure.get_size_inches()
    return figure.add_axes((left / wide, 1 - (top + height) / tall, width / wide, height / tall), sharex=below)


def panel_page(
    panel: Callable[[Axes, Any, Any], Any], rows: Sequence[Any], columns: Sequence[Any], ratio: float, texts: Texts
) -> Figure:
    """Make a page with a panel for each pair of a row and a column, all of one size.

    Args:
        panel: draws one from its Axes, row and column.
        rows: from the top.
        columns: from the left.
        ratio: height of a panel in parts of its width.
        texts: about them all.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not rows or not columns:
        raise ValueError("nothing to draw: the table has no rows")
    wide = (PAGE - 2 * EDGE - GUTTER * (len(columns) - 1)) / max(len(columns), 2)
    step = wide * ratio + HEAD + GUTTER

    def draw(figure: Figure, top: float) -> None:
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                place = EDGE + j * (wide + GUTTER), top + i * step + HEAD
                panel(axes_at(figure, *place, wide, wide * ratio), row, column)

    return lay_out(draw, PAGE, len(rows) * step - GUTTER, texts)


@dataclass(frozen=True, slots=True)
class Panel:
    """One of several Axes side by side.

    Attributes:
        draw: draws it, given `ax`.
        heading: stands above it.
        share: its part of the page's width.
        left: inches beside it for names of rows.
        right: inches for what is written at its right margin.
        tall: inches, if it is lower than the others.
    """

    draw: Callable[..., Any]
    heading: str
    share: float = 1.0
    left: float = MARGIN
    right: float = MARGIN
    tall: float | None = None


def side_by_side(panels: Sequence[Panel], tall: float, texts: Texts) -> Figure:
    """Make a page of panels of one height, in inches."""

    def draw(figure: Figure, top: float) -> None:
        left = EDGE
        for panel in panels:
            width = panel.share * (PAGE - 2 * EDGE)
            inner = width - panel.left - panel.right
            panel.draw(ax=axes_at(figure, left + panel.left, top + HEADINGS, inner, panel.tall or tall))
            write(figure, left, top, panel.heading, size=HEADING, colour=INK, weight="bold")
            left += width

    return lay_out(draw, PAGE, HEADINGS + tall + SCALES, texts)
