"""What a run does not record: ties between actors, and who holds each province, at chosen months.

A few replicates are played again, month by month, and read on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from influence_sim.analysis.decisions import first_day
from influence_sim.analysis.summary import differences
from influence_sim.base.months import Month
from influence_sim.base.values import ByValue
from influence_sim.model import read_fields
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


CHANGES = {"tie": "ties", "held_government": "control"}
"""Field whose paired difference is told, and in which table."""


@dataclass(frozen=True, eq=False)
class Snapshots(ByValue):
    """Means over replicates, one row an arm and month (`scenario`, `date`), and dyad or province.

    Of the scenario, if it was paired, also the mean paired difference with its 95 % interval (`diff`, `ci_low`,
    `ci_high`), of the tie or of the government's share; NaN of the baseline.
    """

    ties: pd.DataFrame  # of each directed dyad: who, towards, tie (-1 to 1)
    control: pd.DataFrame  # of each province: iso, name, and the shares by holder (`HOLDERS`), 1 in all
    replicates: int  # how many


def snapshots(request: RunRequest, months: Sequence[Month]) -> Snapshots:
    """Plays the first replicates of a run again, and looks at the ends of some of its months."""
    few, theatre, seen = min(REPLICATES, request.replicates), request.theatre, sorted(set(months))
    steps = [month - theatre.start for month in seen]
    played = [read_fields(arm, ["tie", *HOLDERS], seed=request.seed, replicates=range(few), steps=steps)
              for arm in request.arms]  # fmt: skip
    dyads = [(actor.name, other) for actor in theatre.actors for other in actor.ties]  # in the order of the state
    keys = {
        "ties": pd.DataFrame(dyads, columns=["who", "towards"]),
        "control": pd.DataFrame([(each.iso, each.name) for each in theatre.provinces], columns=["iso", "name"]),
    }
    found: dict[str, list[pd.DataFrame]] = {"ties": [], "control": []}
    for name, fields in zip(request.names, played, strict=True):
        paired = len(played) > 1 and fields is played[0]
        for row, month in enumerate(seen):
            means = {field: values[row].mean(axis=-1) for field, values in fields.items()}
            columns = {
                "ties": {"tie": means["tie"]},
                "control": {holder: means[field] for field, holder in HOLDERS.items()},
            }
            for field, table in CHANGES.items():
                gaps = fields[field][row] - played[-1][field][row]
                told = differences(gaps if paired else np.full_like(gaps, np.nan))
                columns[table] |= {column: told[column] for column in ("diff", "ci_low", "ci_high")}
            for table, values in columns.items():
                own = {column: numbers[: len(keys[table])] for column, numbers in values.items()}  # without spare rows
                found[table].append(keys[table].assign(scenario=name, date=first_day(month), **own))
    return Snapshots(pd.concat(found["ties"], ignore_index=True), pd.concat(found["control"], ignore_index=True), few)
