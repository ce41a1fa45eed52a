"""Results that are equal if they hold the same, tables and arrays included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isnan
from typing import Any


class ByValue:
    """A dataclass that compares field by field; pickled and read back, it equals what it was."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Whether both are of one kind and hold the same."""
        return _same_fields(self, other) if type(self) is type(other) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # tables have none, either


def as_fields(found: Any) -> dict[str, Any]:
    """What a dataclass holds, field by field, as it is; to make a dataclass of another kind of it."""
    return {field.name: getattr(found, field.name) for field in fields(found)}


def picked(source: object, *names: str) -> dict[str, Any]:
    """Some attributes of an object, by their names."""
    return {name: getattr(source, name) for name in names}


def same(one: Any, other: Any) -> bool:
    """Whether two values hold the same: tables and arrays by what is in them, NaN like NaN."""
    if type(one) is not type(other) or hasattr(one, "equals"):  # as pandas' tables have
        return type(one) is type(other) and bool(one.equals(other))
    if hasattr(one, "dtype") and hasattr(one, "shape"):
        import numpy as np

        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and same([*one.values()], [other[key] for key in one])
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one) and type(one).__eq__ is object.__eq__:  # it has an identity; here only what it holds counts
        return _same_fields(one, other)
    return bool(one == other) or (isinstance(one, float) and isnan(one) and isnan(other))


def _same_fields(one: Any, other: Any) -> bool:
    compared = (field.name for field in fields(one) if field.compare)
    return all(same(getattr(one, name), getattr(other, name)) for name in compared)
