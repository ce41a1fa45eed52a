"""Repeating a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from influence_sim.api.folders import rerun
from influence_sim.base.errors import InputError, MachineError
from influence_sim.base.files import file_hash
from influence_sim.runs.request import RunRequest
from influence_sim.theatre import load


def listed_anew(folder: Path) -> None:
    """Makes the manifest say what the file has become, as if this had been made elsewhere."""
    path = folder / "manifest.json"
    data = json.loads(path.read_text())
    data["files"]["trajectories.parquet"] = file_hash(folder / "trajectories.parquet")
    path.write_text(json.dumps(data))


def rewrite(folder: Path, change: float) -> None:
    """Changes one number of one outcome in a well-formed file."""
    path = folder / "trajectories.parquet"
    with pq.ParquetFile(path) as file:
        tables = [file.read_row_group(i) for i in range(file.num_row_groups)]
    values = tables[1].column("violence").to_numpy().copy()
    values[4] += change
    index = tables[1].column_names.index("violence")
    tables[1] = tables[1].set_column(index, "violence", [values])
    with pq.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)


def test_the_same_numbers_byte_for_byte(done: Path) -> None:
    repetition = rerun(done)
    assert repetition.same
    assert repetition.identical
    assert set(repetition.differences["max_abs_diff"]) == {0.0}
    assert tuple(repetition.differences["outcome"]) == load().vocabulary.outcomes
    assert not repetition.model_changed
    assert repetition.notes == ()


@pytest.mark.parametrize(("change", "same"), [(1e-12, True), (1e-6, False), (np.nan, False)])
def test_a_changed_number_is_found(done: Path, change: float, same: bool) -> None:
    rewrite(done, change)
    with pytest.raises(MachineError, match="changed since it was written"):
        rerun(done)
    listed_anew(done)
    repetition = rerun(done)
    assert repetition.same is same
    assert not repetition.identical
    gaps = repetition.differences.set_index("outcome")["max_abs_diff"]
    assert set(gaps[gaps != 0].index) == {"violence"}
    assert gaps["violence"] == pytest.approx(np.inf if np.isnan(change) else change, rel=1e-3)


def test_damage_is_told(done: Path) -> None:
    path = done / "trajectories.parquet"
    raw = bytearray(path.read_bytes())
    raw[2000] ^= 1
    path.write_bytes(raw)
    with pytest.raises(MachineError, match=r"trajectories\.parquet"):
        rerun(done)
    path.unlink()
    with pytest.raises(MachineError, match="missing, or changed since"):
        rerun(done)


def test_rows_of_another_run_are_told(
    done: Path, tmp_path: Path, request_of: Callable[..., RunRequest], write: Callable[..., bool]
) -> None:
    write(request_of(replicates=4), tmp_path / "other")
    (tmp_path / "other" / "trajectories.parquet").replace(done / "trajectories.parquet")
    listed_anew(done)
    with pytest.raises(MachineError, match="its rows are not those of its manifest"):
        rerun(done)


def test_what_differs_between_then_and_now_is_told(done: Path) -> None:
    path = done / "manifest.json"
    data = json.loads(path.read_text())
    data["model_version"] = "f" * 64
    data["versions"]["numpy"] = "1.0"
    path.write_text(json.dumps(data))
    repetition = rerun(done)
    assert repetition.model_changed
    assert repetition.same
    assert any(note.startswith("numpy: 1.0 then") for note in repetition.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "failed"}, "not complete"),
        ({"kind": "portrait"}, "it holds something else"),
        ({"arguments": {}}, "not a manifest"),
        ({"scenario": {}}, "not a manifest"),
    ],
)
def test_folders_that_cannot_be_repeated(done: Path, change: dict[str, object], message: str) -> None:
    path = done / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=message):
        rerun(done)


def test_no_result_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not a result folder: it holds no manifest\.json"):
        rerun(tmp_path)
    with pytest.raises(InputError, match=r"nowhere: no such folder"):
        rerun(tmp_path / "nowhere")
    (tmp_path / "file.yaml").touch()
    with pytest.raises(InputError, match=r"file\.yaml: this is a file, not a result folder"):
        rerun(tmp_path / "file.yaml")
