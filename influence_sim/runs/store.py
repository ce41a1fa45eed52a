"""Trajectories on disk: one tidy Parquet file whose bytes depend on the request alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from influence_sim.base.errors import MachineError, machine_faults
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats

KEYS = ("scenario", "replicate", "date")
GROUP = 500
"""Replicates in a row group."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands in a trajectories file beside the numbers.

    Attributes:
        outcomes: their names, in order.
        start: the first month.
        months: how many months.
    """

    outcomes: tuple[str, ...]
    start: Month
    months: int

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        kinds = (pa.string(), pa.int64(), pa.timestamp("ms"))
        return pa.schema([*zip(KEYS, kinds, strict=True), *floats(self.outcomes)])

    def table(self, scenario: str, first: int, values: Floats) -> pa.Table:
        """Rows by replicate and date.

        Args:
            scenario: the arm's name.
            first: number of the first replicate.
            values: shape (months, outcomes, R).
        """
        width = values.shape[2]
        columns = [
            pa.repeat(pa.scalar(scenario, pa.string()), width * self.months),
            pa.array(np.repeat(np.arange(first, first + width, dtype=np.int64), self.months)),
            pa.array(np.tile(days(range(self.start, self.start + self.months)), width)),
            *(pa.array(values[:, k, :].T.ravel()) for k in range(len(self.outcomes))),
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def groups(self, names: Sequence[str], arms: Sequence[Floats]) -> Iterator[tuple[str, int, Floats]]:
        """Cuts the outcomes of arms into row groups.

        Args:
            names: of the arms.
            arms: the outcomes of each, shape (months, outcomes, replicates).

        Yields:
            Name of the arm, number of the first replicate, outcomes of shape (months, outcomes, up to `GROUP`).
        """
        for name, values in zip(names, arms, strict=True):
            for first in range(0, values.shape[2], GROUP):
                yield name, first, values[:, :, first : first + GROUP]

    def whole(self, names: Sequence[str], arms: Sequence[Floats]) -> pa.Table:
        """All rows in memory; arguments as for `groups`."""
        return pa.concat_tables([self.table(*group) for group in self.groups(names, arms)])

    def write(self, sink: IO[bytes], names: Sequence[str], arms: Sequence[Floats]) -> None:
        """Writes a trajectories file; arguments as for `groups`."""
        with parquet_writer(sink, self.schema) as writer:
            for group in self.groups(names, arms):
                write_group(writer, self.table(*group))


def floats(names: Iterable[str]) -> list[tuple[str, pa.DataType]]:
    """Columns of numbers, for a schema."""
    return [(name, pa.float64()) for name in names]


def days(months: Iterable[Month]) -> NDArray[np.datetime64]:
    """The first day of each month, as it stands in a file, shape (months,)."""
    return np.array([np.datetime64(format_month(month), "M") for month in months]).astype("datetime64[ms]")


@contextmanager
def parquet_writer(sink: IO[bytes], schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Writes row groups to `sink` with the one set of options; columns that do not hold floats are keys."""
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
        yield writer


def write_group(writer: pq.ParquetWriter, table: pa.Table) -> None:
    """Writes a table as one row group; of no rows, none."""
    if table.num_rows:
        writer.write_table(table, row_group_size=table.num_rows)


def read_groups(path: Path) -> Iterator[pa.Table]:
    """The row groups of a trajectories file, checksums verified; a `MachineError` if it is missing or damaged."""
    with (
        _damage_reported(path),
        path.open("rb") as raw,
        pq.ParquetFile(raw, page_checksum_verification=True) as file,
    ):
        for index in range(file.num_row_groups):
            yield file.read_row_group(index)


def read_table(path: Path) -> pa.Table:
    """A file as a whole; raises as `read_groups` does."""
    with _damage_reported(path), path.open("rb") as file:  # a name may be more than arrow's UTF-8 can say
        return pq.read_table(file, page_checksum_verification=True, partitioning=None)


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    """Arrow reports damage as an OSError without a number, or as an error of its own; here it is a MachineError."""
    try:
        with machine_faults(path, "read"):
            yield
    except pa.ArrowException as error:
        raise MachineError(f"{path}: damaged ({str(error).splitlines()[0]})") from error
