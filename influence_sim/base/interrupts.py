"""Ctrl-C, SIGTERM and SIGHUP: each ends the program once, in order, and is not lost.

What a handler raises while the compiler calls back into Python is printed and forgotten, so the signal is kept here.
Raised within Python's import machinery, or where its library hands work to a thread, it may leave a lock held, for
which other threads wait for ever.
"""

from __future__ import annotations

import _thread
import signal
import sys
from contextlib import suppress
from time import monotonic, sleep

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all else that is loaded before `listen`
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
PATIENCE = 5.0
"""Seconds in which a further signal does not disturb the tidying up after the first; a later one does."""

IMPORTS = "<frozen importlib"
"""How the file names of Python's import machinery begin."""
THREADING, WAITING = ("threading", "concurrent.futures"), {"wait", "join", "_wait_for_tstate_lock"}
"""How the names of the modules begin in which locks are taken, and the functions there that wait and give them back."""
MOMENT = 0.01
"""Seconds until a signal that interrupts it is delivered again."""

_first_signal = 0  # the signal that came first
_last_raised = float("-inf")  # when one was raised last
_ending = False


def listen() -> None:
    """Raises a `KeyboardInterrupt` at each signal from now on, and remembers the signal.

    A process that ignores a signal, as under `nohup`, goes on ignoring it.
    """
    for name in NAMES:
        number = getattr(signal, name, None)  # Windows knows no SIGHUP
        if number is not None and signal.getsignal(number) in {signal.default_int_handler, signal.SIG_DFL}:
            with suppress(ValueError):  # not in the main thread
                signal.signal(number, _on_signal)
    previous_hook = sys.unraisablehook

    def quiet_hook(unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, KeyboardInterrupt):
            previous_hook(unraisable)

    sys.unraisablehook = quiet_hook


def raise_if_lost() -> None:
    """Raises `KeyboardInterrupt` if there was a signal; long work calls it now and then."""
    if _first_signal:
        raise KeyboardInterrupt


def heard() -> bool:
    """Whether a signal has come; Python 3.11 turns some interrupts into other errors, which are to be read as one."""
    return bool(_first_signal)


def status() -> int:
    """The exit status for the signal that came: 130, 143 or 129."""
    return 128 + (_first_signal or signal.SIGINT)


def ignore() -> None:
    """Ignores further signals while the program ends."""
    global _ending  # noqa: PLW0603 - a process ends once
    _ending = True


def _on_signal(number: int, frame: FrameType | None) -> None:
    global _first_signal, _last_raised  # noqa: PLW0603 - a process has one such state
    _first_signal = _first_signal or number
    if _ending or monotonic() - _last_raised <= PATIENCE:
        return
    if frame is not None and _may_hold_lock(frame):
        _thread.start_new_thread(_deliver_again, (number, _thread.get_ident()))
        return
    _last_raised = monotonic()
    raise KeyboardInterrupt


def _may_hold_lock(frame: FrameType) -> bool:
    """Whether a lock of Python's own might stay held if this frame were left now; it will soon be left anyway."""
    code, module = frame.f_code, str(frame.f_globals.get("__name__"))
    return code.co_filename.startswith(IMPORTS) or (module.startswith(THREADING) and code.co_name not in WAITING)


def _deliver_again(number: int, main_thread: int) -> None:
    sleep(MOMENT)
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main_thread, number)  # which also wakes it
    else:  # Windows
        _thread.interrupt_main(signal.Signals(number))
