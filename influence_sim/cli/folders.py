"""Result folders: how a request is computed into one, what that would take, and where things lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import machine_faults
from influence_sim.base.files import replace_file
from influence_sim.base.progress import duration, volume
from influence_sim.cli.console import Console

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from influence_sim.api.folders import Finished
    from influence_sim.api.sweep import Sweep
    from influence_sim.runs.request import RunRequest
    from influence_sim.runs.sweeps.request import SweepRequest


def compute(
    console: Console, request: Any, counted: str, *, out: Path | None, workers: int, force: bool
) -> Finished[Any]:
    """Computes a request into its folder, unless it is there, and shows how far that is; `counted` says of what."""
    from influence_sim.api.folders import compute_into

    with console.progress(counted) as progress:
        return compute_into(request, out, workers=workers, force=force, progress=progress)


def kept(done: Finished[Any], figure: str) -> dict[str, Any]:
    """What a document says of a result folder and of the figure in it, if it has one."""
    path = done.folder / figure
    return {"status": done.status, "folder": done.folder, "figure": path if path.is_file() else None}


def places(done: Finished[Any], figure: str) -> Iterator[str]:
    """Where the results are, and whether they were there already."""
    yield f"Result: {done.folder}{'' if done.fresh else ' (already done; nothing was run)'}"
    if (done.folder / figure).is_file():
        yield f"Figure: {done.folder / figure}"


def foretell(
    console: Console,
    request: RunRequest | SweepRequest,
    out: Path | None,
    seconds: float,
    *,
    points: str = "",
    who: str = "",
    more: Mapping[str, Any] | None = None,
) -> None:
    """Says how much a run or a sweep is, and does nothing.

    Args:
        console: what it is said on.
        request: what would be run.
        out: where; None for its own folder beneath `results/`.
        seconds: how long it may take.
        points: at how many points, in words.
        who: does it, in words.
        more: for the document.
    """
    size, name = request.size(), request.scenario.name
    folder = request.place(out)
    numbers = {"runs": size["runs"], "months": request.months, "seconds": round(seconds, 1), "bytes": size["bytes"]}
    console.answer(
        {"scenario": name, **(more or {}), **numbers, "folder": folder},
        [
            f"{name}: {points}{size['runs']:,} runs of {request.months} months, about {duration(seconds)}{who} and "
            f"{volume(size['bytes'])}, into {folder}; nothing was written"
        ],
    )


def explored(
    console: Console,
    swept: Sweep,
    document: Mapping[str, Any],
    report: Iterable[str],
    *,
    table: pd.DataFrame,
    out: Path | None,
    pages: Mapping[str, Figure],
) -> None:
    """Prints what was found in a sweep, once its table, if there is a place for it, and its figures are written.

    Raises:
        MachineError: the disk or a permission does not allow it.
    """
    from influence_sim.analysis.summary import to_csv
    from influence_sim.api.explore import save_pages

    written = []
    if out is not None:
        with machine_faults(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            replace_file(out, to_csv(table))
        written = [f"Table: {out}"]
    figures = save_pages(pages.items(), swept.folder) if pages else []
    written += [f"Figure: {figure}" for figure in figures]
    console.answer(
        {"title": swept.title, "folder": swept.folder, **document, "figures": figures},
        chain([swept.title], report, [""] if written else [], written),
    )
