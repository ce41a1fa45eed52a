"""The program: its commands, and what becomes of their failures."""

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
"""In the order in which one meets them."""
LONGEST = 240
"""Characters that are told of a mistake in the command line."""
DONE, FAILED, WRONG_INPUT = 0, 1, 2
"""Exit statuses, beside those of signals."""


def guarded(console: Console, action: Callable[[], object]) -> int:
    """Runs `action`; tells of its failure and gives the exit status."""
    try:
        action()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        abandon_stdout()
        return DONE  # whoever read our results has seen enough
    except (KeyboardInterrupt, click.Abort, Exception) as error:
        if interrupts.heard() or isinstance(error, KeyboardInterrupt | click.Abort):
            console.error("interrupted")
            return interrupts.status()
        if console.debug:
            console.error("".join(traceback.format_exception(error)).rstrip())
        status, words = _verdict(error)
        console.error(words)
        return status
    return DONE


def _verdict(error: Exception) -> tuple[int, str]:
    """The exit status of an error, and what the user is told."""
    if isinstance(error, InputError):
        return WRONG_INPUT, str(InputError(error.typed))
    if isinstance(error, click.ClickException):
        return WRONG_INPUT, _usage(error)
    if isinstance(error, OSError | MachineError) and _is_gone():
        words = "the current folder does not exist any more; change to another one"
    elif isinstance(error, MachineError | ModelError):
        words = str(error)
    elif isinstance(error, OSError):
        words = reason(error) if error.filename is None else f"{error.filename}: {reason(error)}"
    elif not (words := shortage(error)):
        words = f"{type(error).__name__}: {error}".splitlines()[0]
        words = f"this is a fault of the program ({words}); --debug shows where"
    return FAILED, f"{NAME}: {words}"


def _is_gone() -> bool:
    """Whether the current folder was deleted."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False


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
        return f"{NAME}: {words}"
    return f"{ctx.command_path}: {words}\n(try '{ctx.command_path} --help')"


class Program(click.Group):
    """A group that keeps its commands in order, and fails as the contract with its users says."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *rest: Any, **extra: Any) -> Any:
        """Runs one command line and exits with its status."""
        name, given = prog_name or NAME, list(sys.argv[1:] if args is None else args)
        self._main_shell_completion(extra, name, extra.pop("complete_var", None))
        console = extra.setdefault("obj", Console())
        console.listen()
        os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}  # figures do not hang on how others are shown
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's own threads would take from those of the model

        def action() -> None:
            with self.make_context(name, given or ["--help"], **extra) as ctx:
                self.invoke(ctx)

        sys.exit(guarded(console, action))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which one meets them."""
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
