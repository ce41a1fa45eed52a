"""Joins the rooms: runs a request, summarises and draws it, and reads it back from a folder."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from influence_sim.analysis.priors import over_priors
from influence_sim.analysis.summary import DIFFERENCE_COLUMNS, LEVEL_COLUMNS, paired_ends, summarise, to_csv
from influence_sim.base.errors import MachineError
from influence_sim.base.faults import machine_faults
from influence_sim.base.files import write_new
from influence_sim.base.months import parse_month
from influence_sim.results.result import HEADLINE, Result
from influence_sim.runs.ensemble import Block, Floats, Progress, collect, gather
from influence_sim.runs.execution import Extras, copy_run, execute, layout_of
from influence_sim.runs.folder import harmed_files
from influence_sim.runs.manifest import Manifest
from influence_sim.runs.repetition import complete_manifest
from influence_sim.runs.request import RunRequest
from influence_sim.runs.store import NAME as TRAJECTORIES
from influence_sim.runs.store import read_table
from influence_sim.runs.workers import helpers
from influence_sim.theatre import START

SUMMARY, ASSUMPTIONS, FIGURE = "summary.csv", "assumptions.csv", "figures/headline.png"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of a folder has asked for: its request, and how many points of the prior ranges."""

    request: RunRequest
    points: int


def in_memory(request: RunRequest, *, workers: int = 1, progress: Progress | None = None) -> Result:
    """Runs a request and keeps everything.

    Raises:
        MachineError: memory is short, or a worker process died.
    """
    with (
        machine_faults(Path(request.scenario.name), "run"),
        closing(_fresh(request, workers, progress)) as runs,
    ):
        arms = [gather(blocks, shape_of(request)) for blocks in runs]
    return _result(request, _summary(request, arms), partial(_trajectories, request, arms), lambda: _blocks(arms))


def side_by_side(
    requests: Sequence[RunRequest],
    *,
    points: int = 0,
    outcomes: Sequence[str] = HEADLINE,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Runs several requests of equal seed and length, each baseline once; keeps only the summaries.

    Args:
        requests: what to run, each of two arms.
        points: at how many points of the prior ranges to compare the arms again; 0 for none.
        outcomes: whose differences are compared there.
        workers: processes.
        progress: called with the replicates done and their total.

    Raises:
        MachineError: memory is short, or a worker process died.
    """
    first = requests[0]
    baselines = {_baseline_key(request): request.arms[1] for request in requests}
    arms = [*baselines.values(), *(request.arms[0] for request in requests)]
    size = {"seed": first.seed, "replicates": first.replicates, "workers": workers}
    with (
        machine_faults(Path("compare"), "run"),
        helpers(workers) as pool,
        closing(collect(arms, **size, executor=pool, progress=progress)) as runs,
    ):
        arrays = (gather(blocks, shape_of(first)) for blocks in runs)
        twins = {key: next(arrays) for key in baselines}
        summaries = [
            _summary(request, [values, twins[_baseline_key(request)]])
            for request, values in zip(requests, arrays, strict=True)
        ]
        tried = _tried(requests, summaries, outcomes, points, pool) if points else [None] * len(requests)
    return tuple(_again(*one) for one in zip(requests, summaries, tried, strict=True))


def _tried(
    requests: Sequence[RunRequest],
    summaries: Sequence[pd.DataFrame],
    outcomes: Sequence[str],
    points: int,
    executor: Executor | None,
) -> list[pd.DataFrame]:
    """Each request's differences under other assumptions; a baseline is run once there, too."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index, request in enumerate(requests):
        groups.setdefault(_baseline_key(request), []).append(index)
    found: dict[int, pd.DataFrame] = {}
    for members in groups.values():
        first = requests[members[0]]
        tables = over_priors(
            [requests[index].arms[0] for index in members],
            first.arms[1],
            [_last_differences(requests[index], summaries[index], outcomes) for index in members],
            points=points,
            seed=first.seed,
            fixed=first.parameters,
            executor=executor,
        )
        found |= dict(zip(members, tables, strict=True))
    return [found[index] for index in range(len(requests))]


def _last_differences(request: RunRequest, summary: pd.DataFrame, outcomes: Sequence[str]) -> dict[str, float]:
    last = summary[(summary["date"] == summary["date"].max()) & (summary["scenario"] == request.scenario.name)]
    ends = dict(zip(last["outcome"], last["diff"], strict=True))
    return {name: ends[name] for name in outcomes}


def into_folder(
    request: RunRequest,
    folder: Path,
    *,
    points: int = 0,
    workers: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> bool:
    """Runs a request into a folder; returns False if it holds the results already.

    With several workers even a small run is left to them: they import the model while this process imports all else.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, a worker died, or disk, permissions or memory fail.
    """
    with helpers(workers) as pool, closing(_fresh(request, workers, progress, pool)) as arms:
        return _write(request, folder, arms, points=points, force=force, executor=pool)


def from_folder(folder: Path, wanted: Wanted | None = None) -> Result:
    """Reads a result folder; the trajectories only when they are asked for.

    Raises:
        InputError: it is no result folder, or its run is not complete.
        MachineError: a file in it is missing or damaged.
    """
    manifest = complete_manifest(folder)
    with machine_faults(folder, "read"):
        _check_small_files(folder, manifest)
        summary = read_summary(folder / SUMMARY)
        assumptions = read_assumptions(folder / ASSUMPTIONS) if ASSUMPTIONS in manifest.files else None
    if wanted is not None:
        assumptions = _as_wanted(assumptions, wanted, summary)
    given: Mapping[str, Any] = manifest.arguments
    branch = manifest.scenario.get("branch")
    return Result(
        scenario=manifest.scenario["name"],
        against=None if manifest.against is None else manifest.against["name"],
        title=manifest.scenario["title"],
        question=manifest.scenario["question"],
        branch=None if branch is None else parse_month(branch),
        seed=manifest.seed,
        replicates=given["replicates"],
        months=given["months"],
        parameters=given["parameters"],
        summary=summary,
        table=partial(read_table, folder / TRAJECTORIES),
        saver=lambda out, force: copy_run(folder, out, force=force),
        assumptions=assumptions,
        folder=folder,
        manifest=asdict(manifest),
    )


def read_summary(path: Path) -> pd.DataFrame:
    """A summary as it was before it was written.

    Raises:
        OSError: it cannot be read.
    """
    kinds = {"scenario": pa.string(), "outcome": pa.string(), "date": pa.timestamp("ms")}
    return _read_csv(path, kinds | dict.fromkeys([*LEVEL_COLUMNS, *DIFFERENCE_COLUMNS], pa.float64()))


def read_assumptions(path: Path) -> pd.DataFrame:
    """The assumptions' table as it was before it was written.

    Raises:
        OSError: it cannot be read.
    """
    numbers = ("main", "share_same_sign", "share_zero", "share_opposite", "low", "high", "rho", "threshold")
    kinds = {"parameter": pa.string(), "note": pa.string(), "stands_out": pa.bool_()}
    return _read_csv(path, kinds | dict.fromkeys(numbers, pa.float64()))


def _read_csv(path: Path, kinds: Mapping[str, pa.DataType]) -> pd.DataFrame:
    """A table by arrow, which reads floats back to the last bit in every version, as pandas does not."""
    table: pd.DataFrame = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=kinds)).to_pandas()
    return table


def shape_of(request: RunRequest) -> tuple[int, int, int]:
    """Months, outcomes, replicates."""
    return request.months, len(request.theatre.outcomes), request.replicates


def _result(
    request: RunRequest,
    summary: pd.DataFrame,
    table: Callable[[], pa.Table],
    blocks: Callable[[], Iterator[Iterator[Block]]],
    assumptions: pd.DataFrame | None = None,
) -> Result:
    return Result(
        scenario=request.scenario.name,
        against=None if request.against is None else request.against.name,
        title=request.scenario.title,
        question=request.scenario.question,
        branch=request.branch,
        seed=request.seed,
        replicates=request.replicates,
        months=request.months,
        parameters=request.parameters,
        summary=summary,
        table=table,
        saver=lambda out, force: _save(request, out, blocks(), force=force),
        assumptions=assumptions,
    )


def _again(request: RunRequest, summary: pd.DataFrame, assumptions: pd.DataFrame | None) -> Result:
    """A result that keeps its summary and computes its trajectories again when they are asked for."""
    return _result(request, summary, lambda: in_memory(request).table(), lambda: _fresh(request), assumptions)


def _fresh(
    request: RunRequest, workers: int = 1, progress: Progress | None = None, executor: Executor | None = None
) -> Generator[Iterator[Block]]:
    """The blocks of a request, computed as they are taken; nothing is loaded or built before."""
    size = {"seed": request.seed, "replicates": request.replicates, "workers": workers}
    with closing(collect(request.arms, **size, executor=executor, progress=progress)) as run:
        yield from run


def _blocks(arms: Sequence[Floats]) -> Iterator[Iterator[Block]]:
    """Arrays as blocks."""
    return (iter([(np.arange(values.shape[2], dtype=np.int64), values)]) for values in arms)


def _trajectories(request: RunRequest, arms: Sequence[Floats]) -> pa.Table:
    layout = layout_of(request)
    return pa.concat_tables([layout.table(name, 0, values) for name, values in zip(request.names, arms, strict=True)])


def _summary(request: RunRequest, arms: Sequence[Floats]) -> pd.DataFrame:
    return summarise(arms, request.names, request.theatre.vocabulary.outcomes, START)


def _save(request: RunRequest, out: Path, arms: Iterator[Iterator[Block]], *, force: bool) -> bool:
    return _write(request, out, arms, points=0, force=force)


def _write(
    request: RunRequest,
    out: Path,
    arms: Iterator[Iterator[Block]],
    *,
    points: int,
    force: bool,
    executor: Executor | None = None,
) -> bool:
    asked = points if request.against is not None else 0
    names = (SUMMARY, *((ASSUMPTIONS,) if asked else ()), FIGURE)
    extras = Extras(names, partial(_write_extras, request, asked, executor))
    return execute(request, arms, out=out, extras=extras, arguments={"assumptions": asked or None}, force=force)


def _write_extras(
    request: RunRequest, points: int, executor: Executor | None, arms: Sequence[Floats], folder: Path
) -> None:
    from influence_sim import views

    summary = _summary(request, arms)
    write_new(folder / SUMMARY, to_csv(summary))
    assumptions = None
    if points:
        assumptions = _judged(request, points, paired_ends(arms, request.theatre.vocabulary.outcomes), executor)
        write_new(folder / ASSUMPTIONS, to_csv(assumptions))
    result = _result(request, summary, lambda: _trajectories(request, arms), lambda: _blocks(arms), assumptions)
    views.save_figure(result.headline(), folder / FIGURE)


def _judged(
    request: RunRequest, points: int, ends: Mapping[str, float], executor: Executor | None = None
) -> pd.DataFrame:
    scenario, baseline = request.arms
    main = {name: ends[name] for name in HEADLINE}
    how: dict[str, Any] = {"seed": request.seed, "fixed": request.parameters, "executor": executor}
    (table,) = over_priors([scenario], baseline, [main], points=points, **how)
    return table


def _as_wanted(found: pd.DataFrame | None, wanted: Wanted, summary: pd.DataFrame) -> pd.DataFrame | None:
    """The folder's table if it has as many points as are wanted, else one made now."""
    request = wanted.request
    if request.against is None or not wanted.points:
        return None
    if found is not None and set(found["points"]) == {wanted.points}:
        return found
    return _judged(request, wanted.points, _last_differences(request, summary, HEADLINE))


def _check_small_files(folder: Path, manifest: Manifest) -> None:
    """Everything but the trajectories, whose own checksums are verified when they are read.

    Raises:
        MachineError: a file is missing or was changed.
    """
    for name in harmed_files(folder, manifest, but=(TRAJECTORIES,)):
        raise MachineError(f"{folder / name}: missing, or changed since it was written")


def _baseline_key(request: RunRequest) -> tuple[Any, ...]:
    return request.scenarios[1].digest(), tuple(request.parameters.items())
