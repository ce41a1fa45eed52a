"""Text on a page: how wide it is and where it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Final

from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from influence_sim.views.style import RC, SMALL

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
    space = text_width("a a", size, weight) - text_width("aa", size, weight)
    lines: list[str] = []
    for paragraph in text.splitlines():
        line, used = "", 0.0
        for word in paragraph.strip().replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
            wide = text_width(word, size, weight)
            if line and used + space + wide > width:
                lines.append(line)
                line = ""
            line, used = (f"{line} {word}", used + space + wide) if line else (word, wide)
        lines.append(line)
    return "\n".join(lines)


def text_height(text: str, size: float) -> float:
    """Height of wrapped text, in inches; nothing for empty text."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT / 72 if text else 0.0


def widest(texts: Iterable[str], size: float = SMALL) -> float:
    """Width of the longest of some lines, in inches."""
    return max((text_width(text, size) for text in texts), default=0.0) / 72
