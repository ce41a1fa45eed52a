"""Standing as a great power: slow, fed by acceptance, by being followed and by the fortunes of one's talks.

Claims: C56 (being followed), C57 (counterweight; crises elsewhere, C19), C58 (success or failure), C60.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.compiled import at, clip, compiled
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State
from influence_sim.model.world import MEDIATORS, Rows, World

MOSCOW = MEDIATORS.index("russia")

TALKS = ("prestige.both_sit", "prestige.empty_seats")
"""What the two sides at one table, and the seats that stay empty, do to the fortunes of talks."""

CAUSES = (
    "prestige.rate",
    "prestige.credit_half",
    "prestige.crises",
    "prestige.acceptance",
    "prestige.following",
    "prestige.progress",
)
"""What moves prestige, in the order in which the loop reads it."""


@dataclass(frozen=True)
class Wiring:
    """Rows of the mediators' outcomes, and the rows of the forums that they lead.

    Attributes:
        prestige, acceptance: rows of the outcomes.
        forums: rows of all forums that some mediator leads; `led_by` for each the mediator's number, `formats` whether
            it is a format.
    """

    prestige: Rows
    acceptance: Rows
    forums: Rows
    led_by: Rows
    formats: NDArray[np.bool_]


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the rows of the mediators, in their order."""
    led = [row for row, forum in enumerate(world.forums) if forum.convenor in MEDIATORS]
    return Wiring(
        prestige=world.outcome_rows(*(f"{name}_prestige" for name in MEDIATORS)),
        acceptance=world.outcome_rows(*(f"{name}_acceptance" for name in MEDIATORS)),
        forums=np.array(led, dtype=np.intp),
        led_by=np.array([MEDIATORS.index(world.forums[row].convenor) for row in led], dtype=np.intp),
        formats=np.array([world.forums[row].kind == "format" for row in led], dtype=bool),
    )


def advance(s: State) -> None:
    """Moves the prestige of both powers towards what now speaks for it."""
    p, wires = s.p, wiring(s.world)
    start = p.once("prestige start", lambda: p.stack([f"prestige.{name}_start" for name in MEDIATORS]))
    crises, numbers = s.condition("crises_elsewhere"), p.table(CAUSES, s.width)
    rows = wires.prestige, wires.acceptance
    _rise(s.z, s.fortune, talks(s), s.followed, s.accepted_before, start, crises, *rows, numbers)


@compiled
def _rise(
    z: Floats,
    fortune: Floats,
    talks: Floats,
    followed: Floats,
    before: Floats,
    start: Floats,
    crises: Floats,
    prestige: Rows,
    acceptance: Rows,
    numbers: Floats,
) -> None:
    """Moves fortunes and prestige; Moscow's credit from other crises is Washington's loss (C57)."""
    rate, half, elsewhere, accepted, following, progress = numbers
    for k in range(len(fortune)):
        own, now, credit, sign = z[prestige[k]], z[acceptance[k]], followed[k], 1.0 if k == MOSCOW else -1.0
        for r in range(len(own)):
            fortune[k, r] += rate[r] * (talks[k, r] - fortune[k, r])
            target = at(start[k], r) + sign * (elsewhere[r] * at(crises, r))
            target += accepted[r] * (now[r] - before[k, r])
            target += following[r] * (credit[r] / (credit[r] + half[r]))
            target += progress[r] * (2.0 * fortune[k, r] - 1.0)
            own[r] = clip(own[r] + rate[r] * (target - own[r]))


def talks(s: State) -> Floats:
    """The fortunes of the talks that each mediator leads, (mediators, R)."""
    wires, guests, numbers = wiring(s.world), s.world.guest_lists[s.step], s.p.table(TALKS, s.width)
    led, invited = (wires.forums, wires.led_by, wires.formats), (guests.first, guests.levers, guests.shares)
    out = np.empty((len(MEDIATORS), s.width))
    _talks(out, s.both, s.live, s.x, *led, *invited, numbers)
    return out


@compiled
def _talks(
    out: Floats,
    both: Floats,
    live: Floats,
    x: Floats,
    forums: Rows,
    led_by: Rows,
    formats: NDArray[np.bool_],
    first: Rows,
    levers: Rows,
    shares: Floats,
    numbers: Floats,
) -> None:
    """The fortunes of the talks one leads: 1/2 without any, up to 1 with both sides seated, down to 0 if few come."""
    both_sit, empty_seats, turnout = numbers[0], numbers[1], np.empty(out.shape[1])
    for k in range(len(out)):
        for r in range(len(turnout)):
            out[k, r] = 0.5
    for n in range(len(forums)):
        fortune, together = out[led_by[n]], both[forums[n]]
        for r in range(len(fortune)):
            fortune[r] += both_sit[r] * together[r]
    for n in range(len(forums)):
        begin, end = first[forums[n]], first[forums[n] + 1]
        if not formats[n] or begin == end:
            continue  # with nobody invited no seat is empty
        for r in range(len(turnout)):
            turnout[r] = 0.0
        for k in range(begin, end):
            comes = x[levers[k]]
            for r in range(len(turnout)):
                turnout[r] += comes[r] * shares[k]
        fortune, alive = out[led_by[n]], live[forums[n]]
        for r in range(len(fortune)):
            fortune[r] -= empty_seats[r] * (alive[r] * (1.0 - turnout[r]))
    for n in range(len(out)):
        for r in range(out.shape[1]):
            out[n, r] = clip(out[n, r])
