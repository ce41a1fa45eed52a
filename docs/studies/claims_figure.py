"""The picture at the head of docs/claims.md: all verdicts in a small space."""

from __future__ import annotations

from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from influence_sim.analysis.claims.evidence import FAILS, HOLDS
from influence_sim.base.numbers import percent
from influence_sim.views.page_layout import EDGE, Texts, axes_at, page
from influence_sim.views.style import COLUMN, INK, PAPER, SLATE, style
from influence_sim.views.tables import require, values
from influence_sim.views.verdicts import COLUMNS, KEY, KINDS, SCALE

STACKED: Final = 0.13
BINS: Final = 40
INSET: Final = 0.12
CLOSER: Final = 0.25  # so that picture and summary stand on one screen
HOW_TO_READ: Final = (
    "A mark is a declared test; those that hold in about as many worlds, sets of assumptions, stand above each other."
)


@style()
def strip(table: pd.DataFrame, **texts: Unpack[Texts]) -> Figure:
    """Draw all verdicts in a small space: a mark for each test, stacked where shares of worlds are alike; 6.5 in wide.

    The table as for `verdicts`.
    """
    require(table, COLUMNS)
    rows = table[table["share"].notna()].sort_values("kind", key=lambda kind: kind.map([*KINDS].index))
    column = np.minimum((values(rows, "share") * BINS).astype(np.int64), BINS - 1)
    stacked = pd.Series(column).groupby(column).cumcount().to_numpy()
    height = STACKED * (stacked.max() + 1.5)
    figure, top = page(COLUMN, KEY + height + SCALE - CLOSER, texts, HOW_TO_READ)
    ax = axes_at(figure, EDGE + INSET, top + KEY, COLUMN - 2 * (EDGE + INSET), height)
    for edge, line, end, words in ((0.0, FAILS, FAILS, "fails"), (HOLDS, HOLDS, 1.0, "holds")):
        ax.axvspan(edge, end, color=PAPER, linewidth=0, zorder=0)
        ax.axvline(line, color=SLATE, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=1)
        ax.annotate(words, ((edge + end) / 2, 1.0), (0, 3), "axes fraction", "offset points", ha="center", color=INK)
    ax.annotate("depends", (0.5, 1.0), (0, 3), "axes fraction", "offset points", ha="center", color=INK)
    for kind, (words, mark) in KINDS.items():
        chosen = (rows["kind"] == kind).to_numpy()
        if chosen.any():
            x = (column[chosen] + 0.5) / BINS
            ax.plot(x, stacked[chosen] + 0.5, linestyle="", markersize=5, gid=kind, label=words, **mark)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, stacked.max() + 1.5)
    ax.set_xticks([0.0, FAILS, 0.5, HOLDS, 1.0], labels=[percent(share) for share in (0.0, FAILS, 0.5, HOLDS, 1.0)])
    ax.set_yticks([])
    ax.set_xlabel("share of worlds in which a test holds", color=SLATE)
    corner = EDGE / COLUMN, 1 - (top - 0.12) / figure.get_figheight()
    spaces: dict[str, Any] = {"handletextpad": 0.2, "columnspacing": 1.2, "borderpad": 0}
    figure.legend(loc="upper left", bbox_to_anchor=corner, ncols=len(KINDS), **spaces)
    return figure
