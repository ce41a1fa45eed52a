"""What holds of every entry and every number of a theatre, wherever it stands: support, level, unit and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.plain_data import KeyPath
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.theatre.numbers import HARD_LIMITS, Measured, Sourced
from influence_sim.theatre.spec import Entry
from influence_sim.theatre.theatre import Theatre

File = CheckedFile[Any]
Problems = Iterator[Problem]
_CLAIM = re.compile(r"\bC\d\d\b")
_KEY = re.compile(r"[a-z_]+\d{4}|[a-z_]+")
LIMITS = HARD_LIMITS | {"capability": (0.0, 5.0)}
"""What a number may be by its unit; whoever has no capability of a kind at all has 0."""


def of_entries(file: File, theatre: Theatre) -> Problems:
    """Whether entries cite something, what they and numbers cite is there, and numbers are what their place allows."""
    for path, part, measured in _parts(file.whole):
        if isinstance(part, Entry | Sourced):
            yield from _support(file, path, part, theatre)
        if isinstance(part, str) and measured:
            scale = theatre.named(measured.scale or measured.unit)
            yield from file.check_name(path, f"a level of {scale}", _levels(theatre, scale))
        elif measured:
            yield from _number(file, path, measured)


def _parts(value: Any, path: KeyPath = (), measured: Measured | None = None) -> Iterator[tuple[KeyPath, Any, Any]]:
    """Every entry, and every number and in what it is measured, within a part of a file."""
    if isinstance(value, BaseModel):
        if isinstance(value, Entry | Sourced):
            yield path, value, measured
        for name, field in type(value).model_fields.items():
            within = next((one for one in field.metadata if isinstance(one, Measured)), None)
            yield from _parts(getattr(value, name), (*path, field.alias or name), within)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _parts(item, (*path, key), measured)
    elif measured and value is not None:
        yield path, value, measured
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _parts(item, (*path, index))


def _levels(theatre: Theatre, scale: str) -> tuple[str, ...]:
    """The levels of a scale, `salience.vital` being one of salience."""
    parts = (name.split(".") for name in theatre.parameters)
    return tuple(rest[0] for kind, *rest in parts if kind == scale and len(rest) == 1)


def _support(file: File, path: KeyPath, part: Entry | Sourced, theatre: Theatre) -> Problems:
    """Whether an entry cites something, and what it or a number cites is there."""
    claims, sources = tuple(claim.id for claim in theatre.claims), theatre.sources
    if isinstance(part, Entry):
        for place in file.items(*path, "claims"):
            yield from file.check_name(place, "a claim", claims)
        yield from file.check_name((*path, "source"), "listed in sources.yaml", {"", *sources})
        if not part.claims and not part.source:
            yield file.document.problem(path, "", "cites nothing", "write claims: [C01], or a source")
        return
    for key in ("source", "form", "note"):
        said = getattr(part, key)
        for claim in _CLAIM.findall(said) if claims else ():  # a theatre may have no ledger
            if claim not in claims:
                yield file.document.problem((*path, key), claim, "not a claim", did_you_mean(claim, claims))
        for name in _KEY.findall(_CLAIM.sub("", said)) if key != "note" else ():
            if name not in sources:
                yield file.document.problem(
                    (*path, key), name, "not listed in sources.yaml", did_you_mean(name, sources)
                )


def _number(file: File, path: KeyPath, measured: Measured) -> Problems:
    """Whether the unit of a number is that of its place, and it and both ends of its range are within its limits."""
    written, unit, places = file.get(*path), measured.unit, [path]
    if isinstance(written, Mapping):
        places = [(*path, key) for key in ("value", "low", "high")]
        if written.get("unit", unit) != unit:
            yield file.problem((*path, "unit"), f"the unit here is {unit}")
    elif isinstance(written, list):
        places = [(*path, n) for n in range(len(written))]
    low, high = LIMITS[unit]
    for place in places:
        if not low <= file.get(*place) <= high:
            yield file.problem(place, f"a number of the unit {unit} lies between {low:g} and {high:g}")
