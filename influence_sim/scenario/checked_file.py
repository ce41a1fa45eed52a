"""One file a user wrote, with as much of it as is readable, every problem of its shape, and the checks all share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.plain_data import KeyPath, spelled
from influence_sim.base.strict_yaml import MAX_PROBLEMS, Document
from influence_sim.scenario.schema import SLUG
from influence_sim.scenario.vocabulary import Bounds

_TYPES = {"string": "text", "float": "a number", "int": "a whole number", "bool": "true or false"}
_TYPES |= {"tuple": "a list: [a, b]", "list": "a list: [a, b]"}
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
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
_FOUND = {str: "text", bool: "true or false", dict: "keys with values", list: "a list", type(None): "nothing"}
MOST_LISTED = 8
"""Most names that a hint lists."""

P = TypeVar("P", bound=BaseModel)


class CheckedFile(Generic[P]):
    """A file's readable parts.

    Attributes:
        document: the file as read.
        root: the model of the whole file.
        sections: the models of the parts under its keys, for what is said of a wrong key in them.
        whole: the file as `root`, or None if its shape is wrong anywhere.
        problems: what is wrong with its shape.
    """

    def __init__(
        self, document: Document, root: type[P], sections: Mapping[str | int, type[BaseModel]] | None = None
    ) -> None:
        """Checks the shape of `document`."""
        self.document, self.root, self.sections = document, root, sections or {}
        self.whole: P | None = None
        self.problems: list[Problem] = []
        self._spoiled: set[KeyPath] = set()
        try:
            self.whole = root.model_validate(document.data)
        except ValidationError as error:
            details = error.errors(include_url=False)
            self.problems += [self._reworded(detail) for detail in islice(details, MAX_PROBLEMS + 1)]
            self._spoiled = {self.place(detail["loc"]) for detail in details}

    def required(self) -> P:
        """The whole file.

        Raises:
            InputError: its shape is wrong.
        """
        raise_any(self.problems)
        if self.whole is None:
            raise AssertionError("a file without problems is whole")
        return self.whole

    def get(self, *path: str | int) -> Any:
        """The value at `path`, or None if it is absent or of the wrong shape."""
        node: Any = None if self.spoiled(*path) else self.document.data
        for part in path:
            if isinstance(node, dict):
                node = node.get(part)
            elif isinstance(node, list) and isinstance(part, int) and part < len(node):
                node = node[part]
            else:
                return None
        return node

    def says(self, key: str) -> bool:
        """Whether the file has this key at its top, whatever its value."""
        return isinstance(self.document.data, dict) and key in self.document.data

    def spoiled(self, *path: str | int) -> bool:
        """Whether what stands at `path`, or anything around it, has the wrong shape."""
        return any(path[:depth] in self._spoiled for depth in range(len(path) + 1))

    def items(self, *path: str | int) -> Iterator[KeyPath]:
        """The paths of a list's readable items."""
        places = ((*path, index) for index in range(len(self.get(*path) or ())))
        return (place for place in places if not self.spoiled(*place))

    def problem(self, path: KeyPath, rule: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem with what stands at `path`, or with its key."""
        return self.document.problem(path, path[-1] if key else spelled(self.get(*path)), rule, hint, key=key)

    def place(self, loc: KeyPath) -> KeyPath:
        """The place in the file of what pydantic calls `loc`; for a wrong month it adds "[key]" to its value's."""
        return loc[:-1] if loc[:1] == ("conditions",) and len(loc) == 4 else loc

    def _reworded(self, detail: ErrorDetails) -> Problem:
        """What pydantic found, in plain words."""
        path, kind = self.place(detail["loc"]), detail["type"]
        if kind in ("missing", "extra_forbidden"):
            part = self.sections.get(path[0]) if len(path) > 1 else self.root
            known = part.model_fields if part is not None else {}
            fields = {field.alias or name: field.is_required() for name, field in known.items()}
            if kind == "missing":
                required = ", ".join(name for name, needed in fields.items() if needed)
                rule = "this key is missing here" + (f"; required: {required}" if required else "")
                return self.document.problem(path, path[-1], rule)
            listed = f"known here: {', '.join(fields)}" if fields else ""
            hint = did_you_mean(str(path[-1]), fields) or listed
            return self.document.problem(path, path[-1], "not a known key", hint, key=True)
        rule = _RULES[kind].format(**detail.get("ctx", {})) if kind in _RULES else detail["msg"]
        if kind == "string_pattern_mismatch" and detail["ctx"]["pattern"] != SLUG:
            rule = f"must match {detail['ctx']['pattern']}"
        if kind.endswith("_type"):
            rule += f", not {_FOUND.get(type(detail['input']), 'a number')}"
        return self.document.problem(path, spelled(detail["input"]), rule, key=len(path) != len(detail["loc"]))

    def check_name(self, path: KeyPath, kind: str, known: Collection[str]) -> Iterator[Problem]:
        """Whether the word at `path` is one of some names."""
        name = self.get(*path)
        if name is None or name in known:
            return
        names = known if isinstance(known, tuple) else sorted(known)
        some = [other for other in names if len(names) <= MOST_LISTED or (name and name in other)]
        listed = f"there are {', '.join(some)}" if 0 < len(some) <= MOST_LISTED else ""
        yield self.problem(path, f"not {kind}", did_you_mean(name, known) or listed)

    def check_values(self, path: KeyPath, known: Mapping[str, Bounds]) -> Iterator[Problem]:
        """Whether each key of a mapping is a parameter and its value within its limits."""
        for name in self.get(*path) or ():
            value = self.get(*path, name)
            if name not in known:
                yield self.problem((*path, name), "not a parameter", did_you_mean(name, known), key=True)
            elif value is not None and not known[name].hold(value):
                yield self.problem((*path, name), known[name].rule(name))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one file in the order of its lines, of too many only some."""
    some = islice(problems, MAX_PROBLEMS + 1)
    return sorted(some, key=lambda problem: (problem.line or 0, problem.column or 0))


def raise_any(problems: Iterable[Problem]) -> None:
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
