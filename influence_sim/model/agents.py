"""The actors as Mesa agents: each observes, decides and acts, by the same functions as in an ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

from influence_sim.base.numbers import Floats
from influence_sim.model import decision
from influence_sim.model.reasons import Thought
from influence_sim.theatre.spec import Actor, Lever

if TYPE_CHECKING:
    from influence_sim.model.model import InfluenceModel


class ActorAgent(mesa.Agent):  # type: ignore[misc]
    """One actor of the theatre.

    Attributes:
        name: the actor's name.
        row: its number.
        policies: rows of its levers in the state, of those that it always decides on.
        seats: the same of its seats at formats.
    """

    def __init__(self, model: InfluenceModel, row: int) -> None:
        """Takes its place in the model."""
        super().__init__(model)
        self.row = row
        self.name = self.actor.name
        self.policies = model.index.rows_of(self.name, seats=False)
        self.seats = model.index.rows_of(self.name, seats=True)

    def __repr__(self) -> str:
        return f"<ActorAgent {self.name}>"

    @property
    def actor(self) -> Actor:
        """What the theatre says of it: interests, levers, ties, aversion."""
        found: Actor = self.model.index.actors[self.row]
        return found

    @property
    def rows(self) -> list[int]:
        """Rows of all its levers."""
        return [*self.policies, *self.seats]

    @property
    def levers(self) -> tuple[Lever, ...]:
        """Its levers, in the order of `rows`."""
        return tuple(self.model.index.levers[row] for row in self.rows)

    @property
    def gaps(self) -> Floats:
        """How far each interest's outcome is from where it wants it, times salience and the faction's share."""
        first, last = self.model.wiring.interest[self.row : self.row + 2]
        found: Floats = self.model.state.gap[first:last]
        return found

    @property
    def chances(self) -> Floats:
        """The chance of each of its levers as last decided, (levers,)."""
        found: Floats = self.model.state.chance[self.rows]
        return found

    @property
    def choices(self) -> Floats:
        """How far it chose each lever last, from 0 to 1, (levers,); of a seat, the share of its states that come."""
        found: Floats = self.model.state.choice[self.rows]
        return found

    @property
    def intensities(self) -> dict[str, float]:
        """How strongly each of its levers is in force."""
        x = self.model.state.x
        return {f"{lever.do} {lever.target}": float(x[row]) for row, lever in zip(self.rows, self.levers, strict=True)}

    def observe(self) -> None:
        """Sees the outcomes as last recorded, and how far they are from what it wants."""
        model = self.model
        decision.observe(model.state, model.parameters, model.wiring, self.row, self.row + 1)

    def decide(self) -> None:
        """Weighs its levers by its interests and alliance rules; `chances` says the result."""
        model = self.model
        decision.decide(
            model.state, model.parameters, model.wiring, model.circumstances, model.own, self.row, self.row + 1
        )

    def act(self) -> None:
        """Draws its choices, and moves its policies."""
        model = self.model
        decision.act(
            model.state, model.parameters, model.wiring, model.circumstances, model.key, self.row, self.row + 1
        )

    @property
    def stances(self) -> dict[str, str]:
        """The option of each of its stances that holds now."""
        index, chosen = self.model.index, self.model.state.chosen
        return {
            stance.name: name
            for (stance, name, _), holds in zip(index.options, chosen, strict=False)
            if stance.actor == self.name and holds
        }

    def explain(self) -> list[Thought]:
        """What it thought last month of each option of its stances, why, and what it chose; at first nothing."""
        model: Any = self.model
        return model.thoughts_of(self.name) if model.clock else []
