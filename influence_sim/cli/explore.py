"""`sensitivity`, `discover`: what drives the outcomes of a sweep, and under which ranges something happens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from influence_sim import api
from influence_sim.api.late import factor_words, pd
from influence_sim.base.display import choice_words, sentences
from influence_sim.base.numbers import counted, percent, probability, short
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import print_analysis

MOST_FACTORS = 12
"""Factors shown of each outcome, unless all are asked for."""
ADDITIVE = 0.9
"""Sum of first-order indices above which factors act almost on their own."""
LIMITS = ("FACTOR", "LIMIT", "OF THE RANGE", "QUASI-P", "FOUND AGAIN", "VERDICT")
BOXES = ("BOX", "COVERAGE", "DENSITY", "MASS", "FACTORS", "NEWLY RESTRICTED")
MIN_GAP = 0.06
"""Least difference of coverage or density between the boxes shown, unless all are asked for."""
NO_BOX = "No box: every limit that was found can be explained by chance."
ALL_POINTS = "No box: none has a better balance of coverage and density than all points together."
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
    console: Console, /, folder: Path, *, outcomes: tuple[str, ...], out: Path | None, figures: bool, **kwargs: Any
) -> None:
    """Says which factors drive the outcomes of the sweep in DIR, and how sure that is.

    A sobol_indices design gives first-order (S1) and total (ST) Sobol indices: the shares of the variance over the
    points that a factor accounts for by itself, and with all it does together with others. A morris design gives
    mean (MU), mean absolute (MU*) and standard deviation (SIGMA) of elementary effects. From any other design there
    are rank correlations (RHO), and of several choices Kruskal and Wallis' epsilon squared (ε²). What is looked at is
    the paired difference from the baseline, if there is one.
    """
    sweep = api.sweep.load_sweep(folder)
    result = api.explore.sensitivity(sweep, outcomes or None, **kwargs)
    records = [
        {**row, "factors": _rows(result.table, row), "convergence": _rows(result.convergence, row)}
        for row in map(dict, result.summary.to_dict("records"))
    ]
    document = {
        "method": result.method,
        "replicates": sweep.arguments["replicates"],
        "outcomes": records,
        **picked(result, "notes", "cautions"),
    }
    pages = api.explore.sensitivity_pages(result, sweep) if figures else {}
    print_analysis(console, sweep, document, _drivers(result, sweep, console), table=result.table, out=out, pages=pages)
    console.note(*result.cautions)


def _drivers(result: api.explore.Sensitivity, sweep: api.sweep.Sweep, console: Console) -> Iterator[str]:
    first, design = result.summary.to_dict("records")[0], api.explore.design_of(sweep)
    date = f" in {first['date']}" if first["date"] else ""
    size_text = {
        "sobol_indices": f"{first['samples']} base samples x ({len(design.movers)} + 2) = {first['points']} points",
        "morris": f"{first['samples']} trajectories x ({len(design.movers)} + 1) = {first['points']} points",
    }.get(design.method, counted(int(first["points"]), "point"))
    dropped = f" ({first['dropped']} more do not count, because points failed)" if first["dropped"] else ""
    size = f"{design.method}, {size_text}{dropped}, {counted(design.replicates, 'replicate')} at each"
    yield console.wrap(f"What drives the outcomes{date}: {size}")
    yield from map(console.wrap, sentences(result.notes))
    for row in result.summary.to_dict("records"):
        yield ""
        yield from _outcome(result, row, console)
    decisive = result.table.loc[result.table["verdict"].str.startswith("matters"), "factor"]
    yield from _below(api.lookups.meanings(decisive, design.groups), console)


def _below(texts: Sequence[str], console: Console) -> Iterator[str]:
    """Texts beneath what was printed, if there are any."""
    yield from ("", *(console.wrap(text, "  ", "") for text in texts)) if texts else ()


def _outcome(result: api.explore.Sensitivity, row: Row, console: Console) -> Iterator[str]:
    """The table of one outcome, and its verdict."""
    spec, verdict, total = api.lookups.labels().get(str(row["outcome"])), str(row["verdict"]), row["S1_sum"]
    quantity = "difference" if str(row["column"]).endswith("_diff") else "level"
    rows = result.table[result.table["outcome"] == row["outcome"]].to_dict("records")
    head = rows if console.verbose else rows[:MOST_FACTORS]
    sizes = [heading.upper() for heading in factor_words.size_headings(result.method)]
    yield str(row["outcome"]) if spec is None else f"{spec.label} ({quantity})"
    lines = [(one["factor"], *factor_words.size_words(result.method, one), one["verdict"]) for one in head]
    yield from console.table(("FACTOR", *sizes, "VERDICT"), lines, right=[text for text in sizes if "[" not in text])
    if len(head) < len(rows):
        yield f"and {len(rows) - len(head)} more factors; --verbose shows them"
    texts = [f"It {verdict}."] if verdict.startswith("hangs") else sentences([verdict])
    if math.isfinite(total):
        alone = total >= ADDITIVE
        rest = ": each factor acts almost on its own." if alone else "; the rest is what factors do together."
        texts.append(f"First-order indices add up to {total:.2f}{rest}")
    yield console.wrap(" ".join([*texts, factor_words.noise_words(float(row["noise_share"]))]).rstrip())


def _rows(frame: pd.DataFrame, summary: Row) -> list[Row]:
    """The rows of the outcome of a summary, without its name and the date."""
    if frame.empty:
        return []
    return list(frame[frame["outcome"] == summary["outcome"]].drop(columns=["outcome", "date"]).to_dict("records"))


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
    console: Console, /, folder: Path, *, where: str | None, out: Path | None, figures: bool, **kwargs: Any
) -> None:
    """Looks for ranges of the factors of the sweep in DIR in which EXPRESSION holds: a box, found by PRIM.

    EXPRESSION compares columns and numbers with < <= > >= == !=, joined by and, or, not and parentheses. Columns are
    those of runs.parquet: the varied paths, NAME_diff, NAME_mean (or just NAME), NAME_sd, NAME_q05 and so on.

    Coverage is the share of all cases of interest that lie in the box, density the share of the box's points that are
    cases. By default the box with the best balance of both is taken, rid of limits that chance explains.
    """
    sweep = api.sweep.load_sweep(folder)
    box = api.explore.discover(sweep, where, **kwargs)
    limits = box.limits
    document = {
        "method": sweep.method,
        **picked(box, "where", "date", "points", "dropped", "cases"),
        "point": box.step,
        "by_rule": box.by_rule,
        "box": {**box.quality, "limits": limits, "held_out": box.held_out},
        **picked(box, "trajectory", "notes", "cautions"),
    }
    pages = api.explore.discovery_page(box, sweep.title) if figures else {}
    print_analysis(console, sweep, document, _box(box, console), table=limits, out=out, pages=pages)
    console.note(*(f"caution: {caution}" for caution in box.cautions))


def _box(box: api.explore.Discovery, console: Console) -> Iterator[str]:
    date = f" in {box.date}" if box.date else ""
    share = percent(box.cases / box.points)
    yield console.wrap(f"{box.where}{date}: {box.cases} of {box.points} points ({share})")
    if box.dropped:
        yield console.wrap(f"{box.dropped} more points do not count: they failed, or have no number.")
    yield ""
    if len(box.limits):
        names = api.lookups.choice_labels(box.limits["factor"])
        limits = [_limit(row, names.get(row["factor"], {})) for row in box.limits.to_dict("records")]
        yield from console.table(LIMITS, limits, right=("QUASI-P", "FOUND AGAIN"))
    yield from map(console.wrap, _quality(box))
    yield ""
    boxes, restricted, shown = [], set[str](), dict[Any, Any]()
    for row in box.trajectory.to_dict("records"):
        apart = not shown or max(abs(row[name] - shown[name]) for name in ("coverage", "density")) >= MIN_GAP
        if not (console.verbose or apart or row["step"] == box.step):
            continue
        shown = row
        shares = (percent(row[name]) for name in ("coverage", "density", "mass"))
        factors = list(filter(None, str(row["factors"]).split(", ")))
        added = [name for name in factors if name not in restricted]
        boxes.append((str(row["step"]), *shares, str(row["restricted"]), ", ".join(added) or "-"))
        restricted |= set(added)
    yield from console.table(BOXES, boxes, right=BOXES[:-1], wraps=BOXES[-1])
    yield from _below(api.lookups.meanings(box.limits["factor"]), console)
    yield from (console.wrap(f"Note: {note}.") for note in box.notes)


def _limit(row: Row, names: Mapping[str, str]) -> tuple[str, ...]:
    """A limit in words; `names` are those of the factor's choices."""
    if row["limit"] == "only":
        inside, outside = (", ".join(choice_words(row[name], names)) for name in ("choices", "left_out"))
        limit, span = f"only {inside}", f"not {outside}"
    else:
        limit = f"{row['limit']} {short(row['value'])}"
        span = f"{short(row['range_low'])} to {short(row['range_high'])}"
    chance = probability(row["quasi_p"])
    return str(row["factor"]), limit, span, chance, percent(row["reproduced"]), str(row["verdict"])


def _quality(box: api.explore.Discovery) -> Iterator[str]:
    """How good the box is, in its own points and in others."""
    if box.limits.empty:
        without = NO_BOX if box.step else ALL_POINTS
        yield without if box.by_rule else f"Box {box.step} holds every point."
        return
    quality, share = box.quality, box.cases / box.points
    inside, points = int(quality["cases"]), int(quality["points"])
    method = "after dropping limits that chance explains" if box.by_rule else "as it is"
    yield (
        f"Box {box.step} of {int(box.trajectory['step'].max())} on the peeling trajectory, {method}. Coverage "
        f"{percent(quality['coverage'])}: of {box.cases} cases {inside} lie in it. Density "
        f"{percent(quality['density'])}: of its {points} points {inside} are cases, and {percent(share)} of all are."
    )
    if math.isfinite(box.held_out["coverage"]):
        coverage, density = (percent(box.held_out[name]) for name in ("coverage", "density"))
        yield f"Boxes made from half of the points have coverage {coverage} and density {density} in the other half."
