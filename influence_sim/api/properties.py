"""How the model behaves as a model of decisions, measured now."""

from __future__ import annotations

from pathlib import Path

from influence_sim.api.late import pd
from influence_sim.base.arguments import takes
from influence_sim.base.errors import InputError, machine_faults
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.request import not_whole
from influence_sim.theatre import load as load_theatre

LIMITS = {"replicates": (2, 4_096), "worlds": (8, 65_536), "shuffles": (1, 10_000), "seed": (0, 2**63 - 1)}
"""One replicate gives no interval, and a correlation over few worlds says nothing."""


@takes
def properties(
    replicates: int = 128,
    worlds: int = 1024,
    shuffles: int = 100,
    seed: int = 1,
    *,
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

    given = {"replicates": replicates, "worlds": worlds, "shuffles": shuffles, "seed": seed}
    rule = " must be a whole number from {} to {}"
    problems = [p for name, value in given.items() for p in not_whole(value, *LIMITS[name], name, name + rule)]
    if problems:
        raise InputError(problems)
    with machine_faults(Path("properties"), "measured"):
        return measure(load_theatre(), **given, workers=workers, progress=shown(progress, "measures"))
