"""Ties between actors: directed, from -1 to 1, pulled back to where they come from.

Claims: C05, C09 (contact warms), C25, C35 (help warms, help for my enemy cools), C46 (forums warm). Balance follows
Heider as put by Antal, Krapivsky & Redner (2005), and is off by default (Marvel et al. 2011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import engagement
from influence_sim.model.parameters import Floats, is_zero
from influence_sim.model.state import State
from influence_sim.model.world import Rows, World

Finder = Callable[[World, str, str], tuple[int, int]]
"""For a tie from i towards j, the two levers that do the deed."""


@dataclass(frozen=True)
class Influence:
    """Which dyads one kind of deed touches, and the rows of its source that do it."""

    dyads: Rows
    first: Rows
    second: Rows

    def of(self, source: Floats) -> Floats:
        """The stronger of both deeds, dyad by dyad, (n, R)."""
        done: Floats = source[self.first]
        return done if np.array_equal(self.first, self.second) else np.maximum(done, source[self.second])


@dataclass(frozen=True)
class Wiring:
    """The five kinds of deed, and the paths of balance."""

    contact: Influence
    aid: Influence
    forum: Influence
    fighting: Influence
    aid_to_enemy: Influence
    enemy_fought: Influence
    paths: tuple[tuple[int, int, int, str], ...]


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds who touches which tie."""
    return Wiring(
        contact=_contacts(world),
        aid=_influence(world, lambda w, i, j: _twice(w.lever(j, "support", i))),
        forum=_forum_influence(world),
        fighting=_influence(world, lambda w, i, j: (w.lever(i, "fight", j), w.lever(j, "fight", i))),
        aid_to_enemy=_influence(world, lambda w, i, j: _twice(_enemy(w, i, j)[0])),
        enemy_fought=_influence(world, lambda w, i, j: _enemy(w, i, j)[1:]),
        paths=tuple(_paths(world)),
    )


def _twice(row: int) -> tuple[int, int]:
    return row, row


def _contacts(world: World) -> Influence:
    """Between the Taliban and whoever engages them, both ways."""
    engagers = engagement.wiring(world).row
    pairs = [(row, i if j == "taliban" else j) for row, (i, j) in enumerate(world.ties) if "taliban" in (i, j)]
    kept = np.array([(row, engagers[name,]) for row, name in pairs if (name,) in engagers], dtype=np.intp).reshape(
        -1, 2
    )
    return Influence(kept[:, 0], kept[:, 1], kept[:, 1])


def _enemy(world: World, i: str, j: str) -> tuple[int, int, int]:
    """The lever by which j supports whom i fights, and the two by which i and that enemy fight."""
    none = len(world.levers)
    for enemy in world.names:
        aid = world.lever(j, "support", enemy)
        mine, theirs = world.lever(i, "fight", enemy), world.lever(enemy, "fight", i)
        if aid < none and min(mine, theirs) < none:
            return aid, mine, theirs
    return none, none, none


def _influence(world: World, find: Finder) -> Influence:
    none = len(world.levers)
    found = [(row, *find(world, *dyad)) for row, dyad in enumerate(world.ties)]
    kept = np.array([item for item in found if min(item[1:]) < none], dtype=np.intp).reshape(-1, 3)
    return Influence(kept[:, 0], kept[:, 1], kept[:, 2])


def _forum_influence(world: World) -> Influence:
    """A seat ties guest and convenor, both ways; with several forums, the first two that join them."""
    none = len(world.attends)
    found = []
    for row, dyad in enumerate(world.ties):
        seats = [world.seat(a, f.name) for a, b in (dyad, dyad[::-1]) for f in world.forums if f.convenor == b]
        seats = [*(seat for seat in seats if seat < none), none, none]
        found.append((row, *seats[:2]))
    kept = np.array([item for item in found if item[1] < none], dtype=np.intp).reshape(-1, 3)
    return Influence(kept[:, 0], kept[:, 1], kept[:, 2])


def _paths(world: World) -> Iterator[tuple[int, int, int, str]]:
    """Every (tie, first leg, second leg, go-between) of known ties."""
    known = set(world.ties)
    for row, (i, j) in enumerate(world.ties):
        for k in world.names:
            if (i, k) in known and (k, j) in known:
                yield row, world.tie(i, k), world.tie(k, j), k


def advance(s: State) -> None:
    """Moves every tie by a month."""
    wires, p = wiring(s.world), s.p
    old, seat, x = s.tie[:-1], s.seat, s.x
    new = old + p["ties.reversion"] * (s.tie_prior - old)
    warming = (
        (wires.contact, p["ties.contact"], s.contact),
        (wires.aid, p["ties.aid"], x),
        (wires.forum, p["ties.forum"], seat),
    )
    for deed, rate, source in warming:
        new[deed.dyads] += rate * deed.of(source) * (1.0 - old[deed.dyads])
    fought = p["ties.fighting"] * wires.fighting.of(x)
    new[wires.fighting.dyads] -= fought * (1.0 + old[wires.fighting.dyads])
    foe = wires.enemy_fought
    hurt = p["ties.aid_to_enemy"] * wires.aid_to_enemy.of(x) * foe.of(x)
    new[foe.dyads] -= hurt * (1.0 + old[foe.dyads])
    if not is_zero(p["balance.strength"]):
        new += p["balance.strength"] * p["ties.balance"] * (_balance(s) - old)
    np.minimum(np.maximum(new, -1.0, out=new), 1.0, out=s.tie[:-1])


def _balance(s: State) -> Floats:
    """Capability-weighted mean over go-betweens k of a_ik times a_kj; a tie without one stays. Shape (D, R)."""
    wires = wiring(s.world)
    total, weight = np.zeros_like(s.tie[:-1]), np.zeros_like(s.tie[:-1])
    for row, first, second, between in wires.paths:
        capability = s.p.ref(s.world.arm.theatre.actor(between).capability["diplomatic"])
        total[row] += capability * s.tie[first] * s.tie[second]
        weight[row] += capability
    out: Floats = np.where(weight > 0.0, total / np.maximum(weight, 1e-12), s.tie[:-1])
    return out
