"""The actors as Mesa agents: each has interests, beliefs and rules, looks at the world, and decides.

The choice rule is quantal response (McKelvey & Palfrey 1995): a lever is chosen with probability
logistic(rationality * V), where V adds, over the actor's interests, salience times distance from the ideal point
times the lever's believed effect; adds the alliance rules; and subtracts cost and aversion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa
import numpy as np

from influence_sim.model.parameters import Floats, Parameters, is_zero, rows
from influence_sim.model.rules import RULES, Rule
from influence_sim.model.state import State, logistic
from influence_sim.theatre.spec import Actor, Lever
from influence_sim.theatre.spec import Rule as RuleSpec

if TYPE_CHECKING:
    from influence_sim.model.model import InfluenceModel


@dataclass(frozen=True)
class Term:
    """One alliance rule as it bears on a block of levers: computed once, then weighted into its `part` of the block."""

    rule: str
    function: Rule
    target: str
    told: Mapping[str, str]
    part: Floats
    weights: Floats


@dataclass(frozen=True)
class Block:
    """Some levers of one actor with their numbers.

    Attributes:
        levers: the levers.
        rows: where they stand in the state.
        value: room for their utilities, (n, R); the `part` of a belief or term is the run of rows it bears on.
        cost: cost and aversion, negative, (n, 1 or R).
        beliefs: (interest, part, believed effects), for each interest that some lever bears on.
        terms: the alliance rules that apply.
    """

    levers: tuple[Lever, ...]
    rows: slice
    value: Floats
    cost: Floats
    beliefs: tuple[tuple[int, Floats, Floats], ...]
    terms: tuple[Term, ...]


class ActorAgent(mesa.Agent):  # type: ignore[misc]
    """One actor of the theatre, deciding for all replicates of its model at once.

    Attributes:
        name: the actor's name.
        actor: what the theatre says of it: interests, levers, aversion.
        gaps: distance from each interest's ideal point times its salience, as last observed, (interests, R).
        probability: chance of each standing lever as last decided, (n, R).
        choice: what was chosen, True or False, (n, R).
    """

    def __init__(self, model: InfluenceModel, actor: Actor) -> None:
        """Takes a seat in the model; `bind` must follow before the first decision."""
        super().__init__(model)
        self.name = actor.name
        self.actor = actor
        self.gaps: Floats = np.zeros((len(actor.interests), 1))
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
        self.salience = p.stack([interest.salience for interest in self.actor.interests])
        self.ideal = np.array([[interest.ideal] for interest in self.actor.interests]).reshape(-1, 1)
        world = self.state.world
        self.wanted = np.array([world.outcomes[interest.outcome] for interest in self.actor.interests], dtype=np.intp)
        self.divided = [(k, interest.faction) for k, interest in enumerate(self.actor.interests) if interest.faction]
        self.standing = self._block(seats=False)
        self.seats = self._block(seats=True)

    def _block(self, *, seats: bool) -> Block:
        where = self.state.world.own_rows(self.name, seats=seats)
        levers = self.state.world.levers[where]
        value = np.empty((len(levers), self.state.width))
        cost = -rows([self.p.ref(lever.cost) + self._aversion(lever) for lever in levers])
        return Block(levers, where, value, cost, tuple(self._beliefs(levers, value)), tuple(self._terms(levers, value)))

    def _beliefs(self, levers: tuple[Lever, ...], value: Floats) -> list[tuple[int, Floats, Floats]]:
        found = []
        for k, interest in enumerate(self.actor.interests):
            effects = self.p.stack([lever.beliefs.get(interest.outcome, 0.0) for lever in levers])
            run = _run(effects)
            if run.stop:
                found.append((k, value[run], effects[run]))
        return found

    def _terms(self, levers: tuple[Lever, ...], value: Floats) -> list[Term]:
        """The rules that apply, one entry for each rule and target."""
        found = []
        for spec in self.state.world.arm.theatre.rules:
            strength = self.p[spec.strength]
            if not spec.function or is_zero(strength) or self._indifferent(spec):
                continue
            for target in sorted({lever.target for lever in levers}):
                weights = np.array([[_weight(spec, lever, target)] for lever in levers])
                run = _run(weights)
                if run.stop:
                    scaled = weights[run] * strength * self.p["decide.alliance_weight"]
                    found.append(Term(spec.id, RULES[spec.function], target, spec.with_, value[run], scaled))
        return found

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
        state = self.state
        gaps = self.ideal - state.z[self.wanted]
        gaps *= self.salience
        for row, faction in self.divided:
            gaps[row] *= state.moderates if faction == "moderate" else 1.0 - state.moderates
        self.gaps = gaps

    def utility(self, block: Block) -> Floats:
        """Expected utility of acting over not acting, for each lever of a block, (n, R)."""
        state, gaps, value = self.state, list(self.gaps), block.value
        value[:] = block.cost
        for k, room, effects in block.beliefs:
            np.add(room, effects * gaps[k], out=room)
        for term in block.terms:
            bears = term.weights * term.function(state, self.name, term.target, term.told)
            np.add(term.part, bears, out=term.part)
        return value

    def chances(self, block: Block) -> Floats:
        """Probability of choosing each lever of a block, (n, R)."""
        return logistic(self.utility(block) * self.p["decide.rationality"])

    def decide(self) -> None:
        """Chooses its standing policies of the month, and its seats where a format may meet."""
        model = self.model
        if self.standing.levers:
            self.probability = self.chances(self.standing)
            self.choice = model.uniform[self.standing.rows] < self.probability
            model.chance[self.standing.rows] = self.probability
            model.choice[self.standing.rows] = self.choice
        if self.seats.levers and self.state.world.may_meet[self.state.step]:
            model.seat_choice[self._own_seats()] = self._come()

    def _own_seats(self) -> slice:
        first = self.state.world.standing
        return slice(self.seats.rows.start - first, self.seats.rows.stop - first)

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


def _weight(spec: RuleSpec, lever: Lever, target: str) -> float:
    """Weight of a rule on one lever, 0 where it does not apply or the lever has another target."""
    if lever.target != target:
        return 0.0
    return float(sum(pattern.weight for pattern in spec.applies if pattern.fits(lever)))


def _run(weights: Floats) -> slice:
    """The shortest run of rows that holds every row with a weight; empty if none has."""
    rows = np.flatnonzero(weights.any(axis=1))
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)
