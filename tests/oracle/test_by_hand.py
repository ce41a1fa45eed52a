"""The oracle's choice rule, alliance rules and arithmetic by hand, with numbers of their own."""

from __future__ import annotations

import math

import oracle
import oracle_decision
import oracle_state
import oracle_theatre
import pytest
from comparison import DATA, THEATRE, path_of


@pytest.fixture
def tiny() -> oracle_state.State:
    """The baseline before its first month, of which a test sets what its example needs."""
    s = oracle.start(DATA, path_of("baseline"), {})
    s.ties = dict.fromkeys(s.ties, 0.0)
    s.x = dict.fromkeys(s.x, 0.0)
    s.p = s.p | {"decide.rationality": 8.0, "decide.alliance_weight": 1.0, "decide.beside": 0.2}
    return s


def term(s: oracle_state.State, name: str, actor: str, target: str) -> float:
    """A rule's term."""
    rule = next(rule for rule in s.theatre.rules if rule.name == name)
    return getattr(oracle_decision, name)(s, rule, actor, target)


def stance_of(s: oracle_state.State, actor: str, name: str) -> oracle_theatre.Stance:
    """A stance by its name."""
    return next(stance for stance in s.theatre.stances if (stance.actor, stance.name) == (actor, name))


def test_logistic_and_clip():
    assert oracle_state.logistic(0) == 0.5
    assert oracle_state.logistic(math.log(3)) == pytest.approx(0.75)
    assert oracle_state.logistic(-800) == pytest.approx(0)
    assert [oracle_state.clip(v) for v in (-0.1, 0.3, 1.2)] == [0, 0.3, 1]
    assert [oracle_state.clip(v, -1, 1) for v in (-1.1, 1.2)] == [-1, 1]


def test_worth_without_any_rule(tiny):
    # Europe pressing the US: only the settlement is expected: 0.3 * 0.5 * (1 - 0.2), less the cost
    tiny.p |= {"effect.moderate": 0.3, "salience.important": 0.5, "cost.press_for_talks": 0.25}
    tiny.z["settlement"] = 0.2
    assert oracle_decision.worth(tiny, ("europe", "press_for_talks", "us")) == pytest.approx(0.12 - 0.25)


def test_worth_of_a_war_hangs_on_what_is_at_stake(tiny):
    # The US fighting Daesh: 0.5 * 0.5 * (0 - 0.4) * -1; the tie of -0.5 speaks for it at 0.2; the cost against it
    tiny.p |= {"effect.strong": 0.5, "salience.important": 0.5, "cost.fight": 0.25}
    tiny.z["daesh_strength"] = 0.4
    tiny.ties["us", "daesh"] = -0.5
    assert oracle_decision.worth(tiny, ("us", "fight", "daesh")) == pytest.approx(0.1 + 0.1 - 0.25)
    tiny.z["kabul_territory"] = 0.9
    assert oracle_decision.slope(tiny, "at_stake") == pytest.approx(0.36)
    assert oracle_decision.slope(tiny, "") == 1


def test_factions_share_the_interests_of_the_taliban(tiny):
    # Of a ban moderates expect recognition, hard-liners the loss of the crop
    tiny.p |= {"effect.strong": 0.5, "salience.vital": 0.8, "salience.minor": 0.2}
    tiny.z |= {"taliban_recognition": 0.25, "opium_output": 0.5}
    tiny.moderates = 0.25
    expected = 0.25 * 0.5 * 0.8 * 0.75 - 0.75 * 0.5 * 0.2 * 0.5
    assert oracle_decision.expected(tiny, ("taliban", "eradicate_poppy", "opium")) == pytest.approx(expected)


def test_aversion_is_lower_for_a_secret(tiny):
    tiny.p |= {"aversion.us.taliban": 0.5, "decide.covert_aversion": 0.3}
    for lever, aversion in (
        (("us", "engage_publicly", "taliban"), 0.5),
        (("us", "engage_covertly", "taliban"), 0.15),
        (("us", "attend", "moscow_format"), 0.5),
        (("us", "support", "kabul"), 0.0),
        (("china", "engage_publicly", "taliban"), 0.0),
    ):
        assert oracle_decision.aversion(tiny, lever) == pytest.approx(aversion)


def test_changing_costs_and_breaking_a_promise_costs_more_the_longer_it_held(tiny, monkeypatch):
    monkeypatch.setattr(oracle_decision, "worth", lambda s, lever: 0.1)
    tiny.p |= {"decide.switch": 0.2, "decide.audience": 0.4}
    stance = stance_of(tiny, "china", "dealing")
    for now, months, utilities in (
        ("none", 5, [0, -0.1, -0.1]),
        ("open", 0, [-0.4, -0.3, 0.1]),
        ("open", 6, [-0.5, -0.4, 0.1]),
        ("open", 30, [-0.6, -0.5, 0.1]),
    ):
        tiny.held["china", "dealing"] = (now, months)
        found = [oracle_decision.utility(tiny, stance, option) for option in stance.options]
        assert found == pytest.approx(utilities)
    monkeypatch.setattr(oracle_decision, "reason", lambda s, option: 0.05)
    considered = [1, 1 - math.exp(-8 * 0.05), 1 - math.exp(-8 * 0.05)]
    weights = [part * math.exp(8 * utility) for part, utility in zip(considered, utilities, strict=True)]
    expected = [weight / sum(weights) for weight in weights]
    assert [*oracle_decision.chances(tiny, stance).values()] == pytest.approx(expected)


def test_what_no_interest_speaks_for_is_no_option(tiny):
    stance = stance_of(tiny, "pakistan", "helping")
    tiny.p |= {"effect.strong": 0.5, "salience.vital": 1.0, "cost.support.pakistan": 0.1}
    for control, authority, helps in ((0.2, 0.7, True), (0.8, 0.1, False), (0.5, 0.4, False)):
        tiny.z |= {"taliban_control": control, "kabul_authority": authority}  # it wants 0.5 and 0.4
        chances = oracle_decision.chances(tiny, stance)
        assert [name for name, chance in chances.items() if chance > 0] == (
            ["none", "some", "full"] if helps else ["none"]
        )


def test_a_table_that_nobody_has_set_is_no_option(tiny):
    stance = stance_of(tiny, "taliban", "table")
    tiny.live |= {"us_channel": 0.6, "kabul_channel": 0.4, "qcg": 1.0}  # nobody has asked the Taliban to the last
    chances = oracle_decision.chances(tiny, stance)
    assert [name for name, chance in chances.items() if chance > 0] == ["none", "american"]
    chair = stance_of(tiny, "kabul", "us_table")
    assert oracle_decision.chances(tiny, chair)["there"] == 0
    tiny.x["us", "invite", "kabul"] = 0.9
    assert oracle_decision.chances(tiny, chair)["there"] > 0


def test_a_draw_picks_the_last_option_from_the_top(tiny):
    stance = stance_of(tiny, "china", "dealing")
    odds = {"none": 0.5, "covert": 0.3, "open": 0.2}
    picked = [oracle_decision.picked(stance, odds, draw) for draw in (0.0, 0.49, 0.51, 0.79, 0.81)]
    assert picked == ["none", "none", "covert", "covert", "open"]


def test_reviews_come_of_themselves_and_with_news(tiny):
    tiny.p |= {"decide.review": 0.1, "decide.trigger": 0.5}
    tiny.news["us"] = 0.4
    assert oracle_decision.review_chance(tiny, "us") == pytest.approx(1 - 0.9 * 0.8)


def test_what_is_worse_than_usual_is_news(tiny):
    # Central Asia: its gaps are 0.9 * 0.5 and 0.5 * 0.4
    tiny.p |= {"salience.vital": 0.9, "salience.important": 0.5}
    tiny.z |= {"northern_threat": 0.5, "settlement": 0.6}
    tiny.usual["central_asia"], tiny.news["central_asia"] = [0.33, 0.32], 0.1
    assert oracle_decision.noticed(tiny, "central_asia") == pytest.approx(0.1 + 0.12)
    assert oracle_decision.next_usual(tiny, "central_asia") == pytest.approx([0.34, 0.31])


def test_news_of_what_others_did(tiny):
    tiny.ties |= {("kabul", "us"): 0.5, ("kabul", "taliban"): -1.0}
    stirs = dict.fromkeys(tiny.theatre.actors, 0.0) | {"us": 0.4, "taliban": 0.1, "china": 1.0}
    assert oracle_decision.next_news(tiny, stirs, "kabul") == pytest.approx(1 - 0.8 * 0.9)
    tiny.met["qcg"] = 0.5
    assert oracle_decision.next_news(tiny, stirs, "kabul") == pytest.approx(1 - 0.8 * 0.9 * 0.5)
    assert oracle_decision.next_news(tiny, stirs, "iran") == 0  # has no seat there


def test_states_of_one_actor_come_one_by_one(tiny):
    draws = {f"choice central_asia.attend.moscow_format {n}": u for n, u in enumerate((0.1, 0.6, 0.3, 0.7, 0.49))}
    lever = ("central_asia", "attend", "moscow_format")
    assert oracle.coming(tiny, lever, 0.5, lambda process, month: draws[process]) == pytest.approx(0.6)


def test_what_drives_a_rule(tiny):
    tiny.p |= {"salience.minor": 0.2, "salience.vital": 0.8, "salience.important": 0.5, "interests.russia": 0.5}
    rules = {rule.name: rule for rule in tiny.theatre.rules}
    less = {presence: max(presence - 0.3, 0) * 0.2 for presence in (0.1, 0.8)}  # Pakistan does not want the US all gone
    for presence, expected in less.items():
        tiny.z["us_presence"] = presence
        assert oracle_decision.drive(tiny, rules["enemy_of_rival"], "pakistan") == pytest.approx(expected)
    tiny.z["russia_inclusion"] = 0.4
    assert oracle_decision.drive(tiny, rules["exclusion"], "russia") == pytest.approx(0.5 * 0.5 * 0.6)
    assert oracle_decision.drive(tiny, rules["reward"], "russia") == pytest.approx(0.5 * 0.5)
    assert oracle_decision.drive(tiny, rules["reward"], "iran") == 0
    assert oracle_decision.drive(tiny, rules["tie"], "iran") == 1


def test_shared_enemy_and_enemy_of_rival(tiny):
    tiny.x["taliban", "fight", "daesh"] = 0.5
    tiny.ties |= {("russia", "daesh"): -0.8, ("pakistan", "us"): 0.3, ("iran", "us"): -0.7, ("taliban", "us"): -0.9}
    assert term(tiny, "shared_enemy", "russia", "taliban") == pytest.approx(0.8 * 0.5)
    assert term(tiny, "shared_enemy", "europe", "taliban") == 0
    assert term(tiny, "enemy_of_rival", "iran", "taliban") == pytest.approx(0.7 * 0.9)
    assert term(tiny, "enemy_of_rival", "pakistan", "taliban") == 0  # friends with the US


def test_precedent(tiny):
    tiny.p |= {"capability.major": 0.6, "capability.middle": 0.4, "capability.small": 0.2}
    tiny.p |= {"precedent.past_talks": 0.1, "precedent.pull": 0.05, "cost.engage_publicly": 0.2}
    tiny.p["aversion.us.taliban"] = 0.8
    tiny.line = dict.fromkeys(tiny.line, 0.0) | {"china": 0.5, "us": 1.0, "kabul": 1.0}
    tiny.ties["us", "europe"] = 0.5  # looks to Europe more
    # the others': Russia, China, Europe 0.6, Pakistan, Iran, India 0.4, Central Asia 0.2; Kabul is no outsider
    kappa = 0.6 * 0.5 / (0.6 + 0.6 + 0.9 + 1.2 + 0.2) + 0.1
    assert term(tiny, "precedent", "us", "taliban") == pytest.approx(kappa**2 * 1.0 + 0.05 * kappa)
    tiny.line = dict.fromkeys(tiny.line, 1.0)
    assert term(tiny, "precedent", "us", "taliban") == pytest.approx(1.05)


def test_exclusion(tiny):
    tiny.live |= {"moscow_format": 1.0, "qcg": 0.5, "us_channel": 0.9}
    tiny.x["russia", "attend", "qcg"] = 0.25
    assert term(tiny, "exclusion", "russia", "taliban") == pytest.approx(0.5 * 0.75)  # not from its own, nor a secret
    tiny.line["us"], tiny.seats["russia", "us_channel"] = 0.8, 0.1
    assert term(tiny, "exclusion", "russia", "taliban") == pytest.approx(0.9 * 0.8 * 0.9)


def test_balancing_and_bandwagoning(tiny):
    tiny.acceptance = {"russia": 0.2, "us": 0.5}
    tiny.ties["russia", "us"] = tiny.ties["us", "russia"] = -0.5
    assert term(tiny, "balancing", "russia", "taliban") == pytest.approx(0.5 * 0.3)
    assert term(tiny, "balancing", "us", "taliban") == 0  # leads
    assert term(tiny, "balancing", "china", "taliban") == 0  # leads nothing
    assert term(tiny, "bandwagoning", "kabul", "russia") == pytest.approx(-0.3)
    assert term(tiny, "bandwagoning", "kabul", "pakistan") == 0


def test_pressure_lull_and_moderates(tiny):
    tiny.p["pressure.outside"] = 0.2
    tiny.x |= {("russia", "press_for_talks", "us"): 1.0, ("china", "press_for_talks", "us"): 0.6}
    tiny.x["us", "fight", "taliban"] = 0.4
    tiny.moderates = 0.35
    assert term(tiny, "pressure", "us", "taliban") == pytest.approx(0.2 + 0.8 * 1.6 / 4)  # four can press the US
    assert term(tiny, "lull", "us", "taliban") == pytest.approx(0.6)
    assert term(tiny, "moderates_only", "us", "taliban") == pytest.approx(-0.15)


def test_partners_patrons_and_returns(tiny):
    tiny.ties |= {("russia", "iran"): 0.4, ("pakistan", "taliban"): 0.5, ("pakistan", "russia"): 0.2}
    tiny.ties |= {("iran", "daesh"): -0.8, ("pakistan", "daesh"): -0.5}
    tiny.x |= {("iran", "support", "taliban"): 0.5, ("pakistan", "support", "taliban"): 1.0}
    tiny.x["taliban", "eradicate_poppy", "opium"] = 0.7
    tiny.p |= {"sponsors.pakistan": 0.6}
    assert term(tiny, "joint_action", "russia", "taliban") == pytest.approx(0.4 * 0.5)
    assert term(tiny, "influence_in_pakistan", "russia", "taliban") == pytest.approx(0.5 * 0.5 * 0.8)
    assert term(tiny, "obligation", "taliban", "daesh") == pytest.approx(0.2 * 0.5 * 0.8 + 0.6 * 1.0 * 0.5)
    assert term(tiny, "reward", "russia", "taliban") == pytest.approx(0.7)


def test_where_rules_apply():
    lever = ("russia", "engage_publicly", "taliban")
    assert {rule.name for _, rule in THEATRE.about(lever)[1]} == {
        *("tie", "precedent", "exclusion", "balancing", "moderates_only", "influence_in_pakistan", "reward")
    }
    assert [(sign, rule.name) for sign, rule in THEATRE.about(("us", "fight", "daesh"))[1]] == [
        (-1, "tie"),
        (1, "obligation"),
    ]
