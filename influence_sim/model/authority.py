"""Kabul's authority: territory, recognition, revenue and cohesion; and the violence that a weak state suffers.

Claims: C35 (what erodes it), C36 (what its weakness brings), C38 (aid), C42 (inclusion spares it).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from influence_sim.model import capability, engagement
from influence_sim.model.compiled import compiled
from influence_sim.model.parameters import Floats, normalised, weighted
from influence_sim.model.state import State, clipped
from influence_sim.model.world import MEDIATORS, Rows, World

PARTS = ("territory", "recognition", "revenue", "cohesion")


def fragmentation(s: State) -> Floats:
    """How far authority has fallen below the threshold, from 0 to 1, times its strength, (R,)."""
    threshold = s.p["authority.threshold"]
    out: Floats = s.p["authority.fragmentation"] * np.maximum(threshold - s["kabul_authority"], 0.0) / threshold
    return out


def advance(s: State) -> None:
    """Moves cohesion towards its causes."""
    p = s.p
    paid = p["authority.cohesion_revenue"]
    target = (paid * s["kabul_revenue"] + (1.0 - paid) * (1.0 - s["violence"])) * (1.0 - fragmentation(s))
    target = target - p["authority.sidelined"] * sidelined(s)
    old = s["kabul_cohesion"]
    s["kabul_cohesion"] = clipped(old + p["authority.cohesion_rate"] * (target - old))


def sidelined(s: State) -> Floats:
    """How far others talk to the Taliban at a table without Kabul, (R,)."""
    out = np.zeros(s.width)
    _sidelined(out, s.seat, *_tables(s.world))
    return out


@compiled
def _sidelined(out: Floats, seat: Floats, taliban: Rows, kabul: Rows) -> None:
    for n in range(len(taliban)):
        theirs, ours = seat[taliban[n]], seat[kabul[n]]
        for r in range(len(out)):
            out[r] = max(out[r], theirs[r] - min(theirs[r], ours[r]))


@lru_cache(maxsize=64)
def _tables(world: World) -> tuple[Rows, Rows]:
    """Positions of the Taliban's and of Kabul's seats at every forum but Kabul's own."""
    others = [forum.name for forum in world.forums if forum.convenor != "kabul"]
    taliban, kabul = ([world.seat(who, name) for name in others] for who in ("taliban", "kabul"))
    return np.array(taliban, dtype=np.intp), np.array(kabul, dtype=np.intp)


def measure_violence(s: State) -> None:
    """Writes violence: civil war, foreign strikes, Daesh and fragmentation, calmed by progress to a settlement."""
    p = s.p
    names = ("violence.civil", "violence.air", "violence.daesh", "violence.fragmentation")
    weights = p.once("violence weights", lambda: normalised(p.stack(names)))
    local = p["violence.contested"]
    civil = 0.5 * (s.policy("kabul", "fight", "taliban") + s.policy("taliban", "fight", "kabul"))
    air = s.policy("us", "fight", "taliban") * capability.troops(s)
    rivals = 0.5 * (s["taliban_daesh_fighting"] + s.policy("daesh", "fight", "kabul")) * s.daesh_strength
    total = (
        weights[0] * civil * (1.0 - local + local * s["contested"])
        + weights[1] * air
        + weights[2] * rivals
        + weights[3] * fragmentation(s)
    )
    s["violence"] = total * (1.0 - p["settlement.calm"] * s["settlement"])


def measure(s: State) -> None:
    """Writes recognition and authority."""
    p = s.p
    s["kabul_recognition"] = 1.0 - p["authority.erosion"] * _eroding(s)
    parts = s.z.take(_rows(s.world), axis=0)
    weights = p.once("authority weights", lambda: normalised(p.stack([f"authority.{part}" for part in PARTS])))
    s["kabul_authority"] = mean_of(parts, weights, p["authority.floor"], p["authority.mean"])


@lru_cache(maxsize=64)
def _rows(world: World) -> Rows:
    """Rows of the components among the outcomes."""
    return np.array([world.outcomes[f"kabul_{part}"] for part in PARTS], dtype=np.intp)


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
