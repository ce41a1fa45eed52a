"""What a run does not record: ties between actors, and who holds each province, at chosen months.

A few replicates are played again, month by month, and read on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from influence_sim.base.months import Month
from influence_sim.base.values import ByValue
from influence_sim.model import states
from influence_sim.runs.request import RunRequest
from influence_sim.theatre import Theatre

REPLICATES = 64
"""Enough for means that are drawn."""


@dataclass(frozen=True, eq=False)
class Snapshots(ByValue):
    """Means over replicates.

    Attributes:
        ties: one row an arm, month and directed dyad: scenario, date, who, towards, tie (-1 to 1).
        control: one row an arm, month and province: scenario, date, iso, name, and the shares of `government`,
            `insurgents` and `spoiler`, which add up to 1.
        replicates: how many.
    """

    ties: pd.DataFrame
    control: pd.DataFrame
    replicates: int


def snapshots(request: RunRequest, months: Sequence[Month], replicates: int = REPLICATES) -> Snapshots:
    """Plays the first replicates of a run again, and looks at some months.

    Args:
        request: the run.
        months: in which to look, at their ends.
        replicates: how many to play, at most as many as the run has.
    """
    few, start = min(replicates, request.replicates), request.theatre.start
    seen = sorted(month for month in set(months) if start <= month < start + request.months)
    ties, control = [], []
    for name, arm in zip(request.names, request.arms, strict=True):
        played = states(arm, seed=request.seed, replicates=range(few), steps=[month - start for month in seen])
        for month, then in zip(seen, played, strict=True):
            keys = {"scenario": name, "date": pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)}
            ties += [keys | row for row in _ties(arm.theatre, then)]
            control += [keys | row for row in _control(arm.theatre, then)]
    return Snapshots(pd.DataFrame(ties), pd.DataFrame(control), few)


def _ties(theatre: Theatre, states_then: Any) -> Iterator[dict[str, object]]:
    """The mean of each tie over replicates; ties come actor by actor, as in the theatre."""
    dyads = [(actor.name, other) for actor in theatre.actors for other in actor.ties]
    for (who, towards), tie in zip(dyads, states_then["tie"].mean(axis=0), strict=False):
        yield {"who": who, "towards": towards, "tie": float(tie)}


def _control(theatre: Theatre, states_then: Any) -> Iterator[dict[str, object]]:
    """The mean hold of the three sides on each province, over replicates."""
    sides = states_then["insurgent"].mean(axis=0), states_then["spoiler"].mean(axis=0)
    for province, insurgents, spoiler in zip(theatre.provinces, *sides, strict=False):
        held = {"insurgents": float(insurgents), "spoiler": float(spoiler)}
        yield {"iso": province.iso, "name": province.name, "government": 1.0 - sum(held.values()), **held}
