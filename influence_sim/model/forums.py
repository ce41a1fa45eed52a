"""Forums: when they meet, who sits, how long they stay alive, and what talks at one table achieve.

Claims: C11, C12, C14 (QCG), C41 to C46, C48 (Moscow format), C42 (both sides at one table), C54 (a channel of two).
"""

from __future__ import annotations

import numpy as np

from influence_sim.model import engagement
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State, clipped
from influence_sim.model.world import BELLIGERENTS
from influence_sim.theatre import LAST_OF_HISTORY
from influence_sim.theatre.spec import Forum


def convene(s: State) -> None:
    """Decides which formats meet: by the scenario, on the record's dates, or by the convenor's choice afterwards."""
    fixed = {row for row, _ in s.world.fixed[s.step]}
    month = s.world.arm.month(s.step)
    for row, forum in enumerate(s.world.forums):
        if forum.kind == "format" and forum.since <= month:
            lever = s.world.lever(forum.convenor, "convene", forum.name)
            free = lever in fixed or (month > LAST_OF_HISTORY and month not in forum.meets)
            s.met[row] = s.x[lever] if free else float(month in forum.meets)


def take_seats(s: State, choice: Floats) -> None:
    """Seats the guests of the formats that meet; others keep the seat they took at the last meeting.

    Args:
        s: the state; `met` says where there is a meeting.
        choice: share of each seat lever's states that come, (seat levers, R).
    """
    if s.met.any():
        positions, forums = s.world.seat_positions
        seats = s.x[s.world.standing : -1]
        seats += s.met[forums] * (choice * s.world.invited[s.step][positions] - seats)


def advance(s: State) -> None:
    """Keeps forums alive, and lets talks between both sides make progress."""
    memory = s.p["forums.memory"]
    for row, forum in enumerate(s.world.forums):
        s.live[row] = np.maximum(memory * s.live[row], s.met[row]) if forum.kind == "format" else _open(s, forum)
    s.seat[:-1] = s.live.take(s.world.attended, axis=0) * s.x.take(s.world.attends, axis=0)
    s.seat[:-1] *= s.world.invited[s.step]
    for row, forum in enumerate(s.world.forums):
        s.both[row] = both_at(s, row, forum)
    s["settlement"] = _settled(s)


def _open(s: State, forum: Forum) -> Floats:
    """A channel is open as far as its convenor engages, and is not engaging at the Moscow format instead."""
    talking = engagement.contact(s, forum.convenor)
    if forum.convenor == "kabul":
        return talking
    elsewhere = s.policy(forum.convenor, "attend", "moscow_format")
    out: Floats = talking * (1.0 - elsewhere)
    return out


def both_sit(s: State) -> Floats:
    """How far Kabul and the Taliban sit at one live table, over all forums, (R,)."""
    out: Floats = 1.0 - np.multiply.reduce(1.0 - s.both, axis=0)
    return out


def both_at(s: State, row: int, forum: Forum) -> Floats:
    """How far Kabul and the Taliban sit at one forum, (R,). A convenor sits at its own."""
    one, other = (s.live[row] if forum.convenor == side else s.seat_of(side, forum.name) for side in BELLIGERENTS)
    out: Floats = np.minimum(one, other)
    return out


def _settled(s: State) -> Floats:
    p, old = s.p, s["settlement"]
    gain = p["settlement.progress"] * both_sit(s) * (p["settlement.moderates"] + s.moderates) * (1.0 - old)
    loss = p["settlement.decay"] * old * s["violence"]
    return clipped(old + gain - loss)


def measure(s: State) -> None:
    """Writes the size of the last Moscow format, the US seat there, and Russia's inclusion."""
    moscow = s.world.forum_rows.get("moscow_format")
    if moscow is not None and s.met[moscow].any():
        held = s["moscow_forum_states"]
        held += s.met[moscow] * (1.0 + guests(s, moscow) - held)
    s["us_in_moscow_format"] = s.policy("us", "attend", "moscow_format")
    s["russia_inclusion"] = 1.0 - exclusion(s, "russia")


def guests(s: State, row: int) -> Floats:
    """How many states sit at a forum beside its convenor, (R,)."""
    here = s.world.guests[row]
    out: Floats = (s.x.take(s.world.attends[here], axis=0) * s.world.seats[here]).sum(axis=0)
    return out


def exclusion(s: State, actor: str) -> Floats:
    """How alive the liveliest format without the actor is, (R,)."""
    out = np.zeros(s.width)
    for row, forum in enumerate(s.world.forums):
        if forum.kind == "format" and forum.convenor != actor:
            out = np.maximum(out, s.live[row] * (1.0 - s.policy(actor, "attend", forum.name)))
    return out
