"""A user's file with its readable parts, every problem of its shape, and the checks that all files share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from influence_sim.base.errors import MAX_PROBLEMS, Problem, did_you_mean, raise_any
from influence_sim.base.months import PATTERN as MONTH
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.plain_data import KeyPath, spelled
from influence_sim.base.strict_yaml import Document
from influence_sim.scenario.schema import SLUG
from influence_sim.scenario.vocabulary import Bounds

_TYPES = {"string": "text", "float": "a number", "int": "a whole number", "bool": "true or false"}
_TYPES |= {"tuple": "a list: [a, b]", "list": "a list: [a, b]"}
RULES = {
    **{f"{name}_type": f"must be {words}" for name, words in _TYPES.items()},
    "dict_type": "must be keys with values: {{key: value}}",
    "model_type": "must be keys with values: {{key: value}}",
    "finite_number": "must be a finite number",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_pattern_mismatch": "must be lower-case letters, digits and _, beginning with a letter",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
    "float_parsing": "must be a number",
    "int_parsing": "must be a whole number",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
"""Pydantic's errors in plain words."""
PATTERNS = {MONTH: "a month is written YYYY-MM", r"^C\d\d$": "a claim is written C and two digits"}
"""Patterns of texts in plain words."""
_TYPE_NAMES = {str: "text", bool: "true or false", dict: "keys with values", list: "a list", type(None): "nothing"}
MAX_LISTED = 8
"""Most names that a hint lists."""

P = TypeVar("P", bound=BaseModel)


class CheckedFile(Generic[P]):
    """A file's readable parts."""

    def __init__(self, document: Document, root: type[P]) -> None:
        """Checks the shape of `document`, the file as read, against the model of the whole file."""
        self.document, self.root = document, root
        self.whole: P | None = None  # the file as its model; None if its shape is wrong anywhere
        self.problems: list[Problem] = []  # problems of its shape
        self._spoiled: set[KeyPath] = set()
        try:
            self.whole = root.model_validate(document.data)
        except ValidationError as error:
            details = error.errors(include_url=False)
            # pydantic counts sound items alone: a list whose only item is wrong would also be too short
            inside = {detail["loc"][:-1] for detail in details}
            details = [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in inside]
            self.problems += [self._to_problem(detail) for detail in islice(details, MAX_PROBLEMS + 1)]
            self._spoiled = {self._location(detail) for detail in details}

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
        """Whether the value at `path`, or anything that contains it, has the wrong shape."""
        return any(path[:depth] in self._spoiled for depth in range(len(path) + 1))

    def sound(self, *path: str | int) -> bool:
        """Whether nothing that contains `path`, or lies below it, has the wrong shape."""
        return not self.spoiled(*path) and not any(place[: len(path)] == path for place in self._spoiled)

    def items(self, *path: str | int) -> Iterator[KeyPath]:
        """The paths of a list's readable items."""
        places = ((*path, index) for index in range(len(self.get(*path) or ())))
        return (place for place in places if not self.spoiled(*place))

    def problem(self, path: KeyPath, rule: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem with the value at `path`, or with its key."""
        return self.document.problem(path, path[-1] if key else spelled(self.get(*path)), rule, hint, key=key)

    def place(self, loc: KeyPath) -> KeyPath:
        """The place in the file of a location of pydantic, which also contains branches of a type and keys."""
        node: Any = self.document.data
        path: list[str | int] = []
        for part in loc:
            found = part in node if isinstance(node, dict) else isinstance(node, list) and part in range(len(node))
            if found:
                node = node[part]
                path.append(part)
        return tuple(path)

    def _location(self, detail: ErrorDetails) -> KeyPath:
        """The place of an error of pydantic; of a missing key the place where it belongs."""
        path = self.place(detail["loc"])
        missing = detail["type"] == "missing" and path == self.place(detail["loc"][:-1])
        return (*path, detail["loc"][-1]) if missing else path

    def _to_problem(self, detail: ErrorDetails) -> Problem:
        """A problem from an error of pydantic."""
        path, kind = self._location(detail), detail["type"]
        if kind in ("missing", "extra_forbidden"):
            fields = self._allowed_keys(path[:-1])
            if kind == "missing":
                required = ", ".join(name for name, is_required in fields.items() if is_required)
                rule = "this key is missing here" + (f"; required: {required}" if required else "")
                return self.document.problem(path, path[-1], rule)
            listed = f"known here: {', '.join(fields)}" if fields else ""
            hint = did_you_mean(str(path[-1]), set(fields) - set(self.get(*path[:-1]))) or listed
            return self.document.problem(path, path[-1], "not a known key", hint, key=True)
        rule = rule_of(detail)
        if kind.endswith("_type"):
            rule += f", not {_TYPE_NAMES.get(type(detail['input']), 'a number')}"
        return self.document.problem(path, spelled(detail["input"]), rule, key=detail["loc"][-1:] == ("[key]",))

    def _allowed_keys(self, path: KeyPath) -> dict[str, bool]:
        """The keys allowed in the part at `path`, and whether they are required."""
        part: type[BaseModel] = self.root
        for key in path:
            types = (field.annotation for name, field in part.model_fields.items() if (field.alias or name) == key)
            part = next((model for kind in types for model in _models(kind)), part)  # else it is an index or a name
        fields = ((name, field) for name, field in part.model_fields.items() if not field.exclude)
        return {field.alias or name: field.is_required() for name, field in fields}

    def check_name(self, path: KeyPath, kind: str, names: Collection[str]) -> Iterator[Problem]:
        """Whether the word at `path` is one of the names."""
        name = self.get(*path)
        if name is None or name in names:
            return
        yield self.problem(path, f"not {kind}", suggestion(name, names if isinstance(names, tuple) else sorted(names)))

    def check_keys(self, path: KeyPath, kind: str, names: Collection[str]) -> Iterator[Problem]:
        """Whether each key of a mapping is one of the names."""
        for name in self.get(*path) or ():
            if name not in names:
                yield self.problem((*path, name), f"not {kind}", suggestion(name, names), key=True)

    def check_values(self, path: KeyPath, bounds: Mapping[str, Bounds]) -> Iterator[Problem]:
        """Whether each key of a mapping is a parameter and its value within its limits."""
        for name in self.get(*path) or ():
            if name not in bounds:
                yield self.problem((*path, name), "not a parameter", did_you_mean(name, bounds), key=True)
            else:
                yield from self.check_number((*path, name), bounds[name], name)

    def check_number(self, path: KeyPath, bounds: Bounds | None, name: str) -> Iterator[Problem]:
        """Whether the number at `path` is within its limits, if it has any."""
        value = self.get(*path)
        if bounds is not None and value is not None and not bounds.hold(value):
            yield self.problem(path, bounds.rule(name))

    def check_date(
        self, path: KeyPath, first: Month, last: Month, run: str = "", *, key: bool = False
    ) -> Iterator[Problem]:
        """Whether the month that is the value, or the key, at `path` lies within a span."""
        text = path[-1] if key else self.get(*path)
        if text is not None and not first <= parse_month(str(text)) <= last:
            rule = f"a date must lie within {run}{format_month(first)} to {format_month(last)}"
            yield self.problem(path, rule, key=key)

    def check_unique(self, places: Iterable[KeyPath], noun: str) -> Iterator[Problem]:
        """Whether the values at the places differ."""
        seen = set()
        for place in places:
            value = self.get(*place)
            if value in seen:
                yield self.problem(place, f"this {noun} stands in the list already")
            seen.add(value)


def rule_of(detail: ErrorDetails) -> str:
    """The rule that a value breaks, in plain words."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_pattern_mismatch" and context["pattern"] != SLUG:
        return PATTERNS.get(context["pattern"], f"must match {context['pattern']}")
    if kind == "too_short" and context["min_length"] > 1:
        return f"must have {context['min_length']} entries at least"
    return RULES[kind].format(**context) if kind in RULES else detail["msg"]


def suggestion(name: str, names: Collection[str]) -> str:
    """A hint with the closest names, or with all if they are few, or with those that contain `name`."""
    listed = [other for other in names if len(names) <= MAX_LISTED or (name and name in other)]
    return did_you_mean(name, names) or (f"there are {', '.join(listed)}" if 0 < len(listed) <= MAX_LISTED else "")


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models(part)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one file in the order of its lines; of too many only the first found."""
    first = islice(problems, MAX_PROBLEMS + 1)
    return sorted(first, key=lambda problem: (problem.line or 0, problem.column or 0))
