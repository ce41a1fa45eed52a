"""How fast sweeps are, and how much memory they take. Run only on request: see README.md."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from influence_sim.model import simulate
from influence_sim.runs.points import run_points
from influence_sim.runs.sweeps.execute import job_of, run_sweep
from influence_sim.runs.sweeps.plan import plan_sweep
from influence_sim.runs.sweeps.request import Part, SweepRequest
from influence_sim.theatre import load

SAMPLES = int(os.environ.get("SWEEP_SAMPLES", "32"))
"""Base samples of the Saltelli design; each makes 16 points of 64 runs."""
ROUNDS = int(os.environ.get("SWEEP_ROUNDS", "3"))
FACTORS = 14
MEBIBYTE = 2**20

COMMAND = """
import json, sys
from pathlib import Path
from influence_sim.runs.sweeps.execute import run_sweep
from influence_sim.runs.sweeps.plan import plan_sweep
run_sweep(plan_sweep(json.loads(sys.argv[1])), Path(sys.argv[2]), workers=2)
"""


def study(samples: int, **changes: Any) -> dict[str, Any]:
    """A Saltelli design over 14 parameters: 16 points a sample, 32 replicates, 64 months, paired."""
    specs = [spec for spec in load().parameters.values() if not spec.choices and spec.low < spec.high]
    chosen = specs[:: len(specs) // FACTORS][:FACTORS]
    return {
        "scenario": "us_engages_taliban",
        "replicates": 32,
        "design": {"method": "sobol_indices", "samples": samples, "seed": 7},
        "vary": {spec.name: [spec.low, spec.high] for spec in chosen},
    } | changes


def seconds(action: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def rate_of_sweep(request: SweepRequest, folder: Path, **how: Any) -> float:
    """Runs a second, everything included."""
    shutil.rmtree(folder, ignore_errors=True)
    return request.size()["runs"] / seconds(lambda: run_sweep(request, folder, **how))


def rate_of_ensemble(request: SweepRequest) -> float:
    """Runs a second of the ensemble on one core, 2,000 side by side."""
    return 2000 / seconds(lambda: simulate(request.arms[0], seed=1, replicates=np.arange(2000)))


def say(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """Prints in spite of pytest."""
    with capsys.disabled():
        print(f"\n{words}")


def once(benchmark: BenchmarkFixture, action: Callable[[], object]) -> None:
    """Notes the seconds of one round."""
    benchmark.pedantic(action, rounds=1)


def test_sweep_against_ensemble(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rates with one and two workers against that of the ensemble on one core, each the best of three."""
    request = plan_sweep(study(SAMPLES))
    rate_of_ensemble(request)
    best = {"ensemble": 0.0, "one": 0.0, "two": 0.0}
    for _ in range(ROUNDS):
        found = {
            "ensemble": max(rate_of_ensemble(request) for _ in range(3)),
            "one": rate_of_sweep(request, tmp_path / "sweep", workers=1),
            "two": rate_of_sweep(request, tmp_path / "sweep", workers=2),
        }
        best = {name: max(best[name], found[name]) for name in best}
    ratio, scaling = best["two"] / (2 * best["ensemble"]), best["two"] / best["one"]
    benchmark.extra_info.update(best | {"of_twice_the_ensemble": ratio, "two_against_one": scaling})
    say(
        capsys,
        f"{request.points} points, {request.size()['runs']} runs: ensemble on one core {best['ensemble']:.0f} runs/s; "
        f"sweep {best['one']:.0f} with one worker, {best['two']:.0f} with two: {ratio:.2f} of twice the ensemble, "
        f"{scaling:.2f} times one worker",
    )
    once(benchmark, lambda: rate_of_sweep(request, tmp_path / "sweep", workers=2))
    assert best["two"] > 0


def test_overhead_of_a_point(benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a point costs beyond its runs: parameters as arrays and reductions; tables, files and records."""
    request = plan_sweep(study(16, replicates=4))
    points, job = request.design, job_of(request, Part(0, 0, request.points))
    numbers = np.tile(np.arange(4), len(points))
    simulate(job.arms[0], seed=1, replicates=numbers)
    bare = min(seconds(lambda: [simulate(arm, seed=1, replicates=numbers) for arm in job.arms]) for _ in range(ROUNDS))
    work = min(seconds(lambda: list(run_points([job]))) for _ in range(ROUNDS))
    whole = min(1 / rate_of_sweep(request, tmp_path / "sweep") * request.size()["runs"] for _ in range(ROUNDS))
    told = {"in_work": (work - bare) / len(points) * 1e3, "beside_it": (whole - work) / len(points) * 1e3}
    benchmark.extra_info.update(told)
    say(
        capsys,
        f"a point of 4 replicates: {bare / len(points) * 1e3:.2f} ms to simulate, {told['in_work']:.2f} ms more for "
        f"its own parameters and its reduction, {told['beside_it']:.2f} ms for files, records and all else",
    )
    once(benchmark, lambda: list(run_points([job])))
    assert whole > 0


def test_dask_against_local(benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rates of two Dask workers and of two threads."""
    pytest.importorskip("distributed", reason="the extra `cluster`")
    from influence_sim.runs.sweeps.dask import dask_executor

    request = plan_sweep(study(SAMPLES))
    with cluster(tmp_path) as address, dask_executor(address) as executor:
        rates = {"dask": [], "local": []}
        for _ in range(ROUNDS):
            rates["dask"].append(rate_of_sweep(request, tmp_path / "sweep", executor=executor))
            rates["local"].append(rate_of_sweep(request, tmp_path / "sweep", workers=2))
        best = {name: max(found) for name, found in rates.items()}
        benchmark.extra_info.update(best)
        overhead = best["local"] / best["dask"] - 1
        say(
            capsys,
            f"{request.size()['runs']} runs: {best['dask']:.0f} runs/s on two Dask workers that are there already, "
            f"{best['local']:.0f} on two threads: Dask takes {overhead:+.0%} more time",
        )
        once(benchmark, lambda: rate_of_sweep(request, tmp_path / "sweep", executor=executor))
    assert best["dask"] > 0


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A scheduler and two workers with one thread each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
        *[["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]] * 2,
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": folder}
    processes = [subprocess.Popen([sys.executable, "-m", "dask", *command], **quiet) for command in commands]
    try:
        yield address
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.parametrize("keep", ["reduced", "trajectories"])
def test_memory_in_the_number_of_points(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: str
) -> None:
    """Peak memory of each process with as many points as elsewhere and with ten times as many, of few replicates."""
    sizes = (16 * SAMPLES, 160 * SAMPLES)
    designs = [{"method": "lhs", "samples": size, "seed": 7} for size in sizes]
    studies = [study(1, design=design, keep=keep, replicates=4) for design in designs]
    peaks = [_peaks(given, tmp_path / str(size)) for given, size in zip(studies, sizes, strict=True)]
    words = "; ".join(
        f"{size} points: {', '.join(f'{each / MEBIBYTE:.0f}' for each in peak)} MiB"
        for size, peak in zip(sizes, peaks, strict=True)
    )
    benchmark.extra_info["peaks"] = peaks
    say(capsys, f"keep {keep}; the driver, then its children: {words}")
    once(benchmark, list)
    assert max(peaks[1]) > 0


def _peaks(given: dict[str, Any], folder: Path) -> list[int]:
    """Peak resident bytes of the driver of a sweep and of its children, largest first."""
    script = folder.with_suffix(".py")
    script.write_text(COMMAND)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    driver = psutil.Popen([sys.executable, str(script), json.dumps(given), str(folder)], env=environment)
    peaks: dict[int, int] = {}
    while driver.poll() is None:
        for process in [driver, *driver.children(recursive=True)]:
            try:
                peaks[process.pid] = max(peaks.get(process.pid, 0), process.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.02)
    assert driver.returncode == 0
    assert (folder / "runs.parquet").is_file()
    own = peaks.pop(driver.pid)
    return [own, *sorted(peaks.values(), reverse=True)]
