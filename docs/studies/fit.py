"""Fitting the ground to SIGAR's district classes: approximate Bayesian computation on whole runs.

A run is one point of the prior box with its own draws. It is accepted if its district classes pass near enough to
the record (rejection sampling: Pritchard et al. 1999; read as a model of the record's error: Wilkinson 2013). What is
kept is therefore a set of parameter sets together with the histories they took, and a forecast is what those same
runs do next. Nothing is optimised and no run is weighted.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import chi2, qmc

from influence_sim.analysis.worlds import values_of
from influence_sim.base.months import Month, parse_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.model import Arm
from influence_sim.runs.points import Job, run_jobs
from influence_sim.theatre import Theatre
from influence_sim.theatre.files import data_folder

CLASSES = {
    "districts_government": "percent_government",
    "contested": "percent_contested",
    "districts_insurgent": "percent_insurgent",
}
"""Outcome of the model -> column of the record."""

AIMED = [0, 2]
"""The classes that are compared: the contested districts are what the other two leave."""

FIRST, LAST = parse_month("2016-11"), parse_month("2018-01")
ANCHORS = ("2015-11",)
"""Months of earlier reports that the start is anchored to."""
EARLIER = ("2015-11", "2016-01", "2016-05", "2016-08")
"""All reports before the window; those that are no anchors serve as a check."""

TOLERANCE = (1.5, 1.0)
"""Error of a report, standard deviation in percentage points, of the government's and the insurgents' districts.

About what separates one report from the next but one: six and four districts of 407. Assumed.
"""
ANCHOR_TOLERANCE = 4.0
"""The same for reports before November 2016, when districts were assessed in another way."""

PASSED = 0.95
"""A run is accepted if its squared distance is below this quantile of what the errors alone would give."""

HISTORY = 29
"""Months from September 2015 to January 2018."""


@dataclass(frozen=True)
class Targets:
    """What runs are held against.

    Attributes:
        months: of the reports, in order.
        shares: percentages, shape (T, 3), in the order of `CLASSES`.
        tolerance: standard deviations of the two classes that are compared, shape (T, 2).
    """

    months: tuple[Month, ...]
    shares: Floats
    tolerance: Floats

    @property
    def limit(self) -> float:
        """The largest squared distance of an accepted run."""
        return float(chi2.ppf(PASSED, self.tolerance.size))

    def until(self, month: Month) -> Targets:
        """The reports up to a month."""
        count = sum(date <= month for date in self.months)
        return Targets(self.months[:count], self.shares[:count], self.tolerance[:count])

    def loosened(self, factor: float) -> Targets:
        """The same reports with other tolerances."""
        return replace(self, tolerance=self.tolerance * factor)


@dataclass(frozen=True)
class Bank:
    """Many runs of one arm over the prior box, made once and judged often.

    Attributes:
        arm: what was run.
        seed: of the draws; run r is replicate r.
        points: for each parameter that varies its value in each run, shape (R,).
        months: of the reports.
        classes: percentages of districts at those months, shape (T, 3, R).
    """

    arm: Arm
    seed: int
    points: Mapping[str, Floats]
    months: tuple[Month, ...]
    classes: Floats

    def __len__(self) -> int:
        return len(self.classes[0, 0])

    def values_of(self, rows: Integers) -> dict[str, Floats]:
        """The parameters of some runs."""
        return {name: column[rows] for name, column in self.points.items()}


def fitted_names(theatre: Theatre) -> list[str]:
    """The parameters whose status is `fitted`."""
    return [name for name, spec in theatre.parameters.items() if spec.status == "fitted"]


def record(name: str) -> list[dict[str, str]]:
    """The rows of one of the files of the record."""
    with (data_folder() / "record" / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def targets(anchors: Sequence[str] = ANCHORS) -> Targets:
    """SIGAR's reports from November 2016 to January 2018, after those of some earlier months."""
    rows = [(parse_month(row["date"][:7]), row) for row in record("sigar_districts")]
    chosen = [(date, row) for date, row in rows if FIRST <= date <= LAST or row["date"][:7] in anchors]
    shares = np.array([[float(row[column]) for column in CLASSES.values()] for _, row in chosen])
    tolerance = np.array([TOLERANCE if date >= FIRST else [ANCHOR_TOLERANCE] * 2 for date, _ in chosen])
    return Targets(tuple(date for date, _ in chosen), shares, tolerance)


def sobol(points: int, width: int, seed: int) -> Floats:
    """A scrambled Sobol sequence, shape (points, width); `points` is a power of two."""
    cube: Floats = qmc.Sobol(width, seed=seed).random(points)
    return cube


def run_bank(arm: Arm, names: Sequence[str], cube: Floats, *, seed: int, months: Sequence[Month]) -> Bank:
    """Runs every point of a cube once.

    Args:
        arm: the baseline, up to the last report at least.
        names: the parameters that vary; the others stay at their defaults.
        cube: points of the unit cube, shape (R, len(names)).
        seed: of the draws.
        months: of the reports.
    """
    points = values_of([arm.theatre.parameters[name] for name in names], cube)
    each_its_own = np.arange(len(cube), dtype=np.int64)[:, None]
    steps = [month - arm.theatre.start for month in months]
    job = Job([arm], seed, each_its_own, _percentages, points, steps=steps, outcomes=list(CLASSES))
    (classes,) = run_jobs([job])
    return Bank(arm, seed, points, tuple(months), np.moveaxis(classes, 0, 2))


def _percentages(runs: Sequence[Floats]) -> Floats:
    """Of every run, (R, T, 3)."""
    return 100.0 * runs[0][:, :, :, 0]


def rows_of(theatre: Theatre, outcomes: Sequence[str] | Mapping[str, str]) -> list[int]:
    """Where outcomes stand in the arrays of a run."""
    names = [outcome.name for outcome in theatre.outcomes]
    return [names.index(outcome) for outcome in outcomes]


def distances(classes: Floats, goal: Targets) -> Floats:
    """Squared distance of runs from reports, in units of the tolerance.

    Args:
        classes: percentages, shape (T, 3, R), at the months of the reports.
        goal: the reports.

    Returns:
        Shape (R,).
    """
    gaps = (classes - goal.shares[:, :, None])[:, AIMED] / goal.tolerance[:, :, None]
    squared: Floats = np.einsum("tcr,tcr->r", gaps, gaps)
    return squared


def accept(bank: Bank, goal: Targets) -> Integers:
    """The runs that pass near enough to the reports: their numbers, in order.

    Raises:
        ValueError: none does, so that there is nothing to go on.
    """
    steps = [bank.months.index(month) for month in goal.months]
    rows = np.flatnonzero(distances(bank.classes[steps], goal) <= goal.limit)
    if len(rows) == 0:
        raise ValueError(f"none of {len(bank)} runs comes near the {len(goal.months)} reports")
    return rows


def posterior(bank: Bank, rows: Integers) -> pd.DataFrame:
    """What acceptance tells of each parameter.

    Returns:
        One row a parameter: `parameter`, `low`, `high` and `default` of the table of parameters, the quantiles `q05`,
        `q50`, `q95` of the accepted runs, and `shrinkage`, 1 - sd accepted / sd of the prior.
    """
    found = []
    for name, column in bank.points.items():
        spec = bank.arm.theatre.parameters[name]
        q05, q50, q95 = np.quantile(column[rows], [0.05, 0.5, 0.95]).tolist()
        shrinkage = 1.0 - float(column[rows].std() / column.std())
        found.append((name, spec.low, spec.high, spec.default, q05, q50, q95, shrinkage))
    columns = ["parameter", "low", "high", "default", "q05", "q50", "q95", "shrinkage"]
    return pd.DataFrame(found, columns=columns)


def directions(bank: Bank, rows: Integers) -> pd.DataFrame:
    """Which combinations of parameters the record holds, from the firmest to the loosest.

    Principal axes of the accepted sets, every parameter in standard deviations of its prior.

    Returns:
        One row a direction: `sd` along it (1 is as wide as the prior) and the loading of each parameter.
    """
    scaled = np.array([(column[rows] - column.mean()) / column.std() for column in bank.points.values()])
    variances, axes = np.linalg.eigh(np.cov(scaled, bias=True))
    # eigenvectors come with either sign
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(axes))])
    table = pd.DataFrame(axes.T, columns=list(bank.points))
    table.insert(0, "sd", np.sqrt(np.maximum(variances, 0.0)))
    return table


IDENTIFIED, WEAK = 0.5, 0.2
"""From which shrinkage on a parameter is said to be identified, and weakly so."""


def recover(bank: Bank, goal: Targets, *, truths: int = 200, seed: int = 1) -> pd.DataFrame:
    """Whether parameters come back from records that the model itself has made.

    Runs of the bank, with errors of the stated size added, serve as records; only those that resemble the real one
    are taken (squared distance up to four times the limit), and the run itself is left out. As truths are drawn from
    the prior and chosen by their records alone, 5-95 % intervals should hold nine truths in ten.

    Returns:
        One row a parameter: `parameter`, `coverage` of the intervals, mean `shrinkage`, `correlation` of truth and
        accepted mean, and the `verdict`: `yes`, `weakly` or `no`.

    Raises:
        ValueError: no made-up record resembles the real one.
    """
    rng = np.random.default_rng(seed)
    steps = [bank.months.index(month) for month in goal.months]
    observed = bank.classes[steps]
    observed[:, AIMED] += rng.standard_normal((len(steps), len(AIMED), len(bank))) * goal.tolerance[:, :, None]
    near = np.flatnonzero(distances(observed, goal) <= 4.0 * goal.limit)
    if len(near) == 0:
        raise ValueError("no made-up record resembles the real one")
    chosen = rng.permutation(near)[:truths]
    simulated, columns = bank.classes[steps], np.array(list(bank.points.values()))
    trials = [_recovered(simulated, columns, replace(goal, shares=observed[:, :, one]), int(one)) for one in chosen]
    return _recovery_table(bank, columns, chosen, [trial for trial in trials if trial is not None])


def _recovered(simulated: Floats, columns: Floats, goal: Targets, truth: int) -> tuple[int, Floats] | None:
    """The truth's number, and low, high, mean and sd of each parameter, shape (4, n); None if too few runs pass."""
    rows = np.flatnonzero(distances(simulated, goal) <= goal.limit)
    kept = columns[:, rows[rows != truth]]
    if kept.shape[1] < 10:
        return None
    low, high = np.quantile(kept, [0.05, 0.95], axis=1)
    return truth, np.array([low, high, kept.mean(axis=1), kept.std(axis=1)])


def _recovery_table(
    bank: Bank, columns: Floats, chosen: Integers, trials: Sequence[tuple[int, Floats]]
) -> pd.DataFrame:
    if len(trials) < len(chosen) / 2:
        raise ValueError(f"only {len(trials)} of {len(chosen)} made-up records have ten runs near them: add runs")
    truth = columns[:, [number for number, _ in trials]]
    low, high, mean, sd = np.stack([found for _, found in trials], axis=2)
    shrinkage = 1.0 - sd.mean(axis=1) / columns.std(axis=1)
    return pd.DataFrame(
        {
            "parameter": list(bank.points),
            "coverage": ((low <= truth) & (truth <= high)).mean(axis=1),
            "shrinkage": shrinkage,
            "correlation": [float(np.corrcoef(a, b)[0, 1]) for a, b in zip(truth, mean, strict=True)],
            "verdict": [verdict(value) for value in shrinkage],
            "records": len(trials),
        }
    )


def verdict(shrinkage: float) -> str:
    """Whether a parameter is identified, by how far its spread shrinks on records of the model's own making."""
    if shrinkage >= IDENTIFIED:
        return "yes"
    return "weakly" if shrinkage >= WEAK else "no"
