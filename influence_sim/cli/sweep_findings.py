"""What a sweep found, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from influence_sim.base.months import format_month
from influence_sim.base.numbers import percent
from influence_sim.cli.findings import band
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    from influence_sim.api.sweep import Sweep
    from influence_sim.runs.sweeps.execute import SweepDone
    from influence_sim.runs.sweeps.request import SweepRequest

LEVEL = "MEAN [5 % to 95 % of points]"
DIFFERENCE = "DIFFERENCE [5 % to 95 % of points]"
SIGNS = {"+": "positive", "-": "negative"}
SCREENING = "morris"


def report(
    done: SweepDone,
    result: Sweep | None,
    shard: tuple[int, int] | None,
    missing: Sequence[int],
    width: int | None,
) -> list[str]:
    """A sweep's findings, or how far it is, to be read."""
    if result is None:
        return list(_waiting(done, shard, missing, width))
    return [*_heading(result, width), "", *_numbers(result), "", *_places(done, result)]


def _waiting(
    done: SweepDone, shard: tuple[int, int] | None, missing: Sequence[int], width: int | None
) -> Iterator[str]:
    share = "these points are" if shard is None else f"shard {shard[0]}/{shard[1]} is"
    yield paragraph(
        f"{share} done: {done.computed:,} point{'s' * (done.computed != 1)} computed, {done.reused:,} reused", width
    )
    if missing:
        yield paragraph(f"Missing still: shard {', '.join(map(str, missing))} of {shard[1] if shard else 1}", width)
    yield f"Folder: {done.folder}"


def _heading(result: Sweep, width: int | None) -> Iterator[str]:
    given = result.arguments
    yield result.title
    if result.question:
        yield paragraph(result.question, width)
    against = f" against {result.against}" if result.against else ""
    varied = f"{len(result.factors)} number{'s' * (len(result.factors) > 1)} varied"
    replicates = f"{given['replicates']} replicate{'s' * (given['replicates'] > 1)} at each"
    span = f"seed {given['seed']}, {given['months']} months to {given['dates'][-1]}"
    size = f"{result.points:,} points ({result.method})"
    yield paragraph(f"{result.scenario}{against}; {varied}, {size}, {replicates}, {span}", width)


def _numbers(result: Sweep) -> list[str]:
    paired = result.against is not None
    columns = [Column(f"AT {result.arguments['dates'][-1]}, OVER ALL POINTS"), Column(DIFFERENCE if paired else LEVEL)]
    columns += [Column("ITS SIGN AT MOST POINTS")] if paired else []
    return table(columns, [tuple(_cells(row, paired=paired)) for row in result.ending().to_dict("records")])


def _cells(row: Any, *, paired: bool) -> Iterator[str]:
    yield str(row["label"])
    yield band((row["mean"], row["low"], row["high"]), signed=paired)
    if paired:
        zero = f", none in {percent(row['share_zero'])}" if row["share_zero"] else ""
        yield (
            f"{SIGNS[row['sign']]} in {percent(row['share_same_sign'])}{zero}"
            if row["sign"]
            else "no difference anywhere"
        )


def _places(done: SweepDone, result: Sweep) -> Iterator[str]:
    if not done.fresh:
        yield f"Result: {done.folder} (already done; nothing was run)"
    elif done.reused:
        yield f"Result: {done.folder} ({done.reused:,} points reused, {done.computed:,} computed)"
    else:
        yield f"Result: {done.folder}"
    yield f"Next:   influence-sim sensitivity {done.folder}"
    if result.against is not None and result.method != SCREENING:
        yield f'        influence-sim discover {done.folder} --where "{_example(result)}"'


def _example(result: Sweep) -> str:
    """Where the first outcome differs by more than it does on average."""
    row: Any = result.ending(result.outcomes[:1]).to_dict("records")[0]
    mean = float(f"{row['mean']:.2g}") if row["mean"] == row["mean"] else 0.0
    return f"{row['outcome']}_diff {'<' if row['mean'] < 0 else '>'} {mean:g}"


def document(request: SweepRequest, done: SweepDone, result: Sweep | None, missing: Sequence[int]) -> dict[str, Any]:
    """A sweep's findings as plain data."""
    return {
        "scenario": request.scenario.name,
        "against": None if request.against is None else request.against.name,
        "title": request.scenario.title,
        "question": request.scenario.question,
        "method": request.method,
        "factors": [asdict(factor) for factor in request.factors],
        "points": done.points,
        "replicates": request.replicates,
        "seed": request.seed,
        "months": request.months,
        "parameters": request.parameters,
        "dates": [format_month(date) for date in request.dates],
        "status": ("done" if done.fresh else "already done") if done.complete else "shards missing",
        "missing_shards": list(missing),
        "computed": done.computed,
        "reused": done.reused,
        "failed": done.failed,
        "folder": str(done.folder),
        "outcomes": [] if result is None else result.ending().to_dict("records"),
    }
