"""What is said of a sweep of which all points, or some, could not be computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import influence_sim as sim
from influence_sim.api import folders
from influence_sim.base.errors import InputError, MachineError
from influence_sim.cli.main import cli
from influence_sim.model import simulate_points

SCENARIO, PATH = "us_engages_taliban", "authority.erosion"
COMMAND = ["sweep", SCENARIO, "--vary", f"{PATH}=0:1", "--samples", "4", "--replicates", "2", "--months", "40"]
NOTHING = "none of its points was computed; failed.json says why, and `sweep --resume` tries them again"


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes a model that raises wherever the path is above a limit."""

    def set_limit(limit: float) -> None:
        def instead(arm: Any, points: Any, **options: Any) -> Any:
            if np.any(np.asarray(points.get(PATH, -np.inf)) > limit):
                raise ArithmeticError("broken")
            return simulate_points(arm, points, **options)

        monkeypatch.setattr("influence_sim.model.simulate_points", instead)

    return set_limit


def invoke(*arguments: object) -> Result:
    """Runs the command line."""
    return CliRunner().invoke(cli, [*map(str, arguments)])


def test_a_sweep_without_a_computed_point_is_not_read(tmp_path: Path, breaks: Callable[[float], None]) -> None:
    out = tmp_path / "sweep"
    breaks(-1.0)
    output = invoke(*COMMAND, "--out", out)
    assert output.exit_code == 1
    assert "No point could be run" in output.stdout
    assert "no difference" not in output.stdout
    assert "4 of 4 points failed" in output.stderr
    for command in (["sensitivity", out], ["discover", out, "--where", "violence_diff > 0"], ["plot", out]):
        output = invoke(*command)
        assert (output.exit_code, output.stdout) == (2, ""), command
        assert NOTHING in " ".join(output.stderr.split())
    sweep = sim.load_sweep(out)
    assert sweep.described().endswith("4 points failed")
    with pytest.raises(InputError, match="none of its points was computed"):
        sim.sensitivity(sweep)


def test_a_table_says_over_how_many_points_it_speaks(tmp_path: Path, breaks: Callable[[float], None]) -> None:
    out = tmp_path / "sweep"
    breaks(0.5)
    for again in ([], ["--workers", "1"]):  # and as often as one looks at it
        output = invoke(*COMMAND, "--out", out, *again)
        assert output.exit_code == 1
        assert "OVER 2 OF 4 POINTS" in output.stdout
        assert "2 of 4 points failed" in output.stderr
    assert "2 more do not count, because points failed" in " ".join(invoke("sensitivity", out).stdout.split())
    assert folders.rerun(out).identical  # the same points fail
    breaks(2.0)
    with pytest.raises(MachineError, match="2 of 4 points failed when it was made, 0 now"):
        folders.rerun(out)
    output = invoke(*COMMAND, "--out", out, "--resume")
    assert output.exit_code == 0, output.output
    assert "OVER ALL POINTS" in output.stdout
