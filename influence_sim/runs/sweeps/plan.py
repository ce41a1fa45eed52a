"""From a study that was read to the request that runs it: every default and every pattern written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from influence_sim.base.errors import InputError, Problem
from influence_sim.runs.sweeps.design import Factor
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.study import ReadStudy
from influence_sim.scenario.study_checks import matching
from influence_sim.scenario.study_schema import LINEAR, MORRIS, SOBOL_INDICES, Priors, Study
from influence_sim.theatre import Theatre


def plan_study(theatre: Theatre, read: ReadStudy, outcomes: Sequence[str]) -> SweepRequest:
    """The request of a study.

    Args:
        theatre: the world.
        read: the study and what it names.
        outcomes: what is kept if the study does not say.

    Raises:
        InputError: the arms cannot differ within a run, or the design is too large.
    """
    study, points = read.study, read.points
    if points is None:
        factors, table = _varied(read, theatre), None
    else:  # over the range of what the file holds
        columns = zip(points.paths, zip(*points.rows, strict=True), strict=True)
        factors, table = [Factor(path, min(found), max(found)) for path, found in columns], np.array(points.rows)
    try:
        request = SweepRequest(
            theatre=theatre,
            scenario=read.scenario,
            against=read.against,
            seed=study.seed,
            replicates=study.replicates,
            months=study.months or theatre.calendar.months,
            outcomes=tuple(study.outcomes or outcomes),
            dates=tuple(sorted(study.dates or ())),
            factors=tuple(factors),
            method=study.design.method,
            samples=study.design.samples or (0 if table is None else len(table)),
            design_seed=study.design.seed,
            keep=study.keep,
            fixed=study.parameters,
            table=table,
        )
    except InputError as error:
        raise InputError([_placed(read, problem) for problem in error.problems]) from None
    if request.dates:
        return request
    # each December from the branch on, and the last month
    first, last = theatre.start if request.branch is None else request.branch, request.last
    return replace(request, dates=tuple(date for date in range(first, last + 1) if date % 12 == 11 or date == last))


def _placed(read: ReadStudy, problem: Problem) -> Problem:
    """A problem with the place where the study says what a request refuses."""
    key = problem.path.removeprefix("--")
    return read.file.problem((key,), problem.rule, problem.hint) if key in Study.model_fields else problem


def _varied(read: ReadStudy, theatre: Theatre) -> list[Factor]:
    """What is named, then what only groups name; or every parameter that nothing fixes. Each in the group it is in."""
    study, specs = read.study, theatre.parameters
    factors: dict[str, Factor] = {}
    for path, given in (study.vary or {}).items():
        if given.choice is not None:
            factors[path] = Factor(path, min(given.choice), max(given.choice), choices=given.choice)
        elif given.low is not None and given.high is not None:  # a checked range has both ends
            factors[path] = Factor(path, given.low, given.high, given.scale or LINEAR, given.peak)
    everything = isinstance(study.vary, Priors)
    patterns = ["*"] if everything else [pattern for group in study.groups.values() for pattern in group]
    fixed = set(study.parameters).union(*(arm.parameters for arm in (read.scenario, read.against) if arm))
    for name in dict.fromkeys(name for pattern in patterns for name in matching(pattern, specs)):
        if name not in factors and (name not in fixed or name in patterns):
            spec = specs[name]
            factors[name] = Factor(name, spec.low, spec.high, choices=tuple(map(float, spec.choices)))
    for group, members in study.groups.items():
        for path in [path for pattern in members for path in matching(pattern, factors)]:
            factors[path] = replace(factors[path], group=group)
    if everything and study.design.method in {SOBOL_INDICES, MORRIS}:
        # points are dear there: what is in no group is grouped by its first word; nothing is a group alone
        words = Counter(path.partition(".")[0] for path, factor in factors.items() if not factor.group)
        for path, factor in factors.items():
            word = path.partition(".")[0]
            factors[path] = replace(factor, group=factor.group or (word if words[word] > 1 else ""))
    return list(factors.values())
