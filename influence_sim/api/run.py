"""Running a scenario and its baseline on the same draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from influence_sim.api.base_result import open_folder, require_rows
from influence_sim.api.late import division, drivers, pd, sampling, store, summary
from influence_sim.api.playable import rows_of, summary_of, trajectories
from influence_sim.api.result import Result
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, Problem, machine_faults, wrong
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.folder import read_whole
from influence_sim.runs.manifest import NAME, RUN, Manifest
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
"""Column with the share of worlds of the prior ranges, where worlds of both kinds are tried."""
MOST_DIVIDED = 1_000
"""Replicates in which a difference is divided: more take as long as the run, for shares hardly more precise."""
DTYPES: Mapping[str, Collection[str]] = {
    "texts": ("scenario", "outcome", "worlds", "error", "parameter", "together", "low_name", "high_name", "note"),
    "flags": ("stands_out",),
    "counts": ("points", "failed", "needed"),
}
"""Types of the columns that are no floats in tables of differences in other worlds."""
COMMON = ("replicates", "seed", "months")
"""Arguments that all runs of a comparison have in common, besides their baseline and the model."""


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
    samples: dict[str, Any] = {"assumptions": assumptions, "worlds": worlds}
    request = plan_run(scenario, against=against, asks=asks, set=set, **size, **samples)
    return compute(request, workers=workers, progress=shown(progress, "runs"))


def compute(request: RunRequest, *, workers: int = 1, progress: Progress | None = None) -> Result:
    """Runs a request, and keeps everything in memory."""
    from influence_sim.base.threads import start_in_thread

    with machine_faults(Path(request.scenario.name), "run"):
        check_worlds(request.theatre, request.assumptions, request.worlds)
        arms = tuple(trajectories(request, request.arms, workers=workers, progress=progress))
        # Summing up takes as long as running the model again, which goes on meanwhile.
        summary_job, assumptions, divided = start_in_thread(summary_of, request, arms), None, None
        if request.against:
            subset = replace(request, replicates=min(request.replicates, MOST_DIVIDED))
            division_job = start_in_thread(division.divide, [subset], request.reported, workers=workers)
            if workers == 1:
                division_job.result()
            gaps = (arms[0][-1] - arms[1][-1]).mean(axis=-1).tolist()
            differences = dict(zip(request.theatre.vocabulary.outcomes, gaps, strict=True))
            (assumptions,) = under_assumptions([request], [differences], request.reported, workers)
            divided = division.parts_of(division_job.result()[0][:, :, 0], request.reported)
        table = summary_job.result()
    return Result(table, assumptions, divided, arms, request=request)


def read(folder: str | Path, request: RunRequest | None = None) -> Result:
    """Reads the folder of a run; the trajectories only when they are asked for.

    The table of assumptions is computed again if it has other worlds than `request` asks for.
    """
    path, assumptions, divided = Path(folder), None, None
    origin = open_folder(path, RUN, but=(TRAJECTORIES,))  # whose own checksums are verified when they are read
    manifest = origin["manifest"]
    with machine_faults(path, "read"):
        table = summary.from_csv(path / SUMMARY, ("scenario", "outcome"), dates=("date",), needs=summary.COLUMNS)
        arms = [arm["name"] for arm in (manifest["scenario"], manifest["against"]) if arm is not None]
        first = table["date"].min() if len(table) else pd.Timestamp(0)
        dates = pd.date_range(first, periods=manifest["arguments"]["months"], freq="MS", unit="ms")
        require_rows(path / SUMMARY, table, scenario=arms, outcome=table["outcome"].unique(), date=dates)
        if DIVISION in manifest["files"]:  # an older folder has none
            divided = summary.from_csv(path / DIVISION, division.COLUMNS[:2], needs=division.COLUMNS)
        if ASSUMPTIONS in manifest["files"]:
            needs = ("outcome", "points", "share_same_sign", "share_zero")
            assumptions = summary.from_csv(path / ASSUMPTIONS, **DTYPES, needs=needs)
            outcomes = [name for name in dict.fromkeys(assumptions["outcome"]) if name in set(table["outcome"])]
            require_rows(path / ASSUMPTIONS, assumptions, outcome=outcomes)
            # Older folders have only worlds of the prior ranges, and rank correlations instead of `Driver`.
            defaults: dict[str, Any] = {"worlds": PRIOR, "failed": 0, "error": "", **drivers.Driver()._asdict()}
            for name in (name for name in defaults if name not in assumptions):
                assumptions[name] = defaults[name]
    if request is not None and not _covers(request, assumptions):
        (assumptions,) = under_assumptions([request], [last_differences(table)], request.reported)
    return Result(table, assumptions, divided, **origin)


def _covers(request: RunRequest, table: pd.DataFrame | None) -> bool:
    """Whether a table of assumptions has the worlds that a request asks for."""
    if table is None or not request.assumptions:
        return table is None and not request.assumptions
    actual = int(table[["points", "failed"]].iloc[0].sum()), str(table["worlds"].iloc[0]), PRIOR_SHARE in table
    kind = sampling.drawn(request.theatre, request.worlds)
    return actual == (request.assumptions, kind, request.worlds == BOTH and kind == PLAUSIBLE)


def repeat(
    folder: Path, manifest: Manifest, *, workers: int = 1, progress: Progress | None = None
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Runs a folder's request again, row group by row group, so that memory never holds all of the old numbers."""
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
    requests: Sequence[RunRequest], effects: Sequence[Mapping[str, float]], outcomes: Collection[str], workers: int = 1
) -> list[pd.DataFrame | None]:
    """Compares the arms of requests again in other worlds, and runs each baseline once there, too.

    The requests have two arms each, and equal seed, length and worlds; `effects` are their `last_differences`. For
    each it returns a table as `analysis.worlds.over_priors` does, of differences in the last month; None with 0 points.
    If both kinds of worlds are asked for, it is of the plausible ones, and `prior_share` the share with the same sign
    of as many worlds all over the prior ranges.
    """
    results: list[pd.DataFrame | None] = [None] * len(requests)
    if not requests[0].assumptions:
        return results
    if requests[0].worlds == BOTH:
        plausible, priors = (
            under_assumptions([replace(request, worlds=worlds) for request in requests], effects, outcomes, workers)
            for worlds in (PLAUSIBLE, PRIOR)
        )
        for table, prior in zip(plausible, priors, strict=True):
            if table is not None and prior is not None and table["worlds"].iloc[0] != PRIOR:
                table[PRIOR_SHARE] = prior["share_same_sign"]
        return plausible

    for key in dict.fromkeys(map(baseline_key, requests)):
        members = [index for index, request in enumerate(requests) if baseline_key(request) == key]
        first, arms = requests[members[0]], [requests[index].arms[0] for index in members]
        means = [{name: effects[index][name] for name in outcomes} for index in members]
        size: dict[str, Any] = {"points": first.assumptions, "seed": first.seed, "worlds": first.worlds}
        tables = sampling.over_priors(arms, first.arms[1], means, fixed=first.parameters, workers=workers, **size)
        for index, assumptions in zip(members, tables, strict=True):
            results[index] = assumptions
    return results


def last_differences(table: pd.DataFrame) -> dict[str, float]:
    """The mean differences of a run in its last month, by outcome, from its summary."""
    last = table[(table["date"] == table["date"].max()) & (table["scenario"] == table["scenario"].iloc[0])]
    return dict(zip(last["outcome"], last["diff"].astype(float), strict=True))


def baseline_key(request: RunRequest) -> tuple[Any, ...]:
    """A key that is equal for requests whose baselines run alike."""
    return request.scenarios[1].digest(), tuple(request.parameters.items())


def earlier_runs(
    refs: Sequence[str | Path], options: Mapping[str, Any]
) -> tuple[dict[str, RunRequest | None], dict[str, Any], list[Problem]]:
    """Reads those scenarios of a comparison that are result folders, and checks that they fit each other and the rest.

    Returns:
        By reference the runs, None for a folder that holds none; the arguments of the other runs, which are the size
        and baseline of these; why some cannot be compared.

    Raises:
        MachineError: a file in one of them is missing, or not as its manifest says.
    """
    runs, problems = dict[str, RunRequest | None](), list[Problem]()
    for ref in (str(ref) for ref in refs if (Path(ref) / NAME).is_file()):
        path, runs[ref] = Path(ref), None
        try:
            manifest = read_whole(path, RUN)
            run = read_request(path, manifest, load_theatre())
        except InputError as error:
            problems += error.problems
            continue
        if manifest.model_version != run.model_version:
            rule = "the model has changed since this run was made, so that its numbers are not those of others"
            problems.append(wrong(path, "", rule, "run it again"))
        # All scenarios are tried anew in the same worlds, so theirs do not matter.
        runs[ref] = replace(run, assumptions=0, worlds=options.get("worlds", PLAUSIBLE))
    paired = [(ref, run, run.against) for ref, run in runs.items() if run is not None and run.against is not None]
    if not paired:
        return runs, {}, problems
    (first_ref, first, _), *others = paired
    size = {name: getattr(first, name) for name in COMMON} | {"against": Path(first_ref) / AGAINST}
    hint = "run one of them again"
    for ref, run, against in others:
        problems += [
            wrong(ref, getattr(run, name), f"has other {name} than {first_ref}, which has {size[name]}", hint)
            for name in COMMON
            if getattr(run, name) != size[name]
        ]
        if baseline_key(run) != baseline_key(first):
            rule = f"is compared with another baseline than {first_ref}, or has other parameters"
            problems.append(wrong(ref, against.name, rule, hint))
    refused = {name: (options[name], size[name]) for name in COMMON if options.get(name, size[name]) != size[name]}
    if options.get("set"):
        refused["set"] = "", "their parameters"
    if options.get("against", ASKED) != ASKED:
        refused["against"] = options["against"], "their baseline"
    for name, (value, theirs) in refused.items():
        problems.append(wrong(f"--{name}", value, f"the runs in the folders have {theirs}", "leave it out"))
    return runs, size, problems
