"""Result folders: computing a request into one, estimating what that takes, and printing what was written where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
"""Turns a result into plain data."""
Report = Callable[[Any, Console], Iterable[str]]
"""Turns a result into lines of text."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a command puts its result, and how it computes it."""

    out: Path | None
    workers: int
    force: bool

    def answer(self, console: Console, request: Any, noun: str, *, document: Document, report: Report) -> None:
        """Computes a request, unless its folder is complete, and prints the result and the paths of folder and figure.

        Progress counts `noun`. Raises at the end, once all is printed, the error that kept the result from being
        written or drawn, or a `ModelError` about what could not be computed.
        """
        running = Event()
        if not request.place(self.out).exists():
            Thread(target=_load_ahead, args=(running,), daemon=True).start()
        with console.progress(noun) as report_progress:

            def progress(done: int, total: int) -> None:
                running.set()
                report_progress(done, total)

            kwargs: Any = {"workers": self.workers, "force": self.force, "progress": progress}
            computed = api.folders.compute_into(request, self.out, **kwargs)
        path = computed.folder / request.figure if computed.folder and computed.error is None else None
        note = "" if computed.fresh else " (already done; nothing was run)"
        if not computed.fresh and computed.result.about["arguments"] != request.about["arguments"]:
            note = " (already done; it was only tried in other worlds)"
        places = [f"Result: {computed.folder}{note}"] if computed.folder else ["Result: not kept"]
        places += [f"Figure: {path}"] if path else []
        status = ("done" if computed.fresh else "already done") if computed.folder else "not kept"
        entries = {"status": status, "folder": computed.folder, "figure": path}
        console.answer({**document(computed.result), **entries}, chain(report(computed.result, console), [""], places))
        if computed.error is not None:
            raise computed.error
        if computed.result.lacking:
            raise ModelError(computed.result.lacking)


SLOW_TO_LOAD = "influence_sim.model.ensemble", "pandas", "scipy.special", "influence_sim.views"
"""Modules that every computed folder needs: the model, then those that load beside its runs, which release the GIL."""


def _load_ahead(running: Event) -> None:
    """Loads these modules, all but the model once it is running; errors are left to where they are used."""
    with suppress(Exception):
        for module in SLOW_TO_LOAD:
            import_module(module)
            running.wait()


def into_folder(name: str) -> Callable[[F], Callable[..., object]]:
    """The options of a command that computes a folder, `name` by default; the command gets them as `target`."""

    def decorate(command: F) -> Callable[..., object]:
        @options.WORKERS
        @click.option("--out", type=options.PATH, metavar="DIR",
                      help=f"Result folder; by default results/{name}.")  # fmt: skip
        @click.option("--force", is_flag=True, help="Replace what an earlier run left in the folder.")
        @wraps(command)
        def wrapper(*args: Any, out: Path | None, workers: int, force: bool, **kwargs: Any) -> object:
            return command(*args, target=Target(out, workers, force), **kwargs)

        return wrapper

    return decorate


def print_cost(
    console: Console, request: Any, out: Path | None, seconds: float, *, prefix: str = "", suffix: str = "", **data: int
) -> None:
    """Prints what a run or a sweep would take; `data` is for the document."""
    size, name, months = request.size(), request.scenario.name, request.months
    folder = request.place(out)
    numbers = {"runs": size["runs"], "months": months, "seconds": round(seconds, 1), "bytes": size["bytes"]}
    text = f"{name}: {prefix}{size['runs']:,} runs of {months} months, about {duration(seconds)}{suffix} and "
    text += f"{volume(size['bytes'])}, into {folder}; nothing was written"
    console.answer({"scenario": name, **data, **numbers, "folder": folder}, [text])


def print_analysis(
    console: Console,
    sweep: api.sweep.Sweep,
    document: Mapping[str, Any],
    report: Iterable[str],
    *,
    table: pd.DataFrame,
    out: Path | None,
    pages: Mapping[str, Figure],
) -> None:
    """Prints the analysis of a sweep, and writes its figures, and its table to `out` if that is given.

    Raises:
        InputError, MachineError: something could not be written; the analysis is printed all the same.
    """
    from influence_sim.runs.derived import deliver

    data, numbers = summary.to_csv(table), sweep.manifest["numbers"]

    tables = [] if out is None else console.attempt(lambda: deliver(out, data, sweep.folder, numbers), out)
    figures = console.attempt(lambda: api.explore.save_pages(pages.items(), sweep.folder, numbers) if pages else [])
    paths = [*(f"Table: {path}" for path in tables), *(f"Figure: {path}" for path in figures)]
    console.answer(
        {"title": sweep.title, "folder": sweep.folder, **document, "figures": figures},
        chain([sweep.title], report, [""] if paths else [], paths),
    )
