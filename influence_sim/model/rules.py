"""7.2 Alliance rules: small functions, each giving one term of a lever's utility, from -1 to 1.

A rule is a function `(s, p, w, me, other, …)` of the state before anyone has decided, the parameters and the wiring; of
the actor who decides and of the target of its lever (of a forum: its convenor), both as numbers; and of what the entry
in `rules.yaml` says under `with`, by the same names: numbers of actors, or places of outcomes. It is called once for
each target, or once an actor if it is `untargeted`. A theatre may bring functions of its own, in a file `rules.py`
beside its `rules.yaml`; they are compiled like these.
"""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Any, TypeAlias

import numba
import numpy as np
from numba import types
from numba.core import config

from influence_sim.base.errors import InputError, Problem
from influence_sim.model.arithmetic import LEAST
from influence_sim.model.compiling import equation
from influence_sim.model.forums import exclusion as excluded
from influence_sim.model.lane_types import LaneRecord
from influence_sim.model.lanes import call_at, peek
from influence_sim.model.records import MEDIATORS, Kinds, Parameters, State, Wiring

Own: TypeAlias = Any
"""The terms of a theatre's own rules: addresses of machine code, (rules,); as plain Python a tuple of functions."""

_MARK = "_influence_rule"
_ALWAYS = 5
"""Arguments that every rule has: state, parameters, wiring, who decides, and on whom."""
_MOST = 3
"""What a rule can be told beside."""
_FILE = "<rules.py>"
"""What a theatre's own code is called in tracebacks; under the name of a file its machine code would be kept."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A function that computes the term of a rule.

    Attributes:
        function: compiled when it is first called.
        targeted: whether it looks at the target of a lever.
        told: names of what it is told beside, in the order of its arguments.
        number: by which `term` knows it.
    """

    function: Any
    targeted: bool
    told: tuple[str, ...]
    number: int = -1


def rule(function: Callable[..., float]) -> Any:
    """Marks a function as a rule, known by its name."""
    return _marked(function, targeted=True)


def untargeted(function: Callable[..., float]) -> Any:
    """Marks a function as a rule whose term is the same whatever the target."""
    return _marked(function, targeted=False)


def _marked(function: Callable[..., float], *, targeted: bool) -> Any:
    names = tuple(inspect.signature(function).parameters)
    told = names[_ALWAYS:]
    if len(names) < _ALWAYS or len(told) > _MOST:
        raise TypeError(
            f"{function.__name__} takes {len(names)} arguments: a rule takes (s, p, w, me, other) and up to 3"
        )
    found: Any = equation(function)
    setattr(found, _MARK, Rule(found, targeted, told))
    return found


@equation
def outcome(s: State, place: int) -> float:
    """An outcome as it was last month, by the place that a rule was told."""
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
    """Term n: which rule it is, who decides, on whom, and what the rule is told stand in the wiring."""
    number, me, other, one = w.rule[n], w.decider[n], w.other[n], w.told[n, 0]
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


@lru_cache(maxsize=16)
def rules_of(code: str = "") -> Mapping[str, Rule]:
    """The rules that a theatre can name: those of this module, and of its own code, which replace their namesakes.

    Args:
        code: what `rules.py` of the theatre says.

    Raises:
        InputError: the code cannot be run.
    """
    own: dict[str, Any] = {"__name__": "rules"}
    try:
        exec(compile(code, _FILE, "exec"), own)  # whoever writes a theatre may run code, as in any module
    except Exception as error:
        frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
        line = frames[-1] if frames else getattr(error, "lineno", None)
        problem = f"cannot be run ({type(error).__name__}: {error})"
        raise InputError(Problem("rules.py", line, None, "", problem)) from error
    rules = {function.__name__: replace(getattr(function, _MARK), number=n) for n, function in enumerate(SHIPPED)}
    theirs = {value.__name__: value for value in own.values() if hasattr(value, _MARK) and value not in SHIPPED}
    for number, (name, function) in enumerate(theirs.items(), start=FIRST_OWN):
        rules[name] = replace(getattr(function, _MARK), number=number)
    return rules


@lru_cache(maxsize=16)
def own_rules(code: str, kinds: Kinds, *, side_by_side: bool) -> Own:
    """The rules of a theatre's own as functions `(s, p, w, n) -> float` of the number n of a term, in their order.

    Compiled code takes their addresses, and so need not be compiled again for other rules.

    Args:
        code: what `rules.py` of the theatre says.
        kinds: of the records.
        side_by_side: whether the replicate that a rule looks at stands beside others.

    Raises:
        InputError: a rule cannot be compiled.
    """
    theirs = sorted((rule for rule in rules_of(code).values() if rule.number >= FIRST_OWN), key=lambda r: r.number)
    terms = [_own_term(rule, kinds, side_by_side) for rule in theirs]
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return tuple(terms)
    _kept.extend(terms)
    return np.array([term.address for term in terms], dtype=np.uint64)


_kept: list[Any] = []
"""Machine code stays where its address says."""


def _own_term(rule: Rule, kinds: Kinds, side_by_side: bool) -> Any:
    call = _by_number(rule.function, len(rule.told))
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return call
    records = [numba.from_dtype(kind) for kind in (kinds.state, kinds.parameters, kinds.wiring)]
    if side_by_side:
        records[:2] = [LaneRecord(record, types.float64) for record in records[:2]]
    try:
        return numba.cfunc(numba.float64(*records, numba.int64))(call)
    except Exception as error:  # numba lets through what it does not expect
        code = rule.function.py_func.__code__
        text = re.sub(r"\x1b\[\d*m", "", str(error))
        lines = [int(found) for found in re.findall(rf"{_FILE}\W+(?:line )?(\d+)", text)]
        said = [line.strip() for line in text.splitlines() if line.strip() and "mode pipeline" not in line]
        said = [*takewhile(lambda line: not line.startswith(("During", "File")), said)]
        problem = f"cannot be compiled ({type(error).__name__}: {' '.join(said[:2]) or error})"
        raise InputError(Problem("rules.py", [code.co_firstlineno, *lines][-1], None, code.co_name, problem)) from error


def _by_number(function: Any, told: int) -> Any:
    """A rule as a function of the number of a term, by how much it is told."""

    def of_none(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n]))

    def of_one(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n], w.told[n, 0]))

    def of_two(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n], w.told[n, 0], w.told[n, 1]))

    def of_three(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n], w.told[n, 0], w.told[n, 1], w.told[n, 2]))

    return (of_none, of_one, of_two, of_three)[told]
