"""Plausible worlds: making them, and the patterns that they must match; and the properties of the model."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from influence_sim.analysis import worlds as analysis
from influence_sim.analysis.worlds import COUNT
from influence_sim.base.arguments import validated
from influence_sim.base.display import Shown
from influence_sim.base.errors import InputError, machine_faults, not_whole, raise_any, wrong
from influence_sim.base.numbers import percent
from influence_sim.base.progress import Progress, shown
from influence_sim.base.values import as_fields
from influence_sim.runs.request import MAX_SEED, theatre_option
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.patterns import declared_patterns

FEWEST, MOST = 8, 65_536
LIMITS = {"replicates": (2, 4_096), "worlds": (FEWEST, MOST), "shuffles": (1, 10_000), "seed": (0, MAX_SEED)}
"""One replicate gives no interval, and a correlation over few worlds is meaningless."""


@dataclass(frozen=True, eq=False, repr=False)
class Worlds(Shown, analysis.Worlds):
    """Plausible worlds, in an order without meaning.

    Attributes:
        names: the parameters that have a range.
        numbers: which of the worlds that were drawn these are.
        seed: of worlds and draws.
        waves: how many worlds came into each wave of tests, and how many were left after the last.
        replicates: how many in each wave.
        cuts: the share of the drawn worlds that each pattern rules out by itself, by its id.
        failed: how many worlds that were drawn could not be computed.
        error: what happened in one of these.
        model: the hash of the model that allows them.
    """

    @property
    def finding(self) -> str:
        """How many there are, and how many the record rules out."""
        share = percent(self.share)
        return f"{len(self.numbers):,} plausible worlds: the record leaves {share} of those that were drawn."

    def described(self) -> str:
        """Their assumptions and their seed."""
        return f"{len(self.names)} assumptions, seed {self.seed}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The patterns that they must match."""
        patterns = [pattern for pattern in declared_patterns(load_theatre()).patterns if pattern.id in self.cuts]
        rows = [(pattern.words, f"{pattern.observed:g}", percent(self.cuts[pattern.id])) for pattern in patterns]
        yield "", pd.DataFrame(rows, columns=["what was observed", "value", "rules out"])

    @validated
    def save(self, path: str | Path) -> None:
        """Writes them to a file; the same worlds give the same bytes.

        Raises:
            InputError: the path is taken by something that is no file of worlds.
            MachineError: the disk or a permission does not allow it.
        """
        with machine_faults(Path(path)):
            super().save(Path(path))


@validated
def make_worlds(
    count: int = COUNT, *, seed: int = 1, workers: int = 1, progress: Progress | bool | None = None
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

    raise_any([*not_whole(count, FEWEST, MOST, "count"), *not_whole(seed, 0, MAX_SEED, "seed")])
    with machine_faults(Path("worlds"), "made"):
        result = make(load_theatre(), count=count, seed=seed, workers=workers, progress=shown(progress, "worlds"))
    return Worlds(**as_fields(result))


def worlds() -> Worlds:
    """The plausible worlds of the theatre in use and of the model as it is, kept in the theatre's folder or shipped.

    Raises:
        InputError: there are none; `make_worlds` makes them.

    Examples:
        >>> 0 < worlds().share < 1
        True
    """
    theatre = load_theatre()
    result = analysis.plausible(theatre)
    if result is None:
        declared_patterns(theatre)  # without which none can be made
        own = theatre_option(theatre)
        out = ["--out", f"{own[-1]}/{analysis.SHIPPED.name}"] if own else []
        made = f"`{shlex.join(['influence-sim', 'worlds', '--make', *out, *own])}` makes them"
        rule = "no plausible worlds are known for this theatre and model"
        raise InputError(wrong("worlds", theatre.title, rule, made + ", where runs look for them" * bool(own)))
    return Worlds(**as_fields(result))


@validated
def properties(
    *,
    replicates: int = 128,
    worlds: int = 1024,
    shuffles: int = 100,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> pd.DataFrame:
    """Measures how the model behaves as a model of decisions: do actors answer, and do their interests matter?

    Args:
        replicates: of each arm at the defaults.
        worlds: points all over the prior ranges.
        shuffles: how often interests are dealt out anew among the actors.
        seed: of draws, worlds and shuffles.
        workers: threads.
        progress: True for a bar, or a function that is called with the measures done and their number.

    Returns:
        One row a property of the theatre's `properties.yaml`, and beneath it one for each number that it sums up (its
        name has a dot): `name`, `words`, `value`, what to `reach`, and whether that is `reached` (None where no number
        says so).

    Raises:
        InputError: a number is out of range, or the theatre does not say what to measure.
        MachineError: memory is short.

    Examples:
        >>> found = properties(replicates=2, worlds=8, shuffles=1).set_index("name")
        >>> found.loc["parameters", "reach"]
        'at most 120'
    """
    from influence_sim.analysis.properties import measure

    arguments = {"replicates": replicates, "worlds": worlds, "shuffles": shuffles, "seed": seed}
    rule = " must be a whole number from {} to {}"
    problems = [p for name, value in arguments.items() for p in not_whole(value, *LIMITS[name], name, name + rule)]
    raise_any(problems)
    with machine_faults(Path("properties"), "measured"):
        return measure(load_theatre(), **arguments, workers=workers, progress=shown(progress, "measures"))
