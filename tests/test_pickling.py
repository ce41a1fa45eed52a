"""Whatever a public function returns can be pickled and comes back equal, so that processes can hand it on."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.analysis.replay import snapshots
from influence_sim.api import claims, compare, explain, run
from influence_sim.api.folders import compute_into
from influence_sim.base.errors import Problem
from influence_sim.base.values import same

pytestmark = pytest.mark.usefixtures("blank_pages", "few_replicates")
SIZE: dict[str, Any] = {"replicates": 2, "months": 31}
SCENARIO = "us_engages_taliban"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pickled")


@pytest.fixture(scope="module")
def result() -> sim.Result:
    return sim.run(SCENARIO, **SIZE)


@pytest.fixture(scope="module")
def sweep(folder: Path) -> sim.Sweep:
    vary = {"precedent.strength": (0, 2), "authority.erosion": (0, 1)}
    return sim.sweep(SCENARIO, vary=vary, samples=8, out=folder / "sweep", **SIZE)


@cache
def _explanation() -> sim.Explanation:
    return sim.explain(SCENARIO, "us_acceptance", by=["interventions"], replicates=2, month="2018-03")


@cache
def _verdicts() -> claims.Verdicts:
    return claims.compute(claims.plan_claims(["C13"], samples=8, replicates=1))


MADE: dict[str, Callable[[sim.Result, sim.Sweep, Path], Any]] = {
    "a run": lambda result, sweep, folder: result,
    "a run in a folder": lambda result, sweep, folder: sim.load(result.save(folder / "run")),
    "a run with assumptions": lambda *_: run.compute(run.plan_run(SCENARIO, assumptions=3, **SIZE)),
    "a run that was kept": lambda result, sweep, folder: compute_into(result.request, folder / "kept"),
    "a comparison": lambda *_: sim.compare([SCENARIO, "us_own_channel"], **SIZE),
    "a comparison in a folder": lambda r, s, folder: sim.load(sim.compare(["us_surge"], **SIZE).save(folder / "both")),
    "an explanation": lambda *_: _explanation(),
    "an explanation in a folder": lambda r, s, folder: sim.load(_explanation().save(folder / "why")),
    "a sweep": lambda result, sweep, folder: sweep,
    "tested claims": lambda *_: _verdicts(),
    "tested claims in a folder": lambda r, s, folder: sim.load(_verdicts().save(folder / "claims")),
    "what drives a sweep": lambda result, sweep, folder: sim.sensitivity(sweep),
    "where something happens": lambda result, sweep, folder: sim.discover(sweep, "kabul_authority_diff < -0.005"),
    "a repetition": lambda result, sweep, folder: sim.rerun(result.save(folder / "again")),
    "a request": lambda result, sweep, folder: result.request,
    "a comparison's request": lambda *_: compare.plan_comparison(["us_surge"], **SIZE),
    "an explanation's request": lambda *_: explain.plan_explanation("us_surge"),
    "a request to test": lambda *_: claims.plan_claims(["C13"]),
    "a frame": lambda result, sweep, folder: result.frame,
    "a difference": lambda result, sweep, folder: result.difference("violence"),
    "ties and provinces": lambda result, sweep, folder: snapshots(result.request, [result.request.branch]),
    "a list": lambda *_: sim.scenarios(),
}


@pytest.mark.parametrize("kind", MADE)
def test_it_comes_back_equal(kind: str, result: sim.Result, sweep: sim.Sweep, folder: Path) -> None:
    made = MADE[kind](result, sweep, folder)
    back = pickle.loads(pickle.dumps(made))
    assert type(back) is type(made)
    assert same(back, made)
    assert repr(back) == repr(made)


def test_other_results_are_not_equal(result: sim.Result) -> None:
    assert result == sim.run(SCENARIO, **SIZE)
    assert result != sim.run(SCENARIO, seed=2, **SIZE)
    assert result != replace(result, summary=result.summary.iloc[:-1])
    assert result != "a run"


def test_a_result_that_came_back_goes_on_working(result: sim.Result, tmp_path: Path) -> None:
    back = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(back.frame, result.frame, check_exact=True)
    assert sim.rerun(back.save(tmp_path / "kept")).identical
    (first, *_) = pickle.loads(pickle.dumps(sim.compare([SCENARIO, "us_own_channel"], **SIZE))).results
    pd.testing.assert_frame_equal(first.frame, result.frame, check_exact=True)


@pytest.mark.parametrize(
    "error", [sim.InputError(Problem("f.yaml", 1, 2, "x", "a rule", "a hint")), sim.MachineError("no space")]
)
def test_errors_come_back(error: Exception) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.args, str(back)) == (type(error), error.args, str(error))


@pytest.mark.slow
@pytest.mark.skipif("spawn" not in multiprocessing.get_all_start_methods(), reason="processes are started anew")
@pytest.mark.usefixtures("compiled")
def test_a_pool_returns_results() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        results = [pool.apply(sim.run, (SCENARIO,), {"seed": seed, **SIZE}) for seed in (1, 2)]
    assert results == [sim.run(SCENARIO, seed=seed, **SIZE) for seed in (1, 2)]
    assert results[0] != results[1]
