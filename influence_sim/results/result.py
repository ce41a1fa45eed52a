"""A run's results, in memory or in a folder."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import InputError, MachineError, Problem, did_you_mean
from influence_sim.base.months import Month, format_month
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.theatre.spec import Outcome

HEADLINE = (
    "kabul_authority",
    "russia_mediator_share",
    "russia_acceptance",
    "us_acceptance",
    "russia_prestige",
)
"""The outcomes that a run tells first: how the question of the article ends."""
FIGURE_SIZE = (6.5, 3.4)
_LEVELS = ("mean", "q05", "q95")
_STATISTICS = ("mean", "sd", "q05", "q25", "q50", "q75", "q95")
_GAPS = ("diff", "ci_low", "ci_high")
_ASSUMED = ("share_same_sign", "share_zero", "parameter", "rho", "stands_out", "note")


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a run gave.

    Attributes:
        scenario: name of the scenario.
        against: name of what it was compared with; None for one arm.
        title: the scenario's heading.
        question: what it asks.
        branch: the first month in which the arms may differ.
        seed: of the draws.
        replicates: how many.
        months: how many monthly records.
        parameters: undated values that were set, for both arms.
        summary: one row an arm, outcome and month; columns as in `summary.csv`.
        table: makes the trajectories as an arrow table.
        saver: writes a result folder.
        assumptions: how far the headline differences hang on what was assumed; None if not asked.
        folder: where it was read from or written to; None if it is in memory only.
        manifest: what the folder's manifest says; None in memory.
    """

    scenario: str
    against: str | None
    title: str
    question: str
    branch: Month | None
    seed: int
    replicates: int
    months: int
    parameters: Mapping[str, float]
    summary: pd.DataFrame
    table: Callable[[], pa.Table]
    saver: Callable[[Path, bool], bool]
    assumptions: pd.DataFrame | None = None
    folder: Path | None = None
    manifest: Mapping[str, Any] | None = field(default=None)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The trajectories, as in `trajectories.parquet`: scenario, replicate, date, and a column an outcome.

        Raises:
            MachineError: they are in a folder, and the file there is missing or damaged.
        """
        frame: pd.DataFrame = self.table().to_pandas()
        return frame

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The names of the outcomes."""
        return tuple(self.summary["outcome"].unique())

    def __getitem__(self, outcome: str) -> pd.DataFrame:
        """One outcome by month: mean, sd and quantiles over replicates, for each arm.

        Returns:
            Indexed by date; columns of two levels, the arm and the statistic.

        Raises:
            InputError: the outcome does not exist.

        Examples:
            >>> from influence_sim import run
            >>> run("us_withdraws", replicates=4)["violence"]["us_withdraws"].columns.tolist()
            ['mean', 'sd', 'q05', 'q25', 'q50', 'q75', 'q95']
        """
        import pandas as pd

        self._check(outcome)
        rows = self.summary[self.summary["outcome"] == outcome]
        arms = {
            str(name): arm.set_index("date")[list(_STATISTICS)] for name, arm in rows.groupby("scenario", sort=False)
        }
        return pd.concat(arms, axis=1)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.outcomes)

    def to_xarray(self) -> xarray.Dataset:
        """The trajectories as a data set of xarray, which the extra `xarray` installs.

        Returns:
            One variable an outcome, with its label and unit; dimensions scenario, replicate and date.

        Raises:
            MachineError: xarray is not installed, or the file of the trajectories is missing or damaged.
        """
        try:
            import xarray as xr
        except ImportError:
            raise MachineError("xarray is not installed; pip install 'influence-sim[xarray]'") from None
        arms = list(dict.fromkeys(self.frame["scenario"]))
        data = xr.Dataset.from_dataframe(self.frame.set_index(["scenario", "replicate", "date"])).sel(scenario=arms)
        for name, outcome in labels().items():
            data[name].attrs.update(long_name=outcome.label, units=outcome.unit)
        data.attrs.update(title=self.title, seed=self.seed, branch=self._branch_words())
        return data

    def ending(self, outcomes: Sequence[str] = HEADLINE) -> pd.DataFrame:
        """How outcomes end.

        Returns:
            One row an outcome: outcome, label, unit, the scenario's mean, q05 and q95 in the last month, the
            baseline's mean, the mean paired difference with its 95 % interval, and, where it was asked for,
            what the assumptions do to it.

        Raises:
            InputError: an outcome does not exist.
        """
        import pandas as pd

        for outcome in outcomes:
            self._check(outcome)
        last = self.summary[self.summary["date"] == self.summary["date"].max()].set_index(["scenario", "outcome"])
        known = labels()
        rows = []
        for name in outcomes:
            row = {"outcome": name, "label": known[name].label, "unit": known[name].unit}
            own: Mapping[Any, Any] = last.loc[(self.scenario, name)].to_dict()
            base = last.loc[(self.against, name), "mean"] if self.against is not None else float("nan")
            levels = {column: own[column] for column in _LEVELS}
            rows.append({**row, **levels, "baseline_mean": base, **{column: own[column] for column in _GAPS}})
        table = pd.DataFrame(rows)
        if self.assumptions is None:
            return table
        return table.merge(self.assumptions[["outcome", *_ASSUMED]], on="outcome", how="left")

    def difference(self, outcome: str) -> pd.DataFrame:
        """The paired difference of an outcome, scenario minus baseline on the same draws.

        Returns:
            Indexed by date: its `mean` over replicates, the 95 % interval of that mean (`ci_low`, `ci_high`;
            Monte-Carlo error only), and its quantiles over replicates (`q05`, `q95`).

        Raises:
            InputError: the outcome does not exist, or the run has one arm.
        """
        self._check(outcome)
        if self.against is None:
            rule = "run without a second arm: there is no difference"
            raise InputError(Problem("difference", None, None, self.scenario, rule))
        columns = {
            "diff": "mean",
            "ci_low": "ci_low",
            "ci_high": "ci_high",
            "diff_q05": "q05",
            "diff_q95": "q95",
        }
        rows = self.summary[(self.summary["scenario"] == self.scenario) & (self.summary["outcome"] == outcome)]
        return rows.set_index("date")[list(columns)].rename(columns=columns)

    def plot(self, outcome: str, ax: Axes | None = None) -> Axes:
        """Draws an outcome in both arms: median, and the middle 50 % and 90 % of replicates.

        Args:
            outcome: its name.
            ax: where to draw; a new pyplot figure if None, as pandas does, so that notebooks show it.

        Raises:
            InputError: the outcome does not exist.
        """
        from influence_sim import views

        self._check(outcome)
        if ax is None:
            from matplotlib import pyplot as plt

            ax = plt.figure(figsize=FIGURE_SIZE, layout="constrained").add_subplot()
        return views.fan(self.summary, outcome, branch=self._branch_date(), ax=ax, labels=labels())

    def headline(self) -> Figure:
        """The page of the headline outcomes: both arms, and the paired differences beneath."""
        from influence_sim import views

        return views.headline(
            self.summary,
            HEADLINE,
            branch=self._branch_date(),
            title=self.title,
            subtitle=self.question,
            note=self._note(),
            labels=labels(),
        )

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Writes a result folder, as the command line does.

        Args:
            folder: where; made if need be.
            force: replace the results that stand there.

        Returns:
            The folder.

        Raises:
            InputError: the folder holds something else.
            MachineError: the disk, a permission or another writer does not allow it.
        """
        self.saver(Path(folder), force)
        return Path(folder)

    def __repr__(self) -> str:
        """What was run."""
        return f"<Result {self._described()}>"

    def _repr_html_(self) -> str:
        """The headline outcomes as a small table, for notebooks."""
        shown = self.ending().drop(columns=["outcome", "unit", *_ASSUMED], errors="ignore")
        shown = shown.dropna(axis="columns", how="all")
        head = f"<p><b>{html.escape(self.title)}</b><br>{html.escape(self._described())}</p>"
        return head + str(shown.to_html(index=False, float_format="{:.3f}".format, border=0))

    def _described(self) -> str:
        against = f" against {self.against}" if self.against else ""
        branch = f" from {format_month(self.branch)}" if self.branch is not None else ""
        size = f"{self.replicates} replicates, seed {self.seed}, {self.months} months"
        return f"{self.scenario}{against}{branch}: {size}"

    def _branch_words(self) -> str:
        return "" if self.branch is None else format_month(self.branch)

    def _branch_date(self) -> date | None:
        return None if self.branch is None else branch_date(self.branch)

    def _note(self) -> str:
        note = f"{self.replicates} replicates, seed {self.seed}."
        if self.against is not None:
            note += " Intervals: Monte-Carlo error only."
        if self.assumptions is None or self.assumptions.empty:
            return note
        known = labels()
        rows = [row for row in self.assumptions.to_dict("records") if row["share_same_sign"] >= 0]
        held = [f"{known[str(row['outcome'])].label} {row['share_same_sign']:.0%}" for row in rows]
        points = int(self.assumptions["points"].iloc[0])
        said = f" Share of {points} sampled sets of assumptions that keep the sign: "
        return note + (f"{said}{', '.join(held)}." if held else "")

    def _check(self, outcome: str) -> None:
        known = tuple(self.summary["outcome"].unique())
        if outcome not in known:
            hint = did_you_mean(str(outcome), known)
            raise InputError(Problem("outcome", None, None, str(outcome), "not an outcome", hint))


def labels() -> dict[str, Outcome]:
    """What the outcomes are called, and their units."""
    return {outcome.name: outcome for outcome in load_theatre().outcomes}


def branch_date(month: Month) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)
