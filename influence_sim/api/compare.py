"""Comparisons of several scenarios: the request, the computation and the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import nan
from pathlib import Path
from typing import Any, ClassVar

from influence_sim.analysis.explain import PARTS
from influence_sim.api import base_result
from influence_sim.api.late import Axes, Figure, answer_words, division, endings, pd, sentences, views
from influence_sim.api.lookups import labels
from influence_sim.api.playable import summary_of, trajectories
from influence_sim.api.result import ASSUMPTION_COLUMNS, INTERVAL, LEVELS, Result
from influence_sim.api.run import DTYPES, baseline_key, check_worlds, earlier_runs, last_differences, under_assumptions
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, machine_faults, not_whole, raise_any, wrong
from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS, with_interval, written
from influence_sim.base.progress import Progress, shown
from influence_sim.runs import MOST_TRIED
from influence_sim.runs.manifest import COMPARE, Manifest
from influence_sim.runs.request import PLAUSIBLE, RunRequest, plan_run, unknown_outcomes
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.study_schema import ASKED
from influence_sim.theatre import load as load_theatre


@dataclass(frozen=True)
class ComparisonRequest(base_result.RequestOfRuns):
    """Everything that determines a comparison."""

    kind: ClassVar[str] = COMPARE
    table: ClassVar[str] = "comparison.csv"
    figure: ClassVar[str] = "figures/forest.png"

    runs: tuple[RunRequest, ...]  # one a scenario, each of two arms, all of equal seed and length
    outcomes: tuple[str, ...]  # what is compared
    assumptions: int  # in how many worlds to compare again; 0 for none
    worlds: str = PLAUSIBLE  # or `prior`, or `both`


@validated
def compare(
    scenarios: Sequence[str | Path],
    *,
    against: str | Path = ASKED,
    replicates: int | None = None,
    seed: int | None = None,
    months: int | None = None,
    set: Mapping[str, float | str] | None = None,
    assumptions: int | None = None,
    worlds: str = PLAUSIBLE,
    outcomes: Sequence[str] = (),
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Comparison:
    """Runs several scenarios against one baseline, all on the same draws, in memory.

    Args:
        scenarios: shipped names, paths, or folders of earlier runs, which must have the same baseline, size and model;
            others are run with theirs.
        against: what to compare with; by default what the scenarios ask to be compared with, which must be the same.
        replicates: how many of each; None for 200, or what the folders have.
        seed: of the draws; None for 1, or likewise.
        months: how many monthly records; None for the theatre's, or likewise.
        set: undated parameter values, for all.
        assumptions: in how many worlds to compare them again; None or 0 for none.
        worlds: `plausible`, those that the record does not rule out, or `prior`, all over the prior ranges;
            with `both` the first, and beside them the share of the others (`prior_share`).
        outcomes: what to compare in the last month; by default what each scenario asks about first, then the
            headline.
        workers: threads.
        progress: True for a bar, or a function that is called with the replicates done and their total.

    Raises:
        InputError: all that is wrong with the files, names and numbers; two scenarios of one name; one that
            does not differ from the baseline.
        MachineError: a file is there but cannot be read, or memory is short.

    Examples:
        >>> both = compare(["us_engages_taliban", "us_own_channel"], replicates=4, months=40)
        >>> both.scenarios
        ('us_engages_taliban', 'us_own_channel')
        >>> both.table.columns[8:].tolist()
        ['diff', 'ci_low', 'ci_high', 'itself', 'ground', 'response']
    """
    size: dict[str, Any] = {"replicates": replicates, "seed": seed, "months": months, "worlds": worlds}
    request = plan_comparison(scenarios, against=against, set=set, assumptions=assumptions, outcomes=outcomes, **size)
    return compute(request, workers=workers, progress=shown(progress, "runs"))


def plan_comparison(
    scenarios: Sequence[str | Path], *, assumptions: int | None = None, outcomes: Sequence[str] = (), **kwargs: Any
) -> ComparisonRequest:
    """Checks a request for a comparison without computing it; arguments and errors as for `compare`."""
    kwargs = {name: value for name, value in kwargs.items() if value is not None}
    earlier, size, problems = earlier_runs(scenarios, kwargs)
    runs = list[RunRequest]()
    for ref in (ref for ref in scenarios if earlier.get(str(ref), ref) is not None):
        try:
            run = earlier.get(str(ref)) or plan_run(ref, **kwargs | size)
        except InputError as error:
            problems += error.problems
            continue
        if run.against is None:
            problems.append(wrong("scenarios", ref, "this is what the others are compared with"))
        elif any(run.scenario.name == other.scenario.name for other in runs):
            problems.append(wrong("scenarios", ref, "two of the scenarios bear this name"))
        runs.append(run)
    if not scenarios:
        problems.append(wrong("scenarios", "", "at least one scenario is needed"))
    baselines = dict.fromkeys(run.against.name for run in runs if run.against is not None)
    if len(baselines) > 1:
        rule = f"the scenarios ask to be compared with different ones: {', '.join(baselines)}"
        problems.append(wrong("--against", ASKED, rule, "say which"))
    problems += unknown_outcomes(outcomes, load_theatre().vocabulary.outcomes)
    assumptions = assumptions or 0
    problems += not_whole(assumptions, 0, MOST_TRIED, "--assumptions", "must be none, or a whole number up to {1}")
    raise_any(dict.fromkeys(problems))
    outcomes = outcomes or [*(run.asked[0] for run in runs), *load_theatre().headline]
    return ComparisonRequest(tuple(runs), tuple(dict.fromkeys(outcomes)), assumptions, runs[0].worlds)


def compute(request: ComparisonRequest, *, workers: int = 1, progress: Progress | None = None) -> Comparison:
    """Computes a comparison: runs each baseline once, and keeps only the summaries."""
    runs = [replace(run, assumptions=request.assumptions) for run in request.runs]
    baselines = {baseline_key(run): run.arms[1] for run in runs}
    arms = [*baselines.values(), *(run.arms[0] for run in runs)]
    with machine_faults(Path("compare"), "run"):
        check_worlds(runs[0].theatre, request.assumptions, runs[0].worlds)
        outcomes = trajectories(runs[0], arms, workers=workers, progress=progress)
        baseline_outcomes = {key: next(outcomes) for key in baselines}
        pairs = zip(runs, outcomes, strict=True)
        summaries = [summary_of(run, [values, baseline_outcomes[baseline_key(run)]]) for run, values in pairs]
        assumption_tables = under_assumptions(runs, list(map(last_differences, summaries)), request.outcomes, workers)
        divisions = division.divide(runs, request.outcomes, workers=workers)
        parts = [pd.DataFrame(gaps[:, 1:, 0].mean(axis=0).T, columns=list(PARTS)) for gaps in divisions]
    tables = zip(runs, summaries, assumption_tables, strict=True)
    results = tuple(Result(summary, assumptions, request=run) for run, summary, assumptions in tables)
    rows = [result.ending(request.outcomes).assign(scenario=result.scenario) for result in results]
    columns = ["scenario", "outcome", *LEVELS, *INTERVAL, *PARTS]
    columns += [name for name in ASSUMPTION_COLUMNS if name in rows[0]]
    table = pd.concat(rows, ignore_index=True).join(pd.concat(parts, ignore_index=True))[columns]
    table = table.astype({name: "int64" for name in DTYPES["counts"] if name in table})  # floats beside other outcomes
    return Comparison(table, results, request=request)


def read(folder: Path, request: object = None) -> Comparison:
    """Reads a comparison from its folder, which does not hold its `results`."""
    needs = ("scenario", "outcome", *LEVELS, *INTERVAL, *PARTS)
    fields = base_result.read_table(folder, ComparisonRequest, **DTYPES, needs=needs)
    arguments = fields["manifest"]["arguments"]
    keys = {"scenario": arguments["scenarios"], "outcome": arguments["outcomes"]}
    base_result.require_rows(folder / ComparisonRequest.table, fields["table"], **keys)
    return Comparison(**fields)


def rebuild_request(folder: Path, manifest: Manifest) -> ComparisonRequest:
    """The request that a comparison's folder answers, for the theatre in use; an `InputError` if that refuses it."""
    arguments = manifest.arguments
    size = {name: arguments[name] for name in ("replicates", "seed", "months", "assumptions", "outcomes", "worlds")}
    scenarios = [base_result.arm_file(folder, name) for name in arguments["scenarios"]]
    return plan_comparison(scenarios, against=base_result.arm_file(folder, arguments["against"]), **size)


def repeat(folder: Path, manifest: Manifest, **kwargs: Any) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Compares the folder's scenarios again."""
    request = rebuild_request(folder, manifest)  # first, since it refuses files outside the folder
    yield read(folder).table, compute(request, **kwargs).table


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(base_result.TableResult):
    """Several scenarios against one baseline (`against`), on the same draws, in the last `month`.

    Attributes:
        table: how they end in the last month: scenario, outcome, levels (mean, q05, q95, and those of the baseline),
            the difference (diff, ci_low, ci_high); what carries that, in parts that add up to diff (itself, ground,
            response; see `Result.division`); and, where it was asked for, what the assumptions do to them
            (share_same_sign, share_zero, and the other fields of `analysis.drivers.Driver`).
        results: one a scenario, in the order given; none if the comparison was read from a folder.
    """

    results: tuple[Result, ...] = ()

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Their names, in the order given."""
        return tuple(dict.fromkeys(self.table["scenario"]))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that are compared."""
        return tuple(dict.fromkeys(self.table["outcome"]))

    @cached_property
    def answers(self) -> dict[str, answer_words.Answer]:
        """The answer of each scenario about the first of the outcomes."""
        rows, answers = self.table[self.table["outcome"] == self.outcomes[0]], {}
        for name, group in rows.groupby("scenario", sort=False):
            parts = group[["outcome", *PARTS]].melt("outcome", var_name="part", value_name="mean")
            (end,) = endings.endings(group.set_index("outcome"), parts.assign(ci_low=nan, ci_high=nan))
            options: Any = {"against": self.other_title, "replicates": self.replicates}
            answers[str(name)] = answer_words.answer(end, self.last, **options)
        return answers

    @property
    def assumptions(self) -> int:
        """In how many worlds the scenarios were compared again; 0 for none."""
        return int(self.about["arguments"]["assumptions"])

    @property
    def lacking(self) -> str:
        """How many worlds could not be computed, and why; "" if all were."""
        return base_result.failure_message(self.table, "worlds", self.assumptions)

    @property
    def worlds(self) -> str:
        """The kind of these worlds: plausible ones, or those of the prior ranges."""
        kind = self.table["worlds"].iloc[0] if "worlds" in self.table else None  # where no plausible ones are known
        return str(kind or self.about["arguments"]["worlds"])

    def __getitem__(self, scenario: str) -> Result:
        """The result of one scenario; an `InputError` if there is none of that name."""
        results = {result.scenario: result for result in self.results}
        base_result.require(scenario, results, "comparison", "not among the results")
        return results[scenario]

    def _ipython_key_completions_(self) -> list[str]:
        return [result.scenario for result in self.results]

    @validated
    def plot(self, outcome: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws the differences of one outcome, a row a scenario; an `InputError` if it was not compared.

        Args:
            outcome: its name; by default what is asked first, with what was found as title.
            ax: where to draw; a new figure if None.
        """
        base_result.require(outcome or self.outcomes[0], self.outcomes, "outcome", "not among the outcomes compared")
        ax = views.forest(self.titled, outcome or self.outcomes[0], ax=ax, labels=labels())
        if outcome is None:
            views.retitle(ax, self.finding)
        return ax

    def figure(self) -> Figure:
        """The page of all outcomes."""
        worlds = f", {self.assumptions} {self.worlds} worlds" if self.assumptions else ""
        return views.compare_forest(
            self.titled,
            title=self.finding,
            subtitle=f"Difference from {self.other} in {month_words(self.last)}, on the same draws",
            note=f"{self.sample}{worlds}.",
            labels=labels(),
        )

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles by scenario: with the name where two are equal, and the name alone where a title is too long."""
        if self.folder is None:
            titles = {run.scenario.name: run.scenario.title for run in self.request.runs}
        else:
            arms = {name: base_result.arm_file(self.folder, name) for name in self.scenarios}
            titles = {name: load_scenario(path, load_theatre().vocabulary).title for name, path in arms.items()}
        duplicates = {title for title, count in Counter(titles.values()).items() if count > 1}
        short = {name: name if len(title) > sentences.LABEL else title for name, title in titles.items()}
        return {name: f"{title} ({name})" if title in duplicates else title for name, title in short.items()}

    @property
    def other(self) -> str:
        """What they are compared with, in words."""
        return f"“{self.other_title}”" if self.other_title else "the baseline"

    @property
    def titled(self) -> pd.DataFrame:
        """The table with titles in place of names, for figures."""
        return self.table.assign(scenario=self.table["scenario"].map(self.titles))

    @property
    def finding(self) -> str:
        """The smallest and the largest difference of the first outcome, in a sentence."""
        rows = self.table[self.table["outcome"] == self.outcomes[0]].sort_values("diff", kind="stable")
        label = labels()[self.outcomes[0]].label
        ends = rows.iloc[[0, -1] if len(rows) > 1 else [0]].to_dict("records")
        gaps = [f"{written(row['diff'], signed=True, minus=MINUS)} in “{self.titles[row['scenario']]}”" for row in ends]
        return f"{label}: from {' to '.join(gaps)}" if len(gaps) > 1 else f"{label}: {gaps[0]}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The differences, a scenario a row and an outcome a column; and the answers in a few words."""
        numbers = zip(*(self.table[name] for name in INTERVAL), strict=True)
        cells = self.titled.assign(cell=[with_interval(interval, signed=True) for interval in numbers])
        wide = cells.pivot_table(index="scenario", columns="outcome", values="cell", aggfunc="first", sort=False)
        wide = wide.rename(columns={name: labels()[name].label for name in self.outcomes}).reset_index()
        wide.insert(1, "in words", [answer.short for answer in self.answers.values()])
        month = month_words(self.last)
        yield f"Differences from {self.against} in {month}, with their 95 % intervals", wide

    def described(self) -> str:
        """What was compared."""
        return f"{', '.join(self.scenarios)} minus {self.against} in {self.month}: {self.sample}"
