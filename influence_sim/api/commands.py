"""The command lines that make a result again, from shipped scenarios or from the files that it was made of."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from influence_sim.runs.request import PLAUSIBLE, RunRequest
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.shipped import ROOT, shipped_scenarios
from influence_sim.scenario.study_schema import ALONE
from influence_sim.theatre import Theatre, shipped
from influence_sim.theatre.load import folder_in_use


def run_command(request: RunRequest, tried: int) -> str:
    """What runs a request again; `tried` is in how many worlds."""
    against = ALONE if request.against is None else reference(request, 1)
    options: dict[str, object] = {} if against == ROOT else {"against": against}
    options |= {"replicates": request.replicates, "seed": request.seed, "months": request.months}
    own = reference(request, 0)
    if own in shipped_scenarios() and request.asked != (
        _shipped(own, request.theatre).asks or request.theatre.question
    ):
        options["asks"] = ",".join(request.asked)
    options |= {} if request.worlds == PLAUSIBLE or not tried else {"worlds": request.worlds}
    return command(request, "run", {**options, "set": settings(request), "assumptions": tried or "none"})


def command(request: RunRequest, name: str, options: Mapping[str, object], *others: str) -> str:
    """A command about the scenario of a run, and others; options with a list are given once for each of its values."""
    parts = ["influence-sim", name, reference(request, 0), *others]
    for option, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            parts += [f"--{option}", str(item)]
    return shlex.join(parts + in_its_theatre(request.theatre))


def in_its_theatre(theatre: Theatre) -> list[str]:
    """What a command must say of the theatre: nothing of the shipped one, of another its folder, without its home."""
    return [] if theatre.digest == shipped().digest else ["--theatre", folder_in_use().name]


def settings(request: RunRequest) -> list[str]:
    """What `--set` must say beside the file of the scenario, if it is one."""
    own = {} if reference(request, 0) in shipped_scenarios() else request.scenario.parameters
    return [f"{name}={value!r}" for name, value in request.parameters.items() if own.get(name) != value]


def reference(request: RunRequest, index: int) -> str:
    """An arm as a command names it: a shipped scenario if it is that very one, else the file to save it as."""
    mine = request.scenarios[index]
    if mine.name in shipped_scenarios():
        found = _shipped(mine.name, request.theatre)
        given = dict(sorted((found.parameters | mine.parameters).items()))
        if replace(found, parameters=given).digest() == mine.digest():
            return mine.name
    return f"./{mine.name}.yaml"


@lru_cache(maxsize=64)
def _shipped(name: str, theatre: Theatre) -> ResolvedScenario:
    """A shipped scenario; its file is read once, since the lab asks with each move of a slider."""
    return load_scenario(name, theatre.vocabulary)
