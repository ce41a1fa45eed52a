"""Finished parts on disk: written in one step, with a record that tells whether they are still what was computed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from influence_sim.base.errors import MachineError
from influence_sim.base.files import first_bytes, replace_file, replaced, sync_folder
from influence_sim.runs.folder import is_whole
from influence_sim.runs.manifest import SCHEMA_VERSION, file_hash, read_manifest, write_manifest
from influence_sim.runs.store import read_table, write_groups
from influence_sim.runs.sweeps.request import DESIGN, DONE, FAILED, PARTS, RUNS, Part, SweepRequest
from influence_sim.runs.sweeps.tables import encoded, request_schema

NAMED = 5
"""Parts that a note names."""
Record = Mapping[str, Any]
"""What `done/part-00000.json` says: `key` (SHA-256 of all that determines the numbers of the part), `start`, `stop`,
`files` (name -> SHA-256), and `failed` points, each with `point`, `parameters`, `error` and `traceback`."""
FRESH, ABSENT, RETRIED = "", "not computed yet", "with points that failed"
"""Some of what may be wrong with a part, see `PartStore.flaw`."""


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts of one sweep in one folder; where the disk does not allow what is asked, an `OSError` says so."""

    folder: Path  # the folder
    request: SweepRequest  # the sweep

    def clear(self, parts: Iterable[Part]) -> None:
        """Makes the folders, and removes what a killed process left half-written of some parts."""
        stems = {part.stem for part in parts}
        for sub in self.request.files_of(self.request.parts[0]):
            (self.folder / sub).mkdir(exist_ok=True)
            for path in (self.folder / sub).glob(".part-*.tmp"):
                if path.name[1:].partition(".")[0] in stems:
                    path.unlink(missing_ok=True)
        sync_folder(self.folder)

    def put(self, part: Part, tables: Mapping[str, pa.Table], failed: Sequence[Mapping[str, Any]]) -> None:
        """Writes a part, its tables by their folders, then its record."""
        names, hashes = self.request.files_of(part), {}
        for sub, table in tables.items():
            data = encoded(table)
            hashes[names[sub]] = hashlib.sha256(data).hexdigest()
            replace_file(self.folder / names[sub], data)
        ends = {"key": self.request.key(part), "start": part.start, "stop": part.stop}
        replace_file(self.folder / names[DONE], _json({**ends, "files": hashes, "failed": list(failed)}))

    def record(self, part: Part) -> Record | None:
        """What is recorded of a part; None if nothing readable is."""
        try:
            found: dict[str, Any] = json.loads(first_bytes(self.folder / self.request.files_of(part)[DONE]))
            kinds = {"schema_version": int, "key": str, "start": int, "stop": int, "files": dict, "failed": list}
            readable = all(isinstance(found[name], kind) for name, kind in kinds.items())
            return found if readable and found["schema_version"] == SCHEMA_VERSION else None
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def is_recorded(self, part: Part) -> bool:
        """Whether a part is said to be there, without a look at its numbers."""
        record = self.record(part)
        return record is not None and record["key"] == self.request.key(part)

    def flaw(self, part: Part) -> str:
        """Why a part has to be computed: `FRESH` if it is as it was written."""
        names, record = self.request.files_of(part), self.record(part)
        if record is None:
            there = any(os.path.lexists(self.folder / name) for name in names.values())
            return "without a readable record" if there else ABSENT
        if record["key"] != self.request.key(part) or {*record["files"], names[DONE]} != set(names.values()):
            return "not of this sweep"
        for name, said in record["files"].items():
            if not (self.folder / name).is_file():
                return "missing"
            if not is_whole(self.folder / name, said):
                return "damaged"
        return FRESH

    def failed(self, parts: Iterable[Part]) -> list[Mapping[str, Any]]:
        """The points of some parts that could not be run."""
        records = (self.record(part) for part in parts)
        return [failure for record in records if record is not None for failure in record["failed"]]

    def merge(self) -> bool:
        """Makes the table of the whole, and says that the sweep is complete; False while parts are missing.

        It goes part by part, so that memory stays flat; a `MachineError` says that a part is missing or damaged.
        """
        folder, request, schema = self.folder, self.request, request_schema(self.request)
        if not all(map(self.is_recorded, request.parts)):
            return False
        files = {name: file_hash(folder / name) for name in (*request.inputs, DESIGN)}
        failed: list[Mapping[str, Any]] = []

        def tables() -> Iterator[pa.Table]:
            for part in request.parts:
                names, record = request.files_of(part), self.record(part)
                table = read_table(folder / names[PARTS])
                if record is None or table.schema != schema:
                    raise MachineError(f"{folder}: {part.stem} was changed meanwhile; --resume computes it again")
                files.update({**record["files"], names[DONE]: file_hash(folder / names[DONE])})
                failed.extend(record["failed"])
                yield table

        with replaced(folder / RUNS) as file:
            write_groups(file, schema, tables())
        (folder / FAILED).unlink(missing_ok=True)
        if failed:
            replace_file(folder / FAILED, _json({"failed": failed}))
        files |= {name: file_hash(folder / name) for name in ((RUNS, FAILED) if failed else (RUNS,))}
        write_manifest(folder, read_manifest(folder).ended(files))
        return True


def notes_on(flaws: Mapping[Part, str]) -> list[str]:
    """What to tell of parts that were there and are computed again."""
    notes = []
    for flaw in dict.fromkeys(flaws.values()):
        if flaw not in {FRESH, ABSENT}:
            stems = [part.stem for part, found in flaws.items() if found == flaw]
            more = f" and {len(stems) - NAMED} more" if len(stems) > NAMED else ""
            notes.append(f"{', '.join(stems[:NAMED])}{more}: {flaw}; computed again")
    return notes


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps({"schema_version": SCHEMA_VERSION, **data}, indent=1) + "\n").encode()
