"""Scoring predictions on later observations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from influence_sim.analysis.scoring import ALL, calibration, coverage, left_out, reliability, scores_by_outcome
from influence_sim.analysis.scoring import score as scored
from influence_sim.analysis.summary import to_csv
from influence_sim.api.base_result import require
from influence_sim.api.late import Axes, Figure, views
from influence_sim.base.arguments import validated
from influence_sim.base.display import Shown
from influence_sim.base.errors import InputError, machine_faults, wrong
from influence_sim.base.files import put_files, read_text, stamp
from influence_sim.base.numbers import counted
from influence_sim.scenario.tables import MAX_BYTES, Observation, Prediction, rows_from

DEFAULT_SCENARIO = "baseline"
"""The scenario that is scored by default."""
FEW_ROWS = 20
"""Rows below which a score is mostly luck."""
PICTURE = "calibration.png"
Table = str | Path | pd.DataFrame


@validated
def score(predictions: Table, observed: Table, *, scenario: str | None = None) -> Scores:
    """Scores predictions on what was observed later, and holds them against forecasts that need no model.

    Both are CSV files or tables with the same columns. Predictions have `outcome`, `month` (YYYY-MM), and either
    quantiles (`q05`, `q50`, ...), or the `probability` of a yes, or a `value`, one of several draws with numbers in
    `draw`; perhaps `scenario`, and `origin`, the last month that was known. Observations have `outcome`, `month` and
    `value`, those before the origin for persistence and trend.

    Args:
        predictions: what was said.
        observed: what came, and what was before.
        scenario: which of the scenarios that were predicted; `baseline`, or the only one there is.

    Raises:
        InputError: a file cannot be read, or anything in it is wrong; there is no such scenario; no prediction was
            observed.
        MachineError: a file is there but cannot be read.

    Examples:
        >>> predictions = pd.DataFrame({"outcome": ["rain"], "month": ["2016-05"], "probability": [0.7]})
        >>> observed = pd.DataFrame({"outcome": ["rain"], "month": ["2016-05"], "value": [1]})
        >>> score(predictions, observed).table.loc[0, "brier"].round(2)
        np.float64(0.09)
    """
    forecasts = rows_from(*_as_text(predictions, "predictions"), Prediction)
    text, name = _as_text(observed, "observed")
    observations = [row for row in rows_from(text, name, Observation) if row.value is not None]
    if not observations:
        raise InputError(wrong(name, "", "nothing was observed: no line has a value"))
    scenarios = list(dict.fromkeys(row.scenario for row in forecasts))
    if scenario is None:
        scenario = scenarios[0] if len(scenarios) == 1 else DEFAULT_SCENARIO
    if scenario and scenarios == [""]:
        raise InputError(wrong("scenario", scenario, "these predictions name no scenario", "leave it out"))
    require(scenario, scenarios, "scenario", "not a scenario of these predictions")
    forecasts = [row for row in forecasts if row.scenario == scenario]
    rows = scored(forecasts, observations, name)
    if rows.empty:
        months = [[row.month_text for row in table] for table in (forecasts, observations)]
        predicted, seen = (f"{min(texts)} to {max(texts)}" for texts in months)
        rule = f"none of these was predicted: the predictions are of {predicted}, the observations of {seen}"
        outcomes = ", ".join(sorted({row.outcome for row in forecasts}))
        raise InputError(wrong(name, "", rule, f"outcomes predicted: {outcomes}"))
    return Scores(rows, forecasts, observations, scenario)


def _as_text(table: Table, label: str) -> tuple[str, str]:
    """A table as CSV, with days as months, and its name in errors."""
    if not isinstance(table, pd.DataFrame):
        return read_text(Path(table), MAX_BYTES), str(table)
    days = table.select_dtypes("datetime").columns
    return table.assign(**{name: table[name].dt.strftime("%Y-%m") for name in days}).to_csv(index=False), label


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Shown):
    """Scores of predictions.

    Attributes:
        rows: one row a prediction that was observed: outcome, month, origin, kind, observed, predicted (the median, or
            the probability of a yes), error (predicted less observed), crps or brier, log (minus the logarithm of the
            probability of what came), within_50 and within_90 (1 or 0), and what persistence and trend get.
        predictions: those of the scenario.
        observations: all of them.
        scenario: the one that was scored; "" if there is only one, without a name.
    """

    rows: pd.DataFrame
    predictions: Sequence[Prediction]
    observations: Sequence[Observation]
    scenario: str

    @cached_property
    def table(self) -> pd.DataFrame:
        """Scores by outcome, and in the last row over all.

        Columns: outcome, kind, rows, mae and bias of the median, crps, the shares within the 50 and 90 % intervals
        (within_50, within_90) of the predictions that have these (of_50, of_90), brier, log, and skill_persistence and
        skill_trend, 1 less the mean score over theirs.
        """
        return scores_by_outcome(self.rows)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """Share of observations below each predicted quantile, by outcome and over all."""
        return calibration(self.predictions, self.rows)

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """How often a yes came, by its predicted probability."""
        return reliability(self.rows)

    @cached_property
    def notes(self) -> list[str]:
        """What could not be scored, and what to mind."""
        warning = f"with only {counted(len(self.rows), 'row')}, most of these differences could be luck"
        missing = left_out(self.predictions, self.observations, self.rows)
        return [*coverage(self.table), *missing, *([warning] if len(self.rows) < FEW_ROWS else [])]

    @property
    def finding(self) -> str:
        """In how many outcomes the predictions beat persistence, in a sentence."""
        skills = self.table[self.table["outcome"] != ALL]["skill_persistence"].dropna()
        if skills.empty:
            return "Too little was observed before for a comparison with persistence or trend"
        better = int((skills > 0).sum())
        return (
            f"Better than persistence in {better} of {counted(len(skills), 'outcome')}, worse in {(skills < 0).sum()}"
        )

    @validated
    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draws the share of observations below each predicted quantile or, of yes and no, how often a yes came."""
        if len(self.calibration):
            return views.calibration(self.calibration, ax=ax)
        return views.reliability(self.reliability, ax=ax)

    def figure(self) -> Figure:
        """The page of calibration and reliability."""
        subtitle = f"Calibration {self.described()}"
        return views.calibration_page(self.calibration, self.reliability, title=self.finding, subtitle=subtitle)

    @validated
    def save(self, folder: str | Path) -> list[Path]:
        """Writes `scores.csv`, `rows.csv` and `calibration.png` into a folder, over those of an earlier time.

        Raises:
            InputError: something else of these names stands there.
            MachineError: the disk or a permission does not allow it.
        """
        path = Path(folder)
        tables = {"scores.csv": to_csv(self.table), "rows.csv": to_csv(self.rows)}
        source = stamp(hashlib.sha256(b"".join(tables.values())).hexdigest())
        files = {**tables, **views.pictures(self.figure(), PICTURE, source=source)}
        with machine_faults(path):
            return put_files({path / name: data for name, data in files.items()})

    def described(self) -> str:
        """What was scored."""
        return f"of {counted(len(self.rows), 'prediction')}" + f", {self.scenario}" * bool(self.scenario)

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The scores."""
        yield "", self.table
