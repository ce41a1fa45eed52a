"""From parts to one table: read one after the other, so that memory stays flat in the number of points."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from influence_sim.base.errors import MachineError
from influence_sim.base.files import replaced
from influence_sim.runs.manifest import SCHEMA_VERSION, file_hash
from influence_sim.runs.store import Hashed, read_table
from influence_sim.runs.sweeps.parts import PARTS, Shelf
from influence_sim.runs.sweeps.recipe import Part
from influence_sim.runs.sweeps.tables import FAILED, RUNS, runs_schema, write_group, writer


def merge(shelf: Shelf, parts: Iterable[Part]) -> dict[str, str]:
    """Writes `runs.parquet`, and `failed.json` if points failed.

    Args:
        shelf: the parts, all of them there.
        parts: all of them, in order.

    Returns:
        These files and those of the parts: name -> SHA-256.

    Raises:
        MachineError: a part is damaged.
        OSError: the disk does not allow it.
    """
    files: dict[str, str] = {}
    failed: list[Any] = []
    with replaced(shelf.folder / RUNS) as file, writer(sink := Hashed(file), runs_schema(shelf.request)) as out:
        for part in parts:
            table = read_table(shelf.folder / shelf.names(part)[PARTS])
            record = shelf.record(part)
            if record is None or table.schema != runs_schema(shelf.request):
                raise MachineError(f"{shelf.folder}: {part.stem} was changed meanwhile; --resume computes it again")
            write_group(out, table)
            failed += record.failed
            files |= _files(shelf, part, record.files)
    files[RUNS] = sink.hexdigest()
    return files | _write_failed(shelf.folder, failed)


def _files(shelf: Shelf, part: Part, data: Any) -> dict[str, str]:
    name = shelf.names(part)["done"]
    return {**data, name: file_hash(shelf.folder / name)}


def _write_failed(folder: Path, failed: list[Any]) -> dict[str, str]:
    if not failed:
        (folder / FAILED).unlink(missing_ok=True)
        return {}
    document = {"schema_version": SCHEMA_VERSION, "failed": failed}
    with replaced(folder / FAILED) as file:
        sink = Hashed(file)
        sink.write((json.dumps(document, indent=1) + "\n").encode())
    return {FAILED: sink.hexdigest()}
