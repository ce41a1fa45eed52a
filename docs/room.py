"""In how many plausible worlds a declared test cannot hold, since what it compares with is at its limit already.

`python docs/room.py` runs the tests that expect an outcome between 0 and 1 to rise or fall, on the draws of the table
of verdicts, and prints those that have no room in a fifth of the worlds or more; two minutes. docs/credibility.md has
what it printed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from influence_sim.analysis.claims.examine import REPLICATES
from influence_sim.analysis.claims.places import Reading, other_place, places_of, read, score
from influence_sim.analysis.worlds import COUNT, PLAUSIBLE, sample
from influence_sim.theatre import load
from influence_sim.theatre.claim_tests import declared_tests

SEED, NOTABLE = 1, 0.2


def rooms() -> Iterator[tuple[str, float, float, float]]:
    """Of each test: the shares of worlds without room, in which it holds, and in which it holds of those with room."""
    theatre, rng = load(), np.random.default_rng(SEED)
    unbounded = {outcome.name for outcome in theatre.outcomes if outcome.unit == "states"}
    tests = [test for test in declared_tests(theatre).tests if test.level is None and test.outcome not in unbounded]
    worlds = sample(theatre, COUNT, PLAUSIBLE, rng, rng)
    reading = Reading(theatre, places_of(tests, theatre.start), worlds.draws(REPLICATES), worlds.points)
    (means,) = read([reading], SEED, workers=os.cpu_count() or 1)
    for test in tests:
        reference = other_place(test)
        assert reference is not None
        room = 1 - means[reference] if test.sign > 0 else means[reference]
        holds, blocked = score(test, means) >= test.minimum, room < test.minimum
        yield test.id, blocked.mean(), holds.mean(), holds[~blocked].mean()


def main() -> None:
    """Prints the tests that often have no room, those with least of it first."""
    print(f"{'TEST':32}  NO ROOM  HOLDS  HOLDS WHERE THERE IS ROOM")
    for name, blocked, holds, free in sorted(rooms(), key=lambda row: -row[1]):
        if blocked >= NOTABLE:
            print(f"{name:32}  {blocked:7.0%}  {holds:5.0%}  {free:25.0%}")


if __name__ == "__main__":
    main()
