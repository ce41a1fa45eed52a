"""The trajectories file: the same bytes for the same numbers, and no damage goes unseen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.base.errors import MachineError
from influence_sim.base.files import file_hash
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Floats
from influence_sim.runs import store
from influence_sim.runs.store import GROUP_SIZE, read_groups, read_table, row_groups, run_schema, write_groups

NAMES, START, MONTHS = ("one", "two"), parse_month("2015-09"), 5


def numbers(replicates: int) -> Floats:
    return np.random.default_rng(1).normal(size=(MONTHS, len(NAMES), replicates))


def write(path: Path, values: Floats) -> str:
    with path.open("wb") as file:
        write_groups(file, run_schema(NAMES), row_groups(("arm", "baseline"), (values, values), NAMES, START))
    return file_hash(path)


@given(replicates=st.integers(1, 23), size=st.integers(1, 8))
def test_groups_hold_every_replicate_once(replicates: int, size: int) -> None:
    values = numbers(replicates)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "GROUP_SIZE", size)
        got = [table.to_pandas() for table in row_groups(("arm",), (values,), NAMES, START)]
    assert [frame["replicate"].iloc[0] for frame in got] == list(range(0, replicates, size))
    whole = pd.concat(got)[list(NAMES)].to_numpy().reshape(replicates, MONTHS, len(NAMES))
    assert np.array_equal(whole.transpose(1, 2, 0), values)


def test_bytes_depend_on_the_numbers_alone(tmp_path: Path) -> None:
    values = numbers(GROUP_SIZE + 30)
    first = write(tmp_path / "first", values)
    assert write(tmp_path / "again", np.asfortranarray(values)) == first
    values[0, 0, 0] += 1e-15
    assert write(tmp_path / "other", values) != first


def test_order_and_kind_of_rows_and_columns(tmp_path: Path) -> None:
    values = numbers(GROUP_SIZE + 2)
    write(tmp_path / "t", values)
    frame = read_table(tmp_path / "t").to_pandas()
    assert list(frame.columns) == ["scenario", "replicate", "date", "one", "two"]
    assert len(frame) == 2 * (GROUP_SIZE + 2) * 5
    assert frame["scenario"].iloc[[0, -1]].tolist() == ["arm", "baseline"]
    assert frame["replicate"].iloc[:7].tolist() == [0] * 5 + [1] * 2
    assert [str(day)[:10] for day in frame["date"].iloc[4:6]] == ["2016-01-01", "2015-09-01"]
    second = frame[(frame["scenario"] == "baseline") & (frame["replicate"] == GROUP_SIZE + 1)]
    assert np.array_equal(second["two"].to_numpy(), values[:, 1, GROUP_SIZE + 1])


def test_options_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / "t", numbers(3))
    with pq.ParquetFile(tmp_path / "t") as file:
        group = file.metadata.row_group(0)
        columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
        assert file.metadata.num_row_groups == 2
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert "BYTE_STREAM_SPLIT" in columns["two"].encodings
    assert "BYTE_STREAM_SPLIT" not in columns["scenario"].encodings


def flipped(path: Path, raw: bytes, position: int) -> None:
    path.write_bytes(raw[:position] + bytes([raw[position] ^ 4]) + raw[position + 1 :])


def test_a_flipped_bit_in_the_numbers_never_goes_unseen(tmp_path: Path) -> None:
    path = tmp_path / "t"
    write(path, numbers(40))
    raw, whole = path.read_bytes(), read_table(path)
    silent = 0
    for position in range(100, len(raw) - 4000, 37):
        flipped(path, raw, position)
        try:
            seen = read_table(path)
        except MachineError:
            seen = whole
        assert seen.equals(whole), position
        try:
            silent += not pq.read_table(path).equals(whole)
        except (pa.ArrowException, OSError):
            continue
    assert silent > 20  # what happens without checksums, or this test would show nothing


def test_missing_and_foreign_files_are_told_shortly(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="cannot be read"):
        read_table(tmp_path / "none")
    (tmp_path / "junk").write_text("not parquet at all")
    with pytest.raises(MachineError, match="damaged") as caught:
        read_table(tmp_path / "junk")
    assert "\n" not in str(caught.value)


BOMBS: dict[str, tuple[pa.Array, int, str]] = {  # what a row group holds, how many there are, what is said
    "numbers": (pa.array(np.zeros(1 << 20)), 150, r"not read: it would take 1\.3 GB of memory, and has [\d.]+ kB on"),
    "texts": (pa.DictionaryArray.from_arrays(np.zeros(1 << 20, np.int32), ["x" * 100_000]), 5, "more than 1000 bytes"),
    "lists": (pa.array([[0.0] * 1000] * 10), 1, "no command writes columns of this kind"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_that_would_fill_the_memory_is_not_read(kind: str, tmp_path: Path) -> None:
    path, (column, groups, message) = tmp_path / "bomb.parquet", BOMBS[kind]
    table = pa.table({"v": column})
    with pq.ParquetWriter(path, table.schema, store_schema=False) as writer:
        for _ in range(groups):
            writer.write_table(table)
    assert path.stat().st_size < 1 << 20
    for read in (read_table, read_groups):
        with pytest.raises(MachineError, match=message):
            list(read(path))


def test_threads_that_arrow_cannot_start_are_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable")

    write(tmp_path / "t", numbers(2))
    monkeypatch.setattr(store, "_plain", refuse)
    with pytest.raises(MachineError, match="the system lets no more threads start"):
        read_table(tmp_path / "t")
