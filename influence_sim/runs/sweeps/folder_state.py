"""What stands in the folder of a sweep before it is run: nothing, the same sweep begun or done, or something else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, MachineError, wrong
from influence_sim.base.files import replace_file, require_own
from influence_sim.runs.folder import DRAFT, cleared, readable_manifest, remove_listed, room_for, stamped_files
from influence_sim.runs.manifest import COMPLETE, NAME, RUNNING, SWEEP, Manifest, read_manifest, write_manifest
from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.request import DESIGN, SweepRequest
from influence_sim.runs.sweeps.tables import design_table, encoded, same_design

ANEW = "written anew"


def begin(folder: Path, request: SweepRequest, *, resume: bool, shard: bool, force: bool) -> tuple[Path, list[str]]:
    """Makes a locked folder ready for a sweep.

    Returns:
        Where the sweep goes: the folder, or its draft if other results stay there until this one is whole; and what to
        tell the user.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be gone on with.
        MachineError: the design on the disk is another one, though everything that is asked for is the same.
    """
    going_on = _goes_on(folder, request, resume=resume, shard=shard, force=force)
    if going_on or not (folder / NAME).is_file():
        return folder, _set_up(folder, request, going_on=going_on)
    draft = folder / DRAFT
    require_own(folder, [f"{DRAFT}/{name}" for name in request.file_names])
    going_on = _is_ours(draft, readable_manifest(draft), request)
    if not going_on:
        cleared(draft).mkdir()
    return draft, _set_up(draft, request, going_on=going_on)


def _goes_on(folder: Path, request: SweepRequest, *, resume: bool, shard: bool, force: bool) -> bool:
    """Looks whether a sweep can be run into a locked folder; changes nothing.

    Returns:
        Whether the same sweep has begun there and is gone on with, as `resume` or one of its shards does; otherwise it
        begins. Other shards are gone on with even if forced.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be gone on with.
    """
    old = readable_manifest(folder)
    joining = shard and (old is None or old.status != COMPLETE) if force else resume or shard
    require_own(folder, request.file_names)
    if joining and _is_ours(folder, old, request):
        return True
    if not force and (folder / NAME).is_file():
        _refuse(folder, request)
    room_for(folder, request.digest, request.file_names, force=force)
    return False


def _set_up(folder: Path, request: SweepRequest, *, going_on: bool) -> list[str]:
    """Writes the manifest, the study and the design, as far as they are not there; returns what to tell the user."""
    notes: list[str] = []
    old, manifest = readable_manifest(folder), request.manifest()
    if going_on:
        # What was made from its numbers goes, for they may change; and what stood there before, if that was not ended.
        remove_listed(folder, stamped_files(folder) if old is None else old.files.keys() - manifest.files.keys())
        if old is None:
            notes.append(f"{NAME}: missing or damaged; {ANEW}")
    if old is None or old.status != RUNNING or old.files.keys() != manifest.files.keys():
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


def _is_ours(folder: Path, manifest: Manifest | None, request: SweepRequest) -> bool:
    """Whether a folder holds this sweep, by its manifest, or by its design where that is lost."""
    if manifest is not None:
        return manifest.kind == SWEEP and manifest.request == request.digest
    try:
        return same_design(read_table(folder / DESIGN), request)
    except MachineError:
        return False


def _refuse(folder: Path, request: SweepRequest) -> None:
    """Refuses a folder that is in use: by this sweep, which has begun, or by another (`InputError`)."""
    if readable_manifest(folder) is None and (folder / DESIGN).is_file():
        hint = "--resume makes it anew if the design is that of this study"
        raise InputError(wrong(folder, "", f"{NAME} is damaged", hint))
    old = read_manifest(folder)
    if old.kind != SWEEP:
        return  # `room_for` knows what to say of it
    if old.request == request.digest:
        rule, hint = f"this sweep has begun here ({old.status})", "--resume goes on with it"
    else:
        rule = f"this folder holds another sweep; it differs in {'; '.join(_differences(old, request))}"
        hint = "choose another folder, or replace it with --force"
    raise InputError(wrong(folder, "", rule, hint))


def _differences(old: Manifest, request: SweepRequest) -> Iterator[str]:
    """What differs between the sweep in a folder and the one that is asked for."""
    names = {"scenario": (old.scenario.get("name"), request.scenario.name)}
    if old.against is not None and request.against is not None:
        names["against"] = (old.against.get("name"), request.against.name)
    for name, mine in request.said["arguments"].items():
        theirs = old.arguments.get(name)
        if theirs == mine or name in {"points", "parts"}:  # these follow from the others
            continue
        before, after = names.get(name, (theirs, mine))
        shown = before != after and _is_short(before) and _is_short(after)
        yield name.replace("_", " ") + (f" ({before} there, {after} here)" if shown else "")


def _is_short(value: Any) -> bool:
    return not isinstance(value, list | dict) and len(str(value)) <= 40
