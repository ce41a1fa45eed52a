"""Acceptance of mediators: who would take Moscow's, or Washington's, good offices.

Claims: C40 (standing, and at whose expense), C42 (both sides), C44 (aversion), C59, C60. Acceptance is not normalised;
the share is derived from it. Rivalry is a rule (`rivalry`) that can be 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import capability, engagement
from influence_sim.model.compiled import at, compiled, largest_row, raise_to
from influence_sim.model.parameters import Floats, normalised
from influence_sim.model.state import State, odds_against
from influence_sim.model.world import BELLIGERENTS, MEDIATORS, Rows, World

TALIBAN, KABUL, BOTH = range(3)
"""Over whom a mediator has a hold."""

US = MEDIATORS.index("us")

NUMBERS = (
    "mediation.contact_leverage",
    "mediation.leverage",
    "mediation.tie",
    "mediation.absent",
    "mediation.without_access",
)
"""What the loops read, in this order."""


@dataclass(frozen=True)
class Bench:
    """Those who judge the mediators, one row a (judge, mediator): everyone who has a tie to one, except Daesh.

    Rounds are as many as the most forums that a mediator convenes; rows past the end stand for none.

    Attributes:
        names: who they are, the judges of the first mediator first.
        mediator: for each, the number of the mediator.
        hold: which hold each looks at: over the Taliban 0, over Kabul 1, the mean 2.
        ties: rows of their ties to the mediator.
        seats: their positions at the forums that the mediator convenes, (judges, rounds).
        reach: how the mediators reach both sides.
    """

    names: tuple[str, ...]
    mediator: Rows
    hold: Rows
    ties: Rows
    seats: Rows
    reach: Reach


@dataclass(frozen=True)
class Reach:
    """Rows by which the mediators reach the two sides, one row a mediator.

    Attributes:
        of_taliban, of_kabul: positions of the Taliban's, and of Kabul's, seats at their forums, (mediators, rounds).
        contact: rows of their own dealings with the Taliban.
        gives, strikes: rows of the levers by which they support, or fight, the Taliban.
        pays: rows of the levers by which they support Kabul; the presence of the US counts instead.
        ties: rows of Kabul's ties to them.
    """

    of_taliban: Rows
    of_kabul: Rows
    contact: Rows
    gives: Rows
    strikes: Rows
    pays: Rows
    ties: Rows


@lru_cache(maxsize=64)
def bench(world: World) -> Bench:
    """Finds the judges of every mediator."""
    pairs = [
        (who, mediator)
        for mediator in MEDIATORS
        for who, towards in world.ties
        if towards == mediator and who != "daesh"
    ]
    return Bench(
        names=tuple(who for who, _ in pairs),
        mediator=np.array([MEDIATORS.index(mediator) for _, mediator in pairs], dtype=np.intp),
        hold=np.array([{"kabul": TALIBAN, "taliban": KABUL}.get(who, BOTH) for who, _ in pairs], dtype=np.intp),
        ties=np.array([world.tie(who, mediator) for who, mediator in pairs], dtype=np.intp),
        seats=_seats(world, pairs),
        reach=_reach(world),
    )


def _reach(world: World) -> Reach:
    engagers = engagement.wiring(world).row
    return Reach(
        of_taliban=_seats(world, [("taliban", mediator) for mediator in MEDIATORS]),
        of_kabul=_seats(world, [("kabul", mediator) for mediator in MEDIATORS]),
        contact=np.array([engagers[mediator,] for mediator in MEDIATORS], dtype=np.intp),
        gives=world.rows_of(MEDIATORS, "support", "taliban"),
        strikes=world.rows_of(MEDIATORS, "fight", "taliban"),
        pays=world.rows_of(MEDIATORS, "support", "kabul"),
        ties=np.array([world.tie("kabul", mediator) for mediator in MEDIATORS], dtype=np.intp),
    )


def _seats(world: World, pairs: Sequence[tuple[str, str]]) -> Rows:
    """Positions of the seats that some have at a mediator's first forum, at its second, and so on."""
    led = {mediator: led_by(world, mediator) for mediator in MEDIATORS}
    rounds = range(max(1, *map(len, led.values())))
    return np.array(
        [
            [world.seat(who, led[mediator][k]) if k < len(led[mediator]) else len(world.attends) for k in rounds]
            for who, mediator in pairs
        ],
        dtype=np.intp,
    )


def led_by(world: World, mediator: str) -> tuple[str, ...]:
    """The forums that a mediator convenes."""
    return tuple(forum.name for forum in world.forums if forum.convenor == mediator)


def weights(s: State) -> Floats:
    """Weights of the judges, which sum to 1 for each mediator, (judges, 1 or R).

    The belligerents share one part, the others the rest by diplomatic capability.
    """

    def derive() -> Floats:
        judges, share = bench(s.world), s.p["mediation.belligerents"]
        capability = engagement.diplomatic(s.p, judges.names)
        fights = np.array([float(name in BELLIGERENTS) for name in judges.names]).reshape(-1, 1)
        found = []
        for k in range(len(MEDIATORS)):
            own = judges.mediator == k
            others = normalised(capability[own] * (1.0 - fights[own]))
            found.append(share * normalised(fights[own]) + (1.0 - share) * others)
        return np.concatenate(found)

    return s.p.once("judges", derive)


def acceptance(s: State) -> Floats:
    """Weighted acceptance of the mediators before rivalry, from 0 to 1, (mediators, R)."""
    judges, reach, numbers = bench(s.world), bench(s.world).reach, s.p.table(NUMBERS, s.width)
    talks = np.empty((2 * len(MEDIATORS), s.width))
    _talk(talks, s.seat, s.contact, reach.of_taliban, reach.of_kabul, reach.contact)
    holds = np.empty((3 * len(MEDIATORS), s.width))
    _hold(holds, talks, s.x, reach.gives, reach.strikes, reach.pays, capability.troops(s), s["us_presence"], numbers)
    base = s.p.once("disposition", lambda: _standing_disposition(s, judges))
    against = np.empty((len(judges.names), s.width))
    _incline(against, holds, s.tie, base, judges.mediator, judges.hold, judges.ties, numbers)
    odds_against(against, against)
    out = np.empty((len(MEDIATORS), s.width))
    _accept(out, against, talks, s.tie, s.seat, judges.mediator, judges.seats, weights(s), reach.ties, numbers)
    return out


@compiled
def _talk(talks: Floats, seat: Floats, contact: Floats, of_taliban: Rows, of_kabul: Rows, engagers: Rows) -> None:
    """How far the mediators talk to the Taliban, by engagement or at a table, then to Kabul, (2 * mediators, R)."""
    count = len(engagers)
    for k in range(count):
        largest_row(talks[k], seat, of_taliban[k])
        raise_to(talks[k], contact[engagers[k]])
        largest_row(talks[count + k], seat, of_kabul[k])


@compiled
def _hold(
    holds: Floats,
    talks: Floats,
    x: Floats,
    gives: Rows,
    strikes: Rows,
    pays: Rows,
    troops: Floats,
    presence: Floats,
    numbers: Floats,
) -> None:
    """The mediators' leverage over the Taliban, over Kabul, and the mean: by talking, and by what they give or can do.

    From 0 to 1, shape (3 * mediators, R).
    """
    share, count = numbers[0], len(gives)
    for k in range(count):
        taliban, kabul = holds[TALIBAN * count + k], holds[KABUL * count + k]
        both, given, struck = holds[BOTH * count + k], x[gives[k]], x[strikes[k]]
        paid = presence if k == US else x[pays[k]]
        for r in range(len(share)):
            over_taliban, over_kabul = max(struck[r] * at(troops, r), given[r]), paid[r]
            taliban[r] = over_taliban * (1.0 - share[r]) + share[r] * talks[k, r]
            kabul[r] = over_kabul * (1.0 - share[r]) + share[r] * talks[count + k, r]
            both[r] = (taliban[r] + kabul[r]) * 0.5


@compiled
def _incline(
    out: Floats,
    holds: Floats,
    tie: Floats,
    base: Floats,
    mediator: Rows,
    hold: Rows,
    ties: Rows,
    numbers: Floats,
) -> None:
    """Log-odds with which each judge would accept its mediator, given a seat, (judges, R)."""
    leverage, warmth, count = numbers[1], numbers[2], len(holds) // 3
    for j in range(len(out)):
        row, held, felt, likes = out[j], holds[hold[j] * count + mediator[j]], tie[ties[j]], base[j]
        for r in range(len(row)):
            row[r] = held[r] * leverage[r] + warmth[r] * felt[r] + at(likes, r)


@compiled
def _accept(
    out: Floats,
    against: Floats,
    talks: Floats,
    tie: Floats,
    seat: Floats,
    mediator: Rows,
    seats: Rows,
    weights: Floats,
    ties: Rows,
    numbers: Floats,
) -> None:
    """Sums up over the judges, who count less without a seat; without access to both sides a mediator counts less."""
    absent, least, count = numbers[3], numbers[4], len(out)
    sits = np.empty(out.shape[1])
    for k in range(count):
        for r in range(len(sits)):
            out[k, r] = 0.0
    for j in range(len(against)):
        total, odds, weight = out[mediator[j]], against[j], weights[j]
        largest_row(sits, seat, seats[j])
        for r in range(len(sits)):
            total[r] += 1.0 / (1.0 + odds[r]) * (sits[r] * (1.0 - absent[r]) + absent[r]) * at(weight, r)
    for k in range(count):
        taliban, kabul, felt = talks[k], talks[count + k], tie[ties[k]]
        for r in range(len(sits)):
            reached = min(max(0.5 + 0.5 * felt[r], kabul[r]), taliban[r])
            out[k, r] *= reached * (1.0 - least[r]) + least[r]


def _standing_disposition(s: State, judges: Bench) -> Floats:
    """What each judge thinks of any mediator: the base, less its aversion, (judges, 1 or R)."""
    actors = [s.world.arm.theatre.actor(name) for name in judges.names]
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
