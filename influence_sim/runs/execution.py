"""One run into one folder: stream the trajectories, write what follows from them, then say `complete`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import numpy as np

from influence_sim.base.errors import MachineError
from influence_sim.base.faults import machine_faults
from influence_sim.base.files import write_new
from influence_sim.base.months import format_month
from influence_sim.runs.ensemble import Block, Floats
from influence_sim.runs.folder import (
    Hashes,
    is_done,
    make_room,
    opened,
    recorded,
)
from influence_sim.runs.manifest import (
    RUN,
    RUNNING,
    Manifest,
    file_hash,
    now,
    read_manifest,
    tool_version,
    versions,
)
from influence_sim.runs.request import RunRequest
from influence_sim.runs.store import NAME as TRAJECTORIES
from influence_sim.runs.store import Hashed, Layout, groups, trajectory_writer, write_group
from influence_sim.scenario import ResolvedScenario
from influence_sim.theatre import START

SCENARIO, AGAINST = "scenario.yaml", "against.yaml"


@dataclass(frozen=True, slots=True)
class Extras:
    """Files that are made from the trajectories by rooms that this one knows nothing of.

    Attributes:
        names: of the files, with `/`.
        write: given the arms' outcomes, each of shape (months, outcomes, R), and the folder, writes them all.
    """

    names: tuple[str, ...] = ()
    write: Callable[[Sequence[Floats], Path], None] | None = None


def execute(
    request: RunRequest,
    arms: Iterator[Iterator[Block]],
    *,
    out: Path,
    extras: Extras | None = None,
    arguments: Mapping[str, Any] | None = None,
    force: bool = False,
) -> bool:
    """Writes a result folder.

    Args:
        request: what the run is.
        arms: the blocks of its arms, as `collect` yields them; not touched if the folder is complete already.
        out: the folder.
        extras: further files.
        arguments: what was asked for, to be told in the manifest beside the request's own.
        force: replace what another request left; only files that the folder's manifest lists are removed.

    Returns:
        Whether anything was written; False if the folder held these very results.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, or disk, permissions or memory do not allow it.
    """
    extras = extras or Extras()
    with machine_faults(out):
        if not force and is_done(out, request.digest):
            return False
        names = file_names(request, extras)
        with opened(out):
            if not force and is_done(out, request.digest):
                return False
            make_room(out, request.digest, names, force=force)
            manifest = manifest_of(request, names, arguments or {})
            with recorded(out, manifest) as hashes:
                _write_all(request, arms, out, extras, hashes)
    return True


def copy_run(source: Path, out: Path, *, force: bool = False) -> bool:
    """Copies a complete result folder, as its manifest lists it.

    Returns:
        Whether anything was written; False if the folder held these very results.

    Raises:
        InputError: `source` is no complete result folder, or `out` holds something else.
        MachineError: a file of `source` is damaged, another process writes to `out`, or the disk fails.
    """
    manifest = read_manifest(source)
    with machine_faults(out):
        if is_done(out, manifest.request) and (not force or source.samefile(out)):
            return False
        with opened(out):
            make_room(out, manifest.request, manifest.files, force=force)
            with recorded(out, replace(manifest, status=RUNNING)) as hashes:
                for name, said in manifest.files.items():
                    hashes[name] = _copied(source / name, out / name)
                    if hashes[name] != said:
                        raise MachineError(f"{source / name}: changed since it was written")
    return True


def file_names(request: RunRequest, extras: Extras) -> tuple[str, ...]:
    """The files of a run, the manifest apart."""
    compared = () if request.against is None else (AGAINST,)
    return (TRAJECTORIES, SCENARIO, *compared, *extras.names)


def layout_of(request: RunRequest) -> Layout:
    """The layout of a request's trajectories."""
    return Layout(request.theatre.vocabulary.outcomes, START, request.months)


def stream(request: RunRequest, arms: Iterator[Iterator[Block]], sink: Hashed) -> Iterator[tuple[int, int, Floats]]:
    """Writes trajectories to a sink and hands on what it writes.

    Yields:
        Number of the arm, of the first replicate, and outcomes of shape (months, outcomes, up to a group).
    """
    layout = layout_of(request)
    with trajectory_writer(sink, layout) as writer:
        for index, (name, blocks) in enumerate(zip(request.names, arms, strict=True)):
            for first, values in groups(blocks, request.replicates):
                write_group(writer, layout.table(name, first, values))
                yield index, first, values


def manifest_of(request: RunRequest, names: Sequence[str], arguments: Mapping[str, Any]) -> Manifest:
    """The manifest of a run that begins now."""
    own = {
        "scenario": request.scenario.name,
        "against": None if request.against is None else request.against.name,
        "replicates": request.replicates,
        "seed": request.seed,
        "months": request.months,
        "parameters": request.parameters,
    }
    return Manifest(
        kind=RUN,
        status=RUNNING,
        request=request.digest,
        model_version=request.model_version,
        seed=request.seed,
        arguments={**own, **arguments},
        scenario=told(request.scenario) | {"branch": None if request.branch is None else format_month(request.branch)},
        against=None if request.against is None else told(request.against),
        files=dict.fromkeys(names),
        started=now(),
        versions=versions(),
        tool=tool_version(),
    )


def _copied(source: Path, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as old, target.open("xb") as new:
        copyfileobj(old, new, 1 << 20)
        new.flush()
        os.fsync(new.fileno())
    return file_hash(target)


def told(scenario: ResolvedScenario) -> dict[str, Any]:
    """What a manifest says of a scenario."""
    names = {"name": scenario.name, "title": scenario.title, "question": scenario.question}
    return {**names, "digest": scenario.digest()}


def _write_all(request: RunRequest, arms: Iterator[Iterator[Block]], out: Path, extras: Extras, hashes: Hashes) -> None:
    values, hashes[TRAJECTORIES] = _write_trajectories(request, arms, out / TRAJECTORIES, keep=extras.write is not None)
    for name, scenario in zip((SCENARIO, AGAINST), request.scenarios, strict=False):
        write_new(out / name, scenario.to_yaml().encode())
        hashes[name] = file_hash(out / name)
    if extras.write is not None:
        extras.write(values, out)
    hashes.update({name: file_hash(out / name) for name in extras.names})


def _write_trajectories(
    request: RunRequest, arms: Iterator[Iterator[Block]], path: Path, *, keep: bool
) -> tuple[list[Floats], str]:
    """Streams to a new file; keeps the arms' numbers for the summary, without a second copy of either."""
    shape = (request.months, len(request.theatre.outcomes), request.replicates)
    kept = [np.empty(shape) for _ in request.names] if keep else []
    with path.open("xb") as file:
        sink = Hashed(file)
        for index, first, values in stream(request, arms, sink):
            if keep:
                kept[index][:, :, first : first + values.shape[2]] = values
        file.flush()
        os.fsync(file.fileno())
    return kept, sink.hexdigest()
