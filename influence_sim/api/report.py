"""Makes the page of a result folder: reads it, computes what its sliders show, and writes it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.report_explained import REPLICATES, carrying, check_replicates, reference
from influence_sim.api.result import Result, read
from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.manifest import read_manifest
from influence_sim.runs.request import RunRequest, read_request

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.grid import Grid, Slider
    from influence_sim.analysis.sliders import Range
    from influence_sim.reports.claims import Tested
    from influence_sim.reports.explained import Explanations
    from influence_sim.theatre.claim_tests import ClaimTest

__all__ = ["Written", "report"]

FILE = "report.html"
MONTHS_DRAWN = 13
"""Months of the sliders' chart."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What a page is made from.

    Attributes:
        result: the folder's.
        request: that it answers, on the theatre of today.
        declared: the tests of claims that the scenario or its baseline names.
        told: the outcomes that are told first.
        assumptions: the folder's, with a row for each of these.
        unlike: why nothing computed now would belong to the folder; "" if it would.
    """

    result: Result
    request: RunRequest
    declared: tuple[ClaimTest, ...]
    told: tuple[str, ...]
    assumptions: pd.DataFrame | None
    unlike: str


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written.

    Attributes:
        path: where.
        size: bytes.
        points: computed points behind its sliders; 0 without them.
        sliders: their parameters.
        explained: the outcomes whose effects are divided among their parts.
        notes: what the reader of the command's output should know.
    """

    path: Path
    size: int
    points: int
    sliders: tuple[str, ...]
    explained: tuple[str, ...]
    notes: tuple[str, ...]


def report(
    folder: str | Path,
    out: str | Path | None = None,
    *,
    sliders: Mapping[str, Range | tuple[float, ...]] | None = None,
    replicates: int = 40,
    explanations: Sequence[str | Path] = (),
    explain_replicates: int = REPLICATES,
    progress: Progress | bool | None = None,
) -> Written:
    """Writes one self-contained HTML page about a result folder.

    Args:
        folder: a complete result folder of a run with a baseline.
        out: the page; by default `report.html` in the folder. An earlier report there is replaced.
        sliders: one to four parameters with their range (low, high, and how many values); None to have three chosen
            that move the result, an empty mapping for none.
        replicates: runs at each point of the sliders' grid.
        explanations: folders of `explain` for this very run; what they say carries the result, and nothing else.
        explain_replicates: without them, the first replicates of the run in which parts are switched off to see what
            carries the result; 0 for a page without.
        progress: True for a bar, or a function that is called with what is done and the total: runs with parts off,
            then runs of the sliders.

    Raises:
        InputError: it is no such folder, something else stands where the page should go, a slider is wrong, or an
            explanation is of another run.
        MachineError: a file is missing or damaged, or the page cannot be written.
    """
    from influence_sim.analysis import sliders as checks

    progress = shown(progress, "pieces of work")
    checks.check_replicates(replicates)
    check_replicates(explain_replicates)
    source = _source(Path(folder))
    target = Path(folder) / FILE if out is None else Path(out)
    _refuse(source.result, target)
    moved = _sliders(source, sliders)
    explained = _carrying(source, explanations, explain_replicates, progress)
    grid = _grid(source, moved, replicates, progress) if moved else None
    data = _page(source, grid, explained).encode()
    _refuse_large(data, target, grid)
    _write(target, data)
    notes = (f"no sliders: {source.unlike}",) if source.unlike and sliders is None else ()
    return Written(
        path=target,
        size=len(data),
        points=grid.points if grid else 0,
        sliders=tuple(one.name for one in moved),
        explained=tuple(one.outcome for one in explained.outcomes),
        notes=notes,
    )


def _source(folder: Path) -> _Source:
    """Reads a folder.

    Raises:
        InputError: it is no complete result folder, or its scenario cannot be read any more.
        MachineError: a file is missing or damaged.
    """
    from influence_sim.theatre import load
    from influence_sim.theatre.claim_tests import declared_tests

    result, manifest = read(folder), read_manifest(folder)
    request = read_request(folder, manifest, load())
    changed = manifest.model_version != request.model_version
    unlike = "the model has changed since this folder was made" if changed else ""
    declared = declared_tests(request.theatre).tests
    told = _told(request, declared)
    assumptions = _assumptions(result, request, () if unlike else told)
    named = {claim for scenario in request.scenarios for claim in scenario.claims}
    return _Source(result, request, tuple(t for t in declared if t.claim in named), told, assumptions, unlike)


def _sliders(source: _Source, wanted: Mapping[str, Any] | None) -> list[Slider]:
    """The sliders of the page: those asked for, none, or chosen ones.

    Raises:
        InputError: something is wrong with those asked for, or the model is not the folder's any more.
    """
    from influence_sim.analysis.sliders import asked, chosen, range_of

    if wanted is None:
        return [] if source.unlike else chosen(source.request, source.told, source.assumptions)
    if wanted and source.unlike:
        rule = f"{source.unlike}, so that sliders would show other numbers; use --no-sliders or run it again"
        raise InputError(Problem(str(source.result.folder), None, None, "", rule))
    return asked({name: range_of(name, item) for name, item in wanted.items()}, source.request)


def _refuse(result: Result, target: Path) -> None:
    """Refuses a run of one arm, and a place that holds anything but an earlier report.

    Raises:
        InputError: either.
    """
    from influence_sim.reports.page import MARK

    problems = []
    if result.against is None:
        rule = "run without a baseline: there is no difference to report; run it again without --against none"
        problems.append(Problem(str(result.folder), None, None, result.scenario, rule))
    if not target.parent.is_dir():
        problems.append(Problem(str(target), None, None, "", "the folder it should go to does not exist"))
    elif os.path.lexists(target) and not (target.is_file() and MARK in _head(target)):
        problems.append(Problem(str(target), None, None, "", "this is there already and is no report; choose another"))
    if problems:
        raise InputError(problems)


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(4096)
    except OSError as error:
        raise MachineError(f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})") from error


def _told(request: RunRequest, declared: Sequence[ClaimTest]) -> tuple[str, ...]:
    """The outcomes a page tells first: the one that answers the question, then the headline."""
    from influence_sim.reports.page import outcomes_asked

    tested = [test.outcome for test in declared if test.scenario == request.scenario.name]
    first = outcomes_asked(request.scenario, tested, request.theatre.headline, request.theatre)
    return (first, *(name for name in request.theatre.headline if name != first))


def _assumptions(result: Result, request: RunRequest, told: Sequence[str]) -> pd.DataFrame | None:
    """The folder's table, with a row like its others for each outcome that is told first and not in it."""
    import pandas as pd

    from influence_sim.analysis.priors import over_priors

    found = result.assumptions
    missing = [] if found is None or found.empty else [name for name in told if name not in set(found["outcome"])]
    if found is None or not missing:
        return found
    last = result.ending(missing)
    main = dict(zip(last["outcome"], last["diff"], strict=True))
    points = int(found["points"].iloc[0])
    scenario, baseline = request.arms
    more = over_priors([scenario], baseline, [main], points=points, seed=request.seed, fixed=request.parameters)
    return pd.concat([found, *more], ignore_index=True)


def _grid(source: _Source, sliders: Sequence[Slider], replicates: int, progress: Progress | None) -> Grid:
    import numpy as np

    from influence_sim.analysis.grid import compute

    request = source.request
    first, last = max(_branch(request) - request.theatre.start - 1, 0), request.months - 1
    steps = np.unique(np.linspace(first, last, MONTHS_DRAWN).round().astype(int)).tolist()
    return compute(
        request.arms,
        sliders,
        outcomes=source.told,
        steps=steps,
        replicates=replicates,
        seed=request.seed,
        progress=progress,
    )


def _branch(request: RunRequest) -> int:
    return request.theatre.start if request.branch is None else request.branch


def _carrying(
    source: _Source, folders: Sequence[str | Path], replicates: int, progress: Progress | None
) -> Explanations:
    """What carries the result, which nobody need have asked for: without an answer the page says why."""
    return carrying(
        source.request,
        source.told[0],
        [Path(folder) for folder in folders],
        replicates=replicates,
        unlike=source.unlike,
        progress=progress,
    )


def _page(source: _Source, grid: Grid | None, explained: Explanations) -> str:
    from influence_sim.reports.page import Material, page

    request, result = source.request, source.result
    return page(
        Material(
            theatre=request.theatre,
            scenario=request.scenario,
            against=request.scenarios[1],
            branch=_branch(request),
            months=request.months,
            summary=result.summary,
            assumptions=source.assumptions,
            first=source.told,
            tests=_tests(request, source.declared),
            explained=explained,
            grid=grid,
            no_grid=f"There are no sliders here: {source.unlike or 'none were asked for'}.",
            manifest=dict(result.manifest or {}),
            commands=tuple(_commands(request, result)),
        )
    )


def _tests(request: RunRequest, declared: Sequence[ClaimTest]) -> tuple[Tested, ...]:
    """What testing the claims in the shipped theatre found, in plain words; those of the scenario itself first."""
    from influence_sim.analysis.claims.examination import shipped_examination
    from influence_sim.reports.claims import in_plain_words
    from influence_sim.scenario import load_scenario, shipped_scenarios
    from influence_sim.theatre import shipped

    if request.theatre.digest != shipped().digest:  # in another theatre nobody has tested them
        return ()
    tests = {test.id: test for test in declared}
    named = {name for test in tests.values() for name in (test.scenario, test.other) if name}
    titles = {name: load_scenario(name, request.theatre.vocabulary).title for name in named & set(shipped_scenarios())}
    labels = {outcome.name: outcome.label for outcome in request.theatre.outcomes}
    told = in_plain_words(shipped_examination().table, tests, titles, labels)
    return tuple(sorted(told, key=lambda one: tests[one.id].scenario != request.scenario.name))


def _commands(request: RunRequest, result: Result) -> Iterator[str]:
    """What makes the run and this page again, from shipped scenarios or from the files of the folder."""
    names = [reference(request, index) for index in (0, 1)]
    parts = ["influence-sim", "run", names[0]]
    parts += [] if names[1] == "baseline" else ["--against", names[1]]
    parts += ["--replicates", str(request.replicates), "--seed", str(request.seed), "--months", str(request.months)]
    for name, value in request.parameters.items():
        parts += ["--set", f"{name}={value!r}"]
    tried = 0 if result.assumptions is None or result.assumptions.empty else int(result.assumptions["points"].iloc[0])
    parts += ["--assumptions", str(tried) if tried else "none"]
    yield shlex.join(parts)
    yield shlex.join(["influence-sim", "report", f"results/{request.folder_name}"])


def _refuse_large(data: bytes, target: Path, grid: Grid | None) -> None:
    from influence_sim.reports.page import LARGEST

    if len(data) > LARGEST:
        points = 0 if grid is None else grid.points
        rule = f"the page would have {len(data)} bytes, and {LARGEST} are the most; take fewer steps ({points} points)"
        raise InputError(Problem(str(target), None, None, "", rule))


def _write(target: Path, data: bytes) -> None:
    """Writes beside the target, then renames onto it.

    Raises:
        MachineError: the disk or a permission does not allow it; what stood there is untouched.
    """
    from influence_sim.base.files import replace_file

    try:
        replace_file(target, data)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise MachineError(f"{target}: cannot be written ({reason})") from error
