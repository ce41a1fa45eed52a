"""Small requests on the shipped theatre."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from influence_sim.api.folders import compute_into
from influence_sim.api.run import compute, plan_run
from influence_sim.runs.request import RunRequest

MONTHS = 30
"""Two months beyond the branch in January 2018."""


def make_request(scenario: str | Path = "us_engages_taliban", **changes: Any) -> RunRequest:
    """A run of three replicates unless told otherwise."""
    return plan_run(scenario, **({"replicates": 3, "months": MONTHS} | changes))


def write_run(request: RunRequest, out: Path, **more: Any) -> bool:
    """Runs a request into a folder; whether anything was computed."""
    return compute_into(request, out, **more).fresh


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


@pytest.fixture(scope="session")
def finished(
    small: RunRequest,
    tmp_path_factory: pytest.TempPathFactory,
    with_blank_pages: Callable[[], AbstractContextManager[None]],
) -> Path:
    """A complete result folder of `small`, for tests that leave it as it is, and look at no figure."""
    with with_blank_pages():
        return compute(small).save(tmp_path_factory.mktemp("kept") / "run")


@pytest.fixture
def done(finished: Path, tmp_path: Path) -> Path:
    """A complete result folder of `small` of the test's own."""
    import shutil

    return Path(shutil.copytree(finished, tmp_path / "done"))
