"""Following the page on mechanisms: its changes are made to a copy of the package, which is then run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "add_a_mechanism.md").read_text(encoding="utf-8")
PROGRAM = """
import json
from influence_sim.model import InfluenceModel, month

def played(**given):
    model = InfluenceModel("baseline", rng=1, months=3, parameters=given)
    model.run_model()
    return [model["us_presence"], model["violence"]]

found = [played(), *(played(**{"capability.weariness": weariness}) for weariness in (0.0, 0.5))]
month.weary = lambda s, p: None
print(json.dumps([*found, played(**{"capability.weariness": 0.5})]))
"""


def changed(text: str, hunk: str) -> str:
    """A text after one piece of a difference, whose old lines it must hold exactly once."""
    lines = [line for line in hunk.splitlines(keepends=True) if line[:1] in {" ", "-", "+"}]
    old = "".join(line[1:] for line in lines if line[0] != "+")
    new = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(old) == 1, f"{text.count(old)} places for:\n{old}"
    return text.replace(old, new)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its scenarios, with the changes of the page."""
    for folder in ("influence_sim", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    blocks = re.findall(r"```diff\n--- a/(\S+)\n\+\+\+ b/\S+\n@@\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == PAGE.count("```diff")
    for name, hunks in blocks:
        path = tmp_path / name
        text = path.read_text(encoding="utf-8")
        for hunk in hunks.split("@@\n"):
            text = changed(text, hunk)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def presence(folder: Path) -> list[list[float]]:
    """Presence and violence after three months of the page: by default, at 0, at 0.5, and at 0.5 without its place."""
    surroundings = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"}  # it need not be compiled
    program = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(program, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: list[list[float]] = json.loads(done.stdout)
    return document


def test_the_mechanism_does_what_the_page_says_and_nothing_without_its_place_in_the_month(copy: Path) -> None:
    default, off, on, without = presence(copy)
    assert off == default == without
    assert on[0] < off[0]
