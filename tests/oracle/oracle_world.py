"""The oracle's mechanisms among people: engagement, ties, factions, forums (ODD 7.3, 7.4, 7.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import oracle_theatre
from oracle_state import MEDIATORS, clip

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Forum

Pairs = dict[tuple[str, str], float]


def followed_policy(s: State, before: float, choice: float) -> float:
    """A standing policy follows its choice with inertia (ODD 7.3)."""
    return before + s.p["decide.inertia"] * (choice - before)


def disclosure(s: State, engager: str) -> float:
    """How far a covert contact is still public (ODD 7.3)."""
    return s.p["engagement.disclosure_memory"] * s.disclosed[engager]


def public_line(s: State, engager: str) -> float:
    """An engager's public line (ODD 7.3)."""
    covert = s.disclosed[engager] * s.x(engager, "engage_covertly", "taliban")
    return max(s.x(engager, "engage_publicly", "taliban"), covert)


def credit(s: State, mediator: str) -> float:
    """F: credit for having been followed, from the new lines and the old peaks and pasts (ODD 7.3)."""
    given = {}
    held = sum(s.lead.values())
    for j in s.theatre.engagers:
        new = max(s.line[j] - s.peak[j], 0) * s.p[f"capability.{j}.diplomatic"]
        given[j] = new / (held - s.lead[j] + s.p["prestige.credit_floor"])
    gain = s.lead[mediator] * (sum(given.values()) - given[mediator])
    return s.p["prestige.credit_memory"] * s.followed[mediator] + gain


def slow_past(s: State, engager: str) -> float:
    """h: the slow past of a line (ODD 7.3)."""
    return s.lead[engager] + s.p["prestige.rate"] * (s.line[engager] - s.lead[engager])


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
    for one, other in ((i, j), (j, i)):
        if one == "taliban" and other in s.theatre.engagers:
            return s.engagement(other)
    return 0.0


def tie_forum(s: State, i: str, j: str) -> float:
    """S: seats of one at the other's forums, the largest (ODD 7.4)."""
    seats = [s.seats[i, f.name] for f in s.theatre.led_by(j) if (i, f.name) in s.seats]
    seats += [s.seats[j, f.name] for f in s.theatre.led_by(i) if (j, f.name) in s.seats]
    return max(seats, default=0.0)


def tie_fighting(s: State, i: str, j: str) -> float:
    """How far the two fight each other (ODD 7.4)."""
    return max(s.x(i, "fight", j), s.x(j, "fight", i))


def tie_aid_to_enemy(s: State, i: str, j: str) -> float:
    """How far j supports the first enemy of i that it can support (ODD 7.4)."""
    for e in s.theatre.actors:
        fights = {(i, "fight", e), (e, "fight", i)} & set(s.policy)
        if (j, "support", e) in s.policy and fights:
            return s.x(j, "support", e) * max(s.x(i, "fight", e), s.x(e, "fight", i))
    return 0.0


def tie_balance(s: State, i: str, j: str) -> float:
    """B - a: pull towards the mean of what third parties imply, by diplomatic capability (ODD 7.4)."""
    total = weights = 0.0
    for k in s.theatre.actors:
        if (i, k) in s.ties and (k, j) in s.ties:
            weight = s.p[f"capability.{k}.diplomatic"]
            weights += weight
            total += weight * s.ties[i, k] * s.ties[k, j]
    return total / weights - s.ties[i, j] if weights else 0.0


def next_tie(s: State, i: str, j: str) -> float:
    """The tie of i towards j after this month (ODD 7.4)."""
    p, a = s.p, s.ties[i, j]
    warming = p["ties.contact"] * tie_contact(s, i, j)
    warming += p["ties.aid"] * s.x(j, "support", i)
    warming += p["ties.forum"] * tie_forum(s, i, j)
    cooling = p["ties.fighting"] * tie_fighting(s, i, j) + p["ties.aid_to_enemy"] * tie_aid_to_enemy(s, i, j)
    moved = a + p["ties.reversion"] * (s.p[f"tie.{i}.{j}"] - a) + (1 - a) * warming - (1 + a) * cooling
    return clip(moved + p["balance.strength"] * p["ties.balance"] * tie_balance(s, i, j), -1, 1)


def failed_talks(s: State) -> float:
    """f: last month's meetings to which Kabul or the Taliban did not come (ODD 7.4)."""
    return sum(
        s.met[f.name] * (1 - s.seat("kabul", f.name) * s.seat("taliban", f.name))
        for f in s.theatre.formats
        if f.invited("taliban", s.month)
    )


def next_moderates(s: State) -> float:
    """The moderates' share (ODD 7.4)."""
    outreach = sum(weight * s.engagement(j) for j, weight in s.outsider_weights().items())
    drift = s.p["factions.outreach"] * outreach
    drift -= s.p["factions.strikes"] * s.x("us", "fight", "taliban") * s.z["us_presence"]
    drift -= s.p["factions.failed_talks"] * failed_talks(s)
    m = s.moderates + s.moderates * (1 - s.moderates) * drift + s.condition("moderate_current")
    for event in s.theatre.events:
        if event["kind"] == "strike" and event["month"] == s.month:
            m *= 1 - s.p[f"event.{event['id']}.strength"]
    return clip(m)


def meeting(s: State, forum: Forum) -> float:
    """Whether a format meets (ODD 7.8)."""
    convene = (forum.convenor, "convene", forum.name)
    level = s.fixed(convene)
    if s.month < forum.founded:
        return 0.0
    if level is not None:
        return level
    if s.month in forum.meets:
        return 1.0
    return s.x(*convene) if s.month > oracle_theatre.LAST_RECORDED else 0.0


def filled_seat(s: State, actor: str, forum: Forum, choice: float) -> float:
    """Attendance at a format after a meeting (ODD 7.8)."""
    before = s.x(actor, "attend", forum.name)
    return before + s.met[forum.name] * (choice * forum.invited(actor, s.month) - before)


def liveness(s: State, forum: Forum) -> float:
    """How alive a forum is (ODD 7.8)."""
    if forum.kind == "format":
        return max(s.p["forums.memory"] * s.live[forum.name], s.met[forum.name])
    open_ = s.engagement(forum.convenor)
    return open_ * (1 - s.x(forum.convenor, "attend", "moscow_format")) if forum.convenor == "us" else open_


def seats(s: State) -> Pairs:
    """Every seat: liveness, attendance and invitation (ODD 7.8)."""
    return {
        (actor, target): s.live[target] * x * s.theatre.forums[target].invited(actor, s.month)
        for (actor, do, target), x in s.policy.items()
        if do == "attend"
    }


def both_at(s: State, forum: Forum) -> float:
    """How far Kabul and the Taliban sit there together (ODD 7.8)."""
    own = [s.live[forum.name] if forum.convenor == side else s.seat(side, forum.name) for side in ("kabul", "taliban")]
    return min(own)


def next_settlement(s: State) -> float:
    """Progress to a settlement (ODD 7.8)."""
    apart = 1.0
    for forum in s.theatre.forums.values():
        apart *= 1 - both_at(s, forum)
    g = s.z["settlement"]
    g += s.p["settlement.progress"] * (1 - apart) * (s.p["settlement.moderates"] + s.moderates) * (1 - g)
    return clip(g - s.p["settlement.decay"] * s.z["settlement"] * s.z["violence"])


def forum_states(s: State) -> float:
    """States at the last Moscow format (ODD 7.8)."""
    now = 1 + sum(s.theatre.states[a] * s.x(a, "attend", "moscow_format") for a in s.theatre.actors)
    before = s.z["moscow_forum_states"]
    return before + s.met["moscow_format"] * (now - before)


def turnout(s: State, forum: Forum) -> float:
    """Invited states that sit, over invited states (ODD 7.11)."""
    guests = {a: s.theatre.states[a] for a in s.theatre.actors if forum.invited(a, s.month)}
    invited = sum(guests.values())
    return sum(n * s.x(a, "attend", forum.name) for a, n in guests.items()) / invited if invited else 1.0


def next_fortune(s: State, mediator: str) -> float:
    """Fortune of the talks that a mediator leads (ODD 7.11)."""
    now = 0.5
    for forum in s.theatre.led_by(mediator):
        miss = s.live[forum.name] * (1 - turnout(s, forum)) if forum.kind == "format" else 0.0
        now += s.p["prestige.both_sit"] * both_at(s, forum) - s.p["prestige.empty_seats"] * miss
    return s.fortune[mediator] + s.p["prestige.rate"] * (clip(now) - s.fortune[mediator])


def next_prestige(s: State, mediator: str) -> float:
    """Standing of a mediator (ODD 7.11)."""
    p, followed = s.p, s.followed[mediator]
    sign = 1 if mediator == MEDIATORS[0] else -1
    target = p[f"prestige.{mediator}_start"] + sign * p["prestige.crises"] * s.condition("crises_elsewhere")
    target += p["prestige.acceptance"] * (s.z[f"{mediator}_acceptance"] - s.accepted_before[mediator])
    target += p["prestige.following"] * followed / (followed + p["prestige.credit_half"])
    target += p["prestige.progress"] * (2 * s.fortune[mediator] - 1)
    before = s.z[f"{mediator}_prestige"]
    return clip(before + p["prestige.rate"] * (target - before))
