"""PRIM: that it finds what was planted, says what it is worth, and does not find what is not there."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, qmc

import influence_sim as sim
from influence_sim.analysis.sweeps.prim import Box, Cases, choose, paste, peel_all, simplify
from influence_sim.api import explore
from influence_sim.api.explore import rounded
from influence_sim.base.errors import InputError
from influence_sim.runs.sweeps.design import Factor

Make = Callable[..., pd.DataFrame]
FACTORS = dict.fromkeys("abcde", (0.0, 1.0))
SHARES = ["coverage", "density", "mass"]
EDGES = {("a", "above"): 0.30, ("a", "below"): 0.80, ("b", "above"): 0.55}


def edges(discovery: explore.Discovery) -> dict[tuple[str, str], float]:
    return {(row["factor"], row["limit"]): row["value"] for row in discovery.limits.to_dict("records")}


@pytest.mark.parametrize(("seed", "flipped"), [(3, 0.0), (4, 0.0), (5, 0.05), (6, 0.10)])
def test_finds_the_planted_box_and_nothing_else(planted: Make, seed: int, flipped: float) -> None:
    frame = planted(points=800, seed=seed, flipped=flipped)
    box = sim.discover(frame, "y < -0.5", factors=FACTORS, method="lhs")
    limits = edges(box)
    assert limits.keys() == EDGES.keys()
    for key, edge in EDGES.items():
        assert abs(limits[key] - edge) <= 0.10 * edge
    assert set(box.limits["verdict"]) == {"holds"}
    assert box.cautions == ()
    assert box.quality["density"] > 0.85
    assert box.held_out["density"] > 0.75


def test_a_clean_box_is_found_within_a_fiftieth(planted: Make) -> None:
    box = sim.discover(planted(points=4000), "y < 0", factors=FACTORS, method="lhs")
    for key, edge in edges(box).items():
        assert edge == pytest.approx(EDGES[key], abs=0.02)
    assert min(box.quality["coverage"], box.quality["density"]) > 0.97


def test_quality_is_what_counting_gives(planted: Make) -> None:
    frame = planted(flipped=0.05)
    box = sim.discover(frame, "y < 0", factors=FACTORS, method="lhs")
    limits = edges(box)
    inside = frame["a"].between(limits["a", "above"], limits["a", "below"]) & (frame["b"] > limits["b", "above"])
    cases = frame["y"] < 0
    assert box.cases == cases.sum()
    assert box.quality["cases"] == (inside & cases).sum()
    assert box.quality["coverage"] == (inside & cases).sum() / cases.sum()
    assert box.quality["density"] == (inside & cases).sum() / inside.sum()
    assert box.quality["mass"] == inside.mean()
    wider = frame["a"].between(limits["a", "above"], limits["a", "below"])
    chance = (wider & cases).sum() / wider.sum()
    expected = binom.sf((inside & cases).sum() - 1, inside.sum(), chance)
    rows = box.limits.set_index(["factor", "limit"])
    assert rows.loc[("b", "above"), "quasi_p"] == pytest.approx(expected)


def test_the_trajectory_is_that_of_another_implementation(planted: Make) -> None:
    """Figures of the EMA workbench 2.5.3 (lenient objective, peel_alpha 0.05) for these very points.

    It rounds the points of a peel up and we round them down, so that steps are not the same, but the curve is.
    """
    x = qmc.LatinHypercube(5, rng=np.random.default_rng(1)).random(512)
    inside = (x[:, 0] > 0.3) & (x[:, 0] < 0.8) & (x[:, 1] > 0.55)
    frame = pd.DataFrame(x, columns=list("abcde")).assign(
        y=1.0 * (inside ^ (np.random.default_rng(0).random(512) < 0.05))
    )
    box = sim.discover(frame, "y == 1", factors=FACTORS, method="lhs", point=30)
    ours = box.trajectory.sort_values("mass")
    for mass, coverage, density in ((0.594, 0.947, 0.411), (0.348, 0.894, 0.663), (0.225, 0.841, 0.965)):
        assert np.interp(mass, ours["mass"], ours["coverage"]) == pytest.approx(coverage, abs=0.02)
        assert np.interp(mass, ours["mass"], ours["density"]) == pytest.approx(density, abs=0.02)
    limits = edges(box)
    assert limits["a", "above"] == pytest.approx(0.305, abs=0.01)
    assert limits["a", "below"] == pytest.approx(0.792, abs=0.01)
    assert limits["b", "above"] == pytest.approx(0.561, abs=0.01)


def test_choices_are_dropped_and_pasted() -> None:
    x = qmc.LatinHypercube(3, rng=np.random.default_rng(1)).random(600)
    factors = [Factor("mode", 0, 3, choices=(0.0, 1.0, 2.0, 3.0)), Factor("a", 0, 1), Factor("b", 0.01, 1, "log")]
    frame = pd.DataFrame({factor.path: factor.values_at(x[:, i]) for i, factor in enumerate(factors)})
    frame["y"] = 1.0 * (frame["mode"].isin([0, 2]) & (frame["b"] > 0.1))
    box = sim.discover(frame, "y > 0.5", factors=factors, method="lhs")
    rows = box.limits.set_index("factor")
    assert rows.loc["mode", ["limit", "choices", "left_out"]].tolist() == ["only", "0, 2", "1, 3"]
    assert rows.loc["b", "value"] == pytest.approx(0.1, rel=0.1)
    assert list(rows.index) == ["mode", "b"]
    assert box.quality["coverage"] > 0.97


def test_points_on_a_grid_are_peeled_level_by_level() -> None:
    a, b = np.meshgrid(np.linspace(0, 1, 11), np.linspace(0, 1, 11))
    frame = pd.DataFrame({"a": a.ravel(), "b": b.ravel()})
    frame["y"] = 1.0 * ((frame["a"] > 0.55) & (frame["b"] < 0.35))
    box = sim.discover(frame, "y > 0", factors=["a", "b"], method="grid")
    assert edges(box) == {("a", "above"): pytest.approx(0.55), ("b", "below"): pytest.approx(0.35)}
    assert (box.quality["coverage"], box.quality["density"]) == (1.0, 1.0)


def test_a_box_of_the_trajectory_can_be_had_as_it_is(planted: Make) -> None:
    frame = planted(flipped=0.1)
    whole = sim.discover(frame, "y < 0", factors=FACTORS, method="lhs")
    for step in (0, 5, len(whole.trajectory) - 1):
        box = sim.discover(frame, "y < 0", factors=FACTORS, method="lhs", point=step)
        row = whole.trajectory.iloc[step]
        assert (box.step, box.by_rule) == (step, False)
        assert [box.quality[n] for n in ("coverage", "density", "mass")] == row[
            ["coverage", "density", "mass"]
        ].tolist()
        assert ", ".join(box.limits["factor"].unique()) == row["factors"]
    assert any("may be chance" in caution for caution in box.cautions)  # the last box restricts what means nothing
    for step in (-1, len(whole.trajectory)):
        with pytest.raises(InputError, match=r"^point: '-?\d+': the trajectory has the points 0 to"):
            sim.discover(frame, "y < 0", factors=FACTORS, method="lhs", point=step)


def test_the_rule_takes_the_best_balance_of_coverage_and_density(planted: Make) -> None:
    box = sim.discover(planted(flipped=0.1), "y < 0", factors=FACTORS, method="lhs")
    rows = box.trajectory
    balance = 2 * rows["coverage"] * rows["density"] / (rows["coverage"] + rows["density"])
    assert box.step == balance.idxmax()
    settled = 2 / (1 / box.quality["coverage"] + 1 / box.quality["density"])
    assert settled >= balance.max() - 0.02


def test_noise_has_no_box(planted: Make) -> None:
    frame = planted().assign(y=np.random.default_rng(0).random(600))
    box = sim.discover(frame, "y < 0.2", factors=FACTORS, method="lhs")
    doubt = " ".join(box.cautions)
    assert "no box" in doubt or "not found again" in doubt or "may be chance" in doubt
    assert not (box.limits["verdict"] == "holds").any()


def test_where_most_points_are_cases_it_says_that_and_not_that_it_is_chance(planted: Make) -> None:
    box = sim.discover(planted(), "y > -0.5", factors=FACTORS, method="lhs")
    assert box.step == 0
    assert box.cautions == ("no box: 79 % of all points are cases; look for the others, or name a box",)
    assert box.finding == "79 % of all points are cases, and no box does better than all of them."


def test_of_many_limits_a_caution_names_the_first(planted: Make) -> None:
    frame = planted(width=8).assign(y=np.random.default_rng(0).random(600))
    names = dict.fromkeys("abcdefgh", (0.0, 1.0))
    box = sim.discover(frame, "y < 0.2", factors=names, method="lhs", point=25)
    chance = box.limits.loc[box.limits["verdict"] == "may be chance", "factor"].unique()
    assert len(chance) > 3
    assert f"a limit of {', '.join(chance[:3])} and {len(chance) - 3} more may be chance" in box.cautions


def test_says_when_there_are_too_few_cases_or_others(planted: Make) -> None:
    frame = planted(points=60)
    few = sim.discover(frame, "y < 0 and c < 0.4", factors=FACTORS, method="lhs")
    assert few.cases < 20
    assert f"too few cases of interest to tell: {few.cases}, and it takes 20" in few.cautions
    least = sim.discover(frame[:10], "c < 0.4", factors=FACTORS, method="lhs")
    assert "no box: there are too few points to peel any away" in least.cautions
    most = sim.discover(frame, "not (y < 0 and c < 0.4)", factors=FACTORS, method="lhs")
    assert f"too few points are no cases to tell: {few.cases}, and it takes 20" in most.cautions


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("y < -5", r"'y < -5': holds at no point of 600; y runs from -1 to 0"),
        ("y < 5", r"'y < 5': holds at every point of 600; y runs from -1 to 0"),
        ("z < 5", r"^where:1: 'z': not a column of the sweep"),
    ],
)
def test_conditions_that_part_nothing(planted: Make, where: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.discover(planted(), where, factors=FACTORS, method="lhs")


def test_points_without_a_number_do_not_count(planted: Make) -> None:
    frame = planted().assign(point=range(600))
    holes = frame.assign(y=frame["y"].where(frame.index % 50 > 0))
    box = sim.discover(holes.drop(index=[1, 2, 3]), "not y > -0.5", factors=FACTORS, method="lhs")
    assert (box.points, box.dropped) == (585, 15)
    assert box.cases == (holes["y"].dropna().drop(index=[1, 2, 3]) < -0.5).sum()


@pytest.mark.parametrize(("method", "message"), [("sobol_indices", True), ("morris", True), ("lhs", False)])
def test_says_that_points_of_some_designs_are_not_independent(planted: Make, method: str, message: bool) -> None:
    box = sim.discover(planted(points=300), "y < 0", factors=FACTORS, method=method)
    assert any("share coordinates" in note for note in box.notes) == message


def test_the_same_seed_gives_the_same_box(planted: Make) -> None:
    first, other = (sim.discover(planted(flipped=0.1), "y < 0", factors=FACTORS, method="lhs", seed=4) for _ in "12")
    pd.testing.assert_frame_equal(first.limits, other.limits)
    assert first.held_out == other.held_out


@st.composite
def cases(draw: st.DrawFn) -> Cases:
    """Points with many ties, one factor of choices, and cases anywhere."""
    count, seed = draw(st.integers(30, 120)), draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.random(count), rng.integers(0, 4, count), rng.integers(0, 3, count)]).astype(np.float64)
    y = rng.random(count) < draw(st.sampled_from([0.1, 0.4, 0.9]))
    y[0] = True
    return Cases(x, y, np.array([False, False, True]))


@given(cases())
def test_boxes_lie_in_one_another_and_the_way_out_of_them_keeps_its_promises(found: Cases) -> None:
    boxes = peel_all(found)
    inside = [box.holds(found.x) for box in boxes]
    assert inside[0].all()
    for outer, inner in pairwise(inside):
        assert (outer >= inner).all()
        assert outer.sum() > inner.sum() >= 10
    box = boxes[choose(found, boxes)]
    plain = simplify(found, box)
    assert all(found.quasi_p(plain, key) <= 0.05 for key in plain.keys)
    assert plain.limits.items() <= box.limits.items()
    pasted = paste(found, box)
    (before, points), (after, wider) = found.count(box), found.count(pasted)
    assert (pasted.holds(found.x) >= box.holds(found.x)).all()
    assert after * points >= before * wider


def test_what_was_peeled_too_far_is_pasted_back(planted: Make) -> None:
    frame = planted(points=2000)
    x = np.column_stack([frame[["a", "b"]].to_numpy(), np.arange(2000) % 3])
    box = Cases(x, (frame["y"] < 0).to_numpy(), np.array([False, False, True]))
    ends = {(0, "low"): (0.4,), (0, "high"): (0.7,), (1, "low"): (0.65,), (1, "high"): (0.9,)}
    pasted = paste(box, Box(ends | {(2, "not"): (1.0,)}))
    assert pasted.limits[0, "low"] == (pytest.approx(0.3, abs=0.02),)
    assert pasted.limits[0, "high"] == (pytest.approx(0.8, abs=0.02),)
    assert pasted.limits[1, "low"] == (pytest.approx(0.55, abs=0.02),)
    assert pasted.keys == ((0, "low"), (0, "high"), (1, "low"))  # all the rest is given back
    assert box.quality(pasted)["density"] == 1.0


def test_a_limit_replaces_the_one_to_the_same_end() -> None:
    box = Box().tightened((0, "low"), 0.1).tightened((0, "high"), 0.9).tightened((0, "low"), 0.2)
    assert box.keys == ((0, "low"), (0, "high"))
    assert box.limits[0, "low"] == (0.2,)
    assert box.holds(np.array([[0.15], [0.5], [0.95]])).tolist() == [False, True, False]


@pytest.mark.parametrize("alike", [-0.0361064, -0.0361123, 0.0361064, 0.0361123])
def test_the_tenth_of_points_that_are_alike_is_not_rounded_away(alike: float) -> None:
    numbers = pd.Series([alike] * 9 + [0.0])
    text = rounded(float(numbers.quantile(0.1 if alike < 0 else 0.9)), numbers, falls=alike < 0)
    assert len(text.lstrip("-")) <= len("0.03611")
    assert (numbers <= float(text)).sum() == 9 if alike < 0 else (numbers >= float(text)).sum() == 9
