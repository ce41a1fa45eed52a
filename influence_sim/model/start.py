"""The state before the first month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence_sim.model import engagement, territory, ties
from influence_sim.model.draws import Draws
from influence_sim.model.parameters import Floats, Parameters, total
from influence_sim.model.state import State
from influence_sim.model.world import MEDIATORS, World

LEAST_WIDTH = 2
"""With a single replicate numpy would sum in another order; a lone replicate is computed twice, and bits agree."""


def first_state(world: World, p: Parameters, seed: int, replicates: NDArray[np.int64]) -> State:
    """The state before the first month."""
    replicates = np.resize(replicates, max(len(replicates), LEAST_WIDTH))
    width = len(replicates)
    wires = engagement.wiring(world)
    engagers = (len(wires.names), width)
    potential = territory.potential(world, p)
    intensities = p.stack([lever.start for lever in world.levers])
    state = State(
        world=world,
        p=p,
        draws=Draws.of(seed, replicates),
        step=0,
        z=np.zeros((len(world.outcomes), width)),
        x=_filled(intensities, width),
        tie=_filled(ties.priors(world, p), width),
        moderates=np.zeros(width) + p["factions.moderates"],
        taliban=np.zeros((len(world.arm.theatre.provinces), width)) + territory.starting(world, p),
        daesh=np.zeros((len(territory.wiring(world).daesh), width)),
        daesh_strength=np.zeros(width) + p["daesh.start"],
        live=np.zeros((len(world.forums), width)),
        met=np.zeros((len(world.forums), width)),
        both=np.zeros((len(world.forums), width)),
        seat=np.zeros((len(world.attends) + 1, width)),
        contact=np.zeros((len(wires.names) + 1, width)),
        disclosed=np.zeros(engagers),
        line=np.zeros(engagers),
        peak=np.zeros(engagers),
        lead=np.zeros(engagers),
        followed=np.zeros((2, width)),
        fortune=np.full((2, width), 0.5),
        accepted_before=np.zeros((2, width)),
        potential=potential,
        potential_in_all=total(potential),
        poppy=np.zeros((2, width)),
        rent=np.zeros(width),
        fortunes=np.zeros((0, width)),
    )
    _settle_in(state)
    return state


def _settle_in(s: State) -> None:
    """Fills what follows from the rest: Daesh's ground, public lines, and slow outcomes."""
    odds = territory.ground_of_daesh(s.world, s.p) * s.daesh_strength
    free = 1.0 - s.taliban[territory.wiring(s.world).daesh]
    s.daesh += free * odds / (1.0 + odds)
    engagement.meet(s)
    s.line = engagement.lines(s)
    s.peak, s.lead = s.line.copy(), s.line.copy()
    s["kabul_cohesion"] = np.zeros(s.width) + s.p["authority.cohesion_start"]
    for name in MEDIATORS:
        s[f"{name}_prestige"] = np.zeros(s.width) + s.p[f"prestige.{name}_start"]
    s["kabul_authority"] = np.zeros(s.width) + s.p["authority.cohesion_start"]


def _filled(values: Floats, width: int) -> Floats:
    """Rows of values for every replicate, and a row of zeros at the end."""
    out = np.zeros((len(values) + 1, width))
    out[:-1] = values
    return out
