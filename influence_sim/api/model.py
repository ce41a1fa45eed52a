"""One run as an ordinary Mesa model, which shows its state in a notebook; and Mesa's viewer of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from influence_sim import model
from influence_sim.api.base_result import require
from influence_sim.api.late import Axes, views
from influence_sim.api.lookups import labels, scenario_rows
from influence_sim.base.arguments import validated
from influence_sim.base.display import Shown
from influence_sim.base.errors import MachineError
from influence_sim.base.months import first_day, format_month, month_words
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import load

MOST_SEEDS = 99
SIZE = 5.4, 4.2
"""Of a chart, in inches, so that two fit side by side."""


class InfluenceModel(Shown, model.InfluenceModel):
    """The influence model as an ordinary Mesa model.

    `InfluenceModel("us_engages_taliban", rng=1)` is replicate 0 of seed 1, bit for bit as `run` plays it. Mesa's own
    generators are left alone; every draw is keyed by seed, replicate, process and month. Agents may be shuffled or
    removed, the model copied and pickled. `model["kabul_authority"]` is an outcome as it now stands.

    Attributes:
        arm: scenario, theatre and length.
        seed_number: the seed of the draws.
        replicate: the number of the replicate.
        clock: number of months played.
        running: False once the last month has been played.
        datacollector: collects every outcome, month by month, and how strongly each actor's levers are in force.
    """

    @property
    def finding(self) -> str:
        """How far it has been played."""
        if not self.clock:
            return f"Before its first month, {month_words(self.arm.month(0))}."
        over = "" if self.running else ": it is over"
        return f"After {month_words(self.arm.month(self.clock - 1))}, {self.clock} of {self.arm.months} months{over}."

    def described(self) -> str:
        """What is played."""
        return f"{self.arm.scenario.name}: replicate {self.replicate} of seed {self.seed_number}"

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The headline outcomes at first and now."""
        outcomes, now = labels(), "now" if self.clock else format_month(self.arm.month(0))
        records = self.datacollector.model_vars
        rows = [
            {"outcome": outcomes[name].label, "unit": outcomes[name].unit}
            | ({format_month(self.arm.month(0)): records[name][0]} if records[name] else {})
            | {now: self[name]}
            for name in load().headline
        ]
        yield self.arm.scenario.title, pd.DataFrame(rows)


@validated
def viewer(scenario: str | Path = ROOT, *, outcomes: Sequence[str] = (), seed: int = 1) -> Any:
    """Shows Mesa's viewer: plays a scenario month by month, and draws outcomes beside those of the baseline.

    Args:
        scenario: a shipped name, or a path; another shipped one can be chosen in the page.
        outcomes: what to draw; by default what the scenario asks about.
        seed: of the draws.

    Returns:
        A page of Solara, for a notebook, or as `page` in a file that `solara run` is given.

    Raises:
        InputError: there is no such scenario or outcome, or it is wrong.
        MachineError: the extra `viz` is not installed.
    """
    try:
        import altair  # noqa: F401 - Mesa's viewer imports it, and does not ask for it
        import solara
        from mesa.visualization import SolaraViz
        from mesa.visualization.utils import update_counter
    except ImportError as error:
        message = f"the viewer needs Solara and Altair: pip install 'influence-sim[viz]' ({error.name} is missing)"
        raise MachineError(message) from None
    model = InfluenceModel(scenario, rng=seed)
    names = list(outcomes) or list(model.arm.scenario.asks or load().question)
    for name in names:
        require(name, list(labels()), "outcomes", "not an outcome")

    def chart(outcome: str) -> Callable[[InfluenceModel], Any]:
        def redraw(played: InfluenceModel) -> Any:
            update_counter.get()  # subscribes to each step
            return solara.FigureMatplotlib(draw_outcome(played, outcome).figure, format="svg")

        return redraw

    shipped_names = [row["name"] for row in scenario_rows()]
    choices: dict[str, Any] = {
        "scenario": {"type": "Select", "label": "Scenario", "value": str(scenario), "values": shipped_names},
        "rng": {"type": "SliderInt", "label": "Seed", "value": seed, "min": 0, "max": max(MOST_SEEDS, seed), "step": 1},
    }
    if str(scenario) not in shipped_names:
        choices["scenario"] = str(scenario)
    return SolaraViz(model, components=[chart(name) for name in names], model_params=choices, name="influence_sim")


def draw_outcome(model: InfluenceModel, outcome: str) -> Axes:
    """Draws an outcome as far as a model has been played, and the whole baseline on the same draws."""
    from influence_sim.views.style import new_figure

    theatre, scenario = load(), model.arm.scenario
    root = load_scenario(ROOT, theatre.vocabulary)
    branch, baseline = scenario.first_dated(root), None
    if branch is not None:
        baseline = _outcome_series(_play_baseline(model.seed_number, model.replicate, model.arm.months), outcome)
    months = first_day(model.arm.month(0)), first_day(model.arm.month(model.arm.months - 1))
    options: dict[str, Any] = {"months": months, "branch": branch and first_day(branch), "labels": labels()}
    ax = new_figure(*SIZE, layout="constrained").add_subplot()
    return views.history(_outcome_series(model, outcome), baseline, outcome, ax=ax, **options)


@lru_cache(maxsize=8)
def _play_baseline(seed: int, replicate: int, months: int) -> InfluenceModel:
    """The baseline, played to its end."""
    model = InfluenceModel(ROOT, rng=seed, replicate=replicate, months=months)
    while model.running:
        model.step()
    return model


def _outcome_series(model: InfluenceModel, outcome: str) -> pd.Series[float]:
    """The values of an outcome by month."""
    values = model.datacollector.model_vars[outcome]
    dates = [pd.Timestamp(first_day(model.arm.month(step))) for step in range(len(values))]
    return pd.Series(values, index=pd.DatetimeIndex(dates), dtype=float)
