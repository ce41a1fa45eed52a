"""A copy of a model goes on exactly as the original, however it was copied."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import cache
from multiprocessing import get_context
from typing import Any

import cloudpickle
import pytest

from influence_sim.model import Arm, InfluenceModel
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "cloudpickle": lambda model: cloudpickle.loads(cloudpickle.dumps(model)),
    "twice": lambda model: copy.deepcopy(pickle.loads(pickle.dumps(model))),
}
MONTHS = 40
CHANGES = """\
changes:
  - {from: 2016-02, until: 2018-04, set: {decide.rationality: 20, precedent.strength: 2}}
  - {from: 2018-07, set: {decide.inertia: 0.5}}
"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[InfluenceModel], InfluenceModel]:
    """Each way of copying."""
    return WAYS[request.param]


def end(model: InfluenceModel) -> tuple[Any, ...]:
    """Everything that a model has to tell once it was played to the end."""
    while model.running:
        model.step()
    collected = model.datacollector
    return (
        model.state.tobytes(),
        collected.get_model_vars_dataframe().to_csv(),
        collected.get_agent_vars_dataframe().to_csv(),
        model.clock,
    )


def after(model: InfluenceModel, months: int) -> InfluenceModel:
    """A model after some months."""
    for _ in range(months):
        model.step()
    return model


def new_model(replicate: int = 0) -> InfluenceModel:
    """A model before its first month; it ends a year after its scenario begins."""
    return InfluenceModel("us_engages_taliban", rng=1, replicate=replicate, months=MONTHS)


@cache
def whole() -> tuple[Any, ...]:
    """What a model that nobody copied has to tell."""
    return end(new_model(replicate=3))


@cache
def original(months: int) -> InfluenceModel:
    """A model after some months, which is copied and left as it is."""
    return after(new_model(replicate=3), months)


@pytest.mark.parametrize("months", [0, 28, MONTHS - 1, MONTHS])
def test_a_copy_goes_on_as_the_original(way: Callable[..., InfluenceModel], months: int) -> None:
    twin = way(original(months))
    assert twin.state.tobytes() == original(months).state.tobytes()
    assert end(twin) == whole()


def test_a_copy_and_its_original_share_nothing(way: Callable[..., InfluenceModel]) -> None:
    model = after(new_model(replicate=3), 28)
    twin = way(model)
    after(twin, 10)
    twin.state.x[:] = 0.9
    twin.parameters.decide_inertia = 1.0
    twin.agents.shuffle(inplace=True)
    assert end(model) == whole()


def test_copies_under_dated_changes_and_with_parameters_of_their_own(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    run, values = Arm(theatre, write(CHANGES), MONTHS), {"ties.cooling": 0.04, "authority.mean": 1.0}
    expected = end(InfluenceModel(run, rng=1, parameters=values))
    for months in (0, 28):
        model = after(InfluenceModel(run, rng=1, parameters=values), months)
        assert {name: end(way(model)) == expected for name, way in WAYS.items()} == dict.fromkeys(WAYS, True)


def test_copies_without_an_agent() -> None:
    model = after(new_model(), 20)
    model.agents.select(lambda agent: agent.name == "iran").do("remove")
    twins = {name: way(model) for name, way in WAYS.items()}
    assert all(twin.agents.get("name") == model.agents.get("name") for twin in twins.values())
    expected = end(model)
    assert {name: end(twin) == expected for name, twin in twins.items()} == dict.fromkeys(WAYS, True)


def test_agents_of_a_copy_belong_to_the_copy(way: Callable[..., InfluenceModel]) -> None:
    model = after(new_model(), 3)
    twin = way(model)
    assert all(agent.model is twin for agent in twin.agents)
    twin.agents.do("observe")
    twin.agents.do("decide")
    twin.agents.do("act")
    assert twin.state.tobytes() != model.state.tobytes()


@pytest.mark.slow
def test_a_model_goes_on_in_another_process() -> None:
    model = after(new_model(), 28)
    with get_context("spawn").Pool(1) as pool:
        assert pool.apply(end, (model,)) == end(model)
