"""7.4 Ties between actors: directed, from -1 to 1, pulled back to where they come from.

Claims: C05, C09 (contact warms), C25, C35 (help warms, help for my enemy cools), C46 (forums warm). Balance follows
Heider as put by Antal, Krapivsky & Redner (2005), and is off by default (Marvel et al. 2011).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import LEAST
from influence_sim.model.compiling import equation
from influence_sim.model.lanes import anywhere, where
from influence_sim.model.records import Parameters, State, Wiring


@equation
def move(s: State, p: Parameters, w: Wiring) -> None:
    """Moves every tie by a month. Balance looks at all ties as they were, so it is added up first."""
    pull = p.balance_strength * p.ties_balance
    if anywhere(pull != 0.0):
        for d in range(w.n_ties):
            s.tie_pull[d] = pull * (balanced(s, p, w, d) - s.tie[d])
        for d in range(w.n_ties):
            s.tie[d] = min(max(s.tie[d] + warming(s, p, w, d) + s.tie_pull[d], -1.0), 1.0)
    else:
        for d in range(w.n_ties):
            s.tie[d] = min(max(s.tie[d] + warming(s, p, w, d), -1.0), 1.0)


@equation
def warming(s: State, p: Parameters, w: Wiring, d: int) -> float:
    """What a month does to the tie of i towards j, the less the nearer it is to its end already."""
    tie, seat = s.tie[d], 0.0
    for n in range(w.tie_seat[d], w.tie_seat[d + 1]):
        seat = max(seat, s.seat[w.hosted[n]])
    warm = p.ties_contact * s.contact[w.tie_contact[d]] + p.ties_aid * s.x[w.tie_aid[d]] + p.ties_forum * seat
    fought = max(s.x[w.tie_fight[0, d]], s.x[w.tie_fight[1, d]])
    betrayed = s.x[w.tie_aid_to_enemy[d]] * max(s.x[w.tie_enemy_fight[0, d]], s.x[w.tie_enemy_fight[1, d]])
    cool = p.ties_fighting * fought + p.ties_aid_to_enemy * betrayed
    return p.ties_reversion * (p.tie_prior[d] - tie) + (1.0 - tie) * warm - (1.0 + tie) * cool


@equation
def balanced(s: State, p: Parameters, w: Wiring, d: int) -> float:
    """B: mean over go-betweens k of a_ik times a_kj, by diplomatic capability; without one the tie as it is."""
    i, j = w.tie_from[d], w.tie_to[d]
    total, weight = 0.0, 0.0
    for k in range(w.n_actors):
        one, other = w.tie[i, k], w.tie[k, j]
        if one < w.n_ties and other < w.n_ties:
            total += p.diplomatic[k] * s.tie[one] * s.tie[other]
            weight += p.diplomatic[k]
    return where(weight > 0.0, total / max(weight, LEAST), s.tie[d])
