"""Scenario discovery: under which ranges of the factors something happens (Bryant and Lempert 2010)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
import pandas as pd

from influence_sim.analysis.sweeps import prim
from influence_sim.analysis.sweeps.design import MEAN, Design, at_month, outcomes_of, require_numbers
from influence_sim.analysis.sweeps.prim import Box, Cases, Key
from influence_sim.analysis.sweeps.where import OPTION, parse
from influence_sim.base.display import first_of
from influence_sim.base.errors import InputError, wrong
from influence_sim.base.numbers import percent
from influence_sim.base.values import ByValue
from influence_sim.runs.sweeps.design import DATE, POINT, Factor

FEWEST: Final = 20
"""Cases of interest, and others, below which no box is to be trusted."""
HALVES: Final = 20
"""Halves of the points from which a box is looked for again."""
HELD_OUT: Final = ("coverage", "density")
REPRODUCED: Final = 0.5
"""A limit that fewer of these boxes have is not reproduced."""
LIMITS: Final = (
    *("factor", "limit", "value", "choices", "left_out", "range_low", "range_high", "scale"),
    *("quasi_p", "reproduced", "verdict"),
)
HOLDS, CHANCE, ALONE = "holds", "may be chance", "not reproduced"
DEPENDENT: Final = (
    "the points of a {method} design share coordinates, so that quasi-p-values are smaller than they should be; an lhs "
    "design suits scenario discovery better"
)


@dataclass(frozen=True, eq=False, slots=True)
class Discovery(ByValue):
    """A box of factor ranges in which the cases of interest gather.

    The `trajectory` has one row a box on PRIM's way: `step`, of all cases the share within (`coverage`), of the points
    within the share of cases (`density`), of all points the share within (`mass`), how many factors are `restricted`,
    and which (`factors`). The `limits` have one row a limit of the chosen box: `factor`, `limit` (above, below, only),
    its `value`, the `choices` that remain and those `left_out`, the range (`range_low`, `range_high`) and its `scale`,
    `quasi_p`, the share of boxes from halves of the points that have this limit too (`reproduced`), and a `verdict`.
    """

    where: str  # what makes a point a case of interest
    date: str  # the month, `YYYY-MM`; "" if the table had no dates
    points: int  # of the sweep that counted
    dropped: int  # points without a number in a column that was asked for, or that failed
    cases: int  # of interest among the points
    trajectory: pd.DataFrame
    step: int  # of the trajectory, the box that was chosen
    # Whether the rule chose it; it was then settled: limits that chance explains were taken back, and what peeling took
    # too much was pasted back. A box the user asked for is as it was.
    by_rule: bool
    limits: pd.DataFrame
    quality: dict[str, float]  # of the box: coverage, density, mass, cases, points
    held_out: dict[str, float]  # coverage and density of boxes found from one half of the points, in the other half
    cautions: tuple[str, ...]  # why the box is not to be trusted; empty if there is no such reason
    notes: tuple[str, ...]  # what else has to be known


def find_box(
    frame: pd.DataFrame, design: Design, where: str, *, month: str | None = None, step: int | None = None, seed: int = 1
) -> Discovery:
    """Looks for a box in which a condition (`where`; NAME alone means NAME_mean) holds more often than elsewhere.

    By default in the last month of the runs, and the box that the rule chooses; `seed` is of the halves.

    Raises:
        InputError: the expression is wrong, there is no such month or step, or the condition holds at no
            point or at all of them.
    """
    (rows, date), paths = at_month(frame, month), [factor.path for factor in design.factors]
    column_names = {str(name): name for name in rows.columns if name not in {POINT, DATE}}
    column_names = {**{name: column_names[f"{name}{MEAN}"] for name in outcomes_of(rows)}, **column_names}
    condition = parse(where, list(column_names))
    require_numbers(rows, [column_names[name] for name in condition.columns])
    columns = {name: rows[column_names[name]].to_numpy(dtype=np.float64) for name in condition.columns}
    x = rows[paths].to_numpy(dtype=np.float64)
    finite = np.isfinite(np.column_stack([*(columns[name] for name in condition.columns), x])).all(axis=1)
    flags = condition.holds({name: columns[name][finite] for name in condition.columns})
    if flags.all() or not flags.any():
        rule = f"holds at {'every' if flags.any() else 'no'} point of {len(flags)}"
        spans = [f"{name} runs from {np.nanmin(columns[name]):.4g} to {np.nanmax(columns[name]):.4g}"
                 for name in condition.columns if np.isfinite(columns[name]).any()]  # fmt: skip
        raise InputError(wrong(OPTION, where, rule, ", ".join(spans)))
    discrete = np.array([bool(factor.choices) for factor in design.factors])
    cases = Cases(np.asfortranarray(x[finite]), flags, discrete)
    boxes = prim.peel_all(cases)
    position = prim.choose(cases, boxes) if step is None else step
    if not 0 <= position < len(boxes):
        rule = f"the trajectory has the points 0 to {len(boxes) - 1}"
        raise InputError(wrong("--point", position, rule))
    box = prim.paste(cases, prim.simplify(cases, boxes[position])) if step is None else boxes[position]
    counts, held_out = _halves(cases, seed)
    limits = pd.DataFrame(_limits(cases, box, design.factors, counts), columns=LIMITS)
    factor_sets = [dict.fromkeys(paths[factor] for factor, _ in stage.keys) for stage in boxes]
    return Discovery(
        where=where,
        date=date,
        points=len(flags),
        dropped=design.points - len(flags),
        cases=cases.total,
        trajectory=pd.DataFrame(
            {"step": number, **cases.quality(stage), "restricted": len(names), "factors": ", ".join(names)}
            for number, (stage, names) in enumerate(zip(boxes, factor_sets, strict=True))
        ),
        step=position,
        by_rule=step is None,
        limits=limits,
        quality=cases.quality(box),
        held_out=held_out,
        cautions=tuple(_cautions(cases, limits, position, len(boxes), by_rule=step is None)),
        notes=(DEPENDENT.format(method=design.method),) if design.block > 1 else (),
    )


def _halves(cases: Cases, seed: int) -> tuple[Counter[Key], dict[str, float]]:
    """In how many halves of the points the box found there has which limit, and how it does in the other half."""
    rng = np.random.default_rng(seed)
    counts: Counter[Key] = Counter()
    qualities = []
    for _ in range(HALVES):
        order = rng.permutation(len(cases.y))
        half, other = (cases.part(np.sort(part)) for part in (order[::2], order[1::2]))
        if half.total and other.total:
            boxes = prim.peel_all(half)
            box = prim.paste(half, prim.simplify(half, boxes[prim.choose(half, boxes)]))
            qualities.append(other.quality(box))
            counts.update(box.keys)
    means = {name: float(np.mean([q[name] for q in qualities])) if qualities else nan for name in HELD_OUT}
    return counts, means


def _limits(cases: Cases, box: Box, factors: Sequence[Factor], counts: Counter[Key]) -> Iterator[dict[str, object]]:
    for key in box.keys:
        factor, values, choice = factors[key[0]], box.limits[key], key[1] == prim.NOT
        low, high = float(cases.x[:, key[0]].min()), float(cases.x[:, key[0]].max())
        quasi_p, reproduced = cases.quasi_p(box, key), counts[key] / HALVES
        yield {
            "factor": factor.path,
            "limit": prim.SIDES[key[1]],
            "value": nan if choice else values[0],
            "choices": ", ".join(f"{v:g}" for v in factor.choices if v not in values) if choice else "",
            "left_out": ", ".join(f"{v:g}" for v in factor.choices if v in values) if choice else "",
            "range_low": low if choice else min(factor.low, low),
            "range_high": high if choice else max(factor.high, high),
            "scale": factor.scale,
            "quasi_p": quasi_p,
            "reproduced": reproduced,
            "verdict": CHANCE if quasi_p > prim.SIGNIFICANT else HOLDS if reproduced >= REPRODUCED else ALONE,
        }


def _cautions(cases: Cases, limits: pd.DataFrame, position: int, boxes: int, *, by_rule: bool) -> Iterator[str]:
    """Why the box is not to be trusted."""
    others = len(cases.y) - cases.total
    if cases.total < FEWEST:
        yield f"too few cases of interest to tell: {cases.total}, and it takes {FEWEST}"
    if others < FEWEST:
        yield f"too few points are no cases to tell: {others}, and it takes {FEWEST}"
    if limits.empty and by_rule:
        common = f"{percent(cases.total / len(cases.y))} of all points are cases; look for the others, or name a box"
        chance = "no limit of any factor tells these cases from the others better than chance would"
        reason = chance if position else common if boxes > 1 else "there are too few points to peel any away"
        yield f"no box: {reason}"
    for verdict, words in ((CHANCE, "may be chance"), (ALONE, "is not found again in most halves of the points")):
        names = limits.loc[limits["verdict"] == verdict, "factor"].unique().tolist()
        if names:
            yield f"a limit of {first_of(names)} {words}"
