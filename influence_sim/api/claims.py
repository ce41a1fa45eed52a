"""The public functions that test the claims of the article."""

# ruff: noqa: PT028 - `test_claims` is no test, but tests
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.progress import Progress, shown

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.claims.examination import Examination

__all__ = ["examine_claims", "four_ways", "test_claims"]

LIMITS = {"samples": (8, 65_536), "replicates": (1, 1024), "seed": (0, 2**63 - 1), "workers": (1, 1024)}
"""With fewer worlds a share says nothing; more than these are no test but a study."""


def test_claims(
    samples: int = 512,
    replicates: int = 32,
    seed: int = 1,
    *,
    workers: int = 1,
    claims: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> pd.DataFrame:
    """Tests the claims of the article; takes minutes.

    Args:
        samples: plausible worlds, points of all prior ranges.
        replicates: runs of each scenario in each world.
        seed: of worlds, draws and shuffles.
        workers: threads.
        claims: ids of those to test; none for all.
        progress: True for a bar, or a function that is called with the histories done and their total.

    Returns:
        One row a test, and one a claim that cannot be tested; `analysis.claims.examine` explains the columns.

    Raises:
        InputError: a claim has no test, or a number is out of range.
        MachineError: as for `run_points`.
    """
    return examine_claims(samples, replicates, seed, workers=workers, claims=claims, progress=progress).table


def examine_claims(
    samples: int = 512,
    replicates: int = 32,
    seed: int = 1,
    *,
    workers: int = 1,
    claims: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> Examination:
    """As `test_claims`, with all else that the page of the claims shows.

    Raises:
        InputError: a claim has no test, or a number is out of range.
        MachineError: as for `run_points`.
    """
    _refuse(samples=samples, replicates=replicates, seed=seed, workers=workers)
    from influence_sim.analysis.claims.examine import examine
    from influence_sim.theatre import load
    from influence_sim.theatre.claim_tests import declared_tests

    theatre = load()
    declared = declared_tests(theatre)
    return examine(
        theatre,
        samples=samples,
        replicates=replicates,
        seed=seed,
        workers=workers,
        progress=shown(progress, "histories"),
        declared=declared.only(claims) if claims else declared,
        ways=not claims,
    )


def four_ways(
    samples: int = 512,
    replicates: int = 32,
    seed: int = 1,
    *,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> pd.DataFrame:
    """Scenarios that the theatre declares to be ways of doing the same, side by side against their baseline.

    Returns:
        One row a scenario and outcome: `effect` at the defaults with its 95 % interval (`ci_low`,
        `ci_high`), the `share` of plausible worlds in which it has that sign, and the `parameter` it hangs on most
        ("" if none stands out).

    Raises:
        InputError: a number is out of range.
        MachineError: as for `run_points`.
    """
    _refuse(samples=samples, replicates=replicates, seed=seed, workers=workers)
    from influence_sim.analysis.claims.examine import examine_four_ways
    from influence_sim.theatre import load

    return examine_four_ways(
        load(),
        samples=samples,
        replicates=replicates,
        seed=seed,
        workers=workers,
        progress=shown(progress, "histories"),
    )


def _refuse(**given: int) -> None:
    problems = list(_out_of_range(given))
    if problems:
        raise InputError(problems)


def _out_of_range(given: dict[str, int]) -> Iterator[Problem]:
    for name, value in given.items():
        low, high = LIMITS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield Problem(name, None, None, str(value), f"{name} must be a whole number from {low} to {high}")
