"""The one look of every figure: colours, sizes, line styles.

Colours are from the Okabe-Ito palette, which colour-blind readers can tell apart. The two arms also differ
without colour: the scenario is solid and filled, the baseline dashed and hatched.
"""

from __future__ import annotations

import builtins
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.axes import Axes

BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
INK: Final = "#222222"
SLATE: Final = "#4D4D4D"
MIST: Final = "#BFBFBF"
PAPER: Final = "#F3F3F3"

# A page 10 in wide is shown in a README at about 900 px, where 1 pt here is 0.94 pt at 96 px an inch:
# nothing may be set smaller than SMALL if it is to be read there as 8 pt.
SMALL: Final = 8.8
TEXT: Final = 9.2
HEADING: Final = 10.0
SUBTITLE: Final = 10.5
TITLE: Final = 14.0

RC: Final[Mapping[str, Any]] = {
    # DejaVu travels with matplotlib: the same letters, hence the same bytes, on every machine.
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "axes.titlesize": HEADING,
    "axes.titleweight": "bold",
    "axes.labelsize": SMALL,
    "axes.linewidth": 0.7,
    "axes.edgecolor": SLATE,
    "text.color": INK,
    "hatch.linewidth": 0.45,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "influence_sim",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one quantity is drawn: its line, wide band and narrow band (matplotlib keywords)."""

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
    line={"color": INK, "linewidth": 1.4, "linestyle": (0, (4, 1.8)), "zorder": 3.8},
    outer={"facecolor": "none", "edgecolor": "#8C8C8C", "linewidth": 0.6, "zorder": 3.0},
    inner={"facecolor": "none", "edgecolor": "#8C8C8C", "linewidth": 0.5, "hatch": "//////", "zorder": 3.1},
)
DIFFERENCE: Final = Look(
    colour=VERMILION,
    line={"color": "#8A3D00", "linewidth": 1.1, "linestyle": "-", "zorder": 4},
    outer={"facecolor": VERMILION, "alpha": 0.18, "linewidth": 0, "zorder": 2.2},
    inner={"facecolor": VERMILION, "alpha": 0.60, "linewidth": 0, "zorder": 2.4},
)


@contextmanager
def style() -> Iterator[None]:
    """Draw inside this: matplotlib's defaults plus `RC`, whatever the user has set; undone afterwards."""
    with matplotlib.style.context(["default", dict(RC)]):
        yield


def new_figure(width: float, height: float, layout: Literal["constrained"] | None = None) -> Figure:
    """Make a figure for someone who gave no Axes.

    Whoever works with pyplot or in IPython expects the figure to show up there, as with pandas; everyone else
    gets one that no global registry holds on to.

    Args:
        width: inches.
        height: inches.
        layout: matplotlib's engine that makes room for what is written around the Axes, or None.
    """
    if "matplotlib.pyplot" in sys.modules or hasattr(builtins, "get_ipython"):
        # Loaded only for those who use it: it is slow and keeps global state.
        from matplotlib import pyplot

        return pyplot.figure(figsize=(width, height), layout=layout)
    return plain_figure(width, height, layout)


def plain_figure(width: float, height: float, layout: Literal["constrained"] | None = None) -> Figure:
    """Make a figure on an Agg canvas that pyplot knows nothing of; width and height in inches."""
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def dress(ax: Axes) -> None:
    """Give one Axes the look.

    Set on the Axes itself, because ticks are made when drawn, after the context is left.
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=SLATE, linewidth=0.7)
    ax.tick_params(
        which="both",
        color=SLATE,
        width=0.7,
        labelcolor=INK,
        labelsize=SMALL,
        labelfontfamily="DejaVu Sans",
        pad=3,
    )
    ax.tick_params(which="major", length=3.5)
    ax.tick_params(which="minor", length=2.0)
    ax.grid(visible=False)


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Width and height of an Axes as it stands, in points."""
    box = ax.get_window_extent()
    figure = ax.figure
    return box.width * 72 / figure.dpi, box.height * 72 / figure.dpi
