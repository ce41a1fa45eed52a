"""Which parameters decide whether a claim holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from influence_sim.base.numbers import Flags
from influence_sim.base.statistics import RankTest
from influence_sim.theatre import ParameterSpec

NAMED = 3
"""At most so many parameters are named."""
SEVERAL = 0.02
"""Least part of the worlds in which a test holds, and in which it fails, for asking what flips it."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A parameter that goes with whether a test holds, and the rank correlation of its value with holding, `rho`.

    The test holds in a share of worlds, `high`, where it is in the upper third of its range, and `low` in the lower.
    Some flip the test at the defaults when they `alone` move to one end of their range.
    """

    name: str
    rho: float
    high: float
    low: float
    alone: bool = False

    @property
    def words(self) -> str:
        """`… high (82 % against 31 %)`: where the test holds."""
        side, one, other = ("high", self.high, self.low) if self.rho > 0 else ("low", self.low, self.high)
        return f"{self.name} {side} ({100 * one:.0f} % against {100 * other:.0f} %)"


def find_flips(ranks: RankTest, holds: Flags) -> list[Flip]:
    """The parameters that go with holding, (worlds,), beyond chance; the strongest first, at most `NAMED`."""
    if not SEVERAL <= holds.mean() <= 1 - SEVERAL:
        return []
    rhos, threshold = ranks.correlations(holds.astype(np.float64))
    found = []
    for column in np.argsort(-np.abs(rhos), kind="stable")[:NAMED]:
        if abs(rhos[column]) > threshold:
            third = ranks.columns[:, column] * 3
            high, low = float(holds[third >= 2].mean()), float(holds[third < 1].mean())
            found.append(Flip(ranks.names[column], float(rhos[column]), high, low))
    return found


def at_ends(specs: Mapping[str, ParameterSpec], flips: Sequence[Flip], holding: bool) -> list[dict[str, float]]:
    """Settings that try to flip a test at the defaults: each parameter alone at the end against it, then all together.

    Where the test holds at the defaults, parameters move to where it fails, and the other way round.
    """
    low = {flip.name: (flip.rho > 0) == holding for flip in flips}
    ends = {name: specs[name].low if down else specs[name].high for name, down in low.items()}
    return [*({name: end} for name, end in ends.items()), ends]
