"""What is computed of a point: the same whatever is beside it, and what its columns say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.base.statistics import mean_interval
from influence_sim.model import simulate
from influence_sim.runs import points as points_module
from influence_sim.runs.points import run_points
from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.execute import job_of
from influence_sim.runs.sweeps.parts import statistics_of
from influence_sim.runs.sweeps.request import Part, of_shard

PATHS = ("decide.rationality", "precedent.strength")


@settings(max_examples=40)
@given(points=st.integers(1, 9), replicates=st.integers(1, 300), seed=st.integers(0, 99))
def test_a_reduction_depends_on_no_neighbour(points: int, replicates: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, other = rng.standard_normal((2, points, 2, 3, replicates))
    whole = statistics_of(first, other)
    alone = [statistics_of(first[i : i + 1].copy(), other[i : i + 1].copy()) for i in range(points)]
    assert whole.tobytes() == np.concatenate(alone).tobytes()


def test_columns_are_those_of_plain_runs(reference: Any, request_of: Any) -> None:
    request = request_of()
    frame = read_table(reference.folder / "runs.parquet").to_pandas()
    assert frame.columns[:4].tolist() == ["point", "date", *PATHS]
    for point in (0, 7):
        values = dict(zip(PATHS, request.design[point].tolist(), strict=True))
        arms = [simulate(arm, seed=1, replicates=[0, 1, 2], parameters=values) for arm in request.arms]
        row = list(request.theatre.vocabulary.outcomes).index("kabul_authority")
        first, other = (arm[29, row] for arm in arms)
        row_of = frame[(frame["point"] == point) & (frame["date"] == "2018-02-01")].iloc[0]
        mean, low, high = mean_interval(first - other)
        expected = {
            **values,
            "kabul_authority_mean": first.mean(),
            "kabul_authority_sd": first.std(ddof=1),
            "kabul_authority_q05": np.quantile(first, 0.05),
            "kabul_authority_q50": np.median(first),
            "kabul_authority_q95": np.quantile(first, 0.95),
            "kabul_authority_baseline": other.mean(),
            "kabul_authority_diff": mean,
            "kabul_authority_diff_sd": (first - other).std(ddof=1),
            "kabul_authority_diff_low": low,
            "kabul_authority_diff_high": high,
        }
        assert mean != 0
        assert row_of[list(expected)].astype(float).to_dict() == pytest.approx(expected, abs=1e-15)


def test_the_design_is_there(reference: Any, request_of: Any) -> None:
    design = read_table(reference.folder / "design.parquet").to_pandas()
    assert design["point"].tolist() == list(range(10))
    assert np.array_equal(design[list(PATHS)].to_numpy(), request_of().design)


@pytest.mark.parametrize("columns", [1, 2, 3, 7])
def test_blocks_do_not_matter(columns: int, request_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_of(keep="trajectories")
    job = job_of(request, Part(0, 0, 4))
    (whole,) = run_points([job])
    monkeypatch.setattr(points_module, "COLUMNS", columns)  # 1 and 2: fewer than the replicates of a point
    cut = list(run_points([job]))
    assert [point for block in cut for point in block.points] == [0, 1, 2, 3]
    for kind in (0, 1):
        assert whole.value[kind].tobytes() == np.concatenate([block.value[kind] for block in cut]).tobytes()


def test_without_a_baseline(tmp_path: Path, request_of: Any, run_here: Any, reference: Any) -> None:
    run_here(tmp_path / "alone", request_of(against=None))
    alone, paired = (
        read_table(tmp_path / "alone" / "runs.parquet").to_pandas(),
        read_table(reference.folder / "runs.parquet").to_pandas(),
    )
    assert len(alone) == 20
    assert not [name for name in alone.columns if name.endswith(("_baseline", "_diff", "_diff_sd"))]
    assert alone.equals(paired[alone.columns])


def test_the_scenarios_own_numbers_do_not_touch_its_baseline(tmp_path: Path, request_of: Any, run_here: Any) -> None:
    path = "interventions.us.engage_publicly.taliban"
    request = request_of(vary={path: [0.2, 1.0]}, design={"method": "grid", "samples": 3})
    run_here(tmp_path / "own", request)
    frame = read_table(tmp_path / "own" / "runs.parquet").to_pandas()
    last = frame[frame["date"] == "2018-02-01"]
    assert last["kabul_authority_baseline"].nunique() == 1
    assert last["kabul_authority_mean"].nunique() == 3
    plain = simulate(request.arms[0], seed=1, replicates=[0, 1, 2], parameters={path: 0.2})
    row = list(request.theatre.vocabulary.outcomes).index("kabul_authority")
    assert last["kabul_authority_mean"].iloc[0] == pytest.approx(plain[29, row].mean(), abs=1e-15)


def test_trajectories_are_kept_if_asked_for(tmp_path: Path, request_of: Any, run_here: Any) -> None:
    request = request_of(keep="trajectories")
    run_here(tmp_path / "whole", request, workers=2)
    frame = pq.read_table(tmp_path / "whole/trajectories").to_pandas()
    assert len(frame) == 10 * 2 * 3 * 30
    keys = ["point", "scenario", "replicate", "date"]
    order = {name: number for number, name in enumerate(("us_engages_taliban", "baseline"))}
    ordered = frame.assign(scenario=frame["scenario"].map(order)).sort_values(keys, kind="stable").index
    assert ordered.tolist() == list(range(len(frame)))
    values = dict(zip(PATHS, request.design[4].tolist(), strict=True))
    plain = simulate(request.arms[1], seed=1, replicates=[2], parameters=values)
    row = list(request.theatre.vocabulary.outcomes).index("russia_mediator_share")
    mine = frame[(frame["point"] == 4) & (frame["scenario"] == "baseline") & (frame["replicate"] == 2)]
    assert np.array_equal(mine["russia_mediator_share"].to_numpy(), plain[:, row, 0])


def test_a_task_is_small(request_of: Any) -> None:
    request = request_of()
    assert len(job_of(request, request.parts[0]).packed) < 60_000


@pytest.mark.parametrize(("replicates", "months"), [(1, 64), (32, 64), (64, 40), (5000, 64)])
def test_parts_follow_from_the_request(replicates: int, months: int, request_of: Any) -> None:
    design = {"method": "lhs", "samples": 2000, "seed": 1}
    request = request_of(replicates=replicates, months=months, design=design, part_points=None)
    parts = request.parts
    assert parts[0].start == 0
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert parts[-1].stop == 2000
    sizes = {part.size for part in parts}
    assert max(sizes) - min(sizes) <= 1
    shards = [of_shard(parts, (number, 3)) for number in (1, 2, 3)]
    assert sorted((part for shard in shards for part in shard), key=lambda part: part.index) == list(parts)


def test_any_executor_will_do_and_stays_open(tmp_path: Path, reference: Any, run_here: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert run_here(tmp_path / "sweep", executor=pool).computed == 10
        assert pool.submit(int, "3").result() == 3
    reference.check(tmp_path / "sweep")
