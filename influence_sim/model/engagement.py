"""7.3 Engagement: who deals with the insurgents, in the open or in secret, who follows whom, and what that gives them.

Claims: C05, C06 (secret contact), C26, C52 (disclosure), C39, C40, C47 (consensus), C49, C50, C56 (following).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import LEAST
from influence_sim.model.compiling import equation
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.records import Circumstances, Parameters, State, Wiring

CONTACT, DISCLOSE, STRIKE = range(3)
"""Kinds of dated events."""


@equation
def events(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """This month's contacts and disclosures, and what is known of all, before anybody observes (6)."""
    for e in range(w.n_events):
        who = w.event_actor[e]
        if q.event[e] and w.event_kind[e] == CONTACT and w.engages[who]:
            secret = w.engage_covertly[who]
            if secret < w.n_levers:
                s.x[secret] += p.event[e] * (1.0 - s.x[secret])
        elif q.event[e] and w.event_kind[e] == DISCLOSE and w.engages[who]:
            s.disclosed[who] = max(s.disclosed[who], p.event[e])


@equation
def contact(s: State, w: Wiring) -> None:
    """E: how strongly each engager deals with the insurgents at all."""
    for j in range(w.n_actors):
        if w.engages[j]:
            s.contact[j] = max(s.x[w.engage_publicly[j]], s.x[w.engage_covertly[j]])


@equation
def show(s: State, w: Wiring) -> None:
    """The public line of each engager: what it does in the open, or what is known of its secrets."""
    for j in range(w.n_actors):
        if w.engages[j]:
            s.line[j] = max(s.x[w.engage_publicly[j]], s.disclosed[j] * s.x[w.engage_covertly[j]])


@equation
def follow(s: State, p: Parameters, w: Wiring) -> None:
    """Credit for those whose line others have come round to: as far as they held it for longer (C56)."""
    for j in range(w.n_actors):
        s.disclosed[j] *= p.forums_memory
    show(s, w)
    for j in range(w.n_actors):
        s.past[j] += p.opinion_rate * (s.line[j] - s.past[j])
    for k in range(MEDIATORS):
        s.followed[k] = 0.0
        for j in range(w.n_actors):
            s.followed[k] += p.outsider[j] * s.line[j] * max(s.past[w.mediator[k]] - s.past[j], 0.0)


@equation
def recognise(s: State, p: Parameters, w: Wiring) -> None:
    """Recognition of the insurgents, and how far outsiders share the challenger's line."""
    s.insurgent_recognition = shown(s, p, w)
    s.consensus = consensus(s, p, w)


@equation
def shown(s: State, p: Parameters, w: Wiring) -> float:
    """Public lines of the outsiders among the engagers, by their weights."""
    total = 0.0
    for j in range(w.n_actors):
        total += p.outsider[j] * s.line[j]
    return total


@equation
def consensus(s: State, p: Parameters, w: Wiring) -> float:
    """Weighted share of outsiders whose line, or seat at live talks, matches the challenger's (C39, C40, C47)."""
    if not w.engages[w.challenger]:
        return 0.0
    leads = max(s.line[w.challenger], p.consensus_attendance * s.live[w.talks])
    matching, weight = 0.0, 0.0
    for j in range(w.n_actors):
        if j != w.challenger:
            shows = max(s.line[j], p.consensus_attendance * s.seat[w.seat[j, w.talks]])
            matching += p.outsider[j] * min(shows, leads)
            weight += p.outsider[j]
    return matching / max(weight, LEAST)
