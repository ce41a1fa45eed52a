"""Result folders: how a request is computed into one, what that would take, and where things lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from itertools import chain
from pathlib import Path
from threading import Event, Thread
from typing import Any

import click

from influence_sim import api
from influence_sim.api.late import Figure, pd, summary
from influence_sim.base.errors import ModelError
from influence_sim.base.progress import duration, volume
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.options import F

Document = Callable[[Any], Mapping[str, Any]]
"""A result as plain data."""
Report = Callable[[Any, Console], Iterable[str]]
"""A result to be read."""


@dataclass(frozen=True, slots=True)
class Into:
    """Where a command puts its results, and how they are computed."""

    out: Path | None
    workers: int
    force: bool

    def answer(self, console: Console, request: Any, counted: str, *, document: Document, report: Report) -> None:
        """Computes a request, unless it is there, and prints what came of it and where that, and its figure, is.

        How far it is, is shown meanwhile; `counted` says of what.

        Raises, once all else is said, what has kept it from being written or drawn, and what could not be computed.
        """
        running = Event()
        if not request.place(self.out).exists():
            Thread(target=_load_ahead, args=(running,), daemon=True).start()
        with console.progress(counted) as tell:

            def progress(done: int, total: int) -> None:
                running.set()
                tell(done, total)

            how: Any = {"workers": self.workers, "force": self.force, "progress": progress}
            done = api.folders.compute_into(request, self.out, **how)
        path = done.folder / request.figure if done.folder and done.error is None else None
        said = "" if done.fresh else " (already done; nothing was run)"
        if not done.fresh and done.result.about["arguments"] != request.about["arguments"]:
            said = " (already done; it was only tried in other worlds)"
        places = [f"Result: {done.folder}{said}"] if done.folder else ["Result: not kept"]
        places += [f"Figure: {path}"] if path else []
        kept = {"status": done.status, "folder": done.folder, "figure": path}
        console.answer({**document(done.result), **kept}, chain(report(done.result, console), [""], places))
        if done.error is not None:
            raise done.error
        if done.result.lacking:
            raise ModelError(done.result.lacking)


SLOW_TO_LOAD = "influence_sim.model.ensemble", "pandas", "scipy.special", "influence_sim.views"
"""What every computed folder needs: the model, then what can load beside its runs, which do without Python's lock."""


def _load_ahead(running: Event) -> None:
    """Loads that, in this order, all but the model once it is running; what fails is told where it is used."""
    with suppress(Exception):
        for module in SLOW_TO_LOAD:
            import_module(module)
            running.wait()


def into_folder(name: str) -> Callable[[F], Callable[..., object]]:
    """The options of a command that computes a folder, `name` by default; it is handed them as `into`."""

    def decorate(command: F) -> Callable[..., object]:
        @options.WORKERS
        @click.option("--out", type=options.PATH, metavar="DIR",
                      help=f"Result folder; by default results/{name}.")  # fmt: skip
        @click.option("--force", is_flag=True, help="Replace what an earlier run left in the folder.")
        @wraps(command)
        def bundled(*args: Any, out: Path | None, workers: int, force: bool, **asked: Any) -> object:
            return command(*args, into=Into(out, workers, force), **asked)

        return bundled

    return decorate


def foretell(
    console: Console, request: Any, out: Path | None, seconds: float, *, what: str = "", by: str = "", **more: int
) -> None:
    """Says what a run or a sweep would take; `more` is for the document."""
    size, name, months = request.size(), request.scenario.name, request.months
    folder = request.place(out)
    numbers = {"runs": size["runs"], "months": months, "seconds": round(seconds, 1), "bytes": size["bytes"]}
    told = f"{name}: {what}{size['runs']:,} runs of {months} months, about {duration(seconds)}{by} and "
    told += f"{volume(size['bytes'])}, into {folder}; nothing was written"
    console.answer({"scenario": name, **more, **numbers, "folder": folder}, [told])


def explored(
    console: Console,
    swept: api.sweep.Sweep,
    document: Mapping[str, Any],
    report: Iterable[str],
    *,
    table: pd.DataFrame,
    out: Path | None,
    pages: Mapping[str, Figure],
) -> None:
    """Writes the table, if there is a place for it, and the figures of what was found in a sweep, and prints it all.

    Raises:
        InputError, MachineError: something could not be written; what was found is printed all the same.
    """
    from influence_sim.runs.derived import deliver

    data, numbers = summary.to_csv(table), swept.manifest["numbers"]

    def write_table() -> Iterator[Path]:
        if out is not None:
            deliver(out, data, swept.folder, numbers)
            yield out

    tables = console.attempt(write_table)
    figures = console.attempt(lambda: api.explore.save_pages(pages.items(), swept.folder, numbers) if pages else [])
    written = [*(f"Table: {path}" for path in tables), *(f"Figure: {path}" for path in figures)]
    console.answer(
        {"title": swept.title, "folder": swept.folder, **document, "figures": figures},
        chain([swept.title], report, [""] if written else [], written),
    )
