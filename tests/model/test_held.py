"""What is held keeps to its path, bit for bit; what the scenario fixes does not; coins know nothing of replicates."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from influence_sim.base.months import format_month, parse_month
from influence_sim.model import Arm, Held, simulate, simulate_points, states
from influence_sim.model.fields import STATE
from influence_sim.model.held import DECISIONS, STOCKS
from influence_sim.model.plan import ROOM, plan_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre

MONTHS, WIDTH = 40, 12
NUMBERS = np.arange(WIDTH)
OWN_TABLE = """\
forums:
  - {from: 2018-01, forum: tashkent_table, convenor: central_asia, invite: [kabul, taliban]}
interventions:
  - {from: 2018-01, actor: central_asia, do: convene, target: tashkent_table}
  - {from: 2018-01, actor: taliban, do: attend, target: tashkent_table}
"""
FADES = """\
interventions:
  - {from: 2018-01, until: 2018-03, actor: us, do: engage_publicly, target: taliban}
"""


def run(arm: Any, **more: Any) -> np.ndarray:
    return simulate(arm, seed=1, replicates=NUMBERS, **more)


def bits(values: np.ndarray) -> np.ndarray:
    return values.view(np.int64)


@pytest.mark.parametrize("stocks", [False, True])
def test_an_arm_that_is_held_to_itself_is_the_same(arm: Callable[..., Arm], stocks: bool) -> None:
    alone = arm("us_engages_taliban", MONTHS)
    assert np.array_equal(bits(run(Held(alone, alone, stocks=stocks))), bits(run(alone)))


def test_every_field_of_the_state_is_a_decision_or_a_stock() -> None:
    assert sorted([*DECISIONS, *STOCKS]) == sorted(STATE)


def test_decisions_that_are_held_are_those_of_the_path(arm: Callable[..., Arm]) -> None:
    """The scenario's own levers apart, everyone chooses as on the path, and so has the same policies."""
    scenario, path = arm("us_talks_without_kabul", MONTHS), arm(months=MONTHS)
    steps = range(MONTHS)
    held, free, base = (
        states(each, seed=1, replicates=NUMBERS, steps=steps) for each in (Held(scenario, path), scenario, path)
    )
    index = plan_of(scenario).index
    fixed = [index.lever[item.lever] for item in scenario.scenario.interventions]
    others = np.setdiff1d(np.arange(len(index.levers)), fixed)
    rows = {"levers": others, "options": np.arange(len(index.options)), "stances": np.arange(len(index.stances))}
    for name in (*DECISIONS, "reviewed"):
        (axis,) = STATE[name]
        as_held, as_free, known = (state[name][..., rows[axis]] for state in (held, free, base))
        assert np.array_equal(bits(as_held), bits(known)), name
        assert not np.array_equal(as_free, known), name
    branch = parse_month("2018-01") - path.theatre.start
    assert (held["x"][branch:, :, fixed] == [item.level for item in scenario.scenario.interventions]).all()
    assert not np.array_equal(held["chance"][..., fixed], base["chance"][..., fixed])  # whoever is ordered still wants
    assert not np.array_equal(held["cohesion"], base["cohesion"])  # stocks are free


def test_with_stocks_held_a_month_shows_what_one_month_of_the_scenario_does(
    arm: Callable[..., Arm], row: dict[str, int]
) -> None:
    scenario, path = arm("us_talks_without_kabul", 64), arm(months=64)
    base, month, whole = (run(each) for each in (path, Held(scenario, path, stocks=True), Held(scenario, path)))
    branch = parse_month("2018-01") - path.theatre.start
    loss = {
        (name, outcome): (each - base)[:, row[f"kabul_{outcome}"]].mean(axis=1)
        for name, each in (("1", month), ("all", whole))
        for outcome in ("recognition", "legitimacy")
    }
    assert np.array_equal(bits(month[:branch]), bits(base[:branch]))
    assert loss["1", "recognition"][branch] == loss["all", "recognition"][branch] < 0
    assert loss["1", "legitimacy"][branch] == loss["all", "legitimacy"][branch] == 0  # of last month's recognition
    assert loss["all", "legitimacy"][-1] < 2 * loss["1", "legitimacy"][-1] < 0  # what all months cost, and what one


def test_what_faded_before_is_not_held_to_the_path(
    theatre: Theatre, write: Callable[..., ResolvedScenario], arm: Callable[..., Arm]
) -> None:
    """After an order has ended the policy fades by its own inertia, choices being those of the path."""
    scenario, path = Arm(theatre, write(FADES), MONTHS), arm(months=MONTHS)
    held, base = (
        states(each, seed=1, replicates=NUMBERS, steps=range(MONTHS)) for each in (Held(scenario, path), path)
    )
    lever, after = (
        plan_of(scenario).index.lever["us", "engage_publicly", "taliban"],
        parse_month("2018-04") - theatre.start,
    )
    keeps = 1.0 - theatre.parameters["decide.inertia"].default
    gap = (held["x"] - base["x"])[after:, :, lever]
    assert np.array_equal(held["choice"][after:, :, lever], base["choice"][after:, :, lever])
    np.testing.assert_allclose(gap[1:], keeps * gap[:-1])
    assert (gap[0] > 0.5).all()


def test_what_the_path_fixes_is_held_to_its_level(arm: Callable[..., Arm]) -> None:
    scenario, path = arm("us_talks_with_kabul", MONTHS), arm("kabul_boycotts", MONTHS)
    index, last = plan_of(scenario).index, [MONTHS - 1]
    held = states(Held(scenario, path), seed=1, replicates=NUMBERS, steps=last)
    assert (held["x"][0, :, index.lever["kabul", "attend", "moscow_format"]] == 0).all()
    assert (held["x"][0, :, index.lever["kabul", "attend", "us_channel"]] == 1).all()  # which the arm itself fixes


def test_an_arm_with_a_table_of_its_own_can_be_held_to_one_without(
    theatre: Theatre, write: Callable[..., ResolvedScenario], arm: Callable[..., Arm], row: dict[str, int]
) -> None:
    scenario, path = Arm(theatre, write(OWN_TABLE), MONTHS), arm(months=MONTHS)
    held, base = run(Held(scenario, path)), run(path)
    assert np.array_equal(held[:, row["russia_support"]], base[:, row["russia_support"]])
    assert (held[-1, row["settlement"]] > base[-1, row["settlement"]]).any()
    assert np.array_equal(bits(run(Held(path, scenario))[:28]), bits(base[:28]))


@pytest.mark.slow
def test_a_scenario_with_many_numbers_of_its_own_can_be_held_to_one_with_few(
    theatre: Theatre, write: Callable[..., ResolvedScenario], arm: Callable[..., Arm], plain: None
) -> None:
    """Numbers of a scenario take room, and both arms stand in the same kernel; as Python, for it would be compiled."""
    actors, months = ("us", "china", "iran", "pakistan"), range(theatre.start, theatre.start + 2 * ROOM - 16)
    step = "  - {{from: {1}, until: {2}, actor: {0}, do: engage_publicly, target: taliban}}\n"
    each = [step.format(actor, format_month(month), format_month(month)) for actor in actors for month in months]
    whole = [step.format(actor, *map(format_month, (months[0], months[-1]))) for actor in actors]
    many, few = (Arm(theatre, write("".join(["interventions:\n", *text])), 6) for text in (each, whole))
    path = arm(months=6)
    assert plan_of(many).wired.sizes.values != plan_of(few).wired.sizes.values
    for held, same in ((Held(many, path), Held(few, path)), (Held(path, many), Held(path, few))):
        outcomes, expected = (simulate(each, seed=1, replicates=[0, 7]) for each in (held, same))
        assert np.array_equal(bits(outcomes), bits(expected))


@pytest.mark.parametrize("stocks", [False, True])
def test_neighbours_and_points_change_nothing(arm: Callable[..., Arm], stocks: bool) -> None:
    held = Held(arm("us_engages_taliban", MONTHS), arm(months=MONTHS), stocks=stocks)
    points = {"decide.rationality": np.array([4.0, 8.0, 12.0])}
    together = simulate_points(held, points, seed=1, replicates=NUMBERS)
    for k, value in enumerate(points["decide.rationality"]):
        alone = simulate(held, seed=1, replicates=[7], parameters={"decide.rationality": value})
        assert np.array_equal(bits(alone[..., 0]), bits(np.ascontiguousarray(together[k, ..., 7])))
    by_point = simulate_points(held, points, seed=1, replicates=np.array([[0], [1], [7]]))
    assert np.array_equal(by_point[2, ..., 0], together[2, ..., 7])


def test_coins_have_the_mean_chance_of_the_path(arm: Callable[..., Arm]) -> None:
    path = arm(months=MONTHS)
    coins, base = (
        states(each, seed=1, replicates=NUMBERS, steps=range(MONTHS)) for each in (Held(path, path, coins=True), path)
    )
    for likely, done in (("probability", "chosen"), ("chance", "choice")):
        assert (coins[likely] == coins[likely][:, :1]).all()
        np.testing.assert_allclose(coins[likely][:, 0], base[done].mean(axis=1))
        assert not np.array_equal(coins[done], base[done])
        assert coins[done].std(axis=1).any()


def test_a_setting_that_only_the_scenario_knows_is_its_own(arm: Callable[..., Arm]) -> None:
    held = Held(arm("us_engages_taliban", MONTHS), arm(months=MONTHS))
    level = {"interventions.us.engage_publicly.taliban": np.array([0.0, 1.0])}
    outcomes = simulate_points(held, level, seed=1, replicates=NUMBERS)
    assert not np.array_equal(outcomes[0], outcomes[1])


def test_it_can_be_sent_to_another_process(arm: Callable[..., Arm]) -> None:
    held = Held(arm("us_engages_taliban", MONTHS), arm(months=MONTHS))
    outcomes = run(held)
    assert np.array_equal(bits(run(pickle.loads(pickle.dumps(held)))), bits(outcomes))


def test_the_scenario_is_not_changed_by_being_held(arm: Callable[..., Arm]) -> None:
    scenario = arm("us_engages_taliban", MONTHS)
    before = run(scenario)
    run(Held(scenario, arm(months=MONTHS), stocks=True))
    assert np.array_equal(bits(run(scenario)), bits(before))
    assert load_scenario("us_engages_taliban", scenario.theatre.vocabulary) == scenario.scenario
