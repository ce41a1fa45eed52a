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

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from influence_sim.base.files import is_stamped, stamp
from influence_sim.cli.main import cli
from influence_sim.runs.manifest import COMPLETE, digest_of, file_hash

SIZE = ("--replicates", "2", "--months", "35")
RUNS = {name: ("run", name, *SIZE, "--assumptions", "none") for name in ("us_engages_taliban", "us_withdraws")}
SWEEP = ("sweep", "us_withdraws", *SIZE, "--vary", "tie.strength=0:2", "--samples", "24", "--outcome", "violence")
TABLE = "drivers.csv"
STEPS = 60


def small(words: object) -> Figure:
    """A picture of numbers that is quickly drawn."""
    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, str(words))
    return figure


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are looked at elsewhere; here each shows what is enough to know the numbers by."""
    monkeypatch.setattr("influence_sim.api.result.Result.figure", lambda run: small(run.summary["mean"].sum()))
    monkeypatch.setattr("influence_sim.views.single", lambda summary, *_, **__: small(summary["mean"].sum()))
    found = lambda found, title: {"sensitivity": small(found.table["mean"].sum())}  # noqa: E731
    monkeypatch.setattr("influence_sim.api.explore.sensitivity_pages", found)
    monkeypatch.setattr("influence_sim.reports.page.data_uri", lambda _: "data:image/svg+xml;base64,")
    monkeypatch.setattr("influence_sim.reports.page.card", lambda *_, **__: None)


class Walk:
    """The folder, what should be in it, and what was done to it on purpose."""

    def __init__(self, place: Path, seed: int) -> None:
        self.folder, self.chance = place / "result", random.Random(seed)
        self.outside = place / "outside.txt"
        self.outside.write_text("not to be read, nor to be changed")
        self.harmed: dict[Path, bytes | None] = {}  # files -> what was made of them
        self.known: dict[str, str] = {}  # requests -> the hash of their largest table
        self.said = deque[str](maxlen=12)  # the last steps

    def command(self, *args: str) -> int:
        """Runs a command to its end, or until it is interrupted."""
        self.said.append(" ".join(args[:1] + args[-1:]))
        result = CliRunner().invoke(cli, [*args])
        assert result.exit_code in {0, 1, 2, 130}, (self.said, result.output, result.exception)
        assert "fault of the program" not in result.stderr, (self.said, result.stderr)
        assert self.outside.read_text() not in result.output, self.said
        return result.exit_code

    def run(self) -> int:
        name = self.chance.choice(list(RUNS))
        return self.command(*RUNS[name], "--out", str(self.folder), *self.chance.choice([(), ("--force",)]))

    def sweep(self) -> int:
        how = self.chance.choice([(), ("--resume",), ("--force",)])
        return self.command(*SWEEP, "--out", str(self.folder), *how)

    def report(self) -> int:
        return self.command("report", str(self.folder), "--no-sliders", "--explain-replicates", "0")

    def plot(self) -> int:
        return self.command("plot", str(self.folder), "--kind", "fan", "--outcome", "violence")

    def sensitivity(self) -> int:
        out = self.folder / self.chance.choice([TABLE, TABLE, "runs.parquet", "manifest.json"])
        return self.command("sensitivity", str(self.folder), "--out", str(out))

    def rerun(self) -> int:
        return self.command("rerun", str(self.folder))

    def interrupt(self) -> None:
        """Anything of this, ended at one of its writes: by an error, Ctrl-C, or so that nothing more is done."""
        with dying(self.chance.randrange(12), self.chance.choice([OSError, KeyboardInterrupt, None])):
            self.chance.choice([self.run, self.sweep, self.report, self.plot, self.sensitivity])()

    def damage(self) -> None:
        """Flips, cuts, removes or links away a file; of the manifest, what would be another's word is not forged."""
        there = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != "mine.txt")
        if not there:
            return
        path, how = self.chance.choice(there), self.chance.choice(["flip", "cut", "remove", "link"])
        self.said.append(f"{how} {path.relative_to(self.folder)}")
        data = bytearray(path.read_bytes())
        path.unlink()
        if how == "flip" and data and path.name != "manifest.json":
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
            path.write_bytes(data)
        elif how == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif how == "link":
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
        """Looks whether everything in the folder goes with the numbers there, or says itself that it does not."""
        assert self.outside.read_text() == "not to be read, nor to be changed", self.said
        mine = self.folder / "mine.txt"
        assert not mine.exists() or mine.read_text() == "mine", self.said
        try:
            manifest = json.loads((self.folder / "manifest.json").read_text())
        except (OSError, ValueError):
            manifest = {"status": "damaged"}
        if manifest["status"] != COMPLETE:
            assert not whole, self.said
            return
        derived, held = manifest["derived"], {name: self.hash_of(name) for name in manifest["files"]}
        computed = {name: said for name, said in held.items() if name not in derived}
        numbers = digest_of(computed)
        if numbers != manifest["numbers"]:  # damaged: every command says so
            assert not whole, self.said
            assert any(self.is_harmed(self.folder / name) for name in computed), (self.said, computed)
            return
        table = "runs.parquet" if "runs.parquet" in computed else "trajectories.parquet"
        assert self.known.setdefault(manifest["request"], str(computed[table])) == computed[table], self.said
        assert set(derived.values()) <= {numbers}, self.said
        for path in (path for path in self.folder.rglob("*") if path.is_file() and not self.is_harmed(path)):
            data, name = path.read_bytes(), path.relative_to(self.folder).as_posix()
            if any(part.startswith(".") for part in Path(name).parts):
                continue  # half-written by what was killed; gone with the next command that writes
            if is_stamped(data):
                assert stamp(numbers).encode() in data, (name, self.said)
            assert name not in derived or manifest["files"][name] in {None, file_hash(path)}, (name, self.said)
            known = {*manifest["files"], "manifest.json", "mine.txt"}
            assert name in known, (name, self.said)

    def hash_of(self, name: str) -> str | None:
        path = self.folder / name
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


def walk(place: Path, seed: int, steps: int) -> None:
    """Walks, and mends now and then."""
    walking = Walk(place, seed)
    ways = [walking.run, walking.sweep, walking.report, walking.plot, walking.sensitivity, walking.rerun]
    walking.mend()
    for step in range(steps):
        walking.chance.choice([*ways, walking.interrupt, walking.interrupt, walking.damage])()
        walking.check()
        if step % 12 == 11:
            walking.mend()
    walking.mend()


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_in_a_folder_ever_disagrees_with_its_numbers(tmp_path: Path, seed: int) -> None:
    walk(tmp_path, seed, STEPS // 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 7))
def test_nor_after_three_hundred_steps(tmp_path: Path, seed: int) -> None:
    walk(tmp_path, seed, 300)
