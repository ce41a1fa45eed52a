"""Motives that must vanish exactly, and rules of strength 0 that must leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from influence_sim.model import Arm, InfluenceModel, mediation, simulate, states
from influence_sim.model.rules import shared_enemy
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre, load

WIDTH = 24
MOTIVES = [rule.id for rule in load().rules if rule.function]
MECHANISMS = [rule.id for rule in load().rules if not rule.function]

NO_DAESH = "conditions:\n  daesh_inflow: {2015-09: 0}\n"
NO_FIGHT = "interventions:\n  - {from: 2015-09, actor: taliban, do: fight, target: daesh, level: 0}\n"


def third_motive(run: Arm, parameters: Mapping[str, float] | None = None) -> np.ndarray:
    """The shared-enemy term of every actor in every month, (months, actors, replicates)."""
    start = InfluenceModel(run, rng=1, parameters=parameters)
    steps = range(run.months - 1)
    found = states(run, seed=1, replicates=np.arange(WIDTH), steps=steps, parameters=parameters)
    before = [[start.state] * WIDTH, *found]  # decisions are made on what was seen before the month
    index, w = start.index, start.wiring
    other, enemy = index.actor["taliban"], index.actor["daesh"]
    threat = w.outcome[index.outcomes["northern_threat"]]
    rows = range(len(index.actors))
    return np.array(
        [
            [[shared_enemy(s, start.parameters, w, me, other, enemy, threat) for s in row] for me in rows]
            for row in before
        ]
    )


def test_the_third_motive_is_there_in_the_baseline(arm: Callable[..., Arm]) -> None:
    terms = third_motive(arm())
    names = [actor.name for actor in arm().theatre.actors]
    for name in ("russia", "iran", "pakistan", "us"):
        assert terms[:, names.index(name)].min() > 0.0, name


def test_without_daesh_the_third_motive_is_exactly_nothing(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    run = Arm(theatre, write(NO_DAESH))
    assert not third_motive(run, {"daesh.start": 0.0}).any()


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
    run = Arm(theatre, write(NO_FIGHT))
    assert not third_motive(run, {"start.taliban.fight.daesh": 0.0}).any()


def test_a_truce_ends_the_third_motive_at_once(
    theatre: Theatre, write: Callable[..., ResolvedScenario], step: Callable[[str], int]
) -> None:
    run = Arm(theatre, write(NO_FIGHT.replace("2015-09", "2018-01")))
    terms = third_motive(run)
    seen = step("2018-01") + 1  # decisions are made on what was seen before the month
    assert terms[:seen].any(axis=(1, 2)).all()
    assert not terms[seen:].any()


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
    """Acceptance of both mediators as it is, and after the belligerents warmed to one of them; (2, R) each."""
    values = {"rivalry.strength": strength}
    start = InfluenceModel(arm(), rng=1, parameters=values)
    (found,) = states(arm(), seed=1, replicates=np.arange(WIDTH), steps=[19], parameters=values)
    before = found["acceptance"].T.copy()
    for side in ("kabul", "taliban"):
        found["tie"][:, start.index.tie[side, mediator]] += 0.2
    for state in found:
        mediation.mediate(state, start.parameters, start.wiring)
    return before, found["acceptance"].T


@pytest.mark.parametrize(("mediator", "own", "other"), [("russia", 0, 1), ("us", 1, 0)])
def test_without_rivalry_acceptance_of_one_does_not_hang_on_the_other(
    arm: Callable[..., Arm], mediator: str, own: int, other: int
) -> None:
    before, after = nudged(arm, 0.0, mediator)
    assert (after[own] > before[own]).all()
    assert np.array_equal(after[other], before[other])


@pytest.mark.parametrize(("mediator", "own", "other"), [("russia", 0, 1), ("us", 1, 0)])
def test_with_rivalry_it_does(arm: Callable[..., Arm], mediator: str, own: int, other: int) -> None:
    before, after = nudged(arm, 1.0, mediator)
    assert (after[own] > before[own]).all()
    assert (after[other] < before[other]).all()


@pytest.mark.parametrize("off", ["rivalry.strength", "mediation.rivalry"])
def test_rivalry_is_off_by_either_number(arm: Callable[..., Arm], off: str) -> None:
    both = {"rivalry.strength": 0.0, "mediation.rivalry": 0.0}
    one = simulate(arm(months=30), seed=1, replicates=np.arange(WIDTH), parameters={off: 0.0})
    assert np.array_equal(one, simulate(arm(months=30), seed=1, replicates=np.arange(WIDTH), parameters=both))


def test_balance_is_off_by_default_and_by_either_number(arm: Callable[..., Arm]) -> None:
    plain = simulate(arm(months=30), seed=1, replicates=np.arange(WIDTH))
    for strength, rate in ((0.0, 0.05), (1.0, 0.0)):
        off = {"balance.strength": strength, "ties.balance": rate}
        records = simulate(arm(months=30), seed=1, replicates=np.arange(WIDTH), parameters=off)
        assert np.array_equal(records, plain)


def test_balance_brings_ties_nearer_to_balance(arm: Callable[..., Arm]) -> None:
    gaps = []
    for strength in (0.0, 1.0):
        values = {"balance.strength": strength, "ties.balance": 0.05}
        (found,) = states(arm(), seed=1, replicates=np.arange(WIDTH), steps=[63], parameters=values)
        gaps.append(_gap(found, arm()))
    assert gaps[1] < 0.9 * gaps[0]


def _gap(found: Any, run: Arm) -> float:
    """Mean distance of ties from what the friends and enemies of the two make of them."""
    model = InfluenceModel(run, rng=1)
    ties, diplomatic = model.index.tie, model.parameters.diplomatic
    tie = {dyad: found["tie"][:, k] for k, dyad in enumerate(ties)}
    weight = {name: float(diplomatic[row]) for name, row in model.index.actor.items()}
    gaps = []
    for one, other in ties:
        between = [k for k in weight if (one, k) in tie and (k, other) in tie]
        paths = sum(weight[k] * tie[one, k] * tie[k, other] for k in between)
        total = sum(weight[k] for k in between)
        gaps.append(np.abs(paths / total - tie[one, other]).mean() if between else 0.0)
    return float(np.mean(gaps))
