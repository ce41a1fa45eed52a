"""How every outcome ends: levels, difference, and the difference under other assumptions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from influence_sim.analysis.drivers import TURNS, Driver
from influence_sim.analysis.explain.division import COLUMNS
from influence_sim.base.statistics import SAME
from influence_sim.runs.request import PLAUSIBLE
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.spec import Outcome
from influence_sim.words.terms import unit_words

HIGHER, LOWER, OPEN, NONE = "higher", "lower", "open", "none"


class Interval(NamedTuple):
    """A mean between two ends."""

    mean: float
    low: float
    high: float

    @property
    def direction(self) -> str:
        """`higher` or `lower` where the interval excludes zero, `none` where nothing differs, else `open`."""
        if all(abs(number) <= SAME for number in self):
            return NONE
        if self.low > 0:
            return HIGHER
        return LOWER if self.high < 0 else OPEN


class Robustness(NamedTuple):
    """How far a difference holds under other assumptions."""

    points: int  # number of worlds, sets of assumptions
    share: float  # share of them in which it has the same sign; NaN if it has none
    zero: float  # share of them without a difference
    driver: Driver  # the assumptions on which it depends
    worlds: str = PLAUSIBLE  # kind of the worlds
    failed: int = 0  # number of further worlds that could not be computed
    prior: float = math.nan  # the share over worlds of the prior ranges, if these were tried, too

    @classmethod
    def of_row(cls, row: Mapping[Any, Any]) -> Robustness:
        """From a row of a table of assumptions, see `analysis.worlds.effect_in_worlds`."""
        return cls(
            points=int(row["points"]),
            share=row["share_same_sign"],
            zero=row["share_zero"],
            driver=Driver.of_row(row),
            worlds=row["worlds"],
            failed=int(row["failed"]),
            prior=row.get("prior_share", math.nan),
        )

    @property
    def differs(self) -> bool:
        """Whether the share over the prior ranges is different."""
        return abs(self.share - self.prior) >= TURNS


@dataclass(frozen=True)
class OutcomeText:
    """An outcome's name, its label, alone and within a sentence, and its unit."""

    outcome: str
    label: str
    inner: str
    unit: str


def names_of(outcome: Outcome, theatre: Theatre) -> tuple[str, str, str, str]:
    """The fields of `OutcomeText`."""
    return outcome.name, outcome.label, theatre.inner(outcome.label), unit_words(outcome.unit, theatre)


@dataclass(frozen=True)
class Ending(OutcomeText):
    """How one outcome ends."""

    scenario: Interval  # mean, and the middle 90 % of replicates
    baseline: Interval  # likewise; NaN of one arm alone
    difference: Interval  # mean of the paired difference, and its 95 % interval
    robustness: Robustness | None = None  # under other assumptions; None if not tried
    division: Mapping[str, Interval] | None = None  # the parts of the difference; None if not divided

    @property
    def spread(self) -> float:
        """The spread of the baseline by chance: the width of the band that holds 90 % of its replicates."""
        return self.baseline.high - self.baseline.low


def endings(table: pd.DataFrame, division: pd.DataFrame | None = None) -> Iterator[Ending]:
    """The endings in tables of `analysis.summary.endings` and, if there is one, `division.parts_of`."""
    theatre = load()
    outcomes, parts = {outcome.name: outcome for outcome in theatre.outcomes}, dict[str, dict[str, Interval]]()
    for outcome, part, *numbers in () if division is None else division[list(COLUMNS)].itertuples(index=False):
        parts.setdefault(outcome, {})[part] = Interval(*numbers)
    for name, row in table.to_dict("index").items():
        yield Ending(
            *names_of(outcomes[str(name)], theatre),
            scenario=Interval(row["mean"], row["q05"], row["q95"]),
            baseline=Interval(row["baseline_mean"], row["baseline_q05"], row["baseline_q95"]),
            difference=Interval(row["diff"], row["ci_low"], row["ci_high"]),
            robustness=Robustness.of_row(row) if row.get("points", 0) > 0 else None,  # NaN where it was not tried
            division=parts.get(str(name)),
        )
