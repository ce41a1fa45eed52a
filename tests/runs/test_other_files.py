"""Nothing lost and nothing overwritten: what is made from results, what stands beside them, disks of every kind."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import influence_sim as sim
from influence_sim.analysis.worlds import COUNT, Worlds, read
from influence_sim.base.files import replace_file, stamp
from influence_sim.cli.main import cli
from influence_sim.runs.manifest import read_manifest

pytestmark = pytest.mark.usefixtures("blank_pages")
Invoke = Callable[..., Result]
RUN = ("--replicates", "2", "--months", "35", "--assumptions", "none")
SWEEP = ("sweep", "us_withdraws", *RUN[:4], "--vary", "tie.strength=0:2", "--samples", "8", "--outcome", "violence")
PAGE = ("--no-sliders", "--explain-replicates", "0")


@pytest.fixture(scope="module")
def finished(blank_pages: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of a run and of a sweep, as the commands leave them, for copies of them to be changed."""
    folder = tmp_path_factory.mktemp("kept")
    for command in (("run", "us_engages_taliban", *RUN, "--out", folder / "made"), (*SWEEP, "--out", folder / "swept")):
        result = CliRunner().invoke(cli, [*map(str, command)])
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def made(finished: Path, here: Path) -> Path:
    """The folder of a run."""
    shutil.copytree(finished / "made", "made")
    return Path("made")


@pytest.fixture
def swept(finished: Path, here: Path) -> Path:
    """The folder of a sweep."""
    shutil.copytree(finished / "swept", "swept")
    return Path("swept")


def test_what_was_made_from_other_numbers_goes(made: Path, invoke: Invoke) -> None:
    invoke("report", made, *PAGE)
    invoke("plot", made, "--kind", "fan", "--outcome", "violence", "--svg")
    before = read_manifest(made)
    figures = {f"figures/{name}" for name in ("headline.png", "fan_violence.png", "fan_violence.svg")}
    assert set(before.derived) == {"report.html", *figures}
    for name in before.derived:
        assert stamp(before.numbers).encode() in (made / name).read_bytes()
    invoke("run", "us_withdraws", *RUN, "--out", made, "--force")
    after = read_manifest(made)
    assert after.numbers != before.numbers
    assert after.derived == {"figures/headline.png": after.numbers}
    assert {path.name for path in made.rglob("*") if path.is_file()} == {
        "manifest.json",
        *(Path(name).name for name in after.files),
    }


@pytest.mark.parametrize("name", ["scenario.yaml", "swept/runs.parquet", "swept/manifest.json", "link", "swept/parts"])
@pytest.mark.parametrize("command", [["sensitivity"], ["discover", "--where", "violence_diff < -0.03"]])
def test_no_table_takes_the_place_of_anything_else(swept: Path, invoke: Invoke, command: list[str], name: str) -> None:
    Path("scenario.yaml").write_text("mine")
    Path("link").symlink_to("scenario.yaml")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    asked = [command[0], "swept", *command[1:], "--no-figures", "--out", name]
    result = invoke(*asked, status=2)
    assert f"{name}: this is there already, and this command has not made it" in result.stderr
    assert result.stdout.startswith("The US leaves")  # the answer is printed all the same
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_no_table_takes_the_name_of_a_number_that_is_missing(swept: Path, invoke: Invoke) -> None:
    (swept / "study.yaml").unlink()
    before = read_manifest(swept)
    refused = invoke("sensitivity", swept, "--no-figures", "--out", swept / "study.yaml", status=2)
    assert "study.yaml: this is the name of one of the result's own files" in refused.stderr
    assert not (swept / "study.yaml").exists()
    assert read_manifest(swept) == before


def test_a_table_of_the_same_command_is_replaced_and_one_beside_the_numbers_listed(swept: Path, invoke: Invoke) -> None:
    for out in ("table.csv", "swept/table.csv"):
        invoke("sensitivity", swept, "--no-figures", "--out", out)
        invoke("sensitivity", swept, "--no-figures", "--seed", "2", "--out", out)
    manifest = read_manifest(swept)
    assert manifest.derived == {"table.csv": manifest.numbers}
    invoke("run", "us_withdraws", *RUN, "--out", "other")
    refused = invoke("sensitivity", swept, "--no-figures", "--out", "other/table.csv", status=2)
    assert "this would stand beside other results" in refused.stderr


def test_verdicts_drawn_beside_a_document_overwrite_nothing(invoke: Invoke) -> None:
    from influence_sim.analysis.claims.examination import shipped_examination

    Path("verdicts.json").write_text(json.dumps(shipped_examination().document()))
    Path("verdicts.png").write_text("mine")
    assert "verdicts.png: this is there already" in invoke("plot", "verdicts.json", status=2).stderr
    assert Path("verdicts.png").read_text() == "mine"
    Path("verdicts.png").unlink()
    invoke("plot", "verdicts.json")
    invoke("plot", "verdicts.json")


def test_a_run_survives_a_figure_that_fails(compiled: None, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("influence_sim.views.headline", lambda *_, **__: 1 / 0)
        result = invoke("run", "us_withdraws", *RUN, "--out", "made", status=1)
    assert "Result: made\n" in result.stdout
    assert "headline.png: cannot be drawn (ZeroDivisionError: division by zero); all numbers are there" in result.stderr
    assert sim.load("made").scenario == "us_withdraws"
    again = invoke("run", "us_withdraws", *RUN, "--out", "made")
    assert "already done" in again.stdout
    assert Path("made/figures/headline.png").is_file()


def test_an_answer_is_printed_where_nothing_can_be_written(
    swept: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("influence_sim.runs.derived.replace_file", refuse)
    monkeypatch.setattr("influence_sim.runs.manifest.replace_file", refuse)
    result = invoke("sensitivity", swept, status=1)
    assert "tie.strength" in result.stdout
    assert "swept: cannot be written (read-only file system)" in result.stderr
    assert json.loads(invoke("sensitivity", swept, "--json", status=1).stdout)["figures"] == []


def full(*_: Any, **__: Any) -> None:
    """A disk on which nothing has room."""
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("run", "us_withdraws", *RUN), "The US leaves\n"),
        (("compare", "us_surge", *RUN[:4], "--assumptions", "8"), "DIFFERENCE"),
        (("explain", "us_withdraws", "--replicates", "2", "--by", "interventions"), "Kabul's authority ends"),
        (("claims", "C36", "--test", "--samples", "8", "--replicates", "1", "--worlds", "prior"), "C36"),
    ],
)
@pytest.mark.usefixtures("compiled", "few_replicates")
def test_a_computed_answer_is_printed_where_the_disk_is_full_by_now(
    command: tuple[str, ...], message: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("influence_sim.runs.folder.settle", full)
    result = invoke(*command, "--out", "made", status=1)
    assert message in result.stdout
    assert "Figure: " not in result.stdout
    assert result.stderr.endswith("made: cannot be written (no space left on device)\n")
    assert json.loads(Path("made/manifest.json").read_text())["status"] == "failed"
    assert {path.name for path in Path("made").rglob("*")} == {"manifest.json"}


def test_worlds_and_scores_are_printed_where_the_disk_is_full(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.analysis.matching.make", lambda *_, **__: read())
    monkeypatch.setattr("influence_sim.base.files.replace_file", full)
    made = invoke("worlds", "--make", "--out", "worlds.npz", status=1)
    assert made.stdout.startswith(f"{COUNT:,} plausible worlds")
    assert "worlds.npz\n" not in made.stdout
    assert "worlds.npz: cannot be written (no space left on device)" in made.stderr
    Path("said.csv").write_text("outcome,month,origin,q25,q50,q75\nx,2017-03,2016-12,1,2,3\n")
    Path("came.csv").write_text("outcome,month,value\nx,2016-11,1\nx,2016-12,2\nx,2017-03,2.1\n")
    scored = invoke("score", "said.csv", "came.csv", "--out", "scores", status=1)
    assert "PERSISTENCE" in scored.stdout
    assert "scores.csv" not in scored.stdout
    assert "scores: cannot be written (no space left on device)" in scored.stderr


def test_harmless_files_are_let_alone_and_others_named(compiled: None, invoke: Invoke) -> None:
    Path("out").mkdir()
    for name in (".DS_Store", "slurm-17.out", "job.log"):
        (Path("out") / name).write_text(name)
    invoke("run", "us_withdraws", *RUN, "--out", "out")
    invoke("run", "us_surge", *RUN, "--out", "out", "--force")
    assert all((Path("out") / name).read_text() == name for name in (".DS_Store", "slurm-17.out", "job.log"))
    Path("mixed").mkdir()
    (Path("mixed") / "thesis.doc").write_text("mine")
    refused = invoke("run", "us_withdraws", *RUN, "--out", "mixed", "--force", status=2)
    assert "other files and no results: thesis.doc; choose another one, or move them away" in refused.stderr


@pytest.mark.parametrize(
    "command", [("rerun",), ("report", *PAGE), ("plot",), ("run", "us_engages_taliban", *RUN, "--out")]
)
@pytest.mark.parametrize("kind", ["link", "ring", "pipe"])
def test_a_link_or_pipe_is_refused_unread(made: Path, invoke: Invoke, command: tuple[str, ...], kind: str) -> None:
    Path("secret").write_text("root:x:0:0")
    (made / "scenario.yaml").unlink()
    if kind == "link":
        (made / "scenario.yaml").symlink_to(Path("secret").resolve())
    elif kind == "ring":
        (made / "scenario.yaml").symlink_to("scenario.yaml")
    else:
        os.mkfifo(made / "scenario.yaml")
    rest = (*command, made) if command[0] == "run" else (command[0], made, *command[1:])
    result = invoke(*rest, status=2)
    assert "scenario.yaml leads out of the folder" in result.stderr or "scenario.yaml is a pipe" in result.stderr
    assert "root:" not in result.output


def test_a_manifest_that_is_a_link_is_not_read(made: Path, invoke: Invoke) -> None:
    Path("secret").write_bytes((made / "manifest.json").read_bytes())
    (made / "manifest.json").unlink()
    (made / "manifest.json").symlink_to(Path("secret").resolve())
    assert "manifest.json leads out of the folder" in invoke("rerun", made, status=2).stderr


def test_a_ring_of_links_is_no_folder(invoke: Invoke) -> None:
    Path("ring").symlink_to("ring")
    for command in (("rerun", "ring"), ("plot", "ring"), ("run", "us_withdraws", *RUN, "--out", "ring")):
        assert invoke(*command, status=2).stderr == "ring: a ring of links, which leads nowhere\n"


@pytest.mark.parametrize("raw", [b"", b"scenario,outcome\n1\n", b"\xff\xfe"])
def test_a_table_that_is_none_is_damaged(made: Path, invoke: Invoke, raw: bytes) -> None:
    """Also where whoever sent it has made the manifest agree with it."""
    (made / "summary.csv").write_bytes(raw)
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["files"]["summary.csv"] = hashlib.sha256(raw).hexdigest()
    (made / "manifest.json").write_text(json.dumps(manifest))
    assert "summary.csv: damaged" in invoke("report", made, *PAGE, status=1).stderr


@pytest.mark.parametrize("name", ["made/scenario.yaml", "swept/study.yaml"])
def test_a_scenario_or_study_of_a_result_is_no_link_out_of_it(
    made: Path, swept: Path, invoke: Invoke, name: str
) -> None:
    Path("secret").write_text("root:x:0:0")
    Path(name).unlink()
    Path(name).symlink_to(Path("secret").resolve())
    command = ("run", name, *RUN) if name.startswith("made") else ("sweep", name)
    result = invoke(*command, status=2)
    assert f"{Path(name).name} leads out of the folder" in result.stderr
    assert "root:" not in result.output


def test_worlds_take_the_place_of_nothing_but_worlds(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def make(*_: object, **__: object) -> Worlds:
        made.append(1)
        return read()

    monkeypatch.setattr("influence_sim.analysis.matching.make", make)
    Path("thesis.doc").write_text("mine")
    refused = invoke("worlds", "--make", "--out", "thesis.doc", status=2)
    assert "this command has not made it" in refused.stderr
    assert (Path("thesis.doc").read_text(), made) == ("mine", [])  # before anything was computed
    for _ in range(2):
        invoke("worlds", "--make", "--out", "new/worlds.npz")
    assert len(read(Path("new/worlds.npz")).numbers) == len(read().numbers)


def test_a_file_that_was_changed_is_not_told_of(made: Path, invoke: Invoke) -> None:
    (made / "scenario.yaml").write_text("root:x:0:0")
    result = invoke("rerun", made, status=1)
    assert result.stderr.endswith("made/scenario.yaml: missing, or changed since it was written\n")
    assert "root:" not in result.output


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            ("scenario", "title"),
            5,
            "'5': not a manifest of influence-sim, or damaged: `scenario.title` should be",
        ),
        (("files",), [], "`files` should be a valid dictionary"),
        (("arguments", "replicates"), "2", "`arguments.replicates` should be a valid integer"),
        (("arguments", "months"), 10**12, "`arguments.months` should be less than or equal to 12000"),
        (("arguments", "seed"), ..., "`arguments.seed` is missing"),
        (("scenario", "branch"), "soon", "`scenario.branch` "),
        (("tool",), 1, "not a manifest of influence-sim, or damaged"),
    ],
)
def test_a_manifest_of_wrong_types_says_which_key(
    made: Path, invoke: Invoke, path: tuple[str, ...], value: Any, words: str
) -> None:
    document = json.loads((made / "manifest.json").read_text())
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    if value is ...:
        del place[path[-1]]
    (made / "manifest.json").write_text(json.dumps(document))
    for command in (("report", made), ("plot", made), ("rerun", made), ("run", "us_withdraws", *RUN, "--out", made)):
        assert words in invoke(*command, status=2).stderr


@pytest.mark.parametrize("factors", ["none", [{"path": "tie.strength"}], [{"path": "tie.strength", "lowest": 1}]])
def test_nor_factors_of_wrong_types(swept: Path, invoke: Invoke, factors: Any) -> None:
    document = json.loads((swept / "manifest.json").read_text())
    document["arguments"]["factors"] = factors
    (swept / "manifest.json").write_text(json.dumps(document))
    assert "`arguments.factors" in invoke("sensitivity", swept, status=2).stderr


def test_outcomes_that_a_sweep_does_not_have_are_damage(swept: Path, invoke: Invoke) -> None:
    document = json.loads((swept / "manifest.json").read_text())
    document["arguments"]["outcomes"] = ["settlement"]
    (swept / "manifest.json").write_text(json.dumps(document))
    assert "runs.parquet lacks 'settlement_mean'" in invoke("sensitivity", swept, status=1).stderr


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_disk_without_locks(compiled: None, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    result = invoke("run", "us_withdraws", *RUN, "--out", "made")
    assert "made: this disk knows no locks; let no second command write there meanwhile" in result.stderr
    assert invoke("run", "us_withdraws", *RUN, "--out", "made").stdout.count("already done") == 1


def test_a_disk_that_cannot_say_whether_it_has_written(
    compiled: None, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    invoke("run", "us_withdraws", *RUN, "--out", "made")
    invoke(*SWEEP, "--out", "swept")


@pytest.mark.skipif(os.name != "posix", reason="names of POSIX")
@pytest.mark.parametrize("kind", ["compare", "explain"])
def test_an_arm_whose_name_leads_out_of_the_folder_is_not_read(kind: str, tmp_path: Path) -> None:
    if kind == "compare":
        result: Any = sim.compare(["us_own_channel"], replicates=2, months=32)
    else:
        result = sim.explain("us_own_channel", by=["interventions"], replicates=2, month="2018-04")
    folder = result.save(tmp_path / "kept")
    (tmp_path / "x.yaml").write_text("secret: 1\n")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["arguments"]["scenarios"], manifest["scenario"]["name"] = ["../../x"], "../../x"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(sim.InputError, match=r"scenarios/../../x.yaml leads out of the folder; nothing is read"):
        sim.rerun(folder)


def test_names_as_long_and_as_odd_as_a_disk_allows(compiled: None, invoke: Invoke) -> None:
    for name in ("n" * 255, "\N{LATIN SMALL LETTER E WITH ACUTE}" * 127, os.fsdecode(b"x\xff")):
        invoke("run", "us_withdraws", *RUN, "--out", name)
        invoke("report", name, "-o", f"{name}/{'p' * 250}.html", *PAGE)
        invoke("rerun", name)
        assert sim.load(name).scenario == "us_withdraws"


def test_a_draft_of_a_killed_process_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("mine")
    (tmp_path / f".file.{os.getpid()}.tmp").symlink_to(tmp_path / "outside")
    replace_file(tmp_path / "file", b"new")
    assert (tmp_path / "outside").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["file", "outside"]


def test_a_current_folder_that_was_deleted_is_told_before_anything_is_computed(
    compiled: None, invoke: Invoke, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "gone").mkdir()
    monkeypatch.chdir(here / "gone")
    (here / "gone").rmdir()
    monkeypatch.setattr("influence_sim.api.run.compute", lambda *_, **__: pytest.fail("computed"))
    result = invoke("run", "us_withdraws", *RUN, status=1)
    monkeypatch.chdir(here)
    assert result.stderr == "influence-sim: the current folder does not exist any more; change to another one\n"
