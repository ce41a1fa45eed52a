"""The choice rule: quantal response to salience, gap, belief, rules, cost and aversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.model import Arm, InfluenceModel, states
from influence_sim.model.lanes import poke
from influence_sim.model.plan import plan_of
from influence_sim.theatre import load
from influence_sim.theatre.spec import Actor, Interest, Lever, Ref

ACTORS = load().actors
SPECS = load().parameters
AVERSE = {("engage_publicly", "taliban"), ("engage_covertly", "taliban"), ("attend", "moscow_format")}
"""The levers on which relations with the Taliban are felt."""

Chances = dict[str, np.ndarray]
See = Callable[[InfluenceModel], dict[str, float]]


@pytest.fixture(scope="module")
def chances(chances_of: See) -> Callable[..., Chances]:
    """Probability of every lever, as its actor would decide it in the month after `clock`, for some parameters."""

    def see(run: Arm, parameters: Mapping[str, np.ndarray | float], clock: int = 0) -> Chances:
        width = max(np.size(value) for value in parameters.values())
        found = []
        for k in range(width):
            values = {name: float(np.broadcast_to(value, width)[k]) for name, value in parameters.items()}
            model = InfluenceModel(run, rng=1, parameters=values)
            for _ in range(clock):
                model.step()
            found.append(chances_of(model))
        return {name: np.array([each[name] for each in found]) for name in found[0]}

    return see


def number(ref: Ref) -> float:
    """What a number of the theatre is by default."""
    return SPECS[ref].default if isinstance(ref, str) else ref


def ends(name: str) -> dict[str, np.ndarray]:
    """A parameter at the lower end of its prior range in one model, at the upper end in the other."""
    return {name: np.array([SPECS[name].low, SPECS[name].high])}


def moved(found: Chances) -> dict[str, float]:
    """Levers whose probability differs between the two models, with the difference."""
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
    return InfluenceModel(arm(), rng=1)


def test_without_rationality_every_choice_is_a_toss_up(
    arm: Callable[..., Arm], chances: Callable[..., Chances]
) -> None:
    for clock in (0, 19):
        found = chances(arm(), {"decide.rationality": 0.0}, clock=clock)
        assert len(found) == len(plan_of(arm()).index.levers)
        assert all((row == 0.5).all() for row in found.values())


@pytest.mark.parametrize(("actor", "interest"), SALIENCES)
def test_a_goal_that_matters_more_moves_those_levers_believed_to_serve_or_harm_it(
    arm: Callable[..., Arm], start: InfluenceModel, chances: Callable[..., Chances], actor: Actor, interest: Interest
) -> None:
    gap = number(interest.ideal) - start[interest.outcome]
    for lever in actor.levers:
        if lever.name in (found := moved(chances(arm(), ends(interest.salience)))):
            assert lever.name in bearing(actor, interest.outcome)
            assert np.sign(found[lever.name]) == np.sign(gap * number(lever.beliefs[interest.outcome]))


@pytest.mark.parametrize(("actor", "interest"), SALIENCES)
def test_a_goal_moves_no_lever_of_anyone_else(
    arm: Callable[..., Arm], chances: Callable[..., Chances], actor: Actor, interest: Interest
) -> None:
    found = moved(chances(arm(), ends(interest.salience)))
    assert set(found) <= bearing(actor, interest.outcome)


def test_most_goals_are_unmet_at_the_start_and_move_someone(
    arm: Callable[..., Arm], chances: Callable[..., Chances]
) -> None:
    still = [case.id for case in SALIENCES if not moved(chances(arm(), ends(case.values[1].salience)))]
    assert len(still) <= len(SALIENCES) // 10, still


@pytest.mark.parametrize("lever", COSTS)
def test_a_dearer_lever_is_less_likely_and_no_other_lever_changes(
    arm: Callable[..., Arm], chances: Callable[..., Chances], lever: Lever
) -> None:
    found = moved(chances(arm(), ends(str(lever.cost))))
    assert list(found) == [lever.name]
    assert found[lever.name] < 0.0


@pytest.mark.parametrize("actor", AVERSIONS)
def test_aversion_is_felt_on_relations_with_the_taliban_and_nowhere_else(
    arm: Callable[..., Arm], chances: Callable[..., Chances], actor: Actor
) -> None:
    # an aversion also lowers acceptance of mediators, which others observe: that road is closed here
    found = moved(chances(arm(), {**ends(str(actor.aversion)), "mediation.aversion": 0.0}))
    averse = {lever.name for lever in actor.levers if (lever.do, lever.target) in AVERSE}
    assert set(found) == averse
    assert max(found.values()) < 0.0


def test_someone_is_averse() -> None:
    assert "us" in {case.id for case in AVERSIONS}


@pytest.mark.parametrize("actor", AVERSIONS)
def test_precedent_offsets_aversion_only_in_the_open(
    arm: Callable[..., Arm], chances: Callable[..., Chances], actor: Actor
) -> None:
    found = moved(chances(arm(), ends("precedent.strength")))
    own = {name: change for name, change in found.items() if name.startswith(f"{actor.name}.")}
    assert set(own) == {f"{actor.name}.engage_publicly.taliban", f"{actor.name}.attend.moscow_format"}
    assert min(own.values()) > 0.0


def test_precedent_moves_nobody_without_aversion(arm: Callable[..., Arm], chances: Callable[..., Chances]) -> None:
    found = moved(chances(arm(), ends("precedent.strength")))
    assert {name.split(".")[0] for name in found} == {case.id for case in AVERSIONS}


@pytest.mark.parametrize(("actor", "interest"), SALIENCES)
def test_a_goal_already_met_does_not_motivate(arm: Callable[..., Arm], actor: Actor, interest: Interest) -> None:
    chances = []
    for salience in ends(str(interest.salience))[str(interest.salience)]:
        model = InfluenceModel(arm(), rng=1, parameters={str(interest.salience): float(salience)})
        poke(model.state, model.wiring.outcome[model.index.outcomes[interest.outcome]], number(interest.ideal))
        (agent,) = model.agents.select(lambda agent: agent.name == actor.name)
        agent.observe()
        agent.decide()
        wanted = [k for k, other in enumerate(actor.interests) if other is interest]
        assert not agent.gaps[wanted].any()
        chances.append(agent.chances)
    assert np.array_equal(*chances)


@given(low=st.floats(0.0, 99.0), more=st.floats(0.5, 50.0))
def test_more_rationality_makes_every_choice_firmer(
    arm: Callable[..., Arm], chances: Callable[..., Chances], low: float, more: float
) -> None:
    rationality = np.array([low, min(low + more, 100.0)])
    for name, row in chances(arm(), {"decide.rationality": rationality}).items():
        before, after = np.abs(row - 0.5)
        assert after >= before, name
        assert before in {0.0, 0.5} or (row[0] > 0.5) == (row[1] > 0.5), name
        assert after > before or before in {0.0, 0.5} or before > 0.49, name


def test_the_probability_is_logistic_in_rationality(arm: Callable[..., Arm], chances: Callable[..., Chances]) -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0])
    for name, row in chances(arm(), {"decide.rationality": values}).items():
        odds = np.log(row / (1.0 - row))
        np.testing.assert_allclose(odds, odds[0] * values, rtol=1e-6, atol=1e-9, err_msg=name)


def test_utility_is_what_the_formula_says(
    arm: Callable[..., Arm], start: InfluenceModel, chances: Callable[..., Chances]
) -> None:
    """Interests, cost and aversion written out by hand, with every alliance rule switched off."""
    found = chances(arm(), {rule.strength: 0.0 for rule in load().rules if rule.function})
    moderates = float(start.state.moderates)
    shares = {"": 1.0, "moderate": moderates, "hardline": 1.0 - moderates}
    for actor in ACTORS:
        for lever in actor.levers:
            value = -number(lever.cost)
            for interest in actor.interests:
                belief = number(lever.beliefs.get(interest.outcome, 0.0))
                gap = number(interest.ideal) - start[interest.outcome]
                value += shares[interest.faction] * number(interest.salience) * gap * belief
            if (lever.do, lever.target) in AVERSE:
                part = number("decide.covert_aversion") if lever.do == "engage_covertly" else 1.0
                value -= part * number(actor.aversion)
            expected = 1.0 / (1.0 + np.exp(-number("decide.rationality") * value))
            assert found[lever.name][0] == pytest.approx(expected, rel=1e-9), lever.name


def test_an_agent_tells_the_utilities_behind_its_chances(arm: Callable[..., Arm], chances_of: See) -> None:
    model = InfluenceModel(arm(), rng=1)
    model.step()
    found = chances_of(model)
    told = {name: value for agent in model.agents for name, value in agent.utilities().items()}
    assert told.keys() == found.keys()
    for name, value in told.items():
        expected = 1.0 / (1.0 + np.exp(-number("decide.rationality") * value))
        assert found[name] == pytest.approx(expected, rel=1e-12), name


def test_choices_are_as_frequent_as_their_probability(arm: Callable[..., Arm]) -> None:
    size, policies = 20_000, plan_of(arm(months=1)).index.policies
    (found,) = states(arm(months=1), seed=1, replicates=np.arange(size), steps=[0])
    chances, choices = found["chance"][:, :policies], found["choice"][:, :policies]
    assert (chances == chances[0]).all()
    error = 4.5 * np.sqrt(chances[0] * (1.0 - chances[0]) / size)
    assert (np.abs(choices.mean(axis=0) - chances[0]) <= error).all()


def test_states_come_to_a_meeting_as_often_as_their_probability(arm: Callable[..., Arm]) -> None:
    """Five states decide for themselves in Central Asia; their share is a mean of five."""
    index = plan_of(arm(months=20)).index
    seat = index.lever["central_asia", "attend", "moscow_format"]
    (found,) = states(arm(months=20), seed=1, replicates=np.arange(4_000), steps=[19])  # the meeting of 2017-04
    chance, came = found["chance"][:, seat], found["x"][:, seat]
    assert set(np.unique(came * 5).round(9)) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert abs(came.mean() - chance.mean()) < 4.5 * 0.5 / np.sqrt(4_000 * 5)
    assert 0.0 < came.mean() < 1.0


@pytest.mark.parametrize("lever", COSTS)
def test_on_the_same_draw_a_likelier_choice_is_never_given_up(arm: Callable[..., Arm], lever: Lever) -> None:
    spec = SPECS[str(lever.cost)]
    dear, cheap = (
        states(arm(months=1), seed=1, replicates=np.arange(150), steps=[0], parameters={spec.name: cost})[0]
        for cost in (spec.high, spec.low)
    )
    assert (cheap["chance"] >= dear["chance"]).all()
    assert (cheap["choice"] >= dear["choice"]).all()
