"""Runs the sweep of the tests in a process of its own: what they kill, interrupt and starve.

`python drive.py '{"out": "folder", ...}'` prints `done total` for each part and at the end the outcome as JSON.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from influence_sim.cli.console import Console
from influence_sim.cli.main import run_guarded
from influence_sim.runs import points
from influence_sim.runs.sweeps.dask import dask_executor
from influence_sim.runs.sweeps.execute import run_sweep
from influence_sim.runs.sweeps.plan import plan_sweep

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


class Slowly(Executor):
    """Hands tasks on to another executor, and makes each take half a second more."""

    def __init__(self, other: Executor) -> None:
        self._other = other
        self._client = getattr(other, "_client", None)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._other.submit(late, fn, *args, **kwargs)


def late(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Leaves time to be killed in."""
    time.sleep(0.5)
    return fn(*args, **kwargs)


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


def main(options: dict[str, Any]) -> None:
    """Runs one sweep, as the command does."""
    if options.pop("clock_back", False):
        clock_that_goes_back()
    if "largest_file" in options:
        limit_files(options.pop("largest_file"))
    request = replace(plan_sweep(STUDY | options.pop("study", {})), part_points=PART)
    scheduler = options.pop("scheduler", None)
    slow = options.pop("slow", False)
    out = Path(options.pop("out"))
    shard = tuple(options.pop("shard")) if "shard" in options else None

    def told(done: int, total: int) -> None:
        print(done, total, flush=True)

    with dask_executor(scheduler) if scheduler else nullcontext() as executor:
        if slow:
            points.compute = partial(late, points.compute)
        slowly = Slowly(executor) if slow and executor else executor
        done = run_sweep(request, out, executor=slowly, shard=shard, progress=told, **options)
    print(json.dumps(asdict(done) | {"folder": str(done.folder)}), flush=True)


if __name__ == "__main__":
    sys.exit(run_guarded(Console(), lambda: main(json.loads(sys.argv[1]))))
