"""Reads YAML strictly, with the line and column of everything read; and JSON from outside by the same rules.

Used for scenarios, studies and the theatre's own data. PyYAML follows YAML 1.1, where `NO` is false, `1e-3` is text
and `1:30` is 90; it keeps the last of repeated keys and expands aliases. Here words follow YAML 1.2, keys are always
text, and refused are: more than 1 MiB or 20,000 lines, nesting more than 32 deep, more than 50,000 values, tags,
anchors, aliases, repeated keys, several documents, an empty file, NaN, infinity, and numbers that could be read in
two ways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import AliasEvent, ScalarEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import Reader

from influence_sim.base.errors import MAX_PROBLEMS, InputError, Problem, wrong
from influence_sim.base.files import MAX_BYTES, read_text
from influence_sim.base.plain_data import MAX_DIGITS, KeyPath, plain, scalar, spelled_path, with_value

MAX_LINES = 20_000
MAX_DEPTH = 32
MAX_NODES = 50_000
SHORT = 8192
"""Longest text, in characters, whose data are cached."""

SHOWN = 50
"""Characters of a line that are surely shown in an error."""

Place = tuple[int, int]
"""Line and column, both from 1."""
Names = Mapping[KeyPath, str]
"""The user's names for parts that stand in no file, such as `--vary`."""

# What PyYAML refuses too, and what it alone takes for line breaks: editors would count lines differently.
_UNREADABLE = re.compile(f"{Reader.NON_PRINTABLE.pattern}|[\x85\u2028\u2029]")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SYNTAX_RULES = (
    ("'\\t'", "a tab stands where only spaces may; indent with spaces"),
    ("mapping values are not allowed", "a colon not expected here; check the indentation or use quotes"),
    ("could not find expected ':'", "a colon with a space is missing, here or a line above, or quotes are not closed"),
    (
        "expected ',' or",
        "a comma or a closing bracket is missing before this; text with ? : , or brackets needs quotes",
    ),
    ("but found '<scalar>'", "no text may follow here; check the indentation; a ' within single quotes is written ''"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("found unexpected end of stream", "a quote is not closed"),
    ("found unknown escape character", "unknown escape in double quotes; use single quotes"),
    ("cannot start any token", "no value may start with this character; put it in quotes"),
    ("found undefined tag handle", "tags (!name) are not allowed"),
    ("found another document", "one file holds one document"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """Data from a file, a program or a command line, with the places of its parts."""

    name: str  # the file as the user named it
    data: Any  # plain Python: dict (keys are text), list, str, int, float, bool, None
    # PyYAML's node of the whole file, which has its places; None if there is no file
    root: Node | None = field(default=None, compare=False)
    # names of the parts that stand in no file; without one, errors give the keys
    names: Names = field(default_factory=dict)
    changed: frozenset[KeyPath] = frozenset()  # parts that do not stand in the file as they are here

    def with_changes(self, changes: Mapping[KeyPath, Any], names: Names) -> Document:
        """A copy with values replaced; problems of what stands in no file are located by `names`, or by their keys."""
        data = self.data
        for path, value in changes.items():
            data = with_value(data, path, plain(value))
        return replace(self, data=data, names=names, changed=frozenset(changes))

    def where(self, path: KeyPath, *, key: bool = False) -> Place:
        """Line and column of a value, or of its key; if it is absent, those of the part that should contain it."""
        node, place = self.root, (1, 1) if self.root is None else _place(self.root)
        for depth, part in enumerate(path, 1):
            if isinstance(node, MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == part), None)
            elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                pair = (node.value[part], node.value[part])
            else:
                pair = None
            if pair is None:
                break
            node, place = pair[1], _place(pair[0] if key and depth == len(path) else pair[1])
        return place

    def problem(self, path: KeyPath, value: object, rule: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem at the place of `path`, or under the user's name for it."""
        prefixes = [path[:length] for length in range(len(path), 0, -1)]
        if self.root is not None and self.changed.isdisjoint(prefixes):
            return Problem(self.name, *self.where(path, key=key), str(value), rule, hint)
        label = next((self.names[prefix] for prefix in prefixes if prefix in self.names), spelled_path(path))
        return wrong(label or self.name, value, rule, hint)


def read_yaml(path: Path, *, twin: Path | None = None) -> Document:
    """Reads one file; if a `twin` that came with the program has the same text, it is trusted and read faster.

    Raises:
        InputError: the file is not there, not fit to read, or not the YAML described above.
        MachineError: the file is there but cannot be read.
    """
    text = read_text(path)
    known = twin is not None and (path == twin or (twin.is_file() and read_text(twin) == text))
    return read_yaml_text(text, str(path), known=known)


def read_yaml_text(text: str, name: str, *, known: bool = False) -> Document:
    """Reads text that errors call `name`; if it is `known` to be good, libyaml reads it, ten times as fast.

    libyaml accepts some text that is not YAML, and 100,000 brackets crash it.

    Raises:
        InputError: the text is not the YAML described above; all problems, up to a syntax error.
    """
    fast = known and hasattr(yaml, "CBaseLoader")
    if len(text) <= SHORT:
        with suppress(InputError):  # which is raised below, with the name
            document = _read_cached(text, "", fast=fast)
            return replace(document, name=name, data=deepcopy(document.data))
    return _read(text, name, fast=fast)


def _read(text: str, name: str, *, fast: bool) -> Document:
    if len(text) > MAX_BYTES:
        raise InputError(wrong(name, "", f"the text is larger than {MAX_BYTES} characters"))
    if text.count("\n") > MAX_LINES:
        raise InputError(Problem(name, MAX_LINES + 1, 1, "", f"more than {MAX_LINES} lines"))
    if match := _UNREADABLE.search(text):
        position = match.start()
        place = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
        raise InputError(Problem(name, *place, match[0], "control characters are not allowed; is this a text file?"))
    mistakes = _Mistakes(name)
    composer: Any = yaml.CBaseLoader(text) if fast else _Composer(text, mistakes)
    try:
        root: Node | None = composer.get_single_node()
        data = None if root is None else mistakes.data(root)
    except InputError:
        raise
    except (MarkedYAMLError, ValueError, OverflowError) as error:  # the last two: escapes beyond what Python can hold
        # Say in plain words where the text stops being YAML.
        mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None) or composer.get_mark()
        reason = getattr(error, "problem", None) or "a number too large"
        rule = next((rule for part, rule in _SYNTAX_RULES if part in reason), f"not valid YAML ({reason})")
        start = max(0, mark.index - mark.column)
        shown = start if mark.column < SHOWN else mark.index - SHOWN // 2  # in a long line, what is wrong and around it
        excerpt = text[shown : shown + 200].splitlines()[0].strip() if start < len(text) else ""
        mistakes.stop((mark.line + 1, mark.column + 1), rule, excerpt)
    if root is None or (data is None and not mistakes.found):
        raise InputError(Problem(name, 1, 1, "", "the file is empty"))
    if mistakes.found:
        raise InputError(sorted(mistakes.found, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return Document(name, data, root)


_read_cached = lru_cache(maxsize=128)(_read)  # scenarios, and those they extend, are read again and again


class _Mistakes:
    """The mistakes found in one text so far; reading stops at `MAX_PROBLEMS`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Problem] = []

    def note(self, place: Place, value: str, rule: str) -> None:
        self.found.append(Problem(self.name, *place, value, rule))
        if len(self.found) >= MAX_PROBLEMS:
            self.found.append(wrong(self.name, "", "more problems follow; not read further"))
            raise InputError(self.found)

    def stop(self, place: Place, rule: str, value: str = "") -> NoReturn:
        self.note(place, value, rule)
        raise InputError(self.found)

    def data(self, node: Any) -> Any:
        """The data of a node, in plain Python."""
        if isinstance(node, SequenceNode):
            return [self.data(item) for item in node.value]
        if isinstance(node, MappingNode):
            pairs: dict[str, Any] = {}
            for key, item in node.value:  # a key is its text as written: `NO`, `2018-01` and `1` need no quotes
                if key.style:
                    self.data(key)
                if key.value in pairs:
                    line, column = _place(next(first for first, _ in node.value if first.value == key.value))
                    self.note(_place(key), key.value, f"this key stands already at {line}:{column}")
                pairs.setdefault(key.value, self.data(item))
            return pairs
        if not node.style:
            try:
                return scalar(node.value)
            except ValueError as error:
                self.note(_place(node), node.value, str(error))
        elif UNPRINTABLE.search(node.value):
            self.note(_place(node), node.value, "control characters are not allowed in text")
        else:
            return node.value
        return None


class _Composer(yaml.BaseLoader):
    """PyYAML's composer, which refuses nesting, size, tags and anchors before they cost time."""

    def __init__(self, text: str, mistakes: _Mistakes) -> None:
        super().__init__(text)
        self.mistakes = mistakes
        self.depth = self.count = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        place = _place(event)
        if isinstance(parent, MappingNode) and index is None:
            if not isinstance(event, ScalarEvent):
                self.mistakes.stop(place, "a key must be a plain word")
        else:
            self.count += 1
            if self.count > MAX_NODES:
                self.mistakes.stop(place, f"more than {MAX_NODES} values in one file")
            if self.depth >= MAX_DEPTH and not isinstance(event, ScalarEvent | AliasEvent):
                self.mistakes.stop(place, f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, AliasEvent):
            rule = "aliases (*name) are not allowed; write the value out"
            self.mistakes.note(place, f"*{event.anchor}", rule)
            marks: Any = (event.start_mark, event.end_mark)
            self.get_event()  # type: ignore[no-untyped-call]
            return ScalarNode("", "", *marks)
        if event.anchor is not None:
            self.mistakes.note(place, f"&{event.anchor}", "anchors (&name) are not allowed")
            event.anchor = None
        elif event.tag is not None:
            self.mistakes.note(place, str(event.tag), "tags (!name) are not allowed")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _place(marked: Any) -> Place:
    return marked.start_mark.line + 1, marked.start_mark.column + 1


def read_json(data: bytes, name: str) -> Document:
    """Reads JSON text that errors call `name`.

    Raises:
        InputError: it is no JSON, or breaks a rule for YAML: bounds, repeated keys, NaN, control characters.
    """
    try:
        data = json.loads(
            data.decode(),
            object_pairs_hook=_unique_keys,
            parse_int=scalar,
            parse_float=scalar,
            parse_constant=lambda _: scalar(".nan"),
        )
    except RecursionError:
        raise InputError(wrong(name, "", f"nested more than {MAX_DEPTH} deep")) from None
    except json.JSONDecodeError as error:
        rule = f"not valid JSON ({error.msg.lower()}, line {error.lineno}, column {error.colno})"
        raise InputError(wrong(name, "", rule)) from None
    except UnicodeDecodeError:
        raise InputError(wrong(name, "", "not a text in UTF-8")) from None
    except ValueError as error:
        raise InputError(wrong(name, "", str(error))) from None
    _check_size(data, name)
    return Document(name, data)


def _unique_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        names = [key for key, _ in pairs]
        repeated = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"the key {ascii(repeated)[:MAX_DIGITS]} stands twice in one place")
    return mapping


def _check_size(data: Any, name: str) -> None:
    """Refuses data that are too deep, too large, or contain control characters."""
    level, count = [data], 0
    for _ in range(MAX_DEPTH + 1):
        count += len(level)
        if count > MAX_NODES:
            raise InputError(wrong(name, "", f"more than {MAX_NODES} values"))
        texts = [node for node in level if isinstance(node, str)]
        texts += [key for node in level if isinstance(node, dict) for key in node]
        if match := next(filter(None, map(UNPRINTABLE.search, texts)), None):
            raise InputError(wrong(name, ascii(match[0])[1:-1], "control characters are not allowed in text"))
        nested = [node for node in level if isinstance(node, dict | list)]
        level = [item for node in nested for item in (node.values() if isinstance(node, dict) else node)]
        if not level:
            return
    raise InputError(wrong(name, "", f"nested more than {MAX_DEPTH} deep"))
