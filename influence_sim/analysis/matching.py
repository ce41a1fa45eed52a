"""History matching: which worlds the record does not rule out.

Craig, Goldstein, Seheult & Smith (1997); Vernon, Goldstein & Bower (2010). A world is drawn from the prior ranges, run
with a few replicates, and compared with each pattern of the record. Those that are not ruled out are run with four
times as many, until hardly any more fall. What is left is a sample of the prior, cut to what the record allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis.worlds import COUNT, Points, Worlds, assumed, draw_cube, own_draws, values_of
from influence_sim.base.errors import MachineError, ModelError
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.base.progress import Progress
from influence_sim.model import Arm
from influence_sim.runs.manifest import model_version
from influence_sim.runs.points import Job, run_jobs
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import Theatre
from influence_sim.theatre.patterns import CHANCE, SWITCHES, Pattern, PatternsFile, declared_patterns

WAVES: tuple[int, ...] = (16, 64, 256)
"""Replicates of the waves, of which there may be fewer."""
STEADY = 0.95
"""When a wave keeps so many of the worlds that came into it, there is no other."""
BATCH = 8192
"""Worlds that are drawn at a time."""
MOST_BATCHES = 64


def make(
    theatre: Theatre,
    *,
    count: int = COUNT,
    seed: int = 1,
    workers: int = 1,
    declared: PatternsFile | None = None,
    progress: Progress | None = None,
) -> Worlds:
    """Draws worlds from the prior ranges until so many are left that the record does not rule out.

    Args:
        theatre: whose ranges.
        count: how many worlds are wanted.
        seed: of worlds and draws.
        workers: threads.
        declared: the patterns of the record that count; by default all that the theatre declares.
        progress: called with the worlds found and those wanted.

    Raises:
        InputError: the theatre declares no patterns.
        ModelError: none of the worlds could be computed; if only some could not, they do not count.
        MachineError: the record rules out nearly everything.
    """
    declared, specs = declared or declared_patterns(theatre), assumed(theatre)
    names = tuple(spec.name for spec in specs)
    waves, batches, counts = WAVES, list[Integers](), list[Integers]()
    cuts, computed, errors = np.zeros(len(declared.patterns)), 0, list[str]()
    while len(counts) < MOST_BATCHES:
        numbers, remaining = np.arange(BATCH) + len(counts) * BATCH, [BATCH]
        for replicates in waves:
            points = values_of(specs, draw_cube(seed, numbers, names))
            draws = own_draws(numbers, replicates, WAVES[-1])
            distances = implausibility(theatre, declared, points, errors, replicates=draws, seed=seed, workers=workers)
            finite = ~np.isnan(distances).any(axis=1)
            remaining = [size - int((~finite).sum()) for size in remaining]
            if replicates == waves[0]:
                cuts += (distances >= declared.second).sum(axis=0)
                computed += int(finite.sum())
            numbers = numbers[allowed(distances, declared)]
            remaining.append(len(numbers))
            if not counts and remaining[-1] >= STEADY * remaining[-2]:  # the first batch says how many waves there are
                waves = waves[: len(remaining) - 1]
                break
        batches.append(numbers)
        counts.append(np.array(remaining))
        if not computed:
            raise ModelError(f"none of the worlds could be computed ({errors[0]})")
        total = sum(map(len, batches))
        if progress is not None:
            progress(min(total, count), count)
        if total >= count:
            ids = [pattern.id for pattern in declared.patterns]
            return Worlds(
                names=names,
                numbers=np.concatenate(batches)[:count],
                model=model_version(theatre),
                seed=seed,
                waves=tuple(np.sum(counts, axis=0).tolist()),
                replicates=waves,
                cuts=dict(zip(ids, (cuts / computed).tolist(), strict=True)),
                failed=len(errors),
                error=errors[0] if errors else "",
            )
    total = np.sum(counts, axis=0)
    raise MachineError(f"of {total[0]} worlds the record allows {total[-1]}: its patterns rule out nearly everything")


def allowed(implausibilities: Floats, declared: PatternsFile) -> Flags:
    """Which worlds are not ruled out, by their implausibilities, (worlds, patterns)."""
    ordered = np.sort(implausibilities, axis=1)
    passed: Flags = (ordered[:, -1] < declared.largest) & (ordered[:, -2] < declared.second)
    return passed


def implausibility(
    theatre: Theatre,
    declared: PatternsFile,
    points: Points,
    errors: list[str],
    *,
    replicates: int | Integers,
    seed: int,
    workers: int = 1,
) -> Floats:
    """How far worlds are from each pattern, in standard deviations: (worlds, patterns).

    The replicates are so many, or their numbers, each world's own, (worlds, replicates).
    NaN, which nothing allows, where a world cannot be computed; what happened there is added to `errors`.
    """
    if not len(next(iter(points.values()))):
        return np.empty((0, len(declared.patterns)))
    arm = Arm(theatre, load_scenario(ROOT, theatre.vocabulary))
    names = list(dict.fromkeys(name for pattern in declared.patterns for name in pattern.reads))
    months = theatre.calendar.record_ends - theatre.start + 1
    reads = []  # of each pattern its outcomes among those that are read, and its months among all
    for pattern in declared.patterns:
        steps = [parse_month(month) - theatre.start for month in pattern.months]
        reads.append((pattern, [names.index(name) for name in pattern.reads], steps))
    job = Job([arm], seed, replicates, partial(_moments, reads=reads), points, steps=range(months), outcomes=names)
    (moments,) = run_jobs([job], errors, workers=workers)
    mean, variance = np.moveaxis(moments, 2, 0)
    records = [(p.observed, p.error**2 + p.tolerated**2, p.read != CHANCE) for p in declared.patterns]
    observed, error, chance = (np.array(column, dtype=np.float64) for column in zip(*records, strict=True))
    distance: Floats = np.abs(mean - observed) / np.sqrt(error + variance * (chance + 1.0 / job.numbers.shape[-1]))
    return distance


def _statistic(run: Floats, pattern: Pattern, rows: Sequence[int], months: Sequence[int]) -> Floats:
    """The statistic of a pattern, (points, replicates), from runs of shape (points, months, outcomes, replicates)."""
    if pattern.read == SWITCHES:
        is_above = run[:, months[0] : months[1] + 1][:, :, rows] >= pattern.level
        switches: Floats = (is_above[:, 1:] != is_above[:, :-1]).sum(axis=(1, 2)).astype(np.float64)
        return switches
    mean: Floats = run[:, months][:, :, rows[0]].mean(axis=1)
    return mean


def _moments(runs: Sequence[Floats], *, reads: Sequence[tuple[Pattern, list[int], list[int]]]) -> Floats:
    """Mean and variance over replicates of what each pattern reads: (points, patterns, 2)."""
    values = np.stack([_statistic(runs[0], *read) for read in reads], axis=1)
    values[np.isnan(runs[0]).any(axis=(1, 2, 3))] = np.nan  # points that failed, of which a count would be 0
    moments: Floats = np.stack([values.mean(axis=2), values.var(axis=2, ddof=1)], axis=2)
    return moments


def narrowed(theatre: Theatre, worlds: Worlds) -> pd.DataFrame:
    """Which assumptions the record narrows.

    Returns:
        One row a parameter, the most narrowed first: `parameter`, `note`, `low` and `high` of its range, the 5, 50 and
        95 % quantiles of the worlds (`q05`, `q50`, `q95`), and `narrowed`, 1 less their spread over the range's.
    """
    specs = {spec.name: spec for spec in assumed(theatre)}
    cube = worlds.cube(len(worlds.numbers))
    values: dict[str, Any] = values_of([specs[name] for name in worlds.names], cube)
    rows = []
    for column, name in enumerate(worlds.names):
        spec = specs[name]
        spread = float(cube[:, column].std() * np.sqrt(12))
        q05, q50, q95 = np.quantile(values[name], [0.05, 0.5, 0.95]).tolist()
        rows.append((name, spec.note, spec.low, spec.high, q05, q50, q95, 1.0 - spread))
    table = pd.DataFrame(rows, columns=["parameter", "note", "low", "high", "q05", "q50", "q95", "narrowed"])
    return table.sort_values("narrowed", ascending=False, ignore_index=True)
