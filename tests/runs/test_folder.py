"""Result folders: nothing half-written, nothing removed that is not ours, one writer at a time."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from influence_sim.base.errors import InputError, MachineError
from influence_sim.runs import lock
from influence_sim.runs.ensemble import collect
from influence_sim.runs.execution import Extras, copy_run, execute
from influence_sim.runs.folder import record_files
from influence_sim.runs.lock import folder_lock
from influence_sim.runs.manifest import COMPLETE, FAILED, RUNNING, file_hash, read_manifest
from influence_sim.runs.request import RunRequest
from influence_sim.scenario import load_scenario

Write = Callable[..., bool]
Make = Callable[..., RunRequest]
FILES = ["against.yaml", "manifest.json", "scenario.yaml", "trajectories.parquet"]


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Time and hash of every file."""
    return {p.name: (p.stat().st_mtime_ns, file_hash(p)) for p in sorted(folder.rglob("*")) if p.is_file()}


def change_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def never() -> Iterator[Any]:
    """Arms that must not be computed."""
    raise AssertionError("computed")
    yield


def test_what_a_folder_holds(done: Path, small: RunRequest) -> None:
    assert sorted(os.listdir(done)) == sorted([*FILES, "note.txt"])
    manifest = read_manifest(done)
    assert manifest.status == COMPLETE
    assert manifest.request == small.digest
    assert manifest.seed == 1
    assert manifest.arguments["months"] == small.months
    assert manifest.finished is not None
    assert manifest.finished >= manifest.started
    assert {name: file_hash(done / name) for name in manifest.files} == manifest.files
    assert (done / "note.txt").read_text() == "2 arms"
    for name, scenario in zip(("scenario.yaml", "against.yaml"), small.scenarios, strict=True):
        assert load_scenario(done / name, small.theatre.vocabulary).digest() == scenario.digest()


def test_the_manifest_names_versions_but_no_home(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (done / "manifest.json").read_text()
    assert {"python", "numpy", "pandas", "mesa", "pyarrow"} <= set(json.loads(text)["versions"])
    assert json.loads(text)["schema_version"] == 1
    assert str(done.parent) not in text
    assert str(Path.home()) not in text


def test_trajectories_are_the_same_bytes_whatever_the_block(
    done: Path, small: RunRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, write: Write
) -> None:
    monkeypatch.setattr("influence_sim.runs.points.COLUMNS", 2)
    write(small, tmp_path / "other")
    assert file_hash(tmp_path / "other" / "trajectories.parquet") == file_hash(done / "trajectories.parquet")


def test_the_same_again_is_done_already_and_writes_nothing(done: Path, small: RunRequest) -> None:
    before = contents(done)
    assert execute(small, never(), out=done) is False
    assert contents(done) == before


def test_a_changed_file_is_not_taken_for_done(done: Path, small: RunRequest, write: Write) -> None:
    (done / "note.txt").write_text("3 arms")
    with pytest.raises(InputError, match=r"note\.txt is missing or was changed"):
        execute(small, never(), out=done)
    assert write(small, done, force=True)
    assert sorted(os.listdir(done)) == FILES


def test_another_runs_results_are_refused_and_kept(done: Path, request_of: Make) -> None:
    before = contents(done)
    with pytest.raises(InputError, match=r"complete results of us_engages_taliban \(seed 1.*--force"):
        execute(request_of(seed=2), never(), out=done)
    assert contents(done) == before


def test_force_removes_only_what_the_manifest_lists(done: Path, request_of: Make, write: Write) -> None:
    (done / "mine.txt").write_text("keep")
    other = request_of(seed=2)
    assert write(other, done, force=True)
    assert (done / "mine.txt").read_text() == "keep"
    assert not (done / "note.txt").exists()
    assert read_manifest(done).request == other.digest


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_other_things_is_never_touched(tmp_path: Path, small: RunRequest, force: bool) -> None:
    (tmp_path / "trajectories.parquet").write_text("a letter")
    with pytest.raises(InputError, match="holds other files and no results"):
        execute(small, never(), out=tmp_path, force=force)
    assert os.listdir(tmp_path) == ["trajectories.parquet"]


def test_a_file_that_no_manifest_lists_is_not_overwritten(done: Path, request_of: Make) -> None:
    listed = dict(read_manifest(done).files)
    del listed["scenario.yaml"]
    change_manifest(done, files=listed)
    with pytest.raises(InputError, match=r"scenario\.yaml stands there and no manifest lists it"):
        execute(request_of(seed=2), never(), out=done, force=True)


def test_force_does_not_follow_a_link_out_of_the_folder(done: Path, request_of: Make, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.png").write_text("keep")
    (done / "figures").symlink_to(outside)
    change_manifest(done, files={"figures/x.png": "0"})
    with pytest.raises(InputError, match="leads out of the folder"):
        execute(request_of(seed=2), never(), out=done, force=True)
    assert (outside / "x.png").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "c:x", "a\\x", "manifest.json", ""])
def test_a_manifest_that_names_files_elsewhere_is_refused(done: Path, name: str) -> None:
    change_manifest(done, files={name: "0"})
    with pytest.raises(InputError, match="not a manifest of influence-sim, or damaged"):
        read_manifest(done)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[" * 100_000, '{"schema_version": 2}', "\0", '{"tool": 1}'])
def test_a_manifest_of_anything_else_is_refused(tmp_path: Path, small: RunRequest, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="not a manifest of influence-sim, or damaged"):
        execute(small, never(), out=tmp_path, force=True)
    assert os.listdir(tmp_path) == ["manifest.json"]


@pytest.mark.parametrize("status", [RUNNING, FAILED])
def test_what_was_interrupted_is_replaced_by_the_same_request(
    done: Path, small: RunRequest, request_of: Make, write: Write, status: str
) -> None:
    change_manifest(done, status=status)
    with pytest.raises(InputError, match=f"{status} results"):
        execute(request_of(seed=2), never(), out=done)
    assert write(small, done)
    assert read_manifest(done).status == COMPLETE


def test_a_run_that_fails_leaves_only_a_manifest_that_says_so(tmp_path: Path, small: RunRequest, write: Write) -> None:
    def fail(arms: Any, folder: Path) -> None:
        (folder / "note.txt").write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")

    with pytest.raises(MachineError, match=r"out: cannot be written \(no space left on device\)"):
        write(small, tmp_path / "out", extras=Extras(("note.txt",), fail))
    assert os.listdir(tmp_path / "out") == ["manifest.json"]
    manifest = read_manifest(tmp_path / "out")
    assert manifest.status == FAILED
    assert "No space left" in manifest.error
    assert write(small, tmp_path / "out")


def test_a_manifest_says_running_while_it_runs(tmp_path: Path, small: RunRequest) -> None:
    seen = []

    def look(done: int, total: int) -> None:
        seen.append((read_manifest(tmp_path).status, set(read_manifest(tmp_path).files)))

    execute(small, collect(small.arms, seed=1, replicates=3, progress=look), out=tmp_path)
    assert seen[0] == (RUNNING, {"trajectories.parquet", "scenario.yaml", "against.yaml"})


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_full_disk_is_told_shortly(
    tmp_path: Path, small: RunRequest, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, *args: Any, **more: Any) -> Any:
        device = path.name == "trajectories.parquet"
        return open("/dev/full", "wb", buffering=0) if device else real(path, *args, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(MachineError, match="no space left on device"):
        write(small, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["manifest.json"]


def test_nothing_is_left_where_no_manifest_could_be_written(
    tmp_path: Path, small: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("influence_sim.runs.folder.write_manifest", refuse)
    with pytest.raises(MachineError, match="permission denied"):
        execute(small, never(), out=tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_a_file_where_the_folder_should_be(tmp_path: Path, small: RunRequest) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MachineError, match="cannot be written"):
        execute(small, never(), out=tmp_path / "file" / "out")
    with pytest.raises(InputError, match="this is not a folder"):
        execute(small, never(), out=tmp_path / "file")


HOLDER = """
import sys, time
from pathlib import Path
from influence_sim.runs.lock import folder_lock
with folder_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_writers_are_kept_apart_and_the_lock_dies_with_its_holder(
    tmp_path: Path, small: RunRequest, write: Write
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(MachineError, match="another process is writing there"):
        execute(small, never(), out=tmp_path)
    holder.kill()
    holder.communicate()
    assert write(small, tmp_path)
    assert sorted(os.listdir(tmp_path)) == FILES


def test_a_lock_taken_on_a_removed_file_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = lock._try
    calls: list[int] = []

    def taken_just_after_release(descriptor: int) -> bool:
        if not calls:
            (tmp_path / lock.NAME).unlink()  # as the former holder does
        calls.append(descriptor)
        return real(descriptor)

    monkeypatch.setattr(lock, "_try", taken_just_after_release)
    with folder_lock(tmp_path):
        assert (tmp_path / lock.NAME).exists()
        assert len(calls) == 2
    assert os.listdir(tmp_path) == []


def test_figures_added_later_are_listed(done: Path) -> None:
    (done / "figures").mkdir()
    (done / "figures" / "more.png").write_bytes(b"png")
    record_files(done, [done / "figures" / "more.png"])
    assert read_manifest(done).files["figures/more.png"] == file_hash(done / "figures" / "more.png")
    with pytest.raises(InputError, match="not in"):
        record_files(done, [done.parent / "elsewhere.png"])
    change_manifest(done, status=FAILED)
    with pytest.raises(InputError, match="not complete"):
        record_files(done, [])


def test_a_copy_is_whole_or_not_there(done: Path, tmp_path: Path) -> None:
    assert copy_run(done, tmp_path / "copy")
    assert {k: v[1] for k, v in contents(done).items() if k != "manifest.json"} == {
        k: v[1] for k, v in contents(tmp_path / "copy").items() if k != "manifest.json"
    }
    assert copy_run(done, tmp_path / "copy") is False
    (done / "note.txt").write_text("changed")
    with pytest.raises(MachineError, match=r"note\.txt: changed since it was written"):
        copy_run(done, tmp_path / "second")
    assert os.listdir(tmp_path / "second") == ["manifest.json"]
