"""The points behind the sliders are what running them alone gives."""

from __future__ import annotations

import numpy as np
import pytest

import influence_sim as sim
from influence_sim.analysis.sliders import (
    Grid,
    Slider,
    around,
    asked,
    chosen,
    compute,
    evenly,
    points_of,
    slider,
)
from influence_sim.analysis.worlds import sample
from influence_sim.runs.request import PLAUSIBLE, plan_run
from influence_sim.theatre import load

OUTCOMES = ("kabul_authority", "russia_prestige")
STEPS = (27, 31)
MONTHS, REPLICATES = 32, 5


@pytest.fixture(scope="module")
def grid() -> Grid:
    """Three sliders, one of them of choices, around a run with a value of its own."""
    request = plan_run("us_engages_taliban", months=MONTHS, replicates=2, set={"rivalry.strength": 0.1})
    sliders = [
        slider("authority.erosion", evenly(0, 1, 3, 0.6), 0.6),
        slider("authority.mean", (0.0, 1.0, 2.0), 0.0),
        slider("rivalry.strength", (0.1, 0.4), 0.1),
    ]
    return compute(request.arms, sliders, outcomes=OUTCOMES, steps=STEPS, replicates=REPLICATES, seed=1)


def start_of(grid: Grid) -> int:
    return grid.point([slider.start for slider in grid.sliders])


def settings_at(grid: Grid, point: int) -> dict[str, float]:
    return {name: float(values[point]) for name, values in points_of(grid.sliders).items()}


def test_every_point_equals_the_run_with_the_same_settings(grid: Grid) -> None:
    assert grid.points == 4 * 3 * 2
    for point in (0, start_of(grid), 13, grid.points - 1):
        settings = settings_at(grid, point)
        result = sim.run("us_engages_taliban", months=MONTHS, replicates=REPLICATES, set=settings)
        ending = result.ending(OUTCOMES)
        actual = ending[["diff", "ci_low", "ci_high"]].to_numpy()
        np.testing.assert_allclose(grid.ends[point], actual, rtol=0, atol=1e-12)
        levels = ending[["mean", "baseline_mean"]].to_numpy().T
        np.testing.assert_allclose(grid.means[point, :, :, -1], levels, rtol=0, atol=1e-12)
        before = result.summary.set_index(["scenario", "outcome", "date"])["mean"].xs("2017-12-01", level="date")
        shared = [before[arm, OUTCOMES[1]] for arm in ("us_engages_taliban", "baseline")]
        np.testing.assert_allclose(grid.means[point, :, 1, 0], shared, rtol=0, atol=1e-12)


def test_points_differ_and_the_start_is_the_run_s_own(grid: Grid) -> None:
    assert settings_at(grid, start_of(grid)) == {
        "authority.erosion": 0.6,
        "authority.mean": 0.0,
        "rivalry.strength": 0.1,
    }
    assert len(np.unique(grid.ends[:, 0, 0])) >= 10


def test_blocks_do_not_change_the_numbers(grid: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.runs.points.COLUMNS", 3 * REPLICATES)
    request = plan_run("us_engages_taliban", months=MONTHS, replicates=2)
    seen: list[tuple[int, int]] = []
    again = compute(
        request.arms,
        grid.sliders,
        outcomes=OUTCOMES,
        steps=STEPS,
        replicates=REPLICATES,
        seed=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert np.array_equal(again.ends, grid.ends)
    assert seen[0] == (30, 240)
    assert seen[-1] == (240, 240)


def test_values_hold_the_run_s_own_once() -> None:
    assert evenly(0, 1, 5, 0.6) == (0.0, 0.25, 0.5, 0.6, 0.75, 1.0)
    assert evenly(0, 0.6, 4, 0.2) == (0.0, 0.2, 0.4, 0.6)
    assert evenly(0, 1, 4, 0) == (0, 0.3333, 0.6667, 1)
    assert evenly(0.2, 0.4, 2, 0.5) == (0.2, 0.4, 0.5)
    spec = load().parameters["authority.erosion"]
    values = np.linspace(0, 1, 101)
    assert around(spec, values, 0.6) == (0.05, 0.325, 0.6, 0.775, 0.95)
    assert around(spec, values, 0.05) == (0.05, 0.5, 0.95)
    assert around(spec, values, 0.0) == (0.0, 0.025, 0.05, 0.475, 0.95)
    assert around(load().parameters["authority.mean"], values, 1.0) == (0.0, 1.0, 2.0)
    assert slider("authority.erosion", (0.0, 0.5), 0.5) == Slider("authority.erosion", (0.0, 0.5), 1)


def test_sliders_are_what_the_result_hangs_on_as_far_as_the_worlds_allow() -> None:
    request = plan_run("us_engages_taliban", months=MONTHS, replicates=2, set={"prestige.following": 0.1})
    offered = {slider.name: slider for slider in chosen(request, OUTCOMES)}
    assert len(offered) == 3
    assert "prestige.following" not in offered  # what was set stays
    erosion = offered["authority.erosion"]
    assert erosion.values[erosion.start] == load().parameters["authority.erosion"].default
    rng = np.random.default_rng(1)
    points, _, worlds, *_ = sample(load(), 512, PLAUSIBLE, rng, rng)
    low, high = np.quantile(points["authority.erosion"], [0.05, 0.95])
    assert worlds == PLAUSIBLE
    assert (erosion.values[0], erosion.values[-1]) == pytest.approx((low, high), rel=1e-3)


def test_a_slider_starts_where_a_set_put_it() -> None:
    request = plan_run("us_engages_taliban", months=MONTHS, replicates=2, set={"authority.erosion": 0.3})
    (slider,) = asked({"authority.erosion": (0, 1, 3)}, request)
    assert slider == Slider("authority.erosion", (0.0, 0.3, 0.5, 1.0), 1)
