"""One sweep into one folder: the design first, then part by part, then the table made of the parts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from influence_sim.base.errors import InputError, MachineError, machine_faults, wrong
from influence_sim.base.files import HEAD, first_bytes, is_stamped, replace_file, require_own
from influence_sim.base.numbers import Floats
from influence_sim.base.progress import Progress
from influence_sim.runs.folder import (
    DRAFT,
    FIGURES,
    clear,
    folder_lock,
    is_done,
    making,
    put_in_place,
    readable_manifest,
    recover,
    remove_listed,
    room_for,
)
from influence_sim.runs.manifest import COMPLETE, NAME, RUNNING, SWEEP, Manifest, read_manifest, write_manifest
from influence_sim.runs.points import Block, Job, run_points
from influence_sim.runs.sweeps.parts import (
    FRESH,
    RETRIED,
    PartStore,
    describe_flaws,
    design_table,
    has_design,
    reduce_runs,
    tables_of,
    to_parquet,
)
from influence_sim.runs.sweeps.request import DESIGN, Part, SweepRequest, of_shard
from influence_sim.scenario.study_schema import TRAJECTORIES

Shard = tuple[int, int]

SETTING_UP, MERGING = 30.0, 600.0
"""Seconds that a shard waits for another one to set up the folder, or to merge."""
REWRITTEN = "written anew"
MAX_VALUE = 40
"""Longest value, in characters, that an error gives where two sweeps differ."""
_SHARD_LOCK = re.compile(r"\.shard-(\d+)-of-(\d+)\.lock")


@dataclass(frozen=True)
class SweepDone:
    """The result of `run_sweep`."""

    folder: Path  # where the results are
    fresh: bool  # whether anything was written; False if the folder held the whole sweep
    points: int  # of the design
    computed: int  # points computed by this call, including failed ones
    reused: int  # points that were there already; of a shard, both count its own points only
    failed: int  # points that failed; `failed.json` lists them once all parts are there
    complete: bool  # whether all parts are there; False while other shards are missing
    missing: tuple[int, ...] = ()  # of a shard, the numbers of the others of its count that have points missing
    notes: tuple[str, ...] = ()  # what was found and repaired, for the user


def run_sweep(
    request: SweepRequest,
    out: Path | None = None,
    *,
    executor: Executor | None = None,
    workers: int = 1,
    shard: Shard | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> SweepDone:
    """Runs a sweep, or one shard of it, into a folder; after any interruption `resume` continues it.

    The numbers and the bytes of `runs.parquet` depend on the request alone. A whole sweep holds the folder's lock from
    beginning to end. A shard holds a lock of its own, and the folder's only while it sets up the folder and while it
    merges: so shards of one count can work at the same time, on one machine or many, but nothing else can.

    Takes and raises what `influence_sim.sweep` does. Of n shards, each runs only every n-th part, may share its folder
    with others, and continues what it finds there; the last one to end makes `runs.parquet`. With `force`, old results
    stay until the new ones are whole: these are made in a draft, which is continued after an interruption, and only
    files that the old manifest lists are removed.
    """
    out = request.place(out)
    parts = of_shard(request.parts, shard)
    report = progress or (lambda done, total: None)
    total, unsharded = sum(part.size for part in parts), shard is None
    with machine_faults(out):
        recover(out)
        store = PartStore(out, request)
        complete = not force and is_done(out, request.digest, "" if resume else "--resume makes it anew")
        retried = {part for part in parts if store.failed([part])} if complete and resume else set()
        if complete and not retried:
            return SweepDone(out, False, request.points, 0, total, len(store.failed(request.parts)), True)
        with making(out), ExitStack() as locks:
            with ExitStack() as setup_locks:
                lock = folder_lock(out, patience=0.0 if unsharded else SETTING_UP)
                (locks if unsharded else setup_locks).enter_context(lock)
                _refuse_other_shards(out, shard)
                if shard is not None:
                    locks.enter_context(folder_lock(out, lock_name(shard)))
                target, notes = prepare(out, request, resume=resume, shard=not unsharded, force=force)
                store = PartStore(target, request)
            try:
                store.clear(parts)
                flaws = {part: RETRIED if part in retried else store.flaw(part) for part in parts}
                todo = [part for part, flaw in flaws.items() if flaw != FRESH]
                reused = done = total - sum(part.size for part in todo)
                report(done, total)
                for part, tables, failures in _compute(request, todo, executor, workers):
                    store.put(part, tables, failures)
                    done += part.size
                    report(done, total)
                with nullcontext() if unsharded else folder_lock(out, patience=MERGING):
                    complete = store.merge()
                    if target != out and (put_in_place(out) or not target.is_dir()):  # or another shard did so
                        complete, store = True, PartStore(out, request)
                    failed = len(store.failed(request.parts if complete else parts))
                    count = 0 if complete or shard is None else shard[1]
                    shares = {number: of_shard(request.parts, (number, count)) for number in range(1, count + 1)}
                    missing = tuple(n for n, others in shares.items() if not all(map(store.is_recorded, others)))
            except BaseException as error:
                if unsharded:  # other shards may go on
                    with suppress(OSError, InputError):  # the disk may be the reason: then it still says `running`
                        if target == out or not put_in_place(out):
                            manifest = read_manifest(target)
                            write_manifest(target, manifest.finish(manifest.files, error))
                    if target != out and not any(map(store.is_recorded, parts)):
                        clear(target)
                raise
            notes += describe_flaws(flaws)
            return SweepDone(out, True, request.points, done - reused, reused, failed, complete, missing, tuple(notes))


def lock_name(shard: Shard) -> str:
    """The lock file of a shard."""
    return f".shard-{shard[0]}-of-{shard[1]}.lock"


def _refuse_other_shards(folder: Path, shard: Shard | None) -> None:
    """Refuses to run while shards of another count, or, for a whole sweep, any shards are running (`MachineError`)."""
    for entry in list(folder.iterdir()):
        match = _SHARD_LOCK.fullmatch(entry.name)
        if match and (shard is None or int(match[2]) != shard[1]):
            with folder_lock(folder, entry.name, busy=f"shard {match[1]}/{match[2]} is writing there"):
                pass  # it is not


def prepare(folder: Path, request: SweepRequest, *, resume: bool, shard: bool, force: bool) -> tuple[Path, list[str]]:
    """Prepares a locked folder for a sweep; `resume`, and each shard, continues one that has begun there.

    With `force` a shard still continues what other shards have begun.

    Returns:
        The target of the sweep: the folder, or its draft if other results stay until this one is whole; and notes for
        the user.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be resumed.
        MachineError: the design on the disk differs, though the request is the same.
    """
    old = readable_manifest(folder)
    may_resume = shard and (old is None or old.status != COMPLETE) if force else resume or shard
    require_own(folder, request.file_names)
    resumes = may_resume and _is_ours(folder, old, request)
    if not resumes:
        if not force and (folder / NAME).is_file():
            _refuse_in_use(folder, request)
        room_for(folder, request.digest, request.file_names, force=force)
        if (folder / NAME).is_file():
            require_own(folder, [f"{DRAFT}/{name}" for name in request.file_names])
            folder = folder / DRAFT
            old = readable_manifest(folder)
            resumes = _is_ours(folder, old, request)
            if not resumes:
                old = None
                clear(folder).mkdir()
    return folder, _set_up(folder, request, old, resumes=resumes)


def _set_up(folder: Path, request: SweepRequest, old: Manifest | None, *, resumes: bool) -> list[str]:
    """Writes the manifest, the study and the design if they are missing or changed; returns notes for the user."""
    notes, manifest = list[str](), request.manifest()
    if resumes:
        # Derived files are removed, as the numbers may change; and earlier results whose removal was interrupted.
        figures = (path for path in folder.glob(f"{FIGURES}/*") if path.is_file())
        names = [f"{FIGURES}/{path.name}" for path in figures if is_stamped(first_bytes(path, HEAD))]
        remove_listed(folder, names if old is None else old.files.keys() - manifest.files.keys())
        notes += [] if old else [f"{NAME}: missing or damaged; {REWRITTEN}"]
    if old is None or old.status != RUNNING or old.files.keys() != manifest.files.keys():
        write_manifest(folder, manifest)
    for name, data in request.inputs.items():
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            notes += [f"{name}: was changed; {REWRITTEN}"] if os.path.lexists(path) else []
            replace_file(path, data)
    path = folder / DESIGN
    if path.is_file():
        try:
            same = has_design(folder, request)
        except MachineError:
            notes.append(f"{path.name}: damaged; {REWRITTEN}")
        else:
            if same:
                return notes
            raise MachineError(f"{path}: these points differ from those made now; are SciPy and SALib as they were?")
    replace_file(path, to_parquet(design_table(request)))
    return notes


def _is_ours(folder: Path, manifest: Manifest | None, request: SweepRequest) -> bool:
    """Whether a folder holds this sweep, by its manifest, or by its design if the manifest is lost."""
    if manifest is not None:
        return manifest.kind == SWEEP and manifest.request == request.digest
    try:
        return has_design(folder, request)
    except MachineError:
        return False


def _refuse_in_use(folder: Path, request: SweepRequest) -> None:
    """Refuses a folder in which this sweep has begun, or that holds another one (`InputError`)."""
    if readable_manifest(folder) is None and (folder / DESIGN).is_file():
        hint = "--resume makes it anew if the design is that of this study"
        raise InputError(wrong(folder, "", f"{NAME} is damaged", hint))
    old = read_manifest(folder)
    if old.kind != SWEEP:
        return  # `room_for` reports it
    if old.request == request.digest:
        rule, hint = "this sweep has begun here and has not ended", "--resume goes on with it"
    else:
        rule = f"this folder holds another sweep; it differs in {'; '.join(_differences(old, request))}"
        hint = "choose another folder, or replace it with --force"
    raise InputError(wrong(folder, "", rule, hint))


def _differences(old: Manifest, request: SweepRequest) -> Iterator[str]:
    """The differences between the sweep in a folder and the requested one."""
    names = {"scenario": (old.scenario.get("name"), request.scenario.name)}
    if old.against is not None and request.against is not None:
        names["against"] = (old.against.get("name"), request.against.name)
    for name, new_value in request.about["arguments"].items():
        old_value = old.arguments.get(name)
        if old_value == new_value or name in {"points", "parts"}:  # these follow from the others
            continue
        there, here = names.get(name, (old_value, new_value))
        short = all(not isinstance(value, list | dict) and len(str(value)) <= MAX_VALUE for value in (there, here))
        show = short and there != here
        yield name.replace("_", " ") + (f" ({there} there, {here} here)" if show else "")


def _compute(
    request: SweepRequest, todo: Sequence[Part], executor: Executor | None, workers: int
) -> Iterator[tuple[Part, dict[str, pa.Table], list[dict[str, Any]]]]:
    """Computes parts; yields each as soon as all its points are there, with its tables and the points that failed."""
    jobs, paths = [job_of(request, part) for part in todo], [factor.path for factor in request.factors]
    blocks: list[Block[tuple[Floats, ...]]] = []
    failures: list[dict[str, Any]] = []
    with closing(run_points(jobs, workers=workers, executor=executor, recording=True)) as results:
        for block in results:
            part = todo[block.job]
            if block.error:
                point = part.start + block.points[0]
                values = dict(zip(paths, request.design[point].tolist(), strict=True))
                cause = {"error": block.error, "traceback": block.traceback}
                failures.append({"point": point, "parameters": values, **cause})
            else:
                blocks.append(block)
            if sum(len(other.points) for other in blocks) + len(failures) == part.size:
                yield part, tables_of(request, part, blocks), failures
                blocks, failures = [], []


def job_of(request: SweepRequest, part: Part) -> Job[tuple[Floats, ...]]:
    """The job that computes a part."""
    keep_all = request.keep == TRAJECTORIES
    return Job(
        arms=request.arms,
        seed=request.seed,
        replicates=request.replicates,
        read=partial(reduce_runs, steps=request.steps if keep_all else None),
        points=dict(zip((f.path for f in request.factors), request.design[part.start : part.stop].T, strict=True)),
        steps=None if keep_all else request.steps,
        outcomes=request.outcomes,
        first_only=frozenset(factor.path for factor in request.factors if factor.of_scenario),
    )
