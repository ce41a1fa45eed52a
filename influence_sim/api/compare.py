"""Several scenarios side by side: what is asked, how it is computed, what comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import nan
from pathlib import Path
from typing import Any, ClassVar

from influence_sim.analysis import MOST_TRIED
from influence_sim.analysis.explain import PARTS
from influence_sim.api import kept
from influence_sim.api.late import Axes, Figure, division, endings, pd, sentences, views, words
from influence_sim.api.lookups import labels
from influence_sim.api.playable import summary_of, trajectories
from influence_sim.api.result import ASSUMED, INTERVAL, LEVELS, Result
from influence_sim.api.run import TRIED, baseline_key, check_worlds, earlier_runs, last_differences, under_assumptions
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, machine_faults, raise_any, wrong
from influence_sim.base.months import format_month, month_words
from influence_sim.base.numbers import MINUS, with_interval, written
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.manifest import COMPARE, Manifest
from influence_sim.runs.request import PLAUSIBLE, PRIOR, RunRequest, not_whole, plan_run
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.study_schema import ASKED
from influence_sim.theatre import load as load_theatre


@dataclass(frozen=True)
class ComparisonRequest(kept.RequestOfRuns):
    """All that determines a comparison."""

    kind: ClassVar[str] = COMPARE
    table: ClassVar[str] = "comparison.csv"
    figure: ClassVar[str] = "figures/forest.png"

    runs: tuple[RunRequest, ...]  # one a scenario, each of two arms, all of equal seed and length
    outcomes: tuple[str, ...]  # what is compared
    samples: int  # in how many worlds to compare again; 0 for none
    worlds: str = PLAUSIBLE  # in which


@validated
def compare(
    scenarios: Sequence[str | Path],
    *,
    against: str | Path = ASKED,
    replicates: int | None = None,
    seed: int | None = None,
    months: int | None = None,
    set: Mapping[str, float | str] | None = None,
    samples: int | None = None,
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
        samples: in how many worlds to compare them again; None or 0 for none.
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
    request = plan_comparison(scenarios, against=against, set=set, samples=samples, outcomes=outcomes, **size)
    return compute(request, workers=workers, progress=shown(progress, "runs"))


def plan_comparison(
    scenarios: Sequence[str | Path], *, samples: int | None = None, outcomes: Sequence[str] = (), **asked: Any
) -> ComparisonRequest:
    """Checks everything that determines a comparison, and computes nothing; takes and raises what `compare` does."""
    asked = {name: value for name, value in asked.items() if value is not None}
    earlier = earlier_runs(scenarios, asked)
    runs, problems = list[RunRequest](), list(earlier.problems)
    for ref in (ref for ref in scenarios if str(ref) not in earlier.refused):
        try:
            run = earlier.runs.get(str(ref)) or plan_run(ref, **asked | earlier.size)
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
    others = dict.fromkeys(run.against.name for run in runs if run.against is not None)
    if len(others) > 1:
        rule = f"the scenarios ask to be compared with different ones: {', '.join(others)}"
        problems.append(wrong("--against", ASKED, rule, "say which"))
    problems += kept.unknown_outcomes(outcomes)
    points = samples or 0
    problems += not_whole(points, 0, MOST_TRIED, "--samples", "samples must be none, or a whole number up to {1}")
    raise_any(dict.fromkeys(problems))
    led = outcomes or [*(run.asked[0] for run in runs), *load_theatre().headline]
    return ComparisonRequest(tuple(runs), tuple(dict.fromkeys(led)), points, runs[0].worlds)


def compute(request: ComparisonRequest, *, workers: int = 1, progress: Progress | None = None) -> Comparison:
    """Computes a comparison: each baseline once, and only the summaries are kept."""
    runs = [replace(run, assumptions=request.samples) for run in request.runs]
    baselines = {baseline_key(run): run.arms[1] for run in runs}
    arms = [*baselines.values(), *(run.arms[0] for run in runs)]
    with machine_faults(Path("compare"), "run"):
        check_worlds(runs[0].theatre, request.samples, runs[0].worlds)
        computed = trajectories(runs[0], arms, workers=workers, progress=progress)
        twins = {key: next(computed) for key in baselines}
        pairs = zip(runs, computed, strict=True)
        summaries = [summary_of(run, [values, twins[baseline_key(run)]]) for run, values in pairs]
        tried = under_assumptions(runs, list(map(last_differences, summaries)), request.outcomes, workers)
        divided = division.divide(runs, request.outcomes, workers=workers)
        parts = [pd.DataFrame(gaps[:, 1:, 0].mean(axis=0).T, columns=list(PARTS)) for gaps in divided]
    results = tuple(Result(found, table, request=run) for run, found, table in zip(runs, summaries, tried, strict=True))
    rows = [result.ending(request.outcomes).assign(scenario=result.scenario) for result in results]
    columns = ["scenario", "outcome", *LEVELS, *INTERVAL, *PARTS, *(name for name in ASSUMED if name in rows[0])]
    table = pd.concat(rows, ignore_index=True).join(pd.concat(parts, ignore_index=True))[columns]
    return Comparison(table, results, request=request)


def read(folder: Path, request: object = None) -> Comparison:
    """Reads a comparison from its folder; its `results` are not kept there."""
    found = kept.read_table(folder, ComparisonRequest, **TRIED, needs=("scenario", "outcome", *INTERVAL, *PARTS))
    asked = found["manifest"]["arguments"]
    keys = {"scenario": asked["scenarios"], "outcome": asked["outcomes"]}
    kept.require_rows(folder / ComparisonRequest.table, found["table"], **keys)
    return Comparison(**found)


def asked_again(folder: Path, manifest: Manifest) -> ComparisonRequest:
    """The request that a comparison's folder answers, on the theatre of today; an `InputError` if it is wrong now."""
    given = manifest.arguments
    size = {name: given[name] for name in ("replicates", "seed", "months", "samples", "outcomes")}
    size["worlds"] = given.get("worlds", PRIOR)  # which were all there was, once
    scenarios = [kept.arm_file(folder, name) for name in given["scenarios"]]
    return plan_comparison(scenarios, against=kept.arm_file(folder, given["against"]), **size)


def again(folder: Path, manifest: Manifest, **how: Any) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Compares the folder's scenarios again."""
    request = asked_again(folder, manifest)  # first: it reads nothing that lies outside the folder
    old, new = read(folder).table, compute(request, **how).table
    yield old, new[[name for name in new if name in old]] if {*old} <= {*new} else new  # once there were fewer columns


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(kept.KeptTable):
    """Several scenarios against one baseline (`against`), on the same draws, in the last `month`.

    Attributes:
        table: how they end in the last month: scenario, outcome, levels (mean, q05, q95, and those of the baseline),
            the difference (diff, ci_low, ci_high); what carries that, in
            parts that add up to diff (itself, ground, response; see `Result.division`); and, where it was asked for,
            what the assumptions do to them (share_same_sign, share_zero, and the other fields of
            `analysis.decides.Hanging`).
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
    def answers(self) -> dict[str, words.Answer]:
        """The answer of each scenario about the first of the outcomes; none from a folder of an older version."""
        rows, found = self.table[self.table["outcome"] == self.outcomes[0]], {}
        for name, own in rows.groupby("scenario", sort=False) if {*LEVELS} <= {*rows} else ():
            parts = own[["outcome", *PARTS]].melt("outcome", var_name="part", value_name="mean")
            (end,) = endings.endings(own.set_index("outcome"), parts.assign(ci_low=nan, ci_high=nan))
            found[str(name)] = words.answer(end, self.month, against=self.other_title, replicates=self.replicates)
        return found

    @property
    def samples(self) -> int:
        """In how many worlds the scenarios were compared again; 0 for none."""
        return int(self.about["arguments"]["samples"])

    @property
    def lacking(self) -> str:
        """How many worlds could not be computed, and why; "" if all were."""
        return kept.lacking(self.table, "worlds", self.samples)

    @property
    def worlds(self) -> str:
        """Which worlds these are: plausible ones, or those of the prior ranges."""
        drawn = self.table["worlds"].iloc[0] if "worlds" in self.table else None  # where no plausible ones are known
        return str(drawn or self.about["arguments"].get("worlds", PRIOR))

    def __getitem__(self, scenario: str) -> Result:
        """The result of one scenario; an `InputError` if there is none of that name."""
        found = {result.scenario: result for result in self.results}
        kept.require(scenario, found, "comparison", "not among the results")
        return found[scenario]

    def _ipython_key_completions_(self) -> list[str]:
        return [result.scenario for result in self.results]

    @validated
    def plot(self, outcome: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws the differences of one outcome, a row a scenario; an `InputError` if it was not compared.

        Args:
            outcome: its name; by default what is asked first, with what was found as title.
            ax: where to draw; a new figure if None.
        """
        kept.require(outcome or self.outcomes[0], self.outcomes, "outcome", "not among the outcomes compared")
        ax = views.forest(self.titled, outcome or self.outcomes[0], ax=ax, labels=labels())
        if outcome is None:
            views.retitle(ax, self.finding)
        return ax

    def figure(self) -> Figure:
        """The page of all outcomes."""
        tried = f", {self.samples} {self.worlds} worlds" if self.samples else ""
        return views.compare_forest(
            self.titled,
            title=self.finding,
            subtitle=f"Difference from {self.other} in {month_words(self.month)}, on the same draws",
            note=f"{self.sample}{tried}.",
            labels=labels(),
        )

    @cached_property
    def titles(self) -> dict[str, str]:
        """What the scenarios are called for readers, by name: their titles.

        Where two have one title, with their names; by name alone where a title is longer than a sentence can hold.
        """
        if self.folder is None:
            found = {run.scenario.name: run.scenario.title for run in self.request.runs}
        else:
            arms = {name: kept.arm_file(self.folder, name) for name in self.scenarios}
            found = {name: load_scenario(path, load_theatre().vocabulary).title for name, path in arms.items()}
        twice = {title for title, count in Counter(found.values()).items() if count > 1}
        told = {name: name if len(title) > sentences.LABEL else title for name, title in found.items()}
        return {name: f"{title} ({name})" if title in twice else title for name, title in told.items()}

    @property
    def other(self) -> str:
        """What they are held against, as readers are told."""
        return f"“{self.other_title}”" if self.other_title else "the baseline"

    @property
    def titled(self) -> pd.DataFrame:
        """The table, with titles in place of names, for pictures."""
        return self.table.assign(scenario=self.table["scenario"].map(self.titles))

    @property
    def finding(self) -> str:
        """Between which ends the first of the outcomes lies, in a sentence."""
        rows = self.table[self.table["outcome"] == self.outcomes[0]].sort_values("diff", kind="stable")
        label = labels()[self.outcomes[0]].label
        ends = rows.iloc[[0, -1] if len(rows) > 1 else [0]].to_dict("records")
        told = [f"{written(row['diff'], signed=True, minus=MINUS)} in “{self.titles[row['scenario']]}”" for row in ends]
        return f"{label}: from {' to '.join(told)}" if len(told) > 1 else f"{label}: {told[0]}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The differences, a scenario a row and an outcome a column; and the answers in a few words."""
        numbers = zip(*(self.table[name] for name in INTERVAL), strict=True)
        wide = self.titled.assign(cell=[with_interval(three, signed=True) for three in numbers])
        shown = wide.pivot_table(index="scenario", columns="outcome", values="cell", aggfunc="first", sort=False)
        shown = shown.rename(columns={name: labels()[name].label for name in self.outcomes}).reset_index()
        if self.answers:
            shown.insert(1, "in words", [answer.short for answer in self.answers.values()])
        yield f"Differences from {self.against} in {month_words(self.month)}, with their 95 % intervals", shown

    def described(self) -> str:
        """What was compared."""
        return f"{', '.join(self.scenarios)} minus {self.against} in {format_month(self.month)}: {self.sample}"
