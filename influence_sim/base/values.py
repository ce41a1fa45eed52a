"""Results that are equal if their values are, tables and arrays included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from math import isfinite, isnan
from os import PathLike, fspath
from typing import Any


class ByValue:
    """A dataclass that compares field by field; pickled and read back, it equals the original."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Whether both have one type and equal fields."""
        return _same_fields(self, other) if type(self) is type(other) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # tables have none, either


def as_fields(instance: Any) -> dict[str, Any]:
    """The fields of a dataclass instance, not copied; to make an instance of another class from them."""
    return {field.name: getattr(instance, field.name) for field in fields(instance)}


def picked(source: object, *names: str) -> dict[str, Any]:
    """Some attributes of an object, by their names."""
    return {name: getattr(source, name) for name in names}


def for_json(value: Any) -> Any:
    """Plain data, dataclasses, tables, arrays and paths in the types of JSON; a number that it lacks becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    elif hasattr(value, "to_dict"):  # as pandas' tables have
        value = value.to_dict("records")
    elif hasattr(value, "tolist"):  # as numpy's arrays have
        value = value.tolist()
    elif isinstance(value, PathLike):
        value = fspath(value)
    if isinstance(value, Mapping):
        return {str(key): for_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_json(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal: tables and arrays by their contents, and NaN equals NaN."""
    if type(left) is not type(right) or hasattr(left, "equals"):  # as pandas' tables have
        return type(left) is type(right) and bool(left.equals(right))
    if hasattr(left, "dtype") and hasattr(left, "shape"):
        import numpy as np

        return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and same([*left.values()], [right[key] for key in left])
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(map(same, left, right))
    if is_dataclass(left) and type(left).__eq__ is object.__eq__:  # it has an identity; here only what it holds counts
        return _same_fields(left, right)
    return bool(left == right) or (isinstance(left, float) and isnan(left) and isnan(right))


def _same_fields(left: Any, right: Any) -> bool:
    compared = (field.name for field in fields(left) if field.compare)
    return all(same(getattr(left, name), getattr(right, name)) for name in compared)
