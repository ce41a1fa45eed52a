"""The state of a run: arrays whose last axis is the replicate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.draws import Draws
from influence_sim.model.parameters import Parameters
from influence_sim.model.world import World

Floats = NDArray[np.float64]


@dataclass(slots=True)
class State:
    """What changes from month to month, for R replicates at once.

    Attributes:
        world: the wiring.
        p: the parameters that hold this month.
        draws: the random streams.
        step: number of the month, from 0.
        z: outcomes as last recorded, (K, R).
        x: implemented intensity of each lever, (L + 1, R), last row 0.
        tie: ties, (D + 1, R), last row 0.
        moderates: share of moderates among the Taliban, (R,).
        taliban: Taliban control of each province, (P, R).
        daesh: Daesh control of the provinces where it has ground, (N, R); `daesh_strength` its organisation, (R,).
        live: how alive each forum is, (F, R); `met` whether it met this month, (F, R).
        both: how far Kabul and the Taliban sit there together, (F, R).
        seat: attendance weighted by liveness, (A + 1, R), last row 0.
        contact: how strongly each engager deals with the Taliban, (J + 1, R), last row 0.
        disclosed: how far each engager's covert contact is public, (J, R).
        line: public line of each engager, (J, R); `peak` its highest, `lead` its slow past, both (J, R).
        followed: credit of each mediator for being followed, (2, R); `fortune` of the talks it leads, (2, R).
        accepted_before: acceptance of each mediator before the first month, (2, R).
        potential: area each province would carry under the insurgents, (P, 1 or R); `potential_in_all` the sum,
            (1 or R,).
        poppy: area that the insurgents' ground would carry, and that Kabul's would, (2, R); `rent` what the
            insurgents earn from it, (R,).
        fortunes: this month's uniform draw for each province, (P, R).
    """

    world: World
    p: Parameters
    draws: Draws
    step: int
    z: Floats
    x: Floats
    tie: Floats
    moderates: Floats
    taliban: Floats
    daesh: Floats
    daesh_strength: Floats
    live: Floats
    met: Floats
    both: Floats
    seat: Floats
    contact: Floats
    disclosed: Floats
    line: Floats
    peak: Floats
    lead: Floats
    followed: Floats
    fortune: Floats
    accepted_before: Floats
    potential: Floats
    potential_in_all: Floats
    poppy: Floats
    rent: Floats
    fortunes: Floats

    @property
    def width(self) -> int:
        """Number of replicates."""
        return len(self.z[0])

    def __getitem__(self, outcome: str) -> Floats:
        """An outcome as it now stands, (R,)."""
        row: Floats = self.z[self.world.outcomes[outcome]]
        return row

    def __setitem__(self, outcome: str, value: Floats | float) -> None:
        self.z[self.world.outcomes[outcome]] = value

    def condition(self, name: str) -> Floats:
        """An exogenous series in this month, (1,) or (R,)."""
        return self.p.setting(self.world.conditions[name][self.step])

    def impose(self) -> None:
        """Puts the levers that the scenario fixes this month at their levels."""
        for row, level in self.world.fixed[self.step]:
            self.x[row] = self.p.setting(level)

    def policy(self, actor: str, do: str, target: str) -> Floats:
        """How strongly a lever is in force, (R,); 0 if there is no such lever."""
        row: Floats = self.x[self.world.lever_row[actor, do, target]]
        return row

    def tie_of(self, who: str, towards: str) -> Floats:
        """A tie, (R,); 0 if there is none."""
        row: Floats = self.tie[self.world.tie_row[who, towards]]
        return row

    def seat_of(self, actor: str, forum: str) -> Floats:
        """An actor's live attendance at a forum, (R,); 0 without a seat."""
        row: Floats = self.seat[self.world.seat_row[actor, forum]]
        return row


def clipped(x: Floats) -> Floats:
    """Values brought into [0, 1]."""
    out: Floats = np.minimum(np.maximum(x, 0.0), 1.0)
    return out


def logistic(x: Floats) -> Floats:
    """The logistic function, 0 for minus infinity."""
    out = odds_against(x, np.empty_like(x))
    out += 1.0
    np.divide(1.0, out, out=out)
    return out


def odds_against(x: Floats, out: Floats) -> Floats:
    """The odds against what has log-odds x, written into `out`: infinite for minus infinity, or where they overflow."""
    np.negative(x, out=out)
    with np.errstate(over="ignore"):  # the chance, 1 / (1 + odds), is 0 there, as it should be
        np.exp(out, out=out)
    return out
