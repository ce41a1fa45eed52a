"""What callers in Python may pass: numbers of numpy, times of pandas, one name where a list belongs.

`validated` reads the annotations of a function and converts its arguments accordingly, for all public functions and
methods. The errors that these raise themselves it rewords for callers in Python.
"""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from os import PathLike, fspath
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from influence_sim.base.errors import InputError, Problem, raise_any, wrong

P = ParamSpec("P")
R = TypeVar("R")
Reader = Callable[[Any], Any]
"""Converts a value, or raises a `TypeError` whose message is the rule."""
MONTHS = ("month", "months", "dates")
"""Arguments whose texts are months."""
MOST_WORKERS = 1_024
"""Threads; more than the processors of any one machine only cost memory."""
OPTION = re.compile(r"`[^`]*`|influence-sim .*|--([a-z][a-z-]*)(?: (none|trajectories)\b)?")
"""An option within a sentence, perhaps with its value; command lines are left alone."""
METAVARS = {"ACTOR": "actor", "ID": "claims"}
"""Arguments by what commands call them."""
FLAGS = {"force", "resume", "together", "trust"}
"""Options that are True or False in Python."""


def integer(value: Any) -> int:
    """A whole number, of Python or numpy."""
    if isinstance(value, bool):
        raise TypeError("must be a whole number, not True or False")
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError("must be a whole number") from None


def threads(value: Any) -> int:
    """A number of threads."""
    count = integer(value)
    if not 1 <= count <= MOST_WORKERS:
        raise TypeError(f"must be a whole number from 1 to {MOST_WORKERS}")
    return count


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


def name_or_path(value: Any) -> Any:
    """A name or a path, such as a result that was saved."""
    if not isinstance(value, str | PathLike):
        raise TypeError("must be text or a path")
    # Asked first, since from Python 3.12 on Path has a message of its own for what cannot say where it lies.
    return str(value) if isinstance(value, str) else Path(fspath(value))


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
    """Names with values, from a dict or a series."""
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


def table_or_path(value: Any) -> Any:
    """A table of pandas, or where to read one: a name, a path, or a result in a folder."""
    if not hasattr(value, "columns"):
        name_or_path(value)
    return value


def having(attribute: str, rule: str) -> Reader:
    """A reader of objects of another library, recognised by one attribute."""

    def read_object(value: Any) -> Any:
        if not hasattr(value, attribute):
            raise TypeError(rule)
        return value

    return read_object


def share(value: Any) -> tuple[int, int]:
    """One of several shares: its number, and how many there are."""
    try:
        index, count = value
        return integer(index), integer(count)
    except (TypeError, ValueError):
        raise TypeError("must be two whole numbers: (share, shares)") from None


def factors(value: Any) -> Any:
    """The columns that were varied: their names, perhaps with ranges, or factors of a sweep."""
    try:
        if isinstance(value, Mapping):
            return {name: (number(low), number(high)) for name, (low, high) in value.items()}
        items = [value] if isinstance(value, str) else value
        return [item if hasattr(item, "path") else text(item) for item in items]
    except (TypeError, ValueError):
        raise TypeError("must be names of columns, or names with ranges: {name: (low, high)}") from None


def any_of(rule: str, *readers: Reader) -> Reader:
    """A reader that uses the first of several readers that accepts a value."""

    def read_any(value: Any) -> Any:
        for read in readers:
            with suppress(TypeError):
                return read(value)
        raise TypeError(rule)

    return read_any


def list_of(read: Reader) -> Reader:
    """A reader of lists of what `read` reads, or of a single one."""

    def read_list(value: Any) -> list[Any]:
        try:
            return [read(value)]
        except TypeError as error:
            if not isinstance(value, Iterable) or isinstance(value, bytes | str):
                raise TypeError(f"must be a list; each of it {error}") from None
        return [read(item) for item in value]

    return read_list


def mapping_of(read: Reader) -> Reader:
    """A reader of mappings from names to what `read` reads."""

    def read_mapping(value: Any) -> dict[str, Any]:
        values = {}
        for name, item in mapping(value).items():
            try:
                values[name] = read(item)
            except TypeError as error:
                raise TypeError(f"the value of {name} {error}") from None
        return values

    return read_mapping


path_or_mapping = any_of("must be text, a path, or names with values: {name: value}", name_or_path, mapping)
READERS: Mapping[str, Reader] = {
    "int": integer,
    "threads": threads,
    "bool": flag,
    "str": text,
    "month": month,
    "Sequence[month]": list_of(month),
    "str | Path": name_or_path,
    "str | PathLike[str]": name_or_path,
    "Sequence[str]": list_of(text),
    "str | Iterable[str]": list_of(text),
    "Sequence[str | Path]": list_of(name_or_path),
    "Sequence[str | PathLike[str]]": list_of(name_or_path),
    "Sequence[int]": list_of(integer),
    "Progress | bool": any_of(
        "must be True, False or a function of what is done and the total", having("__call__", ""), flag
    ),
    "int | np.random.Generator": lambda value: value if hasattr(value, "bit_generator") else integer(value),
    "tuple[int, int]": share,
    "str | Mapping[str, Any]": path_or_mapping,
    "str | Path | Mapping[str, Any]": path_or_mapping,
    "Mapping[str, Range] | str": path_or_mapping,
    "Mapping[str, float]": mapping_of(number),
    "Mapping[str, float | str]": mapping,
    "Mapping[str, Sequence[str]]": mapping_of(list_of(text)),
    "Mapping[str, Sequence[float]]": mapping_of(list_of(number)),
    "Axes": having("get_xaxis", "must be Axes of matplotlib"),
    "Executor": having("submit", "must be an executor, as in concurrent.futures"),
    "Table": table_or_path,
    "Source": table_or_path,
    "Factors": factors,
}
"""The reader for each annotation of an argument, `None` apart; arguments with others the function checks itself."""


def validated(function: Callable[P, R]) -> Callable[P, R]:
    """Converts a function's arguments as annotated; one that cannot be is an `InputError` that names it."""
    signature = inspect.signature(function)
    readers: dict[str, tuple[Reader, bool]] = {}
    for name, parameter in signature.parameters.items():
        parts = str(parameter.annotation).split(" | ")
        kind = " | ".join(part for part in parts if part not in {"None", "EllipsisType"})
        kind = kind.replace("str", "month") if name in MONTHS else kind
        kind = "threads" if name == "workers" else kind
        if kind in READERS:
            readers[name] = READERS[kind], "None" in parts

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # whose own error names the function
        problems = []
        for name, (read, optional) in readers.items():
            value = bound.arguments.get(name, ...)
            if value is not ... and not (value is None and optional):
                try:
                    bound.arguments[name] = read(value)
                except TypeError as error:
                    spelled = f"<{type(value).__name__}>" if "\n" in str(value) else str(value)
                    problems.append(wrong(name, spelled, str(error)))
        raise_any(problems)
        try:
            return function(*bound.args, **bound.kwargs)
        except InputError as error:
            problems = [in_python(problem, signature.parameters) for problem in error.problems]
            raise InputError(problems, error.typed) from None

    return wrapper


def in_python(problem: Problem, parameters: Collection[str]) -> Problem:
    """A problem in the words of Python: `--months` is the argument `months`, `--against none` is `against=None`."""

    def argument(option: str) -> str:
        name = option.removeprefix("--").replace("-", "_")
        # An option is given several times, an argument once.
        return f"{name}s" if name not in parameters and f"{name}s" in parameters else name

    def respell(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        name = argument(match[1])
        if match[2]:
            return f"{name}={None if match[2] == 'none' else repr(match[2])}"
        return f"{name}=True" if name in FLAGS else name

    path = argument(problem.path) if problem.path.startswith("--") else problem.path
    path = METAVARS.get(path, path)
    return replace(problem, path=path, rule=OPTION.sub(respell, problem.rule), hint=OPTION.sub(respell, problem.hint))
