"""7.7 The illicit crop: who grows how much, who earns from it, where it goes.

Claims: C29, C32 (the challenger's problem), C31 (grown on insurgent ground), C34 (a ban by either holder).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import LEAST
from influence_sim.model.compiling import equation
from influence_sim.model.records import Parameters, State, Wiring


@equation
def harvest(s: State, p: Parameters, w: Wiring) -> None:
    """Ground carries the crop as far as its holder does not eradicate it, and the government's as tolerated."""
    ban = p.crop_eradication * s.x[w.eradicate[w.insurgents]]
    theirs = s.insurgent_area * (1.0 - ban)
    ban = p.crop_eradication * s.x[w.eradicate[w.government]]
    total = theirs + (s.potential_in_all - s.insurgent_area) * p.crop_government_tolerance * (1.0 - ban)
    tonnes = total * w.yield_of_crop * s.weather
    s.crop_output = tonnes / (tonnes + w.half_of_crop)
    s.crop_insurgent_share = theirs / max(total, LEAST)
    s.crop_exported = s.crop_output * w.northern_route
    s.rent = 2.0 * s.crop_output * s.crop_insurgent_share  # 1 at the output of 2017, all on insurgent ground
