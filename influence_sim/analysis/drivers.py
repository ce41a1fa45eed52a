"""The assumptions on which an answer depends, found in worlds that were run anyway, and distinguished from chance.

The measure is PAWN (Pianosi & Wagener 2015; from given data 2018), which does not ask whether an effect is straight, or
goes one way. Worlds are cut into slices by the value of an assumption; how far the answers within a slice are
distributed otherwise than over all worlds (Kolmogorov and Smirnov's distance), on average over its slices, is the
assumption's index. The index of a group, all assumptions whose names begin alike, is the mean over its members, as in
SALib. Chance is what remains when the answers are dealt out to the worlds anew: an assumption, or a group, stands out
if it exceeds its own mean under chance by more standard deviations than the best of *all* of them does in 99 of 100
deals. So five answers in which nothing matters name something in less than one run in twenty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.numbers import Flags, Floats, Integers, percent
from influence_sim.base.statistics import SAME
from influence_sim.theatre import load

SLICES = 5
"""Slices of worlds by the value of one assumption, as even as can be; or one a value, if it has fewer."""
CUTS = 15
"""Values of the answer at which distributions are compared: all, or this many evenly among them."""
FEWEST = 8
"""Worlds that a slice of several assumptions should hold."""
DEALS, BEYOND = 1000, 0.99
"""How often answers are dealt out anew, and the quantile of the best of all that must be exceeded."""
TURNS = 0.1
"""Difference of shares at both ends of an assumption from which the answer's sign is said to depend on it."""
HARDLY = 8
"""An index that would stand out only in more than so many times as many worlds is no trace of an effect."""
CELLS = 4_000_000
"""Numbers that are dealt at once, so that memory stays flat."""


class Driver(NamedTuple):
    """The assumption on which an answer depends most."""

    parameter: str = ""  # the assumption that exceeds chance most; "" if none varies, or the answer does not
    pawn: float = math.nan  # its index
    threshold: float = math.nan  # what its index must exceed to stand out
    stands_out: bool = False  # whether it does
    together: str = ""  # if no assumption stands out, a group that does (`mediation.*`); "" if none does, either
    # worlds in which an index of this size would stand out, a power of 2; 0 where it does, or where chance gives the
    # best of all about as much
    needed: int = 0
    # share of worlds with the answer's sign in the slice where the assumption is lowest; NaN without a sign
    at_low: float = math.nan
    at_high: float = math.nan  # the same where it is highest
    # of choices, whose order may mean nothing, these are the shares of those where it is smallest and largest, in their
    # own order; and these their names
    low_name: str = "low"
    high_name: str = "high"

    @classmethod
    def of_row(cls, row: Mapping[Any, Any]) -> Driver:
        """From a row of a table that has these columns; a folder of an older version may lack some."""
        values = {name: row[name] for name in cls._fields if name in row}
        return cls(**values)._replace(needed=int(values.get("needed", 0)))  # beside NaN it was a float

    @property
    def turns(self) -> bool:
        """Whether the answer's sign depends on the assumption, and not its size alone."""
        return abs(self.at_high - self.at_low) >= TURNS

    def words(self, worlds: int, label: str = "") -> str:
        """A clause that follows a share of so many worlds; `label` names the assumption for its readers."""
        name = label or self.parameter
        if self.stands_out and not self.turns:
            return f"its size hangs most on {name}"
        if self.stands_out:
            ends = f"{percent(self.at_low)} if {self.low_name}, {percent(self.at_high)} if {self.high_name}"
            return f"it hangs most on {name} ({ends})"
        if self.together:
            return f"no single assumption stands out, but those of {self.together} together do"
        if self.needed:
            return f"{worlds:,} worlds cannot tell on what it hangs: if on {name}, some {self.needed:,} could"
        return f"no assumption stands out in {worlds:,} worlds, nor is there a trace of one"

    @property
    def short(self) -> str:
        """The same in a word or two, for tables."""
        if self.stands_out:
            return self.parameter
        return f"{self.together} together" if self.together else "cannot tell"


class End(NamedTuple):
    """One end of an assumption, or one of its choices."""

    name: str  # `low` or `high`, or the choice's
    value: float  # the end of its range, or the choice's value
    share: float  # of the worlds in the last fifth before it, or with that choice, those that are of some kind


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """How an answer depends on each assumption, then on each group."""

    index: Floats  # (assumptions + groups,)
    mean: Floats  # of the index under chance
    spread: Floats  # its standard deviation
    chance: Floats  # how far the best of all exceeds its mean in each deal, in standard deviations, (deals,)

    @property
    def excess(self) -> Floats:
        """How far each index exceeds its mean under chance, in standard deviations."""
        return standardise(self.index, self.mean, self.spread)

    @property
    def threshold(self) -> float:
        """The excess beyond which an assumption or a group stands out."""
        return float(np.quantile(self.chance, BEYOND))


def standardise(index: Floats, mean: Floats, spread: Floats) -> Floats:
    """Distances from a mean in standard deviations; 0 where there is no spread."""
    distances: Floats = np.divide(index - mean, spread, out=np.zeros_like(index), where=spread > SAME)
    return distances


class Slices:
    """Worlds, in slices by the value of each assumption that varies."""

    def __init__(self, points: Mapping[str, Floats], rng: np.random.Generator) -> None:
        """Takes the value of each assumption in each world, (worlds,), and the generator of the deals."""
        self.points, self.names, self.rng = points, tuple(points), deepcopy(rng)
        self.slices = {name: slice_values(values) for name, values in points.items()}
        prefixes = [name.partition(".")[0] for name in self.names]
        self.groups = tuple(dict.fromkeys(f"{prefix}.*" for prefix in prefixes if prefixes.count(prefix) > 1))
        # A column for each slice, 1 in the rows of its worlds: fast products of whole numbers are the same everywhere.
        blocks = [(codes[:, None] == np.arange(codes.max() + 1)).astype(np.float32) for codes in self.slices.values()]
        self.inside = np.concatenate(blocks, axis=1) if blocks else np.empty((0, 0), dtype=np.float32)
        self.sizes = self.inside.sum(axis=0, dtype=np.float64)
        self.first = np.cumsum([0, *(block.shape[1] for block in blocks)])  # of each assumption's columns
        self.members = [[k for k, prefix in enumerate(prefixes) if prefix == group[:-2]] for group in self.groups]
        self._chance: dict[tuple[int, ...], tuple[Floats, Floats, Floats]] = {}

    def measured(self, answers: Floats) -> Measured | None:
        """Measures how the answers, (worlds,), depend on each assumption and group; None if nothing varies."""
        cuts = cuts_of(answers)
        if not self.names or not len(cuts):
            return None
        is_below = answers <= cuts[:, None]
        counts = tuple(is_below.sum(axis=1).tolist())
        if counts not in self._chance:  # which is all that chance depends on
            self._chance[counts] = self._by_chance(np.array(counts))
        return Measured(self._indices(is_below[None])[0], *self._chance[counts])

    @cached_property
    def deals(self) -> NDArray[np.uint16]:
        """The place of each world in each deal, (deals, worlds): the same, whatever answers are dealt."""
        rng, worlds, batch = deepcopy(self.rng), len(self.inside), max(1, CELLS // len(self.inside))
        sizes = (min(batch, DEALS - first) for first in range(0, DEALS, batch))
        return np.concatenate([np.argsort(rng.random((size, worlds)), axis=1).astype(np.uint16) for size in sizes])

    def driver(self, answers: Floats, sign: float = 0.0) -> Driver:
        """What the answers, (worlds,), depend on most; `at_low` and `at_high` only with a `sign`, 1 or -1."""
        measured = self.measured(answers)
        if measured is None:
            return Driver()
        count, critical = len(self.names), measured.threshold
        best = int(np.argmax(measured.excess[:count]))
        index, mean, spread = (float(numbers[best]) for numbers in (measured.index, measured.mean, measured.spread))
        threshold, typical = mean + critical * spread, mean + float(measured.chance.mean()) * spread
        driver = Driver(self.names[best], index, threshold, index > threshold)
        if sign:
            low, high = self.ends(driver.parameter, directions(answers) == sign)
            driver = driver._replace(at_low=low.share, at_high=high.share, low_name=low.name, high_name=high.name)
        if driver.stands_out:
            return driver
        excess_of = dict(zip(self.groups, measured.excess[count:].tolist(), strict=True))
        group = max(excess_of, key=excess_of.__getitem__, default="")
        needed = 0
        if index > typical:  # squares of distances: what an effect adds stays, what chance adds falls with the worlds
            factor = (threshold**2 - typical**2) / (index**2 - typical**2)
            needed = 2 ** math.ceil(math.log2(len(answers) * factor)) if factor <= HARDLY else 0
        group = group if excess_of.get(group, 0.0) > critical else ""
        return driver._replace(together=group, needed=needed)

    def standing_out(self, answers: Floats, most: int) -> list[str]:
        """The assumptions that stand out, the furthest beyond chance first, at most so many."""
        measured = self.measured(answers)
        if measured is None:
            return []
        excess = measured.excess[: len(self.names)]
        order = np.argsort(-excess, kind="stable")[:most]
        return [self.names[place] for place in order if excess[place] > measured.threshold]

    def ends(self, name: str, flags: Flags) -> tuple[End, End]:
        """Both ends of an assumption, and which worlds are of some kind, (worlds,), there.

        Of choices these are the two of which the fewest and the most worlds are of that kind, in their own order.
        """
        spec, values, codes = load().parameters.get(name), self.points[name], self.slices[name]
        if spec is not None and spec.choices:
            names = dict(zip(spec.choices, spec.meanings, strict=True))
            ends = [
                End(names[value], value, float(flags[values == value].mean())) for value in np.unique(values).tolist()
            ]
            least, *_, most = sorted(ends, key=lambda end: end.share)
            low, high = sorted((least, most), key=lambda end: end.value)
            return low, high
        low_value, high_value = (values.min(), values.max()) if spec is None else (spec.low, spec.high)
        return (
            End("low", float(low_value), float(flags[codes == 0].mean())),
            End("high", float(high_value), float(flags[codes == codes.max()].mean())),
        )

    def agreement(self, flags: Flags, names: Sequence[str] = ()) -> float:
        """How often two worlds in the same slice of some assumptions are of one kind, (worlds,), or both are not.

        With several assumptions slices are coarser, so that worlds share them; without any, it is of all worlds.
        """
        slices = max(2, min(SLICES, int((len(flags) / FEWEST) ** (1 / max(len(names), 1)) + SAME)))
        codes = np.array([slice_values(self.points[name], slices) for name in names], dtype=np.int64)
        _, cells = np.unique(codes.reshape(-1, len(flags)), axis=1, return_inverse=True)
        sizes, flagged = np.bincount(cells.reshape(-1)), np.bincount(cells.reshape(-1), weights=flags)
        pairs = sizes * (sizes - 1.0)
        alike = flagged * (flagged - 1) + (sizes - flagged) * (sizes - flagged - 1)
        shared = pairs > 0
        return float(np.average(alike[shared] / pairs[shared], weights=sizes[shared])) if shared.any() else math.nan

    def _indices(self, below: Flags) -> Floats:
        """The indices of assumptions and groups for answers below cuts, (deals, cuts, worlds)."""
        distances = np.zeros((len(below), len(self.sizes)))
        for cut in np.moveaxis(below, 1, 0):  # one after the other, so that all of it stays in the cache
            gaps = cut.astype(np.float32) @ self.inside / self.sizes
            gaps -= cut.mean(axis=1)[:, None]
            np.maximum(distances, np.abs(gaps, out=gaps), out=distances)
        # Sums in an order that does not depend on the number of processors, as that of a product would.
        singles = np.add.reduceat(distances, self.first[:-1], axis=1) / np.diff(self.first)
        return np.column_stack([singles, *(singles[:, members].mean(axis=1) for members in self.members)])

    def _by_chance(self, counts: Integers) -> tuple[Floats, Floats, Floats]:
        """Mean and spread of indices under chance and each deal's best excess; `counts` are answers below the cuts."""
        batch, parts = max(1, CELLS // (len(counts) * max(self.inside.shape))), []
        for first in range(0, DEALS, batch):
            parts.append(self._indices(self.deals[first : first + batch, None] < counts[:, None]))
        indices = np.concatenate(parts)
        mean, spread = indices.mean(axis=0), indices.std(axis=0)
        return mean, spread, standardise(indices, mean, np.broadcast_to(spread, indices.shape)).max(axis=1)


def directions(gaps: Floats) -> Floats:
    """1 where a difference is above zero, -1 where it is below, and 0 where the arms only rounded differently."""
    signs: Floats = np.sign(gaps) * (np.abs(gaps) > SAME)
    return signs


def slice_values(values: Floats, slices: int = SLICES) -> Integers:
    """The slice of each value, from 0 on: of even size, or one a value where there are few."""
    levels = np.unique(values)
    if len(levels) > slices:
        levels = np.quantile(values, np.arange(slices) / slices)
    _, codes = np.unique(np.searchsorted(levels, values, side="right"), return_inverse=True)
    return codes


def cuts_of(answers: Floats) -> Floats:
    """The values at which distributions of answers are compared; none if the answers are all the same."""
    if not len(answers) or np.ptp(answers) <= SAME:
        return np.empty(0)
    levels = np.unique(answers)
    if len(levels) > CUTS + 1:
        quantiles = np.quantile(answers, np.arange(1, CUTS + 1) / (CUTS + 1), method="lower")
        levels = np.unique([*quantiles, *levels[-2:]])  # the largest but one, lest all of them be the largest
    return levels[:-1]
