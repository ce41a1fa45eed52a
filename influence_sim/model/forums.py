"""Forums: when they meet, who sits, how long they stay alive, and what talks at one table achieve.

Claims: C11, C12, C14 (QCG), C41 to C46, C48 (Moscow format), C42 (both sides at one table), C54 (a channel of two).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from influence_sim.model import engagement
from influence_sim.model.compiled import clip, compiled, weighted_rows
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State
from influence_sim.model.world import BELLIGERENTS, Rows, World
from influence_sim.theatre import LAST_OF_HISTORY

PROGRESS = ("settlement.progress", "settlement.moderates", "settlement.decay")
"""What moves a settlement, in the order in which the loop reads it."""


def convene(s: State) -> None:
    """Decides which formats meet: by the scenario, on the record's dates, or by the convenor's choice afterwards."""
    fixed = {row for row, _ in s.world.fixed[s.step]}
    month = s.world.arm.month(s.step)
    for row, forum in enumerate(s.world.forums):
        if forum.kind == "format" and forum.since <= month:
            lever = s.world.lever(forum.convenor, "convene", forum.name)
            free = lever in fixed or (month > LAST_OF_HISTORY and month not in forum.meets)
            s.met[row] = s.x[lever] if free else float(month in forum.meets)


@dataclass(frozen=True)
class Wiring:
    """How forums stay alive, and where the two sides sit.

    Attributes:
        formats: whether each forum is a format, (F,).
        host: for a channel the row of its convenor's dealings with the Taliban, (F,).
        elsewhere: for a channel the lever by which its convenor attends the Moscow format instead, (F,).
        sides: for each side its position at each forum, or -1 at its own, (2, F).
    """

    formats: NDArray[np.bool_]
    host: Rows
    elsewhere: Rows
    sides: Rows


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the rows of every forum."""
    hosts = [forum.convenor for forum in world.forums]
    engagers = engagement.wiring(world).row
    return Wiring(
        formats=np.array([forum.kind == "format" for forum in world.forums], dtype=bool),
        host=np.array([engagers[name,] for name in hosts], dtype=np.intp),
        elsewhere=world.lever_rows([("" if name == "kabul" else name, "attend", "moscow_format") for name in hosts]),
        sides=np.array(
            [
                [-1 if forum.convenor == side else world.seat(side, forum.name) for forum in world.forums]
                for side in BELLIGERENTS
            ],
            dtype=np.intp,
        ),
    )


def take_seats(s: State, choice: Floats) -> None:
    """Seats the guests of the formats that meet; others keep the seat they took at the last meeting.

    Args:
        s: the state; `met` says where there is a meeting.
        choice: share of each seat lever's states that come, (seat levers, R).
    """
    positions, forums = s.world.seat_positions
    _take_seats(s.x[s.world.standing : -1], choice, s.met, forums, s.world.invited[s.step][positions])


@compiled
def _take_seats(seats: Floats, choice: Floats, met: Floats, forums: Rows, invited: Floats) -> None:
    for n in range(len(seats)):
        seat, comes, meets = seats[n], choice[n], met[forums[n]]
        for r in range(len(seat)):
            seat[r] += meets[r] * (comes[r] * invited[n] - seat[r])


def advance(s: State) -> None:
    """Keeps forums alive, and lets talks between both sides make progress."""
    p, world, wires = s.p, s.world, wiring(s.world)
    memory = p.table(("forums.memory",), s.width)[0]
    _keep_alive(s.live, s.met, memory, s.contact, s.x, wires.formats, wires.host, wires.elsewhere)
    _sit(s.seat, s.live, s.x, world.attended, world.attends, world.invited[s.step])
    _both_sit(s.both, s.live, s.seat, wires.sides)
    _settle(s["settlement"], s.both, s.moderates, s["violence"], p.table(PROGRESS, s.width))


@compiled
def _keep_alive(
    live: Floats,
    met: Floats,
    memory: Floats,
    contact: Floats,
    x: Floats,
    formats: NDArray[np.bool_],
    host: Rows,
    elsewhere: Rows,
) -> None:
    """A format lives as long as its last meeting is remembered.

    A channel is open as far as its convenor engages, and is not engaging at the Moscow format instead.
    """
    for n in range(len(live)):
        alive, meets, talks, away = live[n], met[n], contact[host[n]], x[elsewhere[n]]
        if formats[n]:
            for r in range(len(alive)):
                alive[r] = max(memory[r] * alive[r], meets[r])
        else:
            for r in range(len(alive)):
                alive[r] = talks[r] * (1.0 - away[r])


@compiled
def _sit(seat: Floats, live: Floats, x: Floats, attended: Rows, attends: Rows, invited: Floats) -> None:
    """Attendance counts as far as a forum is alive, and the guest invited."""
    for n in range(len(attends)):
        sits, alive, comes = seat[n], live[attended[n]], x[attends[n]]
        for r in range(len(sits)):
            sits[r] = alive[r] * comes[r] * invited[n]


@compiled
def _both_sit(both: Floats, live: Floats, seat: Floats, sides: Rows) -> None:
    """How far both sides sit at each forum; a convenor sits at its own."""
    for n in range(len(both)):
        one = live[n] if sides[0, n] < 0 else seat[sides[0, n]]
        other = live[n] if sides[1, n] < 0 else seat[sides[1, n]]
        for r in range(both.shape[1]):
            both[n, r] = min(one[r], other[r])


@compiled
def _settle(settlement: Floats, both: Floats, moderates: Floats, violence: Floats, numbers: Floats) -> None:
    """Progress as far as both sides sit at some live table, and moderates are strong; violence undoes it."""
    progress, base, decay = numbers
    for r in range(len(settlement)):
        apart, old = 1.0, settlement[r]
        for n in range(len(both)):
            apart *= 1.0 - both[n, r]
        gain = progress[r] * (1.0 - apart) * (base[r] + moderates[r]) * (1.0 - old)
        settlement[r] = clip(old + gain - decay[r] * old * violence[r])


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
    return weighted_rows(s.x, s.world.attends[here], s.world.seats[here].reshape(-1, 1))


def exclusion(s: State, actor: str) -> Floats:
    """How alive the liveliest format without the actor is, (R,)."""
    out = np.zeros(s.width)
    for row, forum in enumerate(s.world.forums):
        if forum.kind == "format" and forum.convenor != actor:
            out = np.maximum(out, s.live[row] * (1.0 - s.policy(actor, "attend", forum.name)))
    return out
