"""7.4 Ties between actors: directed, from -1 to 1, pulled back to where they come from.

Claims: C05, C09 (contact warms), C25, C35 (help warms, help for my enemy cools), C34 (a ban delivered),
C46 (forums warm). Whether they come into balance is a form that theory allows (`ties.balance`).
"""

from __future__ import annotations

from influence_sim.model.compiling import equation
from influence_sim.model.lanes import anywhere
from influence_sim.model.records import Parameters, State, Wiring


@equation
def move(s: State, p: Parameters, w: Wiring) -> None:
    """Moves every tie by a month."""
    for d in range(w.n_ties):
        s.tie_was[d] = s.tie[d]
    for d in range(w.n_ties):
        s.tie[d] = min(max(s.tie[d] + warming(s, p, w, d), -1.0), 1.0)


@equation
def agreement(s: State, w: Wiring, i: int, j: int) -> float:
    """How far j is a friend of i's friends and an enemy of i's enemies, on the average of all others (Heider 1946)."""
    total, count = 0.0, 0.0
    for h in range(w.n_actors):
        one, other = w.tie[i, h], w.tie[h, j]
        if one < w.n_ties and other < w.n_ties:
            total += s.tie_was[one] * s.tie_was[other]
            count += 1.0
    return total / max(count, 1.0)


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
    if anywhere(p.ties_balance != 0.0):
        agreed = p.ties_balance * agreement(s, w, w.tie_from[d], w.tie_to[d])
        warm += p.ties_warming * max(agreed, 0.0)
        cool += p.ties_warming * max(-agreed, 0.0)
    return p.ties_reversion * (p.tie_prior[d] - tie) + (1.0 - tie) * warm - (1.0 + tie) * cool
