"""Stances in the record, and runs of the model read the same way."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import decided, stances
from studies.stances import DEAL, FIRST, FULL, LAST, OFF, PART, Policy, Spell

import influence_sim as sim
from influence_sim.base.months import parse_month
from influence_sim.model.plan import plan_of
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
    reports = np.array([NAN, 1.0, NAN, NAN, 0.0, NAN, 0.5, NAN, NAN, NAN, 0.7, NAN])
    filled = stances.filled(reports, gap=2)
    assert filled[1:7].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.5]
    assert np.isnan(filled[[0, 7, 8, 9, 11]]).all()
    assert np.array_equal(stances.filled(reports, gap=0), reports, equal_nan=True)


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
    talks = stances.talks("us", "taliban")
    assert talks["months"].tolist() == [12, 3, 1, 2, 2]
    assert set(talks["code"]) == {PART}
    assert talks["confidence"].tolist() == ["B", "B", "A", "A", "C"]
    assert stances.talks("kabul", "taliban")["months"].tolist() == [12, 7, 1, 2]


def test_regional_engagement_ratchets_in_the_known_order() -> None:
    table = stances.beginnings(load()).set_index("actor")
    assert list(table.index) == ["europe", "us", "iran", "china", "russia", "central_asia"]
    assert table.loc[["iran", "china", "russia"], "kept"].all()
    assert not table.loc["us", "kept"]
    assert (table.loc["russia", "began"], table.loc["russia", "sure"]) == ("2015-09", "2015-12")


def test_invitations_are_accepted_but_for_three() -> None:
    table = stances.invitations(load()).set_index("forum")
    assert table.loc["moscow_format", ["asked", "came"]].tolist() == [18, 17]
    refusals = [refusal for refused in table["refused"] for refusal in refused]
    assert refusals == [("us", "2017-04"), ("taliban", "2016-03"), ("taliban", "2017-10")]
    assert table["asked"].sum() - table["came"].sum() == 3


def test_exclusion_comes_before_convening() -> None:
    table = stances.exclusions().set_index("actor")
    assert table["months"].dropna().to_dict() == {"kabul": 6.0, "russia": 10.0}
    assert table.loc["russia", ["since", "convened", "when"]].tolist() == ["2016-02", "moscow_format", "2016-12"]


def test_a_stance_switches_every_two_to_five_years() -> None:
    table = stances.behaviour(load())
    for column in ("switches", "switches_filled", "switches_sure"):
        assert 2.0 < stances.years_between(table, column) < 5.0
    assert (table["switches_filled"] <= table["switches"]).all()
    assert (table[["off", "partly", "fully"]].sum(axis=1) - 1.0).abs().max() < 1e-12
    rows = table.set_index(["actor", "do", "target"])
    for steady in (("kabul", "fight", "taliban"), ("pakistan", "support", "taliban"), ("us", "support", "kabul")):
        assert rows.loc[steady, "switches"] == 0
    assert rows.loc[("daesh", "fight", "taliban"), "months"] == LAST - parse_month("2015-01") + 1


def test_the_record_beside_itself_is_the_record() -> None:
    lines = stances.lines()
    runs = {
        policy: np.tile(stances.codes_of(lines, policy)[START - FIRST :, None], 5)
        for policy in stances.policies(load())
    }
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
def example() -> dict[str, object]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)  # the page's own example
    return names


@pytest.fixture(scope="module")
def runs(example: dict[str, object]) -> decided.Runs:
    example_runs = example["runs"]
    assert isinstance(example_runs, decided.Runs)
    return example_runs


def option_held(runs: decided.Runs, actor: str, stance: str) -> np.ndarray:
    """The name of the option that holds, (months, replicates)."""
    options = plan_of(runs.arm).index.options
    rows = [row for row, (each, _, _) in enumerate(options) if (each.actor, each.name) == (actor, stance)]
    names = np.array([options[row][1] for row in rows])
    return names[runs.then["chosen"][:, :, rows].argmax(axis=2)]


def test_the_pages_example_lays_a_run_beside_the_record(example: dict[str, object], runs: decided.Runs) -> None:
    codes = {"none": OFF, "some": PART, "full": FULL}
    held = option_held(runs, "russia", "helping")
    counts = [sum(a != b for a, b in pairwise(history)) for history in held.T.tolist()]
    table = example["table"]
    assert isinstance(table, pd.DataFrame)
    (row,) = table.to_dict("records")
    years = (parse_month("2018-01") - START) / 12
    assert row["model"] == pytest.approx(sum(counts) / len(counts) / years)
    assert row["record"] == pytest.approx(1 / years)
    assert row["share_up_to_record"] == pytest.approx(sum(count <= 1 for count in counts) / len(counts))
    levels = runs.known(Policy("russia", "support", "taliban"))
    assert levels.tolist() == [[codes[name] for name in month] for month in held.tolist()]


def test_options_count_by_what_they_set(runs: decided.Runs) -> None:
    codes = {"none": OFF, "covert": PART, "open_alone": FULL, "open_with_kabul": FULL, "open_with_all": FULL}
    levels = runs.known(Policy("us", DEAL, "taliban"))
    assert levels.tolist() == [[codes[name] for name in month] for month in option_held(runs, "us", "dealing").tolist()]
    war = {"pause": OFF, "limited": PART, "full": FULL}
    levels = runs.known(Policy("us", "fight", "taliban"))
    assert levels.tolist() == [[war[name] for name in month] for month in option_held(runs, "us", "war").tolist()]
    # one option can set two levers: both policies are held
    both = option_held(runs, "pakistan", "pressing")
    levels = runs.known(Policy("pakistan", "press_for_talks", "taliban"))
    assert (levels == FULL).tolist() == np.isin(both, ["on_taliban", "on_both"]).tolist()
    # the record says on whose ground poppy is rooted out, the model which crop
    assert runs.codes(Policy("kabul", "eradicate_poppy", "taliban")) is not None
    assert runs.codes(Policy("russia", "fight", "daesh")) is None
    with pytest.raises(ValueError, match="no stance sets russia fight daesh"):
        runs.known(Policy("russia", "fight", "daesh"))


def test_every_policy_of_the_record_is_compared_or_named_as_absent(runs: decided.Runs) -> None:
    theatre = load()
    table = decided.beside(runs)
    compared = {Policy(*key) for key in table[["actor", "do", "target"]].itertuples(index=False, name=None)}
    absent = set(decided.absent(runs, stances.policies(theatre)))
    assert compared | absent == set(stances.policies(theatre))
    assert not compared & absent
    assert (table["switches_low"] <= table["switches_high"]).all()
    rows = {Policy(row.actor, row.do, row.target): row for row in table.itertuples(index=False)}
    talks = rows[Policy("kabul", DEAL, "taliban")]
    assert (talks.switches, talks.held) == (4.0, pytest.approx(3 / 29))
    assert ("switches" in decided.outside(talks)) == (talks.switches > talks.switches_high)
    assert decided.outside(talks._replace(switches=talks.switches_high + 1, held=talks.held_low, fully=0.0)) == [
        "switches"
    ]


def test_stances_switch_about_as_often_as_in_the_record(runs: decided.Runs) -> None:
    years = decided.years_between(runs, decided.beside(runs))
    assert years["low"] <= years["record"] <= years["high"]
    counts = [runs.known(policy) for policy in stances.policies(load()) if runs.codes(policy) is not None]
    switches = sum(int(stances.switches(codes).sum()) for codes in counts) / counts[0].shape[1]
    assert years["model"] == pytest.approx(len(counts) * 28 / 12 / switches, rel=0.1)


def test_the_us_is_not_in_the_open_before_the_record_ends(runs: decided.Runs) -> None:
    talks = decided.episodes(runs, "us")
    assert talks["open"] <= 0.05
    codes = runs.known(Policy("us", DEAL, "taliban"))
    assert talks["none"] == (codes == OFF).all(axis=0).mean()
    openings = decided.openings(runs).set_index("actor")
    assert openings.loc["us", "opens"] == talks["open"]
    assert openings["first"].sum() >= 1.0  # ties count for each
    assert openings.loc[["russia", "iran"], "record"].tolist() == [15.0, 15.0]
    assert openings["record"].notna().sum() == 2
    assert (openings["month"].notna() == (openings["opens"] * decided.REPLICATES >= decided.FEW - 0.5)).all()


def test_without_aversion_the_us_is_in_the_open_more_often(runs: decided.Runs) -> None:
    unmoved = decided.runs_of(load(), {"aversion.us.taliban": 0.0})
    assert decided.episodes(unmoved, "us")["open"] > 0.2 > decided.episodes(runs, "us")["open"]


def test_invitations_of_the_model_are_those_of_the_record(runs: decided.Runs) -> None:
    asked, came = decided.attendance(runs, "moscow_format")
    assert asked == stances.invitations(load()).set_index("forum").loc["moscow_format", "asked"] == 18
    frame = sim.run("baseline", replicates=20, seed=decided.SEED, months=29, against=None).frame
    sizes = frame.pivot_table(index="date", columns="replicate", values="moscow_forum_states")
    meetings = sizes.loc[["2016-12-01", "2017-02-01", "2017-04-01"]]
    assert came[:20].tolist() == (meetings.sum(axis=0) - 3).round().astype(int).tolist()  # the convenor sits, too
    assert np.quantile(came, 0.05) >= 14


def test_exclusion_makes_for_convening(runs: decided.Runs) -> None:
    bare = decided.runs_of(load(), {"exclusion.strength": 0.0})
    with_it, without = (decided.convening(source, "russia", "moscow_format", "qcg") for source in (runs, bare))
    assert with_it["never"] < 0.2 < without["never"]
    assert with_it["low"] <= with_it["median"] <= with_it["high"]
    codes = runs.known(Policy("russia", "convene", "moscow_format"))
    step = parse_month("2016-01") - START
    assert with_it["before"] == (codes[step - 1] != OFF).mean()
