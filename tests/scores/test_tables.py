"""What may stand in tables of predictions and observations, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.base.errors import InputError
from influence_sim.scenario.tables import Observation, Prediction, rows_from

ROOT = Path(__file__).resolve().parents[2]
FROZEN = sorted((ROOT / "docs" / "predictions").glob("*.csv"))


def test_a_table_as_a_program_writes_it():
    text = '\ufeff"",outcome,month,"q05",q50,q97.5\r\n0,x,2018-02,"1", 2 ,3\r\n1,y,2018-02,,4,\r\n,,,,,\r\n'
    first, second = rows_from(text.removeprefix("\ufeff"), "p.csv", Prediction)
    assert first.levels == (5.0, 50.0, 97.5)
    assert second.levels == (50.0,)


def test_rows_without_a_value_are_no_observations():
    none, only = rows_from("outcome,month,value,source\nx,2018-02,,none\nx,2018-03,0.5,\n", "o.csv", Observation)
    assert none.value is None
    assert (only.value, only.line, only.column) == (0.5, 3, 11)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x,2018-2,1,2", "p.csv:2:3: '2018-2': a month is written YYYY-MM"),
        ("x,2018-02,1,two", "p.csv:2:13: 'two': q50 must be a finite decimal number"),
        ("x,2018-02,1,inf", "p.csv:2:13: 'inf': q50 must be a finite number"),
        ("x,2018-02,3,2", "p.csv:2:1: quantiles must not fall"),
        ("x,2018-02,,", "p.csv:2:1: a prediction is either quantiles"),
        ("x,2018-02,1", "p.csv:2:1: '3 cells': this line must have 4 cells"),
        (",2018-02,1,2", "p.csv:2:1: outcome is missing in this line"),
        ("x,2018-02,1,2\nx,2018-02,1,2", "p.csv:3:1: x in 2018-02 stands in line 2 already"),
        ("", "p.csv: there is no line in this table"),
    ],
)
def test_mistakes_of_predictions(rows, message):
    with pytest.raises(InputError) as caught:
        rows_from(f"outcome,month,q05,q50\n{rows}\n", "p.csv", Prediction)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("outcome,mnth,q50", "p.csv:1:9: 'mnth': not a known column; did you mean 'month'?"),
        ("outcome,q50", "p.csv:1:1: 'month': this column is missing here"),
        ("outcome,month,q5,q05", "p.csv:1:18: 'q05': this column stands in the line already"),
        ("outcome,month,q00", "p.csv:1:15: 'q00': a quantile is above 0"),
    ],
)
def test_mistakes_of_columns(header, message):
    with pytest.raises(InputError) as caught:
        rows_from(f"{header}\n", "p.csv", Prediction)
    assert message in str(caught.value)


def test_decimals_may_have_a_comma_where_something_else_stands_between_cells():
    (only,) = rows_from("outcome;month;value\nx;2018-02;0,5\n", "o.csv", Observation)
    assert only.value == 0.5
    with pytest.raises(InputError, match=r"o\.csv:2:11: '0,5,1': value must be a finite decimal number"):
        rows_from("outcome;month;value\nx;2018-02;0,5,1\n", "o.csv", Observation)


def test_an_origin_comes_before_what_is_predicted():
    with pytest.raises(InputError, match="before the month predicted"):
        rows_from("outcome,month,origin,probability\nx,2018-02,2018-02,0.5\n", "p.csv", Prediction)


def test_months_of_pandas():
    days = pd.to_datetime(["2018-02-01"])
    table = pd.DataFrame({"outcome": ["x"], "month": days, "q50": [0.5]})
    came = pd.DataFrame({"outcome": ["x"], "month": days.to_period("M"), "value": [1.0]})
    assert sim.score(table, came).rows["month"].tolist() == ["2018-02"]


def test_yes_and_no_are_one_and_nought():
    table = pd.DataFrame({"outcome": ["x"], "month": ["2018-02"], "probability": [0.5]})
    came = pd.DataFrame({"outcome": ["x"], "month": ["2018-02"], "value": [0.4]})
    with pytest.raises(InputError, match=r"observed:2:11: '0\.4': must be 1 for yes or 0 for no"):
        sim.score(table, came[["outcome", "month", "value"]])


def test_months_that_do_not_match():
    table = pd.DataFrame({"outcome": ["x"], "month": ["2018-02"], "probability": [0.5]})
    came = pd.DataFrame({"outcome": ["x", "x"], "month": ["2016-01", "2017-02"], "value": [0, 1]})
    with pytest.raises(InputError, match="are of 2018-02 to 2018-02, the observations of 2016-01 to 2017-02"):
        sim.score(table, came)


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: path.name)
def test_frozen_predictions_can_be_scored(path):
    rows = rows_from(path.read_text(), path.name, Prediction)
    first = rows[0]
    came = pd.DataFrame({"outcome": [first.outcome], "month": [first.month_text], "value": [50.0]})
    assert len(sim.score(path, came).rows) == 1
    assert len({row.scenario for row in rows}) >= 5
    with pytest.raises(InputError, match="scenario: 'us_withdrew'"):
        sim.score(path, came, scenario="us_withdrew")
