"""`sensitivity`: what drives the outcomes of a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.numbers import short
from influence_sim.base.shown import sentences
from influence_sim.cli import options
from influence_sim.cli.console import Console, picked
from influence_sim.cli.folders import explored

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.api.explore import Sensitivity
    from influence_sim.api.sweep import Sweep

SHOWN = 12
"""Factors that are told of each outcome, unless all are asked for."""
SIZES = {"sobol_indices": ("S1 [95 %]", "ST [95 %]"), "morris": ("MU* [95 %]", "MU", "SIGMA")}
RANKS = ("RHO", "LOWEST FIFTH", "HIGHEST FIFTH")
ADDITIVE = 0.9
"""The sum of first-order indices from which on factors act almost on their own."""
Row = Mapping[Any, Any]


@click.command(short_help="What drives the outcomes of a sweep.")
@options.FOLDER
@options.outcomes("An outcome, or a column of runs.parquet; may be repeated. All by default.")
@options.MONTH_KEPT
@click.option("--seed", type=click.IntRange(1), default=1, help="Of bootstrap and shuffles.")
@options.table("the table")
@options.FIGURES
@options.common
def sensitivity(
    console: Console, /, folder: Path, *, outcomes: tuple[str, ...], out: Path | None, figures: bool, **asked: Any
) -> None:
    """Says which factors drive the outcomes of the sweep in DIR, and how sure that is.

    A sobol_indices design gives first-order (S1) and total (ST) Sobol indices: the shares of the variance over the
    points that a factor accounts for by itself, and with all it does together with others. A morris design gives
    mean (MU), mean absolute (MU*) and standard deviation (SIGMA) of elementary effects. From any other design there
    are rank correlations. What is looked at is the paired difference from the baseline, if there is one.
    """
    from influence_sim.api import explore
    from influence_sim.api.sweep import load_sweep

    swept = load_sweep(folder)
    found = explore.sensitivity(swept, outcomes or None, **asked)
    told = [
        {**row, "factors": _rows(found.table, row["outcome"]), "convergence": _rows(found.convergence, row["outcome"])}
        for row in map(dict, found.summary.to_dict("records"))
    ]
    document = {
        "method": found.method,
        "replicates": swept.arguments["replicates"],
        "outcomes": told,
        **picked(found, "notes", "cautions"),
    }
    pages = explore.sensitivity_pages(found, swept.title) if figures else {}
    explored(console, swept, document, _report(found, swept, console), table=found.table, out=out, pages=pages)
    console.note(*found.cautions)


def _report(found: Sensitivity, swept: Sweep, console: Console) -> Iterator[str]:
    from influence_sim.api.explore import design_of

    first, design = found.summary.to_dict("records")[0], design_of(swept)
    date = f" in {first['date']}" if first["date"] else ""
    whole = {
        "sobol_indices": f"{first['samples']} base samples x ({len(design.movers)} + 2) = {first['points']} points",
        "morris": f"{first['samples']} trajectories x ({len(design.movers)} + 1) = {first['points']} points",
    }.get(design.method, f"{first['points']} points")
    dropped = f" ({first['dropped']} more do not count, because points failed)" if first["dropped"] else ""
    size = f"{design.method}, {whole}{dropped}, {design.replicates} replicates at each"
    yield console.wrapped(f"What drives the outcomes{date}: {size}")
    yield from map(console.wrapped, sentences(found.notes))
    for row in found.summary.to_dict("records"):
        yield ""
        yield from _outcome(found, row, console)


def _outcome(found: Sensitivity, row: Row, console: Console) -> Iterator[str]:
    """The table of one outcome, and what it comes to."""
    from influence_sim.api.explore import noise_words
    from influence_sim.api.lookups import labels

    known, verdict, total = labels().get(str(row["outcome"])), str(row["verdict"]), row["S1_sum"]
    what = "difference" if str(row["column"]).endswith("_diff") else "level"
    rows = found.table[found.table["outcome"] == row["outcome"]].to_dict("records")
    shown = rows if console.verbose else rows[:SHOWN]
    headings = ("FACTOR", *SIZES.get(found.method, RANKS), "VERDICT")
    yield str(row["outcome"]) if known is None else f"{known.label} ({what})"
    yield from console.table(headings, [_cells(found.method, cells) for cells in shown], right=("MU", "SIGMA", *RANKS))
    if len(shown) < len(rows):
        yield f"and {len(rows) - len(shown)} more factors; --verbose shows them"
    said = [f"It {verdict}."] if verdict.startswith("hangs") else sentences([verdict])
    if math.isfinite(total):
        alone = total >= ADDITIVE
        rest = ": each factor acts almost on its own." if alone else "; the rest is what factors do together."
        said.append(f"First-order indices add up to {total:.2f}{rest}")
    yield console.wrapped(" ".join([*said, noise_words(float(row["noise_share"]))]).rstrip())


def _cells(method: str, row: Row) -> tuple[str, ...]:
    if method == "sobol_indices":
        numbers = [_interval(row["S1"], row["S1_conf"]), _interval(row["ST"], row["ST_conf"])]
    elif method == "morris":
        effect = f"{short(row['mu_star'])} ±{row['mu_star_conf']:.2g}" if math.isfinite(row["mu_star"]) else "-"
        numbers = [effect, short(row["mu"]), short(row["sigma"])]
    else:
        rho = f"{row['rho']:+.2f}" if math.isfinite(row["rho"]) else "-"
        numbers = [rho, short(row["low_mean"]), short(row["high_mean"])]
    return str(row["factor"]), *numbers, str(row["verdict"])


def _interval(value: float, half: float) -> str:
    """`0.31 ±0.05`."""
    return f"{round(value, 2) + 0.0:.2f} ±{half:.2f}" if math.isfinite(value) else "-"


def _rows(frame: pd.DataFrame, outcome: str) -> list[Row]:
    """The rows of one outcome, without what says so."""
    if frame.empty:
        return []
    return list(frame[frame["outcome"] == outcome].drop(columns=["outcome", "date"]).to_dict("records"))
