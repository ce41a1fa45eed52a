"""7.5 Capability: what each side can bring to bear, and the strength of the spoiler.

Claims: C08, C22 (the spoiler grows), C15, C38 (the patron for the government), C25, C35 (support for the insurgents),
C31 (rent of the crop).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import clip
from influence_sim.model.compiling import equation
from influence_sim.model.records import Parameters, State, Wiring


@equation
def grow(s: State, p: Parameters, w: Wiring) -> None:
    """n: the spoiler grows with recruits from outside and its own fighting, and shrinks as its enemies fight it."""
    effort = 0.5 * (s.x[w.fight[w.spoiler, w.government]] + s.x[w.fight[w.spoiler, w.insurgents]])
    hunted = 0.0
    for j in range(w.n_actors):
        hunted += p.hunter[j] * s.x[w.fight[j, w.spoiler]]
    n = s.spoiler_strength
    s.spoiler_strength = clip(n + p.spoiler_growth * s.inflow * effort * (1.0 - n) - p.spoiler_attrition * hunted * n)


@equation
def advantage(s: State, p: Parameters, w: Wiring) -> float:
    """The insurgents' advantage over the government, in log-odds."""
    support = 0.0
    for j in range(w.n_actors):
        support += p.sponsor[j] * s.x[w.support[j, w.insurgents]]
    theirs = p.capability_insurgents_effort * s.x[w.fight[w.insurgents, w.government]]
    theirs += p.capability_support * support + p.capability_rent * s.rent
    theirs -= p.capability_two_fronts * s.x[w.fight[w.insurgents, w.spoiler]] * s.spoiler_strength
    ours = p.capability_troops * s.troops + p.capability_revenue * s.revenue
    ours += p.capability_government_effort * s.x[w.fight[w.government, w.insurgents]]
    ours += p.capability_air * s.troops * s.x[w.fight[w.patron, w.insurgents]]
    return theirs - ours


@equation
def revenue(s: State, p: Parameters, w: Wiring) -> None:
    """The government's revenue from aid and taxes, and the patron's presence by troops and aid (7.10)."""
    given = 0.0
    for j in range(w.n_actors):
        given += p.donor[j] * s.x[w.support[j, w.government]]
    taxes = s.territory * (1.0 - p.authority_tax_loss * s.violence)
    s.revenue = p.authority_aid_share * min(given * s.aid, 1.0) + (1.0 - p.authority_aid_share) * taxes
    own = min(s.x[w.support[w.patron, w.government]] * s.aid, 1.0)
    s.presence = p.presence_troops * s.troops + (1.0 - p.presence_troops) * own
