"""`sensitivity` and `discover` on the folder of a real sweep, from Python and from the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import Result

import influence_sim as sim
from influence_sim.base.errors import InputError, MachineError
from influence_sim.runs.folder import is_whole
from influence_sim.runs.manifest import read_manifest
from influence_sim.runs.sweeps.design import Factor

pytestmark = pytest.mark.usefixtures("few_pixels")
Invoke = Callable[..., Result]
PNG = b"\x89PNG"
POINTS, DATES = 80, 2


def driver(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Columns of an outcome that hangs on two of the factors, and is lower than -1 in a corner of them."""
    low = (frame["decide.rationality"] < 12) & (frame["authority.erosion"] > 0.4)
    return {"kabul_authority_diff": (-2.0 * low).to_numpy(), "kabul_authority_diff_sd": np.full(len(frame), 0.1)}


@pytest.fixture
def filled(folder: Any) -> Any:
    """The real sweep's folder with an outcome that is known."""
    folder.fill(driver(sim.load_sweep(folder.path).frame))
    return folder


def test_a_path_and_a_sweep_and_its_table_give_the_same(swept: Path) -> None:
    sweep = sim.load_sweep(swept)
    tables = [
        sim.sensitivity(source, "us_acceptance", resamples=50, **more).table
        for source, more in (
            (swept, {}),
            (str(swept), {}),
            (sweep, {}),
            (sweep.frame, {"factors": sweep.factors, "method": "sobol_indices", "replicates": 2}),
        )
    ]
    assert len(tables[0]) == 3
    assert set(tables[0]["date"]) == {"2018-08"}  # the last one
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


@pytest.mark.parametrize("message", [{"method": "morris"}, {"factors": ["violence.memory"]}, {"replicates": 3}])
def test_a_sweep_is_not_told_what_it_knows(swept: Path, message: dict[str, Any]) -> None:
    functions = (sim.sensitivity,) if "replicates" in message else (sim.sensitivity, sim.discover)
    for source in (swept, sim.load_sweep(swept)):
        for function in functions:
            with pytest.raises(sim.InputError, match=rf"^{next(iter(message))}: .* for a table only"):
                function(source, **message)


def test_a_sweep_has_no_figure_and_no_files_of_its_own(swept: Path, tmp_path: Path) -> None:
    sweep = sim.load_sweep(swept)
    assert not any(hasattr(sweep, name) for name in ("figure", "files", "draw_into"))  # `draw` draws its folder
    assert sim.load_sweep(sweep.save(tmp_path / "copy")).frame.equals(sweep.frame)


def test_all_outcomes_and_another_month(swept: Path) -> None:
    drivers = sim.sensitivity(swept, month="2018-06", resamples=20)
    assert drivers.summary["outcome"].tolist() == ["kabul_authority", "us_acceptance"]
    assert drivers.summary["column"].tolist() == ["kabul_authority_diff", "us_acceptance_diff"]
    assert set(drivers.table["date"]) == {"2018-06"}
    level = sim.sensitivity(swept, "kabul_authority_mean", resamples=20)
    assert level.summary["column"].tolist() == ["kabul_authority_mean"]
    assert "no paired difference" in level.notes[0]


def test_tells_what_drives_a_known_outcome(filled: Any, invoke: Invoke) -> None:
    result = invoke("sensitivity", filled.path, "--outcome", "kabul_authority")
    assert "The US follows Russia's example" in result.stdout
    assert "2018-08: sobol_indices, 16 base samples x (3 + 2) = 80 points, 2 replicates at each" in result.stdout
    lines = result.stdout.splitlines()
    assert lines[3:5] == ["Kabul's authority (difference)", lines[4]]
    factors = [line.split()[0] for line in lines[5:8]]
    assert factors[-1] == "precedent.strength"
    assert "too few base samples to tell" in result.stderr  # sixteen are few
    figure = filled.path / "figures" / "sensitivity_kabul_authority_2018-08.png"
    assert f"Figure: {figure}" in result.stdout
    assert figure.read_bytes().startswith(PNG)


def test_figures_join_the_folder_and_harm_nothing(folder: Any, invoke: Invoke) -> None:
    before = set(folder.manifest()["files"])
    invoke("sensitivity", folder.path, "--outcome", "us_acceptance")
    invoke("sensitivity", folder.path, "--outcome", "us_acceptance")  # again: drawn anew
    manifest = read_manifest(folder.path)
    assert set(manifest.files) - before == {"figures/sensitivity_us_acceptance_2018-08.png"}
    assert all(is_whole(folder.path / name, digest) for name, digest in manifest.files.items())
    assert sorted(path.name for path in (folder.path / "figures").iterdir()) == [
        "sensitivity_us_acceptance_2018-08.png"
    ]


def test_no_figures_writes_nothing(folder: Any, invoke: Invoke) -> None:
    manifest = folder.manifest()
    result = invoke("sensitivity", folder.path, "--no-figures")
    assert "Figure" not in result.stdout
    middle = sim.load(folder.path).frame["us_acceptance_mean"].median()
    invoke("discover", folder.path, "--where", f"us_acceptance > {middle}", "--no-figures")
    assert folder.manifest() == manifest
    assert not (folder.path / "figures").exists()


def test_sensitivity_as_data_and_as_a_table(folder: Any, invoke: Invoke, tmp_path: Path) -> None:
    out = tmp_path / "table.csv"
    result = invoke("sensitivity", folder.path, "--json", "--no-figures", "--out", out)
    data = json.loads(result.stdout, parse_constant=pytest.fail)
    assert [row["outcome"] for row in data["outcomes"]] == ["kabul_authority", "us_acceptance"]
    assert (data["schema_version"], data["method"], data["replicates"], data["figures"]) == (1, "sobol_indices", 2, [])
    first = data["outcomes"][0]
    assert {row["factor"] for row in first["factors"]} == set(sim.load_sweep(folder.path).design.columns)
    assert {row["samples"] for row in first["convergence"]} == {4, 8, 16}
    written = pd.read_csv(out)
    assert len(written) == 6
    assert written["ST"].tolist() == pytest.approx([row["ST"] for o in data["outcomes"] for row in o["factors"]])


def test_discovers_where_a_known_outcome_is_low(filled: Any, invoke: Invoke, tmp_path: Path) -> None:
    out = tmp_path / "limits.csv"
    where = "kabul_authority_diff <= -1"
    result = invoke("discover", filled.path, "--where", where, "--out", out)
    assert f"{where} in 2018-08: " in result.stdout
    limits = pd.read_csv(out).set_index("factor")
    assert limits.loc["decide.rationality", "limit"] == "below"
    assert limits.loc["decide.rationality", "value"] == pytest.approx(12, rel=0.1)
    assert limits.loc["authority.erosion", "limit"] == "above"
    assert limits.loc["authority.erosion", "value"] == pytest.approx(0.4, rel=0.1)
    assert "decide.rationality  below" in result.stdout
    assert "share coordinates" in result.stdout  # a Saltelli design
    figure = filled.path / "figures" / "discover_kabul_authority_diff_le_-1_2018-08.png"
    assert figure.read_bytes().startswith(PNG)
    data = json.loads(invoke("discover", filled.path, "--where", where, "--json").stdout, parse_constant=pytest.fail)
    assert data["figures"] == [str(figure)]
    assert [row["factor"] for row in data["box"]["limits"]] == list(limits.index)
    assert data["box"]["coverage"] == data["box"]["cases"] / data["cases"]
    assert len(data["trajectory"]) > 1


def test_not_told_where_it_looks_at_the_tenth_that_moves_most(folder: Any, invoke: Invoke) -> None:
    points = sim.load_sweep(folder.path).frame["point"].to_numpy(dtype=float)
    for sign, way, limit in ((-1.0, "below", "<= -71.1"), (1.0, "above", ">= 71.1")):
        folder.fill({"kabul_authority_diff": sign * points})
        result = invoke("discover", folder.path, "--no-figures")
        assert f"kabul_authority_diff {limit} in 2018-08: 8 of 80 points (10 %)" in result.stdout
        assert "not told where, it looks at the tenth of the points" in " ".join(result.stdout.split())
        assert f"where Kabul's authority ends furthest {way} the other arm" in " ".join(result.stdout.split())
    assert sim.discover(folder.path).where == "kabul_authority_diff >= 71.1"
    with pytest.raises(sim.InputError, match="a table needs an expression"):
        sim.discover(sim.load_sweep(folder.path).frame)


def test_long_expressions_have_figures_of_their_own(filled: Any, invoke: Invoke) -> None:
    for end in ("0.25", "0.26"):
        parts = " and ".join(["kabul_authority_diff < -1"] * 4)
        invoke("discover", filled.path, "--where", f"{parts} and authority.erosion > {end}")
    assert len(list((filled.path / "figures").iterdir())) == 2


def test_points_that_failed_are_told_of(filled: Any, invoke: Invoke) -> None:
    filled.fill({}, keep=lambda frame: ~frame["point"].isin([3, 11]))
    result = invoke("sensitivity", filled.path, "--no-figures", "--outcome", "kabul_authority")
    assert "14 base samples x (3 + 2) = 70 points (10 more do not count, because points failed)" in result.stdout
    result = invoke("discover", filled.path, "--no-figures", "--where", "kabul_authority_diff < -1")
    assert "of 78 points" in result.stdout
    assert "2 more points do not count" in result.stdout


def test_boxes_name_the_factors_that_they_restrict_more_than_the_one_before(filled: Any, invoke: Invoke) -> None:
    text = invoke("discover", filled.path, "--no-figures", "--verbose", "--where", "kabul_authority_diff < -1").stdout
    lines = text.partition("NEWLY RESTRICTED")[2].partition("\n\n")[0].splitlines()[1:]
    added = [name for line in lines for name in line.split("  ")[-1].strip().split(", ") if name != "-"]
    assert len(added) == len(set(added)) == int(lines[-1].split()[-2]) > 0


def test_a_box_that_was_asked_for(filled: Any, invoke: Invoke) -> None:
    result = invoke("discover", filled.path, "--where", "kabul_authority_diff < -1", "--point", "0", "--no-figures")
    assert "No box" not in result.stdout + result.stderr
    assert "Box 0 holds every point" in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["sensitivity", "--outcome", "kabul_autority"],
            "not an outcome of this sweep; did you mean 'kabul_authority'",
        ),
        (["sensitivity", "--month", "2018-07"], "--month: '2018-07': the sweep has not kept this month"),
        (["discover", "--where", "kabul_autority < 1"], "--where:1: 'kabul_autority': not a column"),
        (["discover", "--where", "kabul_authority > 0 and __import__('os')"], "--where:25: '__import__'"),
        (["discover", "--where", "kabul_authority > 1e9"], "holds at no point of 80; kabul_authority runs from"),
        (["discover", "--where", "point > 3"], "'point': not a column"),
    ],
)
def test_wrong_questions_are_told_and_change_nothing(
    folder: Any, invoke: Invoke, args: list[str], message: str
) -> None:
    manifest = folder.manifest()
    result = invoke(args[0], folder.path, *args[1:], status=2)
    assert message in result.stderr
    assert result.stdout == ""
    assert folder.manifest() == manifest


def test_folders_that_hold_no_finished_sweep(folder: Any, invoke: Invoke, tmp_path: Path) -> None:
    assert "no such folder" in invoke("sensitivity", tmp_path / "nowhere", status=2).stderr
    where = ["--where", "kabul_authority > 0.5"]
    folder.change(lambda manifest: manifest.update(status="running"))
    assert "--resume" in invoke("discover", folder.path, *where, status=2).stderr
    folder.change(lambda manifest: manifest.update(status="complete", kind="run"))
    assert "not the folder of a sweep" in invoke("sensitivity", folder.path, status=2).stderr
    with pytest.raises(InputError, match="not the folder of a sweep"):
        sim.discover(folder.path, "kabul_authority > 0.5")


def test_a_damaged_table_is_never_read(folder: Any, invoke: Invoke) -> None:
    runs = folder.path / "runs.parquet"
    whole = runs.read_bytes()
    for harmed in (whole[:-100], whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], b""):
        runs.write_bytes(harmed)
        with pytest.raises(MachineError, match=r"runs\.parquet: changed or damaged"):
            sim.sensitivity(folder.path)
    assert "changed or damaged" in invoke("sensitivity", folder.path, status=1).stderr
    runs.unlink()
    result = invoke("discover", folder.path, "--where", "kabul_authority > 0.5", status=1)
    assert "runs.parquet: cannot be read" in result.stderr


def test_a_table_cannot_be_written_where_there_is_no_folder(folder: Any, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = invoke("sensitivity", folder.path, "--no-figures", "--out", tmp_path / "file" / "t.csv", status=1)
    assert "cannot be written" in result.stderr


def test_one_arm_has_levels(tmp_path: Path) -> None:
    out = tmp_path / "alone"
    vary = {"precedent.strength": (0, 2)}
    size = {"samples": 24, "replicates": 2, "months": 12, "outcomes": ["kabul_authority"]}
    sim.sweep("baseline", against=None, vary=vary, design="lhs", out=out, **size)
    drivers = sim.sensitivity(out)
    assert drivers.summary["column"].tolist() == ["kabul_authority_mean"]
    assert drivers.notes[1] == "no paired difference, so the outcome itself is looked at: kabul_authority"
    shutil.rmtree(out)


def test_a_notebook_shows_choices_by_their_names(planted: Any) -> None:
    frame = planted().rename(columns={"a": "authority.erosion"})
    frame["authority.mean"] = np.tile([0.0, 1.0, 2.0], 200)
    frame["y"] = np.where((frame["authority.mean"] < 2) & (frame["authority.erosion"] > 0.5), -1.0, 0.0)
    factors = [Factor("authority.erosion", 0.0, 1.0), Factor("authority.mean", 0.0, 2.0, choices=(0.0, 1.0, 2.0))]
    box = sim.discover(frame, "y < 0", factors=factors, method="lhs")
    assert "geometric, arithmetic" in box._repr_html_()
    assert "authority.mean is geometric or arithmetic" in box.finding
