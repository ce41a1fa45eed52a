"""7.10 Authority of the government, its cohesion, and the violence that a weak state suffers.

Claims: C35 (what erodes it), C36 (what its weakness brings), C38 (aid), C42 (inclusion spares it).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import clip, exp, log
from influence_sim.model.compiling import equation
from influence_sim.model.lanes import where
from influence_sim.model.records import Parameters, State, Wiring

GEOMETRIC, ARITHMETIC = 0.0, 1.0
"""How the parts of authority combine; otherwise the least counts."""
FLOOR = 0.01
"""Least that a part counts in the geometric mean, so that nothing is worth minus infinity."""


@equation
def fragmentation(s: State, p: Parameters) -> float:
    """How far authority, as last known, has fallen below the threshold, from 0 to 1, times its strength (C36)."""
    return p.authority_fragmentation * max(p.authority_threshold - s.authority, 0.0) / p.authority_threshold


@equation
def cohere(s: State, p: Parameters, w: Wiring) -> None:
    """Cohesion follows revenue and calm, less the split of the government, fragmentation and talks without it.

    Legitimacy follows cohesion and recognition, slowly.
    """
    s.bypassed = sidelined(s, w)
    target = 0.5 * (s.revenue + 1.0 - s.violence) * (1.0 - fragmentation(s, p))
    target -= p.authority_split + p.authority_sidelined * s.bypassed
    s.cohesion = clip(s.cohesion + p.opinion_rate * (target - s.cohesion))
    accorded = 0.5 * (s.cohesion + s.recognition) * (1.0 - p.authority_sidelined * s.bypassed)
    s.legitimacy += p.opinion_rate * (accorded - s.legitimacy)


@equation
def sidelined(s: State, w: Wiring) -> float:
    """side: how far others talk to the insurgents, as far as that is known, at a table without the government (C35)."""
    most = 0.0
    for f in range(w.n_forums):
        if w.convenor[f] != w.government:
            theirs = s.seat[w.seat[w.insurgents, f]]
            alone = theirs - min(theirs, s.seat[w.seat[w.government, f]])
            most = max(most, alone if w.is_format[f] else alone * s.line[w.convenor[f]])
    return most


@equation
def violence(s: State, p: Parameters, w: Wiring) -> None:
    """Violence: civil war, foreign strikes, the spoiler and fragmentation, calmed by progress to a settlement."""
    civil = 0.5 * (s.x[w.fight[w.government, w.insurgents]] + s.x[w.fight[w.insurgents, w.government]])
    around = 0.5 * (s.x[w.fight[w.insurgents, w.spoiler]] + s.x[w.fight[w.spoiler, w.government]])
    total = p.violence_air * s.x[w.fight[w.patron, w.insurgents]] * s.troops
    total += p.violence_spoiler * around * s.spoiler_strength
    total += p.violence_fragmentation * fragmentation(s, p)
    rest = 1.0 - p.violence_air - p.violence_spoiler - p.violence_fragmentation
    total += rest * civil * (0.5 + 0.5 * s.contested)
    s.violence = total * (1.0 - p.settlement_calm * s.settlement)


@equation
def govern(s: State, p: Parameters, w: Wiring) -> None:
    """Exclusive recognition, and authority from its four parts."""
    eroded = 0.0
    for j in range(w.n_actors):
        eroded += p.outsider[j] * s.line[j] * (1.0 - spared(s, p, w, j))
    s.recognition = 1.0 - p.authority_erosion * eroded
    rest = (1.0 - p.authority_territory) / 3.0
    logs = p.authority_territory * log(max(s.territory, FLOOR))
    logs += rest * (log(max(s.recognition, FLOOR)) + log(max(s.revenue, FLOOR)) + log(max(s.cohesion, FLOOR)))
    arithmetic = p.authority_territory * s.territory + rest * (s.recognition + s.revenue + s.cohesion)
    least = min(min(s.territory, s.recognition), min(s.revenue, s.cohesion))
    s.authority = where(p.authority_mean == ARITHMETIC, arithmetic, least)
    s.authority = where(p.authority_mean == GEOMETRIC, exp(logs), s.authority)


@equation
def spared(s: State, p: Parameters, w: Wiring, j: int) -> float:
    """How far j's recognition of the insurgents is given at a table at which the government sits (C42)."""
    relief = p.authority_inclusion_relief
    part = relief * (s.seat[w.seat[j, w.talks]] * s.seat[w.seat[w.government, w.talks]])
    if j == w.patron:
        part = max(part, relief * s.seat[w.seat[w.government, w.patron_channel]])
    return part
