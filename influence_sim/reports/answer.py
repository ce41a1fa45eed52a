"""The answer to what a scenario asks, in words before numbers: made here, and the same wherever it is read.

Sizes are held against what chance does to the baseline; how far a direction holds is told in the estimative terms of
intelligence analysts, those of Intelligence Community Directive 203 (Office of the Director of National Intelligence,
2015).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from influence_sim.analysis.decides import Hanging
from influence_sim.base.months import Month, month_words
from influence_sim.base.numbers import percent, telling_percent
from influence_sim.base.statistics import SAME
from influence_sim.reports import sentences
from influence_sim.reports.endings import HIGHER, LOWER, NONE, OPEN, Ending, Named, Robustness
from influence_sim.runs.request import WORLDS
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import load

NOTHING: Final = "no change to speak of"
SIZES: Final = ((0.1, NOTHING), (0.3, "slightly"), (1.0, "clearly"), (math.inf, "strongly"))
"""What a difference is called, up to how many times the spread of the baseline, the width of the band that holds 90 %
of its replicates in that month. The limits are a convention of ours."""
TERMS: Final = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.00, "almost certain"),
)
"""What a share of worlds is called that is below the number (ICD 203, D.6.e.2.a); beyond, `in none` and `in all`."""
EVEN: Final = 0.55
"""Below this share of worlds a direction is one of the default assumptions."""
NEARLY: Final = 0.95
"""From this share of an effect on, one part is nearly all of it."""
INTERVALS: Final = "Intervals are Monte-Carlo error only: they say nothing about the assumptions."
ONE_REPLICATE: Final = "One replicate gives no interval."


def likelihood(share: float) -> str:
    """What a share of worlds is called."""
    if share in {0.0, 1.0}:
        return "in all" if share else "in none"
    return next(term for below, term in TERMS if share < below or below == 1)


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
    way: str  # `higher` or `lower`; where the direction is open or nothing to speak of, that of most worlds, or `none`
    size: str  # one of `SIZES`, or ""
    likelihood: str  # one of `TERMS`, `in all`, `in none`, or "" if no worlds were tried
    share: float  # of worlds that go this way; NaN without a difference
    points: int  # worlds
    worlds: str  # which
    prior: float  # share of worlds of the prior ranges with that way, if these were tried, too, and differ; else NaN
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
            return f"{what} ({'no difference' if self.way == NONE else self.way} in {share} of worlds)"
        aside = f"; of the prior ranges {telling_percent(self.prior)}" if math.isfinite(self.prior) else ""
        if self.share < EVEN:
            chance = f"a {self.likelihood}" if self.likelihood.startswith("roughly") else self.likelihood
            return f"{what} at the defaults, but {chance} ({share}{aside})"
        return f"{what}; {self.likelihood} " + (f"({share}{aside})" if self.share < 1 else f"of the worlds{aside}")

    @property
    def document(self) -> dict[str, Any]:
        """As plain data: the text, and its parts."""
        return {"text": self.text, **asdict(self)}


def caution(found: Answer, replicates: int) -> str:
    """What to keep in mind about an answer; once a page is enough."""
    words = INTERVALS if replicates > 1 else ONE_REPLICATE
    if not found.points:
        return words
    return (
        f"Tried in {WORLDS[found.worlds]}; a share of them is not a probability of anything in the real world. {words}"
    )


def than(name: str, title: str) -> str:
    """What an answer says of what an outcome is compared with: its title, or nothing of the baseline."""
    return "" if name == ROOT else sentences.brief_words(title, sentences.LABEL)


def answer(end: Ending, when: Month, *, against: str = "", replicates: int) -> Answer:
    """The answer that how an outcome ends gives; `against` is the title of what it is compared with, if no baseline."""
    gap, found, direction = end.difference, end.robustness, end.difference.direction
    mean_way = way = HIGHER if gap.mean > 0 else LOWER
    size = ""  # where nothing differs, or chance alone does nothing to the baseline
    if direction != NONE and negligible(end):
        size = NOTHING
    elif direction != NONE and end.spread > SAME:
        size = next(words for limit, words in SIZES if abs(gap.mean) < limit * end.spread)
    clear = direction in {HIGHER, LOWER} and size != NOTHING
    share = math.nan if found is None else found.share
    prior = found.prior if found is not None and found.differs and clear else math.nan
    if found is not None and not clear and 1 - share - found.zero > share:
        way, share = {HIGHER: LOWER, LOWER: HIGHER}[way], 1 - share - found.zero
    if found is not None and not clear and found.zero > share:
        way, share = NONE, found.zero
    named = end.label if not share < EVEN else f"At the default assumptions {end.inner}"
    said = finding(end, direction, size, when, named=named, against=against, replicates=replicates)
    term = likelihood(share) if math.isfinite(share) else ""
    texts = {
        "finding": said,
        "holds": "" if found is None else _holds(found, clear, way, share, term, say=sentences.grammar(end.label)),
        "decides": decides(found.hanging, found.points, mean_way) if found is not None and term else "",
        "carried": _carried(end) if clear else "",
        "numbers": sentences.difference_words(gap) + (f", {sentences.scale_words(end.unit)}" if end.unit else ""),
    }
    return Answer(
        outcome=end.outcome,
        label=end.label,
        direction=direction,
        way=way,
        size=size,
        likelihood=term,
        share=share,
        points=0 if found is None else found.points,
        worlds="" if found is None else found.worlds,
        prior=prior,
        **{name: sentences.unbroken(text) for name, text in texts.items()},
    )


def finding(
    what: Named, direction: str, size: str, when: Month, *, named: str = "", against: str = "", replicates: int
) -> str:
    """What happens to an outcome by a month; `named` is what a clear sentence calls it, if not by its label."""
    say, by = sentences.grammar(what.label), f"by {month_words(when)}"
    other = f"under “{against}”" if against else f"{say.it} otherwise would"
    if direction == NONE:
        return f"{what.label} {say.was} the same {by} as {other}{'' if against else ' be'}."
    if size == NOTHING:
        return f"{what.label}: no change to speak of {by}{f', compared with “{against}”' if against else ''}."
    if direction == OPEN:
        few = "one replicate gives no interval" if replicates == 1 else f"{replicates:,} replicates cannot tell"
        return f"Whether {what.inner} {say.ends} higher or lower than {other} {by} is uncertain: {few}."
    return " ".join(f"{named or what.label} {say.ends} {size} {direction} than {other} {by}.".split())


def _holds(found: Robustness, clear: bool, way: str, share: float, term: str, *, say: sentences.Grammar) -> str:
    """In how many worlds it goes this way."""
    tried = f"{found.points:,} {found.worlds} worlds"
    less = f" ({found.failed} more could not be computed)" if found.failed else ""
    if not term:
        return f"So it is in {percent(found.zero)} of {tried}{less}."
    aside = ""
    if clear and found.differs:
        aside = f"; where the record is left aside, in {percent(found.prior)} of worlds of the prior ranges"
    if share in {0.0, 1.0} and way != NONE:
        return f"{say.it.title()} {say.ends} {way} {term}{'' if share else ' of'} {tried}{less}{aside}."
    part = telling_percent(share)
    if way == NONE:
        return f"It makes no difference at all in {part} of {tried}{less}."
    if not clear:
        return f"{say.it.title()} {say.ends} at least a little {way} in {part} of {tried}{less}: {term}."
    chance = f"it is {term}"
    if term.endswith("chance"):
        chance = f"there is {'' if term.startswith('almost') else 'a '}{term}"
    over = "But over" if share < EVEN else "Over"
    return f"{over} {tried}{less} {chance} that {say.it} {say.ends} {way} ({part}){aside}."


def decides(hanging: Hanging, worlds: int, way: str) -> str:
    """Which assumption decides it."""
    if hanging.stands_out:
        theatre = load()
        name = f"{theatre.inner(sentences.parameter_words(hanging.parameter, theatre))} ({hanging.parameter})"
        if not hanging.turns:
            return f"Its size, not its direction, hangs most on {name}."
        low, high = hanging.ends
        ends = f"{percent(hanging.at_low)} of worlds where it is {low}, in {percent(hanging.at_high)} where {high}"
        return f"It hangs most on {name}: {way} in {ends}."
    if hanging.together:
        return f"No single assumption decides it, but those of {hanging.together} together do."
    if hanging.needed:
        return f"These {worlds:,} worlds cannot tell which assumption decides it; some {hanging.needed:,} could."
    return "No assumption stands out."


def _carried(end: Ending) -> str:
    """How much is left of a difference if the others keep to what they do otherwise, and how much is their response."""
    whole = sum(part.mean for part in (end.division or {}).values())
    if end.division is None or abs(whole) <= SAME:
        return ""
    response = end.division["response"].mean / whole
    kept = 1 - response
    if abs(response) <= 1 - NEARLY:
        return "Nearly all of it would remain if all others acted as they otherwise would."
    if abs(kept) <= 1 - NEARLY:
        return "Nearly all of it is the response of the others."
    if kept < 0:
        return "It is the others' doing: if they acted as they otherwise would, the change would go the other way."
    if response < 0:
        return f"The response of the others makes it {percent(-response / kept)} smaller."
    rest = percent(kept)
    return f"If all others acted as they otherwise would, {rest} of it would remain; the rest is their response."
