"""The sentences of a report: a sign only where the interval allows one, and never without what it hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Final

from influence_sim.base.months import Month, month_words
from influence_sim.base.numbers import FEWEST, MINUS, decimals_for, percent, with_interval, written
from influence_sim.base.statistics import SAME
from influence_sim.reports.endings import NONE, OPEN, Ending, Interval
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import Change, ForumEntry, Intervention
from influence_sim.theatre import Theatre

SHARES: Final = ("0-1", "share", "weighted share", "probability")
"""How units begin that run from 0 to 1."""
TINY: Final = 5e-5
"""What is smaller shows no digit that is not 0."""


number = partial(written, minus=MINUS)
"""A number with a true minus sign; no sign before zero."""


def level_words(level: Interval) -> str:
    """`0.741 [0.715 to 0.762]`."""
    return with_interval(level, minus=MINUS, decimals=FEWEST)


def difference_words(gap: Interval) -> str:
    """`+0.038 [+0.036 to +0.040]`, or the mean alone where one replicate gives no interval."""
    largest = max(abs(number) for number in gap if math.isfinite(number))
    if largest < TINY:
        return "0" if largest <= SAME else "\N{ALMOST EQUAL TO} 0"
    return with_interval(gap, signed=True, minus=MINUS)


def size_words(mean: float, decimals: int) -> str:
    """The size of a difference that is not zero."""
    return number(abs(mean), decimals) if abs(mean) >= TINY else "less than 0.0001"


def scale_words(unit: str) -> str:
    """What a number of some unit is to be held against."""
    if unit.startswith(SHARES):
        return "on a scale from 0 to 1"
    kind, _, meaning = unit.partition(": ")
    return f"as an {kind} on which {meaning}" if meaning else f"counted in {kind}"


def unbroken(text: str) -> str:
    """The same text, with no line break between a number and its %."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def answer(end: Ending, when: Month, note: str = "") -> str:
    """The answer in one sentence, with its uncertainty; `note` says what the parameter means that it hangs on."""
    gap, found = end.difference, end.robustness
    effect = f"At the default assumptions, by {month_words(when)}, "
    if gap.direction == NONE:
        effect += f"{end.inner} is exactly what it would otherwise be"
    elif gap.direction == OPEN:
        effect += f"the run cannot tell whether {end.inner} ends higher or lower than it otherwise would"
        effect += "" if math.isfinite(gap.low) else ", because a single repetition gives no interval"
        effect += f" (difference {difference_words(gap)}, {scale_words(end.unit)})"
    else:
        decimals = decimals_for(gap)
        low, high = (number(abs(n), decimals) for n in sorted((gap.low, gap.high), key=abs))
        effect += f"{end.inner} ends {size_words(gap.mean, decimals)} {gap.direction} than it otherwise would "
        effect += f"(95 % interval {low} to {high}, {scale_words(end.unit)})"
    if found is None:
        return unbroken(f"{effect}; how far this hangs on the assumptions was not tried.")
    tried = f"of {found.points} {found.worlds} worlds, sets of assumptions, tried"
    tried += f" ({found.failed} more could not be computed)" if found.failed else ""
    if math.isnan(found.share):
        return unbroken(f"{effect}; that stays so in {percent(found.zero)} {tried}.")
    hangs = found.hanging.words(found.points, f"{note}, {found.hanging.parameter}" if note else "")
    share = f"{percent(found.share)} {tried}"
    if gap.direction == OPEN:
        robust = f"the difference keeps the sign of its mean in {share}, {hangs}"
    elif found.robust:
        robust = f"the direction is the same in {share}, and {hangs}"
    else:
        robust = f"but the direction is the same in only {share}, so that it depends on what is assumed: {hangs}"
    return unbroken(f"{effect}; {robust}.")


def seen(end: Ending, span: str) -> str:
    """What the charts of an outcome show, for whoever does not see them."""
    return (
        f"Two charts over time, {span}. Above, {end.label}: the scenario ends at {number(end.scenario.mean)}, the "
        f"baseline at {number(end.baseline.mean)}. Beneath, scenario minus baseline: "
        f"{difference_words(end.difference)} at the end."
    )


def strength(end: Ending) -> str:
    """One word or two on how far a direction may be relied on, within the model."""
    if end.difference.direction in {NONE, OPEN}:
        return {NONE: "no difference", OPEN: "direction open"}[end.difference.direction]
    if end.robustness is None:
        return "other assumptions not tried"
    return "robust" if end.robustness.robust else "depends"


def brief(end: Ending) -> str:
    """An ending in a few words: `lower by 0.016; depends on what is assumed`."""
    gap, words = end.difference, strength(end)
    if gap.direction in {NONE, OPEN}:
        return words
    words = {"robust": "robust under other assumptions", "depends": "depends on what is assumed"}.get(words, words)
    return f"{gap.direction} by {size_words(gap.mean, decimals_for([gap.mean]))}; {words}"


def against_chance(end: Ending) -> str:
    """The size of a difference, held against what chance does to the baseline."""
    spread = end.baseline.high - end.baseline.low
    if spread <= SAME or end.difference.direction in {NONE, OPEN}:
        return ""
    ratio = abs(end.difference.mean) / spread
    words = f"{ratio:.1f} times" if ratio >= 1 else f"about {percent(ratio)} of"
    words = words if ratio >= 0.015 else "less than 2 % of"
    return f"The shift is {words} the spread that chance alone makes between runs of the baseline."


def parameter_words(name: str, theatre: Theatre) -> str:
    """What a parameter means, in plain words if there are any."""
    spec = theatre.parameters.get(name)  # a folder of an older model may name others
    plain = theatre.words.parameters.get(name) or (spec.note if spec else "") or name
    return plain[:1].upper() + plain[1:]


def within(words: str) -> str:
    """Words as they stand within a sentence: `How much ...` loses its capital, a name keeps it."""
    first = words.split(" ", 1)[0]
    return words[:1].lower() + words[1:] if first in {"How", "The", "What"} else words


def deeds(scenario: ResolvedScenario, theatre: Theatre) -> Iterator[str]:
    """What a scenario fixes, line by line."""
    called = {entry.forum: entry.forum.replace("_", " ") for entry in scenario.forums}
    called |= {**theatre.within, **theatre.words.forums}

    def span(item: Intervention | ForumEntry | Change) -> str:
        return f"from {month_words(item.start)}" + (f" until {month_words(item.until)}" if item.until else "")

    for item in scenario.interventions:
        what = theatre.instruments[item.do].thing.format(target=called.get(item.target, item.target))
        if item.level == 0:
            what = f"no {what.removeprefix('a ')}"
        elif item.level != 1:
            what += f", at {item.level:g} of full strength,"
        yield f"{theatre.actor(item.actor).label}: {what} {span(item)}"
    for forum in scenario.forums:
        led = f", led by {called[forum.convenor]}" if forum.convenor else ""
        name = called[forum.forum][:1].upper() + called[forum.forum][1:] + led
        if forum.invite:
            yield f"{name}: {', '.join(called[guest] for guest in forum.invite)} invited {span(forum)}"
        if forum.meets:
            yield f"{name}: meets in {', '.join(map(month_words, forum.meets))}"
    for name, series in sorted(scenario.conditions.items()):
        values = ", ".join(f"{value:g} from {month_words(month)}" for month, value in sorted(series.items()))
        unit = theatre.vocabulary.conditions[name].unit
        yield f"Outside circumstance, {name.replace('_', ' ')} ({unit}): {values}"
    for change in scenario.changes:
        for name, value in change.values.items():
            yield f"Assumption {name}: {value:g} {span(change)}"
