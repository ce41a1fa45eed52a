"""Ctrl-C, SIGTERM and SIGHUP: each ends the program once, in order, and is not lost.

What a handler raises while the compiler calls back into Python is only printed, and forgotten: so it is remembered.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from time import monotonic

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all else that is loaded before `listen`
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
PATIENCE = 5.0
"""Seconds in which a further signal does not disturb whoever tidies up after the first; a later one does."""

_seen = 0  # the signal that came first
_last = float("-inf")  # when one was raised last
_over = False


def listen() -> None:
    """Makes a `KeyboardInterrupt` of each signal from now on, and remembers it.

    A process that ignores one, as `nohup` has it, goes on to.
    """
    for name in NAMES:
        number = getattr(signal, name, None)  # Windows knows no SIGHUP
        if number is not None and signal.getsignal(number) in {signal.default_int_handler, signal.SIG_DFL}:
            with suppress(ValueError):  # not in the main thread
                signal.signal(number, _interrupted)
    before = sys.unraisablehook

    def silent(unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, KeyboardInterrupt):
            before(unraisable)

    sys.unraisablehook = silent


def raise_if_lost() -> None:
    """Raises `KeyboardInterrupt` if there was a signal, for whoever does long work to call now and then."""
    if _seen:
        raise KeyboardInterrupt


def heard() -> bool:
    """Whether there was a signal: what fails then has failed of it, as Python 3.11 makes other errors of some."""
    return bool(_seen)


def status() -> int:
    """The exit status that says which signal came: 130, 143 or 129."""
    return 128 + (_seen or signal.SIGINT)


def ignore() -> None:
    """Lets nothing disturb the end of the program any more."""
    global _over  # noqa: PLW0603 - a process ends once
    _over = True


def _interrupted(number: int, _: FrameType | None) -> None:
    global _seen, _last  # noqa: PLW0603 - a process has one such state
    _seen = _seen or number
    if not _over and monotonic() - _last > PATIENCE:
        _last = monotonic()
        raise KeyboardInterrupt
