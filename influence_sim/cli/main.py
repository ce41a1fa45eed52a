"""The program: its commands, and what becomes of their failures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from influence_sim.base.errors import did_you_mean
from influence_sim.cli import (
    comparing,
    discovering,
    doctor,
    explaining,
    ledger,
    plotting,
    repeating,
    reporting,
    running,
    scenarios,
    sensitivity,
    starting,
    sweeping,
    validating,
)
from influence_sim.cli.console import Console
from influence_sim.cli.failures import guarded
from influence_sim.cli.options import common

NAME = "influence-sim"
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Program(click.Group):
    """A group that keeps its commands in order, and fails as the contract with its users says."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs one command line and exits with its status."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        self._main_shell_completion(extra, prog_name or NAME, complete_var)
        console = extra.setdefault("obj", Console())
        given = list(sys.argv[1:] if args is None else args)
        sys.exit(guarded(console, lambda: self._run(given, prog_name or NAME, extra)))

    def _run(self, args: list[str], prog_name: str, extra: dict[str, Any]) -> None:
        with self.make_context(prog_name, args or ["--help"], **extra) as ctx:
            self.invoke(ctx)

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


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        ctx.ensure_object(Console).out(f"{NAME} {doctor.own_version()}")
        ctx.exit()


HELP = """What-if questions about a war and its outside mediators, answered by simulation.

To begin with:

\b
    influence-sim list
    influence-sim run us_engages_taliban
    influence-sim init my_scenario

Results go to standard output, notes and errors to standard error. Exit status: 0 done, 1 the run or the
machine failed, 2 the input is wrong, 130 interrupted.
"""


@click.group(NAME, cls=Program, context_settings=SETTINGS, help=HELP)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@common
def cli() -> None:
    """The program."""


for _command in (
    scenarios.list_,
    running.run,
    comparing.compare,
    explaining.explain,
    plotting.plot,
    repeating.rerun,
    sweeping.sweep,
    sensitivity.sensitivity,
    discovering.discover,
    reporting.report,
    scenarios.show,
    starting.init,
    validating.validate,
    validating.schema,
    ledger.params,
    ledger.claims,
    doctor.doctor,
):
    cli.add_command(_command)
