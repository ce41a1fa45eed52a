"""Opium: who grows how much, who earns from it, where it goes.

Claims: C29, C32 (Russia's problem), C31 (grown on Taliban ground), C34 (a ban by either holder). Figures: UNODC.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.parameters import Floats
from influence_sim.model.state import State

TONNES_2017 = 9000.0
"""Output of 2017, at which the index is one half (UNODC)."""

TONNES_A_HECTARE = 0.02448
"""Mean of the four yearly yields of 2014-17 (UNODC)."""


def kept(s: State) -> tuple[Floats, Floats]:
    """Share of the potential area that Kabul's and the insurgents' ground carry, each (R,)."""
    hard = s.p["opium.eradication"]
    kabul = s.p["opium.kabul_tolerance"] * (1.0 - hard * s.policy("kabul", "eradicate_poppy", "opium"))
    insurgent = 1.0 - hard * s.policy("taliban", "eradicate_poppy", "opium")
    return kabul, insurgent


def measure(s: State) -> None:
    """Writes output, flow to Russia and where it is grown; keeps the insurgents' rent for their capability."""
    kabul, insurgent = kept(s)
    theirs = s.ground["poppy_insurgent"] * insurgent
    total = s.ground["poppy_kabul"] * kabul + theirs
    tonnes = total * (TONNES_A_HECTARE * s.condition("opium_weather"))
    index = tonnes / (tonnes + TONNES_2017)
    share = theirs / np.maximum(total, 1e-12)
    s["opium_output"] = index
    s["taliban_opium_share"] = share
    s["opium_to_russia"] = index * s.p["opium.northern_route"]
    s.ground["rent"] = index * share * s.p["opium.rent_rate"] * 10.0
