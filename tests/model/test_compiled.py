"""Machine code against the Python that it was made from: the same bits, in whole runs of the model."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features

from influence_sim.model import Arm, InfluenceModel, simulate
from influence_sim.model.compiling import equation
from influence_sim.model.plan import plan_of
from influence_sim.model.records import Sizes
from influence_sim.theatre.spec import Actor
from tests.plain_python import equations, modules

REPLICATES = [0, 3]
MONTHS = 20
"""To the third meeting in Moscow."""


@pytest.fixture(scope="module")
def beginning(arm: Callable[..., Arm]) -> np.ndarray:
    """Three months by machine code, before `plain` does without."""
    return _run(arm(months=3), {})


OTHERWISE = {
    "rivalry.strength": 1.5,
    "answers.aid": -0.3,
    "authority.mean": 2.0,
    "authority.threshold": 0.9,
    "precedent.strength": 0.0,
    "interests.pakistan": 0.0,
}
VARIED = {
    "decide.inertia": np.array([0.2, 0.8]),
    "decide.rationality": np.array([2.0, 6.0]),
    "decide.review": np.array([0.04, 0.25]),
    "decide.audience": np.array([0.0, 0.7]),
    "ties.cooling": np.array([0.0, 0.05]),
    "legitimacy.defection": np.array([0.0, 2.0]),
    "authority.mean": np.array([1.0, 0.0]),
    "mediation.tie": np.array([0.5, 2.0]),
    "rivalry.strength": np.array([0.0, 1.0]),
    "exclusion.strength": np.array([0.0, 1.0]),
    "capability.middle": np.array([0.2, 0.6]),
    "salience.vital": np.array([0.6, 1.2]),
    "effect.strong": np.array([0.3, 0.7]),
    "interests.russia": np.array([1.0, 0.0]),
}
CASES = {
    "what is otherwise by default": OTHERWISE,
    "parameters that differ by replicate": VARIED,
}


def _run(arm: Arm, parameters: dict[str, float | np.ndarray]) -> np.ndarray:
    return simulate(arm, seed=5, replicates=REPLICATES, parameters=parameters)


@pytest.mark.parametrize("name", CASES)
def test_machine_code_gives_the_bits_of_the_python_it_was_made_from(
    arm: Callable[..., Arm], request: pytest.FixtureRequest, name: str
) -> None:
    run = arm(months=MONTHS)
    expected = _run(run, CASES[name])
    request.getfixturevalue("plain")
    assert not equations()
    assert np.array_equal(_run(run, CASES[name]).view(np.int64), expected.view(np.int64))


def test_a_mesa_model_needs_no_machine_code(arm: Callable[..., Arm], plain: None) -> None:
    model = InfluenceModel(arm(months=2), rng=5)
    model.run_model()
    assert np.array_equal(list(model.datacollector.get_model_vars_dataframe().iloc[-1]), _run(model.arm, {})[-1, :, 0])


@pytest.mark.parametrize(
    "name", ["ties.move", "territory.contest", "decision.worth", "decision.review", "prestige.rise", "draws.uniform"]
)
def test_an_equation_that_does_something_else_is_noticed(
    arm: Callable[..., Arm], beginning: np.ndarray, name: str, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, name = name.split(".")
    for module in modules():
        if name in vars(module):
            monkeypatch.setattr(module, name, lambda *args: 0.25)
    assert not np.array_equal(_run(arm(months=3), {}), beginning)


def test_what_runs_as_python_is_not_otherwise(arm: Callable[..., Arm], beginning: np.ndarray, plain: None) -> None:
    """Or the last test would say nothing."""
    assert np.array_equal(_run(arm(months=3), {}).view(np.int64), beginning.view(np.int64))


def test_a_theatre_of_any_size_has_records_that_hold_it(
    arm: Callable[..., Arm], beginning: np.ndarray, plain: None
) -> None:
    """More actors and provinces than there is room for by default; actors who do nothing change nothing."""
    small, theatre = arm(months=3), arm().theatre
    idle = [Actor(f"idle_{k}", "Idle", 1, {}, (), 1.0, 0.0, (), (), {}) for k in range(Sizes().actors)]
    crowded = replace(small, theatre=replace(theatre, actors=(*theatre.actors, *idle)))
    assert np.array_equal(_run(crowded, {}).view(np.int64), beginning.view(np.int64))
    more = [replace(province, iso=f"{province.iso}-2") for province in theatre.provinces]
    wide = replace(small, theatre=replace(theatre, provinces=(*theatre.provinces, *more)))
    for run in (crowded, wide):
        sizes = plan_of(run).wired.sizes
        assert sizes.actors > Sizes().actors or sizes.provinces > Sizes().provinces
    outcomes = _run(wide, {})
    assert np.isfinite(outcomes).all()
    assert not np.array_equal(outcomes, beginning)
    alone = InfluenceModel(wide, rng=5, replicate=3)
    alone.run_model()
    assert [alone[outcome.name] for outcome in theatre.outcomes] == outcomes[-1, :, 1].tolist()


PROGRAM = """
import hashlib, sys
import influence_sim as sim
from influence_sim.model import Arm, simulate
from influence_sim.scenario.resolve import load_scenario
from influence_sim.model import month
from influence_sim.model.compiling import Equation
assert not isinstance(month.weigh, Equation)
assert "numba" not in sys.modules
with sim.use_theatre("own", trust=True) as theatre:
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 3)
    print(hashlib.sha256(simulate(arm, seed=5, replicates=[0]).tobytes()).hexdigest())
"""


def test_everything_runs_as_python_for_a_debugger(own_rule: Path, arm: Callable[..., Arm]) -> None:
    """With the compiler switched off, a theatre's own rules included; the numbers are those of machine code."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True,
        text=True,
        cwd=own_rule,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == hashlib.sha256(simulate(arm(months=3), seed=5, replicates=[0]).tobytes()).hexdigest()


PLAIN = """
import hashlib
from influence_sim.model import Arm, simulate
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre.load import load

theatre = load()
arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 20)
print(hashlib.sha256(simulate(arm, seed=5, replicates=range(11)).tobytes()).hexdigest())
"""


FEATURES = {"nehalem": "", "haswell": "+avx,+avx2,+fma,+bmi,+bmi2"}


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names processors of this family")
@pytest.mark.parametrize("processor", ["nehalem", "haswell"])
def test_older_processors_give_the_same_bits(arm: Callable[..., Arm], tmp_path: Path, processor: str) -> None:
    """Without AVX, and with AVX2 and instructions that would contract a product and a sum."""
    if not all(get_host_cpu_features().get(name.lstrip("+")) for name in FEATURES[processor].split(",") if name):
        pytest.skip("this processor is older")
    environment = {**os.environ, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": FEATURES[processor]}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PLAIN],
        capture_output=True,
        text=True,
        env={**environment, "NUMBA_CACHE_DIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = simulate(arm(months=20), seed=5, replicates=range(11))
    assert done.stdout.strip() == hashlib.sha256(outcomes.tobytes()).hexdigest()


def test_dividing_by_zero_is_infinite_as_in_numpy() -> None:
    assert equation(lambda x, y: x / y)(1.0, 0.0) == np.inf


def test_an_equation_runs_where_its_machine_code_cannot_be_kept() -> None:
    names: dict[str, Callable[[np.ndarray], float]] = {}
    exec(
        compile("def total(row):\n    out = 0.0\n    for x in row:\n        out += x\n    return out", "<x>", "exec"),
        names,
    )
    assert equation(names["total"])(np.array([1.0, 2.0])) == 3.0


def half(x: float) -> float:
    return x / 2.0


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (float, 1.5),
        ("float", 1.5),
        (int, "half returns float64, not int64 as it says"),
        (None, "half returns float64, not none as it says"),
        (str, "half must say that it returns float, int, np.uint64, bool, None"),
    ],
)
def test_an_equation_returns_what_it_says(
    annotation: object, expected: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whether or not annotations are kept as text. Else the bits of a float would be taken for a whole number."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setitem(half.__annotations__, "return", annotation)
    halved = equation(half)
    try:
        result: object = halved(3.0)
    except TypeError as error:
        result = str(error)
    assert result == expected
