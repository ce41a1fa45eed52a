"""The model against an independent re-implementation, written from docs/odd.md alone."""

from __future__ import annotations

import ast

import pytest
from comparison import HERE, OWN, SCENARIOS, first_difference, record_of, sample

SETS = 20


def assert_agreement(scenario: str, seed: int, parameters: dict[str, float]) -> None:
    """Oracle and model tell the same of every outcome in every month."""
    assert first_difference(scenario, seed, parameters, record_of(scenario, seed, parameters)) == ""


@pytest.mark.parametrize("number", range(SETS))
def test_oracle_and_model_agree_for_sampled_parameters_and_all_scenarios(number):
    for scenario in SCENARIOS[number::SETS]:
        assert_agreement(scenario, number, sample(number))


@pytest.mark.parametrize("scenario", OWN)
def test_oracle_and_model_agree_at_the_defaults(scenario):
    assert_agreement(scenario, 1, {})


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_oracle_and_model_agree_at_the_defaults_and_for_more_parameters(scenario):
    for number in (SETS, SETS + 1):
        assert_agreement(scenario, number, sample(number))
    assert_agreement(scenario, 2, {})


def test_oracle_and_model_agree_about_levels_that_a_sweep_varies():
    levels = {"interventions.us.engage_publicly.taliban": 0.3, "interventions.us.attend.moscow_format": 0.6}
    assert_agreement("us_engages_taliban", 1, levels)
    assert_agreement("daesh_recruits", 1, {"conditions.daesh_inflow": 0.1, "conditions.moderate_current": 0.02})


def test_oracle_imports_nothing_of_the_package():
    # import-linter cannot watch a folder outside the package, so the test reads the imports itself
    for path in HERE.glob("oracle*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"influence_sim", "numpy", "importlib"}]
