"""The answer to what a scenario asks, in words before numbers, the same wherever it is read.

Sizes are measured against the spread of the baseline by chance; how far a direction holds is given in the terms of
likelihood of intelligence analysts, from Intelligence Community Directive 203 (Office of the Director of National
Intelligence, 2015).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from influence_sim.base.months import Month, month_words
from influence_sim.base.numbers import percent, telling_percent
from influence_sim.base.statistics import SAME
from influence_sim.runs.request import WORLDS
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import load
from influence_sim.words import sentences
from influence_sim.words.endings import HIGHER, LOWER, NONE, OPEN, Ending, OutcomeText, Robustness
from influence_sim.words.terms import choice_meanings, with_meaning

NOTHING: Final = "no change to speak of"
SIZES: Final = ((0.1, NOTHING), (0.3, "slightly"), (1.0, "clearly"), (math.inf, "strongly"))
"""The word for a difference, up to which multiple of the baseline's spread: the width of the band that holds 90 %
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
"""The term for a share of worlds below the number (ICD 203, D.6.e.2.a); apart from these, `in none` and `in all`."""
EVEN: Final = 0.55
"""Below this share of worlds a direction is said to be that of the default assumptions."""
NEARLY: Final = 0.95
"""From this share of an effect on, a part is said to be nearly all of it."""
INTERVALS: Final = "Intervals are Monte-Carlo error only: they say nothing about the assumptions."
ONE_REPLICATE: Final = "One replicate gives no interval."


def likelihood(share: float) -> str:
    """The term for a share of worlds."""
    if share in {0.0, 1.0}:
        return "in all" if share else "in none"
    return next(term for below, term in TERMS if share < below or below == 1)


def negligible(end: Ending) -> bool:
    """Whether the whole interval of a difference is negligible."""
    ends = [abs(number) for number in end.difference if math.isfinite(number)]
    return max(ends) < SIZES[0][0] * end.spread


@dataclass(frozen=True)
class Answer:
    """An answer about one outcome; a sentence is "" if there is nothing to say."""

    outcome: str
    label: str
    direction: str  # `higher`, `lower`, `none`, or `open` if the interval contains zero
    way: str  # `higher` or `lower`; where the direction is open or negligible, that of most worlds, or `none`
    size: str  # one of `SIZES`, or ""
    likelihood: str  # one of `TERMS`, `in all`, `in none`, or "" if no worlds were tried
    share: float  # of worlds that go this way; NaN without a difference
    points: int  # number of worlds
    worlds: str  # kind of worlds
    prior: float  # share of worlds of the prior ranges that go this way, if these were tried, too, and differ; else NaN
    finding: str  # what happens
    holds: str  # in how many worlds
    decides: str  # on which assumption that depends
    carried: str  # how much is due to the scenario itself, and how much to the response of others
    numbers: str  # the difference with its interval, and the scale

    @property
    def text(self) -> str:
        """The answer, words first."""
        return " ".join(filter(None, (self.finding, self.holds, self.decides, self.carried)))

    @property
    def short(self) -> str:
        """The answer in a few words, after the outcome's label: `clearly lower; very likely (87 %)`."""
        text = {NONE: "no difference", OPEN: "direction uncertain"}.get(self.direction, f"{self.size} {self.direction}")
        text = self.size if self.size == NOTHING else text.strip()
        if not self.likelihood:
            return text
        share = telling_percent(self.share)
        if self.size == NOTHING or self.direction == OPEN:
            return f"{text} ({'no difference' if self.way == NONE else self.way} in {share} of worlds)"
        aside = f"; of the prior ranges {telling_percent(self.prior)}" if math.isfinite(self.prior) else ""
        if self.share < EVEN:
            chance = f"a {self.likelihood}" if self.likelihood.startswith("roughly") else self.likelihood
            return f"{text} at the defaults, but {chance} ({share}{aside})"
        return f"{text}; {self.likelihood} " + (f"({share}{aside})" if self.share < 1 else f"of the worlds{aside}")

    @property
    def document(self) -> dict[str, Any]:
        """As plain data: the text, and its parts."""
        return {"text": self.text, **asdict(self)}


def caution(result: Answer, replicates: int) -> str:
    """The caution that goes with an answer, once a page."""
    note = INTERVALS if replicates > 1 else ONE_REPLICATE
    if not result.points:
        return note
    return (
        f"Tried in {WORLDS[result.worlds]}; a share of them is not a probability of anything in the real world. {note}"
    )


def than(name: str, title: str) -> str:
    """The title of what an outcome is compared with, as in an answer; "" for the baseline."""
    return "" if name == ROOT else sentences.brief_words(title, sentences.LABEL)


def answer(end: Ending, when: Month, *, against: str = "", replicates: int) -> Answer:
    """The answer from an outcome's ending; `against` is the title of what it is compared with, "" for the baseline."""
    gap, robustness, direction = end.difference, end.robustness, end.difference.direction
    mean_way = way = HIGHER if gap.mean > 0 else LOWER
    size = ""  # where nothing differs, or chance alone does nothing to the baseline
    if direction != NONE and negligible(end):
        size = NOTHING
    elif direction != NONE and end.spread > SAME:
        size = next(label for limit, label in SIZES if abs(gap.mean) < limit * end.spread)
    clear = direction in {HIGHER, LOWER} and size != NOTHING
    share = math.nan if robustness is None else robustness.share
    prior = robustness.prior if robustness is not None and robustness.differs and clear else math.nan
    if robustness is not None and not clear and 1 - share - robustness.zero > share:
        way, share = {HIGHER: LOWER, LOWER: HIGHER}[way], 1 - share - robustness.zero
    if robustness is not None and not clear and robustness.zero > share:
        way, share = NONE, robustness.zero
    subject = end.label if not share < EVEN else f"At the default assumptions {end.inner}"
    term = likelihood(share) if math.isfinite(share) else ""
    texts = {
        "finding": finding(end, direction, size, when, name=subject, against=against, replicates=replicates),
        "holds": "" if robustness is None else _holds(robustness, clear, way, share, term, label=end.label),
        "decides": _decides(robustness, mean_way, way) if robustness is not None and term else "",
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
        points=0 if robustness is None else robustness.points,
        worlds="" if robustness is None else robustness.worlds,
        prior=prior,
        **{name: sentences.unbroken(text) for name, text in texts.items()},
    )


def finding(
    outcome: OutcomeText, direction: str, size: str, when: Month, *, name: str = "", against: str = "", replicates: int
) -> str:
    """What happens to an outcome by a month; `name` is its name in a clear sentence, if not its label."""
    forms, by = sentences.grammar(outcome.label), f"by {month_words(when)}"
    reference = f"under “{against}”" if against else f"{forms.it} otherwise would"
    if direction == NONE:
        return f"{outcome.label} {forms.was} the same {by} as {reference}{'' if against else ' be'}."
    if size == NOTHING:
        return f"{outcome.label}: no change to speak of {by}{f', compared with “{against}”' if against else ''}."
    if direction == OPEN:
        reason = "one replicate gives no interval" if replicates == 1 else f"{replicates:,} replicates cannot tell"
        return f"Whether {outcome.inner} {forms.ends} higher or lower than {reference} {by} is uncertain: {reason}."
    return " ".join(f"{name or outcome.label} {forms.ends} {size} {direction} than {reference} {by}.".split())


def _holds(robustness: Robustness, clear: bool, way: str, share: float, term: str, *, label: str) -> str:
    """The sentence on the share of worlds in which the outcome goes this way."""
    verbs = sentences.grammar(label)
    sample = f"{robustness.points:,} {robustness.worlds} worlds"
    failures = f" ({robustness.failed} more could not be computed)" if robustness.failed else ""
    if not term:
        return f"So it is in {percent(robustness.zero)} of {sample}{failures}."
    aside = ""
    if clear and robustness.differs:
        aside = f"; where the record is left aside, in {percent(robustness.prior)} of worlds of the prior ranges"
    if share in {0.0, 1.0} and way != NONE:
        return f"{verbs.it.title()} {verbs.ends} {way} {term}{'' if share else ' of'} {sample}{failures}{aside}."
    share_text = telling_percent(share)
    if way == NONE:
        return f"It makes no difference at all in {share_text} of {sample}{failures}."
    if not clear:
        return f"{verbs.it.title()} {verbs.ends} at least a little {way} in {share_text} of {sample}{failures}: {term}."
    chance = f"it is {term}"
    if term.endswith("chance"):
        chance = f"there is {'' if term.startswith('almost') else 'a '}{term}"
    opening = "But over" if share < EVEN else "Over"
    return f"{opening} {sample}{failures} {chance} that {verbs.it} {verbs.ends} {way} ({share_text}){aside}."


def _decides(robustness: Robustness, mean_way: str, way: str) -> str:
    """The sentence on what decides it, with the shares of worlds that go the way that the answer tells, if known."""
    driver, worlds = robustness.driver, robustness.points
    shares = driver.at_low, driver.at_high
    if way in {mean_way, NONE} or robustness.zero:
        way = mean_way
    else:  # every world goes one way or the other
        shares = 1 - driver.at_low, 1 - driver.at_high
    if driver.stands_out:
        theatre = load()
        name = f"{theatre.inner(sentences.parameter_words(driver.parameter, theatre))} ({driver.parameter})"
        if not driver.turns:
            return f"Its size, not its direction, hangs most on {name}."
        meanings = choice_meanings(driver.parameter, theatre)
        low, high = (with_meaning(end, meanings) for end in (driver.low_name, driver.high_name))
        ends = f"{percent(shares[0])} of worlds where it is {low}, in {percent(shares[1])} where {high}"
        return f"It hangs most on {name}: {way} in {ends}."
    if driver.together:
        return f"No single assumption decides it, but those of {driver.together} together do."
    if driver.needed:
        return f"These {worlds:,} worlds cannot tell which assumption decides it; some {driver.needed:,} could."
    return "No assumption stands out."


def _carried(end: Ending) -> str:
    """How much of a difference remains if the others act as they otherwise would, and how much is their response."""
    total = sum(part.mean for part in (end.division or {}).values())
    if end.division is None or abs(total) <= SAME:
        return ""
    response = end.division["response"].mean / total
    remaining = 1 - response
    if abs(response) <= 1 - NEARLY:
        return "Nearly all of it would remain if all others acted as they otherwise would."
    if abs(remaining) <= 1 - NEARLY:
        return "Nearly all of it is the response of the others."
    if remaining < 0:
        return "It is the others' doing: if they acted as they otherwise would, the change would go the other way."
    if response < 0:
        return f"The response of the others makes it {percent(-response / remaining)} smaller."
    rest = percent(remaining)
    return f"If all others acted as they otherwise would, {rest} of it would remain; the rest is their response."
