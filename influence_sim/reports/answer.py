"""The answer to what a scenario asks, in words before numbers: made here, and the same wherever it is read.

Sizes are held against what chance does to the baseline; how far a direction holds is told by `base/likelihood.py`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from influence_sim.analysis.decides import Hanging
from influence_sim.base.likelihood import Likelihood, likelihood
from influence_sim.base.months import Month, month_words
from influence_sim.base.numbers import counted, percent, telling_percent
from influence_sim.base.statistics import SAME
from influence_sim.reports.endings import HIGHER, LOWER, NONE, OPEN, Ending, Robustness
from influence_sim.reports.sentences import difference_words, parameter_words, scale_words, unbroken
from influence_sim.runs.request import WORLDS
from influence_sim.theatre import load

NOTHING: Final = "no change to speak of"
SIZES: Final = ((0.1, NOTHING), (0.3, "slightly"), (1.0, "clearly"), (math.inf, "strongly"))
"""What a difference is called, up to how many times the spread of the baseline, the width of the band that holds 90 %
of its replicates in that month. The limits are a convention of ours."""
NEARLY: Final = 0.95
"""From this share of an effect on, one part is nearly all of it."""
INTERVALS: Final = "Intervals are Monte-Carlo error only: they say nothing about the assumptions."
ONE_REPLICATE: Final = "One replicate gives no interval."


def size_of(end: Ending) -> str:
    """What the size of a difference is called; "" where chance alone does nothing to the baseline."""
    if end.spread <= SAME:
        return ""
    return next(words for limit, words in SIZES if abs(end.difference.mean) < limit * end.spread)


def negligible(end: Ending) -> bool:
    """Whether the whole interval of a difference is too small to speak of."""
    ends = [abs(number) for number in end.difference if math.isfinite(number)]
    return max(ends) < SIZES[0][0] * end.spread


@dataclass(frozen=True)
class Answer:
    """An answer about one outcome; the sentences are "" where there is nothing to say."""

    outcome: str
    label: str
    direction: str  # `higher`, `lower`, `none`, or `open` if the interval does not tell
    way: str  # which way its mean goes, `higher` or `lower`
    size: str  # one of `SIZES`, or ""
    likelihood: str  # one of `TERMS`, `in all`, `in none`, or "" if no worlds were tried
    share: float  # of worlds with the direction of the mean; NaN without one
    points: int  # worlds
    worlds: str  # which
    finding: str  # what happens
    holds: str  # in how many worlds
    decides: str  # on which assumption that hangs
    carried: str  # by what the scenario itself does, or by the response of others
    numbers: str  # the difference with its interval, and the scale

    @property
    def text(self) -> str:
        """The answer, words first."""
        return " ".join(filter(None, (self.finding, self.holds, self.decides, self.carried)))

    @property
    def short(self) -> str:
        """In a few words, after the outcome's label: `clearly lower; very likely (87 %)`."""
        what = {NONE: "no difference", OPEN: "direction uncertain"}.get(self.direction, f"{self.size} {self.direction}")
        what = self.size if self.size == NOTHING else what.strip()
        if not self.likelihood:
            return what
        share = telling_percent(self.share)
        if self.size == NOTHING or self.direction == OPEN:
            return f"{what} ({self.way} in {share} of worlds)"
        return f"{what}; {self.likelihood} ({share})"

    @property
    def document(self) -> dict[str, Any]:
        """As plain data: the text, and its parts."""
        return {"text": self.text, **asdict(self)}


def caution(found: Answer, replicates: int) -> str:
    """What to keep in mind about an answer; once a page is enough."""
    words = INTERVALS if replicates > 1 else ONE_REPLICATE
    if not found.points:
        return words
    return f"Tried in {WORLDS[found.worlds]}; a share of them is no probability of the world outside. {words}"


def answer(end: Ending, when: Month, *, against: str = "", replicates: int) -> Answer:
    """The answer that how an outcome ends gives; `against` is the title of what it is compared with, if no baseline."""
    gap, found = end.difference, end.robustness
    way = HIGHER if gap.mean > 0 else LOWER
    size = NOTHING if gap.direction != NONE and negligible(end) else size_of(end)
    direction = NONE if gap.direction == NONE else gap.direction
    than = f"under “{against}”" if against else "it otherwise would"
    by = month_words(when)
    if direction == NONE:
        finding = f"{end.label} is in {by} exactly what it is {than if against else 'otherwise'}."
    elif size == NOTHING:
        finding = f"{end.label}: no change to speak of by {by}."
    elif direction == OPEN:
        few = counted(replicates, "replicate") + (" gives no interval" if replicates == 1 else " cannot tell")
        finding = f"Whether {end.inner} ends higher or lower than {than} by {by} is uncertain: {few}."
    else:
        finding = f"{end.label} ends {size} {way} than {than} by {by}.".replace("  ", " ")
    shown = found is not None and math.isfinite(found.share)
    likely = likelihood(found.share, way) if found is not None and shown else Likelihood("", "")
    scale = f", {scale_words(end.unit)}" if end.unit else ""
    return Answer(
        outcome=end.outcome,
        label=end.label,
        direction=direction,
        way=way,
        size="" if direction == NONE else size,
        likelihood=likely.term,
        share=found.share if found is not None else math.nan,
        points=0 if found is None else found.points,
        worlds="" if found is None else found.worlds,
        finding=unbroken(finding),
        holds=unbroken(_holds(found, likely, way)),
        decides=unbroken(decides(found.hanging, found.points, way) if found is not None and shown else ""),
        carried=unbroken(_carried(end) if direction in {HIGHER, LOWER} and size != NOTHING else ""),
        numbers=unbroken(f"{difference_words(gap)}{scale}"),
    )


def _holds(found: Robustness | None, likely: Likelihood, way: str) -> str:
    """In how many worlds the direction is this."""
    if found is None:
        return ""
    tried = f"{found.points:,} {found.worlds} worlds"
    less = f" ({found.failed} more could not be computed)" if found.failed else ""
    if not likely.term:
        return f"So it is in {percent(found.zero)} of {tried}{less}."
    if found.share in {0.0, 1.0}:
        return f"It ends {way} {likely.term} of {tried}{less}."
    return f"Over {tried}{less} {likely.words} ({telling_percent(found.share)})."


def decides(hanging: Hanging, worlds: int, way: str) -> str:
    """Which assumption decides it."""
    if hanging.stands_out:
        theatre = load()
        name = f"{theatre.inner(parameter_words(hanging.parameter, theatre))} ({hanging.parameter})"
        if not hanging.turns:
            return f"Its size, not its direction, hangs most on {name}."
        low, high = hanging.ends
        ends = f"in {percent(hanging.at_low)} of worlds if {low}, in {percent(hanging.at_high)} if {high}"
        return f"It hangs most on {name}: {way} {ends}."
    if hanging.together:
        return f"No single assumption decides it, but those of {hanging.together} together do."
    if hanging.needed:
        return f"These {worlds:,} worlds cannot tell which assumption decides it; some {hanging.needed:,} could."
    return "No assumption stands out."


def _carried(end: Ending) -> str:
    """How much is left of a difference if the others keep to what they do otherwise, and how much is their response."""
    if end.division is None or abs(end.difference.mean) <= SAME:
        return ""
    response = end.division["response"].mean / sum(part.mean for part in end.division.values())
    kept, way = 1 - response, end.difference.direction
    if abs(response) <= 1 - NEARLY:
        return "Nearly all of it remains if all others do what they otherwise do."
    if abs(kept) <= 1 - NEARLY:
        return "Nearly all of it is the response of the others."
    if kept < 0:
        return f"The others make it so: if they did what they otherwise do, it would not end {way}."
    if response < 0:
        return f"The response of the others makes it {percent(-response / kept)} smaller."
    rest = percent(kept)
    return f"If all others did what they otherwise do, {rest} of it would remain; their response is the rest."
