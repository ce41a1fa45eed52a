"""From what went wrong to what the user is told and the exit status."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import click

from influence_sim.base.errors import InputError, MachineError
from influence_sim.cli.console import Console
from influence_sim.cli.streams import abandon_stdout

LONGEST = 240
"""Characters that are told of a mistake in the command line."""
DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


def guarded(console: Console, action: Callable[[], object]) -> int:
    """Runs `action`; tells of its failure and gives the exit status."""
    try:
        action()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        abandon_stdout()
        return DONE  # whoever read our results has seen enough
    except (KeyboardInterrupt, click.Abort):
        console.error("interrupted")
        return INTERRUPTED
    except Exception as error:
        if console.debug:
            console.error("".join(traceback.format_exception(error)).rstrip())
        status, words = _verdict(error)
        console.error(words)
        return status
    return DONE


def _verdict(error: Exception) -> tuple[int, str]:
    if isinstance(error, InputError):
        return WRONG_INPUT, str(error)
    if isinstance(error, click.ClickException):
        return WRONG_INPUT, _usage(error)
    if isinstance(error, MachineError):
        return FAILED, f"influence-sim: {error}"
    if isinstance(error, OSError):
        return FAILED, f"influence-sim: {_system(error)}"
    if isinstance(error, MemoryError):
        return FAILED, "influence-sim: not enough memory; fewer --replicates or --workers need less"
    words = f"{type(error).__name__}: {error}".splitlines()[0]
    return FAILED, f"influence-sim: this is a fault of the program ({words}); --debug shows where"


def _system(error: OSError) -> str:
    """What the operating system refused, and for which file."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _usage(error: click.ClickException) -> str:
    """A mistake in the command line, with the closest spelling and where to read more."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.NoSuchOption):
        near = f"; did you mean '{error.possibilities[0]}'?" if error.possibilities else ""
        words = f"'{error.option_name}': no such option{near}"
    else:
        words = error.format_message()
        words = words[:1].lower() + words[1:].removesuffix(".")
    if len(words) > LONGEST:
        words = f"{words[: LONGEST // 2]} ... {words[-LONGEST // 2 :]}"
    if ctx is None:
        return f"influence-sim: {words}"
    return f"{ctx.command_path}: {words}\n(try '{ctx.command_path} --help')"
