"""7.5 Capability: what each side can bring to bear, and the strength of the spoiler.

Claims: C08, C22 (the spoiler grows), C15, C38 (the patron for the government), C25, C35 (support for the insurgents),
C31 (rent of the crop).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import clip, log
from influence_sim.model.compiling import equation
from influence_sim.model.lanes import anywhere, where
from influence_sim.model.records import Circumstances, Parameters, State, Wiring

RATIO = 1.0
"""The form of the contest in which the ratio of forces counts, not their difference (Hirshleifer 1989)."""
LEAST_FORCE = 0.1
"""What a side has at least where ratios count, so that no force is infinitely weaker than another."""


@equation
def answer(s: State, p: Parameters, q: Circumstances) -> None:
    """After the record troops answer to ground lost since the first month, and aid to legitimacy lost."""
    if q.after_record:
        s.foreign_troops *= 1.0 + p.answers_troops * clip(s.territory_before - s.territory)
        s.aid *= 1.0 + p.answers_aid * clip(p.authority_cohesion_start - s.legitimacy)
    s.troops = s.foreign_troops / (s.foreign_troops + p.capability_troops_half)


@equation
def grow(s: State, p: Parameters, w: Wiring) -> None:
    """n: the spoiler grows with recruits, and shrinks as its enemies fight it, the harder the more they are helped."""
    hunted, n = 0.0, s.spoiler_strength
    for j in range(w.n_actors):
        effort = p.hunter[j] * s.x[w.fight[j, w.spoiler]]
        hunted += effort * (1.0 + p.spoiler_helped_enemies * support(s, p, w)) if j == w.insurgents else effort
    s.spoiler_strength = clip(n + p.spoiler_growth * s.inflow * n * (1.0 - n) - p.spoiler_attrition * hunted * n)


@equation
def support(s: State, p: Parameters, w: Wiring) -> float:
    """What outside support of the insurgents is worth, against that of all sponsors in full."""
    received, most = 0.0, 0.0
    for j in range(w.n_actors):
        received += p.sponsor[j] * s.x[w.support[j, w.insurgents]]
        most += p.sponsor[j]
    return received / max(most, 1.0)


@equation
def advantage(s: State, p: Parameters, w: Wiring) -> float:
    """The insurgents' advantage over the government, in log-odds: by the difference of forces, or by their ratio."""
    theirs = p.capability_effort * s.x[w.fight[w.insurgents, w.government]]
    theirs += p.capability_support * support(s, p, w) + p.capability_rent * s.rent
    theirs -= p.capability_two_fronts * s.x[w.fight[w.insurgents, w.spoiler]] * s.spoiler_strength
    theirs += p.legitimacy_morale * (p.authority_cohesion_start - s.legitimacy)
    ours = p.capability_troops * s.troops + p.capability_revenue * s.revenue
    ours += p.capability_effort * s.x[w.fight[w.government, w.insurgents]]
    ours += p.capability_air * s.troops * s.x[w.fight[w.patron, w.insurgents]]
    if anywhere(p.territory_form == RATIO):
        ratio = p.territory_decisiveness * (log(max(theirs, LEAST_FORCE)) - log(max(ours, LEAST_FORCE)))
        return where(p.territory_form == RATIO, ratio, theirs - ours)
    return theirs - ours


@equation
def revenue(s: State, p: Parameters, w: Wiring) -> None:
    """The government's revenue from aid and taxes, and the patron's presence by troops and aid (7.10)."""
    donated = 0.0
    for j in range(w.n_actors):
        donated += p.donor[j] * s.x[w.support[j, w.government]]
    taxes = s.territory * (1.0 - p.authority_tax_loss * s.violence)
    s.revenue = p.authority_aid_share * min(donated * s.aid, 1.0) + (1.0 - p.authority_aid_share) * taxes
    aid = min(s.x[w.support[w.patron, w.government]] * s.aid, 1.0)
    s.presence = 0.5 * (s.troops + aid)
