"""The oracle's mechanisms of mediation, authority and prestige (ODD 7.9 to 7.11)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import oracle_war as war
import oracle_world as world
from oracle_state import MEDIATORS, SIDES, clip, logistic

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Forum


def talk(s: State, k: str, side: str) -> float:
    """How far a mediator talks with a side (ODD 7.9)."""
    seat = s.largest_seat(side, k)
    return max(seat, s.engagement(k)) if side == "taliban" else seat


def hold(s: State, k: str, side: str) -> float:
    """What a mediator gives to a side or does to it (ODD 7.9)."""
    if side == "kabul":
        return s.z["us_presence"] if k == "us" else s.do(k, "support", "kabul")
    return max(s.do(k, "support", "taliban"), s.do(k, "fight", "taliban") * war.troops(s))


def leverage(s: State, k: str, side: str) -> float:
    """Leverage of a mediator over a side (ODD 7.9)."""
    return 0.5 * (talk(s, k, side) + hold(s, k, side))


def accepts(s: State, j: str, k: str) -> float:
    """How far a judge accepts a mediator (ODD 7.9)."""
    over = {"kabul": ["taliban"], "taliban": ["kabul"]}.get(j, list(SIDES))
    lev = sum(leverage(s, k, side) for side in over) / len(over)
    willing = s.p["mediation.base"] + s.p["mediation.tie"] * s.tie(j, k) + s.p["mediation.leverage"] * lev
    absent = s.p["mediation.absent"]
    return logistic(willing) * (absent + (1 - absent) * s.largest_seat(j, k))


def judge_weights(s: State, k: str) -> dict[str, float]:
    """Who judges a mediator, with which weight (ODD 7.9)."""
    judges = [j for j in s.theatre.actors if (j, k) in s.ties and j != "daesh"]
    sides = [j for j in judges if j in SIDES]
    others = s.by_capability([j for j in judges if j not in SIDES], "diplomatic")
    return {j: 0.5 / len(sides) if j in sides else 0.5 * others[j] for j in judges}


def access(s: State, k: str) -> float:
    """What counts of acceptance, given access to both sides (ODD 7.9)."""
    kabul = max(0.5 + 0.5 * s.tie("kabul", k), talk(s, k, "kabul"))
    without = s.p["mediation.without_access"]
    return without + (1 - without) * min(kabul, talk(s, k, "taliban"))


def raw_acceptance(s: State, k: str) -> float:
    """How far a mediator would be taken, before rivalry (ODD 7.9), also by the weakest side (ODD 7.14)."""
    if s.p["mediation.form"] == 1:
        return min([accepts(s, j, k) for j in SIDES if (j, k) in s.ties] + [access(s, k)])
    return sum(weight * accepts(s, j, k) for j, weight in judge_weights(s, k).items()) * access(s, k)


def sought_acceptance(s: State) -> dict[str, float]:
    """What acceptance tends to (ODD 7.9), in the form of rivalry that holds (ODD 7.14)."""
    raw = {k: raw_acceptance(s, k) for k in MEDIATORS}
    if s.p["rivalry.form"] == 1:
        return raw
    if s.p["rivalry.form"] == 2:
        return {"russia": 0.5 + 0.5 * (raw["russia"] - raw["us"]), "us": 0.5 + 0.5 * (raw["us"] - raw["russia"])}
    rivalry = min(s.p["rivalry.strength"], 1)
    return {
        "russia": raw["russia"] * (1 - rivalry * raw["us"]),
        "us": raw["us"] * (1 - rivalry * raw["russia"]),
    }


def next_acceptance(s: State) -> dict[str, float]:
    """Acceptance of both mediators (ODD 7.9)."""
    sought = sought_acceptance(s)
    return {k: a + s.p["mediation.rate"] * (sought[k] - a) for k, a in s.acceptance.items()}


def mediator_share(own: float, other: float) -> float:
    """A mediator's share of the acceptance of both (ODD 7.9), which may be 0."""
    return own / (own + other) if own else 0.0


def measured_mediation(s: State) -> dict[str, float]:
    """Acceptance of both mediators, their shares, and Russia's lead (ODD 7.9)."""
    russia, us = s.acceptance["russia"], s.acceptance["us"]
    return {
        "russia_acceptance": russia,
        "us_acceptance": us,
        "russia_mediator_share": mediator_share(russia, us),
        "us_mediator_share": mediator_share(us, russia),
        "russia_lead": russia - us,
    }


def fragmentation(s: State) -> float:
    """How far a weak authority fragments the state; authority of last month (ODD 7.10)."""
    threshold = s.p["authority.threshold"]
    return s.p["authority.fragmentation"] * max(threshold - s.z["kabul_authority"], 0) / threshold


def bypassed(s: State, forum: Forum) -> float:
    """How far the Taliban sit at a forum without Kabul, as far as that is known (ODD 7.10)."""
    if forum.convenor == "kabul":
        return 0.0
    taliban = s.seat("taliban", forum.name)
    alone = taliban - min(taliban, s.seat("kabul", forum.name))
    return alone if forum.kind == "format" else alone * s.line[forum.convenor]


def sidelined(s: State) -> float:
    """What being bypassed costs (ODD 7.10)."""
    return s.p["authority.sidelined"] * max(bypassed(s, forum) for forum in s.theatre.forums.values())


def next_cohesion(s: State) -> float:
    """Cohesion of the government (ODD 7.10)."""
    before = s.z["kabul_cohesion"]
    causes = 0.5 * (s.z["kabul_revenue"] + 1 - s.z["violence"]) * (1 - fragmentation(s))
    return clip(before + s.p["opinion.rate"] * (causes - s.p["authority.split"] - sidelined(s) - before))


def next_legitimacy(s: State) -> float:
    """Legitimacy of the government (ODD 7.10)."""
    causes = 0.5 * (s.z["kabul_cohesion"] + s.z["kabul_recognition"]) * (1 - sidelined(s))
    return s.legitimacy + s.p["opinion.rate"] * (causes - s.legitimacy)


def violence(s: State) -> float:
    """Violence (ODD 7.10)."""
    v1, v2, v3 = (s.p[f"violence.{name}"] for name in ("air", "daesh", "fragmentation"))
    civil = 0.5 * (s.do("kabul", "fight", "taliban") + s.do("taliban", "fight", "kabul"))
    total = (1 - v1 - v2 - v3) * civil * (0.5 + 0.5 * s.z["contested"])
    total += v1 * s.do("us", "fight", "taliban") * war.troops(s)
    total += v2 * 0.5 * (s.do("taliban", "fight", "daesh") + s.do("daesh", "fight", "kabul")) * s.daesh
    total += v3 * fragmentation(s)
    return (1 - s.p["settlement.calm"] * s.z["settlement"]) * total


def aid(s: State) -> float:
    """Aid that Kabul gets (ODD 7.10)."""
    donors = s.by_capability(s.theatre.can("support", "kabul"), "economic")
    return min(sum(weight * s.do(j, "support", "kabul") for j, weight in donors.items()) * s.aid, 1)


def kabul_revenue(s: State) -> float:
    """Kabul's revenue (ODD 7.10)."""
    share = s.p["authority.aid_share"]
    taxes = s.z["kabul_territory"] * (1 - s.p["authority.tax_loss"] * s.z["violence"])
    return share * aid(s) + (1 - share) * taxes


def us_presence(s: State) -> float:
    """US presence (ODD 7.10)."""
    return 0.5 * (war.troops(s) + min(s.do("us", "support", "kabul") * s.aid, 1))


def spared(s: State, j: str) -> float:
    """Erosion spared because Kabul sits at the same table (ODD 7.10)."""
    relief = s.p["authority.inclusion_relief"]
    at_moscow = relief * s.seat(j, "moscow_format") * s.seat("kabul", "moscow_format")
    return max(at_moscow, relief * s.seat("kabul", "us_channel")) if j == "us" else at_moscow


def kabul_recognition(s: State) -> float:
    """Kabul's exclusive recognition (ODD 7.10)."""
    eroded = sum(weight * s.line[j] * (1 - spared(s, j)) for j, weight in s.outsider_weights().items())
    return 1 - s.p["authority.erosion"] * eroded


def authority_weights(s: State) -> dict[str, float]:
    """Weights of the parts of authority (ODD 7.10)."""
    territory = s.p["authority.territory"]
    return {"territory": territory} | dict.fromkeys(("recognition", "revenue", "cohesion"), (1 - territory) / 3)


def kabul_authority(s: State) -> float:
    """Kabul's authority from its four parts (ODD 7.10)."""
    parts = [(weight, s.z[f"kabul_{name}"]) for name, weight in authority_weights(s).items()]
    if s.p["authority.mean"] == 0:
        return math.exp(sum(weight * math.log(max(part, 0.01)) for weight, part in parts))
    if s.p["authority.mean"] == 1:
        return sum(weight * part for weight, part in parts)
    return min(part for _, part in parts)


def turnout(s: State, forum: Forum) -> float:
    """Invited states that sit, over invited states (ODD 7.11)."""
    guests = {a: s.theatre.states[a] for a in s.theatre.actors if forum.invited(a, s.month)}
    invited = sum(guests.values())
    return sum(n * s.do(a, "attend", forum.name) for a, n in guests.items()) / invited if invited else 1.0


def missed(s: State, forum: Forum) -> float:
    """Empty seats at a live format (ODD 7.11)."""
    return s.live[forum.name] * (1 - turnout(s, forum)) if forum.kind == "format" else 0.0


def next_fortune(s: State, k: str) -> float:
    """Fortune of the talks that a mediator leads (ODD 7.11)."""
    now = 0.5 + sum(0.5 * world.both_at(s, forum) - 0.5 * missed(s, forum) for forum in s.theatre.led_by(k))
    return s.fortune[k] + s.p["opinion.rate"] * (clip(now) - s.fortune[k])


def next_prestige(s: State, k: str) -> float:
    """Prestige of a mediator, to which crises elsewhere give or take (ODD 7.11)."""
    crises = s.condition("crises_elsewhere") * (1 if k == "russia" else -1)
    target = s.p[f"prestige.{k}_start"] + crises
    target += s.p["prestige.acceptance"] * (s.acceptance[k] - s.accepted_before[k])
    target += s.p["prestige.following"] * world.credit(s, k)
    target += s.p["prestige.progress"] * (2 * s.fortune[k] - 1)
    before = s.z[f"{k}_prestige"]
    return clip(before + s.p["opinion.rate"] * (target - before))
