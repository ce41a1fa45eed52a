"""The parts of a result: each effect divided among them, as a waterfall of bars within a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from influence_sim.analysis.explain.attribution import POOLED, REMAINDER, shortened
from influence_sim.analysis.explain.division import EFFECT, PART
from influence_sim.api.explain import HEADINGS, Explanation, sentence
from influence_sim.api.lookups import labels
from influence_sim.base.display import capital
from influence_sim.base.numbers import MINUS, decimals_for, number, percent
from influence_sim.theatre import Theatre
from influence_sim.views.waterfall import starts_of
from influence_sim.words.endings import NONE, Interval, OutcomeText, names_of
from influence_sim.words.sentences import difference_words, for_print, unbroken

MAX_ROWS, MIN_SHARE = 4, 0.05
"""Most parts of a division with a row of their own; their smallest size, as a share of its longest bar."""
MARGIN: Final = 0.04
"""Share of the scale that is left free on either side."""
MAX_TICKS: Final = 3
"""Most intervals of the scale."""
ROW_LOOKS: Final = {PART: "part", POOLED: "rest", REMAINDER: "rest", EFFECT: "whole"}
"""The look of the bars of each kind; that of a part that lowers the outcome is `lower`."""


class Row(NamedTuple):
    """A row with its bar: a part, the rest or the whole effect; positions are in % of the scale."""

    sentence: str  # its description; of a part, with what it does and its claims
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
    method: str  # how it was computed
    rows: tuple[Row, ...]  # the whole effect last


@dataclass(frozen=True)
class Explained(OutcomeText):
    """An effect with its parts."""

    finding: str  # the effect in one sentence
    effect: str  # the same as number and interval
    interval: str  # the interval alone, in words
    replicates: int  # number of replicates
    largest: str  # the largest part of each division, in one sentence; "" if all could be chance
    zero: float  # position of zero on the scale, in %
    ticks: tuple[tuple[float, str], ...]  # of the scale, in %, with their numbers
    divisions: tuple[Division, ...]  # none where the outcome does not move
    claims: Mapping[str, str]  # the claims that the rows name, with their statements


@dataclass(frozen=True)
class Explanations:
    """The section of a page on the parts of effects."""

    outcomes: tuple[Explained, ...]  # those explained, the one that answers the question first
    note: str  # a note on them; without outcomes, why there are none
    command: str  # the command that divides the effect with more runs

    @property
    def claims(self) -> Mapping[str, str]:
        """The claims that are named anywhere, with their statements."""
        return dict(sorted((name, text) for outcome in self.outcomes for name, text in outcome.claims.items()))


def lay_out(explanation: Explanation, theatre: Theatre) -> Explained:
    """Lays out the parts of one effect; divisions that have any share a scale that holds all bars and intervals."""
    outcome, size, tables, edges = labels()[explanation.outcome], Interval(*explanation.effect), {}, [np.zeros(1)]
    for name in explanation.divisions if size.direction != NONE else ():
        division = explanation.with_clear_shares(name)
        sizes, is_part = division["value"].abs(), division["kind"] == PART
        if not is_part.any():
            continue
        interests = division["part"].str.startswith("interests of ")  # they may be many: only their owner is named
        division["words"] = division["words"].where(~interests, division["words"].str.partition(":")[0])
        largest = float(sizes[is_part].max())
        rows = shortened(division, MAX_ROWS, MIN_SHARE * float(sizes.max()) / largest if largest else MIN_SHARE)
        tables[HEADINGS[name]], starts = rows, starts_of(rows)
        edges += [starts, *(starts + rows[end].to_numpy(dtype=np.float64) for end in ("value", "ci_low", "ci_high"))]
    low, high = float(np.nanmin(np.concatenate(edges))), float(np.nanmax(np.concatenate(edges)))
    margin = max(high - low, 1e-9) * MARGIN
    low, high = low - margin, high + margin

    def position(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)  # finer cannot be seen

    ticks = list(map(float, MaxNLocator(nbins=MAX_TICKS, steps=[1, 2, 5, 10]).tick_values(low, high) if tables else ()))
    decimals = decimals_for([ticks[1] - ticks[0]], fewest=0) if ticks else 0
    claim_ids = {name for rows in tables.values() for text in rows["claims"] for name in str(text).split()}
    effect = difference_words(size)
    ends = effect.partition("[")[2].removesuffix("]")
    return Explained(
        *names_of(outcome, theatre),
        finding=explanation.finding,
        effect=effect,
        interval=f"95 % interval {ends}" if ends else "no interval",
        replicates=explanation.replicates,
        largest="; ".join(filter(None, map(_largest, tables.values()))),
        zero=position(0.0),
        ticks=tuple((position(tick), number(tick, decimals, signed=True)) for tick in ticks if low <= tick <= high),
        divisions=tuple(
            Division(
                heading,
                str(rows["method"].iloc[0]).replace("coalitions", "combinations"),
                _rows(rows, position, theatre.inner(outcome.label)),
            )
            for heading, rows in tables.items()
        ),
        claims={claim.id: claim.statement for claim in theatre.claims if claim.id in claim_ids},
    )


def _rows(table: pd.DataFrame, position: Callable[[float], float], label: str) -> tuple[Row, ...]:
    records, starts = table.to_dict("records"), starts_of(table).tolist()
    joints = [position(start + row["value"]) for start, row in zip(starts, records, strict=True)][:-1]
    rows = []
    for row, start, above, end in zip(records, starts, [None, *joints], [*joints, None], strict=True):
        value, low, high = row["value"], row["ci_low"], row["ci_high"]
        is_part, left, right = row["kind"] == PART, *sorted((position(start), position(start + value)))
        text = for_print(sentence(row, label)) if is_part else "The whole effect"
        if row["kind"] in {POOLED, REMAINDER}:
            share = f", {_share(row)} of the effect" if isfinite(row["share"]) else ""
            text = capital(f"{row['part']} together" if row["kind"] == POOLED else row["words"]) + share
        rows.append(
            Row(
                sentence=text,
                name=row["part"] if is_part else "",
                brings=difference_words(Interval(value, low, high)),
                look="lower" if is_part and value < 0 else ROW_LOOKS[row["kind"]],
                left=left,
                width=round(right - left, 2),
                interval=(position(start + low), position(start + high)) if isfinite(low) and low < high else None,
                above=above,
                end=end,
            )
        )
    return tuple(rows)


def _share(row: Mapping[Any, Any]) -> str:
    """`67 %` of the effect."""
    return unbroken(percent(round(row["share"], 2) + 0.0)).replace("-", MINUS)


def _largest(rows: pd.DataFrame) -> str:
    """The largest part of a division in the direction of the effect; "" if chance may explain it."""
    parts = rows[(rows["kind"] == PART) & (rows["share"] > 0) & (rows["ci_low"] * rows["ci_high"] > 0)]
    return "".join(f"“{for_print(row['words'])}” ({_share(row)})" for row in parts.head(1).to_dict("records"))
