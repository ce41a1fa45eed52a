"""`worlds`: which sets of assumptions the record does not rule out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from influence_sim.base.errors import ModelError, machine_faults
from influence_sim.base.files import require_free
from influence_sim.base.numbers import percent
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.folders import Attempts

if TYPE_CHECKING:
    from influence_sim.analysis.worlds import Worlds

PATTERNS = ("PATTERN", "WHAT WAS OBSERVED", "OBSERVED", "MAY BE OFF BY", "RULES OUT")
NARROWED = ("ASSUMPTION", "RANGE", "PLAUSIBLE [5 % to 95 %]", "NARROWED", "WHAT IT IS")
RIGHT = ("OBSERVED", "MAY BE OFF BY", "RULES OUT", "NARROWED")
FROM = 0.02
"""An assumption whose spread shrinks by less is not narrowed."""


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
    from influence_sim.api.worlds import make_worlds
    from influence_sim.api.worlds import worlds as known
    from influence_sim.theatre import load
    from influence_sim.theatre.patterns import declared_patterns

    if make:
        if out is not None:
            with machine_faults(out):
                require_free(out, is_worlds)  # before anything is computed
        with console.progress("worlds") as progress:
            found = make_worlds(count, seed, workers=workers, progress=progress)
    elif given := options.given("count", "seed", "out", "workers"):
        raise click.UsageError(f"--{next(iter(given))} goes with --make")
    else:
        found = known()
    declared, narrow = declared_patterns(load()), narrowed(load(), found)
    document: dict[str, Any] = {
        "worlds": len(found.numbers),
        "model_version": found.model,
        "seed": found.seed,
        "share": found.share,
        "failed": found.failed,
        "waves": [{"replicates": r, "worlds": w} for r, w in zip(found.replicates, found.waves, strict=False)],
        "patterns": [{**p.model_dump(mode="json"), "rules_out": found.cuts[p.id]} for p in declared.patterns],
        "assumptions": narrow,
    }
    rows = [
        (p.id, p.words, f"{p.observed:g}", f"{(p.error**2 + p.tolerated**2) ** 0.5:.2g}", percent(found.cuts[p.id]))
        for p in declared.patterns
    ]

    def save() -> Iterator[Path]:
        if out is not None:
            with machine_faults(out):
                found.save(out)
            yield out

    attempt = Attempts()
    files = attempt(save)
    console.answer(document, _report(found, console, rows, narrow.to_dict("records"), files))
    attempt.raise_failures(console)
    if found.lacking:
        raise ModelError(found.lacking)


def _report(
    found: Worlds, console: Console, rows: Sequence[tuple[str, ...]], narrow: list[dict[Any, Any]], files: list[Path]
) -> Iterator[str]:
    count, share = len(found.numbers), percent(found.share)
    yield f"{count:,} plausible worlds: the record leaves {share} of those of the prior ranges"
    steps = zip(found.replicates, found.waves[1:], strict=True)
    waves = ", ".join(f"{left:,} after a wave of {replicates} replicates" for replicates, left in steps)
    drawn = "were drawn and could be computed" if found.failed else "were drawn"
    yield console.wrapped(f"Of {found.waves[0]:,} that {drawn} {waves}.")
    yield ""
    yield from console.table(PATTERNS, rows, right=RIGHT, wraps="WHAT WAS OBSERVED")
    yield ""
    yield console.wrapped(
        "MAY BE OFF BY is a standard deviation, of the observation and of what a model of this kind may miss; RULES "
        "OUT is the share of all worlds that the pattern rules out by itself."
    )
    yield ""
    some = [row for row in narrow if row["narrowed"] >= FROM]
    cells = [
        (
            str(row["parameter"]),
            f"{row['low']:g} to {row['high']:g}",
            f"{row['q50']:.3g} [{row['q05']:.3g} to {row['q95']:.3g}]",
            percent(row["narrowed"]),
            str(row["note"]),
        )
        for row in some
    ]
    yield from console.table(NARROWED, cells, right=RIGHT, wraps="WHAT IT IS")
    yield ""
    rest = len(narrow) - len(some)
    yield console.wrapped(
        f"NARROWED is 1 less the spread over that of the range. The record does not touch the other {rest} "
        "assumptions, taken one by one; together with others it may."
    )
    for file in files:
        yield ""
        yield f"Worlds: {file}"
