"""The model against an independent re-implementation, written from docs/odd.md alone."""

from __future__ import annotations

import ast

import pytest
from comparison import DATA, HERE, OWN, SCENARIOS, THEATRE, arm_of, first_difference, record_of, sample

from influence_sim.model.plan import plan_of
from influence_sim.model.records import Sizes
from influence_sim.theatre import load

SETS = 20


def assert_agreement(
    scenario: str, seed: int, parameters: dict[str, float], request: pytest.FixtureRequest | None = None
) -> None:
    """Oracle and model tell the same of every outcome in every month.

    Given a test's `request`, a model whose records must be wider than most is Python, made of which machine code gives
    the same (tests/model/test_compiled.py): compiling it takes as long as compiling all others. With `-m slow` it is.
    """
    if request is not None and plan_of(arm_of(scenario, DATA)).wired.sizes != Sizes():
        request.getfixturevalue("plain")
    assert first_difference(scenario, seed, parameters, record_of(scenario, seed, parameters)) == ""


@pytest.mark.parametrize("number", range(SETS))
def test_oracle_and_model_agree_for_sampled_parameters_and_all_scenarios(number, request):
    for scenario in SCENARIOS[number::SETS]:
        assert_agreement(scenario, number, sample(number), request)


@pytest.mark.parametrize("scenario", OWN)
def test_oracle_and_model_agree_at_the_defaults(scenario, request):
    assert_agreement(scenario, 1, {}, request)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(SCENARIOS)), ids=SCENARIOS.__getitem__)
def test_oracle_and_model_agree_at_the_defaults_and_for_more_parameters(place):
    """In odd sets switches are drawn, too: each scenario has one of either kind, here and in the first test."""
    number = SETS + 1 - place % 2
    assert_agreement(SCENARIOS[place], number, sample(number))
    assert_agreement(SCENARIOS[place], 2, {})


def test_oracle_and_model_agree_about_levels_that_a_sweep_varies():
    levels = {"interventions.us.engage_publicly.taliban": 0.3, "interventions.us.attend.moscow_format": 0.6}
    assert_agreement("us_engages_taliban", 1, levels)
    assert_agreement("daesh_recruits", 1, {"conditions.daesh_inflow": 0.1, "conditions.moderate_current": 0.02})


def test_parameters_are_sampled_over_all_prior_ranges_and_every_switch_is_one():
    parameters = load().parameters.values()
    ranges = {number.name: (number.low, number.high) for number in parameters if number.low < number.high}
    assert ranges == THEATRE.ranges
    assert sorted(THEATRE.switches) == sorted(number.name for number in parameters if number.low == number.high)


def test_oracle_imports_nothing_of_the_package():
    # import-linter cannot watch a folder outside the package, so the test reads the imports itself
    for path in HERE.glob("oracle*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"influence_sim", "numpy", "importlib"}]
