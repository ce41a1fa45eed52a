"""Who deals with the Taliban, in the open or in secret, who follows whom, and what that gives the Taliban.

Claims: C05, C06 (secret contact), C26, C52 (disclosure), C39, C40, C47 (consensus), C49, C50, C56 (following).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model.compiled import at, column_sum, compiled, weighted_rows
from influence_sim.model.parameters import Floats, Parameters, normalised
from influence_sim.model.state import State
from influence_sim.model.world import BELLIGERENTS, MEDIATORS, Rows, RowTable, World


@dataclass(frozen=True)
class Wiring:
    """Rows of the engagers: every actor with a public lever towards the Taliban."""

    names: tuple[str, ...]
    all: Rows
    row: RowTable
    public: Rows
    covert: Rows
    in_moscow: Rows
    mediators: Rows


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the engagers' rows."""
    names = tuple(name for name in world.names if world.lever(name, "engage_publicly", "taliban") < len(world.levers))
    return Wiring(
        names=names,
        all=np.arange(len(names)),
        row=RowTable({(name,): row for row, name in enumerate(names)}),
        public=world.lever_rows([(name, "engage_publicly", "taliban") for name in names]),
        covert=world.lever_rows([(name, "engage_covertly", "taliban") for name in names]),
        in_moscow=np.array([world.seat(name, "moscow_format") for name in names], dtype=np.intp),
        mediators=np.array([names.index(name) if name in names else -1 for name in MEDIATORS], dtype=np.intp),
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


def weigh(s: State, values: Floats, *, without: str = "") -> Floats:
    """The mean of a number of each engager, (J or more, R), over the outsiders by their weight: (R,)."""
    return weighted_rows(values, wiring(s.world).all, outsiders(s, without=without))


def meet(s: State) -> None:
    """Brings up to date how strongly each engager deals with the Taliban at all, in the open or not."""
    wires = wiring(s.world)
    _meet(s.contact, s.x, wires.public, wires.covert)


@compiled
def _meet(contact: Floats, x: Floats, public: Rows, covert: Rows) -> None:
    for j in range(len(public)):
        deals, openly, secretly = contact[j], x[public[j]], x[covert[j]]
        for r in range(len(deals)):
            deals[r] = max(openly[r], secretly[r])


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
    wires, p = wiring(s.world), s.p
    s.disclosed *= p["engagement.disclosure_memory"]
    s.line = lines(s)
    numbers = p.table(("prestige.credit_floor", "prestige.credit_memory", "prestige.rate"), s.width)
    _follow(s.followed, s.line, s.peak, s.lead, diplomatic(p, wires.names), wires.mediators, numbers)


@compiled
def _follow(
    followed: Floats,
    line: Floats,
    peak: Floats,
    lead: Floats,
    diplomatic: Floats,
    mediators: Rows,
    numbers: Floats,
) -> None:
    """Shares the credit for every step beyond one's highest line so far, among those who had gone ahead."""
    floor, memory, rate = numbers[0], numbers[1], numbers[2]
    ahead, total, per_lead = column_sum(lead), np.zeros(lead.shape[1]), np.empty_like(lead)
    for j in range(len(line)):
        fresh, now, high, slow, heavy = per_lead[j], line[j], peak[j], lead[j], diplomatic[j]
        for r in range(len(fresh)):
            fresh[r] = max(now[r] - high[r], 0.0) * at(heavy, r) / (ahead[r] - slow[r] + floor[r])
            total[r] += fresh[r]
    for k in range(len(mediators)):
        credit = followed[k]
        for r in range(len(credit)):
            credit[r] *= memory[r]
        if mediators[k] >= 0:
            own, led = per_lead[mediators[k]], lead[mediators[k]]
            for r in range(len(credit)):
                credit[r] += led[r] * (total[r] - own[r])
    for j in range(len(line)):
        now, high, slow = line[j], peak[j], lead[j]
        for r in range(len(now)):
            high[r] = max(high[r], now[r])
            slow[r] += rate[r] * (now[r] - slow[r])


def lines(s: State) -> Floats:
    """What each engager is publicly known to do, (J, R)."""
    wires, out = wiring(s.world), np.empty_like(s.disclosed)
    _show(out, s.disclosed, s.x, wires.public, wires.covert)
    return out


@compiled
def _show(line: Floats, disclosed: Floats, x: Floats, public: Rows, covert: Rows) -> None:
    for j in range(len(line)):
        shown, known, openly, secretly = line[j], disclosed[j], x[public[j]], x[covert[j]]
        for r in range(len(shown)):
            shown[r] = max(openly[r], known[r] * secretly[r])


def measure(s: State) -> None:
    """Writes the outcomes of engagement."""
    s["taliban_recognition"] = weigh(s, s.line)
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
    if wires.mediators[0] < 0:
        return np.zeros(s.width)
    matching, attendance = np.empty_like(s.line), s.p.table(("consensus.attendance",), s.width)[0]
    live = s.live[s.world.forum_rows["moscow_format"]]
    _match(matching, s.line, s.seat, live, wires.in_moscow, wires.mediators[0], attendance)
    return weigh(s, matching, without="russia")


@compiled
def _match(
    matching: Floats, line: Floats, seat: Floats, live: Floats, in_moscow: Rows, moscow: int, attendance: Floats
) -> None:
    for j in range(len(line)):
        row, shown, sits, leads = matching[j], line[j], seat[in_moscow[j]], line[moscow]
        for r in range(len(row)):
            own = max(leads[r], live[r] * attendance[r])
            row[r] = min(max(shown[r], sits[r] * attendance[r]), own)
