"""Opium: who grows how much, who earns from it, where it goes.

Claims: C29, C32 (Russia's problem), C31 (grown on Taliban ground), C34 (a ban by either holder). Figures: UNODC.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.compiled import elementwise
from influence_sim.model.state import State

TONNES_2017 = 9000.0
"""Output of 2017, at which the index is one half (UNODC)."""

TONNES_A_HECTARE = 0.02448
"""Mean of the four yearly yields of 2014-17 (UNODC)."""


def measure(s: State) -> None:
    """Writes output, flow to Russia and where it is grown; keeps the insurgents' rent for their capability."""
    p, ground = s.p, s.ground
    kabul = _grown(
        ground["poppy_kabul"],
        s.policy("kabul", "eradicate_poppy", "opium"),
        p["opium.eradication"],
        p["opium.kabul_tolerance"],
    )
    theirs = _grown(
        ground["poppy_insurgent"], s.policy("taliban", "eradicate_poppy", "opium"), p["opium.eradication"], 1.0
    )
    index = _index(kabul, theirs, s.condition("opium_weather"))
    share = theirs / np.maximum(kabul + theirs, 1e-12)
    s["opium_output"] = index
    s["taliban_opium_share"] = share
    s["opium_to_russia"] = index * p["opium.northern_route"]
    ground["rent"] = index * share * p["opium.rent_rate"] * 10.0


@elementwise
def _grown(potential: float, banned: float, hard: float, tolerance: float) -> float:
    """Hectares under poppy, of what the ground would carry."""
    return potential * (tolerance * (1.0 - hard * banned))


@elementwise
def _index(kabul: float, theirs: float, weather: float) -> float:
    """Output, with diminishing returns: one half at that of 2017."""
    tonnes = (kabul + theirs) * (TONNES_A_HECTARE * weather)
    return tonnes / (tonnes + TONNES_2017)
