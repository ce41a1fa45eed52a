"""Forecasts from one origin after another, against what needs no model: flat line, last value, linear trend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import numpy as np
import pandas as pd
from studies.fit import CLASSES, FIRST, Bank, Targets, accept, record, rows_of

from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.model import Arm, simulate

Past = Mapping[Month, float]
Forecast = Callable[[Past, Month], float]
"""What a method says of a later month, from the values up to the origin."""

MOST = 2000
"""No more accepted runs than this are played again: where hardly anything is known, thousands pass."""


def flat(past: Past, _month: Month) -> float:
    """The mean of all values so far."""
    return float(np.mean(list(past.values())))


def carried(past: Past, _month: Month) -> float:
    """The last value carried forward."""
    return past[max(past)]


def trend(past: Past, month: Month) -> float:
    """The least-squares line through all values so far; the last value where there is only one."""
    if len(past) < 2:
        return carried(past, month)
    dates = np.array(list(past), dtype=np.float64) - month
    # dates count from the month asked about, so that the line's constant is the answer
    return float(np.polyfit(dates, np.array(list(past.values())), 1)[1])


NAIVE: Mapping[str, Forecast] = {"flat": flat, "carried": carried, "trend": trend}


def rolling_origin(series: Past, origins: Iterable[Month], methods: Mapping[str, Forecast]) -> pd.DataFrame:
    """Every forecast that could have been made: from each origin, of every later value.

    Args:
        series: month -> value.
        origins: months of the series from which forecasts are made; values up to and with it are known.
        methods: name -> forecast.

    Returns:
        One row an origin and later month: `origin`, `month`, `observed`, and a column for each method.
    """
    rows = []
    for origin in origins:
        past = {date: series[date] for date in sorted(series) if date <= origin}
        for month in sorted(date for date in series if date > origin):
            said = {name: forecast(past, month) for name, forecast in methods.items()}
            rows.append(
                {"origin": format_month(origin), "month": format_month(month), "observed": series[month], **said}
            )
    return pd.DataFrame(rows)


def errors(table: pd.DataFrame) -> dict[str, float]:
    """Mean absolute error of each method of a table of forecasts."""
    methods = table.columns[3:]
    return {str(name): float((table[name] - table["observed"]).abs().mean()) for name in methods}


def skill(wrong: Mapping[str, float], method: str = "model") -> float:
    """How much smaller a method's error is than the better of flat line and last value: 1 - error / theirs."""
    naive = min(wrong["flat"], wrong["carried"])
    return 1.0 - wrong[method] / naive if naive > 0.0 else float("-inf")


def sigar(bank: Bank, goal: Targets, origins: Iterable[str] = ("2017-05", "2017-08", "2017-10")) -> pd.DataFrame:
    """District classes in percent: from each origin, refitted to the reports up to it.

    Returns:
        The rows of `rolling_origin` with a column `outcome` in front; methods `model` (median of the accepted runs),
        `prior` (median of all runs) and the naive ones.
    """
    tables = []
    for index, outcome in enumerate(CLASSES):
        pairs = zip(goal.months, goal.shares[:, index].tolist(), strict=True)
        series = {month: share for month, share in pairs if month >= FIRST}
        methods = {"model": _class_model(bank, goal, index), "prior": _class_prior(bank, index), **NAIVE}
        tables.append(rolling_origin(series, map(parse_month, origins), methods))
        tables[-1].insert(0, "outcome", outcome)
    return pd.concat(tables, ignore_index=True)


def _class_model(bank: Bank, goal: Targets, index: int) -> Forecast:
    def forecast(past: Past, month: Month) -> float:
        rows = accept(bank, goal.until(max(past)))
        return float(np.median(bank.classes[bank.months.index(month), index, rows]))

    return forecast


def _class_prior(bank: Bank, index: int) -> Forecast:
    return lambda _past, month: float(np.median(bank.classes[bank.months.index(month), index]))


def replay(arm: Arm, bank: Bank, rows: Integers) -> Floats:
    """Plays runs of a bank again in an arm, with the same parameters and draws. (months, outcomes, runs)."""
    return simulate(arm, seed=bank.seed, replicates=rows, parameters=bank.values_of(rows))


def history(bank: Bank, goal: Targets) -> Callable[[Month], Floats]:
    """For each origin the runs accepted up to it (at most `MOST`), played through the whole history."""

    @cache
    def runs(origin: Month) -> Floats:
        return replay(bank.arm, bank, accept(bank, goal.until(origin))[:MOST])

    return runs


def forums(bank: Bank, goal: Targets) -> pd.DataFrame:
    """States at the Moscow format; `invited` is the forecast that everyone invited comes."""
    series = {parse_month(row["date"]): float(row["states"]) for row in record("forum_sizes")}
    runs, (row,) = history(bank, goal), rows_of(bank.arm.theatre, ["moscow_forum_states"])

    def model(past: Past, month: Month) -> float:
        return float(np.median(runs(max(past))[month - bank.arm.theatre.start, row]))

    methods = {"model": model, "invited": lambda _past, month: invited(bank.arm, month), **NAIVE}
    return rolling_origin(series, sorted(series)[:-1], methods)


def invited(arm: Arm, month: Month) -> float:
    """States that would sit at the Moscow format if all the invited came, Russia with them."""
    forum = next(forum for forum in arm.forums if forum.name == "moscow_format")
    guests = arm.invited(forum, month)
    return 1.0 + sum(actor.seats for actor in arm.theatre.actors if actor.name in guests)


def opium(bank: Bank, goal: Targets, *, column: str = "hectares") -> pd.DataFrame:
    """Poppy area in hectares, or tonnes, of 2016 and 2017. Yields are an input of the model, also for later years."""
    series = {parse_month(f"{row['year']}-12"): float(row[column]) for row in record("opium_national")}
    runs, theatre = history(bank, goal), bank.arm.theatre

    def model(past: Past, december: Month) -> float:
        steps = np.arange(december - 11, december + 1) - theatre.start
        tonnes, area = tonnes_and_area(bank, runs(max(past)), steps)
        return float(np.median(area if column == "hectares" else tonnes))

    origins = [month for month in sorted(series)[:-1] if month >= theatre.start]
    return rolling_origin(series, origins, {"model": model, **NAIVE})


def tonnes_and_area(bank: Bank, runs: Floats, steps: Integers) -> tuple[Floats, Floats]:
    """Tonnes of opium and hectares of poppy in runs, means over some months of one year. (runs,) each."""
    theatre = bank.arm.theatre
    (row,) = rows_of(theatre, ["opium_output"])
    weather = theatre.number(bank.arm.condition("opium_weather", theatre.start + int(steps[-1])))
    tonnes = (theatre.crop.half * runs[steps, row] / (1.0 - runs[steps, row])).mean(axis=0)
    return tonnes, tonnes / (theatre.crop.tonnes_per_hectare * weather)


def within(shares: Floats, goal: Targets) -> pd.DataFrame:
    """How a path through the six reports compares with lines through them, which know them all.

    Args:
        shares: percentages of the classes at the reports of the window, shape (6, 3).
        goal: the reports.

    Returns:
        One row a class: `outcome`; mean absolute errors of the path, `model`, and of the reports' mean, `flat`; the
        path's without the first report, `later`, and those of the report before carried forward, `carried`; and
        `slope`: the path's slope over the record's.
    """
    inside = [month >= FIRST for month in goal.months]
    months, reports = np.array(goal.months)[inside], goal.shares[inside]
    slopes = [np.polyfit(months, values, 1)[0] for values in (shares, reports)]
    return pd.DataFrame(
        {
            "outcome": list(CLASSES),
            "model": np.abs(shares - reports).mean(axis=0),
            "flat": np.abs(reports - reports.mean(axis=0)).mean(axis=0),
            "later": np.abs(shares - reports)[1:].mean(axis=0),
            "carried": np.abs(np.diff(reports, axis=0)).mean(axis=0),
            "slope": slopes[0] / slopes[1],
        }
    )
