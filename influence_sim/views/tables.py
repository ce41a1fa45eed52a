"""How figures read tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence_sim.base import months
from influence_sim.base.errors import did_you_mean
from influence_sim.base.numbers import Floats
from influence_sim.theatre.spec import Outcome

QUANTILES: Final = ("q05", "q25", "q50", "q75", "q95")
SUMMARY: Final = ("scenario", "outcome", "date", *QUANTILES, "diff", "ci_low", "ci_high")


class Label(NamedTuple):
    """An outcome's name and unit."""

    label: str  # name for readers, such as `Violence`
    unit: str  # of the values, such as `0-1`


OutcomeLabel: TypeAlias = Label | Outcome
Labels: TypeAlias = Mapping[str, OutcomeLabel]


class Arms(NamedTuple):
    """Names of the two arms of a summary; no baseline if the scenario was run alone."""

    scenario: str
    baseline: str | None

    def difference(self, names: Mapping[str, str] | None = None) -> str:
        """`scenario minus baseline`, by the names of the arms."""
        display_names = names or {self.scenario: "scenario"}
        return " minus ".join(display_names.get(name, name) for name in self if name is not None)


def label_of(outcome: str, labels: Labels | None) -> Label:
    """Label and unit of an outcome; its bare name and no unit if `labels` has none."""
    label = (labels or {}).get(outcome)
    return Label(outcome, "") if label is None else Label(label.label, label.unit)


def in_brackets(unit: str) -> str:
    """A unit in brackets after a space, ` (0-1)`; nothing if there is none."""
    return f" ({unit})" if unit else ""


def require(table: pd.DataFrame, columns: Iterable[str], *, rows: bool = False) -> None:
    """Refuse a table that lacks columns, by a ValueError that names them all, or that has no `rows` but needs some."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(f"the table lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    if rows and table.empty:
        raise ValueError("nothing to draw: the table has no rows")


def find_arms(summary: pd.DataFrame) -> Arms:
    """Tell the scenario from its baseline, whose rows have no difference; ValueError if there are other arms."""
    require(summary, SUMMARY)
    names = [str(name) for name in summary["scenario"].unique()]
    if len(names) == 1:
        return Arms(names[0], None)
    if len(names) != 2:
        raise ValueError(f"a figure shows one scenario and its baseline; the summary has {len(names)}: {names}")
    paired = [str(name) for name in summary.loc[summary["diff"].notna(), "scenario"].unique()]
    if len(paired) != 1:
        raise ValueError(f"exactly one of {names} must have values in 'diff' (the other is the baseline)")
    (baseline,) = set(names) - set(paired)
    return Arms(paired[0], baseline)


def outcome_rows(table: pd.DataFrame, outcome: str | None, source: str) -> pd.DataFrame:
    """The rows of one outcome of a table; ValueError if none, which calls the table `source`, such as `this sweep`."""
    rows = table.loc[table["outcome"] == outcome]
    if rows.empty:
        outcomes = [str(name) for name in table["outcome"].unique()]
        hint = did_you_mean(str(outcome), outcomes) or f"it has {', '.join(outcomes)}"
        raise ValueError(f"{outcome!r}: not an outcome of {source}; {hint}")
    return rows


def rows_of(summary: pd.DataFrame, scenario: str, outcome: str) -> pd.DataFrame:
    """Rows of one arm and outcome in order of date; ValueError if there are none."""
    rows = outcome_rows(summary[summary["scenario"] == scenario], outcome, f"{scenario!r} in this summary")
    return rows.assign(date=pd.to_datetime(rows["date"])).sort_values("date")


def values(rows: pd.DataFrame, column: str) -> Floats:
    """One column as floats, shape (rows,); all NaN if the table does not have it."""
    return rows.reindex(columns=[column])[column].to_numpy(dtype=np.float64)


def dates(rows: pd.DataFrame) -> NDArray[np.datetime64]:
    """The months as days, shape (rows,)."""
    return rows["date"].to_numpy(dtype="datetime64[D]")


def month_name(month: date | np.datetime64) -> str:
    """`Jan 2018`, in English whatever the locale."""
    stamp = pd.Timestamp(month)
    return f"{months.MONTHS[stamp.month - 1][:3]} {stamp.year}"
