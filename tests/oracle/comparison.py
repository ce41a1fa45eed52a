"""How the oracle and the model are compared: scenarios, parameters, the model's draws and outcomes."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import oracle_reading

from influence_sim.model import Arm, simulate
from influence_sim.model.draws import calendar, replicate_keys, uniform
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DATA = ROOT / "influence_sim" / "theatre" / "data"
MONTHS = 64
THEATRE = oracle_reading.read_theatre(DATA)
OWN = sorted(path.stem for path in (HERE / "scenarios").glob("*.yaml"))
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml")) + OWN


def path_of(scenario: str) -> Path:
    """A shipped scenario or one of this folder."""
    return (HERE if scenario in OWN else ROOT) / "scenarios" / f"{scenario}.yaml"


def sample(seed: int) -> dict[str, float]:
    """Every parameter, drawn uniformly within its prior range; in odd sets every switch on or off."""
    stream = random.Random(seed)
    values = {name: stream.uniform(low, high) for name, (low, high) in THEATRE.ranges.items()}
    values |= {name: float(stream.choice(options)) for name, options in THEATRE.choices.items()}
    return values | {name: float(stream.random() < 0.5) for name in THEATRE.switches if seed % 2}


@cache
def arm_of(scenario: str) -> Arm:
    """The model's reading of a scenario."""
    theatre = load()
    return Arm(theatre, load_scenario(path_of(scenario), theatre.vocabulary), months=MONTHS)


@cache
def draws_of(process: str, seed: int) -> list[float]:
    """A process's draws for replicate 0; the oracle has none of its own."""
    (replicate,) = replicate_keys(seed, np.array([0]))
    return [float(uniform(key, replicate)) for (key,) in calendar([process], MONTHS)]


def first_difference(scenario: str, seed: int, parameters: dict[str, float], record: Any) -> str:
    """Where the oracle first departs from a record of the model; empty if nowhere."""
    months = oracle.run(
        DATA, path_of(scenario), parameters, lambda process, month: draws_of(process, seed)[month], MONTHS
    )
    for month, outcomes in enumerate(months):
        for name, mine, models in zip(THEATRE.outcomes, outcomes, record[month], strict=True):
            if not abs(mine - models) <= 1e-9 * max(1, abs(models)):
                return f"month {month}, {name}: oracle {mine!r}, model {models!r}"
    return ""


def record_of(scenario: str, seed: int, parameters: dict[str, float]) -> list[list[float]]:
    """The model's outcomes, month by month."""
    outcomes = simulate(arm_of(scenario), seed=seed, replicates=[0], parameters=parameters)
    assert len(outcomes) == MONTHS
    return [[float(value) for value in month[:, 0]] for month in outcomes]
