"""What callers in Python may pass for what: numbers of numpy, times of pandas, one name where a list belongs.

`takes` reads the annotations of a function and turns what it is given into what they say: the one place in which this
is decided for all public functions and methods.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from os import PathLike
from typing import Any, ParamSpec, TypeVar

from influence_sim.base.errors import InputError, wrong

P = ParamSpec("P")
R = TypeVar("R")
Reader = Callable[[Any], Any]
"""Turns a value into what is meant, or raises a `TypeError` whose words are the rule."""
MONTHS = ("month", "months", "dates")
"""Arguments whose texts are months."""


def whole(value: Any) -> int:
    """A whole number, of Python or numpy."""
    if isinstance(value, bool):
        raise TypeError("must be a whole number, not True or False")
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError("must be a whole number") from None


def flag(value: Any) -> bool:
    """True or False, of Python or numpy."""
    if isinstance(value, bool):
        return value
    if getattr(getattr(value, "dtype", None), "kind", "") == "b" and getattr(value, "ndim", 1) == 0:
        return bool(value)
    raise TypeError("must be True or False")


def text(value: Any) -> str:
    """A text, such as a name."""
    if not isinstance(value, str):
        raise TypeError("must be text")
    return str(value)


def place(value: Any) -> Any:
    """A name or a path."""
    if not isinstance(value, str | PathLike):
        raise TypeError("must be text or a path")
    return str(value) if isinstance(value, str) else value


def month(value: Any) -> str:
    """A month, from `2018-01`, a date or a time of Python, pandas or numpy, or a period."""
    if isinstance(value, str):
        return str(value)
    if isinstance(getattr(value, "year", None), int):
        return f"{value.year:04d}-{value.month:02d}"
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        return str(value)[:7]
    raise TypeError("must be a month: '2018-01', a date or a time")


def mapping(value: Any) -> Any:
    """Names with values, of a dict or a series."""
    if isinstance(value, Mapping):
        return value
    try:
        return dict(value.items())
    except (AttributeError, TypeError, ValueError):
        raise TypeError("must be names with values: {name: value}") from None


def listener(value: Any) -> Any:
    """Who is told of progress."""
    if callable(value):
        return value
    try:
        return flag(value)
    except TypeError:
        raise TypeError("must be True, False or a function of what is done and the total") from None


def several(read: Reader) -> Reader:
    """A list of what `read` reads, or one of them."""

    def take(value: Any) -> list[Any]:
        try:
            return [read(value)]
        except TypeError as error:
            if not isinstance(value, Iterable) or isinstance(value, bytes | str):
                raise TypeError(f"must be a list; each of it {error}") from None
        return [read(item) for item in value]

    return take


READERS: Mapping[str, Reader] = {
    "int": whole,
    "bool": flag,
    "str": text,
    "month": month,
    "Sequence[month]": several(month),
    "str | Path": place,
    "Sequence[str]": several(text),
    "str | Iterable[str]": several(text),
    "Sequence[str | Path]": several(place),
    "Sequence[int]": several(whole),
    "Progress | bool": listener,
    "Mapping[str, float]": mapping,
    "Mapping[str, float | str]": mapping,
    "Mapping[str, Sequence[str]]": mapping,
    "Mapping[str, Sequence[float]]": mapping,
}
"""What is taken for each annotation of an argument, `None` apart; what has another one the function itself looks at."""


def takes(function: Callable[P, R]) -> Callable[P, R]:
    """Lets a function take all that means what its annotations say; the rest is an `InputError` that names it."""
    signature = inspect.signature(function)
    readers: dict[str, tuple[Reader, bool]] = {}
    for name, one in signature.parameters.items():
        parts = str(one.annotation).split(" | ")
        kind = " | ".join(part for part in parts if part not in {"None", "EllipsisType"})
        kind = kind.replace("str", "month") if name in MONTHS else kind
        if kind in READERS:
            readers[name] = READERS[kind], "None" in parts

    @wraps(function)
    def taking(*args: P.args, **more: P.kwargs) -> R:
        bound, problems = signature.bind(*args, **more), []
        for name, (read, optional) in readers.items():
            value = bound.arguments.get(name, ...)
            if value is not ... and not (value is None and optional):
                try:
                    bound.arguments[name] = read(value)
                except TypeError as error:
                    problems.append(wrong(name, value, str(error)))
        if problems:
            raise InputError(problems)
        return function(*bound.args, **bound.kwargs)

    return taking
