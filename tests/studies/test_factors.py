"""What is varied takes its values where it should, as often as it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from influence_sim.runs.sweeps.design import Factor, group_names

ENDS = st.tuples(st.floats(-50, 50), st.floats(1e-3, 100)).map(lambda pair: (pair[0], pair[0] + pair[1]))
POSITIVE = st.tuples(st.floats(1e-4, 50), st.floats(1.01, 1e4)).map(lambda pair: (pair[0], pair[0] * pair[1]))
SHARE = st.floats(0, 1)
GRID = np.linspace(0.0, 1.0, 101)


@st.composite
def factors(draw: st.DrawFn) -> Factor:
    """Any factor."""
    scale = draw(st.sampled_from(["linear", "log", "triangular", "choices"]))
    if scale == "choices":
        values = draw(st.lists(st.floats(-5, 5), min_size=2, max_size=6, unique=True))
        return Factor("a.b", min(values), max(values), choices=tuple(values))
    low, high = draw(POSITIVE if scale == "log" else ENDS)
    peak = low + (high - low) * draw(SHARE) if scale == "triangular" and draw(st.booleans()) else None
    return Factor("a.b", low, high, scale, None if peak is None else min(max(peak, low), high))


@given(factors())
def test_values_lie_within_the_range_and_rise(factor: Factor) -> None:
    values = factor.values_at(GRID)
    assert np.isfinite(values).all()
    assert values.min() >= factor.low
    assert values.max() <= factor.high
    if factor.choices:
        assert set(values.tolist()) == set(factor.choices)
    else:
        assert (np.diff(values) >= 0).all()
        assert values[[0, -1]].tolist() == pytest.approx([factor.low, factor.high])


@given(factors(), st.integers(1, 4), st.integers(1, 4))
def test_the_shape_is_kept_and_each_value_is_its_own(factor: Factor, rows: int, columns: int) -> None:
    unit = np.random.default_rng(rows * 10 + columns).random((rows, columns))
    values = factor.values_at(unit)
    assert values.shape == (rows, columns)
    assert values[0, 0] == factor.values_at(unit[:1, :1])[0, 0]


@given(ENDS, SHARE)
def test_triangular_values_are_those_of_scipy(ends: tuple[float, float], share: float) -> None:
    low, high = ends
    peak = min(max(low + share * (high - low), low), high)
    wanted = stats.triang((peak - low) / (high - low), loc=low, scale=high - low).ppf(GRID)
    np.testing.assert_allclose(Factor("a", low, high, "triangular", peak).values_at(GRID), wanted, atol=1e-9 * high)


@given(POSITIVE)
def test_log_values_are_those_of_scipy(ends: tuple[float, float]) -> None:
    np.testing.assert_allclose(Factor("a", *ends, "log").values_at(GRID), stats.loguniform(*ends).ppf(GRID), rtol=1e-9)


def test_a_triangle_without_a_peak_has_it_in_the_middle() -> None:
    plain, peaked = Factor("a", 1, 3, "triangular"), Factor("a", 1, 3, "triangular", 2)
    assert plain.values_at(GRID).tolist() == peaked.values_at(GRID).tolist()
    assert plain.values_at(np.array([0.5, 0.125])).tolist() == pytest.approx([2.0, 1.5])


def test_choices_share_the_unit_interval_evenly() -> None:
    factor = Factor("a", 0, 7, choices=(7.0, 0.0, 3.0))
    unit = np.array([0.0, 0.333, 0.334, 0.666, 0.667, 1.0])
    assert factor.values_at(unit).tolist() == [7, 7, 0, 0, 3, 3]


def test_what_belongs_to_the_scenario_alone() -> None:
    paths = ["interventions.us.attend.moscow_format", "conditions.opium_weather", "conditional.x", "interest.us.x"]
    assert [Factor(path, 0, 1).of_scenario for path in paths] == [True, True, False, False]


def test_groups_are_named_in_the_order_in_which_they_come() -> None:
    factors = [Factor("b", 0, 1), Factor("c", 0, 1, group="g"), Factor("a", 0, 1), Factor("d", 0, 1, group="g")]
    assert group_names(factors) == ("b", "g", "a")
