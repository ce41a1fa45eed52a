"""The example of docs/score.md: of 2017, from 2016."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from studies import fit, forecast, year_before

import influence_sim as sim
from influence_sim.analysis.worlds import Worlds, assumed
from influence_sim.base.months import parse_month
from influence_sim.model import Arm
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load
from influence_sim.theatre.patterns import declared_patterns

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_what_was_observed_is_the_record_until_2017() -> None:
    table = pd.read_csv(DOCS / "score" / "observed.csv")
    pd.testing.assert_frame_equal(table, year_before.observed())
    assert table["month"].max() == "2017-12"


def test_predictions_are_of_2017_and_know_2016() -> None:
    table = pd.read_csv(DOCS / "score" / "predictions.csv")
    assert tuple(table.columns) == forecast.COLUMNS
    assert set(table["origin"]) == {"2016-12"}
    assert table["month"].str.startswith("2017").all()
    assert f"{table['model_version'].iloc[0]}.csv" in {path.name for path in (DOCS / "predictions").iterdir()}
    score = sim.score(DOCS / "score" / "predictions.csv", DOCS / "score" / "observed.csv")
    assert len(score.rows) == len(table) == 18


def test_the_page_shows_what_the_command_prints(refresh: ModuleType, tmp_path: Path) -> None:
    text = (DOCS / "score.md").read_text(encoding="utf-8")
    for path in (DOCS / "score").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert refresh.renewed(text, tmp_path) == text, "run: python docs/refresh.py"


def test_patterns_of_later_months_do_not_count() -> None:
    declared, known = declared_patterns(load()).patterns, year_before.known_patterns(load()).patterns
    assert 2 <= len(known) < len(declared)
    assert all(max(pattern.months) <= "2016-12" for pattern in known)
    assert all(max(pattern.months) > "2016-12" for pattern in declared if pattern not in known)


def test_histories_are_those_of_worlds_that_pass_near_the_reports() -> None:
    theatre = load()
    names = tuple(spec.name for spec in assumed(theatre))
    worlds = Worlds(names, np.arange(24), "m", 1, (24, 24), (16,), {})
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), fit.HISTORY)
    goal = fit.targets().until(parse_month("2016-12"))
    bank, near = forecast.histories(arm, worlds, goal, goal.months)
    assert len(bank) == 24 * forecast.HISTORIES
    assert np.array_equal(bank.points[names[0]][:24], bank.points[names[0]][24:48])
    assert 0 < len(near) < len(bank)
    assert fit.distances(bank.classes, goal.loosened(forecast.TOLERATED))[near].max() <= goal.limit
    table = year_before.predicted(theatre, worlds).set_index("outcome")
    assert table.loc["us_in_moscow_format", "probability"].between(0.0, 1.0).all()
    assert (table.loc["districts_government", "q95"] > table.loc["districts_government", "q05"]).all()
