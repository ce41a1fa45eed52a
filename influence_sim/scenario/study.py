"""Reads a study: its file, the scenarios it names, its file of points, and reports all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import chain
from math import log2
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, Problem, did_you_mean, raise_any, wrong
from influence_sim.base.plain_data import KeyPath, plain
from influence_sim.base.strict_yaml import Document, Names, read_yaml
from influence_sim.scenario import study_schema as shape
from influence_sim.scenario.checked_file import CheckedFile, in_order
from influence_sim.scenario.resolve import YAML, file_beside, load_scenario
from influence_sim.scenario.resolved import CONDITIONS, INTERVENTIONS, LEVEL, ResolvedScenario
from influence_sim.scenario.schema import SLUG
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.study_schema import ALONE, ASKED, CSV, Study
from influence_sim.scenario.tables import Lookup, Points, read_points
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

_OWN_KEYS = frozenset({"design", "vary", "scenario", "replicates", "outcomes"})
"""Keys that only a study has; a scenario has none of them."""
SAMPLES = {
    shape.GRID: "levels",
    shape.LHS: "points",
    shape.SOBOL_SEQUENCE: "points",
    shape.SOBOL_INDICES: "base samples",
    shape.MORRIS: "trajectories",
}
_ENDS = ("low", "high")
MIN_COUNT = 2


class StudyFile(CheckedFile[Study]):
    """A study file's readable parts."""

    def place(self, loc: KeyPath) -> KeyPath:
        """The place of a part of a range, whether written [low, high] or {low: , high: }."""
        if loc[:1] != ("vary",) or len(loc) != 3 or loc[2] not in _ENDS:
            return loc
        pair = isinstance(self.document.data["vary"].get(loc[1]), list)
        return (*loc[:2], _ENDS.index(str(loc[2]))) if pair else loc


@dataclass(frozen=True, slots=True)
class ReadStudy:
    """A study and all it names, checked."""

    study: Study  # the file
    scenario: ResolvedScenario  # the scenario it names
    against: ResolvedScenario | None  # what that is compared with; None for one arm
    points: Points | None  # the points, if a file gives them
    file: StudyFile  # the file with the places of its parts, for problems found later


def is_study(data: Any) -> bool:
    """Whether the data of a file are those of a study rather than of a scenario."""
    return isinstance(data, dict) and not _OWN_KEYS.isdisjoint(data)


def read_study(
    study: Path | Mapping[Any, Any],
    vocabulary: Vocabulary,
    changes: Mapping[KeyPath, Any] | None = None,
    names: Names | None = None,
) -> ReadStudy:
    """Reads a study.

    Args:
        study: its file; or keys and values as in a file, perhaps without `schema_version`, where the files that it
            names are looked up like a user's arguments.
        vocabulary: the names and limits it is checked against.
        changes: values that replace its own, by the path of their keys.
        names: names of these values in errors.

    Raises:
        InputError: anything in the study, its scenarios or its points is wrong; all problems at once.
        MachineError: a file is there but cannot be read.
    """
    if isinstance(study, Mapping):
        document, folder = Document("study", plain({"schema_version": 1, **study})), None
    else:
        document, folder = read_yaml(study), study.resolve().parent
        if isinstance(document.data, dict) and not is_study(document.data) and "name" in document.data:
            rule = "this is a scenario, not a study"
            hint = "to sweep it say what to vary: --vary PATH=LOW:HIGH, or write a study (`init --study NAME`)"
            raise InputError(wrong(study, "", rule, hint))
    return _check(document.with_changes(changes or {}, names or {}), folder, vocabulary)


def _check(document: Document, folder: Path | None, vocabulary: Vocabulary) -> ReadStudy:
    """Checks a study and all it names; without a folder, files are looked up like a user's arguments."""
    file = StudyFile(document, Study)
    problems: list[Problem] = []  # of the study, with its references to files
    file_problems: list[Problem] = []  # of those files

    def locate(key: KeyPath, ref: str | None, endings: tuple[str, ...], **shipped: Any) -> str | Path | None:
        """The file of a reference; None if it has none or is wrong."""
        if ref is None or folder is None:
            return ref
        name = ref.removeprefix("./") if ref.endswith(endings) else ref
        path, rule, hint = file_beside(name, folder, endings, **shipped)
        if rule:
            problems.append(file.problem(key, rule, hint))
        return None if rule else path

    def load(key: str, ref: str | None) -> ResolvedScenario | None:
        try:
            path = locate((key,), ref, YAML, shipped=shipped_scenarios())
            return None if path is None else load_scenario(path, vocabulary)
        except InputError as error:
            for problem in error.problems:
                if problem.path == "scenario" and problem.line is None:  # the name itself is wrong
                    problems.append(file.problem((key,), problem.rule, problem.hint))
                else:
                    file_problems.append(problem)
        return None

    scenario = load("scenario", file.get("scenario"))
    ref = file.get("against") if file.says("against") else ASKED
    if ref == ASKED:
        against = None if scenario is None else load_scenario(scenario.against, vocabulary)
    else:
        against = load("against", None if ref == ALONE else ref)
    if against is not None and scenario is not None and scenario.digest() == against.digest():
        against = None
    lookup, points = partial(look_up, vocabulary, scenario), None
    ref = file.get("design", "file") if file.get("design", "method") == CSV else None
    if (path := locate(("design", "file"), ref, (".csv",))) is not None:
        try:
            points = read_points(Path(path), lookup)
        except InputError as error:
            file_problems += error.problems
    problems = in_order(chain(file.problems, check_study(file, vocabulary, lookup), problems))
    raise_any([*problems, *dict.fromkeys(file_problems)])
    if scenario is None:
        raise AssertionError("a study without problems has a scenario")
    return ReadStudy(file.required(), scenario, against, points, file)


def look_up(vocabulary: Vocabulary, scenario: ResolvedScenario | None, path: str) -> tuple[Bounds | None, str, str]:
    """The limits of a number that a study may vary; or None, the rule it breaks, and a hint.

    It may vary the parameters, and what its scenario, if that could be read, sets with a date.
    """
    parameters, dated = vocabulary.parameters, {} if scenario is None else scenario.numbers(vocabulary)
    if not path.startswith((INTERVENTIONS, CONDITIONS)):
        hint = did_you_mean(path, [*parameters, *dated]) if path not in parameters else ""
        return parameters.get(path), "not a parameter", hint
    bounds = dated.get(path)
    if scenario is None:
        name = path.removeprefix(CONDITIONS)
        bounds = LEVEL if path.startswith(INTERVENTIONS) else vocabulary.conditions.get(name)
    if bounds is not None:
        return bounds, "", ""
    kind = "intervention" if path.startswith(INTERVENTIONS) else "condition"
    names = [name for name in dated if name.startswith(kind)]
    hint = f"it names {', '.join(names)}" if names else f"it names no {kind}s at all"
    return None, f"the scenario names no such {kind}", did_you_mean(path, names) or hint


def check_study(file: StudyFile, vocabulary: Vocabulary, lookup: Lookup) -> Iterator[Problem]:
    """All unknown names, values out of bounds and contradictions of one study; `lookup` is its bound `look_up`."""
    varied: Iterable[str] = () if file.get("vary") == shape.PRIORS else file.get("vary") or ()
    yield from _check_design(file)
    if file.get("vary") == {}:
        yield file.problem(("vary",), "must not be empty", f"name what is varied, or write {shape.PRIORS}")
    for path in varied:
        bounds, rule, hint = lookup(path)
        if bounds is None:
            yield file.problem(("vary", path), rule, hint, key=True)
        if file.sound("vary", path):
            yield from _check_range(file, path, bounds)
    yield from _check_groups(file, list(varied), vocabulary)
    yield from file.check_values(("parameters",), vocabulary.parameters)
    patterns = [file.get(*place) for group in file.get("groups") or () for place in file.items("groups", group)]
    for name in file.get("parameters") or ():
        if name in patterns or name in varied:
            yield file.problem(("parameters", name), "cannot be fixed here and varied as well", key=True)
    yield from file.check_name(("keep",), "anything that can be kept", shape.KEEPS)
    for place in file.items("outcomes"):
        yield from file.check_name(place, "an outcome", vocabulary.outcomes)
    yield from file.check_unique(file.items("outcomes"), "outcome")
    longest, months = vocabulary.last - vocabulary.start + 1, file.get("months")
    if months is not None and months > longest:
        yield file.problem(("months",), f"must be at most {longest}")
        months = None
    last = vocabulary.start + (vocabulary.months if months is None else months) - 1
    for place in file.items("dates"):
        yield from file.check_date(place, vocabulary.start, last, "the run, ")
    yield from file.check_unique(file.items("dates"), "date")


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that match a pattern such as `cost.*`, in their order."""
    return [name for name in names if fnmatchcase(name, pattern)]


def _check_design(file: StudyFile) -> Iterator[Problem]:
    yield from file.check_name(("design", "method"), "a method", shape.METHODS)
    path: KeyPath = ("design", "samples")
    method, samples, points = (file.get("design", key) for key in ("method", "samples", "file"))
    if method == CSV:
        if points is None and not file.spoiled("design", "file"):
            yield file.problem(("design", "method"), f"the method {CSV} needs the key file", "file: points.csv")
        if samples is not None:
            yield file.problem(path, "the file of points says how many there are", key=True)
        for key in ("vary", "groups"):
            if file.get(key):
                yield file.problem((key,), "the file of points says what is varied", "leave this key out", key=True)
        return
    if points is not None:
        yield file.problem(("design", "file"), f"only the method {CSV} reads a file", key=True)
    if not file.says("vary") and not file.get("groups"):
        yield file.document.problem(("vary",), "vary", "this key is missing here", "say what is varied")
    if method not in shape.METHODS or file.spoiled(*path):
        return
    noun = SAMPLES[method]
    if samples is None:
        yield file.problem(("design", "method"), f"the method {method} needs the key samples", f"how many {noun}")
    elif samples < MIN_COUNT:
        yield file.problem(path, f"too few: at least {MIN_COUNT} {noun} are needed")
    elif method in {shape.SOBOL_SEQUENCE, shape.SOBOL_INDICES} and samples & (samples - 1):
        lower = 1 << int(log2(samples))
        nearest = lower if samples - lower <= 2 * lower - samples else 2 * lower
        yield file.problem(path, f"the number of {noun} must be a power of two", f"the nearest is {nearest}")


def _check_range(file: StudyFile, name: str, bounds: Bounds | None) -> Iterator[Problem]:
    path: KeyPath = ("vary", name)
    values = shape.expand_range(file.get(*path))
    low, high, peak, scale = (values.get(key) for key in ("low", "high", "peak", "scale"))
    if values.get("choice") is not None:
        for key in ("low", "high", "scale", "peak"):
            if values.get(key) is not None:
                yield file.problem((*path, key), "not beside choice, which lists every value", key=True)
        places = list(file.items(*path, "choice"))
        if len(places) < MIN_COUNT:
            yield file.problem((*path, "choice"), f"at least {MIN_COUNT} values to choose among are needed", key=True)
        for place in places:
            yield from file.check_number(place, bounds, name)
        yield from file.check_unique(places, "value")
        return
    if bounds is not None and bounds.choices:
        hint = f"write {{choice: [{bounds.choice_list}]}}, or --vary '{name}={{{bounds.choice_list.replace(' ', '')}}}'"
        yield file.problem(path, f"{bounds.rule(name)}, and has no range", hint, key=True)
        return
    yield from file.check_name((*path, "scale"), "a scale", shape.SCALES)
    if low is None or high is None:
        missing = "low" if low is None else "high"
        yield file.problem(path, f"{missing} is missing", "a range has low and high, or choice", key=True)
        return
    low_at, high_at = (file.place((*path, key)) for key in _ENDS)
    yield from file.check_number(low_at, bounds, name)
    yield from file.check_number(high_at, bounds, name)
    if low >= high:
        yield file.problem(high_at, f"high must be above low ({low:g})")
    elif scale == shape.LOG and low <= 0:
        yield file.problem(low_at, f"the scale {shape.LOG} needs a range above 0")
    if peak is None or scale not in {None, *shape.SCALES}:
        return
    if scale != shape.TRIANGULAR:
        yield file.problem(
            (*path, "peak"), f"only the scale {shape.TRIANGULAR} has a peak, not {scale or shape.LINEAR}", key=True
        )
    elif not low <= peak <= high:
        yield file.problem((*path, "peak"), f"must lie between low ({low:g}) and high ({high:g})")


def _check_groups(file: StudyFile, varied: Sequence[str], vocabulary: Vocabulary) -> Iterator[Problem]:
    names = list(dict.fromkeys([*varied, *vocabulary.parameters]))
    group_of: dict[str, str] = {}
    groups = {group: list(file.items("groups", group)) for group in file.get("groups") or ()}
    patterns = [file.get(*place) for places in groups.values() for place in places]
    for group, places in groups.items():
        if not re.fullmatch(SLUG, group):
            rule = "a group's name is lower-case letters, digits and _, beginning with a letter"
            yield file.problem(("groups", group), rule, key=True)
        elif file.get("vary") == shape.PRIORS:
            # Parameters in no group form groups by the first word of their names.
            rest = [name for name in vocabulary.parameters if name.startswith(f"{group}.")]
            grouped = {name for pattern in patterns for name in matching(pattern, rest)}
            rest = [name for name in rest if name not in grouped | vocabulary.switches]
            if rest:
                rule = f"this is what the parameters {group}.* that are in no group are called, {rest[0]} for one"
                yield file.problem(("groups", group), rule, "choose another name", key=True)
        for place in places:
            members = matching(file.get(*place), names)
            if not members:
                yield file.problem(place, "no parameter has this name", did_you_mean(file.get(*place), names))
            elif vocabulary.switches.difference(varied).issuperset(members):
                hint = f"say between which values it moves, {members[0]}: [0, 1] under vary"
                yield file.problem(place, "a switch, which has no prior range", hint)
            repeated = [name for name in members if name in group_of]
            if repeated:
                yield file.problem(place, f"{repeated[0]} is in the group {group_of[repeated[0]]} already")
            group_of |= dict.fromkeys(members, group)
