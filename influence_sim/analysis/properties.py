"""How the model behaves as a model of decisions: do actors answer to what happens, and do their interests matter?

Each measure is a control experiment or a decomposition over shared draws; what it should reach stands in the theatre's
`properties.yaml`. A measure returns a number by its name, and beside it the numbers that it sums up, by name and part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis.claims.knockouts import with_shuffled_interests, without_interests
from influence_sim.analysis.explain.division import divide
from influence_sim.analysis.worlds import latin_hypercube, values_of
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.numbers import Floats
from influence_sim.base.progress import Progress
from influence_sim.base.statistics import SAME, half_width
from influence_sim.base.threads import in_thread
from influence_sim.model import Arm, Held, states
from influence_sim.model.plan import plan_of
from influence_sim.runs.points import Job, means, run_jobs
from influence_sim.runs.request import RunRequest
from influence_sim.scenario.resolve import shipped_for
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import Theatre
from influence_sim.theatre.properties import PropertiesFile, declared_properties

IN_A_WORLD = 64
"""Replicates in each world."""
STILL = 0.02
"""An option whose chance has a smaller standard deviation never moves."""
THIRD = 1 / 3
OPEN = 0.5
"""An actor engages openly from this intensity on."""
TIPPED = 0.1
"""Of the population: a government that has lost more of it has tipped (`properties.yaml`)."""
LATER = 24
"""The month after the branch whose loss is compared with that of the first."""
DECIDED = {"policy", "contact", "chance", "states"}
"""Measures of outcomes that say what actors decide."""
SUPPORT, ENGAGE = ("support",), ("engage_publicly", "engage_covertly")
Values = dict[str, float]
"""Name, or name and part with a dot between, -> what was measured."""


@dataclass(frozen=True, eq=False)
class Measuring:
    """What is measured, and with how many runs."""

    theatre: Theatre
    declared: PropertiesFile
    replicates: int  # of each arm at the defaults
    worlds: int  # points all over the prior ranges
    shuffles: int  # how often interests are dealt out anew
    seed: int  # of draws, worlds and shuffles
    workers: int = 1  # threads

    @cached_property
    def scenarios(self) -> dict[str, ResolvedScenario]:
        """The shipped scenarios that the theatre can run."""
        return shipped_for(self.theatre.vocabulary)

    @cached_property
    def arms(self) -> dict[str, Arm]:
        """Their arms."""
        return {name: Arm(self.theatre, scenario) for name, scenario in self.scenarios.items()}

    @cached_property
    def decided(self) -> list[str]:
        """Outcomes that say what actors decide."""
        return [outcome.name for outcome in self.theatre.outcomes if outcome.measure in DECIDED]

    def request(self, name: str, against: str = ROOT) -> RunRequest:
        """A run of two arms."""
        scenario, baseline = self.scenarios[name], self.scenarios[against]
        return RunRequest(self.theatre, scenario, baseline, self.seed, self.replicates, self.theatre.calendar.months)

    def state(self, arm: Arm, months: Sequence[int]) -> Any:
        """The state of all replicates at the end of some months."""
        return in_thread(states, arm, seed=self.seed, replicates=range(self.replicates), steps=months)


def measure(theatre: Theatre, *, progress: Progress | None = None, **options: int) -> pd.DataFrame:
    """Measures every property that the theatre declares.

    `options` are the other fields of `Measuring`; `progress` is called with the measures done and their number.

    Returns:
        One row a property, and one beneath it for each part that it sums up: `name` (a part's after a dot), `words`,
        `value`, `reach` (in words; "" for a part) and whether it is `reached` (None where no number says so).

    Raises:
        InputError: the theatre does not say what to measure.
    """
    declared = declared_properties(theatre)
    m = Measuring(theatre, declared, **options)
    values: Values = {}
    for done, function in enumerate(MEASURES, start=1):
        values |= function(m)
        if progress is not None:
            progress(done, len(MEASURES))
    rows: list[tuple[str, str, float, str, bool | None]] = []
    for prop in declared.properties:
        value = values[prop.name]
        rows.append((prop.name, prop.words, value, prop.goal, prop.reached(value)))
        rows += [(name, "", part, "", None) for name, part in values.items() if name.startswith(f"{prop.name}.")]
    return pd.DataFrame(rows, columns=["name", "words", "value", "reach", "reached"])


def choices(m: Measuring) -> Values:
    """How much the chances of options vary over months, replicates and scenarios, and how much between options.

    A chance is what the quantal response would be without any cost of changing, so that nothing of it is mere inertia.
    """
    options = [(stance.label, name) for stance, name, _ in plan_of(m.arms[ROOT]).index.options]
    rationality = m.theatre.parameters["decide.rationality"].default
    blocks = []
    for arm in m.arms.values():
        index, state = plan_of(arm).index, m.state(arm, range(arm.months))
        rows = {(stance.label, name): row for row, (stance, name, _) in enumerate(index.options)}
        value = np.where(state["probability"] > 0.0, state["value"], -np.inf)[..., : len(rows)]
        considered = state["considered"]
        starts = np.cumsum([0, *(len(stance.options) for stance in index.stances)])
        for start, stop in pairwise(starts):
            best = value[..., start:stop].max(axis=-1, keepdims=True)
            odds = considered[..., start:stop] * np.exp(rationality * (value[..., start:stop] - best))
            value[..., start:stop] = odds / odds.sum(axis=-1, keepdims=True)
        blocks.append(value[..., [rows[option] for option in options]])  # where a scenario adds a table there are more
    chances = np.stack(blocks)  # (arms, months, R, options)
    inside, total = chances.var(axis=(0, 1, 2)), chances.var()
    spread = np.sqrt(inside)
    parts = {f"unmoved.{'.'.join(option)}": float(deviation) for option, deviation in zip(options, spread, strict=True)}
    return {"within": float(inside.mean() / total), "unmoved": float((spread < STILL).mean()), **parts}


def responses(m: Measuring) -> Values:
    """How much of the scenarios' effects at the end is others' response; parts that could be chance count nothing."""
    names, outcomes = [name for name in m.scenarios if name != ROOT], m.theatre.vocabulary.outcomes
    divisions = np.stack(divide([m.request(name) for name in names], outcomes, workers=m.workers))
    gaps = np.moveaxis(divisions[:, :, 1:, 0], 1, -1)  # (scenarios, parts, outcomes, R)
    size = np.abs(gaps.mean(axis=-1))
    parts = np.where(size > half_width(gaps), size, 0.0)
    headline = [outcomes.index(name) for name in m.theatre.headline]
    by_scenario = _share(parts[:, :, headline].sum(axis=2))
    by_outcome = _share(parts.sum(axis=0).T)
    rows = [row for row, name in enumerate(outcomes) if name not in m.decided]
    values = {f"response.{name}": float(share) for name, share in zip(names, by_scenario, strict=True)}
    values |= {f"responding.{outcomes[row]}": float(by_outcome[row]) for row in rows}
    return {
        "response": float(_share(parts[:, :, headline].sum(axis=(0, 2))[None])[0]),
        "responding": float((by_outcome[rows] > THIRD).sum()),
        **values,
    }


def _share(parts: Floats) -> Floats:
    """The last part of each row as a share of all; NaN where there is nothing."""
    total = parts.sum(axis=-1)
    share: Floats = np.divide(parts[:, -1], total, out=np.full(len(parts), np.nan), where=total > SAME)
    return share


def shuffled(m: Measuring) -> Values:
    """How often a headline effect changes its sign, beyond chance, when interests are dealt out at random."""
    generators = (np.random.default_rng([m.seed, number]) for number in range(1, m.shuffles + 1))
    theatres = [m.theatre, *(with_shuffled_interests(m.theatre, rng) for rng in generators)]
    jobs = [
        Job(
            [Arm(theatre, m.scenarios[name]) for name in (m.declared.question, ROOT)],
            m.seed,
            m.replicates,
            _difference,
            steps=[theatre.calendar.months - 1],
            outcomes=m.theatre.headline,
        )
        for theatre in theatres
    ]
    signs = []
    for (gaps,) in run_jobs(jobs, workers=m.workers):  # (outcomes, R)
        mean = gaps.mean(axis=-1)
        signs.append(np.sign(mean) * (np.abs(mean) > half_width(gaps)))
    flips = np.array(signs[1:]) * signs[0] < 0
    parts = {f"turned.{name}": float(share) for name, share in zip(m.theatre.headline, flips.mean(axis=0), strict=True)}
    return {"turned": float(flips.any(axis=1).mean()), **parts}


def idle(m: Measuring) -> Values:
    """What supports and engages the insurgents at the end if nobody wants anything."""
    arm = Arm(without_interests(m.theatre), m.scenarios[ROOT])
    levers, insurgents = plan_of(arm).index.levers, m.theatre.roles.insurgents
    x = m.state(arm, [arm.months - 1])["x"][0].mean(axis=0)

    def largest(kinds: Sequence[str]) -> float:
        return max(float(x[n]) for n, lever in enumerate(levers) if lever.do in kinds and lever.target == insurgents)

    return {"idle_support": largest(SUPPORT), "idle_engagement": largest(ENGAGE)}


def indices(m: Measuring) -> Values:
    """Total Sobol indices of two groups of parameters, all interests and all others (Jansen 1999), at the end."""
    specs, rng = list(m.theatre.parameters.values()), np.random.default_rng([m.seed, m.worlds])
    of_interests = np.isin([spec.name for spec in specs], [*interests_of(m.theatre)])
    first, second = (latin_hypercube(m.worlds, len(specs), rng) for _ in range(2))
    arm, steps = m.arms[ROOT], [m.theatre.calendar.months - 1]
    cubes = [first, np.where(of_interests, second, first), np.where(of_interests, first, second)]
    points = [values_of(specs, cube) for cube in cubes]
    jobs = [Job([arm], m.seed, IN_A_WORLD, means, sample, steps=steps, outcomes=m.decided) for sample in points]
    base, *swaps = (levels[:, 0] for levels in run_jobs(jobs, workers=m.workers))  # (worlds, outcomes)
    variance = np.concatenate([base, *swaps]).var(axis=0)
    values: Values = {}
    for name, levels in zip(("interests", "others"), swaps, strict=True):
        total = ((base - levels) ** 2).mean(axis=0) / (2 * np.maximum(variance, SAME))
        values[name] = float(total[variance > SAME].mean())
        values |= {f"{name}.{outcome}": float(index) for outcome, index in zip(m.decided, total, strict=True)}
    return values


def interests_of(theatre: Theatre) -> set[str]:
    """The parameters that say what actors want, and what they expect of instruments."""
    wants = [interest.salience for actor in theatre.actors for interest in actor.interests]
    return {ref for ref in (*wants, *(effect.size for effect in theatre.effects)) if isinstance(ref, str)}


def coins(m: Measuring) -> Values:
    """How headline effects correlate, over worlds, with those of actors who toss coins of their baseline's chances."""
    specs, rng = list(m.theatre.parameters.values()), np.random.default_rng([m.seed, m.worlds])
    scenario, base = m.arms[m.declared.question], m.arms[ROOT]
    arms: list[Arm | Held] = [scenario, base, Held(scenario, base, coins=True), Held(base, base, coins=True)]
    points = values_of(specs, latin_hypercube(m.worlds, len(specs), rng))
    steps, names = [base.months - 1], m.theatre.headline
    job = Job(arms, m.seed, IN_A_WORLD, _two_effects, points, steps=steps, outcomes=names)
    (effects,) = run_jobs([job], workers=m.workers)  # (worlds, 2, outcomes)
    correlations = [float(np.corrcoef(effects[:, 0, row], effects[:, 1, row])[0, 1]) for row in range(len(names))]
    values = {f"coins.{name}": value for name, value in zip(names, correlations, strict=True)}
    return {"coins": float(np.median(correlations)), **values}


def record(m: Measuring) -> Values:
    """Whether the patron keeps away to the end of the record, and how many states come to the challenger's talks."""
    arm, roles, start = m.arms[ROOT], m.theatre.roles, m.theatre.start
    state = m.state(arm, range(m.theatre.calendar.record_ends - start + 1))
    lever = plan_of(arm).index.lever[roles.patron, "engage_publicly", roles.insurgents]
    turnout, talks = {}, plan_of(arm).index.forum[roles.talks]
    for month in m.declared.turnout:
        turnout[month] = float(np.median(state["states"][parse_month(month) - start, :, talks]))
    return {
        "refusing": float((state["x"][..., lever] < OPEN).all(axis=0).mean()),
        "turnout": max(abs(turnout[month] - states) for month, states in m.declared.turnout.items()),
        **{f"turnout.{month}": states for month, states in turnout.items()},
    }


def bypassed(m: Measuring) -> Values:
    """How the loss of being bypassed grows from the first month on, reaches the ground, and tips."""
    design = m.declared.bypassed
    request = m.request(design.scenario, design.against)
    branch: Month = request.scenario.first_dated(request.scenarios[1]) or m.theatre.start
    months = [branch, branch + LATER - 1, m.theatre.start + request.months - 1]
    steps, outcomes = [month - m.theatre.start for month in months], (design.outcome, design.ground)
    job = Job(request.arms, m.seed, m.replicates, _difference, steps=steps, outcomes=outcomes)
    (gaps,) = run_jobs([job], workers=m.workers)
    (authority, ground), mean = gaps[0], gaps[0].mean(axis=-1)  # (months, R); (outcomes, months)
    values = {f"bypassed.{format_month(month)}": float(loss) for month, loss in zip(months, mean[0], strict=True)}
    values |= {f"ground_lost.{format_month(month)}": -float(loss) for month, loss in zip(months, mean[1], strict=True)}
    return {
        "bypassed": float(authority[1].mean() / authority[0].mean()),
        "ground_lost": -float(ground[1].mean()),
        "tipped": float((ground[2] < -TIPPED).mean()),
        **values,
    }


def size(m: Measuring) -> Values:
    """How many parameters have a prior range; switches have none."""
    return {"parameters": float(sum(spec.low < spec.high for spec in m.theatre.parameters.values()))}


def _difference(runs: Sequence[Floats]) -> Floats:
    """The difference of two arms: (points, outcomes, months, replicates), without the months if there is only one."""
    gaps = np.moveaxis(runs[0] - runs[1], 1, 2)
    return gaps[:, :, 0] if gaps.shape[2] == 1 else gaps


def _two_effects(runs: Sequence[Floats]) -> Floats:
    """Mean effects with the actors' own decisions, and with coins: (points, 2, outcomes)."""
    scenario, base, coin_scenario, coin_base = (run[:, 0].mean(axis=-1) for run in runs)
    return np.stack([scenario - base, coin_scenario - coin_base], axis=1)


MEASURES = (choices, responses, shuffled, idle, indices, coins, record, bypassed, size)
