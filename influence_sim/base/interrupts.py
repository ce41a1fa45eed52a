"""Ctrl-C that is not lost: what is raised while the compiler calls back into Python is only printed, and forgotten."""

from __future__ import annotations

import signal
from types import FrameType

_seen = False


def listen() -> None:
    """Remembers a Ctrl-C from now on, beside raising `KeyboardInterrupt`; a process that ignores it goes on to."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def raise_if_lost() -> None:
    """Raises `KeyboardInterrupt` if there was one, for whoever does long work to call now and then."""
    if _seen:
        raise KeyboardInterrupt


def _interrupted(_: int, __: FrameType | None) -> None:
    global _seen  # noqa: PLW0603 - a process has one Ctrl-C
    _seen = True
    raise KeyboardInterrupt
