"""The public functions: what notebooks call, and what the command line is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.comparing import Comparison, compare
from influence_sim.base.faults import machine_faults
from influence_sim.base.months import format_month
from influence_sim.base.progress import Progress, shown
from influence_sim.results.result import HEADLINE, Result, branch_date, labels
from influence_sim.runs.folder import refuse_others
from influence_sim.runs.request import RunRequest, first_difference, plan
from influence_sim.runs.workers import get_ready
from influence_sim.scenario import load_scenario, shipped_scenarios
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HEADLINE",
    "Comparison",
    "Finished",
    "Repeat",
    "Result",
    "RunRequest",
    "branch_date",
    "claim_rows",
    "claims",
    "compare",
    "labels",
    "load",
    "outcomes",
    "param_rows",
    "params",
    "prepare",
    "record_files",
    "rerun",
    "run",
    "run_to_folder",
    "scenario_rows",
    "scenarios",
]

Setting = Mapping[str, float | str]
RESULTS = Path("results")


@dataclass(frozen=True, slots=True)
class Finished:
    """A result folder; `fresh` is False if it was complete before."""

    folder: Path
    fresh: bool
    result: Result


@dataclass(frozen=True, slots=True)
class Repeat:
    """What repeating a folder showed.

    Attributes:
        same: no number differs by more than `within`.
        identical: the trajectories are the same, byte for byte.
        within: how far numbers may differ and still be the same.
        differences: columns outcome, max_abs_diff.
        model_changed: the model is not the one that made the folder.
        notes: what else differs between then and now.
    """

    same: bool
    identical: bool
    within: float
    differences: pd.DataFrame
    model_changed: bool
    notes: tuple[str, ...]


def scenario_rows() -> list[dict[str, Any]]:
    """The shipped scenarios: name, title, question, and the month each leaves the baseline (`branch`)."""
    vocabulary = load_theatre().vocabulary
    found = {name: load_scenario(name, vocabulary) for name in shipped_scenarios()}
    rows = []
    for name, scenario in found.items():
        month = first_difference(scenario, found["baseline"])
        branch = None if month is None else format_month(month)
        rows.append({"name": name, "title": scenario.title, "question": scenario.question, "branch": branch})
    return rows


def param_rows() -> list[dict[str, Any]]:
    """Every parameter: name, default, prior range (low, high), unit, source, status, note and choices."""
    return [asdict(spec) for spec in load_theatre().parameters.values()]


def claim_rows() -> list[dict[str, Any]]:
    """Every numbered claim of the article, and what in the model uses it (`used_by`)."""
    return [{**asdict(claim), "used_by": list(claim.used_by)} for claim in load_theatre().ledger]


def scenarios() -> pd.DataFrame:
    """The shipped scenarios as a table.

    Examples:
        >>> scenarios().set_index("name").loc["us_withdraws", "title"]
        'The US leaves'
    """
    return _table(scenario_rows())


def params() -> pd.DataFrame:
    """Every parameter as a table.

    Examples:
        >>> params().set_index("name").loc["authority.erosion", ["low", "high"]].tolist()
        [0.0, 1.0]
    """
    return _table(param_rows())


def claims() -> pd.DataFrame:
    """The ledger of claims as a table.

    Examples:
        >>> claims()["id"].iloc[0]
        'C01'
    """
    return _table(claim_rows())


def outcomes() -> pd.DataFrame:
    """What a run records each month: name, label, unit, and the claims behind it.

    Examples:
        >>> outcomes()["name"].iloc[0]
        'kabul_authority'
    """
    rows = [
        {"name": item.name, "label": item.label, "unit": item.unit, "claims": " ".join(item.cited.claims)}
        for item in load_theatre().outcomes
    ]
    return _table(rows)


def prepare(
    scenario: str | Path,
    *,
    against: str | Path | None = "baseline",
    replicates: int = 200,
    seed: int = 1,
    months: int = 64,
    set: Mapping[str, float | str] | None = None,
) -> RunRequest:
    """Reads and checks everything that determines a run, and computes nothing.

    Args:
        scenario: a shipped name, or a path (with a slash, or ending in `.yaml`).
        against: what to compare with; None or `none` for one arm.
        replicates: how many.
        seed: of the draws.
        months: how many monthly records, from September 2015 on.
        set: undated parameter values, for both arms.

    Raises:
        InputError: all that is wrong with the files, names and numbers.
        MachineError: a file is there but cannot be read.
    """
    return plan(
        load_theatre(),
        scenario,
        against=against,
        seed=seed,
        replicates=replicates,
        months=months,
        overrides=set,
    )


def run(
    scenario: str | Path,
    *,
    against: str | Path | None = "baseline",
    replicates: int = 200,
    seed: int = 1,
    months: int = 64,
    set: Mapping[str, float | str] | None = None,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Result:
    """Runs a scenario and its baseline on the same draws, in memory.

    Args:
        scenario: a shipped name, or a path (with a slash, or ending in `.yaml`).
        against: what to compare with; None or `none` for one arm.
        replicates: how many.
        seed: of the draws.
        months: how many monthly records, from September 2015 on.
        set: undated parameter values, for both arms.
        workers: processes; more than one helps from 2,000 replicates on, and needs a script to be guarded by
            `if __name__ == "__main__":`.
        progress: True for a bar, or a function that is called with the replicates done and their total.

    Raises:
        InputError: all that is wrong with the files, names and numbers.
        MachineError: a file is there but cannot be read, or a worker process died.

    Examples:
        >>> result = run("us_engages_taliban", replicates=4, months=40)
        >>> result
        <Result us_engages_taliban against baseline from 2018-01: 4 replicates, seed 1, 40 months>
        >>> bool(result.difference("us_acceptance")["mean"].iloc[-1] > 0)
        True
    """
    from influence_sim.api import runs

    request = prepare(scenario, against=against, replicates=replicates, seed=seed, months=months, set=set)
    return runs.in_memory(request, workers=workers, progress=shown(progress, "runs"))


def run_to_folder(
    request: RunRequest,
    out: Path | None = None,
    *,
    workers: int = 1,
    assumptions: int | None = 64,
    force: bool = False,
    progress: Progress | None = None,
) -> Finished:
    """Runs into a result folder, or finds that this has been done.

    Args:
        request: what to run, from `prepare`.
        out: the folder; by default one beneath `results/`.
        workers: processes.
        assumptions: at how many points of the prior ranges to compare the arms again; None or 0 for none.
        force: replace other results that stand there.
        progress: called with the replicates done and their total.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, a worker died, or disk, permissions or memory fail.
    """
    folder = RESULTS / request.folder_name if out is None else Path(out)
    with machine_faults(folder):
        refuse_others(folder, request.digest, force=force)
    if workers > 1 and not folder.exists():
        _begin()
    from influence_sim.api import runs

    points = assumptions or 0
    fresh = runs.into_folder(request, folder, points=points, workers=workers, force=force, progress=progress)
    return Finished(folder, fresh, runs.from_folder(folder, runs.Wanted(request, points)))


def load(folder: str | Path) -> Result:
    """Reads a result folder.

    Raises:
        InputError: it is no result folder, or its run is not complete.
        MachineError: a file in it is missing or damaged.
    """
    from influence_sim.api import runs

    return runs.from_folder(Path(folder))


def rerun(folder: str | Path, *, workers: int = 1, progress: Progress | bool | None = None) -> Repeat:
    """Repeats a result folder from its manifest, and compares number by number; writes nothing.

    Raises:
        InputError: it is no complete result folder, or its scenario cannot be run any more.
        MachineError: a file in it is missing or damaged, or a worker process died.
    """
    from influence_sim.runs.repetition import TOLERANCE, repeat

    found = repeat(Path(folder), load_theatre(), workers=workers, progress=shown(progress, "runs"))
    rows = [{"outcome": name, "max_abs_diff": gap} for name, gap in found.differences.items()]
    return Repeat(found.same, found.identical, TOLERANCE, _table(rows), found.model_changed, found.notes)


def record_files(folder: str | Path, paths: Sequence[Path]) -> None:
    """Lists files that were added to a result folder, such as figures, in its manifest.

    Raises:
        InputError: it is no complete result folder, or a file is not in it.
        MachineError: another process writes there, or the disk does not allow it.
    """
    from influence_sim.runs import folder as folders

    folders.record_files(Path(folder), paths)


def _begin() -> None:
    """Lets workers import the model, the longest part of a small run, while this process imports all else."""
    get_ready()
    import_module("influence_sim.views")


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)
