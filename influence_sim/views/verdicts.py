"""Verdicts on the claims: in how many plausible worlds each test holds, and of which kind the verdict is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.numbers import percent
from influence_sim.views.axes import row_axes, row_note, text_at
from influence_sim.views.page_layout import EDGE, Texts, axes_at, page, widest
from influence_sim.views.style import BLUE, COLUMN, INK, MIST, PAPER, SLATE, VERMILION, style
from influence_sim.views.tables import require, values

COLUMNS: Final = ("test", "share", "share_low", "share_high", "verdict", "kind")
VERDICTS: Final = {"holds": "hold", "depends": "depend", "fails": "fail"}
"""Of one test, and of several."""
KINDS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "coded": ("written in", {"marker": "D", "color": SLATE, "markerfacecolor": "white"}),
    "forced": ("forced", {"marker": "s", "color": SLATE, "markerfacecolor": "white"}),
    "conditional": ("conditional", {"marker": "o", "color": BLUE}),
    "emergent": ("emergent", {"marker": "^", "color": VERMILION}),
    "none": ("nothing to explain", {"marker": "x", "color": SLATE}),
}
"""The name of each kind of verdict in the key, and its mark."""

# Inches.
ROW: Final = 0.22
SCALE: Final = 0.5
KEY: Final = 0.34
RIGHT: Final = 1.35
HOW_TO_READ: Final = (
    "Bar and mark: the share of worlds, sets of assumptions, in which the effect has the claimed direction and at "
    "least the size declared beforehand; thin line: its 95 % interval. A claim holds from 90 % on and fails up to "
    "10 %; between, it depends on what is assumed. Written in: what cites the claim itself carries the effect. "
    "Forced: the equations leave no other. Conditional: some assumptions turn it. Emergent: it stands or falls with a "
    "mechanism."
)


@style()
def verdicts(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the verdicts, from the test that holds in most worlds down.

    The table has a row for each test: columns test, share, share_low, share_high (0-1), verdict, kind; rows without a
    share are left out.

    Raises:
        ValueError: a column is missing, or no test has a share.
    """
    from influence_sim.analysis.claims.evidence import FAILS, HOLDS  # and with them all that tests claims

    rows = _rank(table)
    if rows.empty:
        raise ValueError("no verdict to draw: no claim was tested")
    share, low, high = (values(rows, name) for name in ("share", "share_low", "share_high"))
    y = np.arange(len(rows), dtype=np.float64)
    ax = row_axes(ax, rows["test"], row=ROW, rest=1.0)
    for edge, line, end in ((-0.03, FAILS, FAILS), (HOLDS, HOLDS, 1.03)):
        ax.axvspan(edge, end, color=PAPER, linewidth=0, zorder=0)
        ax.axvline(line, color=SLATE, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=1)
    ax.barh(y, share, 0.28, color=MIST, zorder=2)
    ax.hlines(y, low, high, color=INK, linewidth=1.0, zorder=3)
    for kind, (words, mark) in KINDS.items():
        mask = (rows["kind"] == kind).to_numpy()
        if mask.any():
            ax.plot(share[mask], y[mask], linestyle="", markersize=5, zorder=4, gid=kind, label=words, **mark)
    previous = ""
    for row, (verdict, value) in enumerate(zip(rows["verdict"], share, strict=True)):
        row_note(ax, row, percent(value), color=INK)
        if verdict != previous:  # said once of all that have it
            count = int((rows["verdict"] == verdict).sum())
            kwargs: dict[str, Any] = {"xycoords": ax.get_yaxis_transform(), "va": "center_baseline", "gid": "verdict"}
            text = f"{count} {verdict if count == 1 else VERDICTS.get(str(verdict), verdict)}"
            text_at(ax, (1.0, row), text, (44, 0), color=INK, fontweight="bold", **kwargs)
            if previous:
                ax.axhline(row - 0.5, color=SLATE, linewidth=0.7, zorder=1)
        previous = verdict
    ax.set_xlim(-0.03, 1.03)
    ax.set_xticks([FAILS, 0.5, HOLDS], labels=[percent(share) for share in (FAILS, 0.5, HOLDS)])
    ax.set_xticks([0.0, 0.25, 0.75, 1.0], minor=True)
    ax.set_xlabel("share of worlds in which the test holds", color=SLATE)
    return ax


@style()
def verdicts_page(table: pd.DataFrame, **texts: Unpack[Texts]) -> Figure:
    """Draw the page of verdicts, with a key; 6.5 in wide."""
    rows = _rank(table)
    left = EDGE + widest(rows["test"]) + 0.12
    figure, top = page(COLUMN, KEY + ROW * len(rows) + SCALE, texts, HOW_TO_READ)
    verdicts(table, ax=axes_at(figure, left, top + KEY, COLUMN - EDGE - RIGHT - left, ROW * len(rows)))
    corner = EDGE / COLUMN, 1 - (top - 0.08) / figure.get_figheight()
    spacing: dict[str, Any] = {"handletextpad": 0.2, "columnspacing": 1.2, "borderpad": 0}
    figure.legend(loc="upper left", bbox_to_anchor=corner, ncols=len(KINDS), **spacing)
    return figure


def _rank(table: pd.DataFrame) -> pd.DataFrame:
    """The tests that have a share, the largest first, and in groups by verdict; their names as readers see them."""
    require(table, COLUMNS)
    rows = table[table["share"].notna()]
    order = rows["verdict"].map([*VERDICTS].index)
    rows = rows.assign(order=order).sort_values(["order", "share"], ascending=[True, False], kind="stable")
    return rows.assign(test=rows["test"].str.replace("-", " ")).reset_index(drop=True)


def tally(table: pd.DataFrame) -> str:
    """How many tests hold, depend and fail."""
    counts = table["verdict"].value_counts().reindex(list(VERDICTS), fill_value=0)
    parts = [f"{number} {verdict if number == 1 else VERDICTS[str(verdict)]}" for verdict, number in counts.items()]
    return f"Of {int(counts.sum())} tests {', '.join(parts)}"
