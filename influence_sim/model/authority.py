"""Kabul's authority: territory, recognition, revenue and cohesion; and the violence that a weak state suffers.

Claims: C35 (what erodes it), C36 (what its weakness brings), C38 (aid), C42 (inclusion spares it).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from influence_sim.model import capability, engagement
from influence_sim.model.compiled import compiled, elementwise, unit
from influence_sim.model.parameters import Floats, normalised, weighted
from influence_sim.model.state import State
from influence_sim.model.world import MEDIATORS, Rows, World

PARTS = ("territory", "recognition", "revenue", "cohesion")


def fragmentation(s: State) -> Floats:
    """How far authority has fallen below the threshold, from 0 to 1, times its strength, (R,)."""
    return _fragmentation(s["kabul_authority"], s.p["authority.threshold"], s.p["authority.fragmentation"])


@elementwise
def _fragmentation(authority: float, threshold: float, strength: float) -> float:
    return strength * max(threshold - authority, 0.0) / threshold


def advance(s: State) -> None:
    """Moves cohesion towards its causes."""
    p = s.p
    s["kabul_cohesion"] = _cohesion(
        s["kabul_cohesion"],
        s["kabul_revenue"],
        s["violence"],
        fragmentation(s),
        sidelined(s),
        p["authority.cohesion_revenue"],
        p["authority.sidelined"],
        p["authority.cohesion_rate"],
    )


@elementwise
def _cohesion(
    old: float,
    revenue: float,
    violence: float,
    fragments: float,
    passed_over: float,
    paid: float,
    by_sidelining: float,
    rate: float,
) -> float:
    """Revenue and calm hold a government together; fragments and being passed over do not."""
    target = (paid * revenue + (1.0 - paid) * (1.0 - violence)) * (1.0 - fragments) - by_sidelining * passed_over
    return unit(old + rate * (target - old))


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
    s["violence"] = _violence(
        s.policy("kabul", "fight", "taliban"),
        s.policy("taliban", "fight", "kabul"),
        s.policy("us", "fight", "taliban"),
        capability.troops(s),
        s.policy("daesh", "fight", "kabul"),
        s["taliban_daesh_fighting"],
        s.daesh_strength,
        s["contested"],
        fragmentation(s),
        s["settlement"],
        *weights,
        p["violence.contested"],
        p["settlement.calm"],
    )


@elementwise
def _violence(
    of_kabul: float,
    of_taliban: float,
    of_us: float,
    force: float,
    of_daesh: float,
    on_daesh: float,
    daesh: float,
    contested: float,
    fragments: float,
    settlement: float,
    by_civil: float,
    by_air: float,
    by_daesh: float,
    by_fragments: float,
    local: float,
    calm: float,
) -> float:
    """The first ten are who fights whom, where and over what, the others what that counts for."""
    civil = 0.5 * (of_kabul + of_taliban) * (1.0 - local + local * contested)
    rivals = 0.5 * (on_daesh + of_daesh) * daesh
    total = by_civil * civil + by_air * (of_us * force) + by_daesh * rivals + by_fragments * fragments
    return total * (1.0 - calm * settlement)


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
