"""7.9 Mediation: who would take the challenger's, or the patron's, good offices.

Claims: C40 (standing, and at whose expense), C42 (both sides), C44 (aversion), C59, C60. Acceptance is not normalised;
the share is derived from it. Rivalry is a rule (`rivalry`) that can be 0.
"""

from __future__ import annotations

from influence_sim.model.arithmetic import logistic
from influence_sim.model.compiling import equation
from influence_sim.model.records import Parameters, State, Wiring

CHALLENGER, PATRON = 0, 1


@equation
def mediate(s: State, p: Parameters, w: Wiring) -> None:
    """Acceptance of both mediators, after rivalry (C40), and their shares of mediation."""
    one, other = good_offices(s, p, w, CHALLENGER), good_offices(s, p, w, PATRON)
    s.acceptance[CHALLENGER] = one * (1.0 - p.rivalry * other)
    s.acceptance[PATRON] = other * (1.0 - p.rivalry * one)
    total = max(s.acceptance[CHALLENGER] + s.acceptance[PATRON], 1e-12)
    s.mediator_share[CHALLENGER] = s.acceptance[CHALLENGER] / total
    s.mediator_share[PATRON] = s.acceptance[PATRON] / total


@equation
def good_offices(s: State, p: Parameters, w: Wiring, k: int) -> float:
    """How far mediator k's good offices would be taken, before rivalry: less without access to both sides (C42)."""
    own = w.mediator[k]
    talk_insurgents = max(table(s, w, own, w.insurgents), s.contact[own])
    talk_government = table(s, w, own, w.government)
    over_insurgents = max(s.x[w.support[own, w.insurgents]], s.x[w.fight[own, w.insurgents]] * s.troops)
    over_government = s.presence if k == PATRON else s.x[w.support[own, w.government]]
    talking = p.mediation_contact_leverage
    over_insurgents = talking * talk_insurgents + (1.0 - talking) * over_insurgents
    over_government = talking * talk_government + (1.0 - talking) * over_government

    first, last = w.judges[k], w.judges[k + 1]
    for n in range(first, last):
        leverage = 0.5 * (over_insurgents + over_government)
        if w.judge[n] == w.government:
            leverage = over_insurgents
        elif w.judge[n] == w.insurgents:
            leverage = over_government
        warmth = p.mediation_tie * s.tie[w.judge_tie[n]]
        s.odds_of_acceptance[n] = p.judge_base[n] + warmth + p.mediation_leverage * leverage
    taken = 0.0
    for n in range(first, last):
        seat = 0.0
        for m in range(w.judge_seat.shape[1]):
            seat = max(seat, s.seat[w.judge_seat[n, m]])
        present = p.mediation_absent + (1.0 - p.mediation_absent) * seat
        s.accepts[n] = p.judge_weight[n] * logistic(s.odds_of_acceptance[n]) * present
    for n in range(first, last):
        taken += s.accepts[n]
    trust = 0.5 + 0.5 * s.tie[w.tie[w.government, own]]
    access = min(max(trust, talk_government), talk_insurgents)
    return taken * (p.mediation_without_access + (1.0 - p.mediation_without_access) * access)


@equation
def table(s: State, w: Wiring, host: int, guest: int) -> float:
    """The largest seat of a guest at a forum that the host convenes."""
    most = 0.0
    for f in range(w.n_forums):
        if w.convenor[f] == host:
            most = max(most, s.seat[w.seat[guest, f]])
    return most
