"""One run as an ordinary Mesa model, which shows in a notebook where it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from influence_sim import model
from influence_sim.api.lookups import labels
from influence_sim.base.months import format_month, month_words
from influence_sim.base.shown import Shown
from influence_sim.theatre import load


class InfluenceModel(Shown, model.InfluenceModel):
    """The influence model as an ordinary Mesa model.

    `InfluenceModel("us_engages_taliban", rng=1)` is replicate 0 of seed 1, bit for bit as `run` plays it. Mesa's own
    generators are left alone; every draw is keyed by seed, replicate, process and month. Agents may be shuffled or
    removed, the model copied and pickled. `model["kabul_authority"]` is an outcome as it now stands.

    Attributes:
        arm: scenario, theatre and length.
        seed_number: the seed of the draws.
        replicate: the number of the replicate.
        clock: number of months played.
        running: False once the last month has been played.
        datacollector: collects every outcome, month by month, and how strongly each actor's levers are in force.
    """

    @property
    def finding(self) -> str:
        """How far it has been played."""
        if not self.clock:
            return f"Before its first month, {month_words(self.arm.month(0))}."
        over = "" if self.running else ": it is over"
        return f"After {month_words(self.arm.month(self.clock - 1))}, {self.clock} of {self.arm.months} months{over}."

    def described(self) -> str:
        """What is played."""
        return f"{self.arm.scenario.name}: replicate {self.replicate} of seed {self.seed_number}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The headline outcomes at first and now."""
        known, now = labels(), "now" if self.clock else format_month(self.arm.month(0))
        played = self.datacollector.model_vars
        rows = [
            {"outcome": known[name].label, "unit": known[name].unit}
            | ({format_month(self.arm.month(0)): played[name][0]} if played[name] else {})
            | {now: self[name]}
            for name in load().headline
        ]
        yield self.arm.scenario.title, pd.DataFrame(rows)
