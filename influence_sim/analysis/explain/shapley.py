"""Shapley values: what each part of a whole brings, on average over all orders in which the parts could be added.

A *game* gives every coalition of parts a value, replicate by replicate. Few parts are solved exactly, over all their
coalitions; many by orders that are drawn for each replicate anew, each order beside its reverse (antithetic). Along an
order the gains add up to the whole, so that the shares do so in every replicate, however few orders there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from influence_sim.base.numbers import Flags, Floats, Integers


@dataclass(frozen=True, slots=True)
class Shares:
    """The solution of a game."""

    parts: Floats  # what each part brings, (parts, replicates)
    empty: Floats  # the value of the coalition without any part, (replicates,)
    full: Floats  # and of that of all of them


@dataclass(frozen=True, slots=True)
class Exact:
    """All coalitions of so many parts, in each replicate."""

    size: int
    replicates: int

    @property
    def method(self) -> str:
        """How that is called."""
        return f"exact: all {2**self.size} coalitions"

    @property
    def columns(self) -> tuple[Integers, Flags]:
        """Whose value is asked for: replicate (columns,) and who is in (columns, parts)."""
        masks = np.arange(2**self.size)
        members = (masks[:, None] >> np.arange(self.size)) & 1 == 1
        numbers = np.tile(np.arange(self.replicates, dtype=np.int64), len(masks))
        return numbers, np.repeat(members, self.replicates, axis=0)

    def solved(self, values: Floats) -> Shares:
        """The shares, from the value of each of `columns`.

        A part's is the gain from adding it to each coalition of the others, weighted by the chance that just its
        members come before the part.
        """
        n, masks = self.size, np.arange(2**self.size)
        table = values.reshape(len(masks), self.replicates)
        chances = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)])
        parts = np.empty((n, self.replicates))
        for part in range(n):
            without = masks[masks >> part & 1 == 0]
            weights = chances[[int(mask).bit_count() for mask in without]]
            parts[part] = (weights[:, None] * (table[without | 1 << part] - table[without])).sum(axis=0)
        return Shares(parts, table[0], table[-1])


@dataclass(frozen=True)
class Sampled:
    """Some orders of some parts, others in each replicate: parts as they are added, (replicates, orders, parts)."""

    orders: Integers

    @classmethod
    def draw(cls, size: int, replicates: int, orders: int, rng: np.random.Generator) -> Sampled:
        """Draws orders and their reverses; an odd number of them is rounded up."""
        one = np.argsort(rng.random((replicates, -(-orders // 2), size)), axis=2)
        return cls(np.concatenate([one, one[:, :, ::-1]], axis=1).astype(np.int64))

    @property
    def method(self) -> str:
        """How that is called."""
        return f"sampled: {self.orders.shape[1]} orders a replicate"

    @property
    def columns(self) -> tuple[Integers, Flags]:
        """Whose value is asked for: replicate (columns,) and who is in (columns, parts), by replicate and order."""
        replicates, orders, size = self.orders.shape
        steps = np.arange(size + 1)[:, None]
        members = self._place[:, :, None, :] < steps
        numbers = np.repeat(np.arange(replicates, dtype=np.int64), orders * (size + 1))
        return numbers, members.reshape(len(numbers), size)

    def solved(self, values: Floats) -> Shares:
        """The shares, from the value of each of `columns`."""
        replicates, orders, size = self.orders.shape
        walks = values.reshape(replicates, orders, size + 1)
        gains = np.take_along_axis(np.diff(walks, axis=2), self._place, axis=2)
        return Shares(gains.mean(axis=1).T, walks[:, 0, 0], walks[:, 0, -1])

    @property
    def _place(self) -> Integers:
        """When each part is added, (replicates, orders, parts)."""
        return np.argsort(self.orders, axis=2)


Design = Exact | Sampled


def once(numbers: Integers, members: Flags) -> tuple[Integers, Integers]:
    """The first of every group of equal columns, and for each column its group.

    Columns are equal if they have the same replicate, (columns,), and the same members, (columns, parts).
    """
    as_bytes = np.ascontiguousarray(numbers)[:, None].view(np.uint8)
    table = np.concatenate([as_bytes, np.packbits(members, axis=1)], axis=1)
    _, first, group = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return first.astype(np.int64), group.reshape(-1).astype(np.int64)
