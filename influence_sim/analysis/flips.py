"""Which parameters decide whether a claim holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.analysis.bench import Worlds
from influence_sim.analysis.priors import standard_ranks
from influence_sim.base.numbers import Floats
from influence_sim.theatre import ParameterSpec

NAMED = 3
"""At most so many parameters are named."""
LEVEL = 0.95
PERMUTATIONS = 1000
SEVERAL = 0.02
"""Least part of the worlds in which a test holds, and in which it fails, for asking what flips it."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A parameter that goes with whether a test holds.

    Attributes:
        name: of the parameter.
        rho: rank correlation of its value with holding.
        high: share of worlds in which the test holds where the parameter is in the upper third of its range.
        low: the same for the lower third.
        alone: whether moving it alone to one end of its range flips the test at the defaults.
    """

    name: str
    rho: float
    high: float
    low: float
    alone: bool = False

    @property
    def words(self) -> str:
        """`holds where … is high (82 % against 31 %)`."""
        side = "high" if self.rho > 0 else "low"
        one, other = (self.high, self.low) if self.rho > 0 else (self.low, self.high)
        return f"{self.name} {side} ({100 * one:.0f} % against {100 * other:.0f} %)"


class Ranking:
    """The ranks of every parameter over a set of worlds, and shuffles to tell correlations from chance."""

    def __init__(self, cube: Floats, names: Sequence[str], seed: int) -> None:
        """Takes worlds as points of the unit cube, shape (worlds, parameters)."""
        self.cube, self.names = cube, list(names)
        self.ranked = standard_ranks(cube)
        rng = np.random.default_rng([seed, len(cube)])
        self.shuffles: NDArray[np.intp] = np.argsort(rng.random((PERMUTATIONS, len(cube))), axis=1)

    def correlations(self, values: Floats) -> tuple[Floats, float]:
        """Rank correlations of every parameter with `values`, and the largest that chance would give (95 %)."""
        target = standard_ranks(values[:, None])[:, 0]
        threshold = np.quantile(np.abs(target[self.shuffles] @ self.ranked).max(axis=1), LEVEL)
        rhos: Floats = target @ self.ranked
        return rhos, float(threshold)

    def strongest(self, values: Floats) -> str:
        """The parameter that `values` hang on most; "" if none stands out."""
        if np.ptp(values) <= 1e-12:
            return ""
        rhos, threshold = self.correlations(values)
        top = int(np.argmax(np.abs(rhos)))
        return self.names[top] if abs(rhos[top]) > threshold else ""

    def flips(self, holds: NDArray[np.bool_]) -> list[Flip]:
        """The parameters that go with holding beyond chance, the strongest first, at most `NAMED`."""
        if not SEVERAL <= holds.mean() <= 1 - SEVERAL:
            return []
        rhos, threshold = self.correlations(holds.astype(np.float64))
        order = np.argsort(-np.abs(rhos), kind="stable")[:NAMED]
        return [self._flip(int(k), rhos[k], holds) for k in order if abs(rhos[k]) > threshold]

    def _flip(self, column: int, rho: float, holds: NDArray[np.bool_]) -> Flip:
        third = self.cube[:, column] * 3
        return Flip(self.names[column], float(rho), float(holds[third >= 2].mean()), float(holds[third < 1].mean()))


def ends(specs: Mapping[str, ParameterSpec], flips: Sequence[Flip], holding: bool) -> Worlds:
    """Worlds that try to flip a test at the defaults: each parameter alone at the end against it, then all together.

    Args:
        specs: of all parameters.
        flips: the parameters to move.
        holding: whether the test holds at the defaults, so that parameters are to move where it fails.
    """
    rows = len(flips) + 1
    values = {flip.name: np.full(rows, specs[flip.name].default) for flip in flips}
    for row, flip in enumerate(flips):
        spec = specs[flip.name]
        values[flip.name][[row, -1]] = spec.low if (flip.rho > 0) == holding else spec.high
    return Worlds(values, rows)
