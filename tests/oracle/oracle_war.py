"""The oracle's mechanisms of war, ground and crop (ODD 7.5 to 7.7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle_state import clip, logistic

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Province

Ground = tuple[float, float, float, float]  # government, contested, insurgent, Daesh

NORTH = ("TJK", "UZB", "TKM")
YIELD = 0.02448  # tonnes a hectare
OUTPUT_2017 = 9000  # tonnes
NORTHERN_ROUTE = 0.25


def answered_troops(s: State) -> float:
    """Foreign troops; after the record they answer the loss of ground (ODD 6)."""
    lost = clip(s.territory_before - s.z["kabul_territory"])
    return s.condition("foreign_troops") * (1 + s.p["answers.troops"] * lost)


def answered_aid(s: State) -> float:
    """Aid to Kabul; after the record it answers the loss of legitimacy (ODD 6)."""
    lost = clip(s.p["authority.cohesion_start"] - s.legitimacy)
    return s.condition("aid_to_kabul") * (1 + s.p["answers.aid"] * lost)


def troops(s: State) -> float:
    """Tau of ODD 7.5."""
    return s.troops / (s.troops + s.p["capability.troops_half"])


def sponsors(s: State) -> dict[str, float]:
    """Weights of those that can support the Taliban (ODD 7.5)."""
    donors = s.theatre.can("support", "taliban")
    named = {j: s.p[f"sponsors.{j}"] for j in donors if f"sponsors.{j}" in s.p}
    others = s.by_capability([j for j in donors if j not in named], "economic")
    left = max(1 - sum(named.values()), 0)
    return named | {j: left * weight for j, weight in others.items()}


def support(s: State) -> float:
    """Sigma: outside support for the Taliban (ODD 7.5)."""
    weights = sponsors(s)
    given = sum(weight * s.do(j, "support", "taliban") for j, weight in weights.items())
    return given / max(sum(weights.values()), 1)


def hunt(s: State) -> float:
    """H: how hard Daesh is fought (ODD 7.5)."""
    total = 0.0
    for actor, weight in s.by_capability(s.theatre.can("fight", "daesh"), "military").items():
        helped = 1 + s.p["daesh.helped_enemies"] * support(s) if actor == "taliban" else 1.0
        total += weight * s.do(actor, "fight", "daesh") * helped
    return total


def next_daesh(s: State) -> float:
    """Strength of Daesh's organisation (ODD 7.5)."""
    n = s.daesh
    grown = s.p["daesh.growth"] * s.condition("daesh_inflow") * n * (1 - n)
    return clip(n + grown - s.p["daesh.attrition"] * hunt(s) * n)


def rent(s: State) -> float:
    """Opium rent of the Taliban, last month's (ODD 7.7)."""
    return 2 * s.z["opium_output"] * s.z["taliban_opium_share"]


def advantage(s: State) -> float:
    """Delta: the Taliban's advantage over Kabul, in log-odds (ODD 7.5)."""
    p = s.p
    effort = p["capability.effort"] * (s.do("taliban", "fight", "kabul") - s.do("kabul", "fight", "taliban"))
    helped = p["capability.support"] * support(s) + p["capability.rent"] * rent(s)
    two_fronts = p["capability.two_fronts"] * s.do("taliban", "fight", "daesh") * s.daesh
    morale = p["legitimacy.morale"] * (p["authority.cohesion_start"] - s.legitimacy)
    kabuls = p["capability.troops"] * troops(s) + p["capability.revenue"] * s.z["kabul_revenue"]
    air = p["capability.air"] * troops(s) * s.do("us", "fight", "taliban")
    if p["territory.form"] == 1:  # ODD 7.14
        talibans = p["capability.effort"] * s.do("taliban", "fight", "kabul") + helped - two_fronts + morale
        kabuls += p["capability.effort"] * s.do("kabul", "fight", "taliban") + air
        return p["territory.decisiveness"] * math.log(max(talibans, 0.1) / max(kabuls, 0.1))
    return effort + helped - two_fronts + morale - kabuls - air


def standardised(values: list[float]) -> list[float]:
    """Less the mean, over the population standard deviation (ODD 7.6)."""
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / deviation for value in values]


def poppy(provinces: list[Province]) -> list[float]:
    """Standardised poppy area of each province (ODD 7.6)."""
    return standardised([math.log(1 + (v.poppy_2014 + v.poppy_2015) / 2) for v in provinces])


def leans(s: State) -> dict[str, float]:
    """Lean of each province towards the insurgents (ODD 7.6)."""
    return {
        v.iso: s.p["territory.insurgency"] * v.insurgency + s.p["territory.poppy"] * planted
        for v, planted in zip(s.theatre.provinces, poppy(s.theatre.provinces), strict=True)
    }


def daesh_share(s: State, iso: str) -> float:
    """Share of a province that Daesh tends to hold (ODD 5 and 7.6)."""
    odds = s.p["daesh.ground"] * s.number(s.theatre.daesh_ground.get(iso, 0.0)) * s.daesh
    return odds / (1 + odds)


def first_ground(s: State, iso: str, lean: float) -> Ground:
    """Ground of a province before the first month (ODD 5)."""
    o, d = math.exp(s.p["territory.start"] + lean), daesh_share(s, iso)
    kappa = s.p["territory.attack"] / s.p["territory.hold"]
    g = (1 - d) / (1 + kappa * o + o**2)
    return g, g * kappa * o, g * o**2, d


def defection(s: State, ground: Ground) -> float:
    """How far a province goes over (ODD 7.6)."""
    survival = (ground[0] + 0.5 * ground[1] + s.legitimacy + s.z["us_presence"]) / 3
    return logistic(s.p["legitimacy.sharpness"] * (s.p["legitimacy.breaking"] - survival))


def contest(s: State, ground: Ground, delta: float, lean: float, draw: float) -> float:
    """A: how the contest for a province goes for the insurgents (ODD 7.6)."""
    over = s.p["legitimacy.defection"] * defection(s, ground) if s.p["legitimacy.form"] == 0 else 0.0  # ODD 7.14
    luck = s.p["territory.shock"] * math.sqrt(12) * (draw - 0.5)
    return logistic(s.p["territory.pull"] + delta + lean + over + luck)


def moved_ground(s: State, iso: str, a: float) -> Ground:
    """Ground of a province after a month (ODD 7.6)."""
    g, c, i, d = s.ground[iso]
    attack, hold = s.p["territory.attack"], s.p["territory.hold"]
    lost, opened = attack * a * g, attack * (1 - a) * i
    after = d + hold * (daesh_share(s, iso) - d)
    left = (1 - after) / (1 - d)
    return (
        (g - lost + hold * (1 - a) * c) * left,
        (c + lost + opened - hold * c) * left,
        (i + hold * a * c - opened) * left,
        after,
    )


def next_ground(s: State, draws: dict[str, float]) -> dict[str, Ground]:
    """Ground of every province (ODD 7.6)."""
    delta, lean = advantage(s), leans(s)
    return {
        iso: moved_ground(s, iso, contest(s, ground, delta, lean[iso], draws[iso])) for iso, ground in s.ground.items()
    }


def insurgent(ground: Ground) -> float:
    """What the Taliban hold of a province (ODD 7.6)."""
    return ground[2] + 0.5 * ground[1]


def measured_ground(s: State) -> dict[str, float]:
    """Outcomes of the ground (ODD 7.6)."""
    people = sum(v.population for v in s.theatre.provinces)
    districts = sum(v.districts for v in s.theatre.provinces)
    z = dict.fromkeys(("taliban_control", "daesh_control", "districts_insurgent", "contested"), 0.0)
    for v in s.theatre.provinces:
        ground = s.ground[v.iso]
        z["taliban_control"] += v.population / people * insurgent(ground)
        z["daesh_control"] += v.population / people * ground[3]
        z["districts_insurgent"] += v.districts / districts * (ground[2] + ground[3])
        z["contested"] += v.districts / districts * ground[1]
    z["kabul_territory"] = 1 - z["taliban_control"] - z["daesh_control"]
    z["districts_government"] = 1 - z["districts_insurgent"] - z["contested"]
    z["daesh_strength"] = s.daesh
    return z


def alarm(s: State) -> float:
    """What fear tends to (ODD 7.6)."""
    north = [v for v in s.theatre.provinces if v.borders & set(NORTH)]
    people = sum(v.population for v in s.theatre.provinces)
    seen = 0.5 * sum(v.population / people * s.ground[v.iso][3] for v in north) + 0.5 * s.z["daesh_control"]
    return seen / (seen + s.p["daesh.threat_half"])


def next_fear(s: State) -> float:
    """Fear of Daesh (ODD 7.6)."""
    return s.fear + s.p["opinion.rate"] * (alarm(s) - s.fear)


def northern_threat(s: State) -> float:
    """Daesh threat seen from the north (ODD 7.6)."""
    return s.fear * s.daesh * (2 - s.daesh)


def potential_poppy(s: State) -> dict[str, float]:
    """Potential poppy area of each province, by who holds it at the start (ODD 7.7)."""
    kappa, first = s.undated["opium.kabul_tolerance"], s.insurgent_at_first
    return {v.iso: v.poppy_2015 / (kappa * (1 - first[v.iso]) + first[v.iso]) for v in s.theatre.provinces}


def measured_opium(s: State) -> dict[str, float]:
    """Outcomes of opium (ODD 7.7)."""
    kappa, removed = s.p["opium.kabul_tolerance"], s.p["opium.eradication"]
    theirs = kabuls = 0.0
    for iso, potential in potential_poppy(s).items():
        q = insurgent(s.ground[iso]) + s.ground[iso][3]
        theirs += potential * q * (1 - removed * s.do("taliban", "eradicate_poppy", "opium"))
        kabuls += potential * (1 - q) * kappa * (1 - removed * s.do("kabul", "eradicate_poppy", "opium"))
    tonnes = (theirs + kabuls) * YIELD * s.condition("opium_weather")
    output = tonnes / (tonnes + OUTPUT_2017)
    return {
        "opium_output": output,
        "taliban_opium_share": theirs / (theirs + kabuls),
        "opium_to_russia": output * NORTHERN_ROUTE,
    }
