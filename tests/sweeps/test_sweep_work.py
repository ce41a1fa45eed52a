"""What is computed of a point: the same whatever is beside it, and what its columns say."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.base.errors import MachineError
from influence_sim.base.statistics import mean_interval
from influence_sim.model import simulate
from influence_sim.runs.sweeps import dispatch, work
from influence_sim.runs.sweeps.crew import Foreign
from influence_sim.runs.sweeps.execution import read_design, read_runs
from influence_sim.runs.sweeps.recipe import Part, of_shard, parts_of, recipe_of
from influence_sim.runs.sweeps.reduction import reduced, student_t

PATHS = ("decide.rationality", "precedent.strength")


@settings(max_examples=40, deadline=None)
@given(points=st.integers(1, 9), replicates=st.integers(1, 300), seed=st.integers(0, 99))
def test_a_reduction_depends_on_no_neighbour(points: int, replicates: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.standard_normal((2, points, 2, 3, replicates))
    t = student_t(replicates)
    whole = reduced(one, other, t)
    alone = [reduced(one[i : i + 1].copy(), other[i : i + 1].copy(), t) for i in range(points)]
    assert whole.tobytes() == np.concatenate(alone).tobytes()


def test_columns_are_those_of_plain_runs(reference: Any, request_of: Any) -> None:
    request = request_of()
    frame = read_runs(reference.folder).to_pandas()
    assert frame.columns[:4].tolist() == ["point", "date", *PATHS]
    for point in (0, 7):
        values = dict(zip(PATHS, request.design()[point].tolist(), strict=True))
        arms = [simulate(arm, seed=1, replicates=[0, 1, 2], parameters=values) for arm in request.arms]
        row = list(request.theatre.vocabulary.outcomes).index("kabul_authority")
        one, other = (arm[29, row] for arm in arms)
        found = frame[(frame["point"] == point) & (frame["date"] == "2018-02-01")].iloc[0]
        mean, low, high = mean_interval(one - other)
        expected = {
            **values,
            "kabul_authority_mean": one.mean(),
            "kabul_authority_sd": one.std(ddof=1),
            "kabul_authority_q05": np.quantile(one, 0.05),
            "kabul_authority_q50": np.median(one),
            "kabul_authority_q95": np.quantile(one, 0.95),
            "kabul_authority_baseline": other.mean(),
            "kabul_authority_diff": mean,
            "kabul_authority_diff_sd": (one - other).std(ddof=1),
            "kabul_authority_diff_low": low,
            "kabul_authority_diff_high": high,
        }
        assert mean != 0
        assert found[list(expected)].astype(float).to_dict() == pytest.approx(expected, abs=1e-15)


def test_the_design_is_there(reference: Any, request_of: Any) -> None:
    design = read_design(reference.folder).to_pandas()
    assert design["point"].tolist() == list(range(10))
    assert np.array_equal(design[list(PATHS)].to_numpy(), request_of().design())


@pytest.mark.parametrize("columns", [1, 2, 3, 7])
def test_blocks_do_not_matter(columns: int, request_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_of(keep="trajectories")
    packed = work.pack(recipe_of(request))
    whole = work.compute(packed, 0, request.design()[:4])
    monkeypatch.setattr(work, "COLUMNS", columns)  # 1 and 2: fewer than the replicates of a point
    cut = work.compute(packed, 0, request.design()[:4])
    assert whole.points.tolist() == [0, 1, 2, 3]
    assert whole.values.tobytes() == cut.values.tobytes()
    assert np.array_equal(whole.trajectories, cut.trajectories)


def test_without_a_baseline(tmp_path: Path, request_of: Any, run_here: Any, reference: Any) -> None:
    run_here(tmp_path / "alone", request_of(against=None))
    alone, paired = read_runs(tmp_path / "alone").to_pandas(), read_runs(reference.folder).to_pandas()
    assert len(alone) == 20
    assert not [name for name in alone.columns if name.endswith(("_baseline", "_diff", "_diff_sd"))]
    assert alone.equals(paired[alone.columns])


def test_the_scenarios_own_numbers_do_not_touch_its_baseline(tmp_path: Path, request_of: Any, run_here: Any) -> None:
    path = "interventions.us.engage_publicly.taliban"
    request = request_of(vary={path: [0.2, 1.0]}, design={"method": "grid", "samples": 3})
    run_here(tmp_path / "own", request)
    frame = read_runs(tmp_path / "own").to_pandas()
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
    values = dict(zip(PATHS, request.design()[4].tolist(), strict=True))
    plain = simulate(request.arms[1], seed=1, replicates=[2], parameters=values)
    row = list(request.theatre.vocabulary.outcomes).index("russia_mediator_share")
    mine = frame[(frame["point"] == 4) & (frame["scenario"] == "baseline") & (frame["replicate"] == 2)]
    assert np.array_equal(mine["russia_mediator_share"].to_numpy(), plain[:, row, 0])


def test_a_task_is_small(request_of: Any) -> None:
    assert len(work.pack(recipe_of(request_of()))) < 60_000


@pytest.mark.parametrize(("replicates", "months"), [(1, 64), (32, 64), (64, 40), (5000, 64)])
def test_parts_follow_from_the_request(replicates: int, months: int, request_of: Any) -> None:
    design = {"method": "lhs", "samples": 2000, "seed": 1}
    request = request_of(replicates=replicates, months=months, design=design)
    parts = parts_of(request)
    assert parts == parts_of(request)
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


class Cluster(Executor):
    """Does tasks at once, counts those in flight, and lets some fail as a cluster would."""

    def __init__(self, fails: Callable[[int, int], BaseException | None] = lambda first, count: None) -> None:
        self.fails = fails
        self.tried: list[tuple[int, int]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        _, first, points = args
        self.tried.append((first, len(points)))
        error = self.fails(first, len(points))
        future.set_exception(error) if error else future.set_result(fn(*args))
        return future


class KilledWorker(Exception):  # noqa: N818 - as Dask calls it
    """What Dask says of a task at which several workers died."""


def test_a_point_that_kills_the_workers_of_a_cluster(tmp_path: Path, reference: Any, run_here: Any) -> None:
    def kills(first: int, count: int) -> BaseException | None:
        return KilledWorker() if first <= 5 < first + count else None

    cluster = Cluster(kills)
    done = run_here(tmp_path / "sweep", executor=cluster, part_points=5)
    assert (done.computed, done.failed) == (10, 1)
    runs, whole = (read_runs(folder).to_pandas() for folder in (tmp_path / "sweep", reference.folder))
    assert runs.equals(whole[whole["point"] != 5].reset_index(drop=True))
    assert cluster.tried[-1] != (5, 5)


def test_a_machine_on_which_every_point_kills_is_blamed_itself(
    tmp_path: Path, run_here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "DEADLY", 3)
    with pytest.raises(MachineError, match="more than 3 points ended their workers; is there enough memory"):
        run_here(tmp_path / "sweep", executor=Cluster(lambda first, count: KilledWorker()))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'influence_sim'"), r"a worker failed \(ModuleNotFoundError: No module"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_no_point_is_to_blame_for(error: BaseException, said: str, tmp_path: Path, run_here: Any) -> None:
    with pytest.raises(MachineError, match=said):
        run_here(tmp_path / "sweep", executor=Cluster(lambda first, count: error))


def test_results_of_another_version_are_refused(tmp_path: Path, run_here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = dict(work.own_versions())
    monkeypatch.setattr(dispatch, "own_versions", lambda: mine | {"model": "another"})
    with pytest.raises(MachineError, match=f"a worker has model {mine['model']}, this process another; install the"):
        run_here(tmp_path / "sweep")


def test_only_a_few_tasks_are_in_flight(request_of: Any) -> None:
    class Held(Cluster):
        """Takes tasks and does nothing."""

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.tried.append((args[1], 0))
            future: Future[Any] = Future()
            if len(self.tried) == crew.window:
                future.set_exception(MemoryError())
            return future

    held = Held()
    crew = Foreign(held, 1)
    request = request_of(design={"method": "lhs", "samples": 500, "seed": 1})
    run = dispatch.Dispatch(crew, b"", request.design()).run(Part(i, i, i + 1) for i in range(500))
    with pytest.raises(MemoryError):
        next(run)
    assert len(held.tried) == crew.window < 100
