"""Result folders: filled whole or not at all, verified by their manifest, and never overwriting anything else."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from influence_sim.base.display import first_of
from influence_sim.base.errors import InputError, MachineError, machine_faults, wrong
from influence_sim.base.files import LARGEST, UNSUPPORTED, file_hash, opened, require_own, settle, sync_folder
from influence_sim.runs.manifest import COMPLETE, NAME, RUNNING, Manifest, read_complete, read_manifest, write_manifest

DRAFT, LOCK, FIGURES = ".draft", ".lock", "figures"
"""The folder of files until all are whole; the lock of the one writer; the folder of figures."""
PAUSE = 0.1
"""Seconds between two attempts to acquire a lock."""
HARMLESS = re.compile(r"\..*|.*\.(log|out|err|[oe]\d+)|Thumbs\.db|desktop\.ini")
"""Files that may be in a folder for results: hidden ones, including our drafts, and logs of jobs."""
DRAFT_FILE = re.compile(r"\..+\.\d+\.tmp")
"""Files that are still being written, see `replacing`."""
_log = logging.getLogger("influence_sim")
Write = Callable[[Path], object]
Files = Mapping[str, Write | bytes]
"""The files of a folder: name, with `/` -> its bytes, or a function that writes it to a path."""


def fill(folder: Path, manifest: Manifest, compute: Callable[[], Files], *, force: bool = False) -> bool:
    """Computes the files of a folder and puts them there: all of them, or none.

    Until everything is whole, the files of another request, and a complete result, stay as they are; then the new files
    replace them, even if that is interrupted. If it fails earlier in an empty folder, the manifest says `failed`; if it
    is killed, it says `running`, and the next writer completes or discards the files.

    Returns:
        Whether anything was computed; False if the folder held these very results.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, or disk, permissions or memory do not allow it.
    """
    with machine_faults(folder):
        recover(folder)
        if not force and is_done(folder, manifest.request):
            return False
        room_for(folder, manifest.request, manifest.files, force=force)
        with making(folder), folder_lock(folder):
            if not force and is_done(folder, manifest.request):  # by another process meanwhile
                return False
            old = room_for(folder, manifest.request, manifest.files, force=force)
            keeps_old = old is not None and (old.status == COMPLETE or old.request != manifest.request)
            draft = clear(folder / DRAFT)
            try:
                if not keeps_old:  # a process that is killed now leaves a manifest that lists all there is
                    old_files = {} if old is None else old.files
                    write_manifest(folder, manifest.replace(files={**old_files, **manifest.files}))
                    remove_listed(folder, old_files)
                hashes = _write_files(draft, compute())
                write_manifest(draft, manifest.finish(hashes))
                put_in_place(folder)
            except BaseException as error:
                if not put_in_place(folder):
                    clear(draft)
                    current = None if keeps_old else readable_manifest(folder)
                    if current is not None and current.status == RUNNING:  # it lists what stood there before, too
                        remove_listed(folder, current.files)
                        with suppress(OSError):  # the disk may be the reason: then the manifest still says `running`
                            write_manifest(folder, manifest.finish({}, error))
                raise
    return True


def put_in_place(folder: Path) -> bool:
    """Replaces the files of a locked folder by those of its draft, if the draft is whole.

    An interrupt is raised only after all is done. If the disk does not allow that, or the process is killed, the
    manifest says `running`, and the draft stays for `recover`.

    Returns:
        Whether there was a whole draft.

    Raises:
        InputError: the folder has files that no manifest lists, or links that lead out of it.
        OSError: the disk or a permission does not allow it.
    """
    try:
        return _move(folder)
    except KeyboardInterrupt:
        if not _move(folder) and not (folder / DRAFT / NAME).exists():  # all is in place
            clear(folder / DRAFT)
        raise


def _move(folder: Path) -> bool:
    draft = folder / DRAFT
    new = None if draft.is_symlink() else readable_manifest(draft)
    if new is None or new.status != COMPLETE:
        return False
    old = room_for(folder, new.request, new.files, force=True)
    old_files = {} if old is None else old.files
    write_manifest(folder, new.replace(status=RUNNING, finished=None, files={**old_files, **new.files}))
    remove_listed(folder, old_files.keys() - new.files.keys())
    for name in new.files:
        if (draft / name).is_file():  # or it is there already
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).replace(folder / name)
    for parent in {(folder / name).parent for name in new.files}:
        sync_folder(parent)
    (draft / NAME).replace(folder / NAME)
    sync_folder(folder)
    clear(draft)
    return True


def recover(folder: Path) -> None:
    """Finishes what a killed process could not: puts a whole draft in place; raises as `put_in_place` does."""
    if (folder / DRAFT / NAME).is_file():
        with folder_lock(folder):
            put_in_place(folder)


def clear(draft: Path) -> Path:
    """Removes a draft that another process may have left, and returns its path."""
    if draft.is_symlink():
        draft.unlink()
    shutil.rmtree(draft, ignore_errors=True)
    return draft


def _write_files(draft: Path, files: Files) -> dict[str, str]:
    """Writes files to the disk, syncing each while the next is made; returns their hashes."""
    hashes = {}
    with ThreadPoolExecutor(1) as disk:
        for name, write in files.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(write, bytes):
                path.write_bytes(write)
            else:
                write(path)
            hashes[name] = disk.submit(_settle_and_hash, path)
    return {name: future.result() for name, future in hashes.items()}


def _settle_and_hash(path: Path) -> str:
    with path.open("rb+") as file:
        settle(file.fileno())
    return file_hash(path)


def copy_folder(source: Path, out: Path, *, force: bool = False) -> bool:
    """Copies a complete result folder, except damaged figures; returns whether anything was written.

    Raises as `read_manifest` and `fill` do, and a MachineError if a file of `source` is damaged.
    """
    manifest = read_manifest(source)
    if out.exists() and source.samefile(out):
        return False

    def copy(name: str, target: Path) -> None:
        shutil.copyfile(source / name, target)
        if file_hash(target) != manifest.files[name]:
            raise MachineError(f"{source / name}: changed since it was written")

    damaged = {name for name in manifest.derived if not is_whole(source / name, manifest.files.get(name))}
    files = {name: partial(copy, name) for name in manifest.files if name not in damaged}
    derived = {name: numbers for name, numbers in manifest.derived.items() if name not in damaged}
    copied_manifest = manifest.replace(status=RUNNING, files=dict.fromkeys(files), derived=derived)
    return fill(out, copied_manifest, lambda: files, force=force)


def is_done(folder: Path, digest: str, remedy: str = "use --force to make it anew") -> bool:
    """Whether a folder holds exactly the results of a request, complete and undamaged.

    If it holds them, but a file is missing or was changed, an `InputError` gives the remedy, if there is one.
    """
    manifest = readable_manifest(folder)
    if manifest is None or manifest.request != digest or manifest.status != COMPLETE:
        return False
    damaged = sorted(harmed_files(folder, manifest))
    if damaged and remedy:
        raise InputError(wrong(folder, "", f"{damaged[0]} is missing or was changed since it was written", remedy))
    return not damaged


def readable_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none, or none that can be understood."""
    try:
        return read_manifest(folder)
    except InputError:
        return None


def read_whole(folder: Path, *kinds: str, but: Collection[str] = ()) -> Manifest:
    """The manifest of a complete folder of one of the kinds, of which every file of numbers is whole, apart from `but`.

    Raises as `read_complete` does, and a MachineError if a file is missing or damaged.
    """
    manifest = read_complete(folder, *kinds)
    with machine_faults(folder, "read"):
        for name in harmed_files(folder, manifest, but=but):
            raise MachineError(f"{folder / name}: missing, or changed since it was written")
    return manifest


def harmed_files(folder: Path, manifest: Manifest, *, but: Collection[str] = ()) -> Iterator[str]:
    """The files of numbers, except those in `but`, that are missing or have other contents than the manifest says."""
    for name, digest in manifest.files.items():
        if name not in manifest.derived and name not in but and not is_whole(folder / name, digest):
            yield name


def is_whole(path: Path, digest: str | None) -> bool:
    """Whether a file is there with the contents that its manifest lists."""
    if digest is None or not path.is_file():
        return False
    if path.stat().st_size > LARGEST:  # only Parquet gets so large; it ends in its magic bytes
        with opened(path) as file:
            file.seek(-4, os.SEEK_END)
            if path.suffix != ".parquet" or file.read() != b"PAR1":
                return False
    return file_hash(path) == digest


@contextmanager
def folder_lock(
    folder: Path, name: str = LOCK, *, patience: float = 0.0, busy: str = "another process is writing there"
) -> Iterator[None]:
    """Holds a lock on an existing folder; it is the operating system's and ends with the process.

    The lock file is removed afterwards. If another process keeps the lock for more than `patience` seconds, that is a
    `MachineError`.
    """
    from filelock import FileLock, Timeout

    path = folder / name
    require_own(folder, [name])
    lock = FileLock(path, fallback_to_soft=False)  # a soft lock would outlive a process that is killed
    without_lock = False
    try:
        try:
            lock.acquire(timeout=patience, poll_interval=PAUSE)
        except Timeout:
            raise MachineError(f"{folder}: {busy}; wait for it or choose another folder") from None
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno not in UNSUPPORTED:
                raise
            _log.warning("%s: this disk knows no locks; let no second command write there meanwhile", folder)
            without_lock = True
        if lock.is_locked and name == LOCK:
            for draft in (*folder.glob(".*.tmp"), *folder.glob(f"{FIGURES}/.*.tmp")):  # of processes that were killed
                if DRAFT_FILE.fullmatch(draft.name):
                    draft.unlink(missing_ok=True)
        yield
    finally:
        # Removed while it is held: a process that opened it meanwhile sees that it has no name, and tries again.
        try:
            if os.name == "posix" and (without_lock or lock.is_locked):
                try:
                    path.unlink(missing_ok=True)
                except KeyboardInterrupt:
                    path.unlink(missing_ok=True)
                    raise
        finally:
            lock.release()


@contextmanager
def making(folder: Path) -> Iterator[None]:
    """Makes a folder if needed, and removes it again if nothing was put into it."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise InputError(wrong(folder, "", "this is not a folder; choose another place for the results"))
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if new:
            with suppress(OSError):  # not empty: then it stays
                folder.rmdir()


def room_for(folder: Path, digest: str, names: Collection[str], *, force: bool) -> Manifest | None:
    """Checks whether files can be written to a folder; changes nothing.

    Returns:
        The manifest of the results there, which are to be removed; None if there are none.

    Raises:
        InputError: it is no folder, or has other contents: results of another request (unless `force`), files that no
            manifest lists, or links that lead out of it.
    """
    old = read_manifest(folder) if (folder / NAME).is_file() else None
    if old is None and folder.is_dir():
        others = sorted(entry.name for entry in folder.iterdir() if not HARMLESS.fullmatch(entry.name))
        if others:
            rule = f"this folder holds other files and no results: {first_of(others)}"
            raise InputError(wrong(folder, "", rule, "choose another one, or move them away"))
    if old is not None and not force and not (old.request == digest and old.status != COMPLETE):
        contents = f"{old.status} results of {old.scenario.get('name')} (seed {old.seed}, request {old.request[:12]})"
        rule = f"this folder holds the {contents}; choose another one, or replace them with --force"
        raise InputError(wrong(folder, "", rule))
    listed = () if old is None else old.files
    require_own(folder, {*listed, *names})
    unlisted = [name for name in names if os.path.lexists(folder / name) and name not in listed]
    if unlisted:
        rule = f"{unlisted[0]} stands there and no manifest lists it; move it away or choose another folder"
        raise InputError(wrong(folder, "", rule))
    return old


def remove_listed(folder: Path, names: Iterable[str]) -> None:
    """Removes files by their names in a manifest."""
    for name in names:
        require_own(folder, [name])
        (folder / name).unlink(missing_ok=True)
