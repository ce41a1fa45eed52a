"""Reading a study: its file, the scenarios it names, its points if they are given, all problems at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.strict_yaml import Document, KeyPath, Names, read_yaml
from influence_sim.scenario.checked_file import in_order, raise_any
from influence_sim.scenario.points import Points, read_points
from influence_sim.scenario.resolve import file_beside, load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.shipped import ROOT, shipped_scenarios
from influence_sim.scenario.study_checks import Reach, StudyFile, check_study
from influence_sim.scenario.study_schema import ALONE, CSV, Study
from influence_sim.scenario.vocabulary import Vocabulary

_OWN_KEYS = frozenset({"design", "vary", "scenario", "replicates", "outcomes"})
"""Keys that only a study has; a scenario has none of them."""


@dataclass(frozen=True, slots=True)
class ReadStudy:
    """A study and all it names, checked.

    Attributes:
        study: what it says.
        scenario: the scenario it names.
        against: what that is compared with; None for one arm.
        points: the points, if a file gives them.
        file: where each part stands, for problems found later.
    """

    study: Study
    scenario: ResolvedScenario
    against: ResolvedScenario | None
    points: Points | None
    file: StudyFile


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
        raise InputError(Problem(str(path), None, None, "", rule, hint))
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
    file = StudyFile(document)
    named = _Named(file, folder, vocabulary)
    own = in_order(chain(file.problems, check_study(file, named.reach), named.own))
    raise_any(chain(own, dict.fromkeys(named.others)))
    if file.whole is None or named.scenario is None:
        raise AssertionError("a study without problems is whole")
    return ReadStudy(file.whole, named.scenario, named.against, named.points, file)


class _Named:
    """The files a study names, as far as they can be read.

    Attributes:
        scenario: the scenario in question.
        against: what it is compared with.
        reach: what may be varied in it.
        points: the points, if a file gives them.
        own: problems with how the study names them.
        others: problems of the files.
    """

    def __init__(self, file: StudyFile, folder: Path | None, vocabulary: Vocabulary) -> None:
        self.file, self.folder, self.vocabulary = file, folder, vocabulary
        self.own: list[Problem] = []
        self.others: list[Problem] = []
        self.scenario = self._scenario("scenario", file.get("scenario"))
        other = file.get("against") if file.says("against") else ROOT
        self.against = self._scenario("against", None if other == ALONE else other)
        if self.against is not None and self.scenario is not None and self.scenario.digest() == self.against.digest():
            self.against = None
        self.reach = Reach(vocabulary, self.scenario)
        self.points: Points | None = None
        ref = file.get("design", "file") if file.get("design", "method") == CSV else None
        if (where := self._path(("design", "file"), ref, ".csv", ())) is not None:
            try:
                self.points = read_points(Path(where), self.reach.look_up)
            except InputError as error:
                self.others += error.problems

    def _scenario(self, key: str, ref: str | None) -> ResolvedScenario | None:
        where = self._path((key,), ref, ".yaml", shipped_scenarios())
        if where is None:
            return None
        try:
            return load_scenario(where, self.vocabulary)
        except InputError as error:
            for problem in error.problems:
                if problem.path == "scenario" and problem.line is None:  # the name itself is wrong
                    self.own.append(self.file.problem((key,), problem.rule, problem.hint))
                else:
                    self.others.append(problem)
        return None

    def _path(self, key: KeyPath, ref: str | None, suffix: str, shipped: Collection[str]) -> str | Path | None:
        """What a study means by a name: if it is in a file, something shipped or a file in the same folder."""
        if ref is None or self.folder is None or ref in shipped:
            return ref
        path, rule, hint = file_beside(ref.removeprefix("./"), self.folder, suffix, shipped)
        if rule:
            self.own.append(self.file.problem(key, rule, hint))
        return None if rule else path
