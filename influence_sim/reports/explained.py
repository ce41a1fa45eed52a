"""What carries a result: each effect divided among its parts, as a waterfall of bars within a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from influence_sim.analysis.explain.attribution import EFFECT, PART, POOLED, REMAINDER, shortened
from influence_sim.base.months import month_words, parse_month
from influence_sim.base.numbers import MINUS, decimals_for, percent
from influence_sim.reports.endings import NONE, Interval
from influence_sim.reports.sentences import difference_words, number, unbroken
from influence_sim.views.waterfall import starts_of

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.theatre import Theatre
    from influence_sim.theatre.spec import Outcome

SHOWN, LEAST = 4, 0.05
"""At most so many parts of a division have a row of their own, and none below this part of its longest bar."""
AIR: Final = 0.04
"""Part of the scale that is left free at either side."""
TICKS: Final = 3
"""Intervals of the scale, at most."""
LOOKS: Final = {PART: "part", POOLED: "rest", REMAINDER: "rest", EFFECT: "whole"}
"""How the bars of each kind look; a part that lowers the outcome is `lower`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A part, or what is not one, with its bar; places are in % of the scale.

    Attributes:
        sentence: what it is.
        name: of a part, as the command line has it; "" for others.
        brings: how much, in words.
        look: `part` and `lower` for parts that raise and lower the outcome, `rest`, or `whole`.
        left: where its bar begins.
        width: of the bar.
        interval: ends of its 95 % interval; None without one.
        above: where the bar of the row above ends; None for the first.
        end: where this one ends, and the next begins; None for the last.
    """

    sentence: str
    name: str
    brings: str
    look: str
    left: float
    width: float
    interval: tuple[float, float] | None
    above: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Division:
    """One way of dividing an effect: its heading, how it was solved, and its rows, the whole effect last."""

    heading: str
    method: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """An effect with what carries it.

    Attributes:
        outcome: its name.
        label: of the outcome.
        inner: the label as it stands within a sentence.
        unit: of the outcome.
        finding: the effect in one sentence.
        effect: the same as number and interval.
        interval: the interval alone, in words.
        replicates: behind it.
        largest: the part of each division that brings most, in one sentence; "" if all could be chance.
        zero: where the scale has its zero, in %.
        ticks: of the scale, in %, with their numbers.
        divisions: none where the outcome does not move.
        claims: that the rows name, with their statements.
    """

    outcome: str
    label: str
    inner: str
    unit: str
    finding: str
    effect: str
    interval: str
    replicates: int
    largest: str
    zero: float
    ticks: tuple[tuple[float, str], ...]
    divisions: tuple[Division, ...]
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explanations:
    """What a page says of the parts.

    Attributes:
        outcomes: those explained, the one that answers the question first.
        note: what else the reader should know of them; without outcomes, why there are none.
        command: that divides the effect with more runs.
    """

    outcomes: tuple[Explained, ...]
    note: str
    command: str

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

    Args:
        outcome: whose effect it is.
        theatre: claims, and words for units.
        finding: the effect in one sentence.
        size: its mean and 95 % interval.
        replicates: behind it.
        divisions: by heading, rows as of `analysis.attribution.attribute`, with a column `sentence`.
    """
    tables = {heading: _shortened(rows) for heading, rows in divisions.items() if size.direction != NONE}
    edges = [np.zeros(1)]
    for rows in tables.values():
        starts = starts_of(rows)
        edges += [starts, *(starts + rows[name].to_numpy(dtype=np.float64) for name in ("value", "ci_low", "ci_high"))]
    low, high = float(np.nanmin(np.concatenate(edges))), float(np.nanmax(np.concatenate(edges)))
    air = max(high - low, 1e-9) * AIR
    low, high = low - air, high + air

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)  # finer cannot be seen

    named = {name for rows in tables.values() for text in rows["claims"] for name in str(text).split()}
    effect = difference_words(size)
    ends = effect.partition("[")[2].removesuffix("]")
    return Explained(
        outcome=outcome.name,
        label=outcome.label,
        inner=theatre.inner(outcome.label),
        unit=theatre.words.units.get(outcome.unit, outcome.unit),
        finding=finding,
        effect=effect,
        interval=f"95 % interval {ends}" if ends else "no interval",
        replicates=replicates,
        largest="; ".join(_largest(list(tables.values()))),
        zero=place(0.0),
        ticks=tuple((place(value), text) for value, text in _ticks(low, high)) if tables else (),
        divisions=tuple(
            Division(heading, str(rows["method"].iloc[0]).replace("coalitions", "combinations"), _rows(rows, place))
            for heading, rows in tables.items()
        ),
        claims={claim.id: claim.statement for claim in theatre.claims if claim.id in named},
    )


def _shortened(rows: pd.DataFrame) -> pd.DataFrame:
    """A division with what would hardly be seen in one row."""
    sizes = rows["value"].abs()
    largest = float(sizes[rows["kind"] == PART].max())
    return shortened(rows, SHOWN, LEAST * float(sizes.max()) / largest if largest else LEAST)


def _ticks(low: float, high: float) -> Iterator[tuple[float, str]]:
    from matplotlib.ticker import MaxNLocator

    values = [float(value) for value in MaxNLocator(nbins=TICKS, steps=[1, 2, 5, 10]).tick_values(low, high)]
    decimals = decimals_for([values[1] - values[0]], fewest=0)
    yield from ((value, number(value, decimals, signed=True)) for value in values if low <= value <= high)


def _rows(table: pd.DataFrame, place: Callable[[float], float]) -> tuple[Row, ...]:
    records, begins = table.to_dict("records"), starts_of(table).tolist()
    joints: list[float | None] = [place(begin + row["value"]) for begin, row in zip(begins, records, strict=True)]
    joints = [None, *joints[:-1], None]
    found = []
    for index, (row, begin) in enumerate(zip(records, begins, strict=True)):
        kind, (value, low, high) = str(row["kind"]), (float(row[name]) for name in ("value", "ci_low", "ci_high"))
        left, right = sorted((place(begin), place(begin + value)))
        found.append(
            Row(
                sentence=_sentence(row),
                name=str(row["part"]) if kind == PART else "",
                brings=difference_words(Interval(value, low, high)),
                look="lower" if kind == PART and value < 0 else LOOKS[kind],
                left=left,
                width=round(right - left, 2),
                interval=(place(begin + low), place(begin + high)) if isfinite(low) and low < high else None,
                above=joints[index],
                end=joints[index + 1],
            )
        )
    return tuple(found)


def _sentence(row: Mapping[Any, Any]) -> str:
    """What a row is; for a part, with what it does and the claims it stands for."""
    if row["kind"] == PART:
        return _set(str(row["sentence"]))
    if row["kind"] == EFFECT:
        return "The whole effect"
    share = f", {_share(row)} of the effect" if isfinite(float(row["share"])) else ""
    if row["kind"] == POOLED:
        return f"{row['part']} together{share}"
    words = str(row["words"])
    return f"{words[:1].upper()}{words[1:]}{share}"


def _set(text: str) -> str:
    """The same text with `January 2018` for `2018-01`, and with true minus signs."""
    return re.sub(r"\b\d{4}-\d{2}\b", lambda found: month_words(parse_month(found[0])), text).replace("(-", f"({MINUS}")


def _share(row: Mapping[Any, Any]) -> str:
    """`67 %` of the effect."""
    return unbroken(percent(round(float(row["share"]), 2) + 0.0)).replace("-", MINUS)


def _largest(tables: Sequence[pd.DataFrame]) -> Iterator[str]:
    """The part of each division that brings most in the direction of the effect, if chance does not explain it."""
    for rows in tables:
        parts = rows[(rows["kind"] == PART) & (rows["share"] > 0) & (rows["ci_low"] * rows["ci_high"] > 0)]
        if not parts.empty:
            first = parts.to_dict("records")[0]
            yield f"“{_set(str(first['words']))}” ({_share(first)})"
