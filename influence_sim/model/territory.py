"""7.6 Ground: who holds the provinces, by a contest success function for each, changing hands slowly.

Form: Hirshleifer (1989), Skaperdas (1996), in odds against the government, so that one exponential serves a province.
Claims: C08, C22, C23 (the spoiler), C31 (ground that suits the crop), C35, C38. District classes follow from control.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.arithmetic import exp, power
from influence_sim.model.capability import advantage
from influence_sim.model.compiling import equation
from influence_sim.model.draws import uniform
from influence_sim.model.lanes import anywhere
from influence_sim.model.records import Circumstances, Parameters, State, Wiring

SPREAD = 2.0 * 3.0**0.5
"""A uniform draw on [-1/2, 1/2] times this has standard deviation 1."""


@equation
def contest(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64) -> None:
    """Moves control towards the shares that the odds give; chance moves ground between the two sides alone."""
    weigh(s, p, w)
    for n in range(w.n_provinces):
        held, theirs, odds = s.insurgent[n], s.spoiler[n], s.odds[n]
        fortune = p.territory_shock * SPREAD * (uniform(q.province_key[n], key) - 0.5)
        strong = p.ground[n] * s.spoiler_strength
        against = 1.0 / (1.0 + odds + strong)
        s.insurgent[n] = held + p.territory_rate * (odds * against - held) + fortune * held * (1.0 - held - theirs)
        s.spoiler[n] = theirs + p.territory_rate * (strong * against - theirs)


@equation
def weigh(s: State, p: Parameters, w: Wiring) -> None:
    """o_T: the insurgents' odds against the government in each province, before the spoiler is counted."""
    mean = 0.0
    for n in range(w.n_provinces):
        mean += s.insurgent[n]
    mean /= w.n_provinces
    common = p.territory_pull + advantage(s, p, w)
    for n in range(w.n_provinces):
        odds = common + p.lean[n] + p.territory_local * (s.insurgent[n] - mean)
        if anywhere(p.territory_neighbours != 0.0):
            odds += p.territory_neighbours * (beside(s, w, n) - mean)
        s.odds[n] = exp(p.territory_decisiveness * odds)


@equation
def beside(s: State, w: Wiring, n: int) -> float:
    """Mean control of the insurgents in the neighbouring provinces; 0 without any."""
    total = 0.0
    for k in range(w.borders[n]):
        total += s.insurgent[w.neighbour[n, k]]
    return total / max(w.borders[n], 1)


@equation
def survey(s: State, p: Parameters, w: Wiring) -> None:
    """Control by population and by classes of districts, the threat beyond the border, and ground under the crop."""
    insurgents, spoiler, north, lost, disputed, area = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(w.n_provinces):
        insurgents += s.insurgent[n] * w.people[n]
        spoiler += s.spoiler[n] * w.people[n]
        north += s.spoiler[n] * w.north[n]
        area += (s.insurgent[n] + s.spoiler[n]) * s.potential[n]
        theirs = power(s.insurgent[n] + s.spoiler[n], p.territory_district_shape)
        ours = power(1.0 - s.insurgent[n] - s.spoiler[n], p.territory_district_shape)
        lost += theirs / (theirs + p.insurgent_from * ours) * w.districts[n]
        disputed += theirs / (theirs + p.contested_from * ours) * w.districts[n]
    s.insurgent_control = insurgents
    s.spoiler_control = spoiler
    s.territory = 1.0 - insurgents - spoiler
    threat = p.spoiler_north_weight * north + (1.0 - p.spoiler_north_weight) * spoiler
    s.spillover = threat / (threat + p.spoiler_threat_half)
    s.districts_insurgent = lost
    s.districts_government = 1.0 - disputed
    s.contested = 1.0 - s.districts_government - lost
    s.insurgent_area = area
