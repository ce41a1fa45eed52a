"""Stances: reviewed now and then, or when something happened; options by quantal response, less what changing costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from influence_sim.model import Arm, InfluenceModel, read_fields, simulate, states
from influence_sim.model.index import Index
from influence_sim.model.plan import plan_of
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.spec import Stance

STANCES = [stance for actor in load().actors for stance in actor.stances]
PROMISED = [stance for stance in STANCES if any(option.promise for option in stance.options.values())]
SCENARIOS = ("baseline", "us_talks_without_kabul", "moscow_settlement")

After = Callable[..., InfluenceModel]
Otherwise = Callable[..., InfluenceModel]
Weighed = Callable[[InfluenceModel], Any]


def rows_of(index: Index, stance: Stance) -> dict[str, int]:
    """Option -> its row."""
    return {name: row for row, (each, name, _) in enumerate(index.options) if each.label == stance.label}


def hold_option(model: InfluenceModel, stance: Stance, name: str, months: float) -> None:
    """Makes an option the one that has held for some months."""
    for other, row in rows_of(model.index, stance).items():
        model.state.chosen[row] = other == name
    model.state.held[model.index.stance[stance.actor, stance.name]] = months


def offered(model: InfluenceModel, actor: str, at: str) -> bool:
    """Whether a table is alive and has a chair for an actor, asked by record or scenario and by whoever convenes it."""
    if not at:
        return True
    index, state = model.index, model.state
    invited = model.circumstances.invited[index.seat[actor, at]]
    host = index.forums[index.forum[at]].convenor
    key = (host, "invite", actor)
    asked = invited * (state.x[index.lever[key]] if key in index.lever else 1.0)
    return bool(state.live[index.forum[at]] * asked > 0.5)


def considered(model: InfluenceModel, stance: Stance, name: str) -> float:
    """How far an option is considered: the first one fully, others as far as interests speak for them."""
    option, sought = stance.options[name], model.state.sought
    if name == next(iter(stance.options)):
        return 1.0
    reason = sum(level * sought[model.index.lever[stance.actor, *key.split()]] for key, level in option.sets.items())
    return float(1.0 - np.exp(-model.parameters.decide_rationality * max(reason, 0.0)))


def by_hand(model: InfluenceModel, stance: Stance, name: str, months: float) -> dict[str, float]:
    """The probabilities of the options while one of them has held for some months, from what its levers are worth."""
    p, levers, worth = model.parameters, model.index.lever, model.state.worth
    net = {}
    for each, option in stance.options.items():
        if offered(model, stance.actor, option.at) and considered(model, stance, each):
            value = sum(level * worth[levers[stance.actor, *key.split()]] for key, level in option.sets.items())
            broken = stance.options[name].promise and not option.promise
            audience = p.decide_audience * broken * (0.5 + 0.5 * min(months / 12.0, 1.0))
            net[each] = float(p.decide_rationality * (value - p.decide_switch * (each != name) - audience))
            net[each] += float(np.log(considered(model, stance, each)))
    total = sum(np.exp(value - max(net.values())) for value in net.values())
    return {
        each: float(np.exp(net[each] - max(net.values())) / total) if each in net else 0.0 for each in stance.options
    }


@pytest.mark.parametrize("stance", STANCES, ids=lambda stance: stance.label)
def test_the_probabilities_of_options_are_what_the_formula_says(after: After, weighed: Weighed, stance: Stance) -> None:
    for clock, scenario in zip((0, 19, 40), SCENARIOS, strict=True):
        model = after(clock, scenario)
        rows = rows_of(model.index, stance)
        for name in stance.options:
            for months in (0.0, 5.0, 30.0):
                hold_option(model, stance, name, months)
                probability = weighed(model).probability
                expected = by_hand(model, stance, name, months)
                assert {each: probability[row] for each, row in rows.items()} == pytest.approx(
                    expected, rel=1e-9, abs=1e-15
                )
                assert sum(probability[row] for row in rows.values()) == pytest.approx(1.0, abs=1e-12)


def test_an_option_that_no_interest_speaks_for_is_none(after: After, weighed: Weighed) -> None:
    """However well a friend, a precedent or pressure speaks for it."""
    model = after(19)
    barred = weighed(model).probability.copy()
    for row, (stance, name, option) in enumerate(model.index.options):
        reason = sum(
            level * model.state.sought[model.index.lever[stance.actor, *key.split()]]
            for key, level in option.sets.items()
        )
        if name != next(iter(stance.options)) and reason <= 0.0:
            assert barred[row] == 0.0, (stance.label, name)
        elif not option.at:
            assert barred[row] > 0.0, (stance.label, name)
    assert (barred == 0.0).any()


def odds(model: InfluenceModel, stance: Stance, first: str, other: str, weighed: Weighed) -> float:
    """Log-odds of one option against another."""
    rows, likely = rows_of(model.index, stance), weighed(model).probability
    return float(np.log(likely[rows[first]] / likely[rows[other]]))


@pytest.mark.parametrize("stance", [stance for stance in STANCES if not any(o.at for o in stance.options.values())])
def test_changing_costs_what_it_costs(after: After, otherwise: Otherwise, weighed: Weighed, stance: Stance) -> None:
    """Each option loses rationality times the cost in log-odds against the one that holds."""
    start, (first, *others) = after(0), stance.options
    for other in others:
        results = []
        for cost in (0.0, 0.3):
            model = otherwise(start, {"decide.switch": cost, "decide.rationality": 5.0})
            hold_option(model, stance, first, 3)
            results.append(odds(model, stance, other, first, weighed))
        assert results[0] - results[1] == pytest.approx(5.0 * 0.3, rel=1e-9)


@pytest.mark.parametrize("stance", PROMISED, ids=lambda stance: stance.label)
def test_a_public_promise_costs_more_to_break_the_longer_it_held(
    after: After, otherwise: Otherwise, weighed: Weighed, stance: Stance
) -> None:
    """Half of the cost at once, all of it after a year; nothing for who goes from one promise to another."""
    promised = next(name for name, option in stance.options.items() if option.promise)
    start = after(0)
    for other, option in stance.options.items():
        lost = []
        for months in (0, 6, 12, 100):
            staying, broken = (
                otherwise(start, {"decide.audience": audience, "decide.rationality": 5.0}) for audience in (0.0, 0.4)
            )
            for model in (staying, broken):
                hold_option(model, stance, promised, months)
            lost.append(
                odds(staying, stance, other, promised, weighed) - odds(broken, stance, other, promised, weighed)
            )
        expected = [0.0] * 4 if option.promise else [1.0, 1.5, 2.0, 2.0]
        assert lost == pytest.approx(expected, abs=1e-9), other


def test_without_rationality_nobody_considers_anything(after: After, otherwise: Otherwise, weighed: Weighed) -> None:
    probability = weighed(otherwise(after(19), {"decide.rationality": 0.0})).probability
    for stance in STANCES:
        first, *others = rows_of(after(19).index, stance).values()
        assert (probability[first], *(probability[row] for row in others)) == (1.0, *(0.0 for _ in others))


def test_with_much_rationality_the_best_option_is_taken(after: After, otherwise: Otherwise, weighed: Weighed) -> None:
    """Of those for which there is a reason; a little of it leaves the choice open."""
    best = {}
    for rationality in (2.0, 8.0, 100.0):
        start = after(19)
        model = otherwise(start, {"decide.rationality": rationality, "decide.switch": 0.0, "decide.audience": 0.0})
        probability = weighed(model).probability.copy()
        best[rationality] = np.array(
            [max(probability[row] for row in rows_of(start.index, s).values()) for s in STANCES]
        )
    assert max(best[2.0].mean(), best[8.0].mean()) < 0.8
    assert best[100.0].mean() > 0.9
    assert (best[100.0] > best[2.0]).mean() > 0.8


# Tables that nobody has set


def test_an_option_at_a_table_that_nobody_has_set_has_probability_0(after: After, weighed: Weighed) -> None:
    model = after(0)
    probability, absent = weighed(model).probability, []
    for stance in STANCES:
        absent += [row for name, row in rows_of(model.index, stance).items() if stance.options[name].at]
    assert absent
    assert not probability[absent].any()


def test_with_a_chair_at_a_live_table_it_can_be_chosen(after: After, weighed: Weighed) -> None:
    """The channel must be alive, and whoever convenes it must ask: each by itself is not enough."""
    model = after(0)
    index, state = model.index, model.state
    forum, invite = index.forum["us_channel"], index.lever["us", "invite", "kabul"]
    stance = next(each for each in STANCES if each.label == "kabul.us_table")
    there = rows_of(index, stance)["there"]
    probabilities = {}
    for live in (0.0, 0.4, 1.0):
        for asked in (0.0, 1.0):
            state.live[forum], state.x[invite] = live, asked
            probabilities[live, asked] = float(weighed(model).probability[there])
    assert {key for key, value in probabilities.items() if value} == {(1.0, 1.0)}


def test_nobody_goes_to_a_table_that_is_not_there(arm: Callable[..., Arm]) -> None:
    run = arm("us_talks_without_kabul")
    state = states(run, seed=1, replicates=np.arange(40), steps=range(64))
    count = len(plan_of(run).index.options)
    taken = (state["chosen"] > state["was"])[..., :count]
    impossible = (state["probability"] == 0.0)[..., :count]
    assert impossible.any()
    assert taken.any()
    assert not (taken & impossible).any()


# Reviews


def test_news_and_reviews_are_what_the_formula_says(after: After) -> None:
    """What others did, as far as ties reach; meetings; and losses, as far as they are more than usual."""
    model = after(18)
    for _ in range(6):
        model.step()
        state, index, met = model.state, model.index, {}
        moved = {actor.name: [0.0] for actor in index.actors}
        for row, lever in enumerate(index.levers[: index.policies]):
            if lever.do != "engage_covertly":
                moved[lever.actor].append(abs(float(state.x[row] - state.before[row])))
        for forum, row in index.forum.items():
            met[forum] = float(state.met[row]) if index.forums[row].kind == "format" else 0.0
        heard = {}
        for actor in index.actors:
            quiet = 1.0
            for (left, other), row in index.tie.items():
                if left == actor.name:
                    quiet *= 1.0 - min(abs(float(state.tie[row])) * max(moved[other]), 1.0)
            for guest, forum in index.seat:
                quiet *= 1.0 - met[forum] * (guest == actor.name)
            heard[actor.name] = 1.0 - quiet
        assert dict(zip(index.actor, state.news, strict=False)) == pytest.approx(heard, abs=1e-12)
        usual = state.usual.copy()
        model.agents.do("observe")
        model.agents.do("decide")
        for agent in model.agents:
            first, last = model.wiring.interest[agent.row : agent.row + 2]
            size = np.abs(state.gap[first:last])
            news = min(heard[agent.name] + np.maximum(size - usual[first:last], 0.0).sum(), 1.0)
            assert state.news[agent.row] == pytest.approx(news, abs=1e-12)
            np.testing.assert_allclose(state.usual[first:last], usual[first:last] + (size - usual[first:last]) / 12)
            review, trigger = model.parameters.decide_review, model.parameters.decide_trigger
            for stance in agent.actor.stances:
                expected = 1.0 - (1.0 - review) * (1.0 - trigger * news)
                assert state.review_odds[index.stance[agent.name, stance.name]] == pytest.approx(expected, abs=1e-12)
        state.usual, state.news = usual, [*heard.values(), *[0.0] * (len(state.news) - len(heard))]


def test_the_first_month_has_no_news(arm: Callable[..., Arm], theatre: Theatre) -> None:
    (state,) = states(arm(months=1), seed=1, replicates=np.arange(2), steps=[0])
    review = theatre.parameters["decide.review"].default
    np.testing.assert_allclose(state["review_odds"][:, : len(STANCES)], review, rtol=1e-12)


def test_reviews_and_choices_are_as_frequent_as_their_probability(arm: Callable[..., Arm]) -> None:
    size, run = 20_000, arm(months=1)
    fields = ("reviewed", "review_odds", "chosen", "was", "probability")
    read = read_fields(run, fields, seed=1, replicates=np.arange(size), steps=[0])
    state, index = {name: values[0].T for name, values in read.items()}, plan_of(run).index
    reviewed, likely = state["reviewed"][:, : len(index.stances)], state["review_odds"][0, : len(index.stances)]
    assert (np.abs(reviewed.mean(axis=0) - likely) < 4.5 * np.sqrt(likely * (1 - likely) / size)).all()
    for row, (stance, *_) in enumerate(index.options):
        looked = reviewed[:, index.stance[stance.actor, stance.name]] == 1.0
        chosen, chance = state["chosen"][looked, row], float(state["probability"][0, row])
        assert (state["probability"][:, row] == chance).all()
        assert abs(chosen.mean() - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / looked.sum())
        assert (state["chosen"][~looked, row] == state["was"][~looked, row]).all()


def test_an_option_holds_until_a_review_takes_another(arm: Callable[..., Arm]) -> None:
    run = arm()
    state, index = states(run, seed=1, replicates=np.arange(20), steps=range(64)), plan_of(run).index
    for row, stance in enumerate(index.stances):
        options = [*rows_of(index, stance).values()]
        chosen = state["chosen"][..., options]
        changed = (chosen[1:] != chosen[:-1]).any(axis=-1)
        held = state["held"][..., row]
        assert np.array_equal(state["was"][1:][..., options], chosen[:-1])
        assert np.array_equal(held[1:], np.where(changed, 0.0, held[:-1] + 1.0))
        assert not (changed & (state["reviewed"][1:, :, row] == 0.0)).any()


def test_without_reviews_nothing_ever_changes(arm: Callable[..., Arm]) -> None:
    off = {"decide.review": 0.0, "decide.trigger": 0.0}
    state = states(arm(), seed=1, replicates=np.arange(8), steps=range(64), parameters=off)
    assert not state["reviewed"].any()
    assert (state["chosen"] == state["chosen"][:1]).all()


def test_a_level_is_what_the_option_that_holds_sets(arm: Callable[..., Arm]) -> None:
    run = arm("us_engages_taliban")
    state, index = states(run, seed=1, replicates=np.arange(20), steps=range(64)), plan_of(run).index
    expected = np.zeros((64, 20, index.policies))
    for row, (stance, _, option) in enumerate(index.options):
        for key, level in option.sets.items():
            expected[..., index.lever[stance.actor, *key.split()]] += level * state["chosen"][..., row]
    assert np.array_equal(state["choice"][..., : index.policies], expected)


# Order


def reordered(theatre: Theatre, change: Callable[[tuple[Stance, ...]], tuple[Stance, ...]]) -> Theatre:
    """A theatre whose actors list their stances in another way."""
    actors = tuple(replace(actor, stances=change(actor.stances)) for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} in another order")


def test_the_order_of_options_does_not_change_how_likely_they_are(
    theatre: Theatre, arm: Callable[..., Arm], weighed: Weighed
) -> None:
    """All but the first, which must be there always."""

    def turned(stances: tuple[Stance, ...]) -> tuple[Stance, ...]:
        return tuple(
            stance.model_copy(
                update={"options": dict([*stance.options.items()][:1] + [*stance.options.items()][:0:-1])}
            )
            for stance in stances
        )

    probabilities = []
    for each in (theatre, reordered(theatre, turned)):
        model = InfluenceModel(Arm(each, arm().scenario, 1), rng=1)
        model.state.live[:] = 1.0
        likely = weighed(model).probability
        probabilities.append(
            {(s.label, name): float(likely[row]) for row, (s, name, _) in enumerate(model.index.options)}
        )
    assert list(probabilities[0]) != list(probabilities[1])
    assert probabilities[1] == pytest.approx(probabilities[0], abs=1e-12)


def test_the_order_of_stances_changes_nothing(theatre: Theatre, arm: Callable[..., Arm]) -> None:
    turned = Arm(reordered(theatre, lambda stances: stances[::-1]), arm().scenario, 40)
    records = [simulate(run, seed=1, replicates=np.arange(6)).view(np.int64) for run in (arm(months=40), turned)]
    assert np.array_equal(*records)
    assert plan_of(turned).index.stances != plan_of(arm(months=40)).index.stances
