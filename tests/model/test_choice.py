"""The choice rule: quantal response to salience, gap, belief, rules, cost and aversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.model import Arm, InfluenceModel
from influence_sim.theatre import load
from influence_sim.theatre.spec import Actor, Interest, Lever

ACTORS = load().actors
SPECS = load().parameters
AVERSE = {("engage_publicly", "taliban"), ("engage_covertly", "taliban"), ("attend", "moscow_format")}
"""The levers on which relations with the Taliban are felt."""

Chances = dict[str, np.ndarray]


def chances(run: Arm, parameters: Mapping[str, np.ndarray | float], width: int = 2, clock: int = 0) -> Chances:
    """Probability of every lever, as its actor would decide it in the month after `clock`; (R,) each."""
    model = InfluenceModel(run, rng=1, replicates=np.zeros(width, dtype=np.int64), parameters=parameters)
    for _ in range(clock):
        model.step()
    return seen(model)


def seen(model: InfluenceModel) -> Chances:
    """Probability of every lever as its actor sees the world now."""
    found = {}
    for agent in model.agents:
        agent.observe()
        found |= {lever.name: row for lever, row in zip(agent.levers, agent.chances(), strict=True)}
    return found


def ends(name: str) -> dict[str, np.ndarray]:
    """A parameter at the lower end of its prior range in one replicate, at the upper end in the other."""
    return {name: np.array([SPECS[name].low, SPECS[name].high])}


def moved(found: Chances) -> dict[str, float]:
    """Levers whose probability differs between the two replicates, with the difference."""
    return {name: float(row[1] - row[0]) for name, row in found.items() if row[1] != row[0]}


def bearing(actor: Actor, outcome: str) -> set[str]:
    """Levers of which the actor believes that they bear on an outcome."""
    return {lever.name for lever in actor.levers if outcome in lever.beliefs}


SALIENCES = [
    pytest.param(actor, interest, id=str(interest.salience))
    for actor in ACTORS
    for interest in actor.interests
    if isinstance(interest.salience, str) and bearing(actor, interest.outcome)
]
COSTS = [pytest.param(lever, id=lever.name) for lever in load().levers if isinstance(lever.cost, str)]
AVERSIONS = [pytest.param(actor, id=actor.name) for actor in ACTORS if isinstance(actor.aversion, str)]


@pytest.fixture(scope="module")
def start(arm: Callable[..., Arm]) -> InfluenceModel:
    """The baseline before its first month, at the default of every parameter."""
    return InfluenceModel(arm(), rng=1, replicates=[0, 1])


def test_without_rationality_every_choice_is_a_toss_up(arm: Callable[..., Arm]) -> None:
    for clock in (0, 19):
        found = chances(arm(), {"decide.rationality": 0.0}, clock=clock)
        assert len(found) == len(arm().levers)
        assert all((row == 0.5).all() for row in found.values())


@pytest.mark.parametrize(("actor", "interest"), SALIENCES)
def test_a_goal_that_matters_more_moves_those_levers_believed_to_serve_or_harm_it(
    arm: Callable[..., Arm], start: InfluenceModel, actor: Actor, interest: Interest
) -> None:
    gap = start.state.p.ref(interest.ideal)[0] - start.state[interest.outcome][0]
    for lever in actor.levers:
        if lever.name in (found := moved(chances(arm(), ends(interest.salience)))):
            assert lever.name in bearing(actor, interest.outcome)
            assert np.sign(found[lever.name]) == np.sign(gap * start.state.p.ref(lever.beliefs[interest.outcome])[0])


@pytest.mark.parametrize(("actor", "interest"), SALIENCES)
def test_a_goal_moves_no_lever_of_anyone_else(arm: Callable[..., Arm], actor: Actor, interest: Interest) -> None:
    found = moved(chances(arm(), ends(interest.salience)))
    assert set(found) <= bearing(actor, interest.outcome)


def test_most_goals_are_unmet_at_the_start_and_move_someone(arm: Callable[..., Arm]) -> None:
    still = [case.id for case in SALIENCES if not moved(chances(arm(), ends(case.values[1].salience)))]
    assert len(still) <= len(SALIENCES) // 10, still


@pytest.mark.parametrize("lever", COSTS)
def test_a_dearer_lever_is_less_likely_and_no_other_lever_changes(arm: Callable[..., Arm], lever: Lever) -> None:
    found = moved(chances(arm(), ends(str(lever.cost))))
    assert list(found) == [lever.name]
    assert found[lever.name] < 0.0


@pytest.mark.parametrize("actor", AVERSIONS)
def test_aversion_is_felt_on_relations_with_the_taliban_and_nowhere_else(arm: Callable[..., Arm], actor: Actor) -> None:
    # an aversion also lowers acceptance of mediators, which others observe: that road is closed here
    found = moved(chances(arm(), {**ends(str(actor.aversion)), "mediation.aversion": 0.0}))
    averse = {lever.name for lever in actor.levers if (lever.do, lever.target) in AVERSE}
    assert set(found) == averse
    assert max(found.values()) < 0.0


def test_someone_is_averse() -> None:
    assert "us" in {case.id for case in AVERSIONS}


@pytest.mark.parametrize("actor", AVERSIONS)
def test_precedent_offsets_aversion_only_in_the_open(arm: Callable[..., Arm], actor: Actor) -> None:
    found = moved(chances(arm(), ends("precedent.strength")))
    own = {name: change for name, change in found.items() if name.startswith(f"{actor.name}.")}
    assert set(own) == {f"{actor.name}.engage_publicly.taliban", f"{actor.name}.attend.moscow_format"}
    assert min(own.values()) > 0.0


def test_precedent_moves_nobody_without_aversion(arm: Callable[..., Arm]) -> None:
    found = moved(chances(arm(), ends("precedent.strength")))
    assert {name.split(".")[0] for name in found} == {case.id for case in AVERSIONS}


@pytest.mark.parametrize(("actor", "interest"), SALIENCES)
def test_a_goal_already_met_does_not_motivate(arm: Callable[..., Arm], actor: Actor, interest: Interest) -> None:
    model = InfluenceModel(arm(), rng=1, replicates=[0, 0], parameters=ends(interest.salience))
    model.state[interest.outcome] = np.full(2, model.state.p.ref(interest.ideal)[0])
    for agent in model.agents:
        if agent.name == actor.name:
            agent.observe()
            wanted = [k for k, other in enumerate(actor.interests) if other is interest]
            assert not agent.gaps[wanted].any()
            rows = agent.chances()
            assert np.array_equal(rows[:, 0], rows[:, 1])


@given(low=st.floats(0.0, 99.0), more=st.floats(0.5, 50.0))
def test_more_rationality_makes_every_choice_firmer(arm: Callable[..., Arm], low: float, more: float) -> None:
    rationality = np.array([low, min(low + more, 100.0)])
    for name, row in chances(arm(), {"decide.rationality": rationality}).items():
        before, after = np.abs(row - 0.5)
        assert after >= before, name
        assert before in {0.0, 0.5} or (row[0] > 0.5) == (row[1] > 0.5), name
        assert after > before or before in {0.0, 0.5} or before > 0.49, name


def test_the_probability_is_logistic_in_rationality(arm: Callable[..., Arm]) -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0])
    for name, row in chances(arm(), {"decide.rationality": values}, width=4).items():
        odds = np.log(row / (1.0 - row))
        np.testing.assert_allclose(odds, odds[0] * values, rtol=1e-6, atol=1e-9, err_msg=name)


def test_utility_is_what_the_formula_says(arm: Callable[..., Arm], start: InfluenceModel) -> None:
    """Interests, cost and aversion written out by hand, with every alliance rule switched off."""
    off = {rule.strength: 0.0 for rule in load().rules if rule.function}
    found = chances(arm(), off)
    state, p = start.state, start.state.p
    shares = {"": 1.0, "moderate": state.moderates[0], "hardline": 1.0 - state.moderates[0]}
    for actor in ACTORS:
        for lever in actor.levers:
            value = -p.ref(lever.cost)[0]
            for interest in actor.interests:
                share = shares[interest.faction]
                belief = p.ref(lever.beliefs.get(interest.outcome, 0.0))[0]
                gap = p.ref(interest.ideal)[0] - state[interest.outcome][0]
                value += share * p.ref(interest.salience)[0] * gap * belief
            if (lever.do, lever.target) in AVERSE:
                part = p["decide.covert_aversion"][0] if lever.do == "engage_covertly" else 1.0
                value -= part * p.ref(actor.aversion)[0]
            expected = 1.0 / (1.0 + np.exp(-p["decide.rationality"][0] * value))
            assert found[lever.name][0] == pytest.approx(expected, rel=1e-9), lever.name


def test_choices_are_as_frequent_as_their_probability(arm: Callable[..., Arm]) -> None:
    size = 20_000
    model = InfluenceModel(arm(months=1), rng=1, replicates=np.arange(size))
    model.step()
    for agent in model.agents:
        if len(agent.probability):
            assert np.array_equal(agent.probability, np.repeat(agent.probability[:, :1], size, axis=1))
            chance = agent.probability[:, 0]
            error = 4.5 * np.sqrt(chance * (1.0 - chance) / size)
            assert (np.abs(np.asarray(agent.choice).mean(axis=1) - chance) <= error).all(), agent.name


def test_states_come_to_a_meeting_as_often_as_their_probability(arm: Callable[..., Arm]) -> None:
    """Five states decide for themselves in Central Asia; their share is a mean of five."""
    model = InfluenceModel(arm(months=20), rng=1, replicates=np.arange(4_000))
    while model.clock < 19:  # up to the meeting of 2017-04
        model.step()
    agent = next(agent for agent in model.agents if agent.name == "central_asia")
    agent.observe()
    chance = agent.chances()[-1]
    model.step()
    came = model.state.x[agent.seats.start]
    assert set(np.unique(came * 5).round(9)) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert abs(came.mean() - chance.mean()) < 4.5 * 0.5 / np.sqrt(4_000 * 5)
    assert 0.0 < came.mean() < 1.0


@pytest.mark.parametrize("lever", COSTS)
def test_on_the_same_draw_a_likelier_choice_is_never_given_up(arm: Callable[..., Arm], lever: Lever) -> None:
    pairs = np.repeat(np.arange(150), 2)
    spec = SPECS[str(lever.cost)]
    values = {spec.name: np.tile([spec.high, spec.low], 150)}
    model = InfluenceModel(arm(months=1), rng=1, replicates=pairs, parameters=values)
    model.step()
    for agent in model.agents:
        if len(agent.probability):
            chance = agent.probability.reshape(-1, 150, 2)
            chosen = np.asarray(agent.choice).reshape(-1, 150, 2)
            assert (chance[..., 1] >= chance[..., 0]).all()
            assert (chosen[..., 1] >= chosen[..., 0]).all()
