"""Controls: the same world with other motives. What a test of free decisions shows must depend on whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from influence_sim.theatre import Theatre


def variants(theatre: Theatre, shuffles: int, seed: int) -> Iterator[Theatre]:
    """The theatre without interests, and then with interests shuffled in so many ways."""
    yield without_interests(theatre)
    for number in range(1, shuffles + 1):
        yield with_shuffled_interests(theatre, np.random.default_rng([seed, number]))


def without_interests(theatre: Theatre) -> Theatre:
    """The same theatre in which nobody wants anything; rules, costs and aversions stay."""
    actors = tuple(replace(actor, interests=()) for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} without interests")


def with_shuffled_interests(theatre: Theatre, rng: np.random.Generator) -> Theatre:
    """The same theatre in which interests fall to actors by lot.

    All interests (outcome, ideal point, salience) are dealt out anew; each actor, and each faction, gets as many as
    it had. What is expected of instruments stays what it is.
    """
    pool = [interest for actor in theatre.actors for interest in actor.interests]
    dealt, actors = iter([pool[k] for k in rng.permutation(len(pool))]), []
    for actor in theatre.actors:
        interests = tuple(next(dealt).model_copy(update={"faction": old.faction}) for old in actor.interests)
        actors.append(replace(actor, interests=interests))
    return replace(theatre, actors=tuple(actors), digest=f"{theatre.digest} with shuffled interests")
