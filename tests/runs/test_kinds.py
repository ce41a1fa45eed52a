"""Every kind of result lies in the same kind of folder: done once, read back, repeated, drawn, replaced."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import influence_sim as sim
from influence_sim.api import claims, compare, explain, run
from influence_sim.api.folders import FolderResult, compute_into
from influence_sim.base.errors import InputError
from influence_sim.cli.main import cli

pytestmark = pytest.mark.usefixtures("few_replicates", "few_pixels")
SIZE: dict[str, Any] = {"replicates": 2, "months": 31}


def of_run(folder: Path, seed: int = 1) -> FolderResult:
    return compute_into(run.plan_run("us_engages_taliban", seed=seed, **SIZE), folder)


def of_comparison(folder: Path, seed: int = 1) -> FolderResult:
    request = compare.plan_comparison(
        ["us_engages_taliban", "us_own_channel"], seed=seed, set={"tie.strength": 1.5}, **SIZE
    )
    return compute_into(request, folder)


def of_explanation(folder: Path, seed: int = 1) -> FolderResult:
    request = explain.plan_explanation("us_own_channel", month="2018-03", by=["rules"], replicates=2, seed=seed)
    return compute_into(request, folder)


def of_claims(folder: Path, seed: int = 1) -> FolderResult:
    return compute_into(claims.plan_claims(["C13"], samples=8, replicates=1, seed=seed), folder)


KINDS: dict[str, Callable[..., FolderResult]] = {
    "run": of_run,
    "compare": of_comparison,
    "explain": of_explanation,
    "claims": of_claims,
}


@pytest.fixture(scope="module", params=KINDS)
def made(
    few_replicates: None, few_pixels: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, FolderResult]:
    """The kind, and a folder of it."""
    return request.param, KINDS[request.param](tmp_path_factory.mktemp("kinds") / request.param)


def test_claims_tested_in_memory_can_be_saved(tmp_path: Path) -> None:
    tested = sim.test_claims(["C13"], samples=8, replicates=1)
    tested.save(tmp_path / "tested")
    loaded = sim.load(tmp_path / "tested")
    assert isinstance(loaded, sim.Verdicts)
    pd.testing.assert_frame_equal(loaded.table, tested.table)


def test_the_manifest_says_what_it_is(made: tuple[str, FolderResult]) -> None:
    kind, done = made
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert (manifest["kind"], manifest["status"], manifest["seed"]) == (kind, "complete", 1)
    held = {path.relative_to(done.folder).as_posix() for path in done.folder.rglob("*") if path.is_file()}
    assert held == {*manifest["files"], "manifest.json"}
    (figure,) = (name for name in held if name.startswith("figures/"))
    assert (done.folder / figure).stat().st_size > 10_000  # which is drawn


def test_the_same_again_is_done_already(made: tuple[str, FolderResult]) -> None:
    kind, done = made
    before = {path: path.stat().st_mtime_ns for path in done.folder.rglob("*")}
    again = KINDS[kind](done.folder)
    assert (done.fresh, again.fresh) == (True, False)
    assert again.result == done.result == sim.load(done.folder)
    assert {path: path.stat().st_mtime_ns for path in done.folder.rglob("*")} == before


def test_another_request_is_refused(made: tuple[str, FolderResult]) -> None:
    kind, done = made
    with pytest.raises(InputError, match="this folder holds the complete results of"):
        KINDS[kind](done.folder, seed=2)


def test_it_is_repeated_byte_for_byte(made: tuple[str, FolderResult]) -> None:
    repetition = sim.rerun(made[1].folder)
    assert (repetition.same, repetition.identical, repetition.notes) == (True, True, ())
    assert repetition.differences["max_abs_diff"].eq(0).all()


def test_it_is_copied_and_drawn_again(made: tuple[str, FolderResult], tmp_path: Path) -> None:
    copy = made[1].result.save(tmp_path / "copy")
    (figure,) = sim.draw(copy)
    assert figure.read_bytes() == (made[1].folder / figure.relative_to(copy)).read_bytes()
    assert sim.load(copy).save(copy) == copy


def test_pages_and_tables_are_made_of_every_kind(
    made: tuple[str, FolderResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, done = made
    monkeypatch.setattr("influence_sim.reports.page.data_uri", lambda _: "data:image/svg+xml;base64,")
    page = sim.report(done.folder, tmp_path / "page.html", sliders={}, explain_replicates=0)
    assert str(done.result.manifest["numbers"]) in page.path.read_text(encoding="utf-8")
    assert sim.export(done.folder, out=tmp_path / "tables")[0] == tmp_path / "tables" / "about.csv"


def test_a_changed_number_is_found_in_a_table(tmp_path: Path) -> None:
    done = of_comparison(tmp_path / "both")
    table = pd.read_csv(done.folder / "comparison.csv")
    table.loc[0, "diff"] += 1e-6
    table.to_csv(done.folder / "comparison.csv", index=False)
    with pytest.raises(sim.MachineError, match=r"comparison\.csv: missing, or changed"):
        sim.rerun(done.folder)
    manifest = json.loads((done.folder / "manifest.json").read_text())
    from influence_sim.base.files import file_hash

    manifest["files"]["comparison.csv"] = file_hash(done.folder / "comparison.csv")
    (done.folder / "manifest.json").write_text(json.dumps(manifest))
    repetition = sim.rerun(done.folder)
    assert (repetition.same, repetition.identical) == (False, False)
    gaps = repetition.differences.set_index("outcome")["max_abs_diff"]
    assert gaps["kabul_authority"] == pytest.approx(1e-6)
    assert (gaps.drop("kabul_authority") == 0).all()


def test_a_sweep_is_opened_repeated_and_drawn(tmp_path: Path) -> None:
    vary = {"precedent.strength": (0, 2), "authority.erosion": (0, 1)}
    sweep = sim.sweep("us_engages_taliban", vary=vary, samples=8, out=tmp_path / "sweep", **SIZE)
    assert sim.load(tmp_path / "sweep") == sweep
    repetition = sim.rerun(tmp_path / "sweep")
    assert (repetition.same, repetition.identical, tuple(repetition.differences["outcome"])) == (
        True,
        True,
        sweep.outcomes,
    )
    names = {path.name for path in sim.draw(tmp_path / "sweep", outcomes=["kabul_authority"])}
    assert names == {"sensitivity_kabul_authority_2018-03.png"}
    assert sim.load(sweep.save(tmp_path / "copy")).frame.equals(sweep.frame)


def test_tested_claims_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["claims", "C13", "--test", "--samples", "8", "--replicates", "1"]
    first = CliRunner().invoke(cli, asked)
    assert first.exit_code == 0, first.output
    (folder,) = os.listdir("results")
    assert f"Result: results/{folder}\nFigure: results/{folder}/figures/verdicts.png" in first.stdout
    monkeypatch.setattr(claims, "compute", None)
    again = CliRunner().invoke(cli, asked)
    assert "(already done; nothing was run)" in again.stdout
    assert again.stdout.replace(" (already done; nothing was run)", "") == first.stdout
    assert "--out goes with --test" in CliRunner().invoke(cli, ["claims", "--out", "x"]).stderr
