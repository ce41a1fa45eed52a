"""What drives the outcomes of a sweep: Sobol indices, Morris' screening or rank correlations, as its design allows.

Sobol indices say which share of the variance over the points each factor, or group, accounts for (Saltelli 2010 for
first-order indices, Jansen for total ones), Morris' effects how much, and how evenly, the outcome moves when one factor
takes a step (Morris 1991, Campolongo et al. 2007). The estimators and their bootstrap are SALib's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import pi, sqrt
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps.design import (
    DIFFERENCE,
    Design,
    at_month,
    column_of,
    noise_share,
    require_blocks,
    whole_blocks,
)
from influence_sim.base.display import first_of
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import CONFIDENCE, SAME
from influence_sim.base.values import ByValue
from influence_sim.runs.sweeps.design import MORRIS_LEVELS, salib_problem
from influence_sim.scenario.study_schema import MORRIS, SOBOL_INDICES

LOUD: Final = 0.5
"""The replicates' share of the variance beyond which there are too few of them."""
NEGLIGIBLE: Final = 0.05
"""Negligible is a total index that stays below this with its whole interval, and a mean absolute effect below this
share of the largest one."""
RESAMPLES, FEWEST_RESAMPLES = 1000, 100
CELLS: Final = 1_000_000
"""Numbers that the bootstrap holds at once of each kind, so that memory stays flat."""
WIDEST: Final = 0.15
"""An index whose 95 % interval reaches further than this to either side is too uncertain."""
FRACTIONS: Final = (8, 4, 2, 1)
"""The convergence table shows these fractions of the base samples."""
BASE_SAMPLES, TRAJECTORIES, POINTS = 4, 10, 20
"""Base samples that it takes to show anything; trajectories, and points, below which factors get no verdict."""
SHAPES: Final = ((0.1, "nearly linear"), (0.5, "monotone"), (1.0, "nearly monotone"))
"""Limits of sigma / mu_star, and the shape of an effect below each (Garcia Sanchez et al. 2014)."""
CROOKED: Final = "not monotone, or together with others"
INDICES: Final = ("S1", "S1_conf", "ST", "ST_conf")
EFFECTS: Final = ("mu", "mu_star", "mu_star_conf", "sigma")
FIFTH: Final = 0.2
"""The share of the points at each end of a factor's range whose means are compared."""
PERMUTATIONS: Final = 1000
NO_INDICES: Final = (
    "{a} {method} design does not allow Sobol indices; these are rank correlations, which see only whether the outcome "
    "rises or falls with a factor (for indices: design: {{method: sobol_indices}})"
)
SEVERAL: Final = (
    "of several choices ({names}) there is epsilon squared (ε²) instead, the share of the variance of ranks between "
    "them (Kruskal and Wallis; of others it is RHO squared), with the means at the choices where the outcome is lowest "
    "and highest"
)


class Finding(NamedTuple):
    """What the points of a design show of one outcome, by one method.

    Every method is given, at the points of whole blocks of the design, the values of the factors, x (points, factors),
    and the outcome, y (points,); the replicates' share of the variance (`noise`, NaN if not known), the seed of
    bootstrap and shuffles, and how many resamples the bootstrap takes (None for as many as suit).
    """

    table: pd.DataFrame  # one row a factor, or what moves by itself: `factor`, the numbers, and a `verdict` in words
    caution: str  # why it is too uncertain to be read; "" if it is not
    convergence: pd.DataFrame = pd.DataFrame()  # the numbers as they were with fewer points, where that says something


@dataclass(frozen=True, eq=False, slots=True)
class Sensitivity(ByValue):
    """What drives the outcomes of a sweep in one month.

    The numbers of a table are those that the function of its method returns: `indices`, `effects` or `correlations`.
    """

    method: str  # of the design; it decides what the table holds
    table: pd.DataFrame  # one row an outcome and factor (or group): `outcome`, `date`, `factor`, numbers, a `verdict`
    convergence: pd.DataFrame  # of `sobol_indices` the same indices from fewer base samples; else empty
    # One row an outcome: `outcome`, the `column` that was looked at, `date`, `points` that counted, those `dropped`,
    # `samples` (base samples, trajectories or points), `noise_share` (the replicates' share of the variance over points
    # at most), `S1_sum`, the `verdict`, and a `caution` if the sample is too small to tell; empty if it is not.
    summary: pd.DataFrame
    notes: tuple[str, ...]  # what has to be known to read the tables

    @property
    def cautions(self) -> tuple[str, ...]:
        """Why it is too uncertain to be read, an outcome each; empty if it is not."""
        rows = self.summary.to_dict("records")
        return tuple(f"{row['outcome']}: {row['caution']}" for row in rows if row["caution"])


def analyse(
    frame: pd.DataFrame,
    design: Design,
    outcomes: Sequence[str],
    *,
    month: str | None = None,
    seed: int = 1,
    resamples: int | None = None,
) -> Sensitivity:
    """What drives some outcomes, by default in the last month of the runs; by a method that suits the design.

    The paired difference of an outcome is looked at, or its mean where there is no baseline.

    Raises:
        InputError: there is no such outcome or month, no whole block of points was run, or the points are not those
            of the design.
    """
    (rows, date), paths = at_month(frame, month), [factor.path for factor in design.factors]
    columns = [column_of(frame, outcome, design) for outcome in outcomes]
    method = {SOBOL_INDICES: indices, MORRIS: effects}.get(design.method, correlations)
    findings, summaries = [], []
    for outcome, column in zip(outcomes, columns, strict=True):
        block_rows = whole_blocks(rows, [column, *paths], design)
        noise = noise_share(block_rows, column, design)
        x, y = block_rows[paths].to_numpy(dtype=np.float64), block_rows[column].to_numpy(dtype=np.float64)
        require_blocks(x, design)
        finding = method(x, y, design, noise=noise, seed=seed, resamples=resamples)
        warning = f"too few replicates: their noise may be {100 * min(noise, 1.0):.0f} % of the variance"
        verdicts = finding.table["verdict"]
        drivers = finding.table.loc[verdicts.str.startswith("matters"), "factor"].tolist()
        verdict = verdicts.iloc[0] if (verdicts == verdicts.iloc[0]).all() else "no factor is seen to matter"
        if drivers:
            verdict = f"hangs on {first_of(drivers)}"
        summaries.append(
            {
                "outcome": outcome,
                "date": date,
                "column": column,
                "points": len(block_rows),
                "dropped": design.points - len(block_rows),
                "samples": len(block_rows) // design.block,
                "noise_share": noise,
                "S1_sum": float(finding.table["S1"].sum(skipna=False)) if "S1" in finding.table else np.nan,
                "verdict": verdict,
                "caution": "; ".join(filter(None, (finding.caution, warning if noise > LOUD else ""))),
            }
        )
        findings.append(finding)

    def concatenate(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
        keys = [(outcome, date) for outcome in outcomes]
        return pd.concat(tables, keys=keys, names=["outcome", "date"]).droplevel(2).reset_index()

    convergences, notes = (finding.convergence for finding in findings), []
    if design.block == 1:
        notes.append(NO_INDICES.format(a="an" if design.method == "lhs" else "a", method=design.method))
        if several := [factor.path for factor in design.factors if len(factor.choices) > 2]:
            notes.append(SEVERAL.format(names=first_of(several)))
    single = [name for name, column in zip(outcomes, columns, strict=True) if not column.endswith(DIFFERENCE)]
    if single:
        notes.append(f"no paired difference, so the outcome itself is looked at: {', '.join(single)}")
    return Sensitivity(
        method=design.method,
        table=concatenate(finding.table for finding in findings),
        convergence=concatenate(convergences) if design.method == SOBOL_INDICES else pd.DataFrame(),
        summary=pd.DataFrame(summaries),
        notes=tuple(notes),
    )


def indices(x: Floats, y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None) -> Finding:
    """First-order and total Sobol indices; by default from 1,000 resamples, of large samples fewer, down to 100.

    Returns:
        One row a mover, the largest total index first: the indices `S1` and `ST` and half the width of their 95 %
        intervals (`S1_conf`, `ST_conf`), NaN if the outcome is the same at every point. In the convergence table one
        row a mover and number of base samples (`samples`): an eighth, a quarter, half, and all of them.
    """
    blocks = len(y) // design.block
    sizes = sorted({blocks // part for part in FRACTIONS if blocks // part >= BASE_SAMPLES} | {blocks})
    parts = [_indices(y[: n * design.block], design, seed, resamples).assign(samples=n) for n in sizes]
    convergence = pd.concat(parts, ignore_index=True)[["factor", "samples", *INDICES]]
    table = parts[-1].drop(columns="samples").sort_values("ST", ascending=False, kind="stable", ignore_index=True)
    first, first_half, total, total_half = (table[name] for name in INDICES)
    too_wide = (first_half > WIDEST) | (total_half > WIDEST)
    verdicts = {
        "the outcome does not vary": total.isna(),
        "negligible": total + total_half < NEGLIGIBLE,
        "could be zero": total <= total_half,
        "may be no more than noise": total <= noise,
        "matters, but how much is too uncertain": too_wide,
        "matters, mostly together with others": first + first_half < total / 2,
        "matters, mostly by itself": first - first_half > total / 2,
    }
    caution = ""
    if (total <= total_half).all():
        caution = "too few base samples to tell: the intervals of all total indices include zero"
    elif too_wide.any():
        names = first_of(table.loc[too_wide, "factor"].tolist())
        rule = f"the interval of an index is wider than ±{WIDEST:g} for {names}"
        caution = f"too few base samples to tell how much: {rule}"
    return Finding(table.assign(verdict=first_that_holds(verdicts, "matters")), caution, convergence)


def _indices(y: Floats, design: Design, seed: int, resamples: int | None) -> pd.DataFrame:
    # the two base matrices, the first and the last point of each block, have the variance that is divided
    if np.ptp(np.concatenate([y[:: design.block], y[design.block - 1 :: design.block]])) <= SAME:
        return pd.DataFrame({"factor": design.movers, **dict.fromkeys(INDICES, np.nan)})
    from SALib.analyze import sobol

    if resamples is None:
        resamples = min(RESAMPLES, max(FEWEST_RESAMPLES, CELLS * design.block // len(y)))
    options: dict[str, Any] = {"calc_second_order": False, "num_resamples": resamples, "conf_level": 0.95, "seed": seed}
    results = sobol.analyze(salib_problem(design.factors), y, **options)
    return pd.DataFrame({"factor": design.movers, **{name: results[name] for name in INDICES}})


def effects(x: Floats, y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None) -> Finding:
    """Elementary effects, of a step over the whole range of a factor; by default from 1,000 resamples.

    Returns:
        One row a mover, the largest effect first: mean effect (`mu`), mean absolute effect (`mu_star`) and half the
        width of its 95 % interval (`mu_star_conf`), standard deviation (`sigma`, NaN for a group of several factors).
    """
    trajectories = len(y) // design.block
    table = pd.DataFrame({"factor": design.movers, **dict.fromkeys(EFFECTS, np.nan)})
    if trajectories >= 2:
        from SALib.analyze import morris

        options: dict[str, Any] = {"num_resamples": resamples or RESAMPLES, "conf_level": 0.95, "seed": seed}
        results = morris.analyze(salib_problem(design.factors), x, y, num_levels=MORRIS_LEVELS, **options)
        numbers = {name: np.asarray(results[name], dtype=np.float64) for name in EFFECTS}
        table = pd.DataFrame({"factor": list(results["names"]), **numbers})
    too_few = trajectories < TRAJECTORIES
    caution = f"too few trajectories to tell: {trajectories}, and it takes {TRAJECTORIES}" if too_few else ""
    effect, half, sigma = table["mu_star"], table["mu_star_conf"], table["sigma"]
    least = NEGLIGIBLE * float(effect.max())
    # the mean absolute effect that noise alone would give: of a difference of two means, over Morris' step
    step = MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))
    floor = sqrt(2 * noise * float(y.var(ddof=1))) / step * sqrt(2 / pi) if noise > 0 else 0.0
    verdicts = {
        "too few trajectories to tell": too_few,
        "the outcome does not vary": least <= NEGLIGIBLE * SAME,
        "negligible": effect + half < least,
        "may be no more than noise": effect <= floor,
        "could be negligible": effect - half < least,
        "matters": sigma.isna(),
        **{f"matters, {shape}": sigma <= most * effect for most, shape in SHAPES},
    }
    table["verdict"] = first_that_holds(verdicts, f"matters, {CROOKED}")
    return Finding(table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True), caution)


def correlations(x: Floats, y: Floats, design: Design, *, noise: float, seed: int, resamples: int | None) -> Finding:
    """Spearman's rank correlation of each factor with the outcome, and the outcome at both ends of its range.

    Of more than two choices, whose order may mean nothing, there is epsilon squared instead, the effect size of Kruskal
    and Wallis' test, which of two choices would be the square of the rank correlation. A factor stands out if its
    number is rarer than the 95 % quantile of the largest among all when the outcome is shuffled over the points.

    Returns:
        One row a factor, the strongest first: `rho`, or `epsilon_squared`, with the `threshold` that chance gives, the
        mean outcome over all points (`mean`) and over the fifth with the lowest and with the highest values of the
        factor (`low_mean`, `high_mean`; equal values stay together), or at the choices where it is lowest and highest,
        and their difference (`swing`).
    """
    paths = np.array([factor.path for factor in design.factors])
    varies, several = np.ptp(x, axis=0) > 0, np.array([len(factor.choices) > 2 for factor in design.factors])
    (rho, epsilon, threshold), critical = np.full((3, x.shape[1]), np.nan), np.nan
    if varies.any() and np.ptp(y) > SAME:
        from scipy.special import chdtrc, chdtri

        ordered, named = np.flatnonzero(varies & ~several), np.flatnonzero(varies & several)
        columns, members = standard_ranks(x[:, ordered]), [memberships(x[:, factor]) for factor in named]
        ranks, rng, count = standard_ranks(y), np.random.default_rng(seed), len(y) - 1
        freedom = np.array([part.shape[1] - 1 for part in members])

        def sizes(of: Floats) -> tuple[Floats, Floats]:
            return of @ columns, np.array([np.square(of @ part).sum() for part in members])

        def largest(rhos: Floats, squares: Floats) -> float:
            # multiplied, all are chi-squared by chance: so these are the rank correlations that are just as rare
            alike = np.sqrt(chdtri(1, chdtrc(freedom, squares * count)) / count)
            return float(np.abs(np.append(rhos, alike)).max())

        shuffled = (ranks[np.argsort(rng.random(len(y)))] for _ in range(PERMUTATIONS))
        critical = float(np.quantile([largest(*sizes(of)) for of in shuffled], CONFIDENCE))
        rho[ordered], epsilon[named] = sizes(ranks)
        threshold[~several] = critical
        threshold[named] = chdtri(freedom, chdtrc(1, critical**2 * count)) / count
    lows, highs, where = zip(*map(partial(extremes, y), x.T, several), strict=True)
    table = pd.DataFrame({"factor": paths, "rho": rho, "epsilon_squared": epsilon, "threshold": threshold})
    table = table.assign(mean=y.mean(), low_mean=lows, high_mean=highs)
    table["swing"] = table["high_mean"] - table["low_mean"]
    strength = np.where(several, np.sqrt(epsilon), np.abs(rho))
    too_few, stands_out = len(y) < POINTS, np.where(several, epsilon, np.abs(rho)) > threshold
    verdicts = {
        "too few points to tell": too_few,
        "the outcome does not vary": np.isnan(critical),
        "the same at every point": np.isnan(strength),
        "could be chance": ~stands_out,
        "matters, outcome rises with it": rho > 0,
        "matters, outcome falls with it": rho < 0,
    }
    table["verdict"] = first_that_holds(verdicts, np.array([f"matters, outcome {way}" for way in where]))
    caution = ""
    if too_few:
        caution = f"too few points to tell: {len(y)}, and it takes {POINTS}"
    elif not stands_out.any() and not np.isnan(strength).all():
        caution = "no factor's rank correlation stands out from chance: too few points to tell, or no monotone effect"
    return Finding(table.iloc[np.argsort(-strength, kind="stable")].reset_index(drop=True), caution)


def extremes(y: Floats, column: Floats, named: bool) -> tuple[float, float, str]:
    """The mean outcome at both ends of a factor; of `named` choices the lowest and the highest, and where these are."""
    if not named:
        low, high = np.quantile(column, [FIFTH, 1 - FIFTH])
        return float(y[column <= low].mean()), float(y[column >= high].mean()), ""
    means = [(float(y[column == choice].mean()), f"{choice:g}") for choice in np.unique(column)]
    (low, lowest), (high, highest) = min(means), max(means)
    return low, high, f"lowest at {lowest}, highest at {highest}"


def memberships(column: Floats) -> Floats:
    """Which points have which value, a column of length one for each, (points, values).

    The squares of their products with standard ranks add up to epsilon squared.
    """
    flags = column[:, None] == np.unique(column)
    columns: Floats = flags / np.sqrt(flags.sum(axis=0))
    return columns


def standard_ranks(columns: Floats) -> Floats:
    """Ranks within columns, centred and of length one, so that products are Spearman's rho; equal values share one."""
    from scipy.stats import rankdata

    ranks = rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    unit: Floats = ranks / np.linalg.norm(ranks, axis=0)
    return unit


def first_that_holds(verdicts: Mapping[str, Any], otherwise: Any) -> list[str]:
    """For each factor the first verdict whose condition, one flag or one a factor, holds; or one for all, or each."""
    words: list[str] = np.select(list(verdicts.values()), list(verdicts), otherwise).tolist()
    return words
