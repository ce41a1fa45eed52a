"""Acceptance of mediators: who would take Moscow's, or Washington's, good offices.

Claims: C40 (standing, and at whose expense), C42 (both sides), C44 (aversion), C59, C60. Acceptance is not normalised;
the share is derived from it. Rivalry is a rule (`rivalry`) that can be 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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

    Rounds are as many as the most forums that a mediator convenes; rows past the end stand for none.

    Attributes:
        mediators: for each mediator, the rows of its judges.
        names: for each mediator, who they are.
        other: which hold each judge looks at, as a row of six: over the Taliban, over Kabul, mean, each for both.
        ties: rows of their ties to the mediator.
        seats: their positions at the forums that the mediator convenes, one array a round.
        reach: how the mediators reach both sides.
    """

    mediators: tuple[slice, ...]
    names: tuple[tuple[str, ...], ...]
    other: Rows
    ties: Rows
    seats: tuple[Rows, ...]
    reach: Reach


@dataclass(frozen=True)
class Reach:
    """Rows by which the mediators reach the two sides, one row a mediator.

    Attributes:
        talks: positions of the Taliban's seats at their forums, then of Kabul's, one array a round, (2 * mediators,).
        contact: rows of their own dealings with the Taliban.
        gives, strikes: rows of the levers by which they support, or fight, the Taliban.
        pays: rows of the levers by which they support Kabul; the presence of the US counts instead.
        ties: rows of Kabul's ties to them.
    """

    talks: tuple[Rows, ...]
    contact: Rows
    gives: Rows
    strikes: Rows
    pays: Rows
    ties: Rows


@lru_cache(maxsize=64)
def bench(world: World) -> Bench:
    """Finds the judges of every mediator."""
    names = tuple(
        tuple(who for who, towards in world.ties if towards == mediator and who != "daesh") for mediator in MEDIATORS
    )
    ends = np.cumsum([0, *map(len, names)])
    pairs = [(who, mediator) for mediator, judges in zip(MEDIATORS, names, strict=True) for who in judges]
    looks = [{"kabul": 0, "taliban": 2}.get(who, 4) + MEDIATORS.index(mediator) for who, mediator in pairs]
    return Bench(
        mediators=tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends)),
        names=names,
        other=np.array(looks, dtype=np.intp),
        ties=np.array([world.tie(who, mediator) for who, mediator in pairs], dtype=np.intp),
        seats=_rounds(world, pairs),
        reach=_reach(world),
    )


def _reach(world: World) -> Reach:
    engagers = engagement.wiring(world).row
    return Reach(
        talks=_rounds(world, [(side, mediator) for side in ("taliban", "kabul") for mediator in MEDIATORS]),
        contact=np.array([engagers[mediator,] for mediator in MEDIATORS], dtype=np.intp),
        gives=world.rows_of(MEDIATORS, "support", "taliban"),
        strikes=world.rows_of(MEDIATORS, "fight", "taliban"),
        pays=world.rows_of(MEDIATORS, "support", "kabul"),
        ties=np.array([world.tie("kabul", mediator) for mediator in MEDIATORS], dtype=np.intp),
    )


def _rounds(world: World, pairs: Sequence[tuple[str, str]]) -> tuple[Rows, ...]:
    """Positions of the seats that some have at a mediator's first forum, at its second, and so on."""
    led = {mediator: led_by(world, mediator) for mediator in MEDIATORS}
    seats = [
        [world.seat(who, led[mediator][k]) if k < len(led[mediator]) else len(world.attends) for who, mediator in pairs]
        for k in range(max(1, *map(len, led.values())))
    ]
    return tuple(np.array(row, dtype=np.intp) for row in seats)


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


def largest(s: State, seats: tuple[Rows, ...]) -> Floats:
    """The largest of some live seats, round by round, (n, R)."""
    out: Floats = s.seat.take(seats[0], axis=0)
    for row in seats[1:]:
        np.maximum(out, s.seat.take(row, axis=0), out=out)
    return out


def talking(s: State) -> tuple[Floats, Floats]:
    """How far the mediators talk to the Taliban, by engagement or at a table, and to Kabul, each (mediators, R)."""
    reach = bench(s.world).reach
    seated = largest(s, reach.talks)
    taliban, kabul = seated[: len(MEDIATORS)], seated[len(MEDIATORS) :]
    np.maximum(taliban, s.contact.take(reach.contact, axis=0), out=taliban)
    return taliban, kabul


def leverage(s: State, talks: tuple[Floats, Floats]) -> Floats:
    """The mediators' hold over the Taliban, over Kabul, and the mean: by talking, and by what they give or can do.

    Returns:
        From 0 to 1, shape (3 * mediators, R).
    """
    reach, share, width = bench(s.world).reach, s.p["mediation.contact_leverage"], len(MEDIATORS)
    out = np.empty((3 * width, s.width))
    taliban, kabul, mean = out[:width], out[width : 2 * width], out[2 * width :]
    np.multiply(s.x.take(reach.strikes, axis=0), capability.troops(s), out=taliban)
    np.maximum(taliban, s.x.take(reach.gives, axis=0), out=taliban)
    s.x.take(reach.pays, axis=0, out=kabul, mode="clip")  # the default mode would buffer
    kabul[MEDIATORS.index("us")] = s["us_presence"]
    held = out[: 2 * width]
    held *= 1.0 - share
    taliban += share * talks[0]
    kabul += share * talks[1]
    np.add(taliban, kabul, out=mean)
    mean *= 0.5
    return out


def access(s: State, talks: tuple[Floats, Floats]) -> Floats:
    """How far the mediators reach the side that they reach less, (mediators, R)."""
    taliban, kabul = talks
    out: Floats = 0.5 + 0.5 * s.tie.take(bench(s.world).reach.ties, axis=0)
    np.maximum(out, kabul, out=out)
    np.minimum(out, taliban, out=out)
    return out


def acceptance(s: State) -> Floats:
    """Weighted acceptance of the mediators before rivalry, from 0 to 1, (mediators, R)."""
    p, judges = s.p, bench(s.world)
    talks = talking(s)
    would = logistic(_disposition(s, judges, talks))
    absent, least = p["mediation.absent"], p["mediation.without_access"]
    seated = largest(s, judges.seats)
    seated *= 1.0 - absent
    seated += absent
    would *= seated
    out = access(s, talks)
    out *= 1.0 - least
    out += least
    for k, (names, rows) in enumerate(zip(judges.names, judges.mediators, strict=True)):
        out[k] *= weighted(weights(s, names), would[rows])
    return out


def _disposition(s: State, judges: Bench, talks: tuple[Floats, Floats]) -> Floats:
    """Log-odds with which each judge would accept its mediator, given a seat, (n, R)."""
    p = s.p
    holds = leverage(s, talks)
    holds *= p["mediation.leverage"]
    out: Floats = holds.take(judges.other, axis=0)
    out += p["mediation.tie"] * s.tie.take(judges.ties, axis=0)
    out += p.once("disposition", lambda: _standing_disposition(s, judges))
    return out


def _standing_disposition(s: State, judges: Bench) -> Floats:
    """What each judge thinks of any mediator: the base, less its aversion, (n, 1 or R)."""
    actors = [s.world.arm.theatre.actor(name) for names in judges.names for name in names]
    return s.p["mediation.base"] - s.p["mediation.aversion"] * s.p.stack([actor.aversion for actor in actors])


def measure(s: State) -> None:
    """Writes acceptance, after rivalry, and shares of mediation."""
    before = acceptance(s)
    lost = s.p.once("rivalry", lambda: np.minimum(s.p["rivalry.strength"] * s.p["mediation.rivalry"], 1.0))
    accepted = before * (1.0 - lost * before[::-1])
    shares = accepted / np.maximum(accepted[0] + accepted[1], 1e-12)
    for k, name in enumerate(MEDIATORS):
        s[f"{name}_acceptance"] = accepted[k]
        s[f"{name}_mediator_share"] = shares[k]
