"""The theatre and arms that the tests of the model share, and a quiet, repeatable hypothesis."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings

from influence_sim.base.months import parse_month
from influence_sim.model import Arm, InfluenceModel, decision, simulate
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.files import data_folder

# Without shrinking: an example is a run of the model, and a failing one would be run hundreds of times.
PHASES = (Phase.explicit, Phase.generate)
settings.register_profile("model", derandomize=True, deadline=None, max_examples=7, phases=PHASES)
settings.load_profile("model")

HEAD = """\
schema_version: 1
name: {name}
title: A scenario of the tests
question: What if?
extends: {extends}
claims: []
"""


@pytest.fixture(scope="session")
def theatre() -> Theatre:
    """The shipped theatre."""
    return load()


@pytest.fixture(scope="session")
def arm(theatre: Theatre) -> Callable[..., Arm]:
    """Makes the arm of a shipped scenario; the same arm for the same request, so that its wiring is built once."""
    made: dict[tuple[str, int], Arm] = {}

    def make(name: str = "baseline", months: int = 64) -> Arm:
        if (name, months) not in made:
            made[name, months] = Arm(theatre, load_scenario(name, theatre.vocabulary), months)
        return made[name, months]

    return make


@pytest.fixture(scope="session")
def row(theatre: Theatre) -> dict[str, int]:
    """Outcome -> its position on the middle axis of the records."""
    return {outcome.name: position for position, outcome in enumerate(theatre.outcomes)}


@pytest.fixture(scope="session")
def step() -> Callable[[str], int]:
    """Position on the first axis of the records, from a month written YYYY-MM."""
    return lambda month: int(parse_month(month) - load().start)


@pytest.fixture
def write(theatre: Theatre, tmp_path: Path) -> Callable[..., ResolvedScenario]:
    """Writes a scenario file and reads it back resolved; the text is what follows the heading."""

    def resolve(text: str, *, name: str = "of_the_tests", extends: str = "baseline") -> ResolvedScenario:
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD.format(name=name, extends=extends) + text, encoding="utf-8")
        return load_scenario(path, theatre.vocabulary)

    return resolve


@pytest.fixture(scope="session")
def ensemble(arm: Callable[..., Arm]) -> np.ndarray:
    """The baseline: 400 replicates of seed 1, (months, outcomes, replicates)."""
    return simulate(arm(), seed=1, replicates=np.arange(400))


@pytest.fixture(scope="session")
def weighed() -> Callable[[InfluenceModel], Any]:
    """Lets all actors observe and decide, also on seats at which nothing meets this month; the state they leave."""

    def weigh(model: InfluenceModel) -> Any:
        state, q = model.state, model.circumstances.copy()
        q.open[: len(model.index.levers)] = 1
        decision.observe(state, model.parameters, model.wiring, 0, len(model.index.actors))
        decision.decide(state, model.parameters, model.wiring, q, model.own, 0, len(model.index.actors))
        return state

    return weigh


@pytest.fixture(scope="session")
def worths_of(weighed: Callable[[InfluenceModel], Any]) -> Callable[[InfluenceModel], dict[str, float]]:
    """What every lever is worth to its actor as it sees the world now."""

    def worths(model: InfluenceModel) -> dict[str, float]:
        names = [lever.name for lever in model.index.levers]
        return dict(zip(names, weighed(model).worth.tolist(), strict=False))

    return worths


@pytest.fixture(scope="session")
def after(arm: Callable[..., Arm]) -> Callable[..., InfluenceModel]:
    """A replicate of a scenario after some months, by default of the baseline; what it collected is not kept."""

    @cache
    def played(months: int, scenario: str, replicate: int) -> InfluenceModel:
        model = InfluenceModel(arm(scenario), rng=1, replicate=replicate)
        for _ in range(months):
            model.step()
        return model

    def play(months: int, scenario: str = "baseline", replicate: int = 0) -> InfluenceModel:
        return standing(InfluenceModel(arm(scenario), rng=1, replicate=replicate), played(months, scenario, replicate))

    return play


def standing(model: InfluenceModel, other: InfluenceModel) -> InfluenceModel:
    """A model, put where another stands."""
    for field in other.state.dtype.names:
        model.state[field] = other.state[field]
    model.clock, model.running = other.clock, other.running
    return model


@pytest.fixture(scope="session")
def otherwise() -> Callable[..., InfluenceModel]:
    """A model that stands where another stands, under other parameters."""

    def stand(model: InfluenceModel, parameters: dict[str, float]) -> InfluenceModel:
        other = InfluenceModel(model.arm, rng=model.seed_number, replicate=model.replicate, parameters=parameters)
        return standing(other, model)

    return stand


TWIN = """
from influence_sim.model.rules import rule


@rule
def shared_enemy(s, p, w, me: int, other: int, enemy: int) -> float:
    return max(-s.tie[w.tie[me, enemy]], 0.0) * s.x[w.fight[other, enemy]]
"""


@pytest.fixture
def own_rule(tmp_path: Path) -> Path:
    """A folder with the shipped theatre as `own`, one of whose rules repeats a shipped one in a file of its own."""
    theatre = Path(shutil.copytree(data_folder(), tmp_path / "own"))
    (theatre / "rules.py").write_text(TWIN, encoding="utf-8")
    return tmp_path
