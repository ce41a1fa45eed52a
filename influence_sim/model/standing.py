"""Standing as a great power: slow, fed by acceptance, by being followed and by the fortunes of one's talks.

Claims: C56 (being followed), C57 (counterweight; crises elsewhere, C19), C58 (success or failure), C60.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model.parameters import Floats, weighted
from influence_sim.model.state import State, clipped
from influence_sim.model.world import MEDIATORS, Rows, World

SIGN_OF_CRISES = np.array([[1.0], [-1.0]])
"""Moscow's credit from other crises is Washington's loss (C57)."""


@dataclass(frozen=True)
class Wiring:
    """Rows of the mediators' outcomes, and (mediator, forum) for all forums that they lead, and for the formats."""

    prestige: Rows
    acceptance: Rows
    forums: tuple[tuple[int, int], ...]
    formats: tuple[tuple[int, int], ...]


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the rows of the mediators, in their order."""
    led = [
        (MEDIATORS.index(forum.convenor), row) for row, forum in enumerate(world.forums) if forum.convenor in MEDIATORS
    ]
    return Wiring(
        prestige=np.array([world.outcomes[f"{name}_prestige"] for name in MEDIATORS], dtype=np.intp),
        acceptance=np.array([world.outcomes[f"{name}_acceptance"] for name in MEDIATORS], dtype=np.intp),
        forums=tuple(led),
        formats=tuple((k, row) for k, row in led if world.forums[row].kind == "format"),
    )


def advance(s: State) -> None:
    """Moves the prestige of both powers towards what now speaks for it."""
    p, wires = s.p, wiring(s.world)
    rate = p["prestige.rate"]
    s.fortune += rate * (_talks(s) - s.fortune)
    credit = s.followed / (s.followed + p["prestige.credit_half"])
    target = p.once("prestige start", lambda: p.stack([f"prestige.{name}_start" for name in MEDIATORS]))
    target = target + SIGN_OF_CRISES * (p["prestige.crises"] * s.condition("crises_elsewhere"))
    target = target + p["prestige.acceptance"] * (s.z.take(wires.acceptance, axis=0) - s.accepted_before)
    target += p["prestige.following"] * credit
    target += p["prestige.progress"] * (2.0 * s.fortune - 1.0)
    old = s.z.take(wires.prestige, axis=0)
    s.z[wires.prestige] = clipped(old + rate * (target - old))


def _talks(s: State) -> Floats:
    """The fortunes of the talks one leads: 1/2 without any, up to 1 with both sides seated, down to 0 if few come."""
    wires, p = wiring(s.world), s.p
    out = np.full((len(MEDIATORS), s.width), 0.5)
    for k, row in wires.forums:
        out[k] += p["prestige.both_sit"] * s.both[row]
    for k, row in wires.formats:
        if s.live[row].any():
            out[k] -= p["prestige.empty_seats"] * (s.live[row] * (1.0 - _turnout(s, row)))
    return clipped(out)


def _turnout(s: State, row: int) -> Floats:
    """Share of the invited states that sit at a format, (R,); 1 if nobody is invited."""
    levers, shares = s.world.guest_list(s.step, row)
    return weighted(shares, s.x.take(levers, axis=0)) if len(levers) else np.ones(s.width)
