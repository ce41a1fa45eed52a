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
from numpy.typing import NDArray

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.model.compiled import at, compiled
from influence_sim.model.parameters import Floats, Parameters, Weighting, is_zero, rows, sum_into
from influence_sim.model.rules import Kind, Rule, rules_of
from influence_sim.model.state import State, logistic
from influence_sim.model.world import Rows, World
from influence_sim.theatre.spec import Actor, Lever, Ref
from influence_sim.theatre.spec import Rule as RuleSpec

if TYPE_CHECKING:
    from influence_sim.model.model import InfluenceModel


FACTIONS = ("", "moderate", "hardline")
"""Whose an interest is: all of an actor's, or one faction's."""

MODERATE, HARD_LINE = FACTIONS.index("moderate"), FACTIONS.index("hardline")

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
    alliance rules, those first that are ties. Rationality and strengths stand apart from the weights, so that a sweep
    over them leaves the weights the same for all replicates.

    Attributes:
        name: the actor's name.
        actor: what the theatre says of it: interests, levers, aversion.
        levers: its levers, standing policies and then seats at formats.
        standing, seats: the rows of either in the state; `rows` those of all levers.
        signals: what moves it, (k, R): `gaps`, a view of the first, are the distances from each interest's ideal
            point times its salience, as last observed; `motives`, of the others, are the ties at `tied`, then those of
            `terms`, all times `strengths`, (rules, 1 or R).
        weights: of the signals on the levers.
        charge: minus cost and aversion of the levers, (n, 1 or R).
    """

    def __init__(self, model: InfluenceModel, actor: Actor) -> None:
        """Takes a seat in the model; `bind` must follow before the first decision."""
        super().__init__(model)
        self.name = actor.name
        self.actor = actor
        self.standing, self.seats = (model.world.own_rows(actor.name, seats=seats) for seats in (False, True))
        self.levers = model.world.levers[self.standing] + model.world.levers[self.seats]
        self.rows = np.r_[self.standing, self.seats].astype(np.intp)

    def __repr__(self) -> str:
        return f"<ActorAgent {self.name}>"

    @property
    def state(self) -> State:
        """The state of the model it lives in."""
        state: State = self.model.state
        return state

    @property
    def probability(self) -> Floats:
        """Chance of each standing policy as last decided, (n, R)."""
        chance: Floats = self.model.chance[self.standing]
        return chance

    @property
    def choice(self) -> NDArray[np.bool_]:
        """Which standing policies were chosen last, (n, R)."""
        choice: NDArray[np.bool_] = self.model.choice[self.standing]
        return choice

    def bind(self, p: Parameters) -> None:
        """Looks up the numbers that hold from now on."""
        self.p = p
        interests, world = self.actor.interests, self.state.world
        self.salience = p.stack([interest.salience for interest in interests])
        self.ideal = p.stack([interest.ideal for interest in interests])
        self.wanted = np.array([world.outcomes[interest.outcome] for interest in interests], dtype=np.intp)
        self.faction = np.array([FACTIONS.index(interest.faction) for interest in interests], dtype=np.intp)
        rules = self._rules()
        self.signals = np.zeros((len(interests) + len(rules), self.state.width))
        self.gaps, self.motives = self.signals[: len(interests)], self.signals[len(interests) :]
        self._bind_terms(rules)
        self.strengths = p["decide.alliance_weight"] * p.stack([spec.strength for spec, _, _ in rules])
        effects = [self._effects(interest.outcome) for interest in interests]
        self.weights = Weighting.of([*effects, *(weights for _, _, weights in rules)], len(self.levers))
        self.charge = -rows([p.ref(lever.cost) + self._aversion(lever) for lever in self.levers])
        sums = self.weights.first, self.weights.signal, self.weights.weight, self.weights.row, self.weights.differing
        self._bound = (self.tied, self.strengths, self.signals, *sums, self.charge, p["decide.rationality"])

    def _rules(self) -> list[tuple[RuleSpec, str, Floats]]:
        """The rules that bear on some of the levers: (rule, target, its weight on each lever), shape (n, 1 or R)."""
        return [
            (spec, target, rows([self.p.sum_of(parts) for parts in refs]))
            for spec, target, refs in bearing_rules(self.state.world, self.name)
            if not self.p.off(spec.strength) and not self._indifferent(spec)
        ]

    def _bind_terms(self, rules: Sequence[tuple[RuleSpec, str, Floats]]) -> None:
        """Finds the ties that are terms of rules, which come first, and the functions that compute the others."""
        world, known = self.state.world, rules_of(self.state.world.arm.theatre.code)
        ties = [
            world.tie(*known[spec.function].call(world, self.name, target, spec.with_))
            for spec, target, _ in rules
            if known[spec.function].kind is Kind.TIED
        ]
        self.tied = np.array(ties, dtype=np.intp)
        self.terms = tuple(
            Term(spec.id, known[spec.function].call, target, spec.with_, signal)
            for signal, (spec, target, _) in zip(self.motives[len(ties) :], rules[len(ties) :], strict=True)
        )

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
        state = self.state
        _see(self.gaps, state.z, self.wanted, self.ideal, self.salience, self.faction, state.moderates)

    def log_odds(self) -> Floats:
        """Log-odds of choosing each lever: rationality times the expected utility of acting over not acting, (n, R)."""
        odds = np.empty((len(self.levers), self.state.width))
        self._weigh(odds, np.arange(len(self.levers)))
        return odds

    def _weigh(self, out: Floats, places: Rows) -> None:
        """Writes the log-odds of its levers into some rows of `out`."""
        state, name = self.state, self.name
        for term in self.terms:
            term.signal[:] = term.function(state, name, term.target, term.told)
        _weigh(out, places, state.tie, self.motives, *self._bound)

    def chances(self) -> Floats:
        """Probability of choosing each lever: the logistic function of its log-odds, (n, R)."""
        return logistic(self.log_odds())

    def decide(self) -> None:
        """Weighs its levers; the model then draws, for all actors at once, what each chooses at these odds."""
        self._weigh(self.model.log_odds, self.rows)


@compiled
def _see(
    gaps: Floats, z: Floats, wanted: Rows, ideal: Floats, salience: Floats, faction: Rows, moderates: Floats
) -> None:
    """How far outcomes are from ideal points, times salience, and for a faction's interest times its share."""
    for k in range(len(gaps)):
        gap, seen, wish, weight = gaps[k], z[wanted[k]], ideal[k], salience[k]
        for r in range(len(gap)):
            gap[r] = (at(wish, r) - seen[r]) * at(weight, r)
        if faction[k] == MODERATE:
            for r in range(len(gap)):
                gap[r] *= moderates[r]
        elif faction[k] == HARD_LINE:
            for r in range(len(gap)):
                gap[r] *= 1.0 - moderates[r]


@compiled
def _weigh(
    odds: Floats,
    places: Rows,
    tie: Floats,
    motives: Floats,
    tied: Rows,
    strengths: Floats,
    signals: Floats,
    first: Rows,
    signal: Rows,
    weight: Floats,
    row: Rows,
    differing: Floats,
    charge: Floats,
    rationality: Floats,
) -> None:
    """Log-odds of each lever: what speaks for it, less what it costs, times rationality.

    The motives that are ties are looked up here; all are multiplied by the strength of their rule.
    """
    for k in range(len(motives)):
        motive, strength = motives[k], strengths[k]
        felt = tie[tied[k]] if k < len(tied) else motive
        for r in range(len(motive)):
            motive[r] = felt[r] * at(strength, r)
    sum_into(odds, places, signals, first, signal, weight, row, differing)
    for n in range(len(places)):
        out, cost = odds[places[n]], charge[n]
        for r in range(len(out)):
            out[r] = (out[r] + at(cost, r)) * at(rationality, r)


@lru_cache(maxsize=1024)
def bearing_rules(world: World, actor: str) -> tuple[tuple[RuleSpec, str, Weights], ...]:
    """The rules that can bear on an actor's levers, with what weighs on each: those that are ties, then the others."""
    levers = [*world.levers[world.own_rows(actor, seats=False)], *world.levers[world.own_rows(actor, seats=True)]]
    targets = sorted({lever.target for lever in levers})
    found = []
    kinds = {spec.id: _kind(world, spec) for spec in world.arm.theatre.rules if spec.function}
    for spec in world.arm.theatre.rules:
        for target in ([""] if kinds[spec.id] is Kind.UNTARGETED else targets) if spec.id in kinds else []:
            weights = tuple(_weights(spec, lever, target) for lever in levers)
            if any(weights):
                found.append((spec, target, weights))
    return tuple(sorted(found, key=lambda item: kinds[item[0].id] is not Kind.TIED))


def _kind(world: World, spec: RuleSpec) -> Kind:
    """How a rule's term comes about.

    Raises:
        InputError: it has no function.
    """
    known = rules_of(world.arm.theatre.code)
    if spec.function not in known:
        hint = did_you_mean(spec.function, known) or f"there are {', '.join(sorted(known))}"
        raise InputError(Problem("rules.yaml", None, None, spec.function, f"no function for the rule {spec.id}", hint))
    return known[spec.function].kind


def _weights(spec: RuleSpec, lever: Lever, target: str) -> tuple[Ref, ...]:
    """What adds up to the weight of a rule on one lever: nothing if the lever has another target."""
    return tuple(item.weight for item in spec.applies if target in {"", lever.target} and item.fits(lever))
