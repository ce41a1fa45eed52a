"""What was found in result folders and theatres, each in a small file: what is changed, asked and answered.

`of` is a kind of result (a theatre if it is not said), `file` one of its files, in which a text is replaced by another
(`replace`), columns have other names (`rename`), or which is something else altogether (`text`, `thing`); if `agreeing`
the manifest lists it as it is. Of the command `ask` there are `status` and, on standard error, `expect`.
"""

from __future__ import annotations

import io
import os
import shlex
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import watch
import yaml
from cases import TESTS, THEATRE, Case, lay_out, result_files
from strategies import Put

from influence_sim.theatre.files import data_folder

pytestmark = pytest.mark.usefixtures("blank_pages", "few_replicates")
CORPUS = sorted([*(TESTS / "runs/corpus").glob("*.yaml"), *(TESTS / "theatre/corpus").glob("*.yaml")])


def changed(case: dict[str, Any]) -> Put:
    """The file of a case."""
    name, of = case["file"], case.get("of")
    if "thing" in case:
        return Put(name, None, case["thing"])
    if "text" in case:
        return Put(name, case["text"].encode())
    raw = (data_folder() / name).read_bytes() if of is None else result_files(of)[name]
    if "rename" in case:
        table, sink = pq.read_table(io.BytesIO(raw)), io.BytesIO()
        pq.write_table(table.rename_columns([case["rename"].get(n, n) for n in table.schema.names]), sink)
        return Put(name, sink.getvalue())
    old, new = (text.encode() for text in case["replace"])
    assert old in raw
    return Put(name, raw.replace(old, new))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parents[1].name} {path.stem}")
def test_what_was_found_is_refused_as_stated(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: None
) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    monkeypatch.chdir(tmp_path)
    lay_out(Case(case.get("of", THEATRE), (changed(case),), case.get("agreeing", False)), folder, outside)
    result, faults = watch.run(folder, outside, *shlex.split(case["ask"]))
    assert case["expect"] in result.stderr
    assert (result.exit_code, faults) == (case["status"], [])
    assert sorted(os.listdir(outside)) == ["secret"]
