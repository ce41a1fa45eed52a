"""The one look of every figure: colours, sizes, line styles.

Colours are from the Okabe-Ito palette, which colour-blind readers can tell apart. The two arms also differ
without colour: the scenario is solid and stands out, the baseline is dashed and pale.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager, weight_dict
from numpy.typing import NDArray

from influence_sim.base.numbers import Floats

BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
INK: Final = "#222222"
SLATE: Final = "#4D4D4D"
GREEN: Final = "#009E73"
BROWN: Final = "#8A5C00"
RUST: Final = "#8A3D00"
GREY: Final = "#8C8C8C"
MIST: Final = "#BFBFBF"
PAPER: Final = "#F3F3F3"
PEACH: Final = "#F6D5BF"
DIVERGING: Final = LinearSegmentedColormap.from_list(
    "change", ["#9A3F00", VERMILION, PEACH, "#FFFFFF", "#9CC7E4", BLUE, "#003B5C"]
)
"""From less to more; white is no change."""

# A page 10 in wide is shown in a README at about 900 px, where 1 pt here is 0.94 pt at 96 px an inch:
# nothing may be set smaller than SMALL if it is to be read there as 8 pt.
TINY: Final = 7.2  # the one exception: a code of three letters on a map, where the page gives it at least 8 px
SMALL: Final = 8.8
TEXT: Final = 9.2
HEADING: Final = 10.0
SUBTITLE: Final = 10.5
TITLE: Final = 14.0

# Inches that a page and a column of text are wide.
PAGE: Final = 10.0
COLUMN: Final = 6.5

# DejaVu travels with matplotlib: the same letters, hence the same bytes, on every machine. It lacks those of East and
# South Asia; for these the first font counts that a system has; where there is none, matplotlib draws boxes and warns.
DEJAVU: Final = "DejaVu Sans"
OTHERS: Final = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei"),
    *("Droid Sans Fallback", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic"),
    *("Malgun Gothic", "Arial Unicode MS", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil"),
    *("Nirmala UI", "Noto Sans Thai", "Leelawadee UI", "Noto Sans Ethiopic", "Noto Sans Arabic", "Segoe UI"),
)


def installed(names: Iterable[str]) -> list[str]:
    """The fonts among `names` that this system has."""
    available = {font.name for font in fontManager.ttflist}
    return [name for name in names if name in available]


def in_both_weights(names: Iterable[str]) -> list[str]:
    """The fonts among `names` that this system has, each good for normal and for bold text.

    Many fonts of other scripts come in one weight. Asked for another, matplotlib takes the one there is and says so
    whenever it draws, also where no letter needs the font. So what it would take is entered for the missing weight.
    """
    available = installed(names)
    plain: dict[str, Any] = {"style": "normal", "variant": "normal", "stretch": "normal"}
    for name in available:
        family = [font for font in fontManager.ttflist if font.name == name]
        upright = [font for font in family if plain.items() <= vars(font).items()]
        for weight in (weight_dict["normal"], weight_dict["bold"]):
            if all(_weight(font) != weight for font in upright):
                nearest = min(upright or family, key=lambda font: abs(_weight(font) - weight))
                fontManager.ttflist.append(replace(nearest, weight=weight, **plain))
    return available


def _weight(font: FontEntry) -> int:
    """From 100, thin, to 900, black."""
    return weight_dict[font.weight] if isinstance(font.weight, str) else font.weight


RC: Final[Mapping[str, Any]] = {
    "font.family": [DEJAVU, *in_both_weights(OTHERS)],
    "font.size": TEXT,
    "axes.titlesize": HEADING,
    "axes.titleweight": "bold",
    "axes.labelsize": SMALL,
    "axes.linewidth": 0.7,
    "axes.edgecolor": SLATE,
    "text.color": INK,
    "text.parse_math": False,  # a dollar is a dollar
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "hatch.linewidth": 0.45,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "influence_sim",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one quantity is drawn: its line, its wide band, its narrow band if it has one (matplotlib keywords)."""

    colour: str
    line: Mapping[str, Any]
    outer: Mapping[str, Any]
    inner: Mapping[str, Any]


SCENARIO: Final = Look(
    colour=BLUE,
    line={"color": BLUE, "linewidth": 1.7, "linestyle": "-", "zorder": 4},
    outer={"facecolor": BLUE, "alpha": 0.20, "linewidth": 0, "zorder": 2.2},
    inner={"facecolor": BLUE, "alpha": 0.36, "linewidth": 0, "zorder": 2.4},
)
BASELINE: Final = Look(
    colour=SLATE,
    line={"color": SLATE, "linewidth": 1.2, "linestyle": (0, (4, 1.8)), "zorder": 3.8},
    outer={"facecolor": GREY, "alpha": 0.22, "linewidth": 0, "zorder": 2.0},
    inner={},
)
DIFFERENCE: Final = Look(
    colour=VERMILION,
    line={"color": RUST, "linewidth": 1.1, "linestyle": "-", "zorder": 4},
    outer={"facecolor": VERMILION, "alpha": 0.18, "linewidth": 0, "zorder": 2.2},
    inner={"facecolor": VERMILION, "alpha": 0.60, "linewidth": 0, "zorder": 2.4},
)


@contextmanager
def style() -> Iterator[None]:
    """Draw inside this (or decorate with it): matplotlib's defaults plus `RC`, whatever the user has set."""
    if hasattr(builtins, "get_ipython") and "matplotlib.pyplot" not in sys.modules:
        # A notebook's backend makes pyplot interactive when it is loaded. Done within, that would be undone at the end,
        # and of all figures the notebook would show the first alone.
        from matplotlib import pyplot

        pyplot.switch_backend(matplotlib.get_backend())
    with matplotlib.style.context(["default", dict(RC)]):
        yield


def new_figure(
    width: float, height: float, *, shown: bool = False, layout: Literal["constrained"] | None = None
) -> Figure:
    """Make a figure on an Agg canvas that no global registry holds on to; width and height in inches.

    Where it is to be `shown`, and someone works with pyplot or in IPython, who expects figures to show up there as with
    pandas, pyplot makes it.
    """
    if shown and ("matplotlib.pyplot" in sys.modules or hasattr(builtins, "get_ipython")):
        # Loaded only for those who use it: it is slow and keeps global state.
        from matplotlib import pyplot

        return pyplot.figure(figsize=(width, height), layout=layout)
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def draw_look(
    ax: Axes, x: NDArray[Any], line: Floats, *, inner: tuple[Floats, Floats], outer: tuple[Floats, Floats], look: Look
) -> None:
    """Draw a line within a narrow and a wide band; arrays have shape (points,)."""
    ax.fill_between(x, *outer, **look.outer)
    if look.inner:
        ax.fill_between(x, *inner, **look.inner)
    # A single month has no line to see.
    ax.plot(x, line, marker="o" if len(x) == 1 else "", markersize=4, **look.line)
