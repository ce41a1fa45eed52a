"""7.4 The moderates' share among the insurgents. Claims: C42, C43."""

from __future__ import annotations

from influence_sim.model.arithmetic import clip
from influence_sim.model.compiling import equation
from influence_sim.model.engagement import STRIKE
from influence_sim.model.records import Circumstances, Parameters, State, Wiring


@equation
def shift(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """Moderates gain by outreach and lose by strikes; a scenario may add a current."""
    outreach = 0.0
    for j in range(w.n_actors):
        outreach += p.outsider[j] * s.contact[j]
    strikes = s.x[w.fight[w.patron, w.insurgents]] * s.presence
    drift = p.factions_outreach * outreach - p.factions_strikes * strikes
    m = s.moderates + s.moderates * (1.0 - s.moderates) * drift + s.current
    for e in range(w.n_events):
        if q.event[e] and w.event_kind[e] == STRIKE:
            m *= 1.0 - p.event[e]
    s.moderates = clip(m)
