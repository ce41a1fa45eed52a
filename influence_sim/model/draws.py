"""Common random numbers: uniform draws keyed by seed, replicate, process and month, without state.

A draw is a hash of its key. It does not depend on the scenario, on other draws, on which replicates are computed beside
it, or on the order of calls. The mixing function is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, "Fast
splittable pseudorandom number generators", OOPSLA), applied to the exclusive or of a key of the replicate and a key of
process and month, both of which are themselves mixed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.numbers import Integers
from influence_sim.model.compiling import equation
from influence_sim.model.lanes import as_float

Words = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53
_30, _27, _31, _11 = (np.uint64(bits) for bits in (30, 27, 31, 11))


@equation
def mixed(word: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: every bit of the input changes every bit of the output with probability one half."""
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@equation
def uniform(process: np.uint64, replicate: np.uint64) -> float:
    """A number in [0, 1): the upper 53 bits of the hash of two keys."""
    return as_float(mixed(process ^ replicate) >> _11) * _UNIT


def process_key(name: str) -> int:
    """A 64-bit key of a process, from its name alone."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def replicate_keys(seed: int, replicates: Integers) -> Words:
    """A 64-bit key for each replicate of a seed, in the shape of the replicates."""
    base = np.uint64(process_key(f"seed {seed}"))
    counters = replicates.astype(np.uint64) * _GOLDEN  # wraps, as it should
    return _mix(_mix(counters + base) ^ base)


def calendar(processes: Sequence[str], months: int) -> Words:
    """The keys of processes in each month. Shape (months, processes)."""
    bases = np.array([process_key(name) for name in processes], dtype=np.uint64)
    ticks = np.arange(1, months + 1, dtype=np.uint64) * _GOLDEN
    return _mix(bases[None, :] + ticks[:, None])


def _mix(words: Words) -> Words:
    """Mixes each word of an array, as `mixed` does one."""
    words = (words ^ (words >> _30)) * _FIRST
    words = (words ^ (words >> _27)) * _SECOND
    return words ^ (words >> _31)
