"""Who may write to the folder of a sweep.

A whole sweep holds the folder's lock from beginning to end. A shard holds a lock of its own, and the folder's only
while it sets the folder up and while it merges. So the shards of one count work side by side, on one machine or on
many, and nobody else with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TypeAlias

from influence_sim.base.errors import MachineError
from influence_sim.runs.lock import folder_lock, is_held

Shard: TypeAlias = tuple[int, int]
Merging: TypeAlias = Callable[[], AbstractContextManager[None]]

SETTING_UP, MERGING = 30.0, 600.0
"""Seconds for which a shard waits until another one has set the folder up, or merged."""
_SHARD_LOCK = re.compile(r"\.shard-(\d+)-of-(\d+)\.lock")


@contextmanager
def claimed(folder: Path, shard: Shard | None, set_up: Callable[[], None]) -> Iterator[Merging]:
    """Claims an existing folder for a whole sweep or one shard.

    Args:
        folder: the folder.
        shard: its number, from 1, and the count; None for the whole.
        set_up: called while the folder is nobody else's.

    Yields:
        What holds the folder as a whole again, to merge.

    Raises:
        MachineError: another process is at work there.
    """
    with ExitStack() as held:
        if shard is None:
            held.enter_context(folder_lock(folder))
            _refuse_others(folder, None)
            set_up()
            yield nullcontext
            return
        with folder_lock(folder, patience=SETTING_UP):
            _refuse_others(folder, shard)
            held.enter_context(folder_lock(folder, lock_name(shard)))
            set_up()
        yield lambda: folder_lock(folder, patience=MERGING)


def lock_name(shard: Shard) -> str:
    """The file that a shard locks."""
    return f".shard-{shard[0]}-of-{shard[1]}.lock"


def _refuse_others(folder: Path, shard: Shard | None) -> None:
    """Refuses to work beside shards of another count, or beside any.

    Raises:
        MachineError: one is at work.
    """
    for entry in folder.iterdir():
        found = _SHARD_LOCK.fullmatch(entry.name)
        if found is None or (shard is not None and int(found[2]) == shard[1]) or not is_held(entry):
            continue
        raise MachineError(f"{folder}: shard {found[1]}/{found[2]} is writing there; wait for it")
