"""7.1 Decision: an actor observes, reviews its stances, and chooses by quantal response (McKelvey & Palfrey 1995).

All observe before anyone decides, and all decide before anyone acts, so that the order of actors does not matter. Each
function serves the actors from `first` up to `last`: an agent of Mesa calls it for itself alone.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.arithmetic import clip, exp, logistic, magnitude, normal_odds
from influence_sim.model.compiling import equation
from influence_sim.model.draws import uniform
from influence_sim.model.forums import asked
from influence_sim.model.lanes import anywhere, peek, where
from influence_sim.model.records import Circumstances, Parameters, State, Wiring
from influence_sim.model.rules import Own, term

MODERATE, HARD_LINE = 1, 2
"""Whose an interest is, if not all of an actor's."""
PROBIT, SATISFICING = 1.0, 2.0
"""Other forms of the choice than the logit."""
AS_WIDE = 3.0**0.5 / np.pi
"""Brings a normal error to the standard deviation of a logistic one."""
LESS, MORE, EITHER = range(3)
"""What must be wanted of an outcome for a rule to work through it."""
MONTH = 1.0 / 12.0
"""Of the year after which an audience has got used to a promise, and over which an actor takes things for usual."""


@equation
def observe(s: State, p: Parameters, w: Wiring, first: int, last: int) -> None:
    """How far each outcome is from where an actor wants it, times what it has at stake; and what it takes for news."""
    s.at_stake = 4.0 * s.territory * (1.0 - s.territory)
    for k in range(w.interest[first], w.interest[last]):
        share = 1.0
        if w.faction[k] == MODERATE:
            share = s.moderates
        elif w.faction[k] == HARD_LINE:
            share = 1.0 - s.moderates
        s.stake[k] = share * p.salience[k] * p.minds[w.wants_of[k]]
        s.gap[k] = s.stake[k] * (p.ideal[k] - peek(s, w.wanted[k]))
    for i in range(first, last):
        loss = 0.0
        for k in range(w.interest[i], w.interest[i + 1]):
            loss += max(magnitude(s.gap[k]) - s.usual[k], 0.0)
            s.usual[k] += MONTH * (magnitude(s.gap[k]) - s.usual[k])
        s.news[i] = clip(s.news[i] + loss)


@equation
def decide(s: State, p: Parameters, w: Wiring, q: Circumstances, own: Own, first: int, last: int) -> None:
    """What each option is worth to its actor, how likely it looks at its stance, and how likely it then chooses it."""
    for n in range(w.n_terms):
        if first <= w.decider[n] < last and anywhere(p.strength[n] != 0.0):
            s.motive[n] = where(p.strength[n] != 0.0, term(s, p, w, own, n) * drive(s, w, n), 0.0)
    for lever in range(w.n_levers):
        if first <= w.owner[lever] < last and q.open[lever]:
            s.sought[lever] = sought(s, p, w, lever)
            s.worth[lever] = worth(s, p, w, lever)
            s.chance[lever] = logistic(p.decide_rationality * s.worth[lever]) if lever >= w.n_policies else 0.0
    for n in range(w.stance[first], w.stance[last]):
        s.review_odds[n] = 1.0 - (1.0 - p.decide_review) * (1.0 - p.decide_trigger * s.news[w.decides[n]])
        respond(s, p, w, q, n)


@equation
def drive(s: State, w: Wiring, n: int) -> float:
    """How much an actor wants what a rule works for; 1 for a rule that stands beside interests."""
    wanted = 0.0
    for m in range(w.drives[n]):
        wanted += s.stake[w.drive[n, m]] if w.drive_way[n] == EITHER else s.gap[w.drive[n, m]]
    if w.drives[n] == 0:
        return 1.0
    if w.drive_way[n] == EITHER:
        return wanted
    return max(wanted, 0.0) if w.drive_way[n] == MORE else max(-wanted, 0.0)


@equation
def sought(s: State, p: Parameters, w: Wiring, lever: int) -> float:
    """What its actor's interests, by themselves or through a rule, say for a lever in full use."""
    value = 0.0
    for e in range(w.entry[lever], w.beside[lever]):
        value += p.weight[e] * peek(s, w.entry_place[e]) * peek(s, w.entry_slope[e])
    return value


@equation
def worth(s: State, p: Parameters, w: Wiring, lever: int) -> float:
    """That, and what the rules say that stand beside interests, less its cost and aversion (C44)."""
    value = s.sought[lever] - p.charge[lever]
    for e in range(w.beside[lever], w.entry[lever + 1]):
        value += p.weight[e] * peek(s, w.entry_place[e]) * peek(s, w.entry_slope[e])
    return value


@equation
def respond(s: State, p: Parameters, w: Wiring, q: Circumstances, n: int) -> None:
    """Multinomial quantal response over the options of stance n, the costs of changing counted, each against the first.

    Whoever goes back on a public promise pays before an audience, the more so the longer it has held (Fearon 1994). The
    first option is always there. Another is considered as far as its actor's interests speak for it (Matejka & McKay
    2015): not at all if none does. At a table that nobody has set, or has set no chair at, it has probability 0.
    """
    first, last = w.option[n], w.option[n + 1]
    promised, total = 0.0, 1.0
    s.lasted[n] = s.held[n]
    for o in range(first, last):
        s.was[o] = s.chosen[o]
        promised += s.chosen[o] * w.promise[o]
        value, sought = 0.0, 0.0
        for m in range(w.setting[o], w.setting[o + 1]):
            value += w.level_set[m] * s.worth[w.sets[m]]
            sought += w.level_set[m] * s.sought[w.sets[m]]
        s.value[o] = value
        s.considered[o] = 1.0 if o == first else 1.0 - exp(-p.decide_rationality * max(sought, 0.0))
    audience = p.decide_audience * promised * (0.5 + 0.5 * min(MONTH * s.held[n], 1.0))
    net = s.value[first] + p.decide_switch * s.chosen[first] + audience * w.promise[first]
    s.probability[first] = 1.0
    for o in range(first + 1, last):
        gain = s.value[o] + p.decide_switch * s.chosen[o] + audience * w.promise[o] - net
        odds = s.considered[o] * odds_of(p, gain)
        if w.chair[o] < w.n_seats:
            odds = where(offered(s, w, q, w.chair[o]), odds, 0.0)
        s.probability[o] = odds
        total += odds
    share = where(p.decide_form == SATISFICING, 1.0, 1.0 / total)
    if anywhere(p.decide_form == SATISFICING):
        search(s, p, w, n)
    for o in range(first, last):
        s.probability[o] *= share
        for m in range(w.setting[o], w.setting[o + 1]):
            s.chance[w.sets[m]] += w.level_set[m] * s.probability[o]


@equation
def odds_of(p: Parameters, gain: float) -> float:
    """Odds of an option against the first: what nobody sees of an option is logistic, or normal (probit).

    Who satisfices takes, of the same odds, the probability that an option satisfies.
    """
    odds = exp(p.decide_rationality * gain)
    if anywhere(p.decide_form == PROBIT):
        odds = where(p.decide_form == PROBIT, normal_odds(AS_WIDE * p.decide_rationality * gain), odds)
    if anywhere(p.decide_form == SATISFICING):
        odds = where(p.decide_form == SATISFICING, odds / (1.0 + odds), odds)
    return odds


@equation
def search(s: State, p: Parameters, w: Wiring, n: int) -> None:
    """Satisficing (Simon 1955): what satisfies is kept; else the next option that does is taken, or the first."""
    first, last = w.option[n], w.option[n + 1]
    kept = 0.5 * s.chosen[first]  # to do nothing is as good as to do nothing
    for o in range(first + 1, last):
        kept += s.chosen[o] * s.probability[o]
    left = 1.0 - kept
    for o in range(first + 1, last):
        taken = (1.0 - s.chosen[o]) * s.probability[o] * left
        left -= taken
        s.probability[o] = where(p.decide_form == SATISFICING, s.chosen[o] * kept + taken, s.probability[o])
    s.probability[first] = where(p.decide_form == SATISFICING, s.chosen[first] * kept + left, 1.0)


@equation
def offered(s: State, w: Wiring, q: Circumstances, seat: int) -> bool:
    """Whether there is a chair at a live table."""
    return s.live[w.seat_at[seat]] * asked(s, w, q, seat) > 0.5


@equation
def abstain(s: State, w: Wiring, i: int) -> None:
    """Nobody decides for actor i: it drops all its policies and comes to no meeting."""
    for o in range(w.option[w.stance[i]], w.option[w.stance[i + 1]]):
        s.probability[o], s.chosen[o] = 0.0, 0.0
    for lever in range(w.n_levers):
        if w.owner[lever] == i:
            s.chance[lever] = 0.0


@equation
def act(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64, first: int, last: int) -> None:
    """Reviews stances, draws choices and moves policies; what the scenario fixes stays fixed (7.3)."""
    choose(s, w, q, key, first, last)
    for lever in range(w.policy[first], w.policy[last]):
        s.before[lever] = s.x[lever]
        s.x[lever] += (1.0 if w.at_once[lever] else p.decide_inertia) * (s.choice[lever] - s.x[lever])
    for n in range(q.n_fixed):
        if first <= w.owner[q.fixed[n]] < last and q.open[q.fixed[n]]:
            s.x[q.fixed[n]] = p.value[q.level[n]]
    stir(s, w, first, last)


@equation
def choose(s: State, w: Wiring, q: Circumstances, key: np.uint64, first: int, last: int) -> None:
    """Reviews stances, whose options say how strong each lever is to be; and answers invitations, state by state."""
    for lever in range(w.policy[first], w.policy[last]):
        s.choice[lever] = 0.0
    for n in range(w.stance[first], w.stance[last]):
        review(s, w, q, key, n)
        for o in range(w.option[n], w.option[n + 1]):
            for m in range(w.setting[o], w.setting[o + 1]):
                s.choice[w.sets[m]] += w.level_set[m] * s.chosen[o]
    for lever in range(w.n_policies, w.n_levers):
        if first <= w.owner[lever] < last and q.open[lever]:
            come = 0.0
            for state in range(w.state[lever], w.state[lever + 1]):
                come += where(uniform(q.state_key[state], key) < s.chance[lever], 1.0, 0.0)
            s.choice[lever] = come / (w.state[lever + 1] - w.state[lever])


@equation
def stir(s: State, w: Wiring, first: int, last: int) -> None:
    """How much an actor's policies moved this month, as far as others see it."""
    for i in range(first, last):
        most = 0.0
        for lever in range(w.policy[i], w.policy[i + 1]):
            if w.seen[lever]:
                most = max(most, magnitude(s.x[lever] - s.before[lever]))
        s.stir[i] = most


@equation
def review(s: State, w: Wiring, q: Circumstances, key: np.uint64, n: int) -> None:
    """A stance is looked at now and then (Calvo 1983), or when something happened; otherwise it stays what it is."""
    s.reviewed[n] = where(uniform(q.review_key[n], key) < s.review_odds[n], 1.0, 0.0)
    draw, above, changed = uniform(q.choice_key[n], key), 1.0, 0.0
    for k in range(w.option[n] + 1, w.option[n + 1]):
        o = w.option[n] + w.option[n + 1] - k  # from the last to the second: the first has whatever the others leave
        below = above - s.probability[o]
        picked = where(draw < above, 1.0, 0.0) - where(draw < below, 1.0, 0.0)
        above = below
        changed += s.reviewed[n] * picked * (1.0 - s.chosen[o])
        s.chosen[o] += s.reviewed[n] * (picked - s.chosen[o])
    o = w.option[n]
    rest = where(draw < above, 1.0, 0.0) * where(s.probability[o] > 0.0, 1.0, 0.0)  # nobody decides: nothing is chosen
    changed += s.reviewed[n] * rest * (1.0 - s.chosen[o])
    s.chosen[o] += s.reviewed[n] * (rest - s.chosen[o])
    s.held[n] = (s.held[n] + 1.0) * (1.0 - changed)


@equation
def tell(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """What happened this month that concerns an actor: the moves of those it has ties to, and meetings."""
    for i in range(w.n_actors):
        s.news[i] = 1.0
    for d in range(w.n_ties):
        s.news[w.tie_from[d]] *= 1.0 - min(magnitude(s.tie[d]) * s.stir[w.tie_to[d]], 1.0)
    for n in range(w.n_seats):
        if w.is_format[w.seat_at[n]]:
            s.news[w.seat_of[n]] *= 1.0 - s.met[w.seat_at[n]]
    for i in range(w.n_actors):
        s.news[i] = 1.0 - s.news[i]
