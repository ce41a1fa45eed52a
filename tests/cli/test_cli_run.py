"""`run` and `rerun`: what a newcomer sees, what a script reads, what lies in the folder."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import influence_sim
from influence_sim.base.files import file_hash
from influence_sim.cli.folders import SLOW_TO_LOAD
from influence_sim.cli.main import cli
from influence_sim.cli.run import band
from influence_sim.runs.request import plan_run

pytestmark = pytest.mark.usefixtures("blank_pages")
Invoke = Callable[..., Result]
Made = tuple[Path, tuple[str, ...], Result]

SMALL = ("--replicates", "30", "--months", "40", "--assumptions", "none")


@pytest.fixture(scope="module")
def made(compiled: None, blank_pages: None, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One small run, made once: its folder's parent and what was printed."""
    home, here = tmp_path_factory.mktemp("made"), Path.cwd()
    os.chdir(home)
    try:
        options = ("--replicates", "30", "--months", "40", "--assumptions", "8")
        result = CliRunner().invoke(cli, ["run", "us_engages_taliban", *options])
    finally:
        os.chdir(here)
    assert result.exit_code == 0, result.output
    return home, options, result


def test_run_says_what_it_is_about(made: Made) -> None:
    _, _, result = made
    lines = result.stdout.splitlines()
    assert lines[0] == "The US follows Russia's example"
    assert lines[1].startswith("What if Washington accepts open relations")
    assert lines[3].startswith("Kabul's authority")
    assert (
        "us_engages_taliban against baseline, branching in 2018-01; 30 replicates, seed 1, 40 months to 2018-12"
    ) in lines
    assert result.stderr == ""


def test_run_prints_the_endings_that_the_folder_holds(made: Made) -> None:
    home, _, result = made
    lines = result.stdout.splitlines()
    heading = next(i for i, line in enumerate(lines) if line.startswith("AT THE END"))
    (folder,) = home.glob("results/*")
    loaded = influence_sim.load(folder)
    for line, row in zip(lines[heading + 1 :], loaded.ending().itertuples(), strict=False):
        label, baseline, scenario, difference = [part.strip() for part in line.split("  ") if part]
        assert label == row.label
        assert baseline.startswith(f"{row.baseline_mean:.3f} [")
        assert scenario == f"{row.mean:.3f} [{row.q05:.3f} to {row.q95:.3f}]"
        assert difference.startswith(f"{row.diff:+.3f} [")
    assert any(
        line.endswith("Intervals are Monte-Carlo error only: they say nothing about the assumptions.") for line in lines
    )


def test_run_says_how_each_difference_fares_under_other_assumptions(made: Made) -> None:
    _, _, result = made
    answer, besides = (
        result.stdout.split("\n\n")[1],
        result.stdout.split("Also:\n")[1].split("\n\n")[0].splitlines(),
    )
    assert re.search(r"8 plausible worlds", answer)
    assert re.search("hangs most on |assumption decides it|No assumption stands out|cannot tell", answer)
    assert len(besides) == len(plan_run("us_engages_taliban").reported) - 1
    assert all(re.search(r"\d+ %( of worlds)?\)$|(of the worlds|no difference)$", line) for line in besides)
    assert "Tried in plausible worlds, sets of assumptions that the record does not rule out;" in result.stdout


def test_run_names_the_folder_and_the_figure(made: Made) -> None:
    home, _, result = made
    result_line, figure_line = result.stdout.splitlines()[-2:]
    folder = home / result_line.removeprefix("Result: ")
    assert json.loads((folder / "manifest.json").read_text())["status"] == "complete"
    assert (home / figure_line.removeprefix("Figure: ")).read_bytes().startswith(b"\x89PNG")


def test_the_same_run_again_is_already_done_and_says_the_same(
    made: Made, monkeypatch: pytest.MonkeyPatch, invoke: Invoke
) -> None:
    home, options, first = made
    monkeypatch.chdir(home)
    files = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    again = invoke("run", "us_engages_taliban", *options)
    assert "(already done; nothing was run)" in again.stdout
    assert again.stdout.replace(" (already done; nothing was run)", "") == first.stdout
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()} == files


def test_what_is_said_is_of_the_worlds_that_were_asked_for(
    made: Made, monkeypatch: pytest.MonkeyPatch, invoke: Invoke
) -> None:
    """Also of a folder that holds the others, and of one from before there were any others."""
    home, options, _ = made
    monkeypatch.chdir(home)
    other = invoke("run", "us_engages_taliban", *options, "--worlds", "prior").stdout
    assert "8 prior worlds" in other
    assert "Tried in worlds of the prior ranges, whether or not the record allows them;" in other
    assert "(already done; it was only tried in other worlds)" in other
    (folder,) = home.glob("results/*")
    copied = shutil.copytree(folder, home / "old")
    both = json.loads(invoke("run", "us_engages_taliban", *options, "--worlds", "both", "--json").stdout)["outcomes"]
    apart = (
        json.loads(invoke("run", "us_engages_taliban", *options, "--worlds", worlds, "--json").stdout)["outcomes"]
        for worlds in ("plausible", "prior")
    )
    for row, plausible, prior in zip(both, *apart, strict=True):
        assert row["assumptions"]["worlds"] == "plausible"
        assert row["assumptions"]["share_same_sign"] == plausible["assumptions"]["share_same_sign"]
        assert row["assumptions"]["prior_share"] == prior["assumptions"]["share_same_sign"]
        assert "prior_share" not in plausible["assumptions"]
    text = invoke("run", "us_engages_taliban", *options, "--worlds", "both").stdout
    assert re.search(r"THIS SIGN  PLAUSIBLE  PRIOR\nKabul's authority +\d+ %  +\d+ %\n", text)
    table = pd.read_csv(copied / "assumptions.csv").drop(columns="worlds")
    table.to_csv(copied / "assumptions.csv", index=False)
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"]["assumptions.csv"] = file_hash(copied / "assumptions.csv")
    del manifest["arguments"]["worlds"]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    assert set(influence_sim.load(copied).assumptions["worlds"]) == {"prior"}
    shutil.rmtree(copied)
    page = home / "page.html"
    invoke("report", folder, "--no-sliders", "--explain-replicates", "0", "-o", page)
    text = " ".join(page.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ").split())
    assert "Over 8 plausible worlds" in text or "of 8 plausible worlds" in text
    assert "8 plausible worlds, sets of assumptions that the record does not rule out:" in text


def test_run_as_json_says_the_same_numbers(made: Made, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    home, options, first = made
    monkeypatch.chdir(home)
    data = json.loads(invoke("run", "us_engages_taliban", *options, "--json").stdout)
    assert data["schema_version"] == 1
    assert data["status"] == "already done"
    assert data["branch"] == "2018-01"
    assert (data["replicates"], data["seed"], data["months"]) == (30, 1, 40)
    assert [item["outcome"] for item in data["outcomes"]] == list(plan_run("us_engages_taliban").reported)
    for item in data["outcomes"]:
        assert item["difference"]["ci_low"] <= item["difference"]["mean"] <= item["difference"]["ci_high"]
        assert f"{item['scenario']['mean']:.3f} [" in first.stdout
        assert 0 <= item["assumptions"]["share_same_sign"] <= 1
        assert item["assumptions"]["points"] == 8


def test_run_stacks_its_table_where_the_window_is_narrow(
    made: Made, monkeypatch: pytest.MonkeyPatch, invoke: Invoke
) -> None:
    home, options, _ = made
    monkeypatch.chdir(home)
    monkeypatch.setenv("COLUMNS", "80")
    lines = invoke("run", "us_engages_taliban", *options).stdout.splitlines()
    assert max(len(line) for line in lines if not line.startswith(("Result", "Figure"))) <= 80
    start = lines.index("  Kabul's authority")
    assert [line.split()[0] for line in lines[start + 1 : start + 4]] == [
        "baseline",
        "scenario",
        "difference",
    ]


def test_rerun_finds_the_same_numbers(made: Made, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    home, _, _ = made
    monkeypatch.chdir(home)
    (folder,) = Path("results").glob("*")
    assert invoke("rerun", str(folder)).stdout == f"{folder}: the same numbers, byte for byte\n"
    data = json.loads(invoke("rerun", str(folder), "--json").stdout)
    assert data["same"] is True
    assert data["identical"] is True
    assert data["differences"] == {}


def test_rerun_of_something_else_is_refused(invoke: Invoke, folder: Path) -> None:
    Path("empty").mkdir()
    assert "manifest.json" in invoke("rerun", "empty", status=2).stderr
    assert invoke("rerun", "nowhere", status=2).stderr.startswith("nowhere")


def test_baseline_is_run_as_one_arm(invoke: Invoke, folder: Path) -> None:
    result = invoke("run", "baseline", *SMALL)
    assert "baseline; 30 replicates, seed 1, 40 months to 2018-12" in result.stdout
    assert "DIFFERENCE" not in result.stdout
    assert "interval" not in result.stdout
    data = json.loads(invoke("run", "baseline", *SMALL, "--json").stdout)
    assert data["against"] is None
    assert all(item["difference"] is None for item in data["outcomes"])


def test_against_none_is_one_arm_too(invoke: Invoke) -> None:
    data = json.loads(invoke("run", "us_surge", "--against", "none", *SMALL, "--json").stdout)
    assert (data["scenario"], data["against"]) == ("us_surge", None)


def test_settings_change_the_numbers_and_are_reported(invoke: Invoke) -> None:
    plain = json.loads(invoke("run", "baseline", *SMALL, "--json").stdout)
    changed = json.loads(invoke("run", "baseline", *SMALL, "--json", "--set", "authority.erosion=0.1").stdout)
    assert changed["parameters"] == {"authority.erosion": 0.1}
    assert plain["folder"] != changed["folder"]
    assert plain["outcomes"] != changed["outcomes"]


def test_one_replicate_has_no_interval(invoke: Invoke) -> None:
    options = ("--replicates", "1", "--months", "30", "--assumptions", "none")
    text = invoke("run", "us_surge", *options).stdout
    assert "One replicate gives no interval." in text
    assert "nan" not in text
    data = json.loads(invoke("run", "us_surge", *options, "--json").stdout)
    assert data["outcomes"][0]["difference"]["ci_low"] is None


def test_a_dry_run_says_how_much_it_is_and_writes_nothing(invoke: Invoke, folder: Path) -> None:
    text = invoke("run", "us_surge", "--dry-run").stdout
    assert text.startswith("us_surge: 400 runs of 64 months, about ")
    assert text.endswith("; nothing was written\n")
    data = json.loads(invoke("run", "us_surge", "--dry-run", "--json", "--out", "there").stdout)
    assert (data["runs"], data["months"], data["folder"]) == (400, 64, "there")
    assert data["bytes"] > 100_000
    assert os.listdir(folder) == []


def test_a_scenario_of_ones_own_runs_as_init_wrote_it(invoke: Invoke, folder: Path) -> None:
    invoke("init", "my_idea")
    text = invoke("run", "my_idea.yaml", *SMALL, "--out", "mine").stdout
    assert text.startswith("Europe talks to the Taliban as well\n")
    assert "Result: mine\n" in text
    assert sorted(os.listdir(folder)) == ["mine", "my_idea.yaml"]


def test_a_folder_with_something_else_in_it_is_left_alone(invoke: Invoke, folder: Path) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    result = invoke("run", "baseline", *SMALL, "--out", "mine", status=2)
    assert result.stderr.startswith("mine: ")
    invoke("run", "baseline", *SMALL, "--out", "mine", "--force", status=2)
    assert os.listdir("mine") == ["notes.txt"]
    assert Path("mine/notes.txt").read_text() == "mine"


def test_another_run_replaces_a_folder_only_if_forced(invoke: Invoke, folder: Path) -> None:
    invoke("run", "baseline", *SMALL, "--out", "mine")
    assert invoke("run", "us_surge", *SMALL, "--out", "mine", status=2).stderr.startswith("mine: ")
    invoke("run", "us_surge", *SMALL, "--out", "mine", "--force")
    assert influence_sim.load("mine").scenario == "us_surge"


def test_a_file_where_the_folder_should_be_is_refused(invoke: Invoke, folder: Path) -> None:
    Path("mine").write_text("mine")
    assert invoke("run", "baseline", *SMALL, "--out", "mine", status=2).stderr.startswith("mine: ")
    assert Path("mine").read_text() == "mine"


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((-0.0156, -0.0161, -0.0151), "-0.016 [-0.016 to -0.015]"),
        ((0.0012, 0.00004, 0.0029), "+0.00120 [+0.00004 to +0.00290]"),
        ((0.00002, -0.00001, 0.00005), "+0.00002 [-0.00001 to +0.00005]"),
        ((0.0, 0.0, 0.0), "0.000 [0.000 to 0.000]"),
        ((1e-9, 1e-10, 2e-9), "0.000000 [0.000000 to 0.000000]"),
        ((0.25, math.nan, math.nan), "+0.250"),
    ],
)
def test_small_differences_are_told_from_none(numbers: tuple[float, float, float], shown: str) -> None:
    assert band(numbers, signed=True) == shown


@pytest.mark.parametrize("holds", ["other files", "the complete results of us_surge"])
def test_a_folder_that_holds_something_else_is_refused_before_anything_is_loaded(
    invoke: Invoke, folder: Path, monkeypatch: pytest.MonkeyPatch, holds: str
) -> None:
    if holds == "other files":
        (folder / "out").mkdir()
        (folder / "out" / "letter.txt").write_text("keep")
    else:
        invoke("run", "us_surge", "--replicates", "2", "--months", "32", "--assumptions", "none", "--out", "out")
    before = {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
    monkeypatch.setitem(sys.modules, "influence_sim.runs.points", None)  # to import it fails
    result = invoke("run", "us_engages_taliban", "--out", "out", status=2)
    assert f"out: this folder holds {holds}" in result.stderr
    assert {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("module", SLOW_TO_LOAD)
def test_what_is_loaded_ahead_is_there(module: str) -> None:
    """Loading it says nothing of a name that is wrong."""
    assert import_module(module)
