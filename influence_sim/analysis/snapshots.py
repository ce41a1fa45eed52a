"""What a run does not record: ties between actors, and who holds each province, at chosen months.

A few replicates are played again, month by month, and read on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from influence_sim.base.months import Month
from influence_sim.base.values import ByValue
from influence_sim.model import Arm, InfluenceModel
from influence_sim.runs.request import RunRequest
from influence_sim.theatre import START

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
    few = min(replicates, request.replicates)
    ties, control = [], []
    for name, arm in zip(request.names, request.arms, strict=True):
        for month, model in _played(arm, request.seed, few, set(months)):
            keys = {"scenario": name, "date": pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)}
            ties += [keys | row for row in _ties(model)]
            control += [keys | row for row in _control(model)]
    return Snapshots(pd.DataFrame(ties), pd.DataFrame(control), few)


def _played(arm: Arm, seed: int, replicates: int, months: set[Month]) -> Iterator[tuple[Month, InfluenceModel]]:
    """The model at the end of each of some months."""
    model = InfluenceModel(arm, rng=seed, replicates=np.arange(replicates, dtype=np.int64))
    while model.running and START + model.clock <= max(months):
        model.step()
        month = START + model.clock - 1
        if month in months:
            yield month, model


def _ties(model: InfluenceModel) -> Iterator[dict[str, object]]:
    means = model.state.tie[:, : len(model.replicates)].mean(axis=1)
    for (who, towards), row in model.world.tie_row.items():
        yield {"who": who, "towards": towards, "tie": float(means[row])}


def _control(model: InfluenceModel) -> Iterator[dict[str, object]]:
    from influence_sim.model.territory import wiring

    count = len(model.replicates)
    insurgents = model.state.taliban[:, :count].mean(axis=1)
    spoiler = np.zeros(len(insurgents))
    spoiler[wiring(model.world).daesh] = model.state.daesh[:, :count].mean(axis=1)
    for row, province in enumerate(model.arm.theatre.provinces):
        held = {"insurgents": float(insurgents[row]), "spoiler": float(spoiler[row])}
        yield {"iso": province.iso, "name": province.name, "government": 1.0 - sum(held.values()), **held}
