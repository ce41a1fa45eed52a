"""The program; `python -m influence_sim` is the same as `influence-sim`.

Before it listens for signals it loads next to nothing: Python would show a traceback of Ctrl-C. Worker processes import
this module, too, as they do the main module of any program.
"""

import atexit
import gc
import os
import sys
from contextlib import suppress

from influence_sim.base import interrupts

SELDOM = 1_000_000
"""New objects between two looks of the garbage collector, of which imports make half as many."""


def main() -> None:
    """Runs the command line of this process and ends it with its status, whatever signals come meanwhile."""
    interrupts.listen()
    status: object = 1
    try:
        gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
        from influence_sim.cli.main import cli

        cli.main()
    except SystemExit as stop:
        status = stop.code
    except BaseException as error:  # before a command began, or after it
        if not (interrupts.heard() or isinstance(error, KeyboardInterrupt)):
            raise
        status = interrupts.status()
        _say("interrupted")
    interrupts.ignore()
    _leave(status)


def _say(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # closed, or never there
        print(text, file=sys.stderr)


def _leave(status: object) -> None:
    """Ends at once: no thread is waited for, and no module tells of a signal that came while it was loaded."""
    if isinstance(status, str):
        _say(status)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    main()
