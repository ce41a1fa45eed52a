"""Who holds the 34 provinces: a contest success function for each, ground changing hands slowly towards it.

Form: Hirshleifer (1989), Skaperdas (1996), in odds against Kabul, so that one `exp` serves all provinces.
Claims: C08, C22, C23 (Daesh), C31 (poppy ground), C35, C38. SIGAR's district classes follow smoothly from control.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import capability
from influence_sim.model.compiled import at, column_sum, compiled
from influence_sim.model.parameters import Floats, Parameters
from influence_sim.model.state import State, logistic
from influence_sim.model.world import NORTH, Rows, World

SPREAD = 2.0 * 3.0**0.5
"""A uniform draw on [-1/2, 1/2] times this has standard deviation 1."""


OUTCOMES = (
    "taliban_control",
    "daesh_control",
    "daesh_strength",
    "kabul_territory",
    "northern_threat",
    "districts_insurgent",
    "districts_government",
    "contested",
)
THREAT = ("daesh.north_weight", "daesh.threat_half")
"""What makes the threat to the north, in the order in which the loop reads it."""


@dataclass(frozen=True)
class Wiring:
    """Constants of the ground: weights of shape (P, 1), summing to 1 where they are shares.

    Attributes:
        shares: of population, and of districts, (2, P).
        poppy: area of 2015 in hectares.
        suits: standardised traits that favour insurgents: poppy of 2014-15, Pakistan's border, thin population.
        daesh: rows of the provinces where Daesh has ground, (N,); `of_daesh` for each province its number among
            them, or -1, (P,).
        north: share of population of each of these that borders on Central Asia, else 0, (N,).
        outcomes: rows of what is recorded, in the order of `OUTCOMES`.
        neighbours: rows of the neighbours of each province, (P, k); where it has fewer, -1.
    """

    shares: Floats
    poppy: Floats
    suits: tuple[Floats, Floats, Floats]
    daesh: Rows
    of_daesh: Rows
    north: Floats
    outcomes: Rows
    neighbours: Rows


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Gathers the constants of the theatre's provinces."""
    provinces = world.arm.theatre.provinces
    people = np.array([[province.population] for province in provinces])
    districts = np.array([[float(province.districts)] for province in provinces])
    poppy = np.log1p(np.array([[0.5 * (province.crop[0] + province.crop[1])] for province in provinces]))
    thin = -np.log(people / np.array([[province.area_km2] for province in provinces]))
    border = np.array([[float("PAK" in province.borders)] for province in provinces])
    north = np.array([[float(bool(NORTH & set(province.borders)))] for province in provinces])
    daesh = np.array([row for row, province in enumerate(provinces) if province.spoiler_ground != 0.0], dtype=np.intp)
    share = people / people.sum()
    return Wiring(
        shares=np.array([share[:, 0], (districts / districts.sum())[:, 0]]),
        poppy=np.array([[province.crop[1]] for province in provinces]),
        suits=(_standard(poppy), border, _standard(thin)),
        daesh=daesh,
        of_daesh=np.array([list(daesh).index(row) if row in daesh else -1 for row in range(len(provinces))]),
        north=(north * share)[daesh, 0],
        outcomes=world.outcome_rows(*OUTCOMES),
        neighbours=_neighbours(world),
    )


def _standard(values: Floats) -> Floats:
    out: Floats = (values - values.mean()) / values.std()
    return out


def _neighbours(world: World) -> Rows:
    """Rows of the neighbours of each province, in the order in which the theatre lists them, then -1."""
    names = [province.iso for province in world.arm.theatre.provinces]
    beside: list[list[int]] = [[] for _ in names]
    for one, other in world.arm.theatre.neighbours:
        beside[names.index(one)].append(names.index(other))
        beside[names.index(other)].append(names.index(one))
    most = max(map(len, beside))
    return np.array([near + [-1] * (most - len(near)) for near in beside], dtype=np.intp)


def leaning(world: World, p: Parameters) -> Floats:
    """How far each province leans to the insurgents by its nature, in log-odds, (P, 1 or R)."""
    names = ("territory.poppy", "territory.border", "territory.density")
    terms = [p[name] * trait for name, trait in zip(names, wiring(world).suits, strict=True)]
    return terms[0] + terms[1] + terms[2]


def starting(world: World, p: Parameters) -> Floats:
    """Taliban control in the first month, (P, 1 or R)."""
    return logistic(p["territory.start"] + leaning(world, p))


def ground_of_daesh(world: World, p: Parameters) -> Floats:
    """Daesh's odds of control at full strength in its provinces, (N, 1 or R)."""
    provinces = world.arm.theatre.provinces
    return p["daesh.ground"] * p.stack([provinces[row].spoiler_ground for row in wiring(world).daesh])


def advance(s: State) -> None:
    """Lets the contest of the month move control, with local fortunes of war."""
    world, p = s.world, s.p
    odds = _odds(s)
    strength = p.once("daesh ground", lambda: ground_of_daesh(world, p)) * s.daesh_strength
    numbers = p.table(("territory.rate", "territory.shock"), s.width)
    _contest(s.taliban, s.daesh, odds, strength, s.fortunes, wiring(world).of_daesh, numbers)


def _odds(s: State) -> Floats:
    """The Taliban's odds against Kabul in this month's contest, before Daesh is counted. (P, R)."""
    world, p = s.world, s.p
    lean = p.once("territory lean", lambda: p["territory.decisiveness"] * (p["territory.pull"] + leaning(world, p)))
    names = ("territory.decisiveness", "territory.local", "territory.neighbours")
    beside = np.zeros((0, s.width))
    if not p.off("territory.neighbours"):
        beside = np.zeros_like(s.taliban)
        _beside(beside, s.taliban, wiring(world).neighbours)
    odds = np.empty_like(s.taliban)
    _weigh_up(odds, s.taliban, lean, capability.advantage(s), beside, p.table(names, s.width))
    np.exp(odds, out=odds)
    return odds


@compiled
def _weigh_up(odds: Floats, taliban: Floats, lean: Floats, advantage: Floats, beside: Floats, numbers: Floats) -> None:
    """Log-odds of the contest: the Taliban's advantage, what leans to them, what they hold there and beside it."""
    decisive = numbers[0]
    local, neighbours, mean = decisive * numbers[1], decisive * numbers[2], column_sum(taliban) / len(taliban)
    common = decisive * advantage - local * mean
    for n in range(len(taliban)):
        row, held, leans = odds[n], taliban[n], lean[n]
        for r in range(len(row)):
            row[r] = local[r] * held[r] + at(leans, r) + common[r]
        if len(beside):
            near = beside[n]
            for r in range(len(row)):
                row[r] += neighbours[r] * (near[r] - mean[r])


@compiled
def _contest(
    taliban: Floats,
    daesh: Floats,
    odds: Floats,
    strength: Floats,
    fortunes: Floats,
    of_daesh: Rows,
    numbers: Floats,
) -> None:
    """Moves control towards the shares that the odds give, and adds chance: none where one side holds all."""
    rate = numbers[0]
    spread = numbers[1] * SPREAD
    kabul, against_all = np.empty_like(rate), np.empty_like(rate)
    for n in range(len(taliban)):
        held, ratio, drawn, k = taliban[n], odds[n], fortunes[n], of_daesh[n]
        for r in range(len(held)):
            kabul[r] = 1.0 - held[r]
            against_all[r] = 1.0 + ratio[r]
        if k >= 0:
            theirs, strong = daesh[k], strength[k]
            for r in range(len(held)):
                kabul[r] -= theirs[r]
                against_all[r] += strong[r]
                theirs[r] += rate[r] * (strong[r] / against_all[r] - theirs[r])
        for r in range(len(held)):
            chance = (drawn[r] - 0.5) * spread[r] * held[r] * kabul[r]
            held[r] += (ratio[r] / against_all[r] - held[r]) * rate[r] + chance


@compiled
def _beside(out: Floats, taliban: Floats, neighbours: Rows) -> None:
    """Mean Taliban control of the neighbours of each province, (P, R)."""
    for n in range(len(out)):
        mean, weight = out[n], 1.0 / max((neighbours[n] >= 0).sum(), 1)
        for k in range(neighbours.shape[1]):
            if neighbours[n, k] >= 0:
                near = taliban[neighbours[n, k]]
                for r in range(len(mean)):
                    mean[r] += weight * near[r]


@compiled
def _power(base: float, exponent: float) -> float:
    """A power of 1, 2 or 3, by multiplication."""
    squared = base * base
    return squared if exponent == 2.0 else base if exponent == 1.0 else squared * base


@compiled
def raised(base: Floats, exponent: Floats) -> Floats:
    """A power of 1, 2 or 3 for each replicate, (R,)."""
    out = np.empty_like(base)
    for r in range(len(out)):
        out[r] = _power(base[r], exponent[r])
    return out


def measure(s: State) -> None:
    """Writes control by population and by district class, the threat to the north, and the ground under poppy."""
    wires, p = wiring(s.world), s.p
    sums, s.poppy = np.zeros((7, s.width)), np.empty((2, s.width))
    classes = p.once(("districts", s.width), lambda: _classes(p, s.width))
    _sum_up(sums, s.taliban, s.daesh, wires.shares, wires.of_daesh, wires.north, s.potential, classes)
    threat = p.table(THREAT, s.width)
    _record(s.z, s.poppy, wires.outcomes, sums, s.daesh_strength, s.potential_in_all, threat)


@compiled
def _record(
    z: Floats, poppy: Floats, outcomes: Rows, sums: Floats, daesh: Floats, potential: Floats, threat: Floats
) -> None:
    """Writes what follows from sums over provinces; of the ground under poppy, the insurgents' and Kabul's."""
    weight, half = threat
    for r in range(len(daesh)):
        of_taliban, of_daesh, insurgent = sums[0, r], sums[1, r], sums[3, r]
        felt = weight[r] * sums[2, r] + (1.0 - weight[r]) * of_daesh
        government = 1.0 - sums[4, r]
        z[outcomes[0], r] = of_taliban
        z[outcomes[1], r] = of_daesh
        z[outcomes[2], r] = daesh[r]
        z[outcomes[3], r] = 1.0 - of_taliban - of_daesh
        z[outcomes[4], r] = felt / (felt + half[r])
        z[outcomes[5], r] = insurgent
        z[outcomes[6], r] = government
        z[outcomes[7], r] = 1.0 - government - insurgent
        poppy[0, r] = sums[5, r] + sums[6, r]
        poppy[1, r] = at(potential, r) - poppy[0, r]


def _classes(p: Parameters, width: int) -> Floats:
    """Shape of SIGAR's classes, and the odds from which districts are contested and insurgent to that power. (3, R)."""
    names = ("territory.district_shape", "territory.contested_from", "territory.insurgent_from")
    shape, contested, insurgent = p.table(names, width)
    return np.array([shape, raised(contested, shape), raised(insurgent, shape)])


@compiled
def _sum_up(
    sums: Floats,
    taliban: Floats,
    daesh: Floats,
    shares: Floats,
    of_daesh: Rows,
    north: Floats,
    potential: Floats,
    classes: Floats,
) -> None:
    """Sums over provinces.

    Of control weighted by people, the Taliban's and Daesh's, and Daesh's in the north; of districts at least insurgent,
    and at least contested, by a Hill function of the insurgents' odds; of the area under poppy that either holds.
    """
    shape, low, high = classes[0], classes[1], classes[2]
    against = np.empty(len(shape))
    for n in range(len(taliban)):
        held, area, k, people, districts = taliban[n], potential[n], of_daesh[n], shares[0, n], shares[1, n]
        for r in range(len(held)):
            against[r] = held[r]
            sums[0, r] += held[r] * people
            sums[5, r] += held[r] * at(area, r)
        if k >= 0:
            theirs = daesh[k]
            for r in range(len(held)):
                against[r] += theirs[r]
                sums[1, r] += theirs[r] * people
                sums[2, r] += theirs[r] * north[k]
                sums[6, r] += theirs[r] * at(area, r)
        for r in range(len(held)):
            odds = _power(against[r] / (1.0 - against[r]), shape[r])
            sums[3, r] += odds / (odds + high[r]) * districts
            sums[4, r] += odds / (odds + low[r]) * districts


def potential(world: World, p: Parameters) -> Floats:
    """Area each province would carry under the insurgents, so that 2015 comes out as recorded. (P, 1 or R)."""
    start = starting(world, p)
    return wiring(world).poppy / (p["opium.kabul_tolerance"] * (1.0 - start) + start)
