"""Figures, pages and tables made from the numbers of a result folder, written there or where the user wants them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from influence_sim.base.errors import InputError, MachineError, machine_faults, wrong
from influence_sim.base.files import is_stamped, like, put_file, real, replace_file, require_free, require_own
from influence_sim.runs.folder import folder_lock, readable_manifest
from influence_sim.runs.manifest import NAME, read_complete, read_manifest, write_manifest


def add_derived(folder: Path, numbers: str, files: Mapping[str, bytes]) -> list[Path]:
    """Adds figures, pages or tables, made from its numbers, to a complete folder and its manifest.

    Args:
        folder: a result folder.
        numbers: digest of the numbers they were made from, see `Manifest.numbers`.
        files: name, with `/` -> bytes; earlier derived files of these names are replaced.

    Raises:
        InputError: another file has one of the names, or the folder is not complete.
        MachineError: it holds other numbers now, another process writes there, or the disk fails.
    """
    with machine_faults(folder), folder_lock(folder):
        manifest = read_complete(folder)
        if manifest.numbers != numbers:
            raise MachineError(f"{folder}: was replaced meanwhile; ask again for what is to be made from it")
        require_own(folder, files)
        for name in files:
            if name not in manifest.derived:
                require_free(folder / name, is_stamped)
        # Listed before they are written, so that they count as ours even if this process is killed.
        derived = {**manifest.derived, **dict.fromkeys(files, numbers)}
        updated = manifest.replace(files={**manifest.files, **dict.fromkeys(files)}, derived=derived)
        write_manifest(folder, updated)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder / name, data)
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        write_manifest(folder, updated.replace(files={**updated.files, **hashes}))
    return [folder / name for name in files]


def deliver(path: Path, data: bytes, source: Path, numbers: str) -> None:
    """Writes a file made from the numbers of a result folder, `source`, where the user wants it, over its `like`.

    Raises as `place_for` and `add_derived` do.
    """
    if inside := place_for(path, source, like(data)):
        add_derived(source, numbers, {inside: data})
    else:
        with machine_faults(path):
            put_file(path, data, like(data))


def place_for(path: Path, source: Path, is_ours: Callable[[bytes], bool]) -> str:
    """Checks whether a file made from a result folder can be written to a path; changes nothing.

    Returns:
        Its name in the folder if it is to lie there; otherwise "".

    Raises:
        InputError: a file that is not ours is there, or the path lies in a folder of other results.
    """
    with machine_faults(path):
        home, target = real(source), real(path.parent) / path.name
        for folder in target.parents:
            if folder == home:
                name = target.relative_to(home).as_posix()
                manifest = read_manifest(source)
                if name not in manifest.derived:
                    require_free(path, is_stamped)
                    if name in manifest.files:  # and is missing
                        raise InputError(wrong(path, "", "this is the name of one of the result's own files"))
                return name
            if (folder / NAME).is_file() and readable_manifest(folder) is not None:
                rule = f"this would stand beside other results, those of {folder}; choose another place"
                raise InputError(wrong(path, "", rule))
        require_free(path, is_ours)
    return ""
