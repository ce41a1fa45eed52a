"""Reading YAML strictly, with the line and column of everything read.

Used for scenarios, studies and the theatre's own data. Refused: what is no regular file, more than 1 MiB or
20,000 lines, binary, not UTF-8, empty, nested more than 32 deep, more than 50,000 values, tags, anchors,
aliases, repeated keys, several documents, NaN and infinity. Words follow YAML 1.2; keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml.reader import Reader

from influence_sim.base.errors import InputError, Problem
from influence_sim.scenario.compose import Composer, KeyPath, Place
from influence_sim.scenario.files import MAX_BYTES, MAX_LINES, read_text

# What PyYAML refuses too, and what it alone takes for line breaks: editors would count lines differently.
_UNREADABLE = re.compile(f"{Reader.NON_PRINTABLE.pattern}|[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says and where it says it.

    Attributes:
        name: the file as the user named it.
        data: plain Python: dict (keys are text), list, str, int, float, bool, None.
        values: the place (line, column) of each value, by its path of keys and indices.
        keys: the place of each key, by the path of its value.
    """

    name: str
    data: Any
    values: Mapping[KeyPath, Place]
    keys: Mapping[KeyPath, Place]

    def where(self, path: KeyPath, *, key: bool = False) -> Place:
        """Line and column, both from 1, of a value, or of its key.

        What is not in the file has the place of what should contain it.
        """
        places = self.keys if key and path in self.keys else self.values
        while path not in places:
            path = path[:-1]
        return places[path]

    def problem(self, path: KeyPath, value: object, rule: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem at the place of `path`."""
        line, column = self.where(path, key=key)
        return Problem(self.name, line, column, str(value), rule, hint)


def read_yaml(path: Path, *, twin: Path | None = None) -> Document:
    """Reads one file.

    Args:
        path: the file.
        twin: a file that came with the program; if they say the same, it is known to be good and can be read faster.

    Raises:
        InputError: the file is not there, not fit to read, or not the YAML described above.
        MachineError: the file is there but cannot be read.
    """
    text = read_text(path)
    good = twin is not None and twin.is_file() and read_text(twin) == text
    return read_yaml_text(text, str(path), good=good)


def read_yaml_text(text: str, name: str, *, good: bool = False) -> Document:
    """Reads text that errors call `name`.

    Raises:
        InputError: the text is not the YAML described above; all problems up to a syntax error.
    """
    _refuse_unreadable(text, name)
    composer = Composer(text, name, fast=good)
    data = composer.document()
    return Document(name, data, composer.values, composer.keys)


def _refuse_unreadable(text: str, name: str) -> None:
    if len(text) > MAX_BYTES:
        raise InputError(Problem(name, None, None, "", f"the text is larger than {MAX_BYTES} characters"))
    if text.count("\n") > MAX_LINES:
        raise InputError(Problem(name, MAX_LINES + 1, 1, "", f"more than {MAX_LINES} lines"))
    bad = _UNREADABLE.search(text)
    if bad:
        at = bad.start()
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        rule = "control characters are not allowed; is this a text file?"
        raise InputError(Problem(name, line, column, bad[0], rule))
