"""What an effect is when only some of its parts are on: many coalitions, on shared draws.

Rules, interests and mechanisms are parameters, so that coalitions of them are points of one arm. What a scenario fixes
takes an arm of its own for each set of its entries. The baseline is run under the same parameters, once for all of
these arms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from influence_sim.analysis.explain.entries import differing, mixed
from influence_sim.analysis.explain.parts import Part
from influence_sim.analysis.explain.shapley import once
from influence_sim.analysis.points import defaults_of
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.model import Arm
from influence_sim.runs.points import Job, records, whole
from influence_sim.runs.request import RunRequest


def effects(
    request: RunRequest, rows: Sequence[int], parts: Sequence[Part], numbers: Integers, members: Flags, **how: Any
) -> Floats:
    """The effect column by column, scenario minus baseline on the same draws, (outcomes, columns).

    Args:
        request: the run whose effect is asked for, of two arms.
        rows: of the outcomes that are read in its last month.
        parts: what may be on or off.
        numbers: the replicate of each column, (columns,).
        members: which parts are on there, (columns, parts).
        how: threads and progress, as for `run_points`.
    """
    _, against = request.scenarios
    differ = differing(request.scenario, against)
    changed = {name for arm in (request.scenario, against) for change in arm.changes for name in change.values}
    entry = np.array([part.entry is not None for part in parts], dtype=np.bool_)
    # parameters that a scenario changes at a date, which must not come back then
    dated = np.array([not changed.isdisjoint(part.off) for part in parts], dtype=np.bool_)
    # of columns that differ in entries alone the baseline is run once
    first, twin = once(numbers, members[:, ~entry])
    otherwise = defaults_of(request.theatre) | request.parameters
    sides = (np.arange(len(numbers)), entry | dated, differ), (first, dated, ())
    jobs, places = [], []
    for side, (columns, arm_hangs_on, entries) in enumerate(sides):
        examples, group = once(np.zeros_like(columns), members[columns][:, arm_hangs_on])
        for index, example in enumerate(examples):
            own = columns[group == index]
            off = [part for part, on in zip(parts, members[columns[example]], strict=True) if not on]
            gone, without = {part.entry for part in off}, {name for part in off for name in part.off}
            scenario = mixed(request.scenario, against, [item for item in entries if item not in gone], without)
            arm = Arm(request.theatre, scenario, request.months, request.parameters)
            points: dict[str, Floats] = {}  # the parameters of parts that are off anywhere
            for place, part in enumerate(parts):
                out = ~members[own, place]
                for name, value in part.off.items() if out.any() else ():
                    points.setdefault(name, np.full(len(own), otherwise[name]))[out] = value
            jobs.append(
                Job([arm], request.seed, numbers[own][:, None], records, points, steps=[arm.months - 1], rows=rows)
            )
            places.append((side, own))
    levels = np.full((2, len(rows), len(numbers)), np.nan)
    for (side, own), kept in zip(places, whole(jobs, **how), strict=True):
        levels[side][:, own] = kept[:, 0, :, 0].T
    effect: Floats = levels[0] - levels[1][:, first][:, twin]
    return effect
