"""What is run to test the claims: all over the prior ranges, under knock-outs, with other motives, and once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from influence_sim.analysis.claims.evidence import Evidence
from influence_sim.analysis.claims.flips import worlds_at_ends
from influence_sim.analysis.claims.knockouts import Knockout, smallest, together, worlds_without
from influence_sim.analysis.claims.places import Means, Place, ReadArm, Worlds, arms_of, places_of, read, score
from influence_sim.analysis.claims.shuffles import variants
from influence_sim.base.numbers import Floats
from influence_sim.base.progress import Progress
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared

AT_DEFAULTS, KNOCKED, SHUFFLED = 256, 32, 32
"""Replicates at the defaults, under each knock-out, and in each shuffle."""
FORCED_SHUFFLES = 10
"""Shuffles that an effect declared forced must survive."""


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


def measure(
    theatre: Theatre,
    declared: Declared,
    worlds: Worlds,
    out: Sequence[Knockout],
    *,
    ways: Iterable[Place],
    replicates: int,
    shuffles: int,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Measured:
    """Runs everything that does not depend on results.

    Args:
        theatre: the world.
        declared: the tests.
        worlds: the plausible ones.
        out: the knock-outs.
        ways: where to look beside the tests' own places.
        replicates: in each plausible world.
        shuffles: of the interests.
        seed: of draws and shuffles.
        workers: threads.
        progress: called with the histories done and their total.

    Raises:
        MachineError: as for `run_points`.
    """
    tests, start = declared.tests, theatre.start
    free = [test for test in tests if test.reads == "free"]
    forced = [test for test in tests if test.id in declared.forced and test.reads != "free"]
    tested = arms_of(theatre, places_of(tests, start))
    everywhere = arms_of(theatre, [*places_of(tests, start), *ways])
    freely, by_force = (arms_of(theatre, places_of(some, start)) for some in (free, forced))
    few, count = min(FORCED_SHUFFLES, shuffles), max(map(len, worlds.values()))
    total = len(everywhere) * (count * replicates + AT_DEFAULTS) + len(tested) * len(out) * KNOCKED
    total += (len(freely) * (1 + shuffles) + len(by_force) * (1 + few)) * SHUFFLED
    how: dict[str, Any] = {"workers": workers, "progress": progress and _Stages(progress, total)}
    return Measured(
        defaults=read(everywhere, {}, AT_DEFAULTS, seed, each=True, **how),
        sampled=read(everywhere, worlds, replicates, seed, **how),
        knocked=read(tested, worlds_without(theatre, out), KNOCKED, seed, **how),
        free=_with_other_motives(theatre, freely, shuffles, seed, how),
        forced=_with_other_motives(theatre, by_force, few, seed, how),
    )


class _Stages:
    """Progress over several computations, one behind the other, as over one."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.before, self.total = progress, 0, total

    def __call__(self, done: int, total: int) -> None:
        self.progress(self.before + done, self.total)
        self.before += total if done == total else 0


def _with_other_motives(
    theatre: Theatre, arms: Sequence[ReadArm], shuffles: int, seed: int, how: dict[str, Any]
) -> dict[Place, Floats]:
    """Means without interests, and then with interests shuffled in so many ways, (1 + shuffles,) a place."""
    if not arms:
        return {}
    found = []
    for variant in variants(theatre, shuffles, seed):  # one at a time: what the model makes of a theatre is large
        changed = [replace(one, arm=replace(one.arm, theatre=variant)) for one in arms]
        found.append(read(changed, {}, SHUFFLED, seed, **how))
    return {place: np.concatenate([means[place] for means in found]) for place in found[0]}


def look_again(
    theatre: Theatre, tests: Sequence[ClaimTest], found: Sequence[Evidence], *, seed: int, workers: int
) -> list[Evidence]:
    """Moves the parameters that flip a test at the defaults, and combines knock-outs where none alone removes it.

    Raises:
        MachineError: as for `run_points`.
    """

    def effects(test: ClaimTest, worlds: Worlds) -> Floats:
        arms = arms_of(theatre, places_of([test], theatre.start))
        return score(test, read(arms, worlds, KNOCKED, seed, workers=workers))

    again = []
    for test, evidence in zip(tests, found, strict=True):
        more = evidence
        if evidence.flips:
            moved = effects(test, worlds_at_ends(theatre.parameters, evidence.flips, evidence.holding))
            *alone, all_of_them = ((moved >= test.minimum) != evidence.holding).tolist()
            flips = tuple(replace(flip, alone=one) for flip, one in zip(evidence.flips, alone, strict=True))
            more = replace(more, flips=flips, together=all_of_them)
        if evidence.lefts and not evidence.killers:
            groups = together(evidence.knockouts, evidence.lefts)
            lefts = effects(test, worlds_without(theatre, groups)) / evidence.without[0]
            more = replace(more, joint=smallest(groups, lefts.tolist()))
        again.append(more)
    return again
