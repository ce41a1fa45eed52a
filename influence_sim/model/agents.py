"""The actors as Mesa agents: each has interests, beliefs and rules, looks at the world, and decides.

The choice rule is quantal response (McKelvey & Palfrey 1995): a lever is chosen with probability
logistic(rationality * V), where V adds, over the actor's interests, salience times distance from the ideal point
times the lever's believed effect; adds the alliance rules; and subtracts cost and aversion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import mesa
import numpy as np

from influence_sim.model.parameters import Floats, Parameters, combined, is_zero, rows
from influence_sim.model.rules import RULES, UNTARGETED, Rule
from influence_sim.model.state import State
from influence_sim.model.world import World
from influence_sim.theatre.spec import Actor, Lever, Ref
from influence_sim.theatre.spec import Rule as RuleSpec

if TYPE_CHECKING:
    from influence_sim.model.model import InfluenceModel


Weights = tuple[tuple[Ref, ...], ...]
"""For each lever, the numbers that add up to a rule's weight on it."""


@dataclass(frozen=True)
class Term:
    """One alliance rule, towards one target unless it looks at none, and the signal that it fills, (R,)."""

    rule: str
    function: Rule
    target: str
    told: Mapping[str, str]
    signal: Floats


class ActorAgent(mesa.Agent):  # type: ignore[misc]
    """One actor of the theatre, deciding for all replicates of its model at once.

    What moves it are signals: how far its interests' outcomes are from where it wants them, and the terms of the
    alliance rules. Costs and weights are kept times half the rationality, so that their sum needs no further scaling.

    Attributes:
        name: the actor's name.
        actor: what the theatre says of it: interests, levers, aversion.
        levers: its levers, standing policies and then seats at formats.
        standing, seats: the rows of either in the state.
        signals: what moves it, (k, R): `gaps`, a view of the first, are the distances from each interest's ideal
            point times its salience, as last observed; the others are those of `terms`.
        weights: of the signals on the levers, (k, n), or (k, n, R) where they differ by replicate.
        cost: cost and aversion of the levers, negative, (n, 1 or R).
        probability: chance of each standing policy as last decided, (n, R).
        choice: what was chosen, True or False, (n, R).
    """

    def __init__(self, model: InfluenceModel, actor: Actor) -> None:
        """Takes a seat in the model; `bind` must follow before the first decision."""
        super().__init__(model)
        self.name = actor.name
        self.actor = actor
        self.standing, self.seats = (model.world.own_rows(actor.name, seats=seats) for seats in (False, True))
        self.levers = model.world.levers[self.standing] + model.world.levers[self.seats]
        self.probability: Floats = np.zeros((0, 1))
        self.choice = np.zeros((0, 1), dtype=bool)

    def __repr__(self) -> str:
        return f"<ActorAgent {self.name}>"

    @property
    def state(self) -> State:
        """The state of the model it lives in."""
        state: State = self.model.state
        return state

    def bind(self, p: Parameters) -> None:
        """Looks up the numbers that hold from now on."""
        self.p = p
        interests, world = self.actor.interests, self.state.world
        self.salience = p.stack([interest.salience for interest in interests])
        self.ideal = p.stack([interest.ideal for interest in interests])
        self.wanted = np.array([world.outcomes[interest.outcome] for interest in interests], dtype=np.intp)
        self.divided = [(k, interest.faction) for k, interest in enumerate(interests) if interest.faction]
        rules = self._rules()
        self.signals = np.zeros((len(interests) + len(rules), self.state.width))
        self.gaps = self.signals[: len(interests)]
        self.terms = tuple(
            Term(spec.id, RULES[spec.function], target, spec.with_, signal)
            for signal, (spec, target, _) in zip(self.signals[len(interests) :], rules, strict=True)
        )
        effects = [self._effects(interest.outcome) for interest in interests]
        scale = 0.5 * p["decide.rationality"]
        self.weights = _layers([scale * part for part in (*effects, *(bears for _, _, bears in rules))], self.levers)
        self.cost = -scale * rows([p.ref(lever.cost) + self._aversion(lever) for lever in self.levers])

    def _rules(self) -> list[tuple[RuleSpec, str, Floats]]:
        """The rules that bear on some of the levers: (rule, target, its weight on each lever), shape (n, 1 or R)."""
        found = []
        scale = self.p["decide.alliance_weight"]
        for spec, target, refs in bearing_rules(self.state.world, self.name):
            if not self.p.off(spec.strength) and not self._indifferent(spec):
                weights = rows([self.p.sum_of(parts) for parts in refs])
                found.append((spec, target, weights * self.p[spec.strength] * scale))
        return found

    def _effects(self, outcome: str) -> Floats:
        """What the actor believes each lever does to an outcome, (n, 1 or R)."""
        return self.p.stack([lever.beliefs.get(outcome, 0.0) for lever in self.levers])

    def _indifferent(self, spec: RuleSpec) -> bool:
        """A precedent is nothing to an actor without aversion."""
        return spec.function == "precedent" and is_zero(self.p.ref(self.actor.aversion))

    def _aversion(self, lever: Lever) -> Floats:
        """What open relations with the Taliban, or a seat where they are talked of, cost beyond money (C44)."""
        aversion = self.p.ref(self.actor.aversion)
        if lever.do == "engage_covertly" and lever.target == "taliban":
            return aversion * self.p["decide.covert_aversion"]
        averse = (lever.do, lever.target) in {("engage_publicly", "taliban"), ("attend", "moscow_format")}
        return aversion if averse else np.zeros(1)

    def observe(self) -> None:
        """Sees the outcomes as last recorded, and how far they are from what it wants."""
        state, gaps = self.state, self.gaps
        np.subtract(self.ideal, state.z[self.wanted], out=gaps)
        np.multiply(gaps, self.salience, out=gaps)
        for row, faction in self.divided:
            gaps[row] *= state.moderates if faction == "moderate" else 1.0 - state.moderates

    def chances(self) -> Floats:
        """Probability of choosing each lever: the logistic function of its log-odds, (n, R).

        The log-odds are rationality times the expected utility of acting over not acting.
        """
        state, name = self.state, self.name
        for term in self.terms:
            term.signal[:] = term.function(state, name, term.target, term.told)
        half = combined(self.weights, self.signals)
        half += self.cost
        np.tanh(half, out=half)
        half *= 0.5
        half += 0.5
        return half

    def decide(self) -> None:
        """Chooses its standing policies of the month, and its seats where a format may meet."""
        model, standing = self.model, self.standing
        chances = self.chances()
        policies = standing.stop - standing.start
        self.probability = model.chance[standing] = chances[:policies]
        self.choice = np.less(model.uniform[standing], self.probability, out=model.choice[standing])
        if policies < len(chances) and self.state.world.may_meet[self.state.step]:
            first = self.state.world.standing
            self._come(chances[policies:], model.seat_choice[self.seats.start - first : self.seats.stop - first])

    def _come(self, chances: Floats, out: Floats) -> None:
        """Writes the share of the actor's states that would come to each format, (n, R)."""
        drawn = self.model.seat_uniform[self.state.world.seat_draws(self.seats)]
        states = len(drawn) // len(chances)
        if states == 1:
            np.less(drawn, chances, out=out)
        else:
            coming = drawn.reshape(len(chances), states, -1) < chances[:, None]
            np.divide(coming.sum(axis=1), states, out=out)


@lru_cache(maxsize=1024)
def bearing_rules(world: World, actor: str) -> tuple[tuple[RuleSpec, str, Weights], ...]:
    """The rules that can bear on an actor's levers, with what weighs on each: target by target if they look at it."""
    levers = [*world.levers[world.own_rows(actor, seats=False)], *world.levers[world.own_rows(actor, seats=True)]]
    targets = sorted({lever.target for lever in levers})
    found = []
    for spec in world.arm.theatre.rules:
        if spec.function and spec.function not in RULES:
            raise ValueError(f"rule {spec.id}: no function {spec.function!r}; there are {', '.join(sorted(RULES))}")
        for target in () if not spec.function else ("",) if spec.function in UNTARGETED else targets:
            weights = tuple(_weights(spec, lever, target) for lever in levers)
            if any(weights):
                found.append((spec, target, weights))
    return tuple(found)


def _weights(spec: RuleSpec, lever: Lever, target: str) -> tuple[Ref, ...]:
    """What adds up to the weight of a rule on one lever: nothing if the lever has another target."""
    return tuple(item.weight for item in spec.applies if target in {"", lever.target} and item.fits(lever))


def _layers(parts: list[Floats], levers: Sequence[Lever]) -> Floats:
    """Weights of several signals on some levers, (k, n), or (k, n, R) as soon as one differs by replicate."""
    width = max((part.shape[1] for part in parts), default=1)
    out = np.empty((len(parts), len(levers), width))
    for layer, part in zip(out, parts, strict=True):
        layer[:] = part
    return out if width > 1 else out[:, :, 0]
