"""7.1 Decision: an actor observes, decides by quantal response (McKelvey & Palfrey 1995), and acts.

All observe before anyone decides, and all decide before anyone acts, so that the order of actors does not matter.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from influence_sim.model.arithmetic import logistic, peek
from influence_sim.model.compiling import equation
from influence_sim.model.draws import uniform
from influence_sim.model.records import Circumstances, Parameters, State, Wiring

Rules = tuple[Callable[[State, Parameters, Wiring, int], float], ...]
"""The terms of the alliance rules, as `rules.terms_of` makes them."""

MODERATE, HARD_LINE = 1, 2
"""Whose an interest is, if not all of an actor's."""


@equation
def observe(s: State, p: Parameters, w: Wiring, i: int) -> None:
    """How far each outcome is from where actor i wants it, times salience and the faction's share."""
    for k in range(w.interest[i], w.interest[i + 1]):
        share = 1.0
        if w.faction[k] == MODERATE:
            share = s.moderates
        elif w.faction[k] == HARD_LINE:
            share = 1.0 - s.moderates
        s.signal[k] = share * (p.salience[k] * (p.ideal[k] - peek(s, w.wanted[k])))


@equation
def decide(s: State, p: Parameters, w: Wiring, q: Circumstances, rules: Rules, i: int) -> None:
    """The chance of each of actor i's levers; seats at formats are only weighed when one may meet."""
    for n in range(w.term[i], w.term[i + 1]):
        term = 0.0
        if p.strength[n] != 0.0:
            term = p.decide_alliance_weight * p.strength[n] * rules[w.rule[n]](s, p, w, n)
        s.signal[w.n_interests + n] = term
    for lever in range(w.policies[i], w.policies[i + 1]):
        s.chance[lever] = logistic(p.decide_rationality * utility(s, p, w, lever))
    if q.may_meet:
        for lever in range(w.places[i], w.places[i + 1]):
            s.chance[lever] = logistic(p.decide_rationality * utility(s, p, w, lever))


@equation
def utility(s: State, p: Parameters, w: Wiring, lever: int) -> float:
    """What speaks for a lever, interest by interest and rule by rule, less its cost and aversion (C44)."""
    value = -p.charge[lever]
    for e in range(w.entry[lever], w.entry[lever + 1]):
        value += p.weight[e] * s.signal[w.entry_signal[e]]
    return value


@equation
def abstain(s: State, w: Wiring, i: int) -> None:
    """Nobody decides for actor i: it chooses nothing, and its policies fade."""
    for lever in range(w.policies[i], w.policies[i + 1]):
        s.chance[lever] = 0.0
    for lever in range(w.places[i], w.places[i + 1]):
        s.chance[lever] = 0.0


@equation
def act(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64, i: int) -> None:
    """Draws actor i's choices, and moves its policies; what the scenario fixes stays fixed (7.3)."""
    for lever in range(w.policies[i], w.policies[i + 1]):
        chosen = 1.0 if uniform(q.policy_key[lever], key) < s.chance[lever] else 0.0
        s.choice[lever] = chosen
        pace = 1.0 if w.at_once[lever] else p.decide_inertia
        s.x[lever] = chosen if w.at_once[lever] else s.x[lever] + pace * (chosen - s.x[lever])
        if q.fixed[lever] >= 0:
            s.x[lever] = p.value[q.fixed[lever]]
    for lever in range(w.places[i], w.places[i + 1]):
        come = 0.0
        if q.may_meet:
            for state in range(w.state[lever], w.state[lever + 1]):
                come += 1.0 if uniform(q.state_key[state], key) < s.chance[lever] else 0.0
            come /= w.state[lever + 1] - w.state[lever]
        s.choice[lever] = come
