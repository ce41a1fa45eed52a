"""The command lines that reproduce a result, from shipped scenarios or from its own files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from influence_sim.runs.request import PLAUSIBLE, RunRequest, theatre_option
from influence_sim.scenario.resolve import is_path, load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.shipped import ROOT, shipped_scenarios
from influence_sim.scenario.study_schema import ALONE
from influence_sim.theatre import Theatre


def run_command(request: RunRequest, worlds_tried: int) -> str:
    """The command that runs a request again, and tries it in that many worlds."""
    against = ALONE if request.against is None else reference(request, 1)
    options: dict[str, object] = {} if against == ROOT else {"against": against}
    options |= {"replicates": request.replicates, "seed": request.seed, "months": request.months}
    name = reference(request, 0)
    if name in shipped_scenarios() and request.asked != (
        _load_shipped(name, request.theatre).asks or request.theatre.question
    ):
        options["asks"] = ",".join(request.asked)
    options |= {} if request.worlds == PLAUSIBLE or not worlds_tried else {"worlds": request.worlds}
    return command(request, "run", {**options, "set": settings(request), "assumptions": worlds_tried or "none"})


def command(request: RunRequest, name: str, options: Mapping[str, object], *others: str) -> str:
    """A command about the scenario of a run, and others; an option with a list is repeated for each of its values."""
    parts = ["influence-sim", name, reference(request, 0), *others]
    for option, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            parts += [f"--{option}", str(item)]
    return shlex.join(parts + theatre_option(request.theatre))


def settings(request: RunRequest) -> list[str]:
    """The values of `--set`, but for those that the scenario's file sets itself."""
    file_parameters = {} if reference(request, 0) in shipped_scenarios() else request.scenario.parameters
    return [f"{name}={value!r}" for name, value in request.parameters.items() if file_parameters.get(name) != value]


def reference(request: RunRequest, index: int) -> str:
    """An arm as a command names it: a shipped scenario if it is identical to one, else the file to save it as."""
    arm = request.scenarios[index]
    if arm.name in shipped_scenarios():
        original = _load_shipped(arm.name, request.theatre)
        parameters = dict(sorted((original.parameters | arm.parameters).items()))
        if replace(original, parameters=parameters).digest() == arm.digest():
            return arm.name
    return f"./{arm.name}.yaml"


def saved_files(request: RunRequest) -> dict[str, str]:
    """The files that run it again, by name: the scenario, and what it is compared with unless that is shipped."""
    file, against = f"{request.scenario.name}.yaml", ROOT if request.against is None else reference(request, 1)
    if is_path(against):
        return {name: text.decode() for name, text in request.files_of_arms(file, Path(against).name).items()}
    return {file: replace(request.scenario, asks=request.asked, against=against).to_yaml()}


@lru_cache(maxsize=64)
def _load_shipped(name: str, theatre: Theatre) -> ResolvedScenario:
    """A shipped scenario; cached, since the lab asks for it with each move of a slider."""
    return load_scenario(name, theatre.vocabulary)
