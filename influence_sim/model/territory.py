"""7.6 Ground: government, contested, insurgent or the spoiler's, province by province, changing hands slowly.

Form of the contest: Hirshleifer (1989), Skaperdas (1996); defection: Granovetter (1978), Kuran (1989), Christia (2012).
Claims: C08, C22, C23 (the spoiler), C31 (ground that suits the crop), C35, C38.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.arithmetic import logistic
from influence_sim.model.capability import advantage
from influence_sim.model.compiling import equation
from influence_sim.model.draws import uniform
from influence_sim.model.records import Circumstances, Parameters, State, Wiring

THIRD = 1.0 / 3.0
SPREAD = 2.0 * 3.0**0.5
"""A uniform draw on [-1/2, 1/2] times this has standard deviation 1."""


@equation
def contest(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64) -> None:
    """Ground becomes contested, is won or lost; the spoiler takes its part from all of it alike."""
    press(s, p, w, q, key)
    for n in range(w.n_provinces):
        ours, disputed, theirs = s.held_government[n], s.held_contested[n], s.held_insurgent[n]
        wins = logistic(s.pull[n])
        opened, lost = p.territory_attack * wins * ours, p.territory_hold * wins * disputed
        reopened, won = p.territory_attack * (1.0 - wins) * theirs, p.territory_hold * (1.0 - wins) * disputed
        s.held_government[n] = ours - opened + won
        s.held_contested[n] = disputed + opened + reopened - lost - won
        s.held_insurgent[n] = theirs + lost - reopened
        if w.spoiled[n]:
            strong, old = p.ground[n] * s.spoiler_strength, s.spoiler[n]
            s.spoiler[n] += p.territory_hold * (strong / (1.0 + strong) - old)
            left = (1.0 - s.spoiler[n]) / (1.0 - old)
            s.held_government[n] *= left
            s.held_contested[n] *= left
            s.held_insurgent[n] *= left


@equation
def press(s: State, p: Parameters, w: Wiring, q: Circumstances, key: np.uint64) -> None:
    """Log-odds of the insurgents in each province: what presses everywhere, the lean, who goes over, and chance."""
    common = p.territory_pull + advantage(s, p, w)
    for n in range(w.n_provinces):
        expected = THIRD * (s.held_government[n] + 0.5 * s.held_contested[n] + s.legitimacy + s.presence)
        goes_over = logistic(p.legitimacy_sharpness * (p.legitimacy_breaking - expected))
        chance = p.territory_shock * SPREAD * (uniform(q.province_key[n], key) - 0.5)
        s.pull[n] = common + p.lean[n] + p.cascade * goes_over + chance


@equation
def survey(s: State, p: Parameters, w: Wiring) -> None:
    """Control by population and by classes of districts, and ground under the crop."""
    insurgents, spoiler, government, lost, disputed, area = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(w.n_provinces):
        theirs = s.held_insurgent[n] + 0.5 * s.held_contested[n]
        insurgents += theirs * w.people[n]
        spoiler += s.spoiler[n] * w.people[n]
        area += (theirs + s.spoiler[n]) * s.potential[n]
        lost += (s.held_insurgent[n] + s.spoiler[n]) * w.districts[n]
        disputed += s.held_contested[n] * w.districts[n]
    government = 1.0 - insurgents - spoiler
    s.insurgent_control = insurgents
    s.spoiler_control = spoiler
    s.territory = government
    s.districts_insurgent = lost
    s.contested = disputed
    s.districts_government = 1.0 - lost - disputed
    s.insurgent_area = area


@equation
def alarm(s: State, p: Parameters, w: Wiring, rate: float) -> None:
    """The threat beyond the border: fear follows what is seen of the spoiler, and dies with its strength (C23)."""
    north = 0.0
    for n in range(w.n_provinces):
        north += s.spoiler[n] * w.north[n]
    seen = 0.5 * north + 0.5 * s.spoiler_control
    s.fear += rate * (seen / (seen + p.spoiler_threat_half) - s.fear)
    s.spillover = s.fear * s.spoiler_strength * (2.0 - s.spoiler_strength)
