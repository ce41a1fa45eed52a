"""What a plain YAML word means, after the YAML 1.2 core schema.

PyYAML's own resolver follows YAML 1.1, where `NO` is false, `1e-3` is text and `1:30` is 90.
Everything that is not clearly a number, a truth value or null is text here; what looks like a number but
could be read in two ways is refused.
"""

from __future__ import annotations

import math
import re

MAX_DIGITS = 40

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0[0-9]+")
_NUMERIC_START = frozenset("0123456789+-.")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

Scalar = str | int | float | bool | None


def plain(text: str) -> Scalar:
    """The value of an unquoted word.

    Raises:
        ValueError: the word is a number this reader refuses; the message is the rule.
    """
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _NUMERIC_START else text


def plain_or_none(text: str) -> Scalar:
    """As `plain`, but None for a word that is refused."""
    try:
        return plain(text)
    except ValueError:
        return None


def quoted(text: str) -> str:
    """The value of a quoted or block text.

    Raises:
        ValueError: an escape made a control character or half a character.
    """
    if _UNPRINTABLE.search(text):
        raise ValueError("control characters are not allowed in text")
    return text


def _number(text: str) -> Scalar:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("a number must be finite; NaN and infinity are refused")
    if _OTHER_BASE.fullmatch(text):
        raise ValueError("write numbers in decimals without leading zeros, or put text in quotes")
    if not _FLOAT.fullmatch(text):
        return text
    if sum(c.isdigit() for c in text) > MAX_DIGITS:
        raise ValueError(f"a number may have at most {MAX_DIGITS} digits")
    return int(text) if _INT.fullmatch(text) else _finite(float(text))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a number must be finite; this one is too large")
    return value
