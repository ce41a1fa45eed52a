"""Commands run here, in an empty folder, and small results to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from influence_sim.cli.main import cli

Invoke = Callable[..., Result]


@pytest.fixture(scope="module", autouse=True)
def _coarse() -> Iterator[None]:
    """Figures of few pixels, for speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("influence_sim.views.saving.DPI", 40)
        yield


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs a command line in an empty folder and checks its exit status."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*args: str, status: int = 0) -> Result:
        result = CliRunner().invoke(cli, args)
        assert result.exit_code == status, result.output
        assert "Traceback" not in result.stderr
        return result

    return run
