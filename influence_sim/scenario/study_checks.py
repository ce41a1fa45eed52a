"""Checks of a study that need more than its shape: names, limits, ranges, and what fits together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from math import log2
from typing import Any

from pydantic import TypeAdapter

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.scenario.checks import check_values, outside
from influence_sim.scenario.compose import KeyPath
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import SLUG
from influence_sim.scenario.sheet import Form
from influence_sim.scenario.study_schema import (
    CSV,
    GRID,
    KEEPS,
    LHS,
    LINEAR,
    LOG,
    METHODS,
    MORRIS,
    PRIORS,
    SCALES,
    SECTIONS,
    SOBOL_INDICES,
    SOBOL_SEQUENCE,
    TRIANGULAR,
    Range,
    Ranges,
    Study,
)
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

INTERVENTIONS, CONDITIONS = "interventions.", "conditions."
"""How the paths begin that lead into the scenario instead of the parameters."""
LEVEL = Bounds(0.0, 1.0, 1.0, "level")
_SLUG = re.compile(SLUG)
SAMPLES = {
    GRID: "levels",
    LHS: "points",
    SOBOL_SEQUENCE: "points",
    SOBOL_INDICES: "base samples",
    MORRIS: "trajectories",
}
_ENDS: tuple[str | int, ...] = ("low", "high")
FEWEST = 2
MOST_LISTED = 8


class StudySheet(Form[Study]):
    """A study file's readable parts."""

    root = Study
    sections = SECTIONS

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """What is varied, as far as it is readable; empty for `priors`."""
        found = self.get("vary")
        if not isinstance(found, dict):
            return {}
        readable = {path: raw for path, raw in found.items() if not self._harmed(path)}
        return TypeAdapter(Ranges).validate_python(readable)

    def place(self, loc: KeyPath) -> KeyPath:
        """The place of a part of a range, be it written [low, high] or {low: , high: }."""
        if loc[:1] != ("vary",) or len(loc) != 3 or loc[2] not in _ENDS:
            return loc
        pair = isinstance(self.document.data["vary"].get(loc[1]), list)
        return (*loc[:2], _ENDS.index(loc[2])) if pair else loc

    def _harmed(self, path: str) -> bool:
        place: KeyPath = ("vary", path)
        return any(spoiled[:2] == place for spoiled in self._spoiled)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a study may vary: the parameters, and what its scenario names with a date.

    Attributes:
        vocabulary: the names and limits.
        scenario: the scenario, if it could be read.
    """

    vocabulary: Vocabulary
    scenario: ResolvedScenario | None

    def bounds(self, path: str) -> Bounds | None:
        """The limits of a path; None if it does not exist."""
        if path.startswith(INTERVENTIONS):
            return LEVEL if self.scenario is None or path in self.dated() else None
        if path.startswith(CONDITIONS):
            known = self.scenario is None or path in self.dated()
            return self.vocabulary.conditions.get(path.removeprefix(CONDITIONS)) if known else None
        return self.vocabulary.parameters.get(path)

    def dated(self) -> set[str]:
        """The paths of what the scenario itself names."""
        if self.scenario is None:
            return set()
        levers = {INTERVENTIONS + ".".join(item.lever) for item in self.scenario.interventions}
        return levers | {CONDITIONS + name for name in self.scenario.conditions}

    def look_up(self, path: str) -> tuple[Bounds | None, str, str]:
        """The limits of a path, or None, why it does not exist, and what would help."""
        bounds = self.bounds(path)
        return (bounds, "", "") if bounds is not None else (None, *self.refusal(path))

    def refusal(self, path: str) -> tuple[str, str]:
        """Why a path does not exist, and what would help."""
        if path.startswith((INTERVENTIONS, CONDITIONS)):
            own = sorted(self.dated())
            kind = "intervention" if path.startswith(INTERVENTIONS) else "condition"
            names = [name for name in own if name.startswith(kind)]
            near = did_you_mean(path, names)
            hint = near or (f"it names {', '.join(names)}" if names else f"it names no {kind}s at all")
            return f"the scenario names no such {kind}", hint
        return "not a parameter", did_you_mean(path, [*self.vocabulary.parameters, *self.dated()])


def check_study(sheet: StudySheet, reach: Reach) -> Iterator[Problem]:
    """All unknown names, values out of bounds and contradictions of one study."""
    vocabulary = reach.vocabulary
    yield from _check_design(sheet)
    yield from _check_vary(sheet, reach)
    yield from _check_groups(sheet, vocabulary)
    yield from check_values(sheet, ("parameters",), "parameter", vocabulary.parameters)
    yield from _check_fixed(sheet)
    yield from _check_word(sheet, ("keep",), "anything that can be kept", KEEPS)
    yield from _check_outcomes(sheet, vocabulary)
    yield from _check_months(sheet, vocabulary)


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern such as `belief.*` means, in their order."""
    return [name for name in names if fnmatchcase(name, pattern)]


def _check_word(sheet: StudySheet, path: KeyPath, kind: str, known: Collection[str]) -> Iterator[Problem]:
    word = sheet.get(*path)
    if word is not None and word not in known:
        yield sheet.problem(path, f"not {kind}", did_you_mean(word, known) or _listed(word, known))


def _listed(word: str, known: Collection[str]) -> str:
    """What there is, or if that is too much, what is a little like it."""
    some = known if len(known) <= MOST_LISTED else [name for name in known if word and word in name]
    return f"there are {', '.join(some)}" if 0 < len(some) <= MOST_LISTED else ""


def _check_design(sheet: StudySheet) -> Iterator[Problem]:
    yield from _check_word(sheet, ("design", "method"), "a method", METHODS)
    method, samples = sheet.get("design", "method"), sheet.get("design", "samples")
    if method == CSV:
        yield from _check_given_points(sheet)
        return
    if sheet.get("design", "file") is not None:
        yield sheet.problem(("design", "file"), f"only the method {CSV} reads a file", key=True)
    if method in METHODS:
        yield from _check_samples(sheet, str(method), samples)
    if not sheet.says("vary") and not sheet.get("groups"):
        yield sheet.document.problem(("vary",), "vary", "this key is missing here", "say what is varied")


def _check_given_points(sheet: StudySheet) -> Iterator[Problem]:
    design: KeyPath = ("design",)
    if sheet.get(*design, "file") is None and not sheet.spoiled(*design, "file"):
        yield sheet.problem(("design", "method"), f"the method {CSV} needs the key file", "file: points.csv")
    if sheet.get(*design, "samples") is not None:
        yield sheet.problem((*design, "samples"), "the file of points says how many there are", key=True)
    for key in ("vary", "groups"):
        if sheet.get(key):
            yield sheet.problem((key,), "the file of points says what is varied", "leave this key out", key=True)


def _check_samples(sheet: StudySheet, method: str, samples: Any) -> Iterator[Problem]:
    path, what = ("design", "samples"), SAMPLES[method]
    if samples is None:
        if not sheet.spoiled(*path):
            yield sheet.problem(("design", "method"), f"the method {method} needs the key samples", f"how many {what}")
    elif samples < FEWEST:
        yield sheet.problem(path, f"too few: at least {FEWEST} {what} are needed")
    elif method in {SOBOL_SEQUENCE, SOBOL_INDICES} and samples & (samples - 1):
        yield sheet.problem(path, f"the number of {what} must be a power of two", f"the nearest is {_power(samples)}")


def _power(samples: int) -> int:
    """The nearest power of two."""
    lower = 1 << int(log2(samples))
    return lower if samples - lower <= 2 * lower - samples else 2 * lower


def _check_vary(sheet: StudySheet, reach: Reach) -> Iterator[Problem]:
    if sheet.get("vary") == {}:
        yield sheet.problem(("vary",), "must not be empty", f"name what is varied, or write {PRIORS}")
    for path in sheet.get("vary") or {} if sheet.get("vary") != PRIORS else {}:
        bounds = reach.bounds(path)
        if bounds is None:
            yield sheet.problem(("vary", path), *reach.refusal(path), key=True)
        if path in sheet.ranges:
            yield from _check_range(sheet, path, sheet.ranges[path], bounds)


def _check_range(sheet: StudySheet, path: str, given: Range, bounds: Bounds | None) -> Iterator[Problem]:
    if given.choice is not None:
        yield from _check_choice(sheet, path, given, bounds)
        return
    yield from _check_word(sheet, ("vary", path, "scale"), "a scale", SCALES)
    low, high = given.low, given.high
    if low is None or high is None:
        missing = "low" if low is None else "high"
        yield sheet.problem(("vary", path), f"{missing} is missing", "a range has low and high, or choice", key=True)
        return
    for key, value in (("low", low), ("high", high)):
        if bounds is not None and not bounds.hold(value):
            yield sheet.problem(sheet.place(("vary", path, key)), outside(path, bounds))
    if low >= high:
        yield sheet.problem(sheet.place(("vary", path, "high")), f"high must be above low ({low:g})")
    elif given.scale == LOG and low <= 0:
        yield sheet.problem(sheet.place(("vary", path, "low")), f"the scale {LOG} needs a range above 0")
    yield from _check_peak(sheet, path, given)


def _check_peak(sheet: StudySheet, path: str, given: Range) -> Iterator[Problem]:
    if given.peak is None or given.low is None or given.high is None:
        return
    if given.scale not in SCALES and given.scale is not None:
        return
    if given.scale != TRIANGULAR:
        rule = f"only the scale {TRIANGULAR} has a peak, not {given.scale or LINEAR}"
        yield sheet.problem(("vary", path, "peak"), rule, key=True)
    elif not given.low <= given.peak <= given.high:
        yield sheet.problem(("vary", path, "peak"), f"must lie between low ({given.low:g}) and high ({given.high:g})")


def _check_choice(sheet: StudySheet, path: str, given: Range, bounds: Bounds | None) -> Iterator[Problem]:
    for key in ("low", "high", "scale", "peak"):
        if getattr(given, key) is not None:
            yield sheet.problem(("vary", path, key), "not beside choice, which lists every value", key=True)
    values: tuple[float, ...] = given.choice or ()
    if len(values) < FEWEST:
        yield sheet.problem(("vary", path, "choice"), f"at least {FEWEST} values to choose among are needed", key=True)
    for index, value in enumerate(values):
        place = ("vary", path, "choice", index)
        if bounds is not None and not bounds.hold(value):
            yield sheet.problem(place, outside(path, bounds))
        if value in values[:index]:
            yield sheet.problem(place, "this value stands in the list already")


def _check_groups(sheet: StudySheet, vocabulary: Vocabulary) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    varied = [path for path in sheet.get("vary") or () if sheet.get("vary") != PRIORS]
    names = list(dict.fromkeys([*varied, *vocabulary.parameters]))
    for group in sheet.get("groups") or ():
        yield from _check_group_name(sheet, group, vocabulary.parameters)
        for place in sheet.items("groups", group):
            found = matching(sheet.get(*place), names)
            if not found:
                yield sheet.problem(place, "no parameter has this name", did_you_mean(sheet.get(*place), names))
            both = [name for name in found if name in taken]
            if both:
                yield sheet.problem(place, f"{both[0]} is in the group {taken[both[0]]} already")
            taken |= dict.fromkeys(found, group)


def _check_group_name(sheet: StudySheet, group: str, parameters: Mapping[str, Bounds]) -> Iterator[Problem]:
    path = ("groups", group)
    if not _SLUG.fullmatch(group):
        rule = "a group's name is lower-case letters, digits and _, beginning with a letter"
        yield sheet.problem(path, rule, key=True)
    elif sheet.get("vary") == PRIORS and (rest := _ungrouped(sheet, group, parameters)):
        rule = f"this is what the parameters {group}.* that are in no group are called, {rest[0]} for one"
        yield sheet.problem(path, rule, "choose another name", key=True)


def _ungrouped(sheet: StudySheet, word: str, parameters: Mapping[str, Bounds]) -> list[str]:
    """The parameters that begin with a word and that no group takes."""
    patterns = [sheet.get(*place) for group in sheet.get("groups") for place in sheet.items("groups", group)]
    named = [name for name in parameters if name.startswith(f"{word}.")]
    return [name for name in named if not any(fnmatchcase(name, pattern) for pattern in patterns)]


def _check_fixed(sheet: StudySheet) -> Iterator[Problem]:
    named = {sheet.get(*place) for group in sheet.get("groups") or () for place in sheet.items("groups", group)}
    named |= set(() if sheet.get("vary") == PRIORS else sheet.get("vary") or ())
    for name in sheet.get("parameters") or ():
        if name in named:
            yield sheet.problem(("parameters", name), "cannot be fixed here and varied as well", key=True)


def _check_outcomes(sheet: StudySheet, vocabulary: Vocabulary) -> Iterator[Problem]:
    seen: set[str] = set()
    for place in sheet.items("outcomes"):
        yield from _check_word(sheet, place, "an outcome", vocabulary.outcomes)
        if sheet.get(*place) in seen:
            yield sheet.problem(place, "this outcome stands in the list already")
        seen.add(sheet.get(*place))


def _check_months(sheet: StudySheet, vocabulary: Vocabulary) -> Iterator[Problem]:
    longest = vocabulary.last - vocabulary.start + 1
    months = sheet.get("months")
    if months is not None and months > longest:
        yield sheet.problem(("months",), f"must be at most {longest}")
        months = None
    last = vocabulary.start + (Study.model_fields["months"].default if months is None else months) - 1
    seen: set[Month] = set()
    for place in sheet.items("dates"):
        date = parse_month(sheet.get(*place))
        if not vocabulary.start <= date <= last:
            span = f"{format_month(vocabulary.start)} to {format_month(last)}"
            yield sheet.problem(place, f"a date must lie within the run, {span}")
        if date in seen:
            yield sheet.problem(place, "this date stands in the list already")
        seen.add(date)
