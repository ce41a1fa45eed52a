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
    cleared,
    folder_lock,
    is_done,
    made,
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
    has_design,
    kept,
    notes_on,
    tables_of,
    write_design,
)
from influence_sim.runs.sweeps.request import DESIGN, Part, SweepRequest, of_shard
from influence_sim.scenario.study_schema import TRAJECTORIES

Shard = tuple[int, int]

SETTING_UP, MERGING = 30.0, 600.0
"""Seconds for which a shard waits until another one has set the folder up, or merged."""
ANEW = "written anew"
LONGEST = 40
"""Characters of a value that is told where two sweeps differ."""
_SHARD_LOCK = re.compile(r"\.shard-(\d+)-of-(\d+)\.lock")


@dataclass(frozen=True)
class SweepDone:
    """What became of a call of `run_sweep`."""

    folder: Path  # where the results are
    fresh: bool  # whether anything was written; False if the folder held the whole sweep
    points: int  # of the design
    computed: int  # points that were computed now, failed ones included
    reused: int  # points that were there; of a shard, both count its own points only
    failed: int  # points that could not be run; `failed.json` tells of them once all parts are there
    complete: bool  # whether all parts are there; False while other shards are missing
    missing: tuple[int, ...] = ()  # of a shard, the numbers of the others of its count that have points missing
    notes: tuple[str, ...] = ()  # what was found and mended, for the user


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
    """Runs a sweep, or one shard of it, into a folder; whatever interrupts it, `resume` goes on from there.

    The numbers and the bytes of `runs.parquet` depend on the request alone. A whole sweep holds the folder's lock from
    beginning to end. A shard holds a lock of its own, and the folder's only while it sets the folder up and while it
    merges: so the shards of one count work side by side, on one machine or on many, and nobody else with them.

    Takes and raises what `influence_sim.sweep` does. Of n shards, each runs only every n-th part, may share its folder
    with others, and goes on with what it finds there; the last one to end makes `runs.parquet`. If forced, old results
    stay until the new ones are whole: these are made in a draft, which is gone on with after an interruption, and only
    files that the old manifest lists are removed.
    """
    out = request.place(out)
    own = of_shard(request.parts, shard)
    report = progress or (lambda done, total: None)
    total, whole = sum(part.size for part in own), shard is None
    with machine_faults(out):
        recover(out)
        store = PartStore(out, request)
        complete = not force and is_done(out, request.digest, "" if resume else "--resume makes it anew")
        again = {part for part in own if store.failed([part])} if complete and resume else set()
        if complete and not again:
            return SweepDone(out, False, request.points, 0, total, len(store.failed(request.parts)), True)
        with made(out), ExitStack() as held:
            with ExitStack() as setting_up:
                lock = folder_lock(out, patience=0.0 if whole else SETTING_UP)
                (held if whole else setting_up).enter_context(lock)
                _refuse_other_shards(out, shard)
                if shard is not None:
                    held.enter_context(folder_lock(out, lock_name(shard)))
                place, notes = begin(out, request, resume=resume, shard=not whole, force=force)
                store = PartStore(place, request)
            try:
                store.clear(own)
                flaws = {part: RETRIED if part in again else store.flaw(part) for part in own}
                todo = [part for part, flaw in flaws.items() if flaw != FRESH]
                reused = done = total - sum(part.size for part in todo)
                report(done, total)
                for part, tables, failures in _computed(request, todo, executor, workers):
                    store.put(part, tables, failures)
                    done += part.size
                    report(done, total)
                with nullcontext() if whole else folder_lock(out, patience=MERGING):
                    complete = store.merge()
                    if place != out and (put_in_place(out) or not place.is_dir()):  # or another shard did so
                        complete, store = True, PartStore(out, request)
                    lost = len(store.failed(request.parts if complete else own))
                    count = 0 if complete or shard is None else shard[1]
                    shares = {number: of_shard(request.parts, (number, count)) for number in range(1, count + 1)}
                    missing = tuple(n for n, parts in shares.items() if not all(map(store.is_recorded, parts)))
            except BaseException as error:
                if whole:  # other shards may go on
                    with suppress(OSError, InputError):  # the disk may be the reason: then it goes on saying `running`
                        if place == out or not put_in_place(out):
                            begun = read_manifest(place)
                            write_manifest(place, begun.ended(begun.files, error))
                    if place != out and not any(map(store.is_recorded, own)):
                        cleared(place)
                raise
            notes += notes_on(flaws)
            return SweepDone(out, True, request.points, done - reused, reused, lost, complete, missing, tuple(notes))


def lock_name(shard: Shard) -> str:
    """The file that a shard locks."""
    return f".shard-{shard[0]}-of-{shard[1]}.lock"


def _refuse_other_shards(folder: Path, shard: Shard | None) -> None:
    """Refuses to work beside shards of another count, or as a whole beside any (`MachineError`)."""
    for entry in list(folder.iterdir()):
        found = _SHARD_LOCK.fullmatch(entry.name)
        if found and (shard is None or int(found[2]) != shard[1]):
            with folder_lock(folder, entry.name, held=f"shard {found[1]}/{found[2]} is writing there"):
                pass  # it is not


def begin(folder: Path, request: SweepRequest, *, resume: bool, shard: bool, force: bool) -> tuple[Path, list[str]]:
    """Makes a locked folder ready for a sweep, which may have begun there: `resume`, and each shard, goes on with it.

    Other shards are gone on with even if forced.

    Returns:
        Where the sweep goes: the folder, or its draft if other results stay there until this one is whole; and what to
        tell the user.

    Raises:
        InputError: the folder holds something else, or the sweep has begun and is not to be gone on with.
        MachineError: the design on the disk is another one, though everything that is asked for is the same.
    """
    old = readable_manifest(folder)
    joining = shard and (old is None or old.status != COMPLETE) if force else resume or shard
    require_own(folder, request.file_names)
    going_on = joining and _is_ours(folder, old, request)
    if not going_on:
        if not force and (folder / NAME).is_file():
            _refuse(folder, request)
        room_for(folder, request.digest, request.file_names, force=force)
        if (folder / NAME).is_file():
            require_own(folder, [f"{DRAFT}/{name}" for name in request.file_names])
            folder = folder / DRAFT
            old = readable_manifest(folder)
            going_on = _is_ours(folder, old, request)
            if not going_on:
                old = None
                cleared(folder).mkdir()
    return folder, _set_up(folder, request, old, going_on=going_on)


def _set_up(folder: Path, request: SweepRequest, old: Manifest | None, *, going_on: bool) -> list[str]:
    """Writes the manifest, the study and the design, as far as they are not there; returns what to tell the user."""
    notes, manifest = list[str](), request.manifest()
    if going_on:
        # What was made from its numbers goes, for they may change; and what stood there before, if that was not ended.
        figures = (path for path in folder.glob(f"{FIGURES}/*") if path.is_file())
        ours = [f"{FIGURES}/{path.name}" for path in figures if is_stamped(first_bytes(path, HEAD))]
        remove_listed(folder, ours if old is None else old.files.keys() - manifest.files.keys())
        notes += [] if old else [f"{NAME}: missing or damaged; {ANEW}"]
    if old is None or old.status != RUNNING or old.files.keys() != manifest.files.keys():
        write_manifest(folder, manifest)
    for name, data in request.inputs.items():
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            notes += [f"{name}: was changed; {ANEW}"] if os.path.lexists(path) else []
            replace_file(path, data)
    path = folder / DESIGN
    if path.is_file():
        try:
            same = has_design(folder, request)
        except MachineError:
            notes.append(f"{path.name}: damaged; {ANEW}")
        else:
            if same:
                return notes
            raise MachineError(f"{path}: these points differ from those made now; are SciPy and SALib as they were?")
    write_design(folder, request)
    return notes


def _is_ours(folder: Path, manifest: Manifest | None, request: SweepRequest) -> bool:
    """Whether a folder holds this sweep, by its manifest, or by its design where that is lost."""
    if manifest is not None:
        return manifest.kind == SWEEP and manifest.request == request.digest
    try:
        return has_design(folder, request)
    except MachineError:
        return False


def _refuse(folder: Path, request: SweepRequest) -> None:
    """Refuses a folder that is in use: by this sweep, which has begun, or by another (`InputError`)."""
    if readable_manifest(folder) is None and (folder / DESIGN).is_file():
        hint = "--resume makes it anew if the design is that of this study"
        raise InputError(wrong(folder, "", f"{NAME} is damaged", hint))
    old = read_manifest(folder)
    if old.kind != SWEEP:
        return  # `room_for` knows what to say of it
    if old.request == request.digest:
        rule, hint = f"this sweep has begun here ({old.status})", "--resume goes on with it"
    else:
        rule = f"this folder holds another sweep; it differs in {'; '.join(_differences(old, request))}"
        hint = "choose another folder, or replace it with --force"
    raise InputError(wrong(folder, "", rule, hint))


def _differences(old: Manifest, request: SweepRequest) -> Iterator[str]:
    """What differs between the sweep in a folder and the one that is asked for."""
    names = {"scenario": (old.scenario.get("name"), request.scenario.name)}
    if old.against is not None and request.against is not None:
        names["against"] = (old.against.get("name"), request.against.name)
    for name, mine in request.about["arguments"].items():
        theirs = old.arguments.get(name)
        if theirs == mine or name in {"points", "parts"}:  # these follow from the others
            continue
        before, after = names.get(name, (theirs, mine))
        short = all(not isinstance(value, list | dict) and len(str(value)) <= LONGEST for value in (before, after))
        shown = short and before != after
        yield name.replace("_", " ") + (f" ({before} there, {after} here)" if shown else "")


def _computed(
    request: SweepRequest, todo: Sequence[Part], executor: Executor | None, workers: int
) -> Iterator[tuple[Part, dict[str, pa.Table], list[dict[str, Any]]]]:
    """Computes parts; yields each as soon as all its points are there, with its tables and the points that failed."""
    jobs, paths = [job_of(request, part) for part in todo], [factor.path for factor in request.factors]
    blocks: list[Block[tuple[Floats, ...]]] = []
    failures: list[dict[str, Any]] = []
    with closing(run_points(jobs, workers=workers, executor=executor, recording=True)) as found:
        for item in found:
            part = todo[item.job]
            if item.error:
                point = part.start + item.points[0]
                values = dict(zip(paths, request.design[point].tolist(), strict=True))
                said = {"error": item.error, "traceback": item.traceback}
                failures.append({"point": point, "parameters": values, **said})
            else:
                blocks.append(item)
            if sum(len(block.points) for block in blocks) + len(failures) == part.size:
                yield part, tables_of(request, part, blocks), failures
                blocks, failures = [], []


def job_of(request: SweepRequest, part: Part) -> Job[tuple[Floats, ...]]:
    """What is run and kept of a part's points."""
    whole = request.keep == TRAJECTORIES
    return Job(
        arms=request.arms,
        seed=request.seed,
        replicates=request.replicates,
        read=partial(kept, steps=request.steps if whole else None),
        points=dict(zip((f.path for f in request.factors), request.design[part.start : part.stop].T, strict=True)),
        steps=None if whole else request.steps,
        outcomes=request.outcomes,
        first_only=frozenset(factor.path for factor in request.factors if factor.of_scenario),
    )
