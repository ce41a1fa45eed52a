"""The moderates' share among the Taliban. Claims: C42, C43."""

from __future__ import annotations

import numpy as np

from influence_sim.model import engagement
from influence_sim.model.compiled import at, compiled
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State, clipped

DRIFT = ("factions.outreach", "factions.strikes", "factions.failed_talks")
"""What moves the share, in the order in which the loop reads it."""


def advance(s: State) -> None:
    """Moderates gain from outreach, lose to strikes and to meetings that failed; a scenario may add a current."""
    share, outreach = s.moderates.copy(), engagement.weigh(s, s.contact)
    strikes, presence = s.policy("us", "fight", "taliban"), s["us_presence"]
    numbers = s.p.table(DRIFT, s.width)
    _drift(share, outreach, strikes, presence, failed_meetings(s), s.condition("moderate_current"), numbers)
    s.moderates = clipped(_after_strikes(s, share))


@compiled
def _drift(
    share: Floats,
    outreach: Floats,
    strikes: Floats,
    presence: Floats,
    failed: Floats,
    current: Floats,
    numbers: Floats,
) -> None:
    gain, loss, rebuff = numbers
    for r in range(len(share)):
        drift = gain[r] * outreach[r] - loss[r] * (strikes[r] * presence[r]) - rebuff[r] * failed[r]
        share[r] = share[r] + share[r] * (1.0 - share[r]) * drift + at(current, r)


def failed_meetings(s: State) -> Floats:
    """How many of last month's meetings had invited the Taliban, yet lacked them or Kabul, (R,)."""
    failed = np.zeros(s.width)
    for row, forum in enumerate(s.world.forums if s.met.any() else ()):
        seat = s.world.seat("taliban", forum.name)
        if forum.kind == "format" and seat < len(s.world.attends) and s.world.invited[s.step, seat]:
            both = s.seat_of("kabul", forum.name) * s.seat[seat]
            failed = failed + s.met[row] * (1.0 - both)
    return failed


def _after_strikes(s: State, share: Floats) -> Floats:
    month = s.world.arm.month(s.step)
    for event in s.world.arm.theatre.events:
        if event.kind == "strike" and event.month == month:
            share = share * (1.0 - s.p[event.strength])
    return share


def measure(s: State) -> None:
    """Writes the share."""
    s["moderate_share"] = s.moderates
