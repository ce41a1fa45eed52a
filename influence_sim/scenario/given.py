"""What is given in words of a program or on a command line, in place of a file or of a part of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from os import PathLike, fspath
from typing import Any

from influence_sim.base.errors import Problem
from influence_sim.scenario.compose import KeyPath
from influence_sim.scenario.reader import Document

Names = Mapping[KeyPath, str]


@dataclass(frozen=True, slots=True)
class Given(Document):
    """A document some or all of whose parts stand in no file; their problems are placed by what the user called them.

    Attributes:
        names: what the parts that stand in no file are called; what is not named is called by its keys.
    """

    names: Names = field(default_factory=dict)

    def problem(self, path: KeyPath, value: object, rule: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem at the part `path`."""
        named = next((path[:depth] for depth in range(len(path), 0, -1) if path[:depth] in self.names), None)
        if named is None and self.values:
            return super(Given, self).problem(path, value, rule, hint, key=key)
        name = spelled_path(path) if named is None else self.names[named]
        return Problem(name or self.name, None, None, str(value), rule, hint)


def spelled_path(path: KeyPath) -> str:
    """A path of keys and indices as Python would write it: `vary.tie.strength[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def given(data: Mapping[Any, Any], name: str, names: Names | None = None) -> Given:
    """Data as a document whose errors call it `name`, and its parts by `names`."""
    return Given(name, plain(data), {}, {}, names or {})


def changed(document: Document, changes: Mapping[KeyPath, Any], names: Names) -> Document:
    """A document with some parts replaced, whose problems are then placed by `names`, or by their keys."""
    if not changes or not isinstance(document.data, dict):
        return document
    data = document.data
    for path, value in changes.items():
        data = with_value(data, path, plain(value))
    called = {path: spelled_path(path) for path in changes}
    called |= {path: name for path, name in names.items() if any(path[: len(change)] == change for change in changes)}
    return Given(document.name, data, document.values, document.keys, called)


def plain(value: Any) -> Any:
    """The same data in the types that reading a file gives."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    return [plain(item) for item in value] if isinstance(value, Iterable) else value


def with_value(data: Any, path: KeyPath, value: Any) -> Any:
    """A copy of nested keys with one value replaced; what is no mapping stays as it is."""
    if not path:
        return value
    if not isinstance(data, dict):
        return data
    first, *rest = path
    return {**data, first: with_value(data.get(first, {}), tuple(rest), value)}
