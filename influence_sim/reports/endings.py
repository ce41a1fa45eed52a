"""How every outcome ends: levels, difference, and how the difference fares under other assumptions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from influence_sim.analysis.claims.evidence import HOLDS
from influence_sim.analysis.decides import TURNS, Hanging
from influence_sim.analysis.summary import endings as summarised
from influence_sim.base.statistics import SAME
from influence_sim.runs.request import PLAUSIBLE, RunRequest
from influence_sim.theatre import Theatre
from influence_sim.theatre.spec import Outcome

HIGHER, LOWER, OPEN, NONE = "higher", "lower", "open", "none"


class Interval(NamedTuple):
    """A mean between two ends."""

    mean: float
    low: float
    high: float

    @property
    def direction(self) -> str:
        """`higher` or `lower` where the interval leaves no doubt, `none` where nothing differs, else `open`."""
        if all(abs(number) <= SAME for number in self):
            return NONE
        if self.low > 0:
            return HIGHER
        return LOWER if self.high < 0 else OPEN


class Robustness(NamedTuple):
    """How a difference fares under other assumptions."""

    points: int  # worlds, sets of assumptions
    share: float  # of them in which it has the same sign; NaN if there is no sign to keep
    zero: float  # share in which there is no difference
    hanging: Hanging  # on what it hangs
    worlds: str = PLAUSIBLE  # which worlds these are
    failed: int = 0  # how many more could not be computed
    prior: float = math.nan  # the share over worlds of the prior ranges, where that was asked, too

    @property
    def robust(self) -> bool:
        """Whether it keeps its sign in as many worlds as a claim needs to hold."""
        return self.share >= HOLDS

    @property
    def differs(self) -> bool:
        """Whether the share is another over the prior ranges."""
        return abs(self.share - self.prior) >= TURNS


@dataclass(frozen=True)
class Named:
    """An outcome as readers are told of it: its name, its label, alone and within a sentence, and its unit."""

    outcome: str
    label: str
    inner: str
    unit: str


def names_of(outcome: Outcome, theatre: Theatre) -> tuple[str, str, str, str]:
    """The fields of `Named`."""
    unit = theatre.words.units.get(outcome.unit, outcome.unit)
    return outcome.name, outcome.label, theatre.inner(outcome.label), unit


@dataclass(frozen=True)
class Ending(Named):
    """How one outcome ends in both arms."""

    scenario: Interval  # mean, and the middle 90 % of replicates
    baseline: Interval
    difference: Interval  # mean of the paired difference, and its 95 % interval
    robustness: Robustness | None  # under other assumptions; None if not tried


def endings(summary: pd.DataFrame, assumptions: pd.DataFrame | None, request: RunRequest) -> Iterator[Ending]:
    """How every outcome of a run of two arms ends, in the theatre's order; tables as its folder has them."""
    scenario, against = request.names
    rows = summarised(summary, scenario, against, assumptions).to_dict("index")
    for outcome in request.theatre.outcomes:
        if (row := rows.get(outcome.name)) is None:
            continue  # a folder of an older model may lack some
        found = None
        if row.get("points", 0) > 0:  # NaN where this outcome was not tried
            same, zero, hanging = row["share_same_sign"], row["share_zero"], Hanging.of_row(row)
            prior = row.get("prior_share", math.nan)
            found = Robustness(int(row["points"]), same, zero, hanging, row["worlds"], int(row["failed"]), prior)
        yield Ending(
            *names_of(outcome, request.theatre),
            scenario=Interval(row["mean"], row["q05"], row["q95"]),
            baseline=Interval(row["baseline_mean"], row["baseline_q05"], row["baseline_q95"]),
            difference=Interval(row["diff"], row["ci_low"], row["ci_high"]),
            robustness=found,
        )
