"""Shapley values: what each part of a whole brings, on average over all orders in which the parts could be added.

A *game* gives every coalition of parts a value, replicate by replicate. Few parts are solved exactly, over all their
coalitions; many by orders that are drawn for each replicate anew, each order beside its reverse (antithetic). Along an
order the gains add up to the whole, so that the shares do so in every replicate, however few orders there are.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import NamedTuple

import numpy as np

from influence_sim.base.numbers import Flags, Floats, Integers


class Shares(NamedTuple):
    """The solution of a game."""

    parts: Floats  # what each part brings, (parts, replicates)
    empty: Floats  # the value of the coalition without any part, (replicates,)
    full: Floats  # and of that of all of them

    def computed(self) -> tuple[Shares, int]:
        """The same of those replicates alone in which every value is a number, and how many others there are."""
        ran = np.isfinite(self.parts).all(axis=0) & np.isfinite(self.empty) & np.isfinite(self.full)
        return Shares(self.parts[:, ran], self.empty[ran], self.full[ran]), int((~ran).sum())


class Design(NamedTuple):
    """A way to solve a game: which coalitions' values it takes, and what becomes of them."""

    method: str  # how it is called
    numbers: Integers  # the replicate of each coalition, (columns,)
    members: Flags  # who is in it, (columns, parts)
    solved: Callable[[Floats], Shares]  # the shares, from its value, (columns,)


def exact(size: int, replicates: int) -> Design:
    """All coalitions of so many parts, in each replicate.

    A part's share is the gain from adding it to each coalition of the others, weighted by the chance that just its
    members come before the part.
    """
    masks = np.arange(2**size)
    members = (masks[:, None] >> np.arange(size)) & 1 == 1
    chances = np.array([factorial(k) * factorial(size - k - 1) / factorial(size) for k in range(size)])

    def solved(values: Floats) -> Shares:
        table, parts = values.reshape(len(masks), replicates), np.empty((size, replicates))
        for part in range(size):
            without = masks[~members[:, part]]
            weights = chances[members[without].sum(axis=1)]
            parts[part] = (weights[:, None] * (table[without | 1 << part] - table[without])).sum(axis=0)
        return Shares(parts, table[0], table[-1])

    numbers = np.tile(np.arange(replicates, dtype=np.int64), len(masks))
    return Design(f"exact: all {2**size} coalitions", numbers, np.repeat(members, replicates, axis=0), solved)


def draw_orders(size: int, replicates: int, orders: int, rng: np.random.Generator) -> Integers:
    """Draws orders of parts and their reverses, (replicates, orders, parts); an odd number of them is rounded up."""
    one = np.argsort(rng.random((replicates, -(-orders // 2), size)), axis=2)
    return np.concatenate([one, one[:, :, ::-1]], axis=1).astype(np.int64)


def sampled(orders: Integers) -> Design:
    """Only the coalitions along some orders, others in each replicate."""
    replicates, count, size = orders.shape
    place = np.argsort(orders, axis=2)  # when each part is added
    members = place[:, :, None, :] < np.arange(size + 1)[:, None]
    numbers = np.repeat(np.arange(replicates, dtype=np.int64), count * (size + 1))

    def solved(values: Floats) -> Shares:
        walks = values.reshape(replicates, count, size + 1)
        gains = np.take_along_axis(np.diff(walks, axis=2), place, axis=2)
        return Shares(gains.mean(axis=1).T, walks[:, 0, 0], walks[:, 0, -1])

    return Design(f"sampled: {count} orders a replicate", numbers, members.reshape(len(numbers), size), solved)


def once(numbers: Integers, members: Flags) -> tuple[Integers, Integers]:
    """The first of every group of equal columns, and for each column its group.

    Columns are equal if they have the same replicate, (columns,), and the same members, (columns, parts).
    """
    bits = np.packbits(members, axis=1)
    words = np.zeros((len(members), -(-bits.shape[1] // 8) * 8), np.uint8)
    words[:, : bits.shape[1]] = bits
    keys = [numbers, *words.view(">u8").astype(np.uint64).T]  # numbers sort twenty times as fast as rows of bytes
    order = np.lexsort(keys[::-1])
    begins, group = np.ones(len(order), np.bool_), np.empty(len(order), np.int64)
    begins[1:] = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    group[order] = np.cumsum(begins) - 1
    return order[begins], group
