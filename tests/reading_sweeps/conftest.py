"""Sweeps of functions that are known, as tables, and a real one in a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import settings
from SALib.sample import sobol
from SALib.test_functions import Ishigami
from scipy.stats import qmc

import influence_sim as sim
from influence_sim.base.files import file_hash
from influence_sim.runs.store import write_groups

NAMES = ("x1", "x2", "x3")
BOUNDS = dict.fromkeys(NAMES, (-np.pi, np.pi))
PROBLEM = {"num_vars": 3, "names": list(NAMES), "bounds": [list(BOUNDS[name]) for name in NAMES]}
BOX = {"a": (0.30, 0.80), "b": (0.55, 1.0)}
"""Where the planted cases are."""
settings.register_profile("reading_sweeps", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("reading_sweeps")
VARIED = {"decide.rationality": (4.0, 20.0), "precedent.strength": (0.0, 2.0), "authority.erosion": (0.0, 1.0)}


@pytest.fixture(scope="session")
def ishigami() -> Callable[[int], pd.DataFrame]:
    """Makes a Saltelli design of so many base samples and the Ishigami function, `y`, at its points."""
    return _ishigami


@pytest.fixture(scope="session")
def planted() -> Callable[..., pd.DataFrame]:
    """Makes points a, b, c ... and an outcome, `y`, that is -1 where a is in 0.3-0.8 and b above 0.55, else 0."""
    return _planted


def _ishigami(samples: int, seed: int = 7) -> pd.DataFrame:
    x = sobol.sample(PROBLEM, samples, calc_second_order=False, seed=seed)
    return pd.DataFrame(x, columns=list(NAMES)).assign(y=Ishigami.evaluate(x))


def _planted(points: int = 600, width: int = 5, seed: int = 3, flipped: float = 0.0) -> pd.DataFrame:
    x = qmc.LatinHypercube(width, rng=np.random.default_rng(seed)).random(points)
    frame = pd.DataFrame(x, columns=list("abcdefgh")[:width])
    inside = np.logical_and.reduce([frame[name].between(*ends) for name, ends in BOX.items()])
    flips = np.random.default_rng(seed + 1).random(points) < flipped
    return frame.assign(y=np.where(inside ^ flips, -1.0, 0.0))


@dataclass(frozen=True)
class Folder:
    """A sweep's folder whose numbers a test may replace."""

    path: Path

    def manifest(self) -> dict[str, Any]:
        """What its manifest says."""
        return dict(json.loads((self.path / "manifest.json").read_text(encoding="utf-8")))

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Changes the manifest."""
        manifest = self.manifest()
        change(manifest)
        (self.path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def fill(self, columns: Mapping[str, np.ndarray], keep: Callable[[pd.DataFrame], pd.Series] | None = None) -> None:
        """Replaces columns of the runs by those given, each with a value a row, and drops rows if asked to."""
        frame = sim.load_sweep(self.path).frame.assign(**columns)
        table = pa.Table.from_pandas(frame if keep is None else frame[keep(frame)], preserve_index=False)
        with (self.path / "runs.parquet").open("wb") as file:
            write_groups(file, table.schema, [table])
        self.change(lambda m: m["files"].update({"runs.parquet": file_hash(self.path / "runs.parquet")}))


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real sweep of 16 x (3 + 2) points and two dates; nobody changes it."""
    out = tmp_path_factory.mktemp("sweeps") / "saltelli"
    sim.sweep(
        "us_engages_taliban",
        vary=VARIED,
        design="sobol_indices",
        samples=16,
        replicates=2,
        months=36,
        outcomes=["kabul_authority", "us_acceptance"],
        dates=["2018-06", "2018-08"],
        out=out,
    )
    return out


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Folder:
    """A copy of the real sweep."""
    return Folder(Path(shutil.copytree(swept, tmp_path / "sweep")))
