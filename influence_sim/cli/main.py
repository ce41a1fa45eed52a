"""The program: its commands, and the handling of their errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import click

from influence_sim._version import __version__
from influence_sim.base import interrupts
from influence_sim.base.errors import InputError, MachineError, ModelError, did_you_mean, reason, shortage
from influence_sim.cli.claims import claims
from influence_sim.cli.compare import compare
from influence_sim.cli.console import Console, abandon_stdout
from influence_sim.cli.doctor import doctor
from influence_sim.cli.explain import explain
from influence_sim.cli.explore import discover, sensitivity
from influence_sim.cli.lab import lab
from influence_sim.cli.lookups import actors, levers, outcomes, params
from influence_sim.cli.options import common
from influence_sim.cli.results import export, plot, report, rerun
from influence_sim.cli.run import run
from influence_sim.cli.scenarios import init, list_, schema, show, validate
from influence_sim.cli.score import score
from influence_sim.cli.sweep import sweep
from influence_sim.cli.worlds import properties, worlds

NAME = "influence-sim"
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}
COMMANDS = (list_, run, compare, explain, lab, plot, rerun, sweep, sensitivity, discover, report, export, show, init,
            validate, schema, actors, levers, outcomes, params, claims, worlds, score, properties, doctor)  # fmt: skip
"""In the order of the help text."""
MAX_MESSAGE = 240
"""Characters of a message about a mistake in the command line."""
DONE, FAILED, WRONG_INPUT = 0, 1, 2
"""Exit statuses, besides those of signals."""


def run_guarded(console: Console, action: Callable[[], object]) -> int:
    """Runs `action`, prints its error if it fails, and returns the exit status."""
    try:
        action()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        abandon_stdout()
        return DONE  # the reader of the results has closed the pipe
    except (KeyboardInterrupt, click.Abort, Exception) as error:
        if interrupts.heard() or isinstance(error, KeyboardInterrupt | click.Abort):
            console.error("interrupted")
            return interrupts.status()
        if console.debug:
            console.error("".join(traceback.format_exception(error)).rstrip())
        status, message = _status_and_message(error)
        console.error(message)
        return status
    return DONE


def _status_and_message(error: Exception) -> tuple[int, str]:
    """The exit status of an error, and the message for the user."""
    if isinstance(error, InputError):
        return WRONG_INPUT, str(InputError(error.typed))
    if isinstance(error, click.ClickException):
        return WRONG_INPUT, _usage_message(error)
    if isinstance(error, OSError | MachineError) and _is_gone():
        message = "the current folder does not exist any more; change to another one"
    elif isinstance(error, MachineError | ModelError):
        message = str(error)
    elif isinstance(error, OSError):
        message = reason(error) if error.filename is None else f"{error.filename}: {reason(error)}"
    elif not (message := shortage(error)):
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        message = f"this is a fault of the program ({message}); --debug shows where"
    return FAILED, f"{NAME}: {message}"


def _is_gone() -> bool:
    """Whether the current folder was deleted."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def _usage_message(error: click.ClickException) -> str:
    """A mistake in the command line, with the closest spelling and where to read more."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.NoSuchOption):
        hint = f"; did you mean '{error.possibilities[0]}'?" if error.possibilities else ""
        message = f"'{error.option_name}': no such option{hint}"
    else:
        message = error.format_message()
        message = message[:1].lower() + message[1:].removesuffix(".")
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE // 2]} ... {message[-MAX_MESSAGE // 2 :]}"
    if ctx is None:
        return f"{NAME}: {message}"
    return f"{ctx.command_path}: {message}\n(try '{ctx.command_path} --help')"


class Program(click.Group):
    """A group that keeps its commands in order, and handles errors as its help promises."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *rest: Any, **kwargs: Any) -> Any:
        """Runs one command line and exits with its status."""
        name, arguments = prog_name or NAME, list(sys.argv[1:] if args is None else args)
        self._main_shell_completion(kwargs, name, kwargs.pop("complete_var", None))
        console = kwargs.setdefault("obj", Console())
        console.listen()
        os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}  # figures do not hang on how others are shown
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's own threads would take from those of the model

        def action() -> None:
            with self.make_context(name, arguments or ["--help"], **kwargs) as ctx:
                self.invoke(ctx)

        sys.exit(run_guarded(console, action))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of `COMMANDS`."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or the closest spelling."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            hint = did_you_mean(args[0], self.commands) or f"there are: {', '.join(self.commands)}"
            raise click.UsageError(f"{args[0]!r}: no such command; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(NAME, cls=Program, context_settings=SETTINGS, commands=COMMANDS)
@click.version_option(__version__, message=f"{NAME} %(version)s", help="Show the version.")
@common
def cli(_: Console) -> None:
    """What-if questions about a war and its outside mediators, answered by simulation.

    To begin with:

    \b
        influence-sim list
        influence-sim run SCENARIO
        influence-sim init my_scenario

    Results go to standard output, notes and errors to standard error. Exit status: 0 done, 1 the run or the
    machine failed, 2 the input is wrong, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).
    """  # noqa: D301 - click reads the backspace: keep these lines
