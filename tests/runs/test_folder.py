"""Result folders: nothing half-written, nothing removed that is not ours, one writer at a time."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from influence_sim.api.folders import compute_into
from influence_sim.base.errors import InputError, MachineError
from influence_sim.base.files import file_hash
from influence_sim.runs.derived import add_derived
from influence_sim.runs.folder import Files, copy_folder, fill, folder_lock, read_whole
from influence_sim.runs.manifest import COMPLETE, FAILED, MAX_BYTES, RUNNING, read_manifest
from influence_sim.runs.request import RunRequest
from influence_sim.scenario.resolve import load_scenario

pytestmark = pytest.mark.usefixtures("blank_pages")
Write = Callable[..., bool]
Make = Callable[..., RunRequest]
FILES = [
    "against.yaml",
    "division.csv",
    "figures",
    "manifest.json",
    "scenario.yaml",
    "summary.csv",
    "trajectories.parquet",
]


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Time and hash of every file."""
    return {p.name: (p.stat().st_mtime_ns, file_hash(p)) for p in sorted(folder.rglob("*")) if p.is_file()}


def change_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def never() -> NoReturn:
    """What must not be computed."""
    raise AssertionError("computed")


def put(request: RunRequest, out: Path, compute: Callable[[], Files] = never, *, force: bool = False) -> bool:
    """Fills a folder with whatever is computed for a request."""
    return fill(out, request.manifest(), compute, force=force)


def words(request: RunRequest) -> Files:
    """Small files under the names of a request's."""
    return {name: name.encode() + b"PAR1" for name in request.file_names}  # as Parquet ends


def test_what_a_folder_holds(finished: Path, small: RunRequest) -> None:
    assert sorted(os.listdir(finished)) == FILES
    manifest = read_manifest(finished)
    assert manifest.status == COMPLETE
    assert manifest.request == small.digest
    assert manifest.seed == 1
    assert manifest.arguments["months"] == small.months
    assert manifest.finished is not None
    assert manifest.finished >= manifest.started
    assert {name: file_hash(finished / name) for name in manifest.files} == manifest.files
    for name, scenario in zip(("scenario.yaml", "against.yaml"), small.scenarios, strict=True):
        assert load_scenario(finished / name, small.theatre.vocabulary).digest() == scenario.digest()


def test_the_manifest_names_versions_but_no_home(finished: Path) -> None:
    text = (finished / "manifest.json").read_text()
    assert {"python", "numpy", "pandas", "mesa", "pyarrow"} <= set(json.loads(text)["versions"])
    assert json.loads(text)["schema_version"] == 1
    assert str(finished.parent) not in text
    assert str(Path.home()) not in text


def test_the_same_again_is_done_already_and_writes_nothing(done: Path, small: RunRequest) -> None:
    before = contents(done)
    assert put(small, done) is False
    assert contents(done) == before


def test_a_changed_file_is_not_taken_for_done(done: Path, small: RunRequest, write: Write) -> None:
    (done / "scenario.yaml").write_text("another")
    with pytest.raises(InputError, match=r"scenario\.yaml is missing or was changed"):
        put(small, done)
    assert write(small, done, force=True)
    assert sorted(os.listdir(done)) == FILES


def test_another_runs_results_are_refused_and_kept(done: Path, request_of: Make) -> None:
    before = contents(done)
    with pytest.raises(InputError, match=r"complete results of us_engages_taliban \(seed 1.*--force"):
        put(request_of(seed=2), done)
    assert contents(done) == before


def test_force_removes_only_what_the_manifest_lists(done: Path, request_of: Make) -> None:
    (done / "mine.txt").write_text("keep")
    add_derived(done, read_manifest(done).numbers, {"more.txt": b"ours"})
    other = request_of(seed=2)
    assert put(other, done, lambda: words(other), force=True)
    assert (done / "mine.txt").read_text() == "keep"
    assert not (done / "more.txt").exists()
    assert read_manifest(done).request == other.digest


def test_an_old_result_stays_until_the_new_one_is_whole(done: Path, request_of: Make) -> None:
    before, other = contents(done), request_of(seed=2)

    def interrupted(path: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(other, done, lambda: words(other) | {"summary.csv": interrupted}, force=True)
    assert contents(done) == before
    assert sorted(os.listdir(done)) == FILES


def is_whole(folder: Path) -> bool:
    """Whether a folder holds what its complete manifest says, and nothing else."""
    manifest = read_manifest(folder)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return (
        manifest.status == COMPLETE
        and {name: file_hash(folder / name) for name in manifest.files} == manifest.files
        and there == {*manifest.files, "manifest.json"}
    )


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("first", [False, True])
def test_whatever_interrupts_the_last_steps_leaves_the_old_or_the_new(
    *, when: str, first: bool, finished: Path, tmp_path: Path, request_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every single change of a name, before it or after it."""
    other, contents = request_of(seed=2), set()
    real = {name: getattr(os, name) for name in ("replace", "rename", "unlink")}
    for stop in range(100):
        folder, left = tmp_path / str(stop), [stop]
        if not first:
            shutil.copytree(finished, folder)

        def interrupted(name: str, *args: Any, left: list[int] = left, **more: Any) -> None:
            left[0] -= 1
            if left[0] == -1 and when == "before":
                raise KeyboardInterrupt
            try:
                real[name](*args, **more)
            finally:
                if left[0] == -1:
                    raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(os, name, partial(interrupted, name))
            if put_or_interrupted(other, folder):
                break
        if folder.exists() and read_manifest(folder).status == FAILED:
            assert first
            assert os.listdir(folder) == ["manifest.json"]
        elif folder.exists():
            assert is_whole(folder), stop
            contents.add(read_manifest(folder).request)
        assert put(other, folder, lambda: words(other), force=True)
        assert is_whole(folder)
    assert stop > len(other.file_names)
    assert contents == ({other.digest} if first else {other.digest, read_manifest(finished).request})


def put_or_interrupted(request: RunRequest, folder: Path) -> bool:
    """Whether it came to its end."""
    try:
        return put(request, folder, lambda: words(request), force=True)
    except KeyboardInterrupt:
        return False


def test_what_a_killed_process_had_begun_to_put_in_place_is_ended(
    done: Path, request_of: Make, small: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, real = request_of(seed=2), os.replace

    def killed(source: Path, target: Path) -> None:
        if Path(target).name == "summary.csv":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(MachineError, match="input/output error"):
            put(other, done, lambda: words(other), force=True)
    assert read_manifest(done).status == RUNNING
    assert put(other, done) is False
    assert is_whole(done)
    assert put(small, done, lambda: words(small), force=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_other_things_is_never_touched(tmp_path: Path, small: RunRequest, force: bool) -> None:
    (tmp_path / "trajectories.parquet").write_text("a letter")
    with pytest.raises(InputError, match="holds other files and no results"):
        put(small, tmp_path, force=force)
    assert os.listdir(tmp_path) == ["trajectories.parquet"]


def test_a_file_that_no_manifest_lists_is_not_overwritten(done: Path, request_of: Make) -> None:
    listed = dict(read_manifest(done).files)
    del listed["scenario.yaml"]
    change_manifest(done, files=listed)
    with pytest.raises(InputError, match=r"scenario\.yaml stands there and no manifest lists it"):
        put(request_of(seed=2), done, force=True)


def test_force_does_not_follow_a_link_out_of_the_folder(done: Path, request_of: Make, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.png").write_text("keep")
    (done / "figures" / "headline.png").unlink()
    (done / "figures").rmdir()
    (done / "figures").symlink_to(outside)
    change_manifest(done, files={"figures/x.png": "0"})
    with pytest.raises(InputError, match="leads out of the folder"):
        put(request_of(seed=2), done, force=True)
    assert (outside / "x.png").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "c:x", "a\\x", "manifest.json", ""])
def test_a_manifest_that_names_files_elsewhere_is_refused(done: Path, name: str) -> None:
    change_manifest(done, files={name: "0"})
    with pytest.raises(InputError, match="not a manifest of influence-sim, or damaged"):
        read_manifest(done)


def test_a_manifest_that_is_too_long_is_not_read_to_its_end(done: Path) -> None:
    path = done / "manifest.json"
    path.write_bytes(b" " * MAX_BYTES + path.read_bytes())  # which JSON allows
    with pytest.raises(InputError, match="not a manifest of influence-sim, or damaged"):
        read_manifest(done)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[" * 100_000, '{"schema_version": 2}', "\0", '{"tool": 1}'])
def test_a_manifest_of_anything_else_is_refused(tmp_path: Path, small: RunRequest, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="not a manifest of influence-sim, or damaged"):
        put(small, tmp_path, force=True)
    assert os.listdir(tmp_path) == ["manifest.json"]


@pytest.mark.parametrize("status", [RUNNING, FAILED])
def test_what_was_interrupted_is_replaced_by_the_same_request(
    done: Path, small: RunRequest, request_of: Make, status: str
) -> None:
    change_manifest(done, status=status)
    (done / ".draft").mkdir()  # as a process that is killed leaves it
    (done / ".draft" / "summary.csv").write_text("half")
    with pytest.raises(InputError, match=f"{status} results"):
        put(request_of(seed=2), done)
    assert put(small, done, lambda: words(small))
    assert read_manifest(done).status == COMPLETE
    assert sorted(os.listdir(done)) == FILES


def test_a_run_that_fails_leaves_only_a_manifest_that_says_so(tmp_path: Path, small: RunRequest) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")

    with pytest.raises(MachineError, match=r"out: cannot be written \(no space left on device\)"):
        put(small, tmp_path / "out", lambda: words(small) | {"summary.csv": fail})
    assert os.listdir(tmp_path / "out") == ["manifest.json"]
    manifest = read_manifest(tmp_path / "out")
    assert manifest.status == FAILED
    assert "No space left" in manifest.error
    assert put(small, tmp_path / "out", lambda: words(small))


def test_a_manifest_says_running_while_it_runs(tmp_path: Path, small: RunRequest, write: Write) -> None:
    seen = []

    def look(done: int, total: int) -> None:
        seen.append((read_manifest(tmp_path).status, set(read_manifest(tmp_path).files)))

    write(small, tmp_path, progress=look)
    assert seen[0] == (RUNNING, set(small.file_names))


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_full_disk_is_told_shortly(tmp_path: Path, small: RunRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def full(path: Path, *args: Any, **more: Any) -> Any:
        device = path.name == "trajectories.parquet"
        return open("/dev/full", "wb", buffering=0) if device else real(path, *args, **more)

    monkeypatch.setattr(Path, "open", full)
    done = compute_into(small, tmp_path / "out")
    assert done.folder is None
    assert str(done.error).endswith("out: cannot be written (no space left on device)")
    assert os.listdir(tmp_path / "out") == ["manifest.json"]


def test_nothing_is_left_where_no_manifest_could_be_written(
    tmp_path: Path, small: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("influence_sim.runs.folder.write_manifest", refuse)
    with pytest.raises(MachineError, match="permission denied"):
        put(small, tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_a_file_where_the_folder_should_be(tmp_path: Path, small: RunRequest) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MachineError, match="cannot be written"):
        put(small, tmp_path / "file" / "out")
    with pytest.raises(InputError, match="this is not a folder"):
        put(small, tmp_path / "file")


HOLDER = """
import sys, time
from pathlib import Path
from influence_sim.runs.folder import folder_lock
with folder_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_writers_are_kept_apart_and_the_lock_dies_with_its_holder(tmp_path: Path, small: RunRequest) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(MachineError, match="another process is writing there"):
        put(small, tmp_path)
    holder.kill()
    holder.communicate()
    assert put(small, tmp_path, lambda: words(small))
    assert sorted(os.listdir(tmp_path)) == FILES


def test_a_lock_taken_on_a_removed_file_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock._native import _unix

    real, calls = _unix.lock_fd_nonblocking, []

    def taken_just_after_release(descriptor: int) -> bool:
        if not calls:
            (tmp_path / ".lock").unlink()  # as the former holder does
        calls.append(descriptor)
        return real(descriptor)

    monkeypatch.setattr(_unix, "lock_fd_nonblocking", taken_just_after_release)
    with folder_lock(tmp_path, patience=5):
        assert (tmp_path / ".lock").exists()
        assert len(calls) == 2
    assert os.listdir(tmp_path) == []


def test_figures_added_later_are_listed(done: Path) -> None:
    numbers = read_manifest(done).numbers
    add_derived(done, numbers, {"figures/more.png": b"png"})
    manifest = read_manifest(done)
    assert manifest.files["figures/more.png"] == file_hash(done / "figures" / "more.png")
    assert manifest.derived["figures/more.png"] == manifest.numbers == numbers
    with pytest.raises(InputError, match="leads out of the folder"):
        add_derived(done, numbers, {"../elsewhere.png": b"png"})
    with pytest.raises(MachineError, match="was replaced meanwhile"):
        add_derived(done, "0" * 64, {"figures/more.png": b"other"})
    change_manifest(done, status=FAILED)
    with pytest.raises(InputError, match="not complete"):
        add_derived(done, numbers, {})


@pytest.mark.parametrize("name", ["replace", "unlink", "fsync", "mkdir"])
def test_figures_that_are_interrupted_leave_the_numbers_whole_and_no_stranger(
    name: str, done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, real = read_manifest(done).numbers, getattr(os, name)
    add_derived(done, numbers, {"figures/more.png": b"old"})
    for stop in range(20):
        left = [stop]

        def interrupted(*args: Any, left: list[int] = left, **more: Any) -> None:
            left[0] -= 1
            if left[0] == -1:
                raise KeyboardInterrupt
            real(*args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(os, name, interrupted)
            try:
                add_derived(done, numbers, {"figures/more.png": b"new", "figures/new/one.png": b"one"})
                break
            except KeyboardInterrupt:
                pass
        manifest = read_whole(done)
        assert manifest.numbers == numbers
        assert (done / "figures/more.png").read_bytes() in {b"old", b"new"}
        there = {path.relative_to(done).as_posix() for path in done.rglob("*.png")}
        assert there <= set(manifest.files)
        add_derived(done, numbers, {"figures/more.png": b"old"})
        assert not list(done.rglob(".*"))
    assert left[0] >= 0
    assert is_whole(done)


def test_a_copy_is_whole_or_not_there(done: Path, tmp_path: Path) -> None:
    assert copy_folder(done, tmp_path / "copy")
    assert {k: v[1] for k, v in contents(done).items() if k != "manifest.json"} == {
        k: v[1] for k, v in contents(tmp_path / "copy").items() if k != "manifest.json"
    }
    assert copy_folder(done, tmp_path / "copy") is False
    (done / "summary.csv").write_text("changed")
    with pytest.raises(MachineError, match=r"summary\.csv: changed since it was written"):
        copy_folder(done, tmp_path / "second")
    assert os.listdir(tmp_path / "second") == ["manifest.json"]
