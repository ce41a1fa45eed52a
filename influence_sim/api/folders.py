"""Result folders of every kind: computing into them, loading, repeating, and exporting their tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from math import inf
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim import api
from influence_sim.api.late import pd, summary
from influence_sim.base.arguments import validated
from influence_sim.base.display import Shown
from influence_sim.base.errors import InputError, MachineError, wrong
from influence_sim.base.files import like
from influence_sim.base.numbers import counted
from influence_sim.base.progress import Progress, shown
from influence_sim.base.values import ByValue, picked
from influence_sim.runs.derived import deliver, place_for
from influence_sim.runs.folder import Files, fill, read_whole
from influence_sim.runs.manifest import (
    CALLED,
    COMPARE,
    EXPLAIN,
    RUN,
    SWEEP,
    Manifest,
    model_version,
    read_complete,
    versions,
)
from influence_sim.runs.request import Request
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    from influence_sim.api.claims import Verdicts
    from influence_sim.api.compare import Comparison
    from influence_sim.api.explain import Explanation
    from influence_sim.api.result import Result
    from influence_sim.api.sweep import Sweep

KINDS = tuple(CALLED)
"""Kinds of results. Each has a module of its name in this room, with three functions:

* `compute(request, workers=, progress=)` answers a request, in memory;
* `read(folder, request)` reads the answer from its folder; what does not determine the numbers is as the request says;
* `repeat(folder, manifest, workers=, progress=)` computes the result of a folder again, and yields pairs of old and new
  tables, whose outcomes are columns, or named in a column `outcome`.
"""
TOLERANCE = 1e-9
"""Largest difference that still counts as the same numbers on another machine or with other versions."""
CSV, XLSX = "csv", "xlsx"
FORMATS = (CSV, XLSX)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a text that spreadsheets take for a formula."""
MOST_ROWS = 1_048_575
"""The format's limit on the rows of a sheet beneath its headings."""


@dataclass(frozen=True, slots=True)
class FolderResult:
    """A result and its folder; `fresh` is False if it was complete before."""

    folder: Path | None  # None if it could not be written; the result is in memory
    fresh: bool
    result: Any  # of the class of its kind
    error: InputError | MachineError | None = None  # why there is no folder, or no figure beside the numbers


def compute_into(
    request: Request,
    out: Path | None = None,
    *,
    workers: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> FolderResult:
    """Computes a request into its folder, by default one beneath `results/`, unless that holds the result already.

    `force` computes anew, and replaces what another request left there. A result that cannot be written is returned
    all the same, with the reason as its `error`.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, or disk, permissions or memory fail before anything is computed.
    """
    folder, module, results = request.place(out), getattr(api, request.kind), list[Any]()

    def files() -> Files:
        results.append(module.compute(request, workers=workers, progress=progress))
        return results[0].files()  # type: ignore[no-any-return]

    try:
        fresh = fill(folder, request.manifest(), files, force=force)
    except (InputError, MachineError) as error:
        if not results:
            raise
        return FolderResult(None, True, results[0], error)
    results.clear()  # frees the memory
    result, problem = module.read(folder, request), None
    try:
        result.draw_into(folder, request.figure)
        result = replace(result, manifest=read_complete(folder).document)
    except (InputError, MachineError) as error:
        problem = error
    return FolderResult(folder, fresh, result, problem)


@validated
def load(folder: str | PathLike[str]) -> Result | Comparison | Explanation | Sweep | Verdicts:
    """Reads a result folder of any kind; large tables only when they are asked for.

    Raises:
        InputError: it is no result folder, or not complete.
        MachineError: a file in it is missing or damaged.
    """
    result: Result | Comparison | Explanation | Sweep | Verdicts
    result = getattr(api, read_complete(Path(folder), *KINDS).kind).read(Path(folder))
    return result


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Repeat(Shown, ByValue):
    """The comparison of a folder with its repetition.

    Attributes:
        same: whether no number differs by more than `within`.
        identical: whether the numbers are the same, to the last bit.
        within: the tolerance.
        differences: one row an outcome: outcome, max_abs_diff.
        model_changed: whether the model is not the one that made the folder.
        notes: other differences between then and now.
    """

    same: bool
    identical: bool
    within: float
    differences: pd.DataFrame
    model_changed: bool
    notes: tuple[str, ...]

    @property
    def finding(self) -> str:
        """Whether the numbers are the same."""
        if self.same:
            return f"The same numbers{'' if self.identical else f' within {self.within:g}'}."
        return f"Not the same numbers{': the model has changed since' if self.model_changed else ''}."

    def described(self) -> str:
        """What was compared."""
        return f"of {counted(len(self.differences), 'outcome')}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The largest differences, where there are any."""
        rows = self.differences[self.differences["max_abs_diff"] != 0]  # NaN is a difference, too
        if len(rows):
            yield "", rows.assign(max_abs_diff=[f"{gap:.3g}" for gap in rows["max_abs_diff"]])

    def small_print(self) -> tuple[str, ...]:
        """Other differences between then and now."""
        return self.notes


@validated
def rerun(folder: str | PathLike[str], *, workers: int = 1, progress: Progress | bool | None = None) -> Repeat:
    """Repeats a result folder from what it holds, and compares number by number; changes nothing there.

    Args:
        folder: of any kind, or a result that was saved.
        workers: threads.
        progress: True for a bar, or a function that is called with what is done and the total.

    Returns:
        Whether the numbers are the `same` within 1e-9, or `identical`; the largest `differences` by outcome; whether
        the model has changed, and `notes` on what else has.

    Raises:
        InputError: it is no complete result folder, or its scenarios cannot be run any more.
        MachineError: a file in it is missing or damaged, or memory is short.
    """
    path, largest, identical = Path(folder), dict[str, float](), True
    manifest = read_whole(path, *KINDS)
    pairs = getattr(api, manifest.kind).repeat(path, manifest, workers=workers, progress=shown(progress, "runs"))
    for old, new in pairs:
        identical = identical and bool(old.equals(new))
        for outcome, gap in _gaps(path, old, new):
            largest[outcome] = max(gap, largest.get(outcome, 0.0))
    current, original = model_version(load_theatre()), manifest.model_version
    notes = [] if current == original else [f"the model has changed: {original[:12]} then, {current[:12]} now"]
    packages = ((name, manifest.versions.get(name, "not installed"), version) for name, version in versions().items())
    notes += [f"{name}: {then} then, {now} now" for name, then, now in packages if then != now]
    return Repeat(
        same=all(gap <= TOLERANCE for gap in largest.values()),
        identical=identical,
        within=TOLERANCE,
        differences=pd.DataFrame({"outcome": list(largest), "max_abs_diff": list(largest.values())}),
        model_changed=current != original,
        notes=tuple(notes),
    )


def _gaps(folder: Path, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """The largest differences between two tables, by outcome; a `MachineError` if their rows or columns differ."""
    if list(old.columns) != list(new.columns) or len(old) != len(new):
        raise MachineError(f"{folder}: damaged (its rows or columns are not those of its manifest)")
    columns = old.select_dtypes("float").columns
    both_missing = old[columns].isna() & new[columns].isna()
    gaps = (old[columns] - new[columns]).abs().mask(both_missing, 0.0).fillna(inf)  # inf where only one is missing
    largest = gaps.groupby(old["outcome"], sort=False).max().max(axis=1) if "outcome" in old.columns else gaps.max()
    yield from zip(map(str, largest.index), largest.tolist(), strict=True)


@validated
def export(
    folder: str | PathLike[str], to: str = CSV, out: str | Path | None = None, *, trajectories: bool = False
) -> list[Path]:
    """Writes the tables of a result folder for a spreadsheet; what is text there is text, and never a formula.

    Args:
        folder: of any kind, or a result that was saved.
        to: `csv`, a file a table; or `xlsx`, one workbook, for which the extra `excel` is needed.
        out: a folder for the files, or the workbook; by default `tables/` or `tables.xlsx` in the result folder.
            Tables that were exported there before are replaced; a workbook only in the result folder.
        trajectories: also every replicate of a run, month by month, as in `trajectories.parquet`. A sheet of a workbook
            holds 1,048,575 rows, which is 8,191 replicates of two arms over 64 months.

    Returns:
        The files written.

    Raises:
        InputError: it is no complete result folder, something else stands where the files should go, or a table does
            not fit into a sheet; trajectories are asked for of what has none.
        MachineError: a file in it is missing or damaged, openpyxl is not installed, or the disk fails.
    """
    if to not in FORMATS:
        raise InputError(wrong("--to", to, f"must be {' or '.join(FORMATS)}"))
    source = Path(folder)
    manifest = read_complete(source, *CALLED)
    tables = tables_of(source, manifest)
    if trajectories:
        if manifest.kind != RUN:
            rule = "only a run keeps every replicate; the points of a sweep are in its table `points`"
            raise InputError(wrong("--trajectories", manifest.kind, rule))
        tables["trajectories"] = api.run.read(source).frame
    if to == XLSX:
        files = {Path(out or source / "tables.xlsx"): workbook(tables)}
    else:
        target = Path(out or source / "tables")
        files = {target / f"{name}.csv": _csv(table) for name, table in tables.items()}
    for path, data in files.items():
        place_for(path, source, like(data))
        if path.suffix.lower() != f".{to}":  # of a workbook; other names are those of the tables
            raise InputError(wrong("--out", path, f"the name of a workbook must end in .{to}"))
    for path, data in files.items():
        deliver(path, data, source, manifest.numbers)
    return list(files)


def tables_of(folder: Path, manifest: Manifest) -> dict[str, pd.DataFrame]:
    """The tables of a folder by name, the first about the folder."""
    facts: dict[str, Any] = {
        "title": manifest.scenario["title"],
        "question": manifest.scenario.get("question", ""),
        "scenario": manifest.scenario["name"],
        "against": manifest.against["name"] if manifest.against else "",
    }
    tables: Mapping[str, pd.DataFrame | None]
    result: Any = getattr(api, manifest.kind).read(folder)
    if manifest.kind == RUN:
        facts |= {f"answer, {answer.label}": answer.text for answer in result.answers}
        tables = {
            "ending": result.ending(result.outcomes),
            "months": result.summary,
            "worlds": result.assumptions,
            "division": result.divided,
        }
    elif manifest.kind == COMPARE:
        facts |= {f"answer, {result.titles[name]}": answer.text for name, answer in result.answers.items()}
        tables = {"comparison": result.titled.assign(name=result.table["scenario"])}
    elif manifest.kind == EXPLAIN:
        facts |= {"finding": result.finding}
        tables = {"explanation": result.table}
    elif manifest.kind == SWEEP:
        drivers = api.explore.sensitivity(result).table
        tables = {"ending": result.ending(), "sensitivity": drivers, "points": result.frame}
    else:
        tested = result.examination
        tables = {"verdicts": tested.table, **picked(tested, "settles", "witnesses", "ways")}
    facts |= {name: str(value) for name, value in manifest.arguments.items()}
    facts |= {"made": manifest.started, "influence-sim": manifest.tool, "model": manifest.model_version}
    facts |= {"result": manifest.numbers}
    about = pd.DataFrame({"what": list(facts), "value": list(map(str, facts.values()))})
    return {"about": about} | {name: table for name, table in tables.items() if table is not None}


def _csv(table: pd.DataFrame) -> bytes:
    """A table as CSV, with an apostrophe before each text that a spreadsheet would take for a formula."""

    def escape(cell: Any) -> Any:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell

    texts = {str(name): table[name].map(escape) for name in table.select_dtypes(exclude="number")}
    return summary.to_csv(table.assign(**texts))


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """A workbook with a sheet per table, whose headings are frozen."""
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    except ImportError:
        raise MachineError("openpyxl is not installed; pip install 'influence-sim[excel]', or take --to csv") from None
    book = Workbook(write_only=True)
    for name, table in tables.items():
        if len(table) > MOST_ROWS:
            rule = f"the table {name!r} has {len(table):,} rows, and a sheet can have {MOST_ROWS:,}; take --to csv"
            raise InputError(wrong("--to", XLSX, rule))
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"

        def cell(value: Any, sheet: Any = sheet) -> Any:
            if isinstance(value, str):
                text_cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
                text_cell.data_type = "s"  # never a formula
                return text_cell
            return value

        sheet.append([cell(str(column)) for column in table.columns])
        values = table.astype(object).where(table.notna(), None)
        for row in values.itertuples(index=False, name=None):
            sheet.append([cell(value) for value in row])
    data = BytesIO()
    book.save(data)
    return data.getvalue()
