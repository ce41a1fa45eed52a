"""The Mesa model: one month is one step; every array carries all replicates of a block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import mesa
import numpy as np
from numpy.typing import NDArray

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import format_month
from influence_sim.model import engagement
from influence_sim.model.agents import ActorAgent
from influence_sim.model.arm import HISTORY_MONTHS, Arm
from influence_sim.model.compiled import compiled
from influence_sim.model.month import measure, resolve
from influence_sim.model.parameters import Floats, Parameters
from influence_sim.model.start import LEAST_WIDTH, first_state
from influence_sim.model.state import odds_against
from influence_sim.model.world import MEDIATORS, Rows, world_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load


class InfluenceModel(mesa.Model):  # type: ignore[misc]
    """The influence model, for one replicate or many.

    `InfluenceModel("us_engages_taliban", rng=1)` is an ordinary Mesa model: replicate 0 of seed 1. Mesa's own
    generators are left alone; every draw is keyed by seed, replicate, process and month (see `draws`).

    Attributes:
        arm: scenario, theatre and length.
        state: arrays with the replicate on the last axis.
        running: False once the last month has been played.
        datacollector: collects every outcome of replicate 0, month by month, and what each actor's policies are.
    """

    def __init__(
        self,
        scenario: str | Arm = "baseline",
        *,
        rng: int | np.random.Generator | None = 1,
        months: int = HISTORY_MONTHS,
        replicates: Sequence[int] | NDArray[np.int64] = (0,),
        parameters: Mapping[str, float | Floats] | None = None,
    ) -> None:
        """Sets up the first month.

        Args:
            scenario: a shipped scenario, the path of a scenario file, or an arm.
            rng: the seed. A generator gives one draw as the seed; None takes one from the operating system.
            months: number of monthly records, unless an arm says so.
            replicates: which replicates of the seed to compute, side by side.
            parameters: values that replace the defaults: numbers, or arrays with one value a replicate.

        Raises:
            InputError: the scenario, or a parameter's name or value, is wrong.
        """
        self.seed_number = _seed(rng)
        super().__init__(rng=self.seed_number)
        self.arm = scenario if isinstance(scenario, Arm) else _arm(str(scenario), months)
        self.replicates = np.asarray(replicates, dtype=np.int64)
        self.world = world_of(self.arm)
        self._undated = self._parameters(parameters or {})
        self._dated: dict[str, float] = {}
        self.actors = [ActorAgent(self, actor) for actor in self.world.actors]
        _forget_counter(self)
        self._reset()
        self.datacollector = mesa.DataCollector(
            model_reporters={name: _reporter(name) for name in self.world.outcomes},
            agent_reporters={"policies": lambda agent: agent.model.policies_of(agent.name)},
        )

    @property
    def clock(self) -> int:
        """Number of months played."""
        return self.state.step

    @property
    def month(self) -> str:
        """The month that the next step plays, as YYYY-MM."""
        return format_month(self.arm.month(self.state.step))

    def _parameters(self, given: Mapping[str, float | Floats]) -> Parameters:
        values = Parameters(self.world.defaults)
        for source in (self.arm.scenario.parameters, self.arm.parameters, given):
            for name, value in source.items():
                _check(self.arm, name, value)
                values[name] = self._one_each(name, np.atleast_1d(np.asarray(value, dtype=np.float64)))
        return values

    def _one_each(self, name: str, value: Floats) -> Floats:
        """A parameter for the width of the arrays; a lone replicate's is repeated."""
        if value.shape not in {(1,), (len(self.replicates),)}:
            raise ValueError(f"{name} has shape {value.shape}: one value, or one for each of {len(self.replicates)}")
        lone = len(self.replicates) < LEAST_WIDTH
        return value if len(value) == 1 or not lone else np.repeat(value, LEAST_WIDTH)

    def _reset(self) -> None:
        self.state = first_state(self.world, self._undated, self.seed_number, self.replicates)
        self.chance = np.zeros((self.world.standing, self.state.width))
        self.choice = np.zeros((self.world.standing, self.state.width), dtype=bool)
        self._deciding = 0
        self.log_odds = np.zeros((len(self.world.levers), self.state.width))
        self.against = np.zeros_like(self.log_odds)
        self.seat_choice = np.zeros((len(self.world.levers) - self.world.standing, self.state.width))
        self._rebind(self._undated)
        measure(self.state)
        self.state.accepted_before = np.array([self.state[f"{name}_acceptance"] for name in MEDIATORS])

    def _rebind(self, p: Parameters) -> None:
        self.state.p = p
        for actor in self.actors:
            actor.bind(p)

    def step(self) -> None:
        """Plays one month and collects it; does nothing but stop once the last month has been played."""
        if self.running:
            self._play()
            self.datacollector.collect(self)

    def _play(self) -> None:
        """One month: events and interventions, observation, decisions, resolution, record."""
        self._apply_changes()
        self._draw()
        engagement.events(self.state)
        self.agents.do("observe")
        self.agents.do("decide")
        self._choose()
        self._implement()
        resolve(self.state, self.seat_choice)
        self._record_chances()
        self._advance_clock()

    def _advance_clock(self) -> None:
        self.state.step += 1
        self.running = self.state.step < self.arm.months

    def _record_chances(self) -> None:
        """The probability that the US engages openly is an outcome of its own (C55)."""
        row = self.world.lever("us", "engage_publicly", "taliban")
        self.state["p_us_engages"] = self.chance[row] if row < self.world.standing else 0.0

    def _apply_changes(self) -> None:
        dated = self.arm.changed(self.arm.month(self.state.step))
        if dated != self._dated:
            self._dated = dated
            self._rebind(self._undated.changed(dated))

    def _draw(self) -> None:
        state, world = self.state, self.world
        drawn = state.draws.uniform(world.processes[state.step])
        ground = world.standing + len(world.arm.theatre.provinces)
        self.uniform, state.fortunes = drawn[: world.standing], drawn[world.standing : ground]
        self.seat_uniform = drawn[ground:]
        if len(self.agents) != self._deciding:
            self._deciding = len(self.agents)
            self.log_odds[:] = -np.inf  # whoever no longer decides lets its policies fade

    def _choose(self) -> None:
        """Draws every standing policy, and where a format may meet every seat, at the odds that its actor gives it."""
        standing, seats = self.world.standing, self.world.seat_states
        deciding = len(self.log_odds) if len(self.seat_uniform) else standing
        against = odds_against(self.log_odds[:deciding], self.against[:deciding])
        _choose(against[:standing], self.uniform, self.chance, self.choice)
        _seat(against[standing:], self.seat_uniform, seats.first, seats.count, self.seat_choice)

    def _implement(self) -> None:
        """Policies follow the choices, with inertia; a gavel does so at once; interventions fix what they name."""
        state, world = self.state, self.world
        inertia = state.p.table(("decide.inertia",), state.width)[0]
        _implement(state.x[: world.standing], self.choice, inertia, world.gavels)
        state.impose()
        engagement.meet(state)

    def policies_of(self, actor: str) -> dict[str, float]:
        """What an actor does in replicate 0: lever -> intensity."""
        return {
            f"{lever.do} {lever.target}": float(self.state.x[row, 0])
            for row, lever in enumerate(self.world.levers)
            if lever.actor == actor
        }

    def run(self) -> Floats:
        """Plays all months that are left without collecting, and returns the records.

        Returns:
            Outcomes after each month, shape (months, outcomes, replicates).
        """
        records = np.empty((self.arm.months, len(self.world.outcomes), len(self.replicates)))
        while self.running:
            step = self.state.step
            self._play()
            records[step] = self.state.z[:, : len(self.replicates)]
        return records


def simulate(
    arm: Arm,
    *,
    seed: int,
    replicates: Sequence[int] | NDArray[np.int64],
    parameters: Mapping[str, float | Floats] | None = None,
) -> Floats:
    """Runs one arm for some replicates, side by side.

    Args:
        arm: what determines the run.
        seed: the seed of the draws.
        replicates: numbers of the replicates; their results do not depend on which others are run beside them.
        parameters: values that replace the defaults: numbers, or arrays with one value a replicate.

    Returns:
        Outcomes after each month, shape (months, outcomes, replicates).

    Raises:
        InputError: a parameter's name or value is wrong.
    """
    model = InfluenceModel(arm, rng=seed, replicates=replicates, parameters=parameters)
    records = model.run()
    model.__dict__.clear()  # model and agents hold one another, and would keep their arrays until the collector comes
    return records


@compiled
def _choose(against: Floats, uniform: Floats, chance: Floats, choice: NDArray[np.bool_]) -> None:
    """Draws each lever at its chance, given the odds against it, all (levers, R)."""
    for n in range(len(against)):
        for r in range(against.shape[1]):
            chance[n, r] = 1.0 / (1.0 + against[n, r])
            choice[n, r] = uniform[n, r] < chance[n, r]


@compiled
def _seat(against: Floats, uniform: Floats, first: Rows, count: Rows, coming: Floats) -> None:
    """Draws for each seat, state by state, the share of its states that come; none where nobody decides."""
    for n in range(len(coming)):
        for r in range(coming.shape[1]):
            coming[n, r] = 0.0
    for n in range(len(against)):
        for state in range(first[n], first[n] + count[n]):
            for r in range(against.shape[1]):
                coming[n, r] += 1.0 if uniform[state, r] < 1.0 / (1.0 + against[n, r]) else 0.0
        for r in range(against.shape[1]):
            coming[n, r] /= count[n]


@compiled
def _implement(policies: Floats, choice: NDArray[np.bool_], inertia: Floats, gavels: Rows) -> None:
    """Moves policies towards what is chosen; a gavel falls at once."""
    for n in range(len(policies)):
        policy = policies[n]
        for r in range(len(policy)):
            policy[r] += inertia[r] * (choice[n, r] - policy[r])
    for n in gavels:
        for r in range(policies.shape[1]):
            policies[n, r] = choice[n, r]


def _check(arm: Arm, name: str, value: float | Floats) -> None:
    """Holds a parameter against the names and limits of the theatre and the scenario."""
    known = arm.numbers
    if name not in known:
        raise InputError(Problem("parameters", None, None, name, "not a parameter", did_you_mean(name, known)))
    limits = known[name]
    low, high = float(np.min(value)), float(np.max(value))
    if not (limits.hold(low) and limits.hold(high)):
        rule = f"{name} lies between {limits.low:g} and {limits.high:g}"
        raise InputError(Problem("parameters", None, None, f"{low:g} to {high:g}", rule))


def _arm(scenario: str, months: int) -> Arm:
    theatre = load()
    return Arm(theatre, load_scenario(scenario, theatre.vocabulary), months)


def _seed(rng: int | np.random.Generator | None) -> int:
    """A seed from whatever Mesa users pass for one."""
    if isinstance(rng, int | np.integer):
        return int(rng)
    return int(np.random.default_rng(rng).integers(2**63))


def _reporter(outcome: str) -> Callable[[InfluenceModel], float]:
    return lambda model: float(model.state[outcome][0])


def _forget_counter(model: InfluenceModel) -> None:
    """Mesa up to 3.3 counts agents in a table that would keep every finished model alive."""
    counters = getattr(mesa.Agent, "_ids", None)
    if counters is not None:
        counters.pop(model, None)
