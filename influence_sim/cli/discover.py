"""`discover`: under which ranges of the factors something happens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.numbers import percent, probability, short
from influence_sim.cli import options
from influence_sim.cli.console import Console, picked
from influence_sim.cli.folders import explored

if TYPE_CHECKING:
    from influence_sim.api.explore import Discovery

LIMITS = ("FACTOR", "LIMIT", "OF THE RANGE", "QUASI-P", "FOUND AGAIN", "VERDICT")
BOXES = ("BOX", "COVERAGE", "DENSITY", "MASS", "RESTRICTED FACTORS")
APART = 0.06
"""Coverage or density between the boxes of the trajectory that are told of, unless all are asked for."""
NO_BOX = "No box: every limit that was found can be explained by chance."
Row = Mapping[Any, Any]


@click.command(short_help="Under which ranges something happens (PRIM).")
@options.FOLDER
@click.option("--where", metavar="EXPRESSION",
              help='Which points are of interest, such as "violence_diff < -0.05"; by default the tenth of them where '
                   "what is asked moves most.")  # fmt: skip
@options.MONTH_KEPT
@click.option("--point", type=int, metavar="N", help="The box of the trajectory that is wanted, as it is.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Of the halves.")
@options.table("the limits")
@options.FIGURES
@options.common
def discover(
    console: Console, /, folder: Path, *, where: str | None, out: Path | None, figures: bool, **asked: Any
) -> None:
    """Looks for ranges of the factors of the sweep in DIR in which EXPRESSION holds: a box, found by PRIM.

    EXPRESSION compares columns and numbers with < <= > >= == !=, joined by and, or, not and parentheses. Columns are
    those of runs.parquet: the varied paths, NAME_diff, NAME_mean (or just NAME), NAME_sd, NAME_q05 and so on.

    Coverage is the share of all cases of interest that lie in the box, density the share of the box's points that are
    cases. By default the box with the best balance of both is taken, rid of limits that chance explains.
    """
    from influence_sim.api import explore
    from influence_sim.api.sweep import load_sweep

    swept = load_sweep(folder)
    found = explore.discover(swept, where, **asked)
    limits = found.limits
    document = {
        "method": swept.method,
        **picked(found, "where", "date", "points", "dropped", "cases"),
        "point": found.step,
        "by_rule": found.by_rule,
        "box": {**found.quality, "limits": limits, "held_out": found.held_out},
        **picked(found, "trajectory", "notes", "cautions"),
    }
    pages = explore.discovery_page(found, swept.title) if figures else {}
    explored(console, swept, document, _report(found, console), table=limits, out=out, pages=pages)
    console.note(*(f"caution: {caution}" for caution in found.cautions))


def _report(found: Discovery, console: Console) -> Iterator[str]:
    date = f" in {found.date}" if found.date else ""
    share = percent(found.cases / found.points)
    yield console.wrapped(f"{found.where}{date}: {found.cases} of {found.points} points ({share})")
    if found.dropped:
        yield console.wrapped(f"{found.dropped} more points do not count: they failed, or have no number.")
    yield ""
    if len(found.limits):
        limits = [_limit(row) for row in found.limits.to_dict("records")]
        yield from console.table(LIMITS, limits, right=("QUASI-P", "FOUND AGAIN"))
    yield from map(console.wrapped, _quality(found))
    yield ""
    boxes = []
    for row in _some(found, every=console.verbose):
        shares = (percent(row[name]) for name in ("coverage", "density", "mass"))
        boxes.append((str(row["step"]), *shares, str(row["factors"]) or "none"))
    yield from console.table(BOXES, boxes, right=BOXES[:-1], wraps=BOXES[-1])
    yield from (console.wrapped(f"Note: {note}.") for note in found.notes)


def _limit(row: Row) -> tuple[str, ...]:
    if row["limit"] == "only":
        limit, span = f"only {row['choices']}", f"not {row['left_out']}"
    else:
        limit = f"{row['limit']} {short(row['value'])}"
        span = f"{short(row['range_low'])} to {short(row['range_high'])}"
    chance = probability(row["quasi_p"])
    return str(row["factor"]), limit, span, chance, percent(row["reproduced"]), str(row["verdict"])


def _quality(found: Discovery) -> Iterator[str]:
    """How good the box is, here and in points it was not made from."""
    if found.limits.empty:
        yield NO_BOX if found.by_rule else f"Box {found.step} holds every point."
        return
    quality, share = found.quality, found.cases / found.points
    inside, points = int(quality["cases"]), int(quality["points"])
    how = "after dropping limits that chance explains" if found.by_rule else "as it is"
    yield (
        f"Box {found.step} of {int(found.trajectory['step'].max())} on the peeling trajectory, {how}. Coverage "
        f"{percent(quality['coverage'])}: of {found.cases} cases {inside} lie in it. Density "
        f"{percent(quality['density'])}: of its {points} points {inside} are cases, and {percent(share)} of all are."
    )
    if math.isfinite(found.held_out["coverage"]):
        coverage, density = (percent(found.held_out[name]) for name in ("coverage", "density"))
        yield f"Boxes made from half of the points have coverage {coverage} and density {density} in the other half."


def _some(found: Discovery, *, every: bool) -> list[Row]:
    """The boxes that are told of: the chosen one, and others that differ enough from the one before."""
    told: list[Row] = []
    for row in found.trajectory.to_dict("records"):
        apart = not told or max(abs(row[name] - told[-1][name]) for name in ("coverage", "density")) >= APART
        if every or apart or row["step"] == found.step:
            told.append(row)
    return told
