"""What plausible worlds do after the record ends, and the files in which that is frozen, one for each model.

The format is that of docs/score.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from studies.fit import AIMED, CLASSES, TOLERANCE, Bank, Targets, accept, rows_of, run_bank
from studies.rolling import replay

from influence_sim.analysis.worlds import Worlds
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.model import Arm
from influence_sim.scenario.resolved import ResolvedScenario

SCENARIOS = (
    "baseline",
    "us_engages_taliban",
    "us_talks_without_kabul",
    "us_talks_with_kabul",
    "russia_seat_at_us_table",
    "us_own_channel",
    "us_covert_moscow",
)
"""The baseline and the six ways in which the US can engage."""
FIRST, LAST = parse_month("2018-02"), parse_month("2020-12")

PLAIN = {
    "moscow_forum_states": "states at the last Moscow meeting",
    "us_in_moscow_format": "a US seat at the last Moscow meeting",
    "p_us_engages": "the US would choose open engagement in the month",
    "us_engagement": "US engagement of the Taliban; 0-1",
    "taliban_recognition": "weighted share of outsiders; 0-1",
    "kabul_recognition": "exclusive recognition; 0-1",
    "russia_acceptance": "as mediator; 0-1",
    "us_acceptance": "as mediator; 0-1",
    "violence": "index; 0-1",
}
"""Outcomes given as they are, and how to read them."""

REPORTED = "percent of districts as a report would have it: its error is added"
DEATHS = {
    "violence_change": "mean violence of the 12 months to this one less that of the 12 before",
    "deaths_rise": "violence of the 12 months to this one is above that of the 12 before",
}
OUTCOMES = (*CLASSES, *PLAIN, *DEATHS)
ANSWERS = ("us_in_moscow_format", "p_us_engages", "deaths_rise")
"""Of these the probability of a yes is predicted."""
LEVELS = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
COLUMNS = (
    *("commit", "model_version", "scenario", "outcome", "month", "origin", "probability", "mean", *LEVELS, "note"),
)
HISTORIES = 8
"""Of each plausible world."""
TOLERATED = 2.0
"""How many times a report's error a history may be off: about what `patterns.yaml` tolerates."""


def histories(
    arm: Arm, worlds: Worlds, goal: Targets, months: Sequence[Month], *, seed: int = 1
) -> tuple[Bank, Integers]:
    """Histories of plausible worlds, and which of them pass near the reports: from there it goes on.

    Plausible is a world whose histories, taken together, the record does not rule out; a single one may be far off.

    Args:
        arm: the baseline, up to the last report at least.
        worlds: plausible ones.
        goal: the reports that are known.
        months: of all reports that will be asked for.
        seed: of the draws.
    """
    cube = np.tile(worlds.cube(len(worlds.numbers)), (HISTORIES, 1))
    bank = run_bank(arm, worlds.names, cube, seed=seed, months=months)
    return bank, accept(bank, goal.loosened(TOLERATED))


def predictions(bank: Bank, rows: Integers, scenarios: Sequence[ResolvedScenario], *, seed: int = 1) -> pd.DataFrame:
    """What the accepted runs do from February 2018 to December 2020.

    A run keeps its parameters and draws, so that its past is that of the record and is the same in every scenario.

    Args:
        bank: where the runs are from.
        rows: the accepted ones.
        scenarios: what to play.
        seed: of the reports' errors.

    Returns:
        One row a scenario, outcome and month: `scenario`, `outcome`, `month`, `origin`, `probability` of a yes or
        `mean`, `q05`, `q25`, `q50`, `q75`, `q95`, and `note`.
    """
    tables = []
    for scenario in scenarios:
        arm = replace(bank.arm, scenario=scenario, months=bank.arm.theatre.calendar.months)
        runs = replay(arm, bank, rows)
        for outcome, values, note in _series(arm, runs, np.random.default_rng(seed)):
            tables.append(_levels(scenario.name, outcome, values[FIRST - arm.theatre.start :], note))
    return pd.concat(tables, ignore_index=True)


def _series(arm: Arm, runs: Floats, rng: np.random.Generator) -> Iterator[tuple[str, Floats, str]]:
    """Every promised outcome: name, values of shape (months, runs), and what to know when reading it."""
    yield from ((name, values, REPORTED) for name, values in reports(arm, runs, rng).items())
    for (name, note), row in zip(PLAIN.items(), rows_of(arm.theatre, PLAIN), strict=True):
        yield name, runs[:, row], note
    (row,) = rows_of(arm.theatre, ["violence"])
    change = year_on_year(runs[:, row])
    yield "violence_change", change, DEATHS["violence_change"]
    yield "deaths_rise", (change > 0.0).astype(np.float64), DEATHS["deaths_rise"]


def reports(arm: Arm, runs: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """District classes in percent with a report's error; the same errors in every scenario."""
    shares = 100.0 * runs[:, rows_of(arm.theatre, CLASSES)]
    noise = rng.standard_normal((len(shares), len(AIMED), shares.shape[2])) * np.array(TOLERANCE)[:, None]
    aimed = np.clip(shares[:, AIMED] + noise, 0.0, 100.0)
    shares[:, AIMED] = aimed
    shares[:, 1] = np.clip(100.0 - aimed.sum(axis=1), 0.0, 100.0)
    return {name: shares[:, index] for index, name in enumerate(CLASSES)}


def year_on_year(values: Floats) -> Floats:
    """Mean of the last twelve months less that of the twelve before; NaN in the first 23. (months, R)."""
    total = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), values]), axis=0)
    years = (total[12:] - total[:-12]) / 12.0
    out = np.full(values.shape, np.nan)
    out[23:] = years[12:] - years[:-12]
    return out


def _levels(scenario: str, outcome: str, values: Floats, note: str) -> pd.DataFrame:
    said = levels(outcome, values, [format_month(month) for month in range(FIRST, LAST + 1)])
    return said.assign(scenario=scenario, origin=format_month(FIRST - 1), note=note)


def levels(outcome: str, values: Floats, months: Sequence[str]) -> pd.DataFrame:
    """What is said of an outcome, from its values in runs, (months, runs): a probability, or a mean and quantiles."""
    table = pd.DataFrame({"outcome": outcome, "month": months, "probability": np.nan, "mean": np.nan})
    if outcome in ANSWERS:
        return table.assign(probability=values.mean(axis=1), **dict.fromkeys(LEVELS, np.nan))
    quantiles = np.quantile(values, list(LEVELS.values()), axis=1)
    return table.assign(mean=values.mean(axis=1), **dict(zip(LEVELS, quantiles, strict=True)))


def frozen(table: pd.DataFrame, *, commit: str, model_version: str) -> bytes:
    """Predictions as the file that is kept: what made them in front, four decimals."""
    # a hash of digits and one e would be read back as a number, often as infinity; git writes a g before its own, too
    marked = table.assign(commit=f"g{commit}", model_version=f"m{model_version}")[list(COLUMNS)]
    return marked.to_csv(index=False, float_format="%.4f", lineterminator="\n").encode()


def freeze(folder: Path, table: pd.DataFrame, *, commit: str, model_version: str) -> Path:
    """Keeps the predictions of a model in a file named after it; what is kept already stays as it is."""
    path = folder / f"m{model_version}.csv"
    if not path.exists():
        path.write_bytes(frozen(table, commit=commit, model_version=model_version))
    return path


def widening(narrow: pd.DataFrame, wide: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """Predictions of the baseline side by side: medians, 5-95 % ranges, and how many times wider the second are."""
    keys = ["outcome", "month"]
    both = [table[(table["scenario"] == "baseline") & table["month"].isin(months)] for table in (narrow, wide)]
    joined = both[0].merge(both[1], on=keys, suffixes=("", "_wide"), validate="one_to_one")
    spread, other = joined["q95"] - joined["q05"], joined["q95_wide"] - joined["q05_wide"]
    joined["times"] = other / spread.where(spread > 0.0)
    return joined[[*keys, "q05", "q50", "q95", "q05_wide", "q50_wide", "q95_wide", "times"]]
