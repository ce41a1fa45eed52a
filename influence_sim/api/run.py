"""Running a scenario and its baseline on the same draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from influence_sim.api.kept import opened, require_rows
from influence_sim.api.late import decides, division, pd, sampling, store, summary
from influence_sim.api.playable import rows_of, summary_of, trajectories
from influence_sim.api.result import Result
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, Problem, machine_faults, wrong
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.folder import require_whole
from influence_sim.runs.manifest import NAME, RUN, Manifest, read_complete
from influence_sim.runs.request import (
    AGAINST,
    ASSUMPTIONS,
    BOTH,
    DIVISION,
    PLAUSIBLE,
    PRIOR,
    SUMMARY,
    TRAJECTORIES,
    RunRequest,
    plan_run,
    read_request,
)
from influence_sim.scenario.study_schema import ASKED
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre

PRIOR_SHARE = "prior_share"
"""Where worlds of both kinds are tried: the share of those of the prior ranges."""
DIVIDED = 1_000
"""Replicates in which a difference is divided: more would tell the shares no better, and takes as long as the run."""
TRIED: Mapping[str, Collection[str]] = {
    "texts": ("scenario", "outcome", "worlds", "error", "parameter", "together", "note"),
    "flags": ("stands_out",),
    "counts": ("points", "failed", "needed"),
}
"""Columns of tables of what became of differences in other worlds that are not of floats."""
SIZE = ("replicates", "seed", "months")
"""What all runs of a comparison have in common, beside their baseline and the model."""


@validated
def run(
    scenario: str | Path,
    *,
    against: str | Path | None = ASKED,
    asks: Sequence[str] = (),
    replicates: int = 200,
    seed: int = 1,
    months: int | None = None,
    set: Mapping[str, float | str] | None = None,
    assumptions: int | None = None,
    worlds: str = PLAUSIBLE,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Result:
    """Runs a scenario and its baseline on the same draws, in memory.

    Args:
        scenario: a shipped name, or a path (with a slash, or ending in `.yaml`).
        against: what to compare with, by default what the scenario asks to be compared with; None or `none` for one
            arm.
        asks: one to three outcomes that the answer is about; by default those that the scenario asks about.
        replicates: how many.
        seed: of the draws.
        months: how many monthly records; None for the theatre's, 64 from September 2015 on.
        set: undated parameter values, for both arms.
        assumptions: in how many worlds to try the difference again; None or 0 for none.
        worlds: `plausible`, those that the record does not rule out, or `prior`, all over the prior ranges;
            with `both` the first, and beside them the share of the others (`prior_share`).
        workers: threads.
        progress: True for a bar, or a function that is called with the replicates done and their total.

    Raises:
        InputError: all that is wrong with the files, names and numbers.
        MachineError: a file is there but cannot be read, or memory is short.

    Examples:
        >>> result = run("us_engages_taliban", replicates=4, months=40)
        >>> result.scenario, result.answer.way
        ('us_engages_taliban', 'lower')
        >>> bool(result.difference("us_acceptance")["mean"].iloc[-1] > 0)
        True
    """
    size: dict[str, Any] = {"replicates": replicates, "seed": seed, "months": months}
    tried: dict[str, Any] = {"assumptions": assumptions, "worlds": worlds}
    request = plan_run(scenario, against=against, asks=asks, set=set, **size, **tried)
    return compute(request, workers=workers, progress=shown(progress, "runs"))


def compute(request: RunRequest, *, workers: int = 1, progress: Progress | None = None) -> Result:
    """Runs a request, and keeps everything in memory."""
    from influence_sim.runs.points import start_in_thread

    with machine_faults(Path(request.scenario.name), "run"):
        check_worlds(request.theatre, request.assumptions, request.worlds)
        arms = tuple(trajectories(request, request.arms, workers=workers, progress=progress))
        # To sum up takes as long as to run the model again, which goes on meanwhile.
        summing, tried, divided = start_in_thread(summary_of, request, arms), None, None
        if request.against:
            few = replace(request, replicates=min(request.replicates, DIVIDED))
            dividing = start_in_thread(division.divide, [few], request.reported, workers=workers)
            if workers == 1:
                dividing.result()
            gaps = (arms[0][-1] - arms[1][-1]).mean(axis=-1).tolist()
            main = dict(zip(request.theatre.vocabulary.outcomes, gaps, strict=True))
            (tried,) = under_assumptions([request], [main], request.reported, workers)
            divided = division.parts_of(dividing.result()[0][:, :, 0], request.reported)
        found = summing.result()
    return Result(found, tried, divided, arms, request=request)


def read(folder: str | Path, request: RunRequest | None = None) -> Result:
    """Reads the folder of a run; the trajectories only when they are asked for.

    The table of assumptions is computed anew if it has other worlds than a request asks for.
    """
    place, tried, divided = Path(folder), None, None
    about = opened(place, RUN, but=(TRAJECTORIES,))  # whose own checksums are verified when they are read
    said = about["manifest"]
    with machine_faults(place, "read"):
        table = summary.from_csv(place / SUMMARY, ("scenario", "outcome"), dates=("date",), needs=summary.COLUMNS)
        arms = [arm["name"] for arm in (said["scenario"], said["against"]) if arm is not None]
        first = table["date"].min() if len(table) else pd.Timestamp(0)
        dates = pd.date_range(first, periods=said["arguments"]["months"], freq="MS", unit="ms")
        require_rows(place / SUMMARY, table, scenario=arms, outcome=table["outcome"].unique(), date=dates)
        if DIVISION in said["files"]:  # an older folder has none
            divided = summary.from_csv(place / DIVISION, division.COLUMNS[:2], needs=division.COLUMNS)
        if ASSUMPTIONS in said["files"]:
            needs = ("outcome", "points", "share_same_sign", "share_zero")
            tried = summary.from_csv(place / ASSUMPTIONS, **TRIED, needs=needs)
            told = [name for name in dict.fromkeys(tried["outcome"]) if name in set(table["outcome"])]
            require_rows(place / ASSUMPTIONS, tried, outcome=told)
            # Once there were only worlds of the prior, and what an answer hangs on was told by rank correlation.
            older: dict[str, Any] = {"worlds": PRIOR, "failed": 0, "error": "", **decides.Hanging()._asdict()}
            for name in (name for name in older if name not in tried):
                tried[name] = older[name]
    if request is not None and not _as_asked(request, tried):
        (tried,) = under_assumptions([request], [last_differences(table)], request.reported)
    return Result(table, tried, divided, **about)


def _as_asked(request: RunRequest, tried: pd.DataFrame | None) -> bool:
    """Whether a table of assumptions is over the worlds that a request asks for."""
    if tried is None or not request.assumptions:
        return tried is None and not request.assumptions
    found = int(tried[["points", "failed"]].iloc[0].sum()), str(tried["worlds"].iloc[0]), PRIOR_SHARE in tried
    which = sampling.drawn(request.theatre, request.worlds)
    return found == (request.assumptions, which, request.worlds == BOTH and which == PLAUSIBLE)


def again(
    folder: Path, manifest: Manifest, *, workers: int = 1, progress: Progress | None = None
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Runs a folder's request again; row group by row group, so that the old numbers are never in memory as a whole."""
    request = read_request(folder, manifest, load_theatre())
    computed = trajectories(request, request.arms, workers=workers, progress=progress)
    keys, stored = list(store.KEYS), store.read_groups(folder / TRAJECTORIES)
    for old, new in zip_longest(stored, rows_of(request, computed)):
        if old is None or new is None or not old.select(keys).equals(new.select(keys)):
            raise MachineError(f"{folder / TRAJECTORIES}: damaged (its rows are not those of its manifest)")
        yield old.drop_columns(keys).to_pandas(), new.drop_columns(keys).to_pandas()


def check_worlds(theatre: Theatre, count: int, worlds: str) -> None:
    """Refuses more plausible worlds than there are, before anything is computed (`InputError`)."""
    if count and worlds != PRIOR:
        sampling.plausible(theatre, count)


def under_assumptions(
    requests: Sequence[RunRequest], mains: Sequence[Mapping[str, float]], outcomes: Collection[str], workers: int = 1
) -> list[pd.DataFrame | None]:
    """Compares the arms of requests again in other worlds; each baseline is run once there, too.

    The requests have two arms each, and equal seed, length and worlds; `mains` are their `last_differences`. Of each it
    returns a table as `analysis.worlds.over_priors` does, of differences in the last month; None with 0 points.
    If both kinds of worlds are asked for, it is of the plausible ones, and `prior_share` the share with the same sign
    of as many worlds all over the prior ranges.
    """
    found: list[pd.DataFrame | None] = [None] * len(requests)
    if not requests[0].assumptions:
        return found
    if requests[0].worlds == BOTH:
        one, other = (
            under_assumptions([replace(request, worlds=worlds) for request in requests], mains, outcomes, workers)
            for worlds in (PLAUSIBLE, PRIOR)
        )
        for table, prior in zip(one, other, strict=True):
            if table is not None and prior is not None and table["worlds"].iloc[0] != PRIOR:
                table[PRIOR_SHARE] = prior["share_same_sign"]
        return one

    for key in dict.fromkeys(map(baseline_key, requests)):
        members = [index for index, request in enumerate(requests) if baseline_key(request) == key]
        first, arms = requests[members[0]], [requests[index].arms[0] for index in members]
        own = [{name: mains[index][name] for name in outcomes} for index in members]
        size: dict[str, Any] = {"points": first.assumptions, "seed": first.seed, "worlds": first.worlds}
        tables = sampling.over_priors(arms, first.arms[1], own, fixed=first.parameters, workers=workers, **size)
        for index, tried in zip(members, tables, strict=True):
            found[index] = tried
    return found


def last_differences(table: pd.DataFrame) -> dict[str, float]:
    """The mean differences of a run in its last month, by outcome, from its summary."""
    last = table[(table["date"] == table["date"].max()) & (table["scenario"] == table["scenario"].iloc[0])]
    return dict(zip(last["outcome"], last["diff"].astype(float), strict=True))


def baseline_key(request: RunRequest) -> tuple[Any, ...]:
    """What two requests share whose baselines run alike."""
    return request.scenarios[1].digest(), tuple(request.parameters.items())


class Earlier(NamedTuple):
    """Earlier runs, by their folders, among the scenarios of a comparison: they stand for what was asked of them."""

    runs: Mapping[str, RunRequest]  # by their references
    size: dict[str, Any]  # what others are run with beside them: their size, and their baseline
    problems: Sequence[Problem]  # why some cannot be compared
    refused: Collection[str]  # references of folders that are no runs


def earlier_runs(refs: Sequence[str | PathLike[str]], asked: Mapping[str, Any]) -> Earlier:
    """Those references that are result folders, held against each other and against what is asked for.

    Raises:
        MachineError: a file in one of them is missing, or not as its manifest says.
    """
    runs, problems, refused = dict[str, RunRequest](), list[Problem](), set[str]()
    for ref in (ref for ref in refs if (Path(ref) / NAME).is_file()):
        place = Path(ref)
        try:
            manifest = read_complete(place, RUN)
            require_whole(place, manifest)
            run = read_request(place, manifest, load_theatre())
        except InputError as error:
            problems += error.problems
            refused.add(str(ref))
            continue
        if manifest.model_version != run.model_version:
            rule = "the model has changed since this run was made, so that its numbers are not those of others"
            problems.append(wrong(place, "", rule, "run it again"))
        # In which worlds they were tried is no matter: they are tried again, as all others are.
        runs[str(ref)] = replace(run, assumptions=0, worlds=asked.get("worlds", PLAUSIBLE))
    if not runs:
        return Earlier({}, {}, problems, refused)
    (where, first), *others = runs.items()
    size = {name: getattr(first, name) for name in SIZE} | {"against": Path(where) / AGAINST}
    for other, run in others:
        if first.against is None or run.against is None:
            continue
        sizes = [(name, getattr(run, name), getattr(first, name)) for name in SIZE]
        problems += [
            wrong(other, mine, f"has other {name} than {where}, which has {its}", "run one of them again")
            for name, mine, its in sizes
            if mine != its
        ]
        if baseline_key(run) != baseline_key(first):
            rule = f"is compared with another baseline than {where}, or has other parameters"
            problems.append(wrong(other, run.against.name, rule, "run one of them again"))
    for name in SIZE:
        if asked.get(name, size[name]) != size[name]:
            rule = f"the runs in the folders have {size[name]}"
            problems.append(wrong(f"--{name}", asked[name], rule, "leave it out"))
    if asked.get("set"):
        problems.append(wrong("--set", "", "the runs in the folders have their parameters", "leave it out"))
    if asked.get("against", ASKED) != ASKED:
        problems.append(
            wrong("--against", asked["against"], "the runs in the folders have their baseline", "leave it out")
        )
    return Earlier(runs, size, problems, refused)
