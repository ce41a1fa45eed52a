"""Scores: what books print, what a hand can work out, and what proper scores must do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import influence_sim as sim
from influence_sim.analysis.scoring import ALL, Normal, frequency, persistence, staying, trend
from influence_sim.base.months import format_month

LEVELS = (5.0, 25.0, 50.0, 75.0, 95.0)
WALK = [("2016-10", 1.0), ("2016-11", 0.0)]
"""A last value of 0, and past changes of 1 a month: persistence says N(0, 1) for December."""


def observed(*values: tuple[str, float], outcome: str = "x") -> pd.DataFrame:
    return pd.DataFrame(values, columns=["month", "value"]).assign(outcome=outcome)


def quantiles(values: Sequence[float], levels: Sequence[float] = LEVELS, **more: object) -> pd.DataFrame:
    columns = {f"q{level:g}": [value] for level, value in zip(levels, values, strict=True)}
    return pd.DataFrame({"outcome": ["x"], "month": ["2016-12"], **columns, **more})


def draws(values: Sequence[float]) -> pd.DataFrame:
    numbered = {"value": list(values), "draw": range(len(values))}
    return pd.DataFrame({"outcome": "x", "month": "2016-12", **numbered})


class TestPublished:
    """Examples that others have printed, to the last digit that they print.

    *properscoring*: the five ways to calculate a CRPS in the README of that library
    (https://github.com/properscoring/properscoring). *scikit-learn*: the Brier score in its user guide, "Metrics and
    scoring" (https://scikit-learn.org/1.5/modules/model_evaluation.html#brier-score-loss), and in its reference
    (https://scikit-learn.org/1.1/modules/generated/sklearn.metrics.brier_score_loss.html).
    """

    def test_crps_of_a_sample(self):
        """properscoring, `crps_ensemble` of 1,000 standard normal numbers."""
        sample = np.random.RandomState(0).randn(1000)  # as they draw it
        (row,) = sim.score(draws(sample), observed(*WALK, ("2016-12", 0.0))).rows.itertuples()
        assert row.crps == pytest.approx(0.2297109370729622, rel=1e-13)

    @pytest.mark.parametrize(("came", "printed"), [(0, 0.23369497725510913), (1, 0.60244136), (-2, 1.45279182)])
    def test_crps_of_the_standard_normal(self, came, printed):
        """properscoring, `crps_gaussian`; here persistence, which says N(0, 1)."""
        (row,) = sim.score(draws([0.0, 1.0]), observed(*WALK, ("2016-12", came))).rows.itertuples()
        digits = len(str(printed).partition(".")[2])
        assert round(row.persistence, digits) == pytest.approx(printed, rel=1e-15)

    def test_skill(self):
        """properscoring: the standard normal is 28 % better than always 0 at -2, -1, 0, 1 and 2."""
        crps = [sim.score(draws([0.0, 1.0]), observed(*WALK, ("2016-12", y))).rows for y in (-2, -1, 0, 1, 2)]
        usual = [sim.score(draws([0.0] * 5), observed(*WALK, ("2016-12", y))).rows for y in (-2, -1, 0, 1, 2)]
        normal, naught = (
            np.mean([table.loc[0, name] for table in scores])
            for scores, name in ((crps, "persistence"), (usual, "crps"))
        )
        assert 1 - normal / naught == pytest.approx(0.27597311068630859, rel=1e-14)

    @pytest.mark.parametrize(("last", "printed"), [(0.4, 0.055), (0.3, 0.0375)], ids=["user_guide", "reference"])
    def test_brier(self, last, printed):
        """scikit-learn, `brier_score_loss`; the reference prints 0.037... in full."""
        forecasts, came = [0.1, 0.9, 0.8, last], [0, 1, 1, 0]
        months = [format_month(24000 + day) for day in range(len(forecasts))]
        table = pd.DataFrame({"outcome": "spam", "month": months, "probability": forecasts})
        score = sim.score(table, pd.DataFrame({"outcome": "spam", "month": months, "value": came}))
        assert round(score.table.loc[0, "brier"], 15) == printed

    def test_weighted_interval_score(self):
        """Half the error of the median and two intervals, after Bracher et al. 2021, (3)."""
        values, y = (1.0, 3.0, 4.0, 6.0, 9.0), 11.0
        wide, narrow = (9 - 1) + 2 / 0.1 * (y - 9), (6 - 3) + 2 / 0.5 * (y - 6)
        by_hand = (0.5 * (y - 4) + 0.05 * wide + 0.25 * narrow) / 2.5
        (row,) = sim.score(quantiles(values), observed(("2016-12", y))).rows.itertuples()
        assert row.crps == pytest.approx(by_hand, rel=1e-12)


class TestByHand:
    def test_draws(self):
        """Mean distance from 3 less half the mean distance from each other: 4/3 - 2/3."""
        (row,) = sim.score(draws([4.0, 1.0, 2.0]), observed(("2016-12", 3.0))).rows.itertuples()
        assert row.crps == pytest.approx(2 / 3)
        assert (row.predicted, row.error) == (2.0, -1.0)

    def test_quantiles_that_are_not_in_pairs(self):
        table = quantiles((1.0, 2.0, 3.0, 4.0), (20, 40, 60, 80))
        (row,) = sim.score(table, observed(("2016-12", 5.0))).rows.itertuples()
        assert row.crps == pytest.approx(2 * np.mean([0.2 * 4, 0.4 * 3, 0.6 * 2, 0.8 * 1]))
        assert math.isnan(row.error)
        assert math.isnan(row.within_50)

    def test_a_single_value_is_scored_by_its_error(self):
        (row,) = sim.score(quantiles([2.0], [50]), observed(("2016-12", 5.0))).rows.itertuples()
        assert row.crps == 3.0

    def test_never_said_of_what_came(self):
        table = pd.DataFrame({"outcome": ["x"], "month": ["2016-12"], "probability": [0.0]})
        assert sim.score(table, observed(("2016-12", 1.0))).table.loc[0, "log"] == math.inf

    @pytest.mark.parametrize(("value", "inside"), [(1.0, (0, 1)), (3.0, (1, 1)), (0.9, (0, 0)), (9.0, (0, 1))])
    def test_the_ends_of_an_interval_belong_to_it(self, value, inside):
        (row,) = sim.score(quantiles((1.0, 3.0, 4.0, 6.0, 9.0)), observed(("2016-12", value))).rows.itertuples()
        assert (row.within_50, row.within_90) == inside

    def test_ties_count_by_half(self):
        score = sim.score(quantiles([3.0, 3.0], [25, 75]), observed(("2016-12", 3.0)))
        assert score.calibration["share"].tolist() == [0.5] * 4


class TestReferences:
    PAST = ((0, 1.0), (4, 3.0), (6, 2.0))

    def test_persistence(self):
        assert persistence(self.PAST, 9) == Normal(2.0, pytest.approx(math.sqrt((4 / 4 + 1 / 2) / 2 * 3)))

    def test_trend(self):
        x, y = (np.array(column) for column in zip(*self.PAST, strict=True))
        slope, level = np.polyfit(x, y, 1)
        left = ((y - level - slope * x) ** 2).sum()
        error = left * (1 + 1 / 3 + (9 - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum())
        assert trend(self.PAST, 9) == Normal(pytest.approx(level + 9 * slope), pytest.approx(math.sqrt(error)))

    def test_yes_and_no(self):
        past = ((0, 0.0), (1, 0.0), (2, 1.0), (3, 1.0))
        assert staying(past, 5) == pytest.approx(3 / 5)
        assert staying(past[:2], 5) == pytest.approx(1 / 3)
        assert frequency(past, 5) == 0.5

    def test_too_little_to_go_by(self):
        assert persistence(self.PAST[:1], 9) is trend(self.PAST[:2], 9) is staying((), 9) is frequency((), 9) is None

    def test_nothing_after_the_origin_is_known(self):
        later = observed(*WALK, ("2016-12", 0.0), ("2017-01", 9.0))
        table = quantiles(norm.ppf(np.array(LEVELS) / 100))
        before = sim.score(table, later[later["month"] <= "2016-12"]).rows
        assert sim.score(table.assign(origin="2016-11"), later).rows.loc[0].equals(before.loc[0])

    def test_persistence_has_no_skill_against_itself(self):
        score = sim.score(quantiles(norm.ppf(np.array(LEVELS) / 100)), observed(*WALK, ("2016-12", 1.7)))
        assert score.table["skill_persistence"].tolist() == pytest.approx([0.0, 0.0])


@pytest.fixture(scope="module")
def luck() -> pd.DataFrame:
    """What comes of 400 draws from N(0, 1), after ten known ones."""
    months = [format_month(20000 + month) for month in range(410)]
    return pd.DataFrame({"outcome": "x", "month": months, "value": np.random.default_rng(1).standard_normal(410)})


def said_of(luck: pd.DataFrame, mean: float, sd: float) -> pd.DataFrame:
    ahead = luck[["outcome", "month"]].iloc[10:]
    return ahead.assign(**{f"q{level:g}": mean + sd * norm.ppf(level / 100) for level in LEVELS})


class TestProper:
    def test_intervals_of_the_truth_hold_as_often_as_they_say(self, luck):
        row = sim.score(said_of(luck, 0.0, 1.0), luck).table.iloc[-1]
        assert row["within_50"] == pytest.approx(0.5, abs=0.06)
        assert row["within_90"] == pytest.approx(0.9, abs=0.04)

    @pytest.mark.parametrize(("mean", "sd"), [(0.5, 1.0), (0.0, 0.4), (0.0, 2.5)])
    def test_nobody_does_better_than_the_truth(self, luck, mean, sd):
        truth, other = (sim.score(said_of(luck, *shape), luck).table for shape in ((0.0, 1.0), (mean, sd)))
        assert truth.loc[0, "crps"] < other.loc[0, "crps"]
        assert truth.loc[0, "skill_persistence"] > max(other.loc[0, "skill_persistence"], 0.2)

    def test_calibration_tells_the_overconfident(self, luck):
        truth, sure = (sim.score(said_of(luck, 0.0, sd), luck).calibration for sd in (1.0, 0.4))
        assert np.abs(truth["share"] - truth["level"] / 100).max() < 0.06
        assert np.abs(sure["share"] - sure["level"] / 100).max() > 0.15

    @pytest.mark.parametrize(("sd", "message"), [(1.0, None), (0.4, "too sure"), (3.0, "too unsure")])
    def test_notes_tell_who_was_too_sure(self, luck, sd, message):
        notes = [note for note in sim.score(said_of(luck, 0.0, sd), luck).notes if "interval" in note]
        assert len(notes) == (0 if message is None else 2)
        assert all(note.endswith(f"were {message}") for note in notes)


class TestOverAll:
    def test_units_are_not_added_up_and_skills_are_of_mean_quotients(self):
        first = quantiles([0.0], [50], origin="2016-11")
        both = pd.concat([first, first.assign(outcome="y")])
        y = observed(*WALK, ("2016-12", 2.0), outcome="y")
        score = sim.score(both, pd.concat([observed(*WALK, ("2016-12", 0.5)), y])).table.set_index("outcome")
        assert math.isnan(score.loc[ALL, "mae"])
        quotients = 1.0 - score.loc[["x", "y"], "skill_persistence"]
        assert score.loc[ALL, "skill_persistence"] == pytest.approx(1.0 - quotients.mean())

    def test_what_is_left_out_is_told(self):
        table = pd.concat([quantiles([0.0], [50]), quantiles([0.0], [50]).assign(month="2017-01")])
        score = sim.score(table, observed(("2016-12", 1.0), ("2017-02", 1.0)))
        assert len(score.rows) == 1
        notes = "\n".join(score.notes)
        assert "1 prediction not scored: nothing observed, 2017-01" in notes
        assert "1 observation without a prediction, 2017-02" in notes
        assert "1 row not held against persistence" in notes
        assert "luck" in notes

    def test_a_perfect_reference_leaves_no_skill_to_tell(self):
        score = sim.score(quantiles([1.0], [50]), observed(("2016-10", 2.0), ("2016-11", 2.0), ("2016-12", 2.0)))
        assert math.isnan(score.table.loc[0, "skill_persistence"])

    def test_so_does_one_that_is_perfect_up_to_rounding(self):
        rising = [(f"2016-{month:02d}", 0.1 * month) for month in range(7, 13)]
        score = sim.score(quantiles([1.0], [50], origin=["2016-11"]), observed(*rising))
        assert math.isnan(score.table.loc[0, "skill_trend"])
        assert score.table.loc[0, "skill_persistence"] < 1

    def test_a_scenario_of_predictions_that_name_none(self):
        with pytest.raises(sim.InputError, match=r"^scenario: 'x': these predictions name no scenario; leave it out"):
            sim.score(quantiles([1.0], [50]), observed(("2016-12", 2.0)), scenario="x")

    def test_observations_without_values(self):
        with pytest.raises(sim.InputError, match=r"^observed: nothing was observed: no line has a value"):
            sim.score(quantiles([1.0], [50]), observed(("2016-12", math.nan)))
