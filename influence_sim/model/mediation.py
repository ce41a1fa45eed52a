"""7.9 Mediation: who would take the challenger's, or the patron's, good offices.

Claims: C40 (standing, and at whose expense), C42 (both sides), C44 (aversion), C59, C60. Acceptance is not normalised;
the share is derived from it. Rivalry is a rule (`rivalry`) that can be 0.
"""

from __future__ import annotations

from influence_sim.model.arithmetic import LEAST, logistic
from influence_sim.model.compiling import equation
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.lanes import anywhere, where
from influence_sim.model.parameters import ZERO_SUM
from influence_sim.model.records import Parameters, State, Wiring

CHALLENGER, PATRON = 0, 1
WEAKEST_SIDE = 1.0
"""The form in which a mediator is as acceptable as to the side that wants it least."""


@equation
def mediate(s: State, p: Parameters, w: Wiring, rate: float) -> None:
    """Acceptance of both mediators follows, slowly, how far their good offices would be taken, after rivalry (C40)."""
    for k in range(MEDIATORS):
        accept(s, p, w, k)
    one, other = good_offices(s, p, w, CHALLENGER), good_offices(s, p, w, PATRON)
    for_one, for_other = one * (1.0 - p.rivalry * other), other * (1.0 - p.rivalry * one)
    if anywhere(p.rivalry_form == ZERO_SUM):
        for_one = where(p.rivalry_form == ZERO_SUM, 0.5 + 0.5 * (one - other), for_one)
        for_other = where(p.rivalry_form == ZERO_SUM, 0.5 + 0.5 * (other - one), for_other)
    s.acceptance[CHALLENGER] += rate * (for_one - s.acceptance[CHALLENGER])
    s.acceptance[PATRON] += rate * (for_other - s.acceptance[PATRON])
    s.lead[CHALLENGER] = s.acceptance[CHALLENGER] - s.acceptance[PATRON]
    s.lead[PATRON] = -s.lead[CHALLENGER]
    total = max(s.acceptance[CHALLENGER] + s.acceptance[PATRON], LEAST)
    s.mediator_share[CHALLENGER] = s.acceptance[CHALLENGER] / total
    s.mediator_share[PATRON] = s.acceptance[PATRON] / total


@equation
def accept(s: State, p: Parameters, w: Wiring, k: int) -> None:
    """How far each judge would accept mediator k, by tie and by leverage over the other side, times its weight."""
    mediator = w.mediator[k]
    hold = max(s.x[w.support[mediator, w.insurgents]], s.x[w.fight[mediator, w.insurgents]] * s.troops)
    over_insurgents = 0.5 * (talk_insurgents(s, w, mediator) + hold)
    hold = s.presence if k == PATRON else s.x[w.support[mediator, w.government]]
    over_government = 0.5 * (table(s, w, mediator, w.government) + hold)
    for n in range(w.judges[k], w.judges[k + 1]):
        leverage = 0.5 * (over_insurgents + over_government)
        if w.judge[n] == w.government:
            leverage = over_insurgents
        elif w.judge[n] == w.insurgents:
            leverage = over_government
        warmth = p.mediation_tie * s.tie[w.judge_tie[n]]
        s.accepts[n] = logistic(p.mediation_base + warmth + p.mediation_leverage * leverage)


@equation
def good_offices(s: State, p: Parameters, w: Wiring, k: int) -> float:
    """How far mediator k's good offices would be taken, before rivalry: less without access to both sides (C42).

    On the average of all judges, times access; or as far as the weakest of the two sides and of access allows.
    """
    mediator, accepted, weakest = w.mediator[k], 0.0, s.unity
    for n in range(w.judges[k], w.judges[k + 1]):
        seat = 0.0
        for m in range(w.judge_seat[n], w.judge_seat[n + 1]):
            seat = max(seat, s.seat[w.hosted[m]])
        takes = p.mediation_absent + (1.0 - p.mediation_absent) * seat
        accepted += p.judge_weight[n] * s.accepts[n] * takes
        if w.judge[n] in (w.government, w.insurgents):
            weakest = min(weakest, s.accepts[n] * takes)
    trust = 0.5 + 0.5 * s.tie[w.tie[w.government, mediator]]
    access = min(max(trust, table(s, w, mediator, w.government)), talk_insurgents(s, w, mediator))
    allowed = p.mediation_without_access + (1.0 - p.mediation_without_access) * access
    return where(p.mediation_form == WEAKEST_SIDE, min(weakest, allowed), accepted * allowed)


@equation
def talk_insurgents(s: State, w: Wiring, mediator: int) -> float:
    """How far a mediator talks to the insurgents, at a table of its own or by dealing with them."""
    return max(table(s, w, mediator, w.insurgents), s.contact[mediator])


@equation
def table(s: State, w: Wiring, host: int, guest: int) -> float:
    """The largest seat of a guest at a forum that the host convenes."""
    most = 0.0
    for f in range(w.n_forums):
        if w.convenor[f] == host:
            most = max(most, s.seat[w.seat[guest, f]])
    return most
