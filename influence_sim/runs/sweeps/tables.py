"""The tables of a sweep: what is kept of a point, and how it stands on disk. Bytes depend on the numbers alone."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from influence_sim.base.numbers import Floats, Integers
from influence_sim.base.statistics import standard_deviation, student_t
from influence_sim.runs.store import days, floats, row_groups, run_schema, write_groups
from influence_sim.runs.sweeps.design import Factor
from influence_sim.runs.sweeps.request import SweepRequest

POINT, DATE = "point", "date"
LEVELS = ("mean", "sd", "q05", "q50", "q95")
PAIRED = ("baseline", "diff", "diff_sd", "diff_low", "diff_high")
"""What is kept of an outcome: of the scenario, and where there is a baseline beside it."""
_QUANTILES = (0.05, 0.5, 0.95)


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


def request_schema(request: SweepRequest) -> pa.Schema:
    """The columns of parts and runs of a request."""
    return runs_schema(request.factors, request.outcomes, paired=len(request.scenarios) > 1)


def runs_table(request: SweepRequest, points: Integers, values: Floats) -> pa.Table:
    """What is kept of some points (their numbers): statistics, (points, dates, outcomes, statistics), a row a date."""
    dates = len(request.dates)
    factors = np.repeat(request.design[points], dates, axis=0)
    schema = request_schema(request)
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


def same_design(table: pa.Table, request: SweepRequest) -> bool:
    """Whether a design on disk is that of a request, bit by bit."""
    wanted = design_table(request)
    return bool(table.schema.names == wanted.schema.names and table.combine_chunks().equals(wanted))
