"""What stands in the folder of a sweep before it is run: nothing, the same sweep begun or done, or something else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.files import replace_file
from influence_sim.runs.folder import harmed_files, manifest_of, refuse_strangers, remove_listed, room_for
from influence_sim.runs.manifest import COMPLETE, NAME, RUNNING, SWEEP, Manifest, read_manifest, write_manifest
from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.parts import PartStore
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.runs.sweeps.tables import DESIGN, FAILED, RUNS, design_table, encoded, same_design

ANEW = "written anew"


def is_complete(store: PartStore, *, resume: bool) -> bool:
    """Whether a folder holds the whole sweep, unharmed, so that nothing is left to do.

    Raises:
        InputError: a file is missing or was changed since, and it is not to be mended.
        MachineError: the manifest cannot be read.
    """
    folder = store.folder
    manifest = _readable_manifest(folder)
    if manifest is None or manifest.request != store.request.digest or manifest.status != COMPLETE:
        return False
    harmed = sorted(harmed_files(folder, manifest))
    if harmed and not resume:
        rule = f"{harmed[0]} is missing or was changed since it was written"
        raise InputError(Problem(str(folder), None, None, "", rule, "--resume makes it anew"))
    return not harmed


def set_up(store: PartStore, *, force: bool, joining: bool) -> list[str]:
    """Makes a locked folder ready: the manifest, the study, the design, before anything is run.

    Args:
        store: of the sweep.
        force: replace what another request left; only files that the folder's manifest lists are removed.
        joining: go on with the same sweep if it has begun.

    Returns:
        What to tell the user.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be gone on with.
        MachineError: the design on the disk is another one, though everything that is asked for is the same.
        OSError: the disk does not allow it.
    """
    folder, request, manifest = store.folder, store.request, manifest_of(store.request, store.file_names)
    notes: list[str] = []
    if joining and not force and _is_ours(folder, request):
        for name in (NAME, RUNS, FAILED, DESIGN):  # what killed processes left half-written
            for draft in folder.glob(f".{name}.*.tmp"):
                draft.unlink(missing_ok=True)
        old = _readable_manifest(folder)
        if old is None:
            notes.append(f"{NAME}: missing or damaged; {ANEW}")
        if old is None or old.status != RUNNING or old.files.keys() != manifest.files.keys():
            write_manifest(folder, manifest)
    else:
        refuse_strangers(folder)
        if not force and (folder / NAME).is_file():
            _refuse(folder, request)
        old = room_for(folder, manifest.request, manifest.files, force=force)
        remove_listed(folder, () if old is None else old.files)
        write_manifest(folder, manifest)
    for name, data in request.inputs.items():
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            notes += [f"{name}: was changed; {ANEW}"] if os.path.lexists(path) else []
            replace_file(path, data)
    return notes + _set_up_design(folder / DESIGN, request)


def _set_up_design(path: Path, request: SweepRequest) -> list[str]:
    """Writes the design unless it is there."""
    there = path.is_file()
    try:
        if there and same_design(read_table(path), request):
            return []
    except MachineError:
        replace_file(path, encoded(design_table(request)))
        return [f"{path.name}: damaged; {ANEW}"]
    if there:
        raise MachineError(f"{path}: these points differ from those made now; are SciPy and SALib as they were?")
    replace_file(path, encoded(design_table(request)))
    return []


def _is_ours(folder: Path, request: SweepRequest) -> bool:
    """Whether a folder holds this sweep, by its manifest, or by its design where that is lost."""
    manifest = _readable_manifest(folder)
    if manifest is not None:
        return manifest.kind == SWEEP and manifest.request == request.digest
    try:
        return same_design(read_table(folder / DESIGN), request)
    except MachineError:
        return False


def _readable_manifest(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except InputError:
        return None


def _refuse(folder: Path, request: SweepRequest) -> None:
    """Refuses a folder that is in use.

    Raises:
        InputError: by this sweep, which has begun, or by another.
    """
    if _readable_manifest(folder) is None and (folder / DESIGN).is_file():
        hint = "--resume makes it anew if the design is that of this study"
        raise InputError(Problem(str(folder), None, None, "", f"{NAME} is damaged", hint))
    old = read_manifest(folder)
    if old.kind != SWEEP:
        return  # `room_for` knows what to say of it
    if old.request == request.digest:
        rule, hint = f"this sweep has begun here ({old.status})", "--resume goes on with it"
    else:
        rule = f"this folder holds another sweep; it differs in {'; '.join(_differences(old, request))}"
        hint = "choose another folder, or replace it with --force"
    raise InputError(Problem(str(folder), None, None, "", rule, hint))


def _differences(old: Manifest, request: SweepRequest) -> Iterator[str]:
    """What differs between the sweep in a folder and the one that is asked for."""
    names = {"scenario": (old.scenario.get("name"), request.scenario.name)}
    if old.against is not None and request.against is not None:
        names["against"] = (old.against.get("name"), request.against.name)
    for name, mine in request.arguments.items():
        theirs = old.arguments.get(name)
        if theirs == mine or name in {"points", "parts"}:  # these follow from the others
            continue
        before, after = names.get(name, (theirs, mine))
        shown = before != after and _is_short(before) and _is_short(after)
        yield name.replace("_", " ") + (f" ({before} there, {after} here)" if shown else "")


def _is_short(value: Any) -> bool:
    return not isinstance(value, list | dict) and len(str(value)) <= 40
