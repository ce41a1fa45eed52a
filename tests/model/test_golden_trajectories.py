"""Trajectories written down once: the model still says what it said.

After a change of the model or of its numbers that is meant, write them anew and look at the difference:

    python tests/model/test_golden_trajectories.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from influence_sim.model import Arm, simulate
from influence_sim.scenario import load_scenario
from influence_sim.theatre import load

FOLDER = Path(__file__).parent / "golden"
SCENARIOS = ("baseline", "us_engages_taliban", "qcg_succeeds", "daesh_surge")
REPLICATES = (0, 7)
EVERY = 9
"""Months between two lines."""

CLOSE = 1e-9
"""Relative difference that another processor or numpy may make."""


def trajectory(scenario: str, parameters: dict[str, float] | None = None) -> pd.DataFrame:
    """Every outcome of two replicates, every ninth month: a line for each month and replicate."""
    theatre = load()
    run = Arm(theatre, load_scenario(scenario, theatre.vocabulary))
    records = simulate(run, seed=1, replicates=REPLICATES, parameters=parameters)[::EVERY]
    lines = pd.MultiIndex.from_product([range(0, run.months, EVERY), REPLICATES], names=["step", "replicate"])
    values = np.moveaxis(records, 2, 1).reshape(len(lines), -1)
    return pd.DataFrame(values, index=lines, columns=[outcome.name for outcome in theatre.outcomes])


def golden(scenario: str) -> pd.DataFrame:
    """The trajectory written down."""
    return pd.read_csv(FOLDER / f"{scenario}.csv", index_col=["step", "replicate"], float_precision="round_trip")


def compare(seen: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Raises AssertionError where two trajectories differ by more than another processor explains."""
    pd.testing.assert_frame_equal(seen, expected, check_dtype=False, check_exact=False, rtol=CLOSE, atol=1e-15)


def regenerate() -> None:
    """Writes every trajectory down."""
    FOLDER.mkdir(exist_ok=True)
    for scenario in SCENARIOS:
        trajectory(scenario).to_csv(FOLDER / f"{scenario}.csv", lineterminator="\n")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_trajectory_is_the_one_written_down(scenario: str) -> None:
    compare(trajectory(scenario), golden(scenario))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("parameter", ["territory.rate", "capability.revenue", "mediation.tie"])
def test_a_millionth_more_of_one_parameter_is_told_apart(scenario: str, parameter: str) -> None:
    value = load().parameters[parameter].default * (1.0 + 1e-6)
    with pytest.raises(AssertionError):
        compare(trajectory(scenario, {parameter: value}), golden(scenario))


def test_the_scenarios_written_down_differ() -> None:
    ends = {tuple(golden(scenario).iloc[-1]) for scenario in SCENARIOS}
    assert len(ends) == len(SCENARIOS)


if __name__ == "__main__":
    regenerate()
