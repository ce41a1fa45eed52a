"""Statistics of the points of a sweep, and its finished parts on disk. Bytes depend on the numbers alone.

A part is written in one step, with a record by which it can be verified.
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

from influence_sim.base.display import first_of
from influence_sim.base.errors import MachineError
from influence_sim.base.files import file_hash, first_bytes, replace_file, replacing, sync_folder
from influence_sim.base.numbers import Floats, Integers
from influence_sim.base.statistics import standard_deviation, student_t
from influence_sim.runs.folder import is_whole
from influence_sim.runs.manifest import SCHEMA_VERSION, read_manifest, write_manifest
from influence_sim.runs.points import Block
from influence_sim.runs.store import days, floats, read_table, row_groups, run_schema, write_groups
from influence_sim.runs.sweeps.design import DATE, POINT, Factor
from influence_sim.runs.sweeps.request import DESIGN, DONE, FAILED, PARTS, RUNS, WHOLE, Part, SweepRequest
from influence_sim.scenario.study_schema import TRAJECTORIES

LEVELS = ("mean", "sd", "q05", "q50", "q95")
PAIRED = ("baseline", "diff", "diff_sd", "diff_low", "diff_high")
"""Statistics of an outcome: of the scenario, and, if there is one, of the baseline and the difference."""
_QUANTILES = (0.05, 0.5, 0.95)
MAX_NAMED = 5
"""Most parts that a note names."""
Record = Mapping[str, Any]
"""The contents of `done/part-00000.json`: `key` (SHA-256 of all that determines the part's numbers), `start`, `stop`,
`files` (name -> SHA-256), and `failed` points, each with `point`, `parameters`, `error` and `traceback`."""
FRESH, ABSENT, RETRIED = "", "not computed yet", "with points that failed"
"""Some flaws of a part, see `PartStore.flaw`."""


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts of one sweep in one folder; failures of the disk are an `OSError`."""

    folder: Path  # the folder
    request: SweepRequest  # the sweep

    def clear(self, parts: Iterable[Part]) -> None:
        """Makes the folders, and removes files of the parts that a killed process left half-written."""
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
            data = to_parquet(table)
            hashes[names[sub]] = hashlib.sha256(data).hexdigest()
            replace_file(self.folder / names[sub], data)
        header = {"key": self.request.key(part), "start": part.start, "stop": part.stop}
        replace_file(self.folder / names[DONE], _json({**header, "files": hashes, "failed": list(failed)}))

    def record(self, part: Part) -> Record | None:
        """The record of a part; None if there is none that can be read."""
        try:
            record: dict[str, Any] = json.loads(first_bytes(self.folder / self.request.files_of(part)[DONE]))
            kinds = {"schema_version": int, "key": str, "start": int, "stop": int, "files": dict, "failed": list}
            readable = all(isinstance(record[name], kind) for name, kind in kinds.items())
            return record if readable and record["schema_version"] == SCHEMA_VERSION else None
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def is_recorded(self, part: Part) -> bool:
        """Whether a part has a record, without checking its numbers."""
        record = self.record(part)
        return record is not None and record["key"] == self.request.key(part)

    def flaw(self, part: Part) -> str:
        """Why a part has to be computed; `FRESH` if it is unchanged since it was written."""
        names, record = self.request.files_of(part), self.record(part)
        if record is None:
            exists = any(os.path.lexists(self.folder / name) for name in names.values())
            return "without a readable record" if exists else ABSENT
        if record["key"] != self.request.key(part) or {*record["files"], names[DONE]} != set(names.values()):
            return "not of this sweep"
        for name, digest in record["files"].items():
            if not (self.folder / name).is_file():
                return "missing"
            if not is_whole(self.folder / name, digest):
                return "damaged"
        return FRESH

    def failed(self, parts: Iterable[Part]) -> list[Mapping[str, Any]]:
        """The points of the parts that failed."""
        records = (self.record(part) for part in parts)
        return [failure for record in records if record is not None for failure in record["failed"]]

    def merge(self) -> bool:
        """Merges the parts into one table and marks the sweep as complete; returns False while parts are missing.

        It reads one part at a time, so that memory stays flat; a missing or damaged part is a `MachineError`.
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

        with replacing(folder / RUNS) as file:
            write_groups(file, schema, tables())
        (folder / FAILED).unlink(missing_ok=True)
        if failed:
            replace_file(folder / FAILED, _json({"failed": failed}))
        files |= {name: file_hash(folder / name) for name in ((RUNS, FAILED) if failed else (RUNS,))}
        write_manifest(folder, read_manifest(folder).finish(files))
        return True


def describe_flaws(flaws: Mapping[Part, str]) -> list[str]:
    """Notes on the parts that were there and are computed again."""
    notes = []
    for flaw in dict.fromkeys(flaws.values()):
        if flaw not in {FRESH, ABSENT}:
            stems = [part.stem for part, other in flaws.items() if other == flaw]
            notes.append(f"{first_of(stems, MAX_NAMED)}: {flaw}; computed again")
    return notes


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps({"schema_version": SCHEMA_VERSION, **data}, indent=1) + "\n").encode()


def statistics_of(scenario: Floats, baseline: Floats | None) -> Floats:
    """The statistics, (..., statistics), of contiguous rows of replicates, (..., R).

    The baseline is the other arm on the same draws, of the same shape, or of length 1 on axes where all share one row.
    Each statistic depends on the replicates of its own row alone, to the last bit: numpy sums the last axis of a
    contiguous array row by row, in an order that only the length of the row determines.
    """
    columns = [scenario.mean(axis=-1), standard_deviation(scenario), *np.quantile(scenario, _QUANTILES, axis=-1)]
    if baseline is not None:
        difference = scenario - baseline
        mean, sd = difference.mean(axis=-1), standard_deviation(difference)
        half = student_t(difference.shape[-1]) * sd / np.sqrt(difference.shape[-1])
        columns += [np.broadcast_to(baseline.mean(axis=-1), mean.shape), mean, sd, mean - half, mean + half]
    return np.stack(columns, axis=-1)


def runs_schema(factors: Sequence[Factor], outcomes: Sequence[str], *, paired: bool) -> pa.Schema:
    """The columns of parts and runs."""
    statistics = [f"{outcome}_{kind}" for outcome in outcomes for kind in ((*LEVELS, *PAIRED) if paired else LEVELS)]
    numbers = [*(factor.path for factor in factors), *statistics]
    return pa.schema([(POINT, pa.int64()), (DATE, pa.timestamp("ms")), *floats(numbers)])


def design_schema(factors: Sequence[Factor]) -> pa.Schema:
    """The columns of a design."""
    return pa.schema([(POINT, pa.int64()), *floats(factor.path for factor in factors)])


def runs_table(request: SweepRequest, points: Integers, values: Floats) -> pa.Table:
    """The statistics of points (their numbers), (points, dates, outcomes, statistics), as a table with a row a date."""
    dates = len(request.dates)
    factors = np.repeat(request.design[points], dates, axis=0)
    schema = runs_schema(request.factors, request.outcomes, paired=len(request.scenarios) > 1)
    statistics = values.reshape(len(points) * dates, len(schema) - 2 - factors.shape[1])
    columns = [
        pa.array(np.repeat(points, dates)),
        pa.array(np.tile(days(request.dates), len(points))),
        *(pa.array(np.ascontiguousarray(column)) for column in (*factors.T, *statistics.T)),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def design_table(request: SweepRequest) -> pa.Table:
    """The design, a row a point."""
    columns = [pa.array(np.arange(request.points, dtype=np.int64)), *(pa.array(np.array(c)) for c in request.design.T)]
    return pa.Table.from_arrays(columns, schema=design_schema(request.factors))


def trajectories_table(request: SweepRequest, points: Integers, runs: Floats) -> pa.Table:
    """All months of points (their numbers); `runs` is (points, arms, replicates, months, outcomes)."""
    names, start, point = request.names, request.theatre.start, pa.field(POINT, pa.int64())
    tables = [run_schema(request.outcomes).empty_table().add_column(0, point, [pa.array([], pa.int64())])]
    for number, arms in zip(points.tolist(), runs, strict=True):
        for table in row_groups(names, arms.transpose(0, 2, 3, 1), request.outcomes, start):
            tables.append(table.add_column(0, point, [pa.repeat(pa.scalar(number, pa.int64()), len(table))]))
    return pa.concat_tables(tables).combine_chunks()


def to_parquet(table: pa.Table) -> bytes:
    """A table as a Parquet file of one row group."""
    sink = io.BytesIO()
    write_groups(sink, table.schema, [table])
    return sink.getvalue()  # a view of the buffer, if a traceback holds it at exit, crashes Python 3.12


def has_design(folder: Path, request: SweepRequest) -> bool:
    """Whether a folder has the design of a request, bit by bit; raises what `read_table` does."""
    table, expected = read_table(folder / DESIGN), design_table(request)
    return bool(table.schema.names == expected.schema.names and table.combine_chunks().equals(expected))


def reduce_runs(runs: Sequence[Floats], *, steps: Sequence[int] | None) -> tuple[Floats, ...]:
    """Reduces the runs of points, (points, months, outcomes, R) for each arm, to what is kept.

    That is statistics, (points, dates, outcomes, statistics); and, if `steps` gives the months of their dates, also all
    trajectories, (points, arms, R, months, outcomes).
    """
    dates = runs if steps is None else [np.ascontiguousarray(arm[:, list(steps)]) for arm in runs]
    statistics = statistics_of(dates[0], dates[1] if len(dates) > 1 else None)
    if steps is None:
        return (statistics,)
    return statistics, np.stack(np.broadcast_arrays(*(arm.transpose(0, 3, 1, 2) for arm in runs)), axis=1)


def tables_of(request: SweepRequest, part: Part, blocks: Sequence[Block[tuple[Floats, ...]]]) -> dict[str, pa.Table]:
    """The tables of a part: its statistics, and its trajectories if they are kept; failed points have no rows."""
    points = np.array([part.start + point for block in blocks for point in block.points], dtype=np.int64)
    makers = {PARTS: runs_table, WHOLE: trajectories_table} if request.keep == TRAJECTORIES else {PARTS: runs_table}
    tables = {}
    for index, (folder, make_table) in enumerate(makers.items()):
        values = [block.value[index] for block in blocks]
        tables[folder] = make_table(request, points, np.concatenate(values) if values else np.empty(0))
    return tables
