"""The accepted runs against what they were not held against: earlier reports, meetings, poppy, deaths, provinces."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from studies import decided
from studies.fit import CLASSES, EARLIER, FIRST, Bank, Targets, record, rows_of, targets
from studies.rolling import history, tonnes_and_area
from studies.stances import DEAL, FULL, OFF, Policy

from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.model import states


def reports(bank: Bank, goal: Targets) -> pd.DataFrame:
    """Reports before the window that the runs were not held against.

    Returns:
        One row a report and class: `month`, `outcome`, `recorded`, and the accepted runs' `q05`, `q50`, `q95`.
    """
    runs = 100.0 * history(bank, goal)(max(goal.months))[:, rows_of(bank.arm.theatre, CLASSES)]
    known = targets(EARLIER)
    found = []
    for month, shares in zip(known.months, known.shares.tolist(), strict=True):
        if month < FIRST and month not in goal.months:
            quantiles = np.quantile(runs[month - bank.arm.theatre.start], [0.05, 0.5, 0.95], axis=1)
            for outcome, share, said in zip(CLASSES, shares, quantiles.T.tolist(), strict=True):
                found.append((format_month(month), outcome, share, *said))
    return pd.DataFrame(found, columns=["month", "outcome", "recorded", "q05", "q50", "q95"])


def sizes(bank: Bank, goal: Targets) -> pd.DataFrame:
    """Sizes of the Moscow format in the accepted runs: median, chance of the recorded size, and of the US."""
    runs = history(bank, goal)(max(goal.months))
    sitting, us = rows_of(bank.arm.theatre, ["moscow_forum_states", "us_in_moscow_format"])
    found = []
    for row in record("forum_sizes"):
        month = runs[parse_month(row["date"]) - bank.arm.theatre.start]
        exact = float((month[sitting] == float(row["states"])).mean())
        found.append((row["date"], int(row["states"]), float(np.median(month[sitting])), exact, month[us].mean()))
    return pd.DataFrame(found, columns=["month", "recorded", "median", "exact", "us_came"])


def patron(bank: Bank, rows: Integers) -> Mapping[str, float]:
    """Shares of runs in which the US dealt with the insurgents before the record ends: at `all`, in the `open`."""
    found = states(
        bank.arm, seed=bank.seed, replicates=rows, steps=np.arange(bank.arm.months), parameters=bank.values_of(rows)
    )
    roles = bank.arm.theatre.roles
    codes = decided.Runs(bank.arm, found).known(Policy(roles.patron, DEAL, roles.insurgents))
    return {"all": float((codes != OFF).any(axis=0).mean()), "open": float((codes == FULL).any(axis=0).mean())}


def spoiler(bank: Bank, goal: Targets) -> Mapping[str, float]:
    """The spoiler's ground, percent of people, at the end of the record: `q05`, `q50`, `q95`; `most` it ever held."""
    (row,) = rows_of(bank.arm.theatre, ["daesh_control"])
    ground = 100.0 * history(bank, goal)(max(goal.months))[:, row]
    low, middle, high = np.quantile(ground[-1], [0.05, 0.5, 0.95]).tolist()
    return {"q05": low, "q50": middle, "q95": high, "most": float(ground.max())}


def harvests(bank: Bank, goal: Targets) -> pd.DataFrame:
    """Opium by year.

    Returns:
        One row a year: `year`, `months` of it that are in the run, `hectares` and `tonnes` recorded, median `area` and
        `weight` of the accepted runs, and `most`: the share of them in which no year's weight is above this one's.
    """
    runs, theatre = history(bank, goal)(max(goal.months)), bank.arm.theatre
    known = {int(row["year"]): row for row in record("opium_national")}
    dates = (theatre.start + np.arange(len(runs))) // 12
    years = [year for year in known if year in dates]
    said = [tonnes_and_area(bank, runs, np.flatnonzero(dates == year)) for year in years]
    top = np.argmax([tonnes for tonnes, _ in said], axis=0)
    found = [
        (
            year,
            int((dates == year).sum()),
            float(known[year]["hectares"]),
            float(known[year]["tonnes"]),
            float(np.median(area)),
            float(np.median(tonnes)),
            float((top == n).mean()),
        )
        for n, (year, (tonnes, area)) in enumerate(zip(years, said, strict=True))
    ]
    return pd.DataFrame(found, columns=["year", "months", "hectares", "tonnes", "area", "weight", "most"])


def deaths(bank: Bank, goal: Targets) -> pd.DataFrame:
    """Whether deaths and violence rise: year, recorded deaths, share of the accepted runs in which violence rises."""
    recorded: dict[int, float] = {}
    for entry in record("deaths_by_dyad"):
        recorded[int(entry["year"])] = recorded.get(int(entry["year"]), 0.0) + float(entry["deaths_best"])
    runs = history(bank, goal)(max(goal.months))
    (row,) = rows_of(bank.arm.theatre, ["violence"])
    dates = (bank.arm.theatre.start + np.arange(len(runs))) // 12
    means = {year: runs[dates == year, row].mean(axis=0) for year in (2015, 2016, 2017)}
    found = [
        (year, recorded[year - 1], recorded[year], float((means[year] > means[year - 1]).mean()))
        for year in (2016, 2017)
    ]
    return pd.DataFrame(found, columns=["year", "deaths_before", "deaths", "share_rising"])


def lost_provinces(bank: Bank, rows: Integers, month: Month, **otherwise: float) -> Floats:
    """Share of districts that are not the government's, by province, at the end of a month: (provinces, runs).

    Parameters that stand `otherwise` than in the runs replace theirs.
    """
    theatre, steps = bank.arm.theatre, [month - bank.arm.theatre.start]
    parameters = {**bank.values_of(rows), **otherwise}
    (then,) = states(bank.arm, seed=bank.seed, replicates=rows, steps=steps, parameters=parameters)
    share: Floats = 1.0 - then["held_government"][:, : len(theatre.provinces)].T
    return share


def provinces(bank: Bank, rows: Integers, **otherwise: float) -> pd.DataFrame:
    """The hold-out: provinces in October 2017, which nothing is fitted to or started from.

    Returns:
        One row a province: `iso`, `districts`, the `recorded` share of districts that are not the government's, the
        accepted runs' `q05`, `q50`, `q95`, and how strong the `insurgency` was before the run, which they start from.
    """
    shares = lost_provinces(bank, rows, parse_month("2017-10"), **otherwise)
    recorded = {row["iso"]: row for row in record("control_2017_10")}
    known = bank.arm.theatre.provinces
    q05, q50, q95 = np.quantile(shares, [0.05, 0.5, 0.95], axis=1)
    return pd.DataFrame(
        {
            "iso": [province.iso for province in known],
            "districts": [int(recorded[province.iso]["districts"]) for province in known],
            "recorded": [float(recorded[province.iso]["share_districts_not_government"]) for province in known],
            "q05": q05,
            "q50": q50,
            "q95": q95,
            "insurgency": [province.insurgency for province in known],
        }
    )


def hold_out(table: pd.DataFrame) -> Mapping[str, float]:
    """How provinces compare: errors weighted by districts, in points, and rank correlations (Spearman).

    Returns:
        `error` of the median run, `even`: that of every province at the nation's recorded share, `rank`: correlation
        of median and record, `before`: of the insurgency before the run and record, `inside`: share of provinces within
        5-95 %.
    """
    weight = table["districts"] / table["districts"].sum()
    nation = float((weight * table["recorded"]).sum())
    inside = (table["q05"] <= table["recorded"]) & (table["recorded"] <= table["q95"])
    ranks = table[["recorded", "q50", "insurgency"]].rank().corr()["recorded"]
    return {
        "error": 100.0 * float((weight * (table["q50"] - table["recorded"]).abs()).sum()),
        "even": 100.0 * float((weight * (nation - table["recorded"]).abs()).sum()),
        "rank": float(ranks["q50"]),
        "before": float(ranks["insurgency"]),
        "inside": float(inside.mean()),
    }
