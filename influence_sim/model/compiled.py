"""The inner loops of the model, compiled by numba when they are first called.

There is one version of each: the compiled function keeps the Python that it was made from as `py_func`, and the tests
run whole models on that. Compilation must not change a bit, so nothing here allows it to reorder sums or to contract a
product and a sum. Exponentials stay numpy's, which has vector instructions for them on more machines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """A function of arrays and numbers whose loops run as machine code.

    The machine code is kept on disk, beside the module or in the user's cache folder, for the next process; where
    neither can be written, every process compiles anew.
    """
    try:
        return cast(F, numba.njit(cache=True, error_model="numpy")(function))  # 1 / 0 is infinite, as in numpy
    except RuntimeError:  # no folder to keep it in
        return cast(F, numba.njit(error_model="numpy")(function))


@compiled
def at(numbers: Floats, r: int) -> float:
    """The number of a replicate, where there is one for each, (R,), or one for all, (1,).

    Within a loop over replicates this costs nothing: the compiler makes one loop of either kind.
    """
    number: float = numbers[r] if len(numbers) > 1 else numbers[0]
    return number


@compiled
def clip(number: float) -> float:
    """A number brought into [0, 1]."""
    return min(max(number, 0.0), 1.0)


@compiled
def column_sum(rows: Floats) -> Floats:
    """The sum of some rows, (n, R), in their order: (R,)."""
    out = np.zeros(rows.shape[1])
    for n in range(len(rows)):
        row = rows[n]
        for r in range(len(out)):
            out[r] += row[r]
    return out


@compiled
def weighted_rows(values: Floats, rows: Rows, weights: Floats) -> Floats:
    """The weighted sum of some rows of values, in their order: (R,); the weights are (n, 1), or (n, R)."""
    out = np.zeros(values.shape[1])
    for n in range(len(rows)):
        row, weight = values[rows[n]], weights[n]
        for r in range(len(out)):
            out[r] += row[r] * at(weight, r)
    return out


@compiled
def raise_to(row: Floats, numbers: Floats) -> None:
    """Raises a row to some numbers where they are larger, both (R,)."""
    for r in range(len(row)):
        row[r] = max(row[r], numbers[r])


@compiled
def largest_row(out: Floats, values: Floats, rows: Rows) -> None:
    """Writes the largest of some rows of values, number by number, into `out`, (R,); the last may come again."""
    first = values[rows[0]]
    for r in range(len(out)):
        out[r] = first[r]
    for k in range(1, len(rows)):
        if rows[k] != rows[k - 1]:
            raise_to(out, values[rows[k]])
