"""Why an outcome moved: its effect divided among parts by Shapley values over knock-outs, on shared draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from influence_sim.analysis.coalitions import Coalitions
from influence_sim.analysis.parts import INTERESTS, INTERVENTIONS, MECHANISMS, RULES, Part, parts_of
from influence_sim.analysis.shapley import Design, Exact, Sampled, Shares, once
from influence_sim.base.errors import InputError, Problem
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.base.progress import Progress
from influence_sim.base.statistics import SAME, mean_interval
from influence_sim.runs.request import RunRequest
from influence_sim.scenario import ResolvedScenario

EXACT = 8
"""Up to so many parts all coalitions are run; beyond, orders are drawn."""
EXACT_ENTRIES = 9
"""The same for what a scenario fixes: each set of entries is an arm, and orders would visit nearly all of them, too."""
ORDERS = 8
"""Orders drawn for each replicate."""
PART, POOLED, REMAINDER, EFFECT = "part", "pooled", "remainder", "effect"
ALL = "everything"
LEFT = {
    INTERVENTIONS: "what is left with nothing fixed",
    RULES: "what is left with all these rules off",
    INTERESTS: "what is left when nobody wants anything",
    MECHANISMS: "what is left with all these mechanisms off",
    ALL: "what is left with all of these off",
}
"""What the remainder of each division is."""
SHOWN, LEAST = 8, 0.02
"""At most so many parts of a division are shown, and none below this part of the largest."""
COLUMNS = ("by", "kind", "part", "words", "claims", "value", "ci_low", "ci_high", "share", "method")


@dataclass(frozen=True)
class Division:
    """One way of dividing an effect.

    Attributes:
        by: a group of parts, or `ALL`.
        parts: what it is divided among.
        design: the coalitions that are run.
    """

    by: str
    parts: Sequence[Part]
    design: Design

    @property
    def method(self) -> str:
        """How it is solved."""
        if isinstance(self.design, Exact):
            return f"exact: all {2 ** len(self.parts)} coalitions"
        return f"sampled: {self.design.orders.shape[1]} orders a replicate"


def attribute(
    request: RunRequest,
    outcome: str,
    groups: Sequence[str],
    *,
    orders: int = ORDERS,
    together: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Divides an effect: the mean paired difference of an outcome in the last month of a run.

    The value of a coalition is that effect when only the parts in it are on. A part of the scenario is off where it
    stands as in the baseline; a rule, an interest or a mechanism is off in both arms and from the first month.

    Args:
        request: a run of two arms.
        outcome: what is explained.
        groups: the groups of parts, each dividing the whole effect.
        orders: drawn for each replicate where there are too many parts for all coalitions; an even number.
        together: divide once among the parts of all groups instead.
        workers: threads; the numbers do not depend on them.
        progress: called with the histories done and their total.

    Returns:
        The columns `COLUMNS`, division by division: the parts, the largest first, then a `remainder` if the effect
        does not vanish with all parts off, then the `effect`. `value` is the mean over replicates, with the 95 %
        interval of that mean (Monte-Carlo error, of replicates and of orders); `share` the part of the effect (NaN
        where there is none). Parts and remainder add up to the effect.

    Raises:
        InputError: the run has one arm.
        MachineError: as for `run_points`.
    """
    found = attribute_each(
        request, (outcome,), groups, orders=orders, together=together, workers=workers, progress=progress
    )
    return found[outcome]


def attribute_each(
    request: RunRequest,
    outcomes: Sequence[str],
    groups: Sequence[str],
    *,
    orders: int = ORDERS,
    together: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Divides the effects on several outcomes, all read in the same runs; each as `attribute` does.

    Raises:
        InputError: the run has one arm.
        MachineError: as for `run_points`.
    """
    against = request.against
    if against is None:
        rule = "nothing to explain: without a second arm there is no effect"
        raise InputError(Problem("--against", None, None, request.scenario.name, rule))
    divisions = _divisions(request, against, groups, orders, together=together)
    parts = [part for division in divisions for part in division.parts]
    numbers, members = _columns(divisions)
    first, group = once([numbers, members])
    rows = [request.theatre.vocabulary.outcomes.index(outcome) for outcome in outcomes]
    coalitions = Coalitions(request, against, rows, parts, numbers[first], members[first])
    values = coalitions.values(workers=workers, progress=progress)[:, group]
    return {outcome: _table(divisions, own) for outcome, own in zip(outcomes, values, strict=True)}


def _table(divisions: Sequence[Division], values: Floats) -> pd.DataFrame:
    """The rows of one outcome, from the effect in each column of all divisions."""
    sizes = np.cumsum([len(division.design.columns[0]) for division in divisions])[:-1]
    solved = [d.design.solved(part) for d, part in zip(divisions, np.split(values, sizes), strict=True)]
    rows = [row for d, shares in zip(divisions, solved, strict=True) for row in _rows(d, shares)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _divisions(
    request: RunRequest, against: ResolvedScenario, groups: Sequence[str], orders: int, *, together: bool
) -> list[Division]:
    found = {g: parts_of(g, request.theatre, request.scenario, against, request.parameters) for g in groups}
    if together:
        found = {ALL: [part for parts in found.values() for part in parts]}
    return [Division(by, parts, _design(len(parts), request, orders, by)) for by, parts in found.items()]


def _design(size: int, request: RunRequest, orders: int, by: str) -> Design:
    if size <= (EXACT_ENTRIES if by == INTERVENTIONS else EXACT):
        return Exact(size, request.replicates)
    rng = np.random.default_rng([request.seed, *by.encode()])  # the same whatever else is asked for
    return Sampled.draw(size, request.replicates, orders, rng)


def _columns(divisions: Sequence[Division]) -> tuple[Integers, Flags]:
    """The columns of all divisions; the parts of the others are on."""
    whole = sum(len(division.parts) for division in divisions)
    numbers, rows, start = [], [], 0
    for division in divisions:
        own, members = division.design.columns
        wide = np.ones((len(own), whole), dtype=np.bool_)
        wide[:, start : start + members.shape[1]] = members
        start += members.shape[1]
        numbers.append(own)
        rows.append(wide)
    return np.concatenate(numbers), np.concatenate(rows)


def _rows(division: Division, shares: Shares) -> Iterator[dict[str, object]]:
    effect = float(shares.full.mean())
    order = np.argsort(-np.abs(shares.parts.mean(axis=1)), kind="stable")
    for index in order:
        yield _row(division, PART, division.parts[index], shares.parts[index], effect)
    if shares.empty.any():
        yield _row(division, REMAINDER, Part(REMAINDER, LEFT[division.by], division.by, ()), shares.empty, effect)
    yield _row(division, EFFECT, Part(EFFECT, "all of it", division.by, ()), shares.full, effect)


def _row(division: Division, kind: str, part: Part, values: Floats, effect: float) -> dict[str, object]:
    mean, low, high = mean_interval(values)
    return {
        "by": division.by,
        "kind": kind,
        "part": part.name,
        "words": part.words,
        "claims": " ".join(part.claims),
        "value": mean,
        "ci_low": low,
        "ci_high": high,
        "share": mean / effect if abs(effect) > SAME else np.nan,
        "method": division.method,
    }


def shortened(division: pd.DataFrame, most: int = SHOWN, least: float = LEAST) -> pd.DataFrame:
    """One division with its small parts in one row.

    Args:
        division: rows of one division, as `attribute` gives them.
        most: parts that are kept at most.
        least: size below which a part is pooled, as a share of the largest.

    Returns:
        The same columns: the largest parts, a row of the kind `pooled` with the sum of the others (without an
        interval), remainder, effect.
    """
    parts, rest = division[division["kind"] == PART], division[division["kind"] != PART]
    sizes = parts["value"].abs()
    kept = (sizes >= least * sizes.max()) & (sizes > 0) & (np.arange(len(parts)) < most)
    small = parts[~kept]
    if len(small) < 2:  # a row for one part would say less than the part itself
        return division
    row = {
        "by": small["by"].iloc[0],
        "kind": POOLED,
        "part": f"{len(small)} smaller ones",
        "words": ", ".join(small["part"]),
        "claims": "",
        "value": small["value"].sum(),
        "ci_low": np.nan,
        "ci_high": np.nan,
        "share": small["share"].sum(),
        "method": small["method"].iloc[0],
    }
    out: pd.DataFrame = pd.concat([parts[kept], pd.DataFrame([row]), rest], ignore_index=True)
    return out
