"""What each side can bring to bear: log-odds for Kabul and for the Taliban, and the strength of Daesh.

Claims: C08, C22 (Daesh grows), C15, C38 (the US for Kabul), C25, C35 (support for the Taliban), C31 (opium rent).
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.parameters import Floats
from influence_sim.model.state import State

SPONSORS = ("russia", "iran", "pakistan")
"""Who can support the Taliban (C15, C28; Waldman 2010)."""


def troops(s: State) -> Floats:
    """Foreign troops on a scale from 0 to 1 with diminishing returns, shape (1 or R,)."""
    number = s.condition("foreign_troops")
    out: Floats = number / (number + s.p["capability.troops_half"])
    return out


def delivered(s: State, donors: tuple[str, ...]) -> Floats:
    """Aid that reaches Kabul from some donors, against all that they could give, at most 1. Shape (R,)."""
    weights = [s.p[f"capability.{name}.economic"] for name in donors]
    given = np.zeros(s.width)
    for name, weight in zip(donors, weights, strict=True):
        given = given + weight * s.policy(name, "support", "kabul")
    total = sum(weights, np.zeros(1))
    out: Floats = np.minimum(given / np.maximum(total, 1e-12) * s.condition("aid_to_kabul"), 1.0)
    return out


def donors(s: State) -> tuple[str, ...]:
    """Who can give aid to Kabul."""
    none = len(s.world.levers)
    return tuple(name for name in s.world.names if s.world.lever(name, "support", "kabul") < none)


def support(s: State) -> Floats:
    """Outside support for the Taliban against the most there could be, weighted by economic capability, (R,)."""
    given, total = np.zeros(s.width), np.zeros(1)
    for name in SPONSORS:
        if name in s.world.names:
            weight = s.p[f"capability.{name}.economic"]
            given = given + weight * s.policy(name, "support", "taliban")
            total = total + weight
    out: Floats = given / np.maximum(total, 1e-12)
    return out


def measure(s: State) -> None:
    """Writes Kabul's revenue and US presence (they follow delivered aid and troops)."""
    p = s.p
    share = p["authority.aid_share"]
    taxes = s["kabul_territory"] * (1.0 - 0.5 * s["violence"])
    s["kabul_revenue"] = share * delivered(s, donors(s)) + (1.0 - share) * taxes
    aid = delivered(s, ("us",)) if "us" in donors(s) else np.zeros(s.width)
    weight = p["presence.troops"]
    s["us_presence"] = weight * troops(s) + (1.0 - weight) * aid


def advantage(s: State) -> Floats:
    """The Taliban's capability less Kabul's, in log-odds, (R,)."""
    p, force = s.p, troops(s)
    kabul = (
        p["capability.troops"] * force
        + p["capability.revenue"] * s["kabul_revenue"]
        + p["capability.kabul_effort"] * s.policy("kabul", "fight", "taliban")
        + p["capability.air"] * force * s.policy("us", "fight", "taliban")
    )
    taliban = (
        p["capability.taliban_effort"] * s.policy("taliban", "fight", "kabul")
        + p["capability.support"] * support(s)
        + p["capability.rent"] * s.ground["rent"]
        - p["capability.two_fronts"] * s.policy("taliban", "fight", "daesh") * s.daesh_strength
    )
    out: Floats = taliban - kabul
    return out


def advance_daesh(s: State) -> None:
    """Daesh grows with recruits from outside and its own fighting, and shrinks as its enemies fight it."""
    p = s.p
    effort = 0.5 * (s.policy("daesh", "fight", "kabul") + s.policy("daesh", "fight", "taliban"))
    hunted, weights = np.zeros(s.width), np.zeros(1)
    for enemy in s.world.names:
        if s.world.lever(enemy, "fight", "daesh") < len(s.world.levers):
            weight = p[f"capability.{enemy}.military"]
            hunted = hunted + weight * s.policy(enemy, "fight", "daesh")
            weights = weights + weight
    grown = p["daesh.growth"] * s.condition("daesh_inflow") * effort * (1.0 - s.daesh_strength)
    lost = p["daesh.attrition"] * hunted / np.maximum(weights, 1e-12) * s.daesh_strength
    s.daesh_strength = np.clip(s.daesh_strength + grown - lost, 0.0, 1.0)
