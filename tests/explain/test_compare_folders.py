"""`compare` with folders of earlier runs among the scenarios."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import influence_sim as sim

pytestmark = pytest.mark.usefixtures("blank_pages")
SIZE = {"replicates": 3, "seed": 2, "months": 32}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one size."""
    root = tmp_path_factory.mktemp("earlier")
    for name in ("us_engages_taliban", "us_own_channel"):
        sim.run(name, **SIZE).save(root / name)
    return root


def test_folders_are_compared_as_their_scenarios_are(folders: Path) -> None:
    names = ["us_engages_taliban", "us_own_channel"]
    fresh = sim.compare(names, **SIZE)
    for runs in ([folders / name for name in names], [folders / names[0], names[1]]):
        result = sim.compare(runs)
        assert result.table.equals(fresh.table)
        assert result.request.digest == fresh.request.digest
    ending = sim.load(folders / names[1]).ending(result.outcomes)
    rows = result.table[result.table["scenario"] == names[1]]
    np.testing.assert_array_equal(rows["diff"], ending["diff"])


def test_the_command_takes_folders(folders: Path, invoke, tmp_path: Path) -> None:
    args = [
        f"{folders / 'us_engages_taliban'}/",  # as the Tab key writes it
        "us_own_public_channel",
        "--assumptions",
        "none",
        "--out",
        str(tmp_path / "both"),
    ]
    document = json.loads(invoke("compare", *args, "--json").stdout)
    assert document["scenarios"] == ["us_engages_taliban", "us_own_public_channel"]
    assert (document["replicates"], document["seed"], document["month"]) == (3, 2, "2018-04")


def test_what_differs_is_said(folders: Path, tmp_path: Path) -> None:
    first = folders / "us_engages_taliban"
    sim.run("us_own_channel", replicates=4, seed=3, months=33, set={"authority.erosion": 0.1}).save(tmp_path / "other")
    with pytest.raises(sim.InputError) as caught:
        sim.compare([first, tmp_path / "other"])
    text = str(caught.value)
    for words in ("other replicates than", "other seed than", "other months than", "another baseline than"):
        assert words in text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"seed": 5}, "the runs in the folders have 2"),
        ({"replicates": 5}, "the runs in the folders have 3"),
        ({"set": {"authority.erosion": 0.1}}, "have their parameters"),
        ({"against": "us_withdraws"}, "have their baseline"),
    ],
)
def test_what_contradicts_the_folders_is_refused(folders: Path, asked: dict, words: str) -> None:
    with pytest.raises(sim.InputError, match=words):
        sim.compare([folders / "us_engages_taliban"], **asked)


def test_another_model_or_kind_is_refused(folders: Path, tmp_path: Path) -> None:
    copy = tmp_path / "old"
    shutil.copytree(folders / "us_engages_taliban", copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"model_version": "0" * 64}))
    with pytest.raises(sim.InputError, match="the model has changed since this run was made"):
        sim.compare([copy])
    both = sim.compare([folders / "us_engages_taliban"]).save(tmp_path / "both")
    with pytest.raises(sim.InputError) as caught:
        sim.compare([both, "us_surge"])
    assert [problem.rule for problem in caught.value.problems] == [
        "this is not the folder of a run; it holds a comparison"
    ]


def test_a_scenario_that_was_changed_beside_its_numbers_is_not_compared(folders: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folders / "us_engages_taliban", tmp_path / "copy"))
    written = (copy / "scenario.yaml").read_text()
    (copy / "scenario.yaml").write_text(written.replace("2018-01", "2018-02"))
    with pytest.raises(sim.MachineError, match=r"scenario.yaml: missing, or changed since it was written"):
        sim.compare([copy])


def test_a_folder_of_one_arm_is_refused_for_nothing_else(folders: Path, tmp_path: Path) -> None:
    alone = sim.run("us_engages_taliban", against=None, **SIZE).save(tmp_path / "alone")
    for others in (["us_own_channel"], [folders / "us_own_channel"]):
        with pytest.raises(sim.InputError) as caught:
            sim.compare([alone, *others])
        assert [problem.rule for problem in caught.value.problems] == ["this is what the others are compared with"]
