"""A result's tables for a spreadsheet: as CSV files, or as one workbook."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

from influence_sim.api import claims, compare, explain, explore, run
from influence_sim.api.late import pd, summary
from influence_sim.api.sweep import load_sweep
from influence_sim.base.arguments import takes
from influence_sim.base.errors import InputError, MachineError, wrong
from influence_sim.base.files import like
from influence_sim.runs.derived import deliver, place_for
from influence_sim.runs.manifest import CALLED, COMPARE, EXPLAIN, RUN, SWEEP, Manifest, read_complete

CSV, XLSX = "csv", "xlsx"
FORMATS = (CSV, XLSX)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How texts begin that spreadsheets take for a formula."""
MOST_ROWS = 1_048_575
"""Rows of a sheet beneath its headings, by its format."""


@takes
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
    place = Path(folder)
    manifest = read_complete(place, *CALLED)
    named = tables_of(place, manifest)
    if trajectories:
        if manifest.kind != RUN:
            rule = "only a run keeps every replicate; the points of a sweep are in its table `points`"
            raise InputError(wrong("--trajectories", manifest.kind, rule))
        named["trajectories"] = run.read(place).frame
    if to == XLSX:
        files = {Path(out or place / "tables.xlsx"): workbook(named)}
    else:
        where = Path(out or place / "tables")
        files = {where / f"{name}.csv": _csv(table) for name, table in named.items()}
    for path, data in files.items():
        place_for(path, place, like(data))
    for path, data in files.items():
        deliver(path, data, place, manifest.numbers)
    return list(files)


def tables_of(folder: Path, manifest: Manifest) -> dict[str, pd.DataFrame]:
    """The tables of a folder by name, first what it is about."""
    told: dict[str, Any] = {
        "title": manifest.scenario["title"],
        "question": manifest.scenario.get("question", ""),
        "scenario": manifest.scenario["name"],
        "against": manifest.against["name"] if manifest.against else "",
    }
    found: Mapping[str, pd.DataFrame | None]
    if manifest.kind == RUN:
        result = run.read(folder)
        told |= {f"answer, {answer.label}": answer.text for answer in result.answers}
        found = {
            "ending": result.ending(result.outcomes),
            "months": result.summary,
            "worlds": result.assumptions,
            "division": result.divided,
        }
    elif manifest.kind == COMPARE:
        compared = compare.read(folder)
        told |= {f"answer, {compared.titles[name]}": answer.text for name, answer in compared.answers.items()}
        found = {"comparison": compared.told.assign(name=compared.table["scenario"])}
    elif manifest.kind == EXPLAIN:
        explained = explain.read(folder)
        told |= {"finding": explained.finding}
        found = {"explanation": explained.table}
    elif manifest.kind == SWEEP:
        swept = load_sweep(folder)
        found = {"ending": swept.ending(), "sensitivity": explore.sensitivity(swept).table, "points": swept.frame}
    else:
        examined = claims.read(folder).examination
        found = {"verdicts": examined.table, "settles": examined.settles, "witnesses": examined.witnesses}
        found = {**found, "ways": examined.ways}
    told |= {name: str(value) for name, value in manifest.arguments.items()}
    told |= {"made": manifest.started, "influence-sim": manifest.tool, "model": manifest.model_version}
    told |= {"result": manifest.numbers}
    about = pd.DataFrame({"what": list(told), "value": list(map(str, told.values()))})
    return {"about": about} | {name: table for name, table in found.items() if table is not None}


def _csv(table: pd.DataFrame) -> bytes:
    """A table in full; before a text that a spreadsheet would take for a formula stands an apostrophe."""

    def harmless(cell: Any) -> Any:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell

    texts = {str(name): table[name].map(harmless) for name in table.select_dtypes(exclude="number")}
    return summary.to_csv(table.assign(**texts))


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """A workbook with a sheet a table, headings above that stay in sight."""
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
                made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
                made.data_type = "s"  # never a formula
                return made
            return value

        sheet.append([cell(str(column)) for column in table.columns])
        plain = table.astype(object).where(table.notna(), None)
        for row in plain.itertuples(index=False, name=None):
            sheet.append([cell(value) for value in row])
    data = BytesIO()
    book.save(data)
    return data.getvalue()
