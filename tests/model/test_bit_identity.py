"""One implementation for one run and for many: the same replicate has the same bits in any company.

However it is asked for: in an ensemble, at one of many points, as a state, in a thread of its own, as a Mesa model.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.model import Arm, InfluenceModel, simulate, simulate_points, states
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre, load

MONTHS = 32
"""Long enough for every meeting on record and four months of free play."""

SCENARIOS = ("baseline", "us_engages_taliban", "moscow_forum_grows", "qcg_succeeds")
SPECS = {name: (spec.low, spec.high) for name, spec in load().parameters.items() if not spec.choices}

numbers = st.lists(st.integers(0, 2**40), min_size=1, max_size=9, unique=True)
scenarios = st.sampled_from(SCENARIOS)
names = st.lists(st.sampled_from(sorted(SPECS)), min_size=1, max_size=40, unique=True)


def bits(records: np.ndarray) -> np.ndarray:
    """The bits of floats, so that -0.0 is not 0.0 and NaN is NaN."""
    return np.ascontiguousarray(records).view(np.int64)


def same(first: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have equal shapes and equal bits."""
    return np.array_equal(bits(first), bits(other))


def points(data: st.DataObject, width: int) -> dict[str, np.ndarray]:
    """Some parameters, each with one value a replicate, anywhere in its prior range."""
    chosen = data.draw(names)
    shares = np.random.default_rng(data.draw(st.integers(0, 2**32))).choice(
        [0.0, 0.2, 0.5, 0.9, 1.0], size=(len(chosen), width)
    )
    return {
        name: SPECS[name][0] + share * (SPECS[name][1] - SPECS[name][0])
        for name, share in zip(chosen, shares, strict=True)
    }


@given(scenario=scenarios, who=numbers, data=st.data())
def test_a_replicate_alone_is_the_replicate_in_any_batch_order_or_split(
    arm: Callable[..., Arm], scenario: str, who: list[int], data: st.DataObject
) -> None:
    run = arm(scenario, MONTHS)
    whole = simulate(run, seed=3, replicates=who)
    order = data.draw(st.permutations(range(len(who))))
    cut = data.draw(st.integers(0, len(who)))
    parts = [order[:cut], order[cut:]]
    shuffled = [simulate(run, seed=3, replicates=[who[k] for k in part]) for part in parts if part]
    assert same(np.concatenate(shuffled, axis=2), whole[:, :, order])
    alone = order[0]
    assert same(simulate(run, seed=3, replicates=[who[alone]]), whole[:, :, [alone]])


@given(scenario=scenarios, who=numbers, data=st.data())
def test_one_value_is_the_same_as_an_array_of_that_value(
    arm: Callable[..., Arm], scenario: str, who: list[int], data: st.DataObject
) -> None:
    run = arm(scenario, MONTHS)
    values = {name: float(array[0]) for name, array in points(data, 1).items()}
    arrays = {name: np.full(len(who), value) for name, value in values.items()}
    assert same(
        simulate(run, seed=5, replicates=who, parameters=values),
        simulate(run, seed=5, replicates=who, parameters=arrays),
    )


@given(scenario=scenarios, who=numbers, data=st.data())
def test_a_column_of_a_mixed_batch_is_a_run_with_its_values(
    arm: Callable[..., Arm], scenario: str, who: list[int], data: st.DataObject
) -> None:
    run = arm(scenario, MONTHS)
    arrays = points(data, len(who))
    whole = simulate(run, seed=7, replicates=who, parameters=arrays)
    column = data.draw(st.integers(0, len(who) - 1))
    values = {name: float(array[column]) for name, array in arrays.items()}
    alone = simulate(run, seed=7, replicates=[who[column]], parameters=values)
    assert same(alone, whole[:, :, [column]])
    lone = {name: array[[column]] for name, array in arrays.items()}
    assert same(simulate(run, seed=7, replicates=[who[column]], parameters=lone), alone)


@pytest.mark.parametrize("spread", ["all parameters", "the mean of authority"])
def test_any_mixture_of_all_parameters_keeps_replicates_apart(
    arm: Callable[..., Arm], theatre: Theatre, spread: str
) -> None:
    rng = np.random.default_rng(3)
    forms = {spec.name: np.resize(spec.choices, 5) for spec in theatre.parameters.values() if spec.choices}
    arrays = {"authority.mean": forms["authority.mean"]}
    if spread == "all parameters":
        arrays = forms | {name: rng.uniform(low, high, 5) for name, (low, high) in SPECS.items()}
    whole = simulate(arm("baseline", MONTHS), seed=1, replicates=np.arange(5), parameters=arrays)
    for k in range(5):
        alone = simulate(
            arm("baseline", MONTHS), seed=1, replicates=[k], parameters={n: float(v[k]) for n, v in arrays.items()}
        )
        assert same(alone, whole[:, :, [k]])
    assert len(arrays) == 1 or len(arrays) == len(theatre.parameters)


@given(scenario=scenarios, months=st.integers(1, MONTHS))
@settings(max_examples=8)
def test_a_shorter_run_is_the_beginning_of_a_longer_one(arm: Callable[..., Arm], scenario: str, months: int) -> None:
    short = simulate(arm(scenario, months), seed=2, replicates=np.arange(3))
    assert same(short, simulate(arm(scenario, MONTHS), seed=2, replicates=np.arange(3))[:months])


def test_a_default_that_is_spelt_out_changes_nothing(arm: Callable[..., Arm], theatre: Theatre) -> None:
    given_ = {name: spec.default for name, spec in theatre.parameters.items()}
    plain = simulate(arm("baseline", MONTHS), seed=1, replicates=np.arange(4))
    assert same(simulate(arm("baseline", MONTHS), seed=1, replicates=np.arange(4), parameters=given_), plain)


def test_a_run_leaves_no_trace_for_the_next(arm: Callable[..., Arm]) -> None:
    first = simulate(arm("us_engages_taliban", MONTHS), seed=1, replicates=np.arange(4))
    simulate(arm("us_engages_taliban", MONTHS), seed=2, replicates=np.arange(9), parameters={"daesh.start": 0.1})
    assert same(simulate(arm("us_engages_taliban", MONTHS), seed=1, replicates=np.arange(4)), first)


def test_seeds_and_replicates_differ(arm: Callable[..., Arm]) -> None:
    outcomes = simulate(arm("baseline", MONTHS), seed=1, replicates=np.arange(6))
    other = simulate(arm("baseline", MONTHS), seed=2, replicates=np.arange(6))
    runs = np.concatenate([outcomes, other], axis=2)
    assert len({column.tobytes() for column in np.moveaxis(runs, 2, 0)}) == 12


def test_a_replicate_asked_for_twice_is_the_same_twice(arm: Callable[..., Arm]) -> None:
    twice = simulate(arm("baseline", MONTHS), seed=1, replicates=[5, 5, 6])
    assert same(twice[:, :, 0], twice[:, :, 1])
    assert not same(twice[:, :, 1], twice[:, :, 2])


def test_no_replicates_give_no_records(arm: Callable[..., Arm], theatre: Theatre) -> None:
    empty = simulate(arm("baseline", 3), seed=1, replicates=np.array([], dtype=np.int64))
    assert empty.shape == (3, len(theatre.outcomes), 0)


@given(scenario=scenarios, who=numbers, data=st.data())
def test_points_are_runs_with_their_values(
    arm: Callable[..., Arm], scenario: str, who: list[int], data: st.DataObject
) -> None:
    run, width = arm(scenario, MONTHS), 3
    at = points(data, width)
    outcomes = simulate_points(run, at, seed=7, replicates=who)
    assert outcomes.shape == (width, MONTHS, len(run.theatre.outcomes), len(who))
    for k in range(width):
        values = {name: float(array[k]) for name, array in at.items()}
        assert same(outcomes[k], simulate(run, seed=7, replicates=who, parameters=values))


def test_each_point_can_have_replicates_of_its_own(arm: Callable[..., Arm]) -> None:
    run, at = arm("us_engages_taliban", MONTHS), {"daesh.start": np.array([0.05, 0.1])}
    who = np.array([[0, 1, 2], [2, 0, 9]])
    outcomes = simulate_points(run, at, seed=1, replicates=who)
    for k, value in enumerate(at["daesh.start"]):
        alone = simulate(run, seed=1, replicates=who[k], parameters={"daesh.start": float(value)})
        assert same(outcomes[k], alone)
    assert same(simulate_points(run, {}, seed=1, replicates=who)[1], simulate(run, seed=1, replicates=who[1]))


def test_months_and_outcomes_that_are_left_out_change_no_others(arm: Callable[..., Arm]) -> None:
    run, at = arm("us_engages_taliban", MONTHS), {"decide.rationality": np.array([4.0, 8.0])}
    whole = simulate_points(run, at, seed=1, replicates=[0, 5])
    for steps in ([0], [31, 3, 17]):
        for rows in ([4], [9, 0, 2]):
            outcomes = simulate_points(run, at, seed=1, replicates=[0, 5], steps=steps, rows=rows)
            assert same(outcomes, whole[:, steps][:, :, rows])


def test_states_are_those_of_the_runs(arm: Callable[..., Arm], row: dict[str, int]) -> None:
    run, steps = arm("us_engages_taliban", MONTHS), [0, 12, 31]
    values = {"daesh.start": np.array([0.02, 0.05, 0.1])}
    state = states(run, seed=1, replicates=[0, 4, 4], steps=steps, parameters=values)
    whole = simulate(run, seed=1, replicates=[0, 4, 4], parameters=values)
    assert state.shape == (3, 3)
    assert same(state["spoiler_strength"], whole[steps, row["daesh_strength"]])
    assert same(state["moderates"], whole[steps, row["moderate_share"]])


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_disturb_each_other(arm: Callable[..., Arm], threads: int) -> None:
    run, who = arm("us_engages_taliban", MONTHS), np.arange(60)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(lambda part: simulate(run, seed=1, replicates=part), np.array_split(who, 2 * threads))
        together = np.concatenate(list(parts), axis=2)
    assert same(together, simulate(run, seed=1, replicates=who))


@pytest.mark.parametrize("replicate", [0, 4])
@pytest.mark.parametrize("scenario", ["us_engages_taliban", "moscow_forum_grows"])
def test_a_mesa_model_is_the_replicate_of_the_ensemble(arm: Callable[..., Arm], scenario: str, replicate: int) -> None:
    """Outcomes, and every other number of the state."""
    run, steps = arm(scenario), [0, 30, 63]
    model = InfluenceModel(run, rng=9, replicate=replicate)
    stepped, records = [], []
    while model.running:
        model.step()
        stepped.append([model[outcome.name] for outcome in run.theatre.outcomes])
        records.append(model.state.tobytes())
    assert same(np.array(stepped), simulate(run, seed=9, replicates=[3, replicate, 4])[:, :, 1])
    expected = states(run, seed=9, replicates=[replicate], steps=steps)
    assert [records[step] for step in steps] == [state.tobytes() for state in expected[:, 0]]


def test_a_mesa_model_takes_parameters_as_the_ensemble_does(arm: Callable[..., Arm]) -> None:
    run, rng = arm("us_engages_taliban", MONTHS), np.random.default_rng(8)
    values = {name: float(rng.uniform(low, high)) for name, (low, high) in SPECS.items()}
    model = InfluenceModel(run, rng=2, replicate=6, parameters=values)
    model.run_model()
    frame = model.datacollector.get_model_vars_dataframe()
    assert same(frame.to_numpy(), simulate(run, seed=2, replicates=[6], parameters=values)[:, :, 0])


@pytest.mark.parametrize("first", ["2015-09", "2015-10"])
def test_a_mesa_model_changes_with_the_first_months(
    theatre: Theatre, write: Callable[..., ResolvedScenario], first: str
) -> None:
    text = f"changes:\n  - {{from: {first}, until: 2016-01, set: {{decide.rationality: 1, authority.mean: 1}}}}\n"
    run = Arm(theatre, write(text), 8)
    model = InfluenceModel(run, rng=2)
    model.run_model()
    frame = model.datacollector.get_model_vars_dataframe()
    assert same(frame.to_numpy(), simulate(run, seed=2, replicates=[0])[:, :, 0])
