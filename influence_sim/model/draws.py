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

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53
_CHUNK = 16384
"""Numbers mixed at once: two arrays of that size stay in the second-level cache."""


REPEATED = 4
"""How often each replicate must come, on average, for its draws to be computed once and copied."""


def mix(words: Words) -> Words:
    """SplitMix64's finaliser: every input bit changes every output bit with probability one half."""
    out = words.copy()
    spare = np.empty_like(out)
    _mix_into(out, spare)
    return out


def _mix_into(out: Words, spare: Words) -> None:
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        np.right_shift(out, np.uint64(shift), out=spare)
        np.bitwise_xor(out, spare, out=out)
        np.multiply(out, factor, out=out)
    np.right_shift(out, np.uint64(31), out=spare)
    np.bitwise_xor(out, spare, out=out)


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
        drawn = self._different(processes)
        return drawn if self.spread is None else drawn.take(self.spread, axis=1)

    def _different(self, processes: Words) -> Floats:
        width = len(self.keys)
        out = np.empty((len(processes), width))
        rows = max(1, _CHUNK // width)
        words = np.empty((rows, width), dtype=np.uint64)
        spare = np.empty_like(words)
        for start in range(0, len(processes), rows):
            stop = min(start + rows, len(processes))
            part, rest = words[: stop - start], spare[: stop - start]
            np.bitwise_xor(processes[start:stop, None], self.keys, out=part)
            _mix_into(part, rest)
            np.right_shift(part, np.uint64(11), out=part)
            np.multiply(part, _UNIT, out=out[start:stop], casting="unsafe")
        return out
