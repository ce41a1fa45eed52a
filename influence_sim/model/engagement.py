"""Who deals with the Taliban, in the open or in secret, who follows whom, and what that gives the Taliban.

Claims: C05, C06 (secret contact), C26, C52 (disclosure), C39, C40, C47 (consensus), C49, C50, C56 (following).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model.parameters import Floats, Parameters, normalised, weighted
from influence_sim.model.state import State
from influence_sim.model.world import BELLIGERENTS, MEDIATORS, Rows, RowTable, World


@dataclass(frozen=True)
class Wiring:
    """Rows of the engagers: every actor with a public lever towards the Taliban."""

    names: tuple[str, ...]
    row: RowTable
    public: Rows
    covert: Rows
    in_moscow: Rows
    outside: Rows
    mediators: tuple[int, ...]


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the engagers' rows; `outside` are those who are no belligerent."""
    names = tuple(name for name in world.names if world.lever(name, "engage_publicly", "taliban") < len(world.levers))
    return Wiring(
        names=names,
        row=RowTable({(name,): row for row, name in enumerate(names)}),
        public=world.lever_rows([(name, "engage_publicly", "taliban") for name in names]),
        covert=world.lever_rows([(name, "engage_covertly", "taliban") for name in names]),
        in_moscow=np.array([world.seat(name, "moscow_format") for name in names], dtype=np.intp),
        outside=np.array([row for row, name in enumerate(names) if name not in BELLIGERENTS], dtype=np.intp),
        mediators=tuple(names.index(name) if name in names else -1 for name in MEDIATORS),
    )


def diplomatic(p: Parameters, names: tuple[str, ...]) -> Floats:
    """Diplomatic capability of some actors, (n, 1 or R)."""
    return p.once(("diplomatic", names), lambda: p.stack([f"capability.{name}.diplomatic" for name in names]))


def outsiders(s: State, *, without: str = "") -> Floats:
    """Weights of the outsiders among the engagers, 0 for others, summing to 1. Shape (J, 1 or R)."""

    def weights() -> Floats:
        wires = wiring(s.world)
        raw = diplomatic(s.p, wires.names).copy()
        for row, name in enumerate(wires.names):
            if name in (*BELLIGERENTS, without):
                raw[row] = 0.0
        return normalised(raw)

    return s.p.once(("outsiders", without), weights)


def meet(s: State) -> None:
    """Brings up to date how strongly each engager deals with the Taliban at all, in the open or not."""
    wires = wiring(s.world)
    np.maximum(s.x.take(wires.public, axis=0), s.x.take(wires.covert, axis=0), out=s.contact[:-1])


def contact(s: State, actor: str) -> Floats:
    """How strongly an actor deals with the Taliban at all, (R,); 0 for who cannot."""
    row: Floats = s.contact[wiring(s.world).row[actor,]]
    return row


def events(s: State) -> None:
    """Lets this month's contacts and disclosures happen."""
    month = s.world.arm.month(s.step)
    names = wiring(s.world).names
    for event in s.world.arm.theatre.events:
        if event.month != month or event.actor not in names:
            continue
        if event.kind == "contact":
            row = s.policy(event.actor, "engage_covertly", "taliban")
            row += s.p[event.strength] * (1.0 - row)
        elif event.kind == "disclose":
            known = s.disclosed[names.index(event.actor)]
            np.maximum(known, s.p[event.strength], out=known)


def advance(s: State) -> None:
    """Moves the public lines, the credit for being followed and what is known of secret contacts."""
    wires = wiring(s.world)
    s.disclosed *= s.p["engagement.disclosure_memory"]
    s.line = lines(s)
    fresh = np.maximum(s.line - s.peak, 0.0) * diplomatic(s.p, wires.names)
    per_lead = fresh / (s.lead.sum(axis=0) - s.lead + s.p["prestige.credit_floor"])
    total = per_lead.sum(axis=0)
    s.followed *= s.p["prestige.credit_memory"]
    for k, row in enumerate(wires.mediators):
        if row >= 0:
            s.followed[k] += s.lead[row] * (total - per_lead[row])
    np.maximum(s.peak, s.line, out=s.peak)
    s.lead += s.p["prestige.rate"] * (s.line - s.lead)


def lines(s: State) -> Floats:
    """What each engager is publicly known to do, (J, R)."""
    wires = wiring(s.world)
    out: Floats = np.maximum(s.x.take(wires.public, axis=0), s.disclosed * s.x.take(wires.covert, axis=0))
    return out


def measure(s: State) -> None:
    """Writes the outcomes of engagement."""
    s["taliban_recognition"] = weighted(outsiders(s), s.line)
    s["consensus"] = consensus(s)
    s["russia_engagement"] = contact(s, "russia")
    s["us_engagement"] = contact(s, "us")
    s["europe_engagement"] = s.policy("europe", "engage_publicly", "taliban")
    for actor in ("russia", "iran", "pakistan"):
        s[f"{actor}_support"] = s.policy(actor, "support", "taliban")
    s["taliban_daesh_fighting"] = s.policy("taliban", "fight", "daesh")


def consensus(s: State) -> Floats:
    """Weighted share of outsiders whose line, or seat at a live Moscow format, matches Moscow's line, (R,)."""
    wires = wiring(s.world)
    seats = s.seat.take(wires.in_moscow, axis=0) * s.p["consensus.attendance"]
    shared = np.maximum(s.line, seats)
    moscow = wires.mediators[0]
    if moscow < 0:
        return np.zeros(s.width)
    own = np.maximum(s.line[moscow], s.live[s.world.forum_rows["moscow_format"]] * s.p["consensus.attendance"])
    out: Floats = weighted(outsiders(s, without="russia"), np.minimum(shared, own))
    return out
