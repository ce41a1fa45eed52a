"""One writer at a time: a lock of the operating system, which dies with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influence_sim.base.errors import MachineError

NAME = ".lock"
PAUSE = 0.1
"""Seconds between two looks at a lock that is waited for."""


@contextmanager
def folder_lock(
    folder: Path, name: str = NAME, *, patience: float = 0.0, held: str = "another process is writing there"
) -> Iterator[None]:
    """Holds a lock of an existing folder; its file is gone afterwards.

    If another process holds it, and does not give it back within so many seconds of patience, a `MachineError` says so.
    """
    from filelock import FileLock, Timeout

    path = folder / name
    lock = FileLock(path, fallback_to_soft=False)  # a soft lock would outlive a process that is killed
    try:
        lock.acquire(timeout=patience, poll_interval=PAUSE)
    except Timeout:
        raise MachineError(f"{folder}: {held}; wait for it or choose another folder") from None
    try:
        yield
    finally:
        # Removed while it is held: whoever opened it meanwhile sees that it has no name any more, and tries again.
        if os.name == "posix":
            path.unlink(missing_ok=True)
        lock.release()
