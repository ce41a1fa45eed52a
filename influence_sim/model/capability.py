"""What each side can bring to bear: log-odds for Kabul and for the Taliban, and the strength of Daesh.

Claims: C08, C22 (Daesh grows), C15, C38 (the US for Kabul), C25, C35 (support for the Taliban), C31 (opium rent).
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.compiled import elementwise, unit, weighted_rows
from influence_sim.model.parameters import Floats, normalised
from influence_sim.model.state import State


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
    given = delivered(s, s.world.donors)
    s["kabul_revenue"] = _revenue(
        given, s["kabul_territory"], s["violence"], p["authority.aid_share"], p["authority.tax_loss"]
    )
    aid = s.policy("us", "support", "kabul")
    s["us_presence"] = _presence(troops(s), aid, s.condition("aid_to_kabul"), p["presence.troops"])


@elementwise
def _revenue(given: float, territory: float, violence: float, aid_share: float, tax_loss: float) -> float:
    taxes = territory * (1.0 - tax_loss * violence)
    return aid_share * given + (1.0 - aid_share) * taxes


@elementwise
def _presence(force: float, aid: float, budget: float, weight: float) -> float:
    return weight * force + (1.0 - weight) * min(aid * budget, 1.0)


def advantage(s: State) -> Floats:
    """The Taliban's capability less Kabul's, in log-odds, (R,)."""
    p = s.p
    return _advantage(
        troops(s),
        s["kabul_revenue"],
        s.policy("kabul", "fight", "taliban"),
        s.policy("us", "fight", "taliban"),
        s.policy("taliban", "fight", "kabul"),
        support(s),
        s.ground["rent"],
        s.policy("taliban", "fight", "daesh"),
        s.daesh_strength,
        p["capability.troops"],
        p["capability.revenue"],
        p["capability.kabul_effort"],
        p["capability.air"],
        p["capability.taliban_effort"],
        p["capability.support"],
        p["capability.rent"],
        p["capability.two_fronts"],
    )


@elementwise
def _advantage(
    force: float,
    revenue: float,
    of_kabul: float,
    of_us: float,
    of_taliban: float,
    supported: float,
    rent: float,
    on_daesh: float,
    daesh: float,
    by_troops: float,
    by_revenue: float,
    by_kabul: float,
    by_air: float,
    by_taliban: float,
    by_support: float,
    by_rent: float,
    two_fronts: float,
) -> float:
    """The first nine are what each side has and does, the others what it counts for."""
    kabul = by_troops * force + by_revenue * revenue + by_kabul * of_kabul + by_air * force * of_us
    taliban = by_taliban * of_taliban + by_support * supported + by_rent * rent - two_fronts * on_daesh * daesh
    return taliban - kabul


def advance_daesh(s: State) -> None:
    """Daesh grows with recruits from outside and its own fighting, and shrinks as its enemies fight it."""
    p = s.p
    s.daesh_strength = _daesh(
        s.daesh_strength,
        s.policy("daesh", "fight", "kabul"),
        s.policy("daesh", "fight", "taliban"),
        pooled(s, s.world.enemies.get("daesh", ()), "fight", "daesh", "military"),
        s.condition("daesh_inflow"),
        p["daesh.growth"],
        p["daesh.attrition"],
    )


@elementwise
def _daesh(
    strength: float, on_kabul: float, on_taliban: float, hunted: float, inflow: float, growth: float, attrition: float
) -> float:
    effort = 0.5 * (on_kabul + on_taliban)
    grown = growth * inflow * effort * (1.0 - strength)
    return unit(strength + grown - attrition * hunted * strength)
