"""How far a result hangs on the world in which it was computed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.analysis.decides import directions
from influence_sim.analysis.worlds import Points, Sample, sample
from influence_sim.base.numbers import Flags, Floats
from influence_sim.model import Arm
from influence_sim.runs.points import Job, means, whole
from influence_sim.runs.request import PLAUSIBLE
from influence_sim.theatre import Theatre

if TYPE_CHECKING:
    import pandas as pd

REPLICATES = 16


def with_settings(settings: Sequence[Mapping[str, float]], otherwise: Mapping[str, float]) -> Points:
    """A point for each of some settings of parameters; what it does not set stands as it does `otherwise`."""
    names = dict.fromkeys(name for setting in settings for name in setting)
    return {name: np.array([setting.get(name, otherwise[name]) for setting in settings]) for name in names}


def defaults_of(theatre: Theatre) -> dict[str, float]:
    """The values of all parameters, unless something sets them."""
    return {name: spec.default for name, spec in theatre.parameters.items()}


def over_priors(
    scenarios: Sequence[Arm], baseline: Arm, mains: Sequence[Mapping[str, float]], **how: Any
) -> list[pd.DataFrame]:
    """Compares scenarios with their baseline in many worlds, and asks what the differences hang on.

    Every parameter varies at once; in a world all arms see the same values and the same draws, which are its own. What
    stands out from chance, and how that is told, says `analysis.decides`.

    The `mains` are the mean differences of the main run in its last month, of each scenario and each outcome asked
    about; `how` is as for `gaps_in_worlds`.

    Returns:
        A table for each scenario with a row an outcome: `outcome`, `main`, `points` that were computed, how many
        `failed` and what happened in one of these (`error`), which `worlds` they are, the
        shares of them whose mean difference has the main run's sign, is zero, or has the other sign
        (`share_same_sign`, `share_zero`, `share_opposite`; NaN where the main run shows no difference), its 5 % and
        95 % quantiles over them (`low`, `high`), and on what it hangs: the fields of `decides.Hanging`.
    """
    import pandas as pd

    gaps_of, drawn = gaps_in_worlds(scenarios, baseline, **how)
    outcomes = baseline.theatre.vocabulary.outcomes
    return [
        pd.DataFrame([fared(name, main[name], gaps[:, outcomes.index(name)], drawn) for name in main])
        for gaps, main in zip(gaps_of, mains, strict=True)
    ]


def fared(outcome: str, main: float, gaps: Floats, drawn: Sample) -> dict[str, Any]:
    """How one outcome's difference fares in worlds, (worlds,): a row of the table of `over_priors`."""
    signs, (sign,) = directions(gaps), directions(np.array([main])).tolist()
    zero, same, opposite = (float((signs == way).mean()) if len(gaps) else np.nan for way in (0, sign, -sign))
    low, high = np.quantile(gaps, [0.05, 0.95]).tolist() if len(gaps) else (np.nan, np.nan)
    return {
        "outcome": outcome,
        "main": main,
        "points": len(gaps),
        "failed": drawn.failed,
        "error": drawn.error,
        "worlds": drawn.worlds,
        "share_same_sign": same if sign else np.nan,
        "share_zero": zero,
        "share_opposite": opposite if sign else np.nan,
        "low": low,
        "high": high,
        **drawn.slices.hanging(gaps, sign)._asdict(),
    }


def gaps_in_worlds(
    scenarios: Sequence[Arm],
    baseline: Arm,
    *,
    points: int,
    replicates: int = REPLICATES,
    seed: int = 1,
    fixed: Collection[str] = (),
    worlds: str = PLAUSIBLE,
    **how: Any,
) -> tuple[list[Floats], Sample]:
    """The mean differences of scenarios from their baseline in the last month, (points, outcomes), and the worlds.

    Both are of those worlds alone in which all of them could be computed. Parameters that the user has set stay
    `fixed`; `seed` is that of points, draws and chance; `how` is as for `run_points`.
    """
    rng = np.random.default_rng(seed)
    drawn = sample(baseline.theatre, points, worlds, rng, rng, fixed=fixed)
    draws = drawn.draws(replicates)
    jobs = [Job([a], seed, draws, means, drawn.points, steps=[a.months - 1]) for a in (baseline, *scenarios)]
    errors: list[str] = []
    twin, *levels = whole(jobs, errors, **how)
    gaps = [(level - twin)[:, 0] for level in levels]
    ran: Flags = np.logical_and.reduce([np.isfinite(gap).all(axis=1) for gap in gaps])
    return [gap[ran] for gap in gaps], drawn.computed(ran, errors)
