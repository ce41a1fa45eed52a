"""Result folders of every kind: opened, and repeated."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.claims import Verdicts, plan_claims, read_verdicts
from influence_sim.api.claims import compute as compute_verdicts
from influence_sim.api.compare import Comparison, plan_comparison, read_comparison
from influence_sim.api.compare import compute as compute_comparison
from influence_sim.api.explain import Explanation, plan_explanation, read_explanation
from influence_sim.api.explain import compute as compute_explanation
from influence_sim.api.folders import SCENARIOS
from influence_sim.api.result import Result, layout_of, read, trajectories
from influence_sim.api.sweep import Sweep, load_sweep, prepare_sweep, sweep_to_folder
from influence_sim.base.errors import MachineError
from influence_sim.base.faults import machine_faults
from influence_sim.base.months import format_month
from influence_sim.base.progress import Progress, shown
from influence_sim.base.values import ByValue
from influence_sim.runs.manifest import (
    CLAIMS,
    COMPARE,
    EXPLAIN,
    RUN,
    SWEEP,
    Manifest,
    file_hash,
    model_version,
    read_complete,
    versions,
)
from influence_sim.runs.request import TRAJECTORIES, read_request
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.base.numbers import Floats

TOLERANCE = 1e-9
"""Largest difference that still counts as the same numbers on another machine or with other versions."""
STUDY = "study.yaml"
Found = tuple[dict[str, float], bool]
"""The largest difference of each outcome, and whether the files are the same, byte for byte."""


def load(folder: str | Path) -> Result | Comparison | Explanation | Sweep | Verdicts:
    """Reads a result folder of any kind; large tables only when they are asked for.

    Raises:
        InputError: it is no result folder, or not complete.
        MachineError: a file in it is missing or damaged.
    """
    readers: Mapping[str, Callable[[Path], Any]] = {
        RUN: read,
        COMPARE: read_comparison,
        EXPLAIN: read_explanation,
        SWEEP: load_sweep,
        CLAIMS: read_verdicts,
    }
    found: Result | Comparison | Explanation | Sweep | Verdicts
    found = readers[read_complete(Path(folder), *readers).kind](Path(folder))
    return found


@dataclass(frozen=True, eq=False, slots=True)
class Repeat(ByValue):
    """What repeating a folder showed.

    Attributes:
        same: no number differs by more than `within`.
        identical: the numbers are the same, byte for byte.
        within: how far numbers may differ and still be the same.
        differences: columns outcome, max_abs_diff.
        model_changed: the model is not the one that made the folder.
        notes: what else differs between then and now.
    """

    same: bool
    identical: bool
    within: float
    differences: pd.DataFrame
    model_changed: bool
    notes: tuple[str, ...]


def rerun(folder: str | Path, *, workers: int = 1, progress: Progress | bool | None = None) -> Repeat:
    """Repeats a result folder from what it holds, and compares number by number; changes nothing there.

    Args:
        folder: of any kind.
        workers: threads.
        progress: True for a bar, or a function that is called with what is done and the total.

    Raises:
        InputError: it is no complete result folder, or its scenarios cannot be run any more.
        MachineError: a file in it is missing or damaged, or memory is short.
    """
    import pandas as pd

    again: Mapping[str, Callable[[Path, Manifest, dict[str, Any]], Found]] = {
        RUN: _run_again,
        COMPARE: _compare_again,
        EXPLAIN: _explain_again,
        SWEEP: _sweep_again,
        CLAIMS: _test_again,
    }
    place = Path(folder)
    manifest = read_complete(place, *again)
    how = {"workers": workers, "progress": shown(progress, "runs")}
    gaps, identical = again[manifest.kind](place, manifest, how)
    today = model_version(load_theatre())
    return Repeat(
        same=all(gap <= TOLERANCE for gap in gaps.values()),
        identical=identical,
        within=TOLERANCE,
        differences=pd.DataFrame({"outcome": list(gaps), "max_abs_diff": list(gaps.values())}),
        model_changed=today != manifest.model_version,
        notes=tuple(_notes(manifest, today)),
    )


def _run_again(folder: Path, manifest: Manifest, how: dict[str, Any]) -> Found:
    """A run: row group by row group, so that the old numbers are never in memory as a whole.

    Raises:
        MachineError: the trajectories are missing or damaged.
    """
    import numpy as np

    from influence_sim.runs.store import Hashed, read_groups

    request = read_request(folder, manifest, load_theatre())
    layout, path, sink = layout_of(request), folder / TRAJECTORIES, Hashed()
    arms = tuple(trajectories(request, request.arms, **how))
    worst = np.zeros(len(layout.outcomes))
    stored = read_groups(path)
    for name, first, values in layout.groups(request.names, arms):
        table = next(stored, None)
        rows = values.shape[0] * values.shape[2]
        if table is None or len(table) != rows or _first_of(table) != (name, first):
            raise MachineError(f"{path}: damaged (its rows are not those of its manifest)")
        np.maximum(worst, _gaps(layout.values_of(table), values).max(axis=(0, 2)), out=worst)
    layout.write(sink, request.names, arms)
    with machine_faults(path, "read"):
        identical = sink.hexdigest() == file_hash(path)
    return dict(zip(layout.outcomes, worst.tolist(), strict=True)), identical


def _first_of(table: Any) -> tuple[str, int]:
    return table.column("scenario")[0].as_py(), table.column("replicate")[0].as_py()


def _compare_again(folder: Path, manifest: Manifest, how: dict[str, Any]) -> Found:
    given, arms = manifest.arguments, folder / SCENARIOS
    size = {name: given[name] for name in ("replicates", "seed", "months", "samples", "outcomes")}
    request = plan_comparison(
        [arms / f"{name}.yaml" for name in given["scenarios"]], against=arms / f"{given['against']}.yaml", **size
    )
    return _by_outcome(read_comparison(folder).table, compute_comparison(request, **how).table)


def _explain_again(folder: Path, manifest: Manifest, how: dict[str, Any]) -> Found:
    given, arms = manifest.arguments, folder / SCENARIOS
    asked = {name: given[name] for name in ("outcome", "by", "replicates", "seed", "samples", "together")}
    scenario, against = (arms / f"{name}.yaml" for name in (*given["scenarios"], given["against"]))
    old = read_explanation(folder)
    request = plan_explanation(scenario, month=format_month(old.month), against=against, **asked)
    new = compute_explanation(request, **how).table.assign(outcome=old.outcome)
    return _by_outcome(old.table.assign(outcome=old.outcome), new)


def _sweep_again(folder: Path, manifest: Manifest, how: dict[str, Any]) -> Found:
    old = load_sweep(folder)
    with tempfile.TemporaryDirectory() as elsewhere:
        new = load_sweep(sweep_to_folder(prepare_sweep(folder / STUDY), Path(elsewhere) / "again", **how).folder)
        gaps = _gaps_of(old.frame, new.frame)
    found = {name: max(gap for column, gap in gaps.items() if column.startswith(f"{name}_")) for name in old.outcomes}
    return found, old.frame.equals(new.frame)


def _test_again(folder: Path, manifest: Manifest, how: dict[str, Any]) -> Found:
    given = manifest.arguments
    request = plan_claims(given["claims"], **{name: given[name] for name in ("samples", "replicates", "seed")})
    old, new = (found.table.assign(outcome=found.table["test"]) for found in (
        read_verdicts(folder), compute_verdicts(request, **how)))  # fmt: skip
    return _by_outcome(old, new)


def _by_outcome(old: pd.DataFrame, new: pd.DataFrame) -> Found:
    """Compares two tables with a column `outcome`."""
    names = dict.fromkeys(old["outcome"])
    parts = {name: [table[table["outcome"] == name] for table in (old, new)] for name in names}
    return {name: max(_gaps_of(*pair).values()) for name, pair in parts.items()}, bool(old.equals(new))


def _gaps_of(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, float]:
    """The largest difference in each column of numbers.

    Raises:
        MachineError: the tables have other rows or columns.
    """
    if list(old.columns) != list(new.columns) or len(old) != len(new):
        raise MachineError("damaged: its rows or columns are not those of its manifest")
    numbers = old.select_dtypes("float").columns
    return {str(name): float(_gaps(old[name].to_numpy(), new[name].to_numpy()).max()) for name in numbers}


def _gaps(old: Floats, new: Floats) -> Floats:
    """How far numbers differ; infinitely where only one of the two is a number."""
    import numpy as np

    gaps = np.abs(old - new)
    gaps[np.isnan(old) & np.isnan(new)] = 0.0
    return np.nan_to_num(gaps, nan=np.inf, posinf=np.inf)


def _notes(manifest: Manifest, today: str) -> Iterator[str]:
    if today != manifest.model_version:
        yield f"the model has changed: {manifest.model_version[:12]} then, {today[:12]} now"
    for name, now in versions().items():
        then = manifest.versions.get(name, "not installed")
        if then != now:
            yield f"{name}: {then} then, {now} now"
