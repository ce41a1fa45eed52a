"""What each side can bring to bear: log-odds for Kabul and for the Taliban, and the strength of Daesh.

Claims: C08, C22 (Daesh grows), C15, C38 (the US for Kabul), C25, C35 (support for the Taliban), C31 (opium rent).
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.compiled import weighted_rows
from influence_sim.model.parameters import Floats, normalised
from influence_sim.model.state import State, clipped


def troops(s: State) -> Floats:
    """Foreign troops on a scale from 0 to 1 with diminishing returns, shape (1 or R,)."""
    setting = s.world.conditions["foreign_troops"][s.step]

    def effect() -> Floats:
        number = s.p.setting(setting)
        return number / (number + s.p["capability.troops_half"])

    return s.p.once(("troops", setting), effect)


def pooled(s: State, names: tuple[str, ...], do: str, target: str, kind: str) -> Floats:
    """What some actors do to a target against the most they could, weighted by a kind of capability. Shape (R,)."""

    def shares() -> Floats:
        return normalised(s.p.stack([f"capability.{name}.{kind}" for name in names]))

    weights = s.p.once(("shares", names, kind), shares)
    return weighted_rows(s.x, s.world.rows_of(names, do, target), weights)


def delivered(s: State, names: tuple[str, ...]) -> Floats:
    """Aid that reaches Kabul from some donors, against all that they could give, at most 1. Shape (R,)."""
    given = pooled(s, names, "support", "kabul", "economic")
    out: Floats = np.minimum(given * s.condition("aid_to_kabul"), 1.0)
    return out


def support(s: State) -> Floats:
    """Outside support for the Taliban against the most there could be (C15, C25, C28), (R,)."""
    return pooled(s, s.world.sponsors, "support", "taliban", "economic")


def measure(s: State) -> None:
    """Writes Kabul's revenue and US presence (they follow delivered aid and troops)."""
    p = s.p
    share = p["authority.aid_share"]
    taxes = s["kabul_territory"] * (1.0 - p["authority.tax_loss"] * s["violence"])
    s["kabul_revenue"] = share * delivered(s, s.world.donors) + (1.0 - share) * taxes
    aid = np.minimum(s.policy("us", "support", "kabul") * s.condition("aid_to_kabul"), 1.0)
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
    hunted = pooled(s, s.world.enemies.get("daesh", ()), "fight", "daesh", "military")
    grown = p["daesh.growth"] * s.condition("daesh_inflow") * effort * (1.0 - s.daesh_strength)
    lost = p["daesh.attrition"] * hunted * s.daesh_strength
    s.daesh_strength = clipped(s.daesh_strength + grown - lost)
