"""One month after everyone has decided: the mechanisms in their order, then the outcomes."""

from __future__ import annotations

from influence_sim.model import (
    authority,
    capability,
    engagement,
    factions,
    forums,
    mediation,
    opium,
    standing,
    territory,
    ties,
)
from influence_sim.model.parameters import Floats
from influence_sim.model.state import State


def resolve(s: State, seat_choice: Floats) -> None:
    """What follows from what everyone does: ties, factions, opium and revenue, capability, ground, forums, standing."""
    ties.advance(s)
    factions.advance(s)
    capability.advance_daesh(s)
    territory.advance(s)
    forums.convene(s)
    forums.take_seats(s, seat_choice)
    s.impose()
    forums.advance(s)
    engagement.advance(s)
    authority.advance(s)
    measure(s)
    standing.advance(s)


def measure(s: State) -> None:
    """Writes every outcome that follows from the state."""
    factions.measure(s)
    territory.measure(s)
    engagement.measure(s)
    authority.measure_violence(s)
    capability.measure(s)
    opium.measure(s)
    forums.measure(s)
    mediation.measure(s)
    authority.measure(s)
