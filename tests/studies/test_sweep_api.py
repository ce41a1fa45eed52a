"""`sweep`, `load_sweep` and what they return."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.runs.sweeps.execute import run_sweep
from influence_sim.runs.sweeps.plan import plan_sweep

LEVER = "interventions.us.engage_publicly.taliban"
VARY = {"precedent.strength": (0, 2), LEVER: (0, 1)}
SMALL = {"samples": 8, "replicates": 3, "months": 34}
STUDY = """\
schema_version: 1
scenario: us_engages_taliban
replicates: 3
months: 34
design: {method: lhs, samples: 8}
vary:
  precedent.strength: [0, 2]
  interventions.us.engage_publicly.taliban: [0, 1]
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> sim.Sweep:
    """A small sweep."""
    return sim.sweep("us_engages_taliban", vary=VARY, out=tmp_path_factory.mktemp("sweep") / "s", **SMALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_frame_has_a_row_a_point_and_date(done: sim.Sweep) -> None:
    frame = done.frame
    assert list(frame.columns[:4]) == ["point", "date", *VARY]
    assert frame["point"].tolist() == list(range(8))
    assert set(frame["date"]) == {pd.Timestamp("2018-06-01")}
    assert frame[list(VARY)].to_numpy().tolist() == done.design.to_numpy().tolist()
    assert done.design.index.tolist() == list(range(8))
    levels = frame["kabul_authority_mean"] - frame["kabul_authority_baseline"]
    np.testing.assert_allclose(levels, frame["kabul_authority_diff"], atol=1e-12)
    assert (frame["kabul_authority_diff"] != 0).all()


def test_a_point_is_what_a_run_with_its_values_gives(done: sim.Sweep) -> None:
    """The sweep's difference at a point against an ordinary run of the same draws."""
    only = sim.sweep(
        "us_engages_taliban",
        vary={"precedent.strength": {"choice": [0.5, 1.5]}},
        design="grid",
        out=done.folder.parent / "one",
        replicates=3,
        months=34,
    )
    for value, row in zip([0.5, 1.5], only.frame.to_dict("records"), strict=True):
        run = sim.run("us_engages_taliban", replicates=3, months=34, set={"precedent.strength": value})
        last = run.ending().set_index("outcome").loc["kabul_authority"]
        assert row["kabul_authority_diff"] == pytest.approx(last["diff"], abs=1e-12)
        assert row["kabul_authority_mean"] == pytest.approx(last["mean"], abs=1e-12)


def test_it_says_what_it_is(done: sim.Sweep) -> None:
    assert (done.scenario, done.against, done.method, done.points) == ("us_engages_taliban", "baseline", "lhs", 8)
    assert [factor.path for factor in done.factors] == list(VARY)
    assert done.failed == []
    assert done.small_print()[-1].startswith("A share of points is not a probability")
    text = "us_engages_taliban against baseline: 2 numbers varied, 8 points (lhs), 3 replicates at each"
    assert repr(done) == f"{done.finding}\n<Sweep {text}>"
    assert done.finding.startswith("Kabul's authority in ")
    page = done._repr_html_()
    assert text in page
    assert "<table" in page
    assert done.title.replace("'", "&#x27;") in page


def test_the_ending_counts_points(done: sim.Sweep) -> None:
    table = done.ending().set_index("outcome")
    values = done.frame["russia_acceptance_diff"]
    row = table.loc["russia_acceptance"]
    assert row["mean"] == pytest.approx(values.mean())
    assert [row["low"], row["high"]] == pytest.approx(values.quantile([0.05, 0.95]).tolist())
    assert (row["sign"], row["points"]) == ("+", 8)
    assert row["share_same_sign"] == (values > 0).mean()
    assert row["share_same_sign"] + row["share_zero"] <= 1
    assert list(done.ending(["russia_acceptance"])["outcome"]) == ["russia_acceptance"]
    with pytest.raises(sim.InputError, match="not an outcome of this sweep; did you mean 'russia_acceptance'"):
        done.ending(["us_acceptence"])


def test_no_difference_has_no_sign(done: sim.Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = sim.load_sweep(done.folder)
    frame = done.frame.assign(russia_acceptance_diff=[0.0] * 8, kabul_authority_diff=[0.0, *[-1.0] * 5, 1.0, 1e-15])
    monkeypatch.setitem(copy.__dict__, "frame", frame)
    table = copy.ending().set_index("outcome")
    assert table.loc["russia_acceptance", ["sign", "share_zero"]].tolist() == ["", 1.0]
    assert table.loc["kabul_authority", ["sign", "share_same_sign", "share_zero"]].tolist() == ["-", 5 / 8, 2 / 8]


def test_a_folder_is_read_back(done: sim.Sweep) -> None:
    again = sim.load_sweep(str(done.folder))
    pd.testing.assert_frame_equal(again.frame, done.frame)
    assert again.factors == done.factors


def test_the_same_again_runs_nothing(done: sim.Sweep) -> None:
    before = (done.folder / "runs.parquet").stat().st_mtime_ns
    again = sim.sweep("us_engages_taliban", vary=VARY, out=done.folder, **SMALL)
    assert (done.folder / "runs.parquet").stat().st_mtime_ns == before
    pd.testing.assert_frame_equal(again.frame, done.frame)


def test_a_file_a_mapping_and_the_written_study_are_the_same_sweep(done: sim.Sweep, folder: Path) -> None:
    (folder / "s.yaml").write_text(STUDY)
    mapping = {"scenario": "us_engages_taliban", "design": {"method": "lhs", "samples": 8}, "vary": VARY}
    digests = [
        plan_sweep("s.yaml").digest,
        plan_sweep(folder / "s.yaml").digest,
        plan_sweep({**mapping, "replicates": 3, "months": 34}).digest,
        plan_sweep(mapping, replicates=3, months=34).digest,
        plan_sweep(done.folder / "study.yaml").digest,
    ]
    assert digests == [done.manifest["request"]] * 5


def test_words_replace_what_a_file_says(folder: Path) -> None:
    (folder / "s.yaml").write_text(STUDY)
    request = plan_sweep("s.yaml", samples=4, design_seed=3, replicates=2, set={"tie.strength": 1.5}, against=None)
    assert (request.samples, request.design_seed, request.replicates) == (4, 3, 2)
    assert request.parameters == {"tie.strength": 1.5}
    assert request.against is None
    assert plan_sweep("s.yaml", design="morris").method == "morris"
    with pytest.raises(sim.InputError, match=r"^design\.samples: 'x': must be a whole number, not text$"):
        plan_sweep("s.yaml", design={"method": "lhs", "samples": "x"})
    with pytest.raises(sim.InputError, match=r"^design\.samples: '1': too few: at least 2 points are needed$"):
        plan_sweep("s.yaml", samples=1)


def test_a_scenario_needs_to_be_told_what_to_vary(folder: Path) -> None:
    (folder / "s.yaml").write_text(STUDY)
    with pytest.raises(sim.InputError, match="a scenario's name alone is no sweep; say what to vary"):
        sim.sweep("us_engages_taliban")
    with pytest.raises(sim.InputError, match="this is a study, which says itself what is varied"):
        sim.sweep("s.yaml", vary=VARY)


def test_any_executor_will_do(done: sim.Sweep, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        other = sim.sweep("us_engages_taliban", vary=VARY, out=tmp_path / "s", executor=pool, **SMALL)
    assert (other.folder / "runs.parquet").read_bytes() == (done.folder / "runs.parquet").read_bytes()


def test_shards_are_missed_until_they_are_there(tmp_path: Path) -> None:
    large = {"samples": 3, "replicates": 700, "months": 29}  # two parts
    with pytest.raises(sim.MachineError, match="the points of this shard are done; those of other shards are missing"):
        sim.sweep("us_engages_taliban", vary=VARY, out=tmp_path / "s", shard=(2, 2), **large)
    request = plan_sweep("us_engages_taliban", vary=VARY, **large)
    assert run_sweep(request, tmp_path / "s", shard=(2, 2)).missing == (1,)
    with pytest.raises(sim.InputError, match="not complete"):
        sim.load_sweep(tmp_path / "s")
    assert run_sweep(request, tmp_path / "s", shard=(1, 2)).missing == ()
    assert sim.load_sweep(tmp_path / "s").frame["point"].tolist() == [0, 1, 2]


def test_a_damaged_table_is_noticed(done: sim.Sweep, tmp_path: Path) -> None:
    shutil.copytree(done.folder, tmp_path / "s")
    raw = bytearray((tmp_path / "s" / "runs.parquet").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "s" / "runs.parquet").write_bytes(raw)
    with pytest.raises(sim.MachineError, match=r"runs\.parquet"):
        _ = sim.load_sweep(tmp_path / "s").frame


def test_folders_of_runs_and_of_sweeps_are_told_apart(done: sim.Sweep, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    manifest = json.loads((done.folder / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "kind": "run"}))
    with pytest.raises(sim.InputError, match=r"this is not the folder of a sweep; it holds a run$"):
        sim.load_sweep(run)
    assert sim.load(done.folder) == done
    with pytest.raises(sim.InputError, match="not a result folder"):
        sim.load_sweep(tmp_path)


def test_one_arm_has_levels_and_no_signs(tmp_path: Path) -> None:
    alone = sim.sweep("baseline", vary={"precedent.strength": (0, 2)}, samples=4, replicates=2, months=12, out=tmp_path)
    assert alone.against is None
    assert not [name for name in alone.frame.columns if "diff" in name or "baseline" in name]
    assert list(alone.ending().columns) == ["outcome", "label", "unit", "points", "mean", "low", "high"]


def test_kept_trajectories_are_those_of_the_runs(done: sim.Sweep, tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match="this sweep kept no trajectories"):
        done.trajectories()
    swept = sim.sweep("us_engages_taliban", vary=VARY, out=tmp_path / "s", keep="trajectories", **SMALL)
    pd.testing.assert_frame_equal(swept.frame, done.frame)
    runs = swept.trajectories([5, 2])
    assert sorted(set(runs["point"])) == [2, 5]
    assert len(runs) == 2 * 2 * 3 * 34
    last = runs[(runs["date"] == runs["date"].max()) & (runs["scenario"] == "us_engages_taliban")]
    means = last.groupby("point")["russia_acceptance"].mean()
    assert means.tolist() == pytest.approx(done.frame.set_index("point").loc[[2, 5], "russia_acceptance_mean"].tolist())
    assert len(swept.trajectories()) == 4 * len(runs)
