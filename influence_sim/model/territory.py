"""Who holds the 34 provinces: a contest success function for each, ground changing hands slowly towards it.

Form: Hirshleifer (1989), Skaperdas (1996), in odds against Kabul, so that one `exp` serves all provinces.
Claims: C08, C22, C23 (Daesh), C31 (poppy ground), C35, C38. SIGAR's district classes follow smoothly from control.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from influence_sim.model import capability
from influence_sim.model.parameters import Floats, Parameters, weighted
from influence_sim.model.state import State, logistic
from influence_sim.model.world import NORTH, Rows, World

SPREAD = 2.0 * 3.0**0.5
"""A uniform draw on [-1/2, 1/2] times this has standard deviation 1."""


@dataclass(frozen=True)
class Wiring:
    """Constants of the ground: weights of shape (P, 1), summing to 1 where they are shares.

    Attributes:
        people, districts: shares of population and of districts.
        poppy: area of 2015 in hectares.
        suits: standardised traits that favour insurgents: poppy of 2014-15, Pakistan's border, thin population.
        daesh: rows of the provinces where Daesh has ground; `people_of_daesh` their shares of population, and
            `north` the same where they border on Central Asia, else 0.
        neighbours: rounds of (neighbour row of each province, its weight in the mean).
    """

    people: Floats
    districts: Floats
    poppy: Floats
    suits: tuple[Floats, Floats, Floats]
    daesh: Rows
    people_of_daesh: Floats
    north: Floats
    neighbours: tuple[tuple[Rows, Floats], ...]


@lru_cache(maxsize=64)
def wiring(world: World) -> Wiring:
    """Gathers the constants of the theatre's provinces."""
    provinces = world.arm.theatre.provinces
    people = np.array([[province.population] for province in provinces])
    districts = np.array([[float(province.districts)] for province in provinces])
    poppy = np.log1p(np.array([[0.5 * (province.poppy[0] + province.poppy[1])] for province in provinces]))
    thin = -np.log(people / np.array([[province.area_km2] for province in provinces]))
    border = np.array([[float("PAK" in province.borders)] for province in provinces])
    north = np.array([[float(bool(NORTH & set(province.borders)))] for province in provinces])
    daesh = np.array([row for row, province in enumerate(provinces) if province.daesh_ground != 0.0], dtype=np.intp)
    share = people / people.sum()
    return Wiring(
        people=share,
        districts=districts / districts.sum(),
        poppy=np.array([[province.poppy[1]] for province in provinces]),
        suits=(_standard(poppy), border, _standard(thin)),
        daesh=daesh,
        people_of_daesh=share[daesh],
        north=(north * share)[daesh],
        neighbours=_neighbours(world),
    )


def _standard(values: Floats) -> Floats:
    out: Floats = (values - values.mean()) / values.std()
    return out


def _neighbours(world: World) -> tuple[tuple[Rows, Floats], ...]:
    """Rounds of neighbours: the k-th neighbour of each province, with its weight in the mean (0 where it has fewer)."""
    names = [province.iso for province in world.arm.theatre.provinces]
    beside: list[list[int]] = [[] for _ in names]
    for one, other in world.arm.theatre.neighbours:
        beside[names.index(one)].append(names.index(other))
        beside[names.index(other)].append(names.index(one))
    rounds = []
    for k in range(max(map(len, beside))):
        rows = np.array([near[k] if k < len(near) else own for own, near in enumerate(beside)], dtype=np.intp)
        weights = np.array([[1.0 / len(near) if k < len(near) else 0.0] for near in beside])
        rounds.append((rows, weights))
    return tuple(rounds)


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
    return p["daesh.ground"] * p.stack([provinces[row].daesh_ground for row in wiring(world).daesh])


def advance(s: State) -> None:
    """Lets the contest of the month move control, with local fortunes of war."""
    world, p = s.world, s.p
    wires = wiring(world)
    chance = _fortunes(s)
    odds = _odds(s)
    strength = p.once("daesh ground", lambda: ground_of_daesh(world, p)) * s.daesh_strength
    against_all = 1.0 + odds
    against_all[wires.daesh] += strength
    rate = p["territory.rate"]
    odds /= against_all
    odds -= s.taliban
    odds *= rate
    odds += chance
    s.daesh += rate * (strength / against_all[wires.daesh] - s.daesh)
    s.taliban += odds


def _odds(s: State) -> Floats:
    """The Taliban's odds against Kabul in this month's contest, before Daesh is counted. (P, R)."""
    world, p = s.world, s.p
    decisive = p["territory.decisiveness"]
    local = decisive * p["territory.local"]
    mean = s.taliban.sum(axis=0) / len(s.taliban)
    lean = p.once("territory lean", lambda: p["territory.decisiveness"] * (p["territory.pull"] + leaning(world, p)))
    odds = local * s.taliban
    odds += lean
    odds += decisive * capability.advantage(s) - local * mean
    if not p.off("territory.neighbours"):
        odds += decisive * p["territory.neighbours"] * (_beside(s) - mean)
    np.exp(odds, out=odds)
    return odds


def _beside(s: State) -> Floats:
    """Mean Taliban control of the neighbours of each province, (P, R)."""
    out = np.zeros_like(s.taliban)
    for rows, weights in wiring(s.world).neighbours:
        out += weights * s.taliban.take(rows, axis=0)
    return out


def _fortunes(s: State) -> Floats:
    """What chance adds to Taliban control: nothing where one side holds all, so that shares stay shares. (P, R)."""
    out = s.fortunes - 0.5
    out *= s.p["territory.shock"] * SPREAD
    out *= s.taliban
    kabul = 1.0 - s.taliban
    kabul[wiring(s.world).daesh] -= s.daesh
    out *= kabul
    return out


def measure(s: State) -> None:
    """Writes control by population and by district class, the threat to the north, and the ground under poppy."""
    wires, p = wiring(s.world), s.p
    of_taliban = weighted(wires.people, s.taliban)
    of_daesh = weighted(wires.people_of_daesh, s.daesh)
    s["taliban_control"] = of_taliban
    s["daesh_control"] = of_daesh
    s["daesh_strength"] = s.daesh_strength
    s["kabul_territory"] = 1.0 - of_taliban - of_daesh
    north = weighted(wires.north, s.daesh)
    felt = p["daesh.north_weight"] * north + (1.0 - p["daesh.north_weight"]) * of_daesh
    s["northern_threat"] = felt / (felt + p["daesh.threat_half"])
    _measure_districts(s)
    insurgent = weighted(s.potential, s.taliban) + weighted(s.potential_of_daesh, s.daesh)
    s.ground["poppy_insurgent"] = insurgent
    s.ground["poppy_kabul"] = s.potential_in_all - insurgent


def potential(world: World, p: Parameters) -> Floats:
    """Area each province would carry under the insurgents, so that 2015 comes out as recorded. (P, 1 or R)."""
    start = starting(world, p)
    return wiring(world).poppy / (p["opium.kabul_tolerance"] * (1.0 - start) + start)


def raised(base: Floats, exponent: Floats) -> Floats:
    """A power of 1, 2 or 3, by multiplication: the same bits for one exponent and for one a replicate."""
    squared = base * base
    out: Floats = np.where(exponent == 2.0, squared, np.where(exponent == 1.0, base, squared * base))
    return out


def _measure_districts(s: State) -> None:
    """SIGAR's classes: shares of districts by a Hill function of the insurgents' odds."""
    wires, p = wiring(s.world), s.p
    against = s.taliban.copy()
    against[wires.daesh] += s.daesh
    shape = p["territory.district_shape"]
    odds = against / (1.0 - against)
    odds = odds * odds if p.once("squares", lambda: shape == 2.0).all() else raised(odds, shape)
    low = p.once("districts contested", lambda: raised(p["territory.contested_from"], shape))
    high = p.once("districts insurgent", lambda: raised(p["territory.insurgent_from"], shape))
    np.divide(odds, odds + high, out=against)
    insurgent = weighted(wires.districts, against)
    np.divide(odds, odds + low, out=against)
    government = 1.0 - weighted(wires.districts, against)
    s["districts_insurgent"] = insurgent
    s["districts_government"] = government
    s["contested"] = 1.0 - government - insurgent
