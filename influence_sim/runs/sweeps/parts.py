"""Finished parts on disk: written in one step, with a record that tells whether they are still what was computed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from influence_sim.base.files import replace_file, sync_folder
from influence_sim.runs.manifest import SCHEMA_VERSION, file_hash
from influence_sim.runs.sweeps.recipe import Part, key_of
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.runs.sweeps.tables import encoded, runs_table, trajectories_table
from influence_sim.runs.sweeps.work import Computed
from influence_sim.scenario.study_schema import TRAJECTORIES

PARTS, DONE, WHOLE = "parts", "done", "trajectories"
MAX_BYTES = 64 << 20
"""Longest record that is read."""
NAMED = 5
"""Parts that a note names."""

FRESH, ABSENT = "", "not computed yet"
MISSING, DAMAGED = "missing", "damaged"
FOREIGN, UNREADABLE = "not of this sweep", "without a readable record"
"""What may be wrong with a part."""


@dataclass(frozen=True, slots=True)
class Record:
    """What `done/part-00000.json` says.

    Attributes:
        key: SHA-256 of all that determines the numbers of the part.
        start: its first point.
        stop: the point after its last.
        files: its files, and their SHA-256.
        failed: the points that could not be run.
    """

    key: str
    start: int
    stop: int
    files: Mapping[str, str]
    failed: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The parts of one sweep in one folder.

    Attributes:
        folder: the folder.
        request: the sweep.
    """

    folder: Path
    request: SweepRequest

    @property
    def rooms(self) -> tuple[str, ...]:
        """The folders beneath it."""
        return (PARTS, DONE, WHOLE) if self.request.keep == TRAJECTORIES else (PARTS, DONE)

    def clear(self, parts: Iterable[Part]) -> None:
        """Makes the folders, and removes what a killed process left half-written of some parts.

        Raises:
            OSError: a folder cannot be made, or a file not removed.
        """
        stems = {part.stem for part in parts}
        for room in self.rooms:
            (self.folder / room).mkdir(exist_ok=True)
            for path in (self.folder / room).glob(".part-*.tmp"):
                if path.name[1:].partition(".")[0] in stems:
                    path.unlink(missing_ok=True)
        sync_folder(self.folder)

    def names(self, part: Part) -> dict[str, str]:
        """The files of a part: room -> name."""
        return {room: f"{room}/{part.stem}.{'json' if room == DONE else 'parquet'}" for room in self.rooms}

    def put(self, part: Part, computed: Computed) -> None:
        """Writes a part, then its record.

        Raises:
            OSError: the disk does not allow it; what stood there is untouched.
        """
        names = self.names(part)
        tables = {names[PARTS]: runs_table(self.request, computed)}
        if WHOLE in names:
            tables[names[WHOLE]] = trajectories_table(self.request, computed)
        hashes = {}
        for name, table in tables.items():
            data = encoded(table)
            hashes[name] = hashlib.sha256(data).hexdigest()
            replace_file(self.folder / name, data)
        failed = [asdict(failure) for failure in computed.failures]
        record = Record(key_of(self.request, part), part.start, part.stop, hashes, failed)
        replace_file(self.folder / names[DONE], _text(record))

    def record(self, part: Part) -> Record | None:
        """What is recorded of a part; None if nothing readable is.

        Raises:
            OSError: the disk does not allow it.
        """
        try:
            with (self.folder / self.names(part)[DONE]).open("rb") as file:
                return _parsed(file.read(MAX_BYTES))
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def flaw(self, part: Part) -> str:
        """Why a part has to be computed: `FRESH` if it is as it was written.

        Raises:
            OSError: a file is there but cannot be read.
        """
        names = self.names(part)
        record = self.record(part)
        if record is None:
            there = any(os.path.lexists(self.folder / name) for name in names.values())
            return UNREADABLE if there else ABSENT
        wanted = {name for room, name in names.items() if room != DONE}
        if record.key != key_of(self.request, part) or set(record.files) != wanted:
            return FOREIGN
        return next(filter(None, (self._harm(*pair) for pair in record.files.items())), FRESH)

    def is_recorded(self, part: Part) -> bool:
        """Whether a part is said to be there, without a look at its numbers.

        Raises:
            OSError: the disk does not allow it.
        """
        record = self.record(part)
        return record is not None and record.key == key_of(self.request, part)

    def _harm(self, name: str, said: str) -> str:
        path = self.folder / name
        if not path.is_file():
            return MISSING
        return FRESH if file_hash(path) == said else DAMAGED


def notes_on(flaws: Mapping[Part, str]) -> list[str]:
    """What to tell of parts that were there and are computed again."""
    by_flaw: dict[str, list[Part]] = {}
    for part, flaw in flaws.items():
        if flaw not in {FRESH, ABSENT}:
            by_flaw.setdefault(flaw, []).append(part)
    return [f"{_listed(parts)}: {flaw}; computed again" for flaw, parts in by_flaw.items()]


def _text(record: Record) -> bytes:
    data = {"schema_version": SCHEMA_VERSION, **asdict(record)}
    return (json.dumps(data, indent=1) + "\n").encode()


def _parsed(raw: bytes) -> Record:
    """A record from JSON.

    Raises:
        ValueError: it is none, or of another version.
        KeyError: something is missing.
        TypeError: something is of another kind.
    """
    data = dict(json.loads(raw))
    if data.pop("schema_version") != SCHEMA_VERSION:
        raise ValueError("of another version")
    record = Record(**data)
    if not isinstance(record.key, str) or not isinstance(record.files, dict) or not isinstance(record.failed, list):
        raise TypeError("not a record")
    return record


def _listed(parts: Sequence[Part]) -> str:
    named = ", ".join(part.stem for part in parts[:NAMED])
    more = f" and {len(parts) - NAMED} more" if len(parts) > NAMED else ""
    return named + more
