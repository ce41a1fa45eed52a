"""How far a result hangs on the world in which it was computed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis.worlds import Points, sample
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME
from influence_sim.model import Arm
from influence_sim.runs.points import Job, records, whole
from influence_sim.runs.request import PLAUSIBLE
from influence_sim.theatre import Theatre

POINTS = 64
REPLICATES = 16
NOTHING_STANDS_OUT = "no single parameter stands out"


def with_settings(settings: Sequence[Mapping[str, float]], otherwise: Mapping[str, float]) -> Points:
    """A point for each of some settings of parameters; what it does not set stands as it does `otherwise`."""
    names = dict.fromkeys(name for setting in settings for name in setting)
    return {name: np.array([setting.get(name, otherwise[name]) for setting in settings]) for name in names}


def defaults_of(theatre: Theatre) -> dict[str, float]:
    """The values of all parameters, unless something sets them."""
    return {name: spec.default for name, spec in theatre.parameters.items()}


def over_priors(
    scenarios: Sequence[Arm],
    baseline: Arm,
    mains: Sequence[Mapping[str, float]],
    *,
    points: int = POINTS,
    replicates: int = REPLICATES,
    seed: int = 1,
    fixed: Collection[str] = (),
    worlds: str = PLAUSIBLE,
    **how: Any,
) -> list[pd.DataFrame]:
    """Compares scenarios with their baseline in many worlds, and asks what the differences hang on.

    Every parameter varies at once; all arms see the same values and the same draws.
    A parameter stands out if its rank correlation with the difference is beyond the 95 % quantile of the
    largest correlation among all parameters when the differences are shuffled.

    The `mains` are the mean differences of the main run in its last month, of each scenario and each outcome asked
    about. Parameters that the user has set stay `fixed`. `seed` is that of points, draws and shuffles; `how` is as for
    `run_points`.

    Returns:
        A table for each scenario with a row an outcome: `outcome`, `main`, `points`, which `worlds` they are, the
        shares of them whose mean difference has the main run's sign, is zero, or has the other sign
        (`share_same_sign`, `share_zero`, `share_opposite`; NaN where the main run shows no difference), its 5 % and
        95 % quantiles over them (`low`, `high`), the parameter with the largest rank correlation, that correlation
        (`parameter`, `rho`), the largest that chance gives (`threshold`), whether it `stands_out`, and a `note` if it
        does not.
    """
    theatre = baseline.theatre
    rng = np.random.default_rng(seed)
    values, test, drawn = sample(theatre, points, worlds, rng, rng, fixed=fixed)
    numbers = np.arange(replicates, dtype=np.int64)
    jobs = [Job([arm], seed, numbers, records, values, steps=[arm.months - 1]) for arm in (baseline, *scenarios)]
    twin, *levels = whole(jobs, **how)
    outcomes = theatre.vocabulary.outcomes
    tables = []
    for level, main in zip(levels, mains, strict=True):
        gaps = (level - twin).mean(axis=3)[:, 0]  # (points, outcomes)
        rows = []
        for outcome, difference in main.items():
            gap = gaps[:, outcomes.index(outcome)]
            signs, (sign,) = directions(gap), directions(np.array([difference])).tolist()
            same, opposite = (float((signs == way).mean()) if abs(sign) > 0 else np.nan for way in (sign, -sign))
            low, high = np.quantile(gap, [0.05, 0.95]).tolist()
            top = test.strongest(gap)
            rows.append(
                {
                    "outcome": outcome,
                    "main": difference,
                    "points": len(gap),
                    "worlds": drawn,
                    "share_same_sign": same,
                    "share_zero": float((signs == 0).mean()),
                    "share_opposite": opposite,
                    "low": low,
                    "high": high,
                    "parameter": top.name,
                    "rho": top.rho,
                    "threshold": top.threshold,
                    "stands_out": top.stands_out,
                    "note": "" if top.stands_out else NOTHING_STANDS_OUT,
                }
            )
        tables.append(pd.DataFrame(rows))
    return tables


def directions(gaps: Floats) -> Floats:
    """1 where a difference is above zero, -1 where it is below, and 0 where the arms only rounded differently."""
    found: Floats = np.sign(gaps) * (np.abs(gaps) > SAME)
    return found
