"""The values of the parameters in one arm: one number each, or one for each replicate."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.compiled import Rows, compiled
from influence_sim.theatre import ParameterSpec
from influence_sim.theatre.spec import Ref

Floats = NDArray[np.float64]


class Setting(NamedTuple):
    """A number of a scenario or of the record: what the run gives under `path`, else `value`."""

    path: str
    value: float


class Parameters(dict[str, Floats]):
    """Parameter name -> array of shape (1,), or (R,) where replicates differ. Not to be changed once in use."""

    def __init__(self, values: Mapping[str, Floats]) -> None:
        """Takes the values; what is derived from them is kept beside them."""
        super().__init__(values)
        self._derived: dict[Hashable, Floats] = {}
        self._off: dict[str, bool] = {}

    def once(self, key: Hashable, derive: Callable[[], Floats]) -> Floats:
        """What `derive` makes of these parameters, computed at the first call only."""
        if key not in self._derived:
            self._derived[key] = derive()
        return self._derived[key]

    def off(self, name: str) -> bool:
        """Whether a parameter is 0 in every replicate, so that what it multiplies need not be computed."""
        if name not in self._off:
            self._off[name] = is_zero(self[name])
        return self._off[name]

    def ref(self, ref: Ref) -> Floats:
        """The array behind a name, or a constant as an array of shape (1,); not to be changed."""
        return self[ref] if isinstance(ref, str) else _constant(ref)

    def setting(self, setting: Setting) -> Floats:
        """What the run gives under its path, else its own value, (1,) or (R,)."""
        if setting.path in self:
            return self[setting.path]
        return _constant(setting.value)

    def stack(self, refs: Sequence[Ref]) -> Floats:
        """Several numbers as rows. Shape (n, 1), or (n, R) as soon as one of them differs by replicate."""
        return rows([self.ref(ref) for ref in refs])

    def table(self, names: tuple[str, ...], width: int) -> Floats:
        """Some parameters as rows with a number for every replicate, (n, R), which loops need not tell apart."""

        def spread() -> Floats:
            return np.array([np.broadcast_to(self[name], width) for name in names])

        return self.once(("table", names), spread)

    def sum_of(self, refs: Sequence[Ref]) -> Floats:
        """The sum of some numbers, (1,) or (R,); 0 of none."""
        return self.ref(refs[0]) if len(refs) == 1 else sum(map(self.ref, refs), start=_constant(0.0))

    def changed(self, values: Mapping[str, float]) -> Parameters:
        """A copy with some values replaced for all replicates."""
        return Parameters({**self, **{name: np.array([float(value)]) for name, value in values.items()}})


@lru_cache(maxsize=4096)
def _constant(number: float) -> Floats:
    out = np.array([float(number)])
    out.flags.writeable = False
    return out


def defaults(specs: Iterable[ParameterSpec]) -> Parameters:
    """Every parameter at its default."""
    return Parameters({spec.name: np.array([spec.default]) for spec in specs})


def rows(arrays: Sequence[Floats]) -> Floats:
    """Stacks arrays of shape (1,) or (R,) into one of shape (n, 1) or (n, R)."""
    width = max(map(len, arrays), default=1)
    if width == 1 and arrays:
        return np.concatenate(arrays).reshape(-1, 1)
    out = np.empty((len(arrays), width))
    for row, array in zip(out, arrays, strict=True):
        row[:] = array
    return out


def weighted(weights: Floats, values: Floats) -> Floats:
    """Weighted sum over the first axis, in its order whatever R >= 2 is.

    Args:
        weights: shape (n, 1), or (n, R) where they differ by replicate.
        values: shape (n, R).

    Returns:
        Shape (R,).
    """
    # einsum without optimisation multiplies and adds row by row in C; BLAS would choose an order by shape
    alike = weights.shape[1] == 1
    out: Floats = np.einsum("nr,n->r", values, weights[:, 0]) if alike else np.einsum("nr,nr->r", values, weights)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Weighting:
    """Several weighted sums of the same signals, most of whose weights are 0; only the others are kept, sum by sum.

    Few weights differ by replicate in a sweep; those that do are kept for every replicate.

    Attributes:
        first: where the weights of each sum begin, and at the end their number, (sums + 1,).
        signal: the signal that each of these weights belongs to, (w,).
        weight: the weights, as they are in the first replicate, (w,).
        row: for a weight that differs by replicate its row in `differing`, else -1, (w,).
        differing: the weights that differ by replicate, (m, R).
    """

    first: Rows
    signal: Rows
    weight: Floats
    row: Rows
    differing: Floats

    @classmethod
    def of(cls, parts: Sequence[Floats], sums: int) -> Weighting:
        """Takes for each signal its weights in all sums, (sums, 1 or R)."""
        width = max((part.shape[1] for part in parts), default=1)
        weights, differs = np.empty((sums, len(parts))), np.zeros((sums, len(parts)), dtype=bool)
        for k, part in enumerate(parts):
            weights[:, k] = part[:, 0]
            if part.shape[1] > 1:
                differs[:, k] = (part != part[:, :1]).any(axis=1)
        sum_of, signal = np.nonzero((weights != 0.0) | differs)
        apart = differs[sum_of, signal]
        differing = np.empty((int(apart.sum()), width))
        for out, e in zip(differing, np.flatnonzero(apart), strict=True):
            out[:] = parts[signal[e]][sum_of[e]]
        return cls(
            first=np.searchsorted(sum_of, np.arange(sums + 1)),
            signal=signal,
            weight=weights[sum_of, signal],
            row=np.where(apart, np.cumsum(apart) - 1, -1),
            differing=differing,
        )


@compiled
def sum_into(
    out: Floats, rows: Rows, signals: Floats, first: Rows, signal: Rows, weight: Floats, row: Rows, differing: Floats
) -> None:
    """Writes the sums of a `Weighting` of signals, (signals, R), into rows of `out`, each in the signals' order."""
    for n in range(len(rows)):
        total = out[rows[n]]
        for r in range(len(total)):
            total[r] = 0.0
        for e in range(first[n], first[n + 1]):
            values = signals[signal[e]]
            if row[e] < 0:
                alike = weight[e]
                for r in range(len(total)):
                    total[r] += alike * values[r]
            else:
                own = differing[row[e]]
                for r in range(len(total)):
                    total[r] += own[r] * values[r]


def total(values: Floats) -> Floats:
    """Sum over the first axis, in its order whatever the shape: `sum` takes another order for a single column."""
    out: Floats = np.add.accumulate(values, axis=0)[-1] if len(values) else np.zeros(1)
    return out


def normalised(weights: Floats) -> Floats:
    """Weights divided by their sum over the first axis; all 0 where they sum to 0."""
    out: Floats = weights / np.maximum(total(weights), 1e-12)
    return out


def is_zero(value: Floats) -> bool:
    """Whether a number is 0 in every replicate."""
    return not value.any()
