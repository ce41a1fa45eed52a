"""Following `extends` from a file to the baseline, and adding up what the files say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import Month
from influence_sim.scenario.files import neighbours
from influence_sim.scenario.reader import read_yaml
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import Change, ForumEntry, Intervention, Scenario
from influence_sim.scenario.sheet import Sheet
from influence_sim.scenario.shipped import ROOT, shipped_scenarios

MAX_CHAIN = 16
"""Most files that may extend one another."""


def read_chain(path: Path) -> tuple[list[Sheet], tuple[Problem, ...]]:
    """The file and all it extends, the file first; and why the last one could not be read, if so.

    A wrong `extends` ends the chain and is among the problems of its sheet.

    Raises:
        InputError: the file itself cannot be read.
        MachineError: a file is there but cannot be read.
    """
    sheets, seen = [Sheet(read_yaml(path))], [path.resolve()]
    while (following := _parent(sheets[-1], seen)) is not None:
        seen.append(following.resolve())
        try:
            sheets.append(Sheet(read_yaml(following)))
        except InputError as error:
            return sheets, error.problems
    return sheets, ()


def _parent(sheet: Sheet, seen: Sequence[Path]) -> Path | None:
    """The file that the last of `seen` extends."""
    shipped = shipped_scenarios()
    ref = sheet.get("extends") if sheet.says("extends") else ROOT
    if ref is None or (ref == ROOT and seen[-1] == shipped[ROOT].resolve()):
        return None
    parent, rule, hint = _extended(ref, seen[-1].parent, shipped)
    if parent in seen:
        rule = "this file extends itself, directly or through another"
    elif len(seen) >= MAX_CHAIN:
        rule = f"more than {MAX_CHAIN} files extend one another"
    if rule:
        sheet.problems.append(sheet.problem(("extends",), rule, hint))
        return None
    return parent


def _extended(ref: str, folder: Path, shipped: dict[str, Path]) -> tuple[Path | None, str, str]:
    """A shipped scenario, or a file that really lies in `folder`; else the broken rule and a hint."""
    if ref in shipped:
        return shipped[ref].resolve(), "", ""
    names = [*shipped, *neighbours(folder, ".yaml")]
    if not ref.endswith(".yaml") or "/" in ref or "\\" in ref:
        rule = "must be a shipped scenario or a file NAME.yaml in the same folder"
        return None, rule, did_you_mean(ref, names)
    parent, rule = file_beside(ref, folder)
    return parent, rule, did_you_mean(ref, names) if parent is None else ""


def file_beside(ref: str, folder: Path) -> tuple[Path | None, str]:
    """A file that really lies in `folder`, given by its name there; else the broken rule.

    A file that lies elsewhere, behind a link, is returned together with the rule it breaks.
    """
    try:
        path = (folder / ref).resolve(strict=True)
    except (OSError, RuntimeError):  # not there, too long a name, or a loop of links
        return None, "no such file in the folder of this file"
    return path, "" if path.parent == folder else "this link leads out of the folder of the file"


def merged(scenarios: Sequence[Scenario], overrides: dict[str, float]) -> ResolvedScenario:
    """Adds up a chain, parents first: lists add, keys replace; the heading is the last one's own."""
    own = scenarios[-1]
    conditions: dict[str, dict[Month, float]] = {}
    parameters: dict[str, float] = {}
    for scenario in scenarios:
        conditions |= scenario.conditions
        parameters |= scenario.parameters
    return ResolvedScenario(
        name=own.name,
        title=_one_line(own.title or own.name.replace("_", " ").capitalize()),
        question=_one_line(own.question),
        claims=tuple(sorted({claim for scenario in scenarios for claim in scenario.claims})),
        interventions=_interventions(scenarios),
        forums=_forums(scenarios),
        conditions={name: dict(sorted(conditions[name].items())) for name in sorted(conditions)},
        changes=_changes(scenarios),
        parameters=dict(sorted((parameters | overrides).items())),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _interventions(scenarios: Sequence[Scenario]) -> tuple[Intervention, ...]:
    items = (item for scenario in scenarios for item in scenario.interventions)
    return tuple(sorted(items, key=lambda item: (item.start, item.lever)))


def _forums(scenarios: Sequence[Scenario]) -> tuple[ForumEntry, ...]:
    entries = {_sorted_entry(entry) for scenario in scenarios for entry in scenario.forums}
    return tuple(sorted(entries, key=repr))


def _sorted_entry(entry: ForumEntry) -> ForumEntry:
    invite, meets = tuple(sorted(set(entry.invite))), tuple(sorted(set(entry.meets)))
    return entry.model_copy(update={"invite": invite, "meets": meets})


def _changes(scenarios: Sequence[Scenario]) -> tuple[Change, ...]:
    changes = (change for scenario in scenarios for change in scenario.changes)
    ordered = (c.model_copy(update={"values": dict(sorted(c.values.items()))}) for c in changes)
    return tuple(sorted(ordered, key=repr))
