"""Running a scenario and its baseline on the same draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.kept import opened, require_rows
from influence_sim.api.result import Result
from influence_sim.api.trajectories import rows_of, summary_of, trajectories
from influence_sim.base.arguments import takes
from influence_sim.base.errors import MachineError, machine_faults
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.manifest import RUN, Manifest
from influence_sim.runs.request import (
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

if TYPE_CHECKING:
    import pandas as pd


DIVIDED = 1_000
"""Replicates in which a difference is divided: more would tell the shares no better, and takes as long as the run."""


@takes
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
    with machine_faults(Path(request.scenario.name), "run"):
        check_worlds(request.theatre, request.assumptions, request.worlds)
        arms = tuple(trajectories(request, request.arms, workers=workers, progress=progress))
        summary = summary_of(request, arms)
        (tried,) = under_assumptions([request], [summary], request.told, workers)
        divided = _divided(request, workers) if request.against else None
    return Result(summary, tried, divided, arms, request=request)


def _divided(request: RunRequest, workers: int) -> pd.DataFrame:
    """What carries the differences of the outcomes that are told, over the first replicates if there are many."""
    from influence_sim.analysis.explain.division import divide, parts_of

    few = replace(request, replicates=min(request.replicates, DIVIDED))
    (gaps,) = divide([few], request.told, workers=workers)
    return parts_of(gaps[:, :, 0], request.told)


def read(folder: str | Path, request: RunRequest | None = None) -> Result:
    """Reads the folder of a run; the trajectories only when they are asked for.

    The table of assumptions is computed anew if it has other worlds than a request asks for.
    """
    import pandas as pd

    from influence_sim.analysis.decides import Hanging
    from influence_sim.analysis.explain.division import COLUMNS as PARTED
    from influence_sim.analysis.summary import COLUMNS, from_csv

    place, tried, divided = Path(folder), None, None
    about = opened(place, RUN, but=(TRAJECTORIES,))  # whose own checksums are verified when they are read
    said = about["manifest"]
    with machine_faults(place, "read"):
        summary = from_csv(place / SUMMARY, ("scenario", "outcome"), dates=("date",), needs=COLUMNS)
        arms = [arm["name"] for arm in (said["scenario"], said["against"]) if arm is not None]
        first = summary["date"].min() if len(summary) else pd.Timestamp(0)
        dates = pd.date_range(first, periods=said["arguments"]["months"], freq="MS", unit="ms")
        require_rows(place / SUMMARY, summary, scenario=arms, outcome=summary["outcome"].unique(), date=dates)
        if DIVISION in said["files"]:  # an older folder has none
            divided = from_csv(place / DIVISION, PARTED[:2], needs=PARTED)
        if ASSUMPTIONS in said["files"]:
            texts, counts = (
                ("outcome", "worlds", "error", "parameter", "together", "note"),
                ("points", "failed", "needed"),
            )
            needs = ("outcome", "points", "share_same_sign", "share_zero")
            tried = from_csv(place / ASSUMPTIONS, texts, flags=("stands_out",), counts=counts, needs=needs)
            told = [name for name in dict.fromkeys(tried["outcome"]) if name in set(summary["outcome"])]
            require_rows(place / ASSUMPTIONS, tried, outcome=told)
            # Once there were only worlds of the prior, and what an answer hangs on was told by rank correlation.
            older: dict[str, Any] = {"worlds": PRIOR, "failed": 0, "error": "", **Hanging()._asdict()}
            for name in (name for name in older if name not in tried):
                tried[name] = older[name]
    if request is not None and not _as_asked(request, tried):
        (tried,) = under_assumptions([request], [summary], request.told)
    return Result(summary, tried, divided, **about)


def _as_asked(request: RunRequest, tried: pd.DataFrame | None) -> bool:
    """Whether a table of assumptions is over the worlds that a request asks for."""
    from influence_sim.analysis.worlds import drawn

    if tried is None or not request.assumptions:
        return tried is None and not request.assumptions
    found = int(tried[["points", "failed"]].iloc[0].sum()), str(tried["worlds"].iloc[0]), PRIOR_SHARE in tried
    which = drawn(request.theatre, request.worlds)
    return found == (request.assumptions, which, request.worlds == BOTH and which == PLAUSIBLE)


def again(
    folder: Path, manifest: Manifest, *, workers: int = 1, progress: Progress | None = None
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Runs a folder's request again; row group by row group, so that the old numbers are never in memory as a whole."""
    from influence_sim.runs.store import KEYS, read_groups

    request = read_request(folder, manifest, load_theatre())
    computed = trajectories(request, request.arms, workers=workers, progress=progress)
    keys, stored = list(KEYS), read_groups(folder / TRAJECTORIES)
    for old, new in zip_longest(stored, rows_of(request, computed)):
        if old is None or new is None or not old.select(keys).equals(new.select(keys)):
            raise MachineError(f"{folder / TRAJECTORIES}: damaged (its rows are not those of its manifest)")
        yield old.drop_columns(keys).to_pandas(), new.drop_columns(keys).to_pandas()


def check_worlds(theatre: Theatre, count: int, worlds: str) -> None:
    """Refuses more plausible worlds than there are, before anything is computed (`InputError`)."""
    if count and worlds != PRIOR:
        from influence_sim.analysis.worlds import plausible

        plausible(theatre, count)


def under_assumptions(
    requests: Sequence[RunRequest], summaries: Sequence[pd.DataFrame], outcomes: Collection[str], workers: int = 1
) -> list[pd.DataFrame | None]:
    """Compares the arms of requests again in other worlds; each baseline is run once there, too.

    The requests have two arms each, and equal seed, length and worlds; the summaries are what they gave. Of
    each it returns a table as `analysis.priors.over_priors` does, of differences in the last month; None with 0 points.
    If both kinds of worlds are asked for, it is of the plausible ones, and `prior_share` the share with the same sign
    of as many worlds all over the prior ranges.
    """
    found: list[pd.DataFrame | None] = [None] * len(requests)
    if not requests[0].assumptions:
        return found
    if requests[0].worlds == BOTH:
        one, other = (
            under_assumptions([replace(request, worlds=worlds) for request in requests], summaries, outcomes, workers)
            for worlds in (PLAUSIBLE, PRIOR)
        )
        for table, prior in zip(one, other, strict=True):
            if table is not None and prior is not None and table["worlds"].iloc[0] != PRIOR:
                table[PRIOR_SHARE] = prior["share_same_sign"]
        return one
    from influence_sim.analysis.priors import over_priors

    for key in dict.fromkeys(map(baseline_key, requests)):
        members = [index for index, request in enumerate(requests) if baseline_key(request) == key]
        first, arms, mains = requests[members[0]], [requests[index].arms[0] for index in members], []
        for index in members:
            last = summaries[index][summaries[index]["date"] == summaries[index]["date"].max()]
            own = last[last["scenario"] == requests[index].scenario.name].set_index("outcome")["diff"]
            mains.append({name: float(own[name]) for name in outcomes})
        size: dict[str, Any] = {
            "points": first.assumptions,
            "seed": first.seed,
            "workers": workers,
            "worlds": first.worlds,
        }
        tables = over_priors(arms, first.arms[1], mains, fixed=first.parameters, **size)
        for index, tried in zip(members, tables, strict=True):
            found[index] = tried
    return found


def baseline_key(request: RunRequest) -> tuple[Any, ...]:
    """What two requests share whose baselines run alike."""
    return request.scenarios[1].digest(), tuple(request.parameters.items())
