"""What every test leaves behind is put away."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

os.environ.pop("COLUMNS", None)  # set where tests run in several processes; output is not to depend on it


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    """Closes the figures that a test has opened through pyplot, which would keep them and warn at the twenty-first."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
