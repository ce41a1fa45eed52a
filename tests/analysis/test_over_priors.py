"""How far a difference hangs on what was assumed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.analysis.worlds import latin_hypercube, over_priors, values_of
from influence_sim.model import Arm, simulate
from influence_sim.runs.request import PRIOR
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

MAIN = {"kabul_authority": -0.02, "russia_prestige": 0.03}


def arms(*names: str, months: int = 34) -> list[Arm]:
    return [Arm(load(), load_scenario(name, load().vocabulary), months) for name in names]


PAIR = arms("us_engages_taliban", "baseline")


def compared(pair: list[Arm], main: dict[str, float], **options: Any) -> pd.DataFrame:
    (table,) = over_priors(pair[:1], pair[1], [main], **options)
    return table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return compared(PAIR, MAIN, points=24, replicates=4)


@given(points=st.integers(1, 40), width=st.integers(1, 6), seed=st.integers(0, 100))
def test_every_coordinate_falls_once_into_every_cell(points: int, width: int, seed: int) -> None:
    cube = latin_hypercube(points, width, np.random.default_rng(seed))
    assert cube.shape == (points, width)
    assert (np.sort((cube * points).astype(int), axis=0) == np.arange(points)[:, None]).all()


def test_values_stay_in_their_range_and_choices_are_equally_likely() -> None:
    unit = (np.arange(300) + 0.5) / 300
    for spec in load().parameters.values():
        values = values_of([spec], unit[:, None])[spec.name]
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
    assert (table["stands_out"] == (table["pawn"] > table["threshold"])).all()
    assert table["at_low"].between(0, 1).all()
    assert table["at_high"].between(0, 1).all()


def test_the_same_again_gives_the_same(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(compared(PAIR, MAIN, points=24, replicates=4), table, check_exact=True)
    other = compared(PAIR, MAIN, points=24, replicates=4, seed=2)
    assert not other["low"].equals(table["low"])


def test_an_executor_gives_the_same(table: pd.DataFrame) -> None:
    with ThreadPoolExecutor(2) as pool:
        pd.testing.assert_frame_equal(compared(PAIR, MAIN, points=24, replicates=4, executor=pool), table)
    pd.testing.assert_frame_equal(compared(PAIR, MAIN, points=24, replicates=4, workers=2), table)


def test_the_sign_is_that_of_the_main_run(table: pd.DataFrame) -> None:
    turned = compared(PAIR, {name: -value for name, value in MAIN.items()}, points=24, replicates=4)
    assert turned["share_same_sign"].tolist() == table["share_opposite"].tolist()


def test_equal_arms_differ_nowhere() -> None:
    row = compared(arms("baseline", "baseline"), {"kabul_authority": 0.0}, points=8, replicates=2).iloc[0]
    assert row["share_zero"] == 1.0
    assert np.isnan(row["share_same_sign"])
    assert (row["parameter"], row["stands_out"], row["needed"]) == ("", False, 0)


def test_what_the_user_has_set_stays(table: pd.DataFrame) -> None:
    known = set(load().parameters)
    few = compared(PAIR, MAIN, points=8, replicates=2, fixed=known - {"authority.erosion"})
    assert few["parameter"].tolist() == ["authority.erosion"] * len(MAIN)
    none = compared(PAIR, MAIN, points=8, replicates=2, fixed=known)
    assert none["parameter"].tolist() == [""] * len(MAIN)
    assert set(none["parameter"]).isdisjoint(table["parameter"])


def test_a_point_is_what_a_run_with_its_values_gives() -> None:
    spec, fixed = load().parameters["authority.erosion"], set(load().parameters) - {"authority.erosion"}
    row = compared(PAIR, {"kabul_authority": -0.02}, points=2, replicates=6, seed=3, fixed=fixed, worlds=PRIOR)
    row = row.iloc[0]
    cube = latin_hypercube(2, 1, np.random.default_rng(3))
    outcome = load().vocabulary.outcomes.index("kabul_authority")
    gaps = []
    for world, value in enumerate(values_of([spec], cube)[spec.name]):
        change, numbers = {spec.name: value}, np.arange(6) + 6 * world
        first, other = [simulate(arm, seed=3, replicates=numbers, parameters=change)[-1] for arm in PAIR]
        gaps.append((first - other)[outcome].mean())
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(gaps, [0.05, 0.95]).tolist(), abs=1e-14)
