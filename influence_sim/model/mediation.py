"""Acceptance of mediators: who would take Moscow's, or Washington's, good offices.

Claims: C40 (standing, and at whose expense), C42 (both sides), C44 (aversion), C59, C60. Acceptance is not normalised;
the share is derived from it. Rivalry is a rule (`rivalry`) that can be 0.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import capability, engagement
from influence_sim.model.parameters import Floats, normalised, weighted
from influence_sim.model.state import State, logistic
from influence_sim.model.world import BELLIGERENTS, MEDIATORS, Rows, World


@dataclass(frozen=True)
class Bench:
    """Those who judge the mediators, one row a (judge, mediator): everyone who has a tie to one, except Daesh.

    Attributes:
        mediators: for each mediator, the rows of its judges.
        names: for each mediator, who they are.
        other: which hold each judge looks at, as a row of the three a mediator: over the Taliban, over Kabul, mean.
        ties: rows of their ties to the mediator.
        seats: their positions at the forums that the mediator convenes, one array a round; past the end if none.
    """

    mediators: tuple[slice, ...]
    names: tuple[tuple[str, ...], ...]
    other: Rows
    ties: Rows
    seats: tuple[Rows, ...]


@lru_cache(maxsize=64)
def bench(world: World) -> Bench:
    """Finds the judges of every mediator."""
    names = tuple(
        tuple(who for who, towards in world.ties if towards == mediator and who != "daesh") for mediator in MEDIATORS
    )
    ends = np.cumsum([0, *map(len, names)])
    pairs = [(who, mediator) for mediator, judges in zip(MEDIATORS, names, strict=True) for who in judges]
    looks = [{"kabul": 0, "taliban": 1}.get(who, 2) + 3 * MEDIATORS.index(mediator) for who, mediator in pairs]
    led = {mediator: led_by(world, mediator) for mediator in MEDIATORS}
    seats = [
        [world.seat(who, led[mediator][k]) if k < len(led[mediator]) else len(world.attends) for who, mediator in pairs]
        for k in range(max(map(len, led.values())))
    ]
    return Bench(
        mediators=tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends)),
        names=names,
        other=np.array(looks, dtype=np.intp),
        ties=np.array([world.tie(who, mediator) for who, mediator in pairs], dtype=np.intp),
        seats=tuple(np.array(row, dtype=np.intp) for row in seats),
    )


def led_by(world: World, mediator: str) -> tuple[str, ...]:
    """The forums that a mediator convenes."""
    return tuple(forum.name for forum in world.forums if forum.convenor == mediator)


def weights(s: State, names: tuple[str, ...]) -> Floats:
    """Weights of judges: the belligerents share one part, the others the rest by diplomatic capability. (n, 1 or R)."""

    def derive() -> Floats:
        share = s.p["mediation.belligerents"]
        rows = engagement.diplomatic(s.p, names)
        fights = np.array([float(name in BELLIGERENTS) for name in names]).reshape(-1, 1)
        return share * normalised(fights) + (1.0 - share) * normalised(rows * (1.0 - fights))

    return s.p.once(("judges", names), derive)


def talking(s: State, mediator: str, side: str) -> Floats:
    """How far a mediator talks to one side: by engagement, or by that side's seat at its forum, (R,)."""
    out = engagement.contact(s, mediator) if side == "taliban" else s.seat_of(side, "")
    for forum in led_by(s.world, mediator):
        out = np.maximum(out, s.seat_of(side, forum))
    return out


def leverage(s: State, mediator: str, side: str, talks: Floats) -> Floats:
    """A mediator's hold over one side: by talking, and by what it gives or can do to it, from 0 to 1, (R,)."""
    share = s.p["mediation.contact_leverage"]
    if side == "kabul":
        hold = s["us_presence"] if mediator == "us" else s.policy(mediator, "support", "kabul")
    else:
        given = s.policy(mediator, "support", "taliban")
        hold = np.maximum(given, s.policy(mediator, "fight", "taliban") * capability.troops(s))
    out: Floats = share * talks + (1.0 - share) * hold
    return out


def access(s: State, mediator: str, talks: dict[str, Floats]) -> Floats:
    """How far a mediator reaches the side it reaches less, (R,)."""
    kabul = np.maximum(0.5 + 0.5 * s.tie_of("kabul", mediator), talks["kabul"])
    out: Floats = np.minimum(kabul, talks["taliban"])
    return out


def acceptance(s: State) -> list[Floats]:
    """Weighted acceptance of each mediator before rivalry, from 0 to 1, (R,)."""
    p, judges = s.p, bench(s.world)
    talks = [{side: talking(s, mediator, side) for side in BELLIGERENTS} for mediator in MEDIATORS]
    would = logistic(_disposition(s, judges, talks))
    seated = s.seat[judges.seats[0]]
    for seats in judges.seats[1:]:
        np.maximum(seated, s.seat[seats], out=seated)
    absent, least = p["mediation.absent"], p["mediation.without_access"]
    would *= absent + (1.0 - absent) * seated
    return [
        weighted(weights(s, names), would[rows]) * (least + (1.0 - least) * access(s, mediator, talked))
        for mediator, rows, names, talked in zip(MEDIATORS, judges.mediators, judges.names, talks, strict=True)
    ]


def _disposition(s: State, judges: Bench, talks: list[dict[str, Floats]]) -> Floats:
    """Log-odds with which each judge would accept its mediator, given a seat, (n, R)."""
    p = s.p
    holds = np.empty((3 * len(MEDIATORS), s.width))
    for k, (mediator, talked) in enumerate(zip(MEDIATORS, talks, strict=True)):
        taliban, kabul, mean = holds[3 * k : 3 * k + 3]
        taliban[:] = leverage(s, mediator, "taliban", talked["taliban"])
        kabul[:] = leverage(s, mediator, "kabul", talked["kabul"])
        np.add(taliban, kabul, out=mean)
        mean *= 0.5
    holds *= p["mediation.leverage"]
    out: Floats = holds[judges.other]
    out += p["mediation.tie"] * s.tie[judges.ties]
    out += p.once("disposition", lambda: _standing_disposition(s, judges))
    return out


def _standing_disposition(s: State, judges: Bench) -> Floats:
    """What each judge thinks of any mediator: the base, less its aversion, (n, 1 or R)."""
    actors = [s.world.arm.theatre.actor(name) for names in judges.names for name in names]
    return s.p["mediation.base"] - s.p["mediation.aversion"] * s.p.stack([actor.aversion for actor in actors])


def measure(s: State) -> None:
    """Writes acceptance, after rivalry, and shares of mediation."""
    one, other = acceptance(s)
    lost = np.minimum(s.p["rivalry.strength"] * s.p["mediation.rivalry"], 1.0)
    accepted = (one * (1.0 - lost * other), other * (1.0 - lost * one))
    total = np.maximum(accepted[0] + accepted[1], 1e-12)
    for name, value in zip(MEDIATORS, accepted, strict=True):
        s[f"{name}_acceptance"] = value
        s[f"{name}_mediator_share"] = value / total
