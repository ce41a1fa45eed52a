"""7.11 Prestige as a great power: slow, fed by acceptance, by being followed and by the fortunes of one's talks.

Claims: C56 (being followed), C57 (counterweight; crises elsewhere, C19), C58 (success or failure), C60.
"""

from __future__ import annotations

from influence_sim.model.arithmetic import clip
from influence_sim.model.compiling import equation
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.mediation import CHALLENGER
from influence_sim.model.records import Circumstances, Parameters, State, Wiring


@equation
def rise(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """Prestige of both mediators; the challenger's credit from other crises is the patron's loss (C57)."""
    for k in range(MEDIATORS):
        s.fortune[k] += p.opinion_rate * (fortune_of_talks(s, p, w, q, k) - s.fortune[k])
        start = p.prestige_challenger_start if k == CHALLENGER else p.prestige_patron_start
        crises = s.crises if k == CHALLENGER else -s.crises
        target = start + crises
        target += p.prestige_acceptance * (s.acceptance[k] - s.accepted_before[k])
        target += p.prestige_following * s.followed[k]
        target += p.prestige_progress * (2.0 * s.fortune[k] - 1.0)
        s.prestige[k] = clip(s.prestige[k] + p.opinion_rate * (target - s.prestige[k]))


@equation
def fortune_of_talks(s: State, p: Parameters, w: Wiring, q: Circumstances, k: int) -> float:
    """1/2 without talks of one's own, up to 1 with both sides seated there, down to 0 if few come (C58)."""
    fortune = 0.5
    for f in range(w.n_forums):
        if w.convenor[f] == w.mediator[k]:
            fortune += 0.5 * s.both[f]
            if w.is_format[f]:
                fortune -= 0.5 * s.live[f] * (1.0 - turnout(s, w, q, f))
    return clip(fortune)


@equation
def turnout(s: State, w: Wiring, q: Circumstances, f: int) -> float:
    """Share of the invited states that sit at a format; 1 with nobody invited."""
    came, invited = 0.0, 0.0
    for n in range(w.n_seats):
        if w.seat_at[n] == f and q.invited[n]:
            came += w.states_of[w.seat_of[n]] * s.x[w.seat_lever[n]]
            invited += w.states_of[w.seat_of[n]]
    return came / invited if invited > 0.0 else 1.0
