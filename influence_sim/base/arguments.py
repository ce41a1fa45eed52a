"""What callers in Python may pass for what: numbers of numpy, times of pandas, one name where a list belongs.

`validated` reads the annotations of a function and turns what it is given into what they say: the one place in which
this is decided for all public functions and methods. Whatever else they find wrong it tells in the words of Python.
"""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from influence_sim.base.errors import InputError, Problem, wrong

P = ParamSpec("P")
R = TypeVar("R")
Reader = Callable[[Any], Any]
"""Turns a value into what is meant, or raises a `TypeError` whose words are the rule."""
MONTHS = ("month", "months", "dates")
"""Arguments whose texts are months."""
OPTION = re.compile(r"`[^`]*`|influence-sim .*|--([a-z][a-z-]*)(?: (none|trajectories)\b)?")
"""An option within a sentence, perhaps with its value; what stands in a command line is left alone."""
FLAGS = {"force", "resume", "together", "trust"}
"""Options that are True or False in Python."""


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
    """A name or a path, such as a result that was saved."""
    if not isinstance(value, str | PathLike):
        raise TypeError("must be text or a path")
    return str(value) if isinstance(value, str) else Path(value)


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


def number(value: Any) -> float:
    """A number, of Python or numpy."""
    try:
        if not isinstance(value, bool | str | bytes):
            return float(value)
    except (TypeError, ValueError):
        pass
    raise TypeError("must be a number")


def table_or_place(value: Any) -> Any:
    """A table of pandas, or where to read one: a name, a path, or a result in a folder."""
    if not hasattr(value, "columns"):
        place(value)
    return value


def one_that_has(attribute: str, rule: str) -> Reader:
    """Whatever can do what an object of another library can, told by one attribute."""

    def take(value: Any) -> Any:
        if not hasattr(value, attribute):
            raise TypeError(rule)
        return value

    return take


def share(value: Any) -> tuple[int, int]:
    """One of several shares: its number, and how many there are."""
    try:
        one, of = value
        return whole(one), whole(of)
    except (TypeError, ValueError):
        raise TypeError("must be two whole numbers: (share, shares)") from None


def factors(value: Any) -> Any:
    """The columns that were varied: their names, perhaps with ranges, or factors of a sweep."""
    try:
        if isinstance(value, Mapping):
            return {name: (number(low), number(high)) for name, (low, high) in value.items()}
        return [one if hasattr(one, "path") else text(one) for one in ([value] if isinstance(value, str) else value)]
    except (TypeError, ValueError):
        raise TypeError("must be names of columns, or names with ranges: {name: (low, high)}") from None


def any_of(rule: str, *readers: Reader) -> Reader:
    """What the first of some readers takes that takes it at all."""

    def take(value: Any) -> Any:
        for read in readers:
            with suppress(TypeError):
                return read(value)
        raise TypeError(rule)

    return take


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


def named(read: Reader) -> Reader:
    """Names, each with what `read` reads."""

    def take(value: Any) -> dict[str, Any]:
        found = {}
        for name, one in mapping(value).items():
            try:
                found[name] = read(one)
            except TypeError as error:
                raise TypeError(f"the value of {name} {error}") from None
        return found

    return take


place_or_mapping = any_of("must be text, a path, or names with values: {name: value}", place, mapping)
READERS: Mapping[str, Reader] = {
    "int": whole,
    "bool": flag,
    "str": text,
    "month": month,
    "Sequence[month]": several(month),
    "str | Path": place,
    "str | PathLike[str]": place,
    "Sequence[str]": several(text),
    "str | Iterable[str]": several(text),
    "Sequence[str | Path]": several(place),
    "Sequence[str | PathLike[str]]": several(place),
    "Sequence[int]": several(whole),
    "Progress | bool": any_of(
        "must be True, False or a function of what is done and the total", one_that_has("__call__", ""), flag
    ),
    "int | np.random.Generator": lambda value: value if hasattr(value, "bit_generator") else whole(value),
    "tuple[int, int]": share,
    "str | Mapping[str, Any]": place_or_mapping,
    "str | Path | Mapping[str, Any]": place_or_mapping,
    "Mapping[str, Range] | str": place_or_mapping,
    "Mapping[str, float]": named(number),
    "Mapping[str, float | str]": mapping,
    "Mapping[str, Sequence[str]]": named(several(text)),
    "Mapping[str, Sequence[float]]": named(several(number)),
    "Axes": one_that_has("get_xaxis", "must be Axes of matplotlib"),
    "Executor": one_that_has("submit", "must be an executor, as in concurrent.futures"),
    "Table": table_or_place,
    "Source": table_or_place,
    "Factors": factors,
}
"""What is taken for each annotation of an argument, `None` apart; what has another one the function itself looks at."""


def validated(function: Callable[P, R]) -> Callable[P, R]:
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
                    shown = str(value)
                    problems.append(wrong(name, f"<{type(value).__name__}>" if "\n" in shown else shown, str(error)))
        if problems:
            raise InputError(problems)
        try:
            return function(*bound.args, **bound.kwargs)
        except InputError as error:
            words = [in_python(problem, signature.parameters) for problem in error.problems]
            raise InputError(words, error.typed) from None

    return taking


def in_python(problem: Problem, parameters: Collection[str]) -> Problem:
    """A problem in the words of Python: `--months` is the argument `months`, `--against none` is `against=None`."""

    def argument(option: str) -> str:
        name = option.removeprefix("--").replace("-", "_")
        # An option is given several times, an argument once.
        return f"{name}s" if name not in parameters and f"{name}s" in parameters else name

    def said(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        name = argument(match[1])
        if match[2]:
            return f"{name}={None if match[2] == 'none' else repr(match[2])}"
        return f"{name}=True" if name in FLAGS else name

    path = argument(problem.path) if problem.path.startswith("--") else problem.path
    path = path.lower() if path.lower() in parameters else path  # `ACTOR` is what a command calls it
    return replace(problem, path=path, rule=OPTION.sub(said, problem.rule), hint=OPTION.sub(said, problem.hint))
