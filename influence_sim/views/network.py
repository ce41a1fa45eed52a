"""The network of ties: who is on which terms with whom, every actor always at the same place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.views.axes import heading
from influence_sim.views.page_layout import Texts, arms_by_date
from influence_sim.views.style import BLUE, INK, PAPER, SLATE, SMALL, VERMILION, axes_for, style
from influence_sim.views.tables import require

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


@style()
def network(
    ties: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str = "",
    names: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
) -> Axes:
    """Draw the ties of one arm in one month.

    The table has a row for each directed dyad: columns who, towards, tie (-1 to 1). `places` says where actors always
    stand, x and y from -1 to 1; others stand on an outer ring. `title` heads the Axes.

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
    ax = axes_for(ax, 4.2, 3.8)
    for (one, other), tie in pairs.items():
        if abs(tie) >= FAINT:
            x, y = zip(places[one], places[other], strict=True)
            width, (colour, dashes) = 0.4 + (WIDEST - 0.4) * abs(tie), FRIENDLY if tie > 0 else HOSTILE
            look: dict[str, Any] = {"color": colour, "linestyle": dashes, "linewidth": width, "alpha": 0.85}
            ax.plot(x, y, zorder=2, gid=f"{one} {other}", solid_capstyle="butt", **look)
    for actor in actors:
        look = {"ha": "center", "va": "center", "fontsize": SMALL, "color": INK, "zorder": 4, "bbox": BOX}
        ax.text(*places[actor], (names or {}).get(actor, actor), **look)
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.08, 1.08))
    ax.set_axis_off()
    heading(ax, title, above=4)
    return ax


def network_page(
    ties: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    **texts: Unpack[Texts],
) -> Figure:
    """Draw the network of every arm (a row) at every date (a column); the table has columns scenario and date, too."""
    draw = partial(network, names=names, places=places)
    return arms_by_date(draw, ties, COLUMNS, texts, ratio=0.82, how_to_read=HOW_TO_READ)


def mutual(ties: pd.DataFrame) -> dict[tuple[str, str], float]:
    """For each pair the mean of its directed ties; ValueError if one of them stands twice in the table."""
    if bool(ties.duplicated(["who", "towards"]).any()):
        raise ValueError("a dyad stands twice in the table; choose one arm and one date")
    one, other = np.sort(ties[["who", "towards"]].to_numpy(dtype=str), axis=1).T
    return dict(ties["tie"].groupby([one, other], sort=False).mean())
