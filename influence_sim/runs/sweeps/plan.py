"""From a study or a scenario to the request of its sweep, checked and written out in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import EllipsisType
from typing import Any

import numpy as np

from influence_sim.base.errors import InputError, wrong
from influence_sim.base.plain_data import KeyPath
from influence_sim.base.strict_yaml import Names, read_yaml
from influence_sim.base.values import picked
from influence_sim.runs.manifest import require_kept
from influence_sim.runs.request import reported_first
from influence_sim.runs.sweeps.design import Factor
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.resolve import is_path
from influence_sim.scenario.study import ReadStudy, is_study, matching, read_study
from influence_sim.scenario.study_schema import LINEAR, MORRIS, SOBOL_INDICES, Priors, Study
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre

SAMPLES = {"grid": 5, "lhs": 512, "sobol_sequence": 512, "sobol_indices": 256, "morris": 64}
"""Default number of samples of each method, for a scenario without a study."""


def plan_sweep(
    study: str | Path | Mapping[str, Any],
    *,
    vary: Mapping[str, Any] | str | None = None,
    design: str | Mapping[str, Any] | None = None,
    samples: int | None = None,
    design_seed: int | None = None,
    against: str | Path | EllipsisType | None = ...,
    set: Mapping[str, Any] | None = None,
    names: Names | None = None,
    **kwargs: Any,
) -> SweepRequest:
    """Checks all that determines a sweep, and computes nothing; takes and raises what `influence_sim.sweep` does.

    None is the same as leaving an argument out. `names` are the names of the study's parts in errors, by the path of
    their keys.
    """
    theatre = load_theatre()
    parts = {**kwargs, "vary": vary, "design": None if isinstance(design, str) else design}
    changes: dict[KeyPath, Any] = {(key,): value for key, value in parts.items()}
    changes |= {("design", "samples"): samples, ("design", "seed"): design_seed}
    changes |= {("design", "method"): design} if isinstance(design, str) else {}
    changes |= {("parameters", name): value for name, value in (set or {}).items()}
    changes = {path: value for path, value in changes.items() if value is not None}
    if against is not ...:
        changes["against",] = against
    whole = {"method": design} if isinstance(design, str) else design or {}
    base = study if isinstance(study, Mapping) else _short_form(study, vary, whole)
    if base is None:
        if not is_path(str(study)):
            rule, hint = "a scenario's name alone is no sweep", "say what to vary, or name a study file ending in .yaml"
            raise InputError(wrong("sweep", study, rule, hint))
        require_kept(str(study))
    checked = read_study(Path(str(study)) if base is None else base, theatre.vocabulary, changes, names)
    return plan_study(theatre, checked, reported_first(checked.scenario.asks, theatre))


def _short_form(scenario: str | Path, vary: object, design: Mapping[str, Any]) -> dict[str, Any] | None:
    """The study for a scenario that is to be swept; None if `scenario` is a study file."""
    if vary is None and "file" not in design:
        return None
    if is_path(str(scenario)) and is_study(read_yaml(Path(scenario)).data):
        rule, hint = "this is a study, which says itself what is varied", "leave out what is varied here, or change it"
        raise InputError(wrong(scenario, "", rule, hint))
    method = str(design.get("method", "lhs"))
    size = {"samples": SAMPLES[method]} if method in SAMPLES else {}
    return {"scenario": str(scenario), "design": {"method": method, **size}}


def plan_study(theatre: Theatre, checked: ReadStudy, outcomes: Sequence[str]) -> SweepRequest:
    """The request of a study; `outcomes` are the default if it names none."""
    study, points = checked.study, checked.points
    if points is None:
        factors, table = _factors(checked, theatre), None
    else:  # over the range of the values in the file
        columns = zip(points.paths, zip(*points.rows, strict=True), strict=True)
        factors, table = [Factor(path, min(values), max(values)) for path, values in columns], np.array(points.rows)
    try:
        request = SweepRequest(
            theatre=theatre,
            scenario=checked.scenario,
            against=checked.against,
            **picked(study, "seed", "replicates", "keep"),
            months=study.months or theatre.calendar.months,
            outcomes=tuple(study.outcomes or outcomes),
            dates=tuple(sorted(study.dates or ())),
            factors=tuple(factors),
            method=study.design.method,
            samples=study.design.samples or (0 if table is None else len(table)),
            design_seed=study.design.seed,
            fixed=study.parameters,
            table=table,
        )
    except InputError as error:
        problems = [(problem, problem.path.removeprefix("--")) for problem in error.problems]
        raise InputError(  # at the place of the key in the study
            checked.file.problem((key,), problem.rule, problem.hint) if key in Study.model_fields else problem
            for problem, key in problems
        ) from None
    if request.dates:
        return request
    # each December from the branch on, and the last month
    first, last = theatre.start if request.branch is None else request.branch, request.last
    return replace(request, dates=tuple(date for date in range(first, last + 1) if date % 12 == 11 or date == last))


def _factors(checked: ReadStudy, theatre: Theatre) -> list[Factor]:
    """The factors: those named, then those in groups only; or every parameter with a prior range that is not fixed.

    Each has its group.
    """
    study, specs = checked.study, theatre.parameters
    factors: dict[str, Factor] = {}
    for path, span in (study.vary or {}).items():
        if span.choice is not None:
            factors[path] = Factor(path, min(span.choice), max(span.choice), choices=span.choice)
        elif span.low is not None and span.high is not None:  # a checked range has both ends
            factors[path] = Factor(path, span.low, span.high, span.scale or LINEAR, span.peak)
    everything = isinstance(study.vary, Priors)
    patterns = ["*"] if everything else [pattern for group in study.groups.values() for pattern in group]
    fixed = set(study.parameters).union(*(arm.parameters for arm in (checked.scenario, checked.against) if arm))
    for name in dict.fromkeys(name for pattern in patterns for name in matching(pattern, specs)):
        spec = specs[name]
        if spec.varies and name not in factors and (name not in fixed or name in patterns):
            factors[name] = Factor(name, spec.low, spec.high, choices=tuple(map(float, spec.choices)))
    for group, members in study.groups.items():
        for path in [path for pattern in members for path in matching(pattern, factors)]:
            factors[path] = replace(factors[path], group=group)
    if everything and study.design.method in {SOBOL_INDICES, MORRIS}:
        # as points are costly there, factors without a group are grouped by the first word of their paths, if several
        counts = Counter(path.partition(".")[0] for path, factor in factors.items() if not factor.group)
        for path, factor in factors.items():
            prefix = path.partition(".")[0]
            factors[path] = replace(factor, group=factor.group or (prefix if counts[prefix] > 1 else ""))
    return list(factors.values())
