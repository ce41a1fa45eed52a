"""Pages: what drives an outcome of a sweep, and what was discovered in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from influence_sim.views import drivers
from influence_sim.views.discovery import ROW as LIMIT
from influence_sim.views.discovery import box_limits, trade_off
from influence_sim.views.frames import label_of
from influence_sim.views.sheet import EDGE, PAGE, axes_at, lay_out
from influence_sim.views.style import HEADING, INK, SMALL
from influence_sim.views.words import text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.analysis.discovery import Discovery
    from influence_sim.analysis.sensitivity import Sensitivity
    from influence_sim.views.frames import OutcomeLabel

# Inches.
HEAD: Final = 0.36
FOOT: Final = 0.50
LEAST: Final = 2.2
MARGIN: Final = 0.42
P_VALUES: Final = 0.80

HOW_SOBOL: Final = (
    "First-order index: the share of the variance over points that a factor accounts for by itself; total index: with "
    "all it does together with others. A factor whose total index stays near zero could be fixed."
)
HOW_MORRIS: Final = (
    "Along x: how much the outcome moves when a factor crosses its range; up: how much that depends on where the "
    "others stand. Below the line 0.1 an effect is nearly linear; above the line 1 it is not monotone, or shared with "
    "others."
)
HOW_GROUPS: Final = (
    "How much the outcome moves when a factor, or all factors of a group, cross their range: "
    "the mean size of the move, whatever its direction."
)
HOW_RANKS: Final = (
    "Bars: the outcome's mean over points with the lowest and the highest fifth of a factor's values. At the right: "
    "the rank correlation, bold if it is beyond what chance gives the largest of all (95 %)."
)
HOW_BOX: Final = (
    "Each point is a box on the way of peeling; numbers are for --point. Bars: the part of a factor's range that lies "
    "in the box; at the right the quasi-p-value of its limits (the larger of two). Settled: without limits "
    "that chance explains, and with what was peeled too far pasted back."
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One Axes of a page: how it is drawn, its heading, the inches beside it, and its height if it is lower."""

    draw: Callable[[Axes], Axes]
    heading: str
    left: float
    right: float = MARGIN
    tall: float | None = None


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels side by side, of one height; `shares` are parts of the page's width."""

    panels: tuple[Panel, ...]
    shares: tuple[float, ...]
    tall: float

    @property
    def height(self) -> float:
        """From the headings to the foot of the scales."""
        return HEAD + self.tall + FOOT

    def draw(self, figure: Figure, top: float) -> None:
        """Draw at a distance from the figure's top."""
        left, inner = EDGE, PAGE - 2 * EDGE
        for panel, share in zip(self.panels, self.shares, strict=True):
            width = share * inner - panel.left - panel.right
            ax = axes_at(figure, left + panel.left, top + HEAD, width, panel.tall or self.tall)
            panel.draw(ax)
            figure.text(
                left / PAGE,
                1 - top / figure.get_size_inches()[1],
                panel.heading,
                fontsize=HEADING,
                fontweight="bold",
                color=INK,
                va="top",
                parse_math=False,
            )
            left += share * inner


def sensitivity_page(
    found: Sensitivity,
    outcome: str,
    *,
    title: str = "",
    note: str = "",
    labels: Mapping[str, OutcomeLabel] | None = None,
) -> Figure:
    """Draw what drives one outcome: Sobol indices and their convergence, Morris' screening, or a tornado diagram.

    Args:
        found: of a sweep.
        outcome: one of its outcomes.
        title: what was swept; heads the page.
        note: small print for the foot, after how to read the figure.
        labels: label and unit of outcomes.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.

    Raises:
        ValueError: there is no such outcome.
    """
    rows = found.summary[found.summary["outcome"] == outcome].to_dict("records")
    if not rows:
        raise ValueError(f"{outcome!r}: not an outcome that was asked about")
    row = rows[0]
    kind, how = _body(found, outcome, labels)
    what = ", difference" if str(row["column"]).endswith("_diff") else ""
    date = f" in {row['date']}" if row["date"] else ""
    verdict = f"it {row['verdict']}" if str(row["verdict"]).startswith("hangs") else row["verdict"]
    subtitle = f"{label_of(outcome, labels).label}{what}{date}: {verdict}"
    return lay_out(kind, PAGE, title=title, subtitle=subtitle, note=" ".join(part for part in (how, note) if part))


def _body(found: Sensitivity, outcome: str, labels: Mapping[str, OutcomeLabel] | None) -> tuple[Panels, str]:
    """What stands on the page, and how it is read."""
    table = found.table[found.table["outcome"] == outcome]
    names = _width([str(name) for name in table["factor"].iloc[: drivers.MOST]])
    tall = max(drivers.ROW * min(len(table), drivers.MOST), LEAST)
    if found.method == "sobol_indices":
        bars = Panel(lambda ax: drivers.sobol_bars(table, outcome, ax=ax), "Sobol indices", names)
        curves = _convergence(found.convergence[found.convergence["outcome"] == outcome], outcome)
        return Panels((bars, curves), (0.55, 0.45), tall), HOW_SOBOL
    if found.method == "morris":
        grouped = bool(table["sigma"].isna().any())
        left, high, how = (names, tall, HOW_GROUPS) if grouped else (MARGIN, 4.2, HOW_MORRIS)
        right = MARGIN if grouped else _width(drivers.worth_a_name(table))
        dots = Panel(lambda ax: drivers.morris(table, outcome, ax=ax, labels=labels), "Morris' screening", left, right)
        return Panels((dots,), (1.0,), high), how
    bars = Panel(lambda ax: drivers.tornado(table, outcome, ax=ax, labels=labels), "Rank correlations", names, 0.6)
    return Panels((bars,), (1.0,), tall), HOW_RANKS


def _convergence(table: pd.DataFrame, outcome: str) -> Panel:
    last = table[table["samples"] == table["samples"].max()].sort_values("ST", ascending=False)
    right = _width([str(name) for name in last["factor"].iloc[: drivers.LINES]])
    return Panel(lambda ax: drivers.convergence(table, outcome, ax=ax), "Convergence", MARGIN, right)


def discovery_page(found: Discovery, *, title: str = "", note: str = "") -> Figure:
    """Draw what was discovered: the trade-off between coverage and density, and the limits of the box.

    Args:
        found: in a sweep.
        title: what was swept; heads the page.
        note: small print for the foot, after how to read the figure.

    Returns:
        A figure that pyplot knows nothing of, 10 in wide.
    """
    quality = found.quality
    settled = (quality["coverage"], quality["density"]) if found.by_rule else None
    names = _width([str(name) for name in found.limits["factor"].unique()]) if len(found.limits) else MARGIN
    curve = Panel(lambda ax: trade_off(found.trajectory, found.step, settled=settled, ax=ax), "The boxes", MARGIN)
    rows = max(found.limits["factor"].nunique(), 1)
    bars = Panel(lambda ax: box_limits(found.limits, ax=ax), "The box", names, P_VALUES, LIMIT * rows)
    body = Panels((curve, bars), (0.5, 0.5), max(3.4, LIMIT * rows))
    date = f" in {found.date}" if found.date else ""
    subtitle = (
        f"Where {found.where}{date}: the box holds {quality['coverage']:.0%} of {found.cases} cases, and "
        f"{quality['density']:.0%} of its {quality['points']:.0f} points are cases"
    ).replace("%", " %")
    return lay_out(body, PAGE, title=title, subtitle=subtitle, note=" ".join(part for part in (HOW_BOX, note) if part))


def _width(names: list[str]) -> float:
    """Inches that the longest of some names takes beside an Axes."""
    return max((text_width(name, SMALL) for name in names), default=0.0) / 72 + 0.16
