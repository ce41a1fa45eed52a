"""What a run may set of a scenario's own numbers: the levels of its interventions, the values of its conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from influence_sim.base.errors import InputError
from influence_sim.model import Arm, simulate

LEVEL = "interventions.us.engage_publicly.taliban"
PRESSURE = "conditions.pressure_for_talks"
MONTHS, REPLICATES = 40, np.arange(3)


def run(arm: Arm, values: dict[str, float | np.ndarray]) -> np.ndarray:
    """Three replicates."""
    return simulate(arm, seed=1, replicates=REPLICATES, parameters=values)


def test_a_level_is_what_the_scenario_would_say(arm: Callable[..., Arm]) -> None:
    whole = arm("us_engages_taliban", MONTHS)
    lowered = tuple(
        i.model_copy(update={"level": 0.3}) if i.do == "engage_publicly" else i for i in whole.scenario.interventions
    )
    written = replace(whole, scenario=replace(whole.scenario, interventions=lowered))
    assert np.array_equal(run(whole, {LEVEL: 0.3}), run(written, {}))
    assert not np.array_equal(run(whole, {LEVEL: 0.3}), run(whole, {}))


def test_a_condition_is_what_the_scenario_would_say(arm: Callable[..., Arm]) -> None:
    whole = arm("pressure_for_talks", MONTHS)
    series = dict.fromkeys(whole.scenario.conditions["pressure_for_talks"], 0.5)
    written = replace(whole, scenario=replace(whole.scenario, conditions={"pressure_for_talks": series}))
    assert np.array_equal(run(whole, {PRESSURE: 0.5}), run(written, {}))
    assert not np.array_equal(run(whole, {PRESSURE: 0.5}), run(whole, {}))


@pytest.mark.parametrize(
    ("scenario", "path", "values"),
    [
        ("us_engages_taliban", LEVEL, [0.0, 0.5, 1.0]),
        ("pressure_for_talks", PRESSURE, [0.1, 0.5, 0.9]),
        ("us_withdraws", "conditions.foreign_troops", [0.0, 10.0, 100.0]),
        ("daesh_surge", "conditions.daesh_inflow", [0.0, 0.4, 1.0]),
    ],
)
def test_each_replicate_can_have_its_own(
    arm: Callable[..., Arm], scenario: str, path: str, values: list[float]
) -> None:
    whole = arm(scenario, MONTHS)
    together = run(whole, {path: np.array(values)})
    for k, value in enumerate(values):
        alone = simulate(whole, seed=1, replicates=[k], parameters={path: value})
        assert np.array_equal(alone[:, :, 0], together[:, :, k])


def test_before_its_date_nothing_changes(arm: Callable[..., Arm]) -> None:
    changed, as_written = (run(arm("us_engages_taliban", MONTHS), values) for values in ({LEVEL: 0.0}, {}))
    assert np.array_equal(changed[:28], as_written[:28])
    assert not np.array_equal(changed[28:], as_written[28:])


@pytest.mark.parametrize("path", [LEVEL, PRESSURE])
def test_only_what_the_scenario_itself_names(arm: Callable[..., Arm], path: str) -> None:
    with pytest.raises(InputError, match="not a parameter"):
        run(arm("baseline", MONTHS), {path: 0.5})


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_level_lies_between_nothing_and_everything(arm: Callable[..., Arm], value: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        run(arm("us_engages_taliban", MONTHS), {LEVEL: value})
