"""A page laid out in inches from its top left: title, subtitle, body, small print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from influence_sim.views.style import INK, SLATE, SMALL, SUBTITLE, TITLE, plain_figure, style
from influence_sim.views.words import LINE_HEIGHT, text_height, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
PAGE: Final = 10.0
COLUMN: Final = 6.5
EDGE: Final = 0.18
BETWEEN: Final = 0.24


class Body(Protocol):
    """What stands between the head and the foot of a page."""

    @property
    def height(self) -> float:
        """Inches."""

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top, in inches."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text set on a page; size in points."""

    text: str
    size: float
    colour: str
    weight: str = "normal"

    def wrapped(self, width: float) -> Words:
        """The same, broken into lines of at most `width` inches."""
        return replace(self, text=wrap(self.text, width * 72, self.size, self.weight))

    @property
    def height(self) -> float:
        """Inches."""
        return text_height(self.text, self.size) / 72

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Set it with its top left corner at a place in inches from the figure's top left."""
        wide, tall = figure.get_size_inches()
        figure.text(
            left / wide,
            1 - top / tall,
            self.text,
            fontsize=self.size,
            fontweight=self.weight,
            color=self.colour,
            va="top",
            linespacing=LINE_HEIGHT,
            parse_math=False,
        )


def lay_out(
    body: Body,
    width: float,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    make: Callable[[float, float], Figure] = plain_figure,
) -> Figure:
    """Make a page as high as what stands on it.

    Args:
        body: what to draw.
        width: of the page, in inches.
        title: heads the page.
        subtitle: stands beneath it.
        note: small print for the foot.
        make: makes the figure from its width and height.
    """
    inner = width - 2 * EDGE
    head = [Words(title, TITLE, INK, "bold").wrapped(inner), Words(subtitle, SUBTITLE, SLATE).wrapped(inner)]
    foot = Words(note, SMALL, SLATE).wrapped(inner)
    above = sum(words.height for words in head)
    top = EDGE + (above + BETWEEN if above else 0.0)
    below = BETWEEN + foot.height if note else 0.0
    with style():
        figure = make(width, top + body.height + below + EDGE)
        head[0].draw(figure, EDGE, EDGE)
        head[1].draw(figure, EDGE, EDGE + head[0].height)
        body.draw(figure, top)
        foot.draw(figure, EDGE, top + body.height + BETWEEN)
    return figure


def axes_at(figure: Figure, left: float, top: float, width: float, height: float, *, below: Axes | None = None) -> Axes:
    """Add an Axes at a place in inches from the figure's top left; `below` is one whose x axis it shares."""
    wide, tall = figure.get_size_inches()
    return figure.add_axes((left / wide, 1 - (top + height) / tall, width / wide, height / tall), sharex=below)
