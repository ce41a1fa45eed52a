"""Stances in the record, and runs of the model read the same way."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import stances
from studies.stances import DEAL, FIRST, FULL, LAST, OFF, PART, Policy, Spell

import influence_sim as sim
from influence_sim.base.months import parse_month
from influence_sim.theatre import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "stances_record.md"
MONTHS = LAST - FIRST + 1
START = parse_month("2015-09")
NAN = float("nan")


def at(policy: Policy, month: str) -> int:
    return int(stances.codes_of(stances.lines(), policy)[parse_month(month) - FIRST])


def test_levels_are_coded_by_two_limits_whatever_the_shape() -> None:
    levels = np.array([[0.0, 0.1, 0.15, 0.3], [0.59, 0.6, 1.0, NAN]])
    assert stances.coded(levels).tolist() == [[OFF, OFF, PART, PART], [PART, FULL, FULL, OFF]]


def test_what_is_secret_is_held_in_part_at_most() -> None:
    openly = np.array([0.0, 0.0, 0.3, 0.7, NAN])
    secretly = np.array([0.1, 1.0, 0.0, 1.0, 0.9])
    assert stances.dealings(openly, secretly).tolist() == [OFF, PART, PART, FULL, PART]


def test_switches_and_spells_of_one_history() -> None:
    codes = np.array([0, 0, 1, 1, 1, 2, 0, 0])
    assert stances.switches(codes) == 3
    assert stances.spells(codes) == [
        Spell(0, 0, 2, cut=True),
        Spell(1, 2, 3, cut=False),
        Spell(2, 5, 1, cut=False),
        Spell(0, 6, 2, cut=True),
    ]
    assert stances.median_spell(codes) == 2.0
    assert np.isnan(stances.median_spell(np.zeros(5, dtype=int)))


def test_many_histories_are_counted_as_each_alone() -> None:
    codes = np.random.default_rng(3).integers(0, 3, (30, 7))
    columns = list(codes.T)
    assert stances.switches(codes).tolist() == [int(stances.switches(column)) for column in columns]
    assert stances.spells(codes) == [spell for column in columns for spell in stances.spells(column)]
    alone = [float(stances.first(column == FULL)) for column in columns]
    assert stances.first(codes == FULL).tolist() == alone


def test_only_short_silences_between_reports_are_filled() -> None:
    found = np.array([NAN, 1.0, NAN, NAN, 0.0, NAN, 0.5, NAN, NAN, NAN, 0.7, NAN])
    filled = stances.filled(found, gap=2)
    assert filled[1:7].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.5]
    assert np.isnan(filled[[0, 7, 8, 9, 11]]).all()
    assert np.array_equal(stances.filled(found, gap=0), found, equal_nan=True)


def test_months_from_exclusion_to_convening() -> None:
    excluded = np.array([[0, 0, 0], [1, 0, 1], [1, 0, 0], [0, 0, 0], [0, 0, 0]])
    convened = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 0]])
    assert stances.months_between(excluded, convened)[0] == 3.0  # what was convened before, or at once, is no answer
    assert np.isnan(stances.months_between(excluded, convened)[1:]).all()
    assert float(stances.months_between(excluded[:, 0], convened[:, 0])) == 3.0


def test_the_record_is_read_month_by_month() -> None:
    russia, us = Policy("russia", DEAL, "taliban"), Policy("us", DEAL, "taliban")
    assert [at(russia, month) for month in ("2015-08", "2015-09", "2016-11", "2016-12", "2018-01")] == [0, 1, 1, 2, 2]
    assert [at(us, month) for month in ("2010-10", "2010-11", "2011-10", "2011-11", "2012-03")] == [0, 1, 1, 0, 1]
    assert [at(Policy("us", "fight", "taliban"), month) for month in ("2016-04", "2016-05", "2016-06")] == [1, 2, 2]
    assert len(stances.codes_of(stances.lines(), us)) == MONTHS


def test_overlapping_lines_count_with_the_highest() -> None:
    levels = stances.levels(stances.lines(), Policy("russia", "support", "taliban"))
    assert levels[parse_month("2017-04") - FIRST] == 0.3
    assert np.isnan(levels[parse_month("2015-11") - FIRST])


def test_american_talks_are_short_and_never_fully_open() -> None:
    found = stances.talks("us", "taliban")
    assert found["months"].tolist() == [12, 3, 1, 2, 2]
    assert set(found["code"]) == {PART}
    assert found["confidence"].tolist() == ["B", "B", "A", "A", "C"]
    assert stances.talks("kabul", "taliban")["months"].tolist() == [12, 7, 1, 2]


def test_regional_engagement_ratchets_in_the_known_order() -> None:
    found = stances.beginnings(load()).set_index("actor")
    assert list(found.index) == ["europe", "us", "iran", "china", "russia", "central_asia"]
    assert found.loc[["iran", "china", "russia"], "kept"].all()
    assert not found.loc["us", "kept"]
    assert (found.loc["russia", "began"], found.loc["russia", "sure"]) == ("2015-09", "2015-12")


def test_invitations_are_accepted_but_for_three() -> None:
    found = stances.invitations(load()).set_index("forum")
    assert found.loc["moscow_format", ["asked", "came"]].tolist() == [18, 17]
    refusals = [refusal for refused in found["refused"] for refusal in refused]
    assert refusals == [("us", "2017-04"), ("taliban", "2016-03"), ("taliban", "2017-10")]
    assert found["asked"].sum() - found["came"].sum() == 3


def test_exclusion_comes_before_convening() -> None:
    found = stances.exclusions().set_index("actor")
    assert found["months"].dropna().to_dict() == {"kabul": 6.0, "russia": 10.0}
    assert found.loc["russia", ["since", "convened", "when"]].tolist() == ["2016-02", "moscow_format", "2016-12"]


def test_a_stance_switches_every_two_to_five_years() -> None:
    found = stances.behaviour(load())
    for column in ("switches", "switches_filled", "switches_sure"):
        assert 2.0 < stances.years_between(found, column) < 5.0
    assert (found["switches_filled"] <= found["switches"]).all()
    assert (found[["off", "partly", "fully"]].sum(axis=1) - 1.0).abs().max() < 1e-12
    rows = found.set_index(["actor", "do", "target"])
    for steady in (("kabul", "fight", "taliban"), ("pakistan", "support", "taliban"), ("us", "support", "kabul")):
        assert rows.loc[steady, "switches"] == 0
    assert rows.loc[("daesh", "fight", "taliban"), "months"] == LAST - parse_month("2015-01") + 1


def test_the_record_beside_itself_is_the_record() -> None:
    told = stances.lines()
    runs = {one: np.tile(stances.codes_of(told, one)[START - FIRST :, None], 5) for one in stances.policies(load())}
    table = stances.beside(runs, START)
    for side in ("model", "model_q05", "model_q95"):
        assert table[side].tolist() == pytest.approx(table["record"].tolist())
    assert table["model_spell"].equals(table["record_spell"])
    assert (table["share_up_to_record"] == 1.0).all()


def test_monthly_coins_switch_more_often_than_the_record() -> None:
    policy = Policy("russia", DEAL, "taliban")
    coins = np.random.default_rng(1).integers(0, 3, (64, 200))
    (row,) = stances.beside({policy: coins}, START).to_dict("records")
    assert row["model_q05"] > 3 * row["record"] > 0.0
    assert row["share_up_to_record"] == 0.0
    assert row["record"] == pytest.approx(1 / (28 / 12))


@pytest.fixture(scope="module")
def example() -> pd.DataFrame:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)  # the page's own example
    table = names["table"]
    assert isinstance(table, pd.DataFrame)
    return table


def test_the_pages_example_lays_a_run_beside_the_record(example: pd.DataFrame) -> None:
    run = sim.run("baseline", replicates=50, against=None).frame
    months = parse_month("2018-01") - START
    counts = []
    for _, one in run.groupby("replicate"):
        levels = one.sort_values("date")["russia_support"].tolist()[: months + 1]
        codes = [2 if level >= 0.6 else 1 if level >= 0.15 else 0 for level in levels]
        counts.append(sum(a != b for a, b in pairwise(codes)))
    (row,) = example.to_dict("records")
    assert row["model"] == pytest.approx(12 * sum(counts) / len(counts) / months)
    assert row["record"] == pytest.approx(12 * 1 / months)
    assert row["share_up_to_record"] == pytest.approx(sum(count <= 1 for count in counts) / len(counts))
