"""Trajectories written down once: the model still says what it said.

After a change of the model or of its numbers that is meant, write them anew and look at the difference:

    python tests/model/test_golden_trajectories.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from influence_sim.model import Arm, simulate
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

FOLDER = Path(__file__).parent / "golden"
SCENARIOS = ("baseline", "us_engages_taliban", "qcg_succeeds", "daesh_surge")
REPLICATES = (0, 7)
EVERY = 9
"""Months between two lines."""

CLOSE = 1e-9
"""Relative difference that another processor or numpy may make."""


Trajectory = dict[tuple[int, int], dict[str, float]]
"""(step, replicate) -> outcome -> value."""


def trajectory(scenario: str, parameters: dict[str, float] | None = None) -> Trajectory:
    """Every outcome of two replicates, every ninth month."""
    theatre = load()
    run = Arm(theatre, load_scenario(scenario, theatre.vocabulary))
    records = simulate(run, seed=1, replicates=REPLICATES, parameters=parameters)
    names = [outcome.name for outcome in theatre.outcomes]
    return {
        (step, replicate): dict(zip(names, records[step, :, column].tolist(), strict=True))
        for step in range(0, run.months, EVERY)
        for column, replicate in enumerate(REPLICATES)
    }


def golden(scenario: str) -> Trajectory:
    """The trajectory written down."""
    with (FOLDER / f"{scenario}.csv").open(newline="", encoding="utf-8") as stream:
        lines = [{name: float(text) for name, text in line.items()} for line in csv.DictReader(stream)]
    return {(int(line.pop("step")), int(line.pop("replicate"))): line for line in lines}


def compare(seen: Trajectory, expected: Trajectory) -> None:
    """Raises AssertionError where two trajectories differ by more than another processor explains."""
    assert list(seen) == list(expected)
    for key, line in seen.items():
        assert list(line) == list(expected[key])
        for name, value in line.items():
            np.testing.assert_allclose(value, expected[key][name], rtol=CLOSE, atol=1e-15, err_msg=f"{key} {name}")


def regenerate() -> None:
    """Writes every trajectory down."""
    FOLDER.mkdir(exist_ok=True)
    for scenario in SCENARIOS:
        lines = [{"step": key[0], "replicate": key[1], **line} for key, line in trajectory(scenario).items()]
        with (FOLDER / f"{scenario}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(lines[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_trajectory_is_the_one_written_down(scenario: str) -> None:
    compare(trajectory(scenario), golden(scenario))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("parameter", ["territory.hold", "capability.revenue", "mediation.tie"])
def test_a_millionth_more_of_one_parameter_is_told_apart(scenario: str, parameter: str) -> None:
    value = load().parameters[parameter].default * (1.0 + 1e-6)
    with pytest.raises(AssertionError):
        compare(trajectory(scenario, {parameter: value}), golden(scenario))


def test_the_scenarios_written_down_differ() -> None:
    ends = {tuple(golden(scenario)[63, 7].values()) for scenario in SCENARIOS}
    assert len(ends) == len(SCENARIOS)


if __name__ == "__main__":
    regenerate()
