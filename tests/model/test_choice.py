"""What a lever is worth: interests and what is expected of it, alliance rules, cost and aversion, written out by hand.

What actors then choose is in test_stances.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from influence_sim.model import Arm, InfluenceModel, states
from influence_sim.model.lanes import poke
from influence_sim.model.own_rules import rules_of
from influence_sim.model.plan import plan_of
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.spec import Actor, Interest, Lever, Ref, Rule

THEATRE = load()
SPECS = THEATRE.parameters
RULES = [rule for rule in THEATRE.rules if rule.function]
NO_RULES = {str(rule.strength): 0.0 for rule in RULES}
AVERSE = {("engage_publicly", "taliban"), ("engage_covertly", "taliban"), ("attend", "moscow_format")}
"""The levers on which relations with the Taliban are felt."""
COSTS = sorted(name for name in SPECS if name.startswith("cost."))
AVERSIONS = [actor for actor in THEATRE.actors if isinstance(actor.aversion, str)]
MONTHS = (0, 19, 40)
"""Before the first month, before the Moscow meeting of 2017-04, and in free play."""

Worths = Callable[[InfluenceModel], dict[str, float]]
After = Callable[..., InfluenceModel]


def sampled(seed: int) -> dict[str, float]:
    """Every parameter somewhere in its prior range; by default, without a seed."""
    rng = np.random.default_rng(seed)
    shares = rng.uniform(size=len(SPECS))
    return {
        spec.name: float(spec.low + share * (spec.high - spec.low)) if seed and not spec.choices else spec.default
        for spec, share in zip(SPECS.values(), shares, strict=True)
    }


def number(ref: Ref, values: Mapping[str, float]) -> float:
    """What a number of the theatre is."""
    return values[ref] if isinstance(ref, str) else ref


def cost_of(lever: Lever) -> str:
    """The name of what a lever costs: the most exact that there is, or none."""
    exact = (f"cost.{lever.do}.{lever.actor}", f"cost.{lever.do}.{lever.target}", f"cost.{lever.do}")
    return next((name for name in exact if name in SPECS), "")


def gap_of(model: InfluenceModel, actor: Actor, interest: Interest, values: Mapping[str, float]) -> float:
    """How far an outcome is from where an actor wants it, by what is at stake."""
    return stake_of(model, actor, interest, values) * (interest.ideal - model[interest.outcome])


def stake_of(model: InfluenceModel, actor: Actor, interest: Interest, values: Mapping[str, float]) -> float:
    """What an actor has at stake in an outcome."""
    moderates = float(model.state.moderates)
    share = {"moderate": moderates, "hardline": 1.0 - moderates}.get(interest.faction, 1.0)
    return share * number(actor.weight, values) * number(interest.salience, values)


def plain_worth(model: InfluenceModel, actor: Actor, lever: Lever, values: Mapping[str, float]) -> float:
    """What a lever is worth by interests, cost and aversion alone."""
    territory = model["kabul_territory"]
    value = -values.get(cost_of(lever), 0.0)
    for interest in actor.interests:
        for effect in THEATRE.effects:
            if lever.fits(effect):
                sign = (interest.outcome in effect.raises) - (interest.outcome in effect.lowers)
                slope = {"": 1.0, "at_stake": 4.0 * territory * (1.0 - territory)}[effect.slope]
                value += sign * number(effect.size, values) * gap_of(model, actor, interest, values) * slope
    if (lever.do, lever.target) in AVERSE:
        part = values["decide.covert_aversion"] if lever.do == "engage_covertly" else 1.0
        value -= part * number(actor.aversion, values)
    return value


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("month", MONTHS)
def test_without_rules_a_lever_is_worth_what_its_actor_expects_of_it(
    after: After, otherwise: Callable[..., InfluenceModel], worths_of: Worths, month: int, seed: int
) -> None:
    values = sampled(seed) | NO_RULES
    model = otherwise(after(month, replicate=seed), values)
    worths = worths_of(model)
    assert len(worths) == len(model.index.levers)
    for actor in THEATRE.actors:
        for lever in actor.levers:
            expected = plain_worth(model, actor, lever, values)
            assert worths[lever.name] == pytest.approx(expected, rel=1e-9, abs=1e-12), lever.name


def rule_worth(
    model: InfluenceModel, rule: Rule, actor: Actor, lever: Lever, values: Mapping[str, float]
) -> float | None:
    """What a rule adds to a lever's worth by hand: its term, times what the actor wants of it; None if nothing can."""
    sign = sum(-1 if pattern.against else 1 for pattern in rule.applies if lever.fits(pattern))
    function, index = rules_of()[str(rule.function)], model.index
    by_actor = any(key in index.actor for key in rule.with_)
    if not sign or (function.arguments and by_actor and actor.name not in rule.with_):
        return None
    names = [rule.with_.get(key, rule.with_.get(actor.name, "")) for key in function.arguments]
    host = {forum.name: forum.convenor for forum in index.forums}
    other = index.actor[host.get(lever.target, lever.target)]
    actors = [index.actor[name] for name in names]
    term = function.function(model.state, model.parameters, model.wiring, index.actor[actor.name], other, *actors)
    wanted = [interest for interest in actor.interests if interest.outcome in rule.through]
    gap = sum(gap_of(model, actor, interest, values) for interest in wanted)
    drive = {
        "less": max(-gap, 0.0),
        "more": max(gap, 0.0),
        "held": sum(stake_of(model, actor, interest, values) for interest in wanted),
    }[rule.wants]
    beside = 1.0 if rule.id == "precedent" else values["decide.beside"]
    scale = values["decide.alliance_weight"] * drive if rule.through else beside
    return sign * number(rule.strength, values) * scale * float(term)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_worth_its_term_times_what_the_actor_wants_of_it(
    after: After, otherwise: Callable[..., InfluenceModel], worths_of: Worths, rule: Rule
) -> None:
    felt = 0
    for seed, month in enumerate((*MONTHS, 40)):
        values = sampled(seed) | NO_RULES
        start = after(month, "opium_ban" if seed == len(MONTHS) else "baseline", replicate=3)
        model = otherwise(start, values | {str(rule.strength): 0.7})
        without, worths = worths_of(otherwise(model, values)), worths_of(model)
        for actor in THEATRE.actors:
            for lever in actor.levers:
                added = rule_worth(model, rule, actor, lever, values | {str(rule.strength): 0.7}) or 0.0
                assert worths[lever.name] - without[lever.name] == pytest.approx(added, rel=1e-9, abs=1e-12), lever.name
                felt += added != 0.0
    assert felt > 0


def moved(models: list[InfluenceModel], worths_of: Worths) -> dict[str, float]:
    """Levers whose worth differs between two models, and by how much."""
    low, high = map(worths_of, models)
    return {name: high[name] - low[name] for name in low if high[name] != low[name]}


@pytest.mark.parametrize("cost", COSTS)
def test_a_cost_is_paid_by_the_levers_that_name_it_and_no_others(
    after: After, otherwise: Callable[..., InfluenceModel], worths_of: Worths, cost: str
) -> None:
    spec, start = SPECS[cost], after(0)
    ends = [otherwise(start, {cost: end, "precedent.strength": 0.0}) for end in (spec.low, spec.high)]
    changes = moved(ends, worths_of)
    assert set(changes) == {lever.name for lever in THEATRE.levers if cost_of(lever) == cost}
    assert changes
    np.testing.assert_allclose(list(changes.values()), spec.low - spec.high)


@pytest.mark.parametrize("actor", AVERSIONS, ids=lambda actor: actor.name)
def test_aversion_is_felt_on_relations_with_the_taliban_and_nowhere_else(
    after: After, otherwise: Callable[..., InfluenceModel], worths_of: Worths, actor: Actor
) -> None:
    spec, start = SPECS[str(actor.aversion)], after(0)
    ends = [otherwise(start, {spec.name: end, "precedent.strength": 0.0}) for end in (spec.low, spec.high)]
    changes = moved(ends, worths_of)
    assert set(changes) == {lever.name for lever in actor.levers if (lever.do, lever.target) in AVERSE}
    assert max(changes.values()) < 0.0
    covert = changes.get(f"{actor.name}.engage_covertly.taliban", 0.0)
    assert covert > changes[f"{actor.name}.engage_publicly.taliban"]


def test_someone_is_averse() -> None:
    assert "us" in {actor.name for actor in AVERSIONS}


def test_precedent_speaks_for_dealing_in_the_open_with_everyone(
    after: After, otherwise: Callable[..., InfluenceModel], worths_of: Worths
) -> None:
    changes = moved([otherwise(after(0), {"precedent.strength": end}) for end in (0.0, 1.0)], worths_of)
    assert set(changes) == {lever.name for lever in THEATRE.levers if lever.do == "engage_publicly"}
    assert min(changes.values()) > 0.0


@pytest.mark.parametrize("name", [actor.name for actor in THEATRE.actors])
def test_a_goal_already_met_moves_nobody(
    theatre: Theatre, arm: Callable[..., Arm], worths_of: Worths, name: str
) -> None:
    """With all goals met, an actor without interests weighs its levers alike."""
    worths, actor = [], theatre.actor(name)
    without = tuple(replace(each, interests=()) if each is actor else each for each in theatre.actors)
    for each in (theatre, replace(theatre, actors=without, digest=f"{theatre.digest} {name} without interests")):
        model = InfluenceModel(Arm(each, arm().scenario, 1), rng=1, parameters=NO_RULES)
        for interest in actor.interests:
            if interest.faction != "hardline":  # of two factions one is met at a time
                poke(model.state, model.wiring.outcome[model.index.outcomes[interest.outcome]], interest.ideal)
        model.state.moderates = 1.0
        worths.append({key: value for key, value in worths_of(model).items() if key.startswith(f"{name}.")})
    assert worths[0] == worths[1]


def test_an_invitation_is_answered_by_what_the_seat_is_worth(after: After, weighed: Callable[..., Any]) -> None:
    model = after(19)
    state, rationality = weighed(model), float(model.parameters.decide_rationality)
    seats = slice(model.index.policies, len(model.index.levers))
    expected = 1.0 / (1.0 + np.exp(-rationality * state.worth[seats]))
    assert len(expected) > 10
    np.testing.assert_allclose(state.chance[seats], expected, rtol=1e-12)


def test_without_rationality_every_invitation_is_a_toss_up(
    after: After, otherwise: Callable[..., InfluenceModel], weighed: Callable[..., Any]
) -> None:
    model = otherwise(after(19), {"decide.rationality": 0.0})
    assert (weighed(model).chance[model.index.policies : len(model.index.levers)] == 0.5).all()


def test_states_come_to_a_meeting_as_often_as_their_probability(arm: Callable[..., Arm]) -> None:
    """Five states decide for themselves in Central Asia; their share is a mean of five."""
    index = plan_of(arm(months=20)).index
    seat = index.lever["central_asia", "attend", "moscow_format"]
    (state,) = states(arm(months=20), seed=1, replicates=np.arange(4_000), steps=[19])  # the meeting of 2017-04
    chance, came = state["chance"][:, seat], state["x"][:, seat]
    assert set(np.unique(came * 5).round(9)) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert abs(came.mean() - chance.mean()) < 4.5 * 0.5 / np.sqrt(4_000 * 5)
    assert 0.0 < came.mean() < 1.0


@pytest.mark.parametrize("cost", COSTS)
def test_on_the_same_draw_a_likelier_option_is_never_given_up(arm: Callable[..., Arm], cost: str) -> None:
    """Of two options the dearer is taken whenever it is taken at a higher price."""
    spec, index = SPECS[cost], plan_of(arm(months=1)).index
    dear, cheap = (
        states(arm(months=1), seed=1, replicates=np.arange(150), steps=[0], parameters={cost: end})[0]
        for end in (spec.high, spec.low)
    )
    pairs = [stance for stance in index.stances if len(stance.options) == 2]
    rows = [index.lever[stance.actor, *lever] for stance in pairs for lever in stance.levers]
    assert (cheap["chance"][:, rows] >= dear["chance"][:, rows]).all()
    assert (cheap["choice"][:, rows] >= dear["choice"][:, rows]).all()
