"""What an actor thought: reasons add up to values, values and costs to probabilities, and the draw to the choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import compress, groupby

import numpy as np
import pytest

from influence_sim.model import Arm, InfluenceModel, states
from influence_sim.model.draws import replicate_keys
from influence_sim.model.plan import plan_of
from influence_sim.model.reasons import AVERSION, COST, Thought, thoughts
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre, load

NAMES = [actor.name for actor in load().actors]
SCENARIOS = ("baseline", "us_talks_without_kabul")
CHANGES = """\
changes:
  - {from: 2016-02, until: 2016-04, set: {decide.rationality: 20, decide.audience: 0.7, precedent.strength: 2}}
"""


Told = tuple[InfluenceModel, list[list[Thought]]]
"""What every actor thought of each of its stances, in every month of a replicate, and the model at the end."""


@pytest.fixture(scope="module")
def played(arm: Callable[..., Arm]) -> Callable[[str], Told]:
    """Plays a replicate of a scenario, once."""

    @cache
    def play(scenario: str) -> Told:
        model = InfluenceModel(arm(scenario), rng=1, replicate=2)
        return model, [*_played(model)]

    return play


@pytest.fixture(params=SCENARIOS)
def reasons(request: pytest.FixtureRequest, played: Callable[[str], Told]) -> Told:
    """Each of the scenarios, played."""
    return played(request.param)


def _played(model: InfluenceModel) -> Iterator[list[Thought]]:
    """Stance by stance, month by month."""
    while model.running:
        model.step()
        for agent in model.agents:
            for _, options in groupby(agent.explain(), key=lambda thought: thought.stance):
                yield [*options]


def test_every_option_of_every_stance_is_told_every_month(reasons: Told) -> None:
    model, stances = reasons
    each_month = [(stance.name, list(stance.options)) for stance in model.index.stances]
    names = [(options[0].stance, [thought.option for thought in options]) for options in stances]
    assert names == each_month * model.clock


def test_reasons_add_up_to_the_value(reasons: Told) -> None:
    for options in reasons[1]:
        for thought in options:
            assert sum(thought.reasons.values()) == pytest.approx(thought.value, abs=1e-12), thought


def test_reasons_are_interests_rules_cost_and_aversion(reasons: Told) -> None:
    model, stances = reasons
    theatre = model.arm.theatre
    rules, outcomes = {rule.id for rule in theatre.rules}, {outcome.name for outcome in theatre.outcomes}
    named = {reason.split(" (")[0] for options in stances for thought in options for reason in thought.reasons}
    assert named <= rules | outcomes | {COST, AVERSION}
    assert {COST, AVERSION, "tie", "precedent", "settlement", "kabul_authority"} <= named
    for agent in model.agents:
        wanted = {interest.outcome for interest in agent.actor.interests}
        for thought in agent.explain():
            assert {reason for reason in thought.reasons if reason in outcomes} <= wanted


def test_an_option_that_sets_nothing_is_worth_nothing(reasons: Told) -> None:
    model, stances = reasons
    empty = {(s.name, name) for s, name, option in model.index.options if not option.sets}
    for options in stances:
        for thought in options:
            if (thought.stance, thought.option) in empty - {("war", "limited")}:
                assert (thought.value, thought.reasons) == (0.0, {})


def test_the_probability_follows_from_value_reason_and_what_changing_costs(reasons: Told) -> None:
    model, stances = reasons
    beside = {COST, AVERSION, *(rule.id for rule in model.arm.theatre.rules if not rule.through)}
    rationality, none = float(model.parameters.decide_rationality), 0
    for first, *others in stances:
        assert first.probability > 0.0
        for thought in others:
            sought = sum(worth for reason, worth in thought.reasons.items() if reason.split(" (")[0] not in beside)
            attention = 1.0 - np.exp(-rationality * max(sought, 0.0))
            none += sought <= 0.0
            assert thought.considered == pytest.approx(attention, abs=1e-12)
            if thought.probability > 0.0:
                net = thought.value - thought.changing - (first.value - first.changing)
                odds = thought.considered * np.exp(rationality * net)
                assert thought.probability / first.probability == pytest.approx(odds, rel=1e-9)
            else:
                assert attention < 1e-12 or any(o.at for _, name, o in model.index.options if name == thought.option)
    assert none


def test_the_draw_picks_the_option_that_was_chosen(reasons: Told) -> None:
    """Options lie along [0, 1] from the top down, the last one first; the first takes what is left."""
    switched = 0
    for options in reasons[1]:
        (was,), (now,) = ([t.option for t in options if getattr(t, name)] for name in ("was", "chosen"))
        if not options[0].reviewed:
            assert now == was
            continue
        left = 1.0
        for thought in reversed(options):
            left -= thought.probability
            if thought.draw >= left:
                break
        assert now == thought.option
        switched += now != was
    assert switched > 10


def test_staying_costs_nothing_and_a_promise_broken_costs_more_than_a_change(reasons: Told) -> None:
    model, stances = reasons
    switch = float(model.parameters.decide_switch)
    promise = {(s.name, name): option.promise for s, name, option in model.index.options}
    broken = 0
    for options in stances:
        (was,) = [thought for thought in options if thought.was]
        assert was.changing == 0.0 or not promise[was.stance, was.option]
        for thought in options:
            if not thought.was:
                breaks = promise[was.stance, was.option] and not promise[thought.stance, thought.option]
                assert thought.changing > switch if breaks else thought.changing == switch
                broken += breaks
    assert broken > 0


def test_what_holds_is_what_was_chosen_last(reasons: Told) -> None:
    model, _ = reasons
    for agent in model.agents:
        held = {thought.stance: thought.option for thought in agent.explain() if thought.chosen}
        assert held == agent.stances
        assert list(held) == [stance.name for stance in agent.actor.stances]


def test_before_the_first_month_nobody_has_thought(arm: Callable[..., Arm]) -> None:
    model = InfluenceModel(arm(), rng=1)
    for agent in model.agents:
        assert agent.explain() == []
        assert agent.stances == {stance.name: stance.start for stance in agent.actor.stances}


@pytest.mark.parametrize("name", NAMES)
def test_a_state_of_the_ensemble_tells_what_the_agent_tells(
    arm: Callable[..., Arm], played: Callable[[str], Told], name: str
) -> None:
    run, steps = arm(SCENARIOS[1]), [0, 28, 50]
    actual = states(run, seed=1, replicates=[4, 2], steps=steps)
    (model, stances), plan = played(SCENARIOS[1]), plan_of(run)
    (key,) = replicate_keys(1, np.array([2]))
    mine = [stance.actor == name for stance in model.index.stances]
    for state, step in zip(actual[:, 1], steps, strict=True):
        then = stances[step * len(mine) : (step + 1) * len(mine)]
        expected = [thought for options in compress(then, mine) for thought in options]
        assert [*thoughts(plan, state, model.parameters, plan.months[step], key, name)] == expected
        assert expected


def test_a_dated_change_is_told_in_the_months_it_holds(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    """Reasons, costs of changing and probabilities are those of the month, not of the month that comes."""
    model = InfluenceModel(Arm(theatre, write(CHANGES), 10), rng=1)
    while model.running:
        dated = "2016-02" <= model.month <= "2016-04"
        rationality = 20.0 if dated else theatre.parameters["decide.rationality"].default
        model.step()
        for agent in model.agents:
            for _, options in groupby(agent.explain(), key=lambda thought: thought.stance):
                there = [thought for thought in options if thought.probability > 0.0]
                for thought in there:
                    assert sum(thought.reasons.values()) == pytest.approx(thought.value, abs=1e-12)
                net = np.array([rationality * (thought.value - thought.changing) for thought in there])
                odds = np.array([thought.considered for thought in there]) * np.exp(net - net.max())
                expected = odds / odds.sum()
                np.testing.assert_allclose([thought.probability for thought in there], expected, rtol=1e-9)
