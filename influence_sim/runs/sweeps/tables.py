"""The tables of a sweep on disk: design, parts and runs. Their bytes depend on the numbers alone."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from influence_sim.base.months import Month, format_month
from influence_sim.runs.store import Layout, read_table
from influence_sim.runs.sweeps.reduction import statistics
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.runs.sweeps.work import Computed
from influence_sim.theatre import START

DESIGN, RUNS, FAILED = "design.parquet", "runs.parquet", "failed.json"
POINT, DATE, SCENARIO, REPLICATE = "point", "date", "scenario", "replicate"
_KEYS = (POINT, DATE, SCENARIO, REPLICATE)


def runs_schema(request: SweepRequest) -> pa.Schema:
    """The columns of parts and runs."""
    return pa.schema([(POINT, pa.int64()), (DATE, pa.timestamp("ms")), *_floats(_numbers(request))])


def runs_table(request: SweepRequest, computed: Computed) -> pa.Table:
    """What is kept of some points, by point and date."""
    dates = len(request.dates)
    factors = np.repeat(request.design()[computed.points], dates, axis=0)
    kept = computed.values.reshape(len(computed.points) * dates, computed.values.shape[-1])
    columns = [
        pa.array(np.repeat(computed.points, dates)),
        pa.array(np.tile(_days(request.dates), len(computed.points))),
        *(pa.array(np.ascontiguousarray(column)) for column in factors.T),
        *(pa.array(np.ascontiguousarray(column)) for column in kept.T),
    ]
    return pa.Table.from_arrays(columns, schema=runs_schema(request))


def design_table(request: SweepRequest) -> pa.Table:
    """The design, a row a point."""
    values = request.design()
    names = [factor.path for factor in request.factors]
    columns = [pa.array(np.arange(len(values), dtype=np.int64)), *(pa.array(np.array(c)) for c in values.T)]
    return pa.Table.from_arrays(columns, schema=pa.schema([(POINT, pa.int64()), *_floats(names)]))


def trajectories_table(request: SweepRequest, computed: Computed) -> pa.Table:
    """Every month of some points, by point, scenario, replicate and date.

    Raises:
        ValueError: the trajectories were not kept.
    """
    whole = computed.trajectories
    if whole is None:
        raise ValueError("no trajectories were kept")
    points, arms, replicates, months, _ = whole.shape
    rows = replicates * months
    layout = Layout(request.outcomes, START, months)
    names = pa.array(np.repeat(np.tile(np.arange(arms, dtype=np.int32), points), rows))
    columns = [
        pa.array(np.repeat(computed.points, arms * rows)),
        pa.DictionaryArray.from_arrays(names, pa.array([s.name for s in request.scenarios])).cast(pa.string()),
        pa.array(np.tile(np.repeat(np.arange(replicates, dtype=np.int64), months), points * arms)),
        pa.array(np.tile(layout.dates, points * arms * replicates)),
        *(pa.array(np.ascontiguousarray(whole[..., k]).ravel()) for k in range(len(request.outcomes))),
    ]
    keys = [(POINT, pa.int64()), (SCENARIO, pa.string()), (REPLICATE, pa.int64()), (DATE, pa.timestamp("ms"))]
    return pa.Table.from_arrays(columns, schema=pa.schema([*keys, *_floats(request.outcomes)]))


def encoded(table: pa.Table) -> bytes:
    """A table as a Parquet file of one row group."""
    sink = io.BytesIO()
    with writer(sink, table.schema) as out:
        write_group(out, table)
    return sink.getvalue()  # a view of the buffer, held by a traceback at exit, ends Python 3.12 with a fault


@contextmanager
def writer(sink: IO[bytes] | io.RawIOBase, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Writes row groups to `sink` with the one set of options."""
    keys = [name for name in schema.names if name in _KEYS]
    with pq.ParquetWriter(
        sink,
        schema,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=keys,
        use_byte_stream_split=[name for name in schema.names if name not in _KEYS],
        write_page_checksum=True,
        write_statistics=keys,
    ) as out:
        yield out


def write_group(out: pq.ParquetWriter, table: pa.Table) -> None:
    """Writes a table as one row group; of no rows, none."""
    if table.num_rows:
        out.write_table(table, row_group_size=table.num_rows)


def read_runs(folder: Path) -> pa.Table:
    """What a sweep kept: a row a point and date, in order; points that failed have none.

    Raises:
        MachineError: the file is missing, unreadable or damaged.
    """
    return read_table(folder / RUNS)


def read_design(folder: Path) -> pa.Table:
    """The design of a sweep: `point`, and a column a factor.

    Raises:
        MachineError: the file is missing, unreadable or damaged.
    """
    return read_table(folder / DESIGN)


def same_design(table: pa.Table, request: SweepRequest) -> bool:
    """Whether a design on disk is that of a request, bit by bit."""
    wanted = design_table(request)
    return bool(table.schema.names == wanted.schema.names and table.combine_chunks().equals(wanted))


def _numbers(request: SweepRequest) -> list[str]:
    kinds = statistics(paired=len(request.scenarios) > 1)
    kept = [f"{outcome}_{kind}" for outcome in request.outcomes for kind in kinds]
    return [*(factor.path for factor in request.factors), *kept]


def _floats(names: Iterable[str]) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.float64()) for name in names]


def _days(dates: Sequence[Month]) -> NDArray[np.datetime64]:
    return np.array([np.datetime64(format_month(date), "M") for date in dates]).astype("datetime64[ms]")
