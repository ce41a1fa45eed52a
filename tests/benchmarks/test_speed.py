"""How fast the model is, and how much memory the command takes. Run only on request: see README.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import mesa
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from influence_sim.model import Arm, InfluenceModel, simulate
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

MEBIBYTE = 2**20
REPLICATES = 10_000

COMMAND = """
import resource, sys
from influence_sim.__main__ import main
status = 0
try:
    main()
except SystemExit as ended:
    status = ended.code or 0
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(f"status {status} peak {peak}", file=sys.stderr)
"""


@pytest.fixture(scope="module")
def arm() -> Arm:
    """The default run of the scenario at the centre: 64 months, its wiring already built."""
    theatre = load()
    run = Arm(theatre, load_scenario("us_engages_taliban", theatre.vocabulary))
    simulate(run, seed=1, replicates=[0])
    return run


def rate(benchmark: BenchmarkFixture, replicates: int) -> None:
    """Notes the replicates a second beside the seconds."""
    if benchmark.stats:
        benchmark.extra_info["replicates_a_second"] = round(replicates / benchmark.stats.stats.median)


@pytest.mark.parametrize("replicates", [1, 1_000, 2_000])
def test_ensemble(benchmark: BenchmarkFixture, arm: Arm, replicates: int) -> None:
    """Replicates side by side on one core, draws included."""
    records = benchmark(simulate, arm, seed=1, replicates=np.arange(replicates))
    assert records.shape[2] == replicates
    rate(benchmark, replicates)


def test_help(benchmark: BenchmarkFixture) -> None:
    """The time until `influence-sim --help` has answered; under 0.3 s is promised."""
    command = [sys.executable, "-m", "influence_sim", "--help"]
    answer = benchmark(subprocess.run, command, capture_output=True, check=True, cwd=Path(__file__).parents[2])
    assert answer.stdout.startswith(b"Usage: ")


def test_batch_run_of_mesa(benchmark: BenchmarkFixture) -> None:
    """The same model, one replicate at a time, by Mesa's own batch runner; the seed stands for the replicate."""
    rows = benchmark.pedantic(batch, args=(8,), rounds=3, iterations=1, warmup_rounds=1)
    assert len({row["rng"] for row in rows}) == 8
    rate(benchmark, 8)


def batch(seeds: int) -> list[dict[str, object]]:
    """Runs some seeds of the scenario one after the other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"scenario": "us_engages_taliban", "rng": list(range(seeds))}
        rows: list[dict[str, object]] = mesa.batch_run(
            InfluenceModel, settings, number_processes=1, max_steps=64, display_progress=False
        )
    return rows


def test_ensemble_against_batch_run(benchmark: BenchmarkFixture, arm: Arm, capsys: pytest.CaptureFixture[str]) -> None:
    """How many times as many replicates a second side by side as one by one."""
    alone = 8 / _seconds(lambda: batch(8))
    together = 1_000 / _seconds(lambda: simulate(arm, seed=1, replicates=np.arange(1_000)))
    benchmark.extra_info["times_batch_run"] = round(together / alone, 1)
    with capsys.disabled():
        print(
            f"\n{together:.0f} replicates a second side by side, {alone:.1f} by batch_run: {together / alone:.0f}-fold"
        )
    benchmark.pedantic(simulate, args=(arm,), kwargs={"seed": 1, "replicates": np.arange(1_000)}, rounds=1)
    assert together > alone


def _seconds(run: Callable[[], object]) -> float:
    """The shortest of three."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def test_memory_of_the_command(benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Peak resident memory of `run` with 10,000 replicates of both arms, on one worker."""
    arguments = [
        *("run", "us_engages_taliban", "--replicates", str(REPLICATES), "--workers", "1"),
        *("--assumptions", "none", "--out", str(tmp_path / "result"), "--quiet"),
    ]
    done = benchmark.pedantic(_command, args=(arguments, tmp_path), rounds=1)
    told = re.search(r"status (\d+) peak (\d+)", done.stderr)
    assert told is not None, done.stderr
    status, peak = told.groups()
    assert status == "0", done.stderr
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    benchmark.extra_info["peak_mebibytes"] = round(int(peak) * unit / MEBIBYTE)
    with capsys.disabled():
        print(f"\npeak memory of the command: {int(peak) * unit / MEBIBYTE:.0f} MiB for {REPLICATES} replicates")
    assert (tmp_path / "result" / "trajectories.parquet").is_file()


def _command(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    package = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=False,
    )
