"""Summaries against plain arithmetic on small numbers."""

from __future__ import annotations

import statistics
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from influence_sim.analysis.summary import COLUMNS, DIFFERENCE_COLUMNS, from_csv, summarise, to_csv
from influence_sim.base.months import parse_month

START = parse_month("2015-11")
ONE = np.array([[[0.1, 0.2, 0.4, 0.8, 1.6]], [[1.0, 1.0, 1.0, 1.0, 2.0]], [[3.0, 1.0, 2.0, 5.0, 4.0]]])
OTHER = np.array([[[0.1, 0.2, 0.4, 0.8, 1.6]], [[1.0, 2.0, 1.0, 3.0, 1.0]], [[1.0, 1.0, 1.0, 1.0, 1.0]]])
GAPS = list(DIFFERENCE_COLUMNS)
T = 2.7764451051977987
"""Student's t for 95 % and four degrees of freedom, from a table."""


@pytest.fixture
def table() -> pd.DataFrame:
    return summarise([ONE, OTHER], ["arm", "baseline"], ["it"], START)


def test_rows_and_columns(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COLUMNS
    assert table["scenario"].tolist() == ["arm"] * 3 + ["baseline"] * 3
    assert table["date"].dt.strftime("%Y-%m-%d").tolist() == ["2015-11-01", "2015-12-01", "2016-01-01"] * 2


def test_levels(table: pd.DataFrame) -> None:
    for values, row in zip([*ONE[:, 0], *OTHER[:, 0]], table.to_dict("records"), strict=True):
        assert row["mean"] == pytest.approx(statistics.fmean(values))
        assert row["sd"] == pytest.approx(statistics.stdev(values))
        cuts = statistics.quantiles(values, n=20, method="inclusive")
        got = [row[name] for name in ("q05", "q25", "q50", "q75", "q95")]
        assert got == pytest.approx([cuts[0], cuts[4], cuts[9], cuts[14], cuts[18]])


def test_paired_differences(table: pd.DataFrame) -> None:
    for month, row in enumerate(table.to_dict("records")[:3]):
        gaps = (ONE[month, 0] - OTHER[month, 0]).tolist()
        half = T * statistics.stdev(gaps) / 5**0.5
        assert row["diff"] == pytest.approx(statistics.fmean(gaps))
        assert row["ci_low"] == pytest.approx(row["diff"] - half)
        assert row["ci_high"] == pytest.approx(row["diff"] + half)
        cuts = statistics.quantiles(gaps, n=20, method="inclusive")
        assert [row["diff_q05"], row["diff_q95"]] == pytest.approx([cuts[0], cuts[18]])
    assert table.loc[3:, GAPS].isna().all(axis=None)


def test_equal_months_differ_by_exactly_nothing(table: pd.DataFrame) -> None:
    assert [table[name][0] for name in GAPS] == [0.0] * 5


def test_an_interval_that_ignored_the_pairing_would_be_wider(table: pd.DataFrame) -> None:
    gap = ONE + np.array([0.1])
    paired = summarise([gap, ONE], ["arm", "baseline"], ["it"], START)
    width = paired["ci_high"] - paired["ci_low"]
    assert (width[:3] < 1e-12).all()
    assert paired["diff"][:3].tolist() == pytest.approx([0.1] * 3)


def test_one_replicate_has_levels_but_no_spread() -> None:
    table = summarise([ONE[:, :, :1], OTHER[:, :, :1]], ["arm", "baseline"], ["it"], START)
    assert table["mean"].tolist() == [0.1, 1.0, 3.0, 0.1, 1.0, 1.0]
    assert table["q95"].tolist() == table["mean"].tolist()
    assert table["sd"].isna().all()
    assert table["diff"][:3].tolist() == [0.0, 0.0, 2.0]
    assert table[["ci_low", "ci_high"]].isna().all(axis=None)


def test_one_arm_has_no_differences() -> None:
    table = summarise([ONE], ["arm"], ["it"], START)
    assert len(table) == 3
    assert table[GAPS].isna().all(axis=None)


def test_the_last_month(table: pd.DataFrame) -> None:
    assert table["diff"][2] == 2.0


def test_csv_loses_nothing(table: pd.DataFrame, tmp_path: Path) -> None:
    data = to_csv(table)
    assert data.startswith(b"scenario,outcome,date,mean,sd,q05,q25,q50,q75,q95,diff,ci_low,ci_high,")
    assert b"\r" not in data
    assert b"2016-01-01" in data
    assert b"00:00" not in data
    (tmp_path / "s.csv").write_bytes(data)
    back = from_csv(tmp_path / "s.csv", ("scenario", "outcome"), dates=("date",))
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    assert not pd.read_csv(BytesIO(data))["mean"].isna().any()
