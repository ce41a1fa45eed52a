"""Plain data as in YAML: the value of a word, the spelling of a value, paths of keys.

Words follow the core schema of YAML 1.2, without the numbers that could be read in two ways.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from os import PathLike, fspath
from typing import Any

MAX_DIGITS = 40
KeyPath = tuple[str | int, ...]
"""Keys and indices that lead from the top of a file to a value."""
Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0[0-9]+")
_NUMERIC_START = frozenset("0123456789+-.")


def scalar(text: str) -> Scalar:
    """The value of a word without quotes, after the core schema of YAML 1.2.

    Raises:
        ValueError: the word is a number that is refused; the message is the rule.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("a number must be finite; NaN and infinity are refused")
    if _OTHER_BASE.fullmatch(text):
        raise ValueError("write numbers in decimals without leading zeros, or put text in quotes")
    if not _FLOAT.fullmatch(text):
        return text
    if sum(c.isdigit() for c in text) > MAX_DIGITS:
        raise ValueError(f"a number may have at most {MAX_DIGITS} digits")
    value = int(text) if _INT.fullmatch(text) else float(text)
    if not math.isfinite(value):
        raise ValueError("a number must be finite; this one is too large")
    return value


def number(text: str) -> int | float | None:
    """The finite decimal number in a text, read as in a file; None if there is none."""
    try:
        value = scalar(text.strip())
    except ValueError:
        return None
    return None if isinstance(value, bool | str) else value


def flow(value: Any) -> str:
    """A value in YAML's one-line style; a text is bare if that reads back as the same text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        try:
            if scalar(value) == value:
                return value
        except ValueError:
            pass
    quoted = json.dumps(value, ensure_ascii=False)  # in double quotes, whose escapes YAML shares with JSON
    # Characters that reverse the direction of text, or are invisible, stand as escapes, too.
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 1 << 16 else f"\\U{ord(c):08x}" for c in quoted
    )


def block(key: str, lines: list[str], empty: str) -> Iterable[str]:
    """A key with its lines below it, or with `empty` after it."""
    return [f"{key}:", *(f"  {line}" for line in lines)] if lines else [f"{key}: {empty}"]


def spelled(value: object) -> str:
    """A value as YAML spells it; "" for None and for anything that takes several lines."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or isinstance(value, dict | list) else str(value)


def spelled_path(path: KeyPath) -> str:
    """A path of keys and indices as Python would write it: `vary.tie.strength[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def plain(value: Any) -> Any:
    """A program's data in the types that reading a file gives."""
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
    """A copy of nested mappings with one value replaced; anything else stays as it is."""
    if not path:
        return value
    if not isinstance(data, dict):
        return data
    return {**data, path[0]: with_value(data.get(path[0], {}), path[1:], value)}
