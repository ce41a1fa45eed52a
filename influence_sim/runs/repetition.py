"""Repeating a result folder, and saying whether the numbers are the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.faults import machine_faults
from influence_sim.runs.ensemble import Floats, Progress, collect
from influence_sim.runs.execution import AGAINST, SCENARIO, layout_of, stream
from influence_sim.runs.manifest import COMPLETE, RUN, SWEEP, Manifest, file_hash, read_manifest, versions
from influence_sim.runs.request import RunRequest
from influence_sim.runs.store import NAME as TRAJECTORIES
from influence_sim.runs.store import Hashed, read_groups, values_of
from influence_sim.scenario import load_scenario
from influence_sim.theatre import Theatre

TOLERANCE = 1e-9
"""Largest difference that still counts as the same numbers on another machine or with other versions."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """What repeating a run showed.

    Attributes:
        same: no number differs by more than `TOLERANCE`.
        identical: the trajectories are the same, byte for byte.
        differences: for each outcome the largest absolute difference.
        model_changed: the model is not the one that made the folder.
        notes: what else differs between then and now, in plain words.
    """

    same: bool
    identical: bool
    differences: dict[str, float]
    model_changed: bool
    notes: tuple[str, ...]


def repeat(folder: Path, theatre: Theatre, *, workers: int = 1, progress: Progress | None = None) -> Repeat:
    """Runs again what a folder holds, and compares number by number.

    Raises:
        InputError: it is no complete result folder, or its scenario cannot be run any more.
        MachineError: a file is missing or damaged.
    """
    manifest = complete_manifest(folder)
    request = request_of(folder, manifest, theatre)
    computed = collect(
        request.arms, seed=request.seed, replicates=request.replicates, workers=workers, progress=progress
    )
    sink = Hashed()
    worst = np.zeros(len(theatre.outcomes))
    with closing(computed) as arms:
        for old, new in _pairs(folder, request, arms, sink):
            np.maximum(worst, _largest(old, new), out=worst)
    with machine_faults(folder / TRAJECTORIES, "read"):
        identical = sink.hexdigest() == file_hash(folder / TRAJECTORIES)
    return Repeat(
        same=bool((worst <= TOLERANCE).all()),
        identical=identical,
        differences=dict(zip(theatre.vocabulary.outcomes, worst.tolist(), strict=True)),
        model_changed=request.model_version != manifest.model_version,
        notes=tuple(_notes(request, manifest)),
    )


def complete_manifest(folder: Path) -> Manifest:
    """The manifest of a complete run.

    Raises:
        InputError: it is no result folder, or its run did not end well.
    """
    manifest = read_manifest(folder)
    if manifest.kind != RUN:
        hint = "read it with load_sweep" if manifest.kind == SWEEP else ""
        raise InputError(Problem(str(folder), None, None, manifest.kind, "this is not the folder of a run", hint))
    if manifest.status != COMPLETE:
        rule = "the run in this folder is not complete; run it again"
        raise InputError(Problem(str(folder), None, None, manifest.status, rule))
    return manifest


def request_of(folder: Path, manifest: Manifest, theatre: Theatre) -> RunRequest:
    """The request that a folder answers, on the theatre of today.

    Raises:
        InputError: its scenario files are missing or cannot be run any more.
    """
    scenario = load_scenario(folder / SCENARIO, theatre.vocabulary)
    against = None if manifest.against is None else load_scenario(folder / AGAINST, theatre.vocabulary)
    given: Any = manifest.arguments
    return RunRequest(theatre, scenario, against, given["seed"], given["replicates"], given["months"])


def _pairs(folder: Path, request: RunRequest, arms: Iterator[Any], sink: Hashed) -> Iterator[tuple[Floats, Floats]]:
    """The stored and the new numbers, row group by row group."""
    stored = read_groups(folder / TRAJECTORIES)
    layout = layout_of(request)
    for index, first, values in stream(request, arms, sink):
        table = next(stored, None)
        if table is None or _where(table) != (request.names[index], first) or len(table) != _rows(values):
            raise MachineError(f"{folder / TRAJECTORIES}: damaged (its rows are not those of its manifest)")
        yield values_of(table, layout), values


def _where(table: pa.Table) -> tuple[str, int]:
    return table.column("scenario")[0].as_py(), table.column("replicate")[0].as_py()


def _rows(values: Floats) -> int:
    return int(values.shape[0] * values.shape[2])


def _largest(old: Floats, new: Floats) -> Floats:
    """The largest absolute difference of each outcome; infinite where only one of the two is a number."""
    gap = np.abs(old - new)
    gap[np.isnan(old) & np.isnan(new)] = 0.0
    worst: Floats = np.nan_to_num(gap, nan=np.inf, posinf=np.inf).max(axis=(0, 2))
    return worst


def _notes(request: RunRequest, manifest: Manifest) -> Iterator[str]:
    if request.model_version != manifest.model_version:
        yield f"the model has changed: {manifest.model_version[:12]} then, {request.model_version[:12]} now"
    for name, now in versions().items():
        then = manifest.versions.get(name, "not installed")
        if then != now:
            yield f"{name}: {then} then, {now} now"
