"""Runs the sweep of the tests in a process of its own: what they kill, interrupt and starve.

`python drive.py '{"out": "folder", ...}'` prints `done total` for each part and at the end the outcome as JSON.
"""

from __future__ import annotations

import json
import multiprocessing.connection
import os
import signal
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from influence_sim.api.sweep import prepare_sweep
from influence_sim.cli.console import Console
from influence_sim.cli.failures import guarded
from influence_sim.runs.sweeps.cluster import dask_executor
from influence_sim.runs.sweeps.execution import run_sweep
from influence_sim.runs.sweeps.work import Computed, Floats, compute

STUDY: dict[str, Any] = {
    "scenario": "us_engages_taliban",
    "replicates": 3,
    "months": 30,
    "design": {"method": "lhs", "samples": 10, "seed": 7},
    "vary": {"decide.rationality": [4, 30], "precedent.strength": [0, 2]},
    "outcomes": ["kabul_authority", "russia_mediator_share"],
    "dates": ["2018-01", "2018-02"],
}
PART = 2
"""Points a part: there are five."""
POISON = 5
"""The point that `poisoned` cannot stand."""


def slow(packed: bytes, first: int, points: Floats) -> Computed:
    """Leaves time to be killed in."""
    time.sleep(0.5)
    return compute(packed, first, points)


def poisoned(packed: bytes, first: int, points: Floats) -> Computed:
    """Dies of one point."""
    if first <= POISON < first + len(points):
        os.kill(os.getpid(), signal.SIGKILL)
    return compute(packed, first, points)


def cut_short(packed: bytes, first: int, points: Floats) -> Computed:
    """Dies once, in the midst of telling its result."""
    if first == 0 and not Path("died").exists():
        Path("died").touch()
        multiprocessing.connection.Connection._send = _send_half  # type: ignore[attr-defined]
    return compute(packed, first, points)


def _send_half(connection: Any, data: Any, write: Any = None) -> None:
    os.write(connection.fileno(), memoryview(data)[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def clock_that_goes_back() -> None:
    """Every look at the clock of the wall shows an earlier hour."""
    start = time.time()
    looks = iter(range(1, 1_000_000))
    time.time = lambda: start - 3600.0 * next(looks)


def limit_files(size: int) -> None:
    """No file may grow beyond `size` bytes, as on a disk that is full."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main(how: dict[str, Any]) -> None:
    """Runs one sweep, as the command does."""
    if how.pop("clock_back", False):
        clock_that_goes_back()
    if "largest_file" in how:
        limit_files(how.pop("largest_file"))
    request = prepare_sweep(STUDY | how.pop("study", {}))
    scheduler = how.pop("scheduler", None)
    work = {"compute": compute, "slow": slow, "poisoned": poisoned, "cut_short": cut_short}[how.pop("work", "compute")]
    out = Path(how.pop("out"))
    shard = tuple(how.pop("shard")) if "shard" in how else None

    def told(done: int, total: int) -> None:
        print(done, total, flush=True)

    with dask_executor(scheduler) if scheduler else nullcontext() as executor:
        done = run_sweep(
            request, out, executor=executor, shard=shard, progress=told, part_points=PART, work=work, **how
        )
    print(json.dumps(asdict(done) | {"folder": str(done.folder)}), flush=True)


if __name__ == "__main__":
    sys.exit(guarded(Console(), lambda: main(json.loads(sys.argv[1]))))
