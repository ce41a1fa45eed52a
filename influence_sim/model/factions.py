"""The moderates' share among the Taliban. Claims: C42, C43."""

from __future__ import annotations

import numpy as np

from influence_sim.model import engagement
from influence_sim.model.compiled import elementwise
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State, clipped


def advance(s: State) -> None:
    """Moderates gain from outreach, lose to strikes and to meetings that failed; a scenario may add a current."""
    p = s.p
    share = _drifted(
        s.moderates,
        engagement.weigh(s, s.contact),
        s.policy("us", "fight", "taliban"),
        s["us_presence"],
        failed_meetings(s) if s.met.any() else 0.0,
        s.condition("moderate_current"),
        p["factions.outreach"],
        p["factions.strikes"],
        p["factions.failed_talks"],
    )
    s.moderates = clipped(_after_strikes(s, share))


@elementwise
def _drifted(
    share: float,
    outreach: float,
    strikes: float,
    presence: float,
    failed: float,
    current: float,
    by_outreach: float,
    by_strikes: float,
    by_failure: float,
) -> float:
    drift = by_outreach * outreach - by_strikes * (strikes * presence) - by_failure * failed
    return share + share * (1.0 - share) * drift + current


def failed_meetings(s: State) -> Floats:
    """How many of last month's meetings had invited the Taliban, yet lacked them or Kabul, (R,)."""
    failed = np.zeros(s.width)
    for row, forum in enumerate(s.world.forums):
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
