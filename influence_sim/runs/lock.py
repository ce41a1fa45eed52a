"""One writer at a time: a lock of the operating system, which dies with the process that holds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from influence_sim.base.errors import MachineError

NAME = ".lock"
_TRIES = 20
_PAUSE = 0.1
"""Seconds between two looks at a lock that is waited for."""

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def folder_lock(folder: Path, name: str = NAME, *, patience: float = 0.0) -> Iterator[None]:
    """Holds a lock of an existing folder; its file is gone afterwards.

    Args:
        folder: the folder.
        name: of the lock file.
        patience: seconds to wait for another process to give it back.

    Raises:
        MachineError: another process holds it.
        OSError: the lock file cannot be made.
    """
    path = folder / name
    descriptor = _awaited(path, monotonic() + patience)
    try:
        yield
    finally:
        # Removed while held: whoever opened the old file meanwhile finds another one under its name.
        if os.name == "posix":
            path.unlink(missing_ok=True)
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a file that exists."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _awaited(path: Path, deadline: float) -> int:
    while (descriptor := _locked(path)) is None:
        if monotonic() >= deadline:
            raise MachineError(f"{path.parent}: another process is writing there; wait for it or choose another folder")
        sleep(_PAUSE)
    return descriptor


def _locked(path: Path) -> int | None:
    """The lock, or None while another process holds it."""
    for _ in range(_TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _try(descriptor):
            os.close(descriptor)
            break
        if _still_named(descriptor, path):
            return descriptor
        os.close(descriptor)
    return None


def _try(descriptor: int) -> bool:
    try:
        _take(descriptor)
    except OSError:
        return False
    return True


def _still_named(descriptor: int, path: Path) -> bool:
    """Whether the locked file is the one that others would open now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
