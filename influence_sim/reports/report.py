"""The page of a result folder: computing its sliders and its explanations, and writing it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis import sliders as slide
from influence_sim.analysis.claims.examination import shipped_examination
from influence_sim.analysis.explain import MOST_ENTRIES
from influence_sim.analysis.explain.parts import differing
from influence_sim.analysis.worlds import drawn
from influence_sim.api import explain, run
from influence_sim.api.explain import Explanation, ExplanationRequest
from influence_sim.api.result import Result
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, ModelError, not_whole, raise_any, wrong
from influence_sim.base.files import is_stamped
from influence_sim.base.months import format_month
from influence_sim.base.progress import Progress, shown
from influence_sim.reports.page import LARGEST, page
from influence_sim.reports.parts import Explanations, lay_out
from influence_sim.reports.sheet import sheet_page
from influence_sim.reports.sheets import sheet_of
from influence_sim.runs.derived import deliver, place_for
from influence_sim.runs.manifest import CALLED, RUN, read_complete
from influence_sim.runs.request import PLAUSIBLE, PRIOR, WORLDS, RunRequest, read_request, theatre_option
from influence_sim.theatre import load, shipped
from influence_sim.theatre.claim_tests import ClaimTest, declared_tests
from influence_sim.words.commands import command, reference, run_command, saved_files, settings
from influence_sim.words.verdicts import in_plain_words

__all__ = ["Written", "report"]

FILE, BRIEF = "report.html", "brief.html"
MONTHS_DRAWN = 13
"""Months of the sliders' chart."""
GROUPS = ("interventions", "mechanisms", "rules", "interests")
"""The divisions, in the order of the page."""
REPLICATES = 32
ORDERS = 2
"""Orders drawn for each replicate: more replicates are worth more than more orders of each."""
MOST_REPLICATES = 1_000


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written."""

    path: Path  # where
    size: int  # bytes
    points: int  # computed points behind its sliders; 0 without them
    sliders: tuple[str, ...] = ()  # their parameters
    explained: tuple[str, ...] = ()  # the outcomes whose effects are divided among their parts
    notes: tuple[str, ...] = ()  # for the user of the command


@validated
def report(
    folder: str | PathLike[str],
    out: str | Path | None = None,
    *,
    brief: bool = False,
    sliders: Mapping[str, Sequence[float]] | None = None,
    replicates: int = 40,
    explanations: Sequence[str | PathLike[str]] = (),
    explain_replicates: int = REPLICATES,
    progress: Progress | bool | None = None,
) -> Written:
    """Writes one self-contained HTML page about a result folder.

    Args:
        folder: a complete result folder of any kind, or a result that was saved; of a run, one with a baseline.
        out: the page; by default `report.html` in the folder, or `brief.html`. An earlier report there is replaced.
        brief: one side of paper to pass on, about what has one answer: a run, a comparison, an explanation. The other
            arguments are for the full report of a run.
        sliders: one to four parameters with their range (low, high, and how many values); None to have three chosen
            that move the result, an empty mapping for none.
        replicates: runs at each point of the sliders' grid.
        explanations: folders of `explain` for this very run; what they say carries the result, and nothing else.
        explain_replicates: without them, the first replicates of the run in which parts are switched off to see what
            carries the result; 0 for a page without.
        progress: True for a bar, or a function that is called with what is done and the total: runs with parts off,
            then runs of the sliders.

    Returns:
        The `path` of the page and its `size` in bytes, how many computed `points` are behind its `sliders`, the
        outcomes whose effects it divides (`explained`), and `notes`.

    Raises:
        InputError: it is no such folder, something else stands where the page should go, a slider is wrong, or an
            explanation is of another run.
        MachineError: a file is missing or damaged, or the page cannot be written.
    """
    progress = shown(progress, "pieces of work")
    rule = "replicates must be a whole number from {} to {}"
    raise_any(not_whole(replicates, 2, slide.MOST_REPLICATES, "--replicates", rule))
    if explain_replicates == 1 or any(not_whole(explain_replicates, 0, MOST_REPLICATES, "")):
        rule = f"must be 0, or a whole number from 2 to {MOST_REPLICATES}"
        raise InputError(wrong("--explain-replicates", explain_replicates, rule))

    source = Path(folder)
    target = source / (BRIEF if brief else FILE) if out is None else Path(out)
    manifest = read_complete(source, *CALLED)
    if brief or manifest.kind != RUN:
        if sliders or explanations:
            option, rule = "--sliders" if sliders else "--explain", "only the full report of a run has them"
            raise InputError(wrong(option, source, rule))
        place_for(target, source, is_stamped)
        text = sheet_page(sheet_of(source, manifest, brief=brief), manifest.document, brief=brief)
        return _write_page(text, target, source, manifest.numbers)
    result = run.read(source)
    request = read_request(source, manifest, load())
    theatre, declared = request.theatre, declared_tests(request.theatre).tests
    same_model = manifest.model_version == request.model_version
    mismatch = "" if same_model else "the model has changed since this folder was made"

    _require_reportable(result, source, target)
    if not mismatch:
        result = replace(result, assumptions=_with_assumptions(result, request))

    if sliders is None:
        chosen = [] if mismatch else slide.chosen(request, request.asked)
    elif sliders and mismatch:
        rule = f"{mismatch}, so that sliders would show other numbers; use --no-sliders or run it again"
        raise InputError(wrong(source, "", rule))
    else:
        chosen = slide.asked(sliders, request)
    first, folders = request.asked[0], list(map(Path, explanations))
    parts = explain_result(request, first, folders, replicates=explain_replicates, mismatch=mismatch, progress=progress)

    grid, failure = None, ""
    try:
        grid = _grid(request, chosen, replicates, progress)
    except (ModelError, InputError) as error:  # of the model, or of a theatre's own rule
        if sliders is not None:
            raise
        chosen, failure = [], f"the model fails at some of their points ({error})"
    claim_ids = {claim for scenario in request.scenarios for claim in scenario.claims}
    text = page(
        request,
        result,
        tests=_tests(request, {test.id: test for test in declared if test.claim in claim_ids}),
        explained=parts,
        grid=grid,
        over=WORLDS[drawn(theatre, request.worlds)] if sliders is None else "",
        no_grid=f"There are no sliders here: {mismatch or failure or 'none were asked for'}.",
        manifest=manifest.document,
        commands=(
            run_command(request, result.tried),
            shlex.join(["influence-sim", "report", f"results/{request.folder_name}", *theatre_option(theatre)]),
        ),
        files={
            shlex.join(["influence-sim", "run", f"./{name}", *theatre_option(theatre)]): (name, text)
            for name, text in saved_files(request).items()
        },
    )
    return _write_page(
        text,
        target,
        source,
        manifest.numbers,
        points=grid.points if grid else 0,
        sliders=tuple(slider.name for slider in chosen),
        explained=tuple(part.outcome for part in parts.outcomes),
        notes=(f"no sliders: {mismatch}",) if mismatch and sliders is None else (),
    )


def _grid(
    request: RunRequest, sliders: Sequence[slide.Slider], replicates: int, progress: Progress | None
) -> slide.Grid | None:
    """The runs at each point of the sliders; None without sliders."""
    first = 0 if request.branch is None else max(request.branch - request.theatre.start - 1, 0)
    steps = np.unique(np.linspace(first, request.months - 1, MONTHS_DRAWN).round().astype(int)).tolist()
    size = {"outcomes": request.reported, "steps": steps, "replicates": replicates, "seed": request.seed}
    return slide.compute(request.arms, sliders, progress=progress, **size) if sliders else None


def _write_page(text: str, target: Path, folder: Path, numbers: str, *, points: int = 0, **kwargs: Any) -> Written:
    """Writes a page of a folder, unless it is too large (`InputError`)."""
    data = text.encode()
    if len(data) > LARGEST:
        hint = f"; take fewer steps ({points} points)" if points else ""
        raise InputError(wrong(target, "", f"the page would have {len(data)} bytes, and {LARGEST} are the most{hint}"))
    deliver(target, data, folder, numbers)
    return Written(target, len(data), points, **kwargs)


def _require_reportable(result: Result, folder: Path, target: Path) -> None:
    """Refuses a run of one arm, and a target that is anything but an earlier report (`InputError`)."""
    problems = []
    if result.against is None:
        rule = "run without a baseline: there is no difference to report; run it again without --against none"
        problems.append(wrong(result.folder, result.scenario, rule))
    try:
        place_for(target, folder, is_stamped)
    except InputError as error:
        problems += error.problems
    raise_any(problems)


def _with_assumptions(result: Result, request: RunRequest) -> pd.DataFrame | None:
    """The folder's assumptions, completed with a row for each reported outcome that they lack.

    Over plausible worlds `prior_share` is added, the share of worlds of the prior ranges that keep the sign.
    """
    table = result.assumptions
    if table is None or table.empty:
        return table
    template, differences = replace(request, assumptions=result.tried), [run.last_differences(result.summary)]
    if missing := [name for name in request.reported if name not in set(table["outcome"])]:
        table = pd.concat([table, *run.under_assumptions([template], differences, missing)], ignore_index=True)
    if table["worlds"].iloc[0] == PLAUSIBLE and run.PRIOR_SHARE not in table:
        prior = pd.concat(run.under_assumptions([replace(template, worlds=PRIOR)], differences, request.reported))
        table = table.join(prior.set_index("outcome")["share_same_sign"].rename(run.PRIOR_SHARE), on="outcome")
    return table


def _tests(request: RunRequest, tests: Mapping[str, ClaimTest]) -> list[dict[str, Any]]:
    """The shipped verdicts of some tests in plain words, the scenario's own first; none in another theatre."""
    if request.theatre.digest != shipped().digest:
        return []
    rows = in_plain_words(shipped_examination().table, tests, request.theatre)
    return sorted(rows, key=lambda row: tests[row["test"]].scenario != request.scenario.name)


def explain_result(
    request: RunRequest,
    outcome: str,
    folders: Sequence[Path],
    *,
    replicates: int,
    mismatch: str = "",
    progress: Progress | None = None,
) -> Explanations:
    """What carries the result of a run, first for the `outcome` that answers its question.

    It is read from `folders` of `explain` for this very run; if there are none, it is computed from the run's first
    `replicates` (0 for none), unless `mismatch` says why that would not belong to the run.
    """
    explanations, note, reason = [], "", mismatch or ("" if replicates else "that was not asked for")
    if request.replicates < 2:
        reason = reason or "a single replicate gives no interval"
    if folders:
        explanations = _read_explanations(request, folders)
    elif reason:
        note = f"The result was not divided among its parts: {reason}."
    else:
        subset = replace(request, replicates=min(replicates, request.replicates))
        entries = len(differing(request.scenario, request.scenarios[1]))
        groups = tuple(name for name in GROUPS if name != "interventions" or entries <= MOST_ENTRIES)
        division = ExplanationRequest((subset,), outcome, groups, ORDERS, together=False)
        explanations = explain.compute_each(division, list(dict.fromkeys([outcome, *request.asked])), progress=progress)
        if len(groups) < len(GROUPS):
            note = f"What the scenario fixes is not taken apart here: it has {entries} entries, and all "
            note += f"{2**entries} combinations of them would have to be run."
    pages = tuple(lay_out(explanation, request.theatre) for explanation in explanations)
    return Explanations(pages, note, _explain_command(request, outcome))


def _read_explanations(request: RunRequest, folders: Sequence[Path]) -> list[Explanation]:
    """The explanations of a run in some folders, one per outcome; they may be of fewer replicates."""
    explanations = {folder: explain.read(folder) for folder in folders}
    problems, seen = [], set()
    hint = f"make one with: {_explain_command(request, request.theatre.question[0])}"
    for folder, explanation in explanations.items():
        subset, arguments = replace(request, replicates=explanation.replicates), explanation.about["arguments"]
        options = {name: arguments[name] for name in ("outcome", "samples", "together")}
        expected = ExplanationRequest((subset,), by=tuple(arguments["by"]), **options)
        if expected.digest != explanation.about["request"]:
            rule = "explains another run than this folder's: scenarios, parameters, seed, last month or model differ"
            problems.append(wrong(folder, explanation.scenario, rule, hint))
        elif explanation.outcome in seen:
            problems.append(wrong(folder, explanation.outcome, "this outcome is explained by another of the folders"))
        seen.add(explanation.outcome)
    raise_any(problems)
    return list(explanations.values())


def _explain_command(request: RunRequest, outcome: str) -> str:
    """The command that explains an outcome with more runs."""
    options = {"month": format_month(request.last), "against": reference(request, 1), "seed": request.seed}
    return command(request, "explain", {"outcome": outcome, **options, "set": settings(request)})
