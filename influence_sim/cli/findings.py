"""What a run found, in words and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from influence_sim.base.months import format_month
from influence_sim.base.numbers import FEWEST, decimals_for, percent, written
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    from influence_sim.api.folders import Finished
    from influence_sim.api.result import Result

FIGURE = "figures/headline.png"
CAUTION = "The interval is Monte-Carlo error only: it says nothing about the assumptions."
MOST = 6
"""Decimals of the smallest numbers."""
ONE_REPLICATE = "One replicate gives no interval."


@dataclass(frozen=True, slots=True)
class Ending:
    """How one outcome ends.

    Attributes:
        scenario: mean, 5 % and 95 % quantile over the replicates.
        baseline: the same of the baseline; None for one arm.
        difference: mean of the paired difference and its 95 % interval; None for one arm.
        assumptions: how the difference fares under other assumptions; None if that was not tried.
    """

    outcome: str
    label: str
    unit: str
    scenario: tuple[float, float, float]
    baseline: tuple[float, float, float] | None
    difference: tuple[float, float, float] | None
    assumptions: Mapping[str, Any] | None


def endings(result: Result) -> list[Ending]:
    """How each headline outcome ends."""
    frame = result.ending()
    last = result.summary[result.summary["date"] == result.summary["date"].max()]
    other = last[last["scenario"] == result.against].set_index("outcome")
    found = []
    for row in frame.to_dict("records"):
        name = str(row["outcome"])
        paired = result.against is not None
        found.append(
            Ending(
                outcome=name,
                label=str(row["label"]),
                unit=str(row["unit"]),
                scenario=_three(row, "mean", "q05", "q95"),
                baseline=_three(other.loc[name], "mean", "q05", "q95") if paired else None,
                difference=_three(row, "diff", "ci_low", "ci_high") if paired else None,
                assumptions=_assumptions(result, name),
            )
        )
    return found


def _three(row: Any, *names: str) -> tuple[float, float, float]:
    one, two, three = (float(row[name]) for name in names)
    return one, two, three


def _assumptions(result: Result, outcome: str) -> Mapping[str, Any] | None:
    if result.assumptions is None:
        return None
    rows = result.assumptions[result.assumptions["outcome"] == outcome].to_dict("records")
    if not rows:
        return None
    row = rows[0]
    return {
        "points": int(row["points"]),
        "share_same_sign": float(row["share_same_sign"]),
        "share_zero": float(row["share_zero"]),
        "parameter": str(row["parameter"]),
        "rho": float(row["rho"]),
        "stands_out": bool(row["stands_out"]),
    }


def report(done: Finished[Result], width: int | None) -> list[str]:
    """A run's findings, to be read."""
    result, rows = done.result, endings(done.result)
    lines = [*_heading(result, width), "", *_numbers(rows, result, width)]
    if result.against is not None:
        lines += ["", CAUTION if result.replicates > 1 else ONE_REPLICATE]
    told = [text for row in rows if (text := on_assumptions(row))]
    if told:
        points = next(row.assumptions["points"] for row in rows if row.assumptions)
        lines += ["", f"Over {points} sampled sets of assumptions:"]
        lines += [paragraph(text, width, "    ", "  ") for text in told]
    return [*lines, "", *_places(done)]


def _heading(result: Result, width: int | None) -> Iterator[str]:
    yield result.title
    if result.question:
        yield paragraph(result.question, width)
    last = format_month(_month(result.summary["date"].max()))
    against = f" against {result.against}" if result.against else ""
    branch = "" if result.branch is None else f", branching in {format_month(result.branch)}"
    runs = "1 replicate" if result.replicates == 1 else f"{result.replicates} replicates"
    span = f"seed {result.seed}, {result.months} months to {last}"
    yield paragraph(f"{result.scenario}{against}{branch}; {runs}, {span}", width)


def _month(date: Any) -> int:
    return int(date.year) * 12 + int(date.month) - 1


def _numbers(rows: list[Ending], result: Result, width: int | None) -> list[str]:
    """A table of the endings, or where the window is too narrow for one a paragraph an outcome."""
    paired = ["SCENARIO", "DIFFERENCE [95 % interval]"]
    headings = [result.scenario.upper()] if result.against is None else [result.against.upper(), *paired]
    columns = [Column("AT THE END: MEAN [5 % to 95 %]"), *map(Column, headings)]
    cells = [(row.label, *_cells(row)) for row in rows]
    lines = table(columns, cells)
    if width is None or max(map(len, lines)) <= width:
        return lines
    return [columns[0].heading, *(line for row in cells for line in _stacked(row, headings))]


def _cells(row: Ending) -> list[str]:
    if row.baseline is None or row.difference is None:
        return [band(row.scenario)]
    return [band(row.baseline), band(row.scenario), band(row.difference, signed=True)]


def _stacked(row: Sequence[str], headings: Sequence[str]) -> Iterator[str]:
    yield f"  {row[0]}"
    side = max(len(heading.split()[0]) for heading in headings)
    for heading, cell in zip(headings, row[1:], strict=True):
        name, _, meaning = heading.lower().partition(" ")
        yield f"    {name:<{side}}  {cell}" + (f"  {meaning}" if meaning else "")


def band(numbers: tuple[float, float, float], *, signed: bool = False) -> str:
    """`0.512 [0.431 to 0.602]`, or the mean alone where there is no interval."""
    decimals = decimals_for(numbers, most=MOST) if signed else FEWEST
    mean, low, high = (written(number, decimals, signed=signed) for number in numbers)
    return f"{mean} [{low} to {high}]" if math.isfinite(numbers[1]) else mean


def on_assumptions(row: Ending) -> str:
    """How the difference fares under other assumptions; "" if that was not tried."""
    found = row.assumptions
    if found is None or row.difference is None:
        return ""
    start = row.label
    if row.difference[0] == 0:
        return f"{start}: the difference is zero, and stays so in {percent(found['share_zero'])}"
    unsure = ", whose interval holds zero," if row.difference[1] <= 0 <= row.difference[2] else ""
    share = f"the difference{unsure} has this sign in {percent(found['share_same_sign'])}"
    nothing = f" and is zero in {percent(found['share_zero'])}" if found["share_zero"] > 0 else ""
    one = f"it hangs most on {found['parameter']}" if found["stands_out"] else "no single parameter stands out"
    return f"{start}: {share}{nothing}; {one}"


def _places(done: Finished[Result]) -> Iterator[str]:
    yield f"Result: {done.folder}" + ("" if done.fresh else " (already done; nothing was run)")
    if (done.folder / FIGURE).is_file():
        yield f"Figure: {done.folder / FIGURE}"


def document(done: Finished[Result]) -> dict[str, Any]:
    """A run's findings as plain data."""
    result = done.result
    return {
        "scenario": result.scenario,
        "against": result.against,
        "title": result.title,
        "question": result.question,
        "branch": None if result.branch is None else format_month(result.branch),
        "replicates": result.replicates,
        "seed": result.seed,
        "months": result.months,
        "parameters": dict(result.parameters),
        "status": "done" if done.fresh else "already done",
        "folder": str(done.folder),
        "figure": str(done.folder / FIGURE) if (done.folder / FIGURE).is_file() else None,
        "outcomes": [_plain(row) for row in endings(result)],
        "note": None if result.against is None else CAUTION,
    }


def _plain(row: Ending) -> dict[str, Any]:
    return {
        "outcome": row.outcome,
        "label": row.label,
        "unit": row.unit,
        "scenario": _named(row.scenario, "mean", "q05", "q95"),
        "baseline": _named(row.baseline, "mean", "q05", "q95"),
        "difference": _named(row.difference, "mean", "ci_low", "ci_high"),
        "assumptions": row.assumptions,
    }


def _named(numbers: tuple[float, ...] | None, *names: str) -> dict[str, float] | None:
    return None if numbers is None else dict(zip(names, numbers, strict=True))
