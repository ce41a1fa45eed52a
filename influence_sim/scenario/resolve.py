"""Finds a scenario, adds what it extends, and checks the whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from math import isfinite
from numbers import Real
from pathlib import Path

from influence_sim.base.errors import InputError, Problem, did_you_mean, raise_any, wrong
from influence_sim.base.files import neighbours
from influence_sim.base.months import Month
from influence_sim.base.plain_data import number
from influence_sim.base.strict_yaml import Document, read_yaml
from influence_sim.scenario.checked_file import CheckedFile, in_order
from influence_sim.scenario.checks import ScenarioFile, check_names, check_overlaps, with_forums
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import Scenario
from influence_sim.scenario.shipped import ROOT, shipped_scenarios
from influence_sim.scenario.vocabulary import Vocabulary

YAML = (".yaml", ".yml")
"""Suffixes of scenario and study files."""
MAX_CHAIN = 16
"""Most files that may extend one another."""


def is_path(ref: str) -> bool:
    """Whether a reference is a path and not a shipped name."""
    return "/" in ref or os.sep in ref or ref.endswith(YAML)


def find_scenario(ref: str | Path) -> Path:
    """The file of a reference: a path if it has a slash or ends in `.yaml`, otherwise a shipped name.

    Raises:
        InputError: no shipped scenario has this name.
    """
    if isinstance(ref, Path) or is_path(ref):
        return Path(ref)
    shipped = shipped_scenarios()
    if ref not in shipped:
        hint = f"write ./{ref}.yaml for a file; `influence-sim list` names the shipped ones"
        if os.path.isdir(ref):  # unlike pathlib's, these take any name
            hint = "it is a folder; `report`, `plot` and `rerun` take result folders"
        elif not os.path.isfile(f"{ref}{YAML[0]}"):
            hint = did_you_mean(ref, shipped) or hint
        raise InputError(wrong("scenario", ref or "nothing", "not a shipped scenario", hint))
    return shipped[ref]


def load_scenario(
    ref: str | Path, vocabulary: Vocabulary, *, overrides: Mapping[str, float | str] | None = None
) -> ResolvedScenario:
    """Reads a scenario and everything it extends.

    Args:
        ref: a shipped name or a path.
        vocabulary: the names and limits it is checked against.
        overrides: undated parameter values that replace the file's, as numbers or as typed by a user.

    Raises:
        InputError: anything in the files or overrides is wrong; all problems at once.
        MachineError: a file is there but cannot be read.
    """
    path = find_scenario(ref)
    return resolve_document(read_yaml(path), vocabulary, path.resolve(), overrides)


def resolve_document(
    document: Document,
    vocabulary: Vocabulary,
    path: Path | None = None,
    overrides: Mapping[str, float | str] | None = None,
) -> ResolvedScenario:
    """Resolves a scenario given as data, like `load_scenario`; without a `path` it extends shipped ones only."""
    files, against, chain_problems = _read_chain(document, path, vocabulary)
    extended, overrides = with_forums(vocabulary, files), overrides or {}
    name_problems = (in_order(chain(file.problems, check_names(file, extended))) for file in files)
    values = {name: number(value) if isinstance(value, str) else value for name, value in overrides.items()}
    override_problems = _check_values(overrides, values, vocabulary)
    raise_any(chain(chain.from_iterable(name_problems), check_overlaps(files), chain_problems, override_problems))
    parameters = {name: float(value) for name, value in values.items() if value is not None}
    return _merge([file.required() for file in reversed(files)], against, parameters)


def shipped_for(vocabulary: Vocabulary) -> dict[str, ResolvedScenario]:
    """The shipped scenarios that a theatre can run, by name; another theatre may lack actors that some name."""
    scenarios = {}
    for name in shipped_scenarios():
        with suppress(InputError):
            scenarios[name] = load_scenario(name, vocabulary)
    return scenarios


def file_beside(
    ref: str, folder: Path | None, endings: tuple[str, ...] = YAML, shipped: Mapping[str, Path] | None = None
) -> tuple[Path | None, str, str]:
    """The file that a file in `folder` refers to: a shipped one, or one that really lies in the same folder.

    Without a folder only shipped files can be meant.

    Returns:
        The file, or None; the rule that the name breaks, if any; a hint. A file that lies elsewhere, behind a link, is
        returned together with the rule that it breaks.
    """
    if shipped and ref in shipped:
        return shipped[ref].resolve(), "", ""
    if folder is None:
        return None, "not a shipped scenario", did_you_mean(ref, shipped or ())
    hint = did_you_mean(ref, [*(shipped or ()), *neighbours(folder, endings)])
    if not ref.endswith(endings) or "/" in ref or "\\" in ref:
        kind = "a shipped scenario or a file" if shipped else "a file"
        return None, f"must be {kind} NAME{endings[0]} in the same folder", hint
    try:
        path = (folder / ref).resolve(strict=True)
    except (OSError, RuntimeError):  # not there, too long a name, or a loop of links
        return None, "no such file in the folder of this file", hint
    return path, "" if path.parent == folder else "this link leads out of the folder of the file", ""


def _read_chain(
    document: Document, path: Path | None, vocabulary: Vocabulary
) -> tuple[list[ScenarioFile], str, tuple[Problem, ...]]:
    """The file and all it extends, the file first; what it is compared with; the problems of reading the last.

    A wrong `extends` ends the chain and is among the problems of its file.
    """
    files, seen = [_read_file(document, path, vocabulary)], [path]
    shipped, against = shipped_scenarios(), ""
    while True:
        file, folder = files[-1], seen[-1] and seen[-1].parent
        if (against_ref := file.get("against")) is not None:
            against_path, rule, hint = file_beside(against_ref, folder, shipped=shipped)
            if rule:
                file.problems.append(file.problem(("against",), rule, hint))
            against = against or (against_ref if against_ref in shipped else str(against_path))
        ref = file.get("extends") if file.says("extends") else ROOT
        if ref is None or (ref == ROOT and seen[-1] == shipped[ROOT].resolve()):
            return files, against or ROOT, ()
        parent, rule, hint = file_beside(ref, folder, shipped=shipped)
        if parent is not None and parent in seen:
            rule = "this file extends itself, directly or through another"
        elif len(seen) >= MAX_CHAIN:
            rule = f"more than {MAX_CHAIN} files extend one another"
        if rule or parent is None:
            file.problems.append(file.problem(("extends",), rule, hint))
            return files, against, ()
        seen.append(parent)
        try:
            files.append(_read_file(read_yaml(parent), parent, vocabulary))
        except InputError as error:
            return files, against, error.problems


def _read_file(document: Document, path: Path | None, vocabulary: Vocabulary) -> ScenarioFile:
    """One file of a chain; a shipped one without its claims where the theatre has another ledger, whose ids differ."""
    file = CheckedFile(document, Scenario)
    is_shipped = path is not None and path.parent == shipped_scenarios()[ROOT].resolve().parent
    if is_shipped and not vocabulary.claims.issuperset(file.get("claims") or ()):
        data = {key: value for key, value in document.data.items() if key != "claims"}
        return CheckedFile(replace(document, data=data), Scenario)
    return file


def _merge(scenarios: Sequence[Scenario], against: str, overrides: dict[str, float]) -> ResolvedScenario:
    """Merges a chain, parents first: lists add, keys replace; the heading is that of the last."""
    last = scenarios[-1]
    conditions: dict[str, dict[Month, float]] = {}
    parameters: dict[str, float] = {}
    for scenario in scenarios:
        conditions |= scenario.conditions
        parameters |= scenario.parameters
    interventions = (item for scenario in scenarios for item in scenario.interventions)
    forums = {
        entry.model_copy(update={part: tuple(sorted(set(getattr(entry, part)))) for part in ("invite", "meets")})
        for scenario in scenarios
        for entry in scenario.forums
    }
    changes = (
        change.model_copy(update={"values": dict(sorted(change.values.items()))})
        for scenario in scenarios
        for change in scenario.changes
    )
    return ResolvedScenario(
        name=last.name,
        title=" ".join((last.title or last.name.replace("_", " ").capitalize()).split()),
        question=" ".join(last.question.split()),
        asks=next((scenario.asks for scenario in reversed(scenarios) if scenario.asks), ()),
        against=against,
        claims=tuple(sorted({claim for scenario in scenarios for claim in scenario.claims})),
        interventions=tuple(sorted(interventions, key=lambda item: (item.start, item.lever))),
        forums=tuple(sorted(forums, key=repr)),
        conditions={name: dict(sorted(conditions[name].items())) for name in sorted(conditions)},
        changes=tuple(sorted(changes, key=repr)),
        parameters=dict(sorted((parameters | overrides).items())),
    )


def _check_values(raw: Mapping[str, object], values: Mapping[str, object], vocabulary: Vocabulary) -> Iterator[Problem]:
    """All wrong names and values of `--set`, from the values and as the user wrote them (`raw`)."""
    for name, value in values.items():
        bounds = vocabulary.parameters.get(name)
        if bounds is None:
            yield wrong("--set", name, "not a parameter", did_you_mean(name, vocabulary.parameters))
        elif isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
            yield wrong("--set", f"{name}={raw[name]}", "the value must be a finite decimal number")
        elif not bounds.hold(float(value)):
            yield wrong("--set", f"{name}={raw[name]}", bounds.rule(name))
