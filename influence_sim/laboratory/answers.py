"""The answers to a question: outcomes by month, how they end, and in how many worlds that holds.

All of it comes from the ordinary engine: the numbers are those of `run` for the same files, digit for digit.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis.drivers import directions
from influence_sim.analysis.explain.division import divide, parts_of
from influence_sim.analysis.summary import DIFFERENCE_COLUMNS, LEVELS, summarise, to_csv
from influence_sim.analysis.worlds import IN_A_WORLD, effect_in_worlds, sample
from influence_sim.api.playable import summary_of
from influence_sim.api.result import Result
from influence_sim.api.run import last_differences
from influence_sim.base.months import format_month
from influence_sim.base.numbers import Floats
from influence_sim.base.values import picked
from influence_sim.laboratory.question import Question
from influence_sim.model import Arm
from influence_sim.runs.points import Job, records, run_jobs, run_points
from influence_sim.runs.request import RunRequest, plan_run, theatre_option
from influence_sim.scenario.shipped import ROOT
from influence_sim.words.commands import reference, run_command, saved_files
from influence_sim.words.endings import Interval
from influence_sim.words.sentences import assumed_otherwise

CACHED_ARMS = 6
"""Arms whose histories are cached, so that another outcome or view does not run them again."""
SLIDERS = 12
UNFIXED = "Nothing is fixed yet: this is how things go when all decide for themselves."
SAME = "Both sides of the comparison are the same: this is how things go on either."

Data = dict[str, Any]
"""Data for the page, see `base.values.for_json`."""


@dataclass(frozen=True)
class _Dated:
    """An arm without undated parameters, so that its plan is made once while sliders move."""

    digest: str
    theatre: str
    months: int
    arm: Arm = field(compare=False)


@lru_cache(maxsize=CACHED_ARMS)
def _cached_arm(dated: _Dated) -> Arm:
    return dated.arm


@lru_cache(maxsize=CACHED_ARMS)
def _histories(dated: _Dated, parameters: tuple[tuple[str, float], ...], seed: int, replicates: int) -> Floats:
    points = {name: np.array([value]) for name, value in parameters}
    (arrays,) = run_jobs([Job([_cached_arm(dated)], seed, replicates, records, points)])
    values: Floats = arrays[0]
    return values


def histories(request: RunRequest) -> list[Floats]:
    """The outcomes of both arms, or of one: each (months, outcomes, replicates)."""
    results = []
    for scenario in request.scenarios:
        undated = replace(scenario, parameters={})
        arm = Arm(request.theatre, undated, request.months)
        dated = _Dated(undated.digest(), request.theatre.digest, request.months, arm)
        results.append(_histories(dated, tuple(request.parameters.items()), request.seed, request.replicates))
    return results


def answer(question: Question) -> Data:
    """The asked outcomes by month, how they and the headline outcomes end, and the command that repeats it."""
    request, theatre = question.request, question.request.theatre
    result = _summed_up(request, histories(request))
    ends = {end.outcome: end for end in result.endings(request.asked)}
    branch = None if request.against is None or request.branch is None else format_month(request.branch)
    return {
        "months": [format_month(theatre.start + step) for step in range(request.months)],
        "branch": branch,
        "scenario": request.scenario.canonical(),
        "against": None if request.against is None else request.against.canonical(),
        "outcomes": [
            {
                "name": name,
                **picked(ends[name], "label", "unit"),
                "about": theatre.words.outcomes.get(name, ""),
                **_curves(result, name),
            }
            for name in request.asked
        ],
        "endings": list(_endings(result)),
        "answer": _answer(result),
        "assumed": list(assumed_otherwise(request.parameters, theatre)),
        "files": saved_files(request),
        "command": run_command(request, question.asked.count if request.against else 0),
        "python": _python(question),
    }


def worlds(question: Question) -> Generator[Data]:
    """The share of worlds in which the answer holds, while they are computed, and at the end what it depends on.

    The worlds and the sentences are those of `run --assumptions`.
    """
    request, outcomes = question.request, question.request.asked
    if request.against is None:
        return
    result = _summed_up(request, histories(request))
    rng = np.random.default_rng(request.seed)
    design = sample(request.theatre, question.asked.count, request.worlds, rng, rng, fixed=request.parameters)
    numbers = design.draws(IN_A_WORLD)
    job = Job(request.arms, request.seed, numbers, _mean_gaps, design.points, [request.months - 1], outcomes)
    differences = last_differences(result.summary)
    mains = [differences[name] for name in outcomes]
    gaps = np.full((question.asked.count, len(outcomes)), np.nan)
    errors: list[str] = []
    with closing(run_points([job], recording=True)) as blocks:
        for block in blocks:
            if block.error:
                errors.append(block.error)
            else:
                gaps[block.points.start : block.points.stop] = block.value
            yield {"done": block.points.stop, "of": len(gaps), "outcomes": _shares(outcomes, mains, gaps)}
    ran = np.isfinite(gaps).all(axis=1)
    design, gaps = design.computed(ran, errors), gaps[ran]
    rows = [effect_in_worlds(name, main, gap, design) for name, main, gap in zip(outcomes, mains, gaps.T, strict=True)]
    measured = design.slices.measured(gaps[:, 0])
    excess = np.empty(0) if measured is None else measured.excess[: len(design.points)]
    order = np.argsort(-excess, kind="stable")[:SLIDERS]
    (parts,) = divide([request], outcomes[:1])
    divided = parts_of(parts[:, :, 0], outcomes[:1])
    yield {
        "done": len(ran),
        "of": len(ran),
        "outcomes": _shares(outcomes, mains, gaps),
        "rows": rows,
        "worlds": design.worlds,
        "hangs": [design.slices.names[index] for index in order],
        "answer": _answer(replace(result, assumptions=pd.DataFrame(rows), divided=divided)),
    }


def table(question: Question) -> bytes:
    """The summary of all outcomes, as the `summary.csv` of a result folder."""
    return to_csv(summary_of(question.request, histories(question.request)))


def page(question: Question, *, brief: bool = False) -> bytes:
    """The page that `report`, or `report --brief`, makes of the same run, by way of a temporary folder.

    Raises:
        InputError: the scenario is compared with nothing.
    """
    from influence_sim.api.run import compute
    from influence_sim.reports.report import report

    with TemporaryDirectory(prefix="influence_sim-") as folder_name:
        folder = compute(question.request).save(Path(folder_name) / "run")
        return report(folder, brief=brief).path.read_bytes()


def _summed_up(request: RunRequest, arms: Sequence[Floats]) -> Result:
    """The result of a run, with a summary of its reported outcomes alone."""
    rows = [request.theatre.vocabulary.outcomes.index(name) for name in request.reported]
    summary = summarise([arm[:, rows] for arm in arms], request.names, request.reported, request.theatre.start)
    return Result(summary, request=request)


def _curves(result: Result, outcome: str) -> Data:
    """One outcome by month: in either arm, and the paired difference."""
    rows = result.summary[result.summary["outcome"] == outcome]
    arms = {name: rows[rows["scenario"] == name] for name in result.request.names}
    columns = ("mean", "sd", *LEVELS)
    curves: Data = {
        part: {column: arm[column].tolist() for column in columns}
        for part, arm in zip(("scenario", "against"), arms.values(), strict=False)
    }
    if result.against is not None:
        curves["difference"] = {column: arms[result.scenario][column].tolist() for column in DIFFERENCE_COLUMNS}
    return curves


def _endings(result: Result) -> Iterator[Data]:
    """How the reported outcomes end; a single arm is its own baseline."""
    for end, answer in zip_longest(result.endings(), result.answers):
        numbers: Data = picked(end, "label", "unit", "scenario", "baseline", "difference")
        if answer is None:
            numbers |= {"baseline": end.scenario, "difference": Interval(0.0, 0.0, 0.0)}
        yield {"name": end.outcome, **numbers, "brief": answer.short if answer else ""}


def _answer(result: Result) -> Data:
    """The answer in words."""
    if result.against is None:
        text = UNFIXED if result.request.scenario.first_dated() is None else SAME
        return {"text": text, "finding": text, "short": ""}
    (answer,) = result.answers_of(result.asked[:1])
    return {**answer.document, "short": answer.short}


def _mean_gaps(runs: Sequence[Floats]) -> Floats:
    """Mean differences of the first arm from the second in the one month kept: (points, outcomes)."""
    gaps: Floats = (runs[0].mean(axis=3) - runs[1].mean(axis=3))[:, 0]
    return gaps


def _shares(outcomes: Sequence[str], mains: Sequence[float], gaps: Floats) -> list[Data]:
    """The shares of the computed worlds in which each outcome's difference is up, down, or zero."""
    computed = gaps[np.isfinite(gaps).all(axis=1)]
    shares = []
    for name, main, column in zip(outcomes, mains, computed.T, strict=True):
        signs = directions(column)
        up, down, zero = (float((signs == sign).mean()) if len(computed) else 0.0 for sign in (1, -1, 0))
        shares.append({"name": name, "main": main, "up": up, "down": down, "zero": zero})
    return shares


def _python(question: Question) -> str:
    """The Python code that gives the same."""
    request = question.request
    arguments = [repr(reference(request, 0))]
    if request.against is None:
        arguments.append("against=None")
    elif (against := reference(request, 1)) != ROOT:
        arguments.append(f"against={against!r}")
    arguments += [f"replicates={request.replicates}", f"seed={request.seed}", f"months={request.months}"]
    if request.parameters:
        arguments.append(f"set={request.parameters!r}")
    folder, trust = "".join(theatre_option(request.theatre)[1:]), ", trust=True" if request.theatre.code else ""
    used = [f"sim.use_theatre({folder!r}{trust})"] if folder else []
    lines = ["import influence_sim as sim", "", *used, f"result = sim.run({', '.join(arguments)})"]
    return "\n".join([*lines, f"result.difference({request.asked[0]!r})"])


def warm() -> None:
    """Compiles the model, if it is not yet, so that the first answer does not wait for it."""
    histories(plan_run(ROOT, against=None, replicates=1, months=1))
