"""The alliance rules: small functions, each giving one term of a lever's utility, from -1 to 1.

A rule sees the state before anyone has decided. It is called once for each (actor, target) it applies to, or once for
each actor if it is `untargeted`, with the names that `rules.yaml` tells it. A rule that is `tied` is one of the ties:
it says which, once. A theatre may bring functions of its own, in a file `rules.py` beside its `rules.yaml`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import numpy as np

from influence_sim.base.errors import InputError, Problem
from influence_sim.model import engagement, forums
from influence_sim.model.compiled import compiled
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State
from influence_sim.model.world import World

Told = Mapping[str, str]
Rule = Callable[[State, str, str, Told], Floats]

Finder = Callable[[World, str, str, Told], tuple[str, str]]

_KIND = "_influence_rule_kind"
"""The mark of a rule function: its kind."""


class Kind(Enum):
    """How a rule's term comes about: for each target, once an actor, or as a tie that is looked up for each target."""

    TARGETED = auto()
    UNTARGETED = auto()
    TIED = auto()


@dataclass(frozen=True, slots=True)
class RuleFunction:
    """A function that computes the term of a rule or, if it is tied, says which tie is the term."""

    call: Any
    kind: Kind


def rule(function: Rule) -> Rule:
    """Marks a function as a rule, known by its name."""
    setattr(function, _KIND, Kind.TARGETED)
    return function


def untargeted(function: Rule) -> Rule:
    """Marks a function as a rule whose term is the same whatever the target."""
    setattr(function, _KIND, Kind.UNTARGETED)
    return function


def tied(function: Finder) -> Finder:
    """Marks a function as a rule whose term is a tie: it returns who feels it, and towards whom."""
    setattr(function, _KIND, Kind.TIED)
    return function


@lru_cache(maxsize=16)
def rules_of(code: str = "") -> Mapping[str, RuleFunction]:
    """The rules that a theatre can name: those of this module, and of its own code, which go first.

    Args:
        code: what `rules.py` of the theatre says.

    Raises:
        InputError: the code cannot be run.
    """
    own: dict[str, Any] = {"__name__": "rules"}
    try:
        exec(compile(code, "rules.py", "exec"), own)  # whoever writes a theatre may run code, as in any module
    except Exception as error:
        line = getattr(error, "lineno", None) or traceback.extract_tb(error.__traceback__)[-1].lineno
        rule = f"cannot be run ({type(error).__name__}: {error})"
        raise InputError(Problem("rules.py", line, None, "", rule)) from error
    return _marked(globals()) | _marked(own)


def _marked(names: Mapping[str, Any]) -> dict[str, RuleFunction]:
    found = {name: getattr(value, _KIND, None) for name, value in names.items() if callable(value)}
    return {name: RuleFunction(names[name], kind) for name, kind in found.items() if kind is not None}


@rule
def shared_enemy(s: State, me: str, other: str, told: Told) -> Floats:
    """My enmity to a third party, times how hard the other fights it, times how near it is to me (C24, C25)."""
    fought = s.policy(other, "fight", told["enemy"])
    return _times_enmity(s.tie_of(me, told["enemy"]), fought, s[told["threat"]])


@rule
def enemy_of_rival(s: State, me: str, other: str, told: Told) -> Floats:
    """My enmity to a rival, times the other's, times how present the rival is (C16, C38)."""
    theirs = np.maximum(-s.tie_of(other, told["rival"]), 0.0)
    return _times_enmity(s.tie_of(me, told["rival"]), theirs, s[told["presence"]])


@compiled
def _times_enmity(tie: Floats, one: Floats, other: Floats) -> Floats:
    """How far below 0 a tie is, times two other numbers, (R,)."""
    out = np.empty_like(tie)
    for r in range(len(out)):
        out[r] = max(-tie[r], 0.0) * one[r] * other[r]
    return out


@tied
def tie(world: World, me: str, other: str, told: Told) -> tuple[str, str]:
    """My tie to the target, or to the convenor of the forum that is the target."""
    return me, world.convenors.get(other, other)


@untargeted
def precedent(s: State, me: str, other: str, told: Told) -> Floats:
    """My aversion, times the share of outsiders already known to engage, old talks included (C52 to C54)."""
    if me not in engagement.wiring(s.world).names:
        return np.zeros(s.width)
    known = engagement.weigh(s, s.line, without=me)
    known += s.p["precedent.past_talks"]
    np.minimum(known, 1.0, out=known)
    known *= s.p.ref(s.world.actor(me).aversion)
    return known


@untargeted
def exclusion(s: State, me: str, other: str, told: Told) -> Floats:
    """How alive the liveliest format without me is (C10, C13)."""
    return forums.exclusion(s, me)


@untargeted
def pressure(s: State, me: str, other: str, told: Told) -> Floats:
    """Pressure for talks: what the world exerts, and what others press on me (C55)."""
    rows = s.world.pressing(me)
    outside = s.condition("pressure_for_talks")
    if not len(rows):
        return outside
    own = np.add.reduce(s.x.take(rows, axis=0)) / len(rows)
    out: Floats = outside + (1.0 - outside) * s.p["pressure.others"] * own
    return out


@untargeted
def lull(s: State, me: str, other: str, told: Told) -> Floats:
    """Absence of my own operations against an enemy (C55)."""
    return 1.0 - s.policy(me, "fight", told["enemy"])


@untargeted
def moderates_only(s: State, me: str, other: str, told: Told) -> Floats:
    """How far the moderates outweigh the hard line, from -1 to 1 (C42, C43)."""
    return 2.0 * s.moderates - 1.0


@rule
def joint_action(s: State, me: str, other: str, told: Told) -> Floats:
    """A befriended partner's own support of the target, times the success had together elsewhere (C27, C28)."""
    partner = told[me]
    friendly = np.maximum(s.tie_of(me, partner), 0.0)
    return s.p["decide.joint_success"] * friendly * s.policy(partner, "support", other)


@rule
def standing_with_patron(s: State, me: str, other: str, told: Told) -> Floats:
    """The patron's tie to the target, times what is still to be won of the patron's tie to me (C20)."""
    patron = told["patron"]
    return np.maximum(s.tie_of(patron, other), 0.0) * 0.5 * (1.0 - s.tie_of(patron, me))
