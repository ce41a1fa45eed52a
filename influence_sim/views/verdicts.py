"""Verdicts on the claims: in how many plausible worlds each test holds, and of which kind the verdict is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, PercentFormatter

from influence_sim.analysis.claims.evidence import FAILS, HOLDS
from influence_sim.views.annotations import at_right, heading
from influence_sim.views.axes import row_axis
from influence_sim.views.page_layout import COLUMN, EDGE, Texts, axes_at, lay_out
from influence_sim.views.style import BLUE, INK, PAPER, SLATE, SMALL, VERMILION, axes_for, style
from influence_sim.views.tables import require, values
from influence_sim.views.text_layout import widest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS: Final = ("test", "share", "share_low", "share_high", "verdict", "kind")
PLURAL: Final = {"holds": "hold", "depends": "depend", "fails": "fail"}
KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "forced": {"marker": "s", "color": SLATE, "markerfacecolor": "white"},
    "conditional": {"marker": "o", "color": BLUE},
    "emergent": {"marker": "^", "color": VERMILION},
    "none": {"marker": "x", "color": SLATE},
}
WORDS: Final = {
    "forced": "forced by construction",
    "conditional": "conditional on parameters",
    "emergent": "emergent",
    "none": "nothing to explain",
}

# Inches.
ROW: Final = 0.21
SCALE: Final = 0.5
KEY: Final = 0.34
RIGHT: Final = 0.75
HOW_TO_READ: Final = (
    "Each mark: the share of plausible worlds, sampled from all prior ranges, in which the effect has the claimed "
    "direction and at least the size declared beforehand; line: its 95 % interval. A claim holds from 90 % on and "
    "fails up to 10 %; between, it depends on what is assumed."
)


def verdicts(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw the verdicts, in the table's order from the top.

    Args:
        table: one row a test: columns test, share, share_low, share_high (0-1), verdict, kind; rows without a share
            are left out.
        ax: where to draw; a new figure if None.
        title: heads the Axes.

    Returns:
        The Axes.

    Raises:
        ValueError: a column is missing, or no test has a share.
    """
    require(table, COLUMNS)
    rows = table[table["share"].notna()].reset_index(drop=True)
    if rows.empty:
        raise ValueError("no verdict to draw: no claim was tested")
    share, low, high = (values(rows, name) for name in ("share", "share_low", "share_high"))
    y = np.arange(len(rows), dtype=np.float64)
    with style():
        ax = axes_for(ax, COLUMN, 1.0 + ROW * len(rows))
        for edge, line, end in ((-0.03, FAILS, FAILS), (HOLDS, HOLDS, 1.03)):
            ax.axvspan(edge, end, color=PAPER, linewidth=0, zorder=0)
            ax.axvline(line, color=SLATE, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=1)
        ax.hlines(y, low, high, color=INK, linewidth=1.0, zorder=3)
        for kind, look in KINDS.items():
            chosen = (rows["kind"] == kind).to_numpy()
            if chosen.any():
                ax.plot(share[chosen], y[chosen], linestyle="", markersize=5, zorder=4, gid=kind, **look)
        for row, verdict in enumerate(rows["verdict"]):
            at_right(ax, row, str(verdict), color=INK)
        row_axis(ax, [str(name) for name in rows["test"]])
        ax.set_xlim(-0.03, 1.03)
        ax.xaxis.set_major_locator(FixedLocator([0.1, 0.5, 0.9]))
        ax.xaxis.set_minor_locator(FixedLocator([0.0, 0.25, 0.75, 1.0]))
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        ax.set_xlabel("share of plausible worlds in which the test holds", color=SLATE)
        heading(ax, title)
    return ax


def verdicts_page(table: pd.DataFrame, *, title: str = "", subtitle: str = "", note: str = "") -> Figure:
    """Draw the page of verdicts, with a key.

    Args:
        table: as for `verdicts`.
        title: heads the page.
        subtitle: stands beneath it.
        note: small print for the foot, after how to read the figure.

    Returns:
        A figure that pyplot knows nothing of, 6.5 in wide.

    Raises:
        ValueError: as for `verdicts`.
    """
    require(table, COLUMNS)
    rows = table[table["share"].notna()]
    left = EDGE + widest(str(name) for name in rows["test"]) + 0.12
    kinds = [kind for kind in KINDS if kind in set(rows["kind"])]
    marks = [Line2D([], [], linestyle="", markersize=5, label=WORDS[kind], **KINDS[kind]) for kind in kinds]
    key: dict[str, Any] = {"loc": "upper left", "ncols": len(marks), "frameon": False, "fontsize": SMALL}
    key |= {"handletextpad": 0.2, "columnspacing": 1.2, "borderpad": 0}

    def draw(figure: Figure, top: float) -> None:
        verdicts(rows, ax=axes_at(figure, left, top + KEY, COLUMN - EDGE - RIGHT - left, ROW * len(rows)))
        at = EDGE / COLUMN, 1 - (top - 0.08) / figure.get_size_inches()[1]
        figure.legend(handles=marks, bbox_to_anchor=at, **key).set_gid("key")

    small_print = f"{HOW_TO_READ} {note}".strip()
    height = KEY + ROW * len(rows) + SCALE
    return lay_out(draw, COLUMN, height, Texts(title, subtitle, small_print))


def tally(table: pd.DataFrame) -> str:
    """How many tests hold, depend and fail."""
    counts = table["verdict"].value_counts().reindex(["holds", "depends", "fails"], fill_value=0)
    parts = [f"{number} {verdict if number == 1 else PLURAL[str(verdict)]}" for verdict, number in counts.items()]
    return f"Of {int(counts.sum())} tests {', '.join(parts)}"
