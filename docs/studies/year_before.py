"""An example to score: what the worlds that the record to December 2016 allows say of 2017, and what came.

Nothing that happened in 2017 is run, fitted to or held against; but equations and ranges are of people who knew it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from studies import fit, forecast
from studies.rolling import replay, tonnes_and_area

from influence_sim.analysis.worlds import Worlds
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre
from influence_sim.theatre.patterns import PatternsFile, declared_patterns

ORIGIN, LAST = "2016-12", "2017-12"
"""The last month that is known, and the last that is predicted."""
MOST = 4096
"""Histories that are played on."""
COLUMNS = ["outcome", "month", "value", "source"]


def observed() -> pd.DataFrame:
    """What the record has until the end of 2017 of the outcomes that are predicted: `COLUMNS`, in order."""
    rows = []
    for report in fit.record("sigar_districts"):
        rows += [(name, report["date"][:7], float(report[of]), "SIGAR") for name, of in fit.CLASSES.items()]
    for meeting in fit.record("forum_sizes"):
        rows.append(("moscow_forum_states", meeting["date"], float(meeting["states"]), "forum_sizes.csv"))
        rows.append(("us_in_moscow_format", meeting["date"], float(meeting["us_came"]), "forum_sizes.csv"))
    for year in fit.record("opium_national"):
        rows.append(("poppy_thousand_hectares", f"{year['year']}-12", float(year["hectares"]) / 1e3, "UNODC"))
    deaths = pd.DataFrame(fit.record("deaths_by_dyad")).astype({"deaths_best": float})
    rises = deaths.groupby("year")["deaths_best"].sum().diff().iloc[1:] > 0.0
    rows += [("deaths_rise", f"{year}-12", float(rose), "UCDP") for year, rose in rises.items()]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table[table["month"] <= LAST].sort_values(["outcome", "month"], ignore_index=True)


def known_patterns(theatre: Theatre) -> PatternsFile:
    """The patterns of the record whose months all lie before what is predicted."""
    declared = declared_patterns(theatre)
    patterns = [pattern for pattern in declared.patterns if max(pattern.months) <= ORIGIN]
    return declared.model_copy(update={"patterns": patterns})


def predicted(theatre: Theatre, worlds: Worlds, *, seed: int = 1) -> pd.DataFrame:
    """What was to come of each outcome in each month of 2017 of which there is a record, as `forecast.levels` says it.

    Args:
        theatre: the world.
        worlds: those that the record to December 2016 allows.
        seed: of draws, and of the reports' errors.
    """
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), months=parse_month(LAST) - theatre.start + 1)
    goal = fit.targets().until(parse_month(ORIGIN))
    bank, rows = forecast.histories(arm, worlds, goal, goal.months, seed=seed)
    runs = replay(arm, bank, rows[:MOST])
    forum, seat, violence = runs[
        :, fit.rows_of(theatre, ["moscow_forum_states", "us_in_moscow_format", "violence"])
    ].swapaxes(0, 1)
    year = np.arange(parse_month("2017-01"), parse_month(LAST) + 1) - theatre.start
    area = tonnes_and_area(bank, runs, year)[1] / 1e3
    said: dict[str, Floats] = {
        **forecast.reports(arm, runs, np.random.default_rng(seed)),
        "moscow_forum_states": forum,
        "us_in_moscow_format": seat,
        "poppy_thousand_hectares": np.broadcast_to(area, forum.shape),
        "deaths_rise": (forecast.year_on_year(violence) > 0.0).astype(np.float64),
    }
    later = observed()[lambda table: table["month"] > ORIGIN]
    tables = []
    for outcome, months in later.groupby("outcome")["month"]:
        steps = [parse_month(month) - theatre.start for month in months]
        tables.append(forecast.levels(str(outcome), said[str(outcome)][steps], list(months)))
    return pd.concat(tables).assign(scenario="baseline", origin=ORIGIN, note="")
