"""A question that is several: scenarios that a theatre declares to be ways of doing the same, side by side."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from influence_sim.analysis.claims.places import Means, Place
from influence_sim.analysis.priors import directions
from influence_sim.base.months import parse_month
from influence_sim.base.statistics import RankTest, mean_interval
from influence_sim.theatre.claim_tests import Ways


def places(ways: Ways) -> list[Place]:
    """Where to look."""
    month = parse_month(ways.month)
    return [Place(name, (), outcome, month) for name in (*ways.scenarios, ways.against) for outcome in ways.outcomes]


def table(ways: Ways, defaults: Means, sampled: Means, ranks: RankTest) -> pd.DataFrame:
    """The ways side by side.

    Args:
        ways: what is compared.
        defaults: every replicate at the defaults.
        sampled: means in every plausible world.
        ranks: of the parameters in those worlds.

    Returns:
        One row a scenario and outcome: `effect` against the baseline with its 95 % interval (`ci_low`, `ci_high`),
        the `share` of plausible worlds in which it has that sign, and the `parameter` it hangs on most ("": none).
    """
    rows, month = [], parse_month(ways.month)
    for scenario, outcome in product(ways.scenarios, ways.outcomes):
        here, there = (Place(name, (), outcome, month) for name in (scenario, ways.against))
        effect, low, high = mean_interval(defaults[here] - defaults[there])
        gaps = sampled[here] - sampled[there]
        top = ranks.strongest(gaps)
        rows.append(
            {
                "scenario": scenario,
                "outcome": outcome,
                "effect": effect,
                "ci_low": low,
                "ci_high": high,
                "share": float((directions(gaps) == np.sign(effect)).mean()),
                "parameter": top.name if top.stands_out else "",
            }
        )
    return pd.DataFrame(rows)
