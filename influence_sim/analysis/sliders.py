"""Which parameters a page lets its reader move: those asked for, checked, or those that move the result most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from influence_sim.analysis.grid import Slider, around, evenly, slider, swings
from influence_sim.analysis.points import defaults_of
from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.runs.request import RunRequest
from influence_sim.scenario.checked_file import raise_any
from influence_sim.theatre import ParameterSpec

CHOSEN, MOST_SLIDERS = 3, 4
STEPS, MOST_STEPS = 5, 21
MOST_POINTS = 1296
"""More combinations would not fit into the page."""
MOST_REPLICATES = 1000
CANDIDATES = (
    *("authority.erosion", "authority.sidelined", "prestige.following", "prestige.progress", "mediation.rivalry"),
    *("mediation.absent", "mediation.without_access", "decide.rationality", "decide.alliance_weight", "tie.strength"),
)
"""Parameters that are often what a result hangs on; those that move most become sliders."""


class Range(NamedTuple):
    """The values of a slider as asked for: from `low` to `high` in so many steps, the run's own added."""

    low: float
    high: float
    steps: int = STEPS


def range_of(name: str, item: Sequence[float]) -> Range:
    """A range from two or three numbers.

    Raises:
        InputError: it is made of anything else.
    """
    numbers = tuple(item)
    if len(numbers) not in {2, 3} or not all(isinstance(n, Real) and not isinstance(n, bool) for n in numbers):
        rule = "a slider's range is (low, high) or (low, high, steps), all numbers"
        raise InputError(Problem("sliders", None, None, name, rule))
    low, high, steps = (*numbers, STEPS)[:3]
    return Range(float(low), float(high), int(steps) if float(steps).is_integer() else 0)  # 0 steps are refused later


def asked(wanted: Mapping[str, Range], request: RunRequest) -> list[Slider]:
    """The sliders that somebody asked for.

    Raises:
        InputError: everything that is wrong with them.
    """
    problems, specs = [], request.theatre.parameters
    if len(wanted) > MOST_SLIDERS:
        rule = f"a page has at most {MOST_SLIDERS} sliders"
        problems.append(Problem("--sliders", None, None, str(len(wanted)), rule))
    for name, item in wanted.items():
        if name not in specs:
            problems.append(Problem("--sliders", None, None, name, "not a parameter", did_you_mean(name, specs)))
        elif rule := _broken(item, specs[name]):
            shown = f"{name}={item.low:g}:{item.high:g}:{item.steps}"
            problems.append(Problem("--sliders", None, None, shown, rule))
    raise_any(problems)
    own = defaults_of(request.theatre) | request.parameters
    made = [slider(name, evenly(*item, own[name]), own[name]) for name, item in wanted.items()]
    points = prod(len(one.values) for one in made)
    if points > MOST_POINTS:
        rule = f"these sliders have {points} combinations, and a page holds {MOST_POINTS}; take fewer steps"
        raise InputError(Problem("--sliders", None, None, "", rule))
    return made


def _broken(item: Range, spec: ParameterSpec) -> str:
    """The rule that a slider breaks; "" if none."""
    if not spec.low <= item.low < item.high <= spec.high:
        return f"needs LOW below HIGH, both from {spec.low:g} to {spec.high:g}"
    if not 2 <= item.steps <= MOST_STEPS:
        return f"needs 2 to {MOST_STEPS} steps"
    if spec.choices and not set(np.linspace(*item).tolist()) <= set(spec.choices):
        return f"takes only {', '.join(f'{choice:g}' for choice in spec.choices)}"
    return ""


def chosen(request: RunRequest, outcomes: Sequence[str], assumptions: pd.DataFrame | None) -> list[Slider]:
    """Sliders that move the result: of what stands out and the usual candidates, those that move most alone.

    The outcome that answers the question counts twice; an outcome that none of them moves does not count.
    """
    known, own = request.theatre.parameters, defaults_of(request.theatre) | request.parameters
    stand_out = [] if assumptions is None else assumptions.loc[assumptions["stands_out"], "parameter"].tolist()
    names = [name for name in dict.fromkeys([*stand_out, *CANDIDATES]) if name in known]
    moved = swings(request.arms, {name: (known[name].low, known[name].high) for name in names}, own, outcomes)
    most = moved.max(axis=0)
    parts = np.divide(moved, most, out=np.zeros_like(moved), where=most > 0)
    weights = np.array([2.0, *[1.0] * (len(outcomes) - 1)])
    order = np.argsort(-(parts * weights).sum(axis=1), kind="stable")[:CHOSEN]
    return [slider(name, around(known[name], own[name]), own[name]) for name in (names[index] for index in order)]
