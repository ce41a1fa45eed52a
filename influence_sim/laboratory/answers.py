"""What a question is answered: outcomes by month, how they end, and in how many worlds that holds.

All of it is the ordinary engine's: the numbers are those that `run` gives for the same files, digit for digit.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from influence_sim.analysis.decides import directions
from influence_sim.analysis.explain.division import COLUMNS as PARTED
from influence_sim.analysis.explain.division import divide, parts_of
from influence_sim.analysis.summary import DIFFERENCE_COLUMNS, differences, levels, to_csv
from influence_sim.analysis.worlds import IN_A_WORLD, fared, sample
from influence_sim.api.commands import reference, run_command
from influence_sim.api.playable import summary_of
from influence_sim.base.months import format_month
from influence_sim.base.numbers import Floats
from influence_sim.laboratory.question import Question
from influence_sim.model import Arm
from influence_sim.reports.answer import answer as words_of
from influence_sim.reports.answer import than
from influence_sim.reports.endings import Ending, Interval, Robustness, names_of
from influence_sim.runs.points import Job, records, run_jobs, run_points
from influence_sim.runs.request import RunRequest, plan_run
from influence_sim.scenario.shipped import ROOT

KEPT = 6
"""Arms whose histories are remembered: another outcome, or another look, does not run them again."""
SLIDERS = 12
UNFIXED = "Nothing is fixed yet: this is how things go when all decide for themselves."
SAME = "Both sides of the comparison are the same: this is how things go on either."

Told = dict[str, Any]
"""Plain data, for the page."""


@dataclass(frozen=True)
class _Dated:
    """An arm without undated parameters: its plan is made once while sliders move."""

    digest: str
    theatre: str
    months: int
    arm: Arm = field(compare=False)


@lru_cache(maxsize=KEPT)
def _kept(dated: _Dated) -> Arm:
    return dated.arm


@lru_cache(maxsize=KEPT)
def _histories(dated: _Dated, parameters: tuple[tuple[str, float], ...], seed: int, replicates: int) -> Floats:
    points = {name: np.array([value]) for name, value in parameters}
    (found,) = run_jobs([Job([_kept(dated)], seed, replicates, records, points)])
    histories_of: Floats = found[0]
    return histories_of


def histories(request: RunRequest) -> list[Floats]:
    """The outcomes of both arms, or of one: each (months, outcomes, replicates)."""
    found = []
    for scenario in request.scenarios:
        plain_one = replace(scenario, parameters={})
        arm = Arm(request.theatre, plain_one, request.months)
        dated = _Dated(plain_one.digest(), request.theatre.digest, request.months, arm)
        found.append(_histories(dated, tuple(request.parameters.items()), request.seed, request.replicates))
    return found


def answer(question: Question) -> Told:
    """The asked outcomes by month, how they and the headline outcomes end, and how to have that again."""
    request, arms = question.request, histories(question.request)
    theatre = request.theatre
    known = {one.name: one for one in theatre.outcomes}
    names = request.reported
    curves = {name: _curves(arms, theatre.vocabulary.outcomes.index(name)) for name in names}
    ends = {name: _ending(question, name, curves[name]) for name in names}
    branch = None if request.against is None or request.branch is None else format_month(request.branch)
    return {
        "months": [format_month(request.theatre.start + step) for step in range(request.months)],
        "branch": branch,
        "scenario": request.scenario.canonical(),
        "against": None if request.against is None else request.against.canonical(),
        "outcomes": [
            {
                "name": name,
                "label": known[name].label,
                "unit": theatre.words.units.get(known[name].unit, known[name].unit),
                "about": theatre.words.outcomes.get(name, ""),
                **{
                    part: {key: plain(values) for key, values in numbers.items()}
                    for part, numbers in curves[name].items()
                },
            }
            for name in question.outcomes
        ],
        "endings": [_told(request, end) for end in ends.values()],
        "answer": _words(request, ends[question.outcomes[0]]),
        "files": _files(request),
        "command": run_command(request, question.asked.count if request.against else 0),
        "python": _python(question),
    }


def worlds(question: Question) -> Generator[Told]:
    """In how many worlds the answer holds: so far, while they are computed, and in the end on what it hangs.

    The worlds, and what is said of them, are those of `run --assumptions`.
    """
    request, arms, outcomes = question.request, histories(question.request), question.outcomes
    if request.against is None:
        return
    rng = np.random.default_rng(request.seed)
    drawn = sample(request.theatre, question.asked.count, request.worlds, rng, rng, fixed=request.parameters)
    own = drawn.draws(IN_A_WORLD)
    job = Job(request.arms, request.seed, own, _gaps, drawn.points, [request.months - 1], question.outcomes)
    mains = [float(differences(arms[0][-1, row] - arms[1][-1, row])["diff"]) for row in question.rows]
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
    drawn, gaps = drawn.computed(ran, errors), gaps[ran]
    rows = [fared(*one, drawn) for one in zip(outcomes, mains, gaps.T, strict=True)]
    measured = drawn.slices.measured(gaps[:, 0])
    excess = np.empty(0) if measured is None else measured.excess[: len(drawn.points)]
    order = np.argsort(-excess, kind="stable")[:SLIDERS]
    first, ends = rows[0], _ending(question, outcomes[0], _curves(arms, question.rows[0]))
    found, (parts,) = Robustness.of_row(first), divide([request], outcomes[:1])
    sizes = parts_of(parts[:, :, 0], outcomes[:1])[list(PARTED)].itertuples(index=False)
    division = {part: Interval(*three) for _, part, *three in sizes}
    yield {
        "done": len(ran),
        "of": len(ran),
        "outcomes": _shares(outcomes, mains, gaps),
        "rows": [{name: plain(value) for name, value in row.items()} for row in rows],
        "worlds": drawn.worlds,
        "hangs": [drawn.slices.names[one] for one in order],
        "answer": _words(request, replace(ends, robustness=found, division=division)),
    }


def table(question: Question) -> bytes:
    """The summary of all outcomes, as the `summary.csv` of a result folder."""
    return to_csv(summary_of(question.request, histories(question.request)))


def page(question: Question, *, brief: bool = False) -> bytes:
    """The page that `report`, or `report --brief`, makes of the same run, by way of a folder that is gone afterwards.

    Raises:
        InputError: there is nothing that the scenario is compared with.
    """
    from influence_sim.api.report import report
    from influence_sim.api.run import compute

    with TemporaryDirectory(prefix="influence_sim-") as made:
        folder = compute(question.request).save(Path(made) / "run")
        return report(folder, brief=brief).path.read_bytes()


def plain(value: Any) -> Any:
    """A number or an array as JSON has them: None for what is no number."""
    if isinstance(value, np.ndarray):
        return value.tolist() if np.isfinite(value).all() else [plain(one) for one in value.tolist()]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _curves(arms: Sequence[Floats], row: int) -> dict[str, dict[str, Floats]]:
    """One outcome by month: in either arm, and the paired difference."""
    found = {part: levels(arm[:, row]) for part, arm in zip(("scenario", "against"), arms, strict=False)}
    if len(arms) > 1:
        found["difference"] = differences(arms[0][:, row] - arms[1][:, row])
    return found


def _ending(question: Question, name: str, curves: dict[str, dict[str, Floats]]) -> Ending:
    theatre = question.request.theatre
    ends = {part: {key: float(values[-1]) for key, values in every.items()} for part, every in curves.items()}
    (outcome,) = (one for one in theatre.outcomes if one.name == name)
    scenario, gap = ends["scenario"], ends.get("difference", dict.fromkeys(DIFFERENCE_COLUMNS, 0.0))
    against = ends.get("against", scenario)
    return Ending(
        *names_of(outcome, theatre),
        scenario=Interval(scenario["mean"], scenario["q05"], scenario["q95"]),
        baseline=Interval(against["mean"], against["q05"], against["q95"]),
        difference=Interval(gap["diff"], gap["ci_low"], gap["ci_high"]),
    )


def _told(request: RunRequest, end: Ending) -> Told:
    numbers = {part: plain(np.array(getattr(end, part))) for part in ("scenario", "baseline", "difference")}
    return {
        "name": end.outcome,
        "label": end.label,
        "unit": end.unit,
        **numbers,
        "brief": _words(request, end)["short"],
    }


def _words(request: RunRequest, end: Ending) -> Told:
    """The answer in words, as `Result.answer` has them."""
    if request.against is None:
        words = UNFIXED if request.scenario.first_dated() is None else SAME
        return {"text": words, "finding": words, "short": ""}
    against = than(request.against.name, request.against.title)
    found = words_of(end, request.last, against=against, replicates=request.replicates)
    return {name: plain(value) for name, value in {**found.document, "short": found.short}.items()}


def _files(request: RunRequest) -> dict[str, str]:
    """What must be saved to run it again: the scenario, and what it is compared with unless that is shipped."""
    own, other = f"{request.scenario.name}.yaml", ROOT if request.against is None else reference(request, 1)
    if other.endswith(".yaml"):
        return {name: text.decode() for name, text in request.files_of_arms(own, other.removeprefix("./")).items()}
    return {own: replace(request.scenario, asks=request.asked, against=other).to_yaml()}


def _gaps(runs: Sequence[Floats]) -> Floats:
    """Mean differences of the first arm from the second in the one month that is kept: (points, outcomes)."""
    found: Floats = (runs[0].mean(axis=3) - runs[1].mean(axis=3))[:, 0]
    return found


def _shares(outcomes: Sequence[str], mains: Sequence[float], gaps: Floats) -> list[Told]:
    """In which share of the worlds that are done an outcome's difference is up, down, or none."""
    done = gaps[np.isfinite(gaps).all(axis=1)]
    found = []
    for name, main, column in zip(outcomes, mains, done.T, strict=True):
        signs = directions(column)
        up, down, zero = (float((signs == way).mean()) if len(done) else 0.0 for way in (1, -1, 0))
        found.append({"name": name, "main": main, "up": up, "down": down, "zero": zero})
    return found


def _python(question: Question) -> str:
    """The same in Python."""
    request = question.request
    said = [repr(reference(request, 0))]
    if request.against is None:
        said.append("against=None")
    elif (against := reference(request, 1)) != ROOT:
        said.append(f"against={against!r}")
    said += [f"replicates={request.replicates}", f"seed={request.seed}", f"months={request.months}"]
    if request.parameters:
        said.append(f"set={request.parameters!r}")
    lines = ["import influence_sim as sim", "", f"result = sim.run({', '.join(said)})"]
    return "\n".join([*lines, f"result.difference({question.outcomes[0]!r})"])


def warm() -> None:
    """Has the model compiled, if it is not yet, so that the first answer does not wait for it."""
    histories(plan_run(ROOT, against=None, replicates=1, months=1))
