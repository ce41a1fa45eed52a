"""Standing as a great power: slow, fed by acceptance, by being followed and by the fortunes of one's talks.

Claims: C56 (being followed), C57 (counterweight; crises elsewhere, C19), C58 (success or failure), C60.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from influence_sim.model.compiled import compiled
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State, clipped
from influence_sim.model.world import MEDIATORS, Rows, World

SIGN_OF_CRISES = np.array([[1.0], [-1.0]])
"""Moscow's credit from other crises is Washington's loss (C57)."""


NUMBERS = ("prestige.both_sit", "prestige.empty_seats")
"""What the two sides at one table, and the seats that stay empty, do to the fortunes of talks."""


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
        prestige=np.array([world.outcomes[f"{name}_prestige"] for name in MEDIATORS], dtype=np.intp),
        acceptance=np.array([world.outcomes[f"{name}_acceptance"] for name in MEDIATORS], dtype=np.intp),
        forums=np.array(led, dtype=np.intp),
        led_by=np.array([MEDIATORS.index(world.forums[row].convenor) for row in led], dtype=np.intp),
        formats=np.array([world.forums[row].kind == "format" for row in led], dtype=bool),
    )


def advance(s: State) -> None:
    """Moves the prestige of both powers towards what now speaks for it."""
    p, wires = s.p, wiring(s.world)
    rate = p["prestige.rate"]
    s.fortune += rate * (talks(s) - s.fortune)
    credit = s.followed / (s.followed + p["prestige.credit_half"])
    target = p.once("prestige start", lambda: p.stack([f"prestige.{name}_start" for name in MEDIATORS]))
    target = target + SIGN_OF_CRISES * (p["prestige.crises"] * s.condition("crises_elsewhere"))
    target = target + p["prestige.acceptance"] * (s.z.take(wires.acceptance, axis=0) - s.accepted_before)
    target += p["prestige.following"] * credit
    target += p["prestige.progress"] * (2.0 * s.fortune - 1.0)
    old = s.z.take(wires.prestige, axis=0)
    s.z[wires.prestige] = clipped(old + rate * (target - old))


def talks(s: State) -> Floats:
    """The fortunes of the talks that each mediator leads, (mediators, R)."""
    wires, guests, numbers = wiring(s.world), s.world.guest_lists[s.step], s.p.table(NUMBERS, s.width)
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
    out[:] = 0.5
    for n in range(len(forums)):
        fortune, together = out[led_by[n]], both[forums[n]]
        for r in range(len(fortune)):
            fortune[r] += both_sit[r] * together[r]
    for n in range(len(forums)):
        begin, end = first[forums[n]], first[forums[n] + 1]
        if not formats[n] or begin == end:
            continue  # with nobody invited no seat is empty
        turnout[:] = 0.0
        for k in range(begin, end):
            comes = x[levers[k]]
            for r in range(len(turnout)):
                turnout[r] += comes[r] * shares[k]
        fortune, alive = out[led_by[n]], live[forums[n]]
        for r in range(len(fortune)):
            fortune[r] -= empty_seats[r] * (alive[r] * (1.0 - turnout[r]))
    for n in range(len(out)):
        for r in range(out.shape[1]):
            out[n, r] = min(max(out[n, r], 0.0), 1.0)
