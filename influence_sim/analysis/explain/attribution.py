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
from influence_sim.analysis.explain.parts import ALL, LEFT, Part, dated_parameters, differing, mix, parts_of
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
    **options: Any,
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
        why; the numbers are those of the others. Where it could in none, only the effect is given.
    """
    parts_by_group = {group: parts_of(group, request) for group in groups if group != RESPONSE}
    if together and parts_by_group:
        parts_by_group = {ALL: [part for parts in parts_by_group.values() for part in parts]}
    rows_by_outcome: dict[str, list[tuple[object, ...]]] = {outcome: [] for outcome in outcomes}
    if RESPONSE in groups:
        (gaps,) = divide([request], outcomes, **{**options, "progress": None})
        for number, outcome in enumerate(outcomes):
            rows_by_outcome[outcome] += [(*row, 0, "") for row in response_rows(gaps[:, :, 0, number], RESPONSE)]
    if parts_by_group:
        for outcome, rows in _shapley(request, outcomes, parts_by_group, orders, **options).items():
            rows_by_outcome[outcome] += rows
    return {outcome: pd.DataFrame(rows, columns=list(COLUMNS)) for outcome, rows in rows_by_outcome.items()}


def _shapley(
    request: RunRequest, outcomes: Sequence[str], groups: Mapping[str, Sequence[Part]], orders: int, **options: Any
) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each outcome's table, division by division."""
    designs = {by: _design(len(parts), request, orders, by) for by, parts in groups.items()}
    all_parts, offset = [part for parts in groups.values() for part in parts], 0
    # The columns of all divisions, one behind the other; in those of one the parts of the others are on.
    numbers, members = [], []
    for design in designs.values():
        size = design.members.shape[1]
        numbers.append(design.numbers)
        members.append(np.pad(design.members, ((0, 0), (offset, len(all_parts) - offset - size)), constant_values=True))
        offset += size
    replicate, on = np.concatenate(numbers), np.concatenate(members)
    first, group = unique_columns(replicate, on)
    errors: list[str] = []
    values = effects(request, outcomes, all_parts, replicate[first], on[first], errors=errors, **options)[:, group]
    cuts, tables = np.cumsum([len(columns) for columns in numbers])[:-1], {}
    for outcome, effect in zip(outcomes, values, strict=True):
        games = zip(groups.items(), designs.values(), np.split(effect, cuts), strict=True)
        tables[outcome] = [row for (by, parts), design, game in games for row in _rows(by, parts, design, game, errors)]
    return tables


def effects(
    request: RunRequest,
    outcomes: Sequence[str],
    parts: Sequence[Part],
    numbers: Integers,
    members: Flags,
    *,
    errors: list[str] | None = None,
    **options: Any,
) -> Floats:
    """The effect column by column, scenario minus baseline on the same draws, (outcomes, columns).

    The outcomes are read in the last month of a run of two arms; `numbers`, (columns,), are the replicates,
    and `members`, (columns, parts), says which of the parts are on there. Given a list of `errors`, columns that could
    not be computed are NaN, and what happened there is added to it.
    """
    _, against = request.scenarios
    entries = differing(request.scenario, against)
    dated_names = dated_parameters(request)  # which must not come back at that date
    entry = np.array([part.entry is not None for part in parts], dtype=np.bool_)
    dated = np.array([not dated_names.isdisjoint(part.off) for part in parts], dtype=np.bool_)
    # of columns that differ in entries alone the baseline is run once
    first, baseline_of = unique_columns(numbers, members[:, ~entry])
    values = defaults_of(request.theatre) | request.parameters
    columns, is_first = np.arange(len(numbers)), np.zeros(len(numbers), np.bool_)
    is_first[first] = True
    examples, group = unique_columns(np.zeros_like(numbers), members[:, entry | dated])
    jobs, columns_by_job, last = [], [], [request.months - 1]
    for number, example in enumerate(examples):
        off, of_group = [part for part, on in zip(parts, members[example], strict=True) if not on], group == number
        entries_off, names_off = {part.entry for part in off}, {name for part in off for name in part.off}
        arms = [
            Arm(request.theatre, mix(request.scenario, against, on, names_off), request.months, request.parameters)
            for on in ([item for item in entries if item not in entries_off], ())
        ]
        for chosen, run_arms in ((columns[of_group & is_first], arms), (columns[of_group & ~is_first], arms[:1])):
            points: dict[str, Floats] = {}  # the parameters of parts that are off anywhere
            for place, part in enumerate(parts):
                is_off = ~members[chosen, place]
                for name, value in part.off.items() if is_off.any() else ():
                    points.setdefault(name, np.full(len(chosen), values[name]))[is_off] = value
            if len(chosen):
                draws = numbers[chosen][:, None]
                jobs.append(Job(run_arms, request.seed, draws, side_by_side, points, steps=last, outcomes=outcomes))
                columns_by_job.append(chosen)
    levels = np.full((2, len(outcomes), len(numbers)), np.nan)
    for chosen, result in zip(columns_by_job, run_jobs(jobs, errors, **options), strict=True):
        levels[: result.shape[1], :, chosen] = np.moveaxis(result[:, :, 0, :, 0], 0, 2)
    effect: Floats = levels[0] - levels[1][:, first][:, baseline_of]
    return effect


def _rows(
    by: str, parts: Sequence[Part], design: Design, values: Floats, errors: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    """The rows of one division: parts, the largest first, a remainder if there is one, and the effect."""
    result = design.solve(values)
    shares, failed = result.computed()
    error, rows = errors[0] if failed else "", list[tuple[str, Part, Floats]]()
    full = shares.full if len(shares.full) else result.full[np.isfinite(result.full)]  # which needs no part off
    effect = float(full.mean())
    if len(shares.full):
        order = np.argsort(-np.abs(shares.parts.mean(axis=1)), kind="stable")
        rows = [(PART, parts[index], shares.parts[index]) for index in order]
    if shares.empty.any():
        rows.append((REMAINDER, Part(REMAINDER, LEFT[by]), shares.empty))
    rows.append((EFFECT, Part(EFFECT, "all of it"), full))
    for kind, part, contribution in rows:
        mean, low, high = mean_interval(contribution)
        share = mean / effect if abs(effect) > SAME else np.nan
        cells = by, kind, part.name, part.words, " ".join(part.claims), mean, low, high, share, design.method
        yield *cells, failed, error


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
    parts, others = division[division["kind"] == PART], division[division["kind"] != PART]
    sizes = parts["value"].abs()
    large = (sizes >= least * sizes.max()) & (sizes > 0) & (np.arange(len(parts)) < most)
    small = parts[~large]
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
        share=small["share"].sum(min_count=1),  # NaN of those that have none
    )
    shorter: pd.DataFrame = pd.concat([parts[large], pooled, others], ignore_index=True)
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
    solve: Callable[[Floats], Shares]  # the shares, from its value, (columns,)


def exact(size: int, replicates: int) -> Design:
    """All coalitions of so many parts, in each replicate.

    A part's share is the gain from adding it to each coalition of the others, weighted by the chance that just its
    members come before the part.
    """
    masks = np.arange(2**size)
    members = (masks[:, None] >> np.arange(size)) & 1 == 1
    chances = np.array([factorial(k) * factorial(size - k - 1) / factorial(size) for k in range(size)])

    def solve(values: Floats) -> Shares:
        table, parts = values.reshape(len(masks), replicates), np.empty((size, replicates))
        for part in range(size):
            without = masks[~members[:, part]]
            weights = chances[members[without].sum(axis=1)]
            parts[part] = (weights[:, None] * (table[without | 1 << part] - table[without])).sum(axis=0)
        return Shares(parts, table[0], table[-1])

    numbers = np.tile(np.arange(replicates, dtype=np.int64), len(masks))
    return Design(f"exact: all {2**size} coalitions", numbers, np.repeat(members, replicates, axis=0), solve)


def draw_orders(size: int, replicates: int, orders: int, rng: np.random.Generator) -> Integers:
    """Draws orders of parts and their reverses, (replicates, orders, parts); an odd number of them is rounded up."""
    forward = np.argsort(rng.random((replicates, -(-orders // 2), size)), axis=2)
    return np.concatenate([forward, forward[:, :, ::-1]], axis=1).astype(np.int64)


def sampled(orders: Integers) -> Design:
    """Only the coalitions along some orders, others in each replicate."""
    replicates, count, size = orders.shape
    place = np.argsort(orders, axis=2)  # when each part is added
    members = place[:, :, None, :] < np.arange(size + 1)[:, None]
    numbers = np.repeat(np.arange(replicates, dtype=np.int64), count * (size + 1))

    def solve(values: Floats) -> Shares:
        walks = values.reshape(replicates, count, size + 1)
        gains = np.take_along_axis(np.diff(walks, axis=2), place, axis=2)
        return Shares(gains.mean(axis=1).T, walks[:, 0, 0], walks[:, 0, -1])

    return Design(f"sampled: {count} orders a replicate", numbers, members.reshape(len(numbers), size), solve)


def unique_columns(numbers: Integers, members: Flags) -> tuple[Integers, Integers]:
    """The first of every group of equal columns, and for each column its group.

    Columns are equal if they have the same replicate, (columns,), and the same members, (columns, parts).
    """
    keys = pd.DataFrame(np.column_stack([numbers, np.packbits(members, axis=1)]))
    group = np.asarray(keys.groupby([*keys]).ngroup(), dtype=np.int64)
    return np.unique(group, return_index=True)[1].astype(np.int64), group
