"""The model as an ordinary Mesa model: agents, steps, collection, batches, seeds, and a clean end."""

from __future__ import annotations

import gc
import inspect
import warnings
import weakref
from collections.abc import Callable, MutableSet
from typing import Any

import mesa
import numpy as np
import pytest

from influence_sim.base.errors import InputError
from influence_sim.model import Arm, InfluenceModel, month, simulate
from influence_sim.theatre import Theatre


@pytest.fixture
def model() -> InfluenceModel:
    """A short model, as users of Mesa make it."""
    return InfluenceModel("us_engages_taliban", rng=3, months=5)


def test_it_is_a_mesa_model_with_the_actors_as_its_agents(model: InfluenceModel, theatre: Theatre) -> None:
    assert isinstance(model, mesa.Model)
    assert isinstance(model.agents, MutableSet)  # what its class is called differs between releases
    assert model.agents.get("name") == [actor.name for actor in theatre.actors]
    assert len(model.agents.select(lambda agent: agent.name in {"us", "russia"})) == 2
    assert len(set(model.agents.get("unique_id"))) == len(theatre.actors)


def test_a_step_is_a_month(model: InfluenceModel) -> None:
    months = []
    while model.running:
        months.append(model.month)
        model.step()
    assert months == ["2015-09", "2015-10", "2015-11", "2015-12", "2016-01"]
    assert model.clock == model.steps == 5
    assert not model.running


def test_stepping_past_the_end_is_harmless(model: InfluenceModel) -> None:
    for _ in range(5):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    state = model.state.tobytes()
    for _ in range(3):
        model.step()
    assert model.clock == 5
    assert model.state.tobytes() == state
    assert model.datacollector.get_model_vars_dataframe().equals(frame)


def test_run_model_plays_to_the_end(model: InfluenceModel) -> None:
    model.run_model()
    assert not model.running
    assert len(model.datacollector.get_model_vars_dataframe()) == 5


def test_the_collected_frame_is_replicate_0_of_the_seed(arm: Callable[..., Arm], theatre: Theatre) -> None:
    model = InfluenceModel("us_engages_taliban", rng=5)
    for _ in range(64):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame.shape == (64, len(theatre.outcomes))
    assert list(frame.columns) == [outcome.name for outcome in theatre.outcomes]
    records = simulate(arm("us_engages_taliban"), seed=5, replicates=np.arange(3))
    assert np.array_equal(frame.to_numpy(), records[:, :, 0])


def test_the_agents_policies_are_collected(model: InfluenceModel) -> None:
    model.step()
    model.step()
    frame = model.datacollector.get_agent_vars_dataframe()
    assert len(frame) == 2 * len(model.agents)
    policies = frame.loc[2]["policies"]
    (russia,) = (agent.unique_id for agent in model.agents if agent.name == "russia")
    assert policies[russia] == model.policies_of("russia")
    assert set(model.policies_of("russia")) >= {"engage_covertly taliban", "support taliban", "convene moscow_format"}
    assert all(0.0 <= level <= 1.0 for level in policies[russia].values())


def batch(settings: dict[str, object], **more: object) -> list[dict[str, Any]]:
    """What `mesa.batch_run` makes of settings; it warns of its end in releases to come."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows: list[dict[str, Any]] = mesa.batch_run(
            InfluenceModel, settings, number_processes=1, max_steps=6, display_progress=False, **more
        )
    return rows


def seeded(seed: int, settings: dict[str, object], **more: object) -> list[dict[str, Any]]:
    """A batch of one seed, which newer releases take by themselves."""
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        return batch(settings, rng=[seed], **more)
    return batch(settings | {"rng": seed}, **more)


def test_batch_run_plays_every_scenario(theatre: Theatre) -> None:
    rows = seeded(1, {"scenario": ["baseline", "us_engages_taliban"], "months": 6})
    assert {row["scenario"] for row in rows} == {"baseline", "us_engages_taliban"}
    assert len(rows) == 2 * len(theatre.actors)
    records = simulate(Arm(theatre, InfluenceModel(months=6).arm.scenario, 6), seed=1, replicates=[0])
    for row in rows:
        assert row["kabul_authority"] == records[-1, 0, 0]
        assert isinstance(row["policies"], dict)


def test_a_batch_over_a_study_of_seeds_differs_by_seed() -> None:
    rows = batch({"rng": [1, 2, 3], "months": 4})
    assert len({row["kabul_territory"] for row in rows}) == 3


def test_iterations_of_a_batch_differ() -> None:
    """Without a seed each iteration is a run of its own."""
    rows = batch({"scenario": "us_engages_taliban", "months": 4}, iterations=3)
    assert len({row["kabul_territory"] for row in rows}) == 3
    assert len({row["iteration"] for row in rows}) == 3


def test_a_row_of_a_batch_is_one_month(theatre: Theatre) -> None:
    """Its outcomes and its policies are of the same month, in the last row and in all between."""
    rows = seeded(5, {"months": 6}, data_collection_period=1)
    names = [actor.name for actor in theatre.actors]
    model, months = InfluenceModel("baseline", rng=5, months=6), []
    while model.running:
        model.step()
        policies = {name: model.policies_of(name) for name in names}
        months.append(({outcome.name: model[outcome.name] for outcome in theatre.outcomes}, policies))
    seen = {id(month): 0 for month in months}
    for row in rows:
        (month,) = [m for m in months if m[0]["violence"] == row["violence"]]
        outcomes, policies = month
        assert {name: row[name] for name in outcomes} == outcomes
        assert row["policies"] == policies[names[row["AgentID"] - 1]]
        seen[id(month)] += 1
    assert seen[id(months[-1])] == len(names)
    assert max(seen.values()) == len(names)


@pytest.mark.parametrize("played", [0, 3, 5])
def test_a_finished_model_is_forgotten(played: int) -> None:
    gc.freeze()  # what is there by now need not be looked through
    model = InfluenceModel(months=5)
    for _ in range(played):
        model.step()
    models, agents = weakref.ref(model), [weakref.ref(agent) for agent in model.agents]
    del model
    gc.collect()
    assert models() is None
    assert [agent() for agent in agents if agent() is not None] == []


def test_mesas_generators_are_left_alone(model: InfluenceModel) -> None:
    before = model.rng.bit_generator.state, model.random.getstate()
    while model.running:
        model.step()
    assert (model.rng.bit_generator.state, model.random.getstate()) == before


def test_a_user_who_draws_from_mesas_generator_changes_nothing(model: InfluenceModel) -> None:
    twin = InfluenceModel("us_engages_taliban", rng=3, months=5)
    while model.running:
        model.step()
        twin.rng.random(7)
        twin.random.random()
        twin.step()
    assert model.state.tobytes() == twin.state.tobytes()


def test_a_number_is_the_seed() -> None:
    assert InfluenceModel(rng=7, months=1).seed_number == 7
    assert InfluenceModel(rng=np.int64(7), months=1).seed_number == 7


def test_a_generator_gives_the_seed() -> None:
    seeds = [InfluenceModel(rng=np.random.default_rng(5), months=1).seed_number for _ in range(2)]
    assert seeds[0] == seeds[1]
    generator = np.random.default_rng(5)
    assert InfluenceModel(rng=generator, months=1).seed_number == seeds[0]
    assert InfluenceModel(rng=generator, months=1).seed_number != seeds[0]


def test_without_a_seed_every_model_is_another() -> None:
    assert len({InfluenceModel(rng=None, months=1).seed_number for _ in range(3)}) == 3


def played(model: InfluenceModel) -> list[bytes]:
    """The state after each month that is left."""
    months = []
    while model.running:
        model.step()
        months.append(model.state.tobytes())
    return months


def test_the_order_of_the_agents_does_not_matter() -> None:
    """All decide from the same observation, and all act on what was decided."""
    model, turned, shuffled = (InfluenceModel("us_engages_taliban", months=40, rng=2) for _ in range(3))
    turned.agents.sort(lambda agent: agent.unique_id, ascending=False, inplace=True)
    shuffled.agents.shuffle(inplace=True)
    names = model.agents.get("name")
    assert turned.agents.get("name") == names[::-1]
    assert sorted(shuffled.agents.get("name")) == sorted(names) != shuffled.agents.get("name") != names
    assert played(model) == played(turned) == played(shuffled)


def test_agents_may_be_shuffled_in_every_month() -> None:
    model, shuffled = (InfluenceModel("us_engages_taliban", months=40, rng=2) for _ in range(2))
    months = []
    while shuffled.running:
        shuffled.agents.shuffle(inplace=True)
        shuffled.step()
        months.append(shuffled.state.tobytes())
    assert months == played(model)


class OneByOne(InfluenceModel):
    """Agents observe in one order, decide in another, and act in a third."""

    def step(self) -> None:
        """A month by hand."""
        state, parameters, circumstances = self.state, self.parameters, self.circumstances
        month.begin(state, parameters, self.wiring, circumstances)
        for agent in reversed(list(self.agents)):
            agent.observe()
        deciding = list(self.agents)
        for agent in (*deciding[5:], *deciding[:5]):
            agent.decide()
        for agent in (*deciding[::2], *deciding[1::2]):
            agent.act()
        month.resolve(state, parameters, self.wiring, circumstances, self.key)
        self.clock += 1
        self.running = self.clock < self.arm.months


def test_each_of_the_three_can_have_an_order_of_its_own() -> None:
    assert played(OneByOne("us_engages_taliban", months=40, rng=2)) == played(
        InfluenceModel("us_engages_taliban", months=40, rng=2)
    )


def test_a_scenario_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="us_engages_taliban"):
        InfluenceModel("us_engages_talban")


def test_an_arm_brings_its_own_length_unless_another_is_given(arm: Callable[..., Arm]) -> None:
    assert InfluenceModel(arm("baseline", 9)).arm.months == 9
    assert InfluenceModel(arm("baseline", 9), months=3).arm.months == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("rng", -1), ("rng", 2**63), ("months", 0), ("months", -1), ("months", 10**12), ("replicate", -1)],
)
def test_numbers_out_of_range_are_refused(name: str, value: int) -> None:
    with pytest.raises(InputError, match=rf"^{name}: '{value}': must be a whole number from"):
        InfluenceModel(**{name: value})


def test_an_actor_that_does_not_exist_has_no_policies() -> None:
    model = InfluenceModel(months=1)
    assert model.policies_of(model.index.actors[0].name)
    with pytest.raises(InputError, match="'nobody': not an actor"):
        model.policies_of("nobody")
