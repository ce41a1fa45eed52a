"""The fit: acceptance, recovery, rolling origins, and the file of predictions."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import fit, forecast, rolling, unfitted

from influence_sim.base.months import format_month, parse_month
from influence_sim.base.numbers import Integers
from influence_sim.model import Arm
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

PREDICTIONS = sorted((Path(__file__).parents[2] / "docs" / "predictions").glob("*.csv"))
MODEL_1 = "m699e01055155"
"""Whose predictions were made of the five scenarios that there were."""
OF_THE_FIT = {MODEL_1, "m8a781b87fc30", "m854c88514134"}
"""Predictions of the fit's accepted runs, before those of plausible worlds; chances are their means."""
MONTHS = tuple(range(5))
PULL, RATE = "territory.pull", "territory.attack"


def line(level: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Classes whose insurgent share is a line in time: (5, 3, R)."""
    insurgent = level + slope * np.arange(5.0)[:, None]
    government = np.full_like(insurgent, 60.0)
    return np.stack([government, 100.0 - government - insurgent, insurgent], axis=1)


def arm(months: int = fit.HISTORY, name: str = "baseline") -> Arm:
    return Arm(load(), load_scenario(name, load().vocabulary), months)


@pytest.fixture(scope="module")
def toy() -> fit.Bank:
    """A bank without a model: `pull` sets the level of a line, `attack` nothing at all."""
    specs = [load().parameters[name] for name in (PULL, RATE)]
    cube = fit.sobol(2**14, 2, seed=3)
    points = {spec.name: spec.low + (spec.high - spec.low) * cube[:, i] for i, spec in enumerate(specs)}
    return fit.Bank(arm(), 1, points, MONTHS, line(10.0 + 10.0 * points[PULL], np.zeros(2**14)))


@pytest.fixture(scope="module")
def toy_goal() -> fit.Targets:
    return fit.Targets(MONTHS, line(np.array([8.0]), np.zeros(1))[:, :, 0], np.full((5, 2), 1.0))


@pytest.fixture(scope="module")
def small() -> tuple[fit.Bank, fit.Targets, Integers]:
    """The real thing, small, and with tolerances under which enough runs pass."""
    goal, names = fit.targets().loosened(3.0), fit.fitted_names(load())
    months = fit.targets(fit.EARLIER).months
    bank = fit.run_bank(arm(), names, fit.sobol(2**10, len(names), seed=1), seed=1, months=months)
    return bank, goal, fit.accept(bank, goal)


def test_four_parameters_are_fitted_and_all_of_them_are_of_the_ground() -> None:
    assert fit.fitted_names(load()) == [f"territory.{name}" for name in ("start", "pull", "attack", "hold")]


def test_targets_are_the_reports_of_the_window_and_an_anchor_with_a_wide_tolerance() -> None:
    goal, bare, all_of_them = fit.targets(), fit.targets(()), fit.targets(fit.EARLIER)
    months = ["2015-11", "2016-11", "2017-02", "2017-05", "2017-08", "2017-10", "2018-01"]
    assert [format_month(month) for month in goal.months] == months
    assert goal.shares[0].tolist() == [72.0, 21.0, 7.0]
    assert goal.shares[-1].tolist() == [56.3, 29.2, 14.5]
    assert (goal.tolerance[0] > goal.tolerance[1]).all()
    assert [format_month(month) for month in bare.months] == months[1:]
    assert bare.until(parse_month("2017-05")).shares.tolist() == bare.shares[:3].tolist()
    assert [format_month(month) for month in all_of_them.months[:5]] == [*fit.EARLIER, "2016-11"]
    assert (all_of_them.tolerance[:4] == fit.ANCHOR_TOLERANCE).all()
    assert max(all_of_them.months) == fit.LAST == parse_month("2018-01")


def test_distance_counts_two_classes_in_units_of_the_tolerance() -> None:
    goal = fit.Targets((0,), np.array([[60.0, 30.0, 10.0]]), np.array([[1.5, 1.0]]))
    classes = np.array([[[63.0, 60.0], [25.0, 99.0], [12.0, 10.0]]])
    assert fit.distances(classes, goal).tolist() == pytest.approx([4.0 + 4.0, 0.0])
    assert goal.limit == pytest.approx(5.991, abs=1e-3)  # chi-squared, two degrees of freedom, 95 %


def test_acceptance_keeps_the_runs_near_the_record(toy: fit.Bank, toy_goal: fit.Targets) -> None:
    rows = fit.accept(toy, toy_goal)
    # five equal gaps g: 5 g^2 <= limit, and the level is 10 + 10 pull
    reach = (toy_goal.limit / 5.0) ** 0.5 / 10.0
    assert sorted(rows) == np.flatnonzero(np.abs(toy.points[PULL] + 0.2) <= reach).tolist()


def test_posterior_shrinks_what_matters_and_nothing_else(toy: fit.Bank, toy_goal: fit.Targets) -> None:
    pull, rate = fit.posterior(toy, fit.accept(toy, toy_goal)).to_dict("records")
    assert (pull["parameter"], rate["parameter"]) == (PULL, RATE)
    assert pull["shrinkage"] > 0.7
    assert abs(rate["shrinkage"]) < 0.05
    assert pull["q05"] < -0.2 < pull["q95"]


def test_the_firmest_direction_is_the_one_that_matters(toy: fit.Bank, toy_goal: fit.Targets) -> None:
    table = fit.directions(toy, fit.accept(toy, toy_goal))
    assert table["sd"].is_monotonic_increasing
    firm, loose = table.to_dict("records")
    assert abs(firm[PULL]) > 0.99
    assert loose["sd"] == pytest.approx(1.0, abs=0.05)


def test_recovery_tells_the_identified_from_the_unidentified(toy: fit.Bank, toy_goal: fit.Targets) -> None:
    table = fit.recover(toy, toy_goal, truths=100).set_index("parameter")
    assert table["verdict"].to_dict() == {PULL: "yes", RATE: "no"}
    pull, rate = table["correlation"].tolist()
    assert pull > 0.5 > rate  # a truth that is left out pulls the mean of what says nothing of it the other way
    assert table["coverage"].between(0.8, 1.0).all()


def test_nothing_accepted_is_an_error(toy: fit.Bank, toy_goal: fit.Targets) -> None:
    with pytest.raises(ValueError, match="none of 16384 runs comes near the 5 reports"):
        fit.accept(toy, toy_goal.loosened(1e-9))


@pytest.mark.parametrize(
    ("shrinkage", "message"), [(0.6, "yes"), (0.5, "yes"), (0.3, "weakly"), (0.1, "no"), (-0.2, "no")]
)
def test_verdicts(shrinkage: float, message: str) -> None:
    assert fit.verdict(shrinkage) == message


def test_formulas_of_what_needs_no_model() -> None:
    past = {0: 1.0, 1: 2.0, 3: 6.0}
    assert rolling.flat(past, 9) == 3.0
    assert rolling.carried(past, 9) == 6.0
    # least squares by hand: mean date 4/3, mean value 3, slope 8 / (14/3)
    assert rolling.trend(past, 9) == pytest.approx(3.0 + (8.0 / (14.0 / 3.0)) * (9.0 - 4.0 / 3.0))
    assert rolling.trend({4: 7.0}, 9) == 7.0


def test_rolling_origin_forecasts_every_later_value_from_what_was_known() -> None:
    series = {12: 1.0, 13: 2.0, 14: 4.0, 16: 8.0}
    seen = []

    def model(past: rolling.Past, month: int) -> float:
        seen.append((dict(past), month))
        return 5.0

    table = rolling.rolling_origin(series, [13, 14], {"model": model, **rolling.NAIVE})
    assert seen == [
        ({12: 1.0, 13: 2.0}, 14),
        ({12: 1.0, 13: 2.0}, 16),
        ({12: 1.0, 13: 2.0, 14: 4.0}, 16),
    ]
    assert table["origin"].tolist() == ["0001-02", "0001-02", "0001-03"]
    assert table["observed"].tolist() == [4.0, 8.0, 8.0]
    wrong = rolling.errors(table)
    assert wrong == pytest.approx(
        {
            "model": (1 + 3 + 3) / 3,
            "flat": (2.5 + 6.5 + (8 - 7 / 3)) / 3,
            "carried": (2 + 6 + 4) / 3,
            "trend": (1 + 3 + (8 - (7 / 3 + 1.5 * 3))) / 3,
        }
    )
    assert rolling.skill(wrong) == pytest.approx(1 - (7 / 3) / 4)


def test_a_model_cannot_beat_naive_forecasts_that_are_right() -> None:
    assert rolling.skill({"model": 0.1, "flat": 0.0, "carried": 2.0}) == float("-inf")


def test_district_forecasts_use_only_reports_up_to_the_origin(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, goal, _ = small
    later = goal.shares.copy()
    later[-1] = [10.0, 10.0, 80.0]
    table = rolling.sigar(bank, goal)
    other = rolling.sigar(bank, fit.Targets(goal.months, later, goal.tolerance))
    assert table["model"].tolist() == other["model"].tolist()
    assert table["carried"].tolist() == other["carried"].tolist()
    assert table["observed"].tolist() != other["observed"].tolist()
    assert table.groupby("outcome").size().to_dict() == dict.fromkeys(fit.CLASSES, 6)


def test_a_replay_is_the_run_that_was_accepted(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, _, rows = small
    runs = rolling.replay(bank.arm, bank, rows[:5])
    steps = [month - parse_month("2015-09") for month in bank.months]
    shares = 100.0 * runs[np.ix_(steps, fit.rows_of(load(), fit.CLASSES))]
    assert np.allclose(shares, bank.classes[:, :, rows[:5]], atol=1e-9)


def test_everyone_invited_to_moscow() -> None:
    sizes = [rolling.invited(arm(), parse_month(month)) for month in ("2016-12", "2017-02", "2017-04")]
    assert sizes == [3.0, 6.0, 12.0]


def test_other_series_of_the_record(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, goal, _ = small
    assert rolling.forums(bank, goal)["observed"].tolist() == [6.0, 11.0, 11.0]
    area, tonnes = rolling.opium(bank, goal), rolling.opium(bank, goal, column="tonnes")
    assert area["carried"].tolist() == [183000.0, 183000.0, 201000.0]
    # tonnes a hectare of the model are those of the record: they are an input
    assert (tonnes["model"] / area["model"]).tolist() == pytest.approx(
        [4800 / 201e3, 9000 / 328e3, 9000 / 328e3], rel=0.01
    )
    assert unfitted.deaths(bank, goal)["share_rising"].between(0.0, 1.0).all()
    assert unfitted.sizes(bank, goal)["recorded"].tolist() == [3, 6, 11]


def test_earlier_reports_are_told_where_nothing_is_held_against_them(
    small: tuple[fit.Bank, fit.Targets, Integers],
) -> None:
    bank, goal, rows = small
    table = unfitted.reports(bank, goal)
    assert table["month"].unique().tolist() == list(fit.EARLIER[1:])
    assert table["recorded"].tolist()[:3] == [70.5, 23.1, 6.4]
    medians = np.median(bank.classes[bank.months.index(parse_month("2016-05"))][:, rows], axis=1)
    assert table.loc[table["month"] == "2016-05", "q50"].tolist() == pytest.approx(medians.tolist())
    assert unfitted.reports(bank, fit.targets(fit.EARLIER).loosened(9.0)).empty


def test_opium_is_told_by_year_and_peaks_in_one(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, goal, rows = small
    table = unfitted.harvests(bank, goal).set_index("year")
    assert table["months"].to_dict() == {2015: 4, 2016: 12, 2017: 12}
    assert table["tonnes"].to_dict() == {2015: 3300.0, 2016: 4800.0, 2017: 9000.0}
    assert table["most"].sum() == pytest.approx(1.0)
    output = rolling.replay(bank.arm, bank, rows)[16:28, fit.rows_of(load(), ["opium_output"])[0]]
    half = load().crop.half
    assert table.loc[2017, "weight"] == pytest.approx(float(np.median((half * output / (1 - output)).mean(axis=0))))


def test_the_patron_and_the_spoiler_in_the_accepted_runs(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, goal, rows = small
    dealt = unfitted.patron(bank, rows)
    assert 0.0 <= dealt["open"] <= dealt["all"] < 1.0
    run = fit.run_bank(arm(), ["aversion.us.taliban"], np.zeros((40, 1)), seed=1, months=goal.months)
    assert unfitted.patron(run, np.arange(40))["open"] > dealt["open"]
    ground = unfitted.spoiler(bank, goal)
    assert 0.0 < ground["q05"] <= ground["q50"] <= ground["q95"] <= ground["most"] < 100.0


def test_within_the_sample_lines_know_all_reports() -> None:
    goal = fit.targets()
    inside = goal.shares[1:]
    perfect, straight = rolling.within(inside, goal), rolling.within(np.tile(inside.mean(axis=0), (6, 1)), goal)
    assert perfect["model"].tolist() == [0.0, 0.0, 0.0]
    assert perfect["slope"].tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert straight["model"].tolist() == pytest.approx(straight["flat"].tolist())
    assert straight["slope"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    insurgents = [10.1, 11.1, 11.1, 13.3, 14.3, 14.5]
    assert straight["carried"].tolist()[2] == pytest.approx(np.abs(np.diff(insurgents)).mean())
    late = rolling.within(np.vstack([inside[0] + 5.0, inside[1:]]), goal)
    assert late["model"].tolist() == pytest.approx([5 / 6] * 3)
    assert late["later"].tolist() == [0.0, 0.0, 0.0]


def test_year_on_year() -> None:
    values = np.concatenate([np.full((12, 1), 1.0), np.full((12, 1), 3.0), np.full((12, 1), 2.0)])
    change = forecast.year_on_year(values)[:, 0]
    assert np.isnan(change[:23]).all()
    assert change[[23, 35]].tolist() == pytest.approx([2.0, -1.0])
    # half of the last year at 2, half at 3, after half at 3 and half at 1
    assert change[29] == pytest.approx(2.5 - 2.0)


def test_hold_out_is_measured_by_districts() -> None:
    table = pd.DataFrame(
        {
            "districts": [1, 3],
            "recorded": [1.0, 0.0],
            "q05": [0.4, 0.1],
            "q50": [0.5, 0.2],
            "q95": [1.0, 0.3],
            "insurgency": [-1.0, 1.0],
        }
    )
    result = unfitted.hold_out(table)
    assert result["error"] == pytest.approx(100 * (0.5 + 3 * 0.2) / 4)
    assert result["even"] == pytest.approx(100 * (0.75 + 3 * 0.25) / 4)
    assert result["rank"] == pytest.approx(1.0)
    assert result["before"] == pytest.approx(-1.0)
    assert result["inside"] == 0.5


def test_provinces_add_up_to_the_national_class(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, _, rows = small
    lost = unfitted.lost_provinces(bank, rows[:4], parse_month("2017-10"))
    districts = np.array([province.districts for province in load().provinces], dtype=float)
    government = 1.0 - (districts / districts.sum()) @ lost
    report = bank.classes[bank.months.index(parse_month("2017-10")), 0, rows[:4]]
    assert np.allclose(100.0 * government, report, atol=1e-9)


def test_predictions_do_not_differ_between_scenarios_in_what_came_before(
    small: tuple[fit.Bank, fit.Targets, Integers],
) -> None:
    bank, _, rows = small
    scenarios = [load_scenario(name, load().vocabulary) for name in ("baseline", "us_engages_taliban")]
    first, other = (rolling.replay(arm(40, scenario.name), bank, rows[:4]) for scenario in scenarios)
    assert (first[: fit.HISTORY - 1] == other[: fit.HISTORY - 1]).all()
    table = forecast.predictions(bank, rows[:20], scenarios)
    check(table, [scenario.name for scenario in scenarios])
    again = forecast.predictions(bank, rows[:20], scenarios)
    assert forecast.frozen(table, commit="a", model_version="b") == forecast.frozen(
        again, commit="a", model_version="b"
    )


def test_widening_sets_ranges_side_by_side(small: tuple[fit.Bank, fit.Targets, Integers]) -> None:
    bank, _, rows = small
    narrow = forecast.predictions(bank, rows[:20], [load_scenario("baseline", load().vocabulary)])
    wide = narrow.assign(
        q05=narrow["q50"] - 2 * (narrow["q50"] - narrow["q05"]), q95=narrow["q50"] + 2 * (narrow["q95"] - narrow["q50"])
    )
    joined = forecast.widening(narrow, wide, ["2018-10", "2020-12"])
    assert len(joined) == 2 * len(forecast.OUTCOMES)
    assert joined["times"].dropna().tolist() == pytest.approx([2.0] * joined["times"].notna().sum())


def within(table: pd.DataFrame, low: float, high: float) -> bool:
    return bool((table["q05"] >= low).all() and (table["q95"] <= high).all())


def check(table: pd.DataFrame, scenarios: list[str]) -> None:
    """A row for every promised scenario, outcome and month, with intervals in order and in bounds."""
    months = [format_month(month) for month in range(parse_month("2018-02"), parse_month("2020-12") + 1)]
    promised = {(s, o, m) for s in scenarios for o in forecast.OUTCOMES for m in months}
    keys = list(zip(table["scenario"], table["outcome"], table["month"], strict=True))
    assert len(keys) == len(promised)
    assert set(keys) == promised
    if "probability" in table:
        answers = table["outcome"].isin(forecast.ANSWERS)
        assert table.loc[answers, "probability"].between(0.0, 1.0).all()
        assert table.loc[answers, "q50"].isna().all()
        table = table[~answers]
        assert (np.diff(table[list(forecast.LEVELS)].to_numpy(), axis=1) >= 0.0).all()
    assert (table["q05"] <= table["q50"]).all()
    assert (table["q50"] <= table["q95"]).all()
    assert np.isfinite(table[["mean", "q05", "q50", "q95"]].to_numpy()).all()
    shares = table[table["outcome"].isin(fit.CLASSES)]
    assert within(shares, 0.0, 100.0)
    states = table["outcome"] == "moscow_forum_states"
    assert within(table[states], 1.0, 13.0)
    unit = table[~table["outcome"].isin([*fit.CLASSES, "moscow_forum_states", "violence_change"])]
    assert within(unit, 0.0, 1.0)


@pytest.mark.parametrize("path", PREDICTIONS, ids=lambda path: path.stem)
def test_frozen_files_keep_every_promise(path: Path) -> None:
    table = pd.read_csv(path)
    if path.stem in OF_THE_FIT:
        assert set(forecast.COLUMNS) - set(table.columns) == {"origin", "probability", "q25", "q75"}
    else:
        assert tuple(table.columns) == forecast.COLUMNS
        assert set(table["origin"]) == {"2018-01"}
    scenarios = list(dict.fromkeys(table["scenario"]))
    assert len(scenarios) == 5 if path.stem == MODEL_1 else scenarios == list(forecast.SCENARIOS)
    check(table, scenarios)
    assert len(set(table["commit"])) == 1
    assert re.fullmatch(r"g[0-9a-f]{12}(\+changes)?", table["commit"].iloc[0])
    assert set(table["model_version"]) == {path.stem}
    assert table["note"].str.len().min() > 0
    means = table[table["outcome"].isin(fit.CLASSES)].groupby(["scenario", "month"])["mean"].sum()
    assert means.between(99.9, 100.1).all()


def test_the_first_models_predictions_are_as_they_were() -> None:
    (path,) = [path for path in PREDICTIONS if path.stem == MODEL_1]
    assert len(PREDICTIONS) > 1
    assert hashlib.sha256(path.read_bytes()).hexdigest() == (
        "9144ec3b9c2366227993db7697208392e07214d6c1ffdd61c50d95483ab2c73d"
    )


def test_the_page_is_of_a_model_whose_predictions_are_kept() -> None:
    page = (PREDICTIONS[0].parents[1] / "fit.md").read_text(encoding="utf-8")
    (version,) = re.findall(r"^Written by .* model `([0-9a-f]{12})`", page, re.MULTILINE)
    assert f"m{version}" in [path.stem for path in PREDICTIONS]
    assert all(f"predictions/{path.name}" in page for path in PREDICTIONS)


def test_what_is_frozen_stays(tmp_path: Path) -> None:
    row = dict.fromkeys(("probability", "mean", *forecast.LEVELS), 0.0)
    row |= dict.fromkeys(("scenario", "outcome", "month", "origin", "note"), "a")
    table = pd.DataFrame([row])
    path = forecast.freeze(tmp_path, table, commit="0" * 12, model_version="1" * 12)
    frozen = path.read_bytes()
    assert path.name == f"m{'1' * 12}.csv"
    assert frozen == forecast.frozen(table, commit="0" * 12, model_version="1" * 12)
    assert forecast.freeze(tmp_path, table.assign(mean=9.0), commit="2" * 12, model_version="1" * 12) == path
    assert path.read_bytes() == frozen
