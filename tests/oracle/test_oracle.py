"""The model against an independent re-implementation, written from docs/odd.md alone."""

from __future__ import annotations

import ast
import math
import random
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import mutants
import numpy as np
import oracle
import oracle_authority
import oracle_decision
import oracle_state
import oracle_theatre
import oracle_war
import oracle_world
import pytest

from influence_sim.model import Arm, simulate
from influence_sim.model.draws import calendar, replicate_keys, uniform
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DATA = ROOT / "influence_sim" / "theatre" / "data"
MONTHS = 64
SETS = 20
THEATRE = oracle_theatre.read_theatre(DATA)
OWN = sorted(path.stem for path in (HERE / "scenarios").glob("*.yaml"))
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml")) + OWN


def path_of(scenario: str) -> Path:
    """A shipped scenario or one of this folder."""
    return (HERE if scenario in OWN else ROOT) / "scenarios" / f"{scenario}.yaml"


def sample(seed: int) -> dict[str, float]:
    """Every parameter, drawn uniformly within its prior range; in odd sets every switch on or off."""
    stream = random.Random(seed)
    values = {name: stream.uniform(low, high) for name, (low, high) in THEATRE.ranges.items()}
    values |= {name: float(stream.choice(options)) for name, options in THEATRE.choices.items()}
    return values | {name: float(stream.random() < 0.5) for name in THEATRE.switches if seed % 2}


@cache
def arm_of(scenario: str) -> Arm:
    """The model's reading of a scenario."""
    theatre = load()
    return Arm(theatre, load_scenario(path_of(scenario), theatre.vocabulary), months=MONTHS)


@cache
def draws_of(process: str, seed: int) -> list[float]:
    """A process's draws for replicate 0; the oracle has none of its own."""
    (replicate,) = replicate_keys(seed, np.array([0]))
    return [float(uniform(key, replicate)) for (key,) in calendar([process], MONTHS)]


def first_difference(scenario: str, seed: int, parameters: dict[str, float], record: Any) -> str:
    """Where the oracle first departs from a record of the model; empty if nowhere."""
    months = oracle.run(
        DATA, path_of(scenario), parameters, lambda process, month: draws_of(process, seed)[month], MONTHS
    )
    for month, outcomes in enumerate(months):
        for name, mine, models in zip(THEATRE.outcomes, outcomes, record[month], strict=True):
            if not abs(mine - models) <= 1e-9 * max(1, abs(models)):
                return f"month {month}, {name}: oracle {mine!r}, model {models!r}"
    return ""


def record_of(scenario: str, seed: int, parameters: dict[str, float]) -> list[list[float]]:
    """The model's outcomes, month by month."""
    outcomes = simulate(arm_of(scenario), seed=seed, replicates=[0], parameters=parameters)
    assert len(outcomes) == MONTHS
    return [[float(value) for value in month[:, 0]] for month in outcomes]


def assert_agreement(scenario: str, seed: int, parameters: dict[str, float]) -> None:
    """Oracle and model tell the same of every outcome in every month."""
    assert first_difference(scenario, seed, parameters, record_of(scenario, seed, parameters)) == ""


@pytest.mark.parametrize("number", range(SETS))
def test_oracle_and_model_agree_for_sampled_parameters_and_all_scenarios(number):
    for scenario in SCENARIOS[number::SETS]:
        assert_agreement(scenario, number, sample(number))


@pytest.mark.parametrize("scenario", OWN)
def test_oracle_and_model_agree_at_the_defaults(scenario):
    assert_agreement(scenario, 1, {})


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_oracle_and_model_agree_at_the_defaults_and_for_more_parameters(scenario):
    for number in (SETS, SETS + 1):
        assert_agreement(scenario, number, sample(number))
    assert_agreement(scenario, 2, {})


def test_oracle_and_model_agree_about_levels_that_a_sweep_varies():
    levels = {"interventions.us.engage_publicly.taliban": 0.3, "interventions.us.attend.moscow_format": 0.6}
    assert_agreement("us_engages_taliban", 1, levels)
    assert_agreement("daesh_recruits", 1, {"conditions.daesh_inflow": 0.1, "conditions.moderate_current": 0.02})


# Planted errors: in every equation of the oracle every term, factor, bound, number and condition is made wrong, one at
# a time, and runs in which everything acts must notice. The first of each equation always, all of them with `-m slow`.

PLANTED: list[tuple[str, int, dict[str, float]]] = [
    *(("everything", 3, sample(8)), ("minds", 5, {}), ("new_forums", 3, sample(10)), ("turned", 6, {})),
    *(("bounds", 1, {}), ("changes", 1, {}), ("seats", 3, sample(12)), ("everything", 4, sample(14))),
    *((scenario, seed, {}) for seed in (7, 8, 9, 10) for scenario in ("minds", "turned")),
]
HELPERS = {"logistic", "clip"}  # arithmetic, checked by hand below


def equations() -> list[tuple[Any, str]]:
    """Every function in which the oracle computes something, and who has it."""
    modules = (oracle_decision, oracle_world, oracle_war, oracle_authority, oracle)
    found: list[tuple[Any, str]] = [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and name != "run"
    ]
    state = vars(oracle_state.State)
    found += [
        (oracle_state.State, name)
        for name, value in state.items()
        if isinstance(value, FunctionType) and not name.startswith("__")
    ]
    return found


@cache
def planted_record(number: int) -> list[list[float]]:
    """The model's outcomes of a run in which errors are planted."""
    return record_of(*PLANTED[number])


def caught(owner: Any, name: str, wrong: Any) -> bool:
    """Whether some run departs from the model, or breaks, with a function that is wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, wrong)
        for number, planted in enumerate(PLANTED):
            try:
                if first_difference(*planted, planted_record(number)):
                    return True
            except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
                return True
    return False


HARMLESS = {
    # interests that rules work through have their ideals at an end of the scale, so that gaps have one sign
    "drive": {"max(-total, 0.0) -> -total", "max(total, 0.0) -> total"},
    # whoever engages openly does so in full
    "chance_of": {"option.sets[lever] * likely[option.name] -> likely[option.name]"},
    # whoever helps somebody helps one side only
    "tie_aid_to_enemy": {
        "{(i, 'fight', e), (e, 'fight', i)} & set(s.x) -> {(i, 'fight', e), (e, 'fight', i)}",
        "{(i, 'fight', e), (e, 'fight', i)} & set(s.x) -> set(s.x)",
    },
    # weights of sponsors sum to 1
    "support": {
        "given / max(sum(weights.values()), 1) -> given",
        "max(sum(weights.values()), 1) -> sum(weights.values())",
    },
    # Kabul's own channel bypasses nobody, so that the largest of all is never below 0
    "bypassed": {"min(taliban, s.seat('kabul', forum.name)) -> s.seat('kabul', forum.name)"},
    # nobody's contact is disclosed twice; and Russia is in contact already when it is said to make contact
    "dated_events": {
        "max(s.disclosed[event['actor']], strength) -> strength",
        "s.x[lever] += strength * (1 - s.x[lever]) -> pass",
        "strength * (1 - s.x[lever]) -> 1 - s.x[lever]",
    },
}
"""Errors that no run with this theatre's data can show, and why."""


def planted_in(function: Any, name: str) -> list[mutants.Mutant]:
    """The errors of a function that can show."""
    return [(wrong, bad) for wrong, bad in mutants.mutants(function) if wrong not in HARMLESS.get(name, ())]


def has_errors(owner: Any, name: str) -> bool:
    """Whether anything can be made wrong in a function; in some everything stands in those that they call."""
    return name not in HELPERS and any(True for _ in mutants.mutants(getattr(owner, name)))


EQUATIONS = [(owner, name) for owner, name in equations() if has_errors(owner, name)]
NAMES = [name for _, name in EQUATIONS]


@pytest.mark.parametrize(("owner", "name"), EQUATIONS, ids=NAMES)
def test_an_error_planted_in_an_equation_is_caught(owner, name):
    wrong, bad = planted_in(getattr(owner, name), name)[0]
    assert caught(owner, name, bad), wrong


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "name"), EQUATIONS, ids=NAMES)
def test_every_error_planted_in_an_equation_is_caught(owner, name):
    assert [wrong for wrong, bad in planted_in(getattr(owner, name), name) if not caught(owner, name, bad)] == []


def test_errors_called_harmless_can_be_planted():
    functions = {name: getattr(owner, name) for owner, name in EQUATIONS}
    for name, harmless in HARMLESS.items():
        assert harmless <= {wrong for wrong, _ in mutants.mutants(functions[name])}, name


def test_without_an_error_the_same_runs_agree():
    assert [first_difference(*planted, planted_record(n)) for n, planted in enumerate(PLANTED)] == [""] * len(PLANTED)


# The choice rule and the alliance rules by hand, with numbers of their own.


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
    weights = [math.exp(8 * utility) for utility in utilities]
    expected = [weight / sum(weights) for weight in weights]
    assert [*oracle_decision.chances(tiny, stance).values()] == pytest.approx(expected)


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


def test_oracle_imports_nothing_of_the_package():
    # import-linter cannot watch a folder outside the package, so the test reads the imports itself
    for path in HERE.glob("oracle*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"influence_sim", "numpy", "importlib"}]
