"""How every outcome ends: levels, difference, and how the difference fares under other assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from influence_sim.analysis.claims.evidence import HOLDS
from influence_sim.analysis.summary import endings as summarised

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
    table = summarised(summary, scenario, against, assumptions).to_dict("index")
    return tuple(
        Ending(
            outcome=outcome.name,
            label=outcome.label,
            inner=theatre.inner(outcome.label),
            unit=theatre.words.units.get(outcome.unit, outcome.unit),
            scenario=Interval(row["mean"], row["q05"], row["q95"]),
            baseline=Interval(row["baseline_mean"], row["baseline_q05"], row["baseline_q95"]),
            difference=Interval(row["diff"], row["ci_low"], row["ci_high"]),
            robustness=Robustness(
                points=int(row["points"]),
                share=row["share_same_sign"],
                zero=row["share_zero"],
                parameter=row["parameter"] if row["stands_out"] else "",
            )
            if row.get("points", 0) > 0  # NaN where this outcome was not tried
            else None,
        )
        for outcome in theatre.outcomes
        if (row := table.get(outcome.name)) is not None  # a folder of an older model may lack some
    )
