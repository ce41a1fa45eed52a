"""An independent re-implementation of the model, written from docs/odd.md: slow, scalar, and meant to be read.

A run is given its draws: `draw(kind, name, month)` with kind `lever` (name: the lever), `seat` (the lever and the
number of the state) or `province` (its code).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import oracle_motives as motives
import oracle_war as war
import oracle_world as world
from oracle_motives import logistic
from oracle_state import MEDIATORS, State
from oracle_theatre import read_scenario, read_theatre

Draw = Callable[[str, object, int], float]


def start(data: Path, scenario: Path, parameters: dict[str, float]) -> State:
    """The state before the first month (ODD 5)."""
    theatre = read_theatre(data)
    dated = read_scenario(theatre, scenario)
    undated = {**theatre.values, **parameters}
    s = State(theatre, undated, undated, dated)
    p = s.p
    s.policy = {lever: p[f"start.{'.'.join(lever)}"] for lever in theatre.levers}
    s.ties = {(i, j): p[f"tie.{i}.{j}"] for i, j in theatre.ties}
    s.moderates, s.daesh_strength = p["factions.moderates"], p["daesh.start"]
    for iso, lean in war.leans(s).items():
        s.taliban[iso] = logistic(p["territory.start"] + lean)
        odds = war.daesh_odds(s, iso)
        s.daesh[iso] = (1 - s.taliban[iso]) * odds / (1 + odds)
    s.live = dict.fromkeys(theatre.forums, 0.0)
    s.met = dict.fromkeys(theatre.forums, 0.0)
    s.seats = {(actor, target): 0.0 for actor, do, target in theatre.levers if do == "attend"}
    s.disclosed = dict.fromkeys(theatre.engagers, 0.0)
    s.line = {j: world.public_line(s, j) for j in theatre.engagers}
    s.peak, s.lead = dict(s.line), dict(s.line)
    s.followed = dict.fromkeys(MEDIATORS, 0.0)
    s.fortune = dict.fromkeys(MEDIATORS, 0.5)
    s.z = dict.fromkeys(theatre.outcomes, 0.0)
    s.z["kabul_authority"] = s.z["kabul_cohesion"] = p["authority.cohesion_start"]
    for k in MEDIATORS:
        s.z[f"{k}_prestige"] = p[f"prestige.{k}_start"]
    measure(s)
    s.accepted_before = {k: s.z[f"{k}_acceptance"] for k in MEDIATORS}
    return s


def dated_changes(s: State) -> None:
    """The parameters of this month: undated ones, then the scenario's dated changes (ODD 3 and 6)."""
    s.p = dict(s.undated)
    for entry in s.dated:
        if entry.holds(s.month):
            s.p.update(entry.parameters)


def dated_events(s: State) -> None:
    """Contacts and disclosures of this month, before anybody observes (ODD 3 and 6)."""
    for event in s.theatre.events:
        if event["month"] != s.month:
            continue
        strength = s.p[f"event.{event['id']}.strength"]
        if event["kind"] == "contact":
            lever = (event["actor"], "engage_covertly", "taliban")
            s.policy[lever] += strength * (1 - s.policy[lever])
        elif event["kind"] == "disclose":
            s.disclosed[event["actor"]] = max(s.disclosed[event["actor"]], strength)


def implement(s: State, choices: dict[tuple[str, str, str], float]) -> None:
    """Standing policies follow choices; interventions fix what they name (ODD 7.3)."""
    for lever, choice in choices.items():
        s.policy[lever] = choice if lever[1] == "convene" else world.followed_policy(s, s.policy[lever], choice)
    fix(s)


def fix(s: State) -> None:
    """Interventions set the levers they name (ODD 7.3)."""
    for lever in s.policy:
        level = s.fixed(lever)
        if level is not None:
            s.policy[lever] = level


def measure(s: State) -> None:
    """Outcomes of the state, in the order of ODD 3 (7.12 for the plain ones)."""
    z = s.z
    z["moderate_share"] = s.moderates
    z.update(war.measured_ground(s))
    z["northern_threat"] = war.northern_threat(s)
    z["taliban_recognition"] = world.taliban_recognition(s)
    z["consensus"] = world.consensus(s)
    for k in (*MEDIATORS, "china", "iran", "kabul"):
        z[f"{k}_engagement"] = s.engagement(k)
    z["europe_engagement"] = s.x("europe", "engage_publicly", "taliban")
    for donor in ("russia", "iran", "pakistan"):
        z[f"{donor}_support"] = s.x(donor, "support", "taliban")
    z["taliban_daesh_fighting"] = s.x("taliban", "fight", "daesh")
    z["violence"] = war.violence(s)
    z["kabul_revenue"] = war.kabul_revenue(s)
    z["us_presence"] = war.us_presence(s)
    z.update(war.measured_opium(s))
    z["moscow_forum_states"] = world.forum_states(s)
    z["us_in_moscow_format"] = s.x("us", "attend", "moscow_format")
    z["russia_inclusion"] = 1 - motives.exclusion_of(s, "russia")
    z.update(war.measured_mediation(s))
    z["kabul_recognition"] = war.kabul_recognition(s)
    z["kabul_authority"] = war.kabul_authority(s)


def step(s: State, draw: Draw) -> None:
    """One month (ODD 3)."""
    theatre = s.theatre
    dated_changes(s)
    dated_events(s)
    choices = {lever: motives.choice(s, lever, draw) for lever in theatre.levers if not s.is_seat(lever)}
    us_engages = motives.chance(s, ("us", "engage_publicly", "taliban"))
    seat_chances = {lever: motives.chance(s, lever) for lever in theatre.levers if s.is_seat(lever)}
    implement(s, choices)
    # resolve
    s.ties = {(i, j): world.next_tie(s, i, j) for i, j in s.ties}
    s.moderates = world.next_moderates(s)
    s.daesh_strength = war.next_daesh(s)
    fortunes = {v.iso: draw("province", v.iso, s.month) for v in theatre.provinces}
    s.taliban, s.daesh = war.next_ground(s, fortunes)
    for forum in theatre.formats:
        s.met[forum.name] = world.meeting(s, forum)
    for lever, chance in seat_chances.items():
        forum = theatre.forums[lever[2]]
        if s.met[forum.name]:
            s.policy[lever] = world.filled_seat(s, lever[0], forum, motives.coming(s, lever, chance, draw))
    fix(s)
    s.live = {forum.name: world.liveness(s, forum) for forum in theatre.forums.values()}
    s.seats = world.seats(s)
    s.z["settlement"] = world.next_settlement(s)
    s.disclosed = {j: world.disclosure(s, j) for j in theatre.engagers}
    s.line = {j: world.public_line(s, j) for j in theatre.engagers}
    s.followed = {k: world.credit(s, k) for k in MEDIATORS}
    s.peak = {j: max(s.peak[j], s.line[j]) for j in theatre.engagers}
    s.lead = {j: world.slow_past(s, j) for j in theatre.engagers}
    s.z["kabul_cohesion"] = war.next_cohesion(s)
    # measure
    measure(s)
    s.fortune = {k: world.next_fortune(s, k) for k in MEDIATORS}
    s.z.update({f"{k}_prestige": world.next_prestige(s, k) for k in MEDIATORS})
    s.z["p_us_engages"] = us_engages
    s.month += 1


def run(data: Path, scenario: Path, parameters: dict[str, float], draw: Draw, months: int) -> Iterator[list[float]]:
    """The outcomes of every month, in the order of outcomes.yaml."""
    s = start(data, scenario, parameters)
    for _ in range(months):
        step(s, draw)
        yield [s.z[name] for name in s.theatre.outcomes]
