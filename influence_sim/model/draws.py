"""Common random numbers: uniform draws keyed by seed, replicate, process and month, without state.

A draw is a hash of its key, so that it does not depend on the scenario, on other draws, on the batch a replicate
is computed in, or on the order of calls. The mixing function is the finaliser of SplitMix64 (Steele, Lea & Flood
2014, "Fast splittable pseudorandom number generators", OOPSLA), applied to the exclusive or of a key a replicate
and a key a process and month, both of which are themselves mixed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.compiled import compiled

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53
_30, _27, _31, _11 = (np.uint64(bits) for bits in (30, 27, 31, 11))

REPEATED = 4
"""How often each replicate must come, on average, for its draws to be computed once and copied."""


@compiled
def _mixed(word: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: every input bit changes every output bit with probability one half."""
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@compiled
def _mix_into(words: Words, out: Words) -> None:
    for i in range(len(words)):
        out[i] = _mixed(words[i])


@compiled
def _draw_into(processes: Words, keys: Words, out: Floats) -> None:
    """The upper 53 bits of each hash, as a number below 1."""
    for i in range(len(processes)):
        process = processes[i]
        for r in range(len(keys)):
            out[i, r] = np.int64(_mixed(process ^ keys[r]) >> _11) * _UNIT


def mix(words: Words) -> Words:
    """Mixes each word of an array."""
    out = np.empty(words.shape, dtype=np.uint64)
    _mix_into(words.ravel(), out.ravel())
    return out


def process_key(name: str) -> int:
    """A 64-bit key of a process, from its name alone."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def replicate_keys(seed: int, replicates: NDArray[np.int64]) -> Words:
    """A 64-bit key for each replicate of a seed. Shape (R,)."""
    base = np.uint64(process_key(f"seed {seed}"))
    counters = replicates.astype(np.uint64) * _GOLDEN  # wraps, as it should
    return mix(mix(counters + base) ^ base)


def calendar(processes: Sequence[str], months: int) -> Words:
    """The keys of processes in each month. Shape (months, processes)."""
    bases = np.array([process_key(name) for name in processes], dtype=np.uint64)
    ticks = np.arange(1, months + 1, dtype=np.uint64) * _GOLDEN
    return mix(bases[None, :] + ticks[:, None])


@dataclass(slots=True)
class Draws:
    """The draws of some replicates of one seed.

    Attributes:
        keys: one key a replicate, shape (R,); where replicates come again and again, as at the points of a sweep,
            one key for each that is different.
        spread: for each replicate its key's position, shape (R,); None if each has its own.
    """

    keys: Words
    spread: NDArray[np.intp] | None = None

    @classmethod
    def of(cls, seed: int, replicates: NDArray[np.int64]) -> Draws:
        """The draws of some replicates, each computed once however often it is asked for."""
        different, spread = np.unique(replicates, return_inverse=True)
        if len(different) * REPEATED > len(replicates):
            return cls(replicate_keys(seed, replicates))
        return cls(replicate_keys(seed, different), spread)

    def uniform(self, processes: Words) -> Floats:
        """Uniform numbers in [0, 1) for some processes in one month.

        Args:
            processes: keys of the processes, shape (n,): a slice of a row of `calendar`.

        Returns:
            Shape (n, R).
        """
        drawn = np.empty((len(processes), len(self.keys)))
        _draw_into(processes, self.keys, drawn)
        return drawn if self.spread is None else drawn.take(self.spread, axis=1)
