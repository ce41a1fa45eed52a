"""Plausible worlds: what they are conditioned on, how many are left, and making them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from influence_sim.analysis import worlds as analysis
from influence_sim.analysis.worlds import COUNT
from influence_sim.base.arguments import takes
from influence_sim.base.errors import InputError, machine_faults, wrong
from influence_sim.base.numbers import percent
from influence_sim.base.progress import Progress, shown
from influence_sim.base.shown import Shown
from influence_sim.base.values import as_fields
from influence_sim.runs.request import MAX_SEED, not_whole
from influence_sim.theatre import load as load_theatre

FEWEST, MOST = 8, 65_536


@dataclass(frozen=True, eq=False, repr=False)
class Worlds(Shown, analysis.Worlds):
    """Plausible worlds, see `analysis.worlds`."""

    @property
    def finding(self) -> str:
        """How many there are, and how many the record rules out."""
        return (
            f"{len(self.numbers):,} plausible worlds: the record leaves {percent(self.share)} of those that were drawn."
        )

    def described(self) -> str:
        """What they are made of."""
        return f"{len(self.names)} assumptions, seed {self.seed}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The patterns that they are held against."""
        from influence_sim.theatre.patterns import declared_patterns

        patterns = declared_patterns(load_theatre()).patterns
        told = [(one.words, f"{one.observed:g}", percent(self.cuts[one.id])) for one in patterns if one.id in self.cuts]
        yield "", pd.DataFrame(told, columns=["what was observed", "value", "rules out"])

    def small_print(self) -> tuple[str, ...]:
        """What they are made of, and what could not be computed."""
        return self.described(), self.lacking


@takes
def make_worlds(
    count: int = COUNT, seed: int = 1, *, workers: int = 1, progress: Progress | bool | None = None
) -> Worlds:
    """Draws worlds from the prior ranges, and keeps those that the record does not rule out; takes a minute.

    Args:
        count: how many to keep.
        seed: of worlds and draws.
        workers: threads.
        progress: True for a bar, or a function that is called with the worlds found and those wanted.

    Raises:
        InputError: a number is out of range, or the theatre declares no patterns.
        ModelError: none of the worlds could be computed; `lacking` of the result says it of some.
        MachineError: memory is short, or the record rules out nearly everything.
    """
    from influence_sim.analysis.matching import make

    problems = [*not_whole(count, FEWEST, MOST, "count"), *not_whole(seed, 0, MAX_SEED, "seed")]
    if problems:
        raise InputError(problems)
    with machine_faults(Path("worlds"), "made"):
        found = make(load_theatre(), count=count, seed=seed, workers=workers, progress=shown(progress, "worlds"))
    return Worlds(**as_fields(found))


def worlds() -> Worlds:
    """The plausible worlds that are shipped: of the theatre in use, and of the model as it is.

    Raises:
        InputError: there are none; `make_worlds` makes them.

    Examples:
        >>> 0 < worlds().share < 1
        True
    """
    theatre = load_theatre()
    found = analysis.plausible(theatre)
    if found is None:
        rule = "no plausible worlds are known for this theatre and model; `worlds --make` makes them"
        raise InputError(wrong("worlds", theatre.title, rule))
    return Worlds(**as_fields(found))
