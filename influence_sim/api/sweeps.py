"""Sweeps: one comparison at many points, planned, run into a folder, and read back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.strict_yaml import KeyPath, Names, plain, read_yaml, with_value
from influence_sim.results.result import HEADLINE
from influence_sim.results.sweep import Sweep
from influence_sim.runs.manifest import COMPLETE, SWEEP, read_manifest
from influence_sim.runs.sweeps.plan import plan_sweep
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario import is_study, read_study, take_study
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.execute import SweepDone

__all__ = ["Sweep", "load_sweep", "missing_shards", "prepare_sweep", "sweep", "sweep_to_folder"]

Progress = Callable[[int, int], None]
Range = Sequence[float] | Mapping[str, Any]
RESULTS = Path("results")
SAMPLES = {"grid": 5, "lhs": 512, "sobol_sequence": 512, "sobol_indices": 256, "morris": 64}
"""How many samples a scenario is swept with if nobody says."""


def sweep(
    study: str | Path | Mapping[str, Any],
    *,
    vary: Mapping[str, Range] | str | None = None,
    design: str | Mapping[str, Any] | None = None,
    samples: int | None = None,
    design_seed: int | None = None,
    against: str | Path | EllipsisType | None = ...,
    replicates: int | None = None,
    seed: int | None = None,
    months: int | None = None,
    set: Mapping[str, float] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    outcomes: Sequence[str] | None = None,
    dates: Sequence[str] | None = None,
    keep: str | None = None,
    executor: Executor | None = None,
    workers: int = 1,
    shard: tuple[int, int] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Runs a scenario and its baseline at many points of what is varied, into a folder.

    Either `study` is a study file (or a mapping of what one would say), and the other arguments up to `keep`
    replace what it says; or it is a scenario, and `vary` says what to vary.

    Args:
        study: a study file, a mapping, a shipped scenario's name, or a scenario file's path.
        vary: for each path its `(low, high)`, `{"low": , "high": , "scale": "log"}` or `{"choice": [...]}`; or
            `"priors"` for every parameter over its prior range. A path is a parameter,
            `interventions.ACTOR.DO.TARGET` or `conditions.NAME`.
        design: `grid`, `lhs` (the default), `sobol_sequence`, `sobol_indices`, `morris`, or a mapping as in a file.
        samples: levels of each number (grid), points (lhs, sobol_sequence), base samples (sobol_indices),
            trajectories (morris); for a scenario 5, 512, 512, 256, 64 by default.
        design_seed: of the points.
        against: what to compare with; None for one arm; the baseline by default.
        replicates: runs of each arm at every point; 64 by default.
        seed: of the draws, which are the same at every point.
        months: how many monthly records, from September 2015 on.
        set: undated parameter values at every point, for both arms.
        groups: parameters that move together: names or patterns.
        outcomes: what is kept; the headline outcomes by default.
        dates: months, `YYYY-MM`, at which it is kept; each December from the branch on, and the last, by default.
        keep: `trajectories` keeps every run as well.
        executor: any `concurrent.futures.Executor`, such as `Client.get_executor()` of Dask.
        workers: threads if there is no executor.
        shard: `(i, n)` runs only the i-th of n shares, from 1; a later call with the others makes the whole.
        out: the folder; by default one beneath `results/`.
        resume: go on with what the folder has of this very sweep; of a complete one, try failed points again.
        force: replace what another sweep left there.
        progress: called with the points done and their total.

    Raises:
        InputError: all that is wrong with the files, names and numbers; or the folder holds something else.
        MachineError: points are missing still (of other shards), the disk, a permission or another writer does
            not allow it, or the executor failed.
    """
    request = prepare_sweep(
        study,
        vary=vary,
        design=design,
        samples=samples,
        design_seed=design_seed,
        against=against,
        replicates=replicates,
        seed=seed,
        months=months,
        set=set,
        groups=groups,
        outcomes=outcomes,
        dates=dates,
        keep=keep,
    )
    folder = None if out is None else Path(out)
    done = sweep_to_folder(
        request,
        folder,
        executor=executor,
        workers=workers,
        shard=shard,
        resume=resume,
        force=force,
        progress=progress,
    )
    if not done.complete:
        raise MachineError(f"{done.folder}: the points of this shard are done; those of other shards are missing")
    return load_sweep(done.folder)


def prepare_sweep(
    study: str | Path | Mapping[str, Any],
    *,
    vary: Mapping[str, Any] | str | None = None,
    design: str | Mapping[str, Any] | None = None,
    samples: int | None = None,
    design_seed: int | None = None,
    against: str | Path | EllipsisType | None = ...,
    set: Mapping[str, Any] | None = None,
    names: Names | None = None,
    **more: Any,
) -> SweepRequest:
    """Reads and checks everything that determines a sweep, and computes nothing.

    Args:
        study: as for `sweep`, and likewise the others.
        vary: ranges or choices.
        design: a method or a mapping.
        samples: how many.
        design_seed: of the points.
        against: what to compare with.
        set: undated parameter values.
        names: what errors call the parts of the study, by the path of their keys; by default their keys.
        more: replicates, seed, months, groups, outcomes, dates, keep; None is as good as not given.

    Raises:
        InputError: all that is wrong with the files, names and numbers.
        MachineError: a file is there but cannot be read.
    """
    theatre = load_theatre()
    parts = {**more, "vary": vary, "design": None if isinstance(design, str) else design}
    changes: dict[KeyPath, Any] = {(key,): value for key, value in parts.items()}
    changes |= {("design", "samples"): samples, ("design", "seed"): design_seed}
    changes |= {("design", "method"): design} if isinstance(design, str) else {}
    changes |= {("parameters", name): value for name, value in (set or {}).items()}
    changes = {path: value for path, value in changes.items() if value is not None}
    if against is not ...:
        changes["against",] = against
    base = study if isinstance(study, Mapping) else _short_form(study, vary, design)
    if base is None:
        read = read_study(_study_file(str(study)), theatre.vocabulary, changes, names)
    else:
        read = take_study(_with_all(base, changes), theatre.vocabulary, names)
    return plan_sweep(theatre, read, HEADLINE)


def _short_form(scenario: str | Path, vary: object, design: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a study would say of a scenario that is to be swept; None if it is a study file that is meant.

    Raises:
        InputError: it is a study file, which says itself what is varied.
    """
    mapping = {} if design is None or isinstance(design, str) else design
    if vary is None and "file" not in mapping:
        return None
    if _is_path(str(scenario)) and is_study(read_yaml(Path(scenario)).data):
        rule = "this is a study, which says itself what is varied"
        raise InputError(
            Problem(str(scenario), None, None, "", rule, "leave out what is varied here, or change the file")
        )
    method = design if isinstance(design, str) else str(mapping.get("method", "lhs"))
    size = {"samples": SAMPLES[method]} if method in SAMPLES else {}
    return {"scenario": str(scenario), "design": {"method": method, **size}}


def _study_file(study: str) -> Path:
    """The file that a study is in.

    Raises:
        InputError: it is a scenario's name.
    """
    if not _is_path(study):
        rule = "a scenario's name alone is no sweep"
        raise InputError(
            Problem("sweep", None, None, study, rule, "say what to vary, or name a study file ending in .yaml")
        )
    return Path(study)


def _is_path(ref: str) -> bool:
    return "/" in ref or os.sep in ref or ref.endswith(".yaml")


def _with_all(base: Mapping[str, Any], changes: Mapping[KeyPath, Any]) -> dict[str, Any]:
    data = plain(base)
    for path, value in changes.items():
        data = with_value(data, path, plain(value))
    return dict(data)


def sweep_to_folder(
    request: SweepRequest,
    out: Path | None = None,
    *,
    executor: Executor | None = None,
    workers: int = 1,
    shard: tuple[int, int] | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> SweepDone:
    """Runs a sweep into its folder, or finds that this has been done.

    Args:
        request: what to run, from `prepare_sweep`.
        out: the folder; by default one beneath `results/`.
        executor: where to run; None for this process.
        workers: threads of this process.
        shard: which of how many shares, from 1.
        resume: go on with what the folder has of this very sweep; of a complete one, try failed points again.
        force: replace what another sweep left there.
        progress: called with the points done and their total.

    Raises:
        InputError: the folder holds something else, or needs `resume`.
        MachineError: another process writes there, the executor failed, or disk, permissions or memory fail.
    """
    from influence_sim.runs.sweeps.execute import run_sweep

    folder = RESULTS / request.folder_name if out is None else out
    return run_sweep(
        request,
        folder,
        executor=executor,
        workers=workers,
        shard=shard,
        resume=resume,
        force=force,
        progress=progress,
    )


def missing_shards(request: SweepRequest, folder: Path, count: int) -> tuple[int, ...]:
    """The shards of a sweep cut into `count`, from 1, that have points missing in a folder."""
    from influence_sim.runs.sweeps.parts import PartStore
    from influence_sim.runs.sweeps.request import of_shard

    store = PartStore(folder, request)
    shares = ((number, of_shard(request.parts, (number, count))) for number in range(1, count + 1))
    return tuple(number for number, own in shares if not all(map(store.is_recorded, own)))


def load_sweep(folder: str | Path) -> Sweep:
    """Reads the folder of a sweep; its tables only when they are asked for.

    Raises:
        InputError: it is no folder of a sweep, or the sweep is not complete.
        MachineError: its manifest cannot be read.
    """
    manifest = read_manifest(Path(folder))
    if manifest.kind != SWEEP:
        rule = "this is not the folder of a sweep"
        raise InputError(Problem(str(folder), None, None, manifest.kind, rule, "read it with load"))
    if manifest.status != COMPLETE:
        rule = "the sweep in this folder is not complete; go on with it: --resume, or resume=True"
        raise InputError(Problem(str(folder), None, None, manifest.status, rule))
    return Sweep(Path(folder), asdict(manifest))
