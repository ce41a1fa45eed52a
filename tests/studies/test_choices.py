"""A parameter with choices takes its choices and nothing else, wherever a value can be given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import influence_sim as sim
from influence_sim.base.errors import InputError
from influence_sim.model import Arm
from influence_sim.model.ensemble import simulate
from influence_sim.runs.request import plan_run
from influence_sim.runs.sweeps.plan import plan_sweep
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

NAME, SCENARIO = "authority.mean", "us_engages_taliban"
RULE = r"authority\.mean must be one of 0, 1, 2"
WAY = r"write \{choice: \[0, 1, 2\]\}, or --vary 'authority\.mean=\{0,1,2\}'"
PLACES = ["set", "parameters", "changes", "study parameters", "choice", "csv", "model", "many runs"]


def _scenario(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(f"schema_version: 1\nname: mine\n{text}\n")
    return path


def _set(value: float, place: str, folder: Path) -> object:
    """Gives the parameter a value in one of the places where that can be done."""
    csv, dated = (
        folder / "points.csv",
        "interventions: [{from: 2018-01, actor: us, do: engage_publicly, target: taliban}]",
    )
    csv.write_text(f"{NAME}\n0\n{value}\n")
    ways: dict[str, Callable[[], object]] = {
        "set": lambda: plan_run(SCENARIO, set={NAME: value}),
        "parameters": lambda: plan_run(_scenario(folder, f"{dated}\nparameters: {{{NAME}: {value}}}")),
        "changes": lambda: plan_run(_scenario(folder, f"changes: [{{from: 2018-01, set: {{{NAME}: {value}}}}}]")),
        "study parameters": lambda: plan_sweep(SCENARIO, vary={"tie.strength": (0, 1)}, set={NAME: value}),
        "choice": lambda: plan_sweep(SCENARIO, vary={NAME: {"choice": [0, value]}}),
        "csv": lambda: plan_sweep(SCENARIO, design={"method": "csv", "file": str(csv)}),
        "model": lambda: sim.InfluenceModel(SCENARIO, rng=1, months=2, parameters={NAME: value}),
        "many runs": lambda: simulate(
            Arm(load(), load_scenario("baseline", load().vocabulary), 2),
            seed=1,
            replicates=[0, 1, 2],
            parameters={NAME: np.array([0.0, value, 2.0])},
        ),
    }
    return ways[place]()


@pytest.mark.parametrize("place", PLACES)
def test_what_lies_between_choices_is_refused(place: str, tmp_path: Path) -> None:
    _set(1, place, tmp_path)
    with pytest.raises(InputError, match=RULE):
        _set(0.5, place, tmp_path)


@pytest.mark.parametrize("bounds", [(0, 2), {"low": 0, "high": 2}, {"low": 0, "high": 2, "scale": "triangular"}])
def test_a_range_of_it_is_refused_with_the_way_to_write_it(bounds: object) -> None:
    with pytest.raises(InputError, match=f"{RULE}.*{WAY}"):
        plan_sweep(SCENARIO, vary={NAME: bounds})
    plan_sweep(SCENARIO, vary={NAME: {"choice": [0, 1, 2]}})


@pytest.mark.parametrize(
    "more", [{"vary": "priors"}, {"vary": {"tie.strength": (0, 1)}, "groups": {"how": ["authority.*"]}}]
)
def test_what_priors_and_patterns_mean_takes_its_choices(more: dict[str, object]) -> None:
    request = plan_sweep(SCENARIO, samples=64, **more)
    column = [factor.path for factor in request.factors].index(NAME)
    assert set(request.design[:, column]) == {0, 1, 2}


def test_the_schema_that_editors_use_says_so() -> None:
    from influence_sim.scenario.json_schema import scenario_json_schema

    text = str(scenario_json_schema(load().vocabulary))
    assert "'enum': [0.0, 1.0, 2.0]" in text
