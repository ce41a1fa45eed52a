"""The sentences of a report: a sign only where the interval allows one, and never without what it hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from influence_sim.analysis.claims.evidence import HOLDS
from influence_sim.base.months import Month, format_month, month_words, parse_month
from influence_sim.base.numbers import FEWEST, MINUS, decimals_for, percent, written

if TYPE_CHECKING:
    from influence_sim.scenario import ResolvedScenario
    from influence_sim.theatre import Theatre

SHARES: Final = ("0-1", "share", "weighted share", "probability")
"""How units begin that run from 0 to 1."""
TINY: Final = 5e-5
"""What is smaller shows no digit that is not 0."""
NOTHING: Final = 1e-12
"""A difference up to this is none: the arms only rounded differently."""
HIGHER, LOWER, OPEN, NONE = "higher", "lower", "open", "none"


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean between two ends."""

    mean: float
    low: float
    high: float

    @property
    def direction(self) -> str:
        """`higher` or `lower` where the interval leaves no doubt, `none` where nothing differs, else `open`."""
        if all(abs(number) <= NOTHING for number in (self.mean, self.low, self.high)):
            return NONE
        if self.low > 0:
            return HIGHER
        return LOWER if self.high < 0 else OPEN


@dataclass(frozen=True, slots=True)
class Robustness:
    """How a difference fares under other assumptions.

    Attributes:
        points: sampled sets of assumptions.
        share: of them in which it has the same sign; NaN if there is no sign to keep.
        zero: share in which there is no difference.
        parameter: the one it hangs on most; "" if none stands out.
    """

    points: int
    share: float
    zero: float
    parameter: str

    @property
    def robust(self) -> bool:
        """Whether it keeps its sign in as many worlds as a claim needs to hold."""
        return self.share >= HOLDS


@dataclass(frozen=True, slots=True)
class Ending:
    """How one outcome ends in both arms.

    Attributes:
        outcome: its name.
        label: of it.
        inner: the label as it stands within a sentence.
        unit: of its values.
        scenario: mean, and the middle 90 % of replicates.
        baseline: likewise.
        difference: mean of the paired difference, and its 95 % interval.
        robustness: under other assumptions; None if not tried.
    """

    outcome: str
    label: str
    inner: str
    unit: str
    scenario: Interval
    baseline: Interval
    difference: Interval
    robustness: Robustness | None


def number(value: float, decimals: int = FEWEST, *, signed: bool = False) -> str:
    """A number with a true minus sign; no sign before zero."""
    return written(value, decimals, signed=signed, minus=MINUS)


def level_words(level: Interval) -> str:
    """`0.741 [0.715 to 0.762]`."""
    return f"{number(level.mean)} [{number(level.low)} to {number(level.high)}]"


def difference_words(gap: Interval) -> str:
    """`+0.038 [+0.036 to +0.040]`, or the mean alone where one replicate gives no interval."""
    largest = max(abs(gap.mean), *(abs(end) for end in (gap.low, gap.high) if math.isfinite(end)), 0.0)
    if largest < TINY:
        return "0" if largest <= NOTHING else "\N{ALMOST EQUAL TO} 0"
    decimals = decimals_for([gap.mean, gap.low, gap.high])
    mean, low, high = (number(n, decimals, signed=True) for n in (gap.mean, gap.low, gap.high))
    return f"{mean} [{low} to {high}]" if math.isfinite(gap.low) else mean


def size_words(mean: float, decimals: int) -> str:
    """The size of a difference that is not zero."""
    return number(abs(mean), decimals) if abs(mean) >= TINY else "less than 0.0001"


def scale_words(unit: str) -> str:
    """What a number of some unit is to be held against."""
    if unit.startswith(SHARES):
        return "on a scale from 0 to 1"
    kind, _, meaning = unit.partition(": ")
    return f"as an {kind} on which {meaning}" if meaning else f"counted in {kind}"


def kept(text: str) -> str:
    """The same text, with no line break between a number and its %."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def share_words(share: float) -> str:
    """`73 %`, which no line break parts."""
    return kept(percent(share))


def answer(end: Ending, when: Month, note: str = "") -> str:
    """The answer in one sentence, with its uncertainty; `note` says what the parameter means that it hangs on."""
    hangs = _hangs(end, note)
    return kept(f"{_effect(end, when)}; {hangs}.")


def _effect(end: Ending, when: Month) -> str:
    gap, label = end.difference, end.inner
    opening = f"At the default assumptions, by {month_words(when)}, "
    if gap.direction == NONE:
        return f"{opening}{label} is exactly what it would otherwise be"
    if gap.direction == OPEN:
        what = f"the run cannot tell whether {label} ends higher or lower than it otherwise would"
        what += "" if math.isfinite(gap.low) else ", because a single repetition gives no interval"
        return f"{opening}{what} (difference {difference_words(gap)}, {scale_words(end.unit)})"
    decimals = decimals_for([gap.mean, gap.low, gap.high])
    size = size_words(gap.mean, decimals)
    ends = [number(abs(n), decimals) for n in sorted((gap.low, gap.high), key=abs)]
    interval = f"95 % interval {ends[0]} to {ends[1]}, {scale_words(end.unit)}"
    return f"{opening}{label} ends {size} {gap.direction} than it otherwise would ({interval})"


def _hangs(end: Ending, note: str) -> str:
    found = end.robustness
    if found is None:
        return "how far this hangs on the assumptions was not tried"
    if math.isnan(found.share):
        return f"that stays so in {percent(found.zero)} of {found.points} other sets of assumptions tried"
    parameter = _on(found.parameter, note)
    share = f"{percent(found.share)} of {found.points} other sets of assumptions tried"
    if end.difference.direction == OPEN:
        return f"the difference keeps the sign of its mean in {share}, {parameter}"
    if found.robust:
        return f"the direction is the same in {share}, and {parameter}"
    return f"but the direction is the same in only {share}, so that it depends on what is assumed: {parameter}"


def _on(parameter: str, note: str) -> str:
    if not parameter:
        return "no single assumption stands out"
    return f"it hangs most on {note} ({parameter})" if note else f"it hangs most on {parameter}"


def strength(end: Ending) -> str:
    """One word or two on how far a direction may be relied on, within the model."""
    if end.difference.direction == NONE:
        return "no difference"
    if end.difference.direction == OPEN:
        return "direction open"
    if end.robustness is None:
        return "other assumptions not tried"
    return "robust" if end.robustness.robust else "depends"


def brief(end: Ending) -> str:
    """An ending in a few words: `lower by 0.016; depends on what is assumed`."""
    gap = end.difference
    if gap.direction in {NONE, OPEN}:
        return strength(end)
    told = {"robust": "robust under other assumptions", "depends": "depends on what is assumed"}
    words = strength(end)
    return f"{gap.direction} by {size_words(gap.mean, decimals_for([gap.mean]))}; {told.get(words, words)}"


def against_chance(end: Ending) -> str:
    """The size of a difference, held against what chance does to the baseline."""
    spread = end.baseline.high - end.baseline.low
    if spread <= NOTHING or end.difference.direction in {NONE, OPEN}:
        return ""
    ratio = abs(end.difference.mean) / spread
    if ratio < 1:
        words = f"about {percent(ratio)} of" if ratio >= 0.015 else "less than 2 % of"
    else:
        words = f"{ratio:.1f} times"
    return f"The shift is {words} the spread that chance alone makes between runs of the baseline."


def parameter_words(name: str, theatre: Theatre) -> str:
    """What a parameter means, in plain words if there are any."""
    spec = theatre.parameters.get(name)  # a folder of an older model may name others
    plain = theatre.words.parameters.get(name) or (spec.note if spec else "") or name
    return plain[:1].upper() + plain[1:]


def within(words: str) -> str:
    """Words as they stand within a sentence: `How much ...` loses its capital, `Kabul's ...` keeps it."""
    first = words.split(" ", 1)[0]
    return words[:1].lower() + words[1:] if first in {"How", "The", "What"} else words


def deeds(scenario: ResolvedScenario, theatre: Theatre) -> Iterator[str]:
    """What a scenario fixes, line by line."""
    data = scenario.canonical()
    called = {entry.forum: entry.forum.replace("_", " ") for entry in scenario.forums}
    called |= {**theatre.within, **theatre.words.forums}
    for item in data["interventions"]:
        what = theatre.instruments[item["do"]].thing.format(target=called[item["target"]])
        if item["level"] == 0:
            what = f"no {what.removeprefix('a ')}"
        elif item["level"] != 1:
            what += f", at {item['level']:g} of full strength,"
        yield f"{theatre.actor(item['actor']).label}: {what} {_span(item)}"
    for item in data["forums"]:
        led = f", led by {called[item['convenor']]}" if item["convenor"] else ""
        name = called[item["forum"]][:1].upper() + called[item["forum"]][1:] + led
        if item["invite"]:
            yield f"{name}: {', '.join(called[guest] for guest in item['invite'])} invited {_span(item)}"
        if item["meets"]:
            yield f"{name}: meets in {', '.join(month_words(parse_month(month)) for month in item['meets'])}"
    for name, series in data["conditions"].items():
        values = ", ".join(f"{value:g} from {month_words(parse_month(month))}" for month, value in series.items())
        unit = theatre.vocabulary.conditions[name].unit
        yield f"Outside circumstance, {name.replace('_', ' ')} ({unit}): {values}"
    for item in data["changes"]:
        for name, value in item["set"].items():
            yield f"Assumption {name}: {value:g} {_span(item)}"


def _span(item: Mapping[str, Any]) -> str:
    until = f" until {month_words(parse_month(item['until']))}" if item["until"] else ""
    return f"from {month_words(parse_month(item['from']))}{until}"


def run_until(first: Month, months: int) -> str:
    """`2015-09 to 2020-12`."""
    return f"{format_month(first)} to {format_month(first + months - 1)}"
