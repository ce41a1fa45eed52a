"""What carries a result: each effect divided among its parts, as a waterfall of bars within a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from influence_sim.analysis.attribution import EFFECT, PART, POOLED, REMAINDER, shortened
from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS, decimals_for
from influence_sim.views.report.words import (
    NONE,
    Interval,
    difference_words,
    number,
    share_words,
)
from influence_sim.views.waterfall import starts_of

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.theatre import Theatre

SHOWN, LEAST = 4, 0.05
"""At most so many parts of a division have a row of their own, and none below this part of its longest bar."""
AIR: Final = 0.04
"""Part of the scale that is left free at either side."""
TICKS: Final = 3
"""Intervals of the scale, at most."""
KINDS: Final = {PART: "part", POOLED: "rest", REMAINDER: "rest", EFFECT: "whole"}
"""How the bars of each kind look; a part that lowers the outcome is `lower`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a row is drawn, in % of the scale.

    Attributes:
        look: `part` and `lower` for parts that raise and lower the outcome, `rest`, or `whole`.
        left: of the bar.
        width: of it.
        line: ends of its 95 % interval; None without one.
        above: where the bar of the row above ends; None for the first.
        end: where this one ends, and the next begins; None for the last.
    """

    look: str
    left: float
    width: float
    line: tuple[float, float] | None
    above: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A row: what it is, in a sentence; its name as the command line has it; what it brings; and its bar."""

    words: str
    name: str
    brings: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class Divided:
    """One way of dividing an effect: its heading, how it was solved, and its rows, the whole effect last."""

    heading: str
    method: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """An effect and its divisions, before they are drawn.

    Attributes:
        outcome: whose effect it is.
        finding: the effect in one sentence.
        effect: its mean and 95 % interval.
        replicates: behind it.
        divisions: by heading, rows as of `analysis.attribution.attribute`, with a column `sentence`.
    """

    outcome: str
    finding: str
    effect: Interval
    replicates: int
    divisions: Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Carried:
    """An effect with what carries it.

    Attributes:
        outcome: its name.
        label: of the outcome.
        unit: of the outcome.
        finding: the effect in one sentence.
        effect: the same as number and interval.
        interval: the interval alone, in words.
        replicates: behind it.
        largest: the part of each division that brings most, in one sentence; "" if none is told from chance.
        zero: where the scale has its zero, in %.
        ticks: of the scale, in %, with their numbers.
        divisions: none where the outcome does not move.
        claims: that the rows name, with their statements.
    """

    outcome: str
    label: str
    unit: str
    finding: str
    effect: str
    interval: str
    replicates: int
    largest: str
    zero: float
    ticks: tuple[tuple[float, str], ...]
    divisions: tuple[Divided, ...]
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Carrying:
    """What a page says of the parts.

    Attributes:
        outcomes: those explained, the one that answers the question first.
        note: what else the reader should know of them; without outcomes, why there are none.
        command: that divides the effect with more runs.
    """

    outcomes: tuple[Carried, ...]
    note: str
    command: str

    @property
    def claims(self) -> Mapping[str, str]:
        """The claims that are named anywhere, with their statements."""
        return dict(sorted((name, text) for one in self.outcomes for name, text in one.claims.items()))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From numbers to % of the width of the drawing."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a number is, rounded to what can be seen."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)


def carried(telling: Telling, theatre: Theatre) -> Carried:
    """Lays out the parts of one effect; all its divisions share a scale."""
    outcome = next(one for one in theatre.outcomes if one.name == telling.outcome)
    moves = telling.effect.direction != NONE
    tables = {heading: _shortened(rows) for heading, rows in telling.divisions.items() if moves}
    scale = _scale(list(tables.values()))
    named = {name for rows in tables.values() for text in rows["claims"] for name in str(text).split()}
    return Carried(
        outcome=outcome.name,
        label=outcome.label,
        unit=theatre.words.units.get(outcome.unit, outcome.unit),
        finding=telling.finding,
        effect=difference_words(telling.effect),
        interval=_interval_words(telling.effect),
        replicates=telling.replicates,
        largest="; ".join(_largest(list(tables.values()))),
        zero=scale.at(0.0),
        ticks=tuple(_ticks(scale)) if tables else (),
        divisions=tuple(
            Divided(heading, str(rows["method"].iloc[0]).replace("coalitions", "combinations"), _steps(rows, scale))
            for heading, rows in tables.items()
        ),
        claims={claim.id: claim.statement for claim in theatre.claims if claim.id in named},
    )


def _shortened(rows: pd.DataFrame) -> pd.DataFrame:
    """A division with what would hardly be seen in one row."""
    sizes = rows["value"].abs()
    largest = float(sizes[rows["kind"] == PART].max())
    return shortened(rows, SHOWN, LEAST * float(sizes.max()) / largest if largest else LEAST)


def _scale(tables: Sequence[pd.DataFrame]) -> _Scale:
    """A scale that holds zero, every bar and every interval."""
    edges = [np.zeros(1), *(edge for rows in tables for edge in _edges(rows))]
    found = np.concatenate(edges)
    low, high = float(np.nanmin(found)), float(np.nanmax(found))
    air = max(high - low, 1e-9) * AIR
    return _Scale(low - air, high + air)


def _edges(rows: pd.DataFrame) -> Iterator[Any]:
    starts = starts_of(rows)
    yield starts
    yield from (starts + rows[name].to_numpy(dtype=np.float64) for name in ("value", "ci_low", "ci_high"))


def _ticks(scale: _Scale) -> Iterator[tuple[float, str]]:
    from matplotlib.ticker import MaxNLocator

    values = MaxNLocator(nbins=TICKS, steps=[1, 2, 5, 10]).tick_values(scale.low, scale.high)
    step = float(values[1] - values[0])
    decimals = decimals_for([step], fewest=0)
    for value in values:
        if scale.low <= value <= scale.high:
            yield scale.at(float(value)), number(float(value), decimals, signed=True)


def _steps(rows: pd.DataFrame, scale: _Scale) -> tuple[Step, ...]:
    begins, records = starts_of(rows).tolist(), rows.to_dict("records")
    ends = [begin + float(row["value"]) for begin, row in zip(begins, records, strict=True)]
    places: list[float | None] = [None, *map(scale.at, ends[:-1]), None]
    return tuple(
        Step(
            words=_words(row),
            name=str(row["part"]) if row["kind"] == PART else "",
            brings=_brings(row),
            bar=_bar(row, begins[index], scale, places[index : index + 2]),
        )
        for index, row in enumerate(records)
    )


def _bar(row: Mapping[Any, Any], begin: float, scale: _Scale, joins: Sequence[float | None]) -> Bar:
    value, low, high = (float(row[name]) for name in ("value", "ci_low", "ci_high"))
    look = KINDS[str(row["kind"])]
    left, right = sorted((scale.at(begin), scale.at(begin + value)))
    return Bar(
        look="lower" if look == "part" and value < 0 else look,
        left=left,
        width=round(right - left, 2),
        line=(scale.at(begin + low), scale.at(begin + high)) if isfinite(low) and low < high else None,
        above=joins[0],
        end=joins[1],
    )


def _words(row: Mapping[Any, Any]) -> str:
    """What a row is; for a part, with what it does and the claims it stands for."""
    kind, share = row["kind"], _share(row)
    if kind == PART:
        return _set(str(row["sentence"]))
    if kind == EFFECT:
        return "The whole effect"
    told = f", {share} of the effect" if share else ""
    if kind == POOLED:
        return f"{row['part']} together{told}"
    words = str(row["words"])
    return f"{words[:1].upper()}{words[1:]}{told}"


def _set(text: str) -> str:
    """The same text with `January 2018` for `2018-01`, and with true minus signs."""
    dated = re.sub(r"\b(\d{4})-(\d{2})\b", lambda found: month_words(12 * int(found[1]) + int(found[2]) - 1), text)
    return dated.replace("(-", f"({MINUS}")


def _interval_words(effect: Interval) -> str:
    ends = difference_words(effect).partition("[")[2].removesuffix("]")
    return f"95 % interval {ends}" if ends else "no interval"


def _share(row: Mapping[Any, Any]) -> str:
    """`67 %` of the effect; "" where there is none."""
    share = float(row["share"])
    return share_words(round(share, 2) + 0.0).replace("-", MINUS) if isfinite(share) else ""


def _brings(row: Mapping[Any, Any]) -> str:
    return difference_words(Interval(*(float(row[name]) for name in ("value", "ci_low", "ci_high"))))


def _largest(tables: Sequence[pd.DataFrame]) -> Iterator[str]:
    """The part of each division that brings most in the direction of the effect, if chance does not explain it."""
    for rows in tables:
        parts = rows[(rows["kind"] == PART) & (rows["share"] > 0) & (rows["ci_low"] * rows["ci_high"] > 0)]
        if not parts.empty:
            first = parts.to_dict("records")[0]
            yield f"“{_set(str(first['words']))}” ({_share(first)})"
