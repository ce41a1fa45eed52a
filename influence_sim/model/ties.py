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
from influence_sim.model.compiled import at, compiled, largest_row
from influence_sim.model.parameters import Floats, Parameters
from influence_sim.model.state import State
from influence_sim.model.world import Rows, World

Finder = Callable[[World, str, str], Sequence[int]]
"""For a tie from i towards j, the rows that do the deed; only rows of zeros if none does."""

CONTACT, AID, FORUM, FIGHTING, AID_TO_ENEMY = range(5)
"""The kinds of deed that move a tie: the first three warm it, the others cool it."""

RATES = ("ties.contact", "ties.aid", "ties.forum", "ties.fighting", "ties.aid_to_enemy", "ties.reversion")
"""How strongly each kind of deed moves a tie, and how strongly it reverts."""


@dataclass(frozen=True)
class Wiring:
    """Who touches which tie, deed by deed, and the paths of balance.

    Attributes:
        first: where the deeds that touch each tie begin, and at the end their number, (D + 1,).
        kind: the kind of each deed, (n,); deeds on one tie come in the order of the kinds.
        rows: rows of the source of each deed, of which the strongest counts, (n, k): contacts, seats or levers by
            kind; where there are fewer, the last comes again.
        given: for aid to an enemy the row of the lever that gives it (`rows` are then the fighting), (n,).
        paths: of balance, rows of (tie, first leg, second leg), and the number of the go-between, (m, 4).
    """

    first: Rows
    kind: Rows
    rows: Rows
    given: Rows
    paths: Rows


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Finds who touches which tie."""
    found = list(_deeds(world))
    ties = [tie for tie, _, _ in found]
    return Wiring(
        first=np.searchsorted(ties, np.arange(len(world.ties) + 1)),
        kind=np.array([kind for _, kind, _ in found], dtype=np.intp),
        rows=_even([rows for _, _, rows in found]),
        given=world.lever_rows(
            [(world.ties[tie][1], "support", _common_enemy(world, *world.ties[tie])) for tie in ties]
        ),
        paths=np.array(list(_paths(world)), dtype=np.intp).reshape(-1, 4),
    )


def _deeds(world: World) -> Iterator[tuple[int, int, list[int]]]:
    """Every (tie, kind of deed, rows of those who can do it), tie by tie."""
    engagers, levers = engagement.wiring(world).row, len(world.levers)
    kinds: tuple[tuple[int, Finder, int], ...] = (
        (
            CONTACT,
            lambda _, i, j: [engagers[i if j == "taliban" else j,]] if "taliban" in (i, j) else [],
            len(engagers),
        ),
        (AID, lambda w, i, j: [w.lever(j, "support", i)], levers),
        (FORUM, _seats, len(world.attends)),
        (FIGHTING, lambda w, i, j: [w.lever(i, "fight", j), w.lever(j, "fight", i)], levers),
        (AID_TO_ENEMY, _fought, levers),
    )
    for tie, dyad in enumerate(world.ties):
        for kind, find, none in kinds:
            rows = [row for row in find(world, *dyad) if row < none]
            if rows:
                yield tie, kind, rows


def _even(found: Sequence[Sequence[int]]) -> Rows:
    """Lists of rows as one array, the last row of each repeated."""
    most = max(map(len, found), default=1)
    return np.array([[*rows, *[rows[-1]] * (most - len(rows))] for rows in found], dtype=np.intp).reshape(-1, most)


def priors(world: World, p: Parameters) -> Floats:
    """What each tie reverts to, (D, 1 or R)."""
    return p.once("ties", lambda: p.stack([tie for actor in world.actors for tie in actor.ties.values()]))


def _seats(world: World, i: str, j: str) -> list[int]:
    """A seat ties guest and convenor, both ways."""
    return [world.seat(guest, f.name) for guest, host in ((i, j), (j, i)) for f in world.forums if f.convenor == host]


def _fought(world: World, i: str, j: str) -> list[int]:
    """The fighting between i and an enemy of its that j can support."""
    enemy = _common_enemy(world, i, j)
    return [world.lever(i, "fight", enemy), world.lever(enemy, "fight", i)]


def _common_enemy(world: World, i: str, j: str) -> str:
    """The first actor that j can support and i can fight or be fought by, or ""."""
    for enemy in world.names:
        aids = (j, "support", enemy) in world.lever_row
        if aids and ((i, "fight", enemy) in world.lever_row or (enemy, "fight", i) in world.lever_row):
            return enemy
    return ""


def _paths(world: World) -> Iterator[tuple[int, int, int, int]]:
    """Every (tie, first leg, second leg, number of the go-between) of known ties."""
    known = set(world.ties)
    for row, (i, j) in enumerate(world.ties):
        for number, k in enumerate(world.names):
            if (i, k) in known and (k, j) in known:
                yield row, world.tie(i, k), world.tie(k, j), number


def advance(s: State) -> None:
    """Moves every tie by a month."""
    wires, p = wiring(s.world), s.p
    balance = np.zeros((0, s.width))
    if not p.off("balance.strength"):
        balance = p["balance.strength"] * p["ties.balance"] * (balanced(s) - s.tie[:-1])
    rates = p.table(RATES, s.width)
    deeds = wires.first, wires.kind, wires.rows, wires.given
    _move(s.tie, rates, priors(s.world, p), balance, *deeds, s.contact, s.x, s.seat)


@compiled
def _move(
    tie: Floats,
    rates: Floats,
    prior: Floats,
    balance: Floats,
    first: Rows,
    kind: Rows,
    rows: Rows,
    given: Rows,
    contact: Floats,
    x: Floats,
    seat: Floats,
) -> None:
    old, most, back = np.empty(tie.shape[1]), np.empty(tie.shape[1]), rates[-1]
    for d in range(len(prior)):
        now, home = tie[d], prior[d]
        for r in range(len(now)):
            old[r] = now[r]
            now[r] += back[r] * (at(home, r) - now[r])
        for e in range(first[d], first[d + 1]):
            source = contact if kind[e] == CONTACT else seat if kind[e] == FORUM else x
            done = source[rows[e, 0]]
            if rows[e, 0] != rows[e, -1]:
                largest_row(most, source, rows[e])
                done = most
            _touch(now, old, kind[e], rates[kind[e]], done, x[given[e]])
        if len(balance):
            for r in range(len(now)):
                now[r] += balance[d, r]
        for r in range(len(now)):
            now[r] = min(max(now[r], -1.0), 1.0)


@compiled
def _touch(now: Floats, old: Floats, kind: int, rate: Floats, done: Floats, aid: Floats) -> None:
    """Lets one deed move a tie, the less the nearer it is to its end already."""
    if kind == AID_TO_ENEMY:
        for r in range(len(now)):
            now[r] -= rate[r] * aid[r] * done[r] * (1.0 + old[r])
    elif kind == FIGHTING:
        for r in range(len(now)):
            now[r] -= rate[r] * done[r] * (1.0 + old[r])
    else:
        for r in range(len(now)):
            now[r] += rate[r] * done[r] * (1.0 - old[r])


def balanced(s: State) -> Floats:
    """Capability-weighted mean over go-betweens k of a_ik times a_kj; a tie without one stays. Shape (D, R)."""

    def of_all() -> Floats:
        return s.p.stack([s.world.actor(name).capability["diplomatic"] for name in s.world.names])

    out = np.zeros_like(s.tie[:-1])
    _balance(out, s.tie, wiring(s.world).paths, s.p.once("go-betweens", of_all))
    return out


@compiled
def _balance(out: Floats, tie: Floats, paths: Rows, capability: Floats) -> None:
    weight = np.zeros(out.shape)
    for n in range(len(paths)):
        d, first, second, k = paths[n]
        total, heavy, one, other, by = out[d], weight[d], tie[first], tie[second], capability[k]
        for r in range(len(total)):
            total[r] += at(by, r) * one[r] * other[r]
            heavy[r] += at(by, r)
    for d in range(len(out)):
        for r in range(out.shape[1]):
            out[d, r] = out[d, r] / max(weight[d, r], 1e-12) if weight[d, r] > 0.0 else tie[d, r]
