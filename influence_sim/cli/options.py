"""The options every command has, given before the command or after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from influence_sim.cli.console import Console

F = TypeVar("F", bound=Callable[..., object])

_FLAGS = (
    ("--json", "Print one JSON document instead of tables."),
    ("--quiet", "No progress and no notes, only results and errors."),
    ("--verbose", "More notes; progress also where it can only be lines."),
    ("--debug", "Show where in the program an error arose."),
)


def common(command: F) -> F:
    """Adds the global options to a command or group."""
    for flag, words in reversed(_FLAGS):
        option = click.option(flag, is_flag=True, expose_value=False, callback=_remember, help=words)
        command = option(command)
    return click.option("--theatre", metavar="DIR", expose_value=False, callback=_put_in_place,
                        help="Folder of another theatre (see `init --own-theatre`).")(command)  # fmt: skip


def _put_in_place(ctx: click.Context, param: click.Parameter, folder: str | None) -> None:
    if folder is not None and not ctx.resilient_parsing:
        from influence_sim.theatre import use_theatre

        ctx.with_resource(use_theatre(folder))


def _remember(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    console: Console = ctx.find_object(Console) or ctx.ensure_object(Console)
    if value:
        setattr(console, str(param.name), True)
    if console.quiet and console.verbose:
        raise click.UsageError("--quiet and --verbose contradict each other", ctx)
