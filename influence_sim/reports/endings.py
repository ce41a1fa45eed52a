"""How every outcome ends: levels, difference, and how the difference fares under other assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from influence_sim.analysis.claims.evidence import HOLDS

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.theatre import Theatre

NOTHING: Final = 1e-12
"""A difference up to this is none: the arms only rounded differently."""
HIGHER, LOWER, OPEN, NONE = "higher", "lower", "open", "none"


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean between two ends."""

    mean: float
    low: float
    high: float

    @property
    def direction(self) -> str:
        """`higher` or `lower` where the interval leaves no doubt, `none` where nothing differs, else `open`."""
        if all(abs(number) <= NOTHING for number in (self.mean, self.low, self.high)):
            return NONE
        if self.low > 0:
            return HIGHER
        return LOWER if self.high < 0 else OPEN


@dataclass(frozen=True, slots=True)
class Robustness:
    """How a difference fares under other assumptions.

    Attributes:
        points: sampled sets of assumptions.
        share: of them in which it has the same sign; NaN if there is no sign to keep.
        zero: share in which there is no difference.
        parameter: the one it hangs on most; "" if none stands out.
    """

    points: int
    share: float
    zero: float
    parameter: str

    @property
    def robust(self) -> bool:
        """Whether it keeps its sign in as many worlds as a claim needs to hold."""
        return self.share >= HOLDS


@dataclass(frozen=True, slots=True)
class Ending:
    """How one outcome ends in both arms.

    Attributes:
        outcome: its name.
        label: of it.
        inner: the label as it stands within a sentence.
        unit: of its values.
        scenario: mean, and the middle 90 % of replicates.
        baseline: likewise.
        difference: mean of the paired difference, and its 95 % interval.
        robustness: under other assumptions; None if not tried.
    """

    outcome: str
    label: str
    inner: str
    unit: str
    scenario: Interval
    baseline: Interval
    difference: Interval
    robustness: Robustness | None


def endings(
    summary: pd.DataFrame, scenario: str, against: str, assumptions: pd.DataFrame | None, theatre: Theatre
) -> tuple[Ending, ...]:
    """How every outcome ends, in the theatre's order.

    Args:
        summary: as a result folder's `summary.csv`.
        scenario: name of the arm in question.
        against: name of the other.
        assumptions: as `assumptions.csv`; None if that was not tried.
        theatre: names, labels and units.
    """
    last = summary[summary["date"] == summary["date"].max()]
    rows = {(str(row["scenario"]), str(row["outcome"])): row for row in last.to_dict("records")}
    tried = {} if assumptions is None else {str(row["outcome"]): row for row in assumptions.to_dict("records")}
    found = []
    for outcome in theatre.outcomes:
        if (scenario, outcome.name) in rows:  # a folder of an older model may lack some
            own, twin, other = rows[scenario, outcome.name], rows[against, outcome.name], tried.get(outcome.name)
            ending = Ending(
                outcome=outcome.name,
                label=outcome.label,
                inner=theatre.inner(outcome.label),
                unit=theatre.words.units.get(outcome.unit, outcome.unit),
                scenario=_interval(own, "mean", "q05", "q95"),
                baseline=_interval(twin, "mean", "q05", "q95"),
                difference=_interval(own, "diff", "ci_low", "ci_high"),
                robustness=None if other is None else _robustness(other),
            )
            found.append(ending)
    return tuple(found)


def _interval(row: Mapping[Any, Any], *names: str) -> Interval:
    return Interval(*(float(row[name]) for name in names))


def _robustness(row: Mapping[Any, Any]) -> Robustness:
    parameter = str(row["parameter"]) if row["stands_out"] else ""
    return Robustness(int(row["points"]), float(row["share_same_sign"]), float(row["share_zero"]), parameter)
