"""From text to plain Python data with the place of every key and value.

PyYAML only cuts the text into events here. Its own composer is recursive, keeps the last of repeated keys
and expands aliases, so this one takes the events instead and checks depth and size as they come.
"""

from __future__ import annotations

from typing import Any, NoReturn, Protocol

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from influence_sim.base.errors import InputError, Problem
from influence_sim.scenario import scalars

MAX_DEPTH = 32
MAX_NODES = 50_000
MAX_PROBLEMS = 100
"""A file with more mistakes than this is not read further."""

KeyPath = tuple[str | int, ...]
Place = tuple[int, int]

_PLAIN_WORDS = (
    ("'\\t'", "a tab stands where only spaces may; indent with spaces"),
    ("mapping values are not allowed", "a colon not expected here; check the indentation or use quotes"),
    ("could not find expected ':'", "a colon is missing after this key, or quotes are not closed"),
    ("expected ',' or", "a comma or a closing bracket is missing before this"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("found unexpected end of stream", "a quote is not closed"),
    ("found unknown escape character", "unknown escape in double quotes; use single quotes"),
    ("cannot start any token", "no value may start with this character; put it in quotes"),
    ("found undefined tag handle", "tags (!name) are not allowed"),
)


class Cut(Protocol):
    """A text cut into events."""

    def next(self) -> Any:
        """The next event."""


class FastEvents:
    """The events of libyaml, eight to ten times as fast; it takes some texts for YAML that PyYAML itself refuses."""

    KNOWN = hasattr(yaml, "CSafeLoader")

    def __init__(self, text: str) -> None:
        """Starts at the beginning of `text`."""
        self._loader: Any = yaml.CSafeLoader(text)

    def next(self) -> Any:
        """The next event.

        Raises:
            MarkedYAMLError: the text is not YAML.
        """
        return self._loader.get_event()


class Events(Reader, Scanner, Parser):
    """PyYAML's pure reader, scanner and parser without composer, constructor and resolver."""

    def __init__(self, text: str) -> None:
        """Starts at the beginning of `text`."""
        self._settled = -1
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def need_more_tokens(self) -> bool:
        """As in PyYAML, which asks five times a token: the answer holds until a token is taken."""
        if self._settled == self.tokens_taken:
            return False
        more = bool(super().need_more_tokens())
        self._settled = -1 if more else self.tokens_taken
        return more

    def next(self) -> Any:
        """The next event.

        Raises:
            MarkedYAMLError: the text is not YAML.
        """
        try:
            return self.get_event()  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):  # an escape or version number beyond what Python can hold
            raise MarkedYAMLError(problem="found a number too large", problem_mark=self.get_mark()) from None


class Composer:
    """Builds the data of one document and notes every problem on the way."""

    def __init__(self, text: str, name: str, *, fast: bool = False) -> None:
        """Takes the text and the name that errors give it; a text that is known to be YAML may be read fast."""
        self.text, self.name = text, name
        self.events: Cut = FastEvents(text) if fast and FastEvents.KNOWN else Events(text)
        self.values: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Place] = {}
        self.problems: list[Problem] = []

    def document(self) -> Any:
        """The data of the one document.

        Raises:
            InputError: anything is wrong; all problems are listed up to a syntax error.
        """
        try:
            data = self._document()
        except MarkedYAMLError as error:
            self._syntax(error)
        if self.problems:
            raise InputError(self.problems)
        return data

    def _document(self) -> Any:
        self.events.next()
        start = self.events.next()
        if isinstance(start, StreamEndEvent):
            self._stop(start, "", "the file is empty")
        data = self._node(self.events.next(), ())
        if data is None and not self.problems:
            self._stop(start, "", "the file is empty")
        self.events.next()
        after = self.events.next()
        if not isinstance(after, StreamEndEvent):
            self._note(after, "---", "one file holds one document")
        return data

    def _node(self, event: Any, path: KeyPath) -> Any:
        self.values[path] = _place(event)
        if len(self.values) > MAX_NODES:
            self._stop(event, "", f"more than {MAX_NODES} values in one file")
        if event.anchor is not None or getattr(event, "tag", None) is not None:
            self._refuse_decoration(event)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, AliasEvent):
            return None
        if len(path) >= MAX_DEPTH:
            self._stop(event, "", f"nested more than {MAX_DEPTH} deep")
        return self._mapping(path) if isinstance(event, MappingStartEvent) else self._sequence(path)

    def _scalar(self, event: ScalarEvent) -> scalars.Scalar:
        try:
            return scalars.quoted(event.value) if event.style else scalars.plain(event.value)
        except ValueError as error:
            self._note(event, event.value, str(error))
            return None

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self.events.next(), SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := self.events.next(), MappingEndEvent):
            key = self._key(event, path)
            value = self._node(self.events.next(), (*path, key))
            pairs.setdefault(key, value)
        return pairs

    def _key(self, event: Any, path: KeyPath) -> str:
        """A key is its text as written: `NO`, `2018-01` and `1` need no quotes."""
        if not isinstance(event, ScalarEvent):
            self._stop(event, "", "a key must be a plain word")
        if event.anchor is not None or event.tag is not None:
            self._refuse_decoration(event)
        if event.style:
            self._scalar(event)
        place = _place(event)
        first = self.keys.setdefault((*path, event.value), place)
        if first != place:
            self._note(event, event.value, f"this key stands already at {first[0]}:{first[1]}")
        return str(event.value)

    def _refuse_decoration(self, event: Any) -> None:
        if isinstance(event, AliasEvent):
            self._note(event, f"*{event.anchor}", "aliases (*name) are not allowed; write the value out")
        elif event.anchor is not None:
            self._note(event, f"&{event.anchor}", "anchors (&name) are not allowed")
        else:
            self._note(event, str(event.tag), "tags (!name) are not allowed")

    def _note(self, event: Any, value: str, rule: str) -> None:
        self.problems.append(Problem(self.name, *_place(event), value, rule))
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.append(Problem(self.name, None, None, "", "more problems follow; not read further"))
            raise InputError(self.problems)

    def _stop(self, event: Any, value: str, rule: str) -> NoReturn:
        self._note(event, value, rule)
        raise InputError(self.problems)

    def _syntax(self, error: MarkedYAMLError) -> NoReturn:
        mark: Any = error.problem_mark or error.context_mark
        said = error.problem or "it cannot be read"
        rule = next((words for part, words in _PLAIN_WORDS if part in said), f"not valid YAML ({said})")
        self.problems.append(Problem(self.name, mark.line + 1, mark.column + 1, self._near(mark), rule))
        raise InputError(self.problems)

    def _near(self, mark: Any) -> str:
        start = max(0, mark.index - mark.column)
        return self.text[start : start + 200].splitlines()[0].strip() if start < len(self.text) else ""


def _place(event: Any) -> Place:
    return (event.start_mark.line + 1, event.start_mark.column + 1)
