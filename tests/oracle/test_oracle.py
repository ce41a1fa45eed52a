"""The model against an independent re-implementation, written from docs/odd.md alone."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import oracle
import oracle_motives
import oracle_state
import oracle_theatre
import oracle_war
import oracle_world
import pytest

from influence_sim.model import Arm, simulate
from influence_sim.model.draws import calendar, replicate_keys, uniform
from influence_sim.model.plan import plan_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DATA = ROOT / "influence_sim" / "theatre" / "data"
MONTHS = 64
THEATRE = oracle_theatre.read_theatre(DATA)
SHIPPED = (
    *("us_engages_taliban", "qcg_succeeds", "moscow_forum_grows", "taliban_split", "us_withdraws", "daesh_collapse"),
    *("pressure_for_talks", "baseline"),
)
OWN = ("seats", "changes", "new_forums", "everything")


def path_of(scenario: str) -> Path:
    """A shipped scenario or one of this folder."""
    own = HERE / "scenarios" / f"{scenario}.yaml"
    return own if own.exists() else ROOT / "scenarios" / f"{scenario}.yaml"


def sample(seed: int) -> dict[str, float]:
    """Every parameter, drawn uniformly within its prior range."""
    stream = random.Random(seed)
    values = {name: stream.uniform(low, high) for name, (low, high) in THEATRE.ranges.items()}
    return values | {name: float(stream.choice(options)) for name, options in THEATRE.choices.items()}


@cache
def arm_of(scenario: str) -> Arm:
    """The model's reading of a scenario."""
    theatre = load()
    return Arm(theatre, load_scenario(path_of(scenario), theatre.vocabulary), months=MONTHS)


@cache
def draws_of(scenario: str, seed: int) -> dict[tuple[str, object, int], float]:
    """The model's draws by what they decide; the oracle has none of its own."""
    index = plan_of(arm_of(scenario)).index
    processes: dict[tuple[str, object], str] = {}
    for lever in index.levers[: index.policies]:
        processes["lever", (lever.actor, lever.do, lever.target)] = f"choice {lever.name}"
    for province in THEATRE.provinces:
        processes["province", province.iso] = f"fortune {province.iso}"
    for lever in index.levers[index.policies :]:
        for state in range(index.states(lever.actor)):
            processes["seat", (lever.actor, lever.do, lever.target, state)] = f"choice {lever.name} {state}"
    (replicate,) = replicate_keys(seed, np.array([0]))
    months = calendar([*processes.values()], MONTHS)
    return {
        (kind, what, month): float(uniform(key, replicate))
        for month, keys in enumerate(months)
        for (kind, what), key in zip(processes, keys, strict=True)
    }


def first_difference(scenario: str, seed: int, parameters: dict[str, float], record: Any) -> str:
    """Where the oracle first departs from a record of the model; empty if nowhere."""
    draws = draws_of(scenario, seed)
    months = oracle.run(DATA, path_of(scenario), parameters, lambda *key: draws[key], MONTHS)
    for month, outcomes in enumerate(months):
        for name, mine, models in zip(THEATRE.outcomes, outcomes, record[month], strict=True):
            if not abs(mine - models) <= 1e-9 * max(1, abs(models)):
                return f"month {month}, {name}: oracle {mine!r}, model {models!r}"
    return ""


@cache
def record_of(scenario: str, seed: int, sampled: int | None) -> list[list[float]]:
    """The model's outcomes, month by month."""
    parameters = {} if sampled is None else sample(sampled)
    outcomes = simulate(arm_of(scenario), seed=seed, replicates=[0], parameters=parameters)
    return [[float(value) for value in month[:, 0]] for month in outcomes]


@pytest.mark.parametrize("number", range(20))
def test_oracle_and_model_agree_for_sampled_parameters(number):
    scenario = (*SHIPPED, *OWN)[number % (len(SHIPPED) + len(OWN))]
    record = record_of(scenario, 2, number)
    assert len(record) == MONTHS
    assert first_difference(scenario, 2, sample(number), record) == ""


@pytest.mark.parametrize("scenario", [*SHIPPED, *OWN])
def test_oracle_and_model_agree_at_the_defaults(scenario):
    assert first_difference(scenario, 1, {}, record_of(scenario, 1, None)) == ""


# Planted errors: every mechanism of the oracle, one at a time, is made slightly wrong in a run where all of them act.
PLANTED = (7, 9, 10, 11)  # samples; some errors turn no choice in the first of them


def planted_difference(number: int) -> str:
    """Where the run departs in which errors are planted."""
    return first_difference("everything", 3, sample(number), record_of("everything", 3, number))


HELPERS = {"logistic", "hostility", "friendship"}  # arithmetic, checked by hand below
FLIPPED = {*oracle_motives.TERMS, "exclusion_of"}  # a motive shows only where a choice turns on it
METHODS = ("engagement", "outsider_weights", "by_capability", "mean_policy", "largest_seat", "belief", "aversion")


def mechanisms() -> list[tuple[Any, str]]:
    """Every function in which the oracle computes something."""
    modules = (oracle_motives, oracle_world, oracle_war)
    found: list[tuple[Any, str]] = [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and name not in HELPERS
    ]
    found += [(oracle_state.State, name) for name in METHODS]
    return [*found, (oracle_theatre, "condition")]


def scaled(result: Any, factor: float) -> Any:
    """A result with every number in it scaled."""
    if isinstance(result, dict):
        return {key: value * factor for key, value in result.items()}
    if isinstance(result, list | tuple):
        return type(result)(scaled(part, factor) for part in result)
    return result * factor


def wrong(function: Callable[..., Any], factor: float) -> Callable[..., Any]:
    """The function with its result scaled."""
    return lambda *given, **named: scaled(function(*given, **named), factor)


@pytest.mark.parametrize(("owner", "name"), mechanisms(), ids=lambda part: getattr(part, "__name__", part))
def test_an_error_planted_in_a_mechanism_is_caught(owner, name, monkeypatch):
    monkeypatch.setattr(owner, name, wrong(getattr(owner, name), -1 if name in FLIPPED else 1.001))
    assert any(planted_difference(number) for number in PLANTED)


@pytest.mark.parametrize(
    ("name", "scenario"), [("dated_events", "baseline"), ("dated_changes", "changes"), ("fix", "everything")]
)
def test_leaving_out_what_is_dated_is_caught(name, scenario, monkeypatch):
    monkeypatch.setattr(oracle, name, lambda s: None)
    assert first_difference(scenario, 1, {}, record_of(scenario, 1, None)) != ""


def test_without_an_error_the_same_run_agrees():
    assert [planted_difference(number) for number in PLANTED] == [""] * len(PLANTED)


# The choice rule and the alliance rules by hand.


@pytest.fixture
def tiny() -> oracle_state.State:
    """The baseline's first month, of which a test sets what its example needs."""
    return oracle.start(DATA, path_of("baseline"), {})


def term(s: oracle_state.State, name: str, actor: str, target: str) -> float:
    """A rule's term."""
    rule = next(rule for rule in s.theatre.rules if rule.name == name)
    return getattr(oracle_motives, name)(s, rule, actor, target)


def test_choice_without_any_rule(tiny):
    # Europe pressing the US: only the settlement is believed in; V = 0.4 * (1 - 0.25) * 0.3 - 0.3 = -0.21
    tiny.z["settlement"] = 0.25
    lever = ("europe", "press_for_talks", "us")
    assert oracle_motives.chance(tiny, lever) == pytest.approx(1 / (1 + math.exp(8 * 0.21)))
    assert oracle_motives.choice(tiny, lever, lambda *_: 0.157) == 1  # the probability is 0.15709...
    assert oracle_motives.choice(tiny, lever, lambda *_: 0.1571) == 0


def test_choice_with_a_rule_and_without_reason(tiny):
    # The US fighting Daesh: 0.4 * (0 - 0.5) * -0.6 = 0.12; tie -1 with weight -0.5 at 0.3 adds 0.15; cost 0.15
    tiny.z["daesh_strength"] = 0.5
    assert oracle_motives.utility(tiny, ("us", "fight", "daesh")) == pytest.approx(0.12)
    assert oracle_motives.chance(tiny, ("us", "fight", "daesh")) == pytest.approx(1 / (1 + math.exp(-0.96)))
    tiny.p = tiny.p | {"decide.rationality": 0.0}
    assert oracle_motives.chance(tiny, ("us", "fight", "daesh")) == 0.5


def test_factions_share_the_interests_of_the_taliban(tiny):
    # Eradicating poppy: moderates 0.5 * (1 - 0.2) * 0.2, hard-liners 0.2 * (1 - 0.5) * -0.4; cost 0.25
    tiny.z |= {"taliban_recognition": 0.2, "opium_output": 0.5}
    tiny.moderates = 0.25
    expected = 0.25 * 0.08 - 0.75 * 0.04 - 0.25
    assert oracle_motives.utility(tiny, ("taliban", "eradicate_poppy", "opium")) == pytest.approx(expected)


def test_aversion_is_lower_for_a_secret(tiny):
    for lever, aversion in (
        (("us", "engage_publicly", "taliban"), 0.5),
        (("us", "engage_covertly", "taliban"), 0.15),
        (("us", "attend", "moscow_format"), 0.5),
        (("us", "support", "kabul"), 0.0),
        (("china", "engage_publicly", "taliban"), 0.0),
    ):
        assert oracle_motives.aversion_to(tiny, lever) == pytest.approx(aversion)


def test_states_of_one_actor_come_one_by_one(tiny):
    lever = ("central_asia", "attend", "moscow_format")
    draws = {0: 0.1, 1: 0.6, 2: 0.3, 3: 0.7, 4: 0.49}
    assert oracle_motives.coming(tiny, lever, 0.5, lambda kind, name, month: draws[name[3]]) == pytest.approx(0.6)


def test_shared_enemy(tiny):
    tiny.policy["taliban", "fight", "daesh"] = 0.5
    tiny.z["northern_threat"] = 0.4
    assert term(tiny, "shared_enemy", "russia", "taliban") == pytest.approx(0.9 * 0.5 * 0.4)
    assert term(tiny, "shared_enemy", "europe", "taliban") == 0


def test_enemy_of_rival(tiny):
    tiny.z["us_presence"] = 0.5
    assert term(tiny, "enemy_of_rival", "iran", "taliban") == pytest.approx(0.8 * 0.8 * 0.5)
    assert term(tiny, "enemy_of_rival", "pakistan", "taliban") == 0  # friends with the US


def test_tie(tiny):
    assert term(tiny, "tie", "europe", "taliban") == -0.4
    assert term(tiny, "tie", "europe", "moscow_format") == -0.3
    assert term(tiny, "tie", "taliban", "kabul_channel") == -0.8


def test_precedent(tiny):
    tiny.line = dict.fromkeys(tiny.line, 0.0) | {"china": 0.5, "us": 1.0, "kabul": 1.0}
    # Without the US the outsiders' diplomatic capabilities sum to 3.55, of which China's is 0.7; Kabul is no outsider.
    assert term(tiny, "precedent", "us", "taliban") == pytest.approx(0.5 * (0.5 * 0.7 / 3.55 + 0.15))
    tiny.line = dict.fromkeys(tiny.line, 1.0)
    assert term(tiny, "precedent", "us", "taliban") == pytest.approx(0.5)
    assert term(tiny, "precedent", "taliban", "moscow_format") == 0


def test_exclusion(tiny):
    tiny.live |= {"moscow_format": 1.0, "qcg": 0.5, "us_channel": 0.9}
    tiny.policy["russia", "attend", "qcg"] = 0.25
    assert term(tiny, "exclusion", "russia", "taliban") == pytest.approx(0.5 * 0.75)  # not from its own, nor a channel


def test_pressure(tiny):
    # 0.2 of the condition; Russia, Pakistan, China and Europe press with 0.2, 0.3, 0.2 and 0.1
    assert term(tiny, "pressure", "us", "taliban") == pytest.approx(0.2 + 0.8 * 0.5 * 0.2)
    assert term(tiny, "pressure", "kabul", "us_channel") == pytest.approx(0.2)  # nobody presses Kabul


def test_lull(tiny):
    assert term(tiny, "lull", "us", "taliban") == pytest.approx(0.6)


def test_moderates_only(tiny):
    assert term(tiny, "moderates_only", "us", "taliban") == pytest.approx(-0.3)


def test_joint_action(tiny):
    # half of a tie of 0.4 times the partner's support: Iran's 0.2 and Russia's 0.1
    assert term(tiny, "joint_action", "russia", "taliban") == pytest.approx(0.04)
    assert term(tiny, "joint_action", "iran", "taliban") == pytest.approx(0.02)


def test_influence_in_pakistan(tiny):
    assert term(tiny, "influence_in_pakistan", "russia", "taliban") == pytest.approx(0.5 * 0.5 * 0.8)


def test_rule_weights():
    lever = ("russia", "engage_publicly", "taliban")
    weights = {rule.name: sum(THEATRE.values[name] for name in rule.weights(lever)) for rule in THEATRE.rules}
    assert {name: weight for name, weight in weights.items() if weight} == {
        "tie": 0.5,
        "precedent": 2.0,
        "exclusion": 0.5,
        "moderates_only": 0.5,
        "influence_in_pakistan": 0.5,
    }


def test_oracle_imports_nothing_of_the_package():
    # import-linter cannot watch a folder outside the package, so the test reads the imports itself
    for path in HERE.glob("oracle*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"influence_sim", "numpy", "importlib"}]
