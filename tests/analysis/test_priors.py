"""How far a difference hangs on what was assumed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from influence_sim.analysis import priors
from influence_sim.analysis.priors import PriorSample, latin_hypercube, over_priors, values_at
from influence_sim.model import Arm, simulate
from influence_sim.scenario import load_scenario
from influence_sim.theatre import load

MAIN = {"kabul_authority": -0.02, "russia_prestige": 0.03}


def arms(*names: str, months: int = 34) -> list[Arm]:
    return [Arm(load(), load_scenario(name, load().vocabulary), months) for name in names]


PAIR = arms("us_engages_taliban", "baseline")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return over_priors(PAIR, MAIN, points=24, replicates=4)


@given(points=st.integers(1, 40), width=st.integers(1, 6), seed=st.integers(0, 100))
def test_every_coordinate_falls_once_into_every_cell(points: int, width: int, seed: int) -> None:
    cube = latin_hypercube(points, width, np.random.default_rng(seed))
    assert cube.shape == (points, width)
    assert (np.sort((cube * points).astype(int), axis=0) == np.arange(points)[:, None]).all()


def test_values_stay_in_their_range_and_choices_are_equally_likely() -> None:
    unit = (np.arange(300) + 0.5) / 300
    for spec in load().parameters.values():
        values = values_at(spec, unit)
        assert spec.low <= values.min() <= values.max() <= spec.high
        if spec.choices:
            assert {value: int((values == value).sum()) for value in spec.choices} == dict.fromkeys(
                spec.choices, 300 // len(spec.choices)
            )
        else:
            assert values[0] == pytest.approx(spec.low + (spec.high - spec.low) / 600)


def test_one_row_an_outcome(table: pd.DataFrame) -> None:
    assert table["outcome"].tolist() == list(MAIN)
    assert table["main"].tolist() == list(MAIN.values())
    assert (table["points"] == 24).all()
    shares = table[["share_same_sign", "share_zero", "share_opposite"]].sum(axis=1)
    assert shares.tolist() == pytest.approx([1.0, 1.0])
    assert (table["low"] <= table["high"]).all()
    assert table["parameter"].isin(list(load().parameters)).all()
    assert (table["stands_out"] == (table["rho"].abs() > table["threshold"])).all()
    assert (table["note"] == "").tolist() == table["stands_out"].tolist()


def test_the_same_again_gives_the_same(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(over_priors(PAIR, MAIN, points=24, replicates=4), table, check_exact=True)
    other = over_priors(PAIR, MAIN, points=24, replicates=4, seed=2)
    assert not other["low"].equals(table["low"])


def test_an_executor_gives_the_same(table: pd.DataFrame) -> None:
    with ThreadPoolExecutor(2) as pool:
        sample = PriorSample(PAIR[:1], PAIR[1], points=24, replicates=4, executor=pool)
        (other,) = sample.tables([MAIN])
    pd.testing.assert_frame_equal(other, table, check_exact=True)


def test_the_sign_is_that_of_the_main_run(table: pd.DataFrame) -> None:
    turned = over_priors(PAIR, {name: -value for name, value in MAIN.items()}, points=24, replicates=4)
    assert turned["share_same_sign"].tolist() == table["share_opposite"].tolist()


def test_equal_arms_differ_nowhere() -> None:
    row = over_priors(arms("baseline", "baseline"), {"kabul_authority": 0.0}, points=8, replicates=2).iloc[0]
    assert row["share_zero"] == 1.0
    assert np.isnan(row["share_same_sign"])
    assert (row["parameter"], row["note"]) == ("", "no single parameter stands out")


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    def look(arm: Arm, **how: object) -> object:
        seen.append(set(how["parameters"]))  # type: ignore[call-overload]
        return simulate(arm, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("influence_sim.model.simulate", look)
    over_priors(PAIR, MAIN, points=4, replicates=2, fixed=["decide.inertia"])
    assert seen == [set(load().parameters) - {"decide.inertia"}] * 2


def test_a_point_is_what_a_run_with_its_values_gives() -> None:
    cube = latin_hypercube(5, 1, np.random.default_rng(3))
    spec = load().parameters["authority.erosion"]
    levels = [priors._levels(arm, [spec], cube, 6, seed=1) for arm in PAIR]
    gaps = (levels[0] - levels[1]).mean(axis=2)
    for point, value in enumerate(values_at(spec, cube[:, 0])):
        change = {spec.name: value}
        one, other = [simulate(arm, seed=1, replicates=np.arange(6), parameters=change)[-1] for arm in PAIR]
        assert gaps[:, point] == pytest.approx((one - other).mean(axis=1), abs=1e-14)


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(1)
    cube = np.round(rng.random((30, 4)), 1)  # with ties
    gap = np.round(rng.random(30), 1)
    rhos = priors.standard_ranks(gap[:, None])[:, 0] @ priors.standard_ranks(cube)
    assert rhos == pytest.approx([spearmanr(gap, column).statistic for column in cube.T])


def strongest(gap: np.ndarray, cube: np.ndarray, seed: int = 5) -> dict[str, object]:
    shuffles = np.argsort(np.random.default_rng(seed).random((400, len(gap))), axis=1)
    names = [f"p{i}" for i in range(cube.shape[1])]
    return priors._strongest(gap, priors.standard_ranks(cube), names, shuffles)


def test_a_parameter_that_drives_the_difference_stands_out() -> None:
    cube = latin_hypercube(64, 50, np.random.default_rng(2))
    noise = np.random.default_rng(3).normal(size=64)
    found = strongest(-np.exp(3 * cube[:, 7]) + noise, cube)
    assert (found["parameter"], found["stands_out"]) == ("p7", True)
    assert float(str(found["rho"])) < -0.7


def test_noise_seldom_makes_a_parameter_stand_out() -> None:
    rng = np.random.default_rng(4)
    cube = latin_hypercube(64, 50, rng)
    hits = sum(bool(strongest(rng.normal(size=64), cube)["stands_out"]) for _ in range(60))
    assert hits <= 9  # three are expected; ten or more have a chance below one in a thousand
