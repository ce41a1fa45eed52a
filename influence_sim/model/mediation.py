"""Acceptance of mediators: who would take Moscow's, or Washington's, good offices.

Claims: C40 (standing, and at whose expense), C42 (both sides), C44 (aversion), C59, C60. Acceptance is not normalised;
the share is derived from it. Rivalry is a rule (`rivalry`) that can be 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import capability, engagement
from influence_sim.model.parameters import Floats, normalised, weighted
from influence_sim.model.state import State, logistic
from influence_sim.model.world import BELLIGERENTS, MEDIATORS, Rows, World


@dataclass(frozen=True)
class Bench:
    """Those who judge one mediator: everyone who has a tie to it.

    Attributes:
        names: the judges.
        other: which hold of the mediator each looks at: 0 over the Taliban, 1 over Kabul, 2 over both.
        ties: rows of their ties to the mediator.
        seats: their positions at each forum that the mediator convenes, (forums, n).
        forums: rows of those forums.
    """

    names: tuple[str, ...]
    other: Rows
    ties: Rows
    seats: tuple[Rows, ...]
    forums: tuple[int, ...]


@lru_cache(maxsize=64)
def bench(world: World, mediator: str) -> Bench:
    """Finds the judges of a mediator."""
    names = tuple(who for who, towards in world.ties if towards == mediator and who != "daesh")
    forums = tuple(row for row, forum in enumerate(world.forums) if forum.convenor == mediator)
    seats = tuple(
        np.array([world.seat(name, world.forums[row].name) for name in names], dtype=np.intp) for row in forums
    )
    other = np.array([{"kabul": 0, "taliban": 1}.get(name, 2) for name in names], dtype=np.intp)
    return Bench(names, other, np.array([world.tie(name, mediator) for name in names], dtype=np.intp), seats, forums)


def weights(s: State, names: tuple[str, ...]) -> Floats:
    """Weights of judges: the belligerents share one part, the others the rest by diplomatic capability. (n, 1 or R)."""

    def derive() -> Floats:
        share = s.p["mediation.belligerents"]
        rows = engagement.diplomatic(s.p, names)
        fights = np.array([[float(name in BELLIGERENTS)] for name in names])
        return share * normalised(fights) + (1.0 - share) * normalised(rows * (1.0 - fights))

    return s.p.once(f"judges {names}", derive)


def talking(s: State, mediator: str, side: str) -> Floats:
    """How far a mediator talks to one side: by engagement, or by that side's seat at its forum, (R,)."""
    judges = bench(s.world, mediator)
    out = engagement.contact(s, mediator) if side == "taliban" else np.zeros(s.width)
    for row in judges.forums:
        out = np.maximum(out, s.seat_of(side, s.world.forums[row].name))
    return out


def leverage(s: State, mediator: str, side: str) -> Floats:
    """A mediator's hold over one side: by talking, and by what it gives or can do to it, from 0 to 1, (R,)."""
    share = s.p["mediation.contact_leverage"]
    if side == "kabul":
        hold = s["us_presence"] if mediator == "us" else s.policy(mediator, "support", "kabul")
    else:
        given = s.policy(mediator, "support", "taliban")
        hold = np.maximum(given, s.policy(mediator, "fight", "taliban") * capability.troops(s))
    out: Floats = share * talking(s, mediator, side) + (1.0 - share) * hold
    return out


def access(s: State, mediator: str) -> Floats:
    """How far a mediator reaches the side it reaches less, (R,)."""
    kabul = np.maximum(0.5 + 0.5 * s.tie_of("kabul", mediator), talking(s, mediator, "kabul"))
    out: Floats = np.minimum(kabul, talking(s, mediator, "taliban"))
    return out


def acceptance(s: State, mediator: str) -> Floats:
    """Weighted acceptance of one mediator before rivalry, from 0 to 1, (R,)."""
    p, judges = s.p, bench(s.world, mediator)
    over = {side: leverage(s, mediator, side) for side in BELLIGERENTS}
    holds = np.array([over["taliban"], over["kabul"], 0.5 * (over["kabul"] + over["taliban"])])
    holds *= p["mediation.leverage"]
    held = holds[judges.other]
    held += p["mediation.tie"] * s.tie[judges.ties]
    held += p["mediation.base"]
    aversion = p.once(f"aversion {judges.names}", lambda: _aversions(s, judges.names))
    held -= p["mediation.aversion"] * aversion
    seated = np.zeros_like(held)
    for seats in judges.seats:
        np.maximum(seated, s.seat[seats], out=seated)
    absent = p["mediation.absent"]
    would = logistic(held)
    would *= absent + (1.0 - absent) * seated
    least = p["mediation.without_access"]
    out: Floats = weighted(weights(s, judges.names), would) * (least + (1.0 - least) * access(s, mediator))
    return out


def _aversions(s: State, names: tuple[str, ...]) -> Floats:
    return s.p.stack([s.world.arm.theatre.actor(name).aversion for name in names])


def measure(s: State) -> None:
    """Writes acceptance, after rivalry, and shares of mediation."""
    present = [name for name in MEDIATORS if name in s.world.names]
    raw = {name: acceptance(s, name) if name in present else np.zeros(s.width) for name in MEDIATORS}
    lost = np.minimum(s.p["rivalry.strength"] * s.p["mediation.rivalry"], 1.0)
    one, other = MEDIATORS
    accepted = {one: raw[one] * (1.0 - lost * raw[other]), other: raw[other] * (1.0 - lost * raw[one])}
    total = accepted[one] + accepted[other]
    for name in MEDIATORS:
        s[f"{name}_acceptance"] = accepted[name]
        s[f"{name}_mediator_share"] = accepted[name] / np.maximum(total, 1e-12)
