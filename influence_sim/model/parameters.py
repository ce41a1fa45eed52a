"""The values of the parameters in one arm: one number each, or one for each replicate."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
        """The array behind a name, or a constant as an array of shape (1,)."""
        return self[ref] if isinstance(ref, str) else np.array([float(ref)])

    def setting(self, setting: Setting) -> float | Floats:
        """What the run gives under its path, (1,) or (R,), else its own value."""
        return self.get(setting.path, setting.value)

    def stack(self, refs: Sequence[Ref]) -> Floats:
        """Several numbers as rows. Shape (n, 1), or (n, R) as soon as one of them differs by replicate."""
        return rows([self.ref(ref) for ref in refs])

    def sum_of(self, refs: Sequence[Ref]) -> Floats:
        """The sum of some numbers, (1,) or (R,); 0 of none."""
        return self.ref(refs[0]) if len(refs) == 1 else sum(map(self.ref, refs), start=np.zeros(1))

    def changed(self, values: Mapping[str, float]) -> Parameters:
        """A copy with some values replaced for all replicates."""
        return Parameters({**self, **{name: np.array([float(value)]) for name, value in values.items()}})


def defaults(specs: Iterable[ParameterSpec]) -> Parameters:
    """Every parameter at its default."""
    return Parameters({spec.name: np.array([spec.default]) for spec in specs})


def rows(arrays: Sequence[Floats]) -> Floats:
    """Stacks arrays of shape (1,) or (R,) into one of shape (n, 1) or (n, R)."""
    width = max((len(array) for array in arrays), default=1)
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
    """Several weighted sums of the same signals.

    Few weights differ by replicate in a sweep, and those that do would be the largest numbers of all. So only the sums
    that they enter have weights for every replicate.

    Attributes:
        alike: the weights, as they are in the first replicate, (signals, sums).
        differing: the sums whose weights differ by replicate, (m,).
        own: the weights of these, (signals, m, R).
    """

    alike: Floats
    differing: NDArray[np.intp]
    own: Floats

    @classmethod
    def of(cls, parts: Sequence[Floats], sums: int) -> Weighting:
        """Takes for each signal its weights in all sums, (sums, 1 or R)."""
        width = max((part.shape[1] for part in parts), default=1)
        varied = [(part != part[:, :1]).any(axis=1) for part in parts if part.shape[1] > 1]
        differing = np.flatnonzero(np.any(varied, axis=0)) if varied else np.zeros(0, dtype=np.intp)
        alike, own = np.empty((len(parts), sums)), np.empty((len(parts), len(differing), width))
        for k, part in enumerate(parts):
            alike[k], own[k] = part[:, 0], part[differing]
        return cls(alike, differing, own)

    def sums(self, signals: Floats) -> Floats:
        """The sums, (sums, R), of signals, (signals, R): each in the order of the signals whatever R >= 2 is."""
        out: Floats = np.einsum("kn,kr->nr", self.alike, signals)
        if len(self.differing):
            out[self.differing] = np.einsum("knr,kr->nr", self.own, signals)
        return out


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
