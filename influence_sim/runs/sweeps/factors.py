"""What a sweep varies: a path into the model or the scenario, and the distribution of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LINEAR, LOG, TRIANGULAR = "linear", "log", "triangular"
INTERVENTIONS, CONDITIONS = "interventions.", "conditions."
"""How the paths begin that lead into the scenario instead of the parameters."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One varied number.

    Attributes:
        path: a parameter, `interventions.ACTOR.DO.TARGET`, or `conditions.NAME`.
        low: its smallest value; not used where there are choices.
        high: its largest value; likewise.
        scale: `linear`, `log` (the logarithm is uniform) or `triangular`.
        peak: the mode of the triangular distribution.
        choices: the values it takes, all equally likely, if not every number of a range.
        group: factors of one group move together in the designs `sobol_indices` and `morris`; empty for a
            group of its own.
    """

    path: str
    low: float
    high: float
    scale: str = LINEAR
    peak: float | None = None
    choices: tuple[float, ...] = ()
    group: str = ""

    @property
    def of_scenario(self) -> bool:
        """Whether it is a number of the scenario's own, which its baseline does not have."""
        return self.path.startswith((INTERVENTIONS, CONDITIONS))

    @property
    def label(self) -> str:
        """The group it moves with, or its path."""
        return self.group or self.path

    def values_at(self, unit: Floats) -> Floats:
        """Its quantiles: values at points of the unit interval, ends included; any shape, kept."""
        if self.choices:
            count = len(self.choices)
            return np.array(self.choices)[np.minimum((unit * count).astype(np.int64), count - 1)]
        values = self._log(unit) if self.scale == LOG else self._linear(self._triangle(unit))
        return np.clip(values, self.low, self.high)

    def _log(self, unit: Floats) -> Floats:
        low, high = np.log([self.low, self.high])
        out: Floats = np.exp(low + (high - low) * unit)
        return out

    def _linear(self, unit: Floats) -> Floats:
        return self.low + (self.high - self.low) * unit

    def _triangle(self, unit: Floats) -> Floats:
        """Quantiles of the distribution on 0 to 1; of the uniform one they are the points themselves."""
        if self.scale != TRIANGULAR:
            return unit
        peak = (self._mode() - self.low) / (self.high - self.low)
        return np.where(unit < peak, np.sqrt(unit * peak), 1 - sqrt(1 - peak) * np.sqrt(1 - unit))

    def _mode(self) -> float:
        return (self.low + self.high) / 2 if self.peak is None else self.peak


def group_names(factors: Sequence[Factor]) -> tuple[str, ...]:
    """What moves by itself, in the order of the factors: groups, and the paths of factors without one."""
    return tuple(dict.fromkeys(factor.label for factor in factors))
