"""The oracle's mechanisms of war, ground, money and authority (ODD 7.5 to 7.7, 7.9 and 7.10)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import oracle_theatre
from oracle_motives import logistic
from oracle_state import MEDIATORS, SIDES, clip

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Theatre

YIELD = 0.02448
OUTPUT_2017 = 9000


def troops(s: State) -> float:
    """Tau of ODD 7.5."""
    number = s.condition("foreign_troops")
    return number / (number + s.p["capability.troops_half"])


def advantage(s: State) -> float:
    """Delta: the Taliban's advantage over Kabul, in log-odds (ODD 7.5)."""
    p = s.p
    support = s.mean_policy("support", "taliban", "economic")
    rent = s.z["opium_output"] * s.z["taliban_opium_share"] * p["opium.rent_rate"] * 10
    theirs = p["capability.taliban_effort"] * s.x("taliban", "fight", "kabul")
    theirs += p["capability.support"] * support + p["capability.rent"] * rent
    theirs -= p["capability.two_fronts"] * s.x("taliban", "fight", "daesh") * s.daesh_strength
    kabuls = p["capability.troops"] * troops(s) + p["capability.revenue"] * s.z["kabul_revenue"]
    kabuls += p["capability.kabul_effort"] * s.x("kabul", "fight", "taliban")
    kabuls += p["capability.air"] * troops(s) * s.x("us", "fight", "taliban")
    return theirs - kabuls


def next_daesh(s: State) -> float:
    """Strength of Daesh's organisation (ODD 7.5)."""
    n, effort = s.daesh_strength, 0.5 * (s.x("daesh", "fight", "kabul") + s.x("daesh", "fight", "taliban"))
    grown = s.p["daesh.growth"] * s.condition("daesh_inflow") * effort * (1 - n)
    return clip(n + grown - s.p["daesh.attrition"] * s.mean_policy("fight", "daesh", "military") * n)


def standardised(values: list[float]) -> list[float]:
    """Less the mean, over the population standard deviation (ODD 7.6)."""
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / deviation for value in values]


def leans(s: State, p: dict[str, float] | None = None) -> dict[str, float]:
    """Lean of each province towards the insurgents, by this month's or the given parameters (ODD 7.6)."""
    p = s.p if p is None else p
    provinces = s.theatre.provinces
    poppy = standardised([math.log(1 + (v.poppy_2014 + v.poppy_2015) / 2) for v in provinces])
    thin = standardised([-math.log(v.population / v.area) for v in provinces])
    return {
        v.iso: p["territory.poppy"] * poppy[n]
        + p["territory.border"] * ("PAK" in v.borders)
        + p["territory.density"] * thin[n]
        for n, v in enumerate(provinces)
    }


def daesh_odds(s: State, iso: str) -> float:
    """o_D: odds of Daesh against Kabul in a province (ODD 7.6)."""
    if iso not in s.theatre.daesh_ground:
        return 0.0
    return s.p["daesh.ground"] * s.p[f"daesh.ground.{iso}"] * s.daesh_strength


def taliban_odds(s: State, iso: str, lean: float, delta: float, mean: float) -> float:
    """o_T: odds of the Taliban against Kabul in a province (ODD 7.6)."""
    province = next(v for v in s.theatre.provinces if v.iso == iso)
    near = sum(s.taliban[other] for other in province.neighbours) / len(province.neighbours)
    inner = (s.taliban[iso] - mean) * s.p["territory.local"] + s.p["territory.pull"] + lean + delta
    inner += s.p["territory.neighbours"] * (near - mean)
    return math.exp(s.p["territory.decisiveness"] * inner)


def next_ground(s: State, draws: dict[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Control of every province by the Taliban and by Daesh (ODD 7.6)."""
    taliban, daesh = {}, {}
    mean = sum(s.taliban.values()) / len(s.taliban)
    delta, lean = advantage(s), leans(s)
    for iso, q_t in s.taliban.items():
        q_d = s.daesh[iso]
        o_t, o_d = taliban_odds(s, iso, lean[iso], delta, mean), daesh_odds(s, iso)
        shock = s.p["territory.shock"] * math.sqrt(12) * (draws[iso] - 0.5) * q_t * (1 - q_t - q_d)
        taliban[iso] = q_t + s.p["territory.rate"] * (o_t / (1 + o_t + o_d) - q_t) + shock
        daesh[iso] = q_d + s.p["territory.rate"] * (o_d / (1 + o_t + o_d) - q_d)
    return taliban, daesh


def population_share(theatre: Theatre, held: dict[str, float]) -> float:
    """Share of the population on held ground (ODD 7.6)."""
    everyone = sum(v.population for v in theatre.provinces)
    return sum(v.population * held[v.iso] for v in theatre.provinces) / everyone


def northern_threat(s: State) -> float:
    """Daesh threat seen from the north (ODD 7.6)."""
    north = [v for v in s.theatre.provinces if v.borders & set(oracle_theatre.NORTH)]
    there = sum(v.population * s.daesh[v.iso] for v in north) / sum(v.population for v in s.theatre.provinces)
    share = s.p["daesh.north_weight"]
    ground = share * there + (1 - share) * s.z["daesh_control"]
    return ground / (ground + s.p["daesh.threat_half"])


def insurgent_share(s: State, half: float) -> float:
    """Share of districts where insurgent odds exceed a half-way point (ODD 7.6)."""
    total, shape = sum(v.districts for v in s.theatre.provinces), s.p["territory.district_shape"]
    share = 0.0
    for v in s.theatre.provinces:
        held = s.taliban[v.iso] + s.daesh[v.iso]
        odds = held / (1 - held)
        share += v.districts / total * odds**shape / (odds**shape + half**shape)
    return share


def measured_ground(s: State) -> dict[str, float]:
    """Outcomes of the ground (ODD 7.6)."""
    insurgent = insurgent_share(s, s.p["territory.insurgent_from"])
    government = 1 - insurgent_share(s, s.p["territory.contested_from"])
    taliban, daesh = population_share(s.theatre, s.taliban), population_share(s.theatre, s.daesh)
    return {
        "taliban_control": taliban,
        "daesh_control": daesh,
        "kabul_territory": 1 - taliban - daesh,
        "daesh_strength": s.daesh_strength,
        "districts_insurgent": insurgent,
        "districts_government": government,
        "contested": 1 - insurgent - government,
    }


def potential_poppy(s: State) -> dict[str, float]:
    """Potential poppy area of each province, by who holds it at the start (ODD 7.7)."""
    first = s.undated
    kappa = first["opium.kabul_tolerance"]
    at_start = {iso: logistic(first["territory.start"] + lean) for iso, lean in leans(s, first).items()}
    return {v.iso: v.poppy_2015 / (kappa * (1 - at_start[v.iso]) + at_start[v.iso]) for v in s.theatre.provinces}


def measured_opium(s: State) -> dict[str, float]:
    """Outcomes of opium (ODD 7.7)."""
    kappa, removed = s.p["opium.kabul_tolerance"], s.p["opium.eradication"]
    theirs = kabuls = 0.0
    for iso, potential in potential_poppy(s).items():
        held = s.taliban[iso] + s.daesh[iso]
        theirs += potential * held * (1 - removed * s.x("taliban", "eradicate_poppy", "opium"))
        kabuls += potential * (1 - held) * kappa * (1 - removed * s.x("kabul", "eradicate_poppy", "opium"))
    tonnes = (theirs + kabuls) * YIELD * s.condition("opium_weather")
    output = tonnes / (tonnes + OUTPUT_2017)
    return {
        "opium_output": output,
        "taliban_opium_share": theirs / (theirs + kabuls),
        "opium_to_russia": output * s.p["opium.northern_route"],
    }


def talk(s: State, k: str, side: str) -> float:
    """How far a mediator talks with a side (ODD 7.9)."""
    seat = s.largest_seat(side, k)
    return max(seat, s.engagement(k)) if side == "taliban" else seat


def hold(s: State, k: str, side: str) -> float:
    """What a mediator gives to a side or does to it (ODD 7.9)."""
    if side == "kabul":
        return s.z["us_presence"] if k == "us" else s.x(k, "support", "kabul")
    return max(s.x(k, "support", "taliban"), s.x(k, "fight", "taliban") * troops(s))


def leverage(s: State, k: str, side: str) -> float:
    """Leverage of a mediator over a side (ODD 7.9)."""
    share = s.p["mediation.contact_leverage"]
    return share * talk(s, k, side) + (1 - share) * hold(s, k, side)


def accepts(s: State, j: str, k: str) -> float:
    """How far a judge accepts a mediator (ODD 7.9)."""
    over = {"kabul": ["taliban"], "taliban": ["kabul"]}.get(j, list(SIDES))
    lev = sum(leverage(s, k, side) for side in over) / len(over)
    p, absent = s.p, s.p["mediation.absent"]
    willing = p["mediation.base"] + p["mediation.tie"] * s.tie(j, k) + p["mediation.leverage"] * lev
    willing -= p["mediation.aversion"] * s.aversion(j)
    return logistic(willing) * (absent + (1 - absent) * s.largest_seat(j, k))


def judge_weights(s: State, k: str) -> dict[str, float]:
    """Who judges a mediator, with which weight (ODD 7.9)."""
    judges = [j for j in s.theatre.actors if (j, k) in s.ties and j != "daesh"]
    sides = [j for j in judges if j in SIDES]
    others = s.by_capability([j for j in judges if j not in SIDES], "diplomatic")
    share = s.p["mediation.belligerents"]
    return {j: share / len(sides) if j in sides else (1 - share) * others[j] for j in judges}


def access(s: State, k: str) -> float:
    """What counts of acceptance, given access to both sides (ODD 7.9)."""
    kabul = max(0.5 + 0.5 * s.tie("kabul", k), talk(s, k, "kabul"))
    without = s.p["mediation.without_access"]
    return without + (1 - without) * min(kabul, talk(s, k, "taliban"))


def measured_mediation(s: State) -> dict[str, float]:
    """Acceptance of both mediators and their shares (ODD 7.9)."""
    raw = {
        k: sum(weight * accepts(s, j, k) for j, weight in judge_weights(s, k).items()) * access(s, k) for k in MEDIATORS
    }
    rivalry = min(s.p["rivalry.strength"] * s.p["mediation.rivalry"], 1)
    russia = raw["russia"] * (1 - rivalry * raw["us"])
    us = raw["us"] * (1 - rivalry * raw["russia"])
    return {
        "russia_acceptance": russia,
        "us_acceptance": us,
        "russia_mediator_share": russia / (russia + us),
        "us_mediator_share": us / (russia + us),
    }


def fragmentation(s: State) -> float:
    """How far a weak authority fragments the state; authority of last month (ODD 7.10)."""
    threshold = s.p["authority.threshold"]
    return s.p["authority.fragmentation"] * max(threshold - s.z["kabul_authority"], 0) / threshold


def sidelined(s: State) -> float:
    """How far others talk to the Taliban without Kabul (ODD 7.10)."""
    forums = [f.name for f in s.theatre.forums.values() if f.convenor != "kabul"]
    return max(s.seat("taliban", f) - min(s.seat("taliban", f), s.seat("kabul", f)) for f in forums)


def next_cohesion(s: State) -> float:
    """Cohesion of the government (ODD 7.10)."""
    before = s.z["kabul_cohesion"]
    paid = s.p["authority.cohesion_revenue"]
    causes = (paid * s.z["kabul_revenue"] + (1 - paid) * (1 - s.z["violence"])) * (1 - fragmentation(s))
    causes -= s.p["authority.sidelined"] * sidelined(s)
    return clip(before + s.p["authority.cohesion_rate"] * (causes - before))


def violence(s: State) -> float:
    """Violence (ODD 7.10)."""
    p = s.p
    civil = 0.5 * (s.x("kabul", "fight", "taliban") + s.x("taliban", "fight", "kabul"))
    around_daesh = 0.5 * (s.x("taliban", "fight", "daesh") + s.x("daesh", "fight", "kabul")) * s.daesh_strength
    parts = {
        "civil": civil * (1 - p["violence.contested"] + p["violence.contested"] * s.z["contested"]),
        "air": s.x("us", "fight", "taliban") * troops(s),
        "daesh": around_daesh,
        "fragmentation": fragmentation(s),
    }
    total = sum(p[f"violence.{name}"] for name in parts)
    return (1 - p["settlement.calm"] * s.z["settlement"]) * sum(
        p[f"violence.{name}"] / total * part for name, part in parts.items()
    )


def kabul_revenue(s: State) -> float:
    """Kabul's revenue (ODD 7.10)."""
    share = s.p["authority.aid_share"]
    aid = min(s.mean_policy("support", "kabul", "economic") * s.condition("aid_to_kabul"), 1)
    return share * aid + (1 - share) * s.z["kabul_territory"] * (1 - s.p["authority.tax_loss"] * s.z["violence"])


def us_presence(s: State) -> float:
    """US presence (ODD 7.10)."""
    share = s.p["presence.troops"]
    return share * troops(s) + (1 - share) * min(s.x("us", "support", "kabul") * s.condition("aid_to_kabul"), 1)


def spared(s: State, j: str) -> float:
    """Erosion spared because Kabul sits at the same table (ODD 7.10)."""
    relief = s.p["authority.inclusion_relief"]
    at_moscow = relief * s.seat(j, "moscow_format") * s.seat("kabul", "moscow_format")
    return max(at_moscow, relief * s.seat("kabul", "us_channel")) if j == "us" else at_moscow


def kabul_recognition(s: State) -> float:
    """Kabul's exclusive recognition (ODD 7.10)."""
    eroded = sum(weight * s.line[j] * (1 - spared(s, j)) for j, weight in s.outsider_weights().items())
    return 1 - s.p["authority.erosion"] * eroded


def kabul_authority(s: State) -> float:
    """Kabul's authority from its four parts (ODD 7.10)."""
    parts = {name: s.z[f"kabul_{name}"] for name in ("territory", "recognition", "revenue", "cohesion")}
    total = sum(s.p[f"authority.{name}"] for name in parts)
    weights = {name: s.p[f"authority.{name}"] / total for name in parts}
    if s.p["authority.mean"] == 0:
        floor = s.p["authority.floor"]
        return math.exp(sum(weights[name] * math.log(max(part, floor)) for name, part in parts.items()))
    if s.p["authority.mean"] == 1:
        return sum(weights[name] * part for name, part in parts.items())
    return min(parts.values())
