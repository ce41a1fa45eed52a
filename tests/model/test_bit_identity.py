"""One implementation for one run and for many: the same replicate has the same bits in any company."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.model import Arm, InfluenceModel, simulate
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


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have equal shapes and equal bits."""
    return np.array_equal(bits(one), bits(other))


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


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 101, 1001])
def test_every_size_of_batch_gives_the_bits_of_the_largest(arm: Callable[..., Arm], size: int) -> None:
    run = arm("us_engages_taliban", MONTHS)
    assert same(simulate(run, seed=1, replicates=np.arange(size)), _largest(run)[:, :, :size])


def _largest(run: Arm, made: dict[Arm, np.ndarray] = {}) -> np.ndarray:  # noqa: B006 - remembers between the tests
    if run not in made:
        made[run] = simulate(run, seed=1, replicates=np.arange(1001))
    return made[run]


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
    arrays = {"authority.mean": np.array([0.0, 1.0, 2.0, 1.0, 0.0])}
    if spread == "all parameters":
        arrays |= {name: rng.uniform(low, high, 5) for name, (low, high) in SPECS.items()}
        arrays["territory.district_shape"] = np.array([2.0, 1.0, 3.0, 2.0, 1.0])
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
    one = simulate(arm("baseline", MONTHS), seed=1, replicates=np.arange(6))
    other = simulate(arm("baseline", MONTHS), seed=2, replicates=np.arange(6))
    runs = np.concatenate([one, other], axis=2)
    assert len({column.tobytes() for column in np.moveaxis(runs, 2, 0)}) == 12


def test_a_replicate_asked_for_twice_is_the_same_twice(arm: Callable[..., Arm]) -> None:
    twice = simulate(arm("baseline", MONTHS), seed=1, replicates=[5, 5, 6])
    assert same(twice[:, :, 0], twice[:, :, 1])
    assert not same(twice[:, :, 1], twice[:, :, 2])


def test_no_replicates_give_no_records(arm: Callable[..., Arm], theatre: Theatre) -> None:
    empty = simulate(arm("baseline", 3), seed=1, replicates=np.array([], dtype=np.int64))
    assert empty.shape == (3, len(theatre.outcomes), 0)


def test_stepping_and_running_are_the_same(arm: Callable[..., Arm]) -> None:
    model = InfluenceModel(arm("us_engages_taliban", MONTHS), rng=9, replicates=[0, 4])
    stepped = []
    while model.running:
        model.step()
        stepped.append(model.state.z.copy())
    assert same(np.array(stepped), simulate(arm("us_engages_taliban", MONTHS), seed=9, replicates=[0, 4]))
