"""What a run does not record: ties between actors, and who holds each province, at chosen months.

A few replicates are played again, month by month, and read on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from influence_sim.base.months import Month
from influence_sim.base.values import ByValue
from influence_sim.model import states
from influence_sim.runs.request import RunRequest

REPLICATES = 64
"""At most so many are played again: enough for means that are drawn."""


@dataclass(frozen=True, eq=False)
class Snapshots(ByValue):
    """Means over replicates, one row an arm and month (`scenario`, `date`), and dyad or province."""

    ties: pd.DataFrame  # of each directed dyad: who, towards, tie (-1 to 1)
    control: pd.DataFrame  # of each province: iso, name, and the shares of government, insurgents and spoiler; 1 in all
    replicates: int  # how many


def snapshots(request: RunRequest, months: Sequence[Month]) -> Snapshots:
    """Plays the first replicates of a run again, and looks at the ends of some of its months."""
    few, theatre, seen = min(REPLICATES, request.replicates), request.theatre, sorted(set(months))
    dyads = [(actor.name, other) for actor in theatre.actors for other in actor.ties]  # in the order of the state
    ties, control = [], []
    for name, arm in zip(request.names, request.arms, strict=True):
        played = states(arm, seed=request.seed, replicates=range(few), steps=[month - theatre.start for month in seen])
        for month, then in zip(seen, played, strict=True):
            keys = {"scenario": name, "date": pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)}
            tie, insurgent, spoiler = (then[field].mean(axis=0).tolist() for field in ("tie", "insurgent", "spoiler"))
            for (who, towards), value in zip(dyads, tie, strict=False):
                ties.append({**keys, "who": who, "towards": towards, "tie": value})
            for place, i, s in zip(theatre.provinces, insurgent, spoiler, strict=False):
                held = {"government": 1.0 - (i + s), "insurgents": i, "spoiler": s}
                control.append({**keys, "iso": place.iso, "name": place.name, **held})
    return Snapshots(pd.DataFrame(ties), pd.DataFrame(control), few)
