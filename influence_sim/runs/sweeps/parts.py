"""What is kept of the points of a sweep, and finished parts of it on disk. Bytes depend on the numbers alone.

A part is written in one step, with a record that tells whether it is still what was computed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from influence_sim.base.errors import MachineError
from influence_sim.base.files import first_bytes, replace_file, replaced, sync_folder
from influence_sim.base.numbers import Floats, Integers
from influence_sim.base.statistics import standard_deviation, student_t
from influence_sim.runs.folder import is_whole
from influence_sim.runs.manifest import SCHEMA_VERSION, file_hash, read_manifest, write_manifest
from influence_sim.runs.points import Block
from influence_sim.runs.store import days, floats, read_table, row_groups, run_schema, write_groups
from influence_sim.runs.sweeps.design import DATE, POINT, Factor
from influence_sim.runs.sweeps.request import DESIGN, DONE, FAILED, PARTS, RUNS, WHOLE, Part, SweepRequest
from influence_sim.scenario.study_schema import TRAJECTORIES

LEVELS = ("mean", "sd", "q05", "q50", "q95")
PAIRED = ("baseline", "diff", "diff_sd", "diff_low", "diff_high")
"""What is kept of an outcome: of the scenario, and where there is a baseline beside it."""
_QUANTILES = (0.05, 0.5, 0.95)
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
        folder, request = self.folder, self.request
        schema = runs_schema(request.factors, request.outcomes, paired=len(request.scenarios) > 1)
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


def reduced(scenario: Floats, baseline: Floats | None) -> Floats:
    """The statistics, (..., statistics), of some rows of replicates, (..., R) and contiguous.

    The baseline is the other arm on the same draws, of the same shape or of a length of 1 where all rows share one.
    Each statistic depends on the replicates of its own row alone, to the last bit: numpy sums the last axis of a
    contiguous array row by row, in an order that only the length of the row determines.
    """
    columns = [scenario.mean(axis=-1), standard_deviation(scenario), *np.quantile(scenario, _QUANTILES, axis=-1)]
    if baseline is not None:
        gap = scenario - baseline
        mean, sd = gap.mean(axis=-1), standard_deviation(gap)
        half = student_t(gap.shape[-1]) * sd / np.sqrt(gap.shape[-1])
        columns += [np.broadcast_to(baseline.mean(axis=-1), mean.shape), mean, sd, mean - half, mean + half]
    return np.stack(columns, axis=-1)


def runs_schema(factors: Sequence[Factor], outcomes: Sequence[str], *, paired: bool) -> pa.Schema:
    """The columns of parts and runs."""
    kept = [f"{outcome}_{kind}" for outcome in outcomes for kind in ((*LEVELS, *PAIRED) if paired else LEVELS)]
    numbers = [*(factor.path for factor in factors), *kept]
    return pa.schema([(POINT, pa.int64()), (DATE, pa.timestamp("ms")), *floats(numbers)])


def design_schema(factors: Sequence[Factor]) -> pa.Schema:
    """The columns of a design."""
    return pa.schema([(POINT, pa.int64()), *floats(factor.path for factor in factors)])


def runs_table(request: SweepRequest, points: Integers, values: Floats) -> pa.Table:
    """What is kept of some points (their numbers): statistics, (points, dates, outcomes, statistics), a row a date."""
    dates = len(request.dates)
    factors = np.repeat(request.design[points], dates, axis=0)
    schema = runs_schema(request.factors, request.outcomes, paired=len(request.scenarios) > 1)
    kept = values.reshape(len(points) * dates, len(schema) - 2 - factors.shape[1])
    columns = [
        pa.array(np.repeat(points, dates)),
        pa.array(np.tile(days(request.dates), len(points))),
        *(pa.array(np.ascontiguousarray(column)) for column in (*factors.T, *kept.T)),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def design_table(request: SweepRequest) -> pa.Table:
    """The design, a row a point."""
    columns = [pa.array(np.arange(request.points, dtype=np.int64)), *(pa.array(np.array(c)) for c in request.design.T)]
    return pa.Table.from_arrays(columns, schema=design_schema(request.factors))


def trajectories_table(request: SweepRequest, points: Integers, whole: Floats) -> pa.Table:
    """Every month of some points (their numbers): whole is (points, arms, replicates, months, outcomes)."""
    names, start, point = request.names, request.theatre.start, pa.field(POINT, pa.int64())
    tables = [run_schema(request.outcomes).empty_table().add_column(0, point, [pa.array([], pa.int64())])]
    for number, arms in zip(points.tolist(), whole, strict=True):
        for table in row_groups(names, arms.transpose(0, 2, 3, 1), request.outcomes, start):
            tables.append(table.add_column(0, point, [pa.repeat(pa.scalar(number, pa.int64()), len(table))]))
    return pa.concat_tables(tables).combine_chunks()


def encoded(table: pa.Table) -> bytes:
    """A table as a Parquet file of one row group."""
    sink = io.BytesIO()
    write_groups(sink, table.schema, [table])
    return sink.getvalue()  # a view of the buffer, held by a traceback at exit, ends Python 3.12 with a fault


def has_design(folder: Path, request: SweepRequest) -> bool:
    """Whether the design in a folder is that of a request, bit by bit; raises what `read_table` does."""
    table, wanted = read_table(folder / DESIGN), design_table(request)
    return bool(table.schema.names == wanted.schema.names and table.combine_chunks().equals(wanted))


def write_design(folder: Path, request: SweepRequest) -> None:
    """Writes the design of a request into a folder; raises what `replace_file` does."""
    replace_file(folder / DESIGN, encoded(design_table(request)))


def kept(runs: Sequence[Floats], *, steps: Sequence[int] | None) -> tuple[Floats, ...]:
    """What is kept of some points, whose runs are for each arm (points, months, outcomes, R).

    Statistics, (points, dates, outcomes, statistics); and, if `steps` picks the months of these from the runs, all
    trajectories, (points, arms, R, months, outcomes).
    """
    dates = runs if steps is None else [np.ascontiguousarray(arm[:, list(steps)]) for arm in runs]
    statistics = reduced(dates[0], dates[1] if len(dates) > 1 else None)
    if steps is None:
        return (statistics,)
    return statistics, np.stack(np.broadcast_arrays(*(arm.transpose(0, 3, 1, 2) for arm in runs)), axis=1)


def tables_of(request: SweepRequest, part: Part, blocks: Sequence[Block[tuple[Floats, ...]]]) -> dict[str, pa.Table]:
    """The files of a part: its statistics, and its trajectories if they are kept; points that failed have no rows."""
    points = np.array([part.start + point for block in blocks for point in block.points], dtype=np.int64)
    makers = {PARTS: runs_table, WHOLE: trajectories_table} if request.keep == TRAJECTORIES else {PARTS: runs_table}
    tables = {}
    for index, (kind, table) in enumerate(makers.items()):
        values = [block.value[index] for block in blocks]
        tables[kind] = table(request, points, np.concatenate(values) if values else np.empty(0))
    return tables
