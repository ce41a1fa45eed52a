"""The result of a run, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.base_result import failure_message, require
from influence_sim.api.late import Axes, Figure, answer_words, endings, pa, pd, store, summary, views
from influence_sim.api.lookups import labels
from influence_sim.api.playable import PlayableRun, rows_of, trajectories
from influence_sim.base.arguments import validated
from influence_sim.base.errors import MachineError
from influence_sim.base.months import month_words
from influence_sim.base.numbers import Floats, table_percent, with_interval
from influence_sim.runs.folder import Files, Write
from influence_sim.runs.request import ASSUMPTIONS, DIVISION, SUMMARY, TRAJECTORIES, reported_first
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import xarray

    from influence_sim.words.answer import Answer
    from influence_sim.words.endings import Ending

INTERVAL = ("diff", "ci_low", "ci_high")
LEVELS = ("mean", "q05", "q95", "baseline_mean", "baseline_q05", "baseline_q95")
_STATISTICS = ("mean", "sd", "q05", "q25", "q50", "q75", "q95")
_GAPS = {"diff": "mean", "ci_low": "ci_low", "ci_high": "ci_high", "diff_q05": "q05", "diff_q95": "q95"}
ASSUMPTION_COLUMNS = (
    *("points", "worlds", "failed", "error", "share_same_sign", "share_zero"),
    *("parameter", "pawn", "threshold", "stands_out", "together", "needed", "at_low", "at_high"),
    *("low_name", "high_name"),
    "prior_share",
)
"""Columns about an outcome in other worlds, where these were tried."""


@dataclass(frozen=True, eq=False, repr=False)
class Result(PlayableRun):
    """The result of a run: a scenario and its baseline (`against`), the run's `seed`, `replicates`, `months` and more.

    Attributes:
        summary: one row an arm, outcome and month; columns as in `summary.csv`.
        assumptions: how far the reported differences depend on what was assumed; None if not asked.
        divided: what carries them in the last month: outcome, part, mean, ci_low, ci_high; None for one arm.
        arms: the outcomes of each arm, shape (months, outcomes, replicates); None if they are in the folder, or to be
            computed when they are asked for.
    """

    summary: pd.DataFrame
    assumptions: pd.DataFrame | None = None
    divided: pd.DataFrame | None = None
    arms: tuple[Floats, ...] | None = None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The trajectories, as in `trajectories.parquet`: scenario, replicate, date, and a column an outcome.

        Raises:
            MachineError: they are in a folder, and the file there is missing or damaged.
        """
        if self.folder is not None:
            rows = store.read_table(self.folder / TRAJECTORIES)
        else:
            rows = pa.concat_tables(rows_of(self.request, self._arms))
        frame: pd.DataFrame = rows.to_pandas()
        return frame

    @cached_property
    def _arms(self) -> tuple[Floats, ...]:
        """The outcomes of each arm, of a result in memory."""
        return self.arms or tuple(trajectories(self.request, self.request.arms))

    def files(self) -> Files:
        """The contents of its folder, except the figure."""
        request, arms = self.request, self._arms

        def write_trajectories(path: Path) -> None:
            with path.open("xb") as file:
                store.write_groups(file, store.run_schema(request.theatre.vocabulary.outcomes), rows_of(request, arms))

        files: dict[str, Write | bytes] = {TRAJECTORIES: write_trajectories, **request.inputs}
        files[SUMMARY] = summary.to_csv(self.summary)
        if self.divided is not None:
            files[DIVISION] = summary.to_csv(self.divided)
        if self.assumptions is not None:
            files[ASSUMPTIONS] = summary.to_csv(self.assumptions)
        return files

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The names of the outcomes."""
        return tuple(self.summary["outcome"].unique())

    @property
    def asked(self) -> tuple[str, ...]:
        """The outcomes that are asked about, the first for the answer."""
        return tuple(self.about["arguments"].get("asked") or load_theatre().question)

    @property
    def reported(self) -> tuple[str, ...]:
        """The reported outcomes: those asked about, then the headline's."""
        return reported_first(self.asked, load_theatre())

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """The answer about each reported outcome, in words, those asked about first; none for one arm."""
        return self.answers_of(self.reported)

    @validated
    def answers_of(self, outcomes: Sequence[str]) -> tuple[Answer, ...]:
        """The answer about each of some outcomes, in words; none for one arm."""
        if self.against is None:
            return ()
        kwargs: Any = {"against": self.other_title, "replicates": self.replicates}
        return tuple(answer_words.answer(end, self.last, **kwargs) for end in self.endings(outcomes))

    @property
    def answer(self) -> Answer:
        """The answer to what the scenario asks, in words; an `InputError` if the run has one arm."""
        self._require_two_arms("answer")
        return self.answers[0]

    @validated
    def endings(self, outcomes: Sequence[str] | None = None) -> tuple[Ending, ...]:
        """How outcomes end, in the form that sentences are made from; by default the reported outcomes.

        Raises:
            InputError: an outcome does not exist.
        """
        names = self.reported if outcomes is None else outcomes
        for name in names:
            require(name, self._endings, "outcome", "not an outcome")
        return tuple(self._endings[name] for name in names)

    @cached_property
    def _endings(self) -> Mapping[str, Ending]:
        """Those of all outcomes; a folder of an older model may have others than there are now."""
        table = summary.endings(self.summary, self.scenario, self.against, self.assumptions)
        table = table[table.index.isin(load_theatre().vocabulary.outcomes)]
        return {end.outcome: end for end in endings.endings(table, self.divided)}

    def __getitem__(self, outcome: str) -> pd.DataFrame:
        """One outcome by month: mean, sd and quantiles over replicates, for each arm.

        Returns:
            Indexed by date; columns of two levels, `scenario` (the arm) and `statistic`.

        Raises:
            InputError: the outcome does not exist.

        Examples:
            >>> from influence_sim import run
            >>> run("us_withdraws", replicates=4)["violence"]["us_withdraws"].columns.tolist()
            ['mean', 'sd', 'q05', 'q25', 'q50', 'q75', 'q95']
        """
        require(outcome, self.outcomes, "outcome", "not an outcome")
        rows = self.summary[self.summary["outcome"] == outcome]
        arms = rows.set_index("date").groupby("scenario", sort=False)[list(_STATISTICS)]
        return pd.concat({str(name): arm for name, arm in arms}, axis=1, names=["scenario", "statistic"])

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
        # The rows are those of the dimensions, in their order.
        coordinates = {name: self.frame[name].unique() for name in store.KEYS}
        shape = [len(values) for values in coordinates.values()]
        cubes = {name: (store.KEYS, self.frame[name].to_numpy().reshape(shape)) for name in self.outcomes}
        data = xr.Dataset(cubes, coordinates)
        for outcome in load_theatre().outcomes:
            data[outcome.name].attrs.update(long_name=outcome.label, units=outcome.unit)
        data.attrs.update(title=self.title, seed=self.seed, branch=self.branch or "")
        return data

    @validated
    def ending(self, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
        """How outcomes end.

        Args:
            outcomes: their names; by default those asked about, then the headline.

        Returns:
            One row an outcome: outcome, label, unit, the scenario's mean, q05 and q95 in the last month, the
            baseline's, the mean paired difference with its 95 % interval, and, where it was asked for, what the
            assumptions do to it.

        Raises:
            InputError: an outcome does not exist.
        """
        names = self.reported if outcomes is None else outcomes
        for name in names:
            require(name, self.outcomes, "outcome", "not an outcome")
        # Of these alone: where an outcome was tried in no worlds, whole numbers and flags of the others would change.
        rows = self.summary[self.summary["outcome"].isin(names)]
        table = summary.endings(rows, self.scenario, self.against, self.assumptions).loc[list(names)].reset_index()
        specs, assumed = [labels()[name] for name in names], [name for name in ASSUMPTION_COLUMNS if name in table]
        columns = {"label": [spec.label for spec in specs], "unit": [spec.unit for spec in specs]}
        return table.assign(**columns)[["outcome", *columns, *LEVELS, *INTERVAL, *assumed]]

    @validated
    def difference(self, outcome: str) -> pd.DataFrame:
        """The paired difference of an outcome, scenario minus baseline on the same draws.

        Returns:
            Indexed by date: its `mean` over replicates, the 95 % interval of that mean (`ci_low`, `ci_high`;
            Monte-Carlo error only), and its quantiles over replicates (`q05`, `q95`).

        Raises:
            InputError: the outcome does not exist, or the run has one arm.
        """
        require(outcome, self.outcomes, "outcome", "not an outcome")
        self._require_two_arms("difference")
        rows = self.summary[(self.summary["scenario"] == self.scenario) & (self.summary["outcome"] == outcome)]
        return rows.set_index("date")[list(_GAPS)].rename(columns=_GAPS)

    @property
    def finding(self) -> str:
        """The answer and in how many worlds it holds, in words; "" of one arm."""
        return " ".join(filter(None, (self.answer.finding, self.answer.holds))) if self.answers else ""

    @validated
    def plot(self, outcome: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws an outcome in both arms: median, and the middle 50 % and 90 % of replicates.

        Args:
            outcome: its name; by default what the scenario asks, with the answer as title and the difference beneath.
            ax: where to draw; a new figure if None, which notebooks and pyplot show where they are in use.
        """
        chosen = self.asked[0] if outcome is None else outcome
        require(chosen, self.outcomes, "outcome", "not an outcome")
        if outcome is None and ax is None:
            return views.single(self.summary, chosen, note=self._note(shares=False), **self._headings(), **self.look)
        return views.fan(self.summary, chosen, ax=ax, **self.look)

    def figure(self) -> Figure:
        """The page of the reported outcomes: both arms, and the paired differences beneath."""
        return views.headline(self.summary, self.reported, note=self._note(), **self._headings(), **self.look)

    @property
    def look(self) -> dict[str, Any]:
        """The arguments of every figure of the summary: where the arms branch, and the outcomes' labels."""
        return {"branch": self.branch_date, "labels": labels()}

    def _headings(self) -> dict[str, Any]:
        """Title and subtitle of its figures: the answer where there is one, else the question."""
        answer = self.answer if self.answers else None
        if answer is None or (answer.direction == "open" and answer.size != answer_words.NOTHING):
            title, subtitle = self.question or self.title, f"{self.title}\n{self.finding}"
        else:
            title, subtitle = answer.finding.removesuffix("."), f"{self.title}. {self.question}\n{answer.holds}"
        return {"title": title, "subtitle": subtitle.strip()}

    def more(self) -> str:
        """What decides the answer, and what carries it."""
        return " ".join(filter(None, (self.answer.decides, self.answer.carried))) if self.answers else ""

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The reported outcomes: how they end in both arms, and the difference."""
        rows = []
        for index, end in enumerate(self.endings()):
            row = {f"in {month_words(self.last)}": end.label, "scenario": with_interval(end.scenario)}
            if self.answers:
                row["baseline"] = with_interval(end.baseline)
                row["difference"] = with_interval(end.difference, signed=True)
                row["in words"] = self.answers[index].short
            rows.append(row)
        yield f"{self.title}: {self.question}".removesuffix(": "), pd.DataFrame(rows)

    def small_print(self) -> tuple[str, ...]:
        """How to read the tables, the run, and what could not be computed."""
        bands = "Means, with the middle 90 % of replicates"
        if not self.answers:
            return f"{bands}.", *super().small_print()
        legend = f"{bands}; differences, with their 95 % interval."
        return legend, answer_words.caution(self.answer, self.replicates), *super().small_print()

    @property
    def tried(self) -> int:
        """In how many worlds its differences were tried again, or were to be; 0 for none."""
        if self.assumptions is None or self.assumptions.empty:
            return 0
        return int(self.assumptions[["points", "failed"]].iloc[0].sum())

    @property
    def lacking(self) -> str:
        """How many worlds could not be computed, and why; "" if all were."""
        return failure_message(self.assumptions, "worlds", self.tried)

    def described(self) -> str:
        """What was run."""
        against = f" against {self.against}" if self.against else ""
        branch = f" from {self.branch}" if self.branch else ""
        return f"{self.scenario}{against}{branch}: {self.sample}, {self.months} months"

    def _note(self, *, shares: bool = True) -> str:
        note = f"{self.sample}."
        if self.against is not None:
            note += " Intervals: Monte-Carlo error only."
        found = [answer for answer in self.answers if answer.likelihood and shares]
        if not found:
            return note
        ways = {"none": "the same"}
        texts = [
            f"{answer.label} {ways.get(answer.way, answer.way)} in {table_percent(answer.share)}" for answer in found
        ]
        return f"{note} Of {found[0].points:,} {found[0].worlds} worlds: {', '.join(texts)}."
