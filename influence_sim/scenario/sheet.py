"""One file a user wrote, with as much of it as is readable and every problem of its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.scenario.compose import MAX_PROBLEMS, KeyPath
from influence_sim.scenario.reader import Document
from influence_sim.scenario.schema import SECTIONS, Part, Scenario

_TYPES = {"string": "text", "float": "a number", "int": "a whole number", "tuple": "a list: [a, b]"}
_RULES = {
    **{f"{name}_type": f"must be {words}" for name, words in _TYPES.items()},
    "dict_type": "must be keys with values: {{key: value}}",
    "model_type": "must be keys with values: {{key: value}}",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_pattern_mismatch": "must be lower-case letters, digits and _, beginning with a letter",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",
    "value_error": "{error}",
}

_KINDS = {
    str: "text",
    bool: "true or false",
    dict: "keys with values",
    list: "a list",
    type(None): "nothing",
}


P = TypeVar("P", bound=Part)


class Form(Generic[P]):
    """A file's readable parts.

    Attributes:
        root: the model of the whole file.
        sections: the models of the parts under its keys.
        document: the file as read.
        whole: the file as `root`, or None if its shape is wrong anywhere.
        problems: what is wrong with its shape.
    """

    root: ClassVar[type[Part]]
    sections: ClassVar[Mapping[str | int, type[Part]]]

    def __init__(self, document: Document) -> None:
        """Checks the shape of `document`."""
        self.document = document
        self.whole: P | None = None
        self.problems: list[Problem] = []
        self._spoiled: set[KeyPath] = set()
        try:
            self.whole = self.root.model_validate(document.data)  # type: ignore[assignment]
        except ValidationError as error:
            self._take(error)

    def get(self, *path: str | int) -> Any:
        """The value at `path`, or None if it is absent or of the wrong shape."""
        node: Any = None if self.spoiled(*path) else self.document.data
        for part in path:
            if not _holds(node, part):
                return None
            node = node[part]
        return node

    def says(self, key: str) -> bool:
        """Whether the file has this key at its top, whatever its value."""
        return _holds(self.document.data, key)

    def spoiled(self, *path: str | int) -> bool:
        """Whether what stands at `path`, or anything around it, has the wrong shape."""
        return any(path[:depth] in self._spoiled for depth in range(len(path) + 1))

    def items(self, *path: str | int) -> Iterator[KeyPath]:
        """The paths of a list's readable items."""
        places = ((*path, index) for index in range(len(self.get(*path) or ())))
        return (place for place in places if not self.spoiled(*place))

    def pairs(self, *path: str | int) -> Iterator[tuple[str, Any]]:
        """The readable keys and values of a mapping."""
        for key in self.get(*path) or ():
            value = self.get(*path, key)
            if value is not None:
                yield key, value

    def problem(self, path: KeyPath, rule: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem with what stands at `path`, or with its key."""
        value = path[-1] if key else spelled(self.get(*path))
        return self.document.problem(path, value, rule, hint, key=key)

    def _take(self, error: ValidationError) -> None:
        details = error.errors(include_url=False)
        for detail in islice(details, MAX_PROBLEMS + 1):
            self.problems.append(self._reworded(detail))
        self._spoiled = {self.place(detail["loc"]) for detail in details}

    def place(self, loc: KeyPath) -> KeyPath:
        """The place in the file of what pydantic calls `loc`; for a wrong month it adds "[key]" to its value's."""
        return loc[:-1] if loc[:1] == ("conditions",) and len(loc) == 4 else loc

    def _reworded(self, detail: ErrorDetails) -> Problem:
        path, kind = self.place(detail["loc"]), detail["type"]
        if kind in ("missing", "extra_forbidden"):
            return self._key_problem(path, missing=kind == "missing")
        rule = _RULES[kind].format(**detail.get("ctx", {})) if kind in _RULES else detail["msg"]
        if kind.endswith("_type"):
            rule += _found(detail["input"])
        return self.document.problem(path, spelled(detail["input"]), rule, key=len(path) != len(detail["loc"]))

    def _key_problem(self, path: KeyPath, *, missing: bool) -> Problem:
        part = self.sections.get(path[0], self.root) if len(path) > 1 else self.root
        if missing:
            return self.document.problem(path, path[-1], f"this key is missing here; required: {_required(part)}")
        known = _known(part)
        hint = did_you_mean(str(path[-1]), known) or f"known here: {', '.join(known)}"
        return self.document.problem(path, path[-1], "not a known key", hint, key=True)


class Sheet(Form[Scenario]):
    """A scenario file's readable parts."""

    root = Scenario
    sections = SECTIONS

    @property
    def scenario(self) -> Scenario | None:
        """The whole, or None if its shape is wrong anywhere."""
        return self.whole


def raise_any(problems: Iterator[Problem]) -> None:
    """Raises what there is, at most `MAX_PROBLEMS` of them.

    Raises:
        InputError: there is a problem.
    """
    found = list(islice(problems, MAX_PROBLEMS + 1))
    if len(found) > MAX_PROBLEMS:
        more = Problem(found[0].path, None, None, "", f"more than {MAX_PROBLEMS} problems; only these shown")
        found = [*found[:MAX_PROBLEMS], more]
    if found:
        raise InputError(found)


def spelled(value: object) -> str:
    """A value as YAML spells it; "" for nothing and for whatever takes several lines."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _holds(node: Any, part: str | int) -> bool:
    if isinstance(part, str):
        return isinstance(node, dict) and part in node
    return isinstance(node, list) and part < len(node)


def _known(part: type[Part]) -> list[str]:
    return [field.alias or name for name, field in part.model_fields.items()]


def _required(part: type[Part]) -> str:
    fields = part.model_fields.items()
    return ", ".join(field.alias or name for name, field in fields if field.is_required())


def _found(value: object) -> str:
    return f", not {_KINDS.get(type(value), 'a number')}"
