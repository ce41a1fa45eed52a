"""From a study that was read to the request that runs it: every default and every pattern written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.months import Month
from influence_sim.base.strict_yaml import KeyPath
from influence_sim.runs.sweeps.factors import Factor
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.points import Points
from influence_sim.scenario.study import ReadStudy
from influence_sim.scenario.study_checks import matching
from influence_sim.scenario.study_schema import MORRIS, SOBOL_INDICES, Priors, Range, Study
from influence_sim.theatre import START, ParameterSpec, Theatre

_PLACES: Mapping[str, KeyPath] = {
    "--months": ("months",),
    "--replicates": ("replicates",),
    "--seed": ("seed",),
    "--against": ("against",),
    "scenario": ("scenario",),
    "design": ("design",),
    "groups": ("groups",),
    "vary": ("vary",),
}
"""Where in a study stands what a request refuses."""


def plan_sweep(theatre: Theatre, read: ReadStudy, outcomes: Sequence[str]) -> SweepRequest:
    """The request of a study.

    Args:
        theatre: the world.
        read: the study and what it names.
        outcomes: what is kept if the study does not say.

    Raises:
        InputError: the arms cannot differ within a run, or the design is too large.
    """
    study = read.study
    factors = _given(read.points) if read.points is not None else _varied(read, theatre)
    table = None if read.points is None else np.array(read.points.rows)
    try:
        request = SweepRequest(
            theatre=theatre,
            scenario=read.scenario,
            against=read.against,
            seed=study.seed,
            replicates=study.replicates,
            months=study.months,
            outcomes=tuple(study.outcomes or outcomes),
            dates=tuple(sorted(study.dates or ())),
            factors=factors,
            method=study.design.method,
            samples=study.design.samples or (0 if table is None else len(table)),
            design_seed=study.design.seed,
            keep=study.keep,
            fixed=study.parameters,
            table=table,
        )
    except InputError as error:
        raise InputError([_placed(read, problem) for problem in error.problems]) from None
    return request if request.dates else replace(request, dates=_default_dates(request))


def _placed(read: ReadStudy, problem: Problem) -> Problem:
    place = _PLACES.get(problem.path)
    return problem if place is None else read.file.problem(place, problem.rule, problem.hint)


def _default_dates(request: SweepRequest) -> tuple[Month, ...]:
    """Each December from the branch on, and the last month."""
    last = START + request.months - 1
    first = START if request.branch is None else request.branch
    return tuple(date for date in range(first, last + 1) if date % 12 == 11 or date == last)


def _given(points: Points) -> tuple[Factor, ...]:
    """What a file of points varies, over the range of what it holds."""
    columns = zip(*points.rows, strict=True)
    return tuple(Factor(path, min(values), max(values)) for path, values in zip(points.paths, columns, strict=True))


def _varied(read: ReadStudy, theatre: Theatre) -> tuple[Factor, ...]:
    """What is named, then what only groups name; or every parameter that nothing fixes."""
    study, specs = read.study, theatre.parameters
    everything = isinstance(study.vary, Priors)
    named = {path: _factor(path, given) for path, given in (study.vary or {}).items()}
    patterns = ["*"] if everything else [pattern for group in study.groups.values() for pattern in group]
    others = dict.fromkeys(name for pattern in patterns for name in matching(pattern, specs))
    fixed = set(study.parameters).union(*(arm.parameters for arm in (read.scenario, read.against) if arm))
    free = [name for name in others if name not in named and (name not in fixed or name in patterns)]
    found = _grouped(named | {name: _over_prior(specs[name]) for name in free}, study)
    by_word = everything and study.design.method in {SOBOL_INDICES, MORRIS}
    return tuple(_by_first_word(found) if by_word else found)


def _factor(path: str, given: Range) -> Factor:
    if given.choice is not None:
        return Factor(path, min(given.choice), max(given.choice), choices=given.choice)
    if given.low is None or given.high is None:
        raise AssertionError("a checked range has both ends")
    return Factor(path, given.low, given.high, given.scale or "linear", given.peak)


def _over_prior(spec: ParameterSpec) -> Factor:
    return Factor(spec.name, spec.low, spec.high, choices=tuple(map(float, spec.choices)))


def _grouped(factors: Mapping[str, Factor], study: Study) -> list[Factor]:
    """Factors with the names of the groups they are in."""
    groups = {
        path: name
        for name, patterns in study.groups.items()
        for pattern in patterns
        for path in matching(pattern, factors)
    }
    return [replace(factor, group=groups.get(path, "")) for path, factor in factors.items()]


def _by_first_word(factors: Collection[Factor]) -> list[Factor]:
    """Factors that are in no group yet, grouped by the first word of their names; nothing is a group alone."""
    words = Counter(_word(factor) for factor in factors if not factor.group)
    return [
        factor if factor.group or words[_word(factor)] < 2 else replace(factor, group=_word(factor))
        for factor in factors
    ]


def _word(factor: Factor) -> str:
    return factor.path.partition(".")[0]
