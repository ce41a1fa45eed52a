"""What carries a result: each effect divided among its parts, as a waterfall of bars within a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from influence_sim.analysis.explain.attribution import POOLED, REMAINDER, shortened
from influence_sim.analysis.explain.division import EFFECT, PART
from influence_sim.base.months import month_words, parse_month
from influence_sim.base.numbers import MINUS, decimals_for, number, percent
from influence_sim.base.shown import capital
from influence_sim.reports.endings import NONE, Interval, Named, names_of
from influence_sim.reports.sentences import difference_words, unbroken
from influence_sim.theatre import Theatre
from influence_sim.theatre.spec import Outcome
from influence_sim.views.waterfall import starts_of

SHOWN, LEAST = 4, 0.05
"""At most so many parts of a division have a row of their own, and none below this part of its longest bar."""
AIR: Final = 0.04
"""Part of the scale that is left free at either side."""
TICKS: Final = 3
"""Intervals of the scale, at most."""
LOOKS: Final = {PART: "part", POOLED: "rest", REMAINDER: "rest", EFFECT: "whole"}
"""How the bars of each kind look; a part that lowers the outcome is `lower`."""


class Row(NamedTuple):
    """A part, or what is not one, in words, with its bar; places are in % of the scale."""

    sentence: str  # what it is; for a part, with what it does and the claims it stands for
    name: str  # of a part
    brings: str
    look: str  # `part` or `lower` for parts that raise or lower the outcome, `rest`, or `whole`
    left: float
    width: float
    interval: tuple[float, float] | None  # 95 %
    above: float | None  # where the bar of the row above ends
    end: float | None  # where this one ends, and the next begins


class Division(NamedTuple):
    """One way of dividing an effect."""

    heading: str
    method: str  # how it was solved
    rows: tuple[Row, ...]  # the whole effect last


@dataclass(frozen=True)
class Explained(Named):
    """An effect with what carries it."""

    finding: str  # the effect in one sentence
    effect: str  # the same as number and interval
    interval: str  # the interval alone, in words
    replicates: int  # behind it
    largest: str  # the part of each division that brings most, in one sentence; "" if all could be chance
    zero: float  # where the scale has its zero, in %
    ticks: tuple[tuple[float, str], ...]  # of the scale, in %, with their numbers
    divisions: tuple[Division, ...]  # none where the outcome does not move
    claims: Mapping[str, str]  # that the rows name, with their statements


@dataclass(frozen=True)
class Explanations:
    """What a page says of the parts."""

    outcomes: tuple[Explained, ...]  # those explained, the one that answers the question first
    note: str  # what else the reader should know of them; without outcomes, why there are none
    command: str  # that divides the effect with more runs

    @property
    def claims(self) -> Mapping[str, str]:
        """The claims that are named anywhere, with their statements."""
        return dict(sorted((name, text) for one in self.outcomes for name, text in one.claims.items()))


def explain(
    outcome: Outcome,
    theatre: Theatre,
    *,
    finding: str,
    size: Interval,
    replicates: int,
    divisions: Mapping[str, pd.DataFrame],
) -> Explained:
    """Lays out the parts of one effect; all divisions share a scale that holds zero, every bar and every interval.

    `size` is its mean and 95 % interval, and `finding` tells it in one sentence. The divisions have headings, and rows
    as of `attribute_each`, with a column `sentence`.
    """
    tables, edges = {}, [np.zeros(1)]
    for heading, every in divisions.items() if size.direction != NONE else ():
        sizes = every["value"].abs()
        largest = float(sizes[every["kind"] == PART].max())
        rows = shortened(every, SHOWN, LEAST * float(sizes.max()) / largest if largest else LEAST)
        tables[heading], starts = rows, starts_of(rows)
        edges += [starts, *(starts + rows[name].to_numpy(dtype=np.float64) for name in ("value", "ci_low", "ci_high"))]
    low, high = float(np.nanmin(np.concatenate(edges))), float(np.nanmax(np.concatenate(edges)))
    air = max(high - low, 1e-9) * AIR
    low, high = low - air, high + air

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)  # finer cannot be seen

    ticks = list(map(float, MaxNLocator(nbins=TICKS, steps=[1, 2, 5, 10]).tick_values(low, high) if tables else ()))
    decimals = decimals_for([ticks[1] - ticks[0]], fewest=0) if ticks else 0
    named = {name for rows in tables.values() for text in rows["claims"] for name in str(text).split()}
    effect = difference_words(size)
    ends = effect.partition("[")[2].removesuffix("]")
    return Explained(
        *names_of(outcome, theatre),
        finding=finding,
        effect=effect,
        interval=f"95 % interval {ends}" if ends else "no interval",
        replicates=replicates,
        largest="; ".join(filter(None, map(_largest, tables.values()))),
        zero=place(0.0),
        ticks=tuple((place(tick), number(tick, decimals, signed=True)) for tick in ticks if low <= tick <= high),
        divisions=tuple(
            Division(heading, str(rows["method"].iloc[0]).replace("coalitions", "combinations"), _rows(rows, place))
            for heading, rows in tables.items()
        ),
        claims={claim.id: claim.statement for claim in theatre.claims if claim.id in named},
    )


def _rows(table: pd.DataFrame, place: Callable[[float], float]) -> tuple[Row, ...]:
    records, begins = table.to_dict("records"), starts_of(table).tolist()
    joints = [place(begin + row["value"]) for begin, row in zip(begins, records, strict=True)][:-1]
    found = []
    for row, begin, above, end in zip(records, begins, [None, *joints], [*joints, None], strict=True):
        value, low, high = row["value"], row["ci_low"], row["ci_high"]
        part, left, right = row["kind"] == PART, *sorted((place(begin), place(begin + value)))
        sentence = _in_print(row["sentence"]) if part else "The whole effect"
        if row["kind"] in {POOLED, REMAINDER}:
            share = f", {_share(row)} of the effect" if isfinite(row["share"]) else ""
            sentence = capital(f"{row['part']} together" if row["kind"] == POOLED else row["words"]) + share
        found.append(
            Row(
                sentence=sentence,
                name=row["part"] if part else "",
                brings=difference_words(Interval(value, low, high)),
                look="lower" if part and value < 0 else LOOKS[row["kind"]],
                left=left,
                width=round(right - left, 2),
                interval=(place(begin + low), place(begin + high)) if isfinite(low) and low < high else None,
                above=above,
                end=end,
            )
        )
    return tuple(found)


def _in_print(text: str) -> str:
    """The same text with `January 2018` for `2018-01`, and with true minus signs."""
    return re.sub(r"\b\d{4}-\d{2}\b", lambda found: month_words(parse_month(found[0])), text).replace("(-", f"({MINUS}")


def _share(row: Mapping[Any, Any]) -> str:
    """`67 %` of the effect."""
    return unbroken(percent(round(row["share"], 2) + 0.0)).replace("-", MINUS)


def _largest(rows: pd.DataFrame) -> str:
    """The part of a division that brings most in the direction of the effect; "" if chance may explain it."""
    parts = rows[(rows["kind"] == PART) & (rows["share"] > 0) & (rows["ci_low"] * rows["ci_high"] > 0)]
    return "".join(f"“{_in_print(row['words'])}” ({_share(row)})" for row in parts.head(1).to_dict("records"))
