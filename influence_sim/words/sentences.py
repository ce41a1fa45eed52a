"""Numbers, names and the deeds of a scenario in words for readers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Final, NamedTuple

from influence_sim.base.display import agreeing, capital, first_of, id_words, is_plural
from influence_sim.base.months import month_words, parse_month
from influence_sim.base.numbers import FEWEST, MINUS, TINY, number, with_interval
from influence_sim.base.statistics import SAME
from influence_sim.scenario.resolved import CONDITIONS, INTERVENTIONS, ResolvedScenario
from influence_sim.scenario.schema import Change, ForumEntry, Intervention
from influence_sim.theatre import Theatre
from influence_sim.words.endings import Ending, Interval
from influence_sim.words.terms import UNITS, choice_meanings, unit_words, value_text, with_meaning

SHARES: Final = (UNITS["0-1"], "share", "weighted share", "probability")
"""Beginnings of units from 0 to 1, as readers see them."""
DIFFERENCE: Final = "difference"
MORE: Final = re.compile(r" (?:of|under|at|among|in|to|by|from|with|on|over|that|\w+ing) ")
"""Ends the head of a label."""
LABEL: Final = 60
"""Longest label or title, in letters, that a short sentence has in full."""


def level_words(level: Interval) -> str:
    """`0.741 [0.715 to 0.762]`."""
    return with_interval(level, minus=MINUS, decimals=FEWEST)


def difference_words(difference: Interval) -> str:
    """`+0.038 [+0.036 to +0.040]`, or the mean alone where one replicate gives no interval."""
    largest = max(abs(end) for end in difference if math.isfinite(end))
    if largest < TINY:
        return "0" if largest <= SAME else "\N{ALMOST EQUAL TO} 0"
    return with_interval(difference, signed=True, minus=MINUS)


def scale_words(unit: str) -> str:
    """The scale of a unit as readers see it, in words."""
    if unit.startswith(SHARES):
        return "on a scale from 0 to 1"
    kind, _, meaning = unit.partition(": ")
    if unit.startswith(DIFFERENCE):
        return f"as a {kind}"
    return f"as an {kind} on which {meaning}" if meaning else f"counted in {kind}"


def for_print(text: str) -> str:
    """The text with `January 2018` for `2018-01`, and with true minus signs."""
    return re.sub(r"\b\d{4}-\d{2}\b", lambda match: month_words(parse_month(match[0])), text).replace("(-", f"({MINUS}")


def unbroken(text: str) -> str:
    """The text with no-break spaces between numbers and %."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def seen(end: Ending, span: str) -> str:
    """A text alternative for the charts of an outcome."""
    return (
        f"Two charts over time, {span}. Above, {end.label}: the scenario ends at {number(end.scenario.mean)}, the "
        f"baseline at {number(end.baseline.mean)}. Beneath, scenario minus baseline: "
        f"{difference_words(end.difference)} at the end."
    )


def parameter_words(name: str, theatre: Theatre) -> str:
    """The meaning of a parameter, in plain words if there are any."""
    spec = theatre.parameters.get(name)  # a folder of an older model may name others
    plain = theatre.words.parameters.get(name) or (spec.note if spec else "") or name
    return capital(plain)


def meaning_of(path: str, theatre: Theatre) -> str:
    """What a number that a sweep varies means, in plain words; "" if there are none."""
    if path in theatre.parameters:
        return parameter_words(path, theatre)
    if path.startswith(CONDITIONS):
        return capital(name_words(path.removeprefix(CONDITIONS), theatre))
    if path.startswith(INTERVENTIONS) and path.count(".") == 3:
        actor, do, target = path.removeprefix(INTERVENTIONS).split(".")
        label, aim = (theatre.within.get(name, name) for name in (actor, target))
        if instrument := theatre.instruments.get(do):
            return f"How strongly {label} {agreeing(instrument.does.format(target=aim), label)}"
    return ""


def group_words(group: str, members: Sequence[str], theatre: Theatre) -> str:
    """Which factors move together in a group: the first of them, and how many more there are."""
    names = [name_words(name.removeprefix(f"{group}.").replace(".", "_"), theatre) for name in members]
    return capital(f"{first_of(names)} together")


def name_words(name: str, theatre: Theatre) -> str:
    """An id as words, with the capitals of the theatre's names."""
    return id_words(name, theatre.proper)


def stance_words(name: str, theatre: Theatre) -> str:
    """What a stance is about."""
    return theatre.words.stances.get(name) or name_words(name, theatre)


def assumed_words(name: str, theatre: Theatre, told: str = "") -> str:
    """The value that a run assumes of a parameter unless it is set, and what else it might be, in a sentence.

    What a choice means is left out where the text before it, `told`, says so.
    """
    spec, meanings = theatre.parameters[name], choice_meanings(name, theatre)
    meanings = {choice: "" if f"({meaning})" in told else meaning for choice, meaning in meanings.items()}
    if not meanings:
        return f"The run assumes {spec.default:.3g}; it could be anything from {spec.low:.3g} to {spec.high:.3g}."
    texts = [with_meaning(f"“{choice}”", {f"“{choice}”": meaning}) for choice, meaning in meanings.items()]
    default = texts.pop(spec.choices.index(spec.default))
    return f"The run assumes {default}; it could as well be {' or '.join(texts)}."


def assumed_otherwise(values: Mapping[str, float], theatre: Theatre) -> Iterator[str]:
    """What is assumed otherwise than by default, a sentence each, without which an answer could be mistaken."""
    for name, value in values.items():
        spec, meanings = theatre.parameters[name], choice_meanings(name, theatre)
        texts = [f"{number:.3g}".replace("-", MINUS) for number in (value, spec.default)]
        if meanings:
            choices = [with_meaning(choice, meanings) for choice in meanings]
            texts = [choices[spec.choices.index(number)] for number in (value, spec.default)]
        if value != spec.default:
            yield f"{parameter_words(name, theatre)}: {texts[0]}, by default {texts[1]}."


class Grammar(NamedTuple):
    """The verbs and the pronoun that go with a label in a sentence."""

    ends: str
    it: str
    was: str  # `is` or `are`
    does: str  # `does` or `do`


def grammar(label: str) -> Grammar:
    """`Violence ends`, but `contested districts end`: the head of the label, before any modifier, decides."""
    head = MORE.split(label, maxsplit=1)[0].split()[-1]
    return Grammar("end", "they", "are", "do") if is_plural(head) else Grammar("ends", "it", "is", "does")


def brief_words(text: str, letters: int) -> str:
    """A text of at most `letters`; a longer one ends, after a word, with an ellipsis."""
    return shorten(text, letters, placeholder=" …") if len(text) > letters else text


def deeds(scenario: ResolvedScenario, theatre: Theatre) -> Iterator[str]:
    """What a scenario fixes, a line each."""
    labels = {entry.forum: name_words(entry.forum, theatre) for entry in scenario.forums}
    labels |= {**theatre.within, **theatre.words.forums}

    def span(item: Intervention | ForumEntry | Change) -> str:
        return f"from {month_words(item.start)}" + (f" until {month_words(item.until)}" if item.until else "")

    for item in scenario.interventions:
        action = theatre.instruments[item.do].thing.format(target=labels.get(item.target, item.target))
        action, _, what = action.partition(": ")
        if item.level == 0:
            action = f"not {action}" if action.split()[0].endswith("ing") else f"no {action.removeprefix('a ')}"
        elif what:
            action += f" ({what})"
        if 0 < item.level < 1:
            action += f", at {item.level:g} of full strength,"
        yield f"{theatre.actor(item.actor).label}: {action} {span(item)}"
    for forum in scenario.forums:
        chair = f", led by {labels[forum.convenor]}" if forum.convenor else ""
        name = capital(labels[forum.forum]) + chair
        if forum.invite:
            yield f"{name}: {', '.join(labels[guest] for guest in forum.invite)} invited {span(forum)}"
        if forum.meets:
            yield f"{name}: meets in {', '.join(map(month_words, forum.meets))}"
    for name, series in sorted(scenario.conditions.items()):
        values = ", ".join(f"{value:g} from {month_words(month)}" for month, value in sorted(series.items()))
        unit = unit_words(theatre.vocabulary.conditions[name].unit, theatre)
        yield f"Outside circumstance, {name_words(name, theatre)} ({unit}): {values}"
    for change in scenario.changes:
        for name, value in change.values.items():
            yield f"Assumption {name}: {value_text(name, value, theatre)} {span(change)}"
