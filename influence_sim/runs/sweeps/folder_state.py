"""What stands in the folder of a sweep before it is run: nothing, the same sweep begun or done, or something else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from influence_sim.base.errors import InputError, MachineError, wrong
from influence_sim.base.files import HEAD, first_bytes, is_stamped, replace_file, require_own
from influence_sim.runs.folder import DRAFT, FIGURES, cleared, readable_manifest, remove_listed, room_for
from influence_sim.runs.manifest import COMPLETE, NAME, RUNNING, SWEEP, Manifest, read_manifest, write_manifest
from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.request import DESIGN, SweepRequest
from influence_sim.runs.sweeps.tables import design_table, encoded, same_design

ANEW = "written anew"
LONGEST = 40
"""Characters of a value that is told where two sweeps differ."""


def begin(folder: Path, request: SweepRequest, *, resume: bool, shard: bool, force: bool) -> tuple[Path, list[str]]:
    """Makes a locked folder ready for a sweep, which may have begun there: `resume`, and each shard, goes on with it.

    Other shards are gone on with even if forced.

    Returns:
        Where the sweep goes: the folder, or its draft if other results stay there until this one is whole; and what to
        tell the user.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be gone on with.
        MachineError: the design on the disk is another one, though everything that is asked for is the same.
    """
    old = readable_manifest(folder)
    joining = shard and (old is None or old.status != COMPLETE) if force else resume or shard
    require_own(folder, request.file_names)
    going_on = joining and _is_ours(folder, old, request)
    if not going_on:
        if not force and (folder / NAME).is_file():
            _refuse(folder, request)
        room_for(folder, request.digest, request.file_names, force=force)
        if (folder / NAME).is_file():
            require_own(folder, [f"{DRAFT}/{name}" for name in request.file_names])
            folder = folder / DRAFT
            old = readable_manifest(folder)
            going_on = _is_ours(folder, old, request)
            if not going_on:
                old = None
                cleared(folder).mkdir()
    return folder, _set_up(folder, request, old, going_on=going_on)


def _set_up(folder: Path, request: SweepRequest, old: Manifest | None, *, going_on: bool) -> list[str]:
    """Writes the manifest, the study and the design, as far as they are not there; returns what to tell the user."""
    notes, manifest = list[str](), request.manifest()
    if going_on:
        # What was made from its numbers goes, for they may change; and what stood there before, if that was not ended.
        figures = (path for path in folder.glob(f"{FIGURES}/*") if path.is_file())
        ours = [f"{FIGURES}/{path.name}" for path in figures if is_stamped(first_bytes(path, HEAD))]
        remove_listed(folder, ours if old is None else old.files.keys() - manifest.files.keys())
        notes += [] if old else [f"{NAME}: missing or damaged; {ANEW}"]
    if old is None or old.status != RUNNING or old.files.keys() != manifest.files.keys():
        write_manifest(folder, manifest)
    for name, data in request.inputs.items():
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            notes += [f"{name}: was changed; {ANEW}"] if os.path.lexists(path) else []
            replace_file(path, data)
    path = folder / DESIGN
    if path.is_file():
        try:
            same = same_design(read_table(path), request)
        except MachineError:
            notes.append(f"{path.name}: damaged; {ANEW}")
        else:
            if same:
                return notes
            raise MachineError(f"{path}: these points differ from those made now; are SciPy and SALib as they were?")
    replace_file(path, encoded(design_table(request)))
    return notes


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
        short = all(not isinstance(value, list | dict) and len(str(value)) <= LONGEST for value in (before, after))
        shown = short and before != after
        yield name.replace("_", " ") + (f" ({before} there, {after} here)" if shown else "")
