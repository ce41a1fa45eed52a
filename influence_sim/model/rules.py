"""7.2 Alliance rules: small functions, each giving one term of a lever's utility, from -1 to 1.

A rule is a function `(s, p, w, me, other, …)` of the state before anyone has decided, the parameters and the wiring; of
the actor who decides and of the target of its lever (of a forum: its convenor), both as numbers; and of what the entry
in `rules.yaml` says under `with`, by the same names: numbers of actors, or places of outcomes. It is called once for
each target, or once an actor if it is `untargeted`. A theatre may bring functions of its own, in a file `rules.py`
beside its `rules.yaml`; they are compiled like these.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from influence_sim.model.arithmetic import LEAST
from influence_sim.model.compiling import equation
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.forums import exclusion as excluded
from influence_sim.model.lanes import call_at, peek
from influence_sim.model.records import Parameters, State, Wiring

Own: TypeAlias = Any
"""The terms of a theatre's own rules: addresses of machine code, (rules,); as plain Python a tuple of functions."""

MARK = "_influence_rule"
_ALWAYS = 5
"""Arguments that every rule has: state, parameters, wiring, who decides, and on whom."""
_MOST = 3
"""Arguments of its own that a rule can have."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A function that computes the term of a rule.

    Attributes:
        function: compiled when it is first called.
        targeted: whether it looks at the target of a lever.
        arguments: names of those that only this rule has, in their order.
        number: by which `term` knows it.
    """

    function: Any
    targeted: bool
    arguments: tuple[str, ...]
    number: int = -1


def rule(function: Callable[..., float]) -> Any:
    """Marks a function as a rule, known by its name."""
    return _marked(function, targeted=True)


def untargeted(function: Callable[..., float]) -> Any:
    """Marks a function as a rule whose term is the same whatever the target."""
    return _marked(function, targeted=False)


def _marked(function: Callable[..., float], *, targeted: bool) -> Any:
    names = tuple(inspect.signature(function).parameters)
    arguments = names[_ALWAYS:]
    if len(names) < _ALWAYS or len(arguments) > _MOST:
        raise TypeError(
            f"{function.__name__} takes {len(names)} arguments: a rule takes (s, p, w, me, other) and up to 3"
        )
    found: Any = equation(function)
    setattr(found, MARK, Rule(found, targeted, arguments))
    return found


@equation
def outcome(s: State, place: int) -> float:
    """An outcome as it was last month, by its place, which is an argument of a rule."""
    return peek(s, place)


@rule
def shared_enemy(s: State, p: Parameters, w: Wiring, me: int, other: int, enemy: int) -> float:
    """My enmity to a third party, times how hard the other fights it (C24, C25)."""
    return enmity(s, w, me, enemy) * s.x[w.fight[other, enemy]]


@rule
def enemy_of_rival(s: State, p: Parameters, w: Wiring, me: int, other: int, rival: int) -> float:
    """My enmity to a rival, times the other's (C16, C38)."""
    return enmity(s, w, me, rival) * enmity(s, w, other, rival)


@rule
def tie(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """My tie to the target, or to the convenor of the forum that is the target."""
    return s.tie[w.tie[me, other]]


@untargeted
def precedent(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """What others do in the open spares me its cost, by the square of their share, and draws me along (C52 to C54).

    Others count by their weight, and by how near they stand to me (Finnemore & Sikkink 1998).
    """
    if not w.engages[me]:
        return 0.0
    known, weight = 0.0, 0.0
    for j in range(w.n_actors):
        if j != me and w.engages[j]:
            near = p.outsider[j] * (1.0 + s.tie[w.tie[me, j]])
            known += near * s.line[j]
            weight += near
    known = min(known / max(weight, LEAST) + p.precedent_past_talks, 1.0)
    return p.charge[w.engage_publicly[me]] * (known * known) + p.precedent_pull * known


@untargeted
def exclusion(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """How alive the liveliest open table without me is (C10, C13)."""
    return excluded(s, w, me)


@untargeted
def balancing(s: State, p: Parameters, w: Wiring, me: int, other: int, rival: int) -> float:
    """My enmity to a rival, times its lead over me as a mediator (C39, C57; Walt 1987)."""
    lead = 0.0
    for k in range(MEDIATORS):
        if w.mediator[k] == rival:
            lead = s.lead[k]
    return enmity(s, w, me, rival) * max(lead, 0.0)


@rule
def bandwagoning(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """How far the convenor leads as a mediator (C40, C47; Walt 1987)."""
    lead = 0.0
    for k in range(MEDIATORS):
        if w.mediator[k] == other:
            lead = s.lead[k]
    return lead


@untargeted
def pressure(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """Pressure for talks: what the world exerts, and what others press on me (C55)."""
    pressing, count = 0.0, 0
    for j in range(w.n_actors):
        if w.press[j, me] < w.n_levers:
            pressing += s.x[w.press[j, me]]
            count += 1
    return s.pressure + (1.0 - s.pressure) * pressing / max(count, 1)


@untargeted
def lull(s: State, p: Parameters, w: Wiring, me: int, other: int, enemy: int) -> float:
    """Absence of my own operations against an enemy (C55)."""
    return 1.0 - s.x[w.fight[me, enemy]]


@untargeted
def moderates_only(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """How far the moderates outweigh the hard line, from -1/2 to 1/2 (C42, C43)."""
    return s.moderates - 0.5


@rule
def joint_action(s: State, p: Parameters, w: Wiring, me: int, other: int, partner: int) -> float:
    """A befriended partner's own support of the target (C27, C28)."""
    return max(s.tie[w.tie[me, partner]], 0.0) * s.x[w.support[partner, other]]


@rule
def standing_with_patron(s: State, p: Parameters, w: Wiring, me: int, other: int, patron: int) -> float:
    """The patron's tie to the target, times what is still to be won of the patron's tie to me (C20)."""
    return max(s.tie[w.tie[patron, other]], 0.0) * 0.5 * (1.0 - s.tie[w.tie[patron, me]])


@rule
def obligation(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """Help that I have from enemies of the target, by what it is worth to me (C07, C25; Gouldner 1960)."""
    owed = 0.0
    for j in range(w.n_actors):
        owed += p.sponsor[j] * s.x[w.support[j, me]] * enmity(s, w, j, other)
    return owed


@rule
def reward(s: State, p: Parameters, w: Wiring, me: int, other: int) -> float:
    """A ban of the crop that the target delivers (C29, C34; Gouldner 1960)."""
    return s.x[w.eradicate[other]]


@equation
def enmity(s: State, w: Wiring, i: int, j: int) -> float:
    """How much i is an enemy of j's: its tie, if that is below 0."""
    return max(-s.tie[w.tie[i, j]], 0.0)


@equation
def term(s: State, p: Parameters, w: Wiring, own: Own, n: int) -> float:
    """Term n: which rule it is, who decides, on whom, and the arguments of the rule stand in the wiring."""
    number, me, other, one = w.rule[n], w.decider[n], w.other[n], w.argument[n, 0]
    if number == SHARED_ENEMY:
        return shared_enemy(s, p, w, me, other, one)
    if number == ENEMY_OF_RIVAL:
        return enemy_of_rival(s, p, w, me, other, one)
    if number == TIE:
        return tie(s, p, w, me, other)
    if number == PRECEDENT:
        return precedent(s, p, w, me, other)
    if number == EXCLUSION:
        return exclusion(s, p, w, me, other)
    if number == BALANCING:
        return balancing(s, p, w, me, other, one)
    if number == BANDWAGONING:
        return bandwagoning(s, p, w, me, other)
    if number == PRESSURE:
        return pressure(s, p, w, me, other)
    if number == LULL:
        return lull(s, p, w, me, other, one)
    if number == MODERATES_ONLY:
        return moderates_only(s, p, w, me, other)
    if number == JOINT_ACTION:
        return joint_action(s, p, w, me, other, one)
    if number == STANDING_WITH_PATRON:
        return standing_with_patron(s, p, w, me, other, one)
    if number == OBLIGATION:
        return obligation(s, p, w, me, other)
    if number == REWARD:
        return reward(s, p, w, me, other)
    return call_at(own[number - FIRST_OWN], s, p, w, n)


SHIPPED = (
    *(shared_enemy, enemy_of_rival, tie, precedent, exclusion, balancing, bandwagoning, pressure, lull, moderates_only),
    *(joint_action, standing_with_patron, obligation, reward),
)
"""The rules of this module, in the order of their numbers."""
SHARED_ENEMY, ENEMY_OF_RIVAL, TIE, PRECEDENT, EXCLUSION, BALANCING, BANDWAGONING = range(7)
PRESSURE, LULL, MODERATES_ONLY, JOINT_ACTION, STANDING_WITH_PATRON, OBLIGATION, REWARD = range(7, len(SHIPPED))
FIRST_OWN = len(SHIPPED)
"""The number of the first rule of a theatre's own."""
