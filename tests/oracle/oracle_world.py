"""The oracle's mechanisms among people: policies, lines, ties, factions, forums (ODD 7.3, 7.4 and 7.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import oracle_theatre
from oracle_state import clip

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Forum, Lever

CROP_OUTCOMES = ("opium_output", "opium_to_russia", "taliban_opium_share")


def next_policy(s: State, lever: Lever, choice: float) -> float:
    """A policy follows its choice with inertia, convening at once (ODD 7.3)."""
    if lever[1] == "convene":
        return choice
    return s.x[lever] + s.p["decide.inertia"] * (choice - s.x[lever])


def next_disclosed(s: State, engager: str) -> float:
    """How far a covert contact is still public (ODD 7.3)."""
    return s.p["forums.memory"] * s.disclosed[engager]


def public_line(s: State, engager: str) -> float:
    """An engager's public line (ODD 7.3)."""
    covert = s.disclosed[engager] * s.do(engager, "engage_covertly", "taliban")
    return max(s.do(engager, "engage_publicly", "taliban"), covert)


def next_past(s: State, engager: str) -> float:
    """h: the slow past of a line (ODD 7.3)."""
    return s.past[engager] + s.p["opinion.rate"] * (s.line[engager] - s.past[engager])


def credit(s: State, mediator: str) -> float:
    """F: credit for holding a line before others (ODD 7.3)."""
    return sum(weight * s.line[j] * max(s.past[mediator] - s.past[j], 0) for j, weight in s.outsider_weights().items())


def taliban_recognition(s: State) -> float:
    """Weighted share of outsiders that deal with the Taliban in the open (ODD 7.3)."""
    return sum(weight * s.line[j] for j, weight in s.outsider_weights().items())


def consensus(s: State) -> float:
    """Outsiders that share Moscow's line (ODD 7.3)."""
    alpha = s.p["consensus.attendance"]
    moscow = max(s.line["russia"], alpha * s.live["moscow_format"])
    return sum(
        weight * min(max(s.line[j], alpha * s.seat(j, "moscow_format")), moscow)
        for j, weight in s.outsider_weights(without="russia").items()
    )


def tie_contact(s: State, i: str, j: str) -> float:
    """E between the Taliban and an engager, in both directions (ODD 7.4)."""
    for first, other in ((i, j), (j, i)):
        if first == "taliban" and other in s.theatre.engagers:
            return s.engagement(other)
    return 0.0


def tie_ban(s: State, i: str, j: str) -> float:
    """B: a ban by j of a crop that i wants gone (ODD 7.4)."""
    minds = any(
        interest.outcome in CROP_OUTCOMES and s.number(interest.ideal) == 0 for interest in s.theatre.interests[i]
    )
    return minds * s.do(j, "eradicate_poppy", "opium")


def tie_fighting(s: State, i: str, j: str) -> float:
    """How far the two fight each other (ODD 7.4)."""
    return max(s.do(i, "fight", j), s.do(j, "fight", i))


def tie_aid_to_enemy(s: State, i: str, j: str) -> float:
    """How far j supports the first enemy of i that it can support (ODD 7.4)."""
    for e in s.theatre.actors:
        if (j, "support", e) in s.x and {(i, "fight", e), (e, "fight", i)} & set(s.x):
            return s.do(j, "support", e) * max(s.do(i, "fight", e), s.do(e, "fight", i))
    return 0.0


def tie_warmth(s: State, i: str, j: str) -> float:
    """What warms a tie (ODD 7.4)."""
    shared_table = max(s.largest_seat(i, j), s.largest_seat(j, i))
    return tie_contact(s, i, j) + s.do(j, "support", i) + shared_table + tie_ban(s, i, j)


def tie_chill(s: State, i: str, j: str) -> float:
    """What cools a tie (ODD 7.4)."""
    return tie_fighting(s, i, j) + tie_aid_to_enemy(s, i, j)


def balance(s: State, i: str, j: str) -> float:
    """b_ij (ODD 7.14)."""
    both = [s.ties[i, h] * s.ties[h, j] for h in s.theatre.actors if (i, h) in s.ties and (h, j) in s.ties]
    return sum(both) / len(both) if both else 0.0


def next_tie(s: State, i: str, j: str) -> float:
    """The tie of i towards j after this month (ODD 7.4)."""
    a = s.ties[i, j]
    moved = a + s.p["ties.reversion"] * (s.number(s.theatre.ties[i, j]) - a)
    agreed = balance(s, i, j) if s.p["ties.balance"] == 1 else 0.0
    moved += (1 - a) * s.p["ties.warming"] * (tie_warmth(s, i, j) + max(agreed, 0))
    moved -= (1 + a) * (s.p["ties.cooling"] * tie_chill(s, i, j) + s.p["ties.warming"] * max(-agreed, 0))
    return clip(moved, -1, 1)


def moderates_drift(s: State) -> float:
    """What moves the moderates' share (ODD 7.4)."""
    outreach = sum(weight * s.engagement(j) for j, weight in s.outsider_weights().items())
    strikes = s.do("us", "fight", "taliban") * s.z["us_presence"]
    return s.p["factions.outreach"] * outreach - s.p["factions.strikes"] * strikes


def next_moderates(s: State) -> float:
    """The moderates' share (ODD 7.4)."""
    m = s.moderates + s.moderates * (1 - s.moderates) * moderates_drift(s) + s.condition("moderate_current")
    for event in s.theatre.events:
        if event["kind"] == "strike" and event["month"] == s.month:
            m *= 1 - s.number(event["strength"])
    return clip(m)


def meeting(s: State, forum: Forum) -> float:
    """Whether a format meets (ODD 6 and 7.8)."""
    convene = (forum.convenor, "convene", forum.name)
    level = s.fixed(convene)
    if s.month < forum.founded:
        return 0.0
    if level is not None:
        return level
    if s.month in forum.meets:
        return 1.0
    return s.do(*convene) if s.month > oracle_theatre.LAST_RECORDED else 0.0


def filled_seat(s: State, lever: Lever, choice: float) -> float:
    """Attendance at a format after a meeting (ODD 7.8)."""
    actor, _, target = lever
    invited = s.theatre.forums[target].invited(actor, s.month)
    return s.x[lever] + s.met[target] * (choice * invited - s.x[lever])


def liveness(s: State, forum: Forum) -> float:
    """How alive a forum is (ODD 7.8)."""
    if forum.kind == "format":
        return max(s.p["forums.memory"] * s.live[forum.name], s.met[forum.name])
    if forum.convenor == "kabul":
        return s.engagement("kabul")
    return s.engagement(forum.convenor) * (1 - s.do(forum.convenor, "attend", "moscow_format"))


def seat(s: State, lever: Lever) -> float:
    """A seat: liveness, attendance and being asked (ODD 7.8)."""
    actor, _, target = lever
    return s.live[target] * s.x[lever] * s.asked(actor, s.theatre.forums[target])


def side_at(s: State, side: str, forum: Forum) -> float:
    """How far a side sits at a forum, which may be its own (ODD 7.8)."""
    return s.live[forum.name] if forum.convenor == side else s.seat(side, forum.name)


def both_at(s: State, forum: Forum) -> float:
    """How far Kabul and the Taliban sit there together (ODD 7.8)."""
    return min(side_at(s, "kabul", forum), side_at(s, "taliban", forum))


def next_settlement(s: State) -> float:
    """Progress towards a settlement (ODD 7.8)."""
    apart = 1.0
    for forum in s.theatre.forums.values():
        apart *= 1 - both_at(s, forum)
    before = s.z["settlement"]
    progress = s.p["settlement.progress"] * (1 - apart) * (0.5 + s.moderates) * (1 - before)
    return clip(before + progress - s.p["settlement.decay"] * before * s.z["violence"])


def forum_states(s: State) -> float:
    """States at the last Moscow format (ODD 7.8)."""
    now = 1 + sum(s.theatre.states[a] * s.do(a, "attend", "moscow_format") for a in s.theatre.actors)
    before = s.z["moscow_forum_states"]
    return before + s.met["moscow_format"] * (now - before)


def shut_out(s: State, actor: str, forum: Forum) -> float:
    """How far a forum is held without an actor (ODD 7.8)."""
    if forum.convenor == actor:
        return 0.0
    if forum.kind == "format":
        return s.live[forum.name] * (1 - s.do(actor, "attend", forum.name))
    return s.live[forum.name] * s.line[forum.convenor] * (1 - s.seat(actor, forum.name))


def exclusion_of(s: State, actor: str) -> float:
    """E of ODD 7.8."""
    return max(shut_out(s, actor, forum) for forum in s.theatre.forums.values())
