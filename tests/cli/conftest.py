"""Commands run in a process of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(here: Path) -> Path:
    """The current folder, which is empty."""
    return here


def heed_signals() -> None:
    """What whoever started the tests ignores, as `nohup` does, a command would ignore, too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Started(subprocess.Popen[str]):
    """A process that does not outlive a test which gave up on it."""

    def __exit__(self, kind: Any, *rest: Any) -> None:
        """Ends it on an error, where a plain process would be waited for."""
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)


@pytest.fixture
def start(compiled: None, folder: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts a command line, or any Python arguments, in a process of its own."""

    def run(*args: str, python: Sequence[str] = ("-m", "influence_sim"), **more: Any) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        return Started(
            [sys.executable, *python, *args],
            cwd=folder,
            env=environment,
            text=True,
            encoding="utf-8",
            preexec_fn=heed_signals if os.name == "posix" else None,
            **pipes,
        )

    return run


@pytest.fixture
def finish(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., tuple[int, str, str]]:
    """Runs a process to its end: exit status, standard output, standard error."""

    def run(*args: str, **more: Any) -> tuple[int, str, str]:
        with start(*args, **more) as process:
            out, err = process.communicate(timeout=120)
        return process.returncode, out or "", err or ""

    return run
