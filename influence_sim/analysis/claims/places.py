"""Where the tests of claims look, and what it takes to read it: one outcome of one arm in one month, in some worlds.

A *world* is one value for each parameter that leaves its default: worlds are the points at which arms are run. All
arms share the draws; worlds have them in common, or each its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from influence_sim.analysis.worlds import Points
from influence_sim.base.months import Month
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.model import Arm, Held
from influence_sim.runs.points import Job, means, records, run_jobs
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest

Settings = tuple[tuple[str, float], ...]
ITSELF, GROUND, COINS = "itself", "ground", "coins"
"""How an arm may be held to another: in decisions, ground and stocks; in decisions; in how often each option holds."""


@dataclass(frozen=True, slots=True)
class Place:
    """One outcome of one arm in one month; `set` are parameters that this arm alone is given.

    The arm may be held, as `held` says, to that of another scenario, its `path`.
    """

    scenario: str
    set: Settings
    outcome: str
    month: Month
    held: str = ""
    path: str = ""


Means = Mapping[Place, Floats]
"""Means over replicates, one a world."""


def place_of(test: ClaimTest, held: str = "") -> Place:
    """Where a test looks; its arm may be held to the one that it is compared with, or in coins to the baseline."""
    path = "" if not held else ROOT if held == COINS else test.other
    return Place(test.scenario, tuple(sorted(test.set.items())), test.outcome, test.when, held, path)


def other_place(test: ClaimTest, held: str = "") -> Place | None:
    """What a test compares its place with; None for a fixed level."""
    if test.level is not None:
        return None
    if test.earlier is not None:
        return replace(place_of(test, held), month=test.earlier)
    place = Place(test.other, (), test.outcome, test.when)
    return replace(place, held=held, path=ROOT) if held == COINS else place


def places_of(tests: Iterable[ClaimTest], start: Month, held: str = "") -> list[Place]:
    """All places that some tests need; of a test against a level also the first month (`start`)."""
    places: dict[Place, None] = {}
    for test in tests:
        place = place_of(test, held)
        places |= {place: None, other_place(test, held) or replace(place, month=start): None}
    return list(places)


def score(test: ClaimTest, values: Means, held: str = "") -> Floats:
    """The effect in the direction that the claim expects, one a world."""
    reference = other_place(test, held)
    level = np.array(test.level) if reference is None else values[reference]
    effect: Floats = test.sign * (values[place_of(test, held)] - level)
    return effect


@dataclass(frozen=True, slots=True)
class Reading:
    """Places to read in a theatre, in some worlds; without worlds, at its defaults.

    If `each`, every replicate is kept, and not only their mean.
    """

    theatre: Theatre
    places: Sequence[Place]
    replicates: int | Integers  # how many, or their numbers, each world's own, (worlds, replicates)
    worlds: Points = field(default_factory=dict)
    each: bool = False


def computed(means: Means, count: int) -> tuple[dict[Place, Floats], Flags]:
    """The values from those of `count` worlds in which every place could be computed, and which worlds these are."""
    finite: Flags = np.logical_and.reduce([np.ones(count, np.bool_), *map(np.isfinite, means.values())])
    return {place: values[finite] for place, values in means.items()}, finite


def read(
    readings: Sequence[Reading], seed: int, errors: list[str] | None = None, **options: Any
) -> list[dict[Place, Floats]]:
    """Runs the arms behind some places, each only as long as its latest place; theatres differ in motives only.

    Returns:
        For each reading the values of its places: arrays (worlds,), or (worlds, replicates) where it keeps each, and
        (replicates,) if it has no worlds. Given a list of `errors`, they are NaN in worlds that could not be computed,
        and what happened there is added to it.
    """
    all_places = {place for reading in readings for place in reading.places}
    names = {place.scenario for place in all_places} | {place.path for place in all_places if place.path}
    scenarios = {name: load_scenario(name, readings[0].theatre.vocabulary) for name in names}
    jobs, targets, arms = [], [], dict[tuple[Any, ...], Arm | Held]()
    for number, reading in enumerate(readings):
        theatre, by_arm = reading.theatre, defaultdict[tuple[str, Settings, str, str], list[Place]](list)
        for place in dict.fromkeys(reading.places):
            by_arm[place.scenario, place.set, place.held, place.path].append(place)
        for (name, fixed, held, path), places in by_arm.items():
            months, outcomes = sorted({place.month for place in places}), sorted({place.outcome for place in places})
            key = (id(theatre), name, fixed, held, path, months[-1])
            if key not in arms:  # one arm has one plan, however many readings there are
                arm = Arm(theatre, scenarios[name], months[-1] - theatre.start + 1, dict(fixed))
                path_arm = replace(arm, scenario=scenarios[path], parameters={}) if held else arm
                arms[key] = Held(arm, path_arm, stocks=held == ITSELF, coins=held == COINS) if held else arm
            job = Job(
                [arms[key]],
                seed,
                reading.replicates,
                records if reading.each else means,
                {name: x for name, x in reading.worlds.items() if name not in dict(fixed)},  # what an arm sets stays
                steps=[month - theatre.start for month in months],
                outcomes=outcomes,
            )
            jobs.append(job)
            targets.append((number, places, months, outcomes))
    means_of: list[dict[Place, Floats]] = [{} for _ in readings]
    for (number, places, months, outcomes), result in zip(targets, run_jobs(jobs, errors, **options), strict=True):
        count = max((len(values) for values in readings[number].worlds.values()), default=1)
        for place in places:
            values = result[:, months.index(place.month), outcomes.index(place.outcome)]
            single = readings[number].each and not readings[number].worlds
            means_of[number][place] = values[0] if single else np.broadcast_to(values, (count, *values.shape[1:]))
    return means_of
