"""Result folders: which one may be written to, and what is removed from it first."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.faults import machine_faults
from influence_sim.base.files import sync_folder
from influence_sim.runs import lock
from influence_sim.runs.manifest import (
    COMPLETE,
    FAILED,
    NAME,
    RUNNING,
    Manifest,
    file_hash,
    now,
    read_manifest,
    write_manifest,
)

Hashes = dict[str, str]


def is_done(folder: Path, digest: str) -> bool:
    """Whether a folder holds exactly the results of a request, complete and unharmed.

    Raises:
        InputError: it holds them, but a file is missing or was changed since.
    """
    if not (folder / NAME).is_file():
        return False
    manifest = read_manifest(folder)
    if manifest.request != digest or manifest.status != COMPLETE:
        return False
    harmed = sorted(harmed_files(folder, manifest))
    if harmed:
        rule = f"{harmed[0]} is missing or was changed since it was written; use --force to make it anew"
        raise InputError(Problem(str(folder), None, None, "", rule))
    return True


def harmed_files(folder: Path, manifest: Manifest, *, but: Collection[str] = ()) -> Iterator[str]:
    """The files of a manifest that are missing or have other contents than it says; some may be left out."""
    for name, said in manifest.files.items():
        path = folder / name
        if name in but:
            continue
        if not path.is_file() or file_hash(path) != said:
            yield name


def refuse_others(folder: Path, digest: str, *, force: bool) -> None:
    """Looks into a folder before anything is loaded or computed for it.

    Raises:
        InputError: it holds the results of another request and is not to be forced, or something else stands there.
    """
    refuse_strangers(folder)
    if not force and (folder / NAME).is_file():
        old = read_manifest(folder)
        if old.request != digest:
            raise InputError(Problem(str(folder), None, None, "", _occupied(old)))


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Makes a folder if need be, locks it, and takes it away again if nothing was put into it.

    Raises:
        InputError: something else stands there.
        MachineError: another process writes there.
        OSError: it cannot be made.
    """
    refuse_strangers(folder)
    with made(folder), lock.folder_lock(folder):
        yield


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Makes a folder if need be, and takes it away again if nothing was put into it.

    Raises:
        OSError: it cannot be made.
    """
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if new:
            with suppress(OSError):  # not empty: then it stays
                folder.rmdir()


def make_room(folder: Path, digest: str, names: Iterable[str], *, force: bool) -> None:
    """Removes what an earlier run left in a locked folder, and nothing else.

    Args:
        folder: the folder.
        digest: of the request that is to be written.
        names: the files it will write.
        force: replace the results of another request.

    Raises:
        InputError: the folder holds the results of another request, or files that no manifest lists.
        OSError: a file cannot be removed.
    """
    if (folder / NAME).is_file():
        old = read_manifest(folder)
        if not force and not (old.request == digest and old.status in {RUNNING, FAILED}):
            raise InputError(Problem(str(folder), None, None, "", _occupied(old)))
        remove_listed(folder, old.files)
    strangers = [name for name in names if os.path.lexists(folder / name)]
    if strangers:
        rule = f"{strangers[0]} stands there and no manifest lists it; move it away or choose another folder"
        raise InputError(Problem(str(folder), None, None, "", rule))


def remove_listed(folder: Path, names: Iterable[str]) -> None:
    """Removes files by their names in a manifest.

    Raises:
        InputError: a name leads out of the folder through a link.
        OSError: a file cannot be removed.
    """
    root = folder.resolve()
    for name in names:
        path = folder / name
        if not path.parent.resolve().is_relative_to(root):
            rule = f"{name} leads out of the folder; nothing was removed through it"
            raise InputError(Problem(str(folder), None, None, "", rule))
        path.unlink(missing_ok=True)


@contextmanager
def recorded(folder: Path, manifest: Manifest) -> Iterator[Hashes]:
    """Keeps the manifest of a locked folder true while its files are written.

    The block puts the hash of every file it has written into the mapping it is given. If it fails, its
    files are removed and the manifest says `failed`; if it is killed, the manifest says `running`.

    Raises:
        OSError: the manifest cannot be written.
    """
    write_manifest(folder, manifest)
    hashes: Hashes = {}
    try:
        yield hashes
        _sync_below(folder, hashes)
        write_manifest(folder, replace(manifest, status=COMPLETE, finished=now(), files=hashes))
    except BaseException as error:
        remove_listed(folder, manifest.files)
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        failed = replace(manifest, status=FAILED, finished=now(), files={}, error=without_home(reason))
        with suppress(OSError):  # the disk may be the reason: then the manifest goes on saying `running`
            write_manifest(folder, failed)
        raise


def record_files(folder: Path, paths: Iterable[Path]) -> None:
    """Lists files that were added to a complete folder, such as figures, in its manifest.

    Raises:
        InputError: the folder is no complete result folder, or a file is not in it.
        MachineError: another process writes there, or the disk does not allow it.
    """
    folder = folder.resolve()
    with machine_faults(folder), lock.folder_lock(folder):
        manifest = read_manifest(folder)
        if manifest.status != COMPLETE:
            raise InputError(Problem(str(folder), None, None, manifest.status, "its run is not complete"))
        added = {_name_in(folder, path): file_hash(path) for path in paths}
        write_manifest(folder, replace(manifest, files={**manifest.files, **added}))


def _name_in(folder: Path, path: Path) -> str:
    try:
        return path.resolve().relative_to(folder).as_posix()
    except ValueError:
        raise InputError(Problem(str(path), None, None, "", f"not in {folder}")) from None


def require_folder(folder: Path) -> None:
    """Refuses a place where something else stands.

    Raises:
        InputError: it is no folder.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        rule = "this is not a folder; choose another place for the results"
        raise InputError(Problem(str(folder), None, None, "", rule))


def refuse_strangers(folder: Path) -> None:
    """Refuses a folder that is none, or holds anything but results."""
    require_folder(folder)
    if not folder.is_dir() or (folder / NAME).is_file():
        return
    if not all(_passes(entry.name) for entry in folder.iterdir()):
        rule = "this folder holds other files and no results; choose another one, or an empty one"
        raise InputError(Problem(str(folder), None, None, "", rule))


def _passes(name: str) -> bool:
    """Whether a file is a lock, or a manifest that a killed process left half-written."""
    return name.startswith(".") and (name.endswith(".lock") or (name.startswith(f".{NAME}.") and name.endswith(".tmp")))


def _occupied(old: Manifest) -> str:
    what = f"{old.status} results of {old.scenario.get('name')} (seed {old.seed}, request {old.request[:12]})"
    return f"this folder holds the {what}; choose another one, or replace them with --force"


def _sync_below(folder: Path, names: Mapping[str, str]) -> None:
    for parent in sorted({(folder / name).parent for name in names}):
        sync_folder(parent)


def without_home(text: str) -> str:
    """A text without the user's home in its paths."""
    try:
        home = str(Path.home())
    except RuntimeError:  # a process without a home
        return text
    return text.replace(home, "~") if home not in {"", "/"} else text
