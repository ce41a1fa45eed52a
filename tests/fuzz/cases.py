"""What is handed to which command: valid files of every kind, how they are changed, and what is then asked of them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import watch
from hypothesis import strategies as st
from strategies import HUGE, THINGS, Put, changed_folder, changed_json, changed_table, changed_yaml, files_of

import influence_sim as sim
from influence_sim.api.claims import DOCUMENT as VERDICTS
from influence_sim.api.claims import plan_claims
from influence_sim.api.folders import compute_into
from influence_sim.runs.request import plan_run
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import data_folder

TESTS = Path(__file__).resolve().parents[1]
SCENARIO, STUDY, POINTS, RESULT, THEATRE = "scenario", "study", "points", "result", "theatre"
SCORE = "score"
QUIET = ("run", "mine.yaml", "--replicates", 1, "--months", 29, "--assumptions", "none", "--out", "out")
VARIED = b"schema_version: 1\nscenario: us_engages_taliban\ndesign: {method: csv, file: points.csv}\nreplicates: 2\n"
NAMED = ("minimal.yaml", "example.yaml", "points.csv")
"""What scenarios and studies of the corpus name."""
MEANT = r"(manifest|verdicts)\.json|\.csv|(runs|design)\.parquet"
"""Files of results of which most is read."""
COSTLY = 4
"""Of what is asked of a theatre, the last that take longest."""
PAGE = ("--no-sliders", "--explain-replicates", 0)
SWEPT = ("--design", "morris", "--samples", 4, "--vary", "decide.rationality=4:30", "--vary", "precedent.strength=0:2")
Command = tuple[object, ...]


@dataclass(frozen=True)
class Case:
    """A folder with something changed, and what is asked of it."""

    kind: str  # of folder
    puts: tuple[Put, ...]  # what is done to its files
    agreeing: bool = False  # whether the manifest is then made to agree with them
    asked: tuple[Command, ...] = ()  # commands; all those of the kind if there are none
    called: str = "own"  # the name of the folder


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


SIZE: dict[str, Any] = {"replicates": 2, "months": 36}
VARY = {"decide.rationality": (4, 30), "precedent.strength": (0, 2)}
RESULTS: dict[str, Callable[[Path], object]] = {
    "run": lambda out: (
        compute_into(plan_run("us_engages_taliban", **SIZE, assumptions=8), out),
        sim.report(out, sliders={}, explain_replicates=0),
    ),
    "compare": lambda out: sim.compare(["us_engages_taliban", "us_withdraws"], **SIZE, assumptions=8).save(out),
    "explain": lambda out: sim.explain("us_engages_taliban", by=["interventions"], replicates=2, month="2018-08").save(
        out
    ),
    "sweep": lambda out: sim.sweep("us_engages_taliban", vary=VARY, samples=8, out=out, **SIZE),
    "kept": lambda out: sim.sweep(
        "us_withdraws", vary=VARY, design="morris", samples=4, keep="trajectories", out=out, **SIZE
    ),
    "claims": lambda out: compute_into(plan_claims(["C36"], samples=8, replicates=1, worlds="prior"), out),
}
"""What makes a small result of each kind, with all that can be made from it."""


@cache
def result_files(kind: str) -> dict[str, bytes]:
    """A valid result as the files of its folder, or its one document."""
    if kind == "verdicts":
        return {VERDICTS: result_files("claims")[VERDICTS]}
    with TemporaryDirectory() as place:
        RESULTS[kind](Path(place) / kind)
        return files_of(Path(place) / kind)


@st.composite
def cases(draw: st.DrawFn, kind: str) -> Case:
    """Folders of a kind with something changed."""
    if kind in {SCENARIO, STUDY}:
        base = draw(st.sampled_from(sorted(valid(kind))))
        beside = st.builds(Put, st.sampled_from(sorted(NAMED)), st.none(), THINGS)
        puts = draw(st.lists(beside, max_size=1) if draw(st.integers(0, 9)) == 0 else st.just([]))
        return Case(kind, (Put("mine.yaml", draw(changed_yaml(valid(kind)[base]))), *puts))
    if kind == POINTS:
        return Case(kind, (Put("points.csv", draw(changed_table(valid(kind)["points"]))),))
    if kind == SCORE:
        name = draw(st.sampled_from(sorted(valid(kind))))
        return Case(kind, (Put(name, draw(changed_table(valid(kind)[name]))),))
    agreeing, puts = False, draw(changed_folder(files_of(data_folder()))) if kind == THEATRE else ()
    if kind == RESULT:
        kind = draw(st.sampled_from([*RESULTS, "verdicts"]))
        files, agreeing = result_files(kind), draw(st.booleans())
        document = st.builds(Put, st.just(VERDICTS), changed_json(files.get(VERDICTS, b"{}")))
        puts = (draw(document),) if kind == "verdicts" else draw(changed_folder(files, MEANT))
    able = list(commands(kind))
    if kind == THEATRE and draw(st.integers(0, 2)):
        able = able[:-COSTLY]
    asked = draw(st.lists(st.sampled_from(able), min_size=2, max_size=3, unique=True))
    return Case(kind, puts, agreeing, tuple(asked), draw(st.sampled_from([*["own"] * 9, "\x1b[2J\u202e\n$x\\"])))


def lay_out(case: Case, folder: Path, outside: Path) -> None:
    """Writes the folder of a case."""
    outside.mkdir()
    (outside / "secret").write_text(watch.SECRET + "\n")
    folder.mkdir()
    if case.kind in {SCENARIO, STUDY}:
        for path in (TESTS / "scenario/corpus/valid").glob("*.yaml"):
            shutil.copy(path, folder)
        shutil.copy(TESTS / "studies/corpus/valid/points.csv", folder)
    elif case.kind == POINTS:
        (folder / "mine.yaml").write_bytes(VARIED)
    elif case.kind == SCORE:
        for name, raw in valid(case.kind).items():
            (folder / name).write_bytes(raw)
    elif case.kind == THEATRE:
        shutil.copytree(data_folder(), folder / case.called)
    else:
        for name, raw in result_files(case.kind).items():
            Put(f"{case.called}/{name}", raw).into(folder, outside)
        for name, raw in result_files("run").items() if case.kind == "explain" else ():
            Put(f"run/{name}", raw).into(folder, outside)
    inner = folder if case.kind in {SCENARIO, STUDY, POINTS, SCORE} else folder / case.called
    for put in case.puts:
        put.into(inner, outside)
    if case.agreeing:
        agree(inner)


def agree(folder: Path) -> None:
    """Makes a manifest list its files as they are, as whoever sends a folder with intent would."""
    path = folder / "manifest.json"
    if not path.is_file() or path.stat().st_size >= HUGE:  # a device has no end
        return
    try:
        manifest = json.loads(path.read_bytes())
        for name in manifest["files"]:
            inside = (folder / name).is_file() and (folder / name).resolve().is_relative_to(folder.resolve())
            if inside and (folder / name).stat().st_size < HUGE:
                manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        path.write_text(json.dumps(manifest))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return


def commands(kind: str) -> Iterator[Command]:
    """What is asked of a folder of a kind; the last only if all before were content."""
    if kind == SCENARIO:
        yield from (("validate", "mine.yaml"), ("show", "./mine.yaml"), ("run", "./mine.yaml", "--dry-run"), QUIET)
    elif kind in {STUDY, POINTS}:
        if kind == POINTS:
            yield ("sweep", "us_withdraws", "--points", "points.csv", "--dry-run")
        yield from (("validate", "mine.yaml"), ("sweep", "mine.yaml", "--dry-run"))
    elif kind == SCORE:
        yield ("score", "predictions.csv", "observed.csv")
        yield ("score", "predictions.csv", "observed.csv", "--rows", "--out", "out")
    elif kind == THEATRE:
        theatre, worlds = ("--theatre", "own"), ("--samples", 8, "--replicates", 1, "--worlds", "prior", "--out", "out")
        for name in ("list", "actors", "levers", "outcomes", "params", "claims", "declared"):
            yield (name, *theatre)
        yield from (
            ("schema", "scenario", *theatre),
            ("show", "us_withdraws", *theatre),
            ("sweep", "us_withdraws", *SWEPT, "--dry-run", *theatre),
        )
        yield ("claims", "C36", "--test", *theatre, *worlds)
        yield ("explain", "us_engages_taliban", *theatre, "--replicates", 2, "--month", "2018-02", "--out", "out")
        yield ("run", "us_engages_taliban", "--theatre", "own", *QUIET[2:])
        yield ("run", "baseline", "--theatre", "own", *QUIET[2:])
    elif kind == "verdicts":
        yield from (("plot", f"own/{VERDICTS}"), ("plot", f"own/{VERDICTS}", "--svg"))
    else:
        yield from (("opened", "own"), ("rerun", "own"), ("plot", "own"))
        yield from of_result(kind)


def of_result(kind: str) -> Iterator[Command]:
    """What is asked of the folder of a kind of result alone."""
    small = ("--replicates", 2, "--out", "own")
    if kind == "run":
        mine = ("run", "own/scenario.yaml", "--against", "own/against.yaml", *small, "--months", 36, "--assumptions")
        yield from ((*mine, 8), (*mine, "none", "--force"))
        yield ("report", "own", *PAGE)
        yield from (("validate", "own/scenario.yaml"), ("show", "own/against.yaml"))
        kinds = ("--kind", "stances", "--kind", "verdicts", "--kind", "fan", "--outcome", "violence")
        yield ("plot", "own", *kinds, "--svg")
    elif kind == "compare":
        both = ("compare", "us_engages_taliban", "us_withdraws", *small, "--months", 36, "--assumptions", 8)
        yield from (both, (*both, "--force"), ("plot", "own", "--outcome", "kabul_authority"))
    elif kind == "explain":
        asked = ("explain", "us_engages_taliban", *small, "--month", "2018-08", "--by", "interventions")
        yield from (asked, (*asked, "--force"), ("plot", "own", "--all"))
        yield ("report", "run", "--no-sliders", "--explain", "own")
    elif kind == "claims":
        asked = ("claims", "C36", "--test", "--samples", 8, "--replicates", 1, "--worlds", "prior", "--out", "own")
        yield from (asked, (*asked, "--force"))
    else:
        yield from (("sensitivity", "own"), ("sensitivity", "own", "--out", "own/table.csv", "--json"))
        where = ("discover", "own", "--where", "decide.rationality > 12 and kabul_authority_diff < 0")
        yield from (where, (*where, "--out", "own/box.csv"))
        yield from (
            ("sweep", "own/study.yaml", "--out", "own", option) for option in ("--resume", "--force", "--shard=1/2")
        )
        yield from (("sweep", "us_withdraws", *SWEPT, *small, "--force"), ("validate", "own/study.yaml"))


def found_wrong(
    case: Case, place: Path, seconds: int = 120, expensive: bool = True, took: dict[str, float] | None = None
) -> list[str]:
    """What commands did that they must not do, given the folder of a case; `place` is empty before and after.

    The seconds of the processor that they took are put into `took`.
    """
    folder, outside = place / "folder", place / "outside"
    before, wrong, content = Path.cwd(), list[str](), True
    try:
        lay_out(case, folder, outside)
        asked = case.asked or tuple(commands(case.kind))
        for args in asked:
            if not case.asked and args is asked[-1] and not (content and expensive):
                continue
            start = time.process_time()
            named = [re.sub("^own", lambda _: case.called, str(arg)) for arg in args]
            result, faults = watch.run(folder, outside, *named, seconds=seconds)
            if took is not None:
                words = " ".join(map(str, args))
                took[words] = max(took.get(words, 0.0), time.process_time() - start)
            content = content and result.exit_code == 0
            wrong += faults
        if sorted(os.listdir(outside)) != ["secret"] or (outside / "secret").read_text() != watch.SECRET + "\n":
            wrong.append("what stands outside was changed")
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(outside, ignore_errors=True)
    return wrong
