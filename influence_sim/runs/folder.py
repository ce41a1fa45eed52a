"""Result folders: filled whole or not at all, kept true by their manifest, and never at the cost of anything else."""

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

from influence_sim.base.errors import InputError, MachineError, machine_faults, wrong
from influence_sim.base.files import LARGEST, UNSUPPORTED, opened, require_own, settle, sync_folder
from influence_sim.runs.manifest import COMPLETE, NAME, RUNNING, Manifest, file_hash, read_manifest, write_manifest

DRAFT, LOCK, FIGURES = ".draft", ".lock", "figures"
"""Where files are until all of them are whole; what one writer at a time holds; where figures are."""
PAUSE = 0.1
"""Seconds between two looks at a lock that is waited for."""
HARMLESS = re.compile(r"\..*|.*\.(log|out|err|[oe]\d+)|Thumbs\.db|desktop\.ini")
"""Files that may stand where results are to go: hidden ones, among them drafts of our own, and logs of jobs."""
DRAFTED = re.compile(r"\..+\.\d+\.tmp")
"""Files that are not whole yet, see `replaced`."""
NAMED = 3
"""Files of another's that are told of."""
_log = logging.getLogger("influence_sim")
Write = Callable[[Path], object]
Files = Mapping[str, Write | bytes]
"""What a folder is to hold: name, with `/` -> its bytes, or what writes it to the path it is given."""


def fill(folder: Path, manifest: Manifest, compute: Callable[[], Files], *, force: bool = False) -> bool:
    """Computes what a folder is to hold, and puts it there: all of it, or nothing.

    Until everything is whole, what another request left there stays as it is, as does a complete result; then its files
    go, and the new ones take their place, even if that is interrupted. If this fails before, the manifest says `failed`
    where nothing stood; if it is killed, it says `running`, and whoever writes there next ends what was begun.

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
        with made(folder), folder_lock(folder):
            if not force and is_done(folder, manifest.request):  # by another process meanwhile
                return False
            old = room_for(folder, manifest.request, manifest.files, force=force)
            stays = old is not None and (old.status == COMPLETE or old.request != manifest.request)
            draft = cleared(folder / DRAFT)
            try:
                if not stays:  # a process that is killed now leaves a manifest that lists all there is
                    before = {} if old is None else old.files
                    write_manifest(folder, manifest.but(files={**before, **manifest.files}))
                    remove_listed(folder, before)
                hashes = _written(draft, compute())
                write_manifest(draft, manifest.ended(hashes))
                put_in_place(folder)
            except BaseException as error:
                if not put_in_place(folder):
                    cleared(draft)
                    said = None if stays else readable_manifest(folder)
                    if said is not None and said.status == RUNNING:  # it lists what stood there before, too
                        remove_listed(folder, said.files)
                        with suppress(OSError):  # the disk may be the reason: then it goes on saying `running`
                            write_manifest(folder, manifest.ended({}, error))
                raise
    return True


def put_in_place(folder: Path) -> bool:
    """Puts what a locked folder's draft holds in the place of what stands in the folder, if it is whole.

    Whatever is interrupted here is done to its end first. If the disk does not allow that, or the process is killed,
    the manifest says `running`, and the draft stays for `recover`.

    Returns:
        Whether there was a whole draft.

    Raises:
        InputError: files stand there that no manifest lists, or links that lead out of the folder.
        OSError: the disk or a permission does not allow it.
    """
    try:
        return _move(folder)
    except KeyboardInterrupt:
        if not _move(folder) and not (folder / DRAFT / NAME).exists():  # all is in place
            cleared(folder / DRAFT)
        raise


def _move(folder: Path) -> bool:
    draft = folder / DRAFT
    new = None if draft.is_symlink() else readable_manifest(draft)
    if new is None or new.status != COMPLETE:
        return False
    old = room_for(folder, new.request, new.files, force=True)
    before = {} if old is None else old.files
    write_manifest(folder, new.but(status=RUNNING, finished=None, files={**before, **new.files}))
    remove_listed(folder, before.keys() - new.files.keys())
    for name in new.files:
        if (draft / name).is_file():  # or it is there already
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).replace(folder / name)
    for parent in {(folder / name).parent for name in new.files}:
        sync_folder(parent)
    (draft / NAME).replace(folder / NAME)
    sync_folder(folder)
    cleared(draft)
    return True


def recover(folder: Path) -> None:
    """Ends what a killed process or its disk did not: puts a whole draft in place, and raises what that does."""
    if (folder / DRAFT / NAME).is_file():
        with folder_lock(folder):
            put_in_place(folder)


def cleared(draft: Path) -> Path:
    """A draft's place, with nothing left there of another process."""
    if draft.is_symlink():
        draft.unlink()
    shutil.rmtree(draft, ignore_errors=True)
    return draft


def _written(draft: Path, files: Files) -> dict[str, str]:
    """Writes files down to the disk, which settles each while the next is made; their hashes."""
    hashes = {}
    with ThreadPoolExecutor(1) as disk:
        for name, write in files.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(write, bytes):
                path.write_bytes(write)
            else:
                write(path)
            hashes[name] = disk.submit(_settled, path)
    return {name: found.result() for name, found in hashes.items()}


def _settled(path: Path) -> str:
    with path.open("rb+") as file:
        settle(file.fileno())
    return file_hash(path)


def copy_folder(source: Path, out: Path, *, force: bool = False) -> bool:
    """Copies a complete result folder, but for figures that are damaged; says whether anything was written.

    Raises as `read_manifest` and `fill` do, and a MachineError if a file of `source` is damaged.
    """
    manifest = read_manifest(source)
    if out.exists() and source.samefile(out):
        return False

    def copy(name: str, target: Path) -> None:
        shutil.copyfile(source / name, target)
        if file_hash(target) != manifest.files[name]:
            raise MachineError(f"{source / name}: changed since it was written")

    lost = set(harmed_files(source, manifest, but=manifest.files.keys() - manifest.derived.keys()))
    files = {name: partial(copy, name) for name in manifest.files if name not in lost}
    derived = {name: numbers for name, numbers in manifest.derived.items() if name not in lost}
    copied = manifest.but(status=RUNNING, files=dict.fromkeys(files), derived=derived)
    return fill(out, copied, lambda: files, force=force)


def is_done(folder: Path, digest: str, remedy: str = "use --force to make it anew") -> bool:
    """Whether a folder holds exactly the results of a request, complete and unharmed.

    If it holds them, but a file is missing or was changed since, an `InputError` tells the remedy, if there is one.
    """
    manifest = readable_manifest(folder)
    if manifest is None or manifest.request != digest or manifest.status != COMPLETE:
        return False
    harmed = sorted(harmed_files(folder, manifest, but=manifest.derived))
    if harmed and remedy:
        raise InputError(wrong(folder, "", f"{harmed[0]} is missing or was changed since it was written", remedy))
    return not harmed


def readable_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none, or none that can be understood."""
    try:
        return read_manifest(folder)
    except InputError:
        return None


def require_whole(folder: Path, manifest: Manifest, *, but: Collection[str] = ()) -> None:
    """Refuses a folder of which a file with numbers, but for some, is missing or damaged (`MachineError`)."""
    with machine_faults(folder, "read"):
        for name in harmed_files(folder, manifest, but={*but, *manifest.derived}):
            raise MachineError(f"{folder / name}: missing, or changed since it was written")


def harmed_files(folder: Path, manifest: Manifest, *, but: Collection[str] = ()) -> Iterator[str]:
    """The files of a manifest that are missing or have other contents than it says; some may be left out."""
    for name, said in manifest.files.items():
        if name not in but and not is_whole(folder / name, said):
            yield name


def is_whole(path: Path, said: str | None) -> bool:
    """Whether a file is there, and what a manifest has said of it."""
    if said is None or not path.is_file():
        return False
    if path.stat().st_size > LARGEST:  # none of ours is longer but Parquet, which ends as it does
        with opened(path) as file:
            file.seek(-4, os.SEEK_END)
            if path.suffix != ".parquet" or file.read() != b"PAR1":
                return False
    return file_hash(path) == said


@contextmanager
def folder_lock(
    folder: Path, name: str = LOCK, *, patience: float = 0.0, held: str = "another process is writing there"
) -> Iterator[None]:
    """Holds a lock of an existing folder, one of the operating system, which dies with the process that holds it.

    Its file is gone afterwards. If another process holds it, and does not give it back within so many seconds of
    patience, a `MachineError` says so.
    """
    from filelock import FileLock, Timeout

    path = folder / name
    require_own(folder, [name])
    lock = FileLock(path, fallback_to_soft=False)  # a soft lock would outlive a process that is killed
    unlocked = False
    try:
        try:
            lock.acquire(timeout=patience, poll_interval=PAUSE)
        except Timeout:
            raise MachineError(f"{folder}: {held}; wait for it or choose another folder") from None
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno not in UNSUPPORTED:
                raise
            _log.warning("%s: this disk knows no locks; let no second command write there meanwhile", folder)
            unlocked = True
        if lock.is_locked and name == LOCK:
            for draft in (*folder.glob(".*.tmp"), *folder.glob(f"{FIGURES}/.*.tmp")):  # of processes that were killed
                if DRAFTED.fullmatch(draft.name):
                    draft.unlink(missing_ok=True)
        yield
    finally:
        # Removed while it is held: whoever opened it meanwhile sees that it has no name any more, and tries again.
        try:
            if os.name == "posix" and (unlocked or lock.is_locked):
                try:
                    path.unlink(missing_ok=True)
                except KeyboardInterrupt:
                    path.unlink(missing_ok=True)
                    raise
        finally:
            lock.release()


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Makes a folder if need be, and takes it away again if nothing was put into it."""
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
    """Looks whether files can be written to a folder; changes nothing.

    Returns:
        The manifest of what stands there and is to be removed; None if there is none.

    Raises:
        InputError: this is no folder, or one of other things; it holds the results of another request and is not to be
            forced, files that no manifest lists, or links that lead out of it.
    """
    old = read_manifest(folder) if (folder / NAME).is_file() else None
    if old is None and folder.is_dir():
        others = sorted(entry.name for entry in folder.iterdir() if not HARMLESS.fullmatch(entry.name))
        if others:
            more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
            rule = f"this folder holds other files and no results: {', '.join(others[:NAMED])}{more}"
            raise InputError(wrong(folder, "", rule, "choose another one, or move them away"))
    if old is not None and not force and not (old.request == digest and old.status != COMPLETE):
        what = f"{old.status} results of {old.scenario.get('name')} (seed {old.seed}, request {old.request[:12]})"
        rule = f"this folder holds the {what}; choose another one, or replace them with --force"
        raise InputError(wrong(folder, "", rule))
    listed = () if old is None else old.files
    require_own(folder, {*listed, *names})
    strangers = [name for name in names if os.path.lexists(folder / name) and name not in listed]
    if strangers:
        rule = f"{strangers[0]} stands there and no manifest lists it; move it away or choose another folder"
        raise InputError(wrong(folder, "", rule))
    return old


def remove_listed(folder: Path, names: Iterable[str]) -> None:
    """Removes files by their names in a manifest."""
    for name in names:
        require_own(folder, [name])
        (folder / name).unlink(missing_ok=True)
