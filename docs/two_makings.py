"""How far the shares of worlds in which the article's claims hold move between two makings of plausible worlds.

`python docs/two_makings.py` makes worlds with seeds 1 and 2, runs all tests in each with draws of the same seed, and
prints how far the shares are apart; some four minutes on two cores. docs/worlds.md has what it printed.
"""

from __future__ import annotations

import os

import numpy as np

from influence_sim.analysis.claims.examine import REPLICATES
from influence_sim.analysis.claims.places import Reading, places_of, read, score
from influence_sim.analysis.matching import make
from influence_sim.analysis.worlds import COUNT, assumed, own_draws, values_of
from influence_sim.theatre import load
from influence_sim.theatre.claim_tests import declared_tests


def shares(seed: int, workers: int) -> dict[str, float]:
    """The share of the worlds of one making in which each test holds."""
    theatre = load()
    tests, found = declared_tests(theatre).tests, make(theatre, seed=seed, workers=workers)
    points = values_of(assumed(theatre), found.cube(COUNT))
    draws = own_draws(np.arange(COUNT), REPLICATES)
    (means,) = read([Reading(theatre, places_of(tests, theatre.start), draws, points)], seed, workers=workers)
    return {test.id: float((score(test, means) >= test.minimum).mean()) for test in tests}


def main() -> None:
    """Prints the largest differences, and their root mean square."""
    one, other = (shares(seed, os.cpu_count() or 1) for seed in (1, 2))
    apart = {name: 100 * abs(one[name] - other[name]) for name in one}
    print(f"{COUNT:,} worlds, {REPLICATES} replicates in each, seeds 1 and 2: of {len(apart)} shares")
    print(f"the largest difference is {max(apart.values()):.1f} points, the root mean square", end=" ")
    print(f"{np.sqrt(np.mean(np.square(list(apart.values())))):.1f}; the five largest:")
    for name in sorted(apart, key=apart.__getitem__, reverse=True)[:5]:
        print(f"  {name}: {100 * one[name]:.1f} % and {100 * other[name]:.1f} %")


if __name__ == "__main__":
    main()
