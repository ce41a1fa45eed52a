"""What each side can bring to bear: log-odds for Kabul and for the Taliban, and the strength of Daesh.

Claims: C08, C22 (Daesh grows), C15, C38 (the US for Kabul), C25, C35 (support for the Taliban), C31 (opium rent).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model.compiled import at, clip, compiled, weighted_rows
from influence_sim.model.parameters import Floats, normalised
from influence_sim.model.state import State
from influence_sim.model.world import Rows, World

REVENUE = ("authority.aid_share", "authority.tax_loss", "presence.troops")
WAR = (
    "capability.troops",
    "capability.revenue",
    "capability.kabul_effort",
    "capability.air",
    "capability.taliban_effort",
    "capability.support",
    "capability.rent",
    "capability.two_fronts",
)
DAESH = ("daesh.growth", "daesh.attrition")
"""What the loops read, in these orders."""


@dataclass(frozen=True)
class Wiring:
    """Rows that the loops read.

    Attributes:
        earned: outcomes that revenue and presence follow from, these two last.
        american_aid: the lever by which the US supports Kabul.
        fights: levers by which Kabul and the US fight the Taliban, and the Taliban Kabul and Daesh.
        raids: levers by which Daesh fights Kabul and the Taliban.
    """

    earned: Rows
    american_aid: int
    fights: Rows
    raids: Rows


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the rows."""
    fights = (("kabul", "taliban"), ("us", "taliban"), ("taliban", "kabul"), ("taliban", "daesh"))
    return Wiring(
        earned=world.outcome_rows("kabul_territory", "violence", "kabul_revenue", "us_presence"),
        american_aid=world.lever("us", "support", "kabul"),
        fights=world.lever_rows([(one, "fight", other) for one, other in fights]),
        raids=world.lever_rows([("daesh", "fight", other) for other in ("kabul", "taliban")]),
    )


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


def measure(s: State) -> None:
    """Writes Kabul's revenue and US presence (they follow delivered aid and troops)."""
    given, wires = pooled(s, s.world.donors, "support", "kabul", "economic"), wiring(s.world)
    american, aid = s.x[wires.american_aid], s.condition("aid_to_kabul")
    _earn(s.z, wires.earned, given, american, aid, troops(s), s.p.table(REVENUE, s.width))


@compiled
def _earn(
    z: Floats, earned: Rows, given: Floats, american: Floats, aid: Floats, troops: Floats, numbers: Floats
) -> None:
    """Aid that reaches Kabul, at most all that could be given, and taxes; troops and US aid."""
    share, tax_loss, weight = numbers
    territory, violence, revenue, presence = z[earned[0]], z[earned[1]], z[earned[2]], z[earned[3]]
    for r in range(len(revenue)):
        taxes = territory[r] * (1.0 - tax_loss[r] * violence[r])
        revenue[r] = share[r] * min(given[r] * at(aid, r), 1.0) + (1.0 - share[r]) * taxes
        own = min(american[r] * at(aid, r), 1.0)
        presence[r] = weight[r] * at(troops, r) + (1.0 - weight[r]) * own


def advantage(s: State) -> Floats:
    """The Taliban's capability less Kabul's, in log-odds, (R,)."""
    wires, out = wiring(s.world), np.empty(s.width)
    outside, revenue = pooled(s, s.world.sponsors, "support", "taliban", "economic"), s["kabul_revenue"]
    _outdo(out, s.x, wires.fights, revenue, troops(s), outside, s.rent, s.daesh_strength, s.p.table(WAR, s.width))
    return out


@compiled
def _outdo(
    out: Floats,
    x: Floats,
    fights: Rows,
    revenue: Floats,
    troops: Floats,
    outside: Floats,
    rent: Floats,
    daesh: Floats,
    numbers: Floats,
) -> None:
    """What the Taliban bring to bear, less what Kabul and its allies do."""
    manned, paid, kabul_effort, air, taliban_effort, support, earned, two_fronts = numbers
    by_kabul, by_us, by_taliban, on_daesh = x[fights[0]], x[fights[1]], x[fights[2]], x[fights[3]]
    for r in range(len(out)):
        force = at(troops, r)
        kabul = manned[r] * force + paid[r] * revenue[r] + kabul_effort[r] * by_kabul[r] + air[r] * force * by_us[r]
        taliban = taliban_effort[r] * by_taliban[r] + support[r] * outside[r] + earned[r] * rent[r]
        out[r] = taliban - two_fronts[r] * on_daesh[r] * daesh[r] - kabul


def advance_daesh(s: State) -> None:
    """Daesh grows with recruits from outside and its own fighting, and shrinks as its enemies fight it."""
    hunted = pooled(s, s.world.enemies.get("daesh", ()), "fight", "daesh", "military")
    inflow, numbers = s.condition("daesh_inflow"), s.p.table(DAESH, s.width)
    _grow(s.daesh_strength, s.x, wiring(s.world).raids, hunted, inflow, numbers)


@compiled
def _grow(strength: Floats, x: Floats, raids: Rows, hunted: Floats, inflow: Floats, numbers: Floats) -> None:
    growth, attrition = numbers
    on_kabul, on_taliban = x[raids[0]], x[raids[1]]
    for r in range(len(strength)):
        effort = 0.5 * (on_kabul[r] + on_taliban[r])
        grown = growth[r] * at(inflow, r) * effort * (1.0 - strength[r])
        strength[r] = clip(strength[r] + grown - attrition[r] * hunted[r] * strength[r])
