"""Every shipped scenario runs, differs from the baseline from its first dated difference on, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from influence_sim.base.errors import InputError
from influence_sim.base.months import format_month, parse_month
from influence_sim.model import Arm, InfluenceModel, simulate, states
from influence_sim.model.plan import plan_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import Theatre

NAMES = sorted(shipped_scenarios())
OTHERS = [name for name in NAMES if name != "baseline"]
WIDTH = 12

DATED = """\
interventions:
  - {from: 2016-03, until: 2016-05, actor: iran, do: support, target: taliban, level: 0.25}
  - {from: 2016-06, until: 2016-06, actor: iran, do: support, target: taliban, level: 0.75}
  - {from: 2016-12, until: 2017-02, actor: china, do: attend, target: moscow_format, level: 0}
conditions:
  foreign_troops: {2016-04: 100, 2016-08: 0}
changes:
  - {from: 2016-02, until: 2016-04, set: {decide.rationality: 20, precedent.strength: 2}}
  - {from: 2016-07, set: {precedent.strength: 0.5}}
"""
NEW_FORUM = """\
forums:
  - {from: 2016-03, until: 2016-08, forum: tashkent_table, convenor: central_asia, invite: [kabul, taliban]}
  - {from: 2016-06, forum: tashkent_table, convenor: central_asia, invite: [iran]}
interventions:
  - {from: 2016-03, until: 2016-10, actor: central_asia, do: convene, target: tashkent_table}
  - {from: 2016-03, actor: kabul, do: attend, target: tashkent_table}
  - {from: 2016-03, actor: taliban, do: attend, target: tashkent_table}
"""
DATES_ONLY = """\
forums:
  - {from: 2016-03, forum: tashkent_table, convenor: central_asia, invite: [kabul, taliban], meets: [2016-04, 2016-07]}
"""
TABLE = """\
forums:
  - {{from: 2016-03, forum: quiet_table, convenor: russia, invite: [{guest}]}}
interventions:
  - {{from: 2016-03, actor: russia, do: convene, target: quiet_table}}
  - {{from: 2016-03, actor: {guest}, do: attend, target: quiet_table, level: 0}}
"""
INVITED = """\
forums:
  - {from: 2016-12, until: 2017-03, forum: moscow_format, invite: [europe, china], meets: [2017-01]}
"""


def played(run: Arm) -> Iterator[tuple[str, Any]]:
    """The state of every replicate after each month, with the month just played."""
    steps = range(run.months)
    state = states(run, seed=1, replicates=np.arange(WIDTH), steps=steps)
    return zip((format_month(run.month(step)) for step in steps), state, strict=True)


def lever(run: Arm, state: Any, key: str) -> np.ndarray:
    """Intensity of a lever written actor.do.target."""
    index = plan_of(run).index
    row = index.lever[tuple(key.split("."))]
    assert row < len(index.levers), key
    return state["x"][:, row]


def forum(run: Arm, name: str) -> int:
    """The row of a forum."""
    return plan_of(run).index.forum[name]


def parameters_of(run: Arm, *names: str) -> dict[str, tuple[float, ...]]:
    """Month -> what some parameters are in it."""
    model, places, seen = InfluenceModel(run, rng=1), plan_of(run).places, {}
    while model.running:
        seen[model.month] = tuple(float(model.parameters.value[places[name][0]]) for name in names)
        model.step()
    return seen


@pytest.fixture
def dated(theatre: Theatre, write: Callable[..., ResolvedScenario]) -> Arm:
    """A scenario in which everything that can have a date has one, with an end."""
    return Arm(theatre, write(DATED), 24)


def test_the_shipped_scenarios_are_there() -> None:
    assert len(NAMES) >= 23
    assert "baseline" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_the_end(arm: Callable[..., Arm], theatre: Theatre, name: str) -> None:
    records = simulate(arm(name), seed=1, replicates=np.arange(WIDTH))
    assert records.shape == (64, len(theatre.outcomes), WIDTH)
    assert np.isfinite(records).all()


@pytest.mark.parametrize("name", OTHERS)
def test_it_is_the_baseline_until_its_first_difference_and_not_after(arm: Callable[..., Arm], name: str) -> None:
    scenario = arm(name).scenario
    base = Arm(arm().theatre, arm().scenario, parameters=scenario.parameters)
    records = [simulate(run, seed=1, replicates=np.arange(WIDTH)).view(np.int64) for run in (arm(name), base)]
    first = scenario.first_dated()
    assert first is not None
    assert np.array_equal(records[0][: first - base.theatre.start], records[1][: first - base.theatre.start])
    assert not np.array_equal(records[0][first - base.theatre.start :], records[1][first - base.theatre.start :])


@pytest.mark.parametrize("name", OTHERS)
def test_its_interventions_hold_as_long_as_they_say(arm: Callable[..., Arm], name: str) -> None:
    scenario = arm(name).scenario
    for month, state in played(arm(name)):
        now = parse_month(month)
        for item in scenario.interventions:
            if item.start <= now and (item.until is None or now <= item.until):
                assert (lever(arm(name), state, ".".join(item.lever)) == item.level).all(), (month, item)


@pytest.mark.parametrize("name", NAMES)
def test_its_conditions_hold(arm: Callable[..., Arm], name: str) -> None:
    for condition, series in arm(name).scenario.conditions.items():
        for first, value in series.items():
            later = [month for month in series if month > first]
            until = min(later, default=first + 12)
            assert {arm(name).condition(condition, month) for month in range(first, until)} == {value}


def test_an_intervention_ends_with_its_last_month(dated: Arm) -> None:
    levels = {month: lever(dated, state, "iran.support.taliban") for month, state in played(dated)}
    for month, level in {"2016-03": 0.25, "2016-05": 0.25, "2016-06": 0.75}.items():
        assert (levels[month] == level).all(), month
    inertia = dated.theatre.parameters["decide.inertia"].default
    (stance,) = (s for s in dated.theatre.actor("iran").stances if ("support", "taliban") in s.levers)
    sets = {option.sets.get("support taliban", 0.0) for option in stance.options.values()}
    assert set(np.round(levels["2016-07"], 9)) <= {round(0.75 + inertia * (level - 0.75), 9) for level in sets}
    assert len(set(levels["2017-06"])) > 1


def test_an_intervention_on_a_seat_keeps_the_guest_away_and_ends(dated: Arm, arm: Callable[..., Arm]) -> None:
    seat, as_recorded = "china.attend.moscow_format", arm(months=24)
    came = {month: lever(dated, state, seat) for month, state in played(dated)}
    free = {month: lever(as_recorded, state, seat) for month, state in played(as_recorded)}
    assert free["2016-12"].any()
    assert not came["2016-12"].any()
    assert not came["2017-02"].any()
    assert came["2017-04"].any()


def test_changes_hold_from_their_first_month_to_their_last(dated: Arm) -> None:
    seen = parameters_of(dated, "decide.rationality", "precedent.strength")
    default = tuple(dated.theatre.parameters[name].default for name in ("decide.rationality", "precedent.strength"))
    assert seen["2015-09"] == seen["2016-01"] == default
    assert seen["2016-02"] == seen["2016-04"] == (20.0, 2.0)
    assert seen["2016-05"] == seen["2016-06"] == default
    assert seen["2016-07"] == seen["2017-08"] == (default[0], 0.5)


def test_of_two_changes_the_later_one_wins(theatre: Theatre, write: Callable[..., ResolvedScenario]) -> None:
    parent = "changes:\n  - {from: 2016-02, until: 2016-05, set: {decide.rationality: 20}}\n"
    run = Arm(theatre, write(parent + "  - {from: 2016-06, set: {decide.rationality: 4}}\n"), 12)
    values = parameters_of(run, "decide.rationality")
    default = theatre.parameters["decide.rationality"].default
    assert [values[m] for m in ("2016-01", "2016-05", "2016-06", "2016-08")] == [(default,), (20,), (4,), (4,)]


def test_a_change_reaches_those_who_decide(
    theatre: Theatre, write: Callable[..., ResolvedScenario], row: dict[str, int]
) -> None:
    text = "changes:\n  - {from: 2016-02, until: 2016-04, set: {decide.rationality: 0}}\n"
    records = simulate(Arm(theatre, write(text), 12), seed=1, replicates=np.arange(WIDTH))
    chance = records[:, row["p_us_engages"], 0]
    assert not chance[5:8].any()  # 2016-02 to 2016-04: without rationality nothing but the first option is considered
    assert (chance[[0, 4, 8, 11]] > 0.0).all()


def test_conditions_follow_the_scenario_then_the_record(dated: Arm, theatre: Theatre) -> None:
    months = ("2015-12", "2016-03", "2016-04", "2016-07", "2016-08", "2017-07")
    series = {month: dated.condition("foreign_troops", parse_month(month)) for month in months}
    record = {c.name: c for c in theatre.conditions}["foreign_troops"].series
    assert series["2015-12"] == record[parse_month("2015-09")]
    assert series["2016-03"] == record[parse_month("2016-01")]
    assert series["2016-04"] == series["2016-07"] == 100.0
    assert series["2016-08"] == series["2017-07"] == 0.0


def test_conditions_reach_the_outcomes(dated: Arm, arm: Callable[..., Arm], row: dict[str, int]) -> None:
    changed = simulate(dated, seed=1, replicates=np.arange(WIDTH))[:, row["us_presence"]]
    plain = simulate(arm(months=24), seed=1, replicates=np.arange(WIDTH))[:, row["us_presence"]]
    assert (changed[7] > plain[7] + 0.1).all()
    assert (changed[11] < plain[11] - 0.1).all()


@pytest.mark.parametrize(("guest", "empty"), [("taliban", False), ("daesh", False), ("pakistan", True)])
def test_only_a_state_that_stays_away_leaves_a_seat_empty(
    theatre: Theatre, write: Callable[..., ResolvedScenario], guest: str, empty: bool
) -> None:
    fortunes = [
        {month: state["fortune"][:, 0] for month, state in played(Arm(theatre, scenario, 8))}["2016-03"]
        for scenario in (load_scenario("baseline", theatre.vocabulary), write(TABLE.format(guest=guest)))
    ]
    without, table = fortunes
    assert np.array_equal(table, without) is not empty
    assert (table < without).all() == empty


def test_a_forum_that_only_the_scenario_knows_meets_and_seats_its_guests(
    theatre: Theatre, write: Callable[..., ResolvedScenario], row: dict[str, int]
) -> None:
    run = Arm(theatre, write(NEW_FORUM), 24)
    assert "tashkent_table" in {forum.name for forum in run.forums}
    assert {lv.actor for lv in plan_of(run).index.levers if lv.target == "tashkent_table"} == {
        *("central_asia", "kabul", "taliban", "iran")
    }
    seat = plan_of(run).index.seat["taliban", "tashkent_table"]
    seats, met, came = {}, {}, {}
    for month, state in played(run):
        met[month] = state["met"][:, forum(run, "tashkent_table")]
        seats[month] = state["seat"][:, seat]
        came[month] = lever(run, state, "iran.attend.tashkent_table")
    assert not seats["2016-02"].any()
    assert (seats["2016-03"] == 1.0).all()
    assert (seats["2016-08"] == 1.0).all()
    assert not seats["2016-09"].any()  # invited until August
    assert (met["2016-03"] == 1.0).all()
    assert (met["2016-10"] == 1.0).all()
    assert not met["2016-11"].any()
    assert not came["2016-05"].any()
    assert came["2016-06"].any()


def test_talks_at_a_new_forum_bring_a_settlement_nearer(
    theatre: Theatre, write: Callable[..., ResolvedScenario], arm: Callable[..., Arm], row: dict[str, int]
) -> None:
    records = [
        simulate(run, seed=1, replicates=np.arange(WIDTH))[:, row["settlement"]]
        for run in (Arm(theatre, write(NEW_FORUM), 24), arm(months=24))
    ]
    assert np.array_equal(records[0][:6], records[1][:6])
    assert (records[0][11] > records[1][11] + 0.02).all()


def test_a_new_forum_meets_on_its_dates_with_whoever_chooses_to_come(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    run, met, came = Arm(theatre, write(DATES_ONLY), 16), {}, {}
    for month, state in played(run):
        met[month] = float(state["met"][:, forum(run, "tashkent_table")].mean())
        came[month] = lever(run, state, "kabul.attend.tashkent_table")
    assert [month for month, share in met.items() if share] == ["2016-04", "2016-07"]
    assert not came["2016-03"].any()
    assert any(row.any() for row in came.values())


def test_an_invitation_ends_but_for_those_whom_the_record_invites(
    theatre: Theatre, write: Callable[..., ResolvedScenario]
) -> None:
    run = Arm(theatre, write(INVITED), 24)
    moscow = {each.name: each for each in run.forums}["moscow_format"]
    invited = {month: run.invited(moscow, parse_month(month)) for month in ("2016-11", "2016-12", "2017-03", "2017-04")}
    assert "europe" not in invited["2016-11"]
    assert {"europe", "china"} <= invited["2016-12"]
    assert {"europe", "china"} <= invited["2017-03"]
    assert "europe" not in invited["2017-04"]
    assert "china" in invited["2017-04"]
    met = [month for month, state in played(run) if state["met"][:, forum(run, "moscow_format")].any()]
    assert met == ["2016-12", "2017-01", "2017-02", "2017-04"]


def test_order_in_the_file_changes_nothing(theatre: Theatre, write: Callable[..., ResolvedScenario]) -> None:
    head, *items = NEW_FORUM.split("interventions:\n")
    lines = items[0].splitlines(keepends=True)
    other = "interventions:\n" + "".join(reversed(lines)) + head
    records = [
        simulate(Arm(theatre, write(text, name=name), 24), seed=1, replicates=np.arange(WIDTH))
        for name, text in (("one", NEW_FORUM), ("two", other))
    ]
    assert np.array_equal(*records)


def test_undated_parameters_of_the_arm_and_of_the_call(arm: Callable[..., Arm], theatre: Theatre) -> None:
    values = {"decide.rationality": 4.0}
    of_arm = Arm(theatre, arm().scenario, 12, parameters=values)
    records = simulate(of_arm, seed=1, replicates=np.arange(WIDTH))
    assert np.array_equal(records, simulate(arm(months=12), seed=1, replicates=np.arange(WIDTH), parameters=values))
    nearer = simulate(of_arm, seed=1, replicates=np.arange(WIDTH), parameters={"decide.rationality": 8.0})
    assert np.array_equal(nearer, simulate(arm(months=12), seed=1, replicates=np.arange(WIDTH)))


def test_undated_parameters_of_the_scenario(
    theatre: Theatre, write: Callable[..., ResolvedScenario], arm: Callable[..., Arm]
) -> None:
    run = Arm(theatre, write("parameters: {decide.rationality: 4}\n"), 12)
    expected = simulate(arm(months=12), seed=1, replicates=np.arange(WIDTH), parameters={"decide.rationality": 4.0})
    assert np.array_equal(simulate(run, seed=1, replicates=np.arange(WIDTH)), expected)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("decide.rationalty", 8.0, "did you mean 'decide.rationality'"),
        ("decide.rationality", -1.0, "must lie between 0 and 100"),
        ("daesh.start", np.array([0.1, 1.5]), "must lie between 0 and 1"),
        ("daesh.start", float("nan"), "must lie between 0 and 1"),
        ("daesh.start", np.array([0.1, float("nan")]), "must lie between 0 and 1"),
        ("daesh.start", float("inf"), "must lie between 0 and 1"),
    ],
)
def test_a_wrong_parameter_is_refused(arm: Callable[..., Arm], name: str, value: float, message: str) -> None:
    with pytest.raises(InputError) as refused:
        simulate(arm(months=2), seed=1, replicates=[0, 1], parameters={name: value})
    assert message in str(refused.value)


@pytest.mark.parametrize("width", [3, 1])
def test_as_many_values_as_replicates_or_one(arm: Callable[..., Arm], width: int) -> None:
    values = np.full(2, 0.3)
    with pytest.raises(ValueError, match=r"daesh.start"):
        simulate(arm(months=2), seed=1, replicates=np.arange(width), parameters={"daesh.start": values})


def test_a_run_beyond_the_record_goes_on(arm: Callable[..., Arm]) -> None:
    long = simulate(arm("us_engages_taliban", 244), seed=1, replicates=[0])
    assert np.isfinite(long).all()
    assert np.array_equal(long[:64], simulate(arm("us_engages_taliban"), seed=1, replicates=[0]))
