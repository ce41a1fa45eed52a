"""Trajectories on disk: one tidy Parquet file whose bytes depend on the request alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from influence_sim.base.errors import MachineError, machine_faults, shortage
from influence_sim.base.files import opened
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats
from influence_sim.base.progress import volume

KEYS = ("scenario", "replicate", "date")
GROUP_SIZE = 500
"""Replicates in a row group."""
VALUE_BYTES, MAX_BYTES, MAX_RATIO, MAX_TEXT = 8, 1 << 30, 100, 1000
"""Bytes of a number in memory; limits: bytes of a file in memory, or their ratio to those on disk; bytes of a text."""


def run_schema(outcomes: Sequence[str]) -> pa.Schema:
    """The columns of a trajectories file."""
    return pa.schema([*zip(KEYS, (pa.string(), pa.int64(), pa.timestamp("ms")), strict=True), *floats(outcomes)])


def row_groups(
    names: Sequence[str], arms: Iterable[Floats], outcomes: Sequence[str], start: Month
) -> Iterator[pa.Table]:
    """Cuts the outcomes of arms, (months, outcomes, replicates) each, into row groups: rows by replicate and date."""
    schema = run_schema(outcomes)
    for name, values in zip(names, arms, strict=True):
        months, _, replicates = values.shape
        for first in range(0, replicates, GROUP_SIZE):
            numbers = np.arange(first, min(first + GROUP_SIZE, replicates), dtype=np.int64)
            columns = [
                pa.repeat(pa.scalar(name, pa.string()), len(numbers) * months),
                pa.array(np.repeat(numbers, months)),
                pa.array(np.tile(days(range(start, start + months)), len(numbers))),
                *(pa.array(values[:, k, first : first + GROUP_SIZE].T.ravel()) for k in range(len(outcomes))),
            ]
            yield pa.Table.from_arrays(columns, schema=schema)


def floats(names: Iterable[str]) -> list[tuple[str, pa.DataType]]:
    """Columns of numbers, for a schema."""
    return [(name, pa.float64()) for name in names]


def days(months: Iterable[Month]) -> NDArray[np.datetime64]:
    """The first day of each month, as it stands in a file, shape (months,)."""
    return np.array([np.datetime64(format_month(month), "M") for month in months]).astype("datetime64[ms]")


def write_groups(sink: IO[bytes], schema: pa.Schema, groups: Iterable[pa.Table]) -> None:
    """Writes tables as row groups of a file, always with the same options; columns without floats are keys."""
    numbers = [field.name for field in schema if pa.types.is_floating(field.type)]
    keys = [name for name in schema.names if name not in numbers]
    with pq.ParquetWriter(
        sink,
        schema,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=keys,
        use_byte_stream_split=numbers,
        write_page_checksum=True,
        write_statistics=keys,
    ) as writer:
        for group in groups:
            if group.num_rows:  # of no rows, no group
                writer.write_table(group, row_group_size=group.num_rows)


def read_groups(path: Path) -> Iterator[pa.Table]:
    """The row groups of a trajectories file, checksums verified; a `MachineError` if it is missing or damaged."""
    with _open_bounded(path) as file:
        for index in range(file.num_row_groups):
            yield _plain(path, file.read_row_group(index))


def read_table(path: Path) -> pa.Table:
    """Reads a whole file; raises as `read_groups` does."""
    with _open_bounded(path) as file:
        return _plain(path, file.read())


@contextmanager
def _open_bounded(path: Path) -> Iterator[pq.ParquetFile]:
    """Opens a Parquet file; a `MachineError` if it is damaged, or if a few bytes on the disk would fill the memory.

    Arrow reports damage as an OSError without a number, or as its own error. Text columns are read as dictionaries, in
    which a repeated text takes no further memory.
    """
    try:
        with machine_faults(path, "read"), opened(path) as raw:  # arrow would not open every name
            info = pq.read_metadata(raw)
            schema, size = info.schema.to_arrow_schema(), os.fstat(raw.fileno()).st_size
            text_columns = [field.name for field in schema if pa.types.is_string(field.type)]
            if any(field.name not in text_columns and not pa.types.is_primitive(field.type) for field in schema):
                raise MachineError(f"{path}: damaged (no command writes columns of this kind)")
            expanded = sum(
                max(column.num_values * VALUE_BYTES, column.total_uncompressed_size)
                for group in map(info.row_group, range(info.num_row_groups))
                for column in map(group.column, range(group.num_columns))
            )
            if expanded > max(MAX_BYTES, size * MAX_RATIO):
                rule = f"it would take {volume(expanded)} of memory, and has {volume(size)} on the disk"
                raise MachineError(f"{path}: not read: {rule}; no command writes such a file")
            checked = {"read_dictionary": text_columns, "page_checksum_verification": True}
            with pq.ParquetFile(raw, metadata=info, **checked) as file:
                yield file
    except pa.ArrowException as error:
        if message := shortage(error):
            raise MachineError(message) from error
        raise MachineError(f"{path}: damaged ({str(error).splitlines()[0]})") from error


def _plain(path: Path, table: pa.Table) -> pa.Table:
    """A table whose text columns are plain again, as they were written."""
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            lengths = (pc.max(pc.binary_length(chunk.dictionary)).as_py() for chunk in table[field.name].chunks)
            if max((length or 0 for length in lengths), default=0) > MAX_TEXT:
                raise MachineError(f"{path}: damaged ({field.name} holds a text of more than {MAX_TEXT} bytes)")
            table = table.set_column(index, field.name, table[field.name].cast(pa.string()))
    return table
