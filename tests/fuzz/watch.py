"""Command lines run in this process, and what none of them may do, whatever it is given."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from probes import program

SECRET = "the-secret-outside"
TEMPORARY, NOWHERE, CACHE = "temporary", Path(os.devnull), "__pycache__"
FORBIDDEN = {Path("/etc/passwd"), Path("/dev/zero")}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
LOOKS = {"open", "os.listdir", "os.scandir"}
CHANGES = {
    "os.chmod", "os.utime", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate",
    "shutil.rmtree",
}  # fmt: skip
STEERING = {"Cc", "Cs", "Zl", "Zp"}
BIDIRECTIONAL = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_watching: dict[str, Any] = {}


def steers(text: str) -> set[str]:
    """The characters of a text that move a terminal's cursor or turn its letters round."""
    return {c for c in text if c != "\n" and (unicodedata.category(c) in STEERING or c in BIDIRECTIONAL)}


def _hook(event: str, args: tuple[Any, ...]) -> None:
    """Notes what is opened, made or removed outside the folder."""
    if not _watching or (event not in LOOKS and event not in CHANGES):
        return
    folder, outside, seen = _watching["folder"], _watching["outside"], _watching["seen"]
    for name in {"os.rename": args[:2], "os.link": args[1:2], "os.symlink": args[1:2]}.get(event, args[:1]):
        if not isinstance(name, str | bytes | os.PathLike):
            continue
        watching = dict(_watching)
        _watching.clear()  # what looks is not looked at
        try:
            path = os.path.abspath(os.fsdecode(name))
            followed = (
                event in LOOKS or event == "os.truncate"
            )  # all else is done to a link itself, not to where it leads
            folder_of = os.path.realpath(path if followed else os.path.dirname(path))
            place = Path(folder_of) if followed else Path(folder_of, os.path.basename(path))
        except (OSError, ValueError):
            continue
        finally:
            _watching.update(watching)
        writes = event in CHANGES or (event == "open" and bool((args[2] or 0) & WRITES))
        inside = place.is_relative_to(folder) or place.is_relative_to(folder.parent / TEMPORARY)
        allowed = inside or place == NOWHERE or CACHE in place.parts  # Python's own
        if place.is_relative_to(outside) or place in FORBIDDEN or (writes and not allowed):
            seen.append(f"{event} {place}")


sys.addaudithook(_hook)


@contextmanager
def watched(folder: Path, outside: Path, seconds: int) -> Iterator[list[str]]:
    """Notes files that are touched outside a folder; a command that hangs is ended by an error."""
    seen: list[str] = []

    def hang(*_: object) -> None:
        raise AssertionError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(seconds)
    _watching.update(folder=folder.resolve(), outside=outside.resolve(), seen=seen)
    try:
        yield seen
    finally:
        _watching.clear()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def faults(result: Result, seen: list[str]) -> Iterator[str]:
    """What was wrong with how a command ended."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        yield f"raised {result.exception!r}"
    if result.exit_code not in {0, 1, 2}:
        yield f"status {result.exit_code}"
    output = result.stdout + result.stderr
    for words in ("Traceback", "fault of the program", "Error: ", "Warning", SECRET):
        if words in result.stderr or (words in output and words == SECRET):
            yield f"{words!r} in {result.stderr!r}"
    if steering := steers(output):
        yield f"raw {sorted(map(ascii, steering))} in {output!r}"
    if len(result.stderr.splitlines()) > 200 or len(result.stderr) > 40_000:
        yield f"{len(result.stderr)} characters of errors"
    yield from seen


def run(folder: Path, outside: Path, *args: object, seconds: int = 120) -> tuple[Result, list[str]]:
    """Runs one command line in a folder; how it ended, and what was wrong with that."""
    os.chdir(folder)
    before, tempfile.tempdir = tempfile.tempdir, str(folder.parent / TEMPORARY)
    os.makedirs(tempfile.tempdir, exist_ok=True)
    try:
        with watched(folder, outside, seconds) as seen:
            result = CliRunner().invoke(program, [str(arg) for arg in args])
    finally:
        tempfile.tempdir = before
    return result, [f"{' '.join(map(str, args))}: {fault}" for fault in faults(result, seen)]
