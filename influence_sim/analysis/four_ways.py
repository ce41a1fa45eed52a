"""The question at the centre is four questions: the US can engage openly or in secret, in Moscow or on its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from influence_sim.analysis.bench import Means, Place
from influence_sim.analysis.flips import Ranking
from influence_sim.analysis.summary import mean_interval
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Floats
from influence_sim.theatre import START

SCENARIOS = ("us_engages_taliban", "us_own_public_channel", "us_own_channel", "us_covert_moscow")
OUTCOMES = ("kabul_authority", "russia_acceptance", "russia_mediator_share", "russia_prestige")
AGAINST = "baseline"
MONTH = parse_month("2019-12")
SAME = 1e-12


def places() -> list[Place]:
    """Where to look."""
    return [_place(scenario, outcome) for scenario in (*SCENARIOS, AGAINST) for outcome in OUTCOMES]


def _place(scenario: str, outcome: str) -> Place:
    return Place(scenario, (), outcome, MONTH - START)


def table(defaults: Means, sampled: Means, ranking: Ranking) -> pd.DataFrame:
    """The four ways side by side.

    Args:
        defaults: every replicate at the defaults.
        sampled: means in every plausible world.
        ranking: of the parameters in those worlds.

    Returns:
        One row a scenario and outcome: `effect` against the baseline with its 95 % interval (`ci_low`, `ci_high`),
        the `share` of plausible worlds in which it has that sign, and the `parameter` it hangs on most ("" if none
        stands out).
    """
    return pd.DataFrame(list(_rows(defaults, sampled, ranking)))


def _rows(defaults: Means, sampled: Means, ranking: Ranking) -> Iterator[dict[str, object]]:
    for scenario in SCENARIOS:
        for outcome in OUTCOMES:
            effect, low, high = mean_interval(_gap(defaults, scenario, outcome))
            gaps = _gap(sampled, scenario, outcome)
            share = float((np.sign(gaps) * (np.abs(gaps) > SAME) == np.sign(effect)).mean())
            yield {
                "scenario": scenario,
                "outcome": outcome,
                "effect": effect,
                "ci_low": low,
                "ci_high": high,
                "share": share,
                "parameter": ranking.strongest(gaps),
            }


def _gap(means: Means, scenario: str, outcome: str) -> Floats:
    gap: Floats = means[_place(scenario, outcome)] - means[_place(AGAINST, outcome)]
    return gap
