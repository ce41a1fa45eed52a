"""Text on a page: how wide it is and where it breaks."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from influence_sim.views.style import RC

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.backend_bases import RendererBase

LINE_HEIGHT: Final = 1.25


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
    return "\n".join(line for row in text.splitlines() for line in _wrap_line(row, width, size, weight))


def _wrap_line(line: str, width: float, size: float, weight: str) -> list[str]:
    lines: list[list[str]] = [[]]
    space, used = text_width("a a", size, weight) - text_width("aa", size, weight), 0.0
    for word in line.strip().replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
        wide = text_width(word, size, weight)
        if lines[-1] and used + space + wide > width:
            lines.append([])
        used = used + space + wide if lines[-1] else wide
        lines[-1].append(word)
    return [" ".join(words) for words in lines]


def text_height(text: str, size: float) -> float:
    """Height of wrapped text, in points; nothing for empty text."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT if text else 0.0
