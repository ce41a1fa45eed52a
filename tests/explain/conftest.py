"""Commands run here, in an empty folder, and small results to read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

Invoke = Callable[..., Result]


@pytest.fixture(scope="module", autouse=True)
def _coarse(few_pixels: None) -> None:
    """Figures of few pixels, for speed."""


@pytest.fixture
def invoke(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs a command line, in a wide window."""
    monkeypatch.setenv("COLUMNS", "200")
    return invoke
