"""A long random walk of commands, interruptions and damage on one folder, which never says what is not so."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from influence_sim.api import run
from influence_sim.api.figures import Selection
from influence_sim.base.files import file_hash, is_stamped, stamp
from influence_sim.cli.main import cli
from influence_sim.runs.manifest import COMPLETE, digest_of, read_manifest

SIZE = ("--replicates", "2", "--months", "35")
RUNS = {name: ("run", name, *SIZE, "--assumptions", "none") for name in ("us_engages_taliban", "us_withdraws")}
OTHER = "us_surge"
SWEEP = ("sweep", "us_withdraws", *SIZE, "--vary", "tie.strength=0:2", "--samples", "24", "--outcome", "violence")
COMPARED = {name: ("compare", name, OTHER, *SIZE, "--assumptions", "none") for name in RUNS}
EXPLAINED = ("explain", "us_withdraws", *SIZE[:2], "--by", "interventions", "--outcome", "violence")
CLAIMS = ("claims", "C36", "--test", "--samples", "8", "--replicates", "1", "--worlds", "prior")
MAKE = [*RUNS.values(), SWEEP, COMPARED["us_withdraws"], EXPLAINED, CLAIMS]
"""What may stand in the folder."""
TABLE = "drivers.csv"
NOW = "2020-01-01T00:00:00Z"
DERIVE: dict[str, tuple[str, ...]] = {
    "report": ("--no-sliders", "--explain-replicates", "0"),
    "report brief": ("--brief",),
    "plot": ("--all", "--animate"),
    "export": (),
    "sensitivity": ("--out", TABLE),
    "discover": ("--where", "violence_diff < -0.03"),
}
"""What may be made from it, beside which more may stand; not every kind of folder has each."""


def small(words: object) -> Figure:
    """A picture of numbers that is quickly drawn."""
    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, str(words))
    return figure


def of(table: pd.DataFrame) -> Figure:
    """A picture of all numbers of a table."""
    return small(table.sum(numeric_only=True).sum())


def pages_of_run(folder: Path, selection: Selection) -> Iterator[tuple[str, Any]]:
    """A fan, which is some outcome's, a map and its film."""
    numbers = run.read(folder).summary
    yield "fan_violence", of(numbers)
    yield "map", of(-numbers.select_dtypes("number"))
    if selection.animate:
        yield "map", iter([of(numbers), small("")])


@pytest.fixture(scope="module", autouse=True)
def quick(few_replicates: None) -> Iterator[None]:
    """Figures are looked at elsewhere; here each shows what is enough to know the numbers by, and no clock goes."""
    drawn: dict[str, Callable[..., Any]] = {
        "api.result.Result.figure": lambda run: of(run.summary),
        "api.compare.Comparison.figure": lambda result: of(result.table),
        "api.explain.Explanation.figure": lambda result: of(result.table),
        "api.claims.Verdicts.figure": lambda result: of(result.examination.table),
        "api.figures._draw_run": pages_of_run,
        "api.explore.sensitivity_pages": lambda result, sweep: {"sensitivity": of(result.table)},
        "api.explore.discovery_page": lambda result, title: {"discover": small(result.cases)},
        "reports.page.data_uri": lambda _: "data:image/svg+xml;base64,",
        "reports.sheet.data_uri": lambda _: "data:image/svg+xml;base64,",
        "reports.page.card": lambda *_, **__: small(""),
        "reports.sheets.card": lambda *_, **__: small(""),
        "runs.manifest.now": lambda: NOW,
        "runs.request.now": lambda: NOW,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, instead in drawn.items():
            patch.setattr(f"influence_sim.{name}", instead)
        yield


class Truth(dict[str, dict[str, bytes]]):
    """What stands in a folder of each request where nothing ever went wrong: request -> name -> bytes.

    The folders are there; what is made from their numbers is, once that is first asked for.
    """

    def __init__(self, place: Path) -> None:
        self.folders: dict[str, Path] = {}
        for count, make in enumerate([*MAKE, *COMPARED.values()]):
            folder = place / str(count) / "result"
            made = CliRunner().invoke(cli, [*make, "--out", str(folder)])
            assert made.exit_code == 0, made.output
            self.folders[read_manifest(folder).request] = folder

    def __missing__(self, request: str) -> dict[str, bytes]:
        folder = self.folders[request]
        for name in DERIVE:
            CliRunner().invoke(cli, derive(name, folder))  # that not every kind has everything is a refusal
        files = (path for path in folder.rglob("*") if path.is_file())
        self[request] = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
        assert len(self[request]) > 6
        return self[request]


@pytest.fixture(scope="module")
def truth(compiled: None, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """What stands in the folders of this walk."""
    return Truth(tmp_path_factory.mktemp("truth"))


def derive(name: str, folder: Path) -> tuple[str, ...]:
    """The command that makes something from the numbers of a folder."""
    more = DERIVE[name]
    return (name.split(maxsplit=1)[0], str(folder), *(str(folder / word) if word == TABLE else word for word in more))


class Walk:
    """The folder, what should be in it, and what was done to it on purpose."""

    def __init__(self, place: Path, seed: int, truth: Truth) -> None:
        self.folder, self.chance, self.truth = place / "result", random.Random(seed), truth
        self.other, self.compared = place / "other", place / "compared"
        self.outside = place / "outside.txt"
        self.outside.write_text("not to be read, nor to be changed")
        self.harmed: dict[Path, bytes | None] = {}  # files -> what was made of them
        self.said = deque[str](maxlen=12)  # the last steps
        assert self.command("run", OTHER, *RUNS["us_withdraws"][2:], "--out", str(self.other)) == 0

    def command(self, *args: str) -> int:
        """Runs a command to its end, or until it is interrupted."""
        self.said.append(" ".join(args[:1] + args[-1:]))
        result = CliRunner().invoke(cli, [*args])
        assert result.exit_code in {0, 1, 2, 130}, (self.said, result.output, result.exception)
        assert not any(words in result.stderr for words in ("fault of", "no such option")), (self.said, result.stderr)
        assert self.outside.read_text() not in result.output, self.said
        return result.exit_code

    def make(self) -> int:
        """Anything into the folder, again or for the first time."""
        asked = self.chance.choice(MAKE)
        options = self.chance.choice([(), ("--force",), ("--force",), ("--resume",) if asked == SWEEP else ()])
        return self.command(*asked, "--out", str(self.folder), *options)

    def derive(self) -> int:
        """Anything from its numbers."""
        return self.command(*derive(self.chance.choice(list(DERIVE)), self.folder))

    def onto(self) -> int:
        """A table where numbers stand, which is refused."""
        out = self.folder / self.chance.choice(["runs.parquet", "manifest.json", "study.yaml"])
        return self.command("sensitivity", str(self.folder), "--out", str(out))

    def rerun(self) -> int:
        whole = self.is_whole()
        code = self.command("rerun", str(self.folder))
        assert code or whole, self.said
        return code

    def compare(self) -> int:
        """The folder and another run's, into a third."""
        options = "--assumptions", "none", *self.chance.choice([(), ("--force",)])
        return self.command("compare", str(self.folder), str(self.other), *options, "--out", str(self.compared))

    def interrupt(self) -> None:
        """Anything of this, ended at one of its writes: by an error, Ctrl-C, or so that nothing more is done."""
        with dying(self.chance.randrange(12), self.chance.choice([OSError, KeyboardInterrupt, None])):
            self.chance.choice([self.make, self.make, self.derive, self.derive, self.compare])()

    def damage(self) -> None:
        """Flips, cuts, removes or links away a file; of the manifest, what would be another's word is not forged."""
        there = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != "mine.txt")
        if not there:
            return
        path, way = self.chance.choice(there), self.chance.choice(["flip", "cut", "remove", "link"])
        self.said.append(f"{way} {path.relative_to(self.folder)}")
        data = bytearray(path.read_bytes())
        path.unlink()
        if way == "flip" and data and path.name != "manifest.json":
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
            path.write_bytes(data)
        elif way == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif way == "link":
            path.symlink_to(self.outside)
        self.harmed[path] = path.read_bytes() if path.is_file() else None

    def mend(self) -> None:
        """What a user does in the end: the same with --force, and where that is refused, the folder goes."""
        if self.command(*RUNS["us_withdraws"], "--out", str(self.folder), "--force"):
            shutil.rmtree(self.folder, ignore_errors=True)
            assert self.command(*RUNS["us_withdraws"], "--out", str(self.folder)) == 0, self.said
        (self.folder / "mine.txt").write_text("mine")
        self.check(whole=True)

    def check(self, *, whole: bool = False) -> None:
        """Looks whether everything in the folders is as if nothing had ever happened, or says itself that it is not."""
        assert self.outside.read_text() == "not to be read, nor to be changed", self.said
        mine = self.folder / "mine.txt"
        assert not mine.exists() or mine.read_text() == "mine", self.said
        assert self.is_whole() or not whole, self.said
        self.agree(self.folder)
        self.agree(self.compared)

    def agree(self, folder: Path) -> None:
        """Compares a folder's files, but those that were damaged, with what they are where nothing goes wrong."""
        try:
            manifest = json.loads((folder / "manifest.json").read_text())
        except (OSError, ValueError):
            return
        if manifest["status"] != COMPLETE:
            return
        held = {name: self.hash_of(folder / name) for name in manifest["files"]}
        computed = {name: digest for name, digest in held.items() if name not in manifest["derived"]}
        if digest_of(computed) != manifest["numbers"]:  # damaged: every command says so
            assert any(self.is_harmed(folder / name) for name in computed), (self.said, computed)
        assert set(manifest["derived"].values()) <= {manifest["numbers"]}, self.said
        truth, known = self.truth[manifest["request"]], {*manifest["files"], "manifest.json", "mine.txt"}
        for path in (path for path in folder.rglob("*") if path.is_file() and not self.is_harmed(path)):
            data, name = path.read_bytes(), path.relative_to(folder).as_posix()
            if any(part.startswith(".") for part in Path(name).parts):
                continue  # half-written by what was killed; gone with the next command that writes
            assert name in known, (name, self.said)
            assert name in {"manifest.json", "mine.txt"} or data == truth.get(name), (name, self.said)
            assert not is_stamped(data) or stamp(manifest["numbers"]).encode() in data, (name, self.said)

    def is_whole(self) -> bool:
        """Whether the folder says that it is complete, and all that was computed is as it was."""
        try:
            manifest = json.loads((self.folder / "manifest.json").read_text())
        except (OSError, ValueError):
            return False
        names = manifest["files"].keys() - manifest["derived"].keys()
        there = {name: self.hash_of(self.folder / name) for name in names}
        return manifest["status"] == COMPLETE and digest_of(there) == manifest["numbers"]

    def hash_of(self, path: Path) -> str | None:
        return file_hash(path) if path.is_file() else None

    def is_harmed(self, path: Path) -> bool:
        """Whether a file is as it was damaged."""
        there = path.read_bytes() if path.is_file() else None
        return path in self.harmed and self.harmed[path] == there


@contextmanager
def dying(after: int, error: type[BaseException] | None) -> Iterator[None]:
    """Fails once after so many changes of the disk; with no error, all of them fail from then on, as if killed."""
    left = [after]

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0 and (error is None or left[0] == -1):
                raise OSError(28, "No space left on device") if error is OSError else KeyboardInterrupt
            return real(*args, **more)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "unlink", "fsync", "mkdir", "rmdir"):
            patch.setattr(os, name, watched(getattr(os, name)))
        yield


def walk(place: Path, seed: int, truth: Truth, steps: int) -> None:
    """Walks, and mends now and then."""
    walking = Walk(place, seed, truth)
    made, hurt = [walking.make, walking.make, walking.derive, walking.derive], [walking.interrupt, walking.interrupt]
    ways = [*made, walking.onto, walking.rerun, walking.compare, *hurt, walking.damage]
    walking.mend()
    for step in range(steps):
        walking.chance.choice(ways)()
        walking.check()
        if step % 12 == 11:
            walking.mend()
    walking.mend()


def test_nothing_in_a_folder_ever_disagrees_with_its_numbers(tmp_path: Path, truth: Truth) -> None:
    walk(tmp_path, 1, truth, 30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_nor_after_three_hundred_steps(tmp_path: Path, seed: int, truth: Truth) -> None:
    walk(tmp_path, seed, truth, 300)
    assert sum(len(truth[request]) for request in truth.folders) > 60
