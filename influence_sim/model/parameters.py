"""From the numbers that a run sets to the parameters that equations read."""

from __future__ import annotations

from influence_sim.base.numbers import Floats, Integers
from influence_sim.model.arithmetic import LEAST
from influence_sim.model.compiling import equation
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.lanes import poke, where
from influence_sim.model.records import Parameters, Wiring

COVERTLY = 2
"""How the aversion bears on a secret lever."""
AS_IT_IS, THROUGH, BESIDE = range(3)
"""How the weight of an entry is scaled: not at all, as a rule that works through interests, or as one beside them."""

OWN_EFFECTS = 1.0
"""The form in which actors expect of an instrument what it does in the model."""
IN_PART, ZERO_SUM = 0.0, 2.0
"""Whether what one mediator gains is taken from the other: in part, all of it; otherwise none."""
CASCADE = 0.0
"""The form in which a province goes over when those in it expect that."""


@equation
def fill(p: Parameters, w: Wiring, first: Integers, dated: Integers, dated_values: Floats, segment: int) -> None:
    """Fills the parameters that hold in some months, given the values of a run: dated ones replace them."""
    for n in range(first[segment], first[segment + 1]):
        p.value[dated[n]] = dated_values[n]
    prepare(p, w)


@equation
def prepare(p: Parameters, w: Wiring) -> None:
    """Fills a record whose `value` is set: looks every number up, and derives what follows from parameters alone."""
    for n in range(w.n_slots):
        total = 0.0
        for k in range(w.slot_sources[n], w.slot_sources[n + 1]):
            total += p.value[w.source[k]]
        poke(p, w.slot[n], total)
    charge(p, w)
    for e in range(w.entry[w.n_levers]):
        p.weight[e] *= w.sign[e]
        if w.entry_term[e] == 0:
            p.weight[e] = where(p.effect_form == OWN_EFFECTS, w.own_effect[e], p.weight[e])
        if w.scale[e] == THROUGH:
            p.weight[e] *= p.decide_alliance_weight
        elif w.scale[e] == BESIDE:
            p.weight[e] *= p.decide_beside
        if w.entry_term[e] > 0:
            p.weight[e] *= p.strength[w.entry_term[e] - 1]
    weigh_actors(p, w)
    weigh_judges(p, w)
    for n in range(w.n_provinces):
        p.lean[n] = p.territory_insurgency * w.insurgency[n] + p.territory_plant * w.crop_suits[n]
        p.ground[n] *= p.spoiler_ground
    p.rivalry = where(p.rivalry_form == IN_PART, min(p.rivalry_strength, 1.0), 0.0)
    p.cascade = where(p.legitimacy_form == CASCADE, p.legitimacy_defection, 0.0)


@equation
def charge(p: Parameters, w: Wiring) -> None:
    """What each lever costs its actor, aversion included: in secret a part of it (C44)."""
    for lever in range(w.n_levers):
        p.charge[lever] = p.cost[lever]
        if w.averse[lever] > 0:
            part = p.decide_covert_aversion if w.averse[lever] == COVERTLY else 1.0
            p.charge[lever] += part * p.aversion[w.owner[lever]]


@equation
def weigh_actors(p: Parameters, w: Wiring) -> None:
    """Weights that sum to 1: of outsiders among the engagers, of donors, of sponsors, and of who fights the spoiler.

    Sponsors without a number of their own share what the others leave.
    """
    outside, giving, hunting, helping, left = 0.0, 0.0, 0.0, 0.0, 1.0
    for j in range(w.n_actors):
        p.outsider[j] = p.diplomatic[j] if w.engages[j] and j not in (w.government, w.insurgents) else 0.0
        p.donor[j] = p.economic[j] if w.support[j, w.government] < w.n_levers else 0.0
        sponsors = w.support[j, w.insurgents] < w.n_levers and not w.main_sponsor[j]
        left -= p.sponsor[j] if w.main_sponsor[j] else 0.0
        helping += p.economic[j] if sponsors else 0.0
        p.hunter[j] = p.military[j] if w.fight[j, w.spoiler] < w.n_levers else 0.0
        outside += p.outsider[j]
        giving += p.donor[j]
        hunting += p.hunter[j]
    for j in range(w.n_actors):
        p.outsider[j] /= max(outside, LEAST)
        p.donor[j] /= max(giving, LEAST)
        p.hunter[j] /= max(hunting, LEAST)
        if w.support[j, w.insurgents] < w.n_levers and not w.main_sponsor[j]:
            p.sponsor[j] = max(left, 0.0) * p.economic[j] / max(helping, LEAST)


@equation
def weigh_judges(p: Parameters, w: Wiring) -> None:
    """Weights of those who judge mediators: belligerents share a half, the others the rest (7.9)."""
    for k in range(MEDIATORS):
        fighting, others = 0.0, 0.0
        for n in range(w.judges[k], w.judges[k + 1]):
            if w.judge[n] in (w.government, w.insurgents):
                fighting += 1.0
            else:
                others += p.diplomatic[w.judge[n]]
        for n in range(w.judges[k], w.judges[k + 1]):
            if w.judge[n] in (w.government, w.insurgents):
                p.judge_weight[n] = 0.5 / max(fighting, LEAST)
            else:
                p.judge_weight[n] = 0.5 * p.diplomatic[w.judge[n]] / max(others, LEAST)
