"""Shards side by side, one after the other, in one folder and in several."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence_sim.base.errors import InputError, MachineError
from influence_sim.runs.folder import folder_lock
from influence_sim.runs.sweeps.execute import lock_name

Start = Callable[..., Any]

pytestmark = pytest.mark.slow


def test_three_shards_one_after_the_other(tmp_path: Path, reference: Any, run_here: Any) -> None:
    folder = tmp_path / "sweep"
    done = [run_here(folder, shard=(number, 3)) for number in (2, 3, 1)]
    assert [(d.computed, d.complete) for d in done] == [(4, False), (2, False), (4, True)]
    reference.check(folder)
    assert run_here(folder, shard=(2, 3)).fresh is False


def test_shards_at_the_same_time(tmp_path: Path, start: Start, reference: Any) -> None:
    drivers = [start(shard=[number, 2], slow=True) for number in (1, 2)]
    summaries = [driver.finish() for driver in drivers]
    assert [summary["computed"] for summary in summaries] == [6, 4]
    assert True in [summary["complete"] for summary in summaries]
    reference.check(tmp_path / "sweep")


def test_shards_in_folders_of_their_own_are_put_together(tmp_path: Path, reference: Any, run_here: Any) -> None:
    folders = [tmp_path / name for name in "abc"]
    for number, folder in enumerate(folders, 1):
        assert run_here(folder, shard=(number, 3)).complete is False
    for folder in folders[1:]:
        for room in ("parts", "done"):
            shutil.copytree(folder / room, folders[0] / room, dirs_exist_ok=True)
    done = run_here(folders[0], resume=True)
    assert (done.computed, done.reused, done.complete) == (0, 10, True)
    reference.check(folders[0])


def test_a_shard_that_was_killed_goes_on_with_what_it_has(stopped: Path, reference: Any, run_here: Any) -> None:
    (stopped / "parts/.part-00001.parquet.1.tmp").write_bytes(b"half")
    assert run_here(stopped, shard=(1, 5)).reused == 2
    done = run_here(stopped, shard=(2, 5))
    assert (done.computed, done.reused, done.complete) == (2, 0, False)
    assert json.loads((stopped / "manifest.json").read_text())["status"] == "running"
    assert run_here(stopped, shard=(5, 5)).complete
    reference.check(stopped)


def test_who_may_work_beside_whom(stopped: Path, reference: Any, run_here: Any) -> None:
    with folder_lock(stopped, lock_name((1, 3))):
        assert run_here(stopped, shard=(3, 3)).complete is False
        with pytest.raises(MachineError, match="another process is writing there"):
            run_here(stopped, shard=(1, 3))
        with pytest.raises(MachineError, match="shard 1/3 is writing there"):
            run_here(stopped, shard=(1, 4))
        with pytest.raises(MachineError, match="shard 1/3 is writing there"):
            run_here(stopped, resume=True)
    (stopped / lock_name((1, 7))).touch()  # of a machine that lost its power
    run_here(stopped, resume=True)
    reference.check(stopped)


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0), (-1, -1)])
def test_a_shard_that_does_not_exist(shard: tuple[int, int], tmp_path: Path, run_here: Any) -> None:
    with pytest.raises(InputError, match=f"--shard: '{shard[0]}/{shard[1]}': a shard is its number, from 1"):
        run_here(tmp_path / "sweep", shard=shard)
    assert not (tmp_path / "sweep").exists()


def test_more_shards_than_parts(tmp_path: Path, reference: Any, run_here: Any) -> None:
    assert run_here(tmp_path / "sweep", shard=(7, 7)).computed == 0
    assert run_here(tmp_path / "sweep", resume=True).complete
    reference.check(tmp_path / "sweep")
