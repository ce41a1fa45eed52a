"""Reading a sweep: what drives its outcomes, and under which ranges of the factors something happens.

Both functions take a sweep, its folder, or a table of points with the names of what was varied.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from influence_sim.analysis.sweeps.design import POINT, Design, outcomes_of
from influence_sim.analysis.sweeps.discovery import Discovery, find_box
from influence_sim.analysis.sweeps.sensitivity import Sensitivity, Settings, analyse
from influence_sim.api.lookups import labels
from influence_sim.api.sweep import Sweep, load_sweep
from influence_sim.base.errors import InputError, MachineError, Problem, did_you_mean
from influence_sim.base.faults import machine_faults
from influence_sim.runs.folder import record_files
from influence_sim.runs.manifest import file_hash
from influence_sim.runs.sweeps.design import Factor
from influence_sim.runs.sweeps.tables import RUNS
from influence_sim.scenario.study_schema import METHODS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Discovery", "Sensitivity", "Swept", "discover", "read_sweep", "sensitivity"]

GIVEN, FIGURES = "csv", "figures"
LONGEST = 60
"""Characters of an expression in the name of a file."""
_SIGNS = {"<=": "le", ">=": "ge", "==": "eq", "!=": "ne", "<": "lt", ">": "gt"}
Ranges = Mapping[str, tuple[float, float]]


Source = str | Path | Sweep | pd.DataFrame
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
    resamples: int | None = None,
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
        resamples: of the bootstrap; 1,000 by default, and fewer of very large samples.

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
    return _of_sweep(load_sweep(folder))


def _of_sweep(sweep: Sweep) -> Swept:
    """The runs of a sweep, and how its points were chosen.

    Raises:
        MachineError: the runs are missing or damaged.
    """
    runs = sweep.folder / RUNS
    with machine_faults(runs, "read"):
        if file_hash(runs) != sweep.manifest["files"].get(RUNS):
            raise MachineError(f"{runs}: changed or damaged since it was written")
    design = Design(sweep.factors, sweep.method, sweep.points, int(sweep.arguments["replicates"]))
    return Swept(sweep.frame, design, sweep.title, sweep.folder)


def _swept(source: Source | Swept, factors: Factors | None, method: str, replicates: int) -> Swept:
    if isinstance(source, Swept):
        return source
    if isinstance(source, pd.DataFrame):
        return Swept(source, _design_for(source, factors, method, replicates))
    return _of_sweep(source) if isinstance(source, Sweep) else read_sweep(source)


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


def sensitivity_pages(found: Sensitivity, swept: Swept) -> dict[str, Figure]:
    """One page an outcome, by the names of their files."""
    from influence_sim import views

    pages = {}
    for row in found.summary.to_dict("records"):
        note = noise_words(float(row["noise_share"]))
        page = views.sensitivity_page(found, str(row["outcome"]), title=swept.title, note=note, labels=labels())
        pages[f"sensitivity_{row['outcome']}{_dated(str(row['date']))}"] = page
    return pages


def save_sensitivity(found: Sensitivity, swept: Swept, folder: Path) -> tuple[Path, ...]:
    """Draws one page an outcome into the folder of a sweep, and lists them in its manifest.

    Raises:
        MachineError: another process writes there, or the disk does not allow it.
    """
    return _save(folder, sensitivity_pages(found, swept))


def save_discovery(found: Discovery, swept: Swept, folder: Path) -> tuple[Path, ...]:
    """Draws what was discovered into the folder of a sweep, and lists it in its manifest.

    Raises:
        MachineError: another process writes there, or the disk does not allow it.
    """
    from influence_sim import views

    page = views.discovery_page(found, title=swept.title, note=" ".join(f"{text}." for text in found.cautions))
    return _save(folder, {f"discover_{_slug(found.where)}{_dated(found.date)}": page})


def noise_words(share: float) -> str:
    """How much of the variance over points the replicates account for."""
    if math.isnan(share):
        return ""
    percent = f"{100 * min(share, 1.0):.1g}" if share < 0.1 else f"{100 * min(share, 1.0):.0f}"
    return f"The noise of the replicates accounts for at most {percent} % of the variance over points."


def _save(folder: Path, pages: Mapping[str, Figure]) -> tuple[Path, ...]:
    from influence_sim import views

    with machine_faults(folder / FIGURES):
        paths = [views.save_figure(page, folder / FIGURES / name)[0] for name, page in pages.items()]
    record_files(folder, paths)
    return tuple(paths)


def _dated(date: str) -> str:
    return f"_{date}" if date else ""


def _slug(where: str) -> str:
    """An expression as part of a file's name; long ones end with a hash, so that no two share a name."""
    for sign, word in _SIGNS.items():
        where = where.replace(sign, f" {word} ")
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", where).strip("_")
    if len(name) <= LONGEST:
        return name
    return f"{name[:LONGEST]}_{hashlib.sha256(where.encode()).hexdigest()[:8]}"
