"""Plausible worlds: what they are conditioned on, how many are left, and making them again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.base.arguments import takes
from influence_sim.base.errors import InputError, machine_faults, wrong
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.request import MAX_SEED, not_whole
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    from influence_sim.analysis.worlds import Worlds

FEWEST, MOST = 8, 65_536


@takes
def make_worlds(
    count: int = 1024, seed: int = 1, *, workers: int = 1, progress: Progress | bool | None = None
) -> Worlds:
    """Draws worlds from the prior ranges, and keeps those that the record does not rule out; takes half a minute.

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
        return make(load_theatre(), count=count, seed=seed, workers=workers, progress=shown(progress, "worlds"))


def worlds() -> Worlds:
    """The plausible worlds that are shipped: of the theatre in use, and of the model as it is.

    Raises:
        InputError: there are none; `make_worlds` makes them.

    Examples:
        >>> 0 < worlds().share < 1
        True
    """
    from influence_sim.analysis.worlds import plausible

    theatre = load_theatre()
    found = plausible(theatre)
    if found is None:
        rule = "no plausible worlds are known for this theatre and model; `worlds --make` makes them"
        raise InputError(wrong("worlds", theatre.title, rule))
    return found
