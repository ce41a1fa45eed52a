"""Reading JSON from outside as strictly as YAML: bounded, without repeated keys, NaN or control characters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from influence_sim.base.errors import InputError, wrong
from influence_sim.base.plain_data import MAX_DIGITS, scalar
from influence_sim.base.strict_yaml import MAX_DEPTH, MAX_NODES, UNPRINTABLE, Document


def read_json(data: bytes, name: str) -> Document:
    """Reads a text that errors call `name`.

    Raises:
        InputError: it is no JSON, or not of the kind described above.
    """
    try:
        found = json.loads(
            data.decode(), object_pairs_hook=_once, parse_int=scalar, parse_float=scalar, parse_constant=_not_finite
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
    _bounded(found, name)
    return Document(name, found)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"the key {ascii(twice)[:MAX_DIGITS]} stands twice in one place")
    return found


def _not_finite(_: str) -> NoReturn:
    raise ValueError("a number must be finite; NaN and infinity are refused")


def _bounded(found: Any, name: str) -> None:
    """Refuses what is too deep, too much, or no text for readers."""
    level, count = [found], 0
    for _ in range(MAX_DEPTH + 1):
        count += len(level)
        if count > MAX_NODES:
            raise InputError(wrong(name, "", f"more than {MAX_NODES} values"))
        texts = [one for one in level if isinstance(one, str)]
        texts += [key for one in level if isinstance(one, dict) for key in one]
        if bad := next(filter(None, map(UNPRINTABLE.search, texts)), None):
            raise InputError(wrong(name, ascii(bad[0])[1:-1], "control characters are not allowed in text"))
        inner = [list(one.values()) if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [item for one in inner for item in one]
        if not level:
            return
    raise InputError(wrong(name, "", f"nested more than {MAX_DEPTH} deep"))
