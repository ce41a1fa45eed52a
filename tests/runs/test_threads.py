"""Several workers are threads of one process: wherever it runs, and however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from influence_sim.runs.points import COLUMNS

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

SCRIPT = """
import influence_sim as sim
one, two = (sim.run("baseline", replicates=2100, months=4, workers=workers) for workers in (1, 2))
print(one == two)
"""
"""It has no guard, and more replicates than one task."""

RUN = """
import sys
from pathlib import Path
from influence_sim.api.folders import compute_into
from influence_sim.api.run import plan_run
def told(done, total):
    print(done, flush=True)
compute_into(plan_run("baseline", replicates=40_000, months=12), Path(sys.argv[1]), workers=2, progress=told)
"""


@pytest.mark.usefixtures("compiled")
def test_a_script_without_a_guard_from_standard_input_with_a_long_temporary_folder(tmp_path: Path) -> None:
    """Processes would need a file that can be read again, a guard, and a short name for their socket."""
    folder = tmp_path / ("temporary" * 9)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-"],
        input=SCRIPT,
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, "TMPDIR": str(folder)},
        timeout=240,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_run_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(RUN)
    driver = subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert driver.stdout is not None
    assert driver.stdout.readline().strip() == str(COLUMNS)
    driver.send_signal(signal.SIGINT)
    _, errors = driver.communicate(timeout=120)
    assert driver.returncode == -signal.SIGINT
    assert errors.strip().splitlines()[-1] == "KeyboardInterrupt"
    assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json"]
    assert '"error": "interrupted"' in (tmp_path / "out" / "manifest.json").read_text()
