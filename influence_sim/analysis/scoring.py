"""Scores of predictions: of each that was observed, of each outcome, and over all.

The continuous ranked probability score (Gneiting & Raftery 2007) is in the unit of its outcome, the smaller the better,
and of a single value the absolute error. Of quantiles it is twice their mean pinball loss, which is the weighted
interval score where they lie about the median in pairs (Bracher et al. 2021); of draws that of their distribution.
The Brier score is the squared distance of a probability from 1 for yes and 0 for no.

What any model must do better than are forecasts that need none: persistence and trend. Each knows what was observed up
to its origin, (month, value) in order, and gives a normal distribution, or the probability of a yes; None where that is
too little to go by.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import bdtr, ndtri

from influence_sim.base.errors import Problem, raise_any
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats, counted
from influence_sim.base.statistics import CONFIDENCE, SAME
from influence_sim.scenario.tables import Observation, Prediction

ALL = "all"
"""The outcome's name in the row over all outcomes."""
QUANTILES, ANSWER, DRAWS = "quantiles", "yes or no", "draws"
LEVELS = (5.0, 25.0, 50.0, 75.0, 95.0)
"""Percentages at which draws are looked at."""
INTERVALS = {"within_50": (25.0, 75.0), "within_90": (5.0, 95.0)}
"""Column -> the percentages between which that share of observations should lie."""
PLAIN = "numpy"
"""Backend of the scores: compiling the library's functions would take longer than all that they do here."""
BINS = 5
"""Of probabilities, of equal width, in which a yes is counted."""
Past = Sequence[tuple[Month, float]]
YES_OR_NO = "must be 1 for yes or 0 for no: so it is predicted"
COLUMNS = ("outcome", "month", "origin", "kind", "observed", "predicted", "error", "crps", "brier", "log")
"""Of the table of scored predictions, before intervals and reference forecasts."""


class Normal(NamedTuple):
    """A normal distribution; without a spread it is a single value."""

    mean: float
    sd: float


def persistence(past: Past, month: Month) -> Normal | None:
    """The last value, with the spread of past changes: a random walk whose variance a month is that of the past."""
    if len(past) < 2:
        return None
    changes = [(later - earlier) ** 2 / (end - start) for (start, earlier), (end, later) in pairwise(past)]
    last, value = past[-1]
    return Normal(value, math.sqrt(float(np.mean(changes)) * (month - last)))


def trend(past: Past, month: Month) -> Normal | None:
    """The least-squares line through all values, with the standard error of a prediction from it."""
    if len(past) < 3:
        return None
    months, values = (np.array(column, dtype=np.float64) for column in zip(*past, strict=True))
    slope, level = np.polyfit(months - months.mean(), values, 1)
    left = values - level - slope * (months - months.mean())
    ahead = month - months.mean()
    error = 1.0 + 1.0 / len(past) + ahead**2 / float(((months - months.mean()) ** 2).sum())
    return Normal(float(level + slope * ahead), math.sqrt(float((left**2).sum()) / (len(past) - 2) * error))


def staying(past: Past, _month: Month) -> float | None:
    """Of a yes: that the last answer stays, (k + 1) / (n + 2), as it did in k of n past steps (Laplace's rule)."""
    if not past:
        return None
    repeats = [earlier == later for (_, earlier), (_, later) in pairwise(past)]
    probability = (sum(repeats) + 1) / (len(repeats) + 2)
    return probability if past[-1][1] else 1.0 - probability


def frequency(past: Past, _month: Month) -> float | None:
    """Of a yes: how often it was one, (k + 1) / (n + 2) after k of n."""
    return (sum(value for _, value in past) + 1) / (len(past) + 2) if past else None


NUMBERS: Mapping[str, Callable[[Past, Month], Normal | None]] = {"persistence": persistence, "trend": trend}
ANSWERS: Mapping[str, Callable[[Past, Month], float | None]] = {"persistence": staying, "trend": frequency}
"""Of yes or no; a trend of these is how often it was yes."""


@dataclass(frozen=True)
class Forecast:
    """A prediction of one outcome in one month: quantiles, draws, or the probability of a yes."""

    outcome: str
    month: Month
    origin: Month
    levels: Floats  # percent; none for draws and answers
    values: Floats  # of quantiles, or draws; none for answers
    probability: float | None = None

    @property
    def kind(self) -> str:
        """`QUANTILES`, `ANSWER` or `DRAWS`."""
        if self.probability is not None:
            return ANSWER
        return QUANTILES if len(self.levels) else DRAWS

    def quantile(self, percent: float) -> float:
        """The predicted quantile at a level in percent; NaN if the prediction does not give it."""
        if self.kind == DRAWS:
            return float(np.quantile(self.values, percent / 100.0))
        values = self.values[self.levels == percent]
        return float(values[0]) if len(values) else np.nan


def forecasts(rows: Iterable[Prediction]) -> list[Forecast]:
    """Predictions, the draws of each together; by default their origin is the month before the first of them."""
    rows = list(rows)
    first = min(row.month for row in rows)
    items: list[Forecast] = []
    draws: defaultdict[tuple[str, Month, Month], list[float]] = defaultdict(list)
    for row in rows:
        key = row.outcome, row.month, first - 1 if row.origin is None else row.origin
        if row.value is not None:
            draws[key].append(row.value)
        else:
            values = np.array([row.quantiles[level] for level in row.levels])
            items.append(Forecast(*key, np.array(row.levels), values, row.probability))
    return items + [Forecast(*key, np.empty(0), np.array(values)) for key, values in draws.items()]


def score(predictions: Sequence[Prediction], observations: Sequence[Observation], observed_in: str) -> pd.DataFrame:
    """Scores every prediction whose outcome was observed in its month.

    Args:
        predictions: of one scenario.
        observations: what was observed; also before the predictions, for forecasts that need no model.
        observed_in: name of their file, for errors.

    Returns:
        One row a prediction that can be scored: `outcome`, `month`, `origin`, `kind`, `observed`, `predicted` (median
        or probability), `error` (predicted less observed), `crps` or `brier`, `log` (-log of the probability of what
        came), `within_50` and `within_90` (1 or 0), and of `persistence` and `trend` what `crps` or `brier` they get.
        NaN where there is none.

    Raises:
        InputError: of a yes or no something else than 1 or 0 was observed.
    """
    observed_rows = {row.key: row for row in observations}
    past: defaultdict[str, list[tuple[Month, float]]] = defaultdict(list)
    for row in sorted(observations, key=lambda row: row.month):
        past[row.outcome].append((row.month, float(row.value or 0.0)))
    scorable = [f for f in forecasts(predictions) if (f.outcome, f.month) in observed_rows]
    answers = {f.outcome for f in scorable if f.kind == ANSWER}
    raise_any(
        Problem(observed_in, row.line, row.column, f"{row.value:g}", YES_OR_NO)
        for row in observations
        if row.outcome in answers and row.value not in {0.0, 1.0}
    )
    rows = []
    for forecast in scorable:
        history = past[forecast.outcome]
        earlier = history[: bisect_left(history, (forecast.origin + 1,))]
        observed = float(observed_rows[forecast.outcome, forecast.month].value or 0.0)
        rows.append(_score_row(forecast, observed, earlier))
    return pd.DataFrame(rows, columns=[*COLUMNS, *INTERVALS, *NUMBERS])


def _score_row(forecast: Forecast, observed: float, past: Past) -> dict[str, Any]:
    import scoringrules as sr  # which compiles for seconds when it is loaded

    row: dict[str, Any] = {"outcome": forecast.outcome, "kind": forecast.kind, "observed": observed}
    row |= {"month": format_month(forecast.month), "origin": format_month(forecast.origin)}
    if forecast.probability is not None:
        probability = forecast.probability if observed else 1.0 - forecast.probability
        with np.errstate(divide="ignore"):
            log = -float(np.log(probability))
        references = {name: predict(past, forecast.month) for name, predict in ANSWERS.items()}
        answers = {"brier": forecast.probability, **{name: p for name, p in references.items() if p is not None}}
        briers = {name: float(sr.brier_score(observed, p, backend=PLAIN)) for name, p in answers.items()}
        return row | briers | {"predicted": forecast.probability, "log": log}
    middle = forecast.quantile(50.0)
    row |= {"predicted": middle, "error": middle - observed, "crps": _crps(forecast, observed)}
    for name, (low, high) in INTERVALS.items():
        ends = forecast.quantile(low), forecast.quantile(high)
        row[name] = np.nan if np.isnan(ends).any() else float(ends[0] <= observed <= ends[1])
    normals = {name: predict(past, forecast.month) for name, predict in NUMBERS.items()}
    return row | {name: _crps_of(normal, forecast, observed) for name, normal in normals.items() if normal is not None}


def _crps(forecast: Forecast, observed: float) -> float:
    import scoringrules as sr

    if forecast.kind == DRAWS:
        return float(sr.crps_ensemble(observed, forecast.values, backend=PLAIN))
    return float(sr.crps_quantile(observed, forecast.values, forecast.levels / 100.0, backend=PLAIN))


def _crps_of(normal: Normal, forecast: Forecast, observed: float) -> float:
    """Of a normal distribution: at the same levels as the prediction's quantiles, so that the two can be compared."""
    import scoringrules as sr

    if forecast.kind == QUANTILES:
        quantiles = normal.mean + normal.sd * ndtri(forecast.levels / 100.0)
        return _crps(replace(forecast, values=quantiles), observed)
    if normal.sd == 0.0:
        return abs(observed - normal.mean)
    return float(sr.crps_normal(observed, normal.mean, normal.sd, backend=PLAIN))


def scores_by_outcome(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores by outcome, and in the last row over all.

    Returns:
        `outcome`, `kind`, `rows`, `mae` and `bias` (of the median), `crps`, `within_50` and `within_90` (shares of the
        `of_50` and `of_90` predictions that say so), `brier`, `log`, and of `skill_persistence` and `skill_trend`: 1
        less the prediction's mean score over theirs, in the rows in which there is one. Over all outcomes, whose units
        differ, a skill is 1 less the mean of these quotients, and errors are NaN.
    """
    groups = [((str(o), str(k)), group) for (o, k), group in rows.groupby(["outcome", "kind"], sort=False)]
    table = [_group(outcome, kind, group) for (outcome, kind), group in groups]
    overall = _group(ALL, "", rows)
    for name in NUMBERS:
        quotients = np.array([1.0 - row[f"skill_{name}"] for row in table])
        finite = quotients[np.isfinite(quotients)]
        overall[f"skill_{name}"] = 1.0 - float(finite.mean()) if len(finite) else np.nan
    if len(table) > 1:
        overall |= dict.fromkeys(("mae", "bias", "crps"), np.nan)
    return pd.DataFrame([*table, overall])


def _group(outcome: str, kind: str, rows: pd.DataFrame) -> dict[str, Any]:
    row: dict[str, Any] = {"outcome": outcome, "kind": kind, "rows": len(rows)}
    row |= {"mae": rows["error"].abs().mean(), "bias": rows["error"].mean(), "crps": rows["crps"].mean()}
    for name in INTERVALS:
        row |= {name: rows[name].mean(), name.replace("within", "of"): int(rows[name].count())}
    row |= {"brier": rows["brier"].mean(), "log": rows["log"].mean()}
    scores = rows["crps"].fillna(rows["brier"])
    for name in NUMBERS:
        mask = rows[name].notna()
        reference = float(rows.loc[mask, name].sum())
        rounding = SAME * float(rows.loc[mask, "observed"].abs().sum())  # a forecast that near is perfect
        row[f"skill_{name}"] = 1.0 - float(scores[mask].sum()) / reference if reference > rounding else np.nan
    return row


def calibration(predictions: Sequence[Prediction], rows: pd.DataFrame) -> pd.DataFrame:
    """How often observations lay below predicted quantiles; see `reliability` for yes and no.

    Returns:
        One row an outcome, and one for all, for each level in percent: `outcome`, `level`, `rows`, and `share`, of the
        observations that lie below the predicted quantile, those just at it counted by half.
    """
    by_key = {(f.outcome, format_month(f.month), format_month(f.origin), f.kind): f for f in forecasts(predictions)}
    records = []
    for row in rows[rows["kind"] != ANSWER].itertuples(index=False):
        forecast = by_key[str(row.outcome), str(row.month), str(row.origin), str(row.kind)]
        for level in forecast.levels if forecast.kind == QUANTILES else LEVELS:
            gap = forecast.quantile(level) - float(row.observed)  # type: ignore[arg-type]
            records.append((row.outcome, float(level), 0.5 * (1.0 + np.sign(gap))))
    table = pd.DataFrame(records, columns=["outcome", "level", "share"])
    with_all = pd.concat([table, table.assign(outcome=ALL)])
    counts = with_all.groupby(["outcome", "level"], sort=False)["share"].agg(rows="size", share="mean")
    return counts.reset_index()


def reliability(rows: pd.DataFrame) -> pd.DataFrame:
    """How often a yes came when it was predicted: `rows`, mean `probability` and `share` of yes, bin by bin."""
    answers = rows[rows["kind"] == ANSWER]
    bins = answers.groupby(np.minimum((answers["predicted"] * BINS).astype(int), BINS - 1))
    columns = {"rows": ("predicted", "size"), "probability": ("predicted", "mean"), "share": ("observed", "mean")}
    return bins.agg(**columns).reset_index(drop=True)


def left_out(predictions: Sequence[Prediction], observations: Sequence[Observation], rows: pd.DataFrame) -> list[str]:
    """What could not be scored, or not be compared with a reference, in words."""
    predicted, observed = {(row.outcome, row.month) for row in predictions}, {row.key for row in observations}
    first = min(forecast.origin for forecast in forecasts(predictions))
    later = {(row.outcome, row.month) for row in observations if row.month > first}
    notes = []
    if missing := predicted - observed:
        notes.append(f"{counted(len(missing), 'prediction')} not scored: nothing observed, {_span(missing)}")
    if extra := later - predicted:
        notes.append(f"{counted(len(extra), 'observation')} without a prediction, {_span(extra)}")
    for name in NUMBERS:
        lacking = rows.loc[rows[name].isna(), "outcome"]
        if len(lacking):
            names = ", ".join(dict.fromkeys(lacking))
            notes.append(f"{counted(len(lacking), 'row')} not held against {name}: too little observed before, {names}")
    return notes


def coverage(table: pd.DataFrame) -> list[str]:
    """Intervals that hold more or fewer of all observations than chance explains, in words."""
    notes, row = [], table.iloc[-1]
    for name in INTERVALS:
        share = name.removeprefix("within_")
        count = int(row[f"of_{share}"])
        inside = round(row[name] * count) if count else 0
        tails = bdtr(inside, count, int(share) / 100.0), 1.0 - bdtr(inside - 1, count, int(share) / 100.0)
        if count and 2.0 * min(tails) < 1.0 - CONFIDENCE:
            words = "too sure" if tails[0] < tails[1] else "too unsure"
            notes.append(f"{inside} of {count} within the {share} % intervals: the predictions were {words}")
    return notes


def _span(keys: Iterable[tuple[Any, ...]]) -> str:
    months = sorted({month for _, month in keys})
    return " to ".join(dict.fromkeys(format_month(month) for month in (months[0], months[-1])))
