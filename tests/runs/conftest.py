"""Small requests on the shipped theatre."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence_sim.runs.ensemble import collect
from influence_sim.runs.execution import Extras, execute
from influence_sim.runs.request import RunRequest, plan
from influence_sim.theatre import load

MONTHS = 30
"""Two months beyond the branch in January 2018."""


def make_request(scenario: str | Path = "us_engages_taliban", **changes: Any) -> RunRequest:
    """A run of three replicates unless told otherwise."""
    given: dict[str, Any] = {"against": "baseline", "seed": 1, "replicates": 3, "months": MONTHS} | changes
    return plan(load(), scenario, **given)


def write_run(request: RunRequest, out: Path, **more: Any) -> bool:
    """Runs a request into a folder."""
    arms = collect(request.arms, seed=request.seed, replicates=request.replicates)
    return execute(request, arms, out=out, **more)


@pytest.fixture(scope="session")
def request_of() -> Callable[..., RunRequest]:
    """Makes requests."""
    return make_request


@pytest.fixture(scope="session")
def small() -> RunRequest:
    """A request that takes a moment."""
    return make_request()


@pytest.fixture(scope="session")
def write() -> Callable[..., bool]:
    """Runs a request into a folder."""
    return write_run


@pytest.fixture
def done(tmp_path: Path, small: RunRequest) -> Path:
    """A complete result folder of `small`, with a note that is made from its numbers."""

    def note(arms: Any, folder: Path) -> None:
        (folder / "note.txt").write_text(f"{len(arms)} arms")

    write_run(small, tmp_path / "done", extras=Extras(("note.txt",), note))
    return tmp_path / "done"
