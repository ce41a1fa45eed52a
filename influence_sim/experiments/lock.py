"""One writer at a time: a lock of the operating system, which dies with the process that holds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influence_sim.scenario import MachineError

NAME = ".lock"
_TRIES = 20

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Holds the lock of an existing folder; its file is gone afterwards.

    Raises:
        MachineError: another process holds it.
        OSError: the lock file cannot be made.
    """
    path = folder / NAME
    descriptor = _locked(path)
    try:
        yield
    finally:
        # Removed while held: whoever opened the old file meanwhile finds another one under its name.
        if os.name == "posix":
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(path: Path) -> int:
    for _ in range(_TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _try(descriptor):
            os.close(descriptor)
            break
        if _still_named(descriptor, path):
            return descriptor
        os.close(descriptor)
    raise MachineError(f"{path.parent}: another process is writing there; wait for it or choose another folder")


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
