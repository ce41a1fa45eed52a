"""`export`: every table of every kind of folder, with text that stays text."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

import influence_sim as sim
from influence_sim.api.folders import workbook
from influence_sim.cli.main import cli

SOON = """\
schema_version: 1
name: soon
interventions:
  - {from: 2015-10, actor: russia, do: support, target: taliban, level: 0.4}
"""
"""It parts from the baseline in its second month, so that few months have everything that a run may have."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, blank_pages: None) -> Path:
    """A result folder whose tables are short."""
    root = tmp_path_factory.mktemp("soon")
    (root / "soon.yaml").write_text(SOON, encoding="utf-8")
    return sim.run(root / "soon.yaml", replicates=3, months=4, assumptions=8).save(root / "result")


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(finished, tmp_path / "result"))


def test_csv_has_every_number_of_a_run(folder: Path) -> None:
    done = CliRunner().invoke(cli, ["export", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    files = {Path(name).name: Path(name) for name in json.loads(done.stdout)["files"]}
    assert list(files) == ["about.csv", "ending.csv", "months.csv", "worlds.csv", "division.csv"]
    result = sim.load(folder)
    assert files["months.csv"].read_bytes() == (folder / "summary.csv").read_bytes()
    ending = pd.read_csv(files["ending.csv"]).set_index("outcome")
    pd.testing.assert_series_equal(ending["diff"], result.ending(result.outcomes).set_index("outcome")["diff"])
    about = pd.read_csv(files["about.csv"]).set_index("what")["value"]
    assert about["title"] == result.title
    assert about["result"] == result.manifest["numbers"]
    assert about["answer, Kabul's authority"] == result.answer.text
    assert {"tables/about.csv"} <= set(json.loads((folder / "manifest.json").read_text())["derived"])
    assert CliRunner().invoke(cli, ["export", str(folder)]).exit_code == 0  # the same again


def test_trajectories_are_every_replicate_of_every_month(folder: Path, tmp_path: Path) -> None:
    files = sim.export(folder, out=tmp_path / "tables", trajectories=True)
    assert files[-1].name == "trajectories.csv"
    frame = sim.load(folder).frame
    table = pd.read_csv(files[-1], parse_dates=["date"])
    pd.testing.assert_frame_equal(table, frame, check_dtype=False)
    (book,) = sim.export(folder, "xlsx", tmp_path / "run.xlsx", trajectories=True)
    assert load_workbook(book)["trajectories"].max_row == len(frame) + 1


def test_trajectories_are_a_run_s(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match="only a run keeps every replicate"):
        sim.export(folders["compare"], out=tmp_path / "tables", trajectories=True)
    assert not (tmp_path / "tables").exists()


def test_a_workbook_has_the_same(folder: Path, tmp_path: Path) -> None:
    (path,) = sim.export(folder, "xlsx", tmp_path / "run.xlsx")
    book = load_workbook(path)
    assert book.sheetnames == ["about", "ending", "months", "worlds", "division"]
    rows = list(book["months"].values)
    summary = sim.load(folder).summary
    assert len(rows) == len(summary) + 1
    assert rows[0] == tuple(summary.columns)
    assert rows[1][:4] == (*summary.iloc[0, :2], summary["date"].iloc[0].to_pydatetime(), summary["mean"].iloc[0])
    with pytest.raises(sim.InputError, match="there already"):
        sim.export(folder, "xlsx", path)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_text_stays_text(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    table = pd.DataFrame({"text": [text, "calm"], "number": [-1.5, 2.0]})
    monkeypatch.setattr("influence_sim.api.folders.tables_of", lambda *_: {"one": table})
    (path,) = sim.export(folder, out=tmp_path / "tables")
    assert path.read_text(encoding="utf-8").splitlines()[2] == "calm,2.0"
    assert pd.read_csv(path)["text"].tolist() == [f"'{text}", "calm"]
    assert pd.read_csv(path)["number"].tolist() == [-1.5, 2.0]
    book = tmp_path / "one.xlsx"
    book.write_bytes(workbook({"one": table}))
    cell = load_workbook(book)["one"]["A2"]
    assert cell.data_type == "s"
    assert cell.value == text


def test_without_openpyxl_it_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(sim.MachineError, match=r"influence-sim\[excel\]"):
        sim.export(folder, "xlsx")
    assert not (folder / "tables.xlsx").exists()


def test_what_it_refuses(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match="must be csv or xlsx"):
        sim.export(folder, "pdf")
    with pytest.raises(sim.InputError, match="not a result folder"):
        sim.export(tmp_path)
    with pytest.raises(sim.InputError, match=r"out: .*: the name of a workbook must end in \.xlsx"):
        sim.export(folder, "xlsx", tmp_path / "tables.csv")
    other = tmp_path / "mine"
    other.mkdir()
    (other / "ending.csv").write_text("mine\n")
    with pytest.raises(sim.InputError, match="there already"):
        sim.export(folder, out=other)
    assert [path.name for path in other.iterdir()] == ["ending.csv"]


def test_rows_beyond_a_sheet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.api.folders.MOST_ROWS", 2)
    with pytest.raises(sim.InputError, match="take --to csv"):
        workbook({"one": pd.DataFrame({"number": [1.0, 2.0, 3.0]})})
