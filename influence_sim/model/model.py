"""The Mesa model: one replicate, one month a step, with the actors as agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, did_you_mean, not_whole, raise_any, wrong
from influence_sim.base.months import format_month
from influence_sim.model import decision, month
from influence_sim.model.agents import ActorAgent
from influence_sim.model.arm import Arm
from influence_sim.model.draws import replicate_keys
from influence_sim.model.index import Index
from influence_sim.model.lanes import peek
from influence_sim.model.own_rules import own_rules, raise_lost
from influence_sim.model.plan import Plan, plan_of
from influence_sim.model.reasons import Thought, thoughts
from influence_sim.model.records import Circumstances, Parameters, State, Wiring
from influence_sim.model.rules import Own
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.study_schema import MAX_DRAWS
from influence_sim.theatre import load


class InfluenceModel(mesa.Model):  # type: ignore[misc]
    """The influence model as an ordinary Mesa model.

    `InfluenceModel("us_engages_taliban", rng=1)` is replicate 0 of seed 1, bit for bit as in an ensemble. Mesa's own
    generators are left alone; every draw is keyed by seed, replicate, process and month (see `draws`). Agents may be
    shuffled or removed, the model copied and pickled.

    Attributes:
        arm: scenario, theatre and length.
        seed_number: the seed of the draws.
        replicate: the number of the replicate.
        clock: number of months played.
        running: False once the last month has been played.
        datacollector: collects every outcome, month by month, and how strongly each actor's levers are in force.
    """

    @validated
    def __init__(
        self,
        scenario: str | Arm | Path = "baseline",
        *,
        rng: int | np.random.Generator | None = None,
        months: int | None = None,
        replicate: int = 0,
        parameters: Mapping[str, float] | None = None,
    ) -> None:
        """Sets up the first month.

        Args:
            scenario: a shipped scenario, the path of a scenario file, or an arm.
            rng: the seed. A generator gives one draw as the seed; None takes one from the operating system, as in all
                Mesa models.
            months: number of monthly records; by default the arm's, or the theatre's.
            replicate: which replicate of the seed to play.
            parameters: values that replace the defaults.

        Raises:
            InputError: the scenario, a number, or a parameter's name or value is wrong.
        """
        arm = scenario if isinstance(scenario, Arm) else _arm(str(scenario))
        calendar, self.seed_number, self.replicate, self.clock = arm.theatre.calendar, _seed(rng), int(replicate), 0
        sizes = {"rng": (self.seed_number, 0, MAX_DRAWS), "replicate": (self.replicate, 0, MAX_DRAWS)}
        if months is not None:
            sizes["months"] = months, 1, calendar.last - calendar.start + 1
        raise_any(problem for name, size in sizes.items() for problem in not_whole(*size, name))
        super().__init__(rng=self.seed_number)
        self.arm = arm if months is None else replace(arm, months=months)
        self.running = True
        self._set = {name: float(value) for name, value in (parameters or {}).items()}
        self._state = np.zeros(1, self._plan.wired.kinds.state)
        self._ready()
        undated = self._parameters[0]  # dated changes come with the first month, not before it
        month.start(self.state, undated, self.wiring, self._plan.months[0])
        for row in range(len(self.index.actors)):
            ActorAgent(self, row)
        _forget_counter(self)
        self.datacollector = _Months(
            model_reporters={name: partial(_outcome, name) for name in self.index.outcomes},
            agent_reporters={"policies": _policies},
        )

    def _ready(self) -> None:
        """Fills what follows from the arm and what is set: the parameters of each segment, and the key of draws."""
        self._parameters = self._plan.parameters(self._set)
        self.key = replicate_keys(self.seed_number, np.array([self.replicate]))[0]

    @property
    def _plan(self) -> Plan:
        return plan_of(self.arm)

    @property
    def index(self) -> Index:
        """Which row of the records stands for what."""
        return self._plan.index

    @property
    def state(self) -> State:
        """What changes from month to month; a view, by the names of `records.STATE`."""
        found: State = self._state[0]
        return found

    @property
    def parameters(self) -> Parameters:
        """The parameters that hold in the month that the next step plays; a view."""
        found: Parameters = self._parameters[self.circumstances.segment]
        return found

    @property
    def wiring(self) -> Wiring:
        """Who is who; the same for all models of a theatre, not to be changed."""
        return self._plan.wired.record

    @property
    def circumstances(self) -> Circumstances:
        """What the month that the next step plays brings; not to be changed."""
        found: Circumstances = self._plan.months[min(self.clock, self.arm.months - 1)]
        return found

    @property
    def own(self) -> Own:
        """The terms of the theatre's own alliance rules."""
        return own_rules(self.arm.theatre.own_code, self._plan.wired.kinds, side_by_side=False)

    @property
    def month(self) -> str:
        """The month that the next step plays, as YYYY-MM."""
        return format_month(self.arm.month(self.clock))

    def __getitem__(self, outcome: str) -> float:
        """An outcome as it now stands."""
        return float(peek(self.state, self.wiring.outcome[self.index.outcomes[outcome]]))

    def step(self) -> None:
        """Plays one month and collects it; does nothing once the last month has been played."""
        if not self.running:
            return
        state, parameters, wiring, circumstances = self.state, self.parameters, self.wiring, self.circumstances
        month.begin(state, parameters, wiring, circumstances)
        self.agents.do("observe")
        self.agents.do("decide")
        self.agents.do("act")
        for row in set(range(len(self.index.actors))) - {agent.row for agent in self.agents}:
            decision.abstain(state, wiring, row)
            decision.act(state, parameters, wiring, circumstances, self.key, row, row + 1)
        month.resolve(state, parameters, wiring, circumstances, self.key)
        raise_lost()
        self.clock += 1
        self.running = self.clock < self.arm.months
        self.datacollector.collect(self)

    def policies_of(self, actor: str) -> dict[str, float]:
        """How strongly each of an actor's levers is in force: lever -> intensity; an `InputError` without the actor."""
        if actor not in self.index.actor:
            raise InputError(wrong("actor", actor, "not an actor", did_you_mean(actor, self.index.actor)))
        index, x = self.index, self.state.x
        rows = [*index.rows_of(actor, seats=False), *index.rows_of(actor, seats=True)]
        return {f"{index.levers[row].do} {index.levers[row].target}": float(x[row]) for row in rows}

    def thoughts_of(self, actor: str) -> list[Thought]:
        """What an actor thought in the month that was played last."""
        q = self._plan.months[self.clock - 1]
        return list(thoughts(self._plan, self.state, self._parameters[q.segment], q, self.key, actor))

    def __getstate__(self) -> dict[str, Any]:
        """A copy has a state of its own; what follows from the arm is made anew."""
        state = {**super().__getstate__()} if hasattr(mesa.Model, "__getstate__") else dict(self.__dict__)
        state["_state"] = self._state.tobytes()
        del state["_parameters"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Goes on where the original stood."""
        data = state.pop("_state")
        self.__dict__.update(state)
        self._state = np.frombuffer(data, self._plan.wired.kinds.state).copy()
        self._ready()


class _Months(mesa.DataCollector):  # type: ignore[misc]
    """Lets a row of `mesa.batch_run` be one month.

    Up to Mesa 3.4 that looks for agents' records by the number of the model's, which begins at 0; newer releases keep
    the steps in which something was collected.
    """

    def collect(self, model: InfluenceModel) -> None:
        """Collects the month that was just played."""
        super().collect(model)
        if not hasattr(self, "_collection_steps"):
            self._agent_records[model.clock - 1] = self._agent_records.pop(max(self._agent_records))


def _policies(agent: ActorAgent) -> dict[str, float]:
    return agent.intensities


def _outcome(name: str, model: InfluenceModel) -> float:
    return model[name]


def _arm(scenario: str) -> Arm:
    theatre = load()
    return Arm(theatre, load_scenario(scenario, theatre.vocabulary))


def _seed(rng: int | np.random.Generator | None) -> int:
    """A seed from whatever Mesa users pass for one."""
    if isinstance(rng, int | np.integer):
        return int(rng)
    return int(np.random.default_rng(rng).integers(2**63))


def _forget_counter(model: InfluenceModel) -> None:
    """Mesa up to 3.3 counts agents in a table that would keep every finished model alive."""
    counters = getattr(mesa.Agent, "_ids", None)
    if counters is not None:
        counters.pop(model, None)
