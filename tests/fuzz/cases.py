"""What is handed to which command: valid files of every kind, how they are changed, and what is then asked of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import watch
from hypothesis import strategies as st
from strategies import Put, changed_folder, changed_table, changed_yaml, files_of

import influence_sim as sim
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import data_folder

TESTS = Path(__file__).resolve().parents[1]
SCENARIO, STUDY, POINTS, RESULT, THEATRE = "scenario", "study", "points", "result", "theatre"
SCORE = "score"
QUIET = ("run", "mine.yaml", "--replicates", 1, "--months", 29, "--assumptions", "none", "--out", "out")
VARIED = b"schema_version: 1\nscenario: us_engages_taliban\ndesign: {method: csv, file: points.csv}\nreplicates: 2\n"
Case = tuple[str, tuple[Put, ...], bool]
"""The kind of folder, what is done to its files, and whether the manifest is then made to agree with them."""


@cache
def valid(kind: str) -> dict[str, bytes]:
    """Files that may be changed, all valid."""
    if kind == SCENARIO:
        shipped = {f"shipped/{path.stem}": path.read_bytes() for path in map(Path, shipped_scenarios().values())}
        return shipped | {path.stem: path.read_bytes() for path in (TESTS / "scenario/corpus/valid").glob("*.yaml")}
    if kind == STUDY:
        return {path.stem: path.read_bytes() for path in (TESTS / "studies/corpus/valid").glob("*.yaml")}
    if kind == SCORE:
        return files_of(TESTS.parent / "docs" / "score")
    return {"points": (TESTS / "studies/corpus/valid/points.csv").read_bytes()}


@cache
def result_folders() -> dict[str, dict[str, bytes]]:
    """A small result of each kind, as the files of its folder."""
    size: dict[str, Any] = {"replicates": 2, "months": 36}
    with TemporaryDirectory() as place:
        root = Path(place)
        sim.run("us_engages_taliban", **size).save(root / "run")
        sim.compare(["us_engages_taliban", "us_withdraws"], **size).save(root / "compare")
        sim.explain("us_engages_taliban", by=["interventions"], replicates=2, month="2018-02").save(root / "explain")
        vary = {"decide.rationality": (4, 30), "precedent.strength": (0, 2)}
        sim.sweep("us_engages_taliban", vary=vary, samples=8, out=root / "sweep", **size)
        return {path.name: files_of(path) for path in root.iterdir()}


@st.composite
def cases(draw: st.DrawFn, kind: str) -> Case:
    """Folders of a kind with something changed."""
    if kind in {SCENARIO, STUDY}:
        base = draw(st.sampled_from(sorted(valid(kind))))
        return kind, (Put("mine.yaml", draw(changed_yaml(valid(kind)[base]))),), False
    if kind == POINTS:
        return kind, (Put("points.csv", draw(changed_table(valid(kind)["points"]))),), False
    if kind == SCORE:
        name = draw(st.sampled_from(sorted(valid(kind))))
        return kind, (Put(name, draw(changed_table(valid(kind)[name]))),), False
    if kind == THEATRE:
        return kind, draw(changed_folder(files_of(data_folder()))), False
    noun = draw(st.sampled_from(sorted(result_folders())))
    return noun, draw(changed_folder(result_folders()[noun], "manifest.json")), draw(st.booleans())


def lay_out(case: Case, folder: Path, outside: Path) -> None:
    """Writes the folder of a case."""
    kind, puts, agreeing = case
    outside.mkdir()
    (outside / "secret").write_text(watch.SECRET + "\n")
    folder.mkdir()
    if kind in {SCENARIO, STUDY}:
        for path in (TESTS / "scenario/corpus/valid").glob("*.yaml"):
            shutil.copy(path, folder)
        shutil.copy(TESTS / "studies/corpus/valid/points.csv", folder)
    elif kind == POINTS:
        (folder / "mine.yaml").write_bytes(VARIED)
    elif kind == SCORE:
        for name, raw in valid(kind).items():
            (folder / name).write_bytes(raw)
    elif kind == THEATRE:
        shutil.copytree(data_folder(), folder / "own")
    else:
        for name, raw in result_folders()[kind].items():
            Put(f"own/{name}", raw).into(folder, outside)
    inner = folder if kind in {SCENARIO, STUDY, POINTS, SCORE} else folder / "own"
    for put in puts:
        put.into(inner, outside)
    if agreeing:
        agree(inner)


def agree(folder: Path) -> None:
    """Makes a manifest list its files as they are, as whoever sends a folder with intent would."""
    path = folder / "manifest.json"
    if not path.is_file():  # a device has no end
        return
    try:
        said = json.loads(path.read_bytes())
        for name in said["files"]:
            if (folder / name).is_file() and (folder / name).resolve().is_relative_to(folder.resolve()):
                said["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        path.write_text(json.dumps(said))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return


def commands(kind: str) -> Iterator[tuple[object, ...]]:
    """What is asked of a folder of a kind; the last only if all before were content."""
    if kind == SCENARIO:
        yield from (("validate", "mine.yaml"), ("show", "./mine.yaml"), ("run", "./mine.yaml", "--dry-run"), QUIET)
    elif kind in {STUDY, POINTS}:
        yield from (("validate", "mine.yaml"), ("sweep", "mine.yaml", "--dry-run"))
    elif kind == SCORE:
        yield ("score", "predictions.csv", "observed.csv")
        yield ("score", "predictions.csv", "observed.csv", "--rows", "--out", "out")
    elif kind == THEATRE:
        yield from (("list", "--theatre", "own"), ("actors", "--theatre", "own"), ("params", "--theatre", "own"))
        yield ("run", "baseline", "--theatre", "own", *QUIET[2:])
    else:
        yield ("rerun", "own")
        yield ("report", "own", "--no-sliders", "--explain-replicates", 0)
        if kind == "sweep":
            yield from (("sensitivity", "own"), ("discover", "own", "--where", "kabul_authority_diff < 0"))
            yield ("sweep", "own/study.yaml", "--out", "own", "--resume")
        if kind == "run":
            yield ("run", "own/scenario.yaml", "--against", "own/against.yaml", "--out", "own", *QUIET[2:-2])
        yield ("plot", "own")


def found_wrong(case: Case, place: Path, seconds: int = 120, expensive: bool = True) -> list[str]:
    """What commands did that they must not do, given the folder of a case; `place` is empty before and after."""
    folder, outside = place / "folder", place / "outside"
    before, wrong, content = Path.cwd(), list[str](), True
    try:
        lay_out(case, folder, outside)
        asked = list(commands(case[0]))
        for args in asked:
            if args is asked[-1] and not (content and expensive):
                continue
            result, faults = watch.run(folder, outside, *args, seconds=seconds)
            content = content and result.exit_code == 0
            wrong += faults
        if sorted(os.listdir(outside)) != ["secret"] or (outside / "secret").read_text() != watch.SECRET + "\n":
            wrong.append("what stands outside was changed")
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(outside, ignore_errors=True)
    return wrong
