"""One sweep into one folder: the design first, then part by part, then the table made of the parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.faults import machine_faults
from influence_sim.runs.folder import made, require_folder, without_home
from influence_sim.runs.manifest import (
    COMPLETE,
    FAILED,
    Manifest,
    file_hash,
    now,
    read_manifest,
    write_manifest,
)
from influence_sim.runs.sweeps.crew import crew_of
from influence_sim.runs.sweeps.dispatch import Dispatch, Work
from influence_sim.runs.sweeps.locks import Merging, Shard, claimed
from influence_sim.runs.sweeps.merging import merge
from influence_sim.runs.sweeps.parts import FRESH, Shelf, notes_on
from influence_sim.runs.sweeps.recipe import Part, of_shard, parts_of, recipe_of
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.runs.sweeps.standing import finished, set_up
from influence_sim.runs.sweeps.tables import DESIGN, read_design, read_runs
from influence_sim.runs.sweeps.work import compute, pack
from influence_sim.runs.workers import get_ready

__all__ = ["SweepDone", "read_design", "read_runs", "run_sweep"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SweepDone:
    """What became of a call of `run_sweep`.

    Attributes:
        folder: where the results are.
        fresh: whether anything was written; False if the folder held the whole sweep.
        points: of the design.
        computed: points that were computed now, failed ones included.
        reused: points that were there; of a shard, both count its own points only.
        failed: points that could not be run; `failed.json` tells of them once all parts are there.
        complete: whether all parts are there; False while other shards are missing.
        notes: what was found and mended, for the user.
    """

    folder: Path
    fresh: bool
    points: int
    computed: int
    reused: int
    failed: int
    complete: bool
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Job:
    """One call of `run_sweep`.

    Attributes:
        shelf: the folder.
        parts: all parts.
        own: those of the shard.
        notes: what to tell.
    """

    shelf: Shelf
    parts: Sequence[Part]
    own: Sequence[Part]
    notes: list[str] = field(default_factory=list)


def run_sweep(
    request: SweepRequest,
    out: Path,
    *,
    executor: Executor | None = None,
    workers: int = 1,
    shard: Shard | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    part_points: int | None = None,
    work: Work = compute,
) -> SweepDone:
    """Runs a sweep, or one shard of it, into a folder; whatever interrupts it, `resume` goes on from there.

    The numbers and the bytes of `runs.parquet` depend on the request alone.

    Args:
        request: the sweep.
        out: the folder.
        executor: anything of `concurrent.futures` whose workers can import this package; stays open.
        workers: processes to start if there is no `executor`; with one, all is done in this process.
        shard: number, from 1, and count: only every so manieth part is run. Shards may share a folder. All go
            on with what they find. The last one to end makes `runs.parquet`.
        resume: run only what is missing or damaged.
        force: replace what another request left; only files that the folder's manifest lists are removed.
        progress: told of points done and points to do.
        part_points: most points a part, for tests.
        work: what workers do with points, for tests.

    Raises:
        InputError: the folder holds something else, or this sweep has begun there and `resume` is not given.
        MachineError: another process writes there, workers cannot be had, or disk, permissions or memory fail.
    """
    parts = parts_of(request, part_points)
    job = Job(Shelf(out, request), parts, parts if shard is None else of_shard(parts, _checked(shard)))
    require_folder(out)
    with machine_faults(out):
        manifest = None if force else finished(job.shelf, resume=resume)
        if manifest is not None:
            return _found(job, manifest)
        if executor is None and workers > 1:
            get_ready()  # workers import the model while the design is made
        with made(out), claimed(out, shard, lambda: _set_up(job, force, resume or shard is not None)) as merging:
            dispatched = _Dispatched(executor, workers, progress, work)
            with _failure_told(out, whole=shard is None):
                return _run(job, dispatched, merging)


@dataclass(frozen=True, slots=True)
class _Dispatched:
    """How the work is done."""

    executor: Executor | None
    workers: int
    progress: Progress | None
    work: Work


def _checked(shard: Shard) -> Shard:
    """A shard that exists.

    Raises:
        InputError: it does not.
    """
    number, count = shard
    if not 1 <= number <= count:
        rule = "a shard is its number, from 1, and their count, as in 3/8"
        raise InputError(Problem("--shard", None, None, f"{number}/{count}", rule))
    return shard


def _set_up(job: Job, force: bool, joining: bool) -> None:
    job.notes += set_up(job.shelf, job.parts, force=force, joining=joining)


def _found(job: Job, manifest: Manifest) -> SweepDone:
    """A folder that holds everything already."""
    points = sum(part.size for part in job.own)
    failed = _failed(job.shelf, job.parts)
    return SweepDone(job.shelf.folder, False, job.shelf.request.points, 0, points, failed, True)


def _run(job: Job, how: _Dispatched, merging: Merging) -> SweepDone:
    job.shelf.clear(job.own)
    flaws = {part: job.shelf.flaw(part) for part in job.own}
    job.notes += notes_on(flaws)
    todo = [part for part, flaw in flaws.items() if flaw != FRESH]
    reused = sum(part.size for part, flaw in flaws.items() if flaw == FRESH)
    computed = _compute(job, todo, reused, how)
    with merging():
        complete = _merge(job)
    failed = _failed(job.shelf, job.parts if complete else job.own)
    points = job.shelf.request.points
    return SweepDone(job.shelf.folder, True, points, computed, reused, failed, complete, tuple(job.notes))


def _compute(job: Job, todo: Sequence[Part], reused: int, how: _Dispatched) -> int:
    """Computes and writes parts; how many points that were."""
    request = job.shelf.request
    done, total = 0, reused + sum(part.size for part in todo)
    report = how.progress or (lambda done, total: None)
    report(reused, total)
    if not todo:
        return 0
    with crew_of(how.executor, min(how.workers, len(todo))) as crew:
        run = Dispatch(crew, pack(recipe_of(request)), request.design(), how.work).run(todo)
        with closing(run):
            for part, computed in run:
                job.shelf.put(part, computed)
                done += part.size
                report(reused + done, total)
    return done


def _merge(job: Job) -> bool:
    """Makes the table of the whole, and says that the sweep is complete; False while parts are missing."""
    if not all(job.shelf.is_recorded(part) for part in job.parts):
        return False
    folder = job.shelf.folder
    files = merge(job.shelf, job.parts)
    own = {name: file_hash(folder / name) for name in (*job.shelf.request.files(), DESIGN)}
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, status=COMPLETE, finished=now(), files=own | files, error=""))
    return True


@contextmanager
def _failure_told(folder: Path, *, whole: bool) -> Iterator[None]:
    """Says in the manifest why a sweep ended early; its parts stay. Of a shard it says nothing: others go on."""
    try:
        yield
    except BaseException as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        if whole:
            with suppress(OSError, InputError):  # the disk may be the reason: then it goes on saying `running`
                manifest = read_manifest(folder)
                told = replace(manifest, status=FAILED, finished=now(), error=without_home(reason))
                write_manifest(folder, told)
        raise


def _failed(shelf: Shelf, parts: Sequence[Part]) -> int:
    records = (shelf.record(part) for part in parts)
    return sum(len(record.failed) for record in records if record is not None)
