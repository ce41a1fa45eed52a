"""Results that are equal if they hold the same, tables and arrays included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isnan
from typing import Any


class ByValue:
    """A dataclass that compares field by field; pickled and read back, it equals what it was."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Whether both are of one kind and hold the same."""
        if type(self) is not type(other):
            return NotImplemented
        compared = (field.name for field in fields(self) if field.compare)  # type: ignore[arg-type]  # see above
        return all(same(getattr(self, name), getattr(other, name)) for name in compared)

    __hash__ = None  # type: ignore[assignment]  # tables have none, either


def same(one: Any, other: Any) -> bool:
    """Whether two values hold the same: tables and arrays by what is in them, NaN like NaN."""
    if type(one) is not type(other):
        return False
    if hasattr(one, "equals"):  # of pandas
        return bool(one.equals(other))
    if hasattr(one, "dtype") and hasattr(one, "shape"):
        import numpy as np

        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (isinstance(one, float) and isnan(one) and isnan(other))
