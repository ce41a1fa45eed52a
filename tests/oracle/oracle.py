"""An independent re-implementation of the model, written from docs/odd.md: slow, scalar, and meant to be read.

A run is given its draws: `draw(process, month)`, a process being `review <actor>.<stance>`, `choice <actor>.<stance>`,
`choice <actor>.attend.<forum> <state>` or `fortune <province>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import oracle_authority as authority
import oracle_decision as decision
import oracle_war as war
import oracle_world as world
from oracle_reading import read_scenario, read_theatre, vary
from oracle_state import MEDIATORS, State
from oracle_theatre import LAST_RECORDED, Lever

Draw = Callable[[str, int], float]
Options = dict[tuple[str, str], str]  # the option of each stance


def start(data: Path, scenario: Path, parameters: dict[str, float]) -> State:
    """The state before the first month (ODD 5)."""
    theatre = read_theatre(data)
    read = read_scenario(theatre, scenario)
    undated = vary(read, parameters)
    s = State(theatre, read.dated, undated, undated)
    s.held = {(stance.actor, stance.name): (stance.start, 0) for stance in theatre.stances}
    s.x = dict.fromkeys(theatre.levers, 0.0) | set_levels(s)
    s.ties = {pair: s.number(prior) for pair, prior in theatre.ties.items()}
    s.moderates, s.daesh = s.p["factions.moderates"], s.p["daesh.start"]
    s.ground = {iso: war.first_ground(s, iso, lean) for iso, lean in war.leans(s).items()}
    s.insurgent_at_first = {iso: war.insurgent(ground) + ground[3] for iso, ground in s.ground.items()}
    s.live = dict.fromkeys(theatre.forums, 0.0)
    s.met = dict.fromkeys(theatre.forums, 0.0)
    s.disclosed = dict.fromkeys(theatre.engagers, 0.0)
    s.fortune = dict.fromkeys(MEDIATORS, 0.5)
    s.news = dict.fromkeys(theatre.actors, 0.0)
    s.line = {j: world.public_line(s, j) for j in theatre.engagers}
    s.past = dict(s.line)
    s.z = dict.fromkeys(theatre.outcomes, 0.0)
    s.z["kabul_authority"] = s.z["kabul_cohesion"] = s.p["authority.cohesion_start"]
    for k in MEDIATORS:
        s.z[f"{k}_prestige"] = s.p[f"prestige.{k}_start"]
    measure_first(s)
    s.usual = {i: [abs(decision.gap(s, i, interest)) for interest in theatre.interests[i]] for i in theatre.actors}
    return s


def set_levels(s: State) -> dict[Lever, float]:
    """What the options that hold set; 0 for the other levers of their stances (ODD 5 and 7.1)."""
    levels = dict.fromkeys(s.theatre.policies, 0.0)
    for stance in s.theatre.stances:
        for option in stance.options:
            if option.name == s.option(stance):
                levels |= option.sets
    return levels


def conditions_answer(s: State) -> None:
    """Troops and aid of this month; after the record they answer to what happened (ODD 6)."""
    s.troops, s.aid = s.condition("foreign_troops"), s.condition("aid_to_kabul")
    if s.month > LAST_RECORDED:
        s.troops, s.aid = war.answered_troops(s), war.answered_aid(s)


def dated_changes(s: State) -> None:
    """The parameters of this month: undated ones, then the scenario's dated changes (ODD 6)."""
    s.p = dict(s.undated)
    for entry in s.dated:
        if entry.holds(s.month):
            s.p.update(entry.parameters)


def dated_events(s: State) -> None:
    """Contacts and disclosures of this month, before anybody observes (ODD 6)."""
    for event in s.theatre.events:
        if event["month"] != s.month:
            continue
        strength = s.number(event["strength"])
        if event["kind"] == "contact":
            lever = (event["actor"], "engage_covertly", "taliban")
            s.x[lever] += strength * (1 - s.x[lever])
        elif event["kind"] == "disclose":
            s.disclosed[event["actor"]] = max(s.disclosed[event["actor"]], strength)


def review(s: State, odds: dict[tuple[str, str], decision.Odds], draw: Draw) -> None:
    """Stances are looked at again, or stay (ODD 7.1)."""
    for stance in s.theatre.stances:
        key, name = (stance.actor, stance.name), f"{stance.actor}.{stance.name}"
        now, months = s.held[key]
        chosen = now
        if draw(f"review {name}", s.month) < decision.review_chance(s, stance.actor):
            chosen = decision.picked(stance, odds[key], draw(f"choice {name}", s.month))
        s.held[key] = (chosen, 0 if chosen != now else months + 1)


def coming(s: State, lever: Lever, chance: float, draw: Draw) -> float:
    """Share of an actor's states that accept an invitation (ODD 7.1)."""
    states = range(max(s.theatre.states[lever[0]], 1))
    return sum(draw(f"choice {'.'.join(lever)} {n}", s.month) < chance for n in states) / len(states)


def fix(s: State) -> None:
    """Interventions set the levers they name (ODD 7.3)."""
    for lever in s.x:
        level = s.fixed(lever)
        if level is not None:
            s.x[lever] = level


def measure_first(s: State) -> None:
    """Outcomes before the first month (ODD 5)."""
    conditions_answer(s)
    measure_plain(s)
    s.territory_before = s.z["kabul_territory"]
    s.acceptance = authority.sought_acceptance(s)
    s.accepted_before = dict(s.acceptance)
    s.z.update(authority.measured_mediation(s))
    s.legitimacy = 0.5 * (s.z["kabul_cohesion"] + s.z["kabul_recognition"])
    s.z["kabul_authority"] = authority.kabul_authority(s)
    s.fear = war.alarm(s)
    s.z["northern_threat"] = war.northern_threat(s)


def measure_plain(s: State) -> None:
    """Outcomes before acceptance, in the order of ODD 3 (7.12 for the plain ones)."""
    z = s.z
    z["moderate_share"] = s.moderates
    for k in (*MEDIATORS, "china", "iran", "kabul"):
        z[f"{k}_engagement"] = s.engagement(k)
    z["europe_engagement"] = s.do("europe", "engage_publicly", "taliban")
    for donor in ("russia", "iran", "pakistan"):
        z[f"{donor}_support"] = s.do(donor, "support", "taliban")
    z["taliban_daesh_fighting"] = s.do("taliban", "fight", "daesh")
    z["us_in_moscow_format"] = s.do("us", "attend", "moscow_format")
    z.update(war.measured_ground(s))
    z["taliban_recognition"] = world.taliban_recognition(s)
    z["kabul_recognition"] = authority.kabul_recognition(s)
    z["consensus"] = world.consensus(s)
    z["violence"] = authority.violence(s)
    z["kabul_revenue"] = authority.kabul_revenue(s)
    z["us_presence"] = authority.us_presence(s)
    z.update(war.measured_opium(s))
    z["moscow_forum_states"] = world.forum_states(s)
    z["russia_inclusion"] = 1 - world.exclusion_of(s, "russia")


def measure(s: State) -> None:
    """Outcomes at the end of a month, in the order of ODD 3."""
    measure_plain(s)
    s.acceptance = authority.next_acceptance(s)
    s.z.update(authority.measured_mediation(s))
    s.z["kabul_authority"] = authority.kabul_authority(s)
    s.fear = war.next_fear(s)
    s.z["northern_threat"] = war.northern_threat(s)
    s.fortune = {k: authority.next_fortune(s, k) for k in MEDIATORS}
    s.z.update({f"{k}_prestige": authority.next_prestige(s, k) for k in MEDIATORS})


def step(s: State, draw: Draw) -> None:
    """One month (ODD 3)."""
    theatre, before = s.theatre, dict(s.x)
    dated_changes(s)
    conditions_answer(s)
    dated_events(s)
    # observe and decide
    s.news = {i: decision.noticed(s, i) for i in theatre.actors}
    s.usual = {i: decision.next_usual(s, i) for i in theatre.actors}
    odds = {(stance.actor, stance.name): decision.chances(s, stance) for stance in theatre.stances}
    seat_chances = {lever: decision.seat_chance(s, lever) for lever in theatre.seats}
    # act
    review(s, odds, draw)
    s.x |= {lever: world.next_policy(s, lever, level) for lever, level in set_levels(s).items()}
    fix(s)
    stirs = {i: decision.stir(s, before, i) for i in theatre.actors}
    # resolve
    s.ties = {(i, j): world.next_tie(s, i, j) for i, j in s.ties}
    s.moderates = world.next_moderates(s)
    s.daesh = war.next_daesh(s)
    s.ground = war.next_ground(s, {v.iso: draw(f"fortune {v.iso}", s.month) for v in theatre.provinces})
    s.met = {forum.name: world.meeting(s, forum) for forum in theatre.formats}
    s.x |= {
        lever: world.filled_seat(s, lever, coming(s, lever, chance, draw)) for lever, chance in seat_chances.items()
    }
    fix(s)
    s.live = {forum.name: world.liveness(s, forum) for forum in theatre.forums.values()}
    s.seats = {(lever[0], lever[2]): world.seat(s, lever) for lever in theatre.levers if lever[1] == "attend"}
    s.z["settlement"] = world.next_settlement(s)
    s.disclosed = {j: world.next_disclosed(s, j) for j in theatre.engagers}
    s.line = {j: world.public_line(s, j) for j in theatre.engagers}
    s.past = {j: world.next_past(s, j) for j in theatre.engagers}
    s.z["kabul_cohesion"] = authority.next_cohesion(s)
    s.legitimacy = s.z["kabul_legitimacy"] = authority.next_legitimacy(s)
    # measure
    measure(s)
    s.news = {i: decision.next_news(s, stirs, i) for i in theatre.actors}
    s.z["p_us_engages"] = decision.chance_of(s, ("us", "engage_publicly", "taliban"), odds)
    s.month += 1


def run(data: Path, scenario: Path, parameters: dict[str, float], draw: Draw, months: int) -> Iterator[list[float]]:
    """The outcomes of every month, in the order of outcomes.yaml."""
    s = start(data, scenario, parameters)
    for _ in range(months):
        step(s, draw)
        yield [s.z[name] for name in s.theatre.outcomes]
