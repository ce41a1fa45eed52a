"""The network of ties: who is on which terms with whom, every actor always at the same place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.lines import Line2D

from influence_sim.views.annotations import heading
from influence_sim.views.page_layout import Texts, panel_page
from influence_sim.views.style import BLUE, INK, PAPER, SLATE, SMALL, VERMILION, axes_for, style
from influence_sim.views.tables import month_name, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS: Final = ("who", "towards", "tie")
FAINT: Final = 0.1
"""A tie weaker than this is not drawn."""
FRIENDLY: Final[tuple[str, Any]] = BLUE, "-"
HOSTILE: Final[tuple[str, Any]] = VERMILION, (0, (2.2, 1.1))
BOX: Final = {"boxstyle": "round,pad=0.25", "facecolor": PAPER, "edgecolor": SLATE, "linewidth": 0.7}
WIDEST: Final = 4.5  # points, of a tie of strength 1
HOW_TO_READ: Final = (
    "Lines: ties, the mean of both directions and of the replicates, from -1 to 1; the thicker, the stronger. Solid: "
    f"friendly; dashed: hostile; none: weaker than {FAINT}. Places are chosen for reading and never change."
)


def network(
    ties: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str = "",
    names: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
) -> Axes:
    """Draw the ties of one arm in one month.

    Args:
        ties: one row a directed dyad: columns who, towards, tie (-1 to 1).
        ax: where to draw; a new figure if None.
        title: heads the Axes.
        names: what to call the actors instead of by their ids.
        places: where actors always stand, x and y from -1 to 1; others stand on an outer ring.

    Returns:
        The Axes.

    Raises:
        ValueError: a column is missing, or a dyad stands there twice.
    """
    require(ties, COLUMNS)
    pairs = mutual(ties)
    actors = list(dict.fromkeys([*ties["who"], *ties["towards"]]))
    strange = [actor for actor in actors if actor not in (places or {})]
    angles = np.linspace(0.0, 2 * np.pi, len(strange), endpoint=False) + 0.3
    ring = [(float(1.1 * np.cos(angle)), float(np.sin(angle))) for angle in angles]
    places = {**(places or {}), **dict(zip(strange, ring, strict=True))}
    with style():
        ax = axes_for(ax, 4.2, 3.8)
        for (one, other), tie in pairs.items():
            if abs(tie) >= FAINT:
                x, y = zip(places[one], places[other], strict=True)
                width, (colour, dashes) = 0.4 + (WIDEST - 0.4) * abs(tie), FRIENDLY if tie > 0 else HOSTILE
                look: dict[str, Any] = {"color": colour, "linestyle": dashes, "linewidth": width, "alpha": 0.85}
                ax.add_line(Line2D(x, y, zorder=2, gid=f"{one} {other}", solid_capstyle="butt", **look))
        for actor in actors:
            look = {"ha": "center", "va": "center", "fontsize": SMALL, "color": INK, "zorder": 4, "bbox": BOX}
            ax.text(*places[actor], (names or {}).get(actor, actor), parse_math=False, **look)
        ax.set(xlim=(-1.25, 1.25), ylim=(-1.08, 1.08))
        ax.set_axis_off()
        heading(ax, title, above=4)
    return ax


def network_page(
    ties: pd.DataFrame,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    names: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    arms: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the network of every arm (a row) at every date (a column).

    Args:
        ties: as for `network`, with the columns scenario and date.
        title: heads the page.
        subtitle: stands beneath it.
        note: small print for the foot, after how to read the figure.
        names: as for `network`.
        places: as for `network`.
        arms: what to call the arms.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: as for `network`, or the table is empty.
    """
    require(ties, ("scenario", "date", *COLUMNS))

    def draw(ax: Axes, arm: str, date: Any) -> None:
        rows = ties[(ties["scenario"] == arm) & (ties["date"] == date)]
        network(rows, ax=ax, names=names, places=places, title=f"{(arms or {}).get(arm, arm)}, {month_name(date)}")

    rows, columns = list(ties["scenario"].unique()), list(ties["date"].unique())
    texts = Texts(title, subtitle, f"{HOW_TO_READ} {note}".strip())
    return panel_page(draw, rows, columns, 0.82, texts)


def mutual(ties: pd.DataFrame) -> dict[tuple[str, str], float]:
    """For each pair the mean of its directed ties.

    Raises:
        ValueError: a dyad stands twice in the table.
    """
    if bool(ties.duplicated(["who", "towards"]).any()):
        raise ValueError("a dyad stands twice in the table; choose one arm and one date")
    found: dict[tuple[str, str], list[float]] = {}
    for who, towards, tie in zip(ties["who"], ties["towards"], ties["tie"], strict=True):
        one, other = sorted((str(who), str(towards)))
        found.setdefault((one, other), []).append(float(tie))
    return {pair: sum(values) / len(values) for pair, values in found.items()}
