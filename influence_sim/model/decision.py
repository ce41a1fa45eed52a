"""7.1 Decision: an actor observes, decides by quantal response (McKelvey & Palfrey 1995), and acts.

All observe before anyone decides, and all decide before anyone acts, so that the order of actors does not matter. Each
function serves the actors from `first` up to `last`: an agent of Mesa calls it for itself alone.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.arithmetic import logistic
from influence_sim.model.compiling import equation
from influence_sim.model.draws import uniform
from influence_sim.model.lanes import anywhere, peek, where
from influence_sim.model.records import Circumstances, Parameters, State, Wiring
from influence_sim.model.rules import Own, term

MODERATE, HARD_LINE = 1, 2
"""Whose an interest is, if not all of an actor's."""


@equation
def observe(s: State, p: Parameters, w: Wiring, first: int, last: int) -> None:
    """How far each outcome is from where an actor wants it, times salience and the faction's share."""
    for k in range(w.interest[first], w.interest[last]):
        share = 1.0
        if w.faction[k] == MODERATE:
            share = s.moderates
        elif w.faction[k] == HARD_LINE:
            share = 1.0 - s.moderates
        s.gap[k] = share * (p.salience[k] * (p.ideal[k] - peek(s, w.wanted[k])))


@equation
def decide(s: State, p: Parameters, w: Wiring, q: Circumstances, own: Own, first: int, last: int) -> None:
    """Quantal response: the chance of a lever is the logistic function of its utility times rationality."""
    for n in range(w.n_terms):
        if first <= w.decider[n] < last and anywhere(p.strength[n] != 0.0):
            s.motive[n] = where(p.strength[n] != 0.0, term(s, p, w, own, n), 0.0)
    for lever in range(w.n_levers):
        if first <= w.owner[lever] < last and q.open[lever]:
            s.chance[lever] = logistic(p.decide_rationality * utility(s, p, w, lever))


@equation
def utility(s: State, p: Parameters, w: Wiring, lever: int) -> float:
    """What speaks for a lever, interest by interest and rule by rule, less its cost and aversion (C44)."""
    value = -p.charge[lever]
    for e in range(w.entry[lever], w.entry[lever + 1]):
        value += p.weight[e] * peek(s, w.entry_place[e])
    return value


@equation
def abstain(s: State, w: Wiring, i: int) -> None:
    """Nobody decides for actor i: it chooses nothing, and its policies fade."""
    for lever in range(w.n_levers):
        if w.owner[lever] == i:
            s.chance[lever] = 0.0


@equation
def act(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64, first: int, last: int) -> None:
    """Draws choices and moves policies; what the scenario fixes stays fixed (7.3)."""
    for lever in range(w.n_policies):
        if first <= w.owner[lever] < last:
            s.choice[lever] = where(uniform(q.policy_key[lever], key) < s.chance[lever], 1.0, 0.0)
            s.x[lever] += (1.0 if w.at_once[lever] else p.decide_inertia) * (s.choice[lever] - s.x[lever])
    for n in range(q.n_fixed):
        if first <= w.owner[q.fixed[n]] < last and q.open[q.fixed[n]]:
            s.x[q.fixed[n]] = p.value[q.level[n]]
    for lever in range(w.n_policies, w.n_levers):
        if first <= w.owner[lever] < last and q.open[lever]:
            come = 0.0
            for state in range(w.state[lever], w.state[lever + 1]):
                come += where(uniform(q.state_key[state], key) < s.chance[lever], 1.0, 0.0)
            s.choice[lever] = come / (w.state[lever + 1] - w.state[lever])
