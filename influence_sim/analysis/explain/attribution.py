"""Why an outcome moved: its effect divided among parts by Shapley values over knock-outs, on shared draws.

A part's Shapley value is what it brings on average over all orders in which the parts could be added. A *game* gives
every coalition of parts a value, replicate by replicate. Few parts are solved exactly, over all their coalitions; many
by orders that are drawn for each replicate anew, each order beside its reverse (antithetic). Along an order the gains
add up to the whole, so that the shares do so in every replicate, however few orders there are.

Rules, interests and mechanisms are parameters, so that coalitions of them are points of one arm. What a scenario fixes
takes an arm of its own for each set of its entries. The baseline is run under the same parameters, once for all of
these arms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import factorial
from typing import Any, NamedTuple

import numpy as np

from influence_sim.analysis.explain import INTERVENTIONS, RESPONSE
from influence_sim.analysis.explain.division import EFFECT, PART, divide
from influence_sim.analysis.explain.division import rows_of as response_rows
from influence_sim.analysis.explain.parts import ALL, LEFT, Part, dated_parameters, differing, mixed, parts_of
from influence_sim.analysis.worlds import defaults_of
from influence_sim.base.late import pd
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.base.statistics import SAME, mean_interval
from influence_sim.model import Arm
from influence_sim.runs.points import Job, run_jobs, side_by_side
from influence_sim.runs.request import RunRequest

EXACT = 8
"""Up to so many parts all coalitions are run; beyond, orders are drawn."""
EXACT_ENTRIES = 9
"""The same for what a scenario fixes: each set of entries is an arm, and orders would visit nearly all of them, too."""
ORDERS = 8
"""Orders drawn for each replicate."""
POOLED, REMAINDER = "pooled", "remainder"
SHOWN, LEAST = 8, 0.02
"""At most so many parts of a division are shown, and none below this part of the largest."""
COLUMNS = ("by", "kind", "part", "words", "claims", "value", "ci_low", "ci_high", "share", "method", "failed", "error")


def attribute_each(
    request: RunRequest,
    outcomes: Sequence[str],
    groups: Sequence[str],
    *,
    orders: int = ORDERS,
    together: bool = False,
    **how: Any,
) -> dict[str, pd.DataFrame]:
    """Divides effects: the mean paired differences of some outcomes in the last month of a run, read in the same runs.

    The value of a coalition is that effect when only the parts in it are on. A part of the scenario is off where it
    stands as in the baseline; a rule, an interest or a mechanism is off in both arms and from the first month.

    The run has two arms. Each group of parts divides the whole effect, unless all are to divide it `together`; the
    group `response` is no knock-out and stands by itself (see `division`). So many
    `orders`, an even number, are drawn for each replicate where there are too many parts for all coalitions.

    Returns:
        For each outcome a table with the columns `COLUMNS`, division by division: the parts, the largest first, then
        a `remainder` if the effect does not vanish with all parts off, then the `effect`. `value` is the mean over
        replicates, with the 95 % interval of that mean (Monte-Carlo error, of replicates and of orders); `share` the
        part of the effect (NaN where there is none). Parts and remainder add up to the effect. Where a model without
        some of the parts could not be computed in every replicate, `failed` says in how many it could not, and `error`
        why; the numbers are those of the others. Where it could in none, only the effect is told.
    """
    divided = {group: parts_of(group, request) for group in groups if group != RESPONSE}
    if together and divided:
        divided = {ALL: [part for parts in divided.values() for part in parts]}
    told: dict[str, list[tuple[object, ...]]] = {outcome: [] for outcome in outcomes}
    if RESPONSE in groups:
        (gaps,) = divide([request], outcomes, **{**how, "progress": None})
        for number, outcome in enumerate(outcomes):
            told[outcome] += [(*row, 0, "") for row in response_rows(gaps[:, :, 0, number], RESPONSE)]
    if divided:
        for outcome, rows in _shapley(request, outcomes, divided, orders, **how).items():
            told[outcome] += rows
    return {outcome: pd.DataFrame(rows, columns=list(COLUMNS)) for outcome, rows in told.items()}


def _shapley(
    request: RunRequest, outcomes: Sequence[str], divided: Mapping[str, Sequence[Part]], orders: int, **how: Any
) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each outcome's table, division by division."""
    designs = {by: _design(len(parts), request, orders, by) for by, parts in divided.items()}
    every, before = [part for parts in divided.values() for part in parts], 0
    # The columns of all divisions, one behind the other; in those of one the parts of the others are on.
    numbers, members = [], []
    for design in designs.values():
        size = design.members.shape[1]
        numbers.append(design.numbers)
        members.append(np.pad(design.members, ((0, 0), (before, len(every) - before - size)), constant_values=True))
        before += size
    replicate, inside = np.concatenate(numbers), np.concatenate(members)
    first, group = once(replicate, inside)
    errors: list[str] = []
    values = effects(request, outcomes, every, replicate[first], inside[first], errors=errors, **how)[:, group]
    cuts, tables = np.cumsum([len(own) for own in numbers])[:-1], {}
    for outcome, own in zip(outcomes, values, strict=True):
        found = zip(divided.items(), designs.values(), np.split(own, cuts), strict=True)
        tables[outcome] = [row for (by, parts), design, cut in found for row in _rows(by, parts, design, cut, errors)]
    return tables


def effects(
    request: RunRequest,
    outcomes: Sequence[str],
    parts: Sequence[Part],
    numbers: Integers,
    members: Flags,
    *,
    errors: list[str] | None = None,
    **how: Any,
) -> Floats:
    """The effect column by column, scenario minus baseline on the same draws, (outcomes, columns).

    The outcomes are read in the last month of a run of two arms; `numbers`, (columns,), are the replicates,
    and `members`, (columns, parts), says which of the parts are on there. Given a list of `errors`, columns that could
    not be computed are NaN, and what happened there is added to it.
    """
    _, against = request.scenarios
    differ = differing(request.scenario, against)
    changed = dated_parameters(request)  # which must not come back at that date
    entry = np.array([part.entry is not None for part in parts], dtype=np.bool_)
    dated = np.array([not changed.isdisjoint(part.off) for part in parts], dtype=np.bool_)
    # of columns that differ in entries alone the baseline is run once
    first, twin = once(numbers, members[:, ~entry])
    otherwise = defaults_of(request.theatre) | request.parameters
    every, new = np.arange(len(numbers)), np.zeros(len(numbers), np.bool_)
    new[first] = True
    examples, group = once(np.zeros_like(numbers), members[:, entry | dated])
    jobs, places = [], []
    for index, example in enumerate(examples):
        off = [part for part, on in zip(parts, members[example], strict=True) if not on]
        gone, without = {part.entry for part in off}, {name for part in off for name in part.off}
        arms = [
            Arm(request.theatre, mixed(request.scenario, against, on, without), request.months, request.parameters)
            for on in ([item for item in differ if item not in gone], ())
        ]
        for own, some in ((every[(group == index) & new], arms), (every[(group == index) & ~new], arms[:1])):
            points: dict[str, Floats] = {}  # the parameters of parts that are off anywhere
            for place, part in enumerate(parts):
                out = ~members[own, place]
                for name, value in part.off.items() if out.any() else ():
                    points.setdefault(name, np.full(len(own), otherwise[name]))[out] = value
            how_many: dict[str, Any] = {"steps": [request.months - 1], "outcomes": outcomes}
            if len(own):
                jobs.append(Job(some, request.seed, numbers[own][:, None], side_by_side, points, **how_many))
                places.append(own)
    levels = np.full((2, len(outcomes), len(numbers)), np.nan)
    for own, kept in zip(places, run_jobs(jobs, errors, **how), strict=True):
        levels[: kept.shape[1], :, own] = np.moveaxis(kept[:, :, 0, :, 0], 0, 2)
    effect: Floats = levels[0] - levels[1][:, first][:, twin]
    return effect


def _rows(
    by: str, parts: Sequence[Part], design: Design, values: Floats, errors: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    """The rows of one division: parts, the largest first, a remainder if there is one, and the effect."""
    whole = design.solved(values)
    shares, failed = whole.computed()
    error, found = errors[0] if failed else "", list[tuple[str, Part, Floats]]()
    full = shares.full if len(shares.full) else whole.full[np.isfinite(whole.full)]  # which needs no part switched off
    effect = float(full.mean())
    if len(shares.full):
        order = np.argsort(-np.abs(shares.parts.mean(axis=1)), kind="stable")
        found = [(PART, parts[index], shares.parts[index]) for index in order]
    if shares.empty.any():
        found.append((REMAINDER, Part(REMAINDER, LEFT[by]), shares.empty))
    found.append((EFFECT, Part(EFFECT, "all of it"), full))
    for kind, part, brought in found:
        mean, low, high = mean_interval(brought)
        share = mean / effect if abs(effect) > SAME else np.nan
        told = by, kind, part.name, part.words, " ".join(part.claims), mean, low, high, share, design.method
        yield *told, failed, error


def _design(size: int, request: RunRequest, orders: int, by: str) -> Design:
    if size <= (EXACT_ENTRIES if by == INTERVENTIONS else EXACT):
        return exact(size, request.replicates)
    rng = np.random.default_rng([request.seed, *by.encode()])  # the same whatever else is asked for
    return sampled(draw_orders(size, request.replicates, orders, rng))


def shortened(division: pd.DataFrame, most: int = SHOWN, least: float = LEAST) -> pd.DataFrame:
    """One division with its small parts in one row: those beyond the `most` largest, or below a part of the largest.

    Returns:
        The largest parts, a row of the kind `pooled` with the sum of the others (no interval), remainder, effect.
    """
    parts, rest = division[division["kind"] == PART], division[division["kind"] != PART]
    sizes = parts["value"].abs()
    kept = (sizes >= least * sizes.max()) & (sizes > 0) & (np.arange(len(parts)) < most)
    small = parts[~kept]
    if len(small) < 2:  # a row for one part would say less than the part itself
        return division
    pooled = small.iloc[[0]].assign(
        kind=POOLED,
        part=f"{len(small)} smaller ones",
        words=", ".join(small["part"]),
        claims="",
        value=small["value"].sum(),
        ci_low=np.nan,
        ci_high=np.nan,
        share=small["share"].sum(),
    )
    shorter: pd.DataFrame = pd.concat([parts[kept], pooled, rest], ignore_index=True)
    return shorter


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
