"""Ties between actors: directed, from -1 to 1, pulled back to where they come from.

Claims: C05, C09 (contact warms), C25, C35 (help warms, help for my enemy cools), C46 (forums warm). Balance follows
Heider as put by Antal, Krapivsky & Redner (2005), and is off by default (Marvel et al. 2011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import engagement
from influence_sim.model.parameters import Floats, Parameters
from influence_sim.model.state import State
from influence_sim.model.world import Rows, World

Finder = Callable[[World, str, str], Sequence[int]]
"""For a tie from i towards j, the rows that do the deed; only rows of zeros if none does."""


@dataclass(frozen=True)
class Influence:
    """Which dyads one kind of deed touches, and the rows of its source that do it: one array for each alternative."""

    dyads: Rows
    deeds: tuple[Rows, ...]

    def of(self, source: Floats) -> Floats:
        """The strongest of the alternatives, dyad by dyad, (n, R)."""
        done: Floats = source.take(self.deeds[0], axis=0)
        for deed in self.deeds[1:]:
            np.maximum(done, source.take(deed, axis=0), out=done)
        return done


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
    levers, seats = len(world.levers), len(world.attends)
    # whom j supports and i fights: the same dyads twice, once for the aid, once for the fighting
    hurt = [(row, _common_enemy(world, *dyad)) for row, dyad in enumerate(world.ties)]
    hurting = [(row, enemy) for row, enemy in hurt if enemy]
    dyads = np.array([row for row, _ in hurting], dtype=np.intp)
    pairs = [(*world.ties[row], enemy) for row, enemy in hurting]
    return Wiring(
        contact=_contacts(world),
        aid=_influence(world, lambda w, i, j: [w.lever(j, "support", i)], levers),
        forum=_influence(world, _seats, seats),
        fighting=_influence(world, lambda w, i, j: [w.lever(i, "fight", j), w.lever(j, "fight", i)], levers),
        aid_to_enemy=Influence(dyads, (world.lever_rows([(j, "support", enemy) for _, j, enemy in pairs]),)),
        enemy_fought=Influence(
            dyads,
            (
                world.lever_rows([(i, "fight", enemy) for i, _, enemy in pairs]),
                world.lever_rows([(enemy, "fight", i) for i, _, enemy in pairs]),
            ),
        ),
        paths=tuple(_paths(world)),
    )


def priors(world: World, p: Parameters) -> Floats:
    """What each tie reverts to, (D, 1 or R)."""
    return p.once("ties", lambda: p.stack([tie for actor in world.actors for tie in actor.ties.values()]))


def _influence(world: World, find: Finder, none: int) -> Influence:
    """The dyads for which `find` names a row other than that of the zeros, padded with it to equal length."""
    found = {row: [deed for deed in find(world, *dyad) if deed < none] for row, dyad in enumerate(world.ties)}
    kept = {row: deeds for row, deeds in found.items() if deeds}
    rounds = range(max(map(len, kept.values()), default=1))
    deeds = [[row[k] if k < len(row) else none for row in kept.values()] for k in rounds]
    return Influence(np.array(list(kept), dtype=np.intp), tuple(np.array(row, dtype=np.intp) for row in deeds))


def _contacts(world: World) -> Influence:
    """Between the Taliban and whoever engages them, both ways; rows are those of the engagers."""
    engagers = engagement.wiring(world).row
    return _influence(
        world, lambda _, i, j: [engagers[i if j == "taliban" else j,]] if "taliban" in (i, j) else [], len(engagers)
    )


def _seats(world: World, i: str, j: str) -> list[int]:
    """A seat ties guest and convenor, both ways."""
    return [world.seat(guest, f.name) for guest, host in ((i, j), (j, i)) for f in world.forums if f.convenor == host]


def _common_enemy(world: World, i: str, j: str) -> str:
    """The first actor that j can support and i can fight or be fought by, or ""."""
    for enemy in world.names:
        aids = (j, "support", enemy) in world.lever_row
        if aids and ((i, "fight", enemy) in world.lever_row or (enemy, "fight", i) in world.lever_row):
            return enemy
    return ""


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
    new = old + p["ties.reversion"] * (priors(s.world, p) - old)
    warming = (
        (wires.contact, p["ties.contact"], s.contact),
        (wires.aid, p["ties.aid"], x),
        (wires.forum, p["ties.forum"], seat),
    )
    for deed, rate, source in warming:
        new[deed.dyads] += rate * deed.of(source) * (1.0 - old.take(deed.dyads, axis=0))
    fought = p["ties.fighting"] * wires.fighting.of(x)
    new[wires.fighting.dyads] -= fought * (1.0 + old.take(wires.fighting.dyads, axis=0))
    foe = wires.enemy_fought
    hurt = p["ties.aid_to_enemy"] * wires.aid_to_enemy.of(x) * foe.of(x)
    new[foe.dyads] -= hurt * (1.0 + old.take(foe.dyads, axis=0))
    if not p.off("balance.strength"):
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
