"""The records that equations read and write: what changes, what is assumed, who is who, and what a month brings.

Their fields stand in `fields`. Sizes leave room, so that a
scenario with a forum of its own, or another theatre, is the same type and need not be compiled again. Rows that stand
for nothing (no such lever, tie, seat or actor) lie behind the last and hold 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from influence_sim.model.fields import CIRCUMSTANCES, GROUND, KEYS, MEDIATORS, PARAMETERS, STATE, WIRING, Fields

State: TypeAlias = Any
Parameters: TypeAlias = Any
Wiring: TypeAlias = Any
Circumstances: TypeAlias = Any
"""One record of each kind, as equations know them by `s`, `p`, `w` and `q`; types do not reach into fields."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much room there is, rows that stand for nothing included."""

    actors: int = 24
    levers: int = 88
    ties: int = 56
    forums: int = 16
    seats: int = 48
    states: int = 64
    provinces: int = 40
    judges: int = 24
    interests: int = 64
    terms: int = 136
    entries: int = 352
    stances: int = 48
    options: int = 128
    settings: int = 128
    drives: int = 6
    values: int = 896
    slots: int = 1536
    sources: int = 2048
    outcomes: int = 48
    events: int = 16
    arguments: int = 4
    hosted: int = 96
    sides: int = 2
    mediators: int = MEDIATORS
    ends: int = MEDIATORS + 1

    def holding(self, needed: Mapping[str, int]) -> Sizes:
        """These sizes, each doubled until it holds what is needed."""
        sizes = dict(zip(self.__slots__, astuple(self), strict=True))
        for name, count in needed.items():
            while sizes[name] < count:
                sizes[name] *= 2
        return Sizes(**sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The four kinds of record, for some sizes."""

    state: np.dtype[Any]
    parameters: np.dtype[Any]
    wiring: np.dtype[Any]
    circumstances: np.dtype[Any]


@lru_cache(maxsize=8)
def kinds(sizes: Sizes = Sizes()) -> Kinds:
    """The kinds of record that have this much room.

    Rows are unsigned, so that compiled code need not ask whether one counts from the end.
    """
    room = dict(zip(Sizes.__slots__, astuple(sizes), strict=True))

    def kind(*parts: tuple[Fields, str]) -> np.dtype[Any]:
        fields = [
            (name, number, tuple(room[axis] for axis in axes))
            for found, number in parts
            for name, axes in found.items()
        ]
        return np.dtype((np.record, np.dtype(fields, align=True)))

    return Kinds(
        state=kind((STATE, "f8")),
        parameters=kind((PARAMETERS, "f8")),
        wiring=kind((GROUND, "f8"), (WIRING, "u4")),
        circumstances=kind((KEYS, "u8"), (CIRCUMSTANCES, "u4")),
    )


def place(kind: np.dtype[Any], field: str, row: int = 0) -> int:
    """Where a number stands in a record of floats."""
    fields = kind.fields
    assert fields is not None
    return int(fields[field][1]) // 8 + row
