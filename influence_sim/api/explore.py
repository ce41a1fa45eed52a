"""Reading a sweep: what drives its outcomes, and under which ranges of the factors something happens.

Both functions take a sweep, its folder, or a table of points with the names of what was varied.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from influence_sim.analysis.sweeps import discovery as boxes
from influence_sim.analysis.sweeps import sensitivity as drivers
from influence_sim.analysis.sweeps.design import Design, at_month, outcomes_of, require_numbers
from influence_sim.api.base_result import require
from influence_sim.api.late import Axes, Figure, views
from influence_sim.api.lookups import choice_labels, choice_notes, factor_labels, label_of, labels
from influence_sim.api.sweep import Sweep, load_sweep
from influence_sim.base.arguments import validated
from influence_sim.base.display import Shown, choice_words, sentences
from influence_sim.base.errors import InputError, not_whole, raise_any, wrong
from influence_sim.base.files import stamp
from influence_sim.base.numbers import counted, percent, probability
from influence_sim.base.values import as_fields
from influence_sim.runs.derived import add_derived
from influence_sim.runs.folder import FIGURES
from influence_sim.runs.request import MAX_SEED
from influence_sim.runs.sweeps.design import POINT, Factor
from influence_sim.scenario.study_schema import METHODS, MORRIS, SOBOL_INDICES
from influence_sim.theatre import load as load_theatre
from influence_sim.words.factors import noise_words

CSV = "csv"
METHOD_WORDS = {SOBOL_INDICES: "Sobol indices", MORRIS: "elementary effects"}
RANKS = "rank correlations"
"""What an analysis of a design gives, and what one of any other design."""
MOST_SHOWN = 10
"""Factors of an outcome that a notebook shows."""
TENTH = 0.1
MOST_RESAMPLES = 100_000
"""Far more than any interval needs."""
MAX_FILE_NAME = 60
"""Characters of a file name."""
_SIGNS = {"<=": "le", ">=": "ge", "==": "eq", "!=": "ne", "<": "lt", ">": "gt"}
Source = str | Path | Sweep | pd.DataFrame
Factors = Mapping[str, tuple[float, float]] | Sequence[str] | Sequence[Factor]


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Sensitivity(Shown, drivers.Sensitivity):
    """What drives the outcomes of a sweep in one month.

    Attributes:
        method: how the points were chosen, which decides what the numbers are.
        table: one row an outcome and factor, or group of factors, the strongest first: outcome, date, factor, numbers,
            and a `verdict` in words. The numbers are, of `sobol_indices`, the first-order and the total index, each
            with half the width of its 95 % interval (S1, S1_conf, ST, ST_conf); of `morris`, the mean effect of
            crossing the range, the mean absolute effect with half the width of its interval, and the standard deviation
            (mu, mu_star, mu_star_conf, sigma); of others, the rank correlation (rho), or of several choices the share
            of the variance of ranks between them (epsilon_squared), the `threshold` that chance gives, the mean outcome
            over all points, over the fifth with the lowest and with the highest values of the factor, or at the choices
            where it is lowest and highest (mean, low_mean, high_mean), and the difference of these two (swing).
        summary: one row an outcome: outcome, the `column` that was looked at, date, the points that counted and those
            that were dropped, samples, the replicates' share of the variance over points at most (noise_share), the sum
            of first-order indices (S1_sum), a verdict, and a caution if the sample is too small to tell.
        convergence: of `sobol_indices`, the indices from fewer base samples; otherwise empty.
        notes: what has to be known to read the tables.
    """

    @property
    def finding(self) -> str:
        """What drives the outcomes."""
        return " ".join(f"{label_of(row['outcome'])}: {row['verdict']}." for row in self.summary.to_dict("records"))

    @property
    def cautions(self) -> tuple[str, ...]:
        """Why it is too uncertain to be read, an outcome each, by its label; empty if it is not."""
        rows = self.summary.to_dict("records")
        return tuple(f"{label_of(row['outcome'])}: {row['caution']}" for row in rows if row["caution"])

    def described(self) -> str:
        """What it gives, and the number of points."""
        first = self.summary.iloc[0]
        return f"by {METHOD_WORDS.get(self.method, RANKS)}, {counted(int(first['points']), 'point')}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """A table per outcome with its factors, the strongest first."""
        for outcome, rows in self.table.groupby("outcome", sort=False):
            yield label_of(outcome), rows.drop(columns=["outcome", "date"]).dropna(axis=1, how="all").head(MOST_SHOWN)

    @validated
    def plot(self, outcome: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws what drives one outcome, by default the first: Sobol indices, Morris' screening, or a tornado.

        `ax` is where to draw; a new figure if None.
        """
        outcomes = list(self.summary["outcome"])
        chosen = outcomes[0] if outcome is None else outcome
        require(chosen, outcomes, "outcome", "not an outcome that was looked at")
        if self.method == "sobol_indices":
            ax = views.sobol_bars(self.table, chosen, ax=ax)
        else:
            draw = views.morris if self.method == "morris" else views.tornado
            ax = draw(self.table, chosen, ax=ax, labels=labels())
        verdict = str(self.summary["verdict"].iloc[outcomes.index(chosen)])
        views.retitle(ax, f"{label_of(chosen)}: {verdict}")
        return ax


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Discovery(Shown, boxes.Discovery):
    """A box of factor ranges in which the cases of interest gather.

    Attributes:
        where: what makes a point a case of interest.
        date: the month, YYYY-MM; "" if the table has no dates.
        points: how many counted.
        dropped: how many did not, because a number is missing or they failed.
        cases: how many of the points are cases of interest.
        trajectory: one row a box on PRIM's way: step, the shares of all cases and of all points that are within
            (coverage, mass), the share of cases within (density), how many factors are restricted, and which.
        step: of the trajectory, the box that was chosen.
        by_rule: whether the rule chose it; limits that chance explains are then left out.
        limits: one row a limit of that box: factor, limit (`above`, `below`, `only`), value, choices that remain and
            those left_out, the factor's range (range_low, range_high) and scale, quasi_p, the share of boxes from
            halves of the points that have this limit, too (reproduced), and a verdict.
        quality: coverage, density, mass, cases and points of the box.
        held_out: coverage and density of boxes found in one half of the points, in the other half.
        cautions: why the box is not to be trusted.
        notes: what else has to be known.
    """

    @property
    def finding(self) -> str:
        """The box, and how many of the cases it holds."""
        return f"{views.discovery.finding(self, choice_labels(self.limits['factor']))}."

    def described(self) -> str:
        """The cases of interest."""
        date = f" in {self.date}" if self.date else ""
        return f"{self.where}{date}: {self.cases} of {counted(self.points, 'point')}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The limits of the box."""
        if len(self.limits):
            probabilities, shares = self.limits["quasi_p"].map(probability), self.limits["reproduced"].map(percent)
            names = choice_labels(self.limits["factor"])
            cells = zip(self.limits["factor"], self.limits["choices"], strict=True)
            choices = [", ".join(choice_words(cell, names.get(factor, {}))) for factor, cell in cells]
            limits = self.limits.assign(choices=choices, quasi_p=probabilities, reproduced=shares)
            yield "", limits[["factor", "limit", "value", "choices", "quasi_p", "reproduced", "verdict"]]

    @validated
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draws the limits of the box within the ranges of its factors; `ax` is where, a new figure if None."""
        ax = views.box_limits(self.limits, ax=ax, choices=choice_labels(self.limits["factor"]))
        views.retitle(ax, self.finding)
        return ax


@validated
def sensitivity(
    source: Source,
    outcome: str | Iterable[str] | None = None,
    *,
    month: str | None = None,
    factors: Factors | None = None,
    method: str = CSV,
    replicates: int = 0,
    seed: int = 1,
    resamples: int | None = None,
) -> Sensitivity:
    """What drives the outcomes of a sweep: Sobol indices, Morris' screening or rank correlations.

    The design decides: `sobol_indices` gives first-order and total Sobol indices, `morris` elementary effects, and
    any other rank correlations, and of several choices Kruskal and Wallis' epsilon squared. What is looked at is the
    paired difference of an outcome, or its mean where there is no baseline; a column such as `kabul_authority_mean`
    can be named too.

    Args:
        source: a sweep, its folder, or a table with a row a point, in the order of the design or with a
            column `point`.
        outcome: one name or several; all outcomes by default.
        month: `YYYY-MM`; the last one that was kept by default.
        factors: of a table: the columns that were varied, perhaps with their ranges.
        method: of a table: how its points were chosen; `sobol_indices` means SALib's, without those for second-order
            indices, `morris` its trajectories on four levels.
        replicates: of a table: how many there were at each point, if it is known.
        seed: of bootstrap and shuffles, from 1.
        resamples: of the bootstrap; 1,000 by default, and fewer of very large samples.

    Raises:
        InputError: the folder holds no finished sweep, or there is no such outcome, month, factor or method.
        MachineError: a file is missing or damaged.
    """
    raise_any([*not_whole(seed, 1, MAX_SEED, "seed"), *not_whole(resamples or 1, 1, MOST_RESAMPLES, "resamples")])
    frame, design = _load_points(source, factors, method, replicates)
    outcomes = (outcome,) if isinstance(outcome, str) else tuple(outcome or outcomes_of(frame))
    if not outcomes:
        raise InputError(wrong("outcome", "", "name a column of the table"))
    result = drivers.analyse(frame, design, outcomes, month=month, seed=seed, resamples=resamples)
    return Sensitivity(**as_fields(result))


@validated
def discover(
    source: Source,
    where: str | None = None,
    *,
    month: str | None = None,
    point: int | None = None,
    factors: Factors | None = None,
    method: str = CSV,
    seed: int = 1,
) -> Discovery:
    """Under which ranges of the factors something happens: PRIM, the patient rule induction method.

    Args:
        source: as for `sensitivity`.
        where: which points are of interest, such as `kabul_authority_diff < -0.05 and not settlement > 0.1`. By
            default the tenth of a sweep's points where the outcome that is asked about moves most; a note says so.
        month: `YYYY-MM`; the last one that was kept by default.
        point: the box of the trajectory that is wanted; by default that with the best balance of coverage and
            density, without the limits that chance explains.
        factors: of a table, as for `sensitivity`.
        method: of a table, likewise.
        seed: of the halves of the points from which the box is looked for again.

    Raises:
        InputError: the expression is wrong, it holds at no point or at all, there is no such month or point, or
            the folder holds no finished sweep.
        MachineError: a file is missing or damaged.
    """
    raise_any(not_whole(seed, 0, MAX_SEED, "seed"))
    if where is None and isinstance(source, pd.DataFrame):
        raise InputError(wrong("where", "", "a table needs an expression that says which points are of interest"))
    if not isinstance(source, pd.DataFrame | Sweep):
        source = load_sweep(source)
    frame, design = _load_points(source, factors, method, 0)
    expression, note = (
        extreme_tenth(source, month) if isinstance(source, Sweep) and where is None else (where or "", "")
    )
    box = boxes.find_box(frame, design, expression, month=month, step=point, seed=seed)
    return Discovery(**{**as_fields(box), "notes": (*filter(None, [note]), *box.notes)})


def extreme_tenth(sweep: Sweep, month: str | None = None) -> tuple[str, str]:
    """The tenth of a sweep's points where its first outcome moves most: as an expression, and as a note."""
    outcome = sweep.outcomes[0]
    column = f"{outcome}_{'mean' if sweep.against is None else 'diff'}"
    numbers = at_month(sweep.frame, month)[0][column].dropna()
    falls = sweep.against is None or bool(numbers.mean() <= 0)
    limit = float(numbers.quantile(TENTH if falls else 1 - TENTH)) if len(numbers) else 0.0
    phrase = "is lowest" if sweep.against is None else f"ends furthest {'below' if falls else 'above'} the other arm"
    label = load_theatre().inner(label_of(outcome))
    note = f"not told where, it looks at the tenth of the points where {label} {phrase}"
    return f"{column} {'<=' if falls else '>='} {rounded(limit, numbers, falls=falls)}", note


def rounded(limit: float, numbers: pd.Series, *, falls: bool) -> str:
    """A limit with four digits, none of which leaves out a number that the limit itself lets in."""
    text, sign = f"{limit:.4g}", -1.0 if falls else 1.0
    edge = (numbers[numbers * sign >= limit * sign] * sign).min() * sign  # of those let in the nearest to the limit
    if not float(text) * sign > edge * sign:
        return text
    scale = 10.0 ** (3 - math.floor(math.log10(abs(edge))))
    return f"{math.floor(edge * sign * scale) / scale * sign:.4g}"


def design_of(sweep: Sweep) -> Design:
    """How the points of a sweep were chosen."""
    return Design(sweep.factors, sweep.method, sweep.points, int(sweep.arguments["replicates"]))


def _load_points(source: Source, factors: Factors | None, method: str, replicates: int) -> tuple[pd.DataFrame, Design]:
    """The table of a source and its design: of a sweep its own, of a table as the arguments say."""
    if not isinstance(source, pd.DataFrame):
        options = {"factors": (factors, None), "method": (method, CSV), "replicates": (replicates, 0)}
        for name, (value, default) in options.items():
            if value != default:
                raise InputError(wrong(name, value, "is for a table only; a sweep knows its own"))
        sweep = source if isinstance(source, Sweep) else load_sweep(source)
        return sweep.frame, design_of(sweep)
    require(method, METHODS, "method", "not a method of a design")
    parsed = []
    for item in factors or ():
        column = item.path if isinstance(item, Factor) else item
        require(column, list(map(str, source.columns)), "factors", "not a column of the table")
        require_numbers(source, [column])
        low, high = factors[column] if isinstance(factors, Mapping) else (source[column].min(), source[column].max())
        parsed.append(item if isinstance(item, Factor) else Factor(column, float(low), float(high)))
    if not parsed:
        raise InputError(wrong("factors", "", "a table needs the names of what was varied"))
    points = len(source)
    if POINT in source.columns and points:
        require_numbers(source, [POINT])
        if (invalid := source[POINT][~(source[POINT] % 1 == 0) | (source[POINT] < 0)]).size:
            raise InputError(wrong(POINT, invalid.iloc[0], "this column must hold the numbers of points, from 0 on"))
        points = int(source[POINT].max()) + 1
    return source, Design(tuple(parsed), method, points, replicates)


def sensitivity_pages(result: Sensitivity, sweep: Sweep) -> dict[str, Figure]:
    """A page per outcome, by the name of its file."""
    pages, names, title = {}, factor_labels(result.table["factor"], design_of(sweep).groups), sweep.title
    for row in result.summary.to_dict("records"):
        note = f"{row['points']} points. {noise_words(float(row['noise_share']))}".strip()
        page = views.sensitivity_page(result, str(row["outcome"]), title=title, note=note, labels=labels(), names=names)
        pages["_".join(filter(None, ("sensitivity", row["outcome"], row["date"])))] = page
    return pages


def discovery_page(box: Discovery, title: str) -> dict[str, Figure]:
    """The page of a box, by the name of its file."""
    text = box.where
    for sign, word in _SIGNS.items():
        text = text.replace(sign, f" {word} ")
    stem = re.sub(r"[^A-Za-z0-9.-]+", "_", text).strip("_")
    names, notes = factor_labels(box.limits["factor"]), [*sentences(box.cautions), *choice_notes(box.limits["factor"])]
    page = views.discovery_page(box, title=title, note=" ".join(notes), choices=choice_labels(names), names=names)
    return {"_".join(filter(None, ("discover", stem, box.date))): page}


def save_pages(pages: Iterable[tuple[str, Figure]], folder: Path, numbers: str) -> list[Path]:
    """Writes figures, each with the name of its file, into the result folder that they are drawn from."""
    files: dict[str, bytes] = {}
    for name, page in pages:
        files |= views.pictures(page, f"{FIGURES}/{file_name(name)}", source=stamp(numbers))
    return add_derived(folder, numbers, files)


def file_name(text: str) -> str:
    """The file name for a text; where characters had to be replaced or cut, it ends with a hash."""
    name = re.sub(r"[^\w.-]+", "_", text).lstrip(".")[:MAX_FILE_NAME]
    return name if name == text else f"{name}_{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:8]}"
