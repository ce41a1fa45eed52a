"""Witnesses: a world in which a test holds, or one in which it fails, as a scenario that runs.

Where a verdict depends, these are the clearest of the worlds that were tried, on either side. Where a test fails, it is
asked whether it could ever hold: in a plausible world, else in one of the prior ranges, and if in none that was tried,
in one that a search finds from the best of them (differential evolution, Storn & Price 1997). A world is a witness only
if the effect's interval, with as many replicates as at the defaults, is clear of the minimum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from influence_sim.analysis.claims.evidence import Evidence
from influence_sim.analysis.claims.places import Reading, places_of, read, score
from influence_sim.analysis.matching import WAVES, allowed, implausibility
from influence_sim.analysis.worlds import Points, plausible
from influence_sim.base.months import format_month
from influence_sim.base.numbers import Flags, Floats, with_interval
from influence_sim.base.statistics import mean_interval
from influence_sim.base.values import picked
from influence_sim.runs.request import PLAUSIBLE, PRIOR, theatre_option
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.schema import Change
from influence_sim.theatre import ParameterSpec, Theatre
from influence_sim.theatre.claim_tests import ClaimTest
from influence_sim.theatre.patterns import declared_patterns

HOLDS, FAILS = "holds", "fails"
SIDES = {"depends": (HOLDS, FAILS), "fails": (HOLDS,)}
"""Verdict -> the sides of a test on which a witness is looked for."""
FOLDER = "witnesses"
CANDIDATES = 4
"""The clearest worlds, of which each is run with many replicates."""
POPULATION, GENERATIONS, SEARCHED = 48, 100, 16
"""Worlds that a search keeps, how often each tries another, and replicates in each: its budget."""
DIGITS = 6
"""Significant digits of a parameter, so that a scenario can be read."""


class Trial(NamedTuple):
    """Worlds in which a test was tried: which they are, their parameters, and the effect in each."""

    worlds: str
    points: Points
    scores: Floats


@dataclass(frozen=True, slots=True)
class Witness:
    """A world on one side of a test; without parameters if there is none."""

    test: ClaimTest
    side: str  # whether the test `holds` or `fails` there
    tried: int = 0  # worlds that were searched for it
    worlds: str = ""  # which worlds it is of, `plausible` or `prior`
    effect: float = math.nan  # as at the defaults, with its 95 % interval
    low: float = math.nan
    high: float = math.nan
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, Any]:
        """Its row in the table of witnesses; the effect with its own sign."""
        return {"test": self.test.id, **picked(self, "side", "worlds", "tried"), **own_sign(self.test, self)}


def own_sign(test: ClaimTest, found: Witness | Evidence) -> dict[str, float]:
    """An effect and its interval, not in the direction that the claim expects but with their own sign."""
    low, high = sorted((test.sign * found.low, test.sign * found.high))
    return {"effect": test.sign * found.effect, "ci_low": low, "ci_high": high}


COLUMNS = ("test", "side", "worlds", "tried", "effect", "ci_low", "ci_high")


def file_names(tests: Sequence[ClaimTest]) -> Iterator[str]:
    """The files in which there may be witnesses."""
    yield from (file_name(test.id, side) for test in tests for side in (HOLDS, FAILS))


def file_name(test: str, side: str) -> str:
    """`witnesses/C40-a-test_holds.yaml`."""
    return f"{FOLDER}/{test}_{side}.yaml"


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for witnesses of a test: in worlds that were tried, or else in others."""

    theatre: Theatre
    test: ClaimTest
    replicates: int  # in each world that may be a witness
    seed: int  # of the draws, and of the search
    workers: int = 1

    def witness(self, side: str, trials: Sequence[Trial]) -> Witness:
        """The clearest of the worlds that were tried on one side; if it holds in none, of those that a search finds."""
        sign, count = 1.0 if side == HOLDS else -1.0, 0
        for worlds, points, scores in trials:
            count += len(scores)
            order = np.argsort(-sign * scores, kind="stable")[:CANDIDATES]
            witness = self._find_clearest(side, worlds, {name: values[order] for name, values in points.items()})
            if witness is not None:
                return replace(witness, tried=count)
        witness = None
        if side == HOLDS:
            points, searched = self._search(trials)
            count += searched
            witness = self._find_clearest(side, PRIOR, points)
        return replace(witness or Witness(self.test, side), tried=count)

    def _find_clearest(self, side: str, worlds: str, points: Points) -> Witness | None:
        """The clearest of some worlds, a plausible one if there is, whose interval is clear of the minimum."""
        points = {name: np.array([float(f"{v:.{DIGITS}g}") for v in values]) for name, values in points.items()}
        ends = np.array([mean_interval(effects) for effects in self.effects(points, self.replicates, each=True)])
        clear = ends[:, 1] >= self.test.minimum if side == HOLDS else ends[:, 2] < self.test.minimum
        points, witnesses = {name: values[clear] for name, values in points.items()}, list[Witness]()
        is_plausible = clear[clear] if worlds == PLAUSIBLE else self._are_allowed(points)
        for number, (effect, low, high) in enumerate(ends[clear].tolist()):
            setting = {name: values[number].item() for name, values in points.items()}
            kind = PLAUSIBLE if is_plausible[number] else PRIOR
            witnesses.append(Witness(self.test, side, 0, kind, effect, low, high, setting))
        sign = 1.0 if side == HOLDS else -1.0
        return max(witnesses, key=lambda witness: (witness.worlds == PLAUSIBLE, sign * witness.effect), default=None)

    def effects(self, points: Points, replicates: int, *, each: bool = False) -> Floats:
        """The effect in some worlds, or in `each` of their replicates, in the direction that the claim expects."""
        reading = Reading(self.theatre, places_of([self.test], self.theatre.start), replicates, points, each=each)
        (means,) = read([reading], self.seed, [], workers=self.workers)
        return score(self.test, means)  # NaN where it cannot be run

    def _are_allowed(self, points: Points) -> Flags:
        """Which worlds the record allows; where no plausible worlds are known, nobody can say, and none is."""
        if plausible(self.theatre) is None:
            return np.full(len(next(iter(points.values()))), False)
        declared = declared_patterns(self.theatre)
        options = {"replicates": WAVES[-1], "seed": self.seed, "workers": self.workers}
        distances = implausibility(self.theatre, declared, points, [], **options)
        return allowed(distances, declared)

    def _search(self, trials: Sequence[Trial]) -> tuple[Points, int]:
        """Looks for worlds in which the effect is larger; the best that are found, and how many were tried."""
        from scipy.optimize import differential_evolution

        specs = [self.theatre.parameters[name] for name in trials[0].points]
        values = np.concatenate([np.column_stack([trial.points[spec.name] for spec in specs]) for trial in trials])
        order = np.argsort(-np.concatenate([trial.scores for trial in trials]), kind="stable")[:POPULATION]

        def points_at(columns: Floats) -> Points:
            return {spec.name: nearest(spec, column) for spec, column in zip(specs, columns, strict=True)}

        def negative_effects(columns: Floats) -> Floats:
            return -np.nan_to_num(self.effects(points_at(columns), SEARCHED), nan=-np.inf)

        result = differential_evolution(
            negative_effects,
            [(spec.low, spec.high) for spec in specs],
            **{"init": values[order], "strategy": "currenttobest1bin", "recombination": 0.9, "maxiter": GENERATIONS},
            **{"tol": 0, "polish": False, "vectorized": True, "updating": "deferred"},
            rng=np.random.default_rng(self.seed),
        )
        best = np.argsort(result.population_energies, kind="stable")[:CANDIDATES]
        return points_at(result.population[best].T), (result.nit + 1) * len(order)


def nearest(spec: ParameterSpec, values: Floats) -> Floats:
    """The values nearest to these that a parameter can take: of a choice, one of its choices."""
    if not spec.choices:
        return values
    choices = np.array(spec.choices)
    rounded: Floats = choices[np.abs(values[:, None] - choices).argmin(axis=1)]
    return rounded


def to_yaml(theatre: Theatre, witness: Witness, *, replicates: int, seed: int) -> str:
    """The scenario of a test in a witness's world, with what it shows there, and how to see it.

    What the test compares it with is run in the same world.
    """
    test, row = witness.test, witness.row
    base = load_scenario(test.scenario, theatre.vocabulary)
    sets = [Change.model_validate({"from": format_month(theatre.start), "set": dict(test.set)})] if test.set else []
    scenario = replace(
        base,
        name=f"{test.id.lower().replace('-', '_')}_{witness.side}",
        title=f"A world in which {test.id} {witness.side}",
        question=f"{test.words[:1].upper()}{test.words[1:]}?",
        asks=(test.outcome,),
        claims=(test.claim,),
        changes=(*base.changes, *sets),
        parameters=dict(sorted({**base.parameters, **witness.parameters}.items())),
    )
    effect = with_interval((row[name] for name in ("effect", "ci_low", "ci_high")), signed=True)
    options = f"--against {test.other or 'none'} --months {test.when - theatre.start + 1} --replicates {replicates}"
    options = " ".join([options, f"--seed {seed}", *theatre_option(theatre)])
    world = "a plausible world" if witness.worlds == PLAUSIBLE else "a world of the prior ranges"
    lines = (
        f"# {test.words}.",
        f"# It {witness.side} in this world, {world}: {effect}.",
        f"# influence-sim run {file_name(test.id, witness.side)} {options}",
    )
    return "\n".join(lines) + "\n" + scenario.to_yaml()
