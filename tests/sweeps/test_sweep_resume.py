"""What is found damaged is computed again and said; what differs is refused; nothing else is computed twice."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from influence_sim.base.errors import InputError, MachineError
from influence_sim.runs.folder import folder_lock, recover
from influence_sim.runs.store import read_table
from influence_sim.runs.sweeps.parts import to_parquet

Damage = Callable[[Path, Path], object]
PART, RECORD = "parts/part-00002.parquet", "done/part-00002.json"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)


def foreign(folder: Path, other: Path) -> None:
    for name in (PART, RECORD):
        shutil.copy(other / name, folder / name)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "truncated": (lambda f, _: (f / PART).write_bytes((f / PART).read_bytes()[:-100]), "damaged"),
    "bit flipped": (lambda f, _: flip(f / PART), "damaged"),
    "missing": (lambda f, _: (f / PART).unlink(), "missing"),
    "foreign": (foreign, "not of this sweep"),
    "record damaged": (lambda f, _: (f / RECORD).write_text("{"), "without a readable record"),
    "record missing": (lambda f, _: (f / RECORD).unlink(), "without a readable record"),
}


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory, request_of: Any, run_here: Any) -> Path:
    """Another sweep's folder."""
    folder = tmp_path_factory.mktemp("other") / "sweep"
    run_here(folder, request_of(seed=2))
    return folder


def test_what_is_done_is_not_done_again(reference: Any, run_here: Any) -> None:
    done = run_here(reference.folder)
    assert (done.fresh, done.computed, done.reused, done.complete) == (False, 0, 10, True)
    reference.check(reference.folder)


def test_a_sweep_that_has_begun_goes_on_only_if_asked(stopped: Path, reference: Any, run_here: Any) -> None:
    with pytest.raises(InputError, match=r"begun here and has not ended; --resume goes on with it"):
        run_here(stopped)
    calls: list[tuple[int, int]] = []
    done = run_here(stopped, resume=True, progress=lambda *now: calls.append(now))
    assert (done.fresh, done.computed, done.reused, done.notes) == (True, 4, 6, ())
    assert calls == [(6, 10), (8, 10), (10, 10)]
    reference.check(stopped)


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_part_that_is_not_as_it_was(kind: str, stopped: Path, other: Path, reference: Any, run_here: Any) -> None:
    damage, flaw = DAMAGES[kind]
    damage(stopped, other)
    done = run_here(stopped, resume=True)
    assert (done.computed, done.reused) == (6, 4)
    assert done.notes == (f"part-00002: {flaw}; computed again",)
    reference.check(stopped)


@pytest.mark.parametrize("name", ["runs.parquet", PART])
def test_a_complete_folder_that_was_damaged(name: str, tmp_path: Path, reference: Any, run_here: Any) -> None:
    folder = shutil.copytree(reference.folder, tmp_path / "sweep")
    flip(folder / name)
    with pytest.raises(InputError, match=f"{name} is missing or was changed since it was written; --resume makes it"):
        run_here(folder)
    with pytest.raises(MachineError, match="integrity") if name == "runs.parquet" else pytest.raises(AssertionError):
        read_table(folder / "runs.parquet")
        raise AssertionError
    assert run_here(folder, resume=True).computed == (0 if name == "runs.parquet" else 2)
    reference.check(folder)


@pytest.mark.parametrize("left", [None, "", "{", '{"schema_version": 1}', "[]"])
def test_a_broken_manifest(left: str | None, stopped: Path, reference: Any, run_here: Any) -> None:
    path = stopped / "manifest.json"
    path.unlink() if left is None else path.write_text(left)
    with pytest.raises(InputError, match=r"this folder holds other files|manifest.json is damaged; --resume"):
        run_here(stopped)
    done = run_here(stopped, resume=True)
    assert (done.computed, done.reused) == (4, 6)
    assert done.notes == ("manifest.json: missing or damaged; written anew",)
    reference.check(stopped)


def test_a_broken_manifest_beside_the_design_of_another(stopped: Path, run_here: Any, request_of: Any) -> None:
    (stopped / "manifest.json").write_text("{")
    before = contents(stopped)
    with pytest.raises(InputError, match=r"manifest.json is damaged"):
        run_here(stopped, request_of(design={"method": "lhs", "samples": 10, "seed": 8}), resume=True)
    assert before == contents(stopped)


@pytest.mark.parametrize("name", ["design.parquet", "study.yaml", "scenario.yaml"])
def test_what_says_what_the_sweep_is(name: str, stopped: Path, reference: Any, run_here: Any) -> None:
    flip(stopped / name)
    done = run_here(stopped, resume=True)
    assert done.notes == (f"{name}: {'damaged' if name == 'design.parquet' else 'was changed'}; written anew",)
    assert (stopped / name).read_bytes() == (reference.folder / name).read_bytes()
    reference.check(stopped)


def test_a_design_that_the_same_study_does_not_make_any_more(stopped: Path, other: Path, run_here: Any) -> None:
    design = read_table(stopped / "design.parquet")
    (stopped / "design.parquet").write_bytes(to_parquet(design.slice(1)))
    with pytest.raises(MachineError, match="these points differ from those made now"):
        run_here(stopped, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 2}, r"seed \(1 there, 2 here\)"),
        ({"replicates": 4}, r"replicates \(3 there, 4 here\)"),
        ({"scenario": "us_surge"}, r"scenario \(us_engages_taliban there, us_surge here\)"),
        ({"against": None}, "against"),
        ({"vary": {"decide.rationality": [4, 30], "precedent.strength": [0, 3]}}, "factors"),
        ({"parameters": {"ties.cooling": 0.01}}, "parameters"),
        ({"outcomes": ["kabul_authority"]}, "outcomes"),
        ({"dates": ["2018-02"]}, "dates"),
        ({"design": {"method": "lhs", "samples": 10, "seed": 8}}, r"design seed \(7 there, 8 here\)"),
        ({"design": {"method": "sobol_sequence", "samples": 16, "seed": 7}}, r"method .*samples \(10 there, 16 here\)"),
    ],
)
def test_what_differs_is_named(
    changes: dict[str, Any], message: str, stopped: Path, request_of: Any, run_here: Any
) -> None:
    request = request_of(**changes)
    for resume in (False, True):
        with pytest.raises(InputError, match=f"this folder holds another sweep; it differs in .*{message}"):
            run_here(stopped, request, resume=resume)


def test_another_model_is_refused(stopped: Path, run_here: Any) -> None:
    path = stopped / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["arguments"]["model_version"] = manifest["request"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="it differs in model version; choose"):
        run_here(stopped, resume=True)


def test_force_replaces_another_sweep_and_nothing_else(
    tmp_path: Path, other: Path, reference: Any, run_here: Any
) -> None:
    folder = shutil.copytree(other, tmp_path / "sweep")
    (folder / "notes.txt").write_text("mine")
    assert run_here(folder, force=True).computed == 10
    reference.check(folder)
    assert (folder / "notes.txt").read_text() == "mine"


class Interrupted(Executor):
    """Hands on so many tasks, and is then interrupted."""

    def __init__(self, tasks: int) -> None:
        self.left = tasks

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.left -= 1
        if self.left < 0:
            future.set_exception(KeyboardInterrupt())
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("shard", [None, (1, 2)])
def test_old_results_stay_until_the_new_ones_are_whole(
    *, shard: tuple[int, int] | None, tmp_path: Path, other: Path, reference: Any, run_here: Any, request_of: Any
) -> None:
    folder = shutil.copytree(other, tmp_path / "sweep")
    before = contents(folder)
    for tasks in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            run_here(folder, force=True, shard=shard, executor=Interrupted(tasks))
        assert {path: data for path, data in contents(folder).items() if ".draft" not in path.parts} == before
    assert len(list((folder / ".draft/parts").iterdir())) == 1
    assert run_here(folder, request_of(seed=2)).fresh is False  # nor does it stand in anybody's way
    done = run_here(folder, force=True)
    assert (done.folder, done.computed, done.reused) == (folder, 8, 2)
    reference.check(folder)


def test_of_a_forced_sweep_without_any_part_nothing_is_left(tmp_path: Path, other: Path, run_here: Any) -> None:
    folder = shutil.copytree(other, tmp_path / "sweep")
    before = contents(folder)
    with pytest.raises(KeyboardInterrupt):
        run_here(folder, force=True, executor=Interrupted(0))
    assert contents(folder) == before
    assert not (folder / ".draft").exists()


@pytest.mark.parametrize("shard", [None, pytest.param((2, 2), marks=pytest.mark.slow)])
def test_a_forced_sweep_that_is_interrupted_at_its_end(
    *, shard: tuple[int, int] | None, tmp_path: Path, other: Path, reference: Any, run_here: Any,
    request_of: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """At any change of a name after all parts are there: then the old result is there or the new one, whole."""
    ready, real = shutil.copytree(other, tmp_path / "ready"), os.replace
    run_here(ready, force=True, shard=(1, 2))
    for stop in range(100):
        folder, left = shutil.copytree(ready, tmp_path / str(stop)), [stop]

        def interrupted(*args: Any, left: list[int] = left) -> None:
            real(*args)
            left[0] -= 1
            if left[0] == -1:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", interrupted)
            try:
                run_here(folder, force=True, shard=shard)
                break
            except KeyboardInterrupt:
                pass
        recover(folder)  # as whoever writes there next does
        if (folder / ".draft").exists():
            assert run_here(folder, request_of(seed=2)).fresh is False
            run_here(folder, force=True)
        reference.check(folder)
    assert stop > len(contents(folder))


def test_the_same_sweep_is_forced_anew(tmp_path: Path, reference: Any, run_here: Any) -> None:
    folder = shutil.copytree(reference.folder, tmp_path / "sweep")
    assert run_here(folder, force=True).computed == 10
    reference.check(folder)


def test_forced_shards_keep_each_others_parts(tmp_path: Path, other: Path, reference: Any, run_here: Any) -> None:
    folder = shutil.copytree(other, tmp_path / "sweep")
    assert [run_here(folder, force=True, shard=(n, 2)).complete for n in (1, 2)] == [False, True]
    reference.check(folder)


def test_two_sweeps_into_one_folder(stopped: Path, reference: Any, run_here: Any) -> None:
    with folder_lock(stopped), pytest.raises(MachineError, match="another process is writing there"):
        run_here(stopped, resume=True)
    run_here(stopped, resume=True)
    reference.check(stopped)


def test_a_file_where_the_parent_should_be(tmp_path: Path, reference: Any, run_here: Any) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(MachineError, match=r"file/sweep: cannot be written \(not a directory\)"):
        run_here(tmp_path / "file/sweep")
    with pytest.raises(InputError, match="this is not a folder"):
        run_here(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    run_here(tmp_path / "elsewhere")
    reference.check(tmp_path / "elsewhere")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_point_that_raises_is_recorded_and_the_rest_goes_on(
    workers: int, tmp_path: Path, request_of: Any, reference: Any, run_here: Any
) -> None:
    points = np.array(request_of().design)
    points[3, 0] = -5.0  # no rationality
    request = replace(request_of(), method="csv", table=points)
    done = run_here(tmp_path / "sweep", request, workers=workers)
    assert (done.computed, done.failed, done.complete) == (10, 1, True)
    (failed,) = json.loads((tmp_path / "sweep/failed.json").read_text())["failed"]
    assert failed["point"] == 3
    assert failed["parameters"] == {"decide.rationality": -5.0, "precedent.strength": points[3, 1]}
    assert "decide.rationality must lie between" in failed["error"]
    assert failed["traceback"].startswith("Traceback (most recent call last):")
    runs, whole = (read_table(folder / "runs.parquet").to_pandas() for folder in (tmp_path / "sweep", reference.folder))
    assert len(whole) == 20
    assert runs.equals(whole[whole["point"] != 3].reset_index(drop=True))
    again = run_here(tmp_path / "sweep", request)
    assert (again.fresh, again.failed) == (False, 1)
    tried = run_here(tmp_path / "sweep", request, resume=True)
    assert (tried.computed, tried.reused, tried.failed, tried.complete) == (2, 8, 1, True)
    assert tried.notes == ("part-00001: with points that failed; computed again",)


def test_points_that_failed_are_mended_by_resume(
    tmp_path: Path, reference: Any, run_here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from influence_sim.model import simulate_points

    def instead(arm: Any, points: Any, **options: Any) -> Any:
        outcomes = simulate_points(arm, points, **options)
        outcomes[:, 0, 0, 0] = np.nan if points else 0.5
        return outcomes

    with monkeypatch.context() as patch:
        patch.setattr("influence_sim.model.simulate_points", instead)
        assert run_here(tmp_path / "sweep").failed == 10
    done = run_here(tmp_path / "sweep", resume=True)
    assert (done.computed, done.failed, done.complete) == (10, 0, True)
    assert not (tmp_path / "sweep/failed.json").exists()
    reference.check(tmp_path / "sweep")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device", "/cache/index.nbi"), "No space left on device: '/cache/index.nbi'"),
        (EOFError("Ran out of input"), "Ran out of input"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("can't start new thread"), "the system lets no more threads start"),
    ],
)
def test_the_machines_faults_stop_a_sweep_and_are_no_failed_points(
    error: Exception, message: str, tmp_path: Path, run_here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged compiler's cache, a full disk, short memory: the cause is said, and once it is mended all goes on."""

    def instead(*_: Any, **__: Any) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("influence_sim.model.simulate_points", instead)
        with pytest.raises(MachineError, match=message):
            run_here(tmp_path / "sweep", workers=2)
    manifest = json.loads((tmp_path / "sweep/manifest.json").read_text())
    assert manifest["status"] == "failed"
    assert message in manifest["error"]
    assert not list((tmp_path / "sweep/done").iterdir())
    done = run_here(tmp_path / "sweep", resume=True)
    assert (done.computed, done.failed, done.complete) == (10, 0, True)
