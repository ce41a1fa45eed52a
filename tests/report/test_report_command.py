"""`report`: what it prints, and what it refuses, leaving everything as it was."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import influence_sim as sim
from influence_sim.analysis.sliders import asked
from influence_sim.api.explain import plan_explanation, read
from influence_sim.api.folders import compute_into
from influence_sim.cli.main import cli
from influence_sim.runs.request import plan_run


def run(*args: object, status: int = 0, parts: int = 0) -> Result:
    result = CliRunner().invoke(cli, ["report", "--explain-replicates", str(parts), *map(str, args)])
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are looked at elsewhere."""
    monkeypatch.setattr("influence_sim.reports.page.data_uri", lambda _: "data:image/svg+xml;base64,")
    monkeypatch.setattr("influence_sim.reports.page.card", lambda *_, **__: None)


@pytest.fixture(scope="module")
def why(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `explain` says of the page's run, with fewer replicates."""
    asked = plan_explanation("us_engages_taliban", "us_acceptance", month="2018-12", by=["interventions"], replicates=3)
    folder = tmp_path_factory.mktemp("why") / "result"
    compute_into(asked, folder)
    return folder


@pytest.fixture
def folder(made: Any, tmp_path: Path) -> Path:
    """A copy of a result folder, without a page."""
    copy = tmp_path / "result"
    shutil.copytree(made.folder, copy, ignore=shutil.ignore_patterns("report.html"))
    return copy


def test_it_says_what_it_wrote(folder: Path) -> None:
    out = run(folder, "--no-sliders").stdout
    assert re.fullmatch(rf"{re.escape(str(folder))}/report\.html: written, \d+\.\d kB\n", out)
    document = json.loads(run(folder, "--no-sliders", "--json").stdout)
    page = folder / "report.html"
    assert document == {
        "schema_version": 1,
        "file": str(page),
        "bytes": page.stat().st_size,
        "sliders": [],
        "points": 0,
        "explained": [],
    }


def test_sliders_are_taken_from_the_command_line(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    asked = ["--sliders", "authority.erosion=0:1:2", "--sliders", "prestige.following=0.1:0.3:2", "--replicates", "2"]
    document = json.loads(run(folder, "-o", page, *asked, "--json").stdout)
    assert document["sliders"] == ["authority.erosion", "prestige.following"]
    assert document["points"] == 9
    assert 'id="s1" min="0" max="2" step="1" value="1"' in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["authority.erosoin=0:1"], "'authority.erosoin': not a parameter; did you mean 'authority.erosion'?"),
        (["authority.erosion=0:2"], "needs LOW below HIGH, both from 0 to 1"),
        (["authority.erosion=0.5:0.5"], "needs LOW below HIGH"),
        (["authority.erosion=nan:1"], "needs LOW below HIGH"),
        (["authority.erosion=0:1:1"], "needs 2 to 21 steps"),
        (["authority.mean=0:2:5"], "takes only 0, 1, 2"),
        (["authority.erosion"], "--sliders no. 1: 'authority.erosion': must be written PARAMETER=LOW:HIGH"),
        (["authority.erosion=0:1:x"], "must be written"),
        (["authority.erosion=0:1", "authority.erosion=0:1"], "--sliders no. 2"),
        (["authority.erosion=0:1:21", "prestige.following=0:0.4:21", "mediation.tie=1:2:21"], "combinations"),
        ([f"{name}=0.1:0.2" for name in "abcde"], "at most 4 sliders"),
    ],
)
def test_wrong_sliders_are_refused(folder: Path, args: list[str], words: str) -> None:
    options = [part for text in args for part in ("--sliders", text)]
    assert words in run(folder, *options, status=2).stderr
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("range_", [(0.0,), (0.0, 1.0, 3, 4), ("0", 1.0), (0.0, True)])
def test_a_range_is_two_or_three_numbers(range_: Any) -> None:
    with pytest.raises(sim.InputError, match="a slider's range is"):
        asked({"authority.erosion": range_}, plan_run("us_engages_taliban", replicates=2))


def test_other_wrong_options(folder: Path) -> None:
    both = run(folder, "--no-sliders", "--sliders", "authority.erosion=0:1", status=2).stderr
    assert "contradict each other" in both
    assert "from 2 to 1000" in run(folder, "--replicates", "1", status=2).stderr
    for wrong in (1, -1, 1001):
        assert "must be 0, or a whole number from 2 to 1000" in run(folder, parts=wrong, status=2).stderr


def test_what_is_no_result_folder_is_refused(tmp_path: Path) -> None:
    assert "not a result folder" in run(tmp_path, status=2).stderr
    assert "no such folder" in run(tmp_path / "nowhere", status=2).stderr
    assert not list(tmp_path.iterdir())


def test_a_run_without_a_baseline_is_refused(alone: Path) -> None:
    before = sorted(alone.iterdir())
    assert "without a baseline: there is no difference to report" in run(alone, status=2).stderr
    assert sorted(alone.iterdir()) == before


def test_a_damaged_folder_is_the_machine_s_fault(folder: Path) -> None:
    (folder / "summary.csv").write_text("changed")
    assert "summary.csv: missing, or changed" in run(folder, status=1).stderr


def test_only_an_earlier_report_is_replaced(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>Mine</title>")
    assert (
        "this is there already, and this command has not made it"
        in run(folder, "-o", page, "--no-sliders", status=2).stderr
    )
    assert page.read_text() == "<!doctype html><title>Mine</title>"
    assert "this is there already" in run(folder, "-o", tmp_path, "--no-sliders", status=2).stderr
    page.unlink()
    run(folder, "-o", page, "--no-sliders")
    run(folder, "-o", page, "--no-sliders")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "result"]
    run(folder, "-o", tmp_path / "new" / "page.html", "--no-sliders")


def test_a_full_disk_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    stderr = run(folder, "--no-sliders", status=1).stderr
    assert "cannot be written (no space left on device)" in stderr
    assert not [path for path in folder.iterdir() if "report" in path.name]


def test_a_page_that_is_too_large_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.reports.report.LARGEST", 1000)
    assert "1000 are the most" in run(folder, "--no-sliders", status=2).stderr
    assert not (folder / "report.html").exists()


def test_parts_come_from_folders_of_explain(folder: Path, why: Path) -> None:
    output = run(folder, "--no-sliders", "--explain", why).stdout
    assert output.endswith("\nExplained: us_acceptance\n")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "in 3 repetitions)" in page
    assert "interventions" not in page.partition('class="parts"')[2].partition("</table>")[0]
    effect = read(why).effect
    assert f"{abs(effect[0]):.3f} [" in page.partition('class="parts"')[2].partition("</table>")[0]


def test_explanations_of_other_runs_are_refused(folder: Path, why: Path, tmp_path: Path) -> None:
    shutil.copytree(why, tmp_path / "other")
    manifest = json.loads((why / "manifest.json").read_text())
    manifest["request"] = "0" * 64  # as of another seed, or another model
    (tmp_path / "other" / "manifest.json").write_text(json.dumps(manifest))
    shutil.copytree(why, tmp_path / "twice")
    three = [part for name in (tmp_path / "other", why, tmp_path / "twice") for part in ("--explain", name)]
    refused = run(folder, "--no-sliders", *three, status=2).stderr
    assert "explains another run than this folder's" in refused
    assert "influence-sim explain us_engages_taliban --outcome kabul_authority --month 2018-12" in refused
    assert "explained by another of the folders" in refused
    assert (
        "not the folder of an explanation; it holds a run"
        in run(folder, "--no-sliders", "--explain", folder, status=2).stderr
    )
    (tmp_path / "twice" / "explanation.csv").write_text("changed")
    assert "explanation.csv: missing, or changed" in run(folder, "--explain", tmp_path / "twice", status=1).stderr
    assert not (folder / "report.html").exists()


def test_a_folder_of_another_model_gets_no_sliders(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["model_version"] = "0" * 64
    path.write_text(json.dumps(manifest))
    result = run(folder, parts=2)
    assert "no sliders: the model has changed" in result.stderr
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "not divided among its parts: the model has changed since this folder was made." in page
    assert "There are no sliders here: the model has changed since this folder was made." in page
    refused = run(folder, "--sliders", "authority.erosion=0:1", status=2).stderr
    assert "sliders would show other numbers" in refused
