"""Two arms that run beside each other are, to the last bit, what each is alone, wherever they part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from influence_sim.base.errors import InputError
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm, Held, can_run_beside, simulate_points
from influence_sim.model.plan import pair_of, parting_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.schema import Change
from influence_sim.scenario.shipped import ROOT, shipped_scenarios
from influence_sim.theatre import Theatre

BRANCH = 28
PATH = "authority.erosion"
POINTS: Mapping[str, Floats] = {PATH: np.array([0.0, 0.01, 0.02])}
OWN = np.arange(15).reshape(3, 5)


def arm_of(theatre: Theatre, name: str, **changes: Any) -> Arm:
    scenario = load_scenario(name, theatre.vocabulary)
    parameters = changes.pop("parameters", {})
    return Arm(theatre, replace(scenario, **changes), parameters=parameters)


def assert_as_alone(first: Arm, other: Arm) -> None:
    for points, replicates in (({}, np.arange(12)), (POINTS, np.arange(5)), (POINTS, OWN)):
        steps = [0, BRANCH - 1, BRANCH, first.months - 1]
        options: dict[str, Any] = {"seed": 3, "replicates": replicates, "steps": steps}
        outcomes = simulate_points(first, points, **options, beside=other)
        for place, arm in enumerate((first, other)):
            np.testing.assert_array_equal(outcomes[:, place], simulate_points(arm, points, **options))


@pytest.mark.parametrize("name", [name for name in shipped_scenarios() if name != ROOT])
def test_a_scenario_and_its_baseline_are_as_alone(theatre: Theatre, name: str) -> None:
    first, other = arm_of(theatre, name), arm_of(theatre, ROOT)
    assert can_run_beside(first, other)
    assert_as_alone(first, other)


def test_two_scenarios_part_where_their_own_numbers_differ(theatre: Theatre) -> None:
    """Their months look levels up at the same place, where each has its own."""
    scenario = arm_of(theatre, "us_engages_taliban")
    first, *others = scenario.scenario.interventions
    half = arm_of(theatre, scenario.scenario.name, interventions=(first.model_copy(update={"level": 0.5}), *others))
    assert parting_of(*pair_of(scenario, half)) == 0
    assert_as_alone(scenario, half)


def test_an_undated_parameter_parts_arms_at_once(theatre: Theatre) -> None:
    first, other = arm_of(theatre, ROOT, parameters={"precedent.strength": 0.0}), arm_of(theatre, ROOT)
    assert parting_of(*pair_of(first, other)) == 0
    assert_as_alone(first, other)


def test_a_dated_parameter_parts_them_at_its_date(theatre: Theatre) -> None:
    at = theatre.start
    first = Change.model_construct(start=theatre.start + BRANCH, until=at + 40, values={"precedent.strength": 0.0})
    later = Change.model_construct(start=theatre.start + BRANCH + 6, until=None, values={"precedent.strength": 0.0})
    early, other, third = (arm_of(theatre, ROOT, changes=changes) for changes in ((first,), (), (first, later)))
    assert parting_of(*pair_of(early, other)) == BRANCH
    assert parting_of(*pair_of(early, third)) > BRANCH
    assert_as_alone(early, other)
    assert_as_alone(third, early)


def test_an_arm_beside_itself_never_parts(theatre: Theatre) -> None:
    arm, twin = arm_of(theatre, ROOT), arm_of(theatre, ROOT)
    assert parting_of(*pair_of(arm, twin)) == arm.months
    assert_as_alone(arm, twin)


def test_an_arm_that_is_held_runs_alone(theatre: Theatre) -> None:
    first, other = arm_of(theatre, "us_engages_taliban"), arm_of(theatre, ROOT)
    assert not can_run_beside(Held(first, other), other)


def test_a_name_that_one_of_them_does_not_know_is_refused(theatre: Theatre) -> None:
    first, other = arm_of(theatre, "us_engages_taliban"), arm_of(theatre, ROOT)
    with pytest.raises(InputError, match="not a parameter"):
        simulate_points(first, {"nobody.knows": np.zeros(1)}, seed=1, replicates=[0], beside=other)
