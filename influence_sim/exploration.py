"""Reading a sweep: what drives its outcomes, and under which ranges of the factors something happens.

Both functions take a sweep in any form: its folder, an object that knows its folder, or a table of points with the
names of the factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from influence_sim.analysis.design import POINT, Design, outcomes_of
from influence_sim.analysis.discovery import Discovery, find_box
from influence_sim.analysis.sensitivity import RESAMPLES, Sensitivity, Settings, analyse
from influence_sim.experiments.faults import machine_faults
from influence_sim.experiments.manifest import Manifest, file_hash, read_manifest
from influence_sim.experiments.sweeps.factors import Factor
from influence_sim.experiments.sweeps.request import METHODS
from influence_sim.experiments.sweeps.tables import RUNS, read_runs
from influence_sim.scenario import InputError, MachineError, Problem
from influence_sim.scenario.errors import did_you_mean

__all__ = ["Discovery", "Sensitivity", "Swept", "SweptFolder", "discover", "read_sweep", "sensitivity"]

SWEEP, GIVEN = "sweep", "csv"
Ranges = Mapping[str, tuple[float, float]]


class SweptFolder(Protocol):
    """Anything that knows the folder of a sweep."""

    @property
    def folder(self) -> Path | None:
        """The folder."""


Source = str | Path | SweptFolder | pd.DataFrame
Factors = Ranges | Sequence[str] | Sequence[Factor]


@dataclass(frozen=True, eq=False, slots=True)
class Swept:
    """The table of a sweep and how its points were chosen.

    Attributes:
        frame: a row a point and month, as in `runs.parquet`.
        design: how the points were chosen.
        title: what was swept.
        folder: where it was read from; None for a table.
    """

    frame: pd.DataFrame
    design: Design
    title: str = ""
    folder: Path | None = None


def sensitivity(
    source: Source | Swept,
    outcome: str | Iterable[str] | None = None,
    *,
    month: str | None = None,
    factors: Factors | None = None,
    method: str = GIVEN,
    replicates: int = 0,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> Sensitivity:
    """What drives the outcomes of a sweep: Sobol indices, Morris' screening or rank correlations.

    The design decides: `sobol_indices` gives first-order and total Sobol indices, `morris` elementary effects, and
    any other rank correlations. What is looked at is the paired difference of an outcome, or its mean where there
    is no baseline; a column such as `kabul_authority_mean` can be named too.

    Args:
        source: a sweep, its folder, or a table with a row a point, in the order of the design or with a
            column `point`.
        outcome: one name or several; all outcomes by default.
        month: `YYYY-MM`; the last one that was kept by default.
        factors: of a table: the columns that were varied, perhaps with their ranges.
        method: of a table: how its points were chosen.
        replicates: of a table: how many there were at each point, if it is known.
        seed: of bootstrap and shuffles, from 1.
        resamples: of the bootstrap.

    Raises:
        InputError: the folder holds no finished sweep, or there is no such outcome, month, factor or method.
        MachineError: a file is missing or damaged.
    """
    if seed < 1:
        raise InputError(Problem("seed", None, None, str(seed), "must be a whole number from 1"))
    swept = _swept(source, factors, method, replicates)
    return analyse(
        swept.frame,
        swept.design,
        _outcomes(swept.frame, outcome),
        month=month,
        settings=Settings(seed, resamples),
    )


def discover(
    source: Source | Swept,
    where: str,
    *,
    month: str | None = None,
    point: int | None = None,
    factors: Factors | None = None,
    method: str = GIVEN,
    seed: int = 1,
) -> Discovery:
    """Under which ranges of the factors something happens: PRIM, the patient rule induction method.

    Args:
        source: as for `sensitivity`.
        where: which points are of interest, such as `kabul_authority_diff < -0.05 and not settlement > 0.1`.
        month: `YYYY-MM`; the last one that was kept by default.
        point: the box of the trajectory that is wanted; by default that with the best balance of coverage and
            density, without the limits that chance explains.
        factors: of a table, as for `sensitivity`.
        method: of a table, likewise.
        seed: of the halves of the points from which the box is looked for again.

    Raises:
        InputError: the expression is wrong, it holds at no point or at all, there is no such month or point, or
            the folder holds no finished sweep.
        MachineError: a file is missing or damaged.
    """
    swept = _swept(source, factors, method, 0)
    return find_box(swept.frame, swept.design, where, month=month, step=point, seed=seed)


def read_sweep(folder: str | Path) -> Swept:
    """Reads the folder of a finished sweep.

    Raises:
        InputError: it is no such folder, or the sweep is not finished.
        MachineError: a file is missing or damaged.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    if manifest.kind != SWEEP:
        rule = "this is the folder of a run, not of a sweep" if manifest.kind == "run" else "not a sweep's folder"
        raise InputError(Problem(str(folder), None, None, manifest.kind, rule))
    said = manifest.files.get(RUNS)
    if said is None:
        rule = "this sweep is not finished; run it again with --resume"
        raise InputError(Problem(str(folder), None, None, manifest.status, rule))
    with machine_faults(place / RUNS, "read"):
        if file_hash(place / RUNS) != said:
            raise MachineError(f"{place / RUNS}: changed or damaged since it was written")
    frame = read_runs(place).to_pandas()
    return Swept(frame, _design_of(place, manifest), str(manifest.scenario.get("title", "")), place)


def _design_of(folder: Path, manifest: Manifest) -> Design:
    """How the points were chosen, by the manifest.

    Raises:
        InputError: it does not say so.
    """
    given: Mapping[str, Any] = manifest.arguments
    try:
        factors = tuple(Factor(**{**data, "choices": tuple(data["choices"])}) for data in given["factors"])
        return Design(factors, str(given["design"]["method"]), int(given["points"]), int(given["replicates"]))
    except (KeyError, TypeError, ValueError):
        rule = "its manifest does not say how the points were chosen"
        raise InputError(Problem(str(folder), None, None, "", rule)) from None


def _swept(source: Source | Swept, factors: Factors | None, method: str, replicates: int) -> Swept:
    if isinstance(source, Swept):
        return source
    if isinstance(source, pd.DataFrame):
        return Swept(source, _design_for(source, factors, method, replicates))
    folder = source if isinstance(source, str | Path) else source.folder
    if folder is None:
        raise InputError(Problem("sweep", None, None, "", "this sweep has no folder yet"))
    return read_sweep(folder)


def _design_for(frame: pd.DataFrame, factors: Factors | None, method: str, replicates: int) -> Design:
    """How the points of a table were chosen, by the caller.

    Raises:
        InputError: it is not said what was varied, or a name is wrong.
    """
    if method not in METHODS:
        hint = did_you_mean(method, METHODS) or f"there are {', '.join(METHODS)}"
        raise InputError(Problem("method", None, None, method, "not a method of a design", hint))
    found = tuple(_factors(frame, factors or ()))
    if not found:
        raise InputError(Problem("factors", None, None, "", "a table needs the names of what was varied"))
    points = int(frame[POINT].max()) + 1 if POINT in frame.columns else len(frame)
    return Design(found, method, points, replicates)


def _factors(frame: pd.DataFrame, given: Factors) -> Iterable[Factor]:
    for item in given:
        path = item.path if isinstance(item, Factor) else item
        if path not in frame.columns:
            hint = did_you_mean(path, map(str, frame.columns))
            raise InputError(Problem("factors", None, None, path, "not a column of the table", hint))
        if isinstance(item, Factor):
            yield item
        else:
            column = frame[path]
            low, high = given[path] if isinstance(given, Mapping) else (column.min(), column.max())
            yield Factor(path, float(low), float(high))


def _outcomes(frame: pd.DataFrame, outcome: str | Iterable[str] | None) -> Sequence[str]:
    """The outcomes that are asked about.

    Raises:
        InputError: none is named, and the table has no `NAME_mean`.
    """
    asked = (outcome,) if isinstance(outcome, str) else tuple(outcome or outcomes_of(frame))
    if not asked:
        raise InputError(Problem("outcome", None, None, "", "name a column of the table"))
    return asked
