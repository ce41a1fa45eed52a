"""The oracle's decision and alliance rules (ODD 7.1 and 7.2)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Lever, Rule


def logistic(value: float) -> float:
    """1/(1 + e^-v), without overflow (ODD 7)."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


def hostility(tie: float) -> float:
    """a- = max(-a, 0) (ODD 7.2)."""
    return max(-tie, 0.0)


def friendship(tie: float) -> float:
    """a+ = max(a, 0) (ODD 7.2)."""
    return max(tie, 0.0)


def shared_enemy(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `shared_enemy`."""
    enemy = rule.told["enemy"]
    return hostility(s.tie(actor, enemy)) * s.x(target, "fight", enemy) * s.z[rule.told["threat"]]


def enemy_of_rival(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `enemy_of_rival`."""
    rival = rule.told["rival"]
    return hostility(s.tie(actor, rival)) * hostility(s.tie(target, rival)) * s.z[rule.told["presence"]]


def tie(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `tie`; for a forum, the tie to its convenor."""
    forum = s.theatre.forums.get(target)
    return s.tie(actor, forum.convenor if forum else target)


def precedent(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `precedent`."""
    if actor not in s.theatre.engagers:
        return 0.0
    weights = s.outsider_weights(without=actor)
    open_already = sum(weight * s.line[other] for other, weight in weights.items())
    return s.aversion(actor) * min(open_already + s.p["precedent.past_talks"], 1)


def exclusion(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `exclusion`."""
    return exclusion_of(s, actor)


def exclusion_of(s: State, actor: str) -> float:
    """E of ODD 7.8: the liveliest format without the actor."""
    return max(
        (s.live[f.name] * (1 - s.x(actor, "attend", f.name)) for f in s.theatre.formats if f.convenor != actor),
        default=0.0,
    )


def pressure(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `pressure`."""
    c = s.condition("pressure_for_talks")
    presses = [s.x(other, "press_for_talks", actor) for other in s.theatre.can("press_for_talks", actor)]
    mean = sum(presses) / len(presses) if presses else 0.0
    return c + (1 - c) * s.p["pressure.others"] * mean


def lull(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `lull`."""
    return 1 - s.x(actor, "fight", rule.told["enemy"])


def moderates_only(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `moderates_only`."""
    return 2 * s.moderates - 1


def joint_action(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `joint_action`."""
    partner = rule.told[actor]
    return s.p["decide.joint_success"] * friendship(s.tie(actor, partner)) * s.x(partner, "support", target)


def influence_in_pakistan(s: State, rule: Rule, actor: str, target: str) -> float:
    """ODD 7.2, `influence_in_pakistan`."""
    patron = rule.told["patron"]
    return friendship(s.tie(patron, target)) * 0.5 * (1 - s.tie(patron, actor))


TERMS = (
    *("shared_enemy", "enemy_of_rival", "tie", "precedent", "exclusion", "pressure", "lull", "moderates_only"),
    *("joint_action", "influence_in_pakistan"),
)


def alliances(s: State, lever: Lever) -> float:
    """Sum of strength, weight and term over the alliance rules that apply to a lever (ODD 7.1)."""
    actor, _, target = lever
    total = 0.0
    for rule in s.theatre.rules:
        weight = sum(s.p[name] for name in rule.weights(lever))
        if weight:
            total += s.p[f"{rule.name}.strength"] * weight * globals()[rule.name](s, rule, actor, target)
    return total


def interests(s: State, lever: Lever) -> float:
    """What a lever promises, by the actor's beliefs, for what it wants (ODD 7.1)."""
    actor = lever[0]
    shares = {None: 1.0, "moderate": s.moderates, "hardline": 1 - s.moderates}
    total = 0.0
    for faction, outcome in s.theatre.interests[actor]:
        owner = f"{actor}.{faction}" if faction else actor
        salience = s.p[f"interest.{owner}.{outcome}"]
        gap = s.p[f"ideal.{owner}.{outcome}"] - s.z[outcome]
        total += shares[faction] * salience * gap * s.belief(lever, outcome)
    return total


def aversion_to(s: State, lever: Lever) -> float:
    """Aversion that a lever meets (ODD 7.1)."""
    actor, do, target = lever
    if (do, target) in {("engage_publicly", "taliban"), ("attend", "moscow_format")}:
        return s.aversion(actor)
    if (do, target) == ("engage_covertly", "taliban"):
        return s.p["decide.covert_aversion"] * s.aversion(actor)
    return 0.0


def utility(s: State, lever: Lever) -> float:
    """V of ODD 7.1."""
    return (
        interests(s, lever)
        + s.p["decide.alliance_weight"] * alliances(s, lever)
        - s.p[f"cost.{'.'.join(lever)}"]
        - aversion_to(s, lever)
    )


def chance(s: State, lever: Lever) -> float:
    """Quantal response: the probability that a lever is chosen (ODD 7.1)."""
    return logistic(s.p["decide.rationality"] * utility(s, lever))


def choice(s: State, lever: Lever, draw: Callable[[str, object, int], float]) -> float:
    """1 if the draw is below the probability (ODD 7.1)."""
    return float(draw("lever", lever, s.month) < chance(s, lever))


def coming(s: State, lever: Lever, probability: float, draw: Callable[[str, object, int], float]) -> float:
    """Share of an actor's states that choose to come to a format (ODD 7.1)."""
    voters = range(max(s.theatre.states[lever[0]], 1))
    return sum(draw("seat", (*lever, voter), s.month) < probability for voter in voters) / len(voters)
