"""The public function that sets scenarios side by side, and what keeps a comparison in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.bundles import Write, drawn, kept, read_back, written
from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.progress import Progress, shown
from influence_sim.results.comparison import COLUMNS, Comparison
from influence_sim.results.result import HEADLINE, Result
from influence_sim.runs.request import RunRequest, plan
from influence_sim.runs.workers import get_ready
from influence_sim.theatre import START
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Contest", "compare", "line_up", "load_comparison"]

TABLE, FIGURE = "comparison.csv", "figures/forest.png"
TEXTS, FLAGS = ("scenario", "outcome", "parameter", "note"), ("stands_out",)
MOST_POINTS = 4096


@dataclass(frozen=True)
class Contest:
    """Scenarios that can be compared: all that determines a comparison.

    Attributes:
        requests: one a scenario, all of equal seed and length.
        outcomes: what is compared.
        samples: at how many points of the prior ranges to compare again; 0 for none.
    """

    requests: tuple[RunRequest, ...]
    outcomes: tuple[str, ...]
    samples: int

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for beside the runs."""
        return {"outcomes": list(self.outcomes), "samples": self.samples}

    @property
    def folder_name(self) -> str:
        """Name of the folder the comparison goes to unless the user gives another."""
        from influence_sim.runs.bundle import COMPARE, digest_of

        return f"compare-{digest_of(COMPARE, self.requests, self.asked)[:12]}"


def compare(
    scenarios: Sequence[str | Path],
    *,
    against: str | Path = "baseline",
    replicates: int = 200,
    seed: int = 1,
    months: int = 64,
    set: Mapping[str, float | str] | None = None,
    samples: int | None = None,
    outcomes: Sequence[str] = HEADLINE,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Comparison:
    """Runs several scenarios against one baseline, all on the same draws, in memory.

    Args:
        scenarios: shipped names or paths.
        against: what to compare with.
        replicates: how many of each.
        seed: of the draws.
        months: how many monthly records.
        set: undated parameter values, for all.
        samples: at how many points of the prior ranges to compare them again; None or 0 for none.
        outcomes: what to compare in the last month.
        workers: processes.
        progress: True for a bar, or a function that is called with the replicates done and their total.

    Raises:
        InputError: all that is wrong with the files, names and numbers; two scenarios of one name; one that
            does not differ from the baseline.
        MachineError: a file is there but cannot be read, or a worker process died.

    Examples:
        >>> both = compare(["us_engages_taliban", "us_own_channel"], replicates=4, months=40)
        >>> both.scenarios
        ('us_engages_taliban', 'us_own_channel')
        >>> both.table.columns.tolist()
        ['scenario', 'outcome', 'diff', 'ci_low', 'ci_high']
    """
    contest = line_up(
        scenarios,
        against=against,
        replicates=replicates,
        seed=seed,
        months=months,
        set=set,
        samples=samples,
        outcomes=outcomes,
    )
    return settle(contest, workers=workers, progress=shown(progress, "runs"))


def line_up(
    scenarios: Sequence[str | Path],
    *,
    against: str | Path = "baseline",
    replicates: int = 200,
    seed: int = 1,
    months: int = 64,
    set: Mapping[str, float | str] | None = None,
    samples: int | None = None,
    outcomes: Sequence[str] = HEADLINE,
) -> Contest:
    """Checks everything that determines a comparison, and computes nothing; arguments as for `compare`.

    Raises:
        InputError: all that is wrong with files, names and numbers.
        MachineError: a file is there but cannot be read.
    """
    plan_one = partial(
        plan, load_theatre(), against=against, seed=seed, replicates=replicates, months=months, overrides=set
    )
    requests, problems = _each(scenarios, plan_one)
    known = load_theatre().vocabulary.outcomes
    for name in outcomes:
        if name not in known:
            problems.append(Problem("--outcome", None, None, str(name), "not an outcome", did_you_mean(name, known)))
    points = samples or 0
    if isinstance(points, bool) or not isinstance(points, int) or not 0 <= points <= MOST_POINTS:
        rule = f"samples must be none, or a whole number up to {MOST_POINTS}"
        problems.append(Problem("--samples", None, None, str(samples), rule))
    if problems:
        raise InputError(dict.fromkeys(problems))
    return Contest(tuple(requests), tuple(dict.fromkeys(outcomes)) or HEADLINE, points)


def settle(contest: Contest, *, workers: int = 1, progress: Progress | None = None) -> Comparison:
    """Computes a comparison.

    Raises:
        MachineError: memory is short, or a worker process died.
    """
    if workers > 1:
        get_ready()  # they import the model while this process imports all else
    import pandas as pd

    from influence_sim.api import runs

    results = runs.side_by_side(
        contest.requests, points=contest.samples, outcomes=contest.outcomes, workers=workers, progress=progress
    )
    table = pd.concat([_rows(result, contest) for result in results], ignore_index=True)
    first = contest.requests[0]
    return Comparison(
        results=results,
        table=table,
        against=str(results[0].against),
        month=START + first.months - 1,
        replicates=first.replicates,
        seed=first.seed,
        samples=contest.samples,
    )


def into_folder(
    contest: Contest, folder: Path, *, workers: int = 1, force: bool = False, progress: Progress | None = None
) -> tuple[Comparison, bool]:
    """Computes a comparison into a folder, or reads it there; says whether anything was computed.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, a worker died, or disk, permissions or memory fail.
    """
    from influence_sim.runs.bundle import COMPARE

    return kept(
        folder,
        COMPARE,
        contest.requests,
        contest.asked,
        read=load_comparison,
        compute=lambda: settle(contest, workers=workers, progress=progress),
        files=partial(_files, contest),
        force=force,
    )


def load_comparison(folder: str | Path) -> Comparison:
    """Reads a comparison from its folder; its `results` are not kept there.

    Raises:
        InputError: it is no folder of `compare`, or not complete.
        MachineError: a file in it is missing or damaged.
    """
    from influence_sim.runs.bundle import COMPARE

    manifest, table = read_back(Path(folder), COMPARE, TABLE, texts=TEXTS, flags=FLAGS)
    given = manifest.arguments
    return Comparison(
        results=(),
        table=table,
        against=given["against"],
        month=START + given["months"] - 1,
        replicates=given["replicates"],
        seed=given["seed"],
        samples=given["samples"],
    )


def _files(contest: Contest, found: Comparison) -> dict[str, Write]:
    """What a folder holds: the table, the figure, and every scenario written out."""
    from influence_sim.analysis.summary import to_csv

    arms = {scenario.name: scenario for request in contest.requests for scenario in reversed(request.scenarios)}
    scenarios = {f"scenarios/{name}.yaml": written(arm.to_yaml().encode()) for name, arm in arms.items()}
    return {TABLE: written(to_csv(found.table)), **scenarios, FIGURE: drawn(found)}


def _rows(result: Result, contest: Contest) -> pd.DataFrame:
    rows = result.ending(contest.outcomes).assign(scenario=result.scenario)
    tried = [name for name in rows.columns if name not in {"label", "unit", "mean", "q05", "q95", "baseline_mean"}]
    return rows[list(dict.fromkeys([*COLUMNS, *tried]))]


def _each(
    scenarios: Sequence[str | Path], plan_one: Callable[[str | Path], RunRequest]
) -> tuple[list[RunRequest], list[Problem]]:
    """The requests of a comparison, and all that is wrong with any of them."""
    requests: list[RunRequest] = []
    problems: list[Problem] = []
    for ref in scenarios:
        try:
            request = plan_one(ref)
        except InputError as error:
            problems += error.problems
            continue
        rule = _not_comparable(request, requests)
        problems += [Problem("compare", None, None, str(ref), rule)] if rule else []
        requests.append(request)
    if not scenarios:
        problems.append(Problem("compare", None, None, "", "at least one scenario is needed"))
    return requests, problems


def _not_comparable(request: RunRequest, before: Sequence[RunRequest]) -> str:
    if request.against is None:
        return "this is what the others are compared with"
    same = any(request.scenario.name == other.scenario.name for other in before)
    return "two of the scenarios bear this name" if same else ""
