"""Earlier runs, by their folders, among the scenarios of a comparison: they stand for what was asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from influence_sim.api.run import baseline_key
from influence_sim.base.errors import InputError, Problem, wrong
from influence_sim.runs.folder import require_whole
from influence_sim.runs.manifest import NAME, RUN, read_complete
from influence_sim.runs.request import AGAINST, PLAUSIBLE, RunRequest, read_request
from influence_sim.scenario.study_schema import ASKED
from influence_sim.theatre import load as load_theatre

SIZE = ("replicates", "seed", "months")
"""What all runs of a comparison have in common, beside their baseline and the model."""


class Earlier(NamedTuple):
    """The runs among some references."""

    runs: Mapping[str, RunRequest]  # by their references
    size: dict[str, Any]  # what others are run with beside them: their size, and their baseline
    problems: Sequence[Problem]  # why some cannot be compared
    refused: Collection[str]  # references of folders that are no runs


def earlier_runs(refs: Sequence[str | PathLike[str]], asked: Mapping[str, Any]) -> Earlier:
    """Those references that are result folders, held against each other and against what is asked for.

    Raises:
        MachineError: a file in one of them is missing, or not as its manifest says.
    """
    runs, problems, refused = dict[str, RunRequest](), list[Problem](), set[str]()
    for ref in (ref for ref in refs if (Path(ref) / NAME).is_file()):
        place = Path(ref)
        try:
            manifest = read_complete(place, RUN)
            require_whole(place, manifest)
            run = read_request(place, manifest, load_theatre())
        except InputError as error:
            problems += error.problems
            refused.add(str(ref))
            continue
        if manifest.model_version != run.model_version:
            rule = "the model has changed since this run was made, so that its numbers are not those of others"
            problems.append(wrong(place, "", rule, "run it again"))
        # In which worlds they were tried is no matter: they are tried again, as all others are.
        runs[str(ref)] = replace(run, assumptions=0, worlds=asked.get("worlds", PLAUSIBLE))
    if not runs:
        return Earlier({}, {}, problems, refused)
    (where, first), *others = runs.items()
    size = {name: getattr(first, name) for name in SIZE} | {"against": Path(where) / AGAINST}
    for other, run in others:
        if first.against is None or run.against is None:
            continue
        sizes = [(name, getattr(run, name), getattr(first, name)) for name in SIZE]
        problems += [
            wrong(other, mine, f"has other {name} than {where}, which has {its}", "run one of them again")
            for name, mine, its in sizes
            if mine != its
        ]
        if baseline_key(run) != baseline_key(first):
            rule = f"is compared with another baseline than {where}, or has other parameters"
            problems.append(wrong(other, run.against.name, rule, "run one of them again"))
    for name in SIZE:
        if asked.get(name, size[name]) != size[name]:
            rule = f"the runs in the folders have {size[name]}"
            problems.append(wrong(f"--{name}", asked[name], rule, "leave it out"))
    if asked.get("set"):
        problems.append(wrong("--set", "", "the runs in the folders have their parameters", "leave it out"))
    if asked.get("against", ASKED) != ASKED:
        problems.append(
            wrong("--against", asked["against"], "the runs in the folders have their baseline", "leave it out")
        )
    return Earlier(runs, size, problems, refused)
