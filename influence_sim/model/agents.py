"""The actors as Mesa agents: each has interests, beliefs and rules, looks at the world, and decides.

The choice rule is quantal response (McKelvey & Palfrey 1995): a lever is chosen with probability
logistic(rationality * V), where V adds, over the actor's interests, salience times distance from the ideal point
times the lever's believed effect; adds the alliance rules; and subtracts cost and aversion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import mesa
import numpy as np

from influence_sim.model.parameters import Floats, Parameters, combined, is_zero, rows
from influence_sim.model.rules import RULES, Rule
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
    """One alliance rule towards one target, and the row of the actor's signals that it fills."""

    rule: str
    function: Rule
    target: str
    told: Mapping[str, str]
    row: int


@dataclass(frozen=True)
class Block:
    """Some levers of one actor with their numbers.

    Attributes:
        levers: the levers.
        rows: where they stand in the state.
        cost: cost and aversion, negative, (n, 1 or R).
        signals: which of the actor's signals bear on them: its interests' gaps and the terms of the rules.
        weights: believed effects of the levers on the outcomes of interest, and weights of the rules, (k, n, 1 or R).
        terms: the alliance rules that apply.

    Costs and weights are stored times half the rationality, so that their sum needs no further scaling.
    """

    levers: tuple[Lever, ...]
    rows: slice
    cost: Floats
    signals: slice
    weights: Floats
    terms: tuple[Term, ...]


class ActorAgent(mesa.Agent):  # type: ignore[misc]
    """One actor of the theatre, deciding for all replicates of its model at once.

    Attributes:
        name: the actor's name.
        actor: what the theatre says of it: interests, levers, aversion.
        probability: chance of each standing lever as last decided, (n, R).
        choice: what was chosen, True or False, (n, R).
    """

    def __init__(self, model: InfluenceModel, actor: Actor) -> None:
        """Takes a seat in the model; `bind` must follow before the first decision."""
        super().__init__(model)
        self.name = actor.name
        self.actor = actor
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
        self.scale = 0.5 * p["decide.rationality"]
        interests, world = self.actor.interests, self.state.world
        self.salience = p.stack([interest.salience for interest in interests])
        self.ideal = np.array([[interest.ideal] for interest in interests]).reshape(-1, 1)
        self.wanted = np.array([world.outcomes[interest.outcome] for interest in interests], dtype=np.intp)
        self.divided = [(k, interest.faction) for k, interest in enumerate(interests) if interest.faction]
        seats, standing = self._rules(seats=True), self._rules(seats=False)
        self.own = slice(len(seats), len(seats) + len(interests))
        self.signals = np.zeros((len(seats) + len(interests) + len(standing), self.state.width))
        self.seats = self._block(seats, slice(0, self.own.stop), 0, seats=True)
        self.standing = self._block(standing, slice(self.own.start, len(self.signals)), self.own.stop, seats=False)

    def _levers(self, *, seats: bool) -> tuple[slice, tuple[Lever, ...]]:
        where = self.state.world.own_rows(self.name, seats=seats)
        return where, self.state.world.levers[where]

    def _rules(self, *, seats: bool) -> list[tuple[RuleSpec, str, Floats]]:
        """The rules that bear on some of the levers: (rule, target, its weight on each lever), shape (n, 1 or R)."""
        found = []
        scale = self.p["decide.alliance_weight"]
        for spec, target, refs in bearing_rules(self.state.world, self.name, seats):
            if not is_zero(self.p[spec.strength]) and not self._indifferent(spec):
                weights = rows([self.p.sum_of(parts) for parts in refs])
                found.append((spec, target, weights * self.p[spec.strength] * scale))
        return found

    def _block(self, rules: list[tuple[RuleSpec, str, Floats]], signals: slice, first: int, *, seats: bool) -> Block:
        where, levers = self._levers(seats=seats)
        terms = tuple(
            Term(spec.id, RULES[spec.function], target, spec.with_, first + k)
            for k, (spec, target, _) in enumerate(rules)
        )
        cost = -rows([self.p.ref(lever.cost) + self._aversion(lever) for lever in levers])
        effects = [self._effects(interest.outcome, levers) for interest in self.actor.interests]
        bears = [weights for _, _, weights in rules]
        weights = _layers([*bears, *effects] if seats else [*effects, *bears], len(levers))
        return Block(levers, where, self.scale * cost, signals, self.scale * weights, terms)

    def _effects(self, outcome: str, levers: tuple[Lever, ...]) -> Floats:
        """What the actor believes each lever does to an outcome, (n, 1 or R)."""
        return self.p.stack([lever.beliefs.get(outcome, 0.0) for lever in levers])

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

    @property
    def gaps(self) -> Floats:
        """Distance from each interest's ideal point times its salience, as last observed, (interests, R)."""
        return self.signals[self.own]

    def observe(self) -> None:
        """Sees the outcomes as last recorded, and how far they are from what it wants."""
        state, gaps = self.state, self.gaps
        np.subtract(self.ideal, state.z[self.wanted], out=gaps)
        gaps *= self.salience
        for row, faction in self.divided:
            gaps[row] *= state.moderates if faction == "moderate" else 1.0 - state.moderates

    def half_log_odds(self, block: Block) -> Floats:
        """Rationality times expected utility of acting over not acting, halved, for each lever of a block, (n, R)."""
        state, signals = self.state, self.signals
        for term in block.terms:
            signals[term.row] = term.function(state, self.name, term.target, term.told)
        value = combined(block.weights, signals[block.signals])
        value += block.cost
        return value

    def chances(self, block: Block) -> Floats:
        """Probability of choosing each lever of a block: the logistic function of its log-odds, (n, R)."""
        out: Floats = np.tanh(self.half_log_odds(block))
        out *= 0.5
        out += 0.5
        return out

    def decide(self) -> None:
        """Chooses its standing policies of the month, and its seats where a format may meet."""
        model = self.model
        if self.standing.levers:
            self.probability = self.chances(self.standing)
            self.choice = model.choice[self.standing.rows]
            np.less(model.uniform[self.standing.rows], self.probability, out=self.choice)
        if self.seats.levers and self.state.world.may_meet[self.state.step]:
            model.seat_choice[self._own_seats()] = self._come()

    def _own_seats(self) -> slice:
        first = self.state.world.standing
        return slice(self.seats.rows.start - first, self.seats.rows.stop - first)

    def chance_of(self, do: str, target: str) -> Floats:
        """The probability with which it chose a standing policy this month, (R,); 0 if it has no such lever."""
        for row, lever in zip(self.probability, self.standing.levers, strict=False):
            if (lever.do, lever.target) == (do, target):
                return np.asarray(row, dtype=np.float64)
        return np.zeros(self.state.width)

    def _come(self) -> Floats:
        """Share of the actor's states that would come to each format, (n, R)."""
        chances = self.chances(self.seats)
        starts = self.state.world.seat_starts[self.seats.rows.start - self.state.world.standing :]
        drawn = self.model.seat_uniform[starts[0] : starts[len(chances)]]
        states = len(drawn) // len(chances)
        if states == 1:
            return np.where(drawn < chances, 1.0, 0.0)
        coming = drawn.reshape(len(chances), states, -1) < chances[:, None]
        out: Floats = coming.sum(axis=1) / states
        return out


@lru_cache(maxsize=1024)
def bearing_rules(world: World, actor: str, seats: bool) -> tuple[tuple[RuleSpec, str, Weights], ...]:
    """The rules that can bear on an actor's levers, target by target, with what weighs on each lever."""
    levers = world.levers[world.own_rows(actor, seats=seats)]
    found = []
    for spec in world.arm.theatre.rules:
        if spec.function and spec.function not in RULES:
            raise ValueError(f"rule {spec.id}: no function {spec.function!r}; there are {', '.join(sorted(RULES))}")
        for target in sorted({lever.target for lever in levers}) if spec.function else ():
            weights = tuple(_weights(spec, lever, target) for lever in levers)
            if any(weights):
                found.append((spec, target, weights))
    return tuple(found)


def _weights(spec: RuleSpec, lever: Lever, target: str) -> tuple[Ref, ...]:
    """What adds up to the weight of a rule on one lever: nothing if the lever has another target."""
    return tuple(pattern.weight for pattern in spec.applies if lever.target == target and pattern.fits(lever))


def _layers(parts: list[Floats], levers: int) -> Floats:
    """Weights of several signals on some levers, (k, n, 1), or (k, n, R) as soon as one differs by replicate."""
    width = max((part.shape[1] for part in parts), default=1)
    out = np.empty((len(parts), levers, width))
    for layer, part in zip(out, parts, strict=True):
        layer[:] = part
    return out
