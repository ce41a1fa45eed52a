"""The network of ties: what changed between the arms, or the ties of one arm; actors keep their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from influence_sim.base.numbers import Floats, number
from influence_sim.views.axes import axes_for, heading
from influence_sim.views.page_layout import Texts, by_date
from influence_sim.views.style import BLUE, INK, MIST, PAPER, SLATE, SMALL, VERMILION, style
from influence_sim.views.tables import require

COLUMNS: Final = ("who", "towards", "tie")
CHANGE: Final = ("diff", "ci_low", "ci_high")
FAINT: Final = 0.1
"""A tie weaker than this is not drawn."""
MOVED: Final = 0.02
"""A tie that changes by less has not moved, however narrow the interval of the change."""
NAMED: Final = 6  # changes, the largest, of which the number is written
WARMER: Final[tuple[str, Any]] = BLUE, "-"
COLDER: Final[tuple[str, Any]] = VERMILION, (0, (2.2, 1.1))
BOX: Final = {"boxstyle": "round,pad=0.25", "facecolor": PAPER, "edgecolor": SLATE, "linewidth": 0.7}
THIN, THICK = 0.9, 5.0  # points, of the smallest change or tie that is drawn, and of the largest
FULL: Final = 0.5  # a change from which on arrows are no thicker
BENDS: Final = (0.14, 0.3, -0.22)  # of arrows, in parts of their length; to and fro stand apart
CLEAR: Final = 0.12  # between an arrow and actors that it passes
ALONG: Final = np.linspace(0.3, 0.7, 9)  # where on an arrow its number may be written
RATIO: Final = 0.8
HOW_TO_READ: Final = (
    "Arrows: how one actor's tie to another (\N{MINUS SIGN}1 hostile to 1 friendly) differs from the baseline, as the "
    "mean paired difference; the thicker, the larger. Solid, +: friendlier; dashed, \N{MINUS SIGN}: more hostile. Only "
    f"changes of at least {MOVED} whose 95 % interval, if there is one, excludes zero. Pale lines: all ties. Where "
    "actors stand has no meaning."
)
HOW_TO_READ_ALONE: Final = (
    "Lines: ties, the mean of both directions and of the replicates, from \N{MINUS SIGN}1 to 1; the thicker, the "
    f"stronger. Solid: friendly; dashed: hostile; none: weaker than {FAINT}. Where actors stand has no meaning and "
    "never changes."
)

Places = Mapping[str, tuple[float, float]]


@style()
def network(
    ties: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str = "",
    names: Mapping[str, str] | None = None,
    places: Places | None = None,
) -> Axes:
    """Draw which ties differ between scenario and baseline; of an arm alone, the ties.

    The table has a row for each directed dyad of one arm in one month: columns who, towards, tie (-1 to 1) and, of a
    scenario, diff, ci_low, ci_high: the paired difference with its interval. `places` says where actors always stand,
    x and y from -1 to 1; others stand on an outer ring. `title` heads the Axes.

    Raises:
        ValueError: a column is missing, or a dyad has more than one row.
    """
    require(ties, COLUMNS)
    pairs, shows_changes = mutual_ties(ties), is_change(ties)
    xy = _places(ties, places or {})
    ax = axes_for(ax, 5.2, 4.1)
    for (first, second), tie in pairs.items():
        if abs(tie) >= FAINT:
            x, y = zip(xy[first], xy[second], strict=True)
            width, (colour, dashes) = THIN + (THICK - THIN) * abs(tie), WARMER if tie > 0 else COLDER
            kwargs: dict[str, Any] = {"color": colour, "linestyle": dashes, "linewidth": width, "alpha": 0.85}
            if shows_changes:
                kwargs = {"color": MIST, "linestyle": dashes, "linewidth": 0.9, "alpha": 0.6}
            ax.plot(x, y, zorder=2, gid=f"{first} {second}", solid_capstyle="butt", **kwargs)
    boxes = {}
    for actor, point in xy.items():
        kwargs = {"ha": "center", "va": "center", "fontsize": SMALL, "color": INK, "zorder": 5, "bbox": BOX}
        boxes[actor] = ax.text(*point, (names or {}).get(actor, actor), **kwargs)
    if shows_changes:
        obstacles = [np.array(point) for point in xy.values()]
        changes = moved_ties(ties)[["who", "towards", "diff"]].itertuples(index=False)
        for rank, (who, to, change) in enumerate(changes):
            bend = _bend((xy[who], xy[to]), [xy[actor] for actor in xy if actor not in {who, to}])
            size, (colour, dashes) = min(abs(change), FULL) / FULL, WARMER if change > 0 else COLDER
            width = THIN + (THICK - THIN) * size
            kwargs = {"color": colour, "linestyle": dashes, "linewidth": width, "joinstyle": "miter"}
            kwargs |= {"connectionstyle": f"arc3,rad={bend}", "mutation_scale": 1.0, "gid": f"{who} > {to}"}
            head = f"-|>,head_length={4 + width},head_width={2 + 0.7 * width}"
            ax.add_patch(_Arrow((boxes[who], boxes[to]), arrowstyle=head, zorder=3 + size, **kwargs))
            if rank < NAMED:
                curve = _curve((xy[who], xy[to]), bend, ALONG)
                clearance = [min(np.abs((point - spot) * (1.0, 2.0)).max() for spot in obstacles) for point in curve]
                obstacles.append(curve[int(np.argmax(clearance))])  # where it is farthest from all that is written
                kwargs = {"ha": "center", "va": "center", "fontsize": SMALL, "fontweight": "bold", "zorder": 6}
                halo, (x, y) = [withStroke(linewidth=2.6, foreground="white")], obstacles[-1].tolist()
                ax.text(x, y, number(change, 2, signed=True), color=colour, path_effects=halo, **kwargs)
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.0, 1.0), aspect="equal")
    ax.set_axis_off()
    heading(ax, title, pad=4)
    return ax


def network_page(
    ties: pd.DataFrame, *, names: Mapping[str, str] | None = None, places: Places | None = None, **texts: Unpack[Texts]
) -> Figure:
    """Draw what changed at every date; of an arm alone its ties. The table has columns scenario and date, too."""
    require(ties, ("scenario", *COLUMNS))
    scenario_ties = ties[ties["scenario"] == ties["scenario"].iloc[0]] if len(ties) else ties
    draw = partial(network, names=names, places=places)
    how_to_read = HOW_TO_READ if is_change(scenario_ties) else HOW_TO_READ_ALONE
    figure, _ = by_date(draw, scenario_ties, texts, ratio=RATIO, how_to_read=how_to_read)
    return figure


def is_change(ties: pd.DataFrame) -> bool:
    """Whether a table has changes between arms, and not one arm alone."""
    return set(CHANGE) <= set(ties.columns) and bool(ties["diff"].notna().any())


def moved_ties(ties: pd.DataFrame) -> pd.DataFrame:
    """The rows of ties that differ between scenario and baseline, the largest change first.

    Without an interval, of a single replicate, all changes count.
    """
    clear = ~((ties["ci_low"] <= 0) & (ties["ci_high"] >= 0))
    moved = ties[clear & (ties["diff"].abs() >= MOVED)]
    return moved.reindex(moved["diff"].abs().sort_values(ascending=False, kind="stable").index)


def warming(ties: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Which ties moved most by the last date, in a sentence; "" if none did. The table as for `network_page`."""
    last = ties[(ties["date"] == ties["date"].max()) & ties["diff"].notna()]
    changes = moved_ties(last)
    if changes.empty:
        return ""
    largest = changes.iloc[0]
    source, target = (names.get(str(largest[column]), str(largest[column])) for column in ("who", "towards"))
    share = f"{len(changes)} of {len(last)} ties move" if len(changes) > 1 else f"1 of {len(last)} ties moves"
    return f"{share}, above all that of {source} to {target} ({number(largest['diff'], 2, signed=True)})"


def _places(ties: pd.DataFrame, places: Places) -> dict[str, tuple[float, float]]:
    """Where each actor of a table stands; actors without a place stand on a ring."""
    actors: Sequence[str] = list(dict.fromkeys([*ties["who"], *ties["towards"]]))
    unplaced = [actor for actor in actors if actor not in places]
    angles = (np.linspace(0.0, 2 * np.pi, len(unplaced), endpoint=False) + 0.3).tolist()
    ring = {actor: (1.1 * np.cos(angle), 0.9 * np.sin(angle)) for actor, angle in zip(unplaced, angles, strict=True)}
    return {actor: places.get(actor) or ring[actor] for actor in actors}


def mutual_ties(ties: pd.DataFrame) -> dict[tuple[str, str], float]:
    """For each pair the mean of its directed ties; ValueError if one of them has more than one row."""
    if bool(ties.duplicated(["who", "towards"]).any()):
        raise ValueError("a dyad stands twice in the table; choose one arm and one date")
    first, second = np.sort(ties[["who", "towards"]].to_numpy(dtype=str), axis=1).T
    return dict(ties["tie"].groupby([first, second], sort=False).mean())


class _Arrow(FancyArrowPatch):
    """An arrow from the box of one text to that of another."""

    def __init__(self, texts: tuple[Text, Text], **kwargs: Any) -> None:
        first, second = texts
        kwargs |= {"patchA": first.get_bbox_patch(), "patchB": second.get_bbox_patch()}
        super().__init__(first.get_position(), second.get_position(), **kwargs)
        self.texts = texts

    def draw(self, renderer: RendererBase) -> None:
        """Draw it; texts that are drawn later do not know their boxes yet."""
        for text in self.texts:
            text.update_bbox_position_size(renderer)
        super().draw(renderer)


def _bend(ends: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]) -> float:
    """The first bend by which an arrow passes all other actors at a distance, or else the one that keeps furthest."""

    def clearance(bend: float) -> float:
        curve = _curve(ends, bend, np.linspace(0.1, 0.9, 17))
        return min((float(np.hypot(*((curve - other) * (0.6, 1.0)).T).min()) for other in others), default=CLEAR)

    return next((bend for bend in BENDS if clearance(bend) >= CLEAR), max(BENDS, key=clearance))


def _curve(ends: Sequence[tuple[float, float]], bend: float, along: Floats) -> Floats:
    """Points on an arrow: a quadratic Bezier curve whose handle lies to the right of the way from one to the other."""
    (x, y), (u, v) = ends
    handles = np.array([(x, y), ((x + u) / 2 + bend * (v - y), (y + v) / 2 - bend * (u - x)), (u, v)])
    curve: Floats = np.array([(1 - along) ** 2, 2 * along * (1 - along), along**2]).T @ handles
    return curve
