"""The theatre and arms that the tests of the model share, and a quiet, repeatable hypothesis."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, settings

from influence_sim.base.months import parse_month
from influence_sim.model import Arm, InfluenceModel, simulate
from influence_sim.model.arithmetic import logistic
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
def chances_of() -> Callable[[InfluenceModel], dict[str, float]]:
    """The chance of every lever as its actor sees the world now; of seats, too, where nothing meets this month."""

    def chances(model: InfluenceModel) -> dict[str, float]:
        found: dict[str, float] = {}
        for agent in model.agents:
            agent.observe()
            agent.decide()
            names = [lever.name for lever in agent.levers]
            found |= dict(zip(names, agent.chances.tolist(), strict=True))
            for name in names[len(agent.policies) :]:
                found[name] = logistic(model.parameters.decide_rationality * agent.utilities()[name])
        return found

    return chances


TWIN = """
from influence_sim.model.rules import outcome, rule


@rule
def shared_enemy(s, p, w, me, other, enemy, threat):
    return max(-s.tie[w.tie[me, enemy]], 0.0) * s.x[w.fight[other, enemy]] * outcome(s, threat)
"""


@pytest.fixture
def own_rule(tmp_path: Path) -> Path:
    """A folder with the shipped theatre as `own`, one of whose rules repeats a shipped one in a file of its own."""
    own = Path(shutil.copytree(data_folder(), tmp_path / "own"))
    (own / "rules.py").write_text(TWIN, encoding="utf-8")
    return tmp_path
