"""What a run does not record: ties between actors, and who holds each province, at chosen months.

A few replicates are played again, month by month, and read on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from influence_sim.analysis.decisions import first_day
from influence_sim.base.months import Month
from influence_sim.base.values import ByValue
from influence_sim.model import read_fields
from influence_sim.runs.points import aside
from influence_sim.runs.request import RunRequest

REPLICATES = 64
"""At most so many are played again: enough for means that are drawn."""
HOLDERS = {
    "held_government": "government",
    "held_contested": "contested",
    "held_insurgent": "insurgents",
    "spoiler": "spoiler",
}
"""Field of the state -> the column that says who holds a share of a province."""


@dataclass(frozen=True, eq=False)
class Snapshots(ByValue):
    """Means over replicates, one row an arm and month (`scenario`, `date`), and dyad or province."""

    ties: pd.DataFrame  # of each directed dyad: who, towards, tie (-1 to 1)
    control: pd.DataFrame  # of each province: iso, name, and the shares by holder (`HOLDERS`), 1 in all
    replicates: int  # how many


def snapshots(request: RunRequest, months: Sequence[Month]) -> Snapshots:
    """Plays the first replicates of a run again, and looks at the ends of some of its months."""
    few, theatre, seen = min(REPLICATES, request.replicates), request.theatre, sorted(set(months))
    dyads = [(actor.name, other) for actor in theatre.actors for other in actor.ties]  # in the order of the state
    ties, control = [], []
    for name, arm in zip(request.names, request.arms, strict=True):
        steps = [month - theatre.start for month in seen]
        played = aside(read_fields, arm, ["tie", *HOLDERS], seed=request.seed, replicates=range(few), steps=steps)
        means = {field: values.mean(axis=-1) for field, values in played.items()}
        for step, month in enumerate(seen):
            keys = {"scenario": name, "date": first_day(month)}
            for (who, towards), value in zip(dyads, means["tie"][step].tolist(), strict=False):
                ties.append({**keys, "who": who, "towards": towards, "tie": value})
            for row, province in enumerate(theatre.provinces):
                held = {holder: float(means[field][step, row]) for field, holder in HOLDERS.items()}
                control.append({**keys, "iso": province.iso, "name": province.name, **held})
    return Snapshots(pd.DataFrame(ties), pd.DataFrame(control), few)
