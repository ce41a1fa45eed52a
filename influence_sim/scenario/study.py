"""Reading a study: its file, the scenarios it names, its points if they are given, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, Problem, raise_any, wrong
from influence_sim.base.plain_data import KeyPath
from influence_sim.base.strict_yaml import Document, Names, read_yaml
from influence_sim.scenario.checked_file import in_order
from influence_sim.scenario.points import Points, read_points
from influence_sim.scenario.resolve import YAML, file_beside, load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.study_checks import StudyFile, check_study, look_up
from influence_sim.scenario.study_schema import ALONE, ASKED, CSV, Study
from influence_sim.scenario.vocabulary import Vocabulary

_OWN_KEYS = frozenset({"design", "vary", "scenario", "replicates", "outcomes"})
"""Keys that only a study has; a scenario has none of them."""


@dataclass(frozen=True, slots=True)
class ReadStudy:
    """A study and all it names, checked."""

    study: Study  # what it says
    scenario: ResolvedScenario  # the scenario it names
    against: ResolvedScenario | None  # what that is compared with; None for one arm
    points: Points | None  # the points, if a file gives them
    file: StudyFile  # where each part stands, for problems found later


def is_study(data: Any) -> bool:
    """Whether the data of a file are a study's rather than a scenario's."""
    return isinstance(data, dict) and not _OWN_KEYS.isdisjoint(data)


def read_study(
    path: Path, vocabulary: Vocabulary, changes: Mapping[KeyPath, Any] | None = None, names: Names | None = None
) -> ReadStudy:
    """Reads a study file.

    Args:
        path: the file.
        vocabulary: the names and limits it is checked against.
        changes: values that replace the file's, by the path of their keys.
        names: what errors call these values.

    Raises:
        InputError: anything in the study, its scenarios or its points is wrong; all problems at once.
        MachineError: a file is there but cannot be read.
    """
    document = read_yaml(path)
    if isinstance(document.data, dict) and not is_study(document.data) and "name" in document.data:
        rule = "this is a scenario, not a study"
        hint = "to sweep it say what to vary: --vary PATH=LOW:HIGH, or write a study (`init --study NAME`)"
        raise InputError(wrong(path, "", rule, hint))
    return _checked(document.changed(changes or {}, names or {}), path.resolve().parent, vocabulary)


def take_study(data: Mapping[Any, Any], vocabulary: Vocabulary, names: Names | None = None) -> ReadStudy:
    """Takes a study given as keys and values; the files it names are looked for as a user's arguments are.

    Args:
        data: what a study file would say; `schema_version` may be left out.
        vocabulary: the names and limits it is checked against.
        names: what errors call the parts, by the path of their keys.

    Raises:
        InputError: anything in it, its scenarios or its points is wrong; all problems at once.
        MachineError: a file is there but cannot be read.
    """
    return _checked(Document.of({"schema_version": 1, **data}, "study", names), None, vocabulary)


def _checked(document: Document, folder: Path | None, vocabulary: Vocabulary) -> ReadStudy:
    """Checks a study and all it names; what stands in no file names files as a user's arguments do."""
    file = StudyFile(document, Study)
    own: list[Problem] = []  # with how the study names its files
    others: list[Problem] = []  # of those files

    def beside(key: KeyPath, ref: str | None, endings: tuple[str, ...], **shipped: Any) -> str | Path | None:
        """What is meant by a name."""
        if ref is None or folder is None:
            return ref
        name = ref.removeprefix("./") if ref.endswith(endings) else ref
        path, rule, hint = file_beside(name, folder, endings, **shipped)
        if rule:
            own.append(file.problem(key, rule, hint))
        return None if rule else path

    def scenario(key: str, ref: str | None) -> ResolvedScenario | None:
        try:
            where = beside((key,), ref, YAML, shipped=shipped_scenarios())
            return None if where is None else load_scenario(where, vocabulary)
        except InputError as error:
            for problem in error.problems:
                if problem.path == "scenario" and problem.line is None:  # the name itself is wrong
                    own.append(file.problem((key,), problem.rule, problem.hint))
                else:
                    others.append(problem)
        return None

    main = scenario("scenario", file.get("scenario"))
    other = file.get("against") if file.says("against") else ASKED
    if other == ASKED:
        against = None if main is None else load_scenario(main.against, vocabulary)
    else:
        against = scenario("against", None if other == ALONE else other)
    if against is not None and main is not None and main.digest() == against.digest():
        against = None
    known, points = partial(look_up, vocabulary, main), None
    ref = file.get("design", "file") if file.get("design", "method") == CSV else None
    if (where := beside(("design", "file"), ref, (".csv",))) is not None:
        try:
            points = read_points(Path(where), known)
        except InputError as error:
            others += error.problems
    raise_any([*in_order(chain(file.problems, check_study(file, vocabulary, known), own)), *dict.fromkeys(others)])
    if main is None:
        raise AssertionError("a study without problems has a scenario")
    return ReadStudy(file.required(), main, against, points, file)
