"""Controls: the same world with other motives. What a test of free decisions shows must depend on whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from influence_sim.analysis.bench import Job, Numbers, Place, Spot
from influence_sim.base.numbers import Floats
from influence_sim.model import simulate
from influence_sim.theatre import Actor, Lever, Theatre
from influence_sim.theatre.spec import Interest, Ref


def without_interests(theatre: Theatre) -> Theatre:
    """The same theatre in which nobody wants anything; rules, costs and aversions stay."""
    actors = tuple(replace(actor, interests=()) for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} without interests")


def with_shuffled_interests(theatre: Theatre, rng: np.random.Generator) -> Theatre:
    """The same theatre in which interests fall to actors by lot.

    All interests (outcome, ideal point, salience) are dealt out anew; each actor, and each faction, gets as many as
    it had. Then each lever's believed effects are dealt out over the outcomes that its actor now cares about, so that
    actors are moved about as strongly as before, but in directions that mean nothing.
    """
    pool = [interest for actor in theatre.actors for interest in actor.interests]
    dealt = iter([pool[k] for k in rng.permutation(len(pool))])
    actors = tuple(_dealt(actor, dealt, rng) for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} with shuffled interests")


def _dealt(actor: Actor, pool: Iterator[Interest], rng: np.random.Generator) -> Actor:
    interests = tuple(replace(next(pool), faction=old.faction) for old in actor.interests)
    outcomes = list(dict.fromkeys(interest.outcome for interest in interests))
    levers = tuple(replace(lever, beliefs=_beliefs(lever, outcomes, rng)) for lever in actor.levers)
    return replace(actor, interests=interests, levers=levers)


def _beliefs(lever: Lever, outcomes: Sequence[str], rng: np.random.Generator) -> Mapping[str, Ref]:
    """The lever's effects over a random choice of outcomes; effects beyond their number are lost."""
    effects = list(lever.beliefs.values())
    keys = [outcomes[k] for k in rng.permutation(len(outcomes))]
    return dict(zip(keys, (effects[k] for k in rng.permutation(len(effects))), strict=False))


def variant_jobs(arms: Sequence[Spot], shuffles: int, numbers: Numbers, seed: int) -> list[Job]:
    """The work of running arms without interests, and then with interests shuffled in so many ways."""
    return [partial(_read_variant, tuple(arms), number, numbers, seed) for number in range(-1, shuffles)]


def _read_variant(arms: Sequence[Spot], number: int, numbers: Numbers, seed: int) -> tuple[tuple[Place, ...], Floats]:
    """Means at the places of all arms, shape (places, 1), in one variant; number -1 has no interests."""
    theatre = arms[0].arm.theatre
    rng = np.random.default_rng([seed, number + 1])
    changed = without_interests(theatre) if number < 0 else with_shuffled_interests(theatre, rng)
    places = tuple(place for spot in arms for place in spot.places)
    means = [_means(spot, changed, numbers, seed) for spot in arms]
    return places, np.concatenate(means)[:, None]


def _means(spot: Spot, theatre: Theatre, numbers: Numbers, seed: int) -> Floats:
    records = simulate(replace(spot.arm, theatre=theatre), seed=seed, replicates=numbers)
    means: Floats = records[spot.steps, spot.rows].mean(axis=1)
    return means
