"""What stands in the folder of a sweep before it is run: nothing, the same sweep begun or done, or something else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.files import replace_file
from influence_sim.base.months import format_month
from influence_sim.runs.folder import harmed_files, refuse_strangers, remove_listed, room_for
from influence_sim.runs.manifest import (
    COMPLETE,
    NAME,
    RUNNING,
    SWEEP,
    Manifest,
    now,
    read_manifest,
    tool_version,
    versions,
    write_manifest,
)
from influence_sim.runs.request import described
from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.parts import Shelf
from influence_sim.runs.sweeps.recipe import Part
from influence_sim.runs.sweeps.tables import (
    DESIGN,
    FAILED,
    RUNS,
    design_table,
    encoded,
    same_design,
)

ANEW = "written anew"


def finished(shelf: Shelf, *, resume: bool) -> Manifest | None:
    """The manifest of a folder that holds the whole sweep, unharmed; None if something is left to do.

    Raises:
        InputError: a file is missing or was changed since, and it is not to be mended.
        MachineError: the manifest cannot be read.
    """
    folder = shelf.folder
    if not (folder / NAME).is_file():
        return None
    manifest = _readable(folder)
    if manifest is None or manifest.request != shelf.request.digest or manifest.status != COMPLETE:
        return None
    harmed = sorted(harmed_files(folder, manifest))
    if harmed and not resume:
        rule = f"{harmed[0]} is missing or was changed since it was written"
        raise InputError(_problem(folder, rule, "--resume makes it anew"))
    return None if harmed else manifest


def set_up(shelf: Shelf, parts: Sequence[Part], *, force: bool, joining: bool) -> list[str]:
    """Makes a claimed folder ready: the manifest, the study, the design, before anything is run.

    Args:
        shelf: of the sweep.
        parts: all of them.
        force: replace what another request left; only files that the folder's manifest lists are removed.
        joining: go on with the same sweep if it has begun.

    Returns:
        What to tell the user.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be gone on with.
        MachineError: the design on the disk is another one, though everything that is asked for is the same.
        OSError: the disk does not allow it.
    """
    folder, manifest = shelf.folder, manifest_of(shelf, parts)
    notes: list[str] = []
    if joining and not force and _is_ours(shelf):
        notes += _join(folder, manifest)
    else:
        refuse_strangers(folder)
        _refuse(shelf, force=force)
        old = room_for(folder, manifest.request, manifest.files, force=force)
        remove_listed(folder, () if old is None else old.files)
        write_manifest(folder, manifest)
    for name, data in shelf.request.files().items():
        notes += _ensure(folder / name, data)
    return notes + _ensure_design(shelf)


def file_names(shelf: Shelf, parts: Iterable[Part]) -> list[str]:
    """All files that a sweep may write, the manifest apart."""
    rooms = [name for part in parts for name in shelf.names(part).values()]
    return [*shelf.request.files(), DESIGN, RUNS, FAILED, *rooms]


def manifest_of(shelf: Shelf, parts: Sequence[Part]) -> Manifest:
    """The manifest of a sweep that is running."""
    request = shelf.request
    branch = None if request.branch is None else format_month(request.branch)
    return Manifest(
        kind=SWEEP,
        status=RUNNING,
        request=request.digest,
        model_version=request.model_version,
        seed=request.seed,
        arguments={**_arguments(shelf), "points": request.points, "parts": len(parts)},
        scenario=described(request.scenario) | {"branch": branch},
        against=None if request.against is None else described(request.against),
        files=dict.fromkeys(file_names(shelf, parts)),
        started=now(),
        versions=versions(),
        tool=tool_version(),
    )


def _arguments(shelf: Shelf) -> dict[str, Any]:
    """What was asked for, as JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(shelf.request.ingredients))
    plain["given points"] = plain.pop("points")  # their hash; `points` says how many there are
    return {name.replace(" ", "_"): value for name, value in plain.items()}


def _is_ours(shelf: Shelf) -> bool:
    """Whether a folder holds this sweep, by its manifest, or by its design where that is lost."""
    manifest = _readable(shelf.folder)
    if manifest is not None:
        return manifest.kind == SWEEP and manifest.request == shelf.request.digest
    try:
        return same_design(read_table(shelf.folder / DESIGN), shelf.request)
    except MachineError:
        return False


def _readable(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except InputError:
        return None


def _refuse(shelf: Shelf, *, force: bool) -> None:
    """Refuses a folder that is in use.

    Raises:
        InputError: by this sweep, which has begun, by another, or by a run.
    """
    folder = shelf.folder
    if force or not (folder / NAME).is_file():
        return
    if _readable(folder) is None and (folder / DESIGN).is_file():
        rule = f"{NAME} is damaged"
        raise InputError(_problem(folder, rule, "--resume makes it anew if the design is that of this study"))
    old = read_manifest(folder)
    if old.kind == SWEEP and old.request == shelf.request.digest:
        raise InputError(_problem(folder, f"this sweep has begun here ({old.status})", "--resume goes on with it"))
    if old.kind == SWEEP:
        rule = f"this folder holds another sweep; it differs in {'; '.join(_differences(old, shelf))}"
        raise InputError(_problem(folder, rule, "choose another folder, or replace it with --force"))


def _differences(old: Manifest, shelf: Shelf) -> Iterator[str]:
    """What differs between the sweep in a folder and the one that is asked for."""
    names = {"scenario": (old.scenario.get("name"), shelf.request.scenario.name)}
    if old.against is not None and shelf.request.against is not None:
        names["against"] = (old.against.get("name"), shelf.request.against.name)
    for name, mine in _arguments(shelf).items():
        theirs = old.arguments.get(name)
        if theirs != mine:
            before, after = names.get(name, (theirs, mine))
            words = name.replace("_", " ")
            yield (
                f"{words} ({before} there, {after} here)"
                if _short(before) and _short(after) and before != after
                else words
            )


def _short(value: Any) -> bool:
    return not isinstance(value, list | dict) and len(str(value)) <= 40


def _join(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Goes on with what is there; removes what killed processes left half-written beside it."""
    for name in (NAME, RUNS, FAILED, DESIGN):
        for draft in folder.glob(f".{name}.*.tmp"):
            draft.unlink(missing_ok=True)
    old = _readable(folder)
    if old is None:
        yield f"{NAME}: missing or damaged; {ANEW}"
    if old is None or old.status != RUNNING or old.files.keys() != manifest.files.keys():
        write_manifest(folder, manifest)


def _ensure(path: Path, data: bytes) -> Iterator[str]:
    """Writes a small file unless it is there."""
    if path.is_file() and path.read_bytes() == data:
        return
    changed = os.path.lexists(path)
    replace_file(path, data)
    if changed:
        yield f"{path.name}: was changed; {ANEW}"


def _ensure_design(shelf: Shelf) -> list[str]:
    path = shelf.folder / DESIGN
    there = path.is_file()
    try:
        if there and same_design(read_table(path), shelf.request):
            return []
    except MachineError:
        replace_file(path, encoded(design_table(shelf.request)))
        return [f"{path.name}: damaged; {ANEW}"]
    if there:
        raise MachineError(f"{path}: these points differ from those made now; are SciPy and SALib as they were?")
    replace_file(path, encoded(design_table(shelf.request)))
    return []


def _problem(folder: Path, rule: str, hint: str) -> Problem:
    return Problem(str(folder), None, None, "", rule, hint)
