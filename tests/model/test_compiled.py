"""Compiled loops against the Python that they were made from: the same bits, in whole runs of the model."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np
import pytest
from numba.extending import is_jitted

import influence_sim.model as package
from influence_sim.model import Arm, simulate
from influence_sim.model.compiled import compiled

REPLICATES = 3
MONTHS = 64


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def _loops() -> list[tuple[ModuleType, str]]:
    return [(module, name) for module in _modules() for name, value in vars(module).items() if is_jitted(value)]


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every compiled loop is the Python it was made from."""
    loops = _loops()
    assert len(loops) > 25
    for module, name in loops:
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    with np.errstate(all="ignore"):  # single words that wrap warn, where arrays of them do not
        yield


OTHERWISE = {
    "balance.strength": 0.3,
    "territory.neighbours": 0.4,
    "territory.district_shape": 3.0,
    "authority.mean": 2.0,
}
VARIED = {
    "decide.inertia": np.array([0.2, 0.5, 0.8]),
    "decide.rationality": np.array([2.0, 3.0, 6.0]),
    "ties.fighting": np.array([0.0, 0.05, 0.1]),
    "territory.district_shape": np.array([1.0, 2.0, 3.0]),
    "mediation.tie": np.array([0.5, 1.0, 2.0]),
    "rivalry.strength": np.array([0.0, 0.5, 1.0]),
    "capability.us.diplomatic": np.array([0.2, 0.5, 1.0]),
    "belief.us.engage_publicly.taliban.settlement": np.array([0.0, 0.2, 0.4]),
    "weight.tie.support": np.array([0.5, 1.0, 1.5]),
}
CASES = {
    "defaults": ("us_engages_taliban", {}),
    "what is off by default": ("baseline", OTHERWISE),
    "parameters that differ by replicate": ("us_engages_taliban", VARIED),
}


def _run(arm: Arm, parameters: dict[str, float | np.ndarray]) -> np.ndarray:
    return simulate(arm, seed=5, replicates=range(REPLICATES), parameters=parameters)


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, arm: Callable[..., Arm]) -> tuple[Arm, dict, np.ndarray]:
    """An arm, parameters, and what the compiled model makes of them."""
    scenario, parameters = CASES[request.param]
    made = arm(scenario, months=MONTHS)
    return made, parameters, _run(made, parameters)


def test_machine_code_gives_the_bits_of_the_python_it_was_made_from(
    case: tuple[Arm, dict, np.ndarray], plain: None
) -> None:
    arm, parameters, expected = case
    assert not _loops()
    assert np.array_equal(_run(arm, parameters), expected)


@pytest.mark.parametrize("loop", ["ties._move", "territory._contest", "agents._see", "standing._talks"])
def test_a_loop_that_does_something_else_is_noticed(
    arm: Callable[..., Arm], loop: str, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name = loop.split(".")
    module = importlib.import_module(f"{package.__name__}.{where}")
    expected = _run(arm("baseline", months=6), {})
    monkeypatch.setattr(module, name, lambda *arrays: arrays[0].__setitem__(slice(None), 0.25))
    assert not np.array_equal(_run(arm("baseline", months=6), {}), expected)


def test_a_loop_runs_where_its_machine_code_cannot_be_kept() -> None:
    told: dict[str, Callable[[np.ndarray], float]] = {}
    exec(
        compile("def total(row):\n    out = 0.0\n    for x in row:\n        out += x\n    return out", "<x>", "exec"),
        told,
    )
    assert compiled(told["total"])(np.array([1.0, 2.0])) == 3.0


def test_dividing_by_zero_is_infinite_as_in_numpy() -> None:
    assert compiled(lambda x, y: x / y)(1.0, 0.0) == np.inf
