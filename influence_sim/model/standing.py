"""Standing as a great power: slow, fed by acceptance, by being followed and by the fortunes of one's talks.

Claims: C56 (being followed), C57 (counterweight; crises elsewhere, C19), C58 (success or failure), C60.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.parameters import Floats
from influence_sim.model.state import State, clipped
from influence_sim.model.world import MEDIATORS

SIGN_OF_CRISES = {"russia": 1.0, "us": -1.0}
"""Moscow's credit from other crises is Washington's loss (C57)."""


def advance(s: State) -> None:
    """Moves the prestige of both powers towards what now speaks for it."""
    p = s.p
    for k, name in enumerate(MEDIATORS):
        s.fortune[k] += p["prestige.rate"] * (_talks(s, name) - s.fortune[k])
        credit = s.followed[k] / (s.followed[k] + p["prestige.credit_half"])
        crises = SIGN_OF_CRISES[name] * p["prestige.crises"] * s.condition("crises_elsewhere")
        speaks = (
            p[f"prestige.{name}_start"]
            + crises
            + p["prestige.acceptance"] * (s[f"{name}_acceptance"] - s.accepted_before[k])
            + p["prestige.following"] * credit
            + p["prestige.progress"] * (2.0 * s.fortune[k] - 1.0)
        )
        old = s[f"{name}_prestige"]
        s[f"{name}_prestige"] = clipped(old + p["prestige.rate"] * (speaks - old))


def _talks(s: State, name: str) -> Floats:
    """The fortunes of the talks one leads: 1/2 without any, up to 1 with both sides seated, down to 0 if few come."""
    out = np.full(s.width, 0.5)
    for row, forum in enumerate(s.world.forums):
        if forum.convenor == name:
            out += s.p["prestige.both_sit"] * s.both[row]
            if forum.kind == "format" and s.live[row].any():
                out -= s.p["prestige.empty_seats"] * (s.live[row] * (1.0 - _turnout(s, row)))
    return clipped(out)


def _turnout(s: State, row: int) -> Floats:
    """Share of the invited states that sit at a format, (R,); 1 if nobody is invited."""
    world = s.world
    here = world.guests[row]
    invited = world.invited[s.step][here] * world.seats[here]
    total = invited.sum()
    if total == 0.0:
        return np.ones(s.width)
    out: Floats = (s.x[world.attends[here]] * invited).sum(axis=0) / total
    return out
