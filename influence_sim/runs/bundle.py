"""Result folders of other kinds than a run: a few tables and figures, with a manifest that says what they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.faults import machine_faults
from influence_sim.runs.folder import harmed_files, is_done, make_room, opened, recorded
from influence_sim.runs.manifest import (
    COMPLETE,
    RUNNING,
    SCHEMA_VERSION,
    Manifest,
    file_hash,
    now,
    read_manifest,
    tool_version,
    versions,
)
from influence_sim.runs.request import RunRequest

COMPARE, EXPLAIN = "compare", "explain"
Write = Callable[[Path], object]


def digest_of(kind: str, requests: tuple[RunRequest, ...], asked: Mapping[str, Any]) -> str:
    """SHA-256 of all that determines the numbers of a bundle."""
    told = {"schema_version": SCHEMA_VERSION, "kind": kind, "runs": [r.digest for r in requests], "asked": asked}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def manifest_of(kind: str, requests: tuple[RunRequest, ...], asked: Mapping[str, Any], names: list[str]) -> Manifest:
    """The manifest of a bundle that is made now.

    Args:
        kind: `compare` or `explain`.
        requests: the runs it is made of, all against one baseline.
        asked: what was asked for beside them.
        names: of its files.
    """
    first = requests[0]
    own = {
        "scenarios": [request.scenario.name for request in requests],
        "against": None if first.against is None else first.against.name,
        "replicates": first.replicates,
        "seed": first.seed,
        "months": first.months,
    }
    return Manifest(
        kind=kind,
        status=RUNNING,
        request=digest_of(kind, requests, asked),
        model_version=first.model_version,
        seed=first.seed,
        arguments={**own, **asked},
        scenario={"name": ", ".join(request.scenario.name for request in requests), "title": first.scenario.title},
        against=None if first.against is None else {"name": first.against.name, "title": first.against.title},
        files=dict.fromkeys(names),
        started=now(),
        versions=versions(),
        tool=tool_version(),
    )


def write_bundle(folder: Path, manifest: Manifest, files: Mapping[str, Write], *, force: bool = False) -> None:
    """Writes a bundle: all of its files, or none.

    Args:
        folder: where; made if need be.
        manifest: what it is.
        files: name, with `/` -> what writes it to the path it is given.
        force: replace what another request left; only files that the folder's manifest lists are removed.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, or disk or permissions do not allow it.
    """
    with machine_faults(folder), opened(folder):
        if not force and is_done(folder, manifest.request):
            return
        make_room(folder, manifest.request, files, force=force)
        with recorded(folder, manifest) as hashes:
            for name, write in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                write(path)
                hashes[name] = file_hash(path)


def read_bundle(folder: Path, kind: str) -> Manifest:
    """The manifest of a complete bundle.

    Raises:
        InputError: it is no result folder, one of another kind, or not complete.
    """
    manifest = read_manifest(folder)
    if manifest.kind != kind or manifest.status != COMPLETE:
        rule = f"this folder holds no complete results of `{kind}`"
        raise InputError(Problem(str(folder), None, None, f"{manifest.kind}, {manifest.status}", rule))
    return manifest


def refuse_harmed(folder: Path, manifest: Manifest) -> None:
    """Looks at every file of a bundle.

    Raises:
        MachineError: a file is missing or was changed.
        OSError: a file cannot be read.
    """
    for name in harmed_files(folder, manifest):
        raise MachineError(f"{folder / name}: missing, or changed since it was written")
