"""Replicates side by side: what equations may ask of a number that may be eight.

Equations are written for one replicate, and a Mesa model runs them so. The ensemble runs the same text on eight
replicates at a time, of one point or of several, to the same bits; the processor then does eight sums at once.

Who is who (`w`) and what a month brings (`q`) are the same for all eight, so an `if` or a loop about those stays one.
An `if` about a number of the state or the parameters would have eight answers: it is written `where`. What stands here
is their Python; what the compiler makes of them stands in `lane_code`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from influence_sim.base.numbers import Floats
from influence_sim.model.machine_code import PLAIN

WIDTH: int = 1 if PLAIN else 8
"""Replicates side by side; one where nothing is compiled."""


def where(condition: Any, yes: Any, no: Any) -> Any:
    """`yes if condition else no`, for each replicate its own; both are computed."""
    return yes if condition else no


def anywhere(condition: Any) -> bool:
    """Whether something holds in any of the replicates side by side; to pass over what would change nothing."""
    return bool(condition)


def as_float(whole: Any) -> Any:
    """A whole number, or a word of at most 63 bits, as a float."""
    return float(whole)


def bits_of(x: Any) -> Any:
    """The bits of a float, as a whole number."""
    return np.float64(x).view(np.int64)


def float_of(bits: Any) -> Any:
    """The float that has these bits."""
    return float(np.int64(bits).view(np.float64))


def peek(record: Any, place: int) -> Any:
    """The number at a place of a record that holds floats and nothing else."""
    return record.getfield(np.float64, 8 * place)


def poke(record: Any, place: int, value: Any) -> None:
    """Puts a number into a place of a record that holds floats and nothing else."""
    record.setfield(value, np.float64, 8 * place)


def empty(*shape: int) -> Floats:
    """Zeros with room for replicates side by side, (…, replicates), at the beginning of a line of the cache."""
    size = int(np.prod(shape)) * WIDTH
    room = np.zeros(size + 8)
    start = -room.ctypes.data // 8 % 8
    return room[start : start + size].reshape(*shape, WIDTH)


def side_by_side(room: Floats, like: Any) -> Any:
    """The record that stands in some room, (places, replicates), and has the fields of another."""
    return room.reshape(-1).view(like.dtype)[0]


def all_of(numbers: Any) -> Any:
    """One number from each, (replicates,)."""
    return numbers[0]


def call_at(address: Any, s: Any, p: Any, w: Any, n: int) -> Any:
    """Calls `(s, p, w, n) -> float` at an address; it looks at one replicate after another, so it may say `if`."""
    return address(s, p, w, n)
