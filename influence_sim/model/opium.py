"""Opium: who grows how much, who earns from it, where it goes.

Claims: C29, C32 (Russia's problem), C31 (grown on Taliban ground), C34 (a ban by either holder). Figures: UNODC.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from influence_sim.model.compiled import at, compiled
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State
from influence_sim.model.world import Rows, World

TONNES_2017 = 9000.0
"""Output of 2017, at which the index is one half (UNODC)."""

TONNES_A_HECTARE = 0.02448
"""Mean of the four yearly yields of 2014-17 (UNODC)."""


NUMBERS = ("opium.eradication", "opium.kabul_tolerance", "opium.northern_route", "opium.rent_rate")
"""What the loop reads, in this order."""


@lru_cache(maxsize=64)
def _rows(world: World) -> tuple[Rows, Rows]:
    """Rows of the outcomes, and of the levers by which Kabul and the Taliban eradicate."""
    outcomes = world.outcome_rows("opium_output", "taliban_opium_share", "opium_to_russia")
    return outcomes, world.lever_rows([(who, "eradicate_poppy", "opium") for who in ("kabul", "taliban")])


def measure(s: State) -> None:
    """Writes output, flow to Russia and where it is grown; keeps the insurgents' rent for their capability."""
    s.rent = np.empty(s.width)
    _harvest(s.z, s.rent, s.x, s.poppy, *_rows(s.world), s.condition("opium_weather"), s.p.table(NUMBERS, s.width))


@compiled
def _harvest(
    z: Floats, rent: Floats, x: Floats, poppy: Floats, outcomes: Rows, bans: Rows, weather: Floats, numbers: Floats
) -> None:
    """Each side's ground carries its area as far as it does not eradicate, and Kabul's as far as it tolerates."""
    hard, tolerated, northern, rate = numbers
    output, share, to_russia = z[outcomes[0]], z[outcomes[1]], z[outcomes[2]]
    ban_of_kabul, ban_of_taliban = x[bans[0]], x[bans[1]]
    for r in range(len(rent)):
        theirs = poppy[0, r] * (1.0 - hard[r] * ban_of_taliban[r])
        total = poppy[1, r] * (tolerated[r] * (1.0 - hard[r] * ban_of_kabul[r])) + theirs
        tonnes = total * (TONNES_A_HECTARE * at(weather, r))
        output[r] = tonnes / (tonnes + TONNES_2017)
        share[r] = theirs / max(total, 1e-12)
        to_russia[r] = output[r] * northern[r]
        rent[r] = output[r] * share[r] * rate[r] * 10.0
