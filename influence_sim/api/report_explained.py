"""What a report says of the parts that carry its result: read from folders of `explain`, or computed with few runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.api.explain import (
    HEADINGS,
    Explanation,
    ExplanationRequest,
    compute_each,
    read,
    sentence,
)
from influence_sim.api.lookups import labels
from influence_sim.base.errors import InputError, Problem
from influence_sim.base.months import format_month
from influence_sim.runs.manifest import read_manifest
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios

if TYPE_CHECKING:
    from influence_sim.base.progress import Progress
    from influence_sim.reports.explained import Explained, Explanations
    from influence_sim.runs.request import RunRequest
    from influence_sim.theatre import Theatre

GROUPS = ("interventions", "mechanisms", "rules", "interests")
"""The divisions, in the order in which they are told."""
REPLICATES = 32
ORDERS = 2
"""Orders drawn for each replicate: more replicates tell more than more orders of each."""
MOST_ENTRIES = 6
"""Beyond so many entries a scenario is not taken apart: every set of them would be an arm of its own."""
MOST_REPLICATES = 1_000


def check_replicates(replicates: int) -> None:
    """Refuses a number of replicates that gives no interval, or would take all day; 0 is none at all."""
    whole = isinstance(replicates, int) and not isinstance(replicates, bool)
    if not whole or replicates == 1 or not 0 <= replicates <= MOST_REPLICATES:
        rule = f"must be 0, or a whole number from 2 to {MOST_REPLICATES}"
        raise InputError(Problem("--explain-replicates", None, None, str(replicates), rule))


def carrying(
    request: RunRequest,
    first: str,
    folders: Sequence[Path],
    *,
    replicates: int,
    unlike: str = "",
    progress: Progress | None = None,
) -> Explanations:
    """What carries the result of a run, of which `first` is the outcome that answers its question.

    It is read from `folders` of `explain`, for this very run; if there are none, it is computed from the run's first
    `replicates` (0 for none), unless something speaks against it: `unlike` says why it would not belong to the run.
    """
    from influence_sim.analysis.explain.entries import differing
    from influence_sim.reports.explained import Explanations

    found, note, why = [], "", unlike or ("" if replicates else "that was not asked for")
    if request.replicates < 2:
        why = why or "a single replicate gives no interval"
    if folders:
        found = _read(request, folders)
    elif why:
        note = f"The result was not divided among its parts: {why}."
    else:  # all outcomes from the same runs: the first replicates of the run itself
        few = replace(request, replicates=min(replicates, request.replicates))
        entries = len(differing(request.scenario, request.scenarios[1]))
        groups = tuple(name for name in GROUPS if name != "interventions" or entries <= MOST_ENTRIES)
        asked = ExplanationRequest((few,), first, groups, ORDERS, together=False)
        found = compute_each(asked, tuple(dict.fromkeys((first, *request.theatre.question))), progress=progress)
        if len(groups) < len(GROUPS):
            note = (
                f"What the scenario fixes is not taken apart here: it has {entries} entries, and all "
                f"{2**entries} combinations of them would have to be run."
            )
    return Explanations(tuple(_laid_out(one, request.theatre) for one in found), note, _command(request, first))


def _read(request: RunRequest, folders: Sequence[Path]) -> list[Explanation]:
    """The explanations in some folders, one an outcome, all of a run; it may have had more replicates."""
    found = {folder: read(folder) for folder in folders}
    problems, seen = [], set()
    hint = f"make one with: {_command(request, request.theatre.question[0])}"
    for folder, explanation in found.items():
        manifest = read_manifest(folder)
        run, given = replace(request, replicates=explanation.replicates), manifest.arguments
        asked = ExplanationRequest((run,), given["outcome"], tuple(given["by"]), given["samples"], given["together"])
        if asked.digest != manifest.request:
            rule = "explains another run than this folder's: scenarios, parameters, seed, last month or model differ"
            problems.append(Problem(str(folder), None, None, explanation.scenario, rule, hint))
        elif explanation.outcome in seen:
            rule = "this outcome is explained by another of the folders"
            problems.append(Problem(str(folder), None, None, explanation.outcome, rule))
        seen.add(explanation.outcome)
    if problems:
        raise InputError(problems)
    return list(found.values())


def _command(request: RunRequest, outcome: str) -> str:
    """What explains an outcome with more runs."""
    parts = ["influence-sim", "explain", reference(request, 0), "--outcome", outcome]
    parts += ["--month", format_month(request.last), "--against", reference(request, 1)]
    parts += ["--seed", str(request.seed)]
    for name, value in request.parameters.items():
        parts += ["--set", f"{name}={value!r}"]
    return shlex.join(parts)


def reference(request: RunRequest, index: int) -> str:
    """An arm as a command names it: a shipped scenario if it is that very one, else the file to save it as."""
    mine = request.scenarios[index]
    if mine.name in shipped_scenarios():
        shipped = load_scenario(mine.name, request.theatre.vocabulary, overrides=request.parameters)
        if shipped.digest() == mine.digest():
            return mine.name
    return f"./{mine.name}.yaml"


def _laid_out(explanation: Explanation, theatre: Theatre) -> Explained:
    """An explanation as the report takes it: its divisions that have parts, each part with a sentence."""
    from influence_sim.reports.endings import Interval
    from influence_sim.reports.explained import explain

    outcome, divisions = labels()[explanation.outcome], {}
    for name in explanation.divisions:
        rows = explanation.by(name)
        if (rows["kind"] == "part").any():
            # An actor's interests may be many: it is only said whose they are.
            whose = rows["part"].str.startswith("interests of ")
            rows = rows.assign(words=rows["words"].where(~whose, rows["words"].str.partition(":")[0]))
            sentences = [sentence(row, theatre.inner(outcome.label)) for row in rows.to_dict("records")]
            divisions[HEADINGS[name]] = rows.assign(sentence=sentences)
    return explain(
        outcome,
        theatre,
        finding=explanation.finding,
        size=Interval(*explanation.effect),
        replicates=explanation.replicates,
        divisions=divisions,
    )
