"""Motives that must vanish exactly, and rules of strength 0 that must leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from influence_sim.analysis.claims.knockouts import without_interests
from influence_sim.model import Arm, InfluenceModel, capability, mediation, simulate, states
from influence_sim.model.plan import plan_of
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.spec import Rule

WIDTH = 24
MOTIVES = [rule.id for rule in load().rules if rule.function]
MECHANISMS = [rule.id for rule in load().rules if not rule.function]

THROUGH = [rule for rule in load().rules if rule.function and rule.through]
NO_DAESH = "conditions:\n  daesh_inflow: {2015-09: 0}\n"
NO_FIGHT = "interventions:\n  - {from: 2015-09, actor: taliban, do: fight, target: daesh, level: 0}\n"


def third_motive(run: Arm, parameters: Mapping[str, float] | None = None) -> dict[str, np.ndarray]:
    """The shared enemy as a motive: actor -> its size in every month, (months, replicates)."""
    state = states(run, seed=1, replicates=np.arange(WIDTH), steps=range(run.months), parameters=parameters)
    terms = plan_of(run).wired.motives.terms
    return {t.actor: state["motive"][..., row] for row, t in enumerate(terms) if t.spec.id == "shared_enemy"}


def at_peace(theatre: Theatre) -> Theatre:
    """The same theatre, but Taliban and Daesh have a truce before the first month."""
    taliban = theatre.actor("taliban")
    stances = tuple(
        stance.model_copy(update={"start": "truce"}) if stance.name == "war_on_daesh" else stance
        for stance in taliban.stances
    )
    actors = tuple(replace(actor, stances=stances) if actor is taliban else actor for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} at peace")


def test_the_third_motive_is_there_in_the_baseline(arm: Callable[..., Arm]) -> None:
    motives = third_motive(arm())
    assert set(motives) >= {"russia", "iran", "pakistan", "us"}
    for name, motive in motives.items():
        assert motive.min() > 0.0, name


def test_without_daesh_the_third_motive_is_exactly_nothing(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    motives = third_motive(Arm(theatre, write(NO_DAESH)), {"daesh.start": 0.0})
    assert motives
    assert not any(motive.any() for motive in motives.values())


def test_without_daesh_there_is_no_daesh(
    theatre: Theatre, write: Callable[..., ResolvedScenario], row: dict[str, int]
) -> None:
    run = Arm(theatre, write(NO_DAESH))
    records = simulate(run, seed=1, replicates=np.arange(WIDTH), parameters={"daesh.start": 0.0})
    for outcome in ("daesh_control", "daesh_strength", "northern_threat"):
        assert not records[:, row[outcome]].any(), outcome


def test_without_fighting_between_taliban_and_daesh_the_third_motive_is_exactly_nothing(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    motives = third_motive(Arm(at_peace(theatre), write(NO_FIGHT)))
    assert motives
    assert not any(motive.any() for motive in motives.values())


def test_a_truce_ends_the_third_motive_at_once(
    theatre: Theatre, write: Callable[..., ResolvedScenario], step: Callable[[str], int]
) -> None:
    run = Arm(theatre, write(NO_FIGHT.replace("2015-09", "2018-01")))
    seen = step("2018-01") + 1  # decisions are made on what was seen before the month
    for motive in third_motive(run).values():
        assert motive[:seen].all()
        assert not motive[seen:].any()


def test_daesh_grows_alike_whomever_it_fights(arm: Callable[..., Arm]) -> None:
    """Recruits come from outside; only who fights it, and how well they are helped, costs it strength."""
    model = InfluenceModel(arm(), rng=1)
    index, s, strength = model.index, model.state, float(model.state.spoiler_strength)
    helped, hunted = index.lever["iran", "support", "taliban"], index.lever["taliban", "fight", "daesh"]
    sizes = []
    for target, help_given, fought in ((0, 0, 1), (1, 0, 1), (0, 1, 1), (0, 0, 0), (0, 1, 0)):
        for row, lever in enumerate(index.levers):
            if lever.actor == "daesh":
                s.x[row] = target
        s.x[helped], s.x[hunted], s.spoiler_strength = help_given, fought, strength
        capability.grow(s, model.parameters, model.wiring)
        sizes.append(float(s.spoiler_strength))
    fights, elsewhere, with_help, at_rest, at_rest_with_help = sizes
    assert fights == elsewhere
    assert with_help < fights < at_rest == at_rest_with_help


def test_who_wants_nothing_does_nothing(theatre: Theatre, arm: Callable[..., Arm]) -> None:
    """Whatever ties, pressure and habit say, no option but the first is ever chosen again."""
    run = Arm(without_interests(theatre), arm().scenario)
    state = states(run, seed=1, replicates=np.arange(WIDTH), steps=[0, run.months - 1])
    others = [
        row for row, (stance, name, _) in enumerate(plan_of(run).index.options) if name != next(iter(stance.options))
    ]
    assert not state["probability"][..., others].any()
    assert state["chosen"][0][:, others].any()  # as the record has it they begin with other options


@pytest.mark.parametrize("rule", THROUGH, ids=lambda rule: rule.id)
def test_a_rule_without_its_interest_is_exactly_nothing(theatre: Theatre, arm: Callable[..., Arm], rule: Rule) -> None:
    """Among actors who do not care for what it works through, its strength changes no bit."""
    actors = tuple(
        replace(actor, interests=tuple(wish for wish in actor.interests if wish.outcome not in rule.through))
        for actor in theatre.actors
    )
    careless = Arm(
        replace(theatre, actors=actors, digest=f"{theatre.digest} without {rule.through}"), arm().scenario, 40
    )
    on, off = (
        simulate(careless, seed=1, replicates=np.arange(8), parameters={str(rule.strength): strength})
        for strength in (1.0, 0.0)
    )
    assert np.array_equal(on.view(np.int64), off.view(np.int64))


def test_who_wants_nothing_is_moved_by_nothing_but_ties_and_costs(arm: Callable[..., Arm]) -> None:
    """With an actor's interests switched off its gaps, and every rule that works through them, are exactly 0."""
    run = arm(months=40)
    off = {str(actor.weight): 0.0 for actor in run.theatre.actors}
    state = states(run, seed=1, replicates=np.arange(8), steps=range(40), parameters=off)
    terms = plan_of(run).wired.motives.terms
    assert not state["gap"].any()
    assert not state["stake"].any()
    for row, term in enumerate(terms):
        assert not (term.drives and state["motive"][..., row].any()), term
    beside = {"decide.alliance_weight": 0.5, "salience.vital": 0.6, "effect.strong": 0.3, **off}
    same = states(run, seed=1, replicates=np.arange(8), steps=range(40), parameters=beside)
    assert np.array_equal(state["worth"].view(np.int64), same["worth"].view(np.int64))


def test_switching_off_one_actor_s_interests_leaves_the_others_their_own(
    arm: Callable[..., Arm], worths_of: Callable[[InfluenceModel], dict[str, float]]
) -> None:
    on, off = (worths_of(InfluenceModel(arm(), rng=1, parameters={"interests.us": end})) for end in (1.0, 0.0))
    assert {name.split(".")[0] for name, value in on.items() if value != off[name]} == {"us"}


def test_troops_and_aid_answer_only_after_the_record_and_only_by_their_numbers(
    arm: Callable[..., Arm], step: Callable[[str], int]
) -> None:
    last, names = step("2018-01"), {"answers.troops": 0.6, "answers.aid": -0.3}
    worse = {"authority.cohesion_start": 0.7, "authority.split": 0.35}  # so that there is something to answer to
    still, moved = (
        states(arm(), seed=1, replicates=np.arange(8), steps=[last, last + 1, 60], parameters=worse | values)
        for values in (dict.fromkeys(names, 0.0), names)
    )
    for field in ("foreign_troops", "aid"):
        assert (still[field] == still[field][:, :1]).all()
        assert np.array_equal(still[field][0], moved[field][0])
        assert (still[field][2] != moved[field][2]).all()


@pytest.mark.parametrize("motive", MOTIVES)
def test_a_motive_of_strength_0_is_no_motive(theatre: Theatre, arm: Callable[..., Arm], motive: str) -> None:
    rules = tuple(rule for rule in theatre.rules if rule.id != motive)
    lacking = Arm(replace(theatre, rules=rules), arm().scenario, 40)
    without = simulate(lacking, seed=1, replicates=np.arange(WIDTH))
    off = simulate(arm(months=40), seed=1, replicates=np.arange(WIDTH), parameters={f"{motive}.strength": 0.0})
    assert np.array_equal(off.view(np.int64), without.view(np.int64))


@pytest.mark.parametrize("rule", [*MOTIVES, *MECHANISMS])
def test_a_rule_of_some_strength_is_felt(arm: Callable[..., Arm], rule: str) -> None:
    records = [
        simulate(arm(months=40), seed=1, replicates=np.arange(WIDTH), parameters={f"{rule}.strength": strength})
        for strength in (0.0, 1.0)
    ]
    assert not np.array_equal(*records)


def test_a_strength_of_0_in_some_replicates_is_0_there_and_nowhere_else(arm: Callable[..., Arm]) -> None:
    for motive in MOTIVES:
        name = f"{motive}.strength"
        mixed = simulate(arm(months=24), seed=1, replicates=[3, 3], parameters={name: np.array([0.0, 1.0])})
        for column, strength in enumerate((0.0, 1.0)):
            alone = simulate(arm(months=24), seed=1, replicates=[3], parameters={name: strength})
            assert np.array_equal(mixed[:, :, [column]], alone), motive


def test_a_rule_whose_function_nobody_wrote_is_refused(theatre: Theatre, arm: Callable[..., Arm]) -> None:
    rules = tuple(rule.model_copy(update={"function": "lul"}) if rule.id == "lull" else rule for rule in theatre.rules)
    with pytest.raises(ValueError, match=r"'lul': no function for the rule lull"):
        InfluenceModel(Arm(replace(theatre, rules=rules), arm().scenario, 2))


def nudged(arm: Callable[..., Arm], strength: float, mediator: str) -> tuple[np.ndarray, np.ndarray]:
    """What acceptance of both mediators tends to, and what after the belligerents warmed to one; (2, R) each."""
    values = {"rivalry.strength": strength}
    start = InfluenceModel(arm(), rng=1, parameters=values)
    (batch,) = states(arm(), seed=1, replicates=np.arange(WIDTH), steps=[19], parameters=values)
    seen = []
    for warmth in (0.0, 0.2):
        for side in ("kabul", "taliban"):
            batch["tie"][:, start.index.tie[side, mediator]] += warmth
        for state in batch:
            mediation.mediate(state, start.parameters, start.wiring, 1.0)
        seen.append(batch["acceptance"].T.copy())
    return seen[0], seen[1]


@pytest.mark.parametrize(("mediator", "place", "other"), [("russia", 0, 1), ("us", 1, 0)])
def test_without_rivalry_acceptance_of_one_does_not_hang_on_the_other(
    arm: Callable[..., Arm], mediator: str, place: int, other: int
) -> None:
    before, after = nudged(arm, 0.0, mediator)
    assert (after[place] > before[place]).all()
    assert np.array_equal(after[other], before[other])


@pytest.mark.parametrize(("mediator", "place", "other"), [("russia", 0, 1), ("us", 1, 0)])
def test_with_rivalry_it_does(arm: Callable[..., Arm], mediator: str, place: int, other: int) -> None:
    before, after = nudged(arm, 1.0, mediator)
    assert (after[place] > before[place]).all()
    assert (after[other] < before[other]).all()


def test_rivalry_takes_no_more_than_there_is(arm: Callable[..., Arm]) -> None:
    full, more = (
        simulate(arm(months=30), seed=1, replicates=np.arange(WIDTH), parameters={"rivalry.strength": strength})
        for strength in (1.0, 3.0)
    )
    assert np.array_equal(full.view(np.int64), more.view(np.int64))
