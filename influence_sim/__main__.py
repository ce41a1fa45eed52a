"""The program; `python -m influence_sim` is the same as `influence-sim`.

Worker processes import this module, as they do the main module of any program; so it imports nothing itself.
"""

import gc

SELDOM = 100_000
"""New objects between two looks of the garbage collector, which imports make by the hundred thousand."""


def main() -> None:
    """Runs the command line of this process and exits with its status."""
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
    from influence_sim.cli.main import cli

    try:
        cli.main()
    finally:
        gc.freeze()  # all memory goes with the process: nothing is left to collect


if __name__ == "__main__":
    main()
