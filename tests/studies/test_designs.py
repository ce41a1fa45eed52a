"""The points are those of SciPy and SALib, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import morris, sobol
from scipy.stats import qmc

from influence_sim.base.errors import InputError
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Floats
from influence_sim.runs.sweeps.design import MORRIS_LEVELS, Factor, group_names, salib_problem, unit_points
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

THREE = {"precedent.strength": [0, 2], "decide.rationality": [4, 30], "tie.strength": [0, 1]}
NAMES = list(load().parameters)
MADE = ["lhs", "sobol_sequence", "sobol_indices", "morris", "grid"]
Plan = Callable[..., SweepRequest]


def _salib(names: list[str], groups: list[str] | None = None) -> dict[str, object]:
    plain = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return plain | ({"groups": groups} if groups else {})


def unit_of(request: SweepRequest) -> Floats:
    """A request's points in the unit cube."""
    return unit_points(request.method, request.factors, request.samples, request.design_seed)


def test_a_latin_hypercube_is_that_of_scipy(plan: Plan) -> None:
    wanted = qmc.LatinHypercube(3, rng=np.random.default_rng(7)).random(8)
    np.testing.assert_array_equal(unit_of(plan(THREE, "lhs")), wanted)


def test_a_sobol_sequence_is_that_of_scipy_and_scrambled(plan: Plan) -> None:
    wanted = qmc.Sobol(3, scramble=True, rng=np.random.default_rng(7)).random(8)
    unit = unit_of(plan(THREE, "sobol_sequence"))
    np.testing.assert_array_equal(unit, wanted)
    assert not np.isin(unit, [0.0, 0.5]).any()


def test_saltelli_points_are_those_of_salib(plan: Plan) -> None:
    wanted = sobol.sample(_salib(list(THREE)), 8, calc_second_order=False, seed=7)
    request = plan(THREE, "sobol_indices")
    np.testing.assert_array_equal(unit_of(request), wanted)
    assert request.points == len(wanted) == 8 * (3 + 2)


def test_morris_paths_are_those_of_salib(plan: Plan) -> None:
    wanted = morris.sample(_salib(list(THREE)), 8, num_levels=MORRIS_LEVELS, seed=7)
    request = plan(THREE, "morris")
    np.testing.assert_array_equal(unit_of(request), wanted)
    assert request.points == len(wanted) == 8 * (3 + 1)


@pytest.mark.parametrize(("method", "more"), [("sobol_indices", 2), ("morris", 1)])
def test_groups_move_together(plan: Plan, method: str, more: int) -> None:
    groups = {"together": ["decide.rationality", "tie.strength"]}
    request = plan(THREE, method, groups=groups)
    labels = ["precedent.strength", "together", "together"]
    assert [factor.label for factor in request.factors] == labels
    assert salib_problem(request.factors)["groups"] == labels
    size = 2 + more
    unit = unit_of(request)
    assert request.points == len(unit) == 8 * size
    steps = np.diff(unit.reshape(8, size, 3), axis=1) != 0
    if method == "morris":  # along a path one thing moves at a time
        assert (steps[:, :, 1] == steps[:, :, 2]).all()
        assert (steps[:, :, 0] != steps[:, :, 1]).all()
    else:  # A, then A with one mover's columns from B, then B
        a, swapped, b = unit[0::4], unit[2::4], unit[3::4]
        np.testing.assert_array_equal(swapped[:, 1:], b[:, 1:])
        np.testing.assert_array_equal(swapped[:, 0], a[:, 0])


def test_groups_only_label_the_other_designs(plan: Plan) -> None:
    groups = {"together": ["decide.rationality", "tie.strength"]}
    for method in ("lhs", "sobol_sequence", "grid"):
        plain, grouped = plan(THREE, method, 4), plan(THREE, method, 4, groups=groups)
        assert plain.design.tolist() == grouped.design.tolist()
        assert {factor.group for factor in grouped.factors} == {"", "together"}


def test_a_grid_has_every_combination(plan: Plan) -> None:
    vary = {"precedent.strength": [0, 2], "authority.mean": {"choice": [0, 1, 2]}, "tie.strength": [0, 1]}
    request = plan(vary, "grid", 5)
    levels = [[0, 0.5, 1, 1.5, 2], [0, 1, 2], [0, 0.25, 0.5, 0.75, 1]]
    assert request.design.tolist() == [list(point) for point in product(*levels)]
    assert request.points == 75


def test_a_grid_spaces_levels_by_their_scale(plan: Plan) -> None:
    request = plan({"decide.rationality": {"low": 1, "high": 100, "scale": "log"}}, "grid", 3)
    assert request.design[:, 0].tolist() == pytest.approx([1, 10, 100])


@pytest.mark.parametrize(
    ("method", "together"), [("lhs", 1), ("sobol_sequence", 1), ("sobol_indices", 4), ("morris", 3)]
)
@pytest.mark.parametrize("count", [2, 3, 5, 7])
def test_every_choice_is_tried_equally_often(plan: Plan, method: str, together: int, count: int) -> None:
    choices = [float(4 + 2 * n) for n in range(count)]
    vary = {"decide.rationality": {"choice": choices}, "authority.erosion": [0, 1]}
    for seed in range(5):
        request = plan(vary, method, 64, design_seed=seed)
        tried = [int((request.design[:, 0] == choice).sum()) for choice in choices]
        assert sum(tried) == request.points
        assert max(tried) - min(tried) <= together, tried


def test_a_morris_step_changes_a_choice_and_goes_either_way(plan: Plan) -> None:
    vary = {"decide.rationality": {"choice": [4, 8, 12]}, "authority.erosion": [0, 1]}
    column = plan(vary, "morris", 64).design[:, 0].reshape(64, 3)
    steps = np.diff(column, axis=1)
    assert ((steps != 0).sum(axis=1) == 1).all()
    assert set(steps[steps != 0]) == {-8, -4, 4, 8}


@pytest.mark.parametrize("method", ["lhs", "sobol_sequence", "sobol_indices", "morris"])
def test_fewer_samples_than_choices_are_refused(plan: Plan, method: str) -> None:
    vary = {"decide.rationality": {"choice": [4, 8, 12, 20, 30]}, "authority.erosion": [0, 1]}
    with pytest.raises(InputError, match=r"has 5 choices.*take at least 5 samples"):
        plan(vary, method, 4)


@pytest.mark.parametrize("method", MADE)
def test_the_same_seed_gives_the_same_points(plan: Plan, method: str) -> None:
    first, again, other = plan(THREE, method), plan(THREE, method), plan(THREE, method, design_seed=8)
    assert first.design.tobytes() == again.design.tobytes()
    assert (first.design.tobytes() == other.design.tobytes()) == (method == "grid")
    assert first.design is first.design
    with pytest.raises(ValueError, match="read-only"):
        first.design[0, 0] = 1.0


def test_the_seed_of_the_draws_does_not_move_the_points(plan: Plan) -> None:
    assert plan(THREE, seed=1).design.tolist() == plan(THREE, seed=2).design.tolist()
    assert plan(THREE, seed=1).digest != plan(THREE, seed=2).digest


def test_salib_reads_its_own_indices_off_the_points(plan: Plan) -> None:
    """On a sum of known parts the indices are known: values reach SALib in the order it dealt them."""
    request = plan(THREE, "sobol_indices", 1024)
    unit = unit_of(request)
    indices = sobol_analysis.analyze(
        salib_problem(request.factors), unit @ [1.0, 2.0, 0.0], calc_second_order=False, seed=1, num_resamples=8
    )
    np.testing.assert_allclose(indices["S1"], [0.2, 0.8, 0.0], atol=0.01)


def _request(factors: tuple[Factor, ...], method: str, samples: int, seed: int) -> SweepRequest:
    theatre = load()
    arms = [load_scenario(name, theatre.vocabulary) for name in ("us_engages_taliban", "baseline")]
    dates = (parse_month("2020-12"),)
    return SweepRequest(
        theatre=theatre,
        scenario=arms[0],
        against=arms[1],
        seed=1,
        replicates=2,
        months=64,
        outcomes=("violence",),
        dates=dates,
        factors=factors,
        method=method,
        samples=samples,
        design_seed=seed,
    )


@given(
    method=st.sampled_from(MADE),
    exponent=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    groups=st.lists(st.sampled_from(["", "g", "h"]), max_size=4).map(lambda names: ["", *names]),
)
@settings(max_examples=30)
def test_any_design_has_the_points_it_says_within_the_ranges(
    method: str, exponent: int, seed: int, groups: list[str]
) -> None:
    factors = tuple(Factor(NAMES[i], i, i + 1.5, group=group) for i, group in enumerate(groups))
    request = _request(factors, method, 2**exponent if method != "grid" else min(2**exponent, 4), seed)
    values = request.design
    assert values.shape == (request.points, len(groups))
    low = np.arange(len(groups))
    assert (values >= low).all()
    assert (values <= low + 1.5).all()
    movers = len(group_names(factors))
    if method == "sobol_indices":
        assert request.points == 2**exponent * (movers + 2)
    if method == "lhs":
        cells = np.sort(np.floor((values - low) / 1.5 * 2**exponent), axis=0)
        assert (cells == np.arange(2**exponent)[:, None]).all()


@pytest.mark.parametrize("method", ["sobol_indices", "morris"])
def test_one_group_of_everything_has_nothing_to_tell_apart(method: str) -> None:
    factors = tuple(Factor(name, 0, 1, group="all") for name in NAMES[:2])
    with pytest.raises(InputError, match=r"moves as one group, so that .* has nothing to tell apart"):
        _request(factors, method, 4, 1)
    assert _request(factors, "lhs", 4, 1).points == 4


def test_points_that_are_given_are_not_made() -> None:
    with pytest.raises(ValueError, match="given, not made"):
        unit_points("csv", (Factor(NAMES[0], 0, 1),), 4, 1)
