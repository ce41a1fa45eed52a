"""Makes the page of a result folder: reads it, computes what its sliders show, and writes it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.result import HEADLINE, Result
from influence_sim.scenario import InputError, MachineError, Problem, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.grid import Grid, Slider
    from influence_sim.experiments.request import RunRequest
    from influence_sim.theatre import ParameterSpec, Theatre

__all__ = ["Range", "Written", "report"]

Progress = Callable[[int, int], None]
FILE = "report.html"
REPLICATES = 40
"""At each point of the sliders: enough to tell paired differences, few enough for seconds."""
CHOSEN, MOST_SLIDERS = 3, 4
STEPS, MOST_STEPS = 5, 21
MOST_POINTS = 1296
"""More combinations would not fit into the page."""
MOST_REPLICATES = 1000
MONTHS_DRAWN = 13
"""Months of the sliders' chart."""
CANDIDATES = (
    "authority.erosion",
    "authority.sidelined",
    "authority.mean",
    "prestige.following",
    "prestige.progress",
    "mediation.rivalry",
    "mediation.absent",
    "mediation.without_access",
    "decide.rationality",
    "decide.alliance_weight",
    "tie.strength",
)
"""Parameters that are often what a result hangs on; those that move most become sliders."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values of a slider as asked for: from `low` to `high` in so many steps, the run's own added."""

    low: float
    high: float
    steps: int = STEPS


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written.

    Attributes:
        path: where.
        size: bytes.
        points: computed points behind its sliders; 0 without them.
        sliders: their parameters.
        notes: what the reader of the command's output should know.
    """

    path: Path
    size: int
    points: int
    sliders: tuple[str, ...]
    notes: tuple[str, ...]


def report(
    folder: str | Path,
    out: str | Path | None = None,
    *,
    sliders: Mapping[str, Range | tuple[float, ...]] | None = None,
    replicates: int = REPLICATES,
    progress: Progress | None = None,
) -> Written:
    """Writes one self-contained HTML page about a result folder.

    Args:
        folder: a complete result folder of a run with a baseline.
        out: the page; by default `report.html` in the folder. An earlier report there is replaced.
        sliders: one to four parameters with their range (low, high, and how many values); None to have three chosen
            that move the result, an empty mapping for none.
        replicates: runs at each point of the sliders' grid; no more than the run has.
        progress: called with the runs done and their total.

    Raises:
        InputError: it is no such folder, something else stands where the page should go, or a slider is wrong.
        MachineError: a file is missing or damaged, or the page cannot be written.
    """
    from influence_sim import runs
    from influence_sim.experiments.repetition import complete_manifest, request_of
    from influence_sim.theatre import load

    folder = Path(folder)
    result, theatre = runs.from_folder(folder), load()
    target = folder / FILE if out is None else Path(out)
    _refuse(result, target)
    request = request_of(folder, complete_manifest(folder), theatre)
    told = _told(result, request)
    asked = _checked(sliders, request, replicates)
    why = _unlike(result, request)
    if why and asked:
        raise InputError(Problem(str(folder), None, None, "", f"{why}, so that sliders would show other numbers"))
    assumptions = _assumptions(result, request, told)
    grid = None
    if asked is None and not why:
        asked = _chosen(request, told, assumptions)
    if asked and not why:
        grid = _grid(request, asked, told, min(replicates, result.replicates), progress)
    text = _page(folder, result, request, told, assumptions, grid, why)
    data = text.encode()
    _refuse_large(data, target, grid)
    _write(target, data)
    names = tuple(slider.name for slider in asked) if grid is not None and asked else ()
    notes = (f"no sliders: {why}",) if why and sliders is None else ()
    return Written(target, len(data), 0 if grid is None else grid.points, names, notes)


def _refuse(result: Result, target: Path) -> None:
    """Refuses a run of one arm, and a place that holds anything but an earlier report.

    Raises:
        InputError: either.
    """
    from influence_sim.views.report import MARK

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


def _unlike(result: Result, request: RunRequest) -> str:
    """Why points computed now would not belong to the folder; "" if they would."""
    made_by = (result.manifest or {}).get("model_version")
    return "" if made_by == request.model_version else "the model has changed since this folder was made"


def _told(result: Result, request: RunRequest) -> tuple[str, ...]:
    """The outcomes a page tells first: the one that answers the question, then the headline."""
    from influence_sim.theatre.claim_tests import declared_tests
    from influence_sim.views.report import outcomes_asked

    tested = [t.outcome for t in declared_tests(request.theatre).tests if t.scenario == result.scenario]
    first = outcomes_asked(request.scenario, tested, HEADLINE, request.theatre)
    return (first, *(name for name in HEADLINE if name != first))


def _assumptions(result: Result, request: RunRequest, told: Sequence[str]) -> pd.DataFrame | None:
    """The folder's table, with a row like its others for an outcome that runs do not tell first."""
    import pandas as pd

    from influence_sim.analysis.priors import over_priors

    found = result.assumptions
    missing = [] if found is None or found.empty else [name for name in told if name not in set(found["outcome"])]
    if found is None or not missing:
        return found
    last = result.ending(missing)
    main = dict(zip(last["outcome"], last["diff"], strict=True))
    points = int(found["points"].iloc[0])
    more = over_priors(request.arms, main, points=points, seed=request.seed, fixed=request.parameters)
    return pd.concat([found, more], ignore_index=True)


def _checked(sliders: Mapping[str, Any] | None, request: RunRequest, replicates: int) -> list[Slider] | None:
    """The sliders asked for; None if they are to be chosen.

    Raises:
        InputError: everything that is wrong with them.
    """
    from influence_sim.analysis.grid import evenly, slider

    wanted = {name: item if isinstance(item, Range) else Range(*item) for name, item in (sliders or {}).items()}
    problems = [*_number_problems(wanted, replicates), *_slider_problems(wanted, request.theatre)]
    if problems:
        raise InputError(problems)
    if sliders is None:
        return None
    own = {name: _own(request, name) for name in wanted}
    made = [slider(name, evenly(r.low, r.high, r.steps, own[name]), own[name]) for name, r in wanted.items()]
    points = 1
    for one in made:
        points *= len(one.values)
    if points > MOST_POINTS:
        rule = f"these sliders have {points} combinations, and a page holds {MOST_POINTS}; take fewer steps"
        raise InputError(Problem("--sliders", None, None, "", rule))
    return made


def _number_problems(wanted: Mapping[str, Range], replicates: int) -> Iterator[Problem]:
    if isinstance(replicates, bool) or not isinstance(replicates, int) or not 2 <= replicates <= MOST_REPLICATES:
        rule = f"replicates must be a whole number from 2 to {MOST_REPLICATES}"
        yield Problem("--replicates", None, None, str(replicates), rule)
    if len(wanted) > MOST_SLIDERS:
        yield Problem("--sliders", None, None, str(len(wanted)), f"a page has at most {MOST_SLIDERS} sliders")


def _slider_problems(wanted: Mapping[str, Range], theatre: Theatre) -> Iterator[Problem]:
    for name, item in wanted.items():
        if name not in theatre.parameters:
            hint = did_you_mean(name, theatre.parameters)
            yield Problem("--sliders", None, None, name, "not a parameter", hint)
            continue
        rule = _broken(item, theatre.parameters[name])
        if rule:
            yield Problem("--sliders", None, None, f"{name}={item.low:g}:{item.high:g}:{item.steps}", rule)


def _broken(item: Range, spec: ParameterSpec) -> str:
    """The rule that a slider breaks; "" if none."""
    if not spec.low <= item.low < item.high <= spec.high:
        return f"needs LOW below HIGH, both from {spec.low:g} to {spec.high:g}"
    whole = isinstance(item.steps, int) and not isinstance(item.steps, bool)
    if not whole or not 2 <= item.steps <= MOST_STEPS:
        return f"needs 2 to {MOST_STEPS} steps"
    if spec.choices:
        steps = [item.low + (item.high - item.low) * i / (item.steps - 1) for i in range(item.steps)]
        if not set(steps) <= set(spec.choices):
            return f"takes only {', '.join(f'{choice:g}' for choice in spec.choices)}"
    return ""


def _own(request: RunRequest, name: str) -> float:
    """The value that the run itself gives a parameter."""
    return float(request.parameters.get(name, request.theatre.parameters[name].default))


def _chosen(request: RunRequest, told: Sequence[str], assumptions: pd.DataFrame | None) -> list[Slider]:
    """Sliders that move the result: of what stands out and the usual candidates, those that move most alone.

    The outcome that answers the question counts twice; an outcome that none of them moves does not count.
    """
    import numpy as np

    from influence_sim.analysis.grid import around, slider, swings

    standing = [] if assumptions is None else list(assumptions.loc[assumptions["stands_out"], "parameter"])
    known = request.theatre.parameters
    names = [name for name in dict.fromkeys([*standing, *CANDIDATES]) if name in known]
    moved = swings(request.arms, {n: (known[n].low, known[n].high) for n in names}, told, request.seed)
    most = moved.max(axis=0)
    parts = np.divide(moved, most, out=np.zeros_like(moved), where=most > 0)
    weights = np.array([2.0, *[1.0] * (len(told) - 1)])
    order = np.argsort(-(parts * weights).sum(axis=1), kind="stable")[:CHOSEN]
    best = [names[i] for i in order]
    return [slider(name, around(known[name], _own(request, name)), _own(request, name)) for name in best]


def _grid(
    request: RunRequest, sliders: Sequence[Slider], told: Sequence[str], replicates: int, progress: Progress | None
) -> Grid:
    import numpy as np

    from influence_sim.analysis.grid import compute
    from influence_sim.theatre import START

    branch = START if request.branch is None else request.branch
    first, last = max(branch - START - 1, 0), request.months - 1
    steps = np.unique(np.linspace(first, last, MONTHS_DRAWN).round().astype(int)).tolist()
    return compute(
        request.arms,
        sliders,
        outcomes=told,
        steps=steps,
        replicates=replicates,
        seed=request.seed,
        progress=progress,
    )


def _page(
    folder: Path,
    result: Result,
    request: RunRequest,
    told: Sequence[str],
    assumptions: pd.DataFrame | None,
    grid: Grid | None,
    why: str,
) -> str:
    from influence_sim.theatre import START
    from influence_sim.views.report import Material, page
    from influence_sim.views.report_claims import shipped_page, verdicts

    against = request.scenarios[1]
    tested = shipped_page()
    return page(
        Material(
            theatre=request.theatre,
            scenario=request.scenario,
            against=against,
            branch=START if request.branch is None else request.branch,
            months=request.months,
            summary=result.summary,
            assumptions=assumptions,
            told=told,
            tests=() if tested is None else verdicts(tested.read_text(encoding="utf-8")),
            grid=grid,
            no_grid=f"There are no sliders here: {why or 'none were asked for'}.",
            manifest=dict(result.manifest or {}),
            commands=tuple(_commands(folder, request, result)),
        )
    )


def _commands(folder: Path, request: RunRequest, result: Result) -> Iterator[str]:
    """What makes the run and this page again, from shipped scenarios or from the files of the folder."""
    names = [_ref(folder, request, index) for index in (0, 1)]
    parts = ["influence-sim", "run", names[0]]
    parts += [] if names[1] == "baseline" else ["--against", names[1]]
    parts += ["--replicates", str(request.replicates), "--seed", str(request.seed), "--months", str(request.months)]
    for name, value in request.parameters.items():
        parts += ["--set", f"{name}={value!r}"]
    tried = 0 if result.assumptions is None or result.assumptions.empty else int(result.assumptions["points"].iloc[0])
    parts += ["--assumptions", str(tried) if tried else "none"]
    yield shlex.join(parts)
    yield shlex.join(["influence-sim", "report", f"results/{request.folder_name}"])


def _ref(folder: Path, request: RunRequest, index: int) -> str:
    """A shipped scenario's name if it is that very scenario, else the file to save it as."""
    from influence_sim.scenario import load_scenario, shipped_scenarios

    mine = request.scenarios[index]
    if mine.name in shipped_scenarios():
        shipped = load_scenario(mine.name, request.theatre.vocabulary, overrides=request.parameters)
        if shipped.digest() == mine.digest():
            return mine.name
    return f"./{mine.name}.yaml"


def _refuse_large(data: bytes, target: Path, grid: Grid | None) -> None:
    from influence_sim.views.report import LARGEST

    if len(data) > LARGEST:
        points = 0 if grid is None else grid.points
        rule = f"the page would have {len(data)} bytes, and {LARGEST} are the most; take fewer steps ({points} points)"
        raise InputError(Problem(str(target), None, None, "", rule))


def _write(target: Path, data: bytes) -> None:
    """Writes beside the target, then renames onto it.

    Raises:
        MachineError: the disk or a permission does not allow it; what stood there is untouched.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = (error.strerror or "no reason given").lower()
        raise MachineError(f"{target}: cannot be written ({reason})") from error
