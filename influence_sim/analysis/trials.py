"""What is run to test the claims: all over the prior ranges, under knock-outs, with other motives, and once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from influence_sim.analysis import four_ways
from influence_sim.analysis.bench import (
    Job,
    Means,
    Place,
    Spot,
    Worlds,
    by_replicate,
    gathered,
    jobs,
    places_of,
    score,
    spots,
)
from influence_sim.analysis.flips import Flip, ends
from influence_sim.analysis.kinds import Evidence
from influence_sim.analysis.knockouts import Knockout, knocked_out, smallest, together
from influence_sim.analysis.priors import latin_hypercube, values_at
from influence_sim.analysis.variants import variant_jobs
from influence_sim.base.numbers import Floats
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared

AT_DEFAULTS, KNOCKED, SHUFFLED = 256, 32, 32
"""Replicates at the defaults, under each knock-out, and in each shuffle."""
FORCED_SHUFFLES = 10
"""Shuffles that an effect declared forced must survive."""

Do = Callable[[Sequence[Job]], list[tuple[tuple[Place, ...], Floats]]]
"""Does some jobs, in order."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run: worlds, replicates in each, shuffles; the seed of all draws; and whether the four ways are."""

    samples: int
    replicates: int
    shuffles: int
    seed: int
    ways: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was run first.

    Attributes:
        defaults: every replicate at the defaults.
        sampled: means in every plausible world.
        knocked: means under every knock-out.
        free: means without interests and then with shuffled ones, for the tests of free decisions.
        forced: the same for the other tests that are declared forced.
    """

    defaults: Means
    sampled: Means
    knocked: Means
    free: Means
    forced: Means


def plausible(theatre: Theatre, samples: int, seed: int) -> tuple[Worlds, Floats]:
    """Worlds from all over the prior ranges, and their points in the unit cube, (worlds, parameters)."""
    specs = list(theatre.parameters.values())
    cube = latin_hypercube(samples, len(specs), np.random.default_rng(seed))
    return Worlds({spec.name: values_at(spec, cube[:, k]) for k, spec in enumerate(specs)}, samples), cube


def measure(
    theatre: Theatre, declared: Declared, worlds: Worlds, out: Sequence[Knockout], *, size: Size, do: Do
) -> Measured:
    """Runs everything that does not depend on results."""
    plan = _plan(theatre, declared, worlds, out, size)
    parts = _in_parts(plan, do)
    return Measured(defaults=by_replicate(_everywhere(theatre, declared, size), AT_DEFAULTS, size.seed), **parts)


def _everywhere(theatre: Theatre, declared: Declared, size: Size) -> tuple[Spot, ...]:
    return spots(theatre, [*places_of(declared.tests), *(four_ways.places() if size.ways else ())])


def _in_parts(plan: Mapping[str, Sequence[Job]], do: Do) -> dict[str, dict[Place, Floats]]:
    """Does all jobs at once, and gathers the results of each part."""
    results = iter(do([job for work in plan.values() for job in work]))
    return {name: gathered([next(results) for _ in work]) for name, work in plan.items()}


def _plan(
    theatre: Theatre, declared: Declared, worlds: Worlds, out: Sequence[Knockout], size: Size
) -> dict[str, list[Job]]:
    tests = declared.tests
    free = [test for test in tests if test.reads == "free"]
    forced = [test for test in tests if test.id in declared.forced and test.reads != "free"]
    everywhere = _everywhere(theatre, declared, size)
    few, shuffled = min(FORCED_SHUFFLES, size.shuffles), np.arange(SHUFFLED)
    return {
        "sampled": jobs(everywhere, worlds, np.arange(size.replicates), size.seed),
        "knocked": jobs(_spots(theatre, tests), knocked_out(theatre, out), np.arange(KNOCKED), size.seed),
        "free": variant_jobs(_spots(theatre, free), size.shuffles, shuffled, size.seed) if free else [],
        "forced": variant_jobs(_spots(theatre, forced), few, shuffled, size.seed) if forced else [],
    }


def _spots(theatre: Theatre, tests: Sequence[ClaimTest]) -> tuple[Spot, ...]:
    return spots(theatre, places_of(tests))


def look_again(
    theatre: Theatre, tests: Sequence[ClaimTest], found: Sequence[Evidence], seed: int, do: Do
) -> list[Evidence]:
    """Moves the parameters that flip a test at the defaults, and combines knock-outs where none alone does it."""
    trials = [_trials(theatre, evidence) for evidence in found]
    plan = {
        f"{test.id} {part}": jobs(_spots(theatre, [test]), worlds, np.arange(KNOCKED), seed)
        for test, parts in zip(tests, trials, strict=True)
        for part, worlds in parts.items()
    }
    results = _in_parts(plan, do)
    return [
        _completed(evidence, test, {part: results[f"{test.id} {part}"] for part in parts})
        for evidence, test, parts in zip(found, tests, trials, strict=True)
    ]


def _trials(theatre: Theatre, found: Evidence) -> dict[str, Worlds]:
    """The worlds to try for one test, by what they are for."""
    trials = {}
    if found.flips:
        trials["ends"] = ends(theatre.parameters, found.flips, found.holding)
    if found.lefts and not found.killers:
        trials["joint"] = knocked_out(theatre, together(found.knockouts, found.lefts))
    return trials


def _completed(found: Evidence, test: ClaimTest, results: Mapping[str, Means]) -> Evidence:
    if "ends" in results:
        flipped = (score(test, results["ends"]) >= test.minimum) != found.holding
        flips = tuple(_tried(found.flips, flipped.tolist()))
        found = replace(found, flips=flips, together=bool(flipped[-1]))
    if "joint" in results:
        both = together(found.knockouts, found.lefts)
        lefts = score(test, results["joint"]) / found.without[0]
        found = replace(found, joint=smallest(both, lefts.tolist()))
    return found


def _tried(flips: Sequence[Flip], flipped: Sequence[bool]) -> Iterator[Flip]:
    for flip, alone in zip(flips, flipped, strict=False):
        yield replace(flip, alone=alone)
