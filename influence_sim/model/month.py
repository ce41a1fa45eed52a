"""The order of a month (3), and the state before the first."""

from __future__ import annotations

import numpy as np

from influence_sim.model.arithmetic import LEAST, exp, magnitude
from influence_sim.model.authority import cohere, govern, violence
from influence_sim.model.capability import answer, grow, revenue
from influence_sim.model.compiling import equation
from influence_sim.model.crop import harvest
from influence_sim.model.decision import decide, observe, tell
from influence_sim.model.engagement import contact, events, follow, recognise, show
from influence_sim.model.factions import shift
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.forums import count, meet, settle, sit
from influence_sim.model.mediation import mediate
from influence_sim.model.prestige import rise
from influence_sim.model.records import Circumstances, Parameters, State, Wiring
from influence_sim.model.rules import Own
from influence_sim.model.territory import alarm, contest, survey
from influence_sim.model.ties import move


@equation
def weigh(s: State, p: Parameters, w: Wiring, q: Circumstances, own: Own) -> None:
    """A month up to where every actor has decided; then all `act`, and the rest follows (`resolve`)."""
    begin(s, p, w, q)
    observe(s, p, w, 0, w.n_actors)
    decide(s, p, w, q, own, 0, w.n_actors)


@equation
def begin(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """The month's circumstances, and what happens before anybody observes."""
    look(s, p, q)
    answer(s, p, q)
    events(s, p, w, q)


@equation
def resolve(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64) -> None:
    """What follows from what everyone does."""
    contact(s, w)
    move(s, p, w)
    shift(s, p, w, q)
    grow(s, p, w)
    contest(s, p, w, q, key)
    meet(s, p, w, q)
    sit(s, p, w, q)
    settle(s, p, w)
    follow(s, p, w)
    cohere(s, p, w)
    measure(s, p, w, p.mediation_rate)
    alarm(s, p, w, p.opinion_rate)
    rise(s, p, w, q)
    tell(s, p, w, q)


@equation
def measure(s: State, p: Parameters, w: Wiring, rate: float) -> None:
    """Every outcome that follows from the state; acceptance moves at a rate, violence takes last month's authority."""
    survey(s, p, w)
    recognise(s, p, w)
    violence(s, p, w)
    revenue(s, p, w)
    harvest(s, p, w)
    count(s, w)
    mediate(s, p, w, rate)
    govern(s, p, w)


@equation
def look(s: State, p: Parameters, q: Circumstances) -> None:
    """The circumstances that a month brings (6)."""
    s.foreign_troops = p.value[q.foreign_troops]
    s.aid = p.value[q.aid]
    s.pressure = p.value[q.pressure]
    s.weather = p.value[q.weather]
    s.inflow = p.value[q.inflow]
    s.crises = p.value[q.crises]
    s.current = p.value[q.current]


@equation
def start(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """The state before the first month (5); the record must be all 0."""
    look(s, p, q)
    s.unity = 1.0
    s.troops = s.foreign_troops / (s.foreign_troops + p.capability_troops_half)
    for o in range(w.n_options):
        s.chosen[o] = w.begins[o]
        for m in range(w.setting[o], w.setting[o + 1]):
            s.x[w.sets[m]] += w.level_set[m] * s.chosen[o]
    for d in range(w.n_ties):
        s.tie[d] = p.tie_prior[d]
    s.moderates = p.factions_moderates
    s.spoiler_strength = p.spoiler_start
    for n in range(w.n_provinces):  # where the contest would come to rest
        odds = exp(p.territory_start + p.lean[n])
        between = odds * p.territory_attack / max(p.territory_hold, LEAST)
        free = 1.0 / (1.0 + between + odds * odds)
        strong = p.ground[n] * s.spoiler_strength
        s.spoiler[n] = strong / (1.0 + strong)
        s.held_government[n] = (1.0 - s.spoiler[n]) * free
        s.held_contested[n] = (1.0 - s.spoiler[n]) * free * between
        s.held_insurgent[n] = (1.0 - s.spoiler[n]) * free * odds * odds
        against = s.spoiler[n] + s.held_insurgent[n] + 0.5 * s.held_contested[n]
        s.potential[n] = w.crop_base[n] / (p.crop_government_tolerance * (1.0 - against) + against)
        s.potential_in_all += s.potential[n]
    contact(s, w)
    show(s, w)
    for j in range(w.n_actors):
        s.past[j] = s.line[j]
    for k in range(MEDIATORS):
        s.fortune[k] = 0.5
    s.prestige[0] = p.prestige_challenger_start
    s.prestige[1] = p.prestige_patron_start
    s.cohesion = p.authority_cohesion_start
    s.authority = p.authority_cohesion_start  # in place of last month's
    measure(s, p, w, 1.0)
    s.legitimacy = 0.5 * (s.cohesion + s.recognition)
    s.territory_before = s.territory
    alarm(s, p, w, 1.0)
    for k in range(MEDIATORS):
        s.accepted_before[k] = s.acceptance[k]
    observe(s, p, w, 0, w.n_actors)
    for k in range(w.interest[w.n_actors]):
        s.usual[k] = magnitude(s.gap[k])
    for i in range(w.n_actors):
        s.news[i] = 0.0
