"""Kabul's authority: territory, recognition, revenue and cohesion; and the violence that a weak state suffers.

Claims: C35 (what erodes it), C36 (what its weakness brings), C38 (aid), C42 (inclusion spares it).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import capability, engagement
from influence_sim.model.compiled import at, clip, compiled
from influence_sim.model.parameters import Floats, normalised, weighted
from influence_sim.model.state import State
from influence_sim.model.world import MEDIATORS, Rows, World

PARTS = ("territory", "recognition", "revenue", "cohesion")


COHESION = (
    "authority.threshold",
    "authority.fragmentation",
    "authority.cohesion_revenue",
    "authority.sidelined",
    "authority.cohesion_rate",
)
"""What moves cohesion, in the order in which the loop reads it."""

VIOLENCE = ("authority.threshold", "authority.fragmentation", "violence.contested", "settlement.calm")
"""What makes violence beside its weights, in the order in which the loop reads it."""


@dataclass(frozen=True)
class Wiring:
    """Rows that the loops read.

    Attributes:
        parts: the components of authority among the outcomes.
        causes: outcomes that cohesion follows from, cohesion last.
        fights: levers by which Kabul and the Taliban fight each other, the US the Taliban, and Daesh Kabul.
        fought: outcomes that violence follows from, violence last.
        taliban, kabul: positions of either's seats at every forum but Kabul's own.
    """

    parts: Rows
    causes: Rows
    fights: Rows
    fought: Rows
    taliban: Rows
    kabul: Rows


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds the rows."""
    fights = (("kabul", "taliban"), ("taliban", "kabul"), ("us", "taliban"), ("daesh", "kabul"))
    tables = [forum.name for forum in world.forums if forum.convenor != "kabul"]
    return Wiring(
        parts=world.outcome_rows(*(f"kabul_{part}" for part in PARTS)),
        causes=world.outcome_rows("kabul_authority", "kabul_revenue", "violence", "kabul_cohesion"),
        fights=world.lever_rows([(one, "fight", other) for one, other in fights]),
        fought=world.outcome_rows("kabul_authority", "contested", "taliban_daesh_fighting", "settlement", "violence"),
        taliban=np.array([world.seat("taliban", name) for name in tables], dtype=np.intp),
        kabul=np.array([world.seat("kabul", name) for name in tables], dtype=np.intp),
    )


@compiled
def _fragmentation(authority: float, threshold: float, strength: float) -> float:
    """How far authority has fallen below the threshold, from 0 to 1, times its strength."""
    return strength * max(threshold - authority, 0.0) / threshold


def advance(s: State) -> None:
    """Moves cohesion towards its causes."""
    _hold_together(s.z, wiring(s.world).causes, sidelined(s), s.p.table(COHESION, s.width))


@compiled
def _hold_together(z: Floats, causes: Rows, sidelined: Floats, numbers: Floats) -> None:
    threshold, strength, paid, aside, rate = numbers
    authority, revenue, violence, cohesion = z[causes[0]], z[causes[1]], z[causes[2]], z[causes[3]]
    for r in range(len(cohesion)):
        target = paid[r] * revenue[r] + (1.0 - paid[r]) * (1.0 - violence[r])
        target *= 1.0 - _fragmentation(authority[r], threshold[r], strength[r])
        target -= aside[r] * sidelined[r]
        cohesion[r] = clip(cohesion[r] + rate[r] * (target - cohesion[r]))


def sidelined(s: State) -> Floats:
    """How far others talk to the Taliban at a table without Kabul, (R,)."""
    out = np.zeros(s.width)
    _sidelined(out, s.seat, wiring(s.world).taliban, wiring(s.world).kabul)
    return out


@compiled
def _sidelined(out: Floats, seat: Floats, taliban: Rows, kabul: Rows) -> None:
    for n in range(len(taliban)):
        theirs, ours = seat[taliban[n]], seat[kabul[n]]
        for r in range(len(out)):
            out[r] = max(out[r], theirs[r] - min(theirs[r], ours[r]))


def measure_violence(s: State) -> None:
    """Writes violence: civil war, foreign strikes, Daesh and fragmentation, calmed by progress to a settlement."""
    p, wires = s.p, wiring(s.world)
    names = ("violence.civil", "violence.air", "violence.daesh", "violence.fragmentation")
    weights = p.once("violence weights", lambda: normalised(p.stack(names)))
    numbers = p.table(VIOLENCE, s.width)
    _rage(s.z, s.x, wires.fought, wires.fights, capability.troops(s), s.daesh_strength, weights, numbers)


@compiled
def _rage(
    z: Floats,
    x: Floats,
    fought: Rows,
    fights: Rows,
    troops: Floats,
    daesh: Floats,
    weights: Floats,
    numbers: Floats,
) -> None:
    threshold, strength, local, calm = numbers
    authority, contested, front, settled = z[fought[0]], z[fought[1]], z[fought[2]], z[fought[3]]
    kabul, taliban, us, raids = x[fights[0]], x[fights[1]], x[fights[2]], x[fights[3]]
    violence = z[fought[4]]
    for r in range(len(violence)):
        civil = 0.5 * (kabul[r] + taliban[r])
        rivals = 0.5 * (front[r] + raids[r]) * daesh[r]
        total = at(weights[0], r) * civil * (1.0 - local[r] + local[r] * contested[r])
        total += at(weights[1], r) * (us[r] * at(troops, r))
        total += at(weights[2], r) * rivals
        total += at(weights[3], r) * _fragmentation(authority[r], threshold[r], strength[r])
        violence[r] = total * (1.0 - calm[r] * settled[r])


def measure(s: State) -> None:
    """Writes recognition and authority."""
    p = s.p
    s["kabul_recognition"] = 1.0 - p["authority.erosion"] * _eroding(s)
    parts = s.z.take(wiring(s.world).parts, axis=0)
    weights = p.once("authority weights", lambda: normalised(p.stack([f"authority.{part}" for part in PARTS])))
    s["kabul_authority"] = mean_of(parts, weights, p["authority.floor"], p["authority.mean"])


def _eroding(s: State) -> Floats:
    """Recognition of the Taliban, less what is spared where Kabul sits at the table at which it is given, (R,)."""
    wires = engagement.wiring(s.world)
    tables = s.seat_of("kabul", "moscow_format"), s.seat_of("kabul", "us_channel")
    unspared, relief = np.empty_like(s.line), s.p.table(("authority.inclusion_relief",), s.width)[0]
    _not_spared(unspared, s.line, s.seat, *tables, wires.in_moscow, wires.mediators[MEDIATORS.index("us")], relief)
    return engagement.weigh(s, unspared)


@compiled
def _not_spared(
    out: Floats, line: Floats, seat: Floats, moscow: Floats, channel: Floats, in_moscow: Rows, us: int, relief: Floats
) -> None:
    for j in range(len(line)):
        row, shown, sits = out[j], line[j], seat[in_moscow[j]]
        for r in range(len(row)):
            spared = relief[r] * (sits[r] * moscow[r])
            if j == us:
                spared = max(spared, relief[r] * channel[r])
            row[r] = shown[r] * (1.0 - spared)


def mean_of(parts: Floats, weights: Floats, floor: Floats, kind: Floats) -> Floats:
    """Combines components of authority.

    Args:
        parts: shape (4, R).
        weights: summing to 1, shape (4, 1 or R).
        floor: least that a part counts in the geometric mean, shape (1 or R,).
        kind: 0 weighted geometric mean, 1 weighted arithmetic mean, 2 minimum, shape (1 or R,).

    Returns:
        Shape (R,).
    """
    geometric: Floats = np.exp(weighted(weights, np.log(np.maximum(parts, floor))))
    if not kind.any():
        return geometric
    arithmetic = weighted(weights, parts)
    out: Floats = np.where(kind == 0.0, geometric, np.where(kind == 1.0, arithmetic, parts.min(axis=0)))
    return out
