"""The program; `python -m influence_sim` is the same as `influence-sim`.

Worker processes import this module, as they do the main module of any program; so it imports nothing itself.
"""

import atexit
import gc
import os
import sys
from contextlib import suppress

SELDOM = 1_000_000
"""New objects between two looks of the garbage collector, of which imports make half as many."""


def main() -> None:
    """Runs the command line of this process and exits with its status."""
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
    from influence_sim.base import interrupts
    from influence_sim.cli.main import INTERRUPTED, cli

    interrupts.listen()
    try:
        cli.main()
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            _leave(INTERRUPTED)
        raise
    finally:
        gc.freeze()  # all memory goes with the process: nothing is left to collect


def _leave(status: int) -> None:
    """Ends with the status of an interrupt; Python itself ends by a signal if one came while a module ran text."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or never there
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
