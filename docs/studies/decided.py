"""What the model's actors held from month to month, in the codes in which the record of stances is read.

An option counts by what it sets: secret dealing and half measures as partly, open dealing and full ones as fully held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from studies import stances
from studies.stances import DEAL, FIRST, FULL, LAST, OFF, OPENLY, SECRETLY, Policy

from influence_sim.base.numbers import Floats, Integers
from influence_sim.model import Arm, states
from influence_sim.model.plan import plan_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre
from influence_sim.theatre.spec import Option

SEED, REPLICATES = 1, 300
FEW = 10
"""Fewer replicates than this have no median worth telling."""
SMALL = 1e-9
"""Shares of months are sums of ones over a count: rounding must not put one outside."""


@dataclass(frozen=True)
class Runs:
    """Replicates of the baseline over the months that it shares with the record.

    Attributes:
        arm: what was run.
        then: the state at the end of each month, shape (months, replicates).
    """

    arm: Arm
    then: Any

    def codes(self, policy: Policy) -> Integers | None:
        """Whether a policy was off, partly or fully held, (months, replicates); None if no stance sets it."""
        options = plan_of(self.arm).index.options
        worth = [
            _code(option, policy, self.arm.theatre) for stance, _, option in options if stance.actor == policy.actor
        ]
        if not any(worth):
            return None
        rows = [row for row, (stance, _, _) in enumerate(options) if stance.actor == policy.actor]
        codes: Integers = np.rint(self.then["chosen"][:, :, rows] @ np.array(worth)).astype(np.int64)
        return codes

    def known(self, policy: Policy) -> Integers:
        """The same for a policy that a stance must set.

        Raises:
            ValueError: none does.
        """
        codes = self.codes(policy)
        if codes is None:
            raise ValueError(f"no stance sets {' '.join(policy)}")
        return codes

    def intensity(self, actor: str, do: str, target: str) -> Floats:
        """The intensity of a lever, (months, replicates)."""
        found: Floats = self.then["x"][:, :, plan_of(self.arm).index.lever[actor, do, target]]
        return found


def runs_of(theatre: Theatre, parameters: Mapping[str, float | Floats] | None = None) -> Runs:
    """Runs the baseline to the end of the record."""
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), months=LAST - theatre.start + 1)
    numbers = np.arange(REPLICATES)
    found = states(arm, seed=SEED, replicates=numbers, steps=np.arange(arm.months), parameters=parameters)
    return Runs(arm, found)


def _code(option: Option, policy: Policy, theatre: Theatre) -> int:
    """What an option means for a policy of its actor."""

    def level(do: str) -> Floats:
        # the record says whose crop is rooted out, the model which crop
        names = {f"{do} {policy.target}", f"{do} {theatre.crop.name}"}
        return np.array(max((level for key, level in option.sets.items() if key in names), default=0.0))

    if policy.do == DEAL:
        return int(stances.dealings(level(OPENLY), level(SECRETLY)))
    return int(stances.coded(level(policy.do)))


def beside(runs: Runs) -> pd.DataFrame:
    """Stances of the runs beside the record's, of every policy that both have.

    Returns:
        The rows of `stances.beside` and, in the months that both have, the number of `switches`, and the shares of
        months in which a policy is `held` and `fully` held. Each has the record's value under its own name, and the
        mean and the 5 and 95 % quantiles over replicates under `…_model`, `…_low` and `…_high`.
    """
    theatre, told = runs.arm.theatre, stances.lines()
    known = {policy: runs.codes(policy) for policy in stances.policies(theatre)}
    held = {policy: codes for policy, codes in known.items() if codes is not None}
    table = stances.beside(held, theatre.start)
    for name, measure in MEASURES.items():
        every = [measure(codes) for codes in held.values()]
        low, high = np.quantile(every, [0.05, 0.95], axis=1, method="inverted_cdf")  # what some replicate has
        table[name] = [float(measure(stances.codes_of(told, one)[theatre.start - FIRST :])) for one in held]
        table[f"{name}_model"], table[f"{name}_low"], table[f"{name}_high"] = np.mean(every, axis=1), low, high
    return table


MEASURES: Mapping[str, Callable[[Integers], Any]] = {
    "switches": stances.switches,
    "held": lambda codes: (codes != OFF).mean(axis=0),
    "fully": lambda codes: (codes == FULL).mean(axis=0),
}
"""What is told of a history of codes, (months, …) -> (…)."""


def outside(row: Any) -> list[str]:
    """In which measures the record lies outside the 5 to 95 % of the replicates, of a row of `beside`."""
    return [
        name
        for name in MEASURES
        if not getattr(row, f"{name}_low") - SMALL <= getattr(row, name) <= getattr(row, f"{name}_high") + SMALL
    ]


def years_between(runs: Runs, table: pd.DataFrame) -> dict[str, float]:
    """Years of a policy for each switch, over all policies of a table: in the `record`, and in the runs."""
    counts = sum(stances.switches(runs.known(Policy(*key))) for key in _keys(table))
    years = len(table) * (runs.arm.months - 1) / 12
    low, middle, high = np.quantile(counts, [0.05, 0.5, 0.95])
    return {
        "record": years / table["switches"].sum(),
        "model": years / middle,
        "low": years / high,
        "high": years / low,
    }


def _keys(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(table[list(Policy._fields)].itertuples(index=False, name=None))


def openings(runs: Runs) -> pd.DataFrame:
    """When outsiders went into the open with the insurgents: record and runs.

    Returns:
        One row an outsider that can: `actor`, `record` (month, from the run's first, or NaN), `start` (the code before
        the first month), `opens` (share of replicates that do so by the end), `month` (median of those), `first` (share
        in which nobody is earlier), and `kept` (share of those that opened in which it is open at the end); month and
        kept are NaN where only a `FEW` replicates open.
    """
    theatre, told = runs.arm.theatre, stances.lines()
    insurgents, found, months = theatre.roles.insurgents, [], []
    outsiders = [actor.name for actor in theatre.actors if actor.name not in theatre.roles.belligerents]
    policies = [Policy(name, DEAL, insurgents) for name in outsiders]
    policies = [policy for policy in policies if runs.codes(policy) is not None]
    for policy in policies:
        codes = runs.known(policy)
        real = stances.codes_of(told, policy)[theatre.start - FIRST :]
        month = stances.first(codes == FULL)
        months.append(month)
        opened = ~np.isnan(month)
        enough = np.count_nonzero(opened) >= FEW
        kept = float((codes[-1] == FULL)[opened].mean()) if enough else float("nan")
        middle = float(np.median(month[opened])) if enough else float("nan")
        start = _start(runs, policy)
        found.append((policy.actor, float(stances.first(real == FULL)), start, opened.mean(), middle, kept))
    table = pd.DataFrame(found, columns=["actor", "record", "start", "opens", "month", "kept"])
    earliest = np.nanmin(np.where(np.isnan(months), np.inf, months), axis=0)
    return table.assign(first=[float(((month == earliest) & ~np.isnan(month)).mean()) for month in months])


def _start(runs: Runs, policy: Policy) -> int:
    """The code with which a stance begins."""
    options = plan_of(runs.arm).index.options
    return max(
        _code(option, policy, runs.arm.theatre)
        for stance, name, option in options
        if stance.actor == policy.actor and name == stance.start
    )


def episodes(runs: Runs, actor: str) -> dict[str, float]:
    """Talks of an actor with the insurgents in the runs.

    Returns:
        `mean` number a replicate, share of replicates with `none`, `median` months of an episode, its 90 % quantile
        `long`, and the share of replicates that are ever in the `open`.
    """
    codes = runs.known(Policy(actor, DEAL, runs.arm.theatre.roles.insurgents))
    held = (codes != OFF).astype(np.int64)
    found = [spell.months for spell in stances.spells(held) if spell.code]
    starts = np.count_nonzero(np.diff(held, axis=0, prepend=0) == 1, axis=0)
    return {
        "mean": float(starts.mean()),
        "none": float((starts == 0).mean()),
        "median": float(np.median(found)) if found else float("nan"),
        "long": float(np.quantile(found, 0.9)) if found else float("nan"),
        "open": float((codes == FULL).any(axis=0).mean()),
    }


def attendance(runs: Runs, forum: str) -> tuple[int, Integers]:
    """How many invitations to a format there were, by states, and how many were accepted, (replicates,)."""
    arm, came, asked = runs.arm, np.zeros(runs.then.shape[1], dtype=np.int64), 0
    (format_,) = [one for one in arm.forums if one.name == forum]
    index = plan_of(arm).index
    for month in sorted(month for month in format_.meets if month <= LAST):
        for guest in sorted(arm.invited(format_, month)):
            if (guest, "attend", forum) in index.lever:
                states_ = index.states(guest)
                asked += states_
                came += np.rint(states_ * runs.intensity(guest, "attend", forum)[month - arm.theatre.start]).astype(int)
    return asked, came


def convening(runs: Runs, actor: str, forum: str, left_out: str) -> dict[str, float]:
    """When an actor first held to convening a format after it was left out of another.

    Returns:
        `before`: share of replicates in which it held to it in the month before the other first met; of the rest
        `low`, `median` and `high` (5 and 95 %) months from that meeting on, infinite for who does not by the end, and
        `never`: how many do not.
    """
    active = runs.known(Policy(actor, "convene", forum)) != OFF
    (other,) = [one for one in runs.arm.forums if one.name == left_out]
    step = min(other.meets) - runs.arm.theatre.start
    after = active[step:, ~active[step - 1]]
    months = np.where(after.any(axis=0), after.argmax(axis=0).astype(np.float64), np.inf)
    low, middle, high = np.quantile(months, [0.05, 0.5, 0.95], method="higher").tolist()
    return {
        "before": float(active[step - 1].mean()),
        "low": low,
        "median": middle,
        "high": high,
        "never": float(np.isinf(months).mean()),
    }


def absent(runs: Runs, policies: Sequence[Policy]) -> list[Policy]:
    """The policies of the record that no stance of the model sets."""
    return [policy for policy in policies if runs.codes(policy) is None]
