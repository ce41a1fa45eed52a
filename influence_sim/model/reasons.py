"""What an actor thought: the options of its stances, what each was worth to it and why, the draw, and the choice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from influence_sim.model.arm import Arm
from influence_sim.model.decision import MONTH
from influence_sim.model.draws import replicate_keys, uniform
from influence_sim.model.ensemble import states
from influence_sim.model.lanes import peek
from influence_sim.model.motives import Entry
from influence_sim.model.plan import Plan, plan_of
from influence_sim.model.records import Circumstances, Parameters, State, place

COST, AVERSION = "cost", "aversion"


class Thought(NamedTuple):
    """One option of one stance, as an actor saw it in a month.

    Attributes:
        stance, option: their names.
        was, chosen: whether it held before the month's decision, and holds after it.
        reviewed: whether the actor looked at the stance at all.
        value: what the option is worth, the cost of changing left out.
        changing: what it would have cost to change to it: the switch, and a public promise broken.
        considered: how far it was, from 0, where no interest spoke for it, to 1.
        probability: of choosing it, if the stance is reviewed; 0 where it meant nothing that month.
        draw: the uniform draw that decides, the same for all options of the stance.
        reasons: what the value is made of: interest by interest, rule by rule, cost and aversion.
    """

    stance: str
    option: str
    was: bool
    chosen: bool
    reviewed: bool
    value: float
    changing: float
    considered: float
    probability: float
    draw: float
    reasons: dict[str, float]


def thoughts(plan: Plan, s: State, p: Parameters, q: Circumstances, key: np.uint64, actor: str) -> Iterator[Thought]:
    """What an actor thought in the month that a state is the end of.

    Args:
        plan: of the arm.
        s: the state of one replicate at the end of the month.
        p: the parameters that held in it.
        q: its circumstances.
        key: of the replicate.
        actor: whose.
    """
    index, w = plan.index, plan.wired.record
    for row, stance in enumerate(index.stances):
        if stance.actor != actor:
            continue
        options = range(w.option[row], w.option[row + 1])
        promised = sum(s.was[o] * w.promise[o] for o in options)
        broken = p.decide_audience * promised * (0.5 + 0.5 * min(MONTH * s.lasted[row], 1.0))
        with np.errstate(over="ignore"):
            draw = float(uniform(q.choice_key[row], key))
        for o in options:
            _, name, option = index.options[o]
            reasons: dict[str, float] = defaultdict(float)
            for setting, level in option.sets.items():
                do, target = setting.split()
                for reason, worth in reasons_of(plan, s, p, index.lever[actor, do, target], level).items():
                    reasons[reason] += worth
            yield Thought(
                stance.name,
                name,
                bool(s.was[o]),
                bool(s.chosen[o]),
                bool(s.reviewed[row]),
                float(s.value[o]),
                float(p.decide_switch * (1.0 - s.was[o]) + broken * (1.0 - w.promise[o])),
                float(s.considered[o]),
                float(s.probability[o]),
                draw,
                {reason: worth for reason, worth in reasons.items() if worth},
            )


def history(arm: Arm, actor: str, *, seed: int, replicate: int) -> Iterator[tuple[int, Thought]]:
    """What an actor thought in one replicate, month by month: the number of the month, from 0, and a thought."""
    plan = plan_of(arm)
    parameters, key = plan.parameters({}), replicate_keys(seed, np.array([replicate]))[0]
    played = states(arm, seed=seed, replicates=[replicate], steps=range(arm.months))
    for step, (q, (state,)) in enumerate(zip(plan.months, played, strict=True)):
        yield from ((step, thought) for thought in thoughts(plan, state, parameters[q.segment], q, key, actor))


def reasons_of(plan: Plan, s: State, p: Parameters, lever: int, level: float = 1.0) -> dict[str, float]:
    """What the use of a lever is worth to its actor, in parts: interest by interest, rule by rule, cost and aversion.

    Args:
        plan: of the arm.
        s: the state of one replicate at the end of a month.
        p: the parameters that held in it.
        lever: which.
        level: how strongly it is used, up to 1.
    """
    w, cost = plan.wired.record, level * float(p.cost[lever])
    parts = defaultdict(float, {COST: -cost, AVERSION: cost - level * float(p.charge[lever])})
    for e, entry in zip(range(w.entry[lever], w.entry[lever + 1]), plan.wired.motives.entries[lever], strict=True):
        parts[_label(plan, entry)] += level * float(p.weight[e] * peek(s, _place(plan, e)) * peek(s, w.entry_slope[e]))
    return {reason: worth for reason, worth in parts.items() if worth}


def _place(plan: Plan, e: int) -> int:
    """Where the state holds what bore on a lever: of ties, as they were before they moved."""
    kind, now = plan.wired.kinds.state, int(plan.wired.record.entry_place[e])
    row = now - place(kind, "tie")
    return place(kind, "tie_was", row) if 0 <= row < plan.wired.sizes.ties else now


def _label(plan: Plan, entry: Entry) -> str:
    """What an entry is called: the outcome that an actor is interested in, or a rule and whom it looks at."""
    if entry.term < 0:
        interests = [interest for actor in plan.index.actors for interest in actor.interests]
        return interests[entry.interest].outcome
    term = plan.wired.motives.terms[entry.term]
    return f"{term.spec.id} ({term.target})" if term.target else term.spec.id
