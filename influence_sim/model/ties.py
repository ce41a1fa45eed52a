"""7.4 Ties between actors: directed, from -1 to 1, pulled back to where they come from.

Claims: C05, C09 (contact warms), C25, C35 (help warms, help for my enemy cools), C34 (a ban delivered),
C46 (forums warm).
"""

from __future__ import annotations

from influence_sim.model.compiling import equation
from influence_sim.model.records import Parameters, State, Wiring


@equation
def move(s: State, p: Parameters, w: Wiring) -> None:
    """Moves every tie by a month."""
    for d in range(w.n_ties):
        s.tie_was[d] = s.tie[d]
        s.tie[d] = min(max(s.tie[d] + warming(s, p, w, d), -1.0), 1.0)


@equation
def warming(s: State, p: Parameters, w: Wiring, d: int) -> float:
    """What a month does to the tie of i towards j, the less the nearer it is to its end already."""
    tie, seat = s.tie[d], 0.0
    for n in range(w.tie_seat[d], w.tie_seat[d + 1]):
        seat = max(seat, s.seat[w.hosted[n]])
    warm = p.ties_warming * (s.contact[w.tie_contact[d]] + s.x[w.tie_aid[d]] + seat + s.x[w.tie_ban[d]])
    fought = max(s.x[w.tie_fight[0, d]], s.x[w.tie_fight[1, d]])
    betrayed = s.x[w.tie_aid_to_enemy[d]] * max(s.x[w.tie_enemy_fight[0, d]], s.x[w.tie_enemy_fight[1, d]])
    cool = p.ties_cooling * (fought + betrayed)
    return p.ties_reversion * (p.tie_prior[d] - tie) + (1.0 - tie) * warm - (1.0 + tie) * cool
