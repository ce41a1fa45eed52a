"""Summaries of a run: levels of each arm, and the paired difference between the arms, month by month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from influence_sim.base.errors import MachineError
from influence_sim.base.files import opened
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import half_width, standard_deviation

LEVELS = {"q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95}
DIFFERENCE_COLUMNS = ("diff", "ci_low", "ci_high", "diff_q05", "diff_q95")
COLUMNS = ("scenario", "outcome", "date", "mean", "sd", *LEVELS, *DIFFERENCE_COLUMNS)


def summarise(arms: Sequence[Floats], names: Sequence[str], outcomes: Sequence[str], start: Month) -> pd.DataFrame:
    """The summary table of a run.

    The interval of a difference is that of its mean over replicates, mean ± t·sd/√R: it shows the error of
    having run so many replicates and no more, not how sure the model is. With one replicate it is NaN.

    Args:
        arms: outcomes of the scenario and, if it was paired, of its baseline on the same draws; each of
            shape (months, outcomes, replicates).
        names: of the arms.
        outcomes: names, in the order of the arrays.
        start: the first month.

    Returns:
        One row an arm, outcome and month, with the columns `COLUMNS`; the baseline's rows have no difference.
    """
    dates = pd.date_range(format_month(start), periods=len(arms[0]), freq="MS", unit="ms")  # as a file keeps them
    no_difference, parts = dict.fromkeys(DIFFERENCE_COLUMNS, np.full(len(dates), np.nan)), []
    for number, arm in enumerate(arms):
        for row in range(len(outcomes)):  # one by one, so that memory stays flat
            values, paired = arm[:, row], number == 0 and len(arms) > 1
            parts.append(levels(values) | (differences(values - arms[1][:, row]) if paired else no_difference))
    keys = pd.MultiIndex.from_product([names, outcomes, dates], names=COLUMNS[:3])
    columns = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS[3:]}
    return pd.DataFrame(columns, index=keys).reset_index()


def levels(values: Floats) -> dict[str, Floats]:
    """Mean, spread and quantiles over replicates of one outcome, (months, replicates): for each column an array."""
    numbers = {"mean": values.mean(axis=1), "sd": standard_deviation(values)}
    return numbers | dict(zip(LEVELS, np.quantile(values, list(LEVELS.values()), axis=1), strict=True))


def differences(gaps: Floats) -> dict[str, Floats]:
    """Mean, its 95 % interval, and spread of paired differences, (..., replicates): for each column an array (...)."""
    mean = gaps.mean(axis=-1)
    half = half_width(gaps)
    low, high = np.quantile(gaps, [0.05, 0.95], axis=-1)
    return {"diff": mean, "ci_low": mean - half, "ci_high": mean + half, "diff_q05": low, "diff_q95": high}


def endings(
    summary: pd.DataFrame,
    scenario: str,
    against: str | None,
    assumptions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How outcomes end: the last month of both arms, and how their difference fares under other assumptions.

    The tables are those of `summarise` and, if it was computed, `over_priors`.

    Returns:
        One row an outcome, by name: the scenario's levels and difference (`mean`, `q05`, `diff`, `ci_low`, …), the
        levels of the baseline (`baseline_mean`, …; NaN without one), and the columns of `over_priors`, if any.
    """
    last = summary[summary["date"] == summary["date"].max()].drop(columns="date").set_index(["scenario", "outcome"])
    scenario_rows = last.loc[scenario]
    baseline_rows = scenario_rows * np.nan if against is None else last.loc[against]
    table: pd.DataFrame = scenario_rows.join(baseline_rows.add_prefix("baseline_"))
    return table if assumptions is None else table.join(assumptions.set_index("outcome"))


def to_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV: dates as YYYY-MM-DD, floats in full, nothing for NaN, lines ending alike everywhere."""
    return table.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n").encode()


def from_csv(
    path: Path,
    texts: Collection[str],
    *,
    flags: Collection[str] = (),
    dates: Collection[str] = (),
    counts: Collection[str] = (),
    needs: Collection[str] = (),
) -> pd.DataFrame:
    """Reads a table that `to_csv` wrote, to the last bit.

    Columns that are not named as texts, flags, dates or counts hold floats.

    Raises:
        MachineError: it is no such table, or lacks a column of `needs`.
        OSError: it cannot be read.
    """
    import pyarrow as pa
    from pyarrow import csv

    types = ((texts, pa.string()), (flags, pa.bool_()), (dates, pa.timestamp("ms")), (counts, pa.int64()))
    try:
        with opened(path) as file:  # its name may be more than arrow's UTF-8 can say
            names = file.readline().decode().rstrip("\n").split(",")
            if len({*names, *needs}) > len({*names}) or len({*names}) < len(names):
                raise pa.ArrowInvalid(f"its columns are {', '.join(names)}")
            kinds = dict.fromkeys(names, pa.float64())
            for columns, kind in types:
                kinds |= {name: kind for name in columns if name in kinds}
            file.seek(0)
            options = csv.ReadOptions(use_threads=False), None, csv.ConvertOptions(column_types=kinds)
            table: pd.DataFrame = csv.read_csv(file, *options).to_pandas()
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise MachineError(f"{path}: damaged ({str(error).splitlines()[0]})") from None
    return table
