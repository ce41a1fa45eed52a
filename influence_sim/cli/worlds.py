"""`worlds`, `properties`: which worlds the record allows, and how the model behaves in all kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click

from influence_sim import api
from influence_sim.api.late import theatre
from influence_sim.base.errors import ModelError, machine_faults
from influence_sim.base.files import require_free
from influence_sim.base.numbers import percent
from influence_sim.base.values import picked
from influence_sim.cli import options
from influence_sim.cli.console import Console

PATTERNS = ("PATTERN", "WHAT WAS OBSERVED", "OBSERVED", "MAY BE OFF BY", "RULES OUT")
NARROWED = ("ASSUMPTION", "RANGE", "PLAUSIBLE [5 % to 95 %]", "NARROWED", "WHAT IT IS")
RIGHT = ("OBSERVED", "MAY BE OFF BY", "RULES OUT", "NARROWED")
LEAST_NARROWED = 0.02
"""An assumption whose spread shrinks by less is not narrowed."""
PROPERTIES = ("PROPERTY", "VALUE", "REACH", "", "WHAT IT IS")
YES_NO = {True: "yes", False: "no", None: "-"}


@click.command(short_help="Which sets of assumptions the record does not rule out.")
@click.option("--make", is_flag=True, help="Draw them again, which takes a minute.")
@click.option("--count", type=click.IntRange(8, 65536), default=4096, help="How many to make.")
@options.SEED
@click.option("--out", type=options.PATH, metavar="FILE.npz", help="Keep what was made there.")
@options.WORKERS
@options.common
def worlds(console: Console, /, *, make: bool, count: int, seed: int, out: Path | None, workers: int) -> None:
    """Worlds are sets of assumptions, one value for each; plausible are those that the record does not rule out.

    Says what they are held against (patterns.yaml), how many of the worlds all over the prior ranges are left, how many
    each pattern rules out by itself, and which assumptions the record narrows. Worlds that cannot be computed do not
    count; then the exit status is 1.
    """
    from influence_sim.analysis.matching import narrowed
    from influence_sim.analysis.worlds import is_worlds
    from influence_sim.theatre.patterns import declared_patterns

    if make:
        if out is not None:
            with machine_faults(out):
                require_free(out, is_worlds)  # before anything is computed
        with console.progress("worlds") as progress:
            result = api.worlds.make_worlds(count, seed=seed, workers=workers, progress=progress)
    elif names := options.given_options("count", "seed", "out", "workers"):
        raise click.UsageError(f"--{names[0]} goes with --make")
    else:
        result = api.worlds.worlds()
    patterns, ranges = declared_patterns(theatre.load()).patterns, narrowed(theatre.load(), result)
    document: dict[str, Any] = {
        "worlds": len(result.numbers),
        "model_version": result.model,
        **picked(result, "seed", "share", "failed"),
        "waves": [{"replicates": r, "worlds": w} for r, w in zip(result.replicates, result.waves, strict=False)],
        "patterns": [{**p.model_dump(mode="json"), "rules_out": result.cuts[p.id]} for p in patterns],
        "assumptions": ranges,
    }
    files = [] if out is None else console.attempt(lambda: result.save(out), out)
    places = [line for file in files for line in ("", f"Worlds: {file}")]
    console.answer(document, chain(_worlds(result, patterns, ranges.to_dict("records"), console), places))
    if result.lacking:
        raise ModelError(result.lacking)


def _worlds(
    result: api.worlds.Worlds, patterns: Sequence[Any], ranges: Sequence[Mapping[Any, Any]], console: Console
) -> Iterator[str]:
    count, share = len(result.numbers), percent(result.share)
    yield f"{count:,} plausible worlds: the record leaves {share} of those of the prior ranges"
    steps = zip(result.replicates, result.waves[1:], strict=True)
    waves = ", ".join(f"{remaining:,} after a wave of {replicates} replicates" for replicates, remaining in steps)
    condition = "were drawn and could be computed" if result.failed else "were drawn"
    yield console.wrap(f"Of {result.waves[0]:,} that {condition} {waves}.")
    yield ""
    rows = [
        (p.id, p.words, f"{p.observed:g}", f"{(p.error**2 + p.tolerated**2) ** 0.5:.2g}", percent(result.cuts[p.id]))
        for p in patterns
    ]
    yield from console.table(PATTERNS, rows, right=RIGHT, wraps="WHAT WAS OBSERVED")
    yield ""
    yield console.wrap(
        "MAY BE OFF BY is a standard deviation, of the observation and of what a model of this kind may miss; RULES "
        "OUT is the share of all worlds that the pattern rules out by itself."
    )
    yield ""
    selected = [row for row in ranges if row["narrowed"] >= LEAST_NARROWED]
    cells = [
        (row["parameter"], f"{row['low']:g} to {row['high']:g}",
         f"{row['q50']:.3g} [{row['q05']:.3g} to {row['q95']:.3g}]", percent(row["narrowed"]), row["note"])
        for row in selected
    ]  # fmt: skip
    yield from console.table(NARROWED, cells, right=RIGHT, wraps="WHAT IT IS")
    yield ""
    rest = len(ranges) - len(selected)
    yield console.wrap(
        f"NARROWED is 1 less the spread over that of the range. The record does not touch the other {rest} "
        "assumptions, taken one by one; together with others it may."
    )


@click.command(short_help="How the model behaves as a model of decisions.")
@click.option("--replicates", type=click.IntRange(2, 4096), default=128, help="Runs of each arm at the defaults.")
@click.option("--worlds", type=click.IntRange(8, 65536), default=1024, help="Points all over the prior ranges.")
@click.option("--shuffles", type=click.IntRange(1, 10000), default=100, help="How often interests are dealt out anew.")
@options.SEED
@click.option("--parts", is_flag=True, help="Show, too, what each number sums up: scenario by scenario, and so on.")
@options.WORKERS
@options.common
def properties(console: Console, /, *, parts: bool, workers: int, **kwargs: int) -> None:
    """Do actors answer to what happens, and do their interests matter?

    Measures on shared draws how far choices vary, what others' response brings to the effects of the shipped scenarios,
    and what becomes of them with shuffled interests, without interests, and with actors who toss coins. REACH says
    what the model should come to, and whether it does. --json has all parts.
    """
    with console.progress("measures") as progress:
        table = api.worlds.properties(**kwargs, workers=workers, progress=progress)
    rows = [row for row in table.to_dict("records") if "." not in row["name"]]
    cells = [(row["name"], f"{row['value']:.3g}", row["reach"], YES_NO[row["reached"]], row["words"]) for row in rows]
    lines = console.table(PROPERTIES, cells, right=("VALUE",), wraps="WHAT IT IS")
    if parts:
        part_rows = [(row["name"], f"{row['value']:.3f}") for row in table.to_dict("records") if "." in row["name"]]
        lines += ["", *console.table(("PART", "VALUE"), part_rows, right=("VALUE",))]
    console.answer({**kwargs, "properties": table}, lines)
