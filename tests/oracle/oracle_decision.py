"""The oracle's decisions, alliance rules and news (ODD 7.1, 7.2 and 7.13)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import oracle_war as war
import oracle_world as world
from oracle_state import MEDIATORS, clip, logistic

if TYPE_CHECKING:
    from oracle_state import State
    from oracle_theatre import Interest, Lever, Option, Rule, Stance

Odds = dict[str, float]  # an option's probability


def stake(s: State, actor: str, interest: Interest) -> float:
    """How much an interest counts (ODD 7.1)."""
    share = {"": 1.0, "moderate": s.moderates, "hardline": 1 - s.moderates}[interest.faction]
    return share * s.p[f"interests.{actor}"] * s.number(interest.salience)


def gap(s: State, actor: str, interest: Interest) -> float:
    """How far an interest is from being met (ODD 7.1)."""
    return stake(s, actor, interest) * (s.number(interest.ideal) - s.z[interest.outcome])


def next_usual(s: State, actor: str) -> list[float]:
    """The usual size of each gap (ODD 7.1)."""
    return [
        usual + (abs(gap(s, actor, interest)) - usual) / 12
        for interest, usual in zip(s.theatre.interests[actor], s.usual[actor], strict=True)
    ]


def noticed(s: State, actor: str) -> float:
    """News of the month: what others did, and gaps wider than usual (ODD 7.1)."""
    wider = sum(
        max(abs(gap(s, actor, interest)) - usual, 0)
        for interest, usual in zip(s.theatre.interests[actor], s.usual[actor], strict=True)
    )
    return clip(s.news[actor] + wider)


def slope(s: State, kind: str) -> float:
    """What there is to gain just now (ODD 7.1)."""
    return 4 * s.z["kabul_territory"] * (1 - s.z["kabul_territory"]) if kind == "at_stake" else 1.0


def expected(s: State, lever: Lever) -> float:
    """What is expected of a lever for what its actor wants (ODD 7.1)."""
    total = 0.0
    for effect in s.theatre.about(lever)[0]:
        for interest in s.theatre.interests[lever[0]]:
            if interest.outcome in effect.signs:
                size = effect.signs[interest.outcome] * s.number(effect.size)
                if s.p["effect.form"] == 1:  # ODD 7.14
                    size = s.theatre.own_effects.get((*lever, interest.outcome), 0.0)
                total += size * gap(s, lever[0], interest) * slope(s, effect.slope)
    return total


def hostility(tie: float) -> float:
    """a- = max(-a, 0) (ODD 7.2)."""
    return max(-tie, 0.0)


def friendship(tie: float) -> float:
    """a+ = max(a, 0) (ODD 7.2)."""
    return max(tie, 0.0)


def lead(s: State, actor: str) -> float:
    """How far a mediator is more accepted than the other; 0 for who is none (ODD 7.9)."""
    if actor not in MEDIATORS:
        return 0.0
    (other,) = (k for k in MEDIATORS if k != actor)
    return s.acceptance[actor] - s.acceptance[other]


def known(s: State, actor: str) -> float:
    """What others already do in the open (ODD 7.2)."""
    weights = {j: w * (1 + s.tie(actor, j)) for j, w in s.outsider_weights().items() if j != actor}
    return sum(weight * s.line[j] for j, weight in weights.items()) / sum(weights.values())


# The rules' terms: i is the actor, j the lever's target; of a forum, its convenor.


def shared_enemy(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `shared_enemy`."""
    return hostility(s.tie(i, rule.told["enemy"])) * s.do(j, "fight", rule.told["enemy"])


def enemy_of_rival(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `enemy_of_rival`."""
    return hostility(s.tie(i, rule.told["rival"])) * hostility(s.tie(j, rule.told["rival"]))


def tie(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `tie`."""
    return s.tie(i, j)


def precedent(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `precedent`."""
    open_engagement = (i, "engage_publicly", "taliban")
    kappa = min(known(s, i) + s.p["precedent.past_talks"], 1)
    saved = kappa**2 * (cost(s, open_engagement) + aversion(s, open_engagement))
    return saved + s.p["precedent.pull"] * kappa


def exclusion(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `exclusion`."""
    return world.exclusion_of(s, i)


def balancing(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `balancing`."""
    rival = rule.told.get(i, "nobody")
    return hostility(s.tie(i, rival)) * max(lead(s, rival), 0)


def bandwagoning(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `bandwagoning`."""
    return lead(s, j)


def pressure(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `pressure`."""
    pi = s.condition("pressure_for_talks")
    presses = [s.do(other, "press_for_talks", i) for other in s.theatre.can("press_for_talks", i)]
    return pi + (1 - pi) * sum(presses) / len(presses)


def lull(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `lull`."""
    return 1 - s.do(i, "fight", rule.told["enemy"])


def moderates_only(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `moderates_only`."""
    return s.moderates - 0.5


def joint_action(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `joint_action`."""
    partner = rule.told[i]
    return friendship(s.tie(i, partner)) * s.do(partner, "support", j)


def influence_in_pakistan(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `influence_in_pakistan`."""
    patron = rule.told["patron"]
    return friendship(s.tie(patron, j)) * 0.5 * (1 - s.tie(patron, i))


def obligation(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `obligation`."""
    sponsors = war.sponsors(s)
    return sum(weight * s.do(h, "support", i) * hostility(s.tie(h, j)) for h, weight in sponsors.items())


def reward(s: State, rule: Rule, i: str, j: str) -> float:
    """ODD 7.2, `reward`."""
    return s.do(j, "eradicate_poppy", "opium")


TERMS = (
    *("shared_enemy", "enemy_of_rival", "tie", "precedent", "exclusion", "balancing", "bandwagoning", "pressure"),
    *("lull", "moderates_only", "joint_action", "influence_in_pakistan", "obligation", "reward"),
)


def drive(s: State, rule: Rule, actor: str) -> float:
    """How much a rule matters to an actor, for the sake of its interests (ODD 7.1)."""
    if not rule.through:
        return 1.0
    concerned = [interest for interest in s.theatre.interests[actor] if interest.outcome in rule.through]
    if rule.wants == "held":
        return sum(stake(s, actor, interest) for interest in concerned)
    total = sum(gap(s, actor, interest) for interest in concerned)
    return max(-total, 0.0) if rule.wants == "less" else max(total, 0.0)


def rule_weight(s: State, rule: Rule) -> float:
    """b_r (ODD 7.1)."""
    if rule.through:
        return s.p["decide.alliance_weight"]
    return 1.0 if rule.name == "precedent" else s.p["decide.beside"]


def alliances(s: State, lever: Lever, *, only_through: bool = False) -> float:
    """What the alliance rules say for a lever; if asked, only those that work through interests (ODD 7.1)."""
    actor, _, target = lever
    towards = s.theatre.forums[target].convenor if target in s.theatre.forums else target
    total = 0.0
    for sign, rule in s.theatre.about(lever)[1]:
        if only_through and not rule.through:
            continue
        motive = rule_weight(s, rule) * drive(s, rule, actor) * globals()[rule.name](s, rule, actor, towards)
        total += sign * s.p[f"{rule.name}.strength"] * motive
    return total


def cost(s: State, lever: Lever) -> float:
    """What a lever costs in full use (ODD 7.1)."""
    actor, do, target = lever
    for name in (f"cost.{do}.{actor}", f"cost.{do}.{target}", f"cost.{do}"):
        if name in s.p:
            return s.p[name]
    return 0.0


def aversion(s: State, lever: Lever) -> float:
    """Aversion that a lever meets (ODD 7.1)."""
    actor, do, target = lever
    level = s.number(s.theatre.aversions.get(actor, 0.0))
    if (do, target) in {("engage_publicly", "taliban"), ("attend", "moscow_format")}:
        return level
    return s.p["decide.covert_aversion"] * level if do == "engage_covertly" else 0.0


def worth(s: State, lever: Lever) -> float:
    """What a lever is worth in full use (ODD 7.1)."""
    return expected(s, lever) + alliances(s, lever) - cost(s, lever) - aversion(s, lever)


def reason(s: State, option: Option) -> float:
    """What its actor's interests say for an option, by themselves or through rules (ODD 7.1)."""
    return sum(
        level * (expected(s, lever) + alliances(s, lever, only_through=True)) for lever, level in option.sets.items()
    )


def broken_promise(s: State, stance: Stance, option: Option) -> float:
    """How loudly a public promise is broken by an option (ODD 7.1)."""
    now, months = s.held[stance.actor, stance.name]
    promised = next(other.promise for other in stance.options if other.name == now)
    return (0.5 + 0.5 * min(months / 12, 1)) if promised and not option.promise else 0.0


def utility(s: State, stance: Stance, option: Option) -> float:
    """U_o (ODD 7.1)."""
    value = sum(level * worth(s, lever) for lever, level in option.sets.items())
    switch = s.p["decide.switch"] * (option.name != s.option(stance))
    return value - switch - s.p["decide.audience"] * broken_promise(s, stance, option)


def attention(s: State, stance: Stance, option: Option) -> float:
    """A_o: how far an option is considered (ODD 7.1)."""
    if option is stance.options[0]:
        return 1.0
    return 1 - math.exp(-s.p["decide.rationality"] * max(reason(s, option), 0))


def open_to(s: State, stance: Stance, option: Option) -> bool:
    """Whether an option means anything now: its forum is alive and has a chair for the actor (ODD 7.1)."""
    if not option.at:
        return True
    forum = s.theatre.forums[option.at]
    return s.live[forum.name] * s.asked(stance.actor, forum) > 0.5


def chances(s: State, stance: Stance) -> Odds:
    """The probability of each option (ODD 7.1), in the form of the choice that holds (ODD 7.14)."""
    if s.p["decide.form"] == 1:
        return errs_normally(s, stance)
    if s.p["decide.form"] == 2:
        return satisfices(s, stance)
    weights = {
        option.name: open_to(s, stance, option)
        * attention(s, stance, option)
        * math.exp(s.p["decide.rationality"] * utility(s, stance, option))
        for option in stance.options
    }
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def gain(s: State, stance: Stance, option: Option) -> float:
    """What an option brings beyond the first, in units of rationality (ODD 7.14)."""
    return s.p["decide.rationality"] * (utility(s, stance, option) - utility(s, stance, stance.options[0]))


def errs_normally(s: State, stance: Stance) -> Odds:
    """Probit (ODD 7.14)."""
    weights = {}
    for option in stance.options:
        v = clip(gain(s, stance, option) * math.sqrt(3) / math.pi, -32, 32)
        odds = math.erfc(-v / math.sqrt(2)) / math.erfc(v / math.sqrt(2))
        weights[option.name] = odds * open_to(s, stance, option) * attention(s, stance, option)
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def satisfies(s: State, stance: Stance, option: Option) -> float:
    """S_o (ODD 7.14)."""
    if option is stance.options[0]:
        return 0.5
    return open_to(s, stance, option) * attention(s, stance, option) * logistic(gain(s, stance, option))


def satisfices(s: State, stance: Stance) -> Odds:
    """Keep what satisfies, else take the first that does (ODD 7.14)."""
    first, *others = stance.options
    (now,) = (option for option in stance.options if option.name == s.option(stance))
    odds = dict.fromkeys((option.name for option in stance.options), 0.0)
    odds[now.name] = satisfies(s, stance, now)
    searching = 1 - odds[now.name]
    for option in others:
        if option is not now:
            odds[option.name] = searching * satisfies(s, stance, option)
            searching -= odds[option.name]
    odds[first.name] += searching
    return odds


def chance_of(s: State, lever: Lever, odds: dict[tuple[str, str], Odds]) -> float:
    """Expected level of a lever at a review (ODD 7.1)."""
    total = 0.0
    for stance in s.theatre.stances:
        likely = odds[stance.actor, stance.name]
        total += sum(option.sets[lever] * likely[option.name] for option in stance.options if lever in option.sets)
    return total


def review_chance(s: State, actor: str) -> float:
    """The probability that a stance is reviewed (ODD 7.1)."""
    return 1 - (1 - s.p["decide.review"]) * (1 - s.p["decide.trigger"] * s.news[actor])


def picked(stance: Stance, odds: Odds, draw: float) -> str:
    """The option that a draw picks: the last one lies on top (ODD 7.1)."""
    floor = 1.0
    for option in reversed(stance.options[1:]):
        floor -= odds[option.name]
        if draw >= floor:
            return option.name
    return stance.options[0].name


def seat_chance(s: State, lever: Lever) -> float:
    """The probability that a state accepts an invitation (ODD 7.1)."""
    return logistic(s.p["decide.rationality"] * worth(s, lever))


def stir(s: State, before: dict[Lever, float], actor: str) -> float:
    """How much an actor changed what it does in the open (ODD 7.13)."""
    levers = [lever for lever in s.theatre.policies if lever[0] == actor and lever[1] != "engage_covertly"]
    return max(abs(s.x[lever] - before[lever]) for lever in levers)


def next_news(s: State, stirs: dict[str, float], actor: str) -> float:
    """What happened that concerns an actor (ODD 7.13)."""
    quiet = 1.0
    for j, stirred in stirs.items():
        quiet *= 1 - abs(s.tie(actor, j)) * stirred
    for forum in s.theatre.formats:
        if (actor, "attend", forum.name) in s.theatre.levers:
            quiet *= 1 - s.met[forum.name]
    return 1 - quiet
