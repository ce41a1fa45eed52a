"""What the figures read out of a summary table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pandas as pd

from influence_sim.base import months
from influence_sim.base.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from numpy.typing import NDArray

FAN_COLUMNS: Final = ("q05", "q25", "q50", "q75", "q95")
DIFFERENCE_COLUMNS: Final = ("diff", "ci_low", "ci_high")
SPREAD_COLUMNS: Final = ("diff_q05", "diff_q95")
KEYS: Final = ("scenario", "outcome", "date")
MONTHS: Final = tuple(name[:3] for name in months.MONTHS)


class OutcomeLabel(Protocol):
    """What a figure has to know of an outcome; the model's own outcome records satisfy it."""

    @property
    def label(self) -> str:
        """Name for readers, such as `Violence`."""

    @property
    def unit(self) -> str:
        """Unit of the values, such as `0-1`."""


@dataclass(frozen=True, slots=True)
class Label:
    """A plain `OutcomeLabel`."""

    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class Arms:
    """Names of the two arms of a summary; no baseline if the scenario was run alone."""

    scenario: str
    baseline: str | None


def label_of(outcome: str, labels: Mapping[str, OutcomeLabel] | None) -> Label:
    """Label and unit of an outcome; its bare name and no unit if `labels` has none."""
    found = (labels or {}).get(outcome)
    return Label(outcome, "") if found is None else Label(found.label, found.unit)


def find_arms(summary: pd.DataFrame) -> Arms:
    """Tell the scenario from its baseline: the baseline's rows have no difference.

    Raises:
        ValueError: a column is missing, or the table has no arm or more than two.
    """
    require(summary, (*KEYS, *FAN_COLUMNS, *DIFFERENCE_COLUMNS))
    names = [str(name) for name in summary["scenario"].unique()]
    if len(names) not in {1, 2}:
        raise ValueError(f"a figure shows one scenario and its baseline; the summary has {len(names)}: {names}")
    if len(names) == 1:
        return Arms(names[0], None)
    paired = [name for name in names if bool(summary.loc[summary["scenario"] == name, "diff"].notna().any())]
    if len(paired) != 1:
        raise ValueError(f"exactly one of {names} must have values in 'diff' (the other is the baseline)")
    (scenario,) = paired
    (baseline,) = (name for name in names if name != scenario)
    return Arms(scenario, baseline)


def rows_of(summary: pd.DataFrame, scenario: str, outcome: str) -> pd.DataFrame:
    """Rows of one arm and outcome in order of date.

    Raises:
        ValueError: the summary has no such rows.
    """
    chosen = summary.loc[(summary["scenario"] == scenario) & (summary["outcome"] == outcome)]
    if chosen.empty:
        known = [str(name) for name in summary["outcome"].unique()]
        raise ValueError(f"{outcome!r}: not an outcome of {scenario!r} in this summary{closest(outcome, known)}")
    return chosen.assign(date=pd.to_datetime(chosen["date"])).sort_values("date")


def require(table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a table that lacks columns.

    Raises:
        ValueError: naming every missing column.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(f"the table lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}")


def has_difference(summary: pd.DataFrame, scenario: str, outcome: str) -> bool:
    """Whether the scenario's rows carry a paired difference (they do not if it was run alone)."""
    return bool(rows_of(summary, scenario, outcome)["diff"].notna().any())


def values(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """One column as floats, shape (months,); all NaN if the table does not have it."""
    if column not in rows.columns:
        return np.full(len(rows), np.nan)
    return rows[column].to_numpy(dtype=np.float64)


def dates(rows: pd.DataFrame) -> NDArray[np.datetime64]:
    """The months as days, shape (months,)."""
    return rows["date"].to_numpy(dtype="datetime64[D]")


def after_branch(rows: pd.DataFrame, twin: pd.DataFrame, branch: date | None) -> pd.DataFrame:
    """Drop the history an arm shares with its twin, all but the last month before the branch.

    The arms are one until the branch, so the history is drawn once. If the table says otherwise nothing is
    dropped: a figure must not hide that two arms differ where they should not.
    """
    if branch is None:
        return rows
    past, past_twin = (frame[frame["date"] < pd.Timestamp(branch)] for frame in (rows, twin))
    columns = list(FAN_COLUMNS)
    shared = np.array_equal(past[columns].to_numpy(), past_twin[columns].to_numpy(), equal_nan=True)
    return rows.iloc[max(len(past) - 1, 0) :] if shared else rows


def month_name(month: date | np.datetime64) -> str:
    """`Jan 2018`, in English whatever the locale."""
    stamp = pd.Timestamp(month)
    return f"{MONTHS[stamp.month - 1]} {stamp.year}"


def closest(name: str, known: list[str]) -> str:
    """What to add to an error about an unknown name: the nearest known one, or all of them."""
    return f"; {did_you_mean(name, known) or 'it has ' + ', '.join(known)}"
